"""The benchmarks: that what they compare answers alike, and that a run writes all of its report."""

import sys
from dataclasses import replace
from itertools import groupby
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks import measure, picture, subjects
from benchmarks.bounds import (
    FLOORS,
    MEDIANS,
    WHOLE_FLOORS,
    Bound,
    Verdict,
    bounds,
    judge,
)
from benchmarks.counting import count_calls, count_opcodes
from benchmarks.limits import merged, plain
from benchmarks.measure import TURN, Effort, again, race, sample
from benchmarks.races import admitted_hostile
from benchmarks.ratios import growth, growth_by_bare
from benchmarks.report import spell, write
from benchmarks.run import Run, one_run
from benchmarks.scaling import ROUTES, label
from benchmarks.scenarios import ACTUAL, ALLOWED, GET, NEW_URL, ON_FLASK, PREFLIGHTS, Scenario
from benchmarks.subjects import BARE, NOTHING
from benchmarks.timings import Timing, cost, told_over
from tests.helpers import Response
from wsgicors import CORSMiddleware

SCENARIOS = [pytest.param(scenario, id=scenario.name) for scenario in [*ACTUAL, *PREFLIGHTS]]
LIMITS = [pytest.param(plain, id="plain"), pytest.param(merged, id="merged")]
FLASK_SCENARIOS = [pytest.param(scenario, id=scenario.name) for scenario in ON_FLASK]
TINY = Effort(rounds=2, batch=1e-6, largest=10, imports=1, served=2, served_rounds=1)


def answer(app: Any, scenario: Scenario) -> tuple[str, bytes, dict[str, set[str]]]:
    """Return status, body, and each header's values as a set."""
    environ = dict(scenario.environ)
    if scenario.origin is not None:
        environ["HTTP_ORIGIN"] = scenario.origin
    response = Response(app, environ)
    headers: dict[str, set[str]] = {}
    for name, value in response.lines:
        headers.setdefault(name.lower(), set()).update(value.split(", "))
    return response.status, response.body, headers


def app_with(*lines: tuple[str, str]) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", list(lines))
        return [b"hello"]

    return app


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_limit_answers_as_the_middleware_does(limit: Any, scenario: Scenario) -> None:
    by_hand = limit(subjects.bare, **scenario.settings)
    assert answer(by_hand, scenario) == answer(subjects.raw_wsgicors(scenario.settings), scenario)


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_limit_keeps_no_lines_that_a_server_changes(limit: Any, scenario: Scenario) -> None:
    app = limit(subjects.bare, **scenario.settings)
    environ = {**scenario.environ, "HTTP_ORIGIN": ALLOWED}
    first = list(Response(app, environ.copy()).lines)
    Response(app, environ.copy()).lines.clear()
    assert Response(app, environ.copy()).lines == first


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([("vary", "Accept")], id="in lower case"),
        pytest.param([("VARY", "Accept"), ("Vary", "Cookie, Accept-Language")], id="two lines"),
        pytest.param([("Vary", "origin")], id="by origin already"),
        pytest.param([("Vary", "*")], id="by everything"),
        pytest.param([("Vary", "Accept, *")], id="by everything among others"),
        pytest.param([("Via", "1.1 proxy"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=1")], id="no"),
    ],
)
@pytest.mark.parametrize("origin", [ALLOWED, "https://refused.example"])
def test_the_merging_limit_merges_vary_as_the_middleware_does(lines: Any, origin: str) -> None:
    app, request = app_with(*lines), {**GET, "HTTP_ORIGIN": origin}
    by_hand = Response(merged(app, **subjects.SETTINGS), request.copy())
    by_library = Response(CORSMiddleware(app, **subjects.SETTINGS), request.copy())
    assert by_hand["Vary"] == by_library["Vary"]
    assert sorted(by_hand.lines) == sorted(by_library.lines)


@pytest.mark.parametrize("scenario", FLASK_SCENARIOS)
def test_every_flask_app_grants_the_same_origins(scenario: Scenario) -> None:
    apps = subjects.on_flask(scenario.settings)
    granted = {name: answer(app, scenario)[2] for name, (_, app) in apps.items()}
    origins = {scenario.origin} & {ALLOWED}
    for name, headers in granted.items():
        if scenario.origin is not None or "Flask-CORS" not in name:
            assert headers.get("access-control-allow-origin", set()) == origins, name


def test_the_bare_flask_apps_have_no_cors() -> None:
    for bare, _ in subjects.on_flask(subjects.SETTINGS).values():
        status, body, headers = answer(bare, ACTUAL[1])
        assert (status, body) == ("200 OK", b"hello")
        assert set(headers) == {"content-type", "content-length"}


def test_an_app_that_admits_hostile_headers_is_counted() -> None:
    assert admitted_hostile(subjects.raw_wsgicors) == 0
    assert admitted_hostile(lambda settings: subjects.nothing) == 3


def values_seen(scenario: Scenario, header: str) -> tuple[list[str], list[str]]:
    """Race two apps, and return what each has found in a header."""
    seen: dict[str, list[str]] = {"one": [], "other": []}

    def app_for(name: str) -> Any:
        def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            assert environ["HTTP_ORIGIN"] == ALLOWED
            seen[name].append(environ[header])
            return []

        return app

    timings = race({name: scenario.call(app_for(name)) for name in seen}, TINY)
    assert all(0 < timing.floor <= timing.median for timing in timings.values())
    return seen["one"], seen["other"]


def test_a_race_calls_every_subject_with_strings_of_its_own() -> None:
    for origins in values_seen(Scenario("GET", GET, ALLOWED), "HTTP_ORIGIN"):
        assert len({id(origin) for origin in origins}) == len(origins) > 1


def test_a_race_may_ask_every_subject_for_the_same_ever_new_urls() -> None:
    one, other = values_seen(NEW_URL, "PATH_INFO")
    assert len(set(one)) == len(one) > 1
    asked_of_both = min(len(one), len(other))
    assert one[:asked_of_both] == other[:asked_of_both]
    bare = subjects.flask_app(subjects.items)
    assert Response(bare, {**GET, "PATH_INFO": one[-1]}).status == "200 OK"


def test_races_take_turns_and_keep_what_every_round_took(monkeypatch: Any) -> None:
    turns: list[str] = []
    rounds = 2 * TURN + 1
    monkeypatch.setattr(measure, "MIN_ROUNDS", rounds)  # however slow the machine is

    def call(name: str) -> Any:
        return Scenario(name, GET, ALLOWED).call(lambda *_: turns.append(name) or [])

    taken = sample([{"one": call("one")}, {"other": call("other")}], replace(TINY, rounds=rounds))
    assert [len(samples) for of_race in taken for samples in of_race.values()] == [rounds] * 2
    in_turn = [name for name, _ in groupby(turns)]
    assert in_turn == ["one", "other"] * 4  # both are tried out before the first turn


def test_a_cost_is_told_by_the_differences_in_each_round() -> None:
    base = [10.0, 50.0, 11.0]
    assert cost([12.0, 53.0, 13.0], base) == Timing(floor=2.0, median=2.0)
    assert cost([12.0, 53.0, 90.0], base).median == 3.0


def test_a_race_is_told_by_the_differences_in_each_round() -> None:
    told = told_over("base", {"base": [10.0, 50.0, 11.0], "mine": [12.0, 53.0, 90.0]})
    assert told == {"base": Timing(10.0, 11.0), "mine": Timing(12.0, 14.0)}


def app_with_a_loop(turns: int) -> Any:
    rules = range(turns)

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["found"] = [rule for rule in rules if rule]
        return []

    return app


def test_opcodes_grow_with_a_list_that_one_comprehension_goes_through() -> None:
    short, long = app_with_a_loop(1), app_with_a_loop(1_000)
    assert count_calls(long, GET) == count_calls(short, GET)
    assert count_opcodes(long, GET) > count_opcodes(short, GET) + 1_000


def test_counting_opcodes_leaves_a_debugger_in_place() -> None:
    def debugger(*_: object) -> None:
        """See what is called, and look no further."""

    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        count_opcodes(subjects.bare, GET)
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is debugger


def test_strings_made_again_are_equal_and_new() -> None:
    make = again(ALLOWED)
    assert make() == make()
    assert make() is not make()


@pytest.mark.parametrize(
    ("figures", "is_met"),
    [
        pytest.param([1.0, 9.0, 1.0], True, id="one bad run"),
        pytest.param([9.0, 1.0, 9.0], False, id="one good run"),
    ],
)
def test_the_median_of_the_runs_decides(figures: list[float], is_met: bool) -> None:
    bound = Bound("a figure", lambda run: 0, at_most=2)
    assert Verdict(bound, figures).is_met == is_met


def test_a_cost_below_nothing_meets_no_bound(run: Run) -> None:
    for races in run.races.values():
        for timings in races.values():
            timings.update(dict.fromkeys(timings, Timing(1, 1)))
    clocked = {FLOORS, MEDIANS, WHOLE_FLOORS}
    verdicts = [v for v in judge([run], TINY) if v.bound.by in clocked and v.bound.is_set]
    assert {v.bound.by for v in verdicts if v.is_met} == {WHOLE_FLOORS}
    assert {v.bound.by for v in verdicts if not v.is_met} == {FLOORS, MEDIANS}


@pytest.mark.parametrize(
    ("mine", "bares", "grown"),
    [
        pytest.param(20, 1, 2.0, id="with CORS alone"),
        pytest.param(30, 2, 1.5, id="more than without"),
        pytest.param(20, 2, 1.0, id="as without"),
    ],
)
def test_gets_may_grow_as_the_bare_app_does(
    run: Run, mine: float, bares: float, grown: float
) -> None:
    for timings in run.races[ROUTES].values():
        timings |= {label(1): Timing(10, 10), label(1, BARE): Timing(1, 1)}
        timings |= {label(10): Timing(mine, mine), label(10, BARE): Timing(bares, bares)}
    assert growth_by_bare(TINY)(run) == grown


def test_a_routed_preflight_is_compared_without_the_harness(run: Run) -> None:
    run.races[ROUTES]["preflight"] = {
        NOTHING: Timing(8, 8),
        label(1): Timing(10, 10),
        label(10): Timing(12, 12),
    }
    assert growth(ROUTES, TINY, ["preflight"])(run) == 2


@pytest.mark.parametrize(
    ("figure", "unit", "text"),
    [(1, "", "1.00"), (0.05, "", "1/20"), (-1, "", "-1.00"), (0.0512, "s", "0.0512 s")],
)
def test_small_ratios_are_spelt_as_parts(figure: float, unit: str, text: str) -> None:
    assert spell(figure, unit) == text


@pytest.fixture(scope="module")
def measured() -> Run:
    return one_run(TINY)


@pytest.fixture
def run(measured: Run) -> Run:
    races = {
        group: {scenario: dict(timings) for scenario, timings in scenarios.items()}
        for group, scenarios in measured.races.items()
    }
    return replace(measured, races=races)


def test_a_report_has_every_row(run: Run, tmp_path: Any) -> None:
    text = write([run], judge([run], TINY), tmp_path)
    assert text == (tmp_path / "bench.md").read_text("utf-8")
    rows = [line.split(" | ")[0].removeprefix("| ") for line in text.splitlines()]
    for bound in bounds(TINY):
        assert rows.count(bound.what) == 1, bound.what
    for scenario in [*ACTUAL, *PREFLIGHTS]:
        assert rows.count(scenario.name) == 2, scenario.name
    assert rows.count(NEW_URL.name) == 1
    for what in ("exact origins", "wildcard patterns", "routes"):
        assert f"{what}, GET" in rows
        assert f"{what}, preflight" in rows
    assert "exact origins, GET, ever-new origins" in rows
    assert "exact origins, preflight, ever-new origins" in rows
    for kind in ("GET", "GET, unknown URL", "preflight"):
        assert f"routes, {kind}, bare app" in rows
    assert "Flask, wsgicors, mark per view" in rows
    for name in ("Python", "Flask", "Werkzeug", "Flask-Cors", "wsgicors-toolkit", "gunicorn"):
        assert f"{name} " in text


def test_a_missed_bound_is_told(run: Run, tmp_path: Any) -> None:
    run.imports["wsgicors"] = 1e9
    text = write([run], judge([run], TINY), tmp_path)
    (line,) = [line for line in text.splitlines() if line.startswith("| `import wsgicors` |")]
    assert line.endswith("| **missed** |")


def test_the_picture_is_well_formed_and_has_every_label(run: Run, tmp_path: Any) -> None:
    write([run], judge([run], TINY), tmp_path)
    svg = ET.fromstring((tmp_path / "bench.svg").read_text("utf-8"))
    texts = [element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    for panel in picture.PANELS:
        assert panel.title in texts
        for bar in panel.bars:
            assert bar.label in texts
    bars = sum(len(panel.bars) for panel in picture.PANELS)
    assert sum(element.tag.endswith("rect") for element in svg.iter()) == bars + 1
