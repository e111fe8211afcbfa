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
    r"(?P<reason>.{0,400}?)(?:\)?[.。](?![A-Za-z0-9])|$)(?P<null>.{0,40}\(null\))?"
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
                cause, header = _classify(named[1], reason)
                if header:
                    parts["header"] = header
            elif "CORS" in reason:
                cause = AGAIN if match["null"] else OTHER
            else:
                continue
            yield Message(FIREFOX, *match.span(), frozenset({cause}), parts)


def _classify(named: str, reason: str) -> tuple[str, str]:
    """Return what a reason complains of, and the request header that it names."""
    quoted = [word for word in QUOTED.findall(reason) if not NAMED.fullmatch(word)]
    if named == "Methods":
        return messages.BAD_LIST if quoted else checks.METHOD_NOT_ALLOWED, ""
    if named == "Headers":
        is_header = quoted and is_token(quoted[0])
        return (checks.HEADERS_NOT_ALLOWED, quoted[0]) if is_header else (messages.BAD_LIST, "")
    is_of_credentials = named == "Credentials" or quoted == ["*"]
    return checks.NO_CREDENTIALS if is_of_credentials else checks.NO_ORIGIN, ""
