"""How the tests use the page of the playground, in Chromium and in any engine."""

from typing import Any

from playwright.sync_api import Page

from tests.browser.engines import Window

SUBMIT = """async all => {
    const {fill, submit} = await import("/playground/play.js");
    const {prefill} = await import("/playground/prefills.js");
    const results = [];
    for (const values of all) {
        fill({...prefill("", location.origin), ...values});
        results.push(await submit());
    }
    return results;
}"""
"""Fills in the form and submits it, once for each element of a list, as a visitor would."""

OPEN = """link => {
    const latest = Number(document.documentElement.dataset.run);
    if (location.hash === `#${link}`) dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = link;
    return latest;
}"""
"""Follows a link while the playground is open, also the one that it shows."""

FINISH = """async number => {
    while (document.documentElement.dataset.done !== String(number)) {
        await new Promise(done => setTimeout(done, 20));
    }
}"""

READ = "id => document.getElementById(id).innerText"


def call(page: Page | Window, function: str, argument: Any = None) -> Any:
    """Call a JavaScript function in the page."""
    if isinstance(page, Window):
        return page.call(function, argument)
    return page.evaluate(function, argument)


def open_scenario(page: Page | Window, scenario: str) -> None:
    """Follow a link to a scenario, and wait for its result."""
    open_link(page, f"scenario={scenario}")


def open_link(page: Page | Window, link: str) -> None:
    """Follow a link while the playground is open, and wait for its result."""
    latest = call(page, OPEN, link)
    wait_until_done(page, latest + 1)


def wait_until_done(page: Page | Window, run: int = 1) -> None:
    """Wait until the page shows the result of a run; the page numbers its runs."""
    call(page, FINISH, run)


def submit(page: Page | Window, **values: Any) -> dict[str, Any]:
    """Fill in the form with these values, submit it, and return the result."""
    return call(page, SUBMIT, [values])[0]


def verdict(page: Page | Window) -> str:
    return call(page, READ, "verdict")


FORM = """async () => {
    const {readValues} = await import("/playground/form.js");
    return readValues(document.getElementById("form"));
}"""
"""Returns the values of the form."""

PASTE = """text => {
    document.getElementById("text").value = text;
    document.getElementById("paste").requestSubmit();
    return Number(document.documentElement.dataset.run);
}"""


NOTES = "() => [...document.querySelectorAll('#read li')].map(item => item.textContent)"


def form_values(page: Page | Window) -> dict[str, Any]:
    return call(page, FORM)


def paste(page: Page | Window, text: str) -> None:
    """Paste a text that can be read, and wait for the result of what it filled in."""
    latest = call(page, PASTE, text)
    wait_until_done(page, latest + 1)


def notes(page: Page | Window) -> list[str]:
    """Return what the page says about a text or a link."""
    return call(page, NOTES)
