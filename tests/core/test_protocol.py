"""The protocol's server side: what a decision answers, and what a browser will object to."""

import copy
import pickle
import tracemalloc

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wsgicors import Policy
from wsgicors.core.decisions import MAX_REMEMBERED, MAX_REMEMBERED_LENGTH, Decision
from wsgicors.core.headers import is_token, split_list
from wsgicors.core.protocol import (
    MAX_METHOD_SIZE,
    MAX_ORIGINS_TOLD,
    MAX_REQUESTED_NAMES,
    MAX_REQUESTED_SIZE,
    Preflight,
    Refusal,
    actual,
    no_policy,
    objection,
    preflight,
    refused_origin,
)

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

everybody = Policy("*")
listed = Policy([APP, "https://other.example"])
subdomains = Policy("https://*.app.example")
vouched = Policy(lambda origin: origin.host == "app.example")
opaque = Policy("null", accept_risks="opaque-origin")
trusting = Policy(APP, allow_credentials=True)
trusting_any_method = Policy(APP, allow_methods="*", allow_credentials=True)
any_header = Policy(APP, allow_headers="*")
any_header_and_authorization = Policy(APP, allow_headers=["*", "Authorization"])
any_header_trusting = Policy(APP, allow_headers="*", allow_credentials=True)
any_header_and_authorization_trusting = Policy(
    APP, allow_headers=["Authorization", "*"], allow_credentials=True
)


def methods_of(decision):
    return dict(decision.headers).get(ALLOW_METHODS)


def headers_of(decision):
    return dict(decision.headers).get(ALLOW_HEADERS)


@pytest.mark.parametrize(
    ("policy", "origin", "headers"),
    [
        pytest.param(everybody, APP, [(ALLOW_ORIGIN, "*")], id="everybody"),
        pytest.param(everybody, None, [(ALLOW_ORIGIN, "*")], id="everybody, without an origin"),
        pytest.param(everybody, "null", [(ALLOW_ORIGIN, "*")], id="everybody, null"),
        pytest.param(everybody, "no, origin", [(ALLOW_ORIGIN, "*")], id="everybody, nonsense"),
        pytest.param(
            everybody.derive(expose_headers="ETag, Link"),
            None,
            [(ALLOW_ORIGIN, "*"), EXPOSED],
            id="everybody, with exposed headers",
        ),
        pytest.param(listed, APP, [(ALLOW_ORIGIN, APP), VARY], id="listed"),
        pytest.param(
            subdomains,
            "https://a.app.example",
            [(ALLOW_ORIGIN, "https://a.app.example"), VARY],
            id="under a pattern",
        ),
        pytest.param(vouched, APP, [(ALLOW_ORIGIN, APP), VARY], id="vouched for"),
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
def test_an_actual_request_is_granted(policy, origin, headers):
    assert actual(policy, origin) == Decision(headers)


@pytest.mark.parametrize("policy", [listed, subdomains, vouched, opaque, trusting])
@pytest.mark.parametrize(
    "origin", [EVIL, "", "*", f"{APP}/", "https://APP.example", f"{APP},{APP}", "Null", "file://"]
)
def test_an_actual_request_of_another_origin_gets_vary_alone(policy, origin):
    policy = policy.derive(expose_headers="ETag")
    assert actual(policy, origin) == Decision([VARY], "origin-not-allowed")


@pytest.mark.parametrize("policy", [listed, subdomains, vouched, opaque, trusting])
def test_a_request_without_an_origin_gets_vary_alone_and_is_not_refused(policy):
    policy = policy.derive(expose_headers="ETag")
    assert actual(policy, None) == Decision([VARY])


@pytest.mark.parametrize(
    "asks", [lambda p: actual(p, APP), lambda p: preflight(p, Preflight(APP, "PUT"))]
)
def test_a_request_never_raises_whatever_a_callable_does(asks, caplog):
    def broken(origin):
        raise LookupError("the table is gone")

    assert asks(Policy(broken)).refusal == "origin-not-allowed"
    assert "the table is gone" in caplog.text


def ask_first(policy, origin):
    return preflight(policy, Preflight(origin, "GET"))


@pytest.mark.parametrize(
    ("memory", "decide"),
    [
        pytest.param("decided", actual, id="actual"),
        pytest.param(
            "decided_preflights", lambda p, o: preflight(p, Preflight(o, "GET")), id="pre"
        ),
    ],
)
class TestMemory:
    def test_a_decision_is_worked_out_once(self, memory, decide):
        policy = Policy([APP, "https://*.app.example"])
        for origin in APP, "https://a.app.example", EVIL, "null":
            assert decide(policy, origin) is decide(policy, origin)
            assert getattr(policy, memory)[origin] is decide(policy, origin)

    def test_it_never_grows_beyond_its_size(self, memory, decide):
        policy = Policy("https://*.app.example")
        for number in range(MAX_REMEMBERED + 1):
            assert decide(policy, f"https://a{number}.app.example").refusal is None
        assert list(getattr(policy, memory)) == [f"https://a{MAX_REMEMBERED}.app.example"]

    @pytest.mark.parametrize(
        ("allowed", "kilobytes"),
        [
            pytest.param("https://*.app.example", 120, id="granted"),
            pytest.param(APP, 60, id="refused"),
            pytest.param("*", 60, id="everybody"),
        ],
    )
    def test_it_takes_little_whoever_asks(self, memory, decide, allowed, kilobytes):
        policy, size = Policy(allowed), MAX_REMEMBERED_LENGTH - len("https://.app.example")
        decide(policy, APP)
        tracemalloc.start()
        try:
            for number in range(MAX_REMEMBERED - 1):
                decide(policy, f"https://{number:0{size}}.app.example")
            assert tracemalloc.get_traced_memory()[0] < kilobytes * 1_000
        finally:
            tracemalloc.stop()
        assert len(getattr(policy, memory)) == MAX_REMEMBERED

    def test_what_is_the_same_for_many_origins_is_one_object(self, memory, decide):
        for policy in Policy(APP), Policy("*"):
            assert decide(policy, EVIL) is decide(policy, "null")

    def test_an_origin_that_no_browser_sends_is_not_kept(self, memory, decide):
        policy = Policy(APP)
        assert (
            decide(policy, "https://" + "a" * MAX_REMEMBERED_LENGTH).refusal == "origin-not-allowed"
        )
        assert getattr(policy, memory) == {}

    def test_the_longest_origin_that_is_worth_it_is_kept(self, memory, decide):
        policy, longest = Policy(APP), "https://" + "a" * (MAX_REMEMBERED_LENGTH - len("https://"))
        decide(policy, longest)
        assert list(getattr(policy, memory)) == [longest]

    def test_a_callable_may_change_its_mind(self, memory, decide):
        answers = iter([True, False, True])
        policy = Policy([APP, lambda origin: next(answers)])
        refusals = [decide(policy, EVIL).refusal for _ in range(3)]
        assert refusals == [None, "origin-not-allowed", None]
        assert getattr(policy, memory) == {}

    def test_a_policy_derived_from_another_remembers_nothing_of_it(self, memory, decide):
        policy = Policy(APP)
        decide(policy, APP)
        assert getattr(policy.derive(allow_origins=EVIL), memory) == {}


def test_a_preflight_that_is_answered_by_what_it_asks_for_is_not_kept():
    for policy in any_header, trusting_any_method:
        preflight(policy, Preflight(APP, "PUT", "x-a"))
        assert policy.decided_preflights == {}


def test_a_preflight_to_a_router_is_kept_by_what_it_serves():
    policy, asked = Policy(APP), Preflight(APP, "PUT")
    listed = {methods: preflight(policy, asked, methods) for methods in [("PUT",), ("DELETE",)]}
    assert len({decision.headers[1] for decision in listed.values()}) == 2
    assert all(preflight(policy, asked, [*methods]) is listed[methods] for methods in listed)


def test_a_method_that_only_an_attacker_writes_is_not_kept():
    policy, method = Policy(APP), "X" * 101
    assert preflight(policy, Preflight(APP, method), [method]).refusal is None
    assert policy.decided_preflights == {}


def test_a_callable_is_asked_at_every_preflight_to_a_router():
    answers = iter([True, False])
    policy = Policy(lambda origin: next(answers))
    asked = Preflight(APP, "PUT")
    assert [preflight(policy, asked, ["PUT"]).refusal for _ in range(2)] == [
        None,
        "origin-not-allowed",
    ]


def test_a_policy_is_pickled_without_what_it_decided_for_others():
    policy = Policy(APP, expose_headers="ETag")
    actual(policy, APP)
    for twin in pickle.loads(pickle.dumps(policy)), copy.deepcopy(policy):
        assert (twin, twin.decided) == (policy, {})
        assert actual(twin, APP) == actual(policy, APP)


def test_a_decision_equals_no_other():
    assert Decision([VARY]) == Decision([VARY])
    assert Decision([VARY]) != Decision([VARY], "too-large")
    assert Decision([VARY]) != ([VARY], None)


@pytest.mark.parametrize(
    ("policy", "origin", "headers"),
    [
        pytest.param(
            everybody,
            APP,
            [
                (ALLOW_ORIGIN, "*"),
                SAFELISTED,
                JSON,
                ("Vary", "Access-Control-Request-Method"),
            ],
            id="everybody",
        ),
        pytest.param(
            everybody.derive(allow_methods="*", allow_headers="*", max_age=0),
            APP,
            [
                (ALLOW_ORIGIN, "*"),
                (MAX_AGE, "0"),
                (ALLOW_METHODS, "*"),
                (ALLOW_HEADERS, "*"),
                ("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers"),
            ],
            id="everybody, everything",
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
            vouched, APP, [(ALLOW_ORIGIN, APP), SAFELISTED, JSON, PREFLIGHT_VARY], id="vouched for"
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
            id="nothing to list, and nothing exposed by a preflight",
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
def test_a_preflight_is_granted(policy, origin, headers):
    asked = Preflight(origin, "PUT", "x-one,x-two")
    assert preflight(policy, asked) == Decision(headers)


@pytest.mark.parametrize(
    ("policy", "vary"),
    [
        pytest.param(listed, PREFLIGHT_VARY, id="listed"),
        pytest.param(subdomains, PREFLIGHT_VARY, id="a pattern"),
        pytest.param(vouched, PREFLIGHT_VARY, id="a callable"),
        pytest.param(trusting.derive(max_age=600), PREFLIGHT_VARY, id="credentials, max_age"),
        pytest.param(any_header, FULL_VARY, id="any header"),
    ],
)
@pytest.mark.parametrize("origin", [EVIL, "null", "", f"{APP}/", "*"])
def test_a_preflight_of_another_origin_is_refused_with_vary_alone(policy, vary, origin):
    asked = Preflight(origin, "GET", "x" * (MAX_REQUESTED_SIZE + 1))
    assert preflight(policy, asked, ["GET"]) == Decision([vary], "origin-not-allowed")


@pytest.mark.parametrize("requested", ["", "content-type", "x-other", "authorization", "no name"])
@pytest.mark.parametrize("method", ["GET", "PUT", "put", "", "no method"])
def test_a_list_is_the_same_for_every_asker(method, requested):
    policy = Policy(APP, allow_methods=["PUT"], allow_headers=["Content-Type", "X-A"])
    decision = preflight(policy, Preflight(APP, method, requested), ["GET", "PUT"])
    assert decision == preflight(policy, Preflight(APP, "GET"), ["GET", "PUT"])


@pytest.mark.parametrize("policy", [everybody, listed.derive(allow_headers=[]), trusting])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("served", [None, ["GET", "HEAD", "POST"]])
def test_a_preflight_without_request_headers_succeeds_for_a_safelisted_method(
    policy, method, served
):
    asked = Preflight(APP, method)
    decision = preflight(policy, asked, served)
    assert decision.refusal is None
    assert method in methods_of(decision)
    assert objection(policy, asked, served) is None


@pytest.mark.parametrize(
    ("allowed", "credentials", "served", "methods"),
    [
        # Without a router, the policy's own list.
        pytest.param(None, False, None, "GET, HEAD, POST", id="nothing known"),
        pytest.param(None, True, None, "GET, HEAD, POST", id="nothing known, credentials"),
        pytest.param([], False, None, None, id="an empty list"),
        pytest.param(["PUT", "GET"], False, None, "PUT, GET", id="a list"),
        pytest.param("*", False, None, "*", id="every method"),
        pytest.param("*", True, None, "DELETE", id="every method, credentials: the one asked for"),
        # With one, what it serves, narrowed by the policy.
        pytest.param(None, False, ["PUT", "GET"], "PUT, GET", id="what is served"),
        pytest.param(None, True, ["PUT"], "PUT", id="what is served, credentials"),
        pytest.param(None, False, [], None, id="nothing served"),
        pytest.param("*", False, ["PUT", "GET"], "PUT, GET", id="served: a star is no more"),
        pytest.param("*", True, ["PUT", "GET"], "PUT, GET", id="served: nor with credentials"),
        pytest.param("*", False, [], None, id="served: nor where nothing is"),
        pytest.param(["PATCH", "PUT"], False, ["PUT", "PATCH"], "PATCH, PUT", id="same methods"),
        pytest.param(["PATCH", "PUT"], False, ["PUT", "DELETE"], "PUT", id="narrowed"),
        pytest.param(["PATCH"], False, ["DELETE"], None, id="narrowed to none"),
        pytest.param(["Egg"], False, ["egg"], None, id="in another case"),
        pytest.param(
            ["PUT"],
            False,
            ["GET", "HEAD", "POST", "PUT", "DELETE"],
            "PUT, GET, HEAD, POST",
            id="safelisted methods cannot be narrowed away",
        ),
        pytest.param([], False, ["GET", "PUT"], "GET", id="not even by an empty list"),
        pytest.param(["PUT", "POST"], True, ["POST", "PUT"], "PUT, POST", id="and come once"),
        pytest.param(["GET", "PUT"], False, ["PUT"], "PUT", id="but only where they are served"),
    ],
)
def test_which_methods_a_preflight_lists(allowed, credentials, served, methods):
    policy = Policy(APP, allow_methods=allowed, allow_credentials=credentials)
    assert methods_of(preflight(policy, Preflight(APP, "DELETE"), served)) == methods


@pytest.mark.parametrize("served", [("GET", "PUT"), ["GET", "PUT"]])
def test_the_methods_that_a_router_serves_are_not_changed(served):
    preflight(Policy(APP, allow_methods=["PUT"]), Preflight(APP, "PUT"), served)
    assert list(served) == ["GET", "PUT"]


@pytest.mark.parametrize(
    ("asked", "methods"),
    [
        pytest.param("DELETE", "DELETE", id="a method"),
        pytest.param("egg", "egg", id="any token in its own case"),
        pytest.param("GET", "GET", id="a safelisted one"),
        pytest.param("", None, id="nothing"),
        pytest.param("*", None, id="a star, which is a token"),
        pytest.param("PUT, DELETE", None, id="a list"),
        pytest.param("PUT\r\nX-Evil: 1", None, id="a second line"),
        pytest.param("PÜT", None, id="not ASCII"),
        pytest.param("A" * MAX_METHOD_SIZE, "A" * MAX_METHOD_SIZE, id="the longest"),
        pytest.param("A" * (MAX_METHOD_SIZE + 1), None, id="one character too long"),
    ],
)
def test_with_credentials_a_method_is_echoed_only_if_it_is_one(asked, methods):
    policy = Policy(APP, allow_methods="*", allow_credentials=True)
    decision = preflight(policy, Preflight(APP, asked))
    assert methods_of(decision) == methods
    assert decision.refusal is None


@pytest.mark.parametrize("policy", [listed, trusting, listed.derive(allow_methods="*")])
@pytest.mark.parametrize("asked", ["", "PUT, DELETE", "PUT\r\nX-Evil: 1"])
def test_a_resolver_that_serves_whatever_it_is_asked_for_has_no_nonsense_echoed(policy, asked):
    assert methods_of(preflight(policy, Preflight(APP, asked), ["GET", asked])) == "GET"


@pytest.mark.parametrize(
    ("policy", "requested", "names"),
    [
        pytest.param(any_header, "", "*", id="nothing asked"),
        pytest.param(any_header, "x-a,x-b", "*", id="anything asked"),
        pytest.param(any_header, "no name", "*", id="nonsense asked"),
        pytest.param(any_header, "authorization", None, id="Authorization unlisted"),
        pytest.param(any_header, "x-a, AuthorizatioN ,x-b", None, id="among others, in any case"),
        pytest.param(any_header, "x-authorization", "*", id="a longer name"),
        pytest.param(any_header, "proxy-authorization", "*", id="another longer name"),
        pytest.param(
            any_header_and_authorization, "authorization", "*, Authorization", id="listed"
        ),
        pytest.param(any_header_and_authorization, "x-a", "*, Authorization", id="listed, unasked"),
        pytest.param(any_header_trusting, "", None, id="credentials: nothing asked"),
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
            any_header_and_authorization_trusting, "", "Authorization", id="listed and unasked"
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
def test_which_header_names_a_preflight_lists(policy, requested, names):
    decision = preflight(policy, Preflight(APP, "GET", requested))
    assert headers_of(decision) == names
    assert dict(decision.headers)[ALLOW_ORIGIN] == APP
    assert decision.refusal is None


def sized(size):
    return "x" * size


def numbered(count):
    return ",".join(f"x-{number}" for number in range(count))


@pytest.mark.parametrize(
    "policy", [any_header, any_header_trusting, everybody.derive(allow_headers="*, Authorization")]
)
@pytest.mark.parametrize(
    ("requested", "refusal"),
    [
        pytest.param(sized(8_192), None, id="as large as can be"),
        pytest.param(sized(8_193), "too-large", id="one character more"),
        pytest.param(numbered(100), None, id="as many names as can be"),
        pytest.param(numbered(101), "too-large", id="one name more"),
        pytest.param("x," * 101, "too-large", id="the same name too often"),
        pytest.param("x," * 100 + " ,\t," * 500, None, id="empty elements are not counted"),
        pytest.param("," * 8_192, None, id="nothing but commas"),
        pytest.param("," * 8_193, "too-large", id="too many commas"),
        pytest.param("," * 1_000_000, "too-large", id="far too many commas"),
    ],
)
def test_a_star_reads_no_more_than_8_kib_and_100_names(policy, requested, refusal):
    asked = Preflight(APP, "GET", requested)
    decision = preflight(policy, asked)
    assert decision.refusal == refusal
    if refusal:
        assert [name for name, _ in decision.headers] == ["Vary"]
        assert objection(policy, asked).reason == refusal
    else:
        assert ALLOW_ORIGIN in dict(decision.headers)
        assert objection(policy, asked) is None


def test_the_limits_are_those_documented():
    assert (MAX_REQUESTED_SIZE, MAX_REQUESTED_NAMES) == (8_192, 100)


@pytest.mark.parametrize("requested", [sized(8_193), numbered(101), "," * 1_000_000])
def test_a_list_answers_whatever_the_size(requested):
    decision = preflight(listed, Preflight(APP, "GET", requested))
    assert decision == preflight(listed, Preflight(APP, "GET"))


def test_a_foreign_origin_is_refused_as_such_whatever_the_size():
    decision = preflight(any_header, Preflight(EVIL, "GET", sized(8_193)))
    assert decision == Decision([FULL_VARY], "origin-not-allowed")


requested_names = st.text("aX-,* \t\r\n:(é", max_size=40) | st.lists(
    st.sampled_from(
        ["x-a", "X-A", "Authorization", "authorization", "*", "", "a b", "content-type"]
    )
).map(",".join)


@given(
    requested_names, st.sampled_from([any_header_trusting, any_header_and_authorization_trusting])
)
def test_with_credentials_only_names_that_were_asked_for_are_echoed(requested, policy):
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
def test_a_refused_origin_is_told(origin, sentence):
    refusal = Refusal("origin-not-allowed", sentence)
    assert refused_origin(listed, origin) == refusal
    assert objection(listed, Preflight(origin, "GET")) == refusal
    too_much = Preflight(origin, "GET", sized(9_000))
    assert objection(any_header, too_much, []) == refused_origin(any_header, origin)


def test_only_the_first_of_many_origins_are_told():
    policy = listed.derive(allow_origins=[f"https://{name}.example" for name in "abcdefg"])
    told = refused_origin(policy, EVIL).sentence
    assert told.endswith(
        "https://a.example, https://b.example, https://c.example, "
        "https://d.example, https://e.example, ..."
    )


@pytest.mark.parametrize(
    ("policy", "method", "served", "allowed"),
    [
        pytest.param(listed, "PUT", None, "GET, HEAD, POST", id="without a router"),
        pytest.param(listed, "PUT", ["GET", "DELETE"], "GET, DELETE", id="not served"),
        pytest.param(listed, "PUT", [], "none", id="nothing served"),
        pytest.param(
            listed.derive(allow_methods=["DELETE"]), "PUT", ["PUT", "GET"], "GET", id="narrowed"
        ),
        pytest.param(listed.derive(allow_methods=[]), "PUT", None, "none", id="an empty list"),
        pytest.param(
            listed.derive(allow_methods="*"), "PUT", ["GET"], "GET", id="a star, not served"
        ),
        pytest.param(
            trusting.derive(allow_methods="*"), "P T", None, "none", id="credentials, no method"
        ),
        pytest.param(listed, "P\nT", None, "GET, HEAD, POST", id="quoted"),
    ],
)
def test_a_refused_method_is_told_with_those_that_are_allowed(policy, method, served, allowed):
    assert objection(policy, Preflight(APP, method), served) == Refusal(
        "method-not-allowed",
        f"method {method!r} is not among those that the policy allows here: {allowed}",
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
def test_a_method_in_the_wrong_case_is_told_so(method, served, hint):
    refusal = objection(listed, Preflight(APP, method), served)
    assert refusal.reason == "method-not-allowed"
    write = f"(methods are case-sensitive: the page has to write '{method.upper()}')"
    assert refusal.sentence.endswith(write) is hint


@pytest.mark.parametrize(
    ("policy", "method", "served"),
    [
        pytest.param(listed, "GET", ["PUT"], id="safelisted, though not served"),
        pytest.param(listed, "POST", [], id="safelisted, and nothing is"),
        pytest.param(listed.derive(allow_methods=[]), "HEAD", None, id="safelisted, not listed"),
        pytest.param(listed, "PUT", ["PUT"], id="served"),
        pytest.param(listed.derive(allow_methods="*"), "egg", None, id="a star"),
        pytest.param(trusting.derive(allow_methods="*"), "egg", None, id="a star, credentials"),
        pytest.param(listed.derive(allow_methods=["Egg"]), "Egg", None, id="listed"),
    ],
)
def test_no_browser_objects_to_these_methods(policy, method, served):
    assert objection(policy, Preflight(APP, method), served) is None


@pytest.mark.parametrize(
    ("policy", "requested", "sentence"),
    [
        pytest.param(
            listed,
            "x-a",
            "the page sends 'x-a', and allow_headers names only Content-Type",
            id="not listed",
        ),
        pytest.param(
            listed.derive(allow_headers=["X-B", "X-C"]),
            "x-c,X-D,x-e",
            "the page sends 'x-d', and allow_headers names only X-B, X-C",
            id="the first that is not",
        ),
        pytest.param(
            listed.derive(allow_headers=[]),
            "content-type",
            "the page sends 'content-type', and allow_headers names only safelisted ones",
            id="none listed",
        ),
        pytest.param(
            any_header_trusting,
            "a b",
            "the page sends 'a b', and allow_headers names only *",
            id="no name, with credentials",
        ),
        pytest.param(
            listed,
            "x\r\ny",
            r"the page sends 'x\r\ny', and allow_headers names only Content-Type",
            id="quoted",
        ),
    ],
)
def test_a_refused_header_is_told_with_those_that_are_allowed(policy, requested, sentence):
    refusal = objection(policy, Preflight(APP, "GET", requested))
    assert refusal == Refusal("header-not-allowed", sentence)


@pytest.mark.parametrize(
    ("policy", "requested"),
    [
        pytest.param(listed, "", id="nothing asked"),
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
def test_no_browser_objects_to_these_headers(policy, requested):
    assert objection(policy, Preflight(APP, "GET", requested)) is None


@pytest.mark.parametrize("policy", [any_header, any_header_trusting])
def test_authorization_under_a_star_is_told_that_it_needs_listing(policy):
    refusal = objection(policy, Preflight(APP, "GET", "x-a,Authorization"))
    assert refusal.reason == "authorization-not-listed"
    assert "'*' does not cover" in refusal.sentence
    assert "allow_headers" in refusal.sentence


def test_authorization_beside_a_list_without_it_is_told_nothing_about_a_star():
    refusal = objection(listed, Preflight(APP, "GET", "authorization"))
    assert refusal.reason == "authorization-not-listed"
    assert "*" not in refusal.sentence
    assert "allow_headers" in refusal.sentence


def test_a_request_that_is_too_large_is_told_the_limits():
    assert objection(any_header, Preflight(APP, "PUT", sized(8_193))) == Refusal(
        "too-large",
        "the preflight asks for more than 8192 characters or 100 names; list the headers instead",
    )


def test_an_endpoint_without_a_policy_is_told():
    told = "no CORS policy applies here; mark the view, or give the app a default"
    assert no_policy() == Refusal("no-policy", told)


def test_the_browsers_checks_are_mirrored_in_their_order():
    asked = Preflight(APP, "PUT", "x-a,authorization")
    assert objection(listed, asked).reason == "method-not-allowed"
    assert objection(listed, asked, ["PUT"]).reason == "authorization-not-listed"
    both = listed.derive(allow_headers=["Authorization"])
    assert objection(both, asked, ["PUT"]).reason == "header-not-allowed"


def accepts(decision, method, names, credentials):
    """Check a preflight's answer as a browser does (Fetch, section 4.9, steps 7 and on)."""
    answer = dict(decision.headers)
    if answer.get(ALLOW_ORIGIN) not in ({APP} if credentials else {APP, "*"}):
        return False
    if credentials and answer.get(CREDENTIALS[0]) != "true":
        return False
    methods = split_list(answer.get(ALLOW_METHODS, ""))
    star = "*" in methods and not credentials
    if method not in methods and method not in {"GET", "HEAD", "POST"} and not star:
        return False
    allowed = {name.lower() for name in split_list(answer.get(ALLOW_HEADERS, ""))}
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
def test_there_is_an_objection_exactly_where_a_browser_has_one(
    origins, methods, headers, credentials, method, names, served
):
    assume(not (credentials and origins == "*"))
    policy = Policy(
        origins, allow_methods=methods, allow_headers=headers, allow_credentials=credentials
    )
    asked = Preflight(APP, method, ",".join(names))
    accepted = accepts(preflight(policy, asked, served), method, names, credentials)
    assert (objection(policy, asked, served) is None) is accepted


@given(requested_names, st.sampled_from(["GET", "PUT", "*", "", "a b"]), st.booleans())
def test_with_credentials_no_star_is_ever_sent(requested, method, routed):
    policy = any_header_trusting.derive(allow_methods="*")
    served = ["GET", "PUT"] if routed else None
    decision = preflight(policy, Preflight(APP, method, requested), served)
    assert not any("*" in split_list(value) for _, value in decision.headers)


def test_as_many_origins_as_are_told_are_not_said_to_go_on():
    listed = [f"https://a{number}.example" for number in range(MAX_ORIGINS_TOLD)]
    told = refused_origin(Policy(listed), EVIL).sentence
    assert told == f"origin {EVIL!r} is not among allow_origins: {', '.join(listed)}"


def test_a_method_in_the_wrong_case_is_told_in_full():
    told = objection(Policy(APP, allow_methods="PUT"), Preflight(APP, "put"))
    assert told is not None
    assert told.sentence == (
        "method 'put' is not among those that the policy allows here: PUT "
        "(methods are case-sensitive: the page has to write 'PUT')"
    )


@pytest.mark.parametrize(
    ("allow_headers", "star"),
    [
        pytest.param("*", ", which '*' does not cover", id="a star"),
        pytest.param("X-A", "", id="a list"),
    ],
)
def test_an_unlisted_authorization_is_told_in_full(allow_headers, star):
    policy = Policy(APP, allow_headers=allow_headers)
    told = objection(policy, Preflight(APP, "GET", "authorization"))
    assert told is not None
    assert told.sentence == f"the page sends Authorization{star}; list it in allow_headers"
