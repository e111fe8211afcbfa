"""The words of a command line, as a POSIX shell and as Windows' cmd.exe read it."""

import re
import sys
from collections.abc import Iterator
from itertools import groupby

from ..._core.headers import quote
from . import Unreadable

SEVERAL = "expected one curl command, got several; copy one request"
POWERSHELL = "expected a curl command, got one of PowerShell; use 'Copy as cURL'"

_POSIX = re.compile(
    r"""
    (?P<space>\\[ \t]*\r?\n|\s+|(?<!\S)\#[^\n]*)
    |\$'(?P<ansi>(?:[^'\\]++|\\.)*+)'
    |'(?P<single>[^']*+)'
    |\$?"(?P<double>(?:[^"\\]++|\\.)*+)"
    |\\(?P<escaped>.)
    |(?P<end>(?<!\S)(?:[;&|]|\d?[<>])|[;&|<>](?=\s|\Z))
    |(?P<value>`[^`]*+`?|\$(?:\w++|\{[^}]*+\}?|\([^)]*+\)?))
    |(?P<open>['"])
    |(?P<cmd>\^(?:"|\r?\n))
    |(?P<plain>[^\s'"\\$`;&|<>^]++|.)
    """,
    re.DOTALL | re.VERBOSE,
)
_VARIABLE = re.compile(r"\$(?:[A-Z_][A-Z0-9_]*|\{[A-Z_][A-Z0-9_]*\})")
"""Variables as they are usually named; others may be parts of a password that has a ``$``."""
_CONTENT = re.compile(r"[^$`{}()](?:.*[^$`{}()])?", re.DOTALL)
_IN_DOUBLE = re.compile(r"\\([$`\"\\]|\n|\r\n)|(`[^`]*+`?|\$(?:\w++|\{[^}]*+\}?|\([^)]*+\)?))")
_ANSI = re.compile(
    r"((?:\\x[89a-fA-F][0-9a-fA-F])++)"
    r"|\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|c(.)|(.))",
    re.DOTALL,
)
_CONTROLS = dict(zip("abeEfnrtv", "\a\b\x1b\x1b\f\n\r\t\v", strict=True))

_CMD = re.compile(r"\^(?:\r?\n)?(\r?\n|.)|([&|<>](?=\s|\Z))|([^\"^&|<>]++|.)", re.DOTALL)
_CMD_WORDS = re.compile(
    r'(?P<space>\s+)|"(?P<quoted>(?:[^"\\]++|\\.|"")*+)"|(?P<open>")'
    r'|\\(?P<escaped>")|(?P<plain>[^\s"\\]++|.)',
    re.DOTALL,
)
_IN_QUOTES = re.compile(r'\\([\\"])|""')
_ANOTHER = re.compile(r"(?:^|\s)curl(?:\.exe)?\s", re.IGNORECASE)


def clean(text: str) -> str:
    """Return a text in which every character can be encoded; pairs of surrogates are joined."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def split(text: str) -> list[str]:
    """Split a command line into words; what follows the command, such as ``| jq``, is dropped.

    :raises Unreadable: if it cannot be read, or contains variables or several commands.
    """
    is_cmd = any(match.lastgroup == "cmd" for match in _POSIX.finditer(text))
    parts = _read_cmd(_without_carets(text)) if is_cmd else _read_posix(text)
    words = groupby(parts, lambda part: part is not None)
    return ["".join(filter(None, word)) for is_word, word in words if is_word]


def _read_posix(text: str) -> Iterator[str | None]:
    """Yield the parts of words, without their quotes; ``None`` between words."""
    for found in _POSIX.finditer(text):
        part = found[found.lastgroup or 0]
        match found.lastgroup:
            case "space":
                yield None
            case "end":
                _check_rest(text[found.end() :])
                return
            case "open":
                raise _not_closed(part)
            case "value":
                raise _reject(part)
            case "ansi":
                yield clean(_ANSI.sub(_from_ansi, part))
            case "double":
                yield _IN_DOUBLE.sub(_from_double, part)
            case _:
                yield part


def _from_ansi(match: re.Match[str]) -> str:
    r"""Read one escape, or several bytes, of ``$'...'``.

    To a shell, ``\x`` is a byte. Firefox and WebKit write characters up to U+00FF so, and mean
    no bytes. So bytes that are not UTF-8 are characters.
    """
    high, *numbers, octal, control, character = match.groups()
    if high is not None:
        data = bytes.fromhex(high.replace("\\x", ""))
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode("latin-1")
    if octal is not None:
        return chr(int(octal, 8) & 0xFF)
    if control is not None:
        return chr(ord(control) & 0x1F)
    if character is not None:
        same = character if character in "\\'\"?" else match[0]
        return _CONTROLS.get(character, same)
    code = int(next(filter(None, numbers)), 16)
    return chr(code) if code <= sys.maxunicode else match[0]


def _from_double(match: re.Match[str]) -> str:
    if match[2] is not None:
        raise _reject(match[2])
    return "" if match[1].endswith("\n") else match[1]


def _read_cmd(text: str) -> Iterator[str | None]:
    """Yield the parts of words as a program of Windows reads them; ``None`` between words.

    The browsers double every backslash, although a program gets both if no quote follows.
    So two are read as one.
    """
    for match in _CMD_WORDS.finditer(text):
        kind, part = match.lastgroup, match[match.lastgroup or 0]
        if kind == "open":
            raise _not_closed(part)
        if kind == "quoted":
            part = _IN_QUOTES.sub(_from_quoted, part)
        yield None if kind == "space" else part


def _from_quoted(match: re.Match[str]) -> str:
    return match[1] or '"'


def _without_carets(text: str) -> str:
    """Apply the carets of cmd.exe, which mean nothing between quotes without a caret."""
    parts: list[str] = []
    place = 0
    while (match := _CMD.match(text, place)) is not None:
        escaped, end, plain = match.groups()
        place = match.end()
        if end is not None:
            _check_rest(text[place:])
            break
        parts.append(plain if escaped is None else escaped)
        if plain == '"':
            closing = text.find('"', place) + 1 or len(text)
            parts.append(text[place:closing])
            place = closing
    return "".join(parts)


def _check_rest(text: str) -> None:
    if _ANOTHER.search(text) is not None:
        raise Unreadable(SEVERAL)


def _not_closed(part: str) -> Unreadable:
    return Unreadable(f"the quote {part} is not closed; copy the whole command")


def _reject(part: str) -> Unreadable:
    if part[:2] in ("`\n", "`\r"):
        return Unreadable(POWERSHELL)
    shown = part if _VARIABLE.fullmatch(part) else _CONTENT.sub("…", part)
    return Unreadable(f"{quote(shown)} is a variable or a command; use its value")
