"""Build a release from the last commit, and test it as its users would: ``make release``.

The files stay in ``dist``. Nothing is published.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import PathDistribution
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import Path as ZipPath

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"

STEP_TIMEOUT = 600
"""Seconds for a step; some download packages."""

TESTS_TIMEOUT = 1800
"""Seconds for all tests; they take about five minutes on two cores."""

IMPORT_BARE = "import wsgicors, wsgicors.paths, wsgicors.auditing"
"""The imports that work without any extra."""

IMPORT_ALL = (
    "import importlib, pkgutil, wsgicors; [importlib.import_module(module.name) "
    "for module in pkgutil.walk_packages(wsgicors.__path__, 'wsgicors.') "
    "if module.name != 'wsgicors.pytest_plugin']"
)
"""The imports that work with all extras: every module except the plugin of pytest."""


def run(*command: str | Path, cwd: Path, timeout: int = STEP_TIMEOUT) -> None:
    """Print a command, and run it."""
    print("$", *command, flush=True)
    environ = {**os.environ, "PYTHONDEVMODE": "1" if "pytest" in command else ""}
    subprocess.run(command, cwd=cwd, check=True, timeout=timeout, env=environ)


def export(where: Path) -> None:
    """Write the files of the last commit, without anything else that is in the checkout."""
    git = ["git", "-C", str(ROOT)]
    status = [*git, "status", "--porcelain", "--untracked-files=no"]
    if changed := subprocess.run(status, capture_output=True, text=True, check=True).stdout:
        raise SystemExit(f"there are changes that are not committed; commit them first:\n{changed}")
    archive = where.with_suffix(".tar")
    subprocess.run([*git, "archive", "--output", archive, "HEAD"], check=True, timeout=STEP_TIMEOUT)
    unpack(archive, where)


def unpack(archive: Path, where: Path) -> None:
    """Unpack a tar archive."""
    with tarfile.open(archive) as packed:
        packed.extractall(where, filter="data")


def make_environment(where: Path) -> Path:
    """Make a new environment without pip, and return its Python."""
    run(sys.executable, "-m", "venv", "--without-pip", where, cwd=ROOT)
    return where / "bin" / "python"


def install(python: Path, *what: str, cwd: Path) -> None:
    """Install into an environment with the pip of this one."""
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *what, cwd=cwd)


def extras_of(wheel: Path) -> str:
    """Return the names of all extras, separated by commas."""
    (metadata,) = (path for path in ZipPath(wheel).iterdir() if path.name.endswith(".dist-info"))
    return ",".join(PathDistribution(metadata).metadata.get_all("Provides-Extra") or ())


def try_out(distribution: Path, extras: str, folder: Path) -> Path:
    """Install a distribution alone, then with all extras, and import it; return the Python."""
    python = make_environment(folder / distribution.name)
    install(python, str(distribution), cwd=folder)
    run(python, "-I", "-c", IMPORT_BARE, cwd=folder)
    install(python, f"{distribution}[{extras}]", cwd=folder)
    run(python, "-I", "-c", IMPORT_ALL, cwd=folder)
    run(python.with_name("wsgicors"), "--version", cwd=folder)
    return python


def main() -> None:
    """Run all steps; the first that fails ends the run."""
    shutil.rmtree(DIST, ignore_errors=True)
    with TemporaryDirectory() as made:
        folder = Path(made)
        export(folder / "source")
        run(sys.executable, "-m", "build", "--quiet", "--outdir", DIST, cwd=folder / "source")
        (wheel,), (sdist,) = DIST.glob("*.whl"), DIST.glob("*.tar.gz")
        run(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist, cwd=folder)
        extras = extras_of(wheel)
        try_out(wheel, extras, folder)
        python = try_out(sdist, extras, folder)
        unpack(sdist, folder)
        source = folder / sdist.name.removesuffix(".tar.gz")
        install(python, "--group", "test", cwd=source)
        run(python, "-m", "pytest", "-q", cwd=source, timeout=TESTS_TIMEOUT)
    print(f"{wheel.name} and {sdist.name} in {DIST} are ready; nothing was published")


if __name__ == "__main__":
    main()
