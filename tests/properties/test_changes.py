"""What the comparison of two audits calls wider is what pages can do more, and nothing else."""

from collections.abc import Callable, Iterable
from functools import cache
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from wsgicors import CORSMiddleware, Endpoint, Policy, PolicyError
from wsgicors.auditing import Row, Survey, diff, document, survey
from wsgicors.testing import Browser, NetworkError

SERVED = ["GET", "POST", "PUT", "DELETE"]
"""The methods of the route, if a router knows them."""

PAGES = ["https://a.example", "https://x.b.example", "https://y.b.example", "https://c.example"]
HEADERS: list[dict[str, str]] = [{}, {"X-A": "1"}, {"X-B": "1"}, {"Authorization": "1"}]
REQUESTS = [*product([*SERVED, "PATCH"], HEADERS, ["include", "omit"])]

ORIGINS = [
    ("*",),
    ("https://a.example",),
    ("https://a.example", "https://x.b.example"),
    ("https://*.b.example",),
    ("https://x.b.example",),
]
CREDENTIALS = [
    False,
    True,
    ("https://a.example",),
    ("https://x.b.example",),
    ("https://*.b.example",),
    ("https://a.example", "https://x.b.example"),
]
METHODS = [None, ("PUT",), ("GET",), ("PUT", "DELETE"), ("*",)]
REQUEST_HEADERS = [(), ("X-A",), ("*",), ("*", "Authorization")]
EXPOSED = [(), ("ETag",), ("ETag", "Link"), ("*",)]
RISKS = ("subdomains-with-credentials",)


class Routed:
    """A resolver that knows the methods of its only route."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __call__(self, environ: object, method: str) -> Endpoint:
        return Endpoint(self.policy, SERVED)

    def survey(self) -> Survey:
        return Survey([Row("/", method, "x", self.policy, "view") for method in SERVED])


def answer(environ: object, start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("ETag", '"1"'), ("Link", "<>"), ("X-Other", "1")])
    return []


Settings = tuple[Any, ...]


def policies() -> list[Settings]:
    """Return the settings of every policy that can work."""
    found = []
    for settings in product(ORIGINS, METHODS, REQUEST_HEADERS, EXPOSED, CREDENTIALS):
        try:
            make(settings)
        except PolicyError:
            continue
        found.append(settings)
    return found


def make(settings: Settings) -> Policy:
    origins, methods, headers, exposed, credentials = settings
    trusted = credentials if isinstance(credentials, tuple) else origins * credentials
    return Policy(
        origins,
        allow_methods=methods,
        allow_headers=headers,
        expose_headers=exposed,
        allow_credentials=credentials,
        accept_risks=RISKS if "https://*.b.example" in trusted else (),
    )


def app_of(settings: Settings, has_router: bool) -> CORSMiddleware:
    policy = make(settings)
    if has_router:
        return CORSMiddleware(answer, resolve=Routed(policy))
    return CORSMiddleware(answer, policy)


@cache
def abilities(settings: Settings, has_router: bool) -> frozenset[tuple[Any, ...]]:
    """Return every request that a page can make, with every header that the page can read."""
    app = app_of(settings, has_router)
    found: set[tuple[Any, ...]] = set()
    for origin, (method, headers, credentials) in product(PAGES, REQUESTS):
        init: dict[str, Any] = {"method": method, "headers": headers, "credentials": credentials}
        browser = Browser(app, at="https://api.example")  # without the last preflights
        try:
            response = browser.page(origin).fetch("https://api.example/", **init)
        except NetworkError:
            continue
        request = origin, method, *headers, credentials
        found |= {(*request, name) for name in ["", *response.headers] if name != "vary"}
    return frozenset(found)


each_policy = st.sampled_from(policies())


@given(each_policy, each_policy, st.booleans())
def test_a_change_is_wider_if_pages_can_do_more_and_narrower_if_they_can_do_less(
    old: Settings, new: Settings, has_router: bool
) -> None:
    before, after = (document(survey(app_of(one, has_router))) for one in (old, new))
    changes = diff(before, after)
    could, can = abilities(old, has_router), abilities(new, has_router)
    assert any(change.wider for change in changes) == bool(can - could)
    assert any(change.narrower for change in changes) == bool(could - can)
