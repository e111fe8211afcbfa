"""The simulator's half: the same scenarios, played by ``wsgicors.testing.Browser``."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.browser.differential.model import IMAGINED, Scenario, Step
from tests.browser.differential.observe import Observation, gather, see
from tests.browser.differential.server import Table, make_app
from wsgicors.testing import Browser, NetworkError
from wsgicors.testing.profiles import PROFILES, Profile


def observe(scenarios: Iterable[Scenario], profile: str) -> list[Observation]:
    """Play the scenarios, each in a browser of its own, and return what was seen of each."""
    return [_observe(scenario, profile) for scenario in scenarios]


def observe_with(scenario: Scenario, departures: Iterable[str], engine: str) -> Observation:
    """Play a scenario by the standard, except for these departures and the engine's limits."""
    with _profile(frozenset(departures), engine) as name:
        return _observe(scenario, name)


@contextmanager
def _profile(departures: frozenset[str], engine: str) -> Iterator[str]:
    name = "the standard with departures"
    PROFILES[name] = Profile(name, departures, PROFILES[engine].max_age_cap)
    try:
        yield name
    finally:
        del PROFILES[name]


def _observe(scenario: Scenario, profile: str) -> Observation:
    table = Table(IMAGINED)
    key = table.add(scenario)
    app = make_app(table)
    browser = Browser(dict.fromkeys(IMAGINED.origins.values(), app), profile=profile)
    page = browser.page(IMAGINED.get_origin_of_page(scenario), top_level=IMAGINED.origins["P"])
    steps = tuple(
        see(IMAGINED, _play(page, step, IMAGINED.get_url(scenario, step, key)))
        for step in scenario.steps
    )
    return Observation(steps, gather(table, key, scenario))


def _play(page: Any, step: Step, url: str) -> dict[str, Any]:
    usual: dict[str, Any] = {"method": step.method, "headers": list(step.headers)}
    usual["body"] = step.body
    try:
        if step.xhr:
            response = page.xhr(
                url,
                **usual,
                with_credentials=step.credentials == "include",
                upload_listener=step.upload_listener,
            )
        else:
            response = page.fetch(
                url, **usual, credentials=step.credentials, mode=step.mode, redirect=step.redirect
            )
    except (TypeError, NetworkError) as error:
        return {"type": "rejected", "said": f"{type(error).__name__}: {str(error).splitlines()[0]}"}
    seen = {"type": "xhr"} if step.xhr else {"type": response.type}
    if not step.xhr:
        seen["redirected"] = response.redirected
    return seen | {
        "status": response.status,
        "url": response.url,
        "headers": list(response.headers.items()),
    }
