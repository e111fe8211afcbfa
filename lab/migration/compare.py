"""Play a scenario before and after the migration, and compare what the page can do."""

import functools
from importlib import import_module
from typing import NamedTuple

from lab.migration.reasons import REASONS
from lab.migration.scenarios import SCENARIOS, Scenario
from wsgicors.testing import Browser, CORSBlocked

AT = {
    "notes": "https://api.notes.example",
    "orders": "https://api.shop.example",
    "catalogue": "https://api.shop.example",
}
"""The origin of each app."""

UNSAFE = "a shared cache may serve it to other pages"
SAFE = "a shared cache serves each page its own response"


class Outcome(NamedTuple):
    """What the page could do."""

    powers: frozenset[str]
    text: str


@functools.cache
def _app(version: str, name: str):
    return import_module(f"lab.migration.{version}.{name}").make_app()


def play(version: str, name: str, scenario: Scenario) -> Outcome:
    """Send the request in a new browser."""
    browser = Browser(_app(version, name), at=AT[name])
    if scenario.is_logged_in:
        _log_in(browser, AT[name])
    return attempt(browser, AT[name], scenario)


def attempt(browser: Browser, at: str, scenario) -> Outcome:
    """Send the request of a page, and return what the page could do.

    :param at: the app's origin.
    """
    page = browser.page(scenario.page or at)
    method, _, path = scenario.request.partition(" ")
    body = '{"user": "ada"}' if scenario.headers and method != "GET" else None
    credentials = "include" if scenario.credentials else "same-origin"
    try:
        response = page.fetch(
            at + path, method=method, headers=scenario.headers, body=body, credentials=credentials
        )
    except CORSBlocked:
        response = None
    if scenario.is_cached:
        return _as_cached(page.log[-1].response)
    if response is not None:
        return _as_read(response, scenario.reads)
    is_sent = any(exchange.kind == "request" for exchange in page.log)
    return Outcome(frozenset({"send"}), "sent, not readable") if is_sent else NOTHING


NOTHING = Outcome(frozenset(), "not sent")


def _log_in(browser, at):
    """Visit the app's own pages."""
    headers = {"Content-Type": "application/json"}
    browser.page(at).fetch(f"{at}/login", method="POST", headers=headers, body='{"user": "ada"}')


def _as_read(response, header) -> Outcome:
    powers, text = {"send", f"read {response.status}"}, f"reads {response.status}"
    if header and header in response.headers:
        powers.add(f"read {header}")
        text += f" and `{header}`"
    return Outcome(frozenset(powers), text)


def _as_cached(raw) -> Outcome:
    varies = "origin" in (raw.get("Vary") or "").lower().split(", ")
    is_safe = varies or raw.get("Access-Control-Allow-Origin") == "*"
    return Outcome(frozenset(), SAFE) if is_safe else Outcome(frozenset({UNSAFE}), UNSAFE)


def kind(before: Outcome, after: Outcome) -> str:
    """Return how the outcome has changed."""
    if before.powers == after.powers:
        return "same"
    if after.powers < before.powers:
        return "stricter"
    assert after.powers > before.powers, f"neither a subset nor a superset: {before}, {after}"
    return "fixed"


def table() -> str:
    """Return the comparison as a table for the docs."""
    lines: list[str] = []
    counts = {"same": 0, "stricter": 0, "fixed": 0}
    for name, scenarios in SCENARIOS.items():
        lines += [
            "",
            f"| The app `{name}` | Request | Before | After | Change |",
            "|---|---|---|---|---|",
        ]
        for scenario in scenarios:
            before, after = play("before", name, scenario), play("after", name, scenario)
            change = kind(before, after)
            counts[change] += 1
            why = f"**{change}**. {REASONS[scenario.why].text}" if scenario.why else change
            cells = (scenario.what, f"`{scenario.request}`", before.text, after.text, why)
            lines.append(f"| {' | '.join(cells)} |")
    total = f"{sum(counts.values())} scenarios: {counts['same']} end as before, "
    total += f"{counts['stricter']} are stricter, {counts['fixed']} are fixed."
    return "\n".join([total, *lines, ""])
