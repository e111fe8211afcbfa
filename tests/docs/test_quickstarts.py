"""The quick starts work as they are written: the files, the commands, and what these print."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

import pytest

from tests.docs.pages import DOCS, ROOT

FOLDER = DOCS / "quickstart"
NAMES = ["bottle", "django", "falcon", "flask", "pyramid", "werkzeug", "wsgi"]

PORT = "8000"
"""The port on the pages; another one is used here."""

TIMEOUT = 30
"""Seconds to start or to finish, on a busy machine."""


class Page(NamedTuple):
    """What a reader copies from a page."""

    files: dict[str, str]
    sessions: list[tuple[list[str], list[str]]]
    """Commands, and the lines that they print."""

    def session(self, pattern: str) -> tuple[list[str], list[str]]:
        """Return the one command that matches, and the lines that it prints."""
        (found,) = [one for one in self.sessions if re.match(pattern, shlex.join(one[0]))]
        return found


def read(name: str) -> Page:
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    files = re.findall(r"^Save this as `(.+?)`:\n\n```python\n(.*?)```", text, re.M | re.DOTALL)
    blocks = re.findall(r"^```console\n\$ (.*?)```", text, re.MULTILINE | re.DOTALL)
    sessions = [
        (shlex.split(command), shown)
        for command, *shown in (block.splitlines() for block in blocks)
    ]
    return Page(dict(files), sessions)


@pytest.fixture(params=NAMES)
def page(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """Save the files of a page in a new folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("COLUMNS", "80")
    found = read(request.param)
    for name, code in found.files.items():
        Path(name).write_text(code, "utf-8")
    return found


def arguments(command: list[str]) -> list[str]:
    """Return the command as one of this environment."""
    name, *others = command
    program = sys.executable if name == "python" else Path(sys.executable).with_name(name)
    return [str(program), *others]


@contextmanager
def serving(command: list[str]) -> Iterator[int]:
    """Start the server of a page on a free port, and yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    app = Path("app.py")
    app.write_text(app.read_text("utf-8").replace(PORT, str(port)), "utf-8")
    command = [argument.replace(PORT, str(port)) for argument in arguments(command)]
    with Path("log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            end = monotonic() + TIMEOUT
            while process.poll() is None and monotonic() < end and not answers(port):
                sleep(0.05)
            assert answers(port), Path("log").read_text()
            yield port
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # Django's server has a process of its own
            process.wait(TIMEOUT)


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_every_page_is_tested():
    assert sorted(path.stem for path in FOLDER.glob("*.md")) == sorted([*NAMES, "index"])


def test_the_server_sends_the_headers_that_the_page_shows(page):
    run, _ = page.session(r"flask|python app\.py")
    curl, shown = page.session("curl")
    url, header = curl[2], curl[4]
    with serving(run) as port:
        client = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        name, _, value = header.partition(": ")
        client.request("GET", url.partition(PORT)[2], headers={name: value})
        response = client.getresponse()
        response.read()
    version = f"{response.version / 10:.1f}"
    received = [f"HTTP/{version} {response.status} {response.reason}"]
    received += [f"{name}: {value}" for name, value in response.headers.items()]
    assert [line for line in received if line in shown] == shown


def test_explain_prints_what_the_page_shows(page):
    command, shown = page.session("wsgicors explain")
    run = subprocess.run(arguments(command), capture_output=True, text=True, timeout=TIMEOUT)
    assert [line.rstrip() for line in run.stdout.splitlines()] == shown
    assert run.returncode == 1


def test_the_tests_of_the_page_pass(page):
    command, shown = page.session("python -m pytest")
    run = subprocess.run(arguments(command), capture_output=True, text=True, timeout=TIMEOUT)
    assert shown[-1].partition(" in ")[0] in run.stdout, run.stdout + run.stderr


@pytest.mark.parametrize("name", NAMES)
def test_the_tab_on_the_first_page_has_the_lines_of_the_quick_start(name):
    title = "Any WSGI app" if name == "wsgi" else name.title()
    text = (DOCS / "index.md").read_text("utf-8")
    (tab,) = re.findall(rf":::{{tab}} {title}\n```python\n(.*?)```", text, re.DOTALL)
    app = read(name).files["app.py"]
    assert statements(tab)
    assert statements(tab) <= statements(app)


def statements(code: str) -> set[str]:
    """Return the lines of code, imports by name, without spaces and the comments of a line."""
    lines = [line.partition("  #")[0].replace(" ", "").rstrip(",") for line in code.splitlines()]
    kept = {line for line in lines if line and not line.startswith("#")}
    imports = {line for line in kept if line.startswith("from")}
    names = {
        (line.partition("import")[0], one)
        for line in imports
        for one in line.partition("import")[2].split(",")
    }
    return kept - imports | {f"{module}import{one}" for module, one in names}
