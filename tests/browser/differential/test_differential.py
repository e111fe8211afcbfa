"""The simulator agrees with each engine in 700 scenarios, except for what is listed."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.browser.differential import answers, requests, simulator
from tests.browser.differential.compare import Disagreement, Observe, find_disagreements, shrink
from tests.browser.differential.explain import explain, is_explained
from tests.browser.differential.known import KNOWN, names_of
from tests.browser.differential.model import Answer, Hop, Scenario, Step
from tests.browser.differential.observe import Observation
from tests.browser.differential.playing import Player, running
from tests.browser.differential.report import tabulate
from tests.browser.differential.scenarios import generate
from tests.browser.engines import ENGINES
from tests.unit.testing.test_faults import FAULTS
from wsgicors.testing.cache import LastPreflightCache, PreflightCache
from wsgicors.testing.profiles import PROFILES

SCENARIOS = generate(seed=2026, count=700)
SHOWN = 3

EXAMPLES = json.loads(Path(__file__).with_name("departures.json").read_text("utf-8"))
"""A small scenario for each departure, in which the engine does otherwise without it."""

REDUNDANT = {"check_origin_is_there", "check_authorization"}
"""Steps whose absence changes nothing, because the next step fails too (in Chromium)."""

NOT_PLAYED = {"_is_secure"}
"""Every server is on this machine, where ``Secure`` needs no encryption. For others there is
``tests.browser.test_cookies``."""

NOT_EXPLAINING = {"third-party-cookies-partitioned"}
"""Departures that need pages of two sites, which ``tests.browser.test_cookies`` opens."""

ONE_FAULT_PER_STEP = [
    *(
        entry
        for entry in FAULTS
        if str(entry.id).endswith(("-dropped", "-never", "-always", "-none"))
        and entry.values[0] is not PreflightCache
        and entry.values[1] not in REDUNDANT | NOT_PLAYED
    ),
    pytest.param(LastPreflightCache, "covers", lambda *_: False, "", id="covers-never"),
    pytest.param(LastPreflightCache, "covers", lambda *_: True, "", id="covers-always"),
    pytest.param(LastPreflightCache, "store", lambda *_: None, "", id="store-dropped"),
]
"""Steps left out, or always taken; more faults are in ``tests.unit.testing.test_faults``."""


in_chromium = pytest.mark.parametrize("player", ["chromium"], indirect=True)
"""Runs a test that is about the simulator or the tools in one engine."""


@pytest.fixture(scope="module", params=ENGINES)
def player(request: pytest.FixtureRequest) -> Iterator[Player]:
    with running(request.param) as player:
        yield player


@pytest.fixture(scope="module")
def seen(player: Player) -> list[Observation]:
    return player.observe(SCENARIOS)


def test_an_engine_and_its_profile_agree(player: Player, seen: list[Observation]) -> None:
    engine = player.engine.name
    found = find_disagreements(SCENARIOS, seen, simulator.observe(SCENARIOS, engine))
    unknown = [one for one in found if not names_of(one, engine)]
    assert not unknown, describe(
        unknown,
        shrink(
            unknown[:SHOWN], player.observe, play(engine), lambda one: bool(names_of(one, engine))
        ),
    )


def test_listed_departures_explain_all_that_the_standard_would_do_otherwise(
    player: Player, seen: list[Observation]
) -> None:
    engine = player.engine.name

    def explained(found: Disagreement) -> bool:
        return is_explained(found, engine) or bool(names_of(found, engine))

    found = find_disagreements(SCENARIOS, seen, simulator.observe(SCENARIOS, "fetch"))
    unexplained = [one for one in found if not explained(one)]
    assert found
    assert not unexplained, describe(
        unexplained, shrink(unexplained[:SHOWN], player.observe, play("fetch"), explained)
    )


def play(profile: str) -> Observe:
    return lambda scenarios: simulator.observe(scenarios, profile)


def describe(found: list[Disagreement], shrunk: list[Disagreement]) -> str:
    return "\n".join([f"{len(found)} disagreements, such as", *map(str, shrunk)])


@in_chromium
@pytest.mark.parametrize(("owner", "attribute", "faulty", "_caught"), ONE_FAULT_PER_STEP)
def test_a_fault_in_the_simulator_is_found(
    monkeypatch: pytest.MonkeyPatch,
    seen: list[Observation],
    owner: Any,
    attribute: str,
    faulty: Any,
    _caught: str,
) -> None:
    monkeypatch.setattr(owner, attribute, faulty)
    pairs = zip(SCENARIOS, seen, strict=True)
    assert any(simulator.observe([scenario], "chromium") != [one] for scenario, one in pairs)


def test_only_listed_departures_explain_anything(player: Player, seen: list[Observation]) -> None:
    engine = player.engine.name
    pairs = zip(SCENARIOS, seen, strict=True)
    names = set(chain.from_iterable(explain(*pair, engine) for pair in pairs))
    assert names == PROFILES[engine].departures - NOT_EXPLAINING


def test_an_engine_needs_each_of_its_departures(player: Player) -> None:
    engine, departures = player.engine.name, PROFILES[player.engine.name].departures
    examples = {name: Scenario.from_json(json.dumps(one)) for name, one in EXAMPLES[engine].items()}
    assert examples.keys() == departures - NOT_EXPLAINING
    for (name, scenario), seen in zip(
        examples.items(), player.observe([*examples.values()]), strict=True
    ):
        assert simulator.observe_with(scenario, departures, engine) == seen, name
        assert simulator.observe_with(scenario, departures - {name}, engine) != seen, name


@pytest.mark.parametrize("engine", ENGINES)
def test_at_most_twelve_known_differences_of_an_engine_are_not_imitated(engine: str) -> None:
    assert len([known for known in KNOWN if engine in known.engines]) <= 12


def test_about_half_of_the_scenarios_succeed(seen: list[Observation]) -> None:
    rejected = sum(observation.outcome == "rejected" for observation in seen)
    assert 200 < rejected < 500


def test_no_request_runs_out_of_time(seen: list[Observation]) -> None:
    assert "timeout" not in {step.type for observation in seen for step in observation.steps}


def test_a_seed_gives_the_same_scenarios_again_and_another_seed_others() -> None:
    assert generate(2026, 50) == SCENARIOS[:50]
    assert generate(2027, 50) != SCENARIOS[:50]


@pytest.mark.parametrize(
    ("axis", "values"),
    [
        ("method", requests.METHODS),
        ("allow-origin", answers.ALLOW_ORIGIN),
        ("allow-credentials", answers.ALLOW_CREDENTIALS),
        ("allow-methods", answers.ALLOW_METHODS),
        ("allow-headers", answers.ALLOW_HEADERS),
        ("max-age", answers.MAX_AGE),
        ("expose", answers.EXPOSE),
        ("preflight status", answers.PREFLIGHT_STATUS),
        ("status", answers.STATUS),
        ("redirect status", answers.REDIRECT_STATUS),
        ("location", {*answers.LOCATIONS, "absent"}),
        ("set-cookie", answers.COOKIES),
        ("mode", {"cors", "no-cors", "same-origin"}),
        ("redirect", {"follow", "error", "manual"}),
        ("credentials", {"omit", "same-origin", "include"}),
        ("upload listener", {"True", "False"}),
        ("page", {"P", "null"}),
        ("steps", {"1", "2", "3", "4"}),
    ],
)
def test_scenarios_fall_on_every_value_of_every_axis(axis: str, values: set[str]) -> None:
    counts = Counter(chain.from_iterable(set(scenario.labels) for scenario in SCENARIOS))
    assert {value for value in values if not counts[axis, value]} == set()


def test_a_scenario_can_be_written_down_and_read_again() -> None:
    assert [Scenario.from_json(scenario.to_json()) for scenario in SCENARIOS] == SCENARIOS


@in_chromium
def test_header_lines_reach_the_browser_as_they_were_written(player: Player) -> None:
    lines = (("x-ODD", " a "), ("X-Odd", ""), ("X-odd", "caf\xe9,b"), ("X-Origin", "{origin}"))
    scenario = Scenario(steps=(Step("POST"),), hops=(Hop("P", actuals=(Answer(299, lines),)),))
    [observation] = player.observe([scenario])
    [step] = observation.steps
    assert step.status == 299
    assert dict(step.headers) == {
        "cache-control": "no-store",
        "content-length": "2",
        "x-odd": "a, , caf\xe9,b",
        "x-origin": "http://P",
    }


@in_chromium
def test_a_disagreement_is_shrunk_to_what_it_needs(player: Player) -> None:
    needed = Step(headers=(("User-Agent", "Mine/1"),))
    padded = Step(
        "PUT", headers=(("X-One", "1"), *needed.headers), body="a=1", credentials="include"
    )
    scenarios = [Scenario(page="null", steps=(padded, Step()), hops=(Hop("B"), Hop("C")))]
    found = find_disagreements(scenarios, player.observe(scenarios), play("fetch")(scenarios))
    [smallest] = shrink(found, player.observe, play("fetch"))
    assert smallest.scenario == Scenario(steps=(needed,))
    assert "user-agent" in str(smallest)


@in_chromium
def test_the_table_counts_a_scenario_once_on_each_value(seen: list[Observation]) -> None:
    table = tabulate(SCENARIOS[:2], seen[:2])
    assert table.startswith("outcome: ")
    assert "method: " in table
