"""Risks that only show when settings are seen together."""

import warnings

import pytest

from tests.unit.core.helpers import fault_codes, faults, noted, quietly
from wsgicors import Policy
from wsgicors._core.public_suffixes import is_public_name, public_suffix_list

APP = "https://app.example"


@pytest.mark.parametrize("origin", ["null", "file://"])
def test_an_opaque_origin_is_rejected_until_accepted(origin):
    assert fault_codes(allow_origins=[APP, origin]) == ["opaque-origin"]
    policy = Policy([APP, origin], accept_risks=["opaque-origin"])
    assert policy.allows(origin)
    assert policy.problems == ()


@pytest.mark.parametrize("origin", ["null", "file://"])
@pytest.mark.parametrize("accepted", [(), ["opaque-origin"]])
def test_an_opaque_origin_with_credentials_cannot_be_accepted(origin, accepted):
    errors = faults(allow_origins=[APP, origin], allow_credentials=True, accept_risks=accepted)
    assert [fault.code for fault in errors] == ["opaque-origin-with-credentials"]
    assert "accept_risks" not in errors[0].message


def test_every_origin_with_credentials_cannot_be_accepted():
    (fault,) = faults(allow_origins="*", allow_credentials=True)
    assert (fault.code, fault.setting) == ("wildcard-with-credentials", "allow_credentials")
    assert "accept_risks" not in fault.message


def test_every_origin_without_credentials_has_no_problems():
    assert noted(allow_origins="*") == []


def test_a_callable_with_credentials_is_rejected_until_accepted():
    def decide(origin):
        return True

    assert fault_codes(allow_origins=decide, allow_credentials=True) == [
        "callable-with-credentials"
    ]
    accepted = Policy(decide, allow_credentials=True, accept_risks=["callable-with-credentials"])
    assert accepted.allows(APP)
    assert accepted.problems == ()


def test_a_callable_without_credentials_has_no_problems():
    assert noted(allow_origins=lambda origin: True) == []


@pytest.mark.parametrize(
    ("origin", "https"),
    [
        pytest.param("http://app.example", "'https://app.example'", id="a host"),
        pytest.param("http://app.example:81", "'https://app.example:81'", id="on a port"),
        pytest.param("http://app.example:*", "'https://app.example:*'", id="on any port"),
        pytest.param(
            "http://app.example:443", "'https://app.example'", id="on the default port of https"
        ),
        pytest.param("http://10.0.0.1", "'https://10.0.0.1'", id="an address"),
    ],
)
def test_an_unencrypted_origin_with_credentials_is_rejected_until_accepted(origin, https):
    (fault,) = faults(allow_origins=[APP, origin], allow_credentials=True)
    assert (fault.code, fault.value) == ("plain-http-origin", origin)
    assert f"; use {https}, or review" in fault.message
    accepted = Policy([APP, origin], allow_credentials=True, accept_risks=["plain-http-origin"])
    assert accepted.problems == ()


def test_an_unencrypted_origin_without_credentials_has_no_problems():
    assert noted(allow_origins="http://app.example") == []


@pytest.mark.parametrize("origin", ["capacitor://localhost", "chrome-extension://abc"])
def test_other_schemes_are_not_treated_as_unencrypted(origin):
    codes = {code for code, _ in noted(allow_origins=origin, allow_credentials=True)}
    assert codes <= {"development-origin"}


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost",
        "http://localhost:*",
        "https://localhost:8443",
        "http://*.localhost:*",
        "http://127.0.0.1:5000",
        "http://[::1]:*",
    ],
)
def test_a_loopback_origin_with_credentials_is_only_a_note(origin):
    assert noted(allow_origins=origin, allow_credentials=True) == [("development-origin", origin)]
    assert noted(allow_origins=origin) == []


@pytest.mark.parametrize("origin", ["https://*.app.example", "https://*.app.example:*"])
def test_subdomains_with_credentials_get_a_warning_until_accepted(origin):
    with pytest.warns(UserWarning, match="subdomains-with-credentials"):
        policy = Policy(origin, allow_credentials=True)
    assert [problem.code for problem in policy.problems] == ["subdomains-with-credentials"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        accepted = policy.derive(accept_risks="subdomains-with-credentials")
    assert accepted.problems == ()


def test_unencrypted_subdomains_with_credentials_have_two_problems():
    settings = {"allow_origins": "http://*.app.example", "allow_credentials": True}
    assert fault_codes(**settings) == ["plain-http-origin"]
    assert noted(**settings, accept_risks="plain-http-origin") == [
        ("subdomains-with-credentials", "http://*.app.example")
    ]


SHARED = [
    pytest.param("com", id="a top-level domain"),
    pytest.param("co.uk", id="a registry's second level"),
    pytest.param("com.", id="with a trailing dot"),
    pytest.param("github.io", id="a hosting service"),
    pytest.param("kawasaki.jp", id="a domain with a wildcard rule"),
    pytest.param("foo.kawasaki.jp", id="a domain under a wildcard rule"),
    pytest.param("amazonaws.com", id="a domain above a public suffix"),
    pytest.param("newtld", id="a top-level domain that the list lacks"),
    pytest.param("newtld.", id="a top-level domain that the list lacks, with a dot"),
    pytest.param("xn--bcher-kva", id="an international domain that the list lacks"),
]


@pytest.mark.parametrize("domain", SHARED)
def test_a_wildcard_over_a_public_suffix_gets_a_warning(domain):
    origin = f"https://*.{domain}"
    with pytest.warns(UserWarning, match="public-suffix-wildcard"):
        policy = Policy(origin)
    assert [(p.code, p.value) for p in policy.problems] == [("public-suffix-wildcard", origin)]
    assert Policy(origin, accept_risks=["public-suffix-wildcard"]).problems == ()


@pytest.mark.parametrize("domain", SHARED)
def test_a_wildcard_over_a_public_suffix_with_credentials_is_an_error(domain):
    settings = {
        "allow_origins": f"https://*.{domain}:*",
        "allow_credentials": True,
        "accept_risks": ["public-suffix-wildcard", "subdomains-with-credentials"],
    }
    assert fault_codes(**settings) == ["public-suffix-wildcard-with-credentials"]
    settings["accept_risks"] += ["public-suffix-wildcard-with-credentials"]
    assert noted(**settings) == []


@pytest.mark.parametrize(
    "domain",
    [
        "app.example",
        "example.com",
        "me.github.io",
        "city.kawasaki.jp",
        "com.newtld",
        "localhost",
        "internal",
        "example",
        "test",
        "corp",
        "local.",
    ],
)
def test_a_wildcard_over_a_private_domain_has_no_problems(domain):
    assert noted(allow_origins=f"https://*.{domain}") == []


def test_a_wildcard_over_the_hosts_of_an_app_has_no_problems():
    assert noted(allow_origins="capacitor://*.main") == []


@pytest.mark.parametrize(
    ("domain", "why", "own"),
    [
        ("github.io", "anyone can get a name under 'github.io'", "app.github.io"),
        ("com", "anyone can get a name under 'com'", "app.example"),
        ("com.", "anyone can get a name under 'com.'", "app.example"),
        ("kawasaki.jp", "anyone can get a name under 'kawasaki.jp'", "app.example"),
        ("newtld", "'newtld' may be a top-level domain, under which anyone", "app.example"),
    ],
)
def test_the_warning_about_a_public_suffix_never_suggests_a_public_suffix(domain, why, own):
    (problem,) = quietly(allow_origins=f"https://*.{domain}").problems
    assert f", because {why}" in problem.message
    assert f"; use a domain of your own, such as 'https://*.{own}'," in problem.message
    assert noted(allow_origins=f"https://*.{own}") == []


@pytest.mark.parametrize("origin", ["https://github.io", "https://github.io:*"])
def test_a_public_suffix_without_a_wildcard_has_no_problems(origin):
    assert noted(allow_origins=origin) == []


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        pytest.param({"expose_headers": "*"}, [], id="all exposed, without credentials"),
        pytest.param(
            {"allow_headers": "Authorization"}, [], id="Authorization, without credentials"
        ),
        pytest.param(
            {"allow_headers": "authorization", "allow_credentials": True},
            ["credentials-with-authorization"],
            id="Authorization, with credentials",
        ),
        pytest.param({"allow_headers": "*"}, ["wildcard-without-authorization"], id="every header"),
        pytest.param(
            {"allow_headers": "*, AUTHORIZATION"}, [], id="every header and Authorization"
        ),
        pytest.param(
            {"allow_headers": "*", "allow_credentials": True},
            ["wildcard-without-authorization"],
            id="every header, with credentials",
        ),
        pytest.param(
            {"allow_headers": [], "allow_methods": ["PUT", "GET"]},
            ["content-type-not-allowed"],
            id="a body and no header",
        ),
        pytest.param(
            {"allow_headers": ["X-A"], "allow_methods": ["POST", "PATCH"]},
            ["content-type-not-allowed"],
            id="bodies and another header",
        ),
        pytest.param(
            {"allow_headers": ["CONTENT-TYPE"], "allow_methods": ["PUT"]}, [], id="in any case"
        ),
        pytest.param(
            {"allow_headers": "*, Authorization", "allow_methods": ["PUT"]},
            [],
            id="covered by a wildcard",
        ),
        pytest.param(
            {"allow_headers": [], "allow_methods": ["GET", "DELETE"]},
            [],
            id="methods without a body",
        ),
        pytest.param({"allow_headers": []}, [], id="the methods of the route"),
    ],
)
def test_header_lists_without_the_expected_effect_are_noted(settings, codes):
    assert [code for code, _ in noted(allow_origins=APP, **settings)] == codes


def test_exposing_every_header_with_credentials_is_an_error():
    errors = faults(allow_origins=APP, expose_headers="*", allow_credentials=True)
    assert [(fault.code, fault.setting) for fault in errors] == [
        ("expose-wildcard-with-credentials", "expose_headers")
    ]


def test_the_note_about_json_bodies_names_the_methods():
    (problem,) = quietly(
        allow_origins=APP, allow_headers=[], allow_methods=["PUT", "GET", "PATCH"]
    ).problems
    assert problem.message.startswith("browsers will block JSON bodies (PATCH, PUT); ")
    assert problem.value == ()


@pytest.mark.parametrize(
    ("host", "is_public"),
    [
        pytest.param("app.example.com", True, id="a name on the Internet"),
        pytest.param("app.example.com.", True, id="with a trailing dot"),
        pytest.param("com", True, id="a public suffix"),
        pytest.param("app.internal", False, id="a private top-level domain"),
        pytest.param("intranet", False, id="one label"),
    ],
)
def test_which_hosts_have_public_names(host, is_public):
    assert is_public_name(host) is is_public


def test_the_public_suffix_list_is_loaded_once():
    assert public_suffix_list() is public_suffix_list()
    assert public_suffix_list().publicsuffix("app.github.io") == "github.io"
    assert public_suffix_list().publicsuffix("app.internal") is None
