"""A test for every section of docs/misconfigurations.md.

The id of a test begins with the number of its section. 29 and 48 are advice, without tests.
"""

import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, abort, request
from werkzeug.routing import Map, Rule

from tests import helpers
from tests.adapters.contract.facts import ALLOW_ORIGIN, fetch, granted, preflight, serve, vary
from tests.helpers import APP, Response, hello
from wsgicors import CORSMiddleware, Endpoint, Origin, Policy, PolicyError, wrap
from wsgicors._core.headers import is_token
from wsgicors._core.policy import SETTINGS
from wsgicors._core.problems import CODES, RISKS
from wsgicors.flask import CORS, cors
from wsgicors.paths import by_path
from wsgicors.werkzeug import CORS as WerkzeugCORS  # noqa: N811 - both adapters call it so

PAGE = Path(__file__).parents[2] / "docs" / "misconfigurations.md"
EVIL = "https://evil.example"
ADVICE_ONLY = {29, 48}


def anybody(origin):
    return True


async def asynchronous(origin):
    return True


def case(id, codes, allow_origins=APP, /, **settings):
    """Settings of a policy, and the codes of its problems in order."""
    return pytest.param({"allow_origins": allow_origins, **settings}, codes.split(), id=id)


def with_credentials(id, codes, allow_origins, /, **settings):
    return case(id, codes, allow_origins, allow_credentials=True, **settings)


CODES_OF_MISSPELT = {
    5: "invalid-pattern",
    10: "plain-http-origin",
    18: "origin-syntax",
    19: "origin-without-scheme",
    20: "origin-not-ascii",
    21: "origin-ip-spelling",
}


def number_of(id):
    return int(re.match(r"\d+", id)[0])


def misspelt(id, given, right):
    """A misspelt origin, and its right spelling."""
    settings = {"allow_origins": [given], "allow_credentials": number_of(id) == 10}
    return pytest.param(settings, [CODES_OF_MISSPELT[number_of(id)]], right, id=id)


# Settings that are checked when the policy is created

REFUSED = [
    with_credentials("1-callable", "callable-with-credentials", anybody),
    with_credentials("1-callable-in-a-list", "callable-with-credentials", [APP, anybody]),
    with_credentials("2-star", "wildcard-with-credentials", "*"),
    with_credentials("2-star-in-a-list", "wildcard-with-credentials", [APP, "*"]),
    case("2-star-among-listed", "wildcard-with-credentials", "*", allow_credentials=[APP, "*"]),
    case("4-null-listed", "opaque-origin-with-credentials", "*", allow_credentials=["null"]),
    case("39-callable-listed", "wrong-type", "*", allow_credentials=[anybody]),
    case("3-any-host", "any-origin-pattern", "https://*"),
    case("3-any-host-and-port", "any-origin-pattern", "https://*:*"),
    case("3-any-host-on-a-port", "any-origin-pattern", "https://*:8443"),
    case("3-any-scheme-and-host", "any-origin-pattern", "*://*"),
    case("3-any-scheme", "any-origin-pattern", "*://app.example"),
    case("3-either-http", "any-origin-pattern", "http*://x"),
    case("3-dotted", "any-origin-pattern", "https://*.*"),
    case("4-null", "opaque-origin", "null"),
    case("4-file", "opaque-origin", "file://"),
    with_credentials("4-null-with-credentials", "opaque-origin-with-credentials", "null"),
    with_credentials("4-file-with-credentials", "opaque-origin-with-credentials", "file://"),
    case("5-suffix", "invalid-pattern", "https://*example.com"),
    case("6-prefix", "invalid-pattern", "https://example.*"),
    case("6-prefix-of-a-port", "invalid-pattern", "https://app.example:80*"),
    case("7-substring", "invalid-pattern", "https://*example*"),
    case("7-inner-label", "invalid-pattern", "https://www.*.example.com"),
    case("7-in-a-label", "invalid-pattern", "https://shop-*-team.vercel.app"),
    case("8-pattern-object", "wrong-type", re.compile(r"https://.*\.example\.com")),
    case("8-pattern-object-in-a-list", "wrong-type", [APP, re.compile("https://app.example")]),
    with_credentials("10-plain-http", "plain-http-origin", "http://app.example"),
    with_credentials("10-plain-http-address", "plain-http-origin", "http://10.0.0.1"),
    with_credentials("10-any-port", "plain-http-origin", "http://app.example:*"),
    with_credentials(
        "12-shared-host-with-credentials",
        "public-suffix-wildcard-with-credentials",
        "https://*.github.io",
        accept_risks=["subdomains-with-credentials"],
    ),
    with_credentials(
        "12-top-level-with-credentials",
        "public-suffix-wildcard-with-credentials",
        "https://*.com",
        accept_risks=["subdomains-with-credentials"],
    ),
    with_credentials(
        "12-unknown-top-level-with-credentials",
        "public-suffix-wildcard-with-credentials",
        "https://*.newtld",
        accept_risks=["subdomains-with-credentials"],
    ),
    case("18-port-zero", "origin-syntax", "https://app.example:0"),
    case("18-port-65536", "origin-syntax", "https://app.example:65536"),
    case("18-port-that-is-no-number", "origin-syntax", "https://app.example:http"),
    case("18-empty-label", "origin-syntax", "https://app..example"),
    case("18-space", "origin-syntax", "https://app example"),
    case("18-percent", "origin-syntax", "https://app%2eexample"),
    case("18-no-host", "origin-syntax", "https://"),
    case("18-label-too-long", "origin-syntax", f"https://{'a' * 64}.example"),
    case("18-host-too-long", "origin-syntax", f"https://{'a.' * 127}example"),
    case("18-app-with-a-port-alone", "origin-syntax", "app://:80"),
    case("20-not-punycode", "origin-syntax", "https://xn--f.example"),
    case("20-not-idna", "origin-syntax", "https://*.xn--a-ecp.ru"),
    case("18-null-in-capitals", "origin-syntax", "NULL"),
    case("18-several-in-one", "origin-syntax", ["https://a.example, https://b.example"]),
    case("21-too-many-numbers", "origin-syntax", "http://1.2.3.4.5"),
    case("21-number-too-large", "origin-syntax", "http://256.0.0.1"),
    case("21-last-label-a-number", "origin-syntax", "http://app.1"),
    with_credentials("32-expose", "expose-wildcard-with-credentials", APP, expose_headers="*"),
    case("34-connect", "forbidden-method", allow_methods=["CONNECT"]),
    case("34-trace", "forbidden-method", allow_methods=["trace"]),
    case("34-track", "forbidden-method", allow_methods=["GET", "Track"]),
    case("35-cookie", "forbidden-request-header", allow_headers=["Cookie"]),
    case("35-host", "forbidden-request-header", allow_headers=["host"]),
    case("35-origin", "forbidden-request-header", allow_headers=["Origin"]),
    case("35-sec", "forbidden-request-header", allow_headers=["Sec-Fetch-Mode"]),
    case("35-proxy", "forbidden-request-header", allow_headers=["Proxy-Authorization"]),
    case("35-beside-star", "forbidden-request-header", allow_headers=["Cookie", "*"]),
    case("35-of-responses", "misplaced-header", allow_headers=["Access-Control-Allow-Origin"]),
    case("36-set-cookie", "forbidden-response-header", expose_headers=["Set-Cookie"]),
    case("36-origin", "misplaced-header", expose_headers=["ETag", "origin"]),
    case("36-of-preflights", "misplaced-header", expose_headers=["Access-Control-Request-Method"]),
    case("36-of-preflight-responses", "misplaced-header", expose_headers="Access-Control-Max-Age"),
    case("37-star", "invalid-pattern", allow_headers=["X-Company-*"]),
    case("37-expression", "invalid-pattern", allow_headers=["X-Company-.*"]),
    case("37-star-exposed", "invalid-pattern", expose_headers=["X-*"]),
    case("37-star-in-a-method", "invalid-pattern", allow_methods=["P*"]),
    case("37-space", "invalid-name", allow_headers=["X Foo"]),
    case("37-quotes", "invalid-name", allow_headers="'X-Foo'"),
    case("37-quotes-around-a-method", "invalid-name", allow_methods='["PUT"]'),
    case("37-colon", "invalid-name", expose_headers=["X-Foo:"]),
    case("37-empty", "invalid-name", allow_headers=[""]),
    case("37-empty-setting", "invalid-name", expose_headers=""),
    case("37-line-break", "invalid-name", expose_headers=["X\r\nY: z"]),
    case("37-not-ascii", "invalid-name", allow_headers=["X-Größe"]),
    case("37-method", "invalid-name invalid-name", allow_methods=["GE T", "PÜT"]),
    case("38-negative", "invalid-max-age", max_age=-1),
    case("38-negative-timedelta", "invalid-max-age", max_age=timedelta(seconds=-1)),
    case("38-float", "invalid-max-age", max_age=600.0),
    case("38-fraction", "invalid-max-age", max_age=timedelta(milliseconds=1500)),
    case("38-not-a-number", "invalid-max-age", max_age=float("nan")),
    case("38-over-a-day", "invalid-max-age", max_age=86_401),
    case("38-bool", "wrong-type", max_age=True),
    case("38-string", "wrong-type", max_age="soon"),
    case("39-false-in-a-string", "wrong-type", allow_credentials="false"),
    case("39-true-in-a-string", "wrong-type", allow_credentials="true"),
    case("39-int-for-a-bool", "wrong-type", allow_credentials=1),
    case("39-int-origin", "wrong-type", 42),
    case("39-int-origin-in-a-list", "wrong-type", [42]),
    case("39-bytes", "wrong-type", b"https://app.example"),
    case("39-none-in-a-list", "wrong-type", [APP, None]),
    case("39-none-for-a-list", "wrong-type", expose_headers=None),
    case("39-none-among-methods", "wrong-type", allow_methods=["GET", None]),
    case("39-list-in-a-list", "wrong-type", [[APP]]),
    case("39-mapping", "wrong-type", {APP: True}),
    case("39-coroutine", "wrong-type", asynchronous),
    case("39-no-origins", "no-origins", []),
    case("39-no-origins-with-credentials", "no-origins", allow_credentials=[]),
    case("39-empty-origin", "origin-syntax", [""]),
    case(
        "39-all-faults-at-once",
        "wrong-type origin-without-scheme invalid-name wrong-type invalid-max-age",
        [None, "app.example"],
        allow_headers=["X Foo"],
        allow_credentials="no",
        max_age=-1,
    ),
    case("49-other-origin", "credentials-not-covered", allow_credentials=["https://b.example"]),
    case("49-callable", "credentials-not-covered", anybody, allow_credentials=APP),
]

MISSPELT = [
    misspelt("5-suffix-corrected", "https://*example.com", "https://*.example.com"),
    misspelt("5-suffix-on-a-port", "https://*example.com:8443", "https://*.example.com:8443"),
    misspelt("10-encrypted", "http://app.example", APP),
    misspelt("10-encrypted-port", "http://app.example:8080", f"{APP}:8080"),
    misspelt("18-trailing-slash", f"{APP}/", APP),
    misspelt("18-path", f"{APP}/index.html", APP),
    misspelt("18-query", f"{APP}?q=1", APP),
    misspelt("18-fragment", f"{APP}#top", APP),
    misspelt("18-userinfo", "https://user:secret@app.example", APP),
    misspelt("18-upper-case-host", "https://App.Example", APP),
    misspelt("18-upper-case-scheme", "HTTPS://app.example", APP),
    misspelt("18-default-port", f"{APP}:443", APP),
    misspelt("18-default-port-of-http", "http://app.example:80", "http://app.example"),
    misspelt("18-empty-port", f"{APP}:", APP),
    misspelt("18-port-with-leading-zero", f"{APP}:08443", f"{APP}:8443"),
    misspelt("18-quotes", f"'{APP}'", APP),
    misspelt("18-json", f'["{APP}"]', APP),
    misspelt("18-semicolon", f"{APP};", APP),
    misspelt("18-line-break", f"{APP}\n", APP),
    misspelt("18-three-slashes", "https:///app.example", APP),
    misspelt("18-socket", "wss://app.example", APP),
    misspelt("18-app", "app://./index.html", "app://."),
    misspelt("18-pattern", "https://*.App.example:443/", "https://*.app.example"),
    misspelt("18-everything", "HTTPS://u@APP.example:0443/a?b#c", APP),
    misspelt("19-host", "example.com", "https://example.com"),
    misspelt("19-host-and-port", "app.example:8443", f"{APP}:8443"),
    misspelt("19-slashes", "//example.com", "https://example.com"),
    misspelt("19-localhost", "localhost:3000", "http://localhost:3000"),
    misspelt("19-any-port", "localhost:*", "http://localhost:*"),
    misspelt("19-loopback", "127.0.0.1:80", "http://127.0.0.1"),
    misspelt("19-brackets", "[::1]:3000", "http://[::1]:3000"),
    misspelt("19-wildcard", "*.example.com", "https://*.example.com"),
    misspelt("19-upper-case-and-path", "App.example/a", APP),
    misspelt("18-one-slash", "http:/app.example:8080", "http://app.example:8080"),
    misspelt("19-not-localhost", "localhost.example.com", "https://localhost.example.com"),
    misspelt("19-no-brackets", "::1", "http://[::1]"),
    misspelt("20-accents", "https://résumé.example", "https://xn--rsum-bpad.example"),
    misspelt("20-capitals", "https://BÜCHER.example", "https://xn--bcher-kva.example"),
    misspelt("20-eszett", "https://faß.example", "https://xn--fa-hia.example"),
    misspelt("20-port", "https://ü.example:8443/", "https://xn--tda.example:8443"),
    misspelt("20-wildcard", "https://*.ü.example", "https://*.xn--tda.example"),
    misspelt("20-full-width", "https://\uff41\uff50\uff50.example", APP),
    misspelt("20-ideographic-stop", "https://app\u3002example", APP),
    misspelt("20-zero-width-space", "https://app\u200b.example", APP),
    misspelt("21-hexadecimal", "http://0x7f.1", "http://127.0.0.1"),
    misspelt("21-octal", "http://0177.0.0.1:8000", "http://127.0.0.1:8000"),
    misspelt("21-one-number", "http://2130706433", "http://127.0.0.1"),
    misspelt("21-full-dot", "http://127.0.0.1.", "http://127.0.0.1"),
    misspelt("21-long-v6", "http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
    misspelt("21-capital-v6", "http://[2001:DB8::1]", "http://[2001:db8::1]"),
    misspelt("21-mapped", "http://[::ffff:127.0.0.1]", "http://[::ffff:7f00:1]"),
    misspelt("21-zone", "http://[fe80::1%eth0]:80", "http://[fe80::1]"),
    misspelt("21-subdomains", "http://*.127.0.0.1", "http://127.0.0.1"),
    misspelt("21-subdomains-of-v6", "http://*.[::1]", "http://[::1]"),
    misspelt("21-subdomains-of-short", "http://*.127.1", "http://127.0.0.1"),
]
"""Misspelt origins with a single right spelling."""

WARNED = [
    with_credentials("11-subdomains", "subdomains-with-credentials", "https://*.example.com"),
    with_credentials("11-any-port", "subdomains-with-credentials", "https://*.example.com:*"),
    case("12-top-level", "public-suffix-wildcard", "https://*.com"),
    case("12-second-level", "public-suffix-wildcard", "https://*.co.uk"),
    case("12-shared-host", "public-suffix-wildcard", "https://*.github.io"),
    case("12-shared-host-any-port", "public-suffix-wildcard", "https://*.vercel.app:*"),
    case("12-unknown-top-level", "public-suffix-wildcard", "https://*.newtld"),
    case("12-above-a-shared-host", "public-suffix-wildcard", "https://*.amazonaws.com"),
    case("33-patch", "method-case", allow_methods=["patch"]),
    case("33-mixed-case", "method-case", allow_methods=["PATCH", "Patch"]),
]

NOTED = [
    with_credentials("13-localhost", "development-origin", "http://localhost:*"),
    with_credentials("13-loopback", "development-origin", [APP, "http://127.0.0.1:3000"]),
    with_credentials("13-v6", "development-origin", "http://[::1]:3000"),
    with_credentials("13-below-localhost", "development-origin", "http://app.localhost"),
    with_credentials("30", "credentials-with-authorization", APP, allow_headers=["authorization"]),
    case("31", "wildcard-without-authorization", allow_headers="*"),
    case("38-above-the-caps", "max-age-above-caps", max_age=7_201),
    case("38-timedelta-above-the-caps", "max-age-above-caps", max_age=timedelta(hours=24)),
    case("41-options", "options-listed", allow_methods=["GET", "OPTIONS"]),
    case("47-put", "content-type-not-allowed", allow_methods=["PUT"], allow_headers=["X-A"]),
    case("47-post", "content-type-not-allowed", allow_methods="GET, POST", allow_headers=[]),
    case("47-patch", "content-type-not-allowed", allow_methods=["PATCH"], allow_headers=["Accept"]),
]

UNREMARKABLE = [
    case("2-star-without-credentials", "", "*"),
    case("18-app", "", ["app://.", "capacitor://localhost"]),
    with_credentials("10-localhost", "development-origin", "http://localhost:3000"),
    case("10-without-credentials", "", "http://app.example"),
    case("11-without-credentials", "", "https://*.example.com"),
    case("13-without-credentials", "", "http://localhost:*"),
    case("31-with-authorization", "", allow_headers=["*", "Authorization"]),
    case("32-expose-without-credentials", "", expose_headers="*"),
    case("38-none", "", max_age=None),
    case("38-zero", "", max_age=0),
    case("38-chromium", "", max_age=7_200),
    case("38-timedelta", "", max_age=timedelta(minutes=10)),
    case("41-content-type", "", allow_headers=["Content-Type", "Accept", "X-A"]),
    case("41-safelisted-methods", "", allow_methods=["GET", "HEAD", "POST"]),
    case("47-content-type", "", allow_methods=["PUT"], allow_headers=["content-type"]),
    case("47-star", "", allow_methods=["PUT"], allow_headers=["*", "Authorization"]),
    case("47-no-body", "", allow_methods=["GET", "DELETE"], allow_headers=[]),
]

SAID_IN_WORDS = {
    "wildcard-with-credentials": 'allow_origins="*"',
    "no-origins": "[]",
}
"""How errors quote a value if not by its repr."""


def faults_of(settings):
    with pytest.raises(PolicyError) as caught:
        Policy(**settings)
    return caught.value.problems


@pytest.mark.parametrize(("settings", "codes"), REFUSED)
def test_a_policy_that_cannot_work_or_is_unsafe_is_rejected(settings, codes):
    assert [fault.code for fault in faults_of(settings)] == codes


@pytest.mark.parametrize(("settings", "codes"), REFUSED)
def test_every_policy_error_is_a_value_error_and_a_type_error(settings, codes):
    with pytest.raises(PolicyError) as caught:
        Policy(**settings)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize(("settings", "codes"), REFUSED)
def test_a_derived_policy_is_checked_like_a_new_policy(settings, codes):
    with pytest.raises(PolicyError) as caught:
        Policy(APP).derive(**settings)
    assert [fault.code for fault in caught.value.problems] == codes


@pytest.mark.parametrize(
    "settings",
    [pytest.param(param.values[0], id=param.id) for param in [*REFUSED, *MISSPELT]],
)
def test_an_error_says_what_was_given_and_what_to_use_instead(settings):
    for fault in faults_of(settings):
        in_words = {} if fault.value == "*" else SAID_IN_WORDS
        given = in_words.get(fault.code, repr(fault.value))
        assert given in fault.message
        assert re.search(r"; (use|list|remove|did you mean) ", fault.message)
        assert fault.setting in SETTINGS
        assert str(fault) == f"{fault.setting}: {fault.message} [{fault.code}]"
        assert fault.message.isprintable()


@pytest.mark.parametrize(("settings", "codes", "right"), MISSPELT)
def test_the_suggested_origin_is_accepted(settings, codes, right):
    faults = faults_of(settings)
    assert [fault.code for fault in faults] == codes
    assert f"; use {right!r}" in faults[0].message
    accepted = {**settings, "allow_origins": [right], "accept_risks": ["opaque-origin"]}
    assert Policy(**accepted).allow_origins == (right,)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(re.compile("x"), id="8-alone"),
        pytest.param([re.compile("x")], id="8-in-a-list"),
    ],
)
def test_the_error_for_a_regular_expression_suggests_a_wildcard_or_a_callable(given):
    [fault] = faults_of({"allow_origins": given})
    assert "'https://*.example.com'" in fault.message
    assert "callable" in fault.message


@pytest.mark.parametrize(
    ("given", "https", "http"),
    [
        pytest.param("*://app.example", APP, "http://app.example", id="3-both-schemes"),
        pytest.param(
            "http*://app.example:8443",
            "https://app.example:8443",
            "http://app.example:8443",
            id="3-both-schemes-on-a-port",
        ),
        pytest.param(
            "http*://*.app.example",
            "https://*.app.example",
            "http://*.app.example",
            id="3-both-schemes-of-subdomains",
        ),
    ],
)
def test_the_error_for_an_open_scheme_suggests_both_schemes(given, https, http):
    [fault] = faults_of({"allow_origins": given})
    assert f"; use {https!r} and" in fault.message
    assert repr(http) in fault.message


@pytest.mark.parametrize(
    ("settings", "codes"),
    [param for param in REFUSED if isinstance(param.values[0]["allow_origins"], str)],
)
def test_every_suggestion_is_accepted(settings, codes):
    for fault in faults_of(settings):
        advice = fault.message.rpartition("; ")[2]
        for origin in re.findall(r"'(\*|null|[a-z]+://[^']*)'", advice):
            assert Policy(origin).allow_origins == (origin,)


def test_all_faults_are_reported_at_once():
    with pytest.raises(PolicyError) as caught:
        Policy("example.com", allow_methods=["TRACE"], max_age=-1, accept_risks=["all"])
    lines = str(caught.value).splitlines()
    assert [fault.setting for fault in caught.value.problems] == [
        "accept_risks",
        "allow_origins",
        "allow_methods",
        "max_age",
    ]
    assert [line.strip() for line in lines[1:]] == [str(fault) for fault in caught.value.problems]


@pytest.mark.parametrize(("settings", "codes"), WARNED)
def test_a_dubious_policy_warns_once_and_keeps_the_problem(settings, codes):
    with pytest.warns(UserWarning, match=codes[0]) as caught:
        policy = Policy(**settings)
    assert [problem.code for problem in policy.problems] == codes
    assert [problem.severity for problem in policy.problems] == ["warning"]
    assert len(caught) == 1
    assert caught[0].filename == __file__
    policy.derive(max_age=60)  # does not warn again


@pytest.mark.parametrize(("settings", "codes"), [*NOTED, *UNREMARKABLE])
def test_notes_are_kept_and_not_issued_as_warnings(settings, codes):
    policy = Policy(**settings)
    assert [problem.code for problem in policy.problems] == codes
    assert {problem.severity for problem in policy.problems} <= {"info"}


@pytest.mark.parametrize(
    ("settings", "codes"),
    [param for param in [*REFUSED, *WARNED] if RISKS.intersection(param.values[1])],
)
def test_an_accepted_risk_is_not_reported(settings, codes):
    accepted = [*settings.get("accept_risks", ()), *codes]
    policy = Policy(**{**settings, "accept_risks": accepted})
    assert policy.problems == ()
    assert policy.derive(max_age=60).problems == ()


@pytest.mark.parametrize("code", sorted({*CODES, "everything"} - RISKS))
def test_only_risks_can_be_accepted(code):
    [fault] = faults_of({"allow_origins": APP, "accept_risks": [code]})
    assert fault.code == "unknown-risk"
    assert repr(code) in fault.message
    assert all(risk in fault.message for risk in RISKS)


@pytest.mark.parametrize(
    "everybody",
    [
        pytest.param("*", id="1-star"),
        pytest.param("null", id="1-null"),
        pytest.param("file://", id="1-file"),
        pytest.param("https://*", id="1-any-host"),
        pytest.param("*://*", id="1-any-scheme"),
        pytest.param("http*://*:*", id="1-any-port"),
        pytest.param("https://*.", id="1-root"),
        pytest.param("*.*", id="1-no-scheme"),
        pytest.param("**", id="1-two-stars"),
        pytest.param(".*", id="1-regex"),
        pytest.param("https://.*", id="1-regex-with-scheme"),
        pytest.param("https://[::]:*", id="1-unspecified-address"),
    ],
)
def test_no_setting_reflects_every_origin_with_credentials(everybody):
    settings = {"allow_origins": everybody, "allow_credentials": True, "accept_risks": RISKS}
    try:
        policy = Policy(**settings)
    except PolicyError:
        return
    assert not policy.allows(EVIL)
    assert not policy.allows("null")


@pytest.mark.parametrize(
    ("setting", "given", "kept", "redundant"),
    [
        pytest.param("allow_origins", [APP, APP], (APP,), [APP], id="41-origin-twice"),
        pytest.param("allow_origins", ["*", APP], ("*",), [APP], id="41-beside-star"),
        pytest.param("allow_origins", ["*", "*"], ("*",), ["*"], id="41-star-twice"),
        pytest.param(
            "allow_origins", [anybody, "*"], ("*",), [(anybody,)], id="41-callable-beside-star"
        ),
        pytest.param(
            "allow_origins", [anybody, anybody], (anybody,), [anybody], id="41-callable-twice"
        ),
        pytest.param(
            "allow_origins",
            ["https://a.example.com", "https://*.example.com"],
            ("https://*.example.com",),
            ["https://a.example.com"],
            id="41-below-a-wildcard",
        ),
        pytest.param(
            "allow_origins",
            ["https://*.a.example.com", "https://*.example.com:*"],
            ("https://*.example.com:*",),
            ["https://*.a.example.com"],
            id="41-wildcard-below-a-wildcard",
        ),
        pytest.param(
            "allow_origins",
            ["http://localhost:3000", "http://localhost:*"],
            ("http://localhost:*",),
            ["http://localhost:3000"],
            id="41-any-port",
        ),
        pytest.param(
            "allow_origins",
            ["https://example.com", "https://*.example.com", "http://a.example.com"],
            ("https://example.com", "http://a.example.com", "https://*.example.com"),
            [],
            id="41-apex-and-other-schemes-stay",
        ),
        pytest.param("allow_methods", "PUT, put, PUT", ("PUT",), ["put", "PUT"], id="41-methods"),
        pytest.param("allow_methods", ["PUT", "*"], ("*",), ["PUT"], id="41-method-beside-star"),
        pytest.param("allow_headers", ["X-A", "x-a"], ("X-A",), ["x-a"], id="41-header-twice"),
        pytest.param(
            "allow_headers",
            ["*", "Authorization", "X-A"],
            ("*", "Authorization"),
            ["X-A"],
            id="41-header-beside-star",
        ),
        pytest.param(
            "expose_headers", ["ETag", "etag"], ("ETag",), ["etag"], id="41-exposed-twice"
        ),
        pytest.param("expose_headers", ["*", "ETag"], ("*",), ["ETag"], id="41-exposed-star"),
        pytest.param(
            "expose_headers",
            ["Cache-Control", "ETag", "content-type"],
            ("ETag",),
            ["Cache-Control", "content-type"],
            id="41-safelisted",
        ),
        pytest.param(
            "allow_methods", ["get", "pOst", "delete"], ("GET", "POST", "DELETE"), [], id="33-get"
        ),
        pytest.param(
            "allow_methods",
            ["put", "head", "options"],
            ("PUT", "HEAD", "OPTIONS"),
            [],
            id="33-put",
        ),
        pytest.param("allow_methods", ["Egg"], ("Egg",), [], id="33-unknown-methods-stay"),
    ],
)
def test_settings_are_kept_without_redundant_entries(setting, given, kept, redundant):
    policy = Policy(**{"allow_origins": APP, setting: given})
    assert getattr(policy, setting) == kept
    notes = [problem for problem in policy.problems if problem.code == "redundant"]
    assert [problem.value for problem in notes] == redundant
    assert {problem.severity for problem in policy.problems} <= {"info"}


def app_of(**settings):
    return lambda: CORS(Flask("misspelt"), **settings)


def configured_with(**settings):
    def make():
        app = Flask("misspelt")
        app.config["CORS_POLICIES"] = {"default": settings}
        CORS(app)
        CORS.check(app)

    return make


@pytest.mark.parametrize(
    ("make", "nearest"),
    [
        pytest.param(lambda: Policy(allow_origin=APP), "allow_origins", id="40-allow_origin"),
        pytest.param(lambda: Policy(origin=APP), "allow_origins", id="40-origin"),
        pytest.param(lambda: Policy(APP, methods="PUT"), "allow_methods", id="40-methods"),
        pytest.param(lambda: Policy(APP, headers="X-A"), "allow_headers", id="40-headers"),
        pytest.param(
            lambda: Policy(APP, supports_credentials=True), "allow_credentials", id="40-credentials"
        ),
        pytest.param(lambda: Policy(APP, maxage=60), "max_age", id="40-maxage"),
        pytest.param(lambda: Policy(APP, Max_Age=60), "max_age", id="40-capitals"),
        pytest.param(lambda: Policy(APP, exposed="ETag"), "expose_headers", id="40-exposed"),
        pytest.param(lambda: Policy(APP).derive(origins="*"), "allow_origins", id="40-derive"),
        pytest.param(app_of(origin=APP), "allow_origins", id="40-extension"),
        pytest.param(configured_with(allow_origin=APP), "allow_origins", id="40-configuration"),
        pytest.param(lambda: cors(allow_origin=APP), "allow_origins", id="40-mark"),
        pytest.param(lambda: cors(Policy(APP), expose=["ETag"]), "expose_headers", id="40-refine"),
        pytest.param(
            lambda: CORSMiddleware(hello, allow_origin=APP), "allow_origins", id="40-middleware"
        ),
        pytest.param(lambda: wrap(origins=APP), "allow_origins", id="40-wrap"),
    ],
)
def test_a_misspelt_setting_is_an_error_that_suggests_the_nearest_setting(make, nearest):
    with pytest.raises(TypeError, match=f"use '{nearest}'"):
        make()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Policy(), id="40-policy-without-origins"),
        pytest.param(lambda: Policy(max_age=60), id="40-settings-without-origins"),
        pytest.param(lambda: CORSMiddleware(hello), id="40-middleware-without-a-policy"),
        pytest.param(lambda: wrap(), id="40-wrap-without-a-policy"),
        pytest.param(lambda: cors(), id="40-mark-without-a-policy"),
        pytest.param(app_of(max_age=60), id="40-extension-without-origins"),
    ],
)
def test_there_is_no_default_for_allow_origins(make):
    with pytest.raises(TypeError, match="allow_origins"):
        make()


@pytest.mark.parametrize(
    ("tables", "code", "nearest"),
    [
        pytest.param({"endpoints": {"statik": None}}, "unknown-endpoint", "static", id="40-table"),
        pytest.param(
            {"policies": {"api": Policy(APP)}, "endpoints": {"static": "apy"}},
            "unknown-policy",
            "api",
            id="40-name",
        ),
    ],
)
def test_a_misspelt_name_in_a_table_is_an_error_that_suggests_the_nearest_name(
    tables, code, nearest
):
    app = Flask("misspelt")
    CORS(app, **tables)
    with pytest.raises(PolicyError) as caught:
        CORS.check(app)
    [fault] = caught.value.problems
    assert fault.code == code
    assert f"use {nearest!r}" in fault.message


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("allow_private_network", id="46-setting"),
        pytest.param("private_network_access", id="46-other-name"),
    ],
)
def test_private_network_access_has_no_setting(name):
    with pytest.raises(TypeError, match=name):
        Policy(APP, **{name: True})
    assert not any("network" in setting for setting in SETTINGS)


# What requests can do


def call(app, **request):
    """Send a request; returns the status and the headers of the response."""
    response = Response(app, helpers.environ(**request))
    return response.status, response.lines


def ask(app, origin=APP, method="PUT", requested="", **request):
    """Send a preflight; returns the status and the headers of the response."""
    asked = {"access_control_request_headers": requested, **request}
    response = Response(app, helpers.preflight(origin=origin, method=method, **asked))
    return response.status, response.lines


GUARDED = Policy(["https://app.example", "https://*.example.com", "http://localhost:*"])


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://evilexample.com", id="5-no-suffix"),
        pytest.param("https://-.evil.test/.example.com", id="5-no-suffix-of-a-path"),
        pytest.param("https://example.com", id="5-not-the-apex"),
        pytest.param("https://.example.com", id="5-not-an-empty-label"),
        pytest.param("https://app.example.evil.test", id="6-no-prefix"),
        pytest.param("https://app.example@evil.test", id="6-no-prefix-with-userinfo"),
        pytest.param("https://app.example:8443", id="6-no-prefix-of-a-port"),
        pytest.param("http://localhost.evil.test", id="6-no-prefix-of-localhost"),
        pytest.param("http://localhost:3000.evil.test", id="6-no-prefix-of-any-port"),
        pytest.param("https://a.example.com.evil.test", id="7-no-substring"),
        pytest.param("https://evil.test?https://app.example", id="7-no-substring-of-a-query"),
        pytest.param("app", id="7-no-part-of-the-setting"),
        pytest.param("https://appXexample", id="8-a-dot-is-a-dot"),
        pytest.param("https://a.exampleXcom", id="8-a-dot-is-a-dot-in-a-wildcard"),
        pytest.param("https://app.example\n", id="8-no-line-end-before-the-end"),
        pytest.param("http://a.example.com", id="8-no-other-scheme"),
    ],
)
def test_only_whole_origins_match(origin):
    assert not GUARDED.allows(origin)
    _, headers = call(CORSMiddleware(hello, GUARDED), origin=origin)
    assert ALLOW_ORIGIN not in dict(headers)


@pytest.mark.parametrize(
    "label",
    [
        pytest.param(label, id=f"9-{label}")
        for label in [*"`$%{}+!&'()*,;=|^~<>\"\\@:/?#[] ", "%60", "%2e", "xn--a\u0301", "é", "A"]
    ],
)
def test_a_wildcard_does_not_match_characters_that_hosts_cannot_have(label):
    for host in [f"a{label}.example.com", f"{label}.example.com", f"a.{label}b.example.com"]:
        assert not GUARDED.allows(f"https://{host}")


@pytest.mark.parametrize(
    "label",
    [
        pytest.param(label, id=f"9-ordinary-{label}")
        for label in ["a", "a1", "a-b", "a_b", "_a", "xn--bcher-kva", "a.b.c"]
    ],
)
def test_a_wildcard_matches_the_labels_that_browsers_send(label):
    assert GUARDED.allows(f"https://{label}.example.com")


@pytest.fixture
def calls():
    """What ran inside the app: ``"log in"`` or the path of a view."""
    return []


@pytest.fixture
def shop(calls):
    """A Flask app with a lax default policy, which must not apply to decorated views."""
    app = Flask("shop")
    CORS(app, Policy("*"), policies={"staff": Policy(EVIL)})
    items = Policy([APP, "https://other.example"], expose_headers=["ETag"])

    @app.before_request
    def log_in():
        calls.append("log in")
        if request.path == "/private":
            abort(401)

    @app.after_request
    def add_headers_by_hand(response):
        if request.path == "/by-hand":
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers.add("Access-Control-Allow-Origin", EVIL)
            response.headers["Access-Control-Allow-Credentials"] = "true"
        return response

    def view(path, *does, methods=("GET",), policy=items):
        def run(**_):
            calls.append(path)
            for action in does:
                action()
            return path

        app.add_url_rule(path, f"{methods} {path}", cors(policy)(run), methods=methods)

    view("/items")
    view("/items", methods=("PUT",), policy=Policy("https://admin.example"))
    view("/private")
    view("/by-hand")
    view("/missing", lambda: abort(404))
    view("/conflict", lambda: abort(409))
    view("/broken", lambda: 1 / 0)
    view("/slashed/")
    view("/options", methods=("GET", "OPTIONS"))
    view("/refined", policy=items.derive(expose_headers=["Link"]))
    view("/any-method", methods=("GET", "PUT", "POST", "DELETE"))
    app.add_url_rule("/unmarked", "unmarked", lambda: "/unmarked")
    return serve(app)


RESPONSES = {
    "granted": ("/items", "GET", 200),
    "error-in-a-view": ("/missing", "GET", 404),
    "conflict": ("/conflict", "GET", 409),
    "exception": ("/broken", "GET", 500),
    "log-in-required": ("/private", "GET", 401),
    "method-not-allowed": ("/missing", "PUT", 405),
    "redirect": ("/slashed", "GET", 308),
}


@pytest.mark.parametrize("origin", [APP, EVIL, "null", "nonsense", None])
@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        *(pytest.param(*expected, id=f"14-{id}") for id, expected in RESPONSES.items()),
        pytest.param("/private", "OPTIONS", 401, id="14-plain-options"),
        pytest.param("/items", "HEAD", 200, id="14-head"),
    ],
)
def test_every_response_of_an_endpoint_varies_by_origin(shop, path, method, status, origin):
    response = fetch(shop, path, origin, method)
    assert response.status_int == status
    assert "origin" in vary(response)


@pytest.mark.parametrize("origin", [APP, EVIL])
@pytest.mark.parametrize("path", [pytest.param("/items", id="14-preflight")])
def test_every_preflight_response_varies_by_origin(shop, path, origin):
    assert "origin" in vary(preflight(shop, path, origin=origin))


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(["Accept-Encoding"], "Accept-Encoding, Origin", id="15-kept"),
        pytest.param(["origin"], "origin", id="15-not-doubled"),
        pytest.param(["Cookie", "Origin, Accept"], "Cookie, Origin, Accept", id="15-two-lines"),
        pytest.param(["*"], "*", id="15-star"),
        pytest.param([], "Origin", id="15-none"),
    ],
)
def test_the_vary_of_the_app_is_merged_without_duplicates(own, expected):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), *(("Vary", v) for v in own)])
        return [b""]

    _, headers = call(CORSMiddleware(app, Policy(APP)), origin=APP)
    assert [value for name, value in headers if name == "Vary"] == [expected]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="16-nothing-else"),
        pytest.param({"cookie": "a=b", "referer": APP, "host": "x"}, id="16-other"),
    ],
)
def test_a_callable_gets_only_the_origin(headers):
    seen = []

    def decide(*args, **kwargs):
        seen.append((args, kwargs))
        return True

    _, lines = call(CORSMiddleware(hello, Policy(decide)), origin=f"{APP}:8443", **headers)
    assert seen == [((Origin("https", "app.example", 8443),), {})]
    assert set(Origin.__slots__) == {"scheme", "host", "port"}
    assert dict(lines)["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        pytest.param({"origin": APP}, "*", id="16-without-a-cookie"),
        pytest.param({"origin": APP, "cookie": "a=b"}, APP, id="16-with-a-cookie"),
        pytest.param({"origin": EVIL, "cookie": "a=b"}, None, id="16-refused"),
        pytest.param({"cookie": "a=b"}, None, id="16-without-an-origin"),
    ],
)
def test_a_resolver_names_the_headers_that_it_reads_for_vary(headers, allowed):
    everybody, members = Policy("*"), Policy(APP, allow_credentials=True)

    def resolve(environ, method):
        return Endpoint(members if "HTTP_COOKIE" in environ else everybody, vary=["Cookie"])

    _, lines = call(CORSMiddleware(hello, resolve=resolve), **headers)
    assert dict(lines).get(ALLOW_ORIGIN) == allowed
    assert "Cookie" in dict(lines)["Vary"].split(", ")


@pytest.mark.parametrize("wants", [pytest.param(lambda origin, request: True, id="16-request")])
def test_a_callable_that_expects_the_request_refuses_every_origin_and_is_logged(wants, caplog):
    response = fetch(serve(CORSMiddleware(hello, Policy(wants))), "/")
    assert granted(response) == {}
    assert "missing 1 required positional argument" in caplog.text


@pytest.mark.parametrize(
    "origins",
    [
        pytest.param([APP, "https://other.example"], id="17-list"),
        pytest.param(f"{APP}, https://other.example", id="17-comma-separated"),
        pytest.param(["https://*.app.example", APP], id="17-subdomains"),
        pytest.param([f"{APP}:*"], id="17-any-port"),
        pytest.param(lambda origin: origin.host == "app.example", id="17-callable"),
    ],
)
def test_the_response_names_the_origin_of_the_page_instead_of_a_list_or_pattern(origins):
    app = serve(CORSMiddleware(hello, Policy(origins)))
    for response in [fetch(app, "/"), preflight(app, "/")]:
        assert granted(response)[ALLOW_ORIGIN] == APP
    for response in [fetch(app, "/", EVIL), preflight(app, "/", origin=EVIL)]:
        assert granted(response) == {}


@pytest.mark.parametrize(
    ("path", "headers"),
    [pytest.param("/by-hand", {ALLOW_ORIGIN: APP}, id="22-headers-by-hand")],
)
def test_headers_that_the_app_sets_do_not_duplicate_those_of_the_policy(shop, path, headers):
    assert headers.items() <= granted(fetch(shop, path)).items()
    assert granted(fetch(shop, path, EVIL)) == {}
    assert "Access-Control-Allow-Credentials" not in fetch(shop, path).headers


def test_only_the_outer_of_two_wrappers_applies_and_this_is_logged(caplog):
    inner = CORSMiddleware(hello, Policy("*", expose_headers=["ETag"]))

    def between(environ, start_response):
        return inner(environ, start_response)

    app = serve(CORSMiddleware(between, Policy(APP)))
    for _ in range(2):
        assert granted(fetch(app, "/")) == {ALLOW_ORIGIN: APP}
        assert granted(fetch(app, "/", EVIL)) == {}
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def twice(app):
    CORS(app)
    CORS(app)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(
            lambda: CORSMiddleware(CORSMiddleware(hello, Policy(APP)), Policy("*")),
            id="22-wrapped-twice",
        ),
        pytest.param(lambda: CORSMiddleware(Flask("a"), Policy(APP)), id="22-wrapped-flask-app"),
        pytest.param(lambda: twice(Flask("a")), id="22-extension-twice"),
    ],
)
def test_wrapping_an_app_twice_is_an_error(make):
    with pytest.raises(TypeError, match=r"; use |wrap it once|call CORS\(app\) once"):
        make()


@pytest.mark.parametrize("path", [pytest.param("/private", id="23")])
def test_a_preflight_is_answered_before_authentication(shop, calls, path):
    response = preflight(shop, path)
    assert response.status_int == 204
    assert granted(response)[ALLOW_ORIGIN] == APP
    assert calls == []
    assert fetch(shop, path).status_int == 401


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [pytest.param(*expected, id=f"24-{id}") for id, expected in RESPONSES.items()],
)
def test_error_responses_have_the_headers_too(shop, path, method, status):
    response = fetch(shop, path, method=method)
    assert response.status_int == status
    assert granted(response)[ALLOW_ORIGIN] == APP


@pytest.mark.parametrize(
    ("origin", "headers"),
    [
        pytest.param(APP, {}, id="25-no-requested-method"),
        pytest.param(None, {"Access-Control-Request-Method": "GET"}, id="25-no-origin"),
        pytest.param(None, {}, id="25-neither"),
    ],
)
def test_an_options_request_that_is_not_a_preflight_reaches_the_view(shop, calls, origin, headers):
    response = fetch(shop, "/options", origin, "OPTIONS", headers)
    assert response.text == "/options"
    assert calls == ["log in", "/options"]
    assert "origin" in vary(response)


@pytest.mark.parametrize(
    ("method", "allowed"),
    [
        pytest.param("GET", APP, id="26-get"),
        pytest.param("PUT", "https://admin.example", id="26-put"),
    ],
)
def test_a_preflight_gets_the_policy_of_the_view_for_the_requested_method(shop, method, allowed):
    for origin in [APP, "https://admin.example", EVIL]:
        response = preflight(shop, "/items", method, origin=origin)
        assert (response.status_int == 204) == (origin == allowed)
        listed = granted(response).get("Access-Control-Allow-Methods", method).split(", ")
        assert set(listed) <= ({"PUT"} if method == "PUT" else {"GET", "HEAD"})


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"expose_headers": ["ETag"]}, id="27-expose"),
        pytest.param({"allow_headers": ["X-A"]}, id="27-headers"),
        pytest.param({"max_age": 60}, id="27-max-age"),
        pytest.param({"allow_methods": ["PUT"]}, id="27-methods"),
        pytest.param({"allow_credentials": True}, id="27-credentials"),
    ],
)
def test_a_setting_needs_a_base_policy_and_changes_no_other_setting_of_it(settings):
    with pytest.raises(TypeError, match="allow_origins"):
        cors(**settings)

    app = Flask("refined")
    CORS(app, policies={"api": Policy(APP)})
    for base in [Policy(APP), "api"]:
        path = f"/{type(base).__name__}"
        app.add_url_rule(path, path.strip("/"), cors(base, **settings)(lambda: "refined"))
    client = serve(app)
    for path in ["/Policy", "/str"]:
        assert granted(fetch(client, path))[ALLOW_ORIGIN] == APP
        assert granted(fetch(client, path, EVIL)) == {}
        assert preflight(client, path, origin=EVIL).status_int == 403


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [pytest.param(*expected, id=f"28-{id}") for id, expected in RESPONSES.items()],
)
def test_an_error_is_never_laxer_than_the_view(shop, path, method, status):
    assert granted(fetch(shop, "/unmarked", EVIL)) == {ALLOW_ORIGIN: "*"}
    response = fetch(shop, path, EVIL, method)
    assert response.status_int == status
    assert granted(response) == {}


@pytest.mark.parametrize(
    ("settings", "name", "expected"),
    [
        pytest.param({"allow_methods": "*"}, "Methods", "PUT", id="32-methods"),
        pytest.param({"allow_headers": "*"}, "Headers", "x-a,x-b", id="32-headers"),
    ],
)
def test_with_credentials_the_requested_names_are_sent_instead_of_a_star(settings, name, expected):
    policy = Policy(APP, allow_credentials=True, **settings)
    response = preflight(
        serve(CORSMiddleware(hello, policy)), "/", "PUT", "x-a,x-b,*,authorization"
    )
    assert granted(response)[f"Access-Control-Allow-{name}"].replace(" ", "") == expected
    assert not any("*" in value for value in response.headers.values())


@pytest.mark.parametrize("exposed", [pytest.param("*, ETag", id="32-exposed-by-the-app")])
def test_with_credentials_a_star_that_the_app_exposes_is_removed(exposed):
    def app(environ, start_response):
        own = ("Access-Control-Expose-Headers", exposed)
        start_response("200 OK", [("Content-Type", "text/plain"), own])
        return [b""]

    policy = Policy(APP, allow_credentials=True)
    response = fetch(serve(CORSMiddleware(app, policy)), "/")
    assert granted(response)["Access-Control-Expose-Headers"] == "ETag"


class Untouched(str):
    """A header value that fails the test if it is parsed."""

    def _touch(self, *args):
        raise AssertionError("this header was parsed")

    split = rsplit = partition = rpartition = strip = lower = upper = __iter__ = _touch


HUGE = "," * 2**20


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="42-default"),
        pytest.param({"allow_headers": ["X-A", "Authorization"]}, id="42-list"),
        pytest.param({"allow_credentials": True}, id="42-list-with-credentials"),
        pytest.param({"allow_headers": []}, id="42-no-headers"),
        pytest.param({"allow_methods": "*"}, id="42-any-method"),
    ],
)
def test_a_policy_with_lists_does_not_parse_the_requested_headers(settings):
    app = CORSMiddleware(hello, Policy(APP, **settings))
    status, headers = ask(app, method="GET", requested=Untouched(HUGE))
    assert status == "204 No Content"
    assert headers == ask(app, method="GET", requested="")[1]


@pytest.mark.parametrize(
    ("requested", "status"),
    [
        pytest.param(Untouched(HUGE), "403 Forbidden", id="42-commas"),
        pytest.param(Untouched("x" * 8193), "403 Forbidden", id="42-long"),
        pytest.param(",".join(f"x-{n}" for n in range(101)), "403 Forbidden", id="42-names"),
        pytest.param(",".join(f"x-{n}" for n in range(100)), "204 No Content", id="42-hundred"),
        pytest.param("," * 8192, "204 No Content", id="42-as-many-commas-as-may-be"),
    ],
)
def test_the_size_of_the_requested_headers_is_checked_before_parsing(requested, status):
    for credentials in [False, True]:
        policy = Policy(
            APP, allow_headers=["*", "Authorization"], allow_credentials=credentials, max_age=0
        ).derive(allow_headers=["*"])
        assert ask(CORSMiddleware(hello, policy), method="GET", requested=requested)[0] == status


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://" + "a." * 2**19 + "example.com", id="42-labels"),
        pytest.param("https://" + "a" * 2**20 + ".example.com", id="42-label"),
        pytest.param("https://" + "*" * 2**20, id="42-stars"),
        pytest.param("https://a.example.com" + "." * 2**20, id="42-dots"),
        pytest.param("https://a.example.com:" + "1" * 2**20, id="42-digits"),
        pytest.param("https://[" + ":" * 2**20 + "]", id="42-colons"),
    ],
)
def test_a_very_long_origin_is_refused_without_parsing(origin):
    asked = []
    policy = Policy(["https://*.example.com:*", lambda origin: bool(asked.append(origin))])
    assert not policy.allows(origin)
    assert asked == []


INJECTED = "\r\nSet-Cookie: session=evil"


def dispatched(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b""]


def any_method_app():
    """An app whose router serves any method, so the methods are not known."""
    view = cors(Policy(APP, allow_credentials=True, allow_headers="*"))(plain_view)
    return WerkzeugCORS(dispatched, Map([Rule("/", endpoint="any")]), {"any": view})


def plain_view():
    return "plain"


def app_with_default():
    app = Flask("injected")
    CORS(app, Policy(APP, allow_headers="*", allow_credentials=True))
    return app


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(
            lambda: CORSMiddleware(
                hello, Policy(APP, allow_credentials=True, allow_headers="*", allow_methods="*")
            ),
            id="43-echo",
        ),
        pytest.param(
            lambda: CORSMiddleware(hello, Policy("*", allow_headers="*", allow_methods="*")),
            id="43-star",
        ),
        pytest.param(lambda: CORSMiddleware(hello, Policy(anybody)), id="43-callable"),
        pytest.param(lambda: CORSMiddleware(hello, GUARDED), id="43-patterns"),
        pytest.param(app_with_default, id="43-unknown-url"),
        pytest.param(any_method_app, id="43-any-method"),
    ],
)
@pytest.mark.parametrize("injected", [INJECTED, "\n", "\r", "\0", " b", ";", "\x7f", "ü", ""])
def test_only_valid_names_are_echoed(make, injected):
    app = make()
    sent = [
        ask(app, method=f"PUT{injected}x", requested="x-a"),
        ask(app, method=injected, requested="x-a"),
        ask(app, requested=f"x-a, x-b{injected}x, x-c"),
        ask(app, requested=injected),
        ask(app, origin=f"{APP}{injected}x"),
        ask(app, origin=f"https://a{injected}.example.com"),
        call(app, origin=f"{APP}{injected}x"),
        call(app, origin=f"http://localhost:1{injected}"),
    ]
    for _, headers in sent:
        for name, value in headers:
            assert not re.search(r"[\0\r\n\x7f-\xff]", name + value)
            if name in {"Access-Control-Allow-Methods", "Access-Control-Allow-Headers"}:
                assert all(is_token(element) for element in value.split(", "))


FORGED = "\r\n2030-01-01 ERROR forged \x1b[31m\x00\x85\xa0"


def explode(environ, start_response):
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("app", "request_data"),
    [
        pytest.param(hello, {"origin": EVIL + FORGED}, id="44-origin"),
        pytest.param(hello, {"origin": EVIL, "path": "/" + FORGED}, id="44-path"),
        pytest.param(hello, {"origin": EVIL, "method": FORGED}, id="44-method"),
        pytest.param(explode, {"origin": APP, "path": "/" + FORGED}, id="44-exception"),
        pytest.param(
            hello,
            {
                "origin": APP,
                "method": "OPTIONS",
                "access_control_request_method": "PUT" + FORGED,
            },
            id="44-requested-method",
        ),
        pytest.param(
            hello,
            {
                "origin": APP,
                "method": "OPTIONS",
                "access_control_request_method": "GET",
                "access_control_request_headers": "x-a" + FORGED,
            },
            id="44-requested-headers",
        ),
    ],
)
def test_text_from_a_request_is_quoted_in_the_log(app, request_data, caplog):
    caplog.set_level(logging.DEBUG, "wsgicors")
    try:
        call(CORSMiddleware(app, Policy(APP)), **request_data)
    except ZeroDivisionError:
        assert app is explode
    assert len(caplog.records) == 1
    message = caplog.records[0].getMessage()
    assert message.isprintable()
    assert repr(FORGED).strip("'").lower() in message.lower()


@pytest.mark.parametrize("path", [pytest.param("/" + FORGED, id="44-converter-that-fails")])
def test_a_path_that_makes_the_router_raise_is_quoted_in_the_log(path, caplog):
    caplog.set_level(logging.DEBUG, "wsgicors")

    class FailingMap(Map):
        def bind_to_environ(self, *args, **kwargs):
            raise ValueError("no")

    ask(WerkzeugCORS(dispatched, FailingMap(), {}), path=path)
    messages = [record.getMessage() for record in caplog.records]
    assert messages
    assert all(message.isprintable() for message in messages)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        pytest.param("/api", APP, id="45-whole"),
        pytest.param("/api/items", APP, id="45-below"),
        pytest.param("/api/open", "*", id="45-longest"),
        pytest.param("/api/open/x", "*", id="45-below-longest"),
        pytest.param("/api/open/", "*", id="45-slash"),
        pytest.param("/api/opened", APP, id="45-longer-segment"),
        pytest.param("/api/OPEN", APP, id="45-case"),
        pytest.param("/api//open", APP, id="45-two-slashes"),
        pytest.param("/api/./open", None, id="45-dot"),
        pytest.param("/api/x/../open", None, id="45-dots"),
        pytest.param("/api/..", None, id="45-dots-at-the-end"),
        pytest.param("/api/...", APP, id="45-three-dots"),
        pytest.param("/api/.hidden", APP, id="45-dot-in-a-name"),
        pytest.param("/api/%6fpen", APP, id="45-decoded-twice"),
        pytest.param("/api/open%2f", APP, id="45-encoded-slash"),
        pytest.param("/api/open;x", APP, id="45-parameter"),
        pytest.param("/api/open\n", APP, id="45-line-end"),
        pytest.param("/api/+open", APP, id="45-plus"),
        pytest.param("/api%2fopen", None, id="45-encoded-slash-above"),
        pytest.param("/apiary", None, id="45-no-prefix-of-a-segment"),
        pytest.param("/API/open", None, id="45-case-above"),
        pytest.param("//api/open", None, id="45-two-slashes-above"),
        pytest.param("/x/api/open", None, id="45-inside"),
        pytest.param("/", None, id="45-root"),
        pytest.param("", None, id="45-nothing"),
    ],
)
def test_a_path_prefix_matches_whole_segments_of_the_path_that_the_app_gets(path, allowed):
    resolve = by_path({"/api": Policy(APP), "/api/open": Policy("*")})
    _, headers = call(CORSMiddleware(hello, resolve=resolve), origin=APP, path=path)
    assert dict(headers).get(ALLOW_ORIGIN) == allowed


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=f"45-router-{path}")
        for path in ["/items", "//items", "/ITEMS", "/%69tems", "/items/", "/./items", "/+items"]
    ],
)
def test_with_a_router_the_policy_belongs_to_the_view_that_responds(shop, path):
    response = fetch(shop, path)
    expected = {200: APP, 308: APP, 404: "*"}[response.status_int]
    assert (response.text == "/items") == (response.status_int == 200)
    assert granted(response)[ALLOW_ORIGIN] == expected


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("private_network", id="46-private"),
        pytest.param("local_network", id="46-local"),
    ],
)
def test_private_network_access_is_not_offered(name):
    asked = {f"access_control_request_{name}": "true"}
    for policy in [GUARDED, Policy("*", allow_methods="*")]:
        app = CORSMiddleware(hello, policy)
        assert ask(app, **asked) == ask(app)
        assert call(app, origin=APP, **asked) == call(app, origin=APP)


# The page


def numbered_tests():
    """Yield the number at the beginning of every test id in this file."""
    tests = [value for name, value in globals().items() if name.startswith("test_")]
    for mark in [mark for test in tests for mark in getattr(test, "pytestmark", [])]:
        for param in mark.args[1]:
            if re.match(r"\d", getattr(param, "id", None) or ""):
                yield number_of(param.id)


def sections():
    """Return the sections about misconfigurations on the page, by their numbers."""
    found = {}
    for section in re.split(r"^##+ ", PAGE.read_text("utf-8"), flags=re.MULTILINE):
        heading = re.match(r"(\d+)(?:\u2013(\d+))?\. ", section)
        if heading:
            for number in range(int(heading[1]), int(heading[2] or heading[1]) + 1):
                assert number not in found
                found[number] = section
    return found


def test_every_section_that_is_more_than_advice_has_a_test():
    assert set(numbered_tests()) == set(range(1, 50)) - ADVICE_ONLY


def test_the_page_has_a_section_for_every_misconfiguration():
    assert sorted(sections()) == list(range(1, 50))


def test_the_page_names_the_code_of_every_problem_in_its_section():
    page = PAGE.read_text("utf-8")
    assert [code for code in CODES if f"`{code}`" not in page] == []
    for param in [*REFUSED, *MISSPELT, *WARNED, *NOTED]:
        number = number_of(param.id)
        if number == 39 and param.id.startswith("39-all-faults"):
            continue
        assert all(f"`{code}`" in sections()[number] for code in param.values[1]), param.id


def test_the_page_names_the_risks_that_can_be_accepted():
    section = PAGE.read_text("utf-8").partition("## Accepting a risk")[2]
    assert [risk for risk in sorted(RISKS) if f"`{risk}`" not in section] == []
