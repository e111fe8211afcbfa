"""The benchmarks: what they compare responds alike, and a missed bound fails the run."""

import sys
from typing import Any

import pytest

from bench import __main__ as bench
from bench import apps
from bench.__main__ import Row, compare_calls, compare_overheads
from bench.apps import ACTUAL, ALLOWED, GET, PREFLIGHTS, REFUSED, SETTINGS, Scenario, check
from bench.limit import by_hand
from bench.measure import Request, again, count_opcodes, take_turns
from tests.helpers import Response
from wsgicors import CORSMiddleware

SCENARIOS = pytest.mark.parametrize(
    "scenario", [pytest.param(scenario, id=scenario.name) for scenario in [*ACTUAL, *PREFLIGHTS]]
)


def app_with(*lines: tuple[str, str]) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", list(lines))
        return [b"hello"]

    return app


@SCENARIOS
def test_the_limit_responds_as_the_middleware_does(scenario: Scenario) -> None:
    hand = by_hand(apps.bare, **scenario.settings)
    library = CORSMiddleware(apps.bare, **scenario.settings)
    assert check("limit", hand, scenario) == check("wsgicors", library, scenario)


@SCENARIOS
def test_the_limit_keeps_no_lines_that_a_server_changes(scenario: Scenario) -> None:
    app = by_hand(apps.bare, **scenario.settings)
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
@pytest.mark.parametrize("origin", [ALLOWED, REFUSED])
def test_the_limit_merges_vary_as_the_middleware_does(lines: Any, origin: str) -> None:
    app, request = app_with(*lines), {**GET, "HTTP_ORIGIN": origin}
    hand = Response(by_hand(app, **SETTINGS), request.copy())
    library = Response(CORSMiddleware(app, **SETTINGS), request.copy())
    assert hand["Vary"] == library["Vary"]
    assert sorted(hand.lines) == sorted(library.lines)


@SCENARIOS
def test_all_flask_apps_respond_as_the_policy_says(scenario: Scenario) -> None:
    for way, pair in apps.flask_apps(scenario.settings).items():
        for app in pair:
            check(way, app.wsgi_app, scenario)


def test_the_flask_apps_that_others_are_compared_with_have_no_cors() -> None:
    pairs = apps.flask_apps(SETTINGS).values()
    without = [apps.flask_app().wsgi_app, *(apps.without_wrapper(app) for app, _ in pairs)]
    for app in without:
        response = Response(app, {**GET, "HTTP_ORIGIN": ALLOWED})
        assert (response.status, response.body) == ("200 OK", b"hello")
        assert {name for name, _ in response.lines} == {"Content-Type", "Content-Length"}


WIDE_OPEN = app_with(("Access-Control-Allow-Origin", "*"), ("Vary", "Origin"))


@pytest.mark.parametrize(
    ("app", "scenario"),
    [
        pytest.param(apps.bare, ACTUAL[1], id="no CORS"),
        pytest.param(WIDE_OPEN, ACTUAL[3], id="a refused page may read"),
        pytest.param(by_hand(apps.bare, **SETTINGS), ACTUAL[2], id="no credentials"),
        pytest.param(by_hand(apps.bare, **{**SETTINGS, "max_age": 5}), PREFLIGHTS[0], id="max-age"),
        pytest.param(lambda *call: apps.bare(*call) and [], ACTUAL[0], id="another body"),
    ],
)
def test_a_wrong_response_is_not_timed(app: Any, scenario: Scenario) -> None:
    with pytest.raises(AssertionError, match=f"subject, {scenario.name}"):
        check("subject", app, scenario)


def test_a_limit_that_responds_differently_is_not_timed(figures: Any, monkeypatch: Any) -> None:
    def other(app: Any, **settings: Any) -> Any:
        return CORSMiddleware(app, expose_headers=["X-Total-Count"], **settings)

    monkeypatch.setattr(bench, "by_hand", other)
    with pytest.raises(AssertionError, match="GET, origin allowed: the limit and wsgicors"):
        list(bench.raw_rows(2))


def test_an_app_that_grants_64_kib_of_headers_is_not_timed(monkeypatch: Any) -> None:
    monkeypatch.setattr(bench, "respond", lambda *_: ("204 No Content", [], b""))
    with pytest.raises(AssertionError, match="does not refuse many names"):
        list(bench.hostile_rows())


def test_two_requests_take_turns_with_new_strings() -> None:
    seen: list[tuple[str, str]] = []

    def app_called(name: str) -> Any:
        def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            seen.append((name, environ["HTTP_ORIGIN"]))
            return []

        return app

    a, b = (Request(app_called(name), GET, again(ALLOWED)) for name in "ab")
    [times, others] = take_turns([(a, b), (b, a)], rounds=3)
    assert len(times) == len(others) == 3
    assert min(min(taken) for taken in [*times, *others]) > 0
    names = "".join(name for name, _ in seen)
    turns = [name for name, before in zip(names, " " + names, strict=False) if name != before]
    assert "".join(turns).endswith("babababab")
    assert {origin for _, origin in seen} == {ALLOWED}
    assert len({id(origin) for _, origin in seen}) == len(seen)


def timed(monkeypatch: Any, *pairs: list[tuple[float, float]]) -> None:
    monkeypatch.setattr(bench, "take_turns", lambda requests, rounds: pairs)


def test_whole_calls_are_compared_by_the_sum_of_the_medians(monkeypatch: Any) -> None:
    timed(monkeypatch, [(3.0, 1.0), (8.0, 4.0), (9.0, 1.0)], [(2.0, 1.0)] * 3)
    pair = (Request(apps.bare, GET, again(ALLOWED)),) * 2
    row = compare_calls("calls", [pair, pair], 4.9, 3)
    assert row == Row("calls", "5000000.00 µs", "1000000.00 µs", 5.0, 4.9)


@pytest.mark.parametrize(
    ("without", "figure"),
    [pytest.param([5.0, 50.0, 6.0], 2.0, id="more"), pytest.param([9.0, 54.0, 9.0], None, id="no")],
)
def test_overheads_are_compared_by_the_sum_of_the_medians_of_the_differences(
    monkeypatch: Any, without: list[float], figure: float | None
) -> None:
    with_cors = [7.0, 52.0, 9.0]
    ours, theirs = [*zip(with_cors, without, strict=True)], [(2.0, 1.0)] * 3
    timed(monkeypatch, ours, theirs, [(6.0, 4.0)] * 3, theirs)
    pair = (Request(apps.bare, GET, again(ALLOWED)),) * 2
    row = compare_overheads("overheads", [pair] * 4, 1e9, 3)
    assert row.figure == (float("inf") if figure is None else figure)


def app_with_a_loop(turns: int) -> Any:
    rules = range(turns)

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["found"] = [rule for rule in rules if rule]
        return apps.bare(environ, start_response)

    return app


def test_opcodes_grow_with_a_list_that_a_comprehension_goes_through() -> None:
    short, long = count_opcodes(app_with_a_loop(1), GET), count_opcodes(app_with_a_loop(1_000), GET)
    assert long > short + 1_000


def test_counting_opcodes_leaves_a_debugger_in_place() -> None:
    def debugger(*_: object) -> None:
        """See what is called, and look no further."""

    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        count_opcodes(apps.bare, GET)
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is debugger


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (Row("a", "2 µs", "1 µs", 2.0, 2.6), "| a | 2 µs | 1 µs | 2.00 | 2.60 | met |"),
        (Row("a", "2 µs", "1 µs", 3.0, 2.6), "| a | 2 µs | 1 µs | 3.00 | 2.60 | **missed** |"),
        (Row("a", "", "", 0.05, 1 / 12), "| a |  |  | 1/20 | 1/12 | met |"),
        (Row("a", "", "", 5.123, 7, "ms"), "| a |  |  | 5.12 ms | 7 ms | met |"),
    ],
)
def test_a_row_shows_its_bound(row: Row, line: str) -> None:
    assert str(row) == line


@pytest.fixture
def figures(monkeypatch: Any, tmp_path: Any) -> Any:
    monkeypatch.setattr(bench, "FIGURES", tmp_path)
    for name, value in {"ROUNDS": 2, "PROCESSES": 1, "ORIGINS": 9, "PATTERNS": 9}.items():
        monkeypatch.setattr(bench, name, value)
    monkeypatch.setattr(bench, "ROUTES", 9)
    return tmp_path / "bench.md"


def test_the_table_has_every_row(figures: Any, capsys: Any) -> None:
    bench.main()
    text = figures.read_text("utf-8")
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert "\n".join(table) in capsys.readouterr().out
    expected = ["import wsgicors after Flask", "a policy of 9 origins"]
    for kind in ("actual requests", "preflight granted", "preflight refused"):
        expected.append(f"raw WSGI ÷ limit: {kind}")
    for way in ("decorator", "default"):
        for kind in ("origin not refused", "preflights"):
            expected.append(f"Flask, {way} ÷ Flask-CORS: {kind}")
    for name in ("a function", "prometheus()"):
        for where in ("raw WSGI", "Flask"):
            for kind in ("GET, origin allowed", "preflight granted"):
                expected.append(f"{where}, {name} as observer ÷ none: {kind}")
    for kind in ("GET, origin allowed", "preflight granted"):
        expected += [f"{where}, trial ÷ none: {kind}" for where in ("raw WSGI", "Flask")]
        expected.append(f"raw WSGI, allow_credentials as a list ÷ True: {kind}")
    for kind in ("GET", "preflight"):
        expected += [f"9 origins ÷ one: {kind}", f"9 patterns ÷ one: {kind}"]
    for items in ("origins", "patterns"):
        for kind in ("look-up, allowed", "look-up, refused", "GET, raw WSGI", "GET, Flask"):
            expected.append(f"10,000 {items}, loaded ÷ listed: {kind}")
    for kind in ("GET", "GET, unknown URL", "preflight"):
        expected.append(f"9 routes ÷ one: {kind}")
    for shape in apps.HOSTILE:
        for where in ("raw WSGI", "raw WSGI, allow_headers='*'", "Flask"):
            expected.append(f"64 KiB of {shape} ÷ ordinary: {where}")
    assert sorted(line.split(" | ")[0].removeprefix("| ") for line in table[2:]) == sorted(expected)
    for name in (
        "Python",
        "Flask",
        "Werkzeug",
        "Flask-Cors",
        "prometheus-client",
        "wsgicors-toolkit",
    ):
        assert f"{name} " in text


@pytest.mark.parametrize(
    ("figure", "status", "last"),
    [
        pytest.param(2.6, 0, "every bound is met", id="met"),
        pytest.param(2.7, 1, "missed: slow: 2.70, at most 2.60", id="missed"),
    ],
)
def test_a_missed_bound_fails_the_run_and_is_named(
    figures: Any, monkeypatch: Any, capsys: Any, figure: float, status: int, last: str
) -> None:
    rows = [Row("quick", "", "", 1.0, 2.6), Row("slow", "", "", figure, 2.6)]
    monkeypatch.setattr(bench, "QUESTIONS", [lambda: rows])
    assert bench.main() == status
    assert capsys.readouterr().out.splitlines()[-1] == last
