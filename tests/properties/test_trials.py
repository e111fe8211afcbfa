"""Trials change no response, and report exactly what a browser would lose under the trial.

Headers of CORS itself, which ``*`` exposes too, are not worth a report.
"""

from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st

from tests.properties.exchange import call
from tests.properties.strategies import (
    EXPOSED_NAMES,
    METHODS,
    REQUEST_NAMES,
    admitted,
    settings,
)
from tests.properties.test_policies import changes
from tests.properties.test_requests import cases, listening, wrappings
from wsgicors import CORSMiddleware, Event, Policy, PolicyError
from wsgicors.testing import Browser, NetworkError

API = "https://api.example"


@given(wrappings, cases, settings())
def test_a_trial_changes_no_response(
    wrapping: Any, case: tuple[dict[str, Any], dict[str, Any]], tried: dict[str, Any]
) -> None:
    given, request = case
    policy = Policy(**given)
    with listening():
        seen = call(wrapping(policy.with_trial(Policy(**tried))), request)
    assert seen == call(wrapping(policy), request)


@st.composite
def trials(draw: Any) -> tuple[Policy, Policy, str]:
    """Make a policy, what is tried in its place, and the origin of a page."""
    policy = Policy(**draw(settings()))
    try:
        trial = policy.derive(**draw(changes))
    except PolicyError:
        assume(False)
        raise
    either = [*policy.allow_origins, *trial.allow_origins]
    return policy, trial, draw(admitted(either))


class Page:
    """A page, and what it can see of a response with all headers that policies may expose."""

    def __init__(self, policy: Policy, origin: str, request: dict[str, Any], own: Any) -> None:
        self.events: list[Event] = []
        wrapped = CORSMiddleware(self.respond, policy, observer=self.events.append)
        self.own = own
        self.has_cookies = request["credentials"] == "include"

        def app(environ: dict[str, Any], start_response: Any) -> Any:
            if self.has_cookies and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" not in environ:
                environ["HTTP_COOKIE"] = "a=1"
            return wrapped(environ, start_response)

        self.read: set[str] | None
        """The names of the headers that the page can read; ``None`` if it is blocked."""
        try:
            response = Browser(app, at=API).page(origin).fetch(f"{API}/", **request)
            sent = {name.lower() for name, _ in own if not name.startswith("Access-Control-")}
            self.read = sent & {name.lower() for name in response.headers}
        except NetworkError:
            self.read = None

    def respond(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", self.own)
        return [b""]


fetches = st.fixed_dictionaries(
    {
        "method": st.sampled_from(METHODS),
        "headers": st.dictionaries(st.sampled_from(REQUEST_NAMES), st.just("1"), max_size=2),
        "credentials": st.sampled_from(["omit", "include"]),
    }
)
own_headers = st.lists(
    st.sampled_from(
        [
            *((name, "1") for name in [*EXPOSED_NAMES, "X-Other", "Expires"]),
            ("Access-Control-Expose-Headers", "X-Other, etag"),
            ("Access-Control-Expose-Headers", "*"),
        ]
    ),
    max_size=4,
)


@given(trials(), fetches, own_headers)
def test_what_is_reported_is_what_a_browser_would_lose(
    case: tuple[Policy, Policy, str], request: dict[str, Any], own: list[tuple[str, str]]
) -> None:
    policy, trial, origin = case
    now = Page(policy.with_trial(trial), origin, request, own)
    then = Page(trial, origin, request, own)
    reasons = [seen.reason for seen in now.events if seen.outcome == "trial"]
    with_credentials = request["credentials"] == "include"
    if now.read is None and with_credentials:
        return  # a preflight does not show that the request will have credentials
    if "credentials-not-allowed" in reasons and not with_credentials:
        return  # the request does not show that the page has set Authorization by itself
    loses = now.read is not None and (then.read is None or not now.read <= then.read)
    event(f"loses: {loses}")
    assert bool(reasons) == loses
