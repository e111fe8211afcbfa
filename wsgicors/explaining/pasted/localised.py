"""Reads Firefox's messages in other languages than English."""

import re
from collections.abc import Iterable, Iterator

from ..._core.headers import is_token
from ...testing import checks, messages
from ...testing.profiles import FIREFOX
from .patterns import AGAIN, Message, tidy

LOCALISED = re.compile(
    r": ?[^:]{0,150}?(?P<url>(?:https?|ftp)://[!-~]{1,2000}+)"
    r"(?:(?<=\.) \w{2,15} ?: |[^!-~][^:]{0,80}?\((?:\w{2,15}: ?)?)"
    r"(?P<reason>.{0,400}?)(?:\)?[.。](?![A-Za-z0-9])|$)"
    r"(?:(?P<null>.{0,40}\(null\))|[^:]{2,30}: ?(?P<status>\d{3})[.。])?"
)
"""The shape of Firefox's messages in all languages: the names of headers are not translated."""

NAMED = re.compile("Access-Control-Allow-(Origin|Credentials|Methods|Headers)")
QUOTED = re.compile(r"(?<![A-Za-z])['\"`]([^'\"`\s]+)['\"`](?![A-Za-z])")

OTHER = "a reason that names no header"


def find_localised(lines: Iterable[str]) -> Iterator[Message]:
    """Yield the messages, each of which has to be in one line."""
    for line in map(tidy, lines):
        for match in LOCALISED.finditer(line):
            reason = match["reason"]
            named = NAMED.search(reason)
            parts = {"url": match["url"].rstrip(".'\"")}
            if named is not None:
                cause, name, value = _classify(named[1], reason)
                parts |= {name: value} if value else {}
                parts |= {"status": match["status"]} if match["status"] else {}
            elif "CORS" in reason:
                cause = AGAIN if match["null"] else OTHER
            else:
                continue
            yield Message(FIREFOX, *match.span(), frozenset({cause}), parts)


def _classify(named: str, reason: str) -> tuple[str, str, str]:
    """Return what a reason complains of, and what it names: which part that is, and its text."""
    quoted = [word for word in QUOTED.findall(reason) if not NAMED.fullmatch(word)]
    first = quoted[0] if quoted else ""
    if named == "Methods":
        return messages.BAD_LIST if quoted else checks.METHOD_NOT_ALLOWED, "", ""
    if named == "Headers":
        is_header = is_token(first)
        return (
            (checks.HEADERS_NOT_ALLOWED if is_header else messages.BAD_LIST),
            "header",
            (first if is_header else ""),
        )
    if first == "*":  # the Spanish sentence names the other header
        return messages.WILDCARD, "", ""
    if named == "Credentials":
        return checks.NO_CREDENTIALS, "", ""
    return (checks.ORIGIN_MISMATCH if first else checks.NO_ORIGIN), "value", first
