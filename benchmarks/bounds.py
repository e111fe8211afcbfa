"""What the figures must show, each as a ratio of two that were measured in the same run.

A subject's floor stands for it: what is left when nobody else disturbs the machine. What CORS costs
beside an app of Flask is too little for that, and is the median of the differences in each round;
so is what it costs where memories fill, which floors would leave out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from statistics import median

from . import ratios
from .measure import Effort
from .run import FLASK, RAW, Run
from .scaling import KINDS, ORIGINS, PATTERNS, ROUTES, sizes
from .scenarios import ACTUAL, GRANTED, HOSTILE, NEW_URL, ORDINARY
from .subjects import BARE, DECORATOR, EXTENSION, MERGED, PLAIN

FLOORS = "floors"
WHOLE_FLOORS = "floors, whole calls"
MEDIANS = "medians of differences"
OPCODES = "opcodes"
ANSWERS = "answers"
LEAST = "the least time"

REFUSED_GETS = [scenario for scenario in ACTUAL if "refused" in scenario.name]
GRANTED_GETS = [scenario for scenario in ACTUAL if scenario not in REFUSED_GETS]
REFUSED = next(scenario for scenario in ORDINARY if scenario is not GRANTED)


@dataclass(frozen=True)
class Bound:
    """Something that every benchmark has to show."""

    what: str
    figure: Callable[[Run], float]
    at_most: float = inf
    """Infinite for what is only told."""
    aim: float | None = None
    by: str = FLOORS
    """How the figure is estimated."""
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
    return [*_of_raw_apps(), *_of_flask(), *_of_sizes(effort), *_of_others(effort)]


def _of_raw_apps() -> list[Bound]:
    actual = "raw WSGI, actual requests ÷ the"
    preflight = "raw WSGI, a granted preflight ÷ the limit's"
    granted, refused = ratios.raw_preflight(GRANTED), ratios.raw_preflight(REFUSED)
    return [
        Bound(f"{actual} limit", ratios.raw_actual(MERGED), 1.75, aim=1.35),
        Bound(f"{actual} plain limit", ratios.raw_actual(PLAIN)),
        Bound(preflight, ratios.raw_whole_preflight, 1.5, by=WHOLE_FLOORS),
        Bound(f"{preflight}, less the harness", granted),
        Bound("raw WSGI, a refused preflight ÷ the limit's, less the harness", refused),
    ]


def _of_flask() -> list[Bound]:
    bound, mark = partial(Bound, by=MEDIANS), ratios.in_flask
    decorator = "a mark in Flask ÷ Flask-CORS's decorator"
    extension = "a mark in Flask ÷ Flask-CORS's extension"
    theirs = "a preflight in Flask ÷ Flask-CORS's"
    own = "a preflight in Flask ÷ the bare app's own OPTIONS"
    either, options = [EXTENSION, DECORATOR], [BARE]
    return [
        bound(
            f"{decorator}, origin not refused", mark([DECORATOR], GRANTED_GETS), 1 / 15, aim=1 / 20
        ),
        bound(
            f"{extension}, origin not refused", mark([EXTENSION], GRANTED_GETS), 1 / 10, aim=1 / 12
        ),
        bound(f"{decorator}, origin refused", mark([DECORATOR], REFUSED_GETS)),
        bound(f"{extension}, origin refused", mark([EXTENSION], REFUSED_GETS)),
        bound(theirs, mark(either, ORDINARY), 1 / 10),
        bound(f"{theirs}, ever-new URLs", mark(either, [NEW_URL])),
        bound(own, mark(options, ORDINARY), 1 / 4),
        bound(f"{own}, ever-new URLs", mark(options, [NEW_URL]), 1 / 4),
    ]


def _of_sizes(effort: Effort) -> list[Bound]:
    origins, patterns, routes = (
        f"1 to {sizes(what, effort)[-1]:,} {what}" for what in (ORIGINS, PATTERNS, ROUTES)
    )
    many = sizes(ORIGINS, effort)[-1]
    new = f"ever-new origins out of {many:,} ÷ the same one"
    get, preflight = (ratios.ever_new(kind, many) for kind in KINDS)
    routed_preflight = ratios.growth(ROUTES, effort, ["preflight"])
    whole_get = ratios.growth_by_bare(effort)
    return [
        Bound(f"{origins}: the dearest ÷ the first", ratios.growth(ORIGINS, effort), 1.1),
        Bound(f"{patterns}: the dearest ÷ the first", ratios.growth(PATTERNS, effort), 1.1),
        Bound(
            f"{routes}: opcodes added, the last ÷ the first",
            lambda run: run.growth,
            1.1,
            by=OPCODES,
        ),
        Bound(f"{routes}: a preflight, the dearest ÷ the first", routed_preflight, 1.1),
        Bound(f"{routes}: a whole GET's growth ÷ the bare app's", whole_get, 1.1, by=WHOLE_FLOORS),
        Bound(f"{new}, GET", get, 3, by=MEDIANS),
        Bound(f"{new}, preflight", preflight, by=MEDIANS),
    ]


def _of_others(effort: Effort) -> list[Bound]:
    origins, shapes = sizes(ORIGINS, effort)[-1], f"of {2 * len(HOSTILE)}"
    admitted = "hostile headers under `*` not refused by size"
    least = partial(Bound, by=LEAST)
    return [
        Bound("hostile headers, raw WSGI ÷ an ordinary preflight", ratios.hostile(RAW), 2),
        Bound("hostile headers, Flask ÷ an ordinary preflight", ratios.hostile(FLASK), 2),
        Bound(admitted, lambda run: run.admitted, 0, by=ANSWERS, unit=shapes),
        least("`import wsgicors`", lambda run: run.imports["wsgicors"], 5, unit="ms"),
        least(f"a policy of {origins:,} origins", lambda run: run.construction, 1, unit="s"),
    ]
