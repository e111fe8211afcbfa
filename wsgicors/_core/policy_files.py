"""Policies in a TOML file: one table for each policy, its keys the settings."""

import os
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, cast

from .places import Place
from .policy import SETTINGS, Policy, Settings, defined_at, instead_of
from .problems import PolicyError, Problem, Problems
from .toml_lines import Path, find_lines

_EXAMPLE = 'allow_origins = ["https://app.example"]'

_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
"""What ``tomllib`` adds to its messages."""


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
    with open(file, "rb") as opened:
        content = opened.read()
    problems = Problems()
    document = _parse(content, shown, problems)
    policies = {} if document is None else _Reader(shown, file, document).read(problems)
    return policies, problems.conclude(f"the CORS policies in {shown} cannot work")


class _Document(NamedTuple):
    """A file as ``tomllib`` reads it, and the lines of what is in it."""

    tables: Mapping[str, object]
    lines: Mapping[Path, int]


def _parse(content: bytes, shown: str, problems: Problems) -> _Document | None:
    """Read TOML. Text that is not valid is reported as one fault."""
    line, why = 1, "it is nested too deeply"
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")  # Windows adds a byte order mark
        return _Document(tomllib.loads(text), find_lines(text))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        why = f"the byte {content[error.start]:#04x} is not UTF-8"
    except ValueError as error:
        why = str(error)
        if found := _PLACE.search(why):
            line = int(found[1] or content.rstrip().count(b"\n") + 1)
            why = why[: found.start()]
    except RecursionError:
        pass
    message = f"this is not valid TOML: {why}; use lines such as {_EXAMPLE}"
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
        self._found: list[tuple[int, Problem]] = []
        """Each problem, with its line."""

    def read(self, problems: Problems) -> dict[str, Policy]:
        """Return the policies without faults, by name; report all problems, by line."""
        policies: dict[str, Policy] = {}
        for name, table in self._tables.items():
            if not isinstance(table, dict):
                self._report_no_table(name, table)
                continue
            if not name.isidentifier():
                self._report_name(name)
            if (policy := self._make(name, cast("dict[str, object]", table))) is not None:
                policies[name] = policy
        self._found.sort(key=lambda found: found[0])
        problems.found += [problem for _, problem in self._found]
        return policies

    def _make(self, name: str, table: Mapping[str, object]) -> Policy | None:
        """Return the policy of a table; ``None`` if a setting has a fault."""
        unknown = [key for key in table if key not in SETTINGS]
        for key in unknown:
            self._report_unknown(name, key, table[key])
        given = {key: table[key] for key in SETTINGS if key in table}
        is_complete = "allow_origins" in given
        if not is_complete and not any(_is_meant(key, ["allow_origins"]) for key in unknown):
            message = f"a policy needs allow_origins; use {_EXAMPLE}"
            self._report("no-origins", (name,), f"[{_spell(name)}]", None, message)
        place = Place(self._file, self._lines[(name,)], "wsgicors")
        try:
            with defined_at(place, f"[{_spell(name)}]"):
                policy = Policy(**cast("Settings", {"allow_origins": (), **given}))
                problems = policy.problems
        except PolicyError as error:
            policy, problems = None, error.problems
        for problem in problems:
            if is_complete or problem.setting != "allow_origins":
                self._report_setting(name, problem, _entries(given[problem.setting]))
        return policy

    def _report_no_table(self, name: str, value: object) -> None:
        """Report a key outside of all tables, or an array of tables."""
        if any(isinstance(entry, dict) for entry in _entries(value)):
            advice = f"use [{_spell(name)}] once, with single brackets"
        elif _is_meant(name, SETTINGS):
            advice = "put it below the name of a policy, such as [default]"
        else:
            advice = f"remove it, or use [{_spell(name)}] and below it {_EXAMPLE}"
        message = f"expected a table of settings, got {value!r:.80}; {advice}"
        self._report("wrong-type", (name,), _spell(name), value, message)

    def _report_name(self, name: str) -> None:
        near = re.sub(r"\W", "_", name)
        advice = f"[{near}]" if near.isidentifier() else "letters, digits and underscores"
        message = f"{name!r} is not a policy name; use {advice}"
        self._report("invalid-name", (name,), f"[{_spell(name)}]", name, message)

    def _report_unknown(self, name: str, key: str, value: object) -> None:
        """Report a key that is not a setting."""
        message = f"{key!r} is not a setting; {_advise(key, value)}"
        setting = f"[{_spell(name)}] {_spell(key)}"
        self._report("unknown-key", (name, key), setting, value, message)

    def _report_setting(self, name: str, problem: Problem, entries: Sequence[object]) -> None:
        """Report a problem of a setting, at the line of the entry that has it, or of the key.

        :param entries: what the file lists for this setting.
        """
        path: Path = (name, problem.setting)
        for position, entry in enumerate(entries):
            if type(entry) is type(problem.value) and entry == problem.value:
                path = (name, problem.setting, position)
        setting = f"[{_spell(name)}] {problem.setting}"
        self._add(path, replace(problem, setting=setting))

    def _report(self, code: str, path: Path, setting: str, value: object, message: str) -> None:
        self._add(path, Problem(code, "error", setting, value, message))

    def _add(self, path: Path, problem: Problem) -> None:
        line = self._lines[path]
        setting = f"{self._shown}:{line}: {problem.setting}"
        self._found.append((line, replace(problem, setting=setting)))


def _advise(key: str, value: object) -> str:
    """Return what to use instead of a key that is not a setting."""
    if isinstance(value, dict):
        return f"use [{_spell(key)}] for a policy, because a policy has no tables in it"
    advice = instead_of(key)
    return f"remove it (settings: {', '.join(SETTINGS)})" if advice == "remove it" else advice


def _entries(value: object) -> Sequence[object]:
    """Return the entries of a list; nothing for another value."""
    return cast("list[object]", value) if isinstance(value, list) else ()


def _spell(key: str) -> str:
    """Return a key as it is, or in quotes and on one line if it has unusual characters."""
    return key if re.fullmatch(r"[\w-]+", key) else repr(key)


def _is_meant(key: str, settings: Collection[str]) -> bool:
    """Return whether a key is one of these settings, or nearly so."""
    return instead_of(key) in {f"use {setting!r}" for setting in settings}


load_policies.__module__ = "wsgicors"  # from which it is imported
