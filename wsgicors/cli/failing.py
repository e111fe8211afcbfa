"""The option ``--fail-on``: which severities make a command fail."""

from collections.abc import Collection, Iterable

SEVERITIES = ("error", "warning", "info")
"""All severities, the worst first."""

EXIT_FOUND = 1
"""The exit status for what ``--fail-on`` names; for misuse, click exits with 2."""


def reaches(severities: Iterable[str], fail_on: Collection[str]) -> bool:
    """Return whether one of these severities is one that ``--fail-on`` names, or worse."""
    mildest = max((SEVERITIES.index(name) for name in fail_on), default=-1)
    return any(SEVERITIES.index(severity) <= mildest for severity in severities)
