"""How tests use the page of the playground."""

from typing import Any

from playwright.sync_api import Page

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
"""Fills the form anew and submits it, many times over, as a visitor would."""


def open_scenario(page: Page, scenario: str) -> None:
    """Follow a link of the scenarios' page, with the playground open already."""
    page.evaluate(
        """scenario => {
            delete document.documentElement.dataset.done;
            location.hash = "";
            location.hash = `scenario=${scenario}`;
        }""",
        scenario,
    )
    wait_until_done(page)


def wait_until_done(page: Page) -> None:
    page.wait_for_selector("html[data-done=true]", timeout=60_000)


def submit(page: Page, **values: Any) -> dict[str, Any]:
    """Fill the form with these values, submit it, and return what came of it."""
    return page.evaluate(SUBMIT, [values])[0]


def verdict(page: Page) -> str:
    return page.inner_text("#verdict")
