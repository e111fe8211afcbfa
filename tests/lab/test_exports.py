"""Real web servers with exported policies answer as `CORSMiddleware` does."""

from collections import Counter

import pytest

from lab.exports.application import PATHS
from lab.exports.generator import Request, generate
from lab.exports.judging import compare, is_preflight, send
from lab.exports.policies import APP, POLICIES
from lab.exports.running import serving as serving_exports
from lab.exports.servers import APPLICATION, SERVERS, UPSTREAM, export_all
from lab.servers.running import serving
from tests.adapters.contract.facts import Contract, serve
from wsgicors._core.headers import split_list
from wsgicors._core.origins import MAX_ORIGIN_LENGTH
from wsgicors._core.protocol import (
    MAX_REQUESTED_NAMES,
    MAX_REQUESTED_SIZE,
    Preflight,
    preflight,
)
from wsgicors._exporting import SERVERS as WRITERS

REQUESTS = 1_000
HEADERS = ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers")
STRANGER = "https://stranger.example"

REJECTED = {}
"""The policies that a server cannot apply, so that none is left out unseen."""


@pytest.fixture(scope="module")
def upstream():
    with serving(UPSTREAM, APPLICATION) as port:
        yield port


@pytest.fixture(scope="module", params=WRITERS)
def server(request):
    return request.param


@pytest.fixture(scope="module")
def exports(server):
    exports, rejected = export_all(server, POLICIES)
    assert rejected == REJECTED.get(server, [])
    return exports


@pytest.fixture(scope="module")
def connection(server, upstream, exports):
    with serving_exports(SERVERS[server], upstream, exports) as connection:
        yield connection


def test_a_server_answers_random_requests_as_wsgicors_does(server, exports, connection):
    policies = {name: POLICIES[name] for name in exports}
    asked = generate(policies, SERVERS[server].paths, 1, REQUESTS)
    tally = compare(connection, policies, asked)
    assert "\n".join(map(str, tally.differences[:5])) == ""
    assert tally.requests == REQUESTS
    assert tally.allowed > REQUESTS / 5
    assert tally.unreadable < REQUESTS / 10


def test_the_random_requests_reach_each_rule():
    requests = [*generate(POLICIES, PATHS, 1, REQUESTS)]
    origins, reasons = set(), Counter()
    for request in requests:
        asked = Preflight(*(request.get(name) or "" for name in HEADERS))
        policy = POLICIES[request.policy]
        if is_preflight(request):
            reasons[preflight(policy, asked).refusal] += 1
        if asked.origin and not policy.allows_everybody:
            origins.add((len(asked.origin), policy.allows(asked.origin)))
    assert min(reasons.values()) > 10
    assert set(reasons) == {None, "origin-not-allowed", "method-not-allowed", "too-large"}
    assert {(MAX_ORIGIN_LENGTH, True), (MAX_ORIGIN_LENGTH + 1, False)} <= origins
    names = {len(split_list(request.get(HEADERS[2]) or "")) for request in requests}
    sizes = {len(request.get(HEADERS[2]) or "") for request in requests}
    assert {MAX_REQUESTED_NAMES, MAX_REQUESTED_NAMES + 1} <= names
    assert {MAX_REQUESTED_SIZE, MAX_REQUESTED_SIZE + 1} <= sizes


@pytest.mark.parametrize("policy", ["members", "pattern", "tiers-listed"])
@pytest.mark.parametrize("lines", [(APP, STRANGER), (STRANGER, APP)])
def test_two_lines_with_origins_allow_no_origin_that_is_not_listed(connection, policy, lines):
    origins = tuple(("Origin", origin) for origin in lines)
    for request in (
        Request(policy, "ok", "GET", origins),
        Request(policy, "ok", "OPTIONS", (*origins, ("Access-Control-Request-Method", "PUT"))),
    ):
        headers = send(connection, request).headers
        allowed = [value for name, value in headers if name.lower().endswith("allow-origin")]
        assert allowed in ([], [APP])


PLACES = {
    "/items": ("items", "ok"),
    "/account": ("account", "ok"),
    "/public": ("public", "ok"),
    "/open": ("open", "ok"),
    "/uncached": ("uncached", "ok"),
    "/read-only": ("read-only", "ok"),
    "/any-header": ("put-any-header", "ok"),
    "/any-header-and-one-more": ("put-any-header", "ok"),
    "/any-header-and-authorization": ("put-any-header-authorization", "ok"),
    "/missing": ("items", "missing"),
    "/teapot": ("items", "teapot"),
    "/broken": ("items", "broken"),
    "/private": ("items", "private"),
    "/nested/page": ("items", "methods"),
    "/stream": ("items", "ok"),
    "/own-headers": ("items", "own-headers"),
    "/own-headers-with-credentials": ("account", "own-headers"),
    "/own-headers-public": ("public", "own-headers"),
}
"""Where a server has what the paths of the contract have."""

FACTS = [
    "test_a_page_is_allowed_only_if_its_exact_origin_is_listed",
    "test_credentials_are_allowed_only_where_the_policy_says_so",
    "test_everybody_may_read_while_only_some_may_send_cookies",
    "test_only_the_pages_that_the_view_allows_can_read_an_error",
    "test_the_policy_replaces_allow_origin_and_allow_credentials_of_the_app",
    "test_headers_of_the_app_cannot_allow_a_page_that_the_policy_refuses",
    "test_a_refused_page_cannot_send_a_request_that_needs_a_preflight",
    "test_the_browser_caches_a_preflight_response",
    "test_a_method_is_compared_with_its_case",
    "test_a_page_cannot_send_a_method_that_the_url_does_not_serve",
    "test_a_simple_request_is_sent_whatever_methods_a_policy_allows",
    "test_a_page_may_send_only_the_listed_headers",
    "test_a_star_covers_every_header_except_authorization",
    "test_authorization_is_allowed_if_it_is_listed_beside_a_star",
    "test_a_policy_that_allows_every_origin_is_always_sent_without_vary",
    "test_a_preflight_response_does_not_vary_by_origin_if_every_origin_is_allowed",
    "test_max_age_is_sent_only_if_it_is_set_even_if_it_is_zero",
]
"""The facts of the contract that concern one policy, without a router and a body."""


class TestFacts:
    """What is true of an app in every framework is true of a server with an exported policy."""

    @pytest.fixture
    def app(self, connection):
        def forward(environ, start_response):
            lines = {
                name[5:].replace("_", "-"): value
                for name, value in environ.items()
                if name.startswith("HTTP_")
            }
            lines.pop("HOST")
            place = PLACES[environ["PATH_INFO"]]
            answer = send(connection, Request(*place, environ["REQUEST_METHOD"], (*lines.items(),)))
            # The body is not passed on, nor what belongs to the connection.
            # HAProxy sends names in lower case.
            named = [(name.title(), value) for name, value in answer.headers]
            sent = [line for line in named if line[0] not in OF_BODIES]
            kind = [] if answer.status in (204, 304) else [("Content-Type", "text/plain")]
            start_response(f"{answer.status} Of the server", [*kind, *sent])
            return []

        return serve(forward)

    @pytest.fixture
    def app_with_default(self, app):
        return app

    @pytest.fixture
    def calls(self):
        return []

    locals().update({name: vars(Contract)[name] for name in FACTS})


OF_BODIES = {"Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Content-Type"}
