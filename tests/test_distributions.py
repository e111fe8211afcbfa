"""What would be published: a wheel with the package alone, and a source that can be tested.

``make release`` installs both and runs the tests of the source.
"""

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

TIMEOUT = 120
"""Seconds; to build both takes about two."""

JUNK = shutil.ignore_patterns(
    ".*", "__pycache__", "*.py[cod]", "*.egg-info", "_build", "build", "dist", "mutants"
)
"""What may lie in a checkout and is not part of it."""

FOLDERS = ["benchmarks", "docs", "examples", "scripts", "tests", "wsgicors"]
FILES = {
    "CHANGELOG.md",
    "LICENSE",
    "MANIFEST.in",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "conftest.py",
    "pyproject.toml",
    "setup.cfg",
}
"""What the tests of an unpacked source need."""


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both from a copy, since building leaves things behind; return where they are."""
    room = tmp_path_factory.mktemp("distributions")
    shutil.copytree(ROOT, room / "source", ignore=JUNK)
    # What a checkout is built with is installed, so that nothing is downloaded here.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", room, "source"]
    run = subprocess.run(command, cwd=room, capture_output=True, text=True, timeout=TIMEOUT)
    assert run.returncode == 0, run.stdout + run.stderr
    return room


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (packed,) = built.glob("*.whl")
    with ZipFile(packed) as archive:
        archive.extractall(built / "wheel")
    return built / "wheel"


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Distribution:
    (found,) = distributions(path=[str(wheel)])
    return found


@pytest.fixture(scope="module")
def sdist(built: Path) -> Path:
    (packed,) = built.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(built / "sdist", filter="data")
    (unpacked,) = (built / "sdist").iterdir()
    return unpacked


def test_the_wheel_holds_the_package_and_nothing_else(built, wheel):
    package = {f"wsgicors/{name}" for name in files(built / "source" / "wsgicors")}
    others = {name for name in files(wheel) if ".dist-info/" not in name}
    assert others == package
    assert "wsgicors/py.typed" in others


def test_the_wheel_says_what_it_is(installed):
    told = installed.metadata
    assert (told["Name"], told["Version"]) == (PROJECT["name"], PROJECT["version"])
    assert told["Requires-Python"] == PROJECT["requires-python"]
    assert told["Description-Content-Type"] == "text/markdown"
    assert told.get_payload().strip() == (ROOT / "README.md").read_text("utf-8").strip()


def test_the_wheel_has_its_licence(installed):
    assert installed.metadata["License-Expression"] == "MIT"
    assert installed.read_text("licenses/LICENSE") == (ROOT / "LICENSE").read_text("utf-8")


def test_the_wheel_needs_only_what_every_app_needs(installed):
    assert [need for need in installed.requires if "extra ==" not in need] == ["publicsuffixlist"]
    extras = set(installed.metadata.get_all("Provides-Extra"))
    assert extras == set(PROJECT["optional-dependencies"])


def test_every_entry_point_of_the_wheel_leads_somewhere(installed):
    points = {(point.group, point.name): point.load() for point in installed.entry_points}
    assert points.keys() == {
        ("console_scripts", "wsgicors"),
        ("flask.commands", "cors"),
        ("pytest11", "wsgicors"),
    }
    assert all(points.values())


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_source_holds_every_file_of_a_folder(folder, built, sdist):
    assert files(sdist / folder) == files(built / "source" / folder)


def test_the_source_holds_what_its_tests_need(sdist):
    assert {path.name for path in sdist.iterdir() if path.is_file()} == FILES | {"PKG-INFO"}


def test_the_changelog_begins_with_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## (\S+) - ", changelog, re.MULTILINE)[0] == PROJECT["version"]
