"""Measure what CORS needs and costs behind nginx, and write the figures: ``make scaling``."""

import os
import sys
from collections.abc import Iterable, Iterator

from lab import figures
from lab.caches.__main__ import version
from lab.scaling import costs
from lab.scaling.load import find_wrk
from lab.scaling.preflights import Sent, Visit, simulate, visiting
from lab.scaling.sameness import compare_workers, deployed, roll_out
from lab.scaling.storing import count_reached
from lab.scaling.tables import (
    cache_rows,
    cost_rows,
    describe_workers,
    hourly_rows,
    preflight_rows,
)

WORKERS, REQUESTS = 4, 1_000
ORIGINS, TIMES = 50, 4
PROFILES = {"chromium": "Chromium", "firefox": "Firefox", "webkit": "WebKit"}
MAX_AGES = (None, 60, 600, 7_200, 86_400)
URLS, EVERY, HOURS = 10, 60, 8
"""A page sends a PUT to each URL, every so many seconds, for so many hours."""

ROUNDS = 7


def main() -> int:
    """Return 1 if two workers answer the same question differently."""
    find_wrk()  # first, because it is used last
    with deployed(WORKERS) as deployment:
        same = compare_workers(deployment, REQUESTS)
        rollout = roll_out(deployment, REQUESTS // 5)
    figures.record("scaling", describe_workers(same, rollout))
    _write("scaling-caches", cache_rows(count_reached(ORIGINS, TIMES), ORIGINS))
    with visiting() as visit:
        _write("scaling-preflights", preflight_rows([*_visits(visit)]))
    by_max_age = {
        max_age: [
            simulate(profile, max_age, urls=URLS, every=EVERY, hours=HOURS).preflights
            for profile in PROFILES
        ]
        for max_age in MAX_AGES
    }
    _write("scaling-hours", hourly_rows([*PROFILES.values()], by_max_age))
    _write("scaling-costs", _costs())
    return int(same.answers != same.questions or rollout.undecided > 0)


def _visits(visit: Visit) -> Iterator[tuple[str, str, Sent]]:
    max_ages = {"0": "0", "default": "None", "600": "600"}
    paths = [f"{kind}/1" for _ in range(20) for kind in max_ages]
    for kind, sent in visit.put(paths, gap=200).items():
        yield "20 `PUT` to one URL in 12 seconds", max_ages[kind], sent
    paths = [f"600/{number}" for number in range(12)] * 5
    for how, together in {"one after another": False, "all at once": True}.items():
        [sent] = visit.put(paths, together=together).values()
        yield f"60 `PUT` to 12 URLs, {how}", "600", sent


def _costs() -> Iterator[str]:
    before = os.getloadavg()[0]
    with costs.serving() as bench:
        busy = costs.take_turns(bench, ROUNDS, costs.NUMBERS, costs.CONNECTIONS)
        alone = costs.take_turns(bench, ROUNDS, [2], connections=1)
    yield from cost_rows(busy, alone)
    yield ""
    load = f"Load average: {before:.1f} before the run, {os.getloadavg()[0]:.1f} after it."
    yield f"{version()}, {costs.CONNECTIONS} connections of wrk, {ROUNDS} rounds. {load}"
    yield figures.written_by("scaling")


def _write(name: str, rows: Iterable[str]) -> None:
    """Print a table, and write it for the documentation."""
    text = "\n".join([*rows, ""])
    (figures.FIGURES / f"{name}.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
