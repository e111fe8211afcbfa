"""The comparison as tables for the docs."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from lab.cases.compare import LIBRARIES, change, facts, play, why
from lab.cases.facts import TABLES, Case, Fact
from lab.cases.reasons import REASONS


def table() -> str:
    """Return a table for each library, after the numbers of facts."""
    lines: list[str] = []
    counts = {"same": 0, "stricter": 0, "warned": 0}
    shown: tuple[int, int] | None = None
    for number, index, case, fact in facts():
        if shown is None or shown[0] != number:
            head = "| Settings, and what a page does | Before | After |"
            lines += ["", f"## {LIBRARIES[number].name}", "", head, "|---|---|---|"]
        if fact and shown != (number, index):
            lines.append(f"| {_settings(case)} | | |")
        shown = number, index
        before, after = play("before", *shown, fact), play("after", *shown, fact)
        changed = change(before, after)
        counts[changed] += 1
        reason = why(case, fact)
        end = "same" if after.text == before.text else after.text
        end += f". **{changed}**: {REASONS[reason].text}" if reason else ""
        what = _describe(fact) if fact else _settings(case)
        lines.append(f"| {what} | {before.text} | {end} |")
    total = f"{sum(counts.values())} facts: {counts['same']} are the same, "
    total += f"{counts['stricter']} are stricter, {counts['warned']} is warned."
    return "\n".join([total, *lines, ""])


def _describe(fact: Fact) -> str:
    return fact.what if fact.request == "GET /items" else f"{fact.what} (`{fact.request}`)"


def _settings(case: Case) -> str:
    there, here = case.there or _code(case.theirs), case.here or _code(case.ours)
    return f"**There** {there} **here** {here}"


def _code(settings: Mapping[str, Any]) -> str:
    return f"`{_spell(settings)}`" if settings else "the defaults"


def _spell(settings: Mapping[str, Any]) -> str:
    shown = {
        name: _table(value) if name in TABLES else _value(value) for name, value in settings.items()
    }
    return ", ".join(f"{name}={value}" for name, value in shown.items())


def _table(policies: Mapping[str, Any]) -> str:
    shown = (f'"{name}": Policy({_spell(settings)})' for name, settings in policies.items())
    return "{" + ", ".join(shown) + "}"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_value(k)}: {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, set):
        return "{" + ", ".join(map(_value, sorted(value))) + "}"
    if isinstance(value, str):
        return f'r"{value}"' if "\\" in value else f'"{value}"'
    if isinstance(value, re.Pattern):
        return f"re.compile({_value(value.pattern)})"
    if isinstance(value, timedelta):
        return f"timedelta(seconds={value.seconds})"
    return getattr(value, "__name__", repr(value))
