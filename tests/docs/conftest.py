"""The documentation as its readers get it, built once for all tests that look at it."""

import os
import subprocess
import sys

import pytest

from .pages import DOCS, Page, read_page

TIMEOUT = 120
"""Seconds; a build takes about four."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    """Build the documentation, and return every page of it by its path."""
    built = tmp_path_factory.mktemp("site")
    command = ["--fail-on-warning", "--keep-going", "--quiet", "-d", f"{built}-trees"]
    # In the development mode Sphinx's own extensions warn.
    environ = {**os.environ, "PYTHONDEVMODE": ""}
    run = subprocess.run(
        [sys.executable, "-m", "sphinx", *command, str(DOCS), str(built)],
        cwd=DOCS.parent,
        env=environ,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    assert run.returncode == 0, run.stderr
    pages = {path.relative_to(built).as_posix(): read_page(path) for path in built.rglob("*.html")}
    others = (path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file())
    return {**dict.fromkeys(others, Page()), **pages}
