"""Reading ``allow_origins``: strings, patterns and callables, less what others already cover."""

import inspect
import re
from collections.abc import Iterable
from typing import cast

from .origins import OPAQUE_ORIGINS, OriginPredicate, OriginSet, Pattern
from .problems import Findings
from .reading import read_items

SETTING = "allow_origins"
EXAMPLE = '["https://app.example"]'


class OriginsRead:
    """What ``allow_origins`` came to: strings as given, apart by what they stand for."""

    def __init__(self) -> None:
        self.exact: dict[str, Pattern | None] = {}
        """Origins, each with its parts; an opaque one has none."""
        self.patterns: dict[str, Pattern] = {}
        self.predicates: list[OriginPredicate] = []
        self.everybody = False

    def __contains__(self, item: object) -> bool:
        if isinstance(item, str):
            return item in self.exact or item in self.patterns or (item == "*" and self.everybody)
        return item in self.predicates

    @property
    def spelt(self) -> dict[str, Pattern]:
        """Origins and patterns that have parts, by their spelling."""
        exact = {text: parts for text, parts in self.exact.items() if parts is not None}
        return {**exact, **self.patterns}

    @property
    def given(self) -> tuple[str | OriginPredicate, ...]:
        """The setting as a policy keeps it."""
        everybody = ("*",) if self.everybody else ()
        return (*everybody, *self.exact, *self.patterns, *self.predicates)

    def as_set(self) -> OriginSet:
        """Make the set that answers for one origin."""
        return OriginSet(self.exact, self.patterns.values(), self.predicates)


def read_origins(value: object, findings: Findings) -> OriginsRead:
    """Read origins, patterns and callables, and leave out what others already cover."""
    found = OriginsRead()
    is_one = callable(value) or _is_regex(value)
    items = [value] if is_one else read_items(SETTING, value, findings, EXAMPLE)
    if not items and not any(problem.setting == SETTING for problem in findings.problems):
        message = f"{value!r} admits nobody; list origins, or set no policy at all (None)"
        findings.report("no-origins", SETTING, value, message)
    for item in items:
        if item in found:
            message = f"{item!r} is listed more than once, and once was left out"
            findings.report("redundant", SETTING, item, message)
        elif isinstance(item, str):
            _read_origin(item, found, findings)
        else:
            _read_predicate(item, found, findings)
    _leave_out_covered(found, findings)
    return found


def _read_origin(text: str, found: OriginsRead, findings: Findings) -> None:
    if text == "*":
        found.everybody = True
    elif text in OPAQUE_ORIGINS:
        found.exact[text] = None
    elif (pattern := Pattern.parse(text)) is None:
        from .spelling import correct  # a third of the package's own code, for mistakes alone

        correction = correct(text)
        findings.report(correction.code, "allow_origins", text, correction.message)
    elif pattern.is_exact:
        found.exact[text] = pattern
    else:
        found.patterns[text] = pattern


def _read_predicate(item: object, found: OriginsRead, findings: Findings) -> None:
    if _is_regex(item):
        why = "is a regular expression, and those match more than they seem to"
        advice = "write 'https://*.example.com' for subdomains, or a callable for the rest"
        findings.report("wrong-type", SETTING, item, f"{item!r} {why}; {advice}")
    elif not callable(item) or isinstance(item, type):
        findings.wrong_type(SETTING, item, "an origin", f"write {SETTING}={EXAMPLE}")
    elif inspect.iscoroutinefunction(item) or inspect.iscoroutinefunction(type(item).__call__):
        why = "is a coroutine function, and nobody can await its answer here"
        advice = "write a plain function that returns a bool"
        findings.report("wrong-type", SETTING, item, f"{item!r} {why}; {advice}")
    else:
        found.predicates.append(cast("OriginPredicate", item))


def _is_regex(value: object) -> bool:
    return isinstance(value, re.Pattern)


def _leave_out_covered(found: OriginsRead, findings: Findings) -> None:
    """Drop what a wider entry admits anyway: an origin under its pattern, anything beside ``*``."""
    if found.everybody:
        covered = dict.fromkeys([*found.exact, *found.patterns], "*")
    else:
        covered = _covered_by_patterns(found)
    for text, by in covered.items():
        findings.report(
            "redundant", "allow_origins", text, f"{text!r} is covered by {by!r} and was left out"
        )
        found.exact.pop(text, None)
        found.patterns.pop(text, None)
    if found.everybody and found.predicates:
        message = "a callable beside '*' is never asked and was left out"
        findings.report("redundant", "allow_origins", tuple(found.predicates), message)
        found.predicates.clear()


def _covered_by_patterns(found: OriginsRead) -> dict[str, str]:
    covered: dict[str, str] = {}
    for text, parts in found.spelt.items():
        for wider_text in wider_spellings(parts):
            if wider_text != text and wider_text in found.patterns:
                covered[text] = wider_text
    return covered


def wider_spellings(parts: Pattern) -> Iterable[str]:
    """Yield the spelling of every pattern that admits all that this one admits."""
    ports = [""] if parts.port is None else [f":{parts.port}"]
    if parts.port != "*":
        ports.append(":*")
    hosts = [f"*.{parts.host}" if parts.subdomains else parts.host]
    host = parts.host
    while "." in host:
        host = host.partition(".")[2]
        hosts.append(f"*.{host}")
    return [f"{parts.scheme}://{host}{port}" for host in hosts for port in ports]
