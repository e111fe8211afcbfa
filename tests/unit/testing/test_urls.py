"""The parts of a URL that matter to CORS."""

import pytest

from wsgicors.testing.urls import URL

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
        pytest.param("https:///x", id="no-host"),
        pytest.param("https://a.example:port/", id="port-of-letters"),
        pytest.param("https://a.example:99999/", id="port-too-high"),
        pytest.param("https://[::1/", id="bracket"),
        pytest.param("https://a..example/", id="empty-label"),
    ],
)
def test_a_text_that_is_not_an_absolute_url_is_rejected(text):
    with pytest.raises(ValueError):  # noqa: PT011
        URL.parse(text)


def test_the_error_for_a_relative_url_shows_the_form_to_use():
    with pytest.raises(
        ValueError, match=r"'/items' is not an absolute URL; use the form 'https://api"
    ):
        URL.parse("/items")
