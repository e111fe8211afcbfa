"""Cookies: which ones are stored, and where they are sent."""

from http.cookiejar import CookieJar

import pytest

from tests.unit.testing.servers import API, APP
from tests.unit.testing.test_requests import request
from wsgicors.testing import cookies
from wsgicors.testing.cookies import MAX_ATTRIBUTE_SIZE, MAX_SIZE, keep, to_send
from wsgicors.testing.responses import RawResponse
from wsgicors.testing.urls import URL


def jar_with(*cookies, url=f"{API}/"):
    jar = CookieJar()
    response = RawResponse(200, "", [("Set-Cookie", cookie) for cookie in cookies], b"")
    keep(jar, request(URL.parse(url).origin, url), response)
    return jar


def test_a_cookie_is_sent_to_the_server_that_set_it():
    assert to_send(jar_with("a=1", "b=2"), request(API)) == "a=1; b=2"


def test_without_cookies_there_is_no_header():
    assert to_send(jar_with(), request(API)) is None


@pytest.mark.parametrize(
    ("cookie", "url", "sent"),
    [
        pytest.param("a=1", f"{API}:8443/", "a=1", id="other-port"),
        pytest.param("a=1", "https://other.example/", None, id="other-host"),
        pytest.param("a=1", "https://sub.api.example/", None, id="host-only"),
        pytest.param("a=1; Domain=api.example", "https://sub.api.example/", "a=1", id="domain"),
        pytest.param("a=1; Path=/x", f"{API}/x/y", "a=1", id="path"),
        pytest.param("a=1; Path=/x", f"{API}/", None, id="other-path"),
        pytest.param("a=1; Secure", f"{API}/", "a=1", id="secure"),
        pytest.param("a=1; Secure", "http://api.example/", None, id="secure-over-http"),
        pytest.param("a=1; Max-Age=0", f"{API}/", None, id="expired"),
        pytest.param("a=1; Domain=evil.example", f"{API}/", None, id="foreign-domain"),
    ],
)
def test_a_cookie_is_sent_where_its_attributes_allow_it(cookie, url, sent):
    origin = url.partition("//")[0] + "//api.example"
    jar = jar_with(f"{cookie}; SameSite=None; Secure")
    assert to_send(jar, request(origin, url)) == sent


@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param("a=1", id="absent"),
        pytest.param("a=1; SameSite=Lax", id="lax"),
        pytest.param("a=1; SameSite=Strict", id="strict"),
        pytest.param("a=1; SameSite=nonsense", id="unknown"),
        pytest.param("a=1; SameSite", id="empty"),
    ],
)
@pytest.mark.parametrize(
    ("origin", "sent"),
    [
        pytest.param("https://api.example", "a=1", id="same-origin"),
        pytest.param("https://api.example:8443", "a=1", id="other-port"),
        pytest.param("https://sub.api.example", "a=1", id="subdomain"),
        pytest.param("https://other.example", None, id="other-site"),
        pytest.param("http://api.example", None, id="other-scheme"),
        pytest.param("null", None, id="opaque"),
    ],
)
def test_a_cookie_is_sent_only_within_its_site(cookie, origin, sent):
    assert to_send(jar_with(cookie), request(origin)) == sent


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [
        pytest.param("https://api.example/", True, id="https"),
        pytest.param("http://api.example/", False, id="http"),
        pytest.param("http://localhost:1/", True, id="localhost"),
        pytest.param("http://api.localhost:1/", True, id="below-localhost"),
        pytest.param("http://127.0.0.1:1/", True, id="loopback"),
        pytest.param("http://[::1]:1/", True, id="loopback-ipv6"),
        pytest.param("http://127.example/", False, id="looks-like-loopback"),
        pytest.param("http://192.168.0.1/", False, id="local-network"),
    ],
)
@pytest.mark.parametrize("attribute", ["Secure", "secure", " SECURE ", "Secure=1"])
def test_a_secure_cookie_is_kept_and_sent_only_with_encryption_or_on_the_own_machine(
    attribute, url, is_kept
):
    jar = jar_with(f"a=1;{attribute}; Path=/", url=url)
    assert [cookie.name for cookie in jar] == ["a"] * is_kept
    assert to_send(jar, request(URL.parse(url).origin, url)) == ("a=1" if is_kept else None)


@pytest.mark.parametrize("url", [f"{API}/", "http://api.example/", "http://localhost:1/"])
@pytest.mark.parametrize(
    "attributes",
    ["; SameSite=None", ";samesite = none ", "; X-Secure; SameSite=None; Path=/secure"],
)
def test_a_cookie_with_same_site_none_but_not_secure_is_not_stored(attributes, url):
    assert [*jar_with(f"a=1{attributes}", url=url)] == []


def test_a_cookie_with_same_site_none_but_not_secure_removes_no_cookie():
    jar = jar_with("a=1")
    line = ("Set-Cookie", "a=; SameSite=None; Max-Age=0")
    keep(jar, request(API), RawResponse(200, "", [line], b""))
    assert [cookie.name for cookie in jar] == ["a"]


@pytest.mark.parametrize(
    ("cookie", "is_kept"),
    [
        pytest.param("__Host-a=1; Secure; Path=/", True, id="host"),
        pytest.param(" __host-a=1;path = / ;secure", True, id="host-in-another-spelling"),
        pytest.param("__Host-a=1; Path=/", False, id="host-without-secure"),
        pytest.param("__Host-a=1; Secure", False, id="host-without-path"),
        pytest.param("__Host-a=1; Secure; Path=/x", False, id="host-with-another-path"),
        pytest.param("__Host-a=1; Secure; Path=/; Path=/x", False, id="host-with-two-paths"),
        pytest.param("__HOST-a=1; Secure; Path=/; Domain=api.example", False, id="host-and-domain"),
        pytest.param("__Secure-a=1; Secure; Path=/x; Domain=api.example", True, id="secure"),
        pytest.param("__Secure-a=1", False, id="secure-without-secure"),
        pytest.param("__SECURE-a=1; X-Secure", False, id="secure-in-another-spelling"),
        pytest.param("a=__Host-; Path=/", True, id="value"),
        pytest.param("_Host-a=1", True, id="another-prefix"),
    ],
)
def test_a_cookie_is_kept_if_it_has_what_the_prefix_of_its_name_promises(cookie, is_kept):
    assert len([*jar_with(cookie)]) == is_kept


@pytest.mark.parametrize("origin", [API, APP, "http://api.example", "null"])
@pytest.mark.parametrize("name", ["SameSite", "samesite", "Samesite", "SAMESITE"])
@pytest.mark.parametrize("value", ["None", "none", "NONE"])
def test_a_cookie_with_same_site_none_is_sent_from_every_site(origin, name, value):
    assert to_send(jar_with(f"a=1; {name}={value}; Secure"), request(origin)) == "a=1"


def test_attribute_names_may_have_any_case():
    assert to_send(jar_with("a=1; sameSite=None; sEcUrE"), request(APP)) == "a=1"


@pytest.mark.parametrize(
    ("page", "server", "sent"),
    [
        pytest.param("http://localhost:1", "http://localhost:2", "a=1", id="localhost-ports"),
        pytest.param("http://127.0.0.1:1", "http://127.0.0.1:2", "a=1", id="loopback-ports"),
        pytest.param("http://localhost:1", "http://127.0.0.1:1", None, id="localhost-to-loopback"),
        pytest.param("http://10.0.0.1", "http://127.0.0.1", None, id="addresses-have-no-domain"),
        pytest.param("http://[::1]:1", "http://[::1]:2", "a=1", id="ipv6"),
        pytest.param("https://a.b.example", "https://c.b.example", "a=1", id="siblings"),
        pytest.param("https://a.github.io", "https://b.github.io", None, id="public-suffix"),
        pytest.param("https://a.co.uk", "https://b.co.uk", None, id="country"),
        pytest.param("https://x.a.co.uk", "https://a.co.uk", "a=1", id="country-subdomain"),
    ],
)
def test_a_site_is_a_scheme_and_a_registrable_domain(page, server, sent):
    jar = jar_with("a=1", url=f"{server}/")
    assert to_send(jar, request(page, f"{server}/")) == sent


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param("", id="absent"),
        pytest.param("; SameSite=Lax; Secure", id="lax"),
        pytest.param("; samesite=STRICT", id="strict"),
        pytest.param("; SameSite=nonsense", id="unknown"),
        pytest.param("; SameSite=", id="empty"),
        pytest.param("; SameSite=None; SameSite=Lax", id="last-counts"),
        pytest.param("; X-SameSite=None", id="other-attribute"),
    ],
)
@pytest.mark.parametrize(
    ("origin", "is_stored"),
    [
        pytest.param("https://api.example", True, id="same-origin"),
        pytest.param("https://sub.api.example:8443", True, id="same-site"),
        pytest.param("https://other.example", False, id="other-site"),
        pytest.param("http://api.example", False, id="other-scheme"),
        pytest.param("null", False, id="opaque"),
    ],
)
def test_a_cookie_is_stored_only_within_its_site(attributes, origin, is_stored):
    jar = CookieJar()
    response = RawResponse(200, "", [("Set-Cookie", f"a=1{attributes}")], b"")
    keep(jar, request(origin), response)
    assert [cookie.name for cookie in jar] == ["a"] * is_stored


@pytest.mark.parametrize("attributes", ["; SameSite=None; Secure", ";samesite = none ;Secure"])
@pytest.mark.parametrize("origin", [API, APP, "null"])
def test_a_cookie_with_same_site_none_is_stored_from_every_site(attributes, origin):
    jar = CookieJar()
    response = RawResponse(200, "", [("Set-Cookie", f"a=1{attributes}")], b"")
    keep(jar, request(origin), response)
    assert [cookie.name for cookie in jar] == ["a"]


def test_a_response_to_another_site_removes_no_cookie():
    jar = jar_with("a=1", "b=1; SameSite=None; Secure")
    lines = [
        ("Set-Cookie", "a=; Max-Age=0"),
        ("Set-Cookie", "b=; SameSite=None; Secure; Max-Age=0"),
    ]
    keep(jar, request(APP), RawResponse(200, "", lines, b""))
    assert [cookie.name for cookie in jar] == ["a"]


def redirected(*urls, profile="fetch"):
    """Make a request of a page of ``API`` that was redirected along these URLs."""
    asked = request(API, urls[0], profile)
    asked.urls += map(URL.parse, urls[1:])
    return asked


@pytest.mark.parametrize(
    ("urls", "profile", "sent"),
    [
        pytest.param([f"{API}/a", f"{API}/b"], "fetch", "a=1", id="one-site"),
        pytest.param(["https://x.api.example/", API], "fetch", "a=1", id="subdomain"),
        pytest.param([API, "https://other.example/", API], "fetch", None, id="other-site"),
        pytest.param(["https://other.example/", API], "fetch", None, id="other-site-first"),
        pytest.param(["http://api.example/", API], "fetch", None, id="other-scheme"),
        pytest.param(["https://other.example/", API], "chromium", "a=1", id="chromium"),
        pytest.param([API, "https://other.example/"], "chromium", None, id="chromium-other-site"),
        pytest.param(["https://other.example/", API], "webkit", None, id="webkit"),
        pytest.param(["https://x.api.example/", API], "webkit", "a=1", id="webkit-subdomain"),
    ],
)
def test_a_redirect_over_another_site_withholds_cookies(urls, profile, sent):
    asked = redirected(*urls, profile=profile)
    assert to_send(jar_with("a=1", url=urls[-1]), asked) == sent
    jar = CookieJar()
    keep(jar, asked, RawResponse(200, "", [("Set-Cookie", "a=1")], b""))
    assert [cookie.name for cookie in jar] == ["a"] * (sent is not None)


@pytest.mark.parametrize(
    ("origin", "top_level", "sent"),
    [
        pytest.param(API, None, "a=1", id="not-in-a-frame"),
        pytest.param(API, API, "a=1", id="same-origin"),
        pytest.param(API, "https://sub.api.example:8443", "a=1", id="same-site"),
        pytest.param(API, APP, None, id="other-site"),
        pytest.param(APP, API, None, id="other-site-in-a-frame"),
        pytest.param(API, "http://api.example", None, id="other-scheme"),
        pytest.param(API, "null", None, id="opaque-top-level"),
        pytest.param("null", API, None, id="opaque-frame"),
    ],
)
def test_the_top_level_page_counts_too(origin, top_level, sent):
    asked = request(origin)
    asked.top_level = top_level
    assert to_send(jar_with("a=1"), asked) == sent


PLAIN = "http://api.example"


def kept(line, origin=API, url=f"{API}/", profile="fetch", ignored=""):
    """Return what became of a cookie, and the names in the jar."""
    jar = CookieJar()
    response = RawResponse(200, "", [("Set-Cookie", line)], b"")
    (cookie,) = keep(jar, request(origin, url, profile), response, ignored)
    return cookie, [one.name for one in jar]


@pytest.mark.parametrize(
    ("line", "reasons", "options"),
    [
        pytest.param("a=1", [], {}, id="kept"),
        pytest.param("a=1", [cookies.CROSS_SITE], {"origin": APP}, id="other-site"),
        pytest.param("a=1", [], {"origin": APP, "profile": "firefox"}, id="firefox"),
        pytest.param(
            "a=1", [cookies.THIRD_PARTY], {"origin": APP, "profile": "webkit"}, id="webkit"
        ),
        pytest.param("a=1; SameSite=None", [cookies.NONE_WITHOUT_SECURE], {}, id="none"),
        pytest.param("a=1; SameSite=None", [], {"profile": "webkit"}, id="none-in-webkit"),
        pytest.param(
            "a=1; Secure", [cookies.NOT_SECURE_URL], {"origin": PLAIN, "url": PLAIN}, id="http"
        ),
        pytest.param("__Secure-a=1", [cookies.PREFIX_SECURE], {}, id="secure-prefix"),
        pytest.param("__Host-a=1; Secure", [cookies.PREFIX_HOST], {}, id="host-prefix"),
        pytest.param("=__Host-a", [cookies.PREFIX_HOST], {}, id="prefix-of-a-value"),
        pytest.param("a=1; Domain=example.org", [cookies.OTHER_DOMAIN], {}, id="other-domain"),
        pytest.param("a=1; Domain=x.api.example", [cookies.OTHER_DOMAIN], {}, id="subdomain"),
        pytest.param("a=1; Domain=pi.example", [cookies.OTHER_DOMAIN], {}, id="end-of-a-label"),
        pytest.param("a=1; Domain=example", [cookies.PUBLIC_SUFFIX], {}, id="unknown-suffix"),
        pytest.param("a=1; Domain=.API.example", [], {}, id="own-domain"),
        pytest.param(
            "a=1; Domain=api.example", [], {"url": "https://sub.api.example/"}, id="domain-above"
        ),
        pytest.param("a=1; Domain=", [], {}, id="empty-domain"),
        pytest.param("a=1; Domain=other.example; Domain=", [], {}, id="last-domain"),
        pytest.param(
            "a=1; Domain=github.io",
            [cookies.PUBLIC_SUFFIX],
            {"origin": "https://a.github.io", "url": "https://a.github.io/"},
            id="suffix",
        ),
        pytest.param(
            "a=1; Domain=github.io",
            [],
            {"origin": "https://github.io", "url": "https://github.io/"},
            id="own-suffix",
        ),
        pytest.param(
            "a=1; Domain=0.0.1",
            [cookies.OTHER_DOMAIN],
            {"origin": "http://127.0.0.1", "url": "http://127.0.0.1/"},
            id="address",
        ),
        pytest.param(
            "a=1; Domain=127.0.0.1",
            [],
            {"origin": "http://127.0.0.1", "url": "http://127.0.0.1/"},
            id="own-address",
        ),
        pytest.param("=", [cookies.EMPTY], {}, id="empty"),
        pytest.param("; Secure", [cookies.EMPTY], {}, id="no-pair"),
        pytest.param("a=\x01", [cookies.CONTROL_CHARACTER], {}, id="control-character"),
        pytest.param("a=\t1", [], {}, id="tab"),
        pytest.param("a=\x7f", [], {"profile": "webkit"}, id="control-character-in-webkit"),
        pytest.param(f"a={'1' * MAX_SIZE}", [cookies.TOO_LONG], {}, id="long"),
        pytest.param(f"a={'1' * MAX_SIZE}", [], {"profile": "webkit"}, id="long-in-webkit"),
        pytest.param(f"a={'1' * (MAX_SIZE - 1)}", [], {}, id="longest"),
        pytest.param(f"a=1; Domain={'x' * (MAX_ATTRIBUTE_SIZE + 1)}", [], {}, id="long-domain"),
        pytest.param(
            f"a=1; Domain={'x' * MAX_ATTRIBUTE_SIZE}",
            [cookies.PUBLIC_SUFFIX],
            {},
            id="longest-domain",
        ),
        pytest.param("a=1; Path=x", [], {}, id="relative-path"),
        pytest.param("a=1; Max-Age=x; Port=1; Version=x", [], {}, id="nonsense"),
        pytest.param(
            "a=1", [cookies.NO_CREDENTIALS], {"ignored": cookies.NO_CREDENTIALS}, id="ignored"
        ),
        pytest.param(
            "__Secure-a=1; SameSite=None",
            [cookies.PREFIX_SECURE, cookies.NONE_WITHOUT_SECURE],
            {},
            id="two-reasons",
        ),
    ],
)
def test_a_cookie_is_dropped_for_a_reason_or_is_in_the_jar(line, reasons, options):
    cookie, names = kept(line, **options)
    assert [*cookie.dropped] == reasons
    assert bool(names) is not bool(reasons)


@pytest.mark.parametrize(
    ("line", "removes"),
    [
        ("a=; Max-Age=0", True),
        ("a=; Max-Age=-1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", True),
        ("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ("a=; Max-Age=x", False),
        ("a=; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("a=; Max-Age=0; SameSite=None", False),
    ],
)
def test_a_cookie_that_has_expired_removes_another(line, removes):
    assert kept(line)[0].removes is removes


def test_the_last_attribute_of_a_name_counts():
    jar = jar_with("a=1; Path=/x; Path=/; Domain=api.example; Domain=")
    assert [(one.path, one.domain_specified) for one in jar] == [("/", False)]


def test_a_value_without_a_name_is_kept():
    cookie, _ = kept("tea")
    assert (cookie.name, cookie.value) == ("", "tea")
    assert (
        to_send(jar_with("tea"), request(API)) == to_send(jar_with("=tea"), request(API)) == "tea"
    )


def test_the_value_of_a_cookie_is_not_shown():
    cookie, _ = kept("a=s3cret")
    assert "s3cret" not in repr(cookie)
    assert (cookie.name, cookie.value) == ("a", "s3cret")


def asked(origin=APP, url=f"{API}/", profile="fetch", **given):
    return request(origin, url, profile, credentials="include", cookies=(*given.items(),))


@pytest.mark.parametrize(
    ("origin", "url", "profile", "attributes"),
    [
        pytest.param(APP, API, "fetch", True, id="https"),
        pytest.param(APP, "http://localhost:1", "fetch", True, id="localhost"),
        pytest.param("http://localhost:2", "http://localhost:1", "webkit", False, id="webkit"),
        pytest.param(PLAIN, PLAIN, "fetch", False, id="http"),
        pytest.param(APP, PLAIN, "fetch", True, id="http-of-another-site"),
        pytest.param(APP, PLAIN, "firefox", False, id="http-of-another-site-in-firefox"),
    ],
)
def test_an_assumed_cookie_has_the_attributes_with_which_it_is_sent_if_any(
    origin, url, profile, attributes
):
    (cookie,) = cookies.assumed(asked(origin, url, profile, a="1"))
    assert (cookie.is_secure, cookie.same_site) == (attributes, "none" if attributes else "")
