"""Policies that allow credentials to some origins: what they accept, and what they decide."""

import copy
import pickle
import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import Response, environ, hello
from tests.helpers import preflight as preflight_request
from tests.unit.core.helpers import actual, fault_codes, faults, noted, quietly
from wsgicors import CORSMiddleware, Endpoint, Policy, PolicyError
from wsgicors._core.headers import split_list
from wsgicors._core.policy import settle
from wsgicors._core.problems import CODES
from wsgicors._core.protocol import Preflight, preflight, seen_by, why_refused

APP = "https://app.example"
OTHER = "https://other.example"
ADMIN = "https://*.admin.example"
TIERS = Policy("*", allow_credentials=[APP])


def is_other(origin):
    return str(origin) == OTHER


# What the setting takes


@pytest.mark.parametrize(
    "value",
    [
        pytest.param([APP, "https://b.example:8443"], id="a list"),
        pytest.param((APP, "https://b.example:8443"), id="a tuple"),
        pytest.param(iter([APP, "https://b.example:8443"]), id="an iterator"),
        pytest.param(f"{APP}, https://b.example:8443", id="a comma-separated string"),
    ],
)
def test_origins_with_credentials_are_kept_as_a_tuple(value):
    policy = Policy("*", allow_credentials=value)
    assert policy.allow_credentials == (APP, "https://b.example:8443")
    assert policy.problems == ()


def test_exact_origins_come_before_patterns_as_in_allow_origins():
    policy = quietly(allow_origins="*", allow_credentials=[ADMIN, APP])
    assert policy.allow_credentials == (APP, ADMIN)


@pytest.mark.parametrize(
    ("value", "kept", "redundant"),
    [
        pytest.param([APP, APP], (APP,), APP, id="a duplicate"),
        pytest.param(
            [ADMIN, "https://a.admin.example"], (ADMIN,), "https://a.admin.example", id="covered"
        ),
    ],
)
def test_a_redundant_entry_is_ignored_and_noted(value, kept, redundant):
    settings = {"allow_origins": "*", "accept_risks": "subdomains-with-credentials"}
    policy = Policy(allow_credentials=value, **settings)
    assert policy.allow_credentials == kept
    (problem,) = policy.problems
    assert (problem.code, problem.setting, problem.value) == (
        "redundant",
        "allow_credentials",
        redundant,
    )


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        pytest.param(
            "*",
            "wildcard-with-credentials",
            "'*' trusts every origin with cookies; "
            'list the origins that need cookies: allow_credentials=["https://app.example"]',
            id="every origin",
        ),
        pytest.param(
            ["null"],
            "opaque-origin-with-credentials",
            "'null' is the origin of every sandboxed frame and local file, "
            "so any page could act with your visitors' cookies; remove it",
            id="null",
        ),
        pytest.param(
            ["file://"],
            "opaque-origin-with-credentials",
            "'file://' is the origin of every sandboxed frame and local file, "
            "so any page could act with your visitors' cookies; remove it",
            id="local files",
        ),
        pytest.param(
            [],
            "no-origins",
            "[] does not list an origin; use allow_credentials=False, or list origins",
            id="nothing",
        ),
        pytest.param(
            [True],
            "wrong-type",
            'expected an origin, got True; use allow_credentials=["https://app.example"]',
            id="a bool in a list",
        ),
        pytest.param(
            ["app.example"],
            "origin-without-scheme",
            "'app.example' has no scheme, so browsers never send it; use 'https://app.example'",
            id="without a scheme",
        ),
        pytest.param(
            "https://*",
            "any-origin-pattern",
            "'https://*' would allow every host; list the hosts",
            id="every host",
        ),
        pytest.param(
            "NULL",
            "origin-syntax",
            "'NULL' is not an origin that browsers send; remove it",
            id="null in capitals",
        ),
        pytest.param(
            ["'*'"],
            "origin-syntax",
            "\"'*'\" has quotes around it; list origins",
            id="a star in quotes",
        ),
        pytest.param(
            ["'null'"],
            "origin-syntax",
            "\"'null'\" has quotes around it, and 'null' is the origin of every sandboxed frame "
            "and local file; remove it",
            id="null in quotes",
        ),
        pytest.param(
            ["app"],
            "origin-without-scheme",
            "'app' is not an origin; list origins such as 'https://app.example'",
            id="a word",
        ),
        pytest.param(
            ["*, https://app.example"],
            "origin-syntax",
            "'*, https://app.example' contains several origins; list each as its own string: "
            "'https://app.example'",
            id="every origin and another in one string",
        ),
        pytest.param(
            ["*, *"],
            "origin-syntax",
            "'*, *' contains several origins; list origins",
            id="every origin twice in one string",
        ),
        pytest.param(
            [r"https://.*\.shop\.example"],
            "invalid-pattern",
            r"'https://.*\\.shop\\.example' looks like a regular expression, which wsgicors does "
            "not accept; use 'https://*.app.example' for subdomains",
            id="text of a regular expression",
        ),
        pytest.param(
            ["https://shop-*.app.example"],
            "invalid-pattern",
            "'https://shop-*.app.example' has a wildcard in the wrong place: only '*.' before the "
            "host and ':*' after it are supported; use 'https://*.app.example'",
            id="a wildcard in a label",
        ),
        pytest.param(
            ["https://shop-*.github.io"],
            "invalid-pattern",
            "'https://shop-*.github.io' has a wildcard in the wrong place: only '*.' before the "
            "host and ':*' after it are supported; list each origin, or use a domain of your own "
            "in the form 'https://*.app.example'",
            id="a wildcard in a label of a shared domain",
        ),
    ],
)
def test_what_is_not_an_origin_is_an_error_with_advice_that_works(value, code, message):
    (fault,) = faults(allow_origins="*", allow_credentials=value)
    assert (fault.code, fault.setting, fault.message) == (code, "allow_credentials", message)


@pytest.mark.parametrize("listed", [True, False], ids=["in a list", "alone"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(
            is_other,
            "would decide at run time which origins are trusted with cookies; "
            'list the origins: allow_credentials=["https://app.example"]',
            id="a callable",
        ),
        pytest.param(
            re.compile("https://.*"),
            "is a regular expression, which often matches more than intended; "
            "use 'https://*.example.com' for subdomains",
            id="a regular expression",
        ),
    ],
)
def test_code_and_regular_expressions_are_errors(value, message, listed):
    (fault,) = faults(allow_origins="*", allow_credentials=[value] if listed else value)
    assert (fault.code, fault.setting) == ("wrong-type", "allow_credentials")
    assert fault.message == f"{value!r} {message}"


@pytest.mark.parametrize("word", ["true", "FALSE", " yes ", "no", "on", "off", "0", "1", "none"])
def test_a_string_that_stands_for_a_bool_is_not_a_list_of_origins(word):
    (fault,) = faults(allow_origins=APP, allow_credentials=word)
    assert fault.code == "wrong-type"
    assert fault.message.startswith(f"expected a bool, got {word!r}; use allow_credentials=")


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        pytest.param(None, "False", id="None"),
        pytest.param(1, "True", id="a number"),
        pytest.param({}, "False", id="an empty mapping"),
        pytest.param({APP: 1}, "False", id="a mapping"),
        pytest.param(b"https://app.example", "False", id="bytes"),
        pytest.param("", "False (in JSON, TOML and the environment: false)", id="nothing"),
        pytest.param(" , ", "False (in JSON, TOML and the environment: false)", id="a comma"),
    ],
)
def test_the_message_about_a_value_of_another_type_names_both_types(value, advice):
    (fault,) = faults(allow_origins=APP, allow_credentials=value)
    assert (fault.code, fault.setting, fault.value) == ("wrong-type", "allow_credentials", value)
    assert fault.message == (
        f"expected a bool or a list of origins, got {value!r}; "
        f"use allow_credentials={advice}, or a list of origins"
    )


# Which entries allow_origins has to have


@pytest.mark.parametrize(
    ("origins", "entry"),
    [
        pytest.param("*", APP, id="every origin"),
        pytest.param([APP], APP, id="the same origin"),
        pytest.param([APP, OTHER], APP, id="one of two"),
        pytest.param("https://*.admin.example", "https://a.admin.example", id="a pattern"),
        pytest.param("https://*.admin.example", ADMIN, id="the same pattern"),
        pytest.param("https://*.example", ADMIN, id="a wider pattern"),
        pytest.param("http://localhost:*", "http://localhost:5000", id="any port"),
        pytest.param([is_other, APP], APP, id="an entry beside a callable"),
    ],
)
def test_an_entry_that_an_entry_of_allow_origins_covers_is_accepted(origins, entry):
    risks = ["subdomains-with-credentials", "public-suffix-wildcard"]
    policy = Policy(origins, allow_credentials=[entry], accept_risks=risks)
    assert policy.allow_credentials == (entry,)


@pytest.mark.parametrize(
    ("origins", "entry"),
    [
        pytest.param(OTHER, APP, id="another origin"),
        pytest.param("https://a.admin.example", ADMIN, id="an origin of the pattern"),
        pytest.param(["https://a.admin.example", "https://b.admin.example"], ADMIN, id="two"),
        pytest.param(APP, f"{APP}:*", id="more ports"),
        pytest.param("app://*.example", "app://A.example", id="an app's host with a capital"),
        pytest.param(is_other, OTHER, id="a callable"),
        pytest.param([is_other, APP], OTHER, id="a callable beside an origin"),
    ],
)
def test_an_entry_that_no_single_entry_of_allow_origins_covers_is_an_error(origins, entry):
    risks = ["subdomains-with-credentials"]
    (fault,) = faults(allow_origins=origins, allow_credentials=entry, accept_risks=risks)
    assert (fault.code, fault.setting, fault.value) == (
        "credentials-not-covered",
        "allow_credentials",
        entry,
    )
    assert fault.message == (
        f"pages of {entry!r} may send cookies, but no entry of allow_origins covers it; "
        f"list {entry!r} in allow_origins too"
    )


def test_an_entry_is_not_reported_as_uncovered_while_allow_origins_has_faults():
    assert fault_codes(allow_origins="app.example", allow_credentials=[APP]) == [
        "origin-without-scheme"
    ]


# Risks


def first_problems(**settings):
    """Return the errors of a policy, or the warnings and notes of one without errors."""
    try:
        return quietly(**settings).problems
    except PolicyError as error:
        return error.problems


@pytest.mark.parametrize(
    ("entry", "codes"),
    [
        pytest.param("http://app.example", ["plain-http-origin"], id="not encrypted"),
        pytest.param("https://*.app.example", ["subdomains-with-credentials"], id="subdomains"),
        pytest.param("http://localhost:*", ["development-origin"], id="loopback"),
        pytest.param(
            "https://*.github.io",
            ["public-suffix-wildcard-with-credentials", "subdomains-with-credentials"],
            id="a public suffix",
        ),
    ],
)
def test_the_risks_of_credentials_are_those_of_the_listed_origins(entry, codes):
    risks = [code for code in codes if CODES[code].is_risk]
    for settings in (
        {"allow_origins": "*", "allow_credentials": [entry]},
        {"allow_origins": [entry], "allow_credentials": True},
    ):
        for number, code in enumerate(codes):
            found = first_problems(**settings, accept_risks=risks[:number])
            assert code in {problem.code for problem in found}
        left = quietly(**settings, accept_risks=[*risks, "public-suffix-wildcard"]).problems
        assert [problem.code for problem in left] == [code for code in codes if code not in risks]


@pytest.mark.parametrize("entry", ["http://other.example", "http://localhost:*", ADMIN])
def test_origins_without_credentials_have_no_risks_of_credentials(entry):
    assert noted(allow_origins=[APP, entry], allow_credentials=[APP]) == []


def test_a_callable_in_allow_origins_is_no_risk_because_it_grants_no_credentials():
    policy = Policy([APP, is_other], allow_credentials=[APP])
    assert policy.problems == ()
    assert policy.allows(OTHER)
    assert not policy.allows_credentials(OTHER)


def test_an_opaque_origin_keeps_the_risk_that_it_has_without_credentials():
    settings = {"allow_origins": ["null", APP], "allow_credentials": [APP]}
    assert fault_codes(**settings) == ["opaque-origin"]
    assert Policy(**settings, accept_risks="opaque-origin").allows("null")


def test_a_public_suffix_has_one_risk_in_each_list():
    settings = {"allow_origins": "https://*.github.io", "allow_credentials": "https://*.github.io"}
    assert fault_codes(**settings) == ["public-suffix-wildcard-with-credentials"]
    risks = ["public-suffix-wildcard-with-credentials", "subdomains-with-credentials"]
    (left,) = quietly(**settings, accept_risks=risks).problems
    assert (left.code, left.setting) == ("public-suffix-wildcard", "allow_origins")


def test_every_exposed_header_is_an_error():
    assert fault_codes(allow_origins="*", allow_credentials=[APP], expose_headers="*") == [
        "expose-wildcard-with-credentials"
    ]


def test_cookies_beside_bearer_tokens_are_noted():
    found = noted(allow_origins="*", allow_credentials=[APP], allow_headers=["Authorization"])
    assert found == [("credentials-with-authorization", (APP,))]


# The policy as a value


@pytest.mark.parametrize(
    "twin",
    [
        pytest.param(copy.copy, id="copied"),
        pytest.param(copy.deepcopy, id="copied deeply"),
        pytest.param(lambda policy: pickle.loads(pickle.dumps(policy)), id="pickled"),
        pytest.param(lambda policy: policy.derive(), id="derived"),
        pytest.param(lambda policy: Policy(**policy.settings), id="from its settings"),
        pytest.param(lambda policy: eval(repr(policy)), id="from its repr"),
    ],
)
def test_a_copy_is_equal_and_decides_alike(twin):
    policy = Policy([APP, OTHER], allow_credentials=[APP])
    decisions = [actual(policy, origin) for origin in (APP, OTHER, "null", None)]
    other = twin(policy)
    assert other == policy
    assert hash(other) == hash(policy)
    assert [actual(other, origin) for origin in (APP, OTHER, "null", None)] == decisions
    assert other.allows_credentials(APP)
    assert not other.allows_credentials(OTHER)


@pytest.mark.parametrize("credentials", [True, False, [OTHER], [APP, OTHER]])
def test_policies_with_other_credentials_are_not_equal(credentials):
    policy = Policy([APP, OTHER], allow_credentials=[APP])
    assert policy != Policy([APP, OTHER], allow_credentials=credentials)


@pytest.mark.parametrize(
    ("credentials", "allowed"),
    [(True, {APP, OTHER}), (False, set()), ([APP], {APP})],
    ids=["all origins", "no origin", "a list"],
)
def test_a_policy_says_which_origins_may_send_cookies(credentials, allowed):
    policy = Policy([APP, OTHER], allow_credentials=credentials)
    origins = (APP, OTHER, "https://evil.example", "null", "")
    assert {origin for origin in origins if policy.allows_credentials(origin)} == allowed


def test_derive_replaces_the_list():
    assert TIERS.derive(allow_credentials=False) == Policy("*")
    assert TIERS.derive(allow_origins=APP, allow_credentials=True) == Policy(
        APP, allow_credentials=True
    )
    with pytest.raises(ValueError, match="no entry of allow_origins covers it"):
        TIERS.derive(allow_origins=OTHER)


# What it decides

LISTS = st.sampled_from([(), ("X-A",), ("*",), ("*", "Authorization"), ("Authorization",)])
METHODS = st.sampled_from([None, ("*",), ("PUT",), ()])
ORIGINS = [APP, OTHER, "https://a.admin.example", "https://evil.example", "null"]
SETTINGS = st.fixed_dictionaries(
    {
        "allow_origins": st.sampled_from(
            ["*", [APP, ADMIN], ["https://*.example"], [APP, ADMIN, is_other]]
        ),
        "allow_methods": METHODS,
        "allow_headers": LISTS,
        "expose_headers": st.sampled_from([(), ("ETag",)]),
        "max_age": st.sampled_from([None, 60]),
    }
)
ENTRIES = st.sampled_from([(APP,), (APP, ADMIN), ("https://a.admin.example",)])
RISKS = ("subdomains-with-credentials", "public-suffix-wildcard")
ASKED = st.builds(
    Preflight,
    st.sampled_from(ORIGINS),
    st.sampled_from(["GET", "PUT", "POST", "Egg", "*", "bad method"]),
    st.sampled_from(["", "x-a", "authorization,x-a", "*", "x-a," * 200]),
)
SERVED = st.sampled_from([None, ("GET", "PUT"), ("POST",)])


def as_two(settings, entries):
    """Return a policy with tiers, and the plain policies that it has to decide as."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = Policy(**settings, allow_credentials=entries, accept_risks=RISKS)
        others = Policy(**settings, accept_risks=RISKS)
        listed = Policy(
            **{**settings, "allow_origins": entries}, allow_credentials=True, accept_risks=RISKS
        )
    return whole, others, listed


def with_origin_in_vary(headers):
    """Return header lines by name, with ``Origin`` in ``Vary``."""
    lines = dict(headers)
    assert len(lines) == len(headers)
    vary = {"Origin", *split_list(lines.get("Vary", ""))}
    return {**lines, "Vary": vary}


def read(headers):
    lines = dict(headers)
    return {**lines, "Vary": {*split_list(lines["Vary"])}}


@given(SETTINGS, ENTRIES, st.lists(st.sampled_from([*ORIGINS, None]), min_size=1, max_size=6))
def test_a_request_is_decided_as_one_of_two_policies(settings, entries, asked):
    whole, others, listed = as_two(settings, entries)
    for origin in asked:
        part = listed if origin is not None and listed.allows(origin) else others
        decision, expected = actual(whole, origin), actual(part, origin)
        assert decision.policy is whole
        assert decision.refusal == expected.refusal
        assert read(decision.headers) == with_origin_in_vary(expected.headers)


@given(SETTINGS, ENTRIES, st.lists(ASKED, min_size=1, max_size=6), SERVED)
def test_a_preflight_is_decided_as_one_of_two_policies(settings, entries, requests, served):
    whole, others, listed = as_two(settings, entries)
    for asked in requests:
        part = listed if listed.allows(asked.origin) else others
        decision, expected = preflight(whole, asked, served), preflight(part, asked, served)
        assert decision.policy is whole
        assert decision.refusal == expected.refusal
        assert read(decision.headers) == with_origin_in_vary(expected.headers)
        assert why_refused(whole, asked, served) == why_refused(part, asked, served)


def test_the_listed_origin_is_named_and_others_get_a_star():
    assert actual(TIERS, APP).headers == (
        ("Access-Control-Allow-Origin", APP),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    )
    open_to_all = (("Access-Control-Allow-Origin", "*"), ("Vary", "Origin"))
    assert actual(TIERS, OTHER).headers == open_to_all
    assert actual(TIERS, None).headers == open_to_all


def test_the_wildcards_of_preflights_are_echoed_for_listed_origins_only():
    policy = TIERS.derive(allow_methods="*", allow_headers="*")
    vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    assert preflight(policy, Preflight(APP, "PURGE", "x-a")).headers == (
        ("Access-Control-Allow-Origin", APP),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "PURGE"),
        ("Access-Control-Allow-Headers", "x-a"),
        ("Vary", vary),
    )
    assert preflight(policy, Preflight(OTHER, "PURGE", "x-a")).headers == (
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "*"),
        ("Access-Control-Allow-Headers", "*"),
        ("Vary", vary),
    )


def test_a_policy_remembers_decisions_for_both_kinds_of_origins():
    policy = Policy("*", allow_credentials=[APP])
    for origin in (APP, OTHER, None):
        assert actual(policy, origin) is actual(policy, origin)
    for origin in (APP, OTHER):
        asked = Preflight(origin, "PUT")
        assert preflight(policy, asked) is preflight(policy, asked)


def test_a_settled_policy_asks_no_callable_again_and_keeps_its_listed_origins():
    asked = []

    def decide(origin):
        asked.append(origin)
        return True

    policy = Policy([APP, decide], allow_credentials=[APP])
    for origin, credentials in ((OTHER, False), (APP, True)):
        settled = settle(policy, origin)
        assert settled == policy
        before = len(asked)
        assert settled.allows(origin)
        assert settled.allows_credentials(origin) is credentials
        assert seen_by(settled, origin).allows(origin)
        assert seen_by(settled, origin).allow_credentials is credentials
        assert actual(settled, origin) == actual(policy, origin)
        assert len(asked) == before + (origin == OTHER)  # of the last line


def test_no_callable_is_asked_about_a_listed_origin():
    policy = Policy([APP, lambda origin: 1 / 0], allow_credentials=[APP])
    assert ("Access-Control-Allow-Credentials", "true") in actual(policy, APP).headers


@pytest.mark.parametrize("origin", [APP, OTHER, None])
def test_what_a_resolver_has_read_is_in_vary_beside_the_origin(origin):
    app = CORSMiddleware(hello, resolve=lambda *_: Endpoint(TIERS, vary=["Cookie"]))
    assert Response(app, environ(origin=origin))["Vary"] == "Origin, Cookie"
    if origin:
        vary = Response(app, preflight_request(origin=origin))["Vary"]
        assert vary == "Origin, Access-Control-Request-Method, Cookie"
