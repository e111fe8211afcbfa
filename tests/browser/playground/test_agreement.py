"""Predictions of the playground agree with real browsers."""

import random
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from examples.demo.playground import views
from examples.demo.serve import Origins
from tests.browser.engines import ENGINES, Window
from tests.browser.playground.driving import (
    SUBMIT,
    open_scenario,
    submit,
    verdict,
)
from tests.browser.playground.settings import kinds, random_settings
from tests.browser.test_demo import SCENARIOS

SEED = 20261
RUNS = 250
"""How many random settings of the form are tried, from this seed."""

SEQUENCES = {
    "preflighted": "OPTIONS 204 → POST 200",
    "max-age": "OPTIONS 204 → PUT 200",
    "refused-method": "OPTIONS 204",
    "refused-header": "OPTIONS 204",
    "two-policies-ours": "OPTIONS 204 → PUT 200",
    "two-policies-theirs": "OPTIONS 403",
    "redirect": "OPTIONS 204 → PUT 308 → OPTIONS 204 → PUT 200",
    "errors": "GET 409",
}
"""The exchanges of each scenario, unless they are a single ``GET`` with status 200."""


SHOW = "shown => { document.documentElement.style.display = shown ? '' : 'none'; }"

SEQUENCE = """engine => {
    const row = document.querySelector(`#engines tr[data-engine=${engine}]`);
    return row.querySelector(".sequence").innerText;
}"""

LINKS = """async count => {
    const cards = () => [...document.querySelectorAll("article.card")];
    while (cards().length < count) await new Promise(done => setTimeout(done, 20));
    return cards().map(card => [
        card.id,
        card.querySelector("a.play").href,
        card.dataset.expected.split(" ").at(-1),
    ]);
}"""


@dataclass
class Link:
    """The link that opens a scenario in the playground, and its outcome on its own page."""

    address: str
    outcome: str


@pytest.fixture(scope="module")
def links(chromium: Browser, origins: Origins) -> dict[str, Link]:
    with closing(chromium.new_page()) as page:
        page.goto(origins.page)
        cards = page.evaluate(LINKS, len(SCENARIOS))
    return {name: Link(address, outcome) for name, address, outcome in cards}


def test_prediction_and_outcome_agree_for_random_settings(window: Window, origins: Origins) -> None:
    choose = random.Random(SEED)
    settings = [random_settings(choose, origins) for _ in range(RUNS)]
    window.call(SHOW, False)  # to draw every result takes longer than the requests
    results = window.call(SUBMIT, settings)
    window.call(SHOW, True)

    differing = [
        (given, result["differences"])
        for given, result in zip(settings, results, strict=True)
        if result.get("differences")
    ]
    assert differing == []
    # The settings cover every kind of result often enough.
    seen = Counter(kind for result in results for kind in kinds(result))
    wanted = {"invalid": 20, "allowed": 40, "blocked": 40, "preflighted": 40, "cookie": 10}
    wanted |= {"null": 10, "same origin": 10, "redirected": 5, "nothing sent": 10}
    wanted |= {"engines differ": 5}
    assert {kind: seen[kind] for kind in wanted if seen[kind] < wanted[kind]} == {}


def test_every_scenario_can_be_opened_in_the_playground(
    links: dict[str, Link], origins: Origins
) -> None:
    base = f"{origins.page}/playground/#scenario="
    assert {name: link.address for name, link in links.items()} == {
        name: f"{base}{name}" for name in SCENARIOS
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_has_the_same_outcome_in_the_playground_as_on_its_page(
    window: Window, links: dict[str, Link], scenario: str
) -> None:
    open_scenario(window, scenario)
    assert verdict(window) == f"{links[scenario].outcome.capitalize()}, as predicted"
    sent = {window.call(SEQUENCE, row) for row in ("actual", *ENGINES)}
    assert sent == {SEQUENCES.get(scenario, "GET 200")}


def allow_everybody(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Access-Control-Allow-Origin", "*"), ("Cache-Control", "no-store")])
    return [b"other"]


def allow_nobody(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return []


@pytest.mark.parametrize(
    ("app", "values", "differences"),
    [
        pytest.param(
            allow_everybody,
            {"method": "GET", "headers": "", "allow_origins": "https://elsewhere.example"},
            ["outcome", "JavaScript reads"],
            id="predicted allowed, got blocked",
        ),
        pytest.param(
            allow_nobody,
            {"method": "GET", "headers": "", "allow_origins": "*"},
            ["outcome", "JavaScript reads"],
            id="predicted blocked, got allowed",
        ),
        pytest.param(
            allow_everybody,
            {"method": "GET", "headers": "", "allow_origins": "*"},
            ["JavaScript reads"],
            id="another body",
        ),
        pytest.param(
            allow_nobody,
            {"method": "PUT", "allow_origins": "https://elsewhere.example"},
            ["requests and responses"],
            id="another status of the preflight",
        ),
    ],
)
def test_the_playground_lists_differences_between_outcome_and_prediction(
    page: Page,
    monkeypatch: pytest.MonkeyPatch,
    app: Any,
    values: dict[str, str],
    differences: list[str],
) -> None:
    original = views.predict

    def predict_another(_: Any, *arguments: Any, **options: Any) -> dict[str, Any]:
        return original(app, *arguments, **options)

    monkeypatch.setattr(views, "predict", predict_another)
    submit(page, **values)
    assert verdict(page) == "The outcome differs"
    shown = page.locator("#differences li").all_inner_texts()
    assert [text.partition(":")[0] for text in shown] == differences


def test_cookies_of_other_servers_on_the_machine_make_no_difference(
    page: Page, origins: Origins
) -> None:
    page.context.add_cookies([{"name": "visits", "value": "2", "url": origins.page}])
    try:
        submit(page, credentials="include", allow_origins=origins.page, allow_credentials=True)
        assert verdict(page) == "Allowed, as predicted"
    finally:
        page.context.clear_cookies(name="visits")


def test_some_pages_send_cookies_while_all_read(page: Page, origins: Origins) -> None:
    values = {"allow_origins": "*", "allow_headers": "*", "credentials_origins": origins.page}
    submit(page, **values, credentials="include")
    assert verdict(page) == "Allowed, as predicted"
    assert f'allow_credentials=["{origins.page}"]' in page.inner_text("#source")
    other = {"origin": origins.page.replace("localhost", "127.0.0.1")}
    submit(page, **values, **other, credentials="omit")
    assert verdict(page) == "Allowed, as predicted"
    submit(page, **values, **other, credentials="include")
    assert verdict(page) == "Blocked, as predicted"


def test_a_legend_is_inside_the_border_of_its_box(window: Window) -> None:
    gaps = window.call(
        """() => [...document.querySelectorAll("fieldset")].map(fieldset => {
            const [box, legend] = [fieldset, fieldset.querySelector("legend")].map(
                element => element.getBoundingClientRect());
            return legend.top - box.top;
        })"""
    )
    assert len(gaps) == 2
    assert min(gaps) > 10
