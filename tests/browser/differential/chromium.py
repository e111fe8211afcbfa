"""Chromium's half: scenarios played by script in a real page, hundreds in one go."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.chromium import launched
from tests.browser.differential.model import OPAQUE, Scenario
from tests.browser.differential.observe import Observation, gather, see
from tests.browser.differential.server import Table, serving

BATCH = 400
"""Scenarios in one browser context. Its preflight cache must not fill up (1024 entries), nor its
cookie jar (180 cookies of a host)."""

PARALLEL = 24


class Chromium:
    """A running browser, and the servers that its pages talk to."""

    def __init__(self, browser: Browser, table: Table) -> None:
        self._browser = browser
        self._table = table

    @property
    def version(self) -> str:
        """Return which Chromium this is."""
        return self._browser.version

    def observe(self, scenarios: Sequence[Scenario]) -> list[Observation]:
        """Play the scenarios, in fresh URLs, and return what was seen of each."""
        observations: list[Observation] = []
        for start in range(0, len(scenarios), BATCH):
            observations += self._observe_batch(scenarios[start : start + BATCH])
        return observations

    def _observe_batch(self, scenarios: Sequence[Scenario]) -> list[Observation]:
        keys = [self._table.add(scenario) for scenario in scenarios]
        context = self._browser.new_context()
        try:
            page = context.new_page()
            page.goto(f"{self._table.sites.origins['P']}/page")
            seen: dict[str, list[dict[str, Any]]] = {}
            for origin in ("P", OPAQUE):
                chosen = {k: s for k, s in zip(keys, scenarios, strict=True) if s.page == origin}
                seen |= self._play(page, origin, chosen)
        finally:
            context.close()
        sites = self._table.sites
        return [
            Observation(
                tuple(see(sites, raw) for raw in seen[key]), gather(self._table, key, scenario)
            )
            for key, scenario in zip(keys, scenarios, strict=True)
        ]

    def _play(
        self, page: Page, origin: str, scenarios: dict[str, Scenario]
    ) -> dict[str, list[dict[str, Any]]]:
        """Play scenarios in the page, or in its sandboxed frame, whose origin is opaque."""
        frame = page.frames[1] if origin == OPAQUE else page.main_frame
        text = json.dumps([self._describe(key, scenario) for key, scenario in scenarios.items()])
        done = frame.evaluate("([text, parallel]) => play(text, parallel)", [text, PARALLEL])
        return dict(zip(scenarios, json.loads(done), strict=True))

    def _describe(self, key: str, scenario: Scenario) -> list[dict[str, Any]]:
        sites = self._table.sites
        return [
            asdict(step) | {"url": sites.get_url(scenario, step, key)} for step in scenario.steps
        ]


@contextmanager
def running() -> Iterator[Chromium]:
    """Run Chromium and the servers until the block ends."""
    with serving(Table) as table, launched() as browser:
        yield Chromium(browser, table)
