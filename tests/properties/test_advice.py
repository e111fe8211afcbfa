"""Every change that is advised can be made, and in the end the request passes."""

import re
import warnings
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import APP, hello
from tests.properties.strategies import origins, settings
from wsgicors import CORSMiddleware, Endpoint, Policy
from wsgicors._core.problems import RISKS
from wsgicors.explaining import explain

URL = "https://api.example/items"
MAX_ROUNDS = 4

METHODS = ["GET", "POST", "PUT", "PATCH", "patch", "get", "Egg", "egg", "*", "x*", "X" * 101]
NAMES = [
    "X-A",
    "Authorization",
    "Content-Type",
    "Access-Control-Allow-Origin",
    "access-control-max-age",
    "X-*",
    "*",
]
PAGES = [
    APP,
    "http://app.example",
    "null",
    "https://xn--f.example",
    "app://.",
    "http://localhost:3",
]

requests = st.fixed_dictionaries(
    {
        "method": st.sampled_from(METHODS),
        "headers": st.lists(st.sampled_from(NAMES), max_size=3, unique=True).map(
            lambda names: [(name, "application/json") for name in names]
        ),
        "origin": st.sampled_from(PAGES) | origins(),
        "credentials": st.sampled_from(["include", "same-origin"]),
    }
)


def served(policy: Policy | None, methods: list[str] | None) -> Any:
    """Serve an app with a policy; a router knows its methods unless there are none."""
    if methods is None:
        return CORSMiddleware(hello, policy) if policy else CORSMiddleware(hello, resolve=nothing)
    if not methods:
        return CORSMiddleware(hello, resolve=lambda environ, method: policy)
    return CORSMiddleware(hello, resolve=lambda environ, method: Endpoint(policy, methods))


def nothing(environ: Any, method: str) -> None:
    """Find no policy."""


def changed(request: dict[str, Any], sentence: str) -> dict[str, Any]:
    """Return the request after what the sentence says of the page."""
    request = dict(request)
    if "in the page" in sentence:
        upper = request["method"].upper()
        request["method"] = upper if f"Use {upper!r} in" in sentence else "GET"
    if "the page from" in sentence:
        request["origin"] = APP
    request["headers"] = [
        line for line in request["headers"] if f"{line[0].lower()!r}: re" not in sentence
    ]
    return request


@given(
    st.none() | settings(),
    requests,
    st.none() | st.lists(st.sampled_from(METHODS[:4]), unique=True),
)
def test_the_changes_that_are_advised_can_be_made_until_the_request_passes(
    given: dict[str, Any] | None, request: dict[str, Any], methods: list[str] | None
) -> None:
    policy = None if given is None else Policy(**given)
    seen = []
    for _ in range(MAX_ROUNDS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            explanation = explain(url=URL, servers=served(policy, methods), **request)
        change = explanation.change
        if change is None:
            break
        seen.append(change)
        assert change.side in ("server", "page")
        assert change.headers == ()
        if change.side == "page":
            request = changed(request, change.sentence)
        if missing := re.search("the resolver list '(.*)' among", change.sentence):
            methods = [*(methods or ()), missing[1]]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            base = policy or (Policy("*") if change.settings else None)
            policy = base and base.derive(**change.settings)
    assert explanation.verdict == "allowed", seen


VALUES = {
    "Access-Control-Allow-Origin": [
        *("*", "null", APP, f"{APP}/", f"{APP}, *", "https://*.app.example", "$origin", ""),
        *("http://app.example", "https://www.app.example", "app.example", "https://x.example"),
    ],
    "Access-Control-Allow-Credentials": ["true", "True", "true, true", "no", '"true"'],
    "Access-Control-Allow-Methods": ["*", "GET, PUT", "GET PUT", "TRACE, PATCH", "egg", "x*"],
    "Access-Control-Allow-Headers": [
        *("*", "X-A", "Access-Control-Allow-Origin, X-A", "a b", "authorization", "Cookie, X-B"),
    ],
    "Acess-Control-Allow-Origin": ["*"],
}

lines_sent = st.lists(
    st.sampled_from([*VALUES]).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(VALUES[name]))
    ),
    max_size=6,
)


def by_hand(lines: list[tuple[str, str]], status: str) -> Any:
    """Serve an app that sends header lines, and preflights a status."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        asks = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        start_response(status if asks else "200 OK", lines)
        return []

    return app


@given(lines_sent, st.sampled_from(["204 No Content", "404 X", "403 X", "500 X"]), requests)
def test_header_lines_are_such_as_a_policy_sends_and_let_the_request_pass(
    lines: list[tuple[str, str]], status: str, request: dict[str, Any]
) -> None:
    seen = []
    for _ in range(MAX_ROUNDS):
        explanation = explain(url=URL, servers=by_hand(lines, status), **request)
        change = explanation.change
        if change is None:
            break
        seen.append(change)
        assert change.side in ("server", "page")
        if change.side == "page":
            request = changed(request, change.sentence)
        status = f"{change.status} OK" if change.status else status
        sent = dict(change.headers)
        lines = [line for line in lines if line[0] not in sent] + [*sent.items()]
        _check_policy(sent)
    assert explanation.verdict == "allowed", seen


def _check_policy(sent: dict[str, str]) -> None:
    """Check that a policy takes what the header lines allow."""
    settings: dict[str, Any] = {
        "allow_origins": sent.get("Access-Control-Allow-Origin", APP),
        "allow_credentials": "Access-Control-Allow-Credentials" in sent,
        "allow_methods": sent.get("Access-Control-Allow-Methods") or None,
        "allow_headers": sent.get("Access-Control-Allow-Headers") or [],
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Policy(**settings, accept_risks=sorted(RISKS))
