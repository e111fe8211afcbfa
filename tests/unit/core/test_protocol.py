"""The server side of the protocol: which headers are sent, and why a request is refused."""

import copy
import pickle
from functools import partial

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.core.helpers import actual
from wsgicors import Policy
from wsgicors._core.headers import is_token, split_list
from wsgicors._core.protocol import (
    MAX_LISTED_ORIGINS,
    MAX_METHOD_SIZE,
    MAX_REQUESTED_NAMES,
    MAX_REQUESTED_SIZE,
    Preflight,
    Refusal,
    method_after_redirect,
    no_policy,
    preflight,
    refused_origin,
    why_refused,
)
from wsgicors.origins import RefreshedOrigins

APP = "https://app.example"
EVIL = "https://evil.example"

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ALLOW_METHODS = "Access-Control-Allow-Methods"
ALLOW_HEADERS = "Access-Control-Allow-Headers"
MAX_AGE = "Access-Control-Max-Age"
CREDENTIALS = ("Access-Control-Allow-Credentials", "true")
EXPOSED = ("Access-Control-Expose-Headers", "ETag, Link")
VARY = ("Vary", "Origin")

PREFLIGHT_VARY = ("Vary", "Origin, Access-Control-Request-Method")
FULL_VARY = ("Vary", f"{PREFLIGHT_VARY[1]}, Access-Control-Request-Headers")
SAFELISTED = (ALLOW_METHODS, "GET, HEAD, POST")
JSON = (ALLOW_HEADERS, "Content-Type")

every_origin = Policy("*")
listed = Policy([APP, "https://other.example"])
subdomains = Policy("https://*.app.example")
by_callable = Policy(lambda origin: origin.host == "app.example")
opaque = Policy("null", accept_risks="opaque-origin")
trusting = Policy(APP, allow_credentials=True)
any_header = Policy(APP, allow_headers="*")
any_header_and_authorization = Policy(APP, allow_headers=["*", "Authorization"])
any_header_trusting = Policy(APP, allow_headers="*", allow_credentials=True)
any_header_and_authorization_trusting = Policy(
    APP, allow_headers=["Authorization", "*"], allow_credentials=True
)


def outcome(decision):
    """Return the header lines of a decision, and the refusal."""
    return list(decision.headers), decision.refusal


def methods_of(decision):
    return dict(decision.headers).get(ALLOW_METHODS)


def headers_of(decision):
    return dict(decision.headers).get(ALLOW_HEADERS)


@pytest.mark.parametrize(
    ("policy", "origin", "headers"),
    [
        pytest.param(every_origin, APP, [(ALLOW_ORIGIN, "*")], id="every origin"),
        pytest.param(
            every_origin, None, [(ALLOW_ORIGIN, "*")], id="every origin, without an origin"
        ),
        pytest.param(every_origin, "null", [(ALLOW_ORIGIN, "*")], id="every origin, null"),
        pytest.param(
            every_origin, "no, origin", [(ALLOW_ORIGIN, "*")], id="every origin, an invalid origin"
        ),
        pytest.param(
            every_origin.derive(expose_headers="ETag, Link"),
            None,
            [(ALLOW_ORIGIN, "*"), EXPOSED],
            id="every origin, with exposed headers",
        ),
        pytest.param(listed, APP, [(ALLOW_ORIGIN, APP), VARY], id="listed"),
        pytest.param(
            subdomains,
            "https://a.app.example",
            [(ALLOW_ORIGIN, "https://a.app.example"), VARY],
            id="under a pattern",
        ),
        pytest.param(by_callable, APP, [(ALLOW_ORIGIN, APP), VARY], id="allowed by a callable"),
        pytest.param(opaque, "null", [(ALLOW_ORIGIN, "null"), VARY], id="null, accepted"),
        pytest.param(
            trusting, APP, [(ALLOW_ORIGIN, APP), CREDENTIALS, VARY], id="with credentials"
        ),
        pytest.param(
            trusting.derive(expose_headers="ETag, Link", max_age=60),
            APP,
            [(ALLOW_ORIGIN, APP), CREDENTIALS, EXPOSED, VARY],
            id="with credentials and exposed headers",
        ),
    ],
)
def test_which_headers_an_actual_request_of_an_allowed_origin_gets(policy, origin, headers):
    assert outcome(actual(policy, origin)) == (headers, None)


@pytest.mark.parametrize("policy", [listed, subdomains, by_callable, opaque, trusting])
@pytest.mark.parametrize(
    "origin", [EVIL, "", "*", f"{APP}/", "https://APP.example", f"{APP},{APP}", "Null", "file://"]
)
def test_an_actual_request_of_another_origin_gets_only_vary(policy, origin):
    policy = policy.derive(expose_headers="ETag")
    assert outcome(actual(policy, origin)) == ([VARY], "origin-not-allowed")


@pytest.mark.parametrize("policy", [listed, subdomains, by_callable, opaque, trusting])
def test_a_request_without_an_origin_gets_only_vary_and_is_not_refused(policy):
    policy = policy.derive(expose_headers="ETag")
    assert outcome(actual(policy, None)) == ([VARY], None)


@pytest.mark.parametrize(
    "asks", [lambda p: actual(p, APP), lambda p: preflight(p, Preflight(APP, "PUT"))]
)
def test_a_callable_that_raises_does_not_fail_the_request(asks, caplog):
    def broken(origin):
        raise LookupError("the table is gone")

    assert asks(Policy(broken)).refusal == "origin-not-allowed"
    assert "the table is gone" in caplog.text


def test_decisions_of_equal_policies_are_equal():
    allowed, refused = (actual(Policy(APP), origin) for origin in (APP, EVIL))
    assert allowed == actual(Policy(APP), APP)
    assert hash(allowed) == hash(actual(Policy(APP), APP))
    assert len({allowed, refused, actual(Policy(APP), None)}) == 3


@pytest.mark.parametrize("name", ["headers", "refusal"])
def test_a_decision_cannot_be_changed(name):
    decision = actual(Policy(APP), APP)
    with pytest.raises(AttributeError):
        setattr(decision, name, ())
    with pytest.raises(AttributeError):
        delattr(decision, name)
    with pytest.raises(TypeError):
        decision.headers[0] = VARY
    assert decision == actual(Policy(APP), APP)


@pytest.mark.parametrize(
    "twin",
    [copy.copy, copy.deepcopy, lambda decision: pickle.loads(pickle.dumps(decision))],
)
def test_a_copied_decision_equals_the_original(twin):
    decision = actual(Policy(APP), EVIL)
    assert twin(decision) == decision


@pytest.mark.parametrize(
    ("settings", "in_actual", "in_preflight"),
    [
        pytest.param({}, (), (), id="no optional settings"),
        pytest.param({"expose_headers": "ETag, Link"}, (EXPOSED,), (), id="exposed headers"),
        pytest.param({"max_age": 0}, (), ((MAX_AGE, "0"),), id="max_age zero"),
        pytest.param(
            {"allow_credentials": True, "expose_headers": "ETag, Link", "max_age": 60},
            (CREDENTIALS, EXPOSED),
            (CREDENTIALS, (MAX_AGE, "60")),
            id="all",
        ),
    ],
)
def test_which_optional_headers_a_response_has(settings, in_actual, in_preflight):
    policy, allow_origin = Policy(APP, **settings), (ALLOW_ORIGIN, APP)
    assert actual(policy, APP).headers == (allow_origin, *in_actual, VARY)
    assert preflight(policy, Preflight(APP, "PUT")).headers == (
        allow_origin,
        *in_preflight,
        SAFELISTED,
        JSON,
        PREFLIGHT_VARY,
    )


@pytest.mark.parametrize(
    ("policy", "origin", "headers"),
    [
        pytest.param(
            every_origin,
            APP,
            [
                (ALLOW_ORIGIN, "*"),
                SAFELISTED,
                JSON,
                ("Vary", "Access-Control-Request-Method"),
            ],
            id="every origin",
        ),
        pytest.param(
            every_origin.derive(allow_methods="*", allow_headers="*", max_age=0),
            APP,
            [
                (ALLOW_ORIGIN, "*"),
                (MAX_AGE, "0"),
                (ALLOW_METHODS, "*"),
                (ALLOW_HEADERS, "*"),
                ("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers"),
            ],
            id="every origin, method and header",
        ),
        pytest.param(
            listed,
            "https://other.example",
            [(ALLOW_ORIGIN, "https://other.example"), SAFELISTED, JSON, PREFLIGHT_VARY],
            id="listed",
        ),
        pytest.param(
            subdomains,
            "https://a.b.app.example",
            [(ALLOW_ORIGIN, "https://a.b.app.example"), SAFELISTED, JSON, PREFLIGHT_VARY],
            id="under a pattern",
        ),
        pytest.param(
            by_callable,
            APP,
            [(ALLOW_ORIGIN, APP), SAFELISTED, JSON, PREFLIGHT_VARY],
            id="allowed by a callable",
        ),
        pytest.param(
            opaque,
            "null",
            [(ALLOW_ORIGIN, "null"), SAFELISTED, JSON, PREFLIGHT_VARY],
            id="null, accepted",
        ),
        pytest.param(
            trusting,
            APP,
            [(ALLOW_ORIGIN, APP), CREDENTIALS, SAFELISTED, JSON, PREFLIGHT_VARY],
            id="with credentials",
        ),
        pytest.param(
            Policy(APP, allow_methods=[], allow_headers=[], expose_headers="ETag"),
            APP,
            [(ALLOW_ORIGIN, APP), PREFLIGHT_VARY],
            id="empty lists, and no exposed headers",
        ),
        pytest.param(
            Policy(APP, allow_methods="PATCH, PUT", allow_headers="X-B, x-a", max_age=600),
            APP,
            [
                (ALLOW_ORIGIN, APP),
                (MAX_AGE, "600"),
                (ALLOW_METHODS, "PATCH, PUT"),
                (ALLOW_HEADERS, "X-B, x-a"),
                PREFLIGHT_VARY,
            ],
            id="lists in their order and spelling",
        ),
        pytest.param(
            any_header,
            APP,
            [(ALLOW_ORIGIN, APP), SAFELISTED, (ALLOW_HEADERS, "*"), FULL_VARY],
            id="any header",
        ),
        pytest.param(
            any_header_trusting,
            APP,
            [
                (ALLOW_ORIGIN, APP),
                CREDENTIALS,
                SAFELISTED,
                (ALLOW_HEADERS, "x-one, x-two"),
                FULL_VARY,
            ],
            id="any header with credentials",
        ),
    ],
)
def test_which_headers_a_preflight_of_an_allowed_origin_gets(policy, origin, headers):
    asked = Preflight(origin, "PUT", "x-one,x-two")
    assert outcome(preflight(policy, asked)) == (headers, None)


@pytest.mark.parametrize(
    ("policy", "vary"),
    [
        pytest.param(listed, PREFLIGHT_VARY, id="listed"),
        pytest.param(subdomains, PREFLIGHT_VARY, id="a pattern"),
        pytest.param(by_callable, PREFLIGHT_VARY, id="a callable"),
        pytest.param(trusting.derive(max_age=600), PREFLIGHT_VARY, id="credentials, max_age"),
        pytest.param(any_header, FULL_VARY, id="any header"),
    ],
)
@pytest.mark.parametrize("origin", [EVIL, "null", "", f"{APP}/", "*"])
def test_a_preflight_of_another_origin_gets_only_vary(policy, vary, origin):
    asked = Preflight(origin, "GET", "x" * (MAX_REQUESTED_SIZE + 1))
    assert outcome(preflight(policy, asked, ["GET"])) == ([vary], "origin-not-allowed")


@pytest.mark.parametrize("requested", ["", "content-type", "x-other", "authorization", "no name"])
@pytest.mark.parametrize("method", ["GET", "PUT", "put", "", "no method"])
@pytest.mark.parametrize("served", [None, ["GET", "POST", "PUT"]])
def test_the_lists_do_not_depend_on_the_requested_method_and_headers(method, requested, served):
    policy = Policy(APP, allow_methods=["GET", "PUT"], allow_headers=["Content-Type", "X-A"])
    decision = preflight(policy, Preflight(APP, method, requested), served)
    assert decision == preflight(policy, Preflight(APP, "GET"), served)
    assert methods_of(decision) == "GET, PUT"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("requested", ["", "content-type", "x-other"])
@pytest.mark.parametrize("served", [None, [], ["GET", "HEAD", "POST", "PUT"]])
@pytest.mark.parametrize("allowed", [[], ["PUT"], ["PATCH", "Egg"]])
@pytest.mark.parametrize(
    ("policy", "lines"),
    [
        pytest.param(every_origin, [(ALLOW_ORIGIN, "*")], id="every origin"),
        pytest.param(listed, [(ALLOW_ORIGIN, APP)], id="listed"),
        pytest.param(by_callable, [(ALLOW_ORIGIN, APP)], id="a callable"),
        pytest.param(
            trusting.derive(max_age=600, expose_headers="ETag"),
            [(ALLOW_ORIGIN, APP), CREDENTIALS],
            id="credentials",
        ),
        pytest.param(any_header, [(ALLOW_ORIGIN, APP)], id="any header"),
    ],
)
def test_a_list_without_a_safelisted_method_refuses_its_preflight(
    policy, lines, allowed, served, requested, method
):
    """Browsers let these methods pass whatever a list says, unless the status is not ok."""
    policy = policy.derive(allow_methods=allowed)
    asked = Preflight(APP, method, requested)
    for _ in range(2):  # the second decision may be a remembered one
        decision = preflight(policy, asked, served)
        assert decision.refusal == "method-not-allowed"
        assert list(decision.headers[:-1]) == lines
        assert decision.headers[-1] == preflight(policy, Preflight(APP, "PUT")).headers[-1]
    assert why_refused(policy, asked, served) == Refusal(
        "method-not-allowed",
        f"method '{method}' is not among allow_methods: {', '.join(allowed) or 'none'}",
    )


def test_get_does_not_imply_head():
    reading = listed.derive(allow_methods=["GET"])
    assert preflight(reading, Preflight(APP, "GET"), ["GET", "HEAD"]).refusal is None
    assert preflight(reading, Preflight(APP, "HEAD"), ["GET", "HEAD"]).refusal is not None


@pytest.mark.parametrize("method", ["PUT", "put", "Egg", "get", "", "no method"])
def test_a_list_without_another_method_does_not_refuse_its_preflight(method):
    """The browser finds that the method is not listed, and its console names the method."""
    policy = listed.derive(allow_methods=["GET"])
    decision = preflight(policy, Preflight(APP, method), ["GET", "PUT"])
    assert decision.refusal is None
    assert methods_of(decision) == "GET"
    assert why_refused(policy, Preflight(APP, method), ["GET", "PUT"]) is not None


def test_too_many_headers_are_found_before_a_method_that_is_not_listed():
    policy = any_header.derive(allow_methods=["PUT"])
    asked = Preflight(APP, "POST", "x" * (MAX_REQUESTED_SIZE + 1))
    assert preflight(policy, asked).refusal == why_refused(policy, asked).reason == "too-large"


@pytest.mark.parametrize("policy", [every_origin, listed.derive(allow_headers=[]), trusting])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("served", [None, ["GET", "HEAD", "POST"]])
def test_a_preflight_without_request_headers_succeeds_for_a_safelisted_method(
    policy, method, served
):
    asked = Preflight(APP, method)
    decision = preflight(policy, asked, served)
    assert decision.refusal is None
    assert method in methods_of(decision)
    assert why_refused(policy, asked, served) is None


@pytest.mark.parametrize(
    ("allowed", "credentials", "served", "methods"),
    [
        # Without a router, the list of the policy.
        pytest.param(None, False, None, "GET, HEAD, POST", id="no list"),
        pytest.param(None, True, None, "GET, HEAD, POST", id="no list, credentials"),
        pytest.param([], False, None, None, id="an empty list"),
        pytest.param(["PUT", "GET"], False, None, "PUT, GET", id="a list"),
        pytest.param("*", False, None, "*", id="every method"),
        pytest.param(
            "*", True, None, "DELETE", id="every method, credentials: the requested method"
        ),
        # With a router, the methods that it serves, narrowed by the policy.
        pytest.param(None, False, ["PUT", "GET"], "PUT, GET", id="what is served"),
        pytest.param(None, True, ["PUT"], "PUT", id="what is served, credentials"),
        pytest.param(None, False, [], None, id="nothing served"),
        pytest.param("*", False, ["PUT", "GET"], "PUT, GET", id="served, with a star"),
        pytest.param(
            "*", True, ["PUT", "GET"], "PUT, GET", id="served, with a star and credentials"
        ),
        pytest.param("*", False, [], None, id="nothing served, with a star"),
        pytest.param(["X" * 101], False, ["X" * 101], "X" * 101, id="a long method, listed"),
        pytest.param(["PATCH", "PUT"], False, ["PUT", "PATCH"], "PATCH, PUT", id="same methods"),
        pytest.param(["PATCH", "PUT"], False, ["PUT", "DELETE"], "PUT", id="narrowed"),
        pytest.param(["PATCH"], False, ["DELETE"], None, id="narrowed to none"),
        pytest.param(["Egg"], False, ["egg"], None, id="in another case"),
        pytest.param(
            ["PUT"],
            False,
            ["GET", "HEAD", "POST", "PUT", "DELETE"],
            "PUT",
            id="safelisted methods that are not listed",
        ),
        pytest.param([], False, ["GET", "PUT"], None, id="an empty list, with a router"),
        pytest.param(
            ["PUT", "POST"],
            True,
            ["POST", "PUT"],
            "PUT, POST",
            id="safelisted methods are listed once",
        ),
        pytest.param(
            ["GET", "PUT"], False, ["PUT"], "PUT", id="safelisted methods that are not served"
        ),
    ],
)
def test_which_methods_a_preflight_response_lists(allowed, credentials, served, methods):
    policy = Policy(APP, allow_methods=allowed, allow_credentials=credentials)
    assert methods_of(preflight(policy, Preflight(APP, "DELETE"), served)) == methods


@pytest.mark.parametrize("served", [("GET", "PUT"), ["GET", "PUT"]])
def test_the_methods_that_a_router_serves_are_not_changed(served):
    preflight(Policy(APP, allow_methods=["PUT"]), Preflight(APP, "PUT"), served)
    assert list(served) == ["GET", "PUT"]


@pytest.mark.parametrize(
    ("requested", "methods"),
    [
        pytest.param("DELETE", "DELETE", id="a method"),
        pytest.param("egg", "egg", id="any token in its own case"),
        pytest.param("GET", "GET", id="a safelisted method"),
        pytest.param("", None, id="nothing"),
        pytest.param("*", None, id="a star, which is a token"),
        pytest.param("PUT, DELETE", None, id="a list"),
        pytest.param("PUT\r\nX-Evil: 1", None, id="a second line"),
        pytest.param("PÜT", None, id="not ASCII"),
        pytest.param("A" * MAX_METHOD_SIZE, "A" * MAX_METHOD_SIZE, id="the longest"),
        pytest.param("A" * (MAX_METHOD_SIZE + 1), None, id="one character too long"),
    ],
)
def test_with_credentials_only_a_valid_method_is_echoed(requested, methods):
    policy = Policy(APP, allow_methods="*", allow_credentials=True)
    decision = preflight(policy, Preflight(APP, requested))
    assert methods_of(decision) == methods
    assert decision.refusal is None


@pytest.mark.parametrize(
    "policy",
    [
        listed,
        trusting,
        listed.derive(allow_methods="*"),
        trusting.derive(allow_methods="*"),
        listed.derive(allow_methods=["GET"]),
    ],
)
@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("", id="nothing"),
        pytest.param("*", id="a star, which is a token"),
        pytest.param("x y", id="two words"),
        pytest.param("a, *, b", id="a list with a star"),
        pytest.param("put, delete", id="a list"),
        pytest.param("put\r\nx-evil: 1", id="a second line"),
        pytest.param("\x1b[31mred", id="an escape sequence"),
        pytest.param("\xff", id="not ASCII"),
        pytest.param("x" * (MAX_METHOD_SIZE + 1), id="one character too long"),
        pytest.param("x" * 8_000, id="far too long"),
    ],
)
@pytest.mark.parametrize("spell", [str, str.upper], ids=["as-sent", "upper-case"])
def test_only_short_tokens_are_listed_even_if_a_resolver_serves_what_was_asked(
    policy, asked, spell
):
    served = ["GET", spell(asked)]
    assert methods_of(preflight(policy, Preflight(APP, asked), served)) == "GET"
    assert methods_of(preflight(policy, Preflight(APP, "GET"), served)) == "GET"


@pytest.mark.parametrize(
    ("policy", "requested", "names"),
    [
        pytest.param(any_header, "", "*", id="nothing requested"),
        pytest.param(any_header, "x-a,x-b", "*", id="any header requested"),
        pytest.param(any_header, "no name", "*", id="an invalid name requested"),
        pytest.param(any_header, "authorization", None, id="Authorization not listed"),
        pytest.param(any_header, "x-a, AuthorizatioN ,x-b", None, id="among others, in any case"),
        pytest.param(any_header, "x-authorization", "*", id="a longer name"),
        pytest.param(any_header, "proxy-authorization", "*", id="another longer name"),
        pytest.param(
            any_header_and_authorization, "authorization", "*, Authorization", id="listed"
        ),
        pytest.param(
            any_header_and_authorization, "x-a", "*, Authorization", id="listed, not requested"
        ),
        pytest.param(any_header_trusting, "", None, id="credentials: nothing requested"),
        pytest.param(any_header_trusting, "x-a,x-b", "x-a, x-b", id="credentials: echoed"),
        pytest.param(
            any_header_trusting, " X-B,\tx-A ,,x-c", "X-B, x-A, x-c", id="credentials: as spelt"
        ),
        pytest.param(any_header_trusting, "x-a,x-b,x-a", "x-a, x-b", id="credentials: once"),
        pytest.param(any_header_trusting, "authorization", None, id="credentials: Authorization"),
        pytest.param(
            any_header_trusting, "x-a,Authorization,x-b", "x-a, x-b", id="credentials: the others"
        ),
        pytest.param(any_header_trusting, "*", None, id="credentials: a star"),
        pytest.param(any_header_trusting, "x-a,*", "x-a", id="credentials: a star and a name"),
        pytest.param(
            any_header_trusting,
            "x-a,x b,x\r\ny: 1,(x),x:y,ä,\x00,x-b",
            "x-a, x-b",
            id="credentials: only tokens",
        ),
        pytest.param(
            any_header_and_authorization_trusting,
            "x-a,authorization",
            "Authorization, x-a",
            id="credentials: Authorization listed",
        ),
        pytest.param(
            any_header_and_authorization_trusting,
            "",
            "Authorization",
            id="listed, not requested, credentials",
        ),
        pytest.param(
            Policy(APP, allow_headers=["X-A", "Authorization"]),
            "x-z",
            "X-A, Authorization",
            id="a list",
        ),
        pytest.param(
            Policy(APP, allow_headers=["X-A"]), "authorization", "X-A", id="a list without it"
        ),
        pytest.param(Policy(APP, allow_headers=[]), "x-a", None, id="an empty list"),
    ],
)
def test_which_header_names_a_preflight_response_lists(policy, requested, names):
    decision = preflight(policy, Preflight(APP, "GET", requested))
    assert headers_of(decision) == names
    assert dict(decision.headers)[ALLOW_ORIGIN] == APP
    assert decision.refusal is None


def sized(size):
    return "x" * size


def numbered(count):
    return ",".join(f"x-{number}" for number in range(count))


@pytest.mark.parametrize(
    "policy",
    [any_header, any_header_trusting, every_origin.derive(allow_headers="*, Authorization")],
)
@pytest.mark.parametrize(
    ("requested", "refusal"),
    [
        pytest.param(sized(8_192), None, id="the maximum size"),
        pytest.param(sized(8_193), "too-large", id="one character more"),
        pytest.param(numbered(100), None, id="the maximum number of names"),
        pytest.param(numbered(101), "too-large", id="one name more"),
        pytest.param("x," * 101, "too-large", id="the same name too often"),
        pytest.param("x," * 100 + " ,\t," * 500, None, id="empty elements are not counted"),
        pytest.param("," * 8_192, None, id="nothing but commas"),
        pytest.param("," * 8_193, "too-large", id="too many commas"),
        pytest.param("," * 1_000_000, "too-large", id="far too many commas"),
    ],
)
def test_a_wildcard_allows_at_most_8_kib_and_100_names(policy, requested, refusal):
    asked = Preflight(APP, "GET", requested)
    decision = preflight(policy, asked)
    assert decision.refusal == refusal
    if refusal:
        assert [name for name, _ in decision.headers] == ["Vary"]
        assert why_refused(policy, asked).reason == refusal
    else:
        assert ALLOW_ORIGIN in dict(decision.headers)
        assert why_refused(policy, asked) is None


def test_the_limits_are_as_documented():
    assert (MAX_REQUESTED_SIZE, MAX_REQUESTED_NAMES) == (8_192, 100)


@pytest.mark.parametrize("requested", [sized(8_193), numbered(101), "," * 1_000_000])
def test_a_list_has_no_limit_of_size(requested):
    decision = preflight(listed, Preflight(APP, "GET", requested))
    assert decision == preflight(listed, Preflight(APP, "GET"))


def test_the_origin_is_checked_before_the_size():
    decision = preflight(any_header, Preflight(EVIL, "GET", sized(8_193)))
    assert outcome(decision) == ([FULL_VARY], "origin-not-allowed")


requested_names = st.text("aX-,* \t\r\n:(é", max_size=40) | st.lists(
    st.sampled_from(
        ["x-a", "X-A", "Authorization", "authorization", "*", "", "a b", "content-type"]
    )
).map(",".join)


@given(
    requested_names, st.sampled_from([any_header_trusting, any_header_and_authorization_trusting])
)
def test_with_credentials_only_requested_names_are_echoed(requested, policy):
    listed_too = [name for name in policy.allow_headers if name != "*"]
    echoed = split_list(headers_of(preflight(policy, Preflight(APP, "GET", requested))) or "")
    asked = {name.lower() for name in split_list(requested)}
    lower = [name.lower() for name in echoed]
    assert len(set(lower)) == len(lower)
    assert all(is_token(name) for name in echoed)
    assert "*" not in echoed
    assert set(lower) <= asked | {name.lower() for name in listed_too}
    assert ("authorization" in lower) is bool(listed_too)


@pytest.mark.parametrize(
    ("origin", "sentence"),
    [
        pytest.param(
            EVIL,
            f"origin '{EVIL}' is not among allow_origins: {APP}, https://other.example",
            id="another origin",
        ),
        pytest.param(
            "null",
            f"origin 'null' is not among allow_origins: {APP}, https://other.example"
            " (a sandboxed or local document, or a redirect across origins)",
            id="null, explained",
        ),
        pytest.param(
            "https://a\r\n[2026] all is well",
            r"origin 'https://a\r\n[2026] all is well' is not among allow_origins: "
            + f"{APP}, https://other.example",
            id="quoted",
        ),
    ],
)
def test_the_reason_for_a_refused_origin_lists_the_allowed_origins(origin, sentence):
    refusal = Refusal("origin-not-allowed", sentence)
    assert refused_origin(listed, origin) == refusal
    assert why_refused(listed, Preflight(origin, "GET")) == refusal
    too_much = Preflight(origin, "GET", sized(9_000))
    assert why_refused(any_header, too_much, []) == refused_origin(any_header, origin)


def test_the_reason_lists_only_the_first_of_many_origins():
    policy = listed.derive(allow_origins=[f"https://{name}.example" for name in "abcdefg"])
    sentence = refused_origin(policy, EVIL).sentence
    assert sentence.endswith(
        "https://a.example, https://b.example, https://c.example, "
        "https://d.example, https://e.example, ..."
    )


class Tenant:
    """Has secrets, as a row of a database has, and cannot be shown outside its session."""

    def __repr__(self):
        raise RuntimeError("not bound to a session")

    def __call__(self, origin):
        return False

    def allows(self, origin):
        return False


class Opaque(Tenant):
    """Raises for its name, as a proxy does outside the context that it needs."""

    def __getattr__(self, name):
        raise RuntimeError(name) if name == "__qualname__" else AttributeError(name)


def reader(password):
    def may_read(origin):
        return False

    return may_read


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (Tenant(), "Tenant()"),
        (Tenant().allows, "Tenant.allows()"),
        (Opaque(), "Opaque()"),
        (reader("s3cret"), "may_read()"),
        (partial(partial(Tenant.allows, "s3cret")), "Tenant.allows()"),
        (
            RefreshedOrigins(list),
            "RefreshedOrigins(list, every=30, stale_for=3600)",
        ),
    ],
)
def test_a_reason_names_callables_without_their_state(entry, name):
    sentence = refused_origin(Policy([APP, entry]), EVIL).sentence
    assert sentence == f"origin {EVIL!r} is not among allow_origins: {APP}, {name}"


def test_the_name_of_a_callable_is_cut_and_cannot_forge_a_line():
    may_read = reader("")
    may_read.__qualname__ = "a\nCRITICAL " + "x" * 3000
    sentence = refused_origin(Policy(may_read), EVIL).sentence
    assert sentence.isprintable()
    assert len(sentence) < 700


@pytest.mark.parametrize(
    ("policy", "method", "served", "allowed"),
    [
        pytest.param(listed, "PUT", None, "GET, HEAD, POST", id="without a router"),
        pytest.param(listed, "PUT", ["GET", "DELETE"], "GET, DELETE", id="not served"),
        pytest.param(listed, "PUT", [], "none", id="nothing served"),
        pytest.param(
            listed.derive(allow_methods="*"), "PUT", ["GET"], "GET", id="a star, not served"
        ),
        pytest.param(
            trusting.derive(allow_methods="*"), "P T", None, "none", id="credentials, not a method"
        ),
        pytest.param(listed, "P\nT", None, "GET, HEAD, POST", id="quoted"),
    ],
)
def test_the_reason_for_a_refused_method_lists_the_allowed_methods(policy, method, served, allowed):
    assert why_refused(policy, Preflight(APP, method), served) == Refusal(
        "method-not-allowed",
        f"method {method!r} is not among the allowed methods: {allowed}",
    )


@pytest.mark.parametrize(
    ("allowed", "served", "shown"),
    [
        pytest.param(["DELETE"], ["PUT", "GET"], "DELETE", id="served"),
        pytest.param(["DELETE", "GET"], ["GET"], "DELETE, GET", id="not served either"),
        pytest.param(["GET", "PATCH"], None, "GET, PATCH", id="without a router"),
        pytest.param([], None, "none", id="an empty list"),
    ],
)
def test_the_reason_for_a_method_that_the_policy_leaves_out_names_the_setting(
    allowed, served, shown
):
    policy = listed.derive(allow_methods=allowed)
    assert why_refused(policy, Preflight(APP, "PUT"), served) == Refusal(
        "method-not-allowed", f"method 'PUT' is not among allow_methods: {shown}"
    )


@pytest.mark.parametrize(
    ("method", "served", "hint"),
    [
        pytest.param("patch", ["PATCH"], True, id="served in upper case"),
        pytest.param("get", None, True, id="safelisted in upper case"),
        pytest.param("patch", ["PUT"], False, id="not served in any case"),
        pytest.param("PATCH", ["patch"], False, id="served in lower case"),
    ],
)
def test_the_reason_for_a_method_in_the_wrong_case_says_so(method, served, hint):
    refusal = why_refused(listed, Preflight(APP, method), served)
    assert refusal.reason == "method-not-allowed"
    use = f" (methods are case-sensitive: the page has to use '{method.upper()}')"
    assert refusal.sentence.endswith(use) is hint


@pytest.mark.parametrize(
    ("policy", "method", "served"),
    [
        pytest.param(listed, "GET", ["PUT"], id="safelisted, though not served"),
        pytest.param(listed, "POST", [], id="safelisted, and nothing served"),
        pytest.param(listed, "PUT", ["PUT"], id="served"),
        pytest.param(listed.derive(allow_methods="*"), "egg", None, id="a star"),
        pytest.param(trusting.derive(allow_methods="*"), "egg", None, id="a star, credentials"),
        pytest.param(listed.derive(allow_methods=["Egg"]), "Egg", None, id="listed"),
    ],
)
def test_these_methods_are_not_refused(policy, method, served):
    assert why_refused(policy, Preflight(APP, method), served) is None


@pytest.mark.parametrize(
    ("policy", "requested", "sentence"),
    [
        pytest.param(
            listed,
            "x-a",
            "header 'x-a' is not among allow_headers: Content-Type",
            id="not listed",
        ),
        pytest.param(
            listed.derive(allow_headers=["X-B", "X-C"]),
            "x-c,X-D,x-e",
            "header 'x-d' is not among allow_headers: X-B, X-C",
            id="the first that is not listed",
        ),
        pytest.param(
            listed.derive(allow_headers=[]),
            "content-type",
            "header 'content-type' is not among allow_headers: none",
            id="an empty list",
        ),
        pytest.param(
            any_header_trusting,
            "a b",
            "header 'a b' is not among allow_headers: *",
            id="not a name, with credentials",
        ),
        pytest.param(
            listed,
            "x\r\ny",
            r"header 'x\r\ny' is not among allow_headers: Content-Type",
            id="quoted",
        ),
    ],
)
def test_the_reason_for_a_refused_header_lists_the_allowed_headers(policy, requested, sentence):
    refusal = why_refused(policy, Preflight(APP, "GET", requested))
    assert refusal == Refusal("header-not-allowed", sentence)


@pytest.mark.parametrize(
    ("policy", "requested"),
    [
        pytest.param(listed, "", id="nothing requested"),
        pytest.param(listed, "content-type", id="listed"),
        pytest.param(listed, " CONTENT-TYPE ,, content-type", id="in any case and spacing"),
        pytest.param(any_header, "x-a,x-b", id="a star"),
        pytest.param(any_header_trusting, "x-a,X-B", id="a star, credentials"),
        pytest.param(any_header_and_authorization, "authorization,x-a", id="Authorization listed"),
        pytest.param(
            any_header_and_authorization_trusting, "authorization,x-a", id="with credentials"
        ),
    ],
)
def test_these_headers_are_not_refused(policy, requested):
    assert why_refused(policy, Preflight(APP, "GET", requested)) is None


@pytest.mark.parametrize("policy", [any_header, any_header_trusting])
def test_the_reason_says_that_a_wildcard_does_not_cover_authorization(policy):
    refusal = why_refused(policy, Preflight(APP, "GET", "x-a,Authorization"))
    assert refusal.reason == "authorization-not-listed"
    assert "'*' does not cover" in refusal.sentence
    assert "allow_headers" in refusal.sentence


def test_the_reason_mentions_a_wildcard_only_if_it_is_listed():
    refusal = why_refused(listed, Preflight(APP, "GET", "authorization"))
    assert refusal.reason == "authorization-not-listed"
    assert "*" not in refusal.sentence
    assert "allow_headers" in refusal.sentence


def test_the_reason_for_a_request_that_is_too_large_names_the_limits():
    assert why_refused(any_header, Preflight(APP, "PUT", sized(8_193))) == Refusal(
        "too-large",
        "the preflight requests more than 8192 characters or 100 header names; "
        "list the headers in allow_headers instead of '*'",
    )


LONG = [f"x-{number}-{'a' * 60}" for number in range(MAX_REQUESTED_NAMES + 50)]
"""Names that are too many and too long for a star."""


@pytest.mark.parametrize("names", [LONG, LONG[:20], numbered(150).split(",")])
def test_a_list_allows_any_number_of_names(names):
    policy = Policy(APP, allow_headers=names)
    assert why_refused(policy, Preflight(APP, "GET", ",".join(names))) is None
    assert why_refused(policy, Preflight(APP, "GET", ",".join(names[:-1]))) is None


@pytest.mark.parametrize("place", [0, 1, 75, 149])
def test_the_reason_for_a_value_beyond_the_limit_names_the_first_name_that_is_not_listed(place):
    names = [*LONG[:place], "x-evil", *LONG[place:]]
    for policy in [Policy(APP, allow_headers=LONG), Policy(APP, allow_headers=LONG[:place])]:
        for requested in [",".join(names), ",".join([*names, *(f"y-{name}" for name in names)])]:
            refusal = why_refused(policy, Preflight(APP, "GET", requested))
            assert refusal.reason == "header-not-allowed"
            assert refusal.sentence.startswith("header 'x-evil' is not among allow_headers: ")


@pytest.mark.parametrize(
    "requested",
    [
        pytest.param("content-type," * 1_000, id="repeated"),
        pytest.param("," * 8_192 + "content-type", id="commas"),
        pytest.param("content-type," + sized(8_192), id="long-name"),
    ],
)
def test_a_list_is_too_small_for_a_value_beyond_the_limit_that_no_browser_sends(requested):
    assert why_refused(listed, Preflight(APP, "GET", requested)) == Refusal(
        "too-large",
        "the preflight requests more than 8192 characters or 100 header names; "
        "set fewer request headers in the page",
    )


def test_the_reason_for_an_endpoint_without_a_policy():
    sentence = "no CORS policy applies here; decorate the view with @cors, or use a default policy"
    assert no_policy() == Refusal("no-policy", sentence)


def test_the_checks_have_the_order_of_the_browser():
    asked = Preflight(APP, "PUT", "x-a,authorization")
    assert why_refused(listed, asked).reason == "method-not-allowed"
    assert why_refused(listed, asked, ["PUT"]).reason == "authorization-not-listed"
    both = listed.derive(allow_headers=["Authorization"])
    assert why_refused(both, asked, ["PUT"]).reason == "header-not-allowed"


def accepts(decision, method, names, credentials):
    """Check the response to a preflight as browsers do (Fetch, section 4.9, from step 7)."""
    if decision.refusal is not None:  # the status is not ok
        return False
    headers = dict(decision.headers)
    if headers.get(ALLOW_ORIGIN) not in ({APP} if credentials else {APP, "*"}):
        return False
    if credentials and headers.get(CREDENTIALS[0]) != "true":
        return False
    methods = split_list(headers.get(ALLOW_METHODS, ""))
    star = "*" in methods and not credentials
    if method not in methods and method not in {"GET", "HEAD", "POST"} and not star:
        return False
    allowed = {name.lower() for name in split_list(headers.get(ALLOW_HEADERS, ""))}
    if "authorization" in names and "authorization" not in allowed:
        return False
    return ("*" in allowed and not credentials) or set(names) <= allowed


some_methods = st.sampled_from(["GET", "POST", "PUT", "PATCH", "patch", "Egg"])
some_names = st.lists(st.sampled_from(["content-type", "x-a", "x-b", "authorization"]), unique=True)


@given(
    st.sampled_from([[APP], [EVIL], "*"]),
    st.none() | st.just("*") | st.lists(st.sampled_from(["GET", "PUT", "PATCH", "Egg"])),
    st.lists(st.sampled_from(["Content-Type", "X-A", "Authorization", "*"])),
    st.booleans(),
    some_methods,
    some_names,
    st.none() | st.lists(st.sampled_from(["GET", "POST", "PUT", "PATCH"]), unique=True),
)
def test_a_preflight_is_refused_exactly_if_a_browser_blocks_the_request(
    origins, methods, headers, credentials, method, names, served
):
    assume(not (credentials and origins == "*"))
    policy = Policy(
        origins, allow_methods=methods, allow_headers=headers, allow_credentials=credentials
    )
    asked = Preflight(APP, method, ",".join(names))
    accepted = accepts(preflight(policy, asked, served), method, names, credentials)
    assert (why_refused(policy, asked, served) is None) is accepted


@given(
    st.lists(st.sampled_from(LONG), unique=True),
    st.lists(st.sampled_from(LONG), unique=True),
    st.booleans(),
)
def test_many_headers_are_refused_exactly_if_a_browser_blocks_the_request(names, others, reverse):
    policy = Policy(APP, allow_headers=LONG[:120] if reverse else others)
    names = [*dict.fromkeys([*names, *LONG[:120], *others])] if reverse else names
    asked = Preflight(APP, "GET", ",".join(names))
    accepted = accepts(preflight(policy, asked), "GET", names, credentials=False)
    assert (why_refused(policy, asked) is None) is accepted


@given(requested_names, st.sampled_from(["GET", "PUT", "*", "", "a b"]), st.booleans())
def test_with_credentials_a_star_is_never_sent(requested, method, routed):
    policy = any_header_trusting.derive(allow_methods="*")
    served = ["GET", "PUT"] if routed else None
    decision = preflight(policy, Preflight(APP, method, requested), served)
    assert not any("*" in split_list(value) for _, value in decision.headers)


def test_the_reason_ends_without_dots_if_all_origins_are_listed():
    listed = [f"https://a{number}.example" for number in range(MAX_LISTED_ORIGINS)]
    sentence = refused_origin(Policy(listed), EVIL).sentence
    assert sentence == f"origin {EVIL!r} is not among allow_origins: {', '.join(listed)}"


def test_the_full_reason_for_a_method_in_the_wrong_case():
    refusal = why_refused(Policy(APP, allow_methods="PUT"), Preflight(APP, "put"))
    assert refusal is not None
    assert refusal.sentence == (
        "method 'put' is not among allow_methods: PUT "
        "(methods are case-sensitive: the page has to use 'PUT')"
    )


@pytest.mark.parametrize(
    ("allow_headers", "star"),
    [
        pytest.param("*", ", which '*' does not cover", id="a star"),
        pytest.param("X-A", "", id="a list"),
    ],
)
def test_the_full_reason_for_an_unlisted_authorization(allow_headers, star):
    policy = Policy(APP, allow_headers=allow_headers)
    refusal = why_refused(policy, Preflight(APP, "GET", "authorization"))
    assert refusal is not None
    assert refusal.sentence == f"the page sends Authorization{star}; list it in allow_headers"


@pytest.mark.parametrize(
    ("status", "becomes_get"),
    [
        pytest.param(301, {"POST"}, id="301"),
        pytest.param(302, {"POST"}, id="302"),
        pytest.param(303, {"DELETE", "POST", "PUT"}, id="303"),
        pytest.param(307, set(), id="307"),
        pytest.param(308, set(), id="308"),
    ],
)
def test_browsers_follow_some_redirects_with_get(status, becomes_get):
    for method in "DELETE", "GET", "HEAD", "POST", "PUT":
        expected = "GET" if method in becomes_get else method
        assert method_after_redirect(status, method) == expected
