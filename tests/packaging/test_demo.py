"""The demonstration starts with the packages that ``make demo`` installs, and needs each extra."""

import json
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
EXTRAS = re.search(r"^DEMO_EXTRAS := (\S+)$", MAKEFILE, re.MULTILINE)[1].split(",")

TIMEOUT = 60
"""Seconds to start, to answer or to stop, each of which takes less than one."""

PORTS = [f"--{name}-port=0" for name in ("page", "api", "files", "play")]


def requirements(extras: Iterable[str]) -> list[str]:
    """Return what the package requires with these extras."""
    optional = PROJECT["optional-dependencies"]
    return PROJECT["dependencies"] + [need for extra in extras for need in optional[extra]]


def with_dependencies(needs: list[str]) -> set[str]:
    """Return the names of the distributions that pip would install for these requirements."""
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(need) for need in needs]
    while waiting:
        need = waiting.pop()
        for extra in need.extras or {""}:
            one = canonicalize_name(need.name), extra
            if one not in seen:
                seen.add(one)
                below = map(Requirement, distribution(need.name).requires or ())
                waiting += [n for n in below if not n.marker or n.marker.evaluate({"extra": extra})]
    return {name for name, _ in seen}


def environment(names: Iterable[str], folder: Path) -> Path:
    """Link the files of these distributions, and of no others, into a folder."""
    folder.mkdir()
    for name in names:
        for top in {Path(file.parts[0]) for file in distribution(name).files or ()} - {Path("..")}:
            link = folder / top
            if not link.exists() and top.name != "__pycache__":
                link.symlink_to(distribution(name).locate_file(top))
    return folder


@contextmanager
def started(site: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start the demonstration with this checkout and the packages in a folder, and nothing else."""
    # -S leaves out every other package of this environment.
    command = [sys.executable, "-S", "-m", "examples.demo", *PORTS]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={"PYTHONPATH": str(site)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # or reading a line would take more from the pipe than the line
    ) as demo:
        try:
            yield demo
        finally:
            demo.kill()


def ask(url: str, **body: Any) -> Any:
    sent = json.dumps(body).encode() if body else None
    with urlopen(Request(url, sent, {"Content-Type": "application/json"}), timeout=TIMEOUT) as got:
        return json.load(got)


def test_the_demonstration_runs_with_the_packages_that_make_demo_installs(tmp_path):
    names = with_dependencies(requirements(EXTRAS))
    assert len(names) < 15
    with started(environment(names, tmp_path / "site")) as demo:
        page = re.search(r"http://localhost:\d+", demo.stdout.readline().decode())[0]
        config = ask(f"{page}/playground/config.json")
        assert ask(f"{page}/config.json")["api"]
        # These load what is imported only when it is needed.
        assert ask(f"{page}/playground/texts", text="curl https://api.example/items")["values"]
        request = {
            "page": page,
            "method": "PUT",
            "headers": [],
            "credentials": "omit",
            "mode": "cors",
            "redirect": "follow",
        }
        run = ask(
            f"{page}/playground/runs",
            path=config["paths"][0][0],
            policy={"allow_origins": [page]},
            profile="chromium",
            texts={},
            request=request,
        )
        assert run["prediction"]["outcome"] == "allowed"
        demo.send_signal(signal.SIGINT)
        output, errors = demo.communicate(timeout=TIMEOUT)
    assert output.endswith(b"Stopped.\n")
    assert errors == b""


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_demonstration_needs_each_extra_that_make_demo_installs(extra, tmp_path):
    names = with_dependencies(requirements(other for other in EXTRAS if other != extra))
    with started(environment(names, tmp_path / "site")) as demo:
        _, errors = demo.communicate(timeout=TIMEOUT)
    assert b"No module named" in errors
