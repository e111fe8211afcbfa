"""The attacks on other CORS libraries, repeated on this library.

The mark `advisory` of a test names the advisories whose attack it repeats. The last test compares
them with the list in docs/advisories.md.
"""

import io
import logging
import re
from functools import partial
from itertools import permutations
from pathlib import Path

import pytest
from flask import Flask

from tests.helpers import APP, Response, environ, hello, preflight
from tests.security.apps import EVIL, flask_app, raw_app, read, werkzeug_app
from tests.security.cost import work
from wsgicors import CORSMiddleware, Policy, PolicyError, wrap
from wsgicors._core.problems import RISKS
from wsgicors._resolver import SinglePolicy
from wsgicors.flask import CORS, cors

PAGE = Path(__file__).parents[2] / "docs" / "advisories.md"

OURS = Policy(APP, allow_credentials=True)
PUBLIC = Policy("*")

HOSTILE_SIZE = 2**20
"""Characters of a hostile header: more than any server accepts."""

MOST_READ = 8 * 1024
"""Characters of requested headers that are read at most."""

MOST_CALLS = 2_000
"""Calls of functions, also built-in, that a request may take with headers of any size.

Advice in debug mode takes up to 1,000. A call for each comma of the headers would be 500,000.
"""

MOST_MEMORY = 64 * 1024
"""Bytes that a request may allocate with headers of any size."""


ROUTED = [pytest.param(flask_app, id="flask"), pytest.param(werkzeug_app, id="werkzeug")]
ALL = [*ROUTED, pytest.param(raw_app, id="raw")]


# Paths


@pytest.mark.advisory("CVE-2020-25032", "CVE-2019-18978")
@pytest.mark.parametrize(
    "path",
    ["/open/..%2fkeys", "/open/%2e%2e%2fkeys", "/open/x%2f..%2f..%2fkeys", "/open%2f.%2f..%2fkeys"],
)
@pytest.mark.parametrize("make", ALL)
def test_dots_in_a_path_do_not_apply_a_policy_to_another_path(make, path):
    app = make({"/open": PUBLIC, "/open/<path:name>": PUBLIC, "/keys": OURS})
    assert read(app, "/open") == "/open"
    assert read(app, "/keys", APP) == "/keys"
    assert read(app, path) in {None, "/open/<path:name>"}


@pytest.mark.advisory("CVE-2024-6844")
@pytest.mark.parametrize("make", ALL)
def test_a_plus_in_a_path_is_a_plus(make):
    app = make({"/a b": PUBLIC, "/a+b": OURS})
    assert read(app, "/a%20b") == "/a b"
    for path in ["/a+b", "/a%2bb", "/a%2Bb"]:
        assert read(app, path, APP) == "/a+b"
        assert read(app, path) is None


@pytest.mark.advisory("CVE-2024-6866")
@pytest.mark.parametrize("make", ALL)
def test_the_case_of_a_path_counts(make):
    app = make({"/Keys": PUBLIC, "/keys": OURS})
    assert read(app, "/Keys") == "/Keys"
    assert read(app, "/keys", APP) == "/keys"
    assert read(app, "/keys") is None
    assert read(app, "/KEYS") is None


@pytest.mark.advisory("CVE-2024-6839")
@pytest.mark.parametrize("order", [1, -1], ids=["wide-first", "strict-first"])
@pytest.mark.parametrize("make", ROUTED)
def test_a_long_pattern_does_not_take_precedence_over_the_view_that_answers(make, order):
    policies = {"/api/<path:anything_that_is_not_listed>": PUBLIC, "/api/<int:key>": OURS}
    app = make(dict(list(policies.items())[::order]))
    assert read(app, "/api/x") == "/api/<path:anything_that_is_not_listed>"
    assert read(app, "/api/1", APP) == "/api/<int:key>"
    assert read(app, "/api/1") is None


# Headers and log messages


@pytest.mark.advisory("CVE-2024-1681")
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("make", ALL)
def test_a_request_cannot_forge_a_line_of_the_log(make, method):
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("wsgicors: %(message)s"))
    logger = logging.getLogger("wsgicors")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    forged = "\r\nERROR forged\x85\x0b"
    asked = {"access_control_request_method": f"PUT{forged}"} if method == "OPTIONS" else {}
    try:
        app = make({f"/{name}": OURS for name in "ab"})
        Response(app, environ(method, f"/a{forged}", origin=EVIL, **asked))
        Response(app, environ(method, "/a", origin=EVIL + forged, **asked))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    lines = written.getvalue().splitlines()
    assert any("forged" in line for line in lines)
    assert [line for line in lines if not line.startswith("wsgicors: ")] == []


@pytest.mark.advisory("CVE-2024-6221")
@pytest.mark.parametrize("policy", [OURS, PUBLIC], ids=["ours", "public"])
@pytest.mark.parametrize("make", ALL)
def test_no_page_is_allowed_into_a_private_network(make, policy):
    asked = {"access_control_request_private_network": "true"}
    response = Response(make({"/a": policy}), preflight("/a", **asked))
    assert response["Access-Control-Allow-Origin"] in {APP, "*"}
    assert [name for name, _ in response.lines if "network" in name.lower()] == []


# Origins that look like an allowed origin


ORIGINS = [
    pytest.param(["https://app.example", "https://*.shop.example"], id="patterns"),
    pytest.param(["https://app.example", "https://www.shop.example"], id="origins"),
]


@pytest.mark.advisory("CVE-2026-37737")
@pytest.mark.parametrize("origins", ORIGINS)
def test_an_origin_that_only_begins_like_an_allowed_origin_is_refused(origins):
    app = CORSMiddleware(hello, Policy(origins))
    for page in ["https://app.example", "https://www.shop.example"]:
        assert read(app, origin=page) == "hello"
        for appended in [".evil.example", ":8080", "x", ".", "-evil.example"]:
            assert read(app, origin=page + appended) is None
    with pytest.raises(TypeError, match="regular expression"):
        Policy([re.compile(r"https://app\.example")])


@pytest.mark.advisory("CVE-2026-25478")
@pytest.mark.parametrize("origins", ORIGINS)
def test_a_dot_in_an_origin_is_a_dot(origins):
    app = CORSMiddleware(hello, Policy(origins))
    for page in ["https://app.example", "https://www.shop.example"]:
        assert read(app, origin=page) == "hello"
        assert read(app, origin="x".join(page.rsplit(".", 1))) is None
    assert read(app, origin="https://wwwxshop.example") is None


@pytest.mark.advisory("CVE-2019-25211")
def test_no_star_leaves_the_end_of_a_host_open():
    for pattern in ["https://shop.example*", "https://shop.*", "https://shop.example/*"]:
        with pytest.raises(PolicyError):
            Policy(pattern)
    app = CORSMiddleware(hello, Policy("http://localhost:*"))
    assert read(app, origin="http://localhost:8080") == "hello"
    assert read(app, origin="http://localhost.evil.example") is None
    for origin in ["http://localhost:80.evil.example", "http://localhost:8080@evil.example"]:
        response = Response(app, environ(origin=origin))
        assert response["Access-Control-Allow-Origin"] is None


@pytest.mark.advisory("GHSA-vhxv-fg4m-p2w8")
@pytest.mark.parametrize("wild", ["", "*."], ids=["origins", "patterns"])
def test_allowed_origins_do_not_combine_into_other_origins(wild):
    hosts = ["foo.example", "bar.example", "far.example"]
    labels = [host.partition(".")[0] for host in hosts]
    combined = [f"{one}{two}.example" for one in labels for two in labels]
    for order in permutations(hosts):
        app = CORSMiddleware(hello, Policy([f"https://{wild}{host}" for host in order]))
        sub = "a." if wild else ""
        assert [read(app, origin=f"https://{sub}{host}") for host in hosts] == ["hello"] * 3
        assert {read(app, origin=f"https://{sub}{host}") for host in combined} == {None}


# Every origin, with credentials


@pytest.mark.advisory("CVE-2018-20744", "CVE-2017-20146")
@pytest.mark.parametrize("make", ALL)
def test_a_star_is_sent_as_a_star_and_never_as_the_requests_origin(make):
    app = make({"/a": PUBLIC})
    for request in [environ(path="/a", origin=EVIL), preflight("/a", origin=EVIL)]:
        response = Response(app, request)
        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["Access-Control-Allow-Credentials"] is None
    assert read(app, "/a") == "/a"
    assert read(app, "/a", credentials="include") is None


@pytest.mark.advisory("GHSA-52cf-226f-rhr6", "CVE-2021-39185")
@pytest.mark.parametrize("origin", [EVIL, "null"])
@pytest.mark.parametrize("make", ALL)
def test_neither_unlisted_nor_opaque_origins_can_read_with_credentials(make, origin):
    app = make({"/ours": OURS, "/public": PUBLIC, "/none": None})
    assert read(app, "/ours", APP, credentials="include") == "/ours"
    for path in ["/ours", "/public", "/none"]:
        assert read(app, path, origin, credentials="include") is None
    with pytest.raises(PolicyError, match="null"):
        Policy([APP, "null"], allow_credentials=True, accept_risks=RISKS)


@pytest.mark.advisory("CVE-2023-49803")
def test_without_allow_origins_no_page_is_allowed():
    for make in [Policy, wrap, lambda: CORSMiddleware(hello), lambda: cors(max_age=60)]:
        with pytest.raises(TypeError, match="allow_origins"):
            make()
    app = Flask("advisories")
    CORS(app)
    app.add_url_rule("/", view_func=lambda: "undecorated")
    assert read(app) is None
    assert read(app, origin=APP) is None


def configured(**settings):
    """Give a Flask app one policy by its configuration."""
    app = Flask("advisories")
    app.config["CORS_POLICIES"] = {"api": settings}
    CORS(app)
    CORS.check(app)


WAYS = [
    pytest.param(Policy, id="policy"),
    pytest.param(cors, id="decorator"),
    pytest.param(wrap, id="wrap"),
    pytest.param(lambda **settings: CORSMiddleware(hello, **settings), id="middleware"),
    pytest.param(lambda **settings: CORS(Flask("advisories"), **settings), id="flask"),
    pytest.param(configured, id="configuration"),
]
"""All ways to give settings."""


@pytest.mark.advisory("CVE-2024-25124")
@pytest.mark.parametrize("every_origin", ["*", ["*"], [APP, "*"], f"{APP}, *"], ids=str)
@pytest.mark.parametrize("make", WAYS)
def test_every_origin_with_credentials_is_rejected(make, every_origin):
    with pytest.raises(PolicyError, match="credentials"):
        make(allow_origins=every_origin, allow_credentials=True)


@pytest.mark.advisory("CVE-2026-54290")
@pytest.mark.parametrize("make", WAYS)
def test_credentials_do_not_allow_any_origin(make):
    with pytest.raises(TypeError, match="allow_origins"):
        make(allow_credentials=True)
    for refine in [PUBLIC.derive, lambda **changes: cors(PUBLIC, **changes)]:
        with pytest.raises(PolicyError, match="credentials"):
            refine(allow_credentials=True)


# Headers that take more time to read than to send


STRICT = [
    pytest.param(Policy(APP), id="lists"),
    pytest.param(Policy(APP, allow_headers="*", allow_methods="*"), id="stars"),
    pytest.param(Policy([APP, "https://*.shop.example"], allow_headers="*"), id="patterns"),
    pytest.param(
        Policy(APP, allow_headers="*", allow_methods="*", allow_credentials=True), id="echoes"
    ),
]


def hostile(unit, size=HOSTILE_SIZE):
    return (unit * size)[:size]


HOSTILE = [
    pytest.param({"access_control_request_headers": hostile(",")}, id="commas"),
    pytest.param({"access_control_request_headers": hostile("x-a, ")}, id="names"),
    pytest.param({"access_control_request_headers": hostile("x")}, id="one-name"),
    pytest.param({"method": hostile("X")}, id="method"),
    pytest.param({"origin": f"https://{hostile('a.')}shop.example"}, id="origin"),
    pytest.param({"origin": EVIL, "host": hostile("a")}, id="host"),
    pytest.param({"origin": EVIL, "path": hostile("/a")}, id="path"),
]


def with_observer(policy):
    return CORSMiddleware(hello, policy, observer=lambda event: None)


def with_trial(policy):
    return CORSMiddleware(hello, policy.with_trial(policy.derive(allow_headers=["X-B"])))


class Debugging(SinglePolicy):
    """A resolver of an app in debug mode."""

    debug = True


def in_debug_mode(policy):
    return CORSMiddleware(hello, resolve=Debugging(policy), observer=lambda event: None)


def without_policy(policy):
    return CORSMiddleware(hello, resolve=lambda *_: None, observer=lambda event: None)


WATCHED = [
    pytest.param(partial(CORSMiddleware, hello), id="unwatched"),
    pytest.param(with_observer, id="observer"),
    pytest.param(with_trial, id="trial"),
    pytest.param(in_debug_mode, id="debug-mode"),
    pytest.param(without_policy, id="no-policy"),
]


@pytest.mark.advisory("GHSA-mh55-gqvf-xfwm")
@pytest.mark.parametrize("level", [logging.WARNING, logging.DEBUG], ids=["quiet", "debug-log"])
@pytest.mark.parametrize("make", WATCHED)
@pytest.mark.parametrize("asked", HOSTILE)
@pytest.mark.parametrize("policy", STRICT)
def test_a_header_of_any_size_costs_no_more_than_a_small_one(caplog, policy, asked, make, level):
    caplog.set_level(level, logger="wsgicors")
    own = {name: value for name, value in asked.items() if name in {"origin", "host", "path"}}
    requests = [preflight(**asked), *([environ(**own)] if own else [])]
    for request in requests:
        cost = work(make(policy), request)
        assert cost.calls <= MOST_CALLS
        assert cost.memory <= MOST_MEMORY


@pytest.mark.advisory("CVE-2026-69207")
@pytest.mark.parametrize("unit", [" ", "\t", " ,", " x"])
@pytest.mark.parametrize("policy", STRICT)
def test_white_space_between_requested_headers_is_read_at_most_once(policy, unit):
    app = CORSMiddleware(hello, policy)
    half, whole, beyond = [
        work(app, preflight(access_control_request_headers=f"x-a{hostile(unit, size)}x-b"))
        for size in [MOST_READ // 2, MOST_READ - len("x-ax-b"), HOSTILE_SIZE]
    ]
    assert whole.calls <= 2 * half.calls
    assert [text for text in whole.expressions if "\\s" in text or " " in text] == []
    assert beyond.calls <= MOST_CALLS
    assert beyond.memory <= MOST_MEMORY


# The page


def test_the_page_and_the_tests_name_the_same_advisories():
    tested = {
        name: {id for mark in test.pytestmark if mark.name == "advisory" for id in mark.args}
        for name, test in globals().items()
        if name.startswith("test_") and hasattr(test, "pytestmark")
    }
    text = PAGE.read_text("utf-8")
    terms = re.findall(r"^((?:CVE|GHSA)-.+)\n: ", text, re.M)
    named = re.findall(
        r"^((?:CVE|GHSA)-.+)\n: \*\*Attack:.+\n(?:  .+\n)*: \*\*Here:.+\n(?:  .+\n)*"
        r": \*\*Test:\*\* `(\w+)`$",
        text,
        re.M,
    )
    assert [ids for ids, _ in named] == terms
    assert {name: set(ids.split(", ")) for ids, name in named} == tested
    assert len(named) == len(tested)
