"""The page: by keyboard, on a phone, and with any text of a visitor."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from examples.demo.playground.pasted import CHOICES
from examples.demo.playground.proof import USUAL
from examples.demo.serve import Origins
from tests.browser.playground.driving import (
    form_values,
    open_link,
    open_scenario,
    submit,
    verdict,
    wait_until_done,
)
from wsgicors import Policy, PolicyError

PHONE: ViewportSize = {"width": 390, "height": 844}


def test_each_page_has_the_way_to_the_other(chromium: Browser, origins: Origins) -> None:
    with closing(chromium.new_page()) as page:
        page.goto(origins.page)
        page.locator("#refused-method .play").press("Enter")
        wait_until_done(page)
        assert page.url == f"{origins.page}/playground/#scenario=refused-method"
        page.click("#back")
        expect(page).to_have_url(f"{origins.page}/#refused-method")
        expect(page.locator("#refused-method")).to_be_in_viewport()
        page.locator("#playground").press("Enter")
        wait_until_done(page)
        page.click("#back")
        expect(page).to_have_url(f"{origins.page}/")


def test_the_example_at_the_top_is_blocked(page: Page) -> None:
    open_link(page, "")
    page.locator("#headers").press("Control+End")
    page.keyboard.type("\nX-Debug: 1")
    page.click("#go")
    expect(page.locator("#verdict")).to_have_text("Blocked, as predicted")
    submit(page)


def test_the_form_works_by_keyboard_alone(page: Page) -> None:
    submit(page)
    tab_to(page, "method")
    page.keyboard.type("DELETE")
    tab_to(page, "allow_methods")
    page.keyboard.type("GET, PUT")
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_be_focused()
    assert verdict(page) == "Blocked, as predicted"

    tab_to(page, "copy")
    page.keyboard.press("Enter")
    expect(page.locator("#copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert 'allow_methods=["GET", "PUT"],' in copied
    assert copied == page.text_content("#source")


def test_a_text_area_submits_with_ctrl_and_enter(page: Page) -> None:
    submit(page)
    tab_to(page, "headers")
    page.keyboard.type("X-Debug: 1")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#verdict")).to_be_focused()
    assert "allow_headers: add x-debug" in page.inner_text("#because")


@pytest.mark.parametrize("start", ["scenario", "method", "allow_credentials", "copy-link"])
@pytest.mark.parametrize("keys", ["Control+Enter", "Meta+Enter"])
def test_ctrl_and_enter_run_the_form_from_anywhere(page: Page, start: str, keys: str) -> None:
    submit(page)
    runs = "Number(document.documentElement.dataset.run)"
    before = page.evaluate(runs)
    page.locator(f"#{start}").press(keys)
    expect(page.locator("#verdict")).to_be_focused()
    wait_until_done(page, before + 1)
    assert page.evaluate(runs) == before + 1


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844), (360, 640)])
def test_the_run_button_is_in_reach_wherever_the_page_is_scrolled_to(
    page: Page, width: int, height: int
) -> None:
    usual = page.viewport_size
    assert usual is not None
    page.set_viewport_size({"width": width, "height": height})
    open_scenario(page, "refused-header")
    for part in (0, 0.3, 0.6, 1):
        page.evaluate(SCROLL, part)
        assert page.evaluate(IN_REACH)
    page.set_viewport_size(usual)


SCROLL = """part => {
    const {scrollHeight, clientHeight} = document.documentElement;
    scrollTo({top: part * (scrollHeight - clientHeight), behavior: "instant"});
}"""

IN_REACH = """() => {
    const button = document.getElementById("go");
    const {left, top, width, height, bottom} = button.getBoundingClientRect();
    const found = document.elementFromPoint(left + width / 2, top + height / 2);
    return button.contains(found) && top >= 0 && bottom <= innerHeight;
}"""


@pytest.mark.parametrize("height", [757, 900])
def test_in_a_wide_window_the_run_button_is_above_the_form(page: Page, height: int) -> None:
    usual = page.viewport_size
    assert usual is not None
    page.set_viewport_size({"width": 1280, "height": height})
    page.evaluate(SCROLL, 0)
    edges = page.evaluate(EDGES)
    page.set_viewport_size(usual)
    assert edges["end"] <= edges["start"]


EDGES = """() => ({
    end: document.querySelector(".go").getBoundingClientRect().bottom,
    start: document.querySelector("#form fieldset").getBoundingClientRect().top,
})"""


@pytest.mark.parametrize(("key", "start"), [("Tab", 0), ("Shift+Tab", 1)])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_field_with_the_focus_is_behind_the_run_button(
    page: Page, key: str, start: int, width: int
) -> None:
    usual = page.viewport_size
    assert usual is not None
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(reduced_motion="reduce")
    submit(page)
    page.locator("#copy" if start else "#scenario").focus()
    page.evaluate(SCROLL, start)
    passed = []
    for _ in range(25):
        page.keyboard.press(key)
        passed.append(page.evaluate(COVERED))
    page.emulate_media(reduced_motion="no-preference")
    page.set_viewport_size(usual)
    assert len([name for name, _ in passed if name]) > 10
    assert [name for name, is_covered in passed if name and is_covered] == []


COVERED = """() => {
    const focused = document.activeElement;
    const own = focused.getBoundingClientRect();
    const {top, bottom} = document.querySelector(".go").getBoundingClientRect();
    const isInForm = focused.closest("#form") && focused.id !== "go";
    return [isInForm ? focused.id || focused.tagName : "", own.bottom > top && own.top < bottom];
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until this element has the focus, and select its text."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == name:
            page.keyboard.press("Control+A")
            return
    pytest.fail(f"the keyboard never reaches {name}")


def test_every_field_has_a_label(page: Page) -> None:
    fields = page.locator("form :is(input, select, textarea)")
    labels = fields.evaluate_all("all => all.map(field => field.labels[0]?.textContent.trim())")
    assert len(labels) > 12
    assert all(labels)


def test_the_menus_have_the_values_that_the_server_knows(page: Page) -> None:
    menus = {
        name: page.locator(f"#{name} option").evaluate_all("all => all.map(one => one.value)")
        for name in CHOICES
    }
    assert menus == {name: [*values] for name, values in CHOICES.items()}


def test_the_form_begins_with_the_defaults_of_a_policy(page: Page, origins: Origins) -> None:
    open_link(page, "")
    values = form_values(page)
    assert {name: values[name] for name in USUAL} == USUAL | {"allow_origins": origins.page}


def test_the_problems_of_an_invalid_policy_are_shown_at_their_fields(page: Page) -> None:
    faulty = "app.example\nhttps://app.example/"
    result = submit(page, allow_origins=faulty, allow_methods="TRACE", max_age="soon")
    assert verdict(page) == "This policy cannot work: 4 problems"
    messages = page.locator("#all-problems li").all_inner_texts()
    with pytest.raises(PolicyError) as caught:
        Policy(faulty.split(), allow_methods=["TRACE"], max_age="soon")  # type: ignore[arg-type]
    expected = [f"{problem.setting} {problem.message}" for problem in caught.value.problems]
    assert messages == expected
    assert len(result["problems"]) == len(expected)
    invalid = page.locator("[aria-invalid=true]").evaluate_all("all => all.map(e => e.id)")
    assert invalid == ["allow_origins", "allow_methods", "max_age"]
    assert page.locator("#allow_origins-problems li").count() == 2

    submit(page)
    assert verdict(page) == "Allowed, as predicted"
    assert page.locator("[aria-invalid=true], .problems li:visible").count() == 0


def test_an_accepted_risk_allows_sandboxed_frames(page: Page) -> None:
    values = {"origin": "null", "allow_origins": "null"}
    assert submit(page, **values)["problems"][0]["code"] == "opaque-origin"
    submit(page, **values, accept_risks=["opaque-origin"])
    assert verdict(page) == "Allowed, as predicted"
    assert 'accept_risks=["opaque-origin"],' in page.inner_text("#source")


def test_the_diagram_draws_every_message_and_describes_it_in_words(
    page: Page, origins: Origins
) -> None:
    open_scenario(page, "redirect")
    labels = page.locator("#diagram .message .label").all_text_contents()
    messages = ["OPTIONS /items  preflight", "204 No Content", "PUT /items"]
    messages += ["308 PERMANENT REDIRECT", "OPTIONS /items/  preflight", "204 No Content"]
    assert labels == [*messages, "PUT /items/", "200 OK"]
    headers = page.locator("#diagram .header.cors").all_text_contents()
    assert "Access-Control-Request-Method: PUT" in headers
    assert page.get_by_role("img", name="Requests and responses", exact=True).count() == 1
    described = page.locator("#diagram desc").text_content()
    assert described is not None
    assert described.startswith(f"From {origins.page} to {origins.play}: preflight OPTIONS")


def test_the_diagram_is_drawn_again_for_another_width(page: Page) -> None:
    open_scenario(page, "redirect")
    with on_a_phone(page):
        page.wait_for_function("document.querySelector('#diagram svg').clientWidth < 390")
    page.wait_for_function("document.querySelector('#diagram svg').clientWidth > 390")
    assert page.locator("#diagram svg").count() == 1


@pytest.mark.parametrize(
    "scenario", ["refused-origin", "refused-method", "refused-header", "wildcard-credentials"]
)
def test_chromium_prints_what_the_table_says(page: Page, scenario: str) -> None:
    submit(page)
    with page.expect_console_message(lambda message: "CORS policy" in message.text) as printed:
        open_scenario(page, scenario)
    console = page.inner_text("#engines tr[data-engine=chromium] td[data-column=console]")
    assert re.sub("/play/[0-9a-f]+", "", printed.value.text) == console


def test_an_earlier_run_that_ends_later_is_not_shown(page: Page) -> None:
    submit(page)
    page.evaluate(
        """async () => {
            const {submit} = await import("/playground/play.js");
            const {fetch} = window;
            const released = new Promise(resolve => (window.release = resolve));
            window.fetch = async (...request) => {
                window.fetch = fetch;
                await released;
                return fetch(...request);
            };
            window.earlier = submit();
        }"""
    )
    submit(page, allow_origins="https://elsewhere.example")
    assert verdict(page) == "Blocked, as predicted"
    earlier = page.evaluate("() => { window.release(); return window.earlier; }")
    assert earlier["actual"]["outcome"] == "allowed"
    assert verdict(page) == "Blocked, as predicted"


def test_text_of_the_visitor_is_not_read_as_html(page: Page) -> None:
    image = "<img src=x onerror=window.ran=1>"
    submit(page, allow_origins=image, allow_headers=image, max_age=image)
    assert image in page.inner_text("#all-problems")
    submit(page, allow_origins="*", allow_headers="X-A", headers=f"X-A: {image}")
    assert verdict(page) == "Allowed, as predicted"
    assert image in page.inner_text("#diagram")
    submit(page, method=image)
    assert image in page.inner_text("#because")
    assert page.locator("main img").count() == 0
    assert page.evaluate("window.ran") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("scenario", ["redirect", "refused-header"])
def test_the_playground_fits_a_phone(
    page: Page, scheme: Literal["light", "dark"], scenario: str
) -> None:
    with on_a_phone(page, scheme):
        open_scenario(page, scenario)
        page.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        submit(page, allow_origins="app.example", max_age="x" * 200)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@contextmanager
def on_a_phone(page: Page, scheme: Literal["light", "dark"] = "light") -> Iterator[None]:
    """Give a page the screen of a phone until the block ends."""
    usual = page.viewport_size
    assert usual is not None
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(PHONE)
    yield
    page.set_viewport_size(usual)
