"""Which departures of an engine can show in a scenario, read off the scenario.

What ``explain`` returns is a claim, and ``is_explained`` tests it: the standard with just these
departures has to agree with the engine.
"""

import re
from collections.abc import Iterator

from tests.browser.differential import simulator
from tests.browser.differential.compare import Disagreement
from tests.browser.differential.model import OPAQUE, Scenario, Step
from tests.browser.differential.observe import Observation
from wsgicors.testing.profiles import PROFILES

CLIENT_HINTS = {
    "device-memory",
    "downlink",
    "dpr",
    "ect",
    "rtt",
    "save-data",
    "viewport-width",
    "width",
}
CONDITIONAL = {"if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"}
CACHES = (
    "cached-wildcards-cover-all",
    "one-preflight-remembered",
    "literal-preflight-cache",
    "refused-preflights-cached",
    "fragments-preflight-apart",
    "conditional-fetch-always-preflights",
    "conditional-xhr-always-preflights",
    "redirected-preflights-not-cached",
    "opaque-preflights-not-cached",
)
"""Departures of the preflight cache."""

LISTS = ("allow-methods", "allow-headers")

_NUMBERS = re.compile("[0-9]+")
_USERINFO = re.compile("//[^/]*@")
_NEGATIVE = re.compile("-[0-9]+")


def is_explained(found: Disagreement, engine: str) -> bool:
    """Return whether the departures that can show here make the simulator agree with the engine."""
    names = explain(found.scenario, found.engine, engine)
    return bool(names) and simulator.observe_with(found.scenario, names, engine) == found.engine


def explain(scenario: Scenario, seen: Observation, engine: str) -> set[str]:
    """Return the names of the departures of an engine that can show in this scenario."""
    names = {
        *_explain_by_headers(scenario),
        *_explain_by_steps(scenario, seen),
        *_explain_by_redirects(scenario),
    }
    return names & PROFILES[engine].departures


def _explain_by_headers(scenario: Scenario) -> Iterator[str]:
    """Look for headers of either side."""
    headers = [(name.lower(), value) for step in scenario.steps for name, value in step.headers]
    asked = {name for name, _ in headers}
    if "authorization" in asked and any("*" in v for v in _given(scenario, "allow-headers")):
        yield "wildcard-covers-authorization"
    if asked & CLIENT_HINTS:
        yield "client-hints-safelisted"
    if "user-agent" in asked:
        yield "user-agent-dropped"
    if any(_is_long(value) for name, value in headers if name == "range"):
        yield "long-range-unsafe"
    if any(_USERINFO.search(value) for value in _given(scenario, "location")):
        yield "redirect-userinfo-forbidden"
    if any(_NEGATIVE.fullmatch(value.strip()) for value in _given(scenario, "max-age")):
        yield "negative-max-age-is-zero"
    if any(_given(scenario, "set-cookie")):
        yield "no-lax-by-default"
        yield "same-site-none-needs-no-secure"
        yield "secure-needs-https"
        yield "cookie-prefixes-ignored"
        yield "cookie-contents-unchecked"
        yield "third-party-cookies-blocked"


def _explain_by_steps(scenario: Scenario, seen: Observation) -> Iterator[str]:
    """Look at the options of the steps, and at what one step can leave for the next."""
    if any(step.redirect == "error" for step in scenario.steps):
        yield "redirect-needs-location"
    for step in scenario.steps:
        if step.upload_listener:
            uploads = step.body is not None and step.method.upper() not in {"GET", "HEAD"}
            yield "upload-listener-implies-nothing"
            if not uploads:
                yield "upload-listener-needs-body"
    if sum(arrival.preflight for arrival in seen.arrivals) and _can_remember_apart(scenario, seen):
        yield from CACHES


def _explain_by_redirects(scenario: Scenario) -> Iterator[str]:
    if len(scenario.hops) == 1:
        return
    if any(step.mode == "no-cors" for step in scenario.steps):
        yield "no-cors-redirect-hides-origin"
        yield "no-cors-credentials-decided-once"
    if any(_given(scenario, "set-cookie")):
        yield "redirects-send-same-site"
        yield "redirects-store-same-site"
    yield "preflighted-once-always"
    yield "preflight-names-decided-once"
    yield "headers-dropped-once"
    yield "preflight-keeps-origin"
    yield "literal-preflight-cache"
    if scenario.page == scenario.hops[0].server:
        yield "redirects-checked-with-first-credentials"


def _can_remember_apart(scenario: Scenario, seen: Observation) -> bool:
    """Return whether it can matter how preflights are cached."""
    if len(scenario.steps) < 2:
        return False
    first, *rest = scenario.steps
    return (
        scenario.page == OPAQUE
        or len(scenario.hops) > 1
        or any("*" in value for name in LISTS for value in _given(scenario, name))
        or any(step.type == "rejected" for step in seen.steps)
        or any(step.upload_listener for step in scenario.steps)
        or any(step.method.upper() == "HEAD" for step in scenario.steps)
        or any(_asks(step) != _asks(first) for step in rest)
        or any(name.lower() in CONDITIONAL for step in scenario.steps for name, _ in step.headers)
    )


def _asks(step: Step) -> tuple[object, ...]:
    """Return all that the memory of a preflight depends on."""
    return step.method, step.headers, step.credentials == "include", step.suffix


def _is_long(value: str) -> bool:
    return any(int(number) >= 2**63 - 1 for number in _NUMBERS.findall(value))


def _given(scenario: Scenario, name: str) -> Iterator[str]:
    """Return every value that the servers give a header, named by the end of its name."""
    for hop in scenario.hops:
        for answer in (*hop.preflights, *hop.actuals):
            yield from (value for line, value in answer.lines if line.lower().endswith(name))
