"""How the tests use the page of the playground."""

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
"""Fills in the form and submits it, once for each element of a list, as a visitor would."""


def open_scenario(page: Page, scenario: str) -> None:
    """Follow a link to a scenario while the playground is open, and wait for its result."""
    latest = page.evaluate(
        """scenario => {
            // Without the hash, so that setting it again is a change; this fires no event.
            history.replaceState(null, "", location.pathname);
            location.hash = `scenario=${scenario}`;
            return Number(document.documentElement.dataset.run);
        }""",
        scenario,
    )
    wait_until_done(page, latest + 1)


def wait_until_done(page: Page, run: int = 1) -> None:
    """Wait until the page shows the result of a run; the page numbers its runs."""
    page.wait_for_selector(f"html[data-done='{run}']", timeout=60_000)


def submit(page: Page, **values: Any) -> dict[str, Any]:
    """Fill in the form with these values, submit it, and return the result."""
    return page.evaluate(SUBMIT, [values])[0]


def verdict(page: Page) -> str:
    return page.inner_text("#verdict")
