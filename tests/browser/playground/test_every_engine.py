"""What each engine shows: the table of engines, pasted texts and links."""

import random

import pytest

from examples.demo.serve import Origins
from tests.browser.engines import ENGINES, Window
from tests.browser.playground.driving import (
    form_values,
    notes,
    open_scenario,
    paste,
    submit,
    verdict,
    wait_until_done,
)
from tests.browser.playground.settings import random_settings

ROW = """engine => {
    const row = document.querySelector(`#engines tr[data-engine=${engine}]`);
    return [...row.cells].map(cell => cell.innerText);
}"""

OTHERS = """() => [...document.querySelectorAll("#engines td.other")].map(
    cell => [cell.parentElement.dataset.engine, cell.dataset.column])"""

ROUND_TRIP = """async all => {
    const {fillForm, readValues} = await import("/playground/form.js");
    const {fromLink, toLink} = await import("/playground/link.js");
    const form = document.getElementById("form");
    return all.map(values => {
        fillForm(form, values);
        const before = readValues(form);
        const link = toLink(before);
        form.reset();
        const {values: read, notes} = fromLink(form, new URL(`#${link}`, location).hash.slice(1));
        fillForm(form, read);
        return [before, readValues(form), notes];
    });
}"""


@pytest.fixture
def engine(request: pytest.FixtureRequest, window: Window) -> str:
    """The name of the engine of the window."""
    name: str = request.node.callspec.params["window"]
    return name


def test_engines_that_differ_from_this_browser_are_shown_as_such(
    window: Window, engine: str
) -> None:
    # Chromium alone takes this header for one that needs no preflight.
    submit(window, method="GET", headers="DPR: 2")
    summary = window.call("() => document.getElementById('engines-summary').innerText")
    assert summary == (
        "The engines differ: Chromium allows the request, Firefox and WebKit block it."
    )
    different = [name for name in ENGINES if (name == "chromium") != (engine == "chromium")]
    assert window.call(OTHERS) == [
        [name, label] for name in different for label in ("outcome", "requests")
    ]
    rows = {name: window.call(ROW, name) for name in ("actual", *ENGINES)}
    assert "this browser’s engine" in rows[engine][0]
    assert rows["actual"][2] == rows[engine][2]
    assert [rows["chromium"][2].splitlines()[0], rows["chromium"][3]] == ["GET 200", ""]
    assert "a request header is not allowed" in rows["firefox"][1]
    assert "header ‘dpr’ is not allowed" in rows["firefox"][3]
    assert "Request header field DPR is not allowed" in rows["webkit"][3]
    assert verdict(window) == f"{'Allowed' if engine == 'chromium' else 'Blocked'}, as predicted"


def test_engines_that_agree_are_not_highlighted(window: Window) -> None:
    open_scenario(window, "refused-origin")
    summary = window.call("() => document.getElementById('engines-summary').innerText")
    assert summary == "The three engines do the same."
    assert window.call(OTHERS) == []


@pytest.mark.parametrize(
    "scenario", ["refused-origin", "refused-method", "refused-header", "wildcard-credentials"]
)
def test_a_message_that_is_pasted_leads_to_itself(
    window: Window, engine: str, scenario: str
) -> None:
    open_scenario(window, scenario)
    message = window.call(ROW, engine)[3]
    submit(window)
    paste(window, message)
    assert window.call(ROW, engine)[3] == message
    assert verdict(window) == "Blocked, as predicted"
    assert notes(window)[-1].startswith("The form now leads to the same message in ")


def test_a_link_has_the_whole_form(window: Window, origins: Origins) -> None:
    choose = random.Random(18)
    settings = [random_settings(choose, origins) for _ in range(200)]
    settings.append({"allow_origins": "a&b=c#d%20+\nü, 'x' \U0001f600", "method": "false"})
    for before, after, strange in window.call(ROUND_TRIP, settings):
        assert after == before
        assert strange == []


def test_a_link_to_the_shown_result_is_in_the_address_bar(window: Window, origins: Origins) -> None:
    window.open(f"{origins.page}/playground/")  # WebKit limits how often a page changes its URL
    wait_until_done(window)
    submit(window, method="DELETE", allow_methods="GET, DELETE")
    values = form_values(window)
    link = window.call("() => location.hash")
    assert link == (
        f"#origin={origins.page}&method=DELETE&path=/items/&headers=Content-Type:+application/json"
        f"&credentials=same-origin&mode=cors&redirect=follow&allow_origins={origins.page}"
        "&allow_methods=GET,+DELETE&allow_headers=Content-Type"
    )
    assert values["allow_methods"] == "GET, DELETE"


def test_the_pasted_field_and_the_result_are_inside_the_window(window: Window) -> None:
    submit(window, method="GET", headers="DPR: 2")
    widths = "() => [document.documentElement.scrollWidth, innerWidth]"
    assert len(set(window.call(widths))) == 1
