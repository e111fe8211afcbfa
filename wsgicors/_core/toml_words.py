"""Faults of a TOML file, in the words of TOML instead of Python."""

import re
from dataclasses import replace
from datetime import date, time
from typing import NamedTuple, cast

from .problems import Problem, show

EXAMPLE = 'allow_origins = ["https://app.example"]'
"""A line that every policy needs."""

_BOOL = re.compile(r"\b(use|consider) (\w+)=(True|False)(?: \(in JSON, TOML [^()]*\))?")
"""Advice that has a bool of Python."""

_CALLABLE = re.compile(r", or a callable(?: for anything else|: allow_origins=.*)?$")
"""Advice that a file cannot follow."""

_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
"""What ``tomllib`` adds to its messages."""

_LONG_NUMBER = re.compile(r"\d[\d_]{999,}")
"""A number that Python may refuse to convert."""

_KINDS = {
    r"Cannot declare|Cannot redefine": (
        "{line} is defined twice",
        "remove one of the two, or use another name",
    ),
    r"Cannot overwrite|Cannot mutate|Duplicate": (
        "{line} defines a key or table that is defined above",
        "remove one of the two",
    ),
    r"Unclosed": ("{line}: a list or an inline table is not closed", "add a closing bracket"),
    r"Unterminated string|Expected \"'|Illegal|Unescaped|Invalid hex|Escaped character": (
        "{line}: a string is not closed, or has a character that strings cannot have",
        "use text in quotes on one line, such as 'https://app.example'",
    ),
    r"Invalid value": (
        "{line}: the value is not text in quotes, a number, true, false or a list",
        f"use true or false in lower case, and text in quotes: {EXAMPLE}",
    ),
    r"Invalid date": ("{line}: the date or time does not exist", "use text in quotes or a number"),
    r"Exceeds the limit": ("a number has too many digits", "use a number such as max_age = 600"),
    r"Expected '\]": (
        "{line}: the header of a table does not end with a bracket",
        "use a header such as [default]",
    ),
}
"""What is wrong with a line, and what to use, by the beginning of the message of ``tomllib``."""


class Invalid(NamedTuple):
    """Why a text is not valid TOML."""

    line: int
    why: str
    """The fault, and what to use instead."""


def spell(value: object) -> str:
    """Return how TOML spells a value, cut to a length that a message can quote."""
    return show(value, _spell)


def spell_key(key: str) -> str:
    """Return a key as it is, or in quotes and on one line if it has unusual characters."""
    return key if re.fullmatch(r"[\w-]{1,100}", key) else show(key)


def translate(problem: Problem) -> Problem:
    """Return a problem of a policy in words for those who write TOML."""
    message = problem.message
    if not isinstance(problem.value, str):
        message = message.replace(show(problem.value), spell(problem.value), 1)
    message = _BOOL.sub(lambda found: f"{found[1]} {found[2]} = {found[3].lower()}", message)
    return replace(problem, message=_CALLABLE.sub("", message))


def explain_invalid(text: str, error: ValueError) -> Invalid:
    """Explain why ``tomllib`` rejects a text."""
    why, lines = str(error), text.split("\n")
    if found := _PLACE.search(why):
        number = int(found[1] or text.rstrip().count("\n") + 1)
        why = why[: found.start()]
    else:
        long = _LONG_NUMBER.search(text)
        number = 1 + text.count("\n", 0, long.start() if long else 0)
    source = lines[number - 1].strip()
    for kind, (fault, advice) in _KINDS.items():
        if re.match(kind, why):
            return Invalid(number, f"{fault.format(line=show(source))}; {advice}")
    return Invalid(number, f"{show(source)}: {show(why, str)}; use lines such as {EXAMPLE}")


def explain_encoding(content: bytes, error: UnicodeDecodeError) -> Invalid:
    """Explain why a file is not UTF-8, in which TOML is written."""
    line = content.count(b"\n", 0, error.start) + 1
    byte = content[error.start]
    return Invalid(line, f"the byte {byte:#04x} is not UTF-8; save the file as UTF-8")


def _spell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_spell, cast('list[object]', value)))}]"
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value).items()
        return f"{{{', '.join(f'{spell_key(key)} = {_spell(entry)}' for key, entry in pairs)}}}"
    return repr(value)
