"""What a clone gets: files that mean the same on every machine."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.packaging.test_distributions import JUNK, ROOT

OWN_FOLDER = re.compile(
    rb"(?<![\w.-])(/home/(?!me/)[\w.-]+/|/root(?=/)|/Users/[\w.-]+/|[A-Z]:\\+Users\\+[\w.-]+\\)"
)
"""A path into the folder of a user; ``/home/me/`` is an example in tests."""


def committed(root: Path) -> list[Path]:
    """Return the files that git knows; without git, all files of the unpacked source."""
    names = list[str]()
    if shutil.which("git"):
        command = ["git", "ls-files", "-z"]
        run = subprocess.run(command, cwd=root, capture_output=True, text=True)
        names = run.stdout.split("\0")[:-1]
    listed = [root / name for name in names] or [*walk(root)]
    return [path for path in listed if path.is_symlink() or path.is_file()]


def walk(folder: Path) -> Iterator[Path]:
    names = os.listdir(folder)
    for name in sorted({*names} - JUNK(str(folder), names)):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            yield from walk(path)
        else:
            yield path


def links(paths: Iterable[Path]) -> list[str]:
    return [str(path) for path in paths if path.is_symlink()]


def with_paths(paths: Iterable[Path], root: Path) -> list[str]:
    """Return the files with a path into the folder of a user, or into this checkout."""
    here = f"{root}/".encode() if len(root.parts) > 2 else None  # "/app/" is in many URLs
    return [
        str(path)
        for path in paths
        if not path.is_symlink()
        and (OWN_FOLDER.search(text := path.read_bytes()) or (here and here in text))
    ]


def test_no_file_is_a_symbolic_link():
    assert links(committed(ROOT)) == []


def test_no_file_has_a_path_into_the_folder_of_a_developer():
    assert with_paths(committed(ROOT), ROOT) == []


def test_links_and_paths_are_found_without_git(tmp_path):
    texts = {
        "linux.md": "open |home|ann|shop|app.py".replace("|", "/"),
        "root.md": '"|root|app.py"'.replace("|", "/"),
        "mac.md": "cd |Users|ann|shop".replace("|", "/"),
        "windows.py": r"open('C:||Users||ann||shop')".replace("|", "\\"),
        "here.md": f"cd {tmp_path}/examples",
        "example.md": "file:///home/me/page.html, /users/ann/, ~/shop and /srv/root/",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path)
    paths = [*walk(tmp_path)]
    assert links(paths) == [f"{tmp_path}/folder/link"]
    assert {*with_paths(paths, tmp_path)} == {f"{tmp_path}/{name}" for name in texts} - {
        f"{tmp_path}/example.md"
    }
