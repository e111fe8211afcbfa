"""The parts of a URL that matter to CORS."""

import importlib
import sys
from ipaddress import IPv6Address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wsgicors._core.origins import Origin, Pattern, canonical_ip
from wsgicors.testing.urls import URL

FORBIDDEN_IN_HOSTS = "\0 <>^|\x7f"
"""Some of the "forbidden domain code points" of the URL standard."""

BASE = URL.parse("https://a.example:8443/dir/page?x=1")


@pytest.mark.parametrize(
    ("text", "serialised", "origin"),
    [
        pytest.param("https://a.example", "https://a.example/", "https://a.example", id="bare"),
        pytest.param("HTTPS://A.Example/B", "https://a.example/B", "https://a.example", id="case"),
        pytest.param("https://a.example:443/", "https://a.example/", "https://a.example", id="443"),
        pytest.param("http://a.example:80/", "http://a.example/", "http://a.example", id="80"),
        pytest.param(
            "http://a.example:443/", "http://a.example:443/", "http://a.example:443", id="http-443"
        ),
        pytest.param("http://[::1]:8/", "http://[::1]:8/", "http://[::1]:8", id="ipv6"),
        pytest.param(
            "https://b\xfccher.example/",
            "https://xn--bcher-kva.example/",
            "https://xn--bcher-kva.example",
            id="punycode",
        ),
        pytest.param("https://a.example/?q", "https://a.example/?q", "https://a.example", id="q"),
        pytest.param(
            "https://a.example/#top", "https://a.example/", "https://a.example", id="hash"
        ),
        pytest.param(
            "https://a.example/a b?\xfc d",
            "https://a.example/a%20b?%C3%BC%20d",
            "https://a.example",
            id="percent-encoding",
        ),
        pytest.param(
            "https://a.example/%2F?a=/?&b",
            "https://a.example/%2F?a=/?&b",
            "https://a.example",
            id="encoded-already",
        ),
        pytest.param(
            "https://u:p@a.example/", "https://a.example/", "https://a.example", id="user"
        ),
        pytest.param("https://a.example/?", "https://a.example/?", "https://a.example", id="?"),
        pytest.param(
            "https://a.example/b/../c/./d", "https://a.example/c/d", "https://a.example", id="dots"
        ),
        pytest.param(
            "https:\\\\a.example\\b", "https://a.example/b", "https://a.example", id="backslashes"
        ),
        pytest.param(
            " https://a.ex\tample/\n", "https://a.example/", "https://a.example", id="white-space"
        ),
        pytest.param("https:///x/y", "https://x/y", "https://x", id="three-slashes"),
        pytest.param("https://%61.example", "https://a.example/", "https://a.example", id="host-%"),
        pytest.param("https://a..example/", "https://a..example/", "https://a..example", id=".."),
    ],
)
def test_a_url_is_serialised_as_a_browser_does(text, serialised, origin):
    url = URL.parse(text)
    assert (str(url), url.origin, url.is_http) == (serialised, origin, True)


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        pytest.param("other", "https://a.example:8443/dir/other", id="sibling"),
        pytest.param("../up", "https://a.example:8443/up", id="parent"),
        pytest.param("/root", "https://a.example:8443/root", id="path"),
        pytest.param("?y=2", "https://a.example:8443/dir/page?y=2", id="query"),
        pytest.param("", "https://a.example:8443/dir/page?x=1", id="empty"),
        pytest.param("//b.example/c", "https://b.example/c", id="host"),
        pytest.param("http://b.example/", "http://b.example/", id="absolute"),
    ],
)
def test_a_relative_url_is_resolved_against_its_base(text, resolved):
    assert str(URL.parse(text, BASE)) == resolved


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("https://a.example/", False, id="none"),
        pytest.param("https://a.example/@b", False, id="in-the-path"),
        pytest.param("https://u@a.example/", True, id="user"),
        pytest.param("https://u:p@a.example/", True, id="user-and-password"),
        pytest.param("https://:p@a.example/", True, id="password"),
        pytest.param("https://@a.example/", False, id="empty-user"),
        pytest.param("https://:@a.example/", False, id="empty-user-and-password"),
    ],
)
def test_a_url_knows_whether_it_has_a_user_name_or_password(text, expected):
    assert bool(URL.parse(text).userinfo) is expected


def test_user_name_password_and_fragment_are_not_sent():
    url = URL.parse("https://u:p@a.example/b#c")
    assert (str(url), url.authority, url.target) == ("https://a.example/b", "a.example", "/b")
    assert url.fragment == "c"


def test_the_path_does_not_include_the_query():
    url = URL.parse("https://a.example/b?c?d")
    assert (url.target, url.path) == ("/b?c?d", "/b")


def test_the_authority_omits_a_default_port():
    assert URL.parse("https://a.example:443/").authority == "a.example"
    assert BASE.authority == "a.example:8443"


@pytest.mark.parametrize("text", ["data:,hello", "ftp://a.example/x", "mailto:a@b.example"])
def test_a_url_with_another_scheme_is_not_http_and_has_no_origin(text):
    url = URL.parse(text)
    assert (url.is_http, url.origin) == (False, "null")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("/items", id="relative-to-nothing"),
        pytest.param("//a.example/", id="no-scheme"),
        pytest.param("https://", id="no-host"),
        pytest.param("https:///", id="only-slashes"),
        pytest.param("https://a.example:port/", id="port-of-letters"),
        pytest.param("https://a.example:99999/", id="port-too-high"),
        pytest.param("https://[::1/", id="bracket"),
        *[
            pytest.param(f"https://a{c}b/", id=f"host-with-{ord(c):02x}")
            for c in FORBIDDEN_IN_HOSTS
        ],
        pytest.param("https://a%20b/", id="encoded-space-in-the-host"),
        pytest.param("https://1.2.3.4.5/", id="five-numbers"),
        pytest.param("https://a.256/", id="number-at-the-end"),
        pytest.param("https://[::1%25eth0]/", id="zone"),
        pytest.param("https://\u00ad/", id="nothing-is-left-of-the-host"),
        pytest.param("https://a\ufffdb/", id="character-that-idna-disallows"),
        pytest.param("https://a.example/\ud800", id="half-a-character"),
    ],
)
def test_a_text_that_is_not_an_absolute_url_is_rejected(text):
    with pytest.raises(ValueError, match=r"URL; use the form 'https://api\.example/items'$"):
        URL.parse(text)


@pytest.mark.parametrize(
    ("host", "sent"),
    [
        pytest.param("0x7f.1", "127.0.0.1", id="hexadecimal"),
        pytest.param("0177.0.0.01", "127.0.0.1", id="octal"),
        pytest.param("2130706433", "127.0.0.1", id="one-number"),
        pytest.param("[0:0:0:0:0:0:0:1]", "[::1]", id="ipv6"),
        pytest.param("[::ffff:1.2.3.4]", "[::ffff:102:304]", id="ipv4-in-ipv6"),
        pytest.param("B\xdcCHER.example", "xn--bcher-kva.example", id="capitals"),
        pytest.param("fa\xdf.example", "xn--fa-hia.example", id="sharp-s"),
        pytest.param("\u03b2\u03cc\u03bb\u03bf\u03c2.example", "xn--nxasmm1c.example", id="sigma"),
        pytest.param("\u2603.example", "xn--n3h.example", id="symbol"),
        pytest.param("\uff41\uff42\uff43\uff0eexample", "abc.example", id="full-width"),
        pytest.param("a\xadb\u3002example", "ab.example", id="soft-hyphen-and-ideographic-stop"),
        pytest.param("XN--BCHER-KVA.example", "xn--bcher-kva.example", id="punycode-in-capitals"),
    ],
)
def test_a_policy_accepts_the_host_that_a_browser_sends(host, sent):
    origin = URL.parse(f"https://{host}/").origin
    assert origin == f"https://{sent}"
    assert Pattern.parse(origin) == Pattern("https", sent, None, False)


@pytest.mark.parametrize("text", ["/items", "https://a b/"])
def test_an_error_shows_what_was_given(text):
    with pytest.raises(ValueError, match=f"^{text!r} is not "):
        URL.parse(text)


@pytest.mark.parametrize(
    ("text", "site"),
    [
        pytest.param("https://x.a.example:8443/", ("https", "a.example"), id="subdomain"),
        pytest.param("http://a.example", ("http", "a.example"), id="http"),
        pytest.param("https://a.github.io", ("https", "a.github.io"), id="public-suffix"),
        pytest.param("http://localhost:8000", ("http", "localhost"), id="one-label"),
        pytest.param("http://127.0.0.1:8000", ("http", "127.0.0.1"), id="ipv4"),
        pytest.param("http://[::1]:8000", ("http", "[::1]"), id="ipv6"),
        pytest.param("app://a.example", ("app", "//a.example"), id="other-scheme"),
    ],
)
def test_a_site_is_a_scheme_and_a_registrable_domain(text, site):
    assert URL.parse(text).site == site


def test_a_relative_url_keeps_the_user_name_of_its_base():
    base = URL.parse("https://u:p@a.example/b")
    assert URL.parse("/c", base).href == "https://u:p@a.example/c"


def test_without_its_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ada_url", None)
    monkeypatch.delitem(sys.modules, "wsgicors.testing.urls")
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module("wsgicors.testing.urls")
    assert caught.value.name == "ada_url"
    assert str(caught.value) == (
        "wsgicors.testing needs the package ada-url; install wsgicors with its extra 'testing': "
        "python -m pip install '.[testing]' in a checkout, or "
        "python -m pip install 'PATH/TO/WHEEL[testing]' for a wheel"
    )


def test_the_error_for_a_relative_url_shows_the_form_to_use():
    with pytest.raises(
        ValueError, match=r"'/items' is not an absolute URL; use the form 'https://api"
    ):
        URL.parse("/items")


@given(st.from_regex(r"https?://[a-z0-9_.\-]{1,20}(:[1-9][0-9]{0,4})?", fullmatch=True))
@example("https://xn--f.example")
def test_what_a_policy_takes_for_an_origin_is_one(text):
    if Origin.parse(text) is not None:
        assert URL.parse(text).origin == text


numbers = st.from_regex(r"[0-9]{1,10}|0x[0-9a-f]{0,8}|0[0-7]{0,11}", fullmatch=True)


@given(st.lists(numbers, min_size=1, max_size=5), st.sampled_from(["", "."]))
@example(["1", "2", "3", "4", "5"], "")
@example(["256", "256"], "")
@example(["09"], "")
def test_the_core_reads_ipv4_addresses_by_the_url_standard(parts, dot):
    host = ".".join(parts) + dot
    try:
        address = URL.parse(f"https://{host}/").host
    except ValueError:
        address = None
    assert canonical_ip(host) == address


@given(st.ip_addresses(v=6))
@example(IPv6Address("::ffff:1.2.3.4"))
@example(IPv6Address("1:0:0:2::"))
def test_the_core_writes_ipv6_addresses_by_the_url_standard(address):
    host = f"[{address.exploded}]"
    assert canonical_ip(host) == URL.parse(f"https://{host}/").host
