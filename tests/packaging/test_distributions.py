"""The distributions: a wheel with only the package, and a source with its tests.

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

from tests.docs.pages import read_markdown

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

TIMEOUT = 120
"""Seconds; to build both takes about two."""

JUNK = shutil.ignore_patterns(
    ".*", "__pycache__", "*.py[cod]", "*.egg-info", "_build", "build", "dist", "mutants"
)
"""Files of a checkout that are not part of it."""

FOLDERS = ["bench", "docs", "examples", "lab", "scripts", "tests", "wsgicors"]
FILES = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "MANIFEST.in",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "conftest.py",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
}
"""What the tests of an unpacked source need."""


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both from a copy of the checkout, and return their folder."""
    folder = tmp_path_factory.mktemp("distributions")
    shutil.copytree(ROOT, folder / "source", ignore=JUNK)
    # Without isolation nothing is downloaded: the build requirements are installed.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, "source"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


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


def test_the_wheel_has_only_the_package(built, wheel):
    package = {f"wsgicors/{name}" for name in files(built / "source" / "wsgicors")}
    others = {name for name in files(wheel) if ".dist-info/" not in name}
    assert others == package
    assert "wsgicors/py.typed" in others


def test_the_metadata_of_the_wheel_are_those_of_the_project(installed):
    metadata = installed.metadata
    assert (metadata["Name"], metadata["Version"]) == (PROJECT["name"], PROJECT["version"])
    assert metadata["Requires-Python"] == PROJECT["requires-python"]
    assert metadata["Description-Content-Type"] == "text/markdown"


def test_the_description_is_readme_without_pictures_and_links_to_files(installed, tmp_path):
    shown = tmp_path / "description.md"
    shown.write_text(installed.metadata.get_payload(), "utf-8")
    assert {link for link in read_markdown(shown).links if not link.startswith("https://")} == set()

    readme = re.sub(r"^!.*\n\n", "", (ROOT / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    link = re.compile(r"\[(.+?)\]\(.+?\)")
    assert link.sub(r"\1", shown.read_text("utf-8")).strip() == link.sub(r"\1", readme).strip()


def test_the_wheel_has_its_licence(installed):
    assert installed.metadata["License-Expression"] == "MIT"
    assert installed.read_text("licenses/LICENSE") == (ROOT / "LICENSE").read_text("utf-8")


def test_the_wheel_requires_only_what_every_app_needs(installed):
    assert [need for need in installed.requires if "extra ==" not in need] == ["publicsuffixlist"]
    extras = set(installed.metadata.get_all("Provides-Extra"))
    assert extras == set(PROJECT["optional-dependencies"])


def test_every_entry_point_of_the_wheel_can_be_loaded(installed):
    points = {(point.group, point.name): point.load() for point in installed.entry_points}
    assert points.keys() == {
        ("console_scripts", "wsgicors"),
        ("flask.commands", "cors"),
        ("pytest11", "wsgicors"),
    }
    assert all(points.values())


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_source_has_every_file_of_a_folder(folder, built, sdist):
    assert files(sdist / folder) == files(built / "source" / folder)


def test_the_source_has_the_files_that_its_tests_need(sdist):
    assert {path.name for path in sdist.iterdir() if path.is_file()} == FILES | {"PKG-INFO"}


def test_the_changelog_begins_with_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## (\S+) - ", changelog, re.MULTILINE)[0] == PROJECT["version"]
