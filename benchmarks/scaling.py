"""What a request costs as lists grow: of origins, of patterns, of routes with their own policy."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count, takewhile
from typing import Any

from flask import Flask

from wsgicors import CORSMiddleware, Policy
from wsgicors.flask import CORS, cors

from .counting import count_opcodes
from .limits import App
from .measure import ORIGIN, Call, Effort, again, race, race_over, shuffled
from .scenarios import GET, PREFLIGHT
from .subjects import BARE, NOTHING, bare, nothing, without_cors
from .timings import Race

ORIGINS = "exact origins"
PATTERNS = "wildcard patterns"
ROUTES = "routes"

LARGEST = {ORIGINS: 100_000, PATTERNS: 1_000, ROUTES: 10_000}
"""How far each list grows, by powers of ten."""

KINDS = {"GET": GET, "preflight": PREFLIGHT}
EVER_NEW = {kind: f"{kind}, ever-new origins" for kind in KINDS}
"""Requests whose origin is another one of the list each time, so that memory is cold."""

LONGER = 20
"""How many times longer batches are where memories fill and are emptied: each has its part."""

ROUTED: Mapping[str, Mapping[str, Any]] = {
    "GET": {**GET, "PATH_INFO": "/route0/1"},
    "GET, unknown URL": {**GET, "PATH_INFO": "/missing/1"},
    "preflight": {**PREFLIGHT, "PATH_INFO": "/route0/1"},
}
ROUTED_GETS = [kind for kind in ROUTED if kind != "preflight"]


def sizes(what: str, effort: Effort) -> list[int]:
    """Return the powers of ten up to the largest size."""
    largest = min(LARGEST[what], effort.largest)
    return list(takewhile(lambda size: size <= largest, (10**power for power in count())))


def label(size: int, who: str = "wsgicors") -> str:
    """Name a subject of a race by its size."""
    return f"{who}, {size:,}"


def base(what: str, kind: str, size: int) -> str:
    """Name what a cost is counted above: a preflight never reaches the app, so all of it counts."""
    if kind.startswith("preflight"):
        return NOTHING
    return label(size, BARE) if what == ROUTES else BARE


def origin(number: int) -> str:
    """Return one of many origins."""
    return f"https://app{number}.example"


def race_origins(effort: Effort) -> dict[str, Race]:
    """Race lists of origins, with the same origin asking, or another one each time."""
    apps = {
        size: policed([origin(number) for number in range(size)]) for size in sizes(ORIGINS, effort)
    }
    races = {kind: _race(apps, kind, again(origin(0)), effort) for kind in KINDS}
    return races | {EVER_NEW[kind]: _race_ever_new(apps, kind, effort) for kind in KINDS}


def _race_ever_new(apps: dict[int, App], kind: str, effort: Effort) -> Race:
    """Race the shortest list with the same origin asking, and the longest with another each time.

    One request in some hundreds empties a memory and pays for those before it, which no median of
    short batches would show.
    """
    smallest, largest = min(apps), max(apps)
    new = shuffled([origin(number) for number in range(largest)], seed=largest)
    calls = {
        NOTHING: Call(nothing, KINDS[kind], new),
        BARE: Call(bare, KINDS[kind], new),
        label(smallest): Call(apps[smallest], KINDS[kind], again(origin(0))),
        label(largest): Call(apps[largest], KINDS[kind], new),
    }
    longer = replace(effort, batch=LONGER * effort.batch, rounds=1 + effort.rounds // LONGER)
    return race_over(base(ORIGINS, kind, smallest), calls, longer)


def race_patterns(effort: Effort) -> dict[str, Race]:
    """Race lists of patterns, with a subdomain asking that was never seen before."""
    apps = {
        size: policed([f"https://*.app{number}.example" for number in range(size)])
        for size in sizes(PATTERNS, effort)
    }
    return {kind: _race(apps, kind, _subdomains(), effort) for kind in KINDS}


def _subdomains() -> Callable[[], str]:
    numbers: Iterator[int] = count(10**9)
    return lambda: f"https://branch-{next(numbers)}.app0.example"


def race_routes(effort: Effort) -> dict[str, Race]:
    """Race numbers of routes, each with a policy, with CORS and without."""
    apps = {size: routed(size) for size in sizes(ROUTES, effort)}
    races: dict[str, Race] = {}
    for kind, request in ROUTED.items():
        calls = {NOTHING: Call(nothing, request, again(origin(0)))}
        for size, app in apps.items():
            calls[label(size, BARE)] = Call(without_cors(app), request, again(origin(0)))
            calls[label(size)] = Call(app.wsgi_app, request, again(origin(0)))
        races[kind] = race(calls, effort)
    return races


def growth_of_routes(effort: Effort) -> float:
    """Return the opcodes that CORS takes under the most routes, by those under one.

    Each request is counted where nobody has asked for its URL before, and where somebody has, but
    for what is worked out once, when such a request is the first of an app or of a route. In a
    framework the same request's time varies by more than a few routes could add to it.
    """
    few, many = (routed(size) for size in (1, sizes(ROUTES, effort)[-1]))
    return max(
        _opcodes(many, kind, is_new=is_new) / _opcodes(few, kind, is_new=is_new)
        for kind in ROUTED
        for is_new in (True, False)  # in this order: a URL is new but once
    )


def _opcodes(app: Flask, kind: str, *, is_new: bool) -> int:
    request = {**ROUTED[kind], ORIGIN: origin(0)}
    before = {**request, "PATH_INFO": request["PATH_INFO"] + "0"} if is_new else request
    opcodes = count_opcodes(app.wsgi_app, request, before)
    if kind == "preflight":
        return opcodes
    return opcodes - count_opcodes(without_cors(app), request, before)


def _race(apps: dict[int, App], kind: str, value: Callable[[], str], effort: Effort) -> Race:
    environ = KINDS[kind]
    calls = {NOTHING: Call(nothing, environ, value), BARE: Call(bare, environ, value)}
    calls |= {label(size): Call(app, environ, value) for size, app in apps.items()}
    return race(calls, effort)


def policed(origins: list[str]) -> App:
    """Make an app with one policy for many origins."""
    return CORSMiddleware(bare, allow_origins=origins, allow_methods=["GET", "PUT"])


def routed(size: int) -> Flask:
    """Make an app with many routes, each with a view and a policy of its own."""
    app = Flask("benchmarks")
    CORS(app)
    for number in range(size):
        policy = Policy(allow_origins=[origin(number)], allow_methods=["GET", "PUT"])
        rule = f"/route{number}/<int:item_id>"
        app.add_url_rule(rule, f"view{number}", cors(policy)(_view()), methods=["GET", "PUT"])
    return app


def _view() -> Callable[[int], str]:
    def view(item_id: int) -> str:
        return "hello"

    return view
