"""What a request costs as lists grow: of origins, of patterns, of routes with their own policy."""

from collections.abc import Callable, Iterator
from itertools import count, takewhile

from flask import Flask

from wsgicors import CORSMiddleware, Policy
from wsgicors.flask import CORS, cors

from .counting import count_calls
from .limits import App
from .measure import ORIGIN, Call, Effort, Race, again, race, shuffled
from .scenarios import GET, PREFLIGHT
from .subjects import BARE, NOTHING, bare, nothing, without_cors

ORIGINS = "exact origins"
PATTERNS = "wildcard patterns"
ROUTES = "routes"

LARGEST = {ORIGINS: 100_000, PATTERNS: 1_000, ROUTES: 10_000}
"""How far each list grows, by powers of ten."""

EVER_NEW = "GET, ever-new origins"
"""Requests whose origin is another one of the list each time, so that memory is cold."""

KINDS = {"GET": GET, "preflight": PREFLIGHT}


def sizes(what: str, effort: Effort) -> list[int]:
    """Return the powers of ten up to the largest size."""
    largest = min(LARGEST[what], effort.largest)
    return list(takewhile(lambda size: size <= largest, (10**power for power in count())))


def label(size: int, who: str = "wsgicors") -> str:
    """Name a subject of a race by its size."""
    return f"{who}, {size:,}"


def base(what: str, kind: str, size: int) -> str:
    """Name what a cost is counted above: a preflight never reaches the app, so all of it counts."""
    if kind == "preflight":
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
    smallest, largest = min(apps), max(apps)
    new = shuffled([origin(number) for number in range(largest)], seed=largest)
    races[EVER_NEW] = race(
        {
            BARE: Call(bare, GET, new),
            label(smallest): Call(apps[smallest], GET, again(origin(0))),
            label(largest): Call(apps[largest], GET, new),
        },
        effort,
    )
    return races


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
    for kind, environ in KINDS.items():
        request = {**environ, "PATH_INFO": "/route0/1"}
        calls = {NOTHING: Call(nothing, request, again(origin(0)))}
        for size, app in apps.items():
            calls[label(size, BARE)] = Call(without_cors(app), request, again(origin(0)))
            calls[label(size)] = Call(app.wsgi_app, request, again(origin(0)))
        races[kind] = race(calls, effort)
    return races


def growth_of_routes(effort: Effort) -> float:
    """Return the calls that a request takes under the most routes, by those under one.

    In a framework the same request's time varies by more than routes could add to it.
    """
    few, many = (routed(size) for size in (1, sizes(ROUTES, effort)[-1]))
    return max(_calls(many, kind) / _calls(few, kind) for kind in KINDS)


def _calls(app: Flask, kind: str) -> int:
    request = {**KINDS[kind], "PATH_INFO": "/route0/1", ORIGIN: origin(0)}
    calls = count_calls(app.wsgi_app, request)
    return calls if kind == "preflight" else calls - count_calls(without_cors(app), request)


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
