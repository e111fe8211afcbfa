"""The engine's half: scenarios played by JavaScript in a real page, hundreds in one go."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, NamedTuple

import pytest

from tests.browser.differential.model import OPAQUE, Answer, Hop, Scenario, Step
from tests.browser.differential.observe import Observation, gather, see
from tests.browser.differential.server import Table, serving
from tests.browser.engines import Engine, Window, launched


class Pace(NamedTuple):
    """How much of an engine's memory scenarios may share.

    :param batch: scenarios in one window.
    :param parallel: scenarios that a page plays at the same time.
    :param forgets: whether a new window forgets its first preflights.
    """

    batch: int
    parallel: int
    forgets: bool = False


PACES = {
    # The preflight cache has 1024 entries, the cookie jar 180 for a host.
    "chromium": Pace(batch=400, parallel=24),
    # The preflight cache has 100 entries and drops the oldest.
    "firefox": Pace(batch=400, parallel=8, forgets=True),
    # A window is a process.
    "webkit": Pace(batch=1000, parallel=24),
}

ALLOWED = tuple(
    (f"Access-Control-{name}", value)
    for name, value in {
        "Allow-Origin": "{origin}",
        "Allow-Methods": "PUT",
        "Allow-Credentials": "true",
        "Max-Age": "600",
    }.items()
)
WARM_UP = [
    Scenario(
        page,
        (Step("PUT"), Step("PUT")),
        (Hop(server, (Answer(204, ALLOWED),), (Answer(200, ALLOWED),)),),
    )
    for page in ("P", OPAQUE)
    for server in ("A", "B")
]
"""Two requests that need one preflight, from each origin to each site."""

PATIENCE = 20
"""Rounds of warming up until an engine counts as one that remembers no preflights."""


class Player:
    """A running engine, and the servers that its pages talk to."""

    def __init__(self, engine: Engine, table: Table) -> None:
        self.engine = engine
        self._table = table
        self._pace = PACES[engine.name]

    def observe(self, scenarios: Sequence[Scenario]) -> list[Observation]:
        """Play the scenarios, in fresh URLs, and return what was seen of each."""
        observations: list[Observation] = []
        for start in range(0, len(scenarios), self._pace.batch):
            with self.engine.window() as window:
                window.open(f"{self._table.sites.origins['P']}/page")
                if self._pace.forgets:
                    self._warm_up(window)
                observations += self._play(window, scenarios[start : start + self._pace.batch])
        return observations

    def _warm_up(self, window: Window) -> None:
        """Play until preflights are remembered."""
        for _ in range(PATIENCE):
            seen = self._play(window, WARM_UP)
            if all(len(observation.arrivals) == 3 for observation in seen):
                return
        pytest.fail(f"{self.engine.name} remembers no preflights: {seen}")

    def _play(self, window: Window, scenarios: Sequence[Scenario]) -> list[Observation]:
        """Play scenarios in the page, and in its sandboxed frame, whose origin is opaque."""
        keys = [self._table.add(scenario) for scenario in scenarios]
        played = list(zip(keys, scenarios, strict=True))
        seen: dict[str, list[dict[str, Any]]] = {}
        for is_opaque in (False, True):
            chosen = {k: self._describe(k, s) for k, s in played if (s.page == OPAQUE) == is_opaque}
            text = json.dumps(list(chosen.values()))
            done = window.call("play", text, self._pace.parallel, opaque=is_opaque)
            seen |= zip(chosen, json.loads(done), strict=True)
        sites = self._table.sites
        return [
            Observation(
                tuple(see(sites, raw) for raw in seen[key]), gather(self._table, key, scenario)
            )
            for key, scenario in played
        ]

    def _describe(self, key: str, scenario: Scenario) -> list[dict[str, Any]]:
        sites = self._table.sites
        return [
            asdict(step) | {"url": sites.get_url(scenario, step, key)} for step in scenario.steps
        ]


class Recording(NamedTuple):
    """Scenarios, and what an engine did with them."""

    engine: str
    version: str
    scenarios: list[Scenario]
    observations: list[Observation]


@contextmanager
def running(engine: str) -> Iterator[Player]:
    """Run an engine and the servers until the block ends."""
    with serving(Table) as table, launched(engine) as launched_engine:
        yield Player(launched_engine, table)
