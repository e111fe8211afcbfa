"""Links to the playground, its menu of scenarios, and results of other settings."""

import re
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from examples.demo.serve import Origins
from tests.browser.playground.driving import (
    form_values,
    notes,
    open_link,
    open_scenario,
    submit,
    verdict,
    wait_until_done,
)
from tests.browser.test_demo import SCENARIOS

OLD = "This result is of the settings before your change."


def test_a_copied_link_opens_the_same_form_and_runs_it(
    page: Page, chromium: Browser, origins: Origins
) -> None:
    submit(
        page,
        origin="null",
        headers="X-Debug: 1\nContent-Type: text/xml",
        allow_origins="null\nhttps://a.example",
        accept_risks=["opaque-origin"],
        max_age="600",
    )
    page.click("#copy-link")
    expect(page.locator("#copied")).to_have_text("Link to this result copied.")
    expect(page.locator("#copy-link")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.url
    with closing(chromium.new_page()) as other:
        other.goto(copied)
        wait_until_done(other)
        assert form_values(other) == form_values(page)
        assert verdict(other) == verdict(page) == "Blocked, as predicted"
        assert other.url == copied
        assert notes(other) == []


def test_an_empty_field_of_a_link_is_empty(page: Page, origins: Origins) -> None:
    submit(page, method="GET", headers="", allow_headers="", expose_headers="ETag")
    link = page.url.partition("#")[2]
    before = form_values(page)
    submit(page)
    open_link(page, link)
    assert form_values(page) == before


IMAGE = "<img src=x onerror=window.ran=1>"


@pytest.mark.parametrize(
    ("link", "values", "says"),
    [
        pytest.param(f"method={IMAGE}", {"method": IMAGE}, None, id="markup"),
        pytest.param(
            f"allow_origins={IMAGE}&max_age={IMAGE}", {"max_age": IMAGE}, None, id="in a policy"
        ),
        pytest.param(
            "origin=https://attacker.example",
            {},
            "origin cannot be https://attacker.example here; the form has its default.",
            id="another origin",
        ),
        pytest.param(
            "path=//attacker.example/",
            {"path": "/items/"},
            "path cannot be //attacker.example/ here; the form has its default.",
            id="another URL",
        ),
        pytest.param(
            f"{IMAGE.replace('=', '%3D')}=1",
            {},
            f"The form has no field {IMAGE}; it is left out.",
            id="another name",
        ),
        pytest.param(
            "__proto__=1", {}, "The form has no field __proto__; it is left out.", id="prototype"
        ),
        pytest.param(
            "accept_risks=everything",
            {"accept_risks": []},
            "accept_risks cannot be everything here; the form has its default.",
            id="unknown risk",
        ),
        pytest.param("method=%E0%A4%A", {"method": "\ufffd%A"}, None, id="bad escape"),
        pytest.param(
            "scenario=constructor", {}, "There is no scenario constructor.", id="scenario"
        ),
    ],
)
def test_a_strange_link_is_only_values_of_the_form(
    page: Page, link: str, values: dict[str, Any], says: str | None
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    submit(page)
    open_link(page, link)
    got = form_values(page)
    assert {name: got[name] for name in values} == values
    assert notes(page) == ([] if says is None else [says])
    assert page.evaluate("window.ran") is None
    assert page.locator("main img").count() == 0
    assert [url for url in asked if not re.match(r"http://localhost:\d+/", url)] == []


def test_a_link_that_is_too_long_for_the_server_is_an_error(page: Page) -> None:
    open_link(page, f"headers=X-A:{'a' * 70_000}")
    assert verdict(page) == (
        "The playground itself failed: expected a form of at most 64 KiB; use shorter values"
    )
    submit(page)
    assert verdict(page) == "Allowed, as predicted"


def test_a_run_that_fails_has_no_link_and_no_result(page: Page) -> None:
    submit(page)
    page.click("#copy-link")
    expect(page.locator("#copied")).to_have_text("Link to this result copied.")
    submit(page, headers=f"X-A:{'a' * 70_000}")
    expect(page.locator("#copied")).to_have_text("")
    for name in ("#copy-link", "#outcome", "#faults"):
        expect(page.locator(name)).to_be_hidden()
    submit(page)
    expect(page.locator("#copy-link")).to_be_visible()
    expect(page.locator("#outcome")).to_be_visible()


def test_the_menu_has_every_scenario(page: Page) -> None:
    options = page.locator("#scenario option").evaluate_all("all => all.map(one => one.value)")
    assert options == ["", *SCENARIOS]
    groups = page.locator("#scenario optgroup").evaluate_all("all => all.map(one => one.label)")
    assert "What a policy refuses" in groups


def test_a_scenario_of_the_menu_fills_in_the_form_and_runs(page: Page) -> None:
    submit(page)
    latest = int(page.evaluate("document.documentElement.dataset.run"))
    page.get_by_label("Scenario").select_option("refused-method")
    wait_until_done(page, latest + 1)
    assert verdict(page) == "Blocked, as predicted"
    assert page.url.endswith("#scenario=refused-method")

    page.fill("#method", "GET")
    assert page.input_value("#scenario") == ""
    page.fill("#method", "DELETE")
    assert page.input_value("#scenario") == "refused-method"
    submit(page, method="GET")
    assert "scenario" not in page.url


@pytest.mark.parametrize(
    ("field", "value", "again"),
    [("method", "PUT", "GET"), ("origin", "null", None), ("headers", "X-Debug: 1", "")],
)
def test_a_result_of_other_settings_says_so_until_they_are_run(
    page: Page, origins: Origins, field: str, value: str, again: str | None
) -> None:
    open_scenario(page, "simple")
    assert page.inner_text("#old") == ""
    set_field(page, field, value)
    assert page.inner_text("#old") == OLD
    dimmed = "getComputedStyle(document.getElementById('outcome')).opacity"
    assert float(page.evaluate(dimmed)) < 0.6
    set_field(page, field, origins.page if again is None else again)
    assert page.inner_text("#old") == ""
    assert float(page.evaluate(dimmed)) == 1

    set_field(page, field, value)
    page.click("#again")
    expect(page.locator("#old")).to_have_text("")
    expect(page.locator("#again")).to_be_hidden()
    expect(page.locator("#verdict")).to_be_focused()


def set_field(page: Page, name: str, value: str) -> None:
    field = page.locator(f"#{name}")
    if name == "origin":
        field.select_option(value)
    else:
        field.fill(value)


def test_a_tick_makes_a_result_old_and_a_space_does_not(page: Page) -> None:
    submit(page)
    page.fill("#allow_origins", f"  {page.input_value('#allow_origins')}\n")
    assert page.inner_text("#old") == ""
    page.check("#allow_credentials")
    assert page.inner_text("#old") == OLD
    page.uncheck("#allow_credentials")
    assert page.inner_text("#old") == ""


def test_the_problems_of_a_policy_can_be_old_too(page: Page) -> None:
    submit(page, allow_origins="app.example")
    page.fill("#allow_origins", "https://app.example")
    assert page.inner_text("#old") == OLD
