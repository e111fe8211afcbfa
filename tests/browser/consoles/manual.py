"""The messages in the manual, ``docs/troubleshooting/``: a page for each symptom."""

import re
from pathlib import Path
from typing import NamedTuple

from wsgicors.testing.messages import AGAIN, BLOCKED, DENIED, MESSAGES, REDIRECTION
from wsgicors.testing.profiles import CHROMIUM, ENGINES, FIREFOX, WEBKIT

FOLDER = Path(__file__).parents[3] / "docs" / "troubleshooting"
NAMES = {"Chromium": CHROMIUM, "Firefox": FIREFOX, "WebKit": WEBKIT}

BLOCK = re.compile("^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
LABELLED = re.compile(f"({'|'.join(NAMES)}) +(.+)")

SHARED = "|".join(
    [
        r"Access to \S+ at .+? has been blocked by CORS policy: "
        "(?:Response to preflight request doesn't pass access control check: )?",
        re.escape(BLOCKED.firefox).replace(r"\{url\}", r"‘?\S+?’?"),
        re.escape(REDIRECTION).replace(r"\{target\}", ".+?"),
    ]
)
"""What the pages leave out: how most messages begin."""

NO_REASON = "CORS request did not succeed"
SCHEMES = re.compile("(?<=protocol schemes: ).+")


class Line(NamedTuple):
    """One line of a message, as the pages show it."""

    engine: str
    text: str


PAGES = {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.md"))}
INDEX = PAGES.pop("index")
EXCEPTIONS = PAGES.pop("failed-to-fetch")
"""The page with the texts of the exceptions in JavaScript, which no console prints as messages."""

READING = INDEX.partition("\n## How to read a message\n")[2].partition("\n## ")[0]

BLOCKS = [block.rstrip("\n") for block in BLOCK.findall(READING)]
"""The whole messages in the index."""


def shown(text: str) -> list[Line]:
    """Return the lines that a page shows; each names its engine."""
    lines = "".join(BLOCK.findall(text)).splitlines()
    found = [LABELLED.fullmatch(line) for line in lines]
    return [Line(NAMES[match[1]], match[2]) for match in found if match is not None]


def shorten(engine: str, message: str) -> list[Line]:
    """Return the lines of a message as the pages show them."""
    lines = [re.sub(SHARED, "", line, count=1) for line in message.split("\n")]
    lines = [SCHEMES.sub("…", line) for line in lines if line]
    ends = [line.endswith(" due to access control checks.") for line in lines]
    kept = [line for line, is_end in zip(lines, ends, strict=True) if not is_end]
    named = [line for line in kept if NO_REASON not in line] or kept[:1]
    return [Line(engine, line) for line in named]


def patterns(engine: str) -> dict[tuple[str, int], re.Pattern[str]]:
    """Return patterns of all lines that an engine can print, by message and number."""
    found: dict[tuple[str, int], re.Pattern[str]] = {}
    for cause, words in MESSAGES.items():
        text = words.of(engine).replace("{again}", AGAIN).replace("{denied}", DENIED)
        text = re.sub(r"\{(?:blocked|preflight|redirection)\}", "", text)
        for number, line in enumerate(shorten(engine, text)):
            escaped = re.escape(line.text)
            found[cause, number] = re.compile(re.sub(r"\\\{\w+\\\}", ".*", escaped))
    return found


PATTERNS = {engine: patterns(engine) for engine in ENGINES}


def kinds(line: Line) -> set[tuple[str, int]]:
    """Return the messages that a line can be of; it may be a whole one."""
    text = re.sub(SHARED, "", line.text, count=1)
    return {kind for kind, pattern in PATTERNS[line.engine].items() if pattern.fullmatch(text)}
