"""The demonstration, run by real browsers: what the page expects is what happens."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from examples.demo import api, files
from examples.demo.serve import serving
from tests.browser import engines
from tests.browser.chromium import WEBGL, launched
from tests.browser.engines import ENGINES, Engine, Window
from tests.browser.engines.chromium import Chromium
from wsgicors.flask import cors

ROOT = Path(__file__).parents[2]
ELSEWHERE = ["https://elsewhere.example"]

SCENARIOS = [
    "simple",
    "preflighted",
    "credentials",
    "exposed-headers",
    "max-age",
    "wildcard-credentials",
    "refused-origin",
    "refused-method",
    "refused-header",
    "two-policies-ours",
    "two-policies-theirs",
    "redirect",
    "errors",
    "font-allowed",
    "font-refused",
    "image-allowed",
    "image-refused",
    "shape-allowed",
    "shape-refused",
    "texture-allowed",
    "texture-refused",
]


DIFFERENCES = {
    ("webkit", "font-refused"): [
        'outcome: expected "blocked", got "allowed"',
        'error: expected "NetworkError", got nothing',
    ]
}
"""What the page says where an engine does not do as the standard has it.

WebKitGTK loads a font from anywhere; CORS headers change nothing.
"""

FINISH = """async () => {
  while (document.documentElement.dataset.done !== "true") {
    await new Promise((done) => setTimeout(done, 20));
  }
}"""
READ = """() => [...document.querySelectorAll("article.card")].map((card) => ({
  id: card.id,
  outcome: card.dataset.outcome,
  expected: card.dataset.expected,
  ok: card.dataset.ok === "true",
  differences: [...card.querySelectorAll(".differences li")].map((li) => li.textContent),
}))"""


@dataclass
class Result:
    """What the page says about one scenario."""

    outcome: str
    expected: str
    ok: bool
    differences: list[str]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with launched(*WEBGL) as browser:
        yield browser


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """The page of the unchanged demonstration, after it has run every scenario."""
    with finished_page(chromium) as page:
        yield page


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Engine]:
    if request.param == "chromium":
        yield Chromium(chromium)
        return
    with engines.launched(request.param) as engine:
        yield engine


@pytest.fixture(scope="module")
def window(engine: Engine) -> Iterator[Window]:
    """The same page in each engine."""
    with serving() as origins, engine.window() as window:
        window.open(origins.page)
        window.call(FINISH)
        yield window


@pytest.fixture(scope="module")
def results(window: Window) -> dict[str, Result]:
    return as_results(window.call(READ))


@contextmanager
def finished_page(browser: Browser, **options: Any) -> Iterator[Page]:
    """Serve the demonstration, open its page and wait for the last scenario."""
    with serving() as origins, closing(browser.new_page(**options)) as page:
        page.goto(origins.page)
        wait_until_done(page)
        yield page


def wait_until_done(page: Page) -> None:
    page.wait_for_selector("html[data-done=true]", timeout=60_000)


def read_results(page: Page) -> dict[str, Result]:
    """Read what the page says about each scenario."""
    return as_results(page.evaluate(READ))


def as_results(cards: list[dict[str, Any]]) -> dict[str, Result]:
    return {card.pop("id"): Result(**card) for card in cards}


def differing(page: Page) -> set[str]:
    """Name the scenarios that did not end as the page expects."""
    return {name for name, result in read_results(page).items() if not result.ok}


def test_what_the_browser_lacks_is_not_available_rather_than_a_failure() -> None:
    with launched("--disable-3d-apis") as chromium, finished_page(chromium) as page:
        results = read_results(page)
        assert differing(page) == set()
        assert results["texture-allowed"].outcome == "missing"
        assert results["texture-refused"].outcome == "blocked missing"
        assert page.inner_text("#summary") == "19 of 21 scenarios as expected, 2 not available here"
        verdict = page.inner_text("#texture-allowed .verdict")
        assert verdict == "not available here"
        assert "WebGL is not available" in page.inner_text("#texture-allowed .message")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario_ends_as_the_page_expects(
    engine: Engine, results: dict[str, Result], scenario: str
) -> None:
    result = results[scenario]
    differences = DIFFERENCES.get((engine.name, scenario), [])
    assert result.differences == differences
    assert (result.outcome == result.expected) is not bool(differences)
    assert result.ok is not bool(differences)


def test_page_runs_every_scenario(results: dict[str, Result]) -> None:
    assert list(results) == SCENARIOS


def test_summary_counts_the_scenarios(engine: Engine, window: Window) -> None:
    expected = 21 - sum(name == engine.name for name, _ in DIFFERENCES)
    summary = window.call("() => document.getElementById('summary').innerText")
    assert summary == f"{expected} of 21 scenarios as expected"


def test_page_says_what_the_outcomes_mean(page: Page) -> None:
    assert page.inner_text("#meaning") == (
        "Your browser allowed 18 requests and blocked 11, as the Fetch standard requires for these "
        "policies. Some scenarios make several requests."
    )


def test_page_shows_what_crossed_the_wire(page: Page) -> None:
    page.locator("#redirect summary").focus()
    page.keyboard.press("Enter")
    exchanges = page.locator("#redirect .exchange")
    captions = exchanges.locator("caption").all_inner_texts()
    assert [re.sub(r"(\d{3}) .*", r"\1", caption) for caption in captions] == [
        "Preflight OPTIONS /things → 204",
        "Request PUT /things → 308",
        "Preflight OPTIONS /things/ → 204",
        "Request PUT /things/ → 200",
    ]
    assert "Access-Control-Allow-Methods" in exchanges.first.inner_text()


def test_policies_on_the_page_stand_in_the_source(page: Page) -> None:
    source = "\n".join(Path(str(module.__file__)).read_text() for module in (api, files))
    lines = {line.strip() for line in source.splitlines()}
    shown = [
        line for text in page.locator("pre.policy").all_inner_texts() for line in text.splitlines()
    ]
    # A policy by path is shown without the comma that ends its line.
    assert [line for line in shown if line and not {line, f"{line},"} & lines] == []


def test_second_run_ends_like_the_first(window: Window, results: dict[str, Result]) -> None:
    window.call("() => document.getElementById('again').click()")
    window.call(FINISH)
    assert as_results(window.call(READ)) == results


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_narrow_screen(chromium: Browser, scheme: str) -> None:
    narrow = {"width": 360, "height": 740}
    with finished_page(chromium, viewport=narrow, color_scheme=scheme) as page:
        page.click("#open-all")
        assert page.evaluate("document.documentElement.scrollWidth") == 360


# What the page must notice when a policy changes. Together the rows reach every scenario, so that
# no expectation holds whatever the servers do. PAGE stands for the page's origin.
PAGE = "the page"

LOW = {"viewport": {"width": 1280, "height": 100}}
"""Pages of which only the results count: to draw a high one takes longer."""

CHANGED_POLICIES = [
    pytest.param(
        api,
        "public",
        {"allow_origins": ELSEWHERE},
        {"simple", "exposed-headers", "two-policies-ours", "two-policies-theirs"},
        id="public, for others only",
    ),
    pytest.param(
        api,
        "public",
        {"allow_origins": [PAGE], "allow_credentials": True},
        {"wildcard-credentials"},
        id="public, for the page with credentials",
    ),
    pytest.param(
        api,
        "page",
        {"allow_origins": ELSEWHERE},
        {
            "preflighted",
            "credentials",
            "max-age",
            "refused-method",
            "refused-header",
            "two-policies-ours",
            "redirect",
            "errors",
        },
        id="page, for others only",
    ),
    pytest.param(
        api,
        "page",
        {"allow_credentials": False},
        {"credentials", "two-policies-ours"},
        id="page, without credentials",
    ),
    pytest.param(
        api,
        "elsewhere",
        {"allow_origins": [*ELSEWHERE, PAGE]},
        {"refused-origin", "two-policies-theirs"},
        id="elsewhere, for the page too",
    ),
    pytest.param(
        files,
        "/open",
        {"allow_origins": ELSEWHERE},
        {"font-allowed", "image-allowed", "shape-allowed", "texture-allowed"},
        id="open files, for others only",
    ),
    pytest.param(
        files,
        "/closed",
        {"allow_origins": "*"},
        {"font-refused", "image-refused", "shape-refused", "texture-refused"},
        id="closed files, for everybody",
    ),
]

CHANGED_REFINEMENTS = [
    pytest.param("allow_headers", None, {"preflighted"}, id="no header of one's own"),
    pytest.param("expose_headers", None, {"exposed-headers"}, id="nothing exposed"),
    pytest.param("max_age", 0, {"max-age"}, id="preflights forgotten"),
    pytest.param("max_age", None, {"max-age"}, id="preflights kept for as long as browsers like"),
    pytest.param("allow_methods", None, {"refused-method"}, id="every method of the route"),
    pytest.param(
        "allow_headers",
        ["Content-Type", "X-PINGOTHER", "X-Debug"],
        {"refused-header"},
        id="another header",
    ),
]


@pytest.mark.parametrize(("module", "name", "changes", "expected"), CHANGED_POLICIES)
def test_page_notices_a_changed_policy(
    chromium: Browser,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    changes: dict[str, Any],
    expected: set[str],
) -> None:
    original = module.policies

    def changed(page_origin: str) -> dict[str, Any]:
        policies: dict[str, Any] = original(page_origin)
        settings = dict(changes)
        if isinstance(settings.get("allow_origins"), list):
            settings["allow_origins"] = [
                page_origin if origin == PAGE else origin for origin in settings["allow_origins"]
            ]
        return policies | {name: policies[name].derive(**settings)}

    monkeypatch.setattr(module, "policies", changed)
    with finished_page(chromium, **LOW) as page:
        assert differing(page) == expected
        assert page.inner_text("#summary") == f"{21 - len(expected)} of 21 scenarios as expected"
        assert "highlighted below" in page.inner_text("#meaning")


@pytest.mark.parametrize(("setting", "value", "expected"), CHANGED_REFINEMENTS)
def test_page_notices_a_changed_refinement(
    chromium: Browser,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    value: Any,
    expected: set[str],
) -> None:
    def changed(base: str, **changes: Any) -> Callable[..., Any]:
        changes.pop(setting, None)
        return cors(base, **changes, **({} if value is None else {setting: value}))

    monkeypatch.setattr(api, "cors", changed)
    with finished_page(chromium, **LOW) as page:
        assert differing(page) == expected


def test_every_scenario_can_fail() -> None:
    rows = CHANGED_POLICIES + CHANGED_REFINEMENTS
    assert {scenario for row in rows for scenario in row.values[-1]} == set(SCENARIOS)


def test_busy_port_is_replaced_by_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with serving(page_port=port) as origins:
            assert origins.page != f"http://localhost:{port}"


def test_ports_are_those_that_were_asked_for() -> None:
    with serving() as origins:
        ports = [int(origin.rpartition(":")[2]) for origin in (origins.page, origins.api)]
    with serving(*ports) as again:
        assert (again.page, again.api) == (origins.page, origins.api)


@contextmanager
def demonstration(**ports: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start the demonstration as its users do, at free ports except for these."""
    chosen = {"page": 0, "api": 0, "files": 0, "play": 0} | ports
    options = [f"--{name}-port={port}" for name, port in chosen.items()]
    with subprocess.Popen(
        [sys.executable, "-m", "examples.demo", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,  # or reading a line would take more from the pipe than the line
    ) as demo:
        try:
            yield demo
        finally:
            demo.kill()


def stop(demo: subprocess.Popen[bytes]) -> tuple[str, str]:
    """Press Ctrl-C, and return the rest of what the demonstration prints, and its errors."""
    demo.send_signal(signal.SIGINT)
    output, errors = demo.communicate(timeout=30)
    return output.decode(), errors.decode()


OPEN = r"Open (http://localhost:\d+)/ in your browser. Ctrl-C stops the demonstration.\n"


def test_ctrl_c_stops_the_demonstration_without_a_traceback() -> None:
    with demonstration() as demo:
        assert demo.stdout is not None
        first = re.fullmatch(OPEN, demo.stdout.readline().decode())
        output, errors = stop(demo)
    assert first
    assert f"playground        {first[1]}/playground/\n" in output
    assert "not available" not in output
    assert output.endswith("Stopped.\n")
    assert errors == ""
    assert demo.returncode == 0


@pytest.mark.parametrize(
    ("server", "name"),
    [("page", "page"), ("api", "API"), ("files", "file server"), ("play", "playground's API")],
)
def test_the_demonstration_says_which_port_is_taken_and_what_it_uses_instead(
    server: str, name: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with demonstration(**{server: port}) as demo:
            assert demo.stdout is not None
            first = demo.stdout.readline().decode()
            output, _ = stop(demo)
    says = rf"^Port {port} is not available: the {name} is at (http://localhost:\d+) instead\.$"
    found = re.findall(says, first + output, re.MULTILINE)
    assert len(found) == 1
    assert first.startswith("Port ")
    assert (first + output).count(found[0]) == (3 if server == "page" else 2)
    assert (first + output).count("not available") == 1
