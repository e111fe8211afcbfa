"""Fetch a suite, install what it needs, and run it."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lab.suites.suites import Suite

CHECKOUT = Path(__file__).parents[2]
HERE = Path(__file__).parent

SECONDS = 900
"""How long a run of one suite may take."""


class Ran(NamedTuple):
    """What one test did in one run."""

    outcome: str
    seconds: float
    """Processor time."""
    message: str
    """Why the test failed or was skipped."""


Run = dict[str, Ran]
"""A run: what each test did, by its id."""


class Checkout(NamedTuple):
    """A suite that can be run."""

    source: Path
    python: Path
    """The interpreter of its environment."""


def prepare(suite: Suite, folder: Path) -> Checkout:
    """Fetch the source distribution with pip, and make an environment with wsgicors and the suite.

    What is there from an earlier run is used again, except for wsgicors.
    """
    home = folder / f"{suite.project}-{suite.version}"
    source = _fetch(suite, home)
    environment = home / "environment"
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True
        )
        needs = [one.format(source=source) for one in suite.needs]
        _pip("--python", str(python), "install", str(source), *needs)
    _pip("--python", str(python), "uninstall", "--yes", "wsgicors-toolkit")
    _pip("--python", str(python), "install", str(CHECKOUT))
    return Checkout(source, python)


def _fetch(suite: Suite, home: Path) -> Path:
    source = home / "source"
    if not source.exists():
        shutil.rmtree(home, ignore_errors=True)
        name = suite.project
        _pip(
            "download",
            "--no-deps",
            "--no-binary",
            name,
            f"--dest={home}",
            f"{name}=={suite.version}",
        )
        (archive,) = home.glob("*.tar.gz")
        with tarfile.open(archive) as content:
            content.extractall(home, filter="data")
        (unpacked,) = (one for one in home.iterdir() if one.is_dir())
        missing = HERE / "missing" / f"{name}_util.py"
        if missing.exists():
            shutil.copy(missing, unpacked / "tests" / "util.py")
        unpacked.rename(source)
    return source


def _pip(*arguments: str) -> None:
    # Compiling Falcon would take minutes.
    environ = os.environ | {"FALCON_DISABLE_CYTHON": "1"}
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(command)} failed\n{done.stdout}{done.stderr}")


def run(suite: Suite, checkout: Checkout, *, with_cors: bool, more: Sequence[str] = ()) -> Run:
    """Run a suite once.

    :param more: arguments for pytest.
    :raises RuntimeError: if pytest could not run the tests.
    """
    record = checkout.source.parent / "record.json"
    record.unlink(missing_ok=True)
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "PYTHON", "COVERAGE_"))
    }
    environ["PYTHONPATH"] = str(HERE / "plugin")
    environ["PYTHONHASHSEED"] = "0"
    environ["SUITES_APPS"] = suite.apps if with_cors else ""
    environ["SUITES_RECORD"] = str(record)
    # pytest parses whole files for tracebacks of its own. That is garbage of the tests that fail
    # with CORS, and it would be collected while other tests run.
    options = ["--tb=native", "-pcors_everywhere", "-pno:wsgicors", "-pno:cacheprovider"]
    ran = subprocess.run(
        [str(checkout.python), "-m", "pytest", *options, *suite.arguments, *more],
        cwd=checkout.source,
        env=environ,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if ran.returncode not in (0, 1) or not record.exists():  # 1: some tests failed
        raise RuntimeError(f"{suite.project}: pytest failed\n{ran.stdout}{ran.stderr}")
    tests: dict[str, dict[str, object]] = json.loads(record.read_text("utf-8"))
    return {name: Ran(**told) for name, told in tests.items()}
