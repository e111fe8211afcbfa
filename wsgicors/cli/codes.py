"""Where each code appears and what it means, for ``wsgicors why`` and the reference."""

from typing import NamedTuple

from .._core.problems import CODES as PROBLEMS
from ..auditing import CODES as FINDINGS
from .meanings import CHECKS, REASONS, TEXTS

OF_A_FILE = frozenset({"invalid-toml", "no-policies", "unknown-key"})
"""Errors that only a file of policies can have."""

OF_AN_APP = frozenset(
    {"defined-twice", "marked-endpoint", "method-decorators", "unknown-endpoint", "unknown-policy"}
)
"""Errors that only an app can have, with its tables and decorators."""

WARNINGS_OF_DJANGO = frozenset({"not-first", "unknown-setting"})
"""The checks of Django that are not errors."""


class Entry(NamedTuple):
    """A code, explained."""

    kind: str
    """Where the code appears, and how severe it is."""
    why: str
    """What it means, and why it matters."""
    advice: str
    """What to do."""


def find_entry(code: str) -> Entry | None:
    """Return what a code means, or ``None`` if there is no such code."""
    if text := REASONS.get(code):
        return Entry("reason in the log", *text)
    if text := CHECKS.get(code):
        severity = "warning" if code in WARNINGS_OF_DJANGO else "error"
        return Entry(f"{severity} of Django's manage.py check", *text)
    if text := TEXTS.get(code):
        return Entry(_kind_of(code), *text)
    return None


def _kind_of(code: str) -> str:
    """Return how severe a problem or a finding is, and where it appears."""
    problem, finding = PROBLEMS.get(code), FINDINGS.get(code)
    if problem is None:
        return f"{FINDINGS[code].severity} of the audit"
    place = "a file" if code in OF_A_FILE else "an app" if code in OF_AN_APP else "a policy"
    kind = f"{problem.severity} of {place}"
    if problem.is_risk:
        kind += ", a risk that accept_risks can accept"
    if finding is not None and finding.severity != problem.severity:
        kind += f"; {finding.severity} of the audit"
    return kind


ALL_CODES = (*TEXTS, *REASONS, *CHECKS)
"""Every code."""
