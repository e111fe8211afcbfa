"""The tables of figures."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import median, quantiles

from lab.scaling.costs import CASES, PLAIN, Case, Loads
from lab.scaling.preflights import Sent
from lab.scaling.sameness import Rollout, Same
from lab.scaling.storing import Reached


def describe_workers(same: Same, rollout: Rollout) -> dict[str, object]:
    """Return what workers have answered."""
    parts = {"before": rollout.before, "during": rollout.during, "after": rollout.after}
    lines: dict[str, object] = {
        "Requests of six kinds, through nginx": same.requests,
        "Workers, each of which has answered each kind": same.workers,
        "Kinds that got different CORS headers": same.answers - same.questions,
    }
    for when, given in parts.items():
        statuses = Counter(each.answer.status for each in given)
        lines[f"Preflights of a new origin {when} the deployment that allows it"] = (
            f"{statuses[403]:,} refused, {statuses[204]:,} granted"
        )
    return {**lines, "Workers that have both refused and granted them": rollout.undecided}


def cache_rows(stored: Mapping[str, Reached], origins: int) -> Iterator[str]:
    """Yield the table of requests that a cache has passed on to the app."""
    names = {
        "public": '`GET`, `allow_origins="*"`',
        "listed": "`GET`, a policy that lists the origins",
        "preflights": "Preflights",
    }
    yield f"| From pages of {origins} origins, through nginx's cache | Requests | Reach the app |"
    yield "|---|---:|---:|"
    for kind, name in names.items():
        yield _row(name, *stored[kind])


def preflight_rows(sent: Sequence[tuple[str, str, Sent]]) -> Iterator[str]:
    """Yield the table of what a browser sends: each line is about a page and a ``max_age``."""
    yield "| A page in Chromium sends | `max_age` | Requests | Preflights |"
    yield "|---|---:|---:|---:|"
    for page, max_age, (preflights, requests) in sent:
        yield _row(page, f"`{max_age}`", requests, preflights)


def hourly_rows(
    profiles: Sequence[str], preflights: Mapping[int | None, Sequence[int]]
) -> Iterator[str]:
    """Yield the table of preflights in several hours, by ``max_age`` and profile."""
    yield _row("`max_age`", *profiles)
    yield "|---:" * (1 + len(profiles)) + "|"
    for max_age, numbers in preflights.items():
        yield _row(f"`{max_age}`", *numbers)


def cost_rows(busy: Loads, alone: Loads) -> Iterator[str]:
    """Yield the table of costs.

    :param busy: many requests at a time, for several numbers of workers.
    :param alone: one request at a time.
    """
    numbers = sorted({number for _, number in busy})
    workers = [f"{number} worker{'s' * (number > 1)}" for number in numbers]
    yield _row("", *workers, "ratio", "CPU, workers", "CPU, nginx", "alone")
    yield "|---" + "|---:" * (len(workers) + 4) + "|"
    for case in CASES:
        rates = [median(load.per_second for load in busy[case, number]) for number in numbers]
        loads = [load for number in numbers for load in busy[case, number]]
        waits = [
            load.median for (other, _), taken in alone.items() if other == case for load in taken
        ]
        yield _row(
            case.name,
            *(f"{rate:,.0f}/s" for rate in rates),
            _spell_ratios(ratios(busy, case)),
            *(f"{median(load.cpu[name] for load in loads):,.0f} µs" for name in loads[0].cpu),
            f"{median(waits):,.0f} µs",
        )


def ratios(loads: Loads, case: Case) -> list[float]:
    """Return the rates of a case divided by those of the app without CORS in the same round."""
    return [
        ours.per_second / theirs.per_second
        for (kind, number), taken in loads.items()
        if kind == case
        for ours, theirs in zip(taken, loads[PLAIN, number], strict=True)
    ]


def _spell_ratios(found: Sequence[float]) -> str:
    """Return the median, and the middle half if there are different ratios."""
    if len(set(found)) < 2:
        return _spell(found[0])
    low, middle, high = map(_spell, quantiles(found, n=4))
    return f"{middle} ({low} to {high})"


def _spell(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"


def _row(*cells: object) -> str:
    spelt = (f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells)
    return f"| {' | '.join(spelt)} |"
