"""Finds the lines that browsers print about requests.

The patterns are made of the words in :mod:`wsgicors.testing.messages`.
"""

import re
from dataclasses import dataclass, field
from functools import cache

from ...testing import messages
from ...testing.profiles import CHROMIUM, ENGINES, FIREFOX, WEBKIT

PARTS = {
    "preflight": f"(?P<preflight>{re.escape(messages.PREFLIGHT)})?",
    "api": r"(?P<api>[\w ]{1,30}?)",
    "cannot": "(?P<api>XMLHttpRequest|Fetch API|EventSource)",
    "url": r"(?P<url>\S+?)",
    "via": r"(?: \(redirected from '(?P<first>\S+?)'\))?",
    "page": r"(?P<page>\S+?)",
    "sent": r"(?P<page>\S+)",
    "method": r"(?P<method>\S+)",
    "header": r"(?P<header>[^\s']+)",
    "written": r"(?P<header>\S+)",
    "status": r"(?P<status>\d{3})",
    "value": r"(?P<value>.{0,500}?)",
    "credentials": r"(?P<credentials>.{0,500}?)",
}
"""What is read from a message; all else that is filled in is skipped."""

SKIPPED = ".{0,500}?"

MAX_REST = 150
"""How much is kept of the text after a message."""

LEFT_OUT = re.compile(r"\{(?:valid|attribute|again|denied|redirection)\}")
"""Parts that are lines of their own, or that a message may begin or end with."""

AGAIN = "the same request did not succeed"
DENIED = "the request before was denied"

NOT_CORS = "something else than CORS"

OTHERS = (
    (CHROMIUM, "Fetch API cannot load {url}. Refused to connect because it violates"),
    (WEBKIT, "Refused to connect to {url} because it does not appear in the"),
    (WEBKIT, "requested insecure content from {url}."),
)
"""How lines begin that look like lines about CORS, or come before WebKit's second line."""

INVISIBLE = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
WRITTEN_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u300c\u300d", "'"),
        **dict.fromkeys("\u201c\u201d\u201e", '"'),
        **{"\uff08": "(", "\uff09": ")", "\uff1a": ":"},
    }
)
"""Quotation marks, and what is wide in Chinese."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that an engine may print."""

    engine: str
    causes: frozenset[str]
    """What it may complain of; empty if that can be anything."""
    pattern: re.Pattern[str]


@dataclass(slots=True)
class Message:
    """A message about one request, perhaps of several lines."""

    engine: str
    start: int
    end: int
    causes: frozenset[str]
    parts: dict[str, str] = field(default_factory=dict[str, str])
    again: int = 0
    """How often Firefox adds that the request did not succeed."""
    is_sent: bool = False
    """Whether another line of Chromium has named the method."""

    @property
    def urls(self) -> set[str | None]:
        """The first URL of the request, and the last."""
        return {self.parts.get("url"), self.parts.get("first")}

    def is_about(self, causes: frozenset[str]) -> bool:
        """Return whether only these causes have such a message."""
        return bool(self.causes) and self.causes <= causes


def tidy(text: str) -> str:
    """Write spaces and quotation marks in one way, and remove what is invisible."""
    text = " ".join(INVISIBLE.sub("", text).translate(WRITTEN_ALIKE).split())
    return re.sub("« ?| ?»", "'", text)


def find(text: str) -> list[Message]:
    """Return the lines that a text contains, in their order; of several at one place the longest.

    :param text: what :func:`tidy` returns.
    """
    found = [
        Message(line.engine, *match.span(), line.causes, _parts(match))
        for line in lines_of_engines()
        for match in line.pattern.finditer(text)
    ]
    kept: list[Message] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        is_repeated = text.endswith("Failed to load resource: ", 0, one.start)  # by Safari
        if not is_repeated and (not kept or one.start >= kept[-1].end):
            kept.append(one)
    return kept


def _parts(match: re.Match[str]) -> dict[str, str]:
    parts = {name: value for name, value in match.groupdict().items() if value}
    return {**parts, "rest": match.string[match.end() :][:MAX_REST].strip(": ")}


@cache
def lines_of_engines() -> tuple[Line, ...]:
    """Return all lines that name a request, or belong to one that does."""
    causes: dict[tuple[str, str], set[str]] = {}
    for engine in ENGINES:
        begin = messages.BLOCKED.of(engine)
        for cause, words in messages.MESSAGES.items():
            text = LEFT_OUT.sub("", words.of(engine)).replace("{blocked}", begin)
            lines = text.splitlines()
            # What WebKit prints after its first line adds nothing, and other engines name the URL.
            for line in lines[:1] if engine == WEBKIT else lines:
                if "{url}" in line or engine == WEBKIT:
                    causes.setdefault((engine, line), set()).add(cause)
        if begin:
            causes[engine, begin.rstrip(": ")] = set()
    causes[FIREFOX, messages.AGAIN] = {AGAIN}
    causes[WEBKIT, messages.DENIED] = {DENIED}
    causes |= {other: {NOT_CORS} for other in OTHERS}
    return tuple(
        Line(engine, frozenset(kinds), _compile(line)) for (engine, line), kinds in causes.items()
    )


def _compile(template: str) -> re.Pattern[str]:
    """Make a pattern of a line, which may have other text around it."""
    text = tidy(template).replace("{page}/", "{page}")
    parts = re.split(r"\{(\w+)\}", text)
    parts[::2] = map(re.escape, parts[::2])
    parts[1::2] = [PARTS.get(name, SKIPPED) for name in parts[1::2]]
    # Elsewhere the words that follow show where a URL ends; its own dots do not.
    end = r"(?!\S)" if re.search(r"\{(url|page)\}\.?$", text) else ""
    return re.compile("".join(parts) + end)
