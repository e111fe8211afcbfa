"""Runs: each measures everything once, in a process that has done nothing else."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from time import perf_counter

from . import races as racing
from . import scaling, served, startup, subjects
from .measure import Effort
from .timings import Race, Timing

FULL = Effort(rounds=2500, batch=3e-5, largest=100_000, imports=9, served=20, served_rounds=100)
QUICK = Effort(rounds=500, batch=3e-5, largest=1_000, imports=3, served=20, served_rounds=10)

RAW = "raw WSGI"
FLASK = "Flask"
HOSTILE = "hostile headers"

SINGLE = {RAW: subjects.raw_wsgicors, FLASK: subjects.flask_marked}
"""Makers of one app each, for hostile preflights."""


@dataclass
class Run:
    """What one run measured."""

    races: dict[str, dict[str, Race]]
    """By group and scenario."""
    admitted: int
    """Hostile preflights under ``*`` that were not refused by their size."""
    growth: float
    """The opcodes of a request under the most routes, by those under one; the worst request's."""
    imports: dict[str, float]
    """Milliseconds by module."""
    construction: float
    """Seconds for a policy of very many origins."""
    memory: float
    """Megabytes that it keeps."""
    rates: dict[str, float]
    """Requests per second by app, under a server."""

    def over(self, group: str, scenario: str, subject: str, base: str) -> Timing:
        """Return a subject's nanoseconds above those of another one in the same race."""
        timings = self.races[group][scenario]
        return timings[subject].over(timings[base])


def run_all(number: int, effort: Effort) -> list[Run]:
    """Make several runs, one after another."""
    runs: list[Run] = []
    for counted in range(1, number + 1):
        print(f"run {counted} of {number}", flush=True)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            runs.append(fresh.submit(one_run, effort).result())
    return runs


def one_run(effort: Effort) -> Run:
    """Measure everything once."""
    races: dict[str, dict[str, Race]] = {}
    with _step(RAW):
        races[RAW] = racing.race_all(subjects.raw, effort)
    with _step(FLASK):
        races[FLASK] = racing.race_pairs(subjects.on_flask, effort)
    with _step(HOSTILE):
        races[HOSTILE] = {name: racing.race_hostile(make, effort) for name, make in SINGLE.items()}
        admitted = sum(racing.admitted_hostile(make) for make in SINGLE.values())
    with _step(scaling.ORIGINS):
        races[scaling.ORIGINS] = scaling.race_origins(effort)
    with _step(scaling.PATTERNS):
        races[scaling.PATTERNS] = scaling.race_patterns(effort)
    with _step(scaling.ROUTES):
        races[scaling.ROUTES] = scaling.race_routes(effort)
        growth = scaling.growth_of_routes(effort)
    with _step("start"):
        imports = startup.time_imports(effort)
        construction, memory = startup.time_construction(effort), startup.weigh(effort)
    with _step("served"):
        rates = served.serve_all(effort)
    return Run(races, admitted, growth, imports, construction, memory, rates)


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = perf_counter()
    yield
    print(f"  {name}: {perf_counter() - began:.1f} s", flush=True)
