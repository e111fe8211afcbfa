"""The lines of tables, keys and entries of lists in TOML, which ``tomllib`` does not give."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

KeyPath = tuple[str | int, ...]
"""The keys that lead to a value, and the positions of entries in lists and arrays of tables."""

_TOKEN = re.compile(
    r"""
      (?P<string> \"""(?:\\.|[^\\])*?\"{3,5} | '''.*?'{3,5} | "(?:\\.|[^"\\])*" | '[^']*' )
    | (?P<skipped> \#[^\n]* | [^\S\n]+ )
    | (?P<other> [^\s"'\#\[\]{}=,.]+ )
    | .  # a line end, or what stands between keys and values
    """,
    re.DOTALL | re.VERBOSE,
)


class _Token(NamedTuple):
    text: str
    line: int
    is_string: bool


def find_lines(text: str) -> Mapping[KeyPath, int]:
    """Return the line, counted from 1, of each table, key and entry of a list.

    A table has the line of its header, or else of its first key. An array of tables has the line of
    its first header.

    :param text: valid TOML.
    """
    return _Scanner(text).lines


def _tokens(text: str) -> Iterator[_Token]:
    """Yield the parts of a text except comments and spaces; a line end is a part too."""
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skipped":
            yield _Token(match[0], line, match.lastgroup == "string")
        line += match[0].count("\n")
    yield _Token("\n", line, False)


class _Scanner:
    """Reads the structure of a valid document: which values there are does not matter."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._lengths: Counter[KeyPath] = Counter()
        """How many tables each array of tables has so far."""
        self._tokens = _tokens(text)
        self._token = next(self._tokens)
        self._read_document()

    def _read_document(self) -> None:
        table: KeyPath = ()
        while True:
            if self._token.text == "[":
                table = self._read_header()
            elif self._token.text == "\n":
                if not self._advance():
                    return
            else:
                self._read_pair(table)

    def _advance(self) -> bool:
        """Go to the next part of the text; return whether there is one."""
        following = next(self._tokens, None)
        self._token = following or self._token
        return following is not None

    def _add(self, path: KeyPath, line: int) -> None:
        """Note the line of a table or a key, and of the tables that it creates."""
        self.lines[path] = line
        for end in range(1, len(path)):
            self.lines.setdefault(path[:end], line)

    def _read_header(self) -> KeyPath:
        """Read the header of a table; return the path of the table."""
        line = self._token.line
        self._advance()
        is_in_array = self._token.text == "["
        path: KeyPath = ()
        for key in self._read_key():
            if length := self._lengths[path]:  # the header goes on in the last table of an array
                path = (*path, length - 1)
            path = (*path, key)
        if is_in_array:
            self._lengths[path] += 1
            path = (*path, self._lengths[path] - 1)
        self._add(path, line)
        return path

    def _read_key(self) -> KeyPath:
        """Read a key with dots, to the ``=`` after it, or a header to the end of its line."""
        parts: list[str] = []
        while self._token.text not in ("=", "\n"):
            if self._token.is_string:
                parts.append(tomllib.loads(f"key = {self._token.text}")["key"])
            elif self._token.text not in ("[", "]", "."):
                parts.append(self._token.text)
            self._advance()
        return tuple(parts)

    def _read_pair(self, table: KeyPath) -> None:
        line = self._token.line
        path = (*table, *self._read_key())
        self._add(path, line)
        self._advance()
        self._read_value(path)

    def _read_value(self, path: KeyPath) -> None:
        """Read a value to the comma, bracket or line end after it."""
        if self._token.text in ("[", "{"):
            self._read_collection(path, is_list=self._token.text == "[")
        else:
            while self._token.text not in (",", "]", "}", "\n"):
                self._advance()

    def _read_collection(self, path: KeyPath, is_list: bool) -> None:
        """Read a list, or a table in braces, to the part after its last bracket."""
        self._advance()
        position = 0
        while self._token.text not in ("]", "}"):
            if self._token.text in (",", "\n"):
                self._advance()
            elif is_list:
                entry = (*path, position)
                self.lines[entry] = self._token.line
                self._read_value(entry)
                position += 1
            else:
                self._read_pair(path)
        self._advance()
