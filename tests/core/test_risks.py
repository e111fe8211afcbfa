"""What only shows between settings: whom a policy trusts with what."""

import warnings

import pytest

from wsgicors import Policy

from .found import fault_codes, faults, noted, quietly

APP = "https://app.example"


@pytest.mark.parametrize("origin", ["null", "file://"])
def test_an_opaque_origin_has_to_be_accepted_by_name(origin):
    assert fault_codes(allow_origins=[APP, origin]) == ["opaque-origin"]
    policy = Policy([APP, origin], accept_risks=["opaque-origin"])
    assert policy.allows(origin)
    assert policy.problems == ()


@pytest.mark.parametrize("origin", ["null", "file://"])
@pytest.mark.parametrize("accepted", [(), ["opaque-origin"]])
def test_no_setting_allows_an_opaque_origin_with_credentials(origin, accepted):
    found = faults(allow_origins=[APP, origin], allow_credentials=True, accept_risks=accepted)
    assert [fault.code for fault in found] == ["opaque-origin-with-credentials"]
    assert "accept_risks" not in found[0].message


def test_no_setting_allows_every_origin_with_credentials():
    (fault,) = faults(allow_origins="*", allow_credentials=True)
    assert (fault.code, fault.setting) == ("wildcard-with-credentials", "allow_credentials")
    assert "accept_risks" not in fault.message


def test_every_origin_without_credentials_is_nothing_to_note():
    assert noted(allow_origins="*") == []


def test_a_callable_with_credentials_has_to_be_accepted_by_name():
    def vouch(origin):
        return True

    assert fault_codes(allow_origins=vouch, allow_credentials=True) == ["callable-with-credentials"]
    accepted = Policy(vouch, allow_credentials=True, accept_risks=["callable-with-credentials"])
    assert accepted.allows(APP)
    assert accepted.problems == ()


def test_a_callable_without_credentials_is_nothing_to_note():
    assert noted(allow_origins=lambda origin: True) == []


@pytest.mark.parametrize(
    ("origin", "written"),
    [
        pytest.param("http://app.example", "'https://app.example'", id="a host"),
        pytest.param("http://app.example:81", "'https://app.example:81'", id="on a port"),
        pytest.param("http://app.example:*", "'https://app.example:*'", id="on any port"),
        pytest.param("http://app.example:443", "'https://app.example'", id="on https's own port"),
        pytest.param("http://10.0.0.1", "'https://10.0.0.1'", id="an address"),
    ],
)
def test_an_unencrypted_origin_with_credentials_has_to_be_accepted_by_name(origin, written):
    (fault,) = faults(allow_origins=[APP, origin], allow_credentials=True)
    assert (fault.code, fault.value) == ("plain-http-origin", origin)
    assert f"write {written}," in fault.message
    accepted = Policy([APP, origin], allow_credentials=True, accept_risks=["plain-http-origin"])
    assert accepted.problems == ()


def test_an_unencrypted_origin_without_credentials_is_nothing_to_note():
    assert noted(allow_origins="http://app.example") == []


@pytest.mark.parametrize("origin", ["capacitor://localhost", "chrome-extension://abc"])
def test_other_schemes_are_not_taken_for_plain_http(origin):
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
def test_a_loopback_origin_with_credentials_is_only_noted(origin):
    assert noted(allow_origins=origin, allow_credentials=True) == [("development-origin", origin)]
    assert noted(allow_origins=origin) == []


@pytest.mark.parametrize("origin", ["https://*.app.example", "https://*.app.example:*"])
def test_subdomains_with_credentials_are_warned_of_until_accepted(origin):
    with pytest.warns(UserWarning, match="subdomains-with-credentials"):
        policy = Policy(origin, allow_credentials=True)
    assert [problem.code for problem in policy.problems] == ["subdomains-with-credentials"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        accepted = policy.derive(accept_risks="subdomains-with-credentials")
    assert accepted.problems == ()


def test_subdomains_over_plain_http_are_both():
    settings = {"allow_origins": "http://*.app.example", "allow_credentials": True}
    assert fault_codes(**settings) == ["plain-http-origin"]
    assert noted(**settings, accept_risks="plain-http-origin") == [
        ("subdomains-with-credentials", "http://*.app.example")
    ]


SHARED = [
    pytest.param("com", id="a top-level domain"),
    pytest.param("co.uk", id="a registry's second level"),
    pytest.param("com.", id="with a trailing dot"),
    pytest.param("github.io", id="a host of other people's pages"),
    pytest.param("kawasaki.jp", id="a domain whose every child is a suffix"),
    pytest.param("foo.kawasaki.jp", id="such a child"),
    pytest.param("amazonaws.com", id="a domain with other people's sites further down"),
]


@pytest.mark.parametrize("domain", SHARED)
def test_a_wildcard_over_other_peoples_sites_is_warned_of(domain):
    origin = f"https://*.{domain}"
    with pytest.warns(UserWarning, match="public-suffix-wildcard"):
        policy = Policy(origin)
    assert [(p.code, p.value) for p in policy.problems] == [("public-suffix-wildcard", origin)]
    assert Policy(origin, accept_risks=["public-suffix-wildcard"]).problems == ()


@pytest.mark.parametrize("domain", SHARED)
def test_with_credentials_it_is_a_fault_of_its_own(domain):
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
    ["app.example", "example.com", "me.github.io", "city.kawasaki.jp", "localhost", "internal"],
)
def test_a_wildcard_over_ones_own_site_is_not(domain):
    assert noted(allow_origins=f"https://*.{domain}") == []


@pytest.mark.parametrize("origin", ["https://github.io", "https://github.io:*"])
def test_a_suffix_without_a_wildcard_over_subdomains_is_not(origin):
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
        pytest.param({"allow_headers": "*, AUTHORIZATION"}, [], id="every header and that one"),
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
            {"allow_headers": "*, Authorization", "allow_methods": ["PUT"]}, [], id="by a star"
        ),
        pytest.param(
            {"allow_headers": [], "allow_methods": ["GET", "DELETE"]}, [], id="no body to send"
        ),
        pytest.param({"allow_headers": []}, [], id="methods that only the route knows"),
    ],
)
def test_header_lists_that_do_not_do_what_they_look_like_are_noted(settings, codes):
    assert [code for code, _ in noted(allow_origins=APP, **settings)] == codes


def test_exposing_every_header_with_credentials_is_a_fault():
    found = faults(allow_origins=APP, expose_headers="*", allow_credentials=True)
    assert [(fault.code, fault.setting) for fault in found] == [
        ("expose-wildcard-with-credentials", "expose_headers")
    ]


def test_the_methods_that_need_a_content_type_are_named():
    (problem,) = quietly(
        allow_origins=APP, allow_headers=[], allow_methods=["PUT", "GET", "PATCH"]
    ).problems
    assert problem.message.startswith("PATCH, PUT with a JSON body")
    assert problem.value == ()
