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

OPEN = """scenario => {
    // Without the hash, so that setting it again is a change; this fires no event.
    history.replaceState(null, "", location.pathname);
    location.hash = `scenario=${scenario}`;
    return Number(document.documentElement.dataset.run);
}"""

FINISH = """async number => {
    while (document.documentElement.dataset.done !== String(number)) {
        await new Promise(done => setTimeout(done, 20));
    }
}"""

READ = "id => document.getElementById(id).innerText"


def call(page: Page | Window, function: str, argument: Any) -> Any:
    """Call a JavaScript function in the page."""
    if isinstance(page, Window):
        return page.call(function, argument)
    return page.evaluate(function, argument)


def open_scenario(page: Page | Window, scenario: str) -> None:
    """Follow a link to a scenario while the playground is open, and wait for its result."""
    latest = call(page, OPEN, scenario)
    wait_until_done(page, latest + 1)


def wait_until_done(page: Page | Window, run: int = 1) -> None:
    """Wait until the page shows the result of a run; the page numbers its runs."""
    call(page, FINISH, run)


def submit(page: Page | Window, **values: Any) -> dict[str, Any]:
    """Fill in the form with these values, submit it, and return the result."""
    return call(page, SUBMIT, [values])[0]


def verdict(page: Page | Window) -> str:
    return call(page, READ, "verdict")
