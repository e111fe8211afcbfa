"""Origins that an app loads, judged as if they were written in ``allow_origins`` of a policy."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from .headers import excerpt
from .origin_lists import read_origins
from .origins import OPAQUE_ORIGINS, OriginSet, Pattern, describe
from .problems import Problem, Problems
from .risks import check_origins
from .sources import Terms

_SETTING = "allow_origins"

MAX_NAMED = 3
"""The most entries that a message names."""


class UnusableResultError(TypeError):
    """What the app's function returned is not a collection of strings."""


class Judged(NamedTuple):
    """What a policy makes of loaded origins."""

    origins: OriginSet
    kept: int
    """How many entries can be allowed."""
    left_out: tuple[Problem, ...]
    """Why each other entry cannot."""
    risky: tuple[Problem, ...]
    """The risks of entries that are allowed, which a policy would warn of."""


def judge(rows: Iterable[str], terms: Terms) -> Judged:
    """Return the origins that a policy with these terms can have; each row is judged by itself.

    ``*``, ``null`` and ``file://`` are left out, because a policy has to say so itself.
    """
    exact: list[str] = []
    patterns: list[Pattern] = []
    left_out: list[Problem] = []
    risky: list[Problem] = []
    for row in rows:
        problems = Problems()
        problems.accepted = terms.accepted
        if row == "*":
            message = "'*' allows every origin, which a loaded row cannot; use allow_origins='*'"
            problems.report("any-origin-pattern", _SETTING, row, message)
        elif row in OPAQUE_ORIGINS:
            message = f"{row!r} is the origin of any sandboxed frame and local file; remove the row"
            problems.report("opaque-origin-with-credentials", _SETTING, row, message)
        else:
            parsed = read_origins([row], problems)
            check_origins(parsed, terms.credentials, problems)
            if not problems.errors:
                exact += parsed.exact
                patterns += parsed.patterns.values()
                risky += [one for one in problems.found if one.severity == "warning"]
                continue
        left_out += problems.errors[:1]
    kept = len(exact) + len(patterns)
    return Judged(OriginSet(exact, patterns), kept, tuple(left_out), tuple(risky))


def list_some(whys: Sequence[str]) -> str:
    """Return the first reasons, and how many more there are."""
    more = f"; and {len(whys) - MAX_NAMED} more" if len(whys) > MAX_NAMED else ""
    return "; ".join(map(excerpt, whys[:MAX_NAMED])) + more


def read_rows(result: object) -> tuple[Mapping[str, None], tuple[str, ...]]:
    """Return the strings among the loaded entries, and all other entries as text.

    :raises UnusableResultError: if the result is not a collection of strings.
    """
    use = "return the origins as strings, in a list for example"
    if isinstance(result, str | bytes) or not isinstance(result, Iterable):
        raise UnusableResultError(f"returned {describe(result)}; {use}")
    rows: dict[str, None] = {}
    others: list[str] = []
    advice = ""
    for row in cast("Iterable[object]", result):
        if isinstance(row, str):
            rows[row] = None
        else:
            text = describe(row)
            others.append(text)
            if row is not None and not advice:
                advice = f"returned {text} among the origins; {_advise(row)}"
    if advice and not rows:
        raise UnusableResultError(advice)
    return rows, tuple(others)


def _advise(row: object) -> str:
    """Return what to do if rows are not strings."""
    if isinstance(row, Mapping):
        return "return the value of its column, a string"
    if hasattr(row, "__getitem__"):
        return (
            "return strings instead of rows, [row[0] for row in rows] for example "
            "(SQLAlchemy: session.scalars(...); Django: values_list(..., flat=True))"
        )
    return "return its origin, a string"
