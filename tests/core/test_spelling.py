"""Advice for origins that no browser sends: the reason is true, and the remedy works."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wsgicors.core.origins import OPAQUE_ORIGINS, Pattern
from wsgicors.core.problems import CODES
from wsgicors.core.spelling import correct


def advised(text):
    """Return what the message about ``text`` says to write."""
    message = correct(text).message
    assert message.startswith(repr(text))
    return re.findall(r"'([^']*)'", message.removeprefix(repr(text)))


def works(text):
    return text == "*" or text in OPAQUE_ORIGINS or Pattern.parse(text) is not None


@pytest.mark.parametrize(
    ("given", "written"),
    [
        pytest.param("example.com", "https://example.com", id="a domain"),
        pytest.param("*.example.com", "https://*.example.com", id="subdomains"),
        pytest.param("app.example:8443", "https://app.example:8443", id="a port"),
        pytest.param("app.example:443", "https://app.example", id="a default port"),
        pytest.param("//app.example", "https://app.example", id="slashes"),
        pytest.param("App.Example/path", "https://app.example", id="a path"),
        pytest.param("localhost", "http://localhost", id="localhost, which speaks plain http"),
        pytest.param("localhost:*", "http://localhost:*", id="localhost on any port"),
        pytest.param("127.0.0.1:5000", "http://127.0.0.1:5000", id="a loopback address"),
        pytest.param("[::1]:5000", "http://[::1]:5000", id="the IPv6 loopback address"),
        pytest.param("0.0.0.0:80", "http://0.0.0.0", id="every address of the machine"),
        pytest.param("10.0.0.1", "https://10.0.0.1", id="another address"),
        pytest.param("bücher.example", "https://xn--bcher-kva.example", id="not ASCII"),
        pytest.param("::1", "http://[::1]", id="an IPv6 address without its brackets"),
        pytest.param("app example.com", "https://app.example:8443", id="nothing to go by"),
    ],
)
def test_a_scheme_is_put_before_an_origin_without_one(given, written):
    assert correct(given).code == "origin-without-scheme"
    assert advised(given) == [written]


@pytest.mark.parametrize(
    ("given", "why", "written"),
    [
        pytest.param(
            "https://a.example/", "ends in a slash", "https://a.example", id="trailing slash"
        ),
        pytest.param("https://a.example/x/y", "has a path", "https://a.example", id="path"),
        pytest.param(
            "https://a.example:1/x", "has a path", "https://a.example:1", id="port and path"
        ),
        pytest.param("https://a.example?x", "origin ends", "https://a.example", id="query"),
        pytest.param("https://a.example?v=1.2", "origin ends", "https://a.example", id="dot in it"),
        pytest.param("https://?.a.example", "no host", "https://*.a.example", id="question mark"),
        pytest.param("https://a.example#x", "origin ends", "https://a.example", id="fragment"),
        pytest.param(
            "https://*.a.example/", "ends in a slash", "https://*.a.example", id="pattern, path"
        ),
        pytest.param(
            "http://a.example:*/", "ends in a slash", "http://a.example:*", id="any port, path"
        ),
        pytest.param("https://u@a.example", "user", "https://a.example", id="user"),
        pytest.param("https://u:p@a.example:1", "user", "https://a.example:1", id="password"),
        pytest.param("https://A.example", "lower case", "https://a.example", id="upper-case host"),
        pytest.param("HTTPS://a.example", "lower case", "https://a.example", id="upper scheme"),
        pytest.param("https://a.example:443", "default", "https://a.example", id="https, 443"),
        pytest.param("http://a.example:80", "default", "http://a.example", id="http, 80"),
        pytest.param(
            "https://*.a.example:443", "default", "https://*.a.example", id="pattern, 443"
        ),
        pytest.param("https://a.example:08443", "zeros", "https://a.example:8443", id="zeros"),
        pytest.param("https://a.example:0443", "zeros", "https://a.example", id="zeros, default"),
        pytest.param(" https://a.example", "white space", "https://a.example", id="space before"),
        pytest.param("https://a.example\n", "white space", "https://a.example", id="line feed"),
        pytest.param("wss://a.example", "socket", "https://a.example", id="secure socket"),
        pytest.param("ws://a.example:81", "socket", "http://a.example:81", id="socket"),
        pytest.param("WSS://a.example:443", "socket", "https://a.example", id="its default port"),
        pytest.param("https:///a.example", "'://'", "https://a.example", id="three slashes"),
        pytest.param("https:/a.example", "'://'", "https://a.example", id="one slash"),
        pytest.param("https:\\\\a.example", "'://'", "https://a.example", id="backslashes"),
        pytest.param("https://a.example:", "no port", "https://a.example", id="an empty port"),
    ],
)
def test_what_a_browser_would_have_left_out_is_named_and_left_out(given, why, written):
    assert correct(given).code == "origin-syntax"
    assert why in correct(given).message
    assert advised(given)[-1] == written


@pytest.mark.parametrize(
    ("given", "why"),
    [
        pytest.param("https://a.example:0", "'0' for a port", id="port 0"),
        pytest.param("https://a.example:65536", "'65536' for a port", id="port 65536"),
        pytest.param("https://a.example:http", "'http' for a port", id="a port by name"),
        pytest.param("https://a.example:²", "'²' for a port", id="a port in superscript"),
        pytest.param("https://a.example:" + "9" * 400, "for a port", id="a very long port"),
        pytest.param("://a.example", "nothing before", id="an empty scheme"),
        pytest.param("https://[::1", "bracket", id="a bracket that is not closed"),
        pytest.param("https://a..example", "empty label", id="two dots"),
        pytest.param("https://.example", "empty label", id="a leading dot"),
        pytest.param("http://1.2.3.4.5", "IP address, and it is none", id="five numbers"),
        pytest.param("http://256.1.1.1", "IP address, and it is none", id="out of range"),
        pytest.param("http://app.1", "IP address, and it is none", id="a number at the end"),
        pytest.param("http://[zz]", "IP address, and it is none", id="no IPv6"),
        pytest.param("http://1_0.1", "IP address, and it is none", id="an underscored number"),
        pytest.param("http://1.2.3.4.-5.6", "IP address, and it is none", id="a negative number"),
        pytest.param("https://a b.example", "space", id="a space"),
        pytest.param("https://a%41.example", "character", id="percent-encoding"),
        pytest.param("https://{app}.example", "character", id="braces"),
        pytest.param("a b://c", "", id="a space in the scheme"),
        pytest.param("1http://c", "", id="a digit before the scheme"),
    ],
)
def test_what_cannot_be_guessed_is_answered_with_an_example(given, why):
    assert correct(given).code == "origin-syntax"
    assert why in correct(given).message
    assert advised(given)[-1] == "https://app.example:8443"


@pytest.mark.parametrize(
    "text", [f"https://{'a' * 600}.example", f"https://a.example:{'9' * 5_000}", "a" * 100_000]
)
def test_an_origin_that_is_too_long_is_told_so_and_not_repeated_whole(text):
    code, message = correct(text)
    assert code == "origin-syntax"
    assert message.startswith(repr(text[:40]))
    assert "longer than any origin" in message
    assert len(message) < 200


@pytest.mark.parametrize(
    ("given", "phrase"),
    [
        pytest.param("", "is empty; leave it out", id="nothing"),
        pytest.param(" \t", "is empty; leave it out", id="white space"),
        pytest.param("Null", "is no origin", id="null in another case"),
        pytest.param(" null", "is no origin", id="null after a space"),
        pytest.param("https://a.example, https://b.example", "several", id="a list"),
        pytest.param("https://", "names no host", id="no host"),
        pytest.param("https:///", "names no host", id="no host but a path"),
        pytest.param("https://:8443", "names no host", id="only a port"),
    ],
)
def test_what_names_no_one_origin(given, phrase):
    assert correct(given).code == "origin-syntax"
    assert phrase in correct(given).message


@pytest.mark.parametrize("given", ["file:///home/me/page.html", "FILE:", "data:text/html,x"])
def test_a_scheme_whose_documents_have_no_origin_is_told_so(given):
    assert correct(given).code == "origin-syntax"
    assert advised(given) == ["*"]


@pytest.mark.parametrize("given", ["everybody", "any host", "all"])
def test_a_word_that_is_no_host_is_told_how_to_name_everybody(given):
    assert correct(given).code == "origin-without-scheme"
    assert advised(given)[0] == "*"


@pytest.mark.parametrize(
    "given",
    [
        r"https://.*\.app\.example",
        r"^https://app.example$",
        r"https://app\.example",
        "https://(a|b).example",
        r"https?://app.example:\d+",
        "https://.+.example",
        "https?://app.example",
    ],
)
def test_what_looks_like_a_regular_expression_is_told_that_none_are_taken(given):
    assert correct(given).code == "invalid-pattern"
    assert "regular expression" in correct(given).message
    assert advised(given)[-1] == "https://*.app.example"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        pytest.param("http://0x7f.1", ["http://127.0.0.1"], id="hexadecimal"),
        pytest.param("http://0X7F.1:5000/", ["http://127.0.0.1:5000"], id="in upper case"),
        pytest.param("http://127.1", ["http://127.0.0.1"], id="short"),
        pytest.param("http://127.0.0.01", ["http://127.0.0.1"], id="leading zero"),
        pytest.param("http://2130706433:*", ["http://127.0.0.1:*"], id="one number"),
        pytest.param("http://1.2.3.4.", ["http://1.2.3.4"], id="trailing dot"),
        pytest.param("http://[0:0:0:0:0:0:0:1]", ["http://[::1]"], id="IPv6 not compressed"),
        pytest.param("http://[::FFFF:1.2.3.4]", ["http://[::ffff:102:304]"], id="IPv6 mapped"),
        pytest.param("http://[fe80::1%25eth0]", ["http://[fe80::1]"], id="IPv6 with a zone"),
        pytest.param("https://*.1.2.3.4", ["https://1.2.3.4"], id="subdomains of IPv4"),
        pytest.param("https://*.[::1]:*", ["https://[::1]:*"], id="subdomains of IPv6"),
    ],
)
def test_an_address_is_spelt_as_browsers_spell_it(given, written):
    assert correct(given).code == "origin-ip-spelling"
    assert advised(given) == written


@pytest.mark.parametrize(
    ("given", "written"),
    [
        pytest.param("https://bücher.example", "https://xn--bcher-kva.example", id="umlaut"),
        pytest.param("https://BÜCHER.example:443/", "https://xn--bcher-kva.example", id="capitals"),
        pytest.param("https://*.bücher.example", "https://*.xn--bcher-kva.example", id="pattern"),
        pytest.param("https://straße.example", "https://xn--strae-oqa.example", id="sharp s"),
        pytest.param("https://\uff41pp.example", "https://app.example", id="full width"),
        pytest.param("https://例え.jp:*", "https://xn--r8jz45g.jp:*", id="another script"),
    ],
)
def test_a_host_is_put_into_its_ascii_form(given, written):
    assert correct(given).code == "origin-not-ascii"
    assert advised(given) == [written]


@pytest.mark.parametrize(
    "given",
    [
        "https://*",
        "https://*:8443",
        "http://*:*",
        "https://**",
        "https://*.",
        "*:*",
        "**",
        "*://*",
        "*://*:*",
    ],
)
def test_a_pattern_that_would_admit_every_host_is_told_so(given):
    assert correct(given).code == "any-origin-pattern"
    assert "would admit every host" in correct(given).message


@pytest.mark.parametrize(
    ("given", "written"),
    [
        pytest.param("*://app.example", "https://app.example", id="a host"),
        pytest.param("http*://app.example", "https://app.example", id="half a scheme"),
        pytest.param("*://App.example", "https://app.example", id="in upper case"),
        pytest.param("*://app.example/", "https://app.example", id="with a path"),
        pytest.param("*://app.example:8443", "https://app.example:8443", id="with a port"),
        pytest.param("*://localhost:*", "https://localhost:*", id="on any port"),
        pytest.param("*://*.app.example", "https://*.app.example", id="with subdomains"),
    ],
)
def test_a_pattern_that_leaves_the_scheme_open_is_written_out_for_both(given, written):
    assert correct(given).code == "any-origin-pattern"
    assert "leaves the scheme open" in correct(given).message
    assert advised(given) == [written, f"http{written.removeprefix('https')}"]


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("*://app.example:80", ["https://app.example:80", "http://app.example"]),
        ("*://app.example:443", ["https://app.example", "http://app.example:443"]),
    ],
)
def test_each_scheme_leaves_out_its_own_default_port(given, written):
    assert "leaves the scheme open" in correct(given).message
    assert advised(given) == written


@pytest.mark.parametrize("given", ["*://app example.com", "*://1.2.3.4.5"])
def test_an_open_scheme_before_what_is_no_host_is_not_written_out(given):
    assert correct(given).code == "any-origin-pattern"
    assert all(works(written) for written in advised(given))


@pytest.mark.parametrize(
    ("given", "written"),
    [
        pytest.param("https://app-*.app.example", "https://*.app.example", id="in a label"),
        pytest.param("https://a.*.app.example", "https://*.app.example", id="in the middle"),
        pytest.param("https://*app.example", "https://*.app.example", id="without its dot"),
        pytest.param("https://*.*.app.example", "https://*.app.example", id="twice"),
        pytest.param("http://*-x.app.example", "http://*.app.example", id="before a hyphen"),
        pytest.param("https://app.*", "https://*.app.example", id="last"),
        pytest.param("https://*.*.example", "https://*.app.example", id="over a whole suffix"),
        pytest.param("https://*x.Ab c.example", "https://*.app.example", id="nothing to go by"),
        pytest.param("https://app.example:84*", "https://app.example:*", id="in a port"),
        pytest.param("https://t-?.app.example", "https://*.app.example", id="for one character"),
        pytest.param("https://t-??.app.example:84", "https://*.app.example:84", id="for two"),
        pytest.param("https://app?.example", "https://*.app.example", id="for one of a domain"),
    ],
)
def test_a_misplaced_wildcard_is_shown_its_places(given, written):
    assert correct(given).code == "invalid-pattern"
    assert advised(given)[-1] == written


FRAGMENTS = [
    *[
        "https",
        "http",
        "HTTP",
        "ws",
        "null",
        "*",
        ":",
        "//",
        "/",
        "\\",
        "@",
        ",",
        " ",
        "\n",
        "%",
        "?",
    ],
    *[
        "*.",
        ".",
        "..",
        "app",
        "App",
        "bücher",
        "_",
        "-",
        "example",
        "localhost",
        "x y",
        "ß",
        "0x7f",
    ],
    *[
        "127.0.0.1",
        "256",
        "[::1]",
        "[0:0::1]",
        "[",
        "]",
        "::1",
        ":*",
        ":443",
        ":080",
        ":99999",
        ":x",
    ],
]
fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=6).map("".join)


@given(
    st.one_of(
        fragments,
        fragments.map("https://{}".format),
        fragments.map("*://{}".format),
        st.text(max_size=20),
    )
)
def test_every_wrong_origin_gets_an_answer_and_every_remedy_works(text):
    assume(not works(text))
    assert CODES[correct(text).code].severity == "error"
    message = correct(text).message
    assert message.startswith(repr(text))
    for written in re.findall(
        r"\b(?:write|in|must,|as) '([^']*)'", message.removeprefix(repr(text))
    ):
        assert works(written), written
