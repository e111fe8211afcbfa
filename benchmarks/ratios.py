"""The figures that are judged, each a ratio of two that were measured in the same run.

Where a figure speaks of several scenarios or sizes, it is the worst of them.
"""

from collections.abc import Callable, Iterable, Sequence
from math import inf

from .measure import Effort
from .run import FLASK, HOSTILE, RAW, Run
from .scaling import EVER_NEW, KINDS, ORIGINS, ROUTED_GETS, ROUTES, base, label, sizes
from .scenarios import ACTUAL, GRANTED, Scenario
from .scenarios import HOSTILE as SHAPES
from .subjects import BARE, MARK, MERGED, NOTHING
from .subjects import RAW as WSGICORS

Figure = Callable[[Run], float]


def raw_actual(limit: str) -> Figure:
    """Compare what the library adds to actual requests with what a limit does."""

    def actual(run: Run) -> float:
        def cost(scenario: Scenario, subject: str) -> float:
            return run.over(RAW, scenario.name, subject, BARE).floor

        return max(_divide(cost(one, WSGICORS), cost(one, limit)) for one in ACTUAL)

    return actual


def raw_preflight(scenario: Scenario) -> Figure:
    """Compare preflights with the limit's, less what the harness takes."""

    def preflight(run: Run) -> float:
        mine = run.over(RAW, scenario.name, WSGICORS, NOTHING).floor
        return _divide(mine, run.over(RAW, scenario.name, MERGED, NOTHING).floor)

    return preflight


def raw_whole_preflight(run: Run) -> float:
    """Compare whole calls: a server, too, makes an environ and asks for the body."""
    timings = run.races[RAW][GRANTED.name]
    return timings[WSGICORS].floor / timings[MERGED].floor


def in_flask(others: Sequence[str], scenarios: Sequence[Scenario]) -> Figure:
    """Compare a marked view with how others answer the same requests."""

    def mark(run: Run) -> float:
        def cost(scenario: Scenario, subject: str) -> float:
            return run.over(FLASK, scenario.name, subject, scenario.base).median

        return max(_divide(cost(one, MARK), cost(one, by)) for one in scenarios for by in others)

    return mark


def growth(what: str, effort: Effort, kinds: Iterable[str] = KINDS) -> Figure:
    """Compare a request's cost at each size of a list with that at one."""

    def largest(run: Run) -> float:
        def cost(kind: str, size: int) -> float:
            return run.over(what, kind, label(size), base(what, kind, size)).floor

        pairs = [(kind, size) for kind in kinds for size in sizes(what, effort)]
        return max(_divide(cost(kind, size), cost(kind, 1)) for kind, size in pairs)

    return largest


def growth_by_bare(effort: Effort) -> Figure:
    """Compare how much whole GETs grow with the routes, with CORS and without.

    CORS is a small part of either, so this shows gross growth alone.
    """

    def largest(run: Run) -> float:
        def grown(kind: str, size: int, who: str) -> float:
            timings = run.races[ROUTES][kind]
            return timings[label(size, who)].floor / timings[label(1, who)].floor

        pairs = [(kind, size) for kind in ROUTED_GETS for size in sizes(ROUTES, effort)]
        return max(grown(*pair, WSGICORS) / grown(*pair, BARE) for pair in pairs)

    return largest


def ever_new(kind: str, largest: int) -> Figure:
    """Compare a cost where every origin is new with that where the same one asks."""

    def new(run: Run) -> float:
        def cost(size: int) -> float:
            return run.over(ORIGINS, EVER_NEW[kind], label(size), base(ORIGINS, kind, 1)).median

        return _divide(cost(largest), cost(1))

    return new


def hostile(group: str) -> Figure:
    """Compare hostile preflights with an ordinary one."""

    def dearest(run: Run) -> float:
        ordinary = run.over(HOSTILE, group, GRANTED.name, NOTHING).floor
        costs = (run.over(HOSTILE, group, shape, NOTHING).floor for shape in SHAPES)
        return max(_divide(cost, ordinary) for cost in costs)

    return dearest


def _divide(cost: float, by: float) -> float:
    """Divide, except by what noise has left below nothing: no bound holds then."""
    return cost / by if by > 0 else inf
