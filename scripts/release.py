"""Build what would be published, and try it as those who get it would; publish nothing.

Run by ``make release``. What is built is what the last commit holds, and it is left in ``dist``.
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
"""Seconds for a step; installing downloads what the tests need."""

TESTS_TIMEOUT = 1800
"""Seconds for all tests; they take four minutes on a machine that does nothing else."""

IMPORT_BARE = (
    "import wsgicors, wsgicors.paths, wsgicors.testing, wsgicors.auditing, wsgicors.explaining"
)
"""What works without any extra."""

IMPORT_ALL = (
    "import importlib, pkgutil, wsgicors; [importlib.import_module(module.name) "
    "for module in pkgutil.walk_packages(wsgicors.__path__, 'wsgicors.') "
    "if module.name != 'wsgicors.pytest_plugin']"
)
"""What works with all extras: every module but the one for pytest."""


def run(*command: str | Path, cwd: Path, timeout: int = STEP_TIMEOUT) -> None:
    """Say what is run, and run it."""
    print("$", *command, flush=True)
    environ = {**os.environ, "PYTHONDEVMODE": "1" if "pytest" in command else ""}
    subprocess.run(command, cwd=cwd, check=True, timeout=timeout, env=environ)


def export(where: Path) -> None:
    """Write what the last commit holds, so that nothing else that lies about is published."""
    git = ["git", "-C", str(ROOT)]
    status = [*git, "status", "--porcelain", "--untracked-files=no"]
    if changed := subprocess.run(status, capture_output=True, text=True, check=True).stdout:
        raise SystemExit(f"commit these first, or put them away:\n{changed}")
    archive = where.with_suffix(".tar")
    subprocess.run([*git, "archive", "--output", archive, "HEAD"], check=True, timeout=STEP_TIMEOUT)
    unpack(archive, where)


def unpack(archive: Path, where: Path) -> None:
    """Unpack a tar archive."""
    with tarfile.open(archive) as packed:
        packed.extractall(where, filter="data")


def make_environment(where: Path) -> Path:
    """Make a new environment, and return its Python."""
    run(sys.executable, "-m", "venv", "--without-pip", where, cwd=ROOT)
    return where / "bin" / "python"


def install(python: Path, *what: str, cwd: Path) -> None:
    """Install into an environment, whose own pip there is none of."""
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", *what, cwd=cwd)


def extras_of(wheel: Path) -> str:
    """Return all extras, as pip is told of them."""
    (metadata,) = (path for path in ZipPath(wheel).iterdir() if path.name.endswith(".dist-info"))
    return ",".join(PathDistribution(metadata).metadata.get_all("Provides-Extra") or ())


def try_out(distribution: Path, extras: str, room: Path) -> Path:
    """Install a distribution alone, then with all extras, and import it; return the Python."""
    python = make_environment(room / distribution.name)
    install(python, str(distribution), cwd=room)
    run(python, "-I", "-c", IMPORT_BARE, cwd=room)
    install(python, f"{distribution}[{extras}]", cwd=room)
    run(python, "-I", "-c", IMPORT_ALL, cwd=room)
    run(python.with_name("wsgicors"), "--version", cwd=room)
    return python


def main() -> None:
    """Do all of it; the first step that fails ends it."""
    shutil.rmtree(DIST, ignore_errors=True)
    with TemporaryDirectory() as made:
        room = Path(made)
        export(room / "source")
        run(sys.executable, "-m", "build", "--quiet", "--outdir", DIST, cwd=room / "source")
        (wheel,), (sdist,) = DIST.glob("*.whl"), DIST.glob("*.tar.gz")
        run(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist, cwd=room)
        extras = extras_of(wheel)
        try_out(wheel, extras, room)
        python = try_out(sdist, extras, room)
        unpack(sdist, room)
        source = room / sdist.name.removesuffix(".tar.gz")
        install(python, "--group", "test", cwd=source)
        run(python, "-m", "pytest", "-q", cwd=source, timeout=TESTS_TIMEOUT)
    print(f"{wheel.name} and {sdist.name} in {DIST} are ready; nothing was published")


if __name__ == "__main__":
    main()
