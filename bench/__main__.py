"""Measure what CORS costs: ``python -m bench``, or ``make bench``."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from itertools import count
from math import inf
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import process_time
from timeit import Timer, repeat
from typing import NamedTuple

from wsgicors import CORSMiddleware, Policy
from wsgicors.flask import CORS, cors
from wsgicors.metrics import prometheus
from wsgicors.origins import RefreshedOrigins

from . import apps
from .apps import (
    ACTUAL,
    ALLOWED,
    GET,
    HOSTILE,
    PREFLIGHT,
    PREFLIGHTS,
    REFUSED,
    SETTINGS,
    Scenario,
    check,
)
from .limit import App, by_hand
from .measure import Request, again, count_opcodes, respond, take_turns

FIGURES = Path(__file__).parents[1] / "docs" / "figures"
DISTRIBUTIONS = ["wsgicors-toolkit", "Flask", "Werkzeug", "Flask-Cors", "prometheus-client"]

ROUNDS, PROCESSES = 2_100, 7
ORIGINS, PATTERNS, ROUTES = 100_000, 1_000, 10_000
LOADED = 10_000
MOST_LOADED = {"origins": 3.0, "patterns": 6.0}  # while decisions about a list are remembered
DAY = 86_400
FLAT = 1.1  # the bound of a request under a long list, compared with a list of one item
GRANTS = ACTUAL[1], PREFLIGHTS[0]
Pair = tuple[Request, Request]


class Row(NamedTuple):
    """A figure and its bound."""

    what: str
    ours: str
    theirs: str
    figure: float
    at_most: float
    unit: str = ""

    def __str__(self) -> str:
        """Return the line of the table."""
        figures = (_spell(figure, self.unit) for figure in (self.figure, self.at_most))
        judgement = "met" if self.figure <= self.at_most else "**missed**"
        return f"| {' | '.join([self.what, self.ours, self.theirs, *figures, judgement])} |"


def _spell(figure: float, unit: str = "") -> str:
    """Write a figure; a ratio below one half as a fraction."""
    if unit:
        return f"{figure:.3g} {unit}"
    return f"1/{1 / figure:.3g}" if 0 < figure < 0.5 else f"{figure:.2f}"


def compare_calls(what: str, pairs: Sequence[Pair], at_most: float, rounds: int) -> Row:
    """Compare the medians of whole calls: each pair is a request to our app and to theirs."""
    times = take_turns(pairs, rounds)
    ours, theirs = (sum(median(pair[side] for pair in taken) for taken in times) for side in (0, 1))
    cells = (f"{seconds / len(pairs) * 1e6:.2f} µs" for seconds in (ours, theirs))
    return Row(what, *cells, ours / theirs, at_most)


def compare_overheads(what: str, pairs: Sequence[Pair], at_most: float, rounds: int) -> Row:
    """Compare what CORS adds: a pair is a request with and without it, first ours, then theirs.

    An overhead is the median of the differences in each round. One below zero is noise, and meets
    no bound.
    """
    added = [
        median(first - second for first, second in taken) for taken in take_turns(pairs, rounds)
    ]
    ours, theirs = sum(added[::2]), sum(added[1::2])
    cells = (f"+{seconds / len(pairs) * 2e6:.2f} µs" for seconds in (ours, theirs))
    return Row(what, *cells, ours / theirs if min(ours, theirs) > 0 else inf, at_most)


def compare_lookups(
    what: str, policies: Sequence[Policy], origin: str, at_most: float, rounds: int
) -> Row:
    """Compare the medians of ``policy.allows(origin)``, which take turns in short batches."""
    timers = [
        Timer("allows(origin)", globals={"allows": policy.allows, "origin": origin})
        for policy in policies
    ]
    times = [[timer.timeit(100) / 100 for timer in timers] for _ in range(1 + rounds)][1:]
    ours, theirs = (median(taken) for taken in zip(*times, strict=True))
    cells = (f"{seconds * 1e6:.2f} µs" for seconds in (ours, theirs))
    return Row(what, *cells, ours / theirs, at_most)


def raw_rows(rounds: int) -> Iterator[Row]:
    """Compare a raw WSGI app with CORS written by hand."""
    calls: dict[str, list[Pair]] = {"actual requests": []}
    for scenario in [*ACTUAL, *PREFLIGHTS]:
        hand = by_hand(apps.bare, **scenario.settings)
        mine = CORSMiddleware(apps.bare, **scenario.settings)
        if check("limit", hand, scenario) != check("wsgicors", mine, scenario):
            raise AssertionError(f"{scenario.name}: the limit and wsgicors respond differently")
        ours, theirs, bare = (scenario.request(app) for app in (mine, hand, apps.bare))
        if scenario in PREFLIGHTS:
            calls[scenario.name] = [(ours, theirs)]
        else:
            calls["actual requests"] += [(ours, bare), (theirs, bare)]
    for kind, pairs in calls.items():
        compare, bound = (compare_calls, 5.0) if "preflight" in kind else (compare_overheads, 2.8)
        yield compare(f"raw WSGI ÷ limit: {kind}", pairs, bound, rounds)


def flask_rows(rounds: int) -> Iterator[Row]:
    """Compare decorators with those of Flask-CORS, and default policies with its extension."""
    for way, bound in {"decorator": 1 / 12, "default": 1 / 8}.items():
        overheads, calls = list[Pair](), list[Pair]()
        for scenario in [*ACTUAL, *PREFLIGHTS]:
            mine, its = apps.flask_apps(scenario.settings)[way]
            check("wsgicors", mine.wsgi_app, scenario)
            check("Flask-CORS", its.wsgi_app, scenario)
            ours, theirs = scenario.request(mine.wsgi_app), scenario.request(its.wsgi_app)
            if scenario in PREFLIGHTS:
                calls.append((ours, theirs))
            elif scenario.origin != REFUSED:  # Flask-CORS does nothing, wsgicors still sends Vary
                bare = scenario.request(apps.flask_app().wsgi_app)
                overheads += [(ours, scenario.request(apps.without_wrapper(mine))), (theirs, bare)]
        what = f"Flask, {way} ÷ Flask-CORS"
        yield compare_overheads(f"{what}: origin not refused", overheads, bound, rounds)
        yield compare_calls(f"{what}: preflights", calls, 2 / 3, rounds)


def compare_apps(
    what: str,
    mine: App,
    other: App,
    at_most: float,
    rounds: int,
    scenarios: Sequence[Scenario] = GRANTS,
) -> Iterator[Row]:
    """Compare requests that are granted by both apps."""
    for scenario in scenarios:
        for app in mine, other:
            check(what, app, scenario)
        pair = scenario.request(mine), scenario.request(other)
        yield compare_calls(f"{what}: {scenario.name}", [pair], at_most, rounds)


OBSERVERS = {"a function": (lambda event: None, 4.5), "prometheus()": (prometheus(), 6)}
"""Observers, each with the bound of a request to a raw WSGI app, compared with no observer."""


def observer_rows(rounds: int) -> Iterator[Row]:
    """Compare requests to an app with an observer with those to the same app without one."""
    for name, (observer, bound) in OBSERVERS.items():
        title = f"{name} as observer ÷ none"
        raw = [CORSMiddleware(apps.bare, **SETTINGS, observer=o) for o in (observer, None)]
        flask = [apps.with_default(**SETTINGS, observer=o).wsgi_app for o in (observer, None)]
        yield from compare_apps(f"raw WSGI, {title}", *raw, bound, rounds)
        yield from compare_apps(f"Flask, {title}", *flask, 2, rounds)


def trial_rows(rounds: int) -> Iterator[Row]:
    """Compare a policy whose trial takes nothing from the page with the policy without a trial."""
    plain = Policy(**SETTINGS)
    policies = plain.with_trial(plain.derive(allow_origins=[ALLOWED])), plain
    raw = [CORSMiddleware(apps.bare, policy) for policy in policies]
    flask = [apps.with_default(policy).wsgi_app for policy in policies]
    yield from compare_apps("raw WSGI, trial ÷ none", *raw, 3, rounds)
    yield from compare_apps("Flask, trial ÷ none", *flask, 1.3, rounds)


def tier_rows(rounds: int) -> Iterator[Row]:
    """Compare ``allow_credentials`` as a list of origins with ``True``."""
    mine, other = (
        CORSMiddleware(apps.bare, **SETTINGS, allow_credentials=value)
        for value in ([ALLOWED], True)
    )
    title = "raw WSGI, allow_credentials as a list ÷ True"
    yield from compare_apps(title, mine, other, 1.4, rounds, apps.WITH_CREDENTIALS)


def in_new_processes(rows: Callable[[int], Iterator[Row]]) -> Iterator[Row]:
    """Measure in several processes, and return each row with the median figure.

    Figures differ by some percent between processes, because memory is laid out differently.
    """
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        runs = pool.map(_list, [rows] * PROCESSES, [ROUNDS // PROCESSES] * PROCESSES)
    for versions in zip(*runs, strict=True):
        yield sorted(versions, key=lambda row: row.figure)[PROCESSES // 2]


def _list(rows: Callable[[int], Iterator[Row]], rounds: int) -> list[Row]:
    return [*rows(rounds)]


def list_rows() -> Iterator[Row]:
    """Compare long lists with lists of one item; patterns with a new origin at each call."""
    numbers = count(10**9)

    def new_origin() -> str:
        return f"https://a{next(numbers)}.app0.example"

    for items, size, pattern, fresh in [
        ("origins", ORIGINS, "https://app{}.example", again(apps.origin(0))),
        ("patterns", PATTERNS, "https://*.app{}.example", new_origin),
    ]:
        many, one = apps.with_origins(size, pattern), apps.with_origins(1, pattern)
        for kind, environ in {"GET": GET, "preflight": PREFLIGHT}.items():
            ours, theirs, bare = (Request(app, environ, fresh) for app in (many, one, apps.bare))
            what = f"{size:,} {items} ÷ one: {kind}"
            yield compare_overheads(what, [(ours, bare), (theirs, bare)], FLAT, ROUNDS)


def route_rows() -> Iterator[Row]:
    """Compare many routes in Flask, each with a policy of its own, with one route.

    What CORS adds is counted in opcodes, because the time of Flask itself varies more.
    """
    many, one = apps.with_routes(ROUTES), apps.with_routes(1)
    for app in many, one:  # an app that was never served is watched for a forgotten CORS
        respond(app.wsgi_app, apps.GET)
    for kind, environ in apps.ROUTED.items():
        asked = {**environ, "HTTP_ORIGIN": apps.origin(0)}
        costs = [count_opcodes(app.wsgi_app, asked) for app in (many, one)]
        if kind != "preflight":
            bares = [count_opcodes(apps.without_wrapper(app), asked) for app in (many, one)]
            costs = [cost - bare for cost, bare in zip(costs, bares, strict=True)]
        ours, theirs = (f"{cost:,} opcodes" for cost in costs)
        yield Row(f"{ROUTES:,} routes ÷ one: {kind}", ours, theirs, costs[0] / costs[1], FLAT)


def loaded_rows(rounds: int) -> Iterator[Row]:
    """Compare origins that a function loads with the same origins in a list."""
    for items, pattern, allowed in [
        ("origins", "https://app{}.example", apps.origin(7)),
        ("patterns", "https://*.app{}.example", "https://a.app7.example"),
    ]:
        listed = [pattern.format(number) for number in range(LOADED)]
        loaded = RefreshedOrigins(lambda listed=listed: listed, every=DAY, stale_for=DAY)
        policies = [Policy(allow_origins=origins) for origins in ([loaded], listed)]
        for kind, asked in {"allowed": allowed, "refused": REFUSED}.items():
            what = f"{LOADED:,} {items}, loaded ÷ listed: look-up, {kind}"
            yield compare_lookups(what, policies, asked, 1.5, rounds)
        mine = [CORSMiddleware(apps.bare, policy) for policy in policies]
        flask = [apps.flask_app(cors(policy)) for policy in policies]
        for app in flask:
            CORS(app)
        for name, subjects, bares in [
            ("raw WSGI", mine, [apps.bare, apps.bare]),
            ("Flask", [app.wsgi_app for app in flask], [*map(apps.without_wrapper, flask)]),
        ]:
            pairs = [
                (Request(app, GET, again(allowed)), Request(bare, GET, again(allowed)))
                for app, bare in zip(subjects, bares, strict=True)
            ]
            what = f"{LOADED:,} {items}, loaded ÷ listed: GET, {name}"
            yield compare_overheads(what, pairs, MOST_LOADED[items], rounds)


def hostile_rows() -> Iterator[Row]:
    """Compare preflights that ask for 64 KiB of headers with an ordinary preflight."""
    star = CORSMiddleware(apps.bare, **{**SETTINGS, "allow_headers": "*"})
    listed, flask = CORSMiddleware(apps.bare, **SETTINGS), apps.flask_apps(SETTINGS)["decorator"][0]
    subjects = {"raw WSGI": listed, "raw WSGI, allow_headers='*'": star, "Flask": flask.wsgi_app}
    for what, app in subjects.items():
        for shape, environ in HOSTILE.items():
            if b"too-large" not in respond(star, environ, ALLOWED)[2]:
                raise AssertionError(f"allow_headers='*' does not refuse {shape}")
            ours, theirs = (Request(app, sent, again(ALLOWED)) for sent in (environ, PREFLIGHT))
            title = f"64 KiB of {shape} ÷ ordinary: {what}"
            yield compare_calls(title, [(ours, theirs)], 2, ROUNDS)


IMPORT = """
import flask, time
flask.Flask("bench")
began = time.process_time()
import wsgicors
print(time.process_time() - began)
"""


def start_rows() -> Iterator[Row]:
    """Measure CPU time at the least: of an import in a new process, and of a large policy."""
    # Installed packages are compiled; a checkout only where Python may write.
    environ = {name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", IMPORT]
    seconds = [float(subprocess.check_output(command, env=environ)) for _ in range(1 + PROCESSES)]
    yield Row("import wsgicors after Flask", "", "", min(seconds[1:]) * 1e3, 12, "ms")
    origins = [apps.origin(number) for number in range(ORIGINS)]
    times = repeat(lambda: Policy(allow_origins=origins), timer=process_time, number=1, repeat=3)
    yield Row(f"a policy of {ORIGINS:,} origins", "", "", min(times), 1, "s")


QUESTIONS: list[Callable[[], Iterator[Row]]] = [
    *(
        partial(in_new_processes, rows)
        for rows in (raw_rows, flask_rows, observer_rows, trial_rows, tier_rows, loaded_rows)
    ),
    *(list_rows, route_rows, hostile_rows, start_rows),
]


def main() -> int:
    """Print the table, write it to ``bench.md``, and return 1 if a bound is missed."""
    lines = ["| A ÷ B | A | B | Measured | At most | |", "|---|---:|---:|---:|---:|---|"]
    missed = list[str]()
    print(*lines, sep="\n")
    for row in (row for rows in QUESTIONS for row in rows()):
        print(row, flush=True)
        lines.append(str(row))
        if row.figure > row.at_most:
            figure, bound = (_spell(number, row.unit) for number in (row.figure, row.at_most))
            missed.append(f"missed: {row.what}: {figure}, at most {bound}")
    versions = ", ".join(f"{name} {version(name)}" for name in DISTRIBUTIONS)
    made = (
        f"Written by `make bench` on {datetime.now(UTC).date().isoformat()}: Python "
        f"{platform.python_version()}, {versions}; {platform.system()}, {os.cpu_count()} cores."
    )
    (FIGURES / "bench.md").write_text("\n".join([made, "", *lines, ""]), "utf-8")
    print("\n".join(missed) or "every bound is met")
    return min(len(missed), 1)


if __name__ == "__main__":
    from bench import __main__  # under this name, which new processes can import

    sys.exit(__main__.main())
