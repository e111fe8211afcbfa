"""The field into which people paste."""

from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from examples.demo.playground.pasted import EXPECTED, LONGEST_TEXT
from examples.demo.serve import Origins
from tests.browser.playground.driving import (
    PASTE,
    form_values,
    notes,
    paste,
    submit,
    verdict,
    wait_until_done,
)

CURL = (
    "curl https://api.example.com/items -X PUT -H 'Origin: https://app.example.com' "
    "-H 'Authorization: Bearer 0123456789abcdef' -b 'session=hunter22'"
)


def test_a_pasted_command_fills_in_the_request_and_runs_it(page: Page, origins: Origins) -> None:
    submit(page, allow_headers="Authorization", expose_headers="ETag", allow_credentials=True)
    before = form_values(page)
    paste(page, CURL)
    assert verdict(page) == "Allowed, as predicted"
    request = {"method": "PUT", "headers": "Authorization: Bearer hidden", "credentials": "include"}
    assert form_values(page) == before | request | {"origin": origins.page}
    assert notes(page)[0] == (
        f"https://app.example.com becomes {origins.page}, another origin of the API's site."
    )
    expect(page.locator("#read")).to_be_focused()


def test_secrets_are_not_in_the_link_the_page_or_the_request(page: Page) -> None:
    submit(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(str(request.all_headers())))
    paste(page, CURL)
    shown = page.url + page.inner_text("body") + str(form_values(page)) + "".join(sent)
    assert "Authorization:+Bearer+hidden" in page.url
    assert [one for one in ("0123456789abcdef", "hunter22") if one in shown] == []


def test_the_secrets_of_a_form_are_not_in_its_link(page: Page) -> None:
    submit(page, headers="Authorization: Bearer 0123456789abcdef\nX-Debug: 1")
    assert "0123456789abcdef" not in page.url
    assert "headers=Authorization:+Bearer+hidden%0AX-Debug:+1&" in page.url
    page.click("#copy-link")
    expect(page.locator("#copied")).to_have_text(
        "Link to this result copied. Secrets are left out of it: Authorization."
    )


def test_no_field_into_which_people_type_has_its_secrets_in_the_link(page: Page) -> None:
    submit(
        page,
        method="token=0123456789abcdef",
        headers="Authorization Bearer 0123456789abcdef\nX-Debug: 1",
        allow_origins="https://user:hunter22@app.example\nhttps://app.example",
        allow_headers="X-Api-Key: hunter22",
    )
    link = unquote(page.url)
    assert [secret for secret in ("0123456789abcdef", "hunter22") if secret in link] == []
    assert "headers=hidden\nX-Debug:+1&" in link
    assert "allow_origins=https://hidden@app.example\nhttps://app.example&" in link
    page.click("#copy-link")
    expect(page.locator("#copied")).to_have_text(
        "Link to this result copied. Secrets are left out of it: method, a header without a colon, "
        "allow_origins, allow_headers."
    )


HOLD = """answers => {
    const {fetch} = window;
    window.held = [];
    window.fetch = async (...request) => {
        if (request[0] !== "/playground/texts") return fetch(...request);
        if (window.held.length === answers - 1) window.fetch = fetch;
        const response = await fetch(...request);
        await new Promise(resolve => window.held.push(resolve));
        return response;
    };
}"""
"""Holds the answers to the next texts until ``RELEASE`` lets one go, and the page has read it."""

RELEASE = """async number => {
    const wait = () => new Promise(done => setTimeout(done, 20));
    while (window.held.length <= number) await wait();
    window.held[number]();
    for (let times = 0; times < 10; times++) await wait();
}"""


def test_an_earlier_text_that_is_read_later_is_not_used(page: Page) -> None:
    submit(page)
    page.evaluate(HOLD, 2)
    page.evaluate(PASTE, "curl https://api.example.com/ -X DELETE -H 'Origin: null'")
    page.wait_for_function("window.held.length === 1")
    latest = int(page.evaluate(PASTE, CURL))
    page.evaluate(RELEASE, 1)
    wait_until_done(page, latest + 1)
    before = form_values(page), notes(page)
    page.evaluate(RELEASE, 0)
    assert (form_values(page), notes(page)) == before
    assert form_values(page)["method"] == "PUT"


def test_a_form_that_is_changed_while_a_text_is_read_keeps_the_change(page: Page) -> None:
    submit(page)
    page.evaluate(HOLD, 1)
    page.evaluate(PASTE, CURL)
    page.fill("#method", "DELETE")
    page.evaluate(RELEASE, 0)
    assert form_values(page)["method"] == "DELETE"
    assert notes(page) == [
        "The form was changed while the text was read, so it stays as it is. To use the text, "
        "press Fill in again."
    ]
    expect(page.locator("#method")).to_be_focused()


def test_an_answer_that_is_not_json_is_a_sentence_at_the_field(page: Page) -> None:
    submit(page)
    page.route("**/playground/texts", lambda route: route.fulfill(status=500, body="<h1>Oops"))
    page.evaluate(PASTE, CURL)
    problem = "The server answered with status 500."
    expect(page.locator("#text-problem")).to_have_text(problem)
    page.unroute("**/playground/texts")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("GET /items", f"{EXPECTED}; copy one of these"),
        ("<img src=x onerror=window.ran=1>", f"{EXPECTED}; copy one of these"),
        ("fetch('https://a.example', {mode: '<b>'})", "'<b>' is not a value of mode; use cors,"),
        ("curl https://a.example -b a=" + "x" * LONGEST_TEXT, "expected at most 20,000 characters"),
        ("curl https://a.example -b a=" + "é" * 70_000, "expected at most 20,000 characters"),
    ],
    ids=["other text", "markup", "unknown value", "long", "longer than the server takes"],
)
def test_a_text_that_cannot_be_read_is_an_error_at_the_field(
    page: Page, text: str, problem: str
) -> None:
    submit(page, method="DELETE")
    before = form_values(page), page.url, verdict(page)
    page.fill("#text", text)
    page.click("#paste button")
    field = page.locator("#text")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    shown = page.get_by_role("alert").inner_text()
    assert shown.startswith(problem)
    assert page.locator("#text").get_attribute("aria-describedby") == "text-hint text-problem"
    assert (form_values(page), page.url, verdict(page)) == before
    assert page.evaluate("window.ran") is None

    paste(page, CURL)
    expect(field).to_have_attribute("aria-invalid", "false")
    assert page.text_content("#text-problem") == ""


def test_ctrl_and_enter_in_the_field_fill_in_the_form(page: Page) -> None:
    submit(page)
    page.fill("#text", CURL)
    page.press("#text", "Control+Enter")
    expect(page.locator("#read")).to_be_focused()
    assert form_values(page)["method"] == "PUT"


def test_what_a_policy_cannot_have_is_shown_at_its_field(page: Page) -> None:
    paste(
        page, "HTTP/2 200\naccess-control-allow-origin: *\naccess-control-allow-credentials: true"
    )
    assert verdict(page) == "This policy cannot work: 1 problem"
    assert form_values(page)["allow_origins"] == "*"
