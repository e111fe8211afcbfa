"""What the figures must show, each as a ratio of two that were measured in the same run.

A subject's floor stands for it: what is left when nobody else disturbs the machine. What CORS costs
beside an app of Flask is too little for that, and is the median of the differences in each round.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

from .measure import Effort
from .run import FLASK, HOSTILE, RAW, Run
from .scaling import EVER_NEW, KINDS, ORIGINS, PATTERNS, ROUTES, base, label, sizes
from .scenarios import ACTUAL, GRANTED, ORDINARY, Scenario
from .scenarios import HOSTILE as SHAPES
from .subjects import BARE, DECORATOR, EXTENSION, MARK, MERGED, NOTHING, PLAIN
from .subjects import RAW as WSGICORS

REFUSED = next(scenario for scenario in ACTUAL if "refused" in scenario.name)
GRANTED_GETS = [scenario for scenario in ACTUAL if scenario is not REFUSED]


@dataclass(frozen=True)
class Bound:
    """Something that every benchmark has to show."""

    what: str
    figure: Callable[[Run], float]
    at_most: float
    """Infinite for what is only told."""
    aim: float | None = None
    unit: str = ""
    """Of the figure, unless it is a ratio."""

    @property
    def is_set(self) -> bool:
        """Whether there is a bound at all."""
        return self.at_most < inf


@dataclass(frozen=True)
class Verdict:
    """What the runs say about a bound: their median decides."""

    bound: Bound
    figures: Sequence[float]

    @property
    def figure(self) -> float:
        """The median of the runs."""
        return median(self.figures)

    @property
    def is_met(self) -> bool:
        """Whether the bound holds."""
        return self.figure <= self.bound.at_most


def judge(runs: Sequence[Run], effort: Effort) -> list[Verdict]:
    """Judge the runs by every bound."""
    return [Verdict(bound, [bound.figure(run) for run in runs]) for bound in bounds(effort)]


def bounds(effort: Effort) -> list[Bound]:
    """Return all bounds, with the sizes that are measured with such an effort."""
    largest = sizes(ORIGINS, effort)[-1]
    return [
        Bound("raw WSGI, actual requests ÷ the limit", _raw_actual(MERGED), 1.75, aim=1.35),
        Bound("raw WSGI, actual requests ÷ the plain limit", _raw_actual(PLAIN), inf),
        Bound("raw WSGI, a preflight ÷ the limit's", _raw_preflight, 1.5),
        Bound("a mark in Flask ÷ Flask-CORS's decorator", _by(DECORATOR), 1 / 15, aim=1 / 20),
        Bound("a mark in Flask ÷ Flask-CORS's extension", _by(EXTENSION), 1 / 10, aim=1 / 12),
        Bound("the same, origin refused", _by(EXTENSION, [REFUSED]), inf),
        Bound("a preflight in Flask ÷ Flask-CORS's", _flask_preflight, 1 / 10),
        Bound("a preflight in Flask ÷ the bare app's own OPTIONS", _flask_options, 1 / 4),
        _bound_of_growth(ORIGINS, effort),
        _bound_of_growth(PATTERNS, effort),
        Bound(f"1 to {sizes(ROUTES, effort)[-1]:,} routes: calls", lambda run: run.growth, 1.1),
        Bound(f"ever-new origins out of {largest:,} ÷ the same one", _ever_new(largest), 3),
        Bound("hostile headers, raw WSGI ÷ an ordinary preflight", _hostile(RAW), 2),
        Bound("hostile headers, Flask ÷ an ordinary preflight", _hostile(FLASK), 2),
        Bound(
            "hostile headers under `*` not refused by size",
            _admitted,
            0,
            unit=f"of {2 * len(SHAPES)}",
        ),
        Bound("`import wsgicors`", lambda run: run.imports["wsgicors"], 5, unit="ms"),
        Bound(f"a policy of {largest:,} origins", lambda run: run.construction, 1, unit="s"),
    ]


def _raw_actual(limit: str) -> Callable[[Run], float]:
    """Return the worst ratio of what the library costs to what a limit does."""

    def actual(run: Run) -> float:
        def cost(scenario: Scenario, subject: str) -> float:
            return run.over(RAW, scenario.name, subject, BARE).floor

        return max(_divide(cost(one, WSGICORS), cost(one, limit)) for one in ACTUAL)

    return actual


def _raw_preflight(run: Run) -> float:
    """Compare whole calls: a server, too, makes an environ and asks for the body."""
    timings = run.races[RAW][GRANTED.name]
    return timings[WSGICORS].floor / timings[MERGED].floor


def _by(other: str, scenarios: Sequence[Scenario] = GRANTED_GETS) -> Callable[[Run], float]:
    """Compare where both do the same: Flask-CORS is done with an origin once it has refused it."""
    return lambda run: _flask(run, scenarios, BARE, other)


def _flask_preflight(run: Run) -> float:
    return max(_flask(run, ORDINARY, NOTHING, by) for by in (EXTENSION, DECORATOR))


def _flask_options(run: Run) -> float:
    return _flask(run, ORDINARY, NOTHING, BARE)


def _flask(run: Run, scenarios: Sequence[Scenario], over: str, other: str) -> float:
    """Return the worst ratio of what a mark costs to what another subject does."""

    def cost(scenario: Scenario, subject: str) -> float:
        return run.over(FLASK, scenario.name, subject, over).median

    return max(_divide(cost(one, MARK), cost(one, other)) for one in scenarios)


def _bound_of_growth(what: str, effort: Effort) -> Bound:
    """Compare a request's cost at each size with that at one."""

    def growth(run: Run) -> float:
        def cost(kind: str, size: int) -> float:
            return run.over(what, kind, label(size), base(what, kind, size)).floor

        costs = [
            (cost(kind, size), cost(kind, 1)) for kind in KINDS for size in sizes(what, effort)
        ]
        return max(_divide(larger, smallest) for larger, smallest in costs)

    largest = sizes(what, effort)[-1]
    return Bound(f"1 to {largest:,} {what}: the dearest ÷ the first", growth, 1.1)


def _ever_new(largest: int) -> Callable[[Run], float]:
    def ever_new(run: Run) -> float:
        new = run.over(ORIGINS, EVER_NEW, label(largest), BARE).floor
        return _divide(new, run.over(ORIGINS, EVER_NEW, label(1), BARE).floor)

    return ever_new


def _hostile(group: str) -> Callable[[Run], float]:
    def hostile(run: Run) -> float:
        ordinary = run.over(HOSTILE, group, GRANTED.name, NOTHING).floor
        costs = (run.over(HOSTILE, group, shape, NOTHING).floor for shape in SHAPES)
        return max(_divide(cost, ordinary) for cost in costs)

    return hostile


def _admitted(run: Run) -> float:
    return run.admitted


def _divide(cost: float, by: float) -> float:
    """Divide, except by what noise has left below nothing: no bound holds then."""
    return cost / by if by > 0 else inf
