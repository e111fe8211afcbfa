"""The tutorial, as a reader takes it: files saved, commands typed, and a page in a real browser."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page

from examples.demo.serve import Listener
from tests.browser.chromium import launched

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"(Save|Add) this (?:as|to) `([\w./]+)`")
COMMAND = re.compile(r"\$ ((?:.*\\\n)*.*)\n((?:.*\n)*)")
"""A command, whose lines but the last end in a backslash, and what it prints."""

ENDS = ("wsgicors ", "flask --app api cors", "pytest")
"""How commands begin that end by themselves; the others serve until they are stopped."""

PATIENCE = 60
"""Seconds that a command has, on a machine with other things to do."""

WIDTH = "110"
"""Columns of the reader's terminal."""


class Step(NamedTuple):
    """A block of the tutorial, and the file that it is to be saved as or added to."""

    language: str
    text: str
    how: str = ""
    file: str = ""


def read_steps() -> Iterator[Step]:
    before = 0
    for block in BLOCK.finditer(TUTORIAL):
        told = FILE.findall(TUTORIAL[before : block.start()])
        before = block.end()
        yield Step(block[1], block[2], *(told[-1] if told else ()))


STEPS = list(read_steps())


def shown(language: str) -> list[str]:
    """Return the blocks in a language that are no files."""
    return [step.text for step in STEPS if step.language == language and not step.file]


def save(step: Step, directory: Path) -> None:
    path = directory / step.file
    path.parent.mkdir(exist_ok=True)
    kept = f"{path.read_text('utf-8')}\n\n" if step.how == "Add" else ""
    path.write_text(kept + step.text, "utf-8")


def like(output: str) -> list[str]:
    """Return the lines of an output, without what may differ from one reader to the next."""
    output = re.sub(r"flask/app\.py:\d+", "flask/app.py:000", output)
    output = re.sub(r"in \d+\.\d+s", "in 0.00s", output)
    return [line.rstrip() for line in output.strip("\n ").splitlines()]


def test_every_command_prints_what_is_shown(tmp_path: Path) -> None:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    surroundings = {"PATH": programs, "PYTHONPATH": str(ROOT), "COLUMNS": WIDTH}
    compared = 0
    for step in STEPS:
        if step.file:
            save(step, tmp_path)
        if step.language != "console" or not step.text.removeprefix("$ ").startswith(ENDS):
            continue
        command, output = COMMAND.fullmatch(step.text).groups()
        run = subprocess.run(
            command,
            shell=True,
            cwd=tmp_path,
            env=surroundings,
            stdout=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
        )
        assert like(run.stdout) == like(output)
        compared += 1
    assert compared == 4


class Reader:
    """Has the API and the page served, and a browser at hand."""

    def __init__(self, api: str, site: str, directory: Path, page: Page) -> None:
        self.api, self.site, self.page, self._directory = api, site, page, directory
        self.console: list[str] = []
        page.on("console", lambda message: self.console.append(message.text))
        self._app: Callable[..., Any] | None = None

    def here(self, text: str) -> str:
        """Put the ports that are served here in place of those of the tutorial."""
        ports = [origin.rpartition(":")[2] for origin in (self.api, self.site)]
        return text.replace(":5001", f":{ports[0]}").replace(":8000", f":{ports[1]}")

    def save(self, file: str, blocks: int) -> None:
        """Save the first blocks that are for a file, and have the API loaded again."""
        for step in [step for step in STEPS if step.file == file][:blocks]:
            save(step._replace(text=self.here(step.text)), self._directory)
        path = self._directory / file
        if path.suffix == ".py":
            module = ModuleType("api")
            exec(compile(path.read_text("utf-8"), path, "exec"), vars(module))
            self._app = module.app
            self._app.debug = True

    def serve_api(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        return self._app(environ, start_response)

    def serve_page(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        start_response("200 OK", [("Content-Type", "text/html")])
        return [(self._directory / "page" / "index.html").read_bytes()]

    def open(self, url: str) -> str:
        """Open the page, and return what it shows in the end."""
        self.console.clear()
        self.page.goto(url)
        self.page.wait_for_function("document.querySelector('#items').textContent[0] != 'l'")
        return self.page.inner_text("#items")

    def type(self, script: str) -> Any:
        """Type statements into the console, and return what the last of them answers."""
        script = self.here(script).replace("let response", "window.response").rstrip(";\n")
        *statements, last = script.split("\n")
        return self.page.evaluate(f"async () => {{ {' '.join(statements)} return {last} }}")


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    monkeypatch.chdir(tmp_path)
    with (
        closing(Listener(0)) as api,
        closing(Listener(0)) as site,
        launched() as chromium,
        closing(chromium.new_page()) as page,
    ):
        reader = Reader(api.origin, site.origin, tmp_path, page)
        with api.serving(reader.serve_api), site.serving(reader.serve_page):
            yield reader


def test_chromium_shows_what_the_tutorial_says(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    failed, blocked, listed, logged = (reader.here(text.rstrip("\n")) for text in shown("text"))
    put, visit, read_header = shown("js")

    reader.save("page/index.html", 1)
    reader.save("api.py", 1)
    assert reader.open(reader.site) == failed
    assert blocked in reader.console

    reader.save("api.py", 2)
    assert reader.open(reader.site) == listed
    caplog.clear()
    assert reader.open(reader.site.replace("localhost", "127.0.0.1")) == failed
    assert caplog.messages == [logged]

    reader.save("api.py", 5)
    reader.open(reader.site)
    assert reader.type(put) == {"replaced": 0}
    assert [reader.type(visit), reader.type(visit)] == [{"visits": 1}, {"visits": 2}]
    without_cookies = visit.replace('  credentials: "include",\n', "")
    assert [reader.type(without_cookies) for _ in range(2)] == [{"visits": 1}] * 2
    assert reader.type(read_header) == '"milk"'
