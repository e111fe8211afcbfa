"""Which known departures of Chromium a scenario can come upon, read off the scenario.

What ``explain`` says is a claim, to which ``is_explained`` holds it: the standard with just these
departures has to agree with Chromium.
"""

import re
from collections.abc import Iterator

from tests.browser.differential import simulator
from tests.browser.differential.compare import Disagreement
from tests.browser.differential.model import OPAQUE, Scenario, Step
from tests.browser.differential.observe import Observation

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
_NUMBERS = re.compile("[0-9]+")
_USERINFO = re.compile("//[^/]*@")
_NEGATIVE = re.compile("-[0-9]+")


def is_explained(found: Disagreement) -> bool:
    """Say whether the departures that can show here make the simulator agree with Chromium."""
    codes = explain(found.scenario, found.engine)
    return bool(codes) and simulator.observe_with(found.scenario, codes) == found.engine


def explain(scenario: Scenario, seen: Observation) -> set[str]:
    """Return the codes of the departures that can show in this scenario."""
    return {*_explain_by_headers(scenario), *_explain_by_steps(scenario, seen)}


def _explain_by_headers(scenario: Scenario) -> Iterator[str]:
    """Look for headers, of either side, that Chromium takes otherwise."""
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


def _explain_by_steps(scenario: Scenario, seen: Observation) -> Iterator[str]:
    """Look for what Chromium does otherwise in a fetch, or from one fetch to the next."""
    if any(step.redirect == "error" for step in scenario.steps):
        yield "redirect-needs-location"
    if any(step.mode == "no-cors" for step in scenario.steps) and len(scenario.hops) > 1:
        yield "no-cors-redirect-hides-origin"
        yield "no-cors-credentials-decided-once"
    if len(scenario.hops) > 1 and any(_given(scenario, "set-cookie")):
        yield "redirects-stay-same-site"
    for step in scenario.steps:
        if step.upload_listener:
            uploads = step.body is not None and step.method.upper() not in {"GET", "HEAD"}
            yield "upload-listener-implies-nothing" if uploads else "upload-listener-needs-body"
    if sum(arrival.preflight for arrival in seen.arrivals) and _can_remember_apart(scenario, seen):
        yield "one-preflight-remembered"


def _can_remember_apart(scenario: Scenario, seen: Observation) -> bool:
    """Say whether remembering one preflight as a whole can matter, or not remembering it."""
    if len(scenario.steps) < 2:
        return False
    first, *rest = scenario.steps
    return (
        scenario.page == OPAQUE
        or len(scenario.hops) > 1
        or any(step.type == "rejected" for step in seen.steps)
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
