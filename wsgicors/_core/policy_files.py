"""Policies in a TOML file: one table for each policy, its keys the settings."""

import errno
import os
import re
import tomllib
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import NamedTuple, cast

from .places import Place
from .policy import (
    NAME_RULE,
    NOT_SETTINGS,
    SETTINGS,
    Policy,
    Settings,
    defined_at,
    instead_of,
    nearest_setting,
)
from .problems import MAX_SHOWN, PolicyError, Problem, Problems, show
from .toml_lines import KeyPath, find_lines
from .toml_words import EXAMPLE, explain_encoding, explain_invalid, spell, spell_key, translate

MAX_DEPTH = 5
"""The most keys of a table in tables that a message shows."""

_Table = Mapping[str, object]


def load_policies(path: str | os.PathLike[str]) -> dict[str, Policy]:
    """Read the policies in a TOML file.

    Each table is a policy: its name is the name of the policy, and its keys are the settings of
    :class:`Policy`. The file is read once; to read it again, call this again.

    :param path: the file; a relative path starts from the current folder.
    :returns: the policies by name, in the order of the file.
    :raises PolicyError: with all faults of the file and their lines; also if it is not valid TOML.
    :raises OSError: if the file cannot be read.
    """
    return read_policies(path)[0]


def read_policies(
    path: str | os.PathLike[str],
) -> tuple[dict[str, Policy], tuple[Problem, ...]]:
    """Return the same policies, and their warnings and notes with the lines of the file."""
    shown, file = os.fspath(path), os.path.abspath(path)
    try:
        with open(file, "rb") as opened:
            content = opened.read()
    except ValueError as error:  # the path has a character that no path can have
        raise OSError(errno.EINVAL, str(error), shown) from error
    problems = Problems()
    document = _parse(content, shown, problems)
    policies = {} if document is None else _Reader(shown, file, document).read(problems)
    return policies, problems.conclude(f"the CORS policies in {shown} cannot work")


class _Document(NamedTuple):
    """A file as ``tomllib`` reads it, and the lines of what is in it."""

    tables: Mapping[str, object]
    lines: Mapping[KeyPath, int]


def _parse(content: bytes, shown: str, problems: Problems) -> _Document | None:
    """Read TOML. Text that is not valid is reported as one fault."""
    text = ""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")  # Windows adds a byte order mark
        return _Document(tomllib.loads(text), find_lines(text))
    except UnicodeDecodeError as error:
        line, why = explain_encoding(content, error)
    except ValueError as error:
        line, why = explain_invalid(text, error)
    except RecursionError:
        line, why = 1, f"it is nested too deeply; use lines such as {EXAMPLE}"
    message = f"this is not valid TOML: {why}"
    problems.report("invalid-toml", f"{shown}:{line}", why, message)
    return None


class _Reader:
    """Creates the policies of a file, and finds the line of each fault.

    :param shown: the path of the file, for messages.
    :param file: its absolute path.
    """

    def __init__(self, shown: str, file: str, document: _Document) -> None:
        self._shown, self._file = shown, file
        self._tables, self._lines = document
        self._names = {*self._tables}
        """The names of tables, and those that faults suggest."""
        self._found: list[tuple[int, Problem]] = []
        """Each problem, with its line."""

    def read(self, problems: Problems) -> dict[str, Policy]:
        """Return the policies without faults, by name; report all problems, by line."""
        policies: dict[str, Policy] = {}
        if not self._tables:
            message = f"the file has no policies; use [default] and below it {EXAMPLE}"
            problems.report("no-policies", f"{self._shown}:1", None, message)
        for path, table in self._find_tables():
            if (policy := self._make(path, table)) is not None:
                policies[str(path[0])] = policy
        self._found.sort(key=lambda found: found[0])
        problems.found += [problem for _, problem in self._found]
        return policies

    def _find_tables(self) -> Iterator[tuple[KeyPath, _Table]]:
        """Yield the tables that are policies, or meant as policies; report those that cannot be.

        It does not call itself for tables in tables, because they can be nested deeply.
        """
        waiting = deque[tuple[KeyPath, object]](
            ((name,), self._tables[name]) for name in self._tables
        )
        while waiting:
            path, value = waiting.popleft()
            tables = _tables_of(path, value)
            for at, table in tables:
                waiting += [((*at, key), table[key]) for key in table if _is_table(key, table[key])]
            if [at for at, table in tables if _holds_only_tables(table)] == [path]:
                continue
            self._check_header(path, value)
            is_policy = len(path) == 1
            for at, table in tables:
                if is_policy or any(key in SETTINGS or nearest_setting(key) for key in table):
                    yield at, table

    def _make(self, path: KeyPath, table: _Table) -> Policy | None:
        """Return the policy of a table; ``None`` if a setting has a fault."""
        title = _title(path)
        unknown = [key for key in table if key not in SETTINGS and not _is_table(key, table[key])]
        for key in unknown:
            message = f"{show(key)} is not a setting; {_advise(key)}"
            self._report("unknown-key", (*path, key), f"{title} {spell_key(key)}", key, message)
        given = {key: table[key] for key in SETTINGS if key in table}
        is_complete = "allow_origins" in given
        if not is_complete and "allow_origins" not in map(nearest_setting, unknown):
            message = f"a policy needs allow_origins; use {EXAMPLE}"
            self._report("no-origins", path, title, None, message)
        place = Place(self._file, self._lines[path], "wsgicors")
        try:
            with defined_at(place, title):
                policy = Policy(**cast("Settings", {"allow_origins": (), **given}))
                problems = policy.problems
        except PolicyError as error:
            policy, problems = None, error.problems
        entries = {setting: _Entries(value) for setting, value in given.items()}
        for problem in problems:
            if is_complete or problem.setting != "allow_origins":
                at = (*path, problem.setting, *entries[problem.setting].find(problem))
                setting = f"{title} {problem.setting}"
                self._add(at, replace(translate(problem), setting=setting))
        return policy

    def _check_header(self, path: KeyPath, value: object) -> None:
        """Report what is not a table with the name of a policy."""
        *parents, name = (key for key in path if isinstance(key, str))
        if parents:
            near = self._suggest([*parents, name]) or "a table of its own"
            advice = f"use {near} for a policy"
            message = f"{show(name)} is not a setting; {advice}"
            message += ", because a policy has no tables in it"
            setting = f"{_title(path[:-1])} {spell_key(name)}"
            self._report("unknown-key", path, setting, value, message)
        elif not isinstance(value, dict):
            self._report_no_table(name, value)
        elif not name.isidentifier():
            near = self._suggest([name])
            advice = f"use {near}" if near else NAME_RULE
            message = f"{show(name)} is not a policy name; {advice}"
            self._report("invalid-name", path, _title(path), name, message)

    def _report_no_table(self, name: str, value: object) -> None:
        """Report a key outside of all tables, or an array of tables."""
        if _tables_of((name,), value):
            near = f"[{name}]" if name.isidentifier() else self._suggest([name])
            advice = f"use {near or '[default]'} once, with single brackets"
        elif nearest_setting(name):
            advice = "put it below the name of a policy, such as [default]"
        else:
            near = f"[{name}]" if name.isidentifier() else self._suggest([name])
            advice = f"remove it, or use {near or '[default]'} and below it {EXAMPLE}"
        message = f"expected a table of settings, got {spell(value)}; {advice}"
        self._report("wrong-type", (name,), spell_key(name), value, message)

    def _suggest(self, names: Sequence[str]) -> str:
        """Return a header with a name that is free; nothing if the names cannot be made one."""
        joined = "_".join(names)
        near = re.sub(r"\W", "_", joined)
        if len(near) > MAX_SHOWN or not near.isidentifier():
            return ""
        free = (f"{near}_{number}" if number > 1 else near for number in count(1))
        name = next(name for name in free if name not in self._names)
        self._names.add(name)
        return f"[{name}]"

    def _report(self, code: str, path: KeyPath, setting: str, value: object, message: str) -> None:
        self._add(path, Problem(code, "error", setting, value, message))

    def _add(self, path: KeyPath, problem: Problem) -> None:
        line = self._lines[path]
        setting = f"{self._shown}:{line}: {problem.setting}"
        self._found.append((line, replace(problem, setting=setting)))


class _Entries:
    """The positions of the entries of a list, each for one problem of a kind."""

    def __init__(self, value: object) -> None:
        self._positions: dict[tuple[type, str], list[int]] = {}
        self._found: Counter[tuple[str, type, str]] = Counter()
        entries = cast("list[object]", value) if isinstance(value, list) else ()
        for position, entry in enumerate(entries):
            self._positions.setdefault((type(entry), show(entry)), []).append(position)

    def find(self, problem: Problem) -> tuple[int, ...]:
        """Return the position of the entry that has a problem; nothing if none has it.

        Of equal entries, the first has the first problem; but the last one is redundant.
        """
        key = type(problem.value), show(problem.value)
        positions = self._positions.get(key)
        if positions is None:
            return ()
        number = min(self._found[problem.code, *key], len(positions) - 1)
        self._found[problem.code, *key] += 1
        return (positions[-1 - number if problem.code == "redundant" else number],)


def _tables_of(path: KeyPath, value: object) -> list[tuple[KeyPath, _Table]]:
    """Return a table, or the tables in an array of tables, with their paths."""
    if isinstance(value, dict):
        return [(path, cast("_Table", value))]
    entries = enumerate(cast("list[object]", value) if isinstance(value, list) else ())
    return [
        ((*path, number), cast("_Table", entry))
        for number, entry in entries
        if isinstance(entry, dict)
    ]


def _is_table(key: str, value: object) -> bool:
    """Return whether a key of a table is a table in it, and not a setting or a keyword."""
    return key not in SETTINGS and key not in NOT_SETTINGS and bool(_tables_of((), value))


def _holds_only_tables(table: _Table) -> bool:
    """Return whether a table only groups others, as the header ``[shop.api]`` does."""
    return bool(table) and all(_is_table(key, value) for key, value in table.items())


def _advise(key: str) -> str:
    """Return what to use instead of a key that is not a setting."""
    if key == "trial":
        return "remove it, and use with_trial() on the loaded policy"
    if key in NOT_SETTINGS or nearest_setting(key):
        return instead_of(key)
    return f"remove it (settings: {', '.join(SETTINGS)})"


def _title(path: KeyPath) -> str:
    """Return the header of a table, for messages."""
    names = (spell_key(key) for key in path[:MAX_DEPTH] if isinstance(key, str))
    return f"[{'.'.join(names)}]"


load_policies.__module__ = "wsgicors"  # from which it is imported
