"""The pages of troubleshooting show the output of commands, and the index has all messages."""

import re
import shlex

import pytest
from click.testing import CliRunner

from tests.browser.consoles.manual import EXCEPTIONS, FOLDER, INDEX, NAMES, PAGES, shown
from tests.docs.pages import ROOT
from wsgicors.cli.main import main

ALL = {**PAGES, "failed-to-fetch": EXCEPTIONS}

SESSIONS = [
    pytest.param(command, output, id=f"{path.stem}-{number}")
    for path in sorted(FOLDER.glob("*.md"))
    for number, (command, output) in enumerate(
        re.findall(
            r"```console\n\$ wsgicors (.*?)\n((?:\.\.\.\n|Error:).*?)```",
            path.read_text("utf-8"),
            re.DOTALL,
        )
    )
]

LINK = re.compile(r"\[`([^`]+)`\]\(([\w-]+)\.md\)")
ANY_LINK = re.compile(r"\]\(([\w-]+)\.md\)")


@pytest.mark.parametrize(("command", "output"), SESSIONS)
def test_a_page_shows_the_output_of_the_command(monkeypatch, command, output):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    arguments = shlex.split(command.replace("\\\n", " "))
    printed = CliRunner().invoke(main, arguments).output
    lines = "\n".join(line.rstrip() for line in printed.splitlines())
    at = 0
    for part in re.split(r"^\.\.\.\n", output, flags=re.MULTILINE):
        found = lines.find(part.strip("\n"), at)
        assert found >= 0, f"{part}\nis not in\n{lines}"
        at = found + len(part.strip("\n"))


def test_almost_every_page_has_a_command():
    without = {name for name, text in ALL.items() if "$ wsgicors" not in text}
    assert without == {"local-network"}  # explain does not know of it


def rows(engine):
    """Return the rows of the table of an engine: the words with their pages, and all pages."""
    section = re.split(rf"^## {engine}\b.*$", INDEX, flags=re.MULTILINE)[1].partition("\n## ")[0]
    for row in re.findall(r"^\| (\[`.+) \|$", section, re.MULTILINE):
        yield LINK.findall(row), ANY_LINK.findall(row)


@pytest.mark.parametrize("engine", NAMES)
def test_the_index_has_a_row_for_each_message_of_each_page(engine):
    reaching = [(words, pages) for links, pages in rows(engine) for words, _ in links]
    for name, text in ALL.items():
        for line in shown(text):
            if line.engine == NAMES[engine]:
                assert [w for w, pages in reaching if w in line.text and name in pages], line


@pytest.mark.parametrize("engine", NAMES)
def test_the_index_has_no_words_that_their_page_does_not_have(engine):
    for links, _ in rows(engine):
        for words, page in links:
            lines = [one.text for one in shown(ALL[page]) if one.engine == NAMES[engine]]
            assert [line for line in lines if words in line], (words, page)
