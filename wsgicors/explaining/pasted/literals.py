"""Literals of JavaScript: a parser that keeps everything else as text."""

import re
from typing import TypeAlias

from ..._core.headers import quote
from ..redaction import HIDDEN
from . import Unreadable
from .quoting import clean

DEEPEST = 50
"""The number of levels to which literals may be nested."""


class Expression(str):
    """The text of what is not a literal, such as a variable or a call."""

    __slots__ = ()


Value: TypeAlias = "str | Expression | list[Value] | dict[str, Value] | None"
"""A literal; numbers and booleans are strings, as headers have them."""

_SPACE = re.compile(r"(?:[\s\ufeff]++|//[^\r\n\u2028\u2029]*+|/\*(?s:.*?)(?:\*/|(\Z)))*+")
_STRING = re.compile(
    r'"((?:[^"\\\r\n]++|\\(?:\r\n|.))*+)"'
    r"|'((?:[^'\\\r\n]++|\\(?:\r\n|.))*+)'"
    r"|`((?:[^`\\$]++|\\.|\$(?!\{))*+)`",
    re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{0*([0-9a-fA-F]{1,6})\}|(\r\n|.))", re.DOTALL
)
_ESCAPES = {
    **dict(zip("bfnrtv0", "\b\f\n\r\t\v\0", strict=True)),
    **dict.fromkeys(("\n", "\r", "\r\n", "\u2028", "\u2029"), ""),
}
_NAME = re.compile(r"[^\W\d][\w$]*+|\$[\w$]*+")
_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]++|\d++(?:\.\d*+)?(?:[eE][+-]?\d++)?)")
_CONSTANTS: dict[str, Value] = {"true": "true", "false": "false", "null": None, "undefined": None}
_HEADERS = re.compile(r"new\s++Headers\s*+\(")
_PIECE = re.compile(
    r"(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)|(?P<end>;)"
    r"|\"(?:[^\"\\\r\n]++|\\.)*+\"|'(?:[^'\\\r\n]++|\\.)*+'|`(?:[^`\\]++|\\.)*+`"
    r"|(?P<unclosed>[\"'`])|//[^\r\n]*+|/\*(?:.*?\*/|(?P<endless>))|[^()\[\]{},;\"'`/]++|.",
    re.DOTALL,
)
_SHOWN = re.compile(
    r"\"(?:[^\"\\]++|\\.)*+\"?|'(?:[^'\\]++|\\.)*+'?|`(?P<template>(?:[^`\\]++|\\.)*+)`?"
    r"|(?P<comment>//[^\r\n]*+|/\*(?:.*?\*/|.*))|(?P<space>\s++)"
    r"|(?P<name>[^\W\d][\w$]*+|\$[\w$]*+)|\d[\w.]*+|(?P<slash>/)|(?P<sign>.)",
    re.DOTALL,
)
_IN_TEMPLATE = re.compile(r"(\$\{[\w$.]{1,30}\})|(?:(?!\$\{[\w$.]{1,30}\}).)++", re.DOTALL)
_BEFORE_NAMES = re.compile(r"(?:|[^\w…)\]}]|async|await|new|typeof|void)")
"""What a name may follow in an expression: nothing, a sign, or one of these words."""

LONGEST = 30
"""Characters of the longest name that errors show: longer ones may be keys without quotes."""


class Parser:
    """Reads literals of a text, one after the other."""

    def __init__(self, text: str, place: int) -> None:
        self._text = text
        self._place = place
        self._depth = 0

    @property
    def rest(self) -> str:
        """What has not been read."""
        return self._text[self._place :]

    def read_items(self, closing: str) -> list[Value]:
        """Read values with commas between them, and the bracket after them."""
        items: list[Value] = []
        while not self._takes(closing):
            items.append(self._read_value())
            self._end_item(closing)
        return items

    def _end_item(self, closing: str) -> None:
        """Read a comma, or make sure that the closing bracket is next."""
        self._skip_space()
        if not self._takes(",") and not self._text.startswith(closing, self._place):
            raise self._unexpected(f"',' or {closing!r}")

    def _read_value(self) -> Value:
        self._skip_space()
        begin = self._place
        value = self._read_literal()
        self._skip_space()
        if not isinstance(value, Expression) and self._text[self._place : self._place + 1] in (
            *",)]}",
            "",
        ):
            return value
        self._place = begin
        return self._read_expression()

    def _read_literal(self) -> Value:
        """Read a literal; an expression is only begun."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unreadable(
                f"the text is nested more than {DEEPEST} levels deep; copy one request"
            )
        text, place = self._text, self._place
        value: Value = Expression("")
        if (string := self._read_string()) is not None:
            value = string
        elif self._takes("["):
            value = self.read_items("]")
        elif self._takes("{"):
            value = self._read_object()
        elif (match := _HEADERS.match(text, place)) is not None:
            self._place = match.end()
            value = (*self.read_items(")"), None)[0]
        elif (match := _NUMBER.match(text, place)) is not None:
            self._place = match.end()
            value = match[0]
        elif (match := _NAME.match(text, place)) is not None and match[0] in _CONSTANTS:
            self._place = match.end()
            value = _CONSTANTS[match[0]]
        self._depth -= 1
        return value

    def _read_object(self) -> dict[str, Value]:
        members: dict[str, Value] = {}
        while not self._takes("}"):
            key = self._read_key()
            if self._takes(":"):
                members[key] = self._read_value()
            else:
                members[key] = Expression(key)  # {headers} stands for {headers: headers}
            self._end_item("}")
        return members

    def _read_key(self) -> str:
        """Read the name of a member, and skip the space after it."""
        key = self._read_string()
        if key is None:
            match = _NAME.match(self._text, self._place) or _NUMBER.match(self._text, self._place)
            if match is None:
                part = self._read_expression()
                raise not_literal("the text has", part) if part else self._unexpected("a name")
            key = match[0]
            self._place = match.end()
        self._skip_space()
        return key

    def _read_string(self) -> str | None:
        match = _STRING.match(self._text, self._place)
        if match is None:
            return None
        self._place = match.end()
        return clean(_ESCAPE.sub(_unescape, match[match.lastindex or 0]))

    def _read_expression(self) -> Expression:
        """Skip to the comma or the bracket that ends an expression."""
        begin, depth = self._place, 0
        while (match := _PIECE.match(self._text, self._place)) is not None:
            if match["endless"] is not None:
                raise Unreadable("the text ends within a comment; copy the whole call")
            if match["unclosed"]:
                raise Unreadable(f"the quote {match[0]} is not closed; copy the whole call")
            if match["open"]:
                depth += 1
            elif depth == 0 and match.lastgroup in ("close", "comma", "end"):
                break
            elif match["close"]:
                depth -= 1
            self._place = match.end()
        return Expression(self._text[begin : self._place].strip())

    def _takes(self, token: str) -> bool:
        """Read a token, and the space around it, if it is next."""
        self._skip_space()
        if not self._text.startswith(token, self._place):
            return False
        self._place += len(token)
        self._skip_space()
        return True

    def _skip_space(self) -> None:
        match = _SPACE.match(self._text, self._place)
        if match is not None and match[1] is not None:
            raise Unreadable("the text ends within a comment; copy the whole call")
        self._place = match.end() if match else self._place

    def _unexpected(self, expected: str) -> Unreadable:
        got = _hide_literals(self.rest)[:20]
        if not got:
            return Unreadable(f"the text ends where {expected} was expected; copy the whole call")
        return Unreadable(f"expected {expected}, got {quote(got)}; copy the whole call")


def not_literal(what: str, part: str) -> Unreadable:
    """Return an error that names a part that is a variable or a call."""
    shown = quote(_hide_literals(part))
    return Unreadable(f"{what} {shown}, which is not a literal; use its value")


def _hide_literals(text: str) -> str:
    """Return code with ``…`` for what may be secret: literals, and what cannot be read."""
    shown: list[str] = []
    before = ""
    for match in _SHOWN.finditer(text):
        kind, part = match.lastgroup, match[0]
        if kind in ("comment", "space"):
            shown.append(" ")
            continue
        if kind == "template":
            part = f"`{_IN_TEMPLATE.sub(_hide_piece, match[kind])}`"
        is_name = kind == "name" and len(part) <= LONGEST and _BEFORE_NAMES.fullmatch(before)
        if kind == "slash" or "${…" in part:  # perhaps a regular expression, or more templates
            return "".join([*shown, HIDDEN])
        before = part if is_name or kind in ("template", "sign") else HIDDEN
        shown.append(before)
    return " ".join("".join(shown).split())


def _hide_piece(match: re.Match[str]) -> str:
    """Return a variable of a template as it is, and hide all else but for where code begins."""
    return match[1] or ("${…" if "${" in match[0] else HIDDEN)


def _unescape(match: re.Match[str]) -> str:
    *numbers, character = match.groups()
    if character is not None:
        return _ESCAPES.get(character, character)
    code = int(next(filter(None, numbers)), 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"
