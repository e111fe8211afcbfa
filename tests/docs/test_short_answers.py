"""The FAQ and the cheat sheet: short, true, and with the words of the consoles."""

import re

import pytest

from tests.docs.pages import DOCS, rows
from wsgicors._core.policy import SETTINGS
from wsgicors.cli.main import main
from wsgicors.testing.messages import AGAIN, BLOCKED, MESSAGES, PREFLIGHT

FAQ = (DOCS / "faq.md").read_text("utf-8")
SHEET = DOCS / "cheat-sheet.md"
ANSWERS = dict(re.findall(r"^## ([^\n]+)\n\n(.+?)\n*(?=^## |\Z)", FAQ, re.MULTILINE | re.DOTALL))

LONGEST = 4
"""Sentences of an answer."""


def test_every_heading_of_the_faq_is_a_question():
    assert ANSWERS
    assert [question for question in ANSWERS if not question.endswith("?")] == []


@pytest.mark.parametrize("question", ANSWERS)
def test_an_answer_is_short_and_has_a_link(question):
    prose = re.sub(r"```.*?```", "", ANSWERS[question], flags=re.DOTALL)
    assert len(re.findall(r"[.?](?=\s|$)", prose)) <= LONGEST
    assert "](" in prose


def test_the_sheet_has_every_setting():
    assert [setting for setting, _ in rows(SHEET, "Settings")] == list(SETTINGS)


def test_the_sheet_has_every_command():
    shown = set(re.findall(r"`wsgicors (\w+)", SHEET.read_text("utf-8")))
    assert shown == set(main.commands)


def engines(line: str) -> list[str]:
    return re.findall(r"`(.+?)`", line)


@pytest.mark.parametrize(
    "line",
    re.findall(r"^\| (`.+?) \| ", SHEET.read_text("utf-8").partition("## Messages")[2], re.M),
)
def test_the_sheet_has_words_of_the_three_consoles(line):
    parts = {"blocked": "", "preflight": PREFLIGHT, "again": AGAIN, "method": "PUT"}
    for engine, words in zip(("chromium", "firefox", "webkit"), engines(line), strict=True):
        printed = [
            re.sub(r"\{(\w+)\}", lambda found: parts.get(found[1], ""), message.of(engine))
            for message in (BLOCKED, *MESSAGES.values())
        ]
        assert [text for text in printed if words in text], words
