"""``make demo`` installs what the demonstration needs, ``make setup`` the rest, in any order."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TIMEOUT = 60
"""Seconds for a command that takes about one."""

PACKAGE = "install --quiet --editable .[flask,testing]"
DEVELOPMENT = "install --quiet --group dev"
DEMO = "-m examples.demo"

PYTHON = """#!/bin/sh
echo "$@" >>commands
case "$*" in "-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;; esac
"""
"""Stands for Python: writes its arguments to a file, and makes the folder of an environment."""


class Checkout:
    """A checkout in which Python only writes down its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "pyproject.toml"
        shutil.copy(ROOT / "Makefile", folder)
        self.project.touch()
        (folder / "python").write_text(PYTHON)
        (folder / "python").chmod(0o755)

    def make(self, *arguments: str) -> list[str]:
        """Run make, and return the commands of Python, without making the environment."""
        log = self.folder / "commands"
        log.write_text("")
        environ = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
        subprocess.run(
            ["make", "PYTHON=./python", *arguments],
            cwd=self.folder,
            env=environ,
            check=True,
            capture_output=True,
            timeout=TIMEOUT,
        )
        lines = [line for line in log.read_text().splitlines() if not line.startswith("-m venv")]
        return [re.sub(r"^-m pip (--python \S+ )?", "", line) for line in lines]

    def change_project(self) -> None:
        """Make ``pyproject.toml`` newer than everything that was made from it."""
        for made in self.folder.glob(".venv/.*"):
            os.utime(made, (0, 0))
        self.project.touch()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_demo_installs_the_package_and_nothing_for_development(checkout):
    assert checkout.make("demo") == [PACKAGE, DEMO]
    assert checkout.make("demo") == [DEMO]


def test_the_demo_passes_its_options_on(checkout):
    assert checkout.make("demo", "ARGS=--page-port 9000")[-1] == f"{DEMO} --page-port 9000"


def test_the_setup_after_the_demo_installs_only_what_is_missing(checkout):
    checkout.make("demo")
    assert checkout.make("setup") == ["install --quiet pip>=25.1", DEVELOPMENT]
    assert checkout.make("setup") == []


def test_the_demo_after_the_setup_installs_nothing(checkout):
    assert checkout.make("setup") == [PACKAGE, "install --quiet pip>=25.1", DEVELOPMENT]
    assert checkout.make("demo") == [DEMO]


@pytest.mark.parametrize("first", ["demo", "setup"])
def test_a_change_of_the_project_installs_again(checkout, first):
    checkout.make("setup")
    checkout.change_project()
    again = [*checkout.make(first), *checkout.make("setup")]
    assert [line for line in again if line != DEMO] == [
        PACKAGE,
        "install --quiet pip>=25.1",
        DEVELOPMENT,
    ]


def test_what_failed_to_install_is_installed_by_the_next_command(checkout):
    failing = PYTHON + 'case "$*" in *--editable*) exit 1 ;; esac\n'
    (checkout.folder / "python").write_text(failing)
    with pytest.raises(subprocess.CalledProcessError):
        checkout.make("demo")
    (checkout.folder / "python").write_text(PYTHON)
    assert checkout.make("demo") == [PACKAGE, DEMO]
