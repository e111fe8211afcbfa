"""Suggestions for strings that are not origins: the reason is right, and the suggestion works."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wsgicors import Policy, PolicyError
from wsgicors._core.origins import Origin, Pattern
from wsgicors._core.problems import CODES
from wsgicors._core.suggestions import suggest
from wsgicors.testing.urls import URL


def advised(text):
    """Return the strings that the message about ``text`` suggests."""
    message = suggest(text).message
    assert message.startswith(repr(text))
    return re.findall(r"'([^']*)'", message.removeprefix(repr(text)))


def explained(text):
    suggestion = suggest(text)
    return suggestion.code, suggestion.message


def works(text):
    return text == "*" or Pattern.parse(text) is not None


@pytest.mark.parametrize(
    ("given", "suggested"),
    [
        pytest.param("example.com", "https://example.com", id="a domain"),
        pytest.param("*.example.com", "https://*.example.com", id="subdomains"),
        pytest.param("app.example:8443", "https://app.example:8443", id="a port"),
        pytest.param("app.example:443", "https://app.example", id="a default port"),
        pytest.param("//app.example", "https://app.example", id="slashes"),
        pytest.param("App.Example/path", "https://app.example", id="a path"),
        pytest.param("localhost", "http://localhost", id="localhost, with plain http"),
        pytest.param("localhost:*", "http://localhost:*", id="localhost on any port"),
        pytest.param("127.0.0.1:5000", "http://127.0.0.1:5000", id="a loopback address"),
        pytest.param("[::1]:5000", "http://[::1]:5000", id="the IPv6 loopback address"),
        pytest.param("0.0.0.0:80", "http://0.0.0.0", id="every address of the machine"),
        pytest.param("10.0.0.1", "https://10.0.0.1", id="another address"),
        pytest.param("bücher.example", "https://xn--bcher-kva.example", id="not ASCII"),
        pytest.param("::1", "http://[::1]", id="an IPv6 address without brackets"),
        pytest.param("app example.com", "https://app.example:8443", id="no valid host"),
    ],
)
def test_a_scheme_is_added_to_an_origin_without_a_scheme(given, suggested):
    assert suggest(given).code == "origin-without-scheme"
    assert advised(given) == [suggested]


@pytest.mark.parametrize(
    ("given", "why", "suggested"),
    [
        pytest.param(
            "https://a.example/", "ends with a slash", "https://a.example", id="trailing slash"
        ),
        pytest.param("https://a.example/x/y", "has a path", "https://a.example", id="path"),
        pytest.param(
            "https://a.example:1/x", "has a path", "https://a.example:1", id="port and path"
        ),
        pytest.param("https://a.example?x", "origin ends", "https://a.example", id="query"),
        pytest.param("https://a.example?v=1.2", "origin ends", "https://a.example", id="dot in it"),
        pytest.param("https://?.a.example", "character", "https://*.a.example", id="question mark"),
        pytest.param("https://a.example#x", "origin ends", "https://a.example", id="fragment"),
        pytest.param(
            "https://*.a.example/", "ends with a slash", "https://*.a.example", id="pattern, path"
        ),
        pytest.param(
            "http://a.example:*/", "ends with a slash", "http://a.example:*", id="any port, path"
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
        pytest.param(" https://a.example", "whitespace", "https://a.example", id="space before"),
        pytest.param("https://a.example\n", "whitespace", "https://a.example", id="line feed"),
        pytest.param("wss://a.example", "WebSocket", "https://a.example", id="secure socket"),
        pytest.param("ws://a.example:81", "WebSocket", "http://a.example:81", id="socket"),
        pytest.param(
            "WSS://a.example:443", "WebSocket", "https://a.example", id="its default port"
        ),
        pytest.param("https:///a.example", "'://'", "https://a.example", id="three slashes"),
        pytest.param("https:/a.example", "'://'", "https://a.example", id="one slash"),
        pytest.param("https:\\\\a.example", "'://'", "https://a.example", id="backslashes"),
        pytest.param("https://a.example:", "no port", "https://a.example", id="an empty port"),
    ],
)
def test_a_fault_is_named_and_a_corrected_origin_suggested(given, why, suggested):
    assert suggest(given).code == "origin-syntax"
    assert why in suggest(given).message
    assert advised(given)[-1] == suggested


@pytest.mark.parametrize(
    ("given", "why"),
    [
        pytest.param("https://a.example:0", "the port '0'", id="port 0"),
        pytest.param("https://a.example:65536", "the port '65536'", id="port 65536"),
        pytest.param("https://a.example:http", "the port 'http'", id="a port by name"),
        pytest.param("https://a.example:²", "the port '²'", id="a port in superscript"),
        pytest.param("https://a.example:" + "9" * 400, "the port", id="a very long port"),
        pytest.param("://a.example", "no scheme before", id="an empty scheme"),
        pytest.param("https://[::1", "bracket", id="an unclosed bracket"),
        pytest.param("https://a..example", "empty label", id="two dots"),
        pytest.param("https://.example", "empty label", id="a leading dot"),
        pytest.param("http://1.2.3.4.5", "like an IP address", id="five numbers"),
        pytest.param("http://256.1.1.1", "like an IP address", id="out of range"),
        pytest.param("http://app.1", "like an IP address", id="a number at the end"),
        pytest.param("http://[zz]", "like an IP address", id="no IPv6"),
        pytest.param("http://1_0.1", "like an IP address", id="an underscored number"),
        pytest.param("http://1.2.3.4.-5.6", "like an IP address", id="a negative number"),
        pytest.param("https://a b.example", "space", id="a space"),
        pytest.param("https://a.example b.example", "several origins", id="a space between hosts"),
        pytest.param("https://a.example:1;b.example", "several origins", id="a semicolon"),
        pytest.param("https://a%41.example", "character", id="percent-encoding"),
        pytest.param("https://{app}.example", "character", id="braces"),
        pytest.param("a b://c", "", id="a space in the scheme"),
        pytest.param("1http://c", "", id="a digit before the scheme"),
    ],
)
def test_an_origin_that_cannot_be_corrected_gets_an_example(given, why):
    assert suggest(given).code == "origin-syntax"
    assert why in suggest(given).message
    assert advised(given)[-1] == "https://app.example:8443"


@pytest.mark.parametrize(
    "text", [f"https://{'a' * 600}.example", f"https://a.example:{'9' * 5_000}", "a" * 100_000]
)
def test_an_origin_that_is_too_long_is_not_quoted_in_full(text):
    code, message = explained(text)
    assert code == "origin-syntax"
    assert message.startswith(repr(text[:40]))
    assert "longer than any origin" in message
    assert len(message) < 200


@pytest.mark.parametrize(
    ("given", "phrase"),
    [
        pytest.param("", "is empty; remove it", id="empty"),
        pytest.param(" \t", "is empty; remove it", id="whitespace"),
        pytest.param("Null", "is not an origin", id="null in another case"),
        pytest.param(" null", "is not an origin", id="null after a space"),
        pytest.param("https://a.example, https://b.example", "several", id="a list"),
        pytest.param("https://", "has no host", id="no host"),
        pytest.param("https:///", "has no host", id="a path but no host"),
        pytest.param("https://:8443", "has no host", id="only a port"),
    ],
)
def test_a_string_without_an_origin_or_with_several(given, phrase):
    assert suggest(given).code == "origin-syntax"
    assert phrase in suggest(given).message


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        pytest.param("https://a.example, https://b.example", "https", id="a comma and a space"),
        pytest.param("https://a.example,https://b.example", "https", id="a comma"),
        pytest.param("https://a.example https://b.example", "https", id="a space"),
        pytest.param("https://a.example\nhttps://b.example", "https", id="a line feed"),
        pytest.param("http://a.example;http://b.example", "http", id="a semicolon"),
        pytest.param("https://a.example , https://b.example,", "https", id="a comma at the end"),
    ],
)
def test_several_origins_in_one_string_are_all_suggested(given, origins):
    assert suggest(given).code == "origin-syntax"
    assert "contains several origins" in suggest(given).message
    assert advised(given) == [f"{origins}://a.example", f"{origins}://b.example"]


@pytest.mark.parametrize(
    "given",
    [
        "https://a.example, b.example",
        "https://a, null",
        "http://localhost:3000 http://localhost:5000/",
        "http://localhost:3000;http://localhost:5000/",
        "http://localhost:3000/ and http://localhost:5000",
        "localhost:3000 localhost:5000",
        "localhost app.example",
    ],
)
def test_several_origins_are_not_suggested_if_any_is_wrong(given):
    assert suggest(given).message.endswith("contains several origins; list each as its own string")


def test_a_wildcard_for_every_origin_can_be_one_of_several_origins():
    assert advised("*,https://a.example") == ["*", "https://a.example"]


@pytest.mark.parametrize("given", ["https://a.example,", ",https://a.example"])
def test_a_comma_beside_one_origin_does_not_count_as_several(given):
    assert suggest(given).code in {"origin-syntax", "origin-without-scheme"}
    assert "several" not in suggest(given).message


@pytest.mark.parametrize(
    ("given", "suggested"),
    [
        pytest.param("'http://localhost:3000'", "http://localhost:3000", id="single"),
        pytest.param('"http://localhost:3000"', "http://localhost:3000", id="double"),
        pytest.param(" `http://a.example` ", "http://a.example", id="backticks and spaces"),
        pytest.param("\u201chttp://a.example\u201d", "http://a.example", id="curly"),
        pytest.param('["http://localhost:3000"]', "http://localhost:3000", id="JSON"),
        pytest.param('["http://[::1]:3000"]', "http://[::1]:3000", id="JSON with an address"),
        pytest.param("[ 'https://*.a.example' ]", "https://*.a.example", id="a pattern"),
        pytest.param("('http://a.example')", "http://a.example", id="a tuple"),
        pytest.param("'http://a.example", "http://a.example", id="before it alone"),
        pytest.param("http://a.example'", "http://a.example", id="after it alone"),
        pytest.param('"*"', "*", id="every origin"),
        pytest.param("'http://a.example/'", "http://a.example", id="a slash within them"),
        pytest.param("'http://a.example;'", "http://a.example", id="a semicolon within them"),
    ],
)
def test_quotes_around_an_origin_are_removed(given, suggested):
    code, message = explained(given)
    assert code == "origin-syntax"
    assert message.startswith(f"{given!r} has quotes around it")
    assert message.endswith(f"use {suggested!r}")


def test_an_origin_without_a_scheme_within_quotes_has_both_faults():
    assert explained("'app.example'") == (
        "origin-without-scheme",
        "\"'app.example'\" has quotes around it, and without that it has no scheme, so browsers "
        "never send it; use 'https://app.example'",
    )


@pytest.mark.parametrize("given", ["''", '""', "[''", '" "'])
def test_quotes_around_nothing_are_removed(given):
    assert suggest(given).message == (
        f"{given!r} has quotes around it, and without that it is empty; remove it"
    )


@pytest.mark.parametrize(
    ("given", "suggested"),
    [
        ("http://localhost:3000;", "http://localhost:3000"),
        ("http://localhost:3000 ; ", "http://localhost:3000"),
        ("app.example;", "https://app.example"),
        ("*;", "*"),
    ],
)
def test_a_semicolon_at_the_end_is_removed(given, suggested):
    assert suggest(given).message.startswith(f"{given!r} has a semicolon at its end")
    assert advised(given)[-1] == suggested


@pytest.mark.parametrize(
    ("given", "what", "suggested"),
    [
        pytest.param("https://a.example,", "a comma at its end", "https://a.example", id="end"),
        pytest.param(
            "https://a.example , ", "a comma at its end", "https://a.example", id="spaces"
        ),
        pytest.param(",https://a.example", "a comma at its start", "https://a.example", id="start"),
        pytest.param(";https://a.example", "a semicolon at its start", "https://a.example", id=";"),
        pytest.param(",https://a.example,", "a comma at its end", "https://a.example", id="both"),
        pytest.param("https://*.a.example,", "a comma at its end", "https://*.a.example", id="*."),
        pytest.param("https://a.example/,", "a comma at its end", "https://a.example", id="slash"),
        pytest.param("a.example,", "a comma at its end", "https://a.example", id="no scheme"),
        pytest.param("*,", "a comma at its end", "*", id="every origin"),
    ],
)
def test_a_comma_beside_an_origin_is_removed_as_a_semicolon_is(given, what, suggested):
    assert suggest(given).message.startswith(f"{given!r} has {what}")
    assert advised(given)[-1] == suggested


def test_a_comma_alone_is_removed():
    assert suggest(",").message == (
        "',' has a comma at its end, and without that it is empty; remove it"
    )


@pytest.mark.parametrize(
    ("given", "what", "origin"),
    [
        pytest.param("'null'", "quotes around it", "null", id="quotes"),
        pytest.param("'file://'", "quotes around it", "file://", id="quotes around a scheme"),
        pytest.param("null;", "a semicolon at its end", "null", id="semicolon"),
        pytest.param("null,", "a comma at its end", "null", id="comma"),
    ],
)
def test_no_message_suggests_an_opaque_origin(given, what, origin):
    assert explained(given) == (
        "origin-syntax",
        f"{given!r} has {what}, and {origin!r} is the origin of every sandboxed frame and local "
        f"file; use '*' to allow every origin, or remove it",
    )


def test_each_origin_of_a_list_in_json_is_corrected():
    with pytest.raises(PolicyError) as caught:
        Policy('["http://localhost:3000", "http://localhost:5000"]')
    assert [problem.message.partition("; ")[2] for problem in caught.value.problems] == [
        "use 'http://localhost:3000'",
        "use 'http://localhost:5000'",
    ]


@pytest.mark.parametrize("given", ["file:///home/me/page.html", "FILE:", "data:text/html,x"])
def test_an_opaque_scheme_gets_the_advice_to_allow_every_origin(given):
    assert suggest(given).code == "origin-syntax"
    assert advised(given) == ["*"]


@pytest.mark.parametrize("given", ["everybody", "any host", "all"])
def test_a_plain_word_gets_the_advice_to_allow_every_origin(given):
    assert suggest(given).code == "origin-without-scheme"
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
def test_a_regular_expression_gets_the_advice_to_use_a_pattern(given):
    assert suggest(given).code == "invalid-pattern"
    assert "regular expression" in suggest(given).message
    assert advised(given)[-1] == "https://*.app.example"


@pytest.mark.parametrize(
    ("given", "suggested"),
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
def test_an_ip_address_is_corrected_to_the_form_that_browsers_send(given, suggested):
    assert suggest(given).code == "origin-ip-spelling"
    assert advised(given) == suggested


@pytest.mark.parametrize(
    ("given", "suggested"),
    [
        pytest.param("https://bücher.example", "https://xn--bcher-kva.example", id="umlaut"),
        pytest.param("https://BÜCHER.example:443/", "https://xn--bcher-kva.example", id="capitals"),
        pytest.param("https://*.bücher.example", "https://*.xn--bcher-kva.example", id="pattern"),
        pytest.param("https://straße.example", "https://xn--strae-oqa.example", id="sharp s"),
        pytest.param("https://\uff41pp.example", "https://app.example", id="full width"),
        pytest.param("https://例え.jp:*", "https://xn--r8jz45g.jp:*", id="another script"),
        pytest.param(
            "https://\u03f9ήZ.example", "https://xn--z-slb6d.example", id="a lunate sigma"
        ),
        pytest.param("https://\U0001d400pp.example", "https://app.example", id="a mathematical A"),
        pytest.param("https://ΑΣΑΣ.gr", "https://xn--mxaa7cb.gr", id="sigma at the end"),
        pytest.param("https://ǅ.example", "https://xn--d-toa.example", id="title case"),
        pytest.param("https://\u13a0.example", "https://xn--58d.example", id="Cherokee"),
        pytest.param("https://\u2764\ufe0f.example", "https://xn--qei.example", id="an emoji"),
    ],
)
def test_a_host_is_converted_to_its_ascii_form(given, suggested):
    assert suggest(given).code == "origin-not-ascii"
    assert advised(given) == [suggested]
    exact, same = (text.replace("*.", "").removesuffix(":*") for text in (given, suggested))
    assert URL.parse(exact).origin == same


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
def test_a_pattern_for_every_host_is_rejected(given):
    assert suggest(given).code == "any-origin-pattern"
    assert "would allow every host" in suggest(given).message


@pytest.mark.parametrize(
    ("given", "suggested"),
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
def test_a_pattern_for_every_scheme_is_corrected_for_both_schemes(given, suggested):
    assert suggest(given).code == "any-origin-pattern"
    assert "leaves the scheme open" in suggest(given).message
    assert advised(given) == [suggested, f"http{suggested.removeprefix('https')}"]


@pytest.mark.parametrize(
    ("given", "suggested"),
    [
        ("*://app.example:80", ["https://app.example:80", "http://app.example"]),
        ("*://app.example:443", ["https://app.example", "http://app.example:443"]),
    ],
)
def test_each_scheme_omits_its_own_default_port(given, suggested):
    assert "leaves the scheme open" in suggest(given).message
    assert advised(given) == suggested


@pytest.mark.parametrize("given", ["*://app example.com", "*://1.2.3.4.5"])
def test_a_pattern_for_every_scheme_with_an_invalid_host_is_not_corrected(given):
    assert suggest(given).code == "any-origin-pattern"
    assert all(works(suggested) for suggested in advised(given))


@pytest.mark.parametrize(
    ("given", "suggested"),
    [
        pytest.param("https://app-*.app.example", "https://*.app.example", id="in a label"),
        pytest.param("https://a.*.app.example", "https://*.app.example", id="in the middle"),
        pytest.param("https://*app.example", "https://*.app.example", id="without its dot"),
        pytest.param("https://*.*.app.example", "https://*.app.example", id="twice"),
        pytest.param("http://*-x.app.example", "http://*.app.example", id="before a hyphen"),
        pytest.param("https://app.*", "https://*.app.example", id="last"),
        pytest.param("https://*.*.example", "https://*.app.example", id="over a whole suffix"),
        pytest.param("https://*x.Ab c.example", "https://*.app.example", id="no valid domain"),
        pytest.param("https://app.example:84*", "https://app.example:*", id="in a port"),
        pytest.param("https://t-?.app.example", "https://*.app.example", id="for one character"),
        pytest.param("https://t-??.app.example:84", "https://*.app.example:84", id="for two"),
        pytest.param("https://app?.example", "https://*.app.example", id="for one of a domain"),
    ],
)
def test_a_misplaced_wildcard_is_moved(given, suggested):
    assert suggest(given).code == "invalid-pattern"
    assert advised(given)[-1] == suggested


def callable_in(message):
    """Return the callable that a message suggests."""
    code = re.fullmatch(r".*: allow_origins=\[(lambda .*)\]", message)[1]
    return eval(code, {"re": re})


@pytest.mark.parametrize(
    ("given", "allowed", "refused"),
    [
        pytest.param(
            "https://shop-*-team.app.example",
            ["https://shop-a1-team.app.example"],
            ["https://shop-a1-evil-team.app.example", "https://shop-a1-teamxapp.example"],
            id="between words",
        ),
        pytest.param(
            "https://App-*.app.example",
            ["https://app-b.app.example"],
            ["https://b.example"],
            id="last",
        ),
        pytest.param(
            "https://*--shop.app.example",
            ["https://pr7--shop.app.example"],
            ["https://evil-x--shop.app.example", "https://pr7--shop.app.example.evil.example"],
            id="first",
        ),
        pytest.param(
            "https://a-*-*.b.*-c.app.example:81",
            ["https://a-1-2.b.3-c.app.example:81"],
            ["https://a-1-2.b.3-c.app.example"],
            id="several",
        ),
        pytest.param(
            "https://a-*.app.example:443",
            ["https://a-1.app.example"],
            ["https://a-1.app.example:443"],
            id="on the default port",
        ),
        pytest.param(
            "wss://a-*.app.example:*",
            ["https://a-1.app.example", "https://a-1.app.example:81"],
            ["https://a-1.app.example:x"],
            id="on any port",
        ),
        pytest.param(
            "https://t-??.app.example",
            ["https://t-ab.app.example"],
            ["https://t-.app.example"],
            id="for one character",
        ),
    ],
)
def test_a_wildcard_in_a_name_gets_a_callable_as_advice(given, allowed, refused):
    code, message = explained(given)
    assert code == "invalid-pattern"
    assert re.search(r"; use 'https://\*\.app\.example[:\d*]*', or a callable: ", message)
    predicate = callable_in(message)
    assert {predicate(Origin.parse(text)) for text in allowed} == {True}
    assert {predicate(text) for text in refused} == {False}


@pytest.mark.parametrize(
    "given",
    [
        "https://shop-*-team.vercel.app",
        "https://*--shop.netlify.app",
        "https://deploy-preview-*--shop.netlify.app",
        "https://*-team.github.io:*",
        "https://t-??.pages.dev",
        "https://app-*.co.uk",
        "https://app-*.s3.amazonaws.com",
        "wss://a-*.github.io",
    ],
)
def test_a_wildcard_in_a_name_that_strangers_can_get_has_no_callable_as_advice(given):
    """Anyone can register shop-evil-team on the same host."""
    code, message = explained(given)
    assert code == "invalid-pattern"
    advice = "use a domain of your own in the form 'https://*.app.example'"
    assert message.endswith(f"; list each origin, or {advice}")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("https://a.*.app.example", id="a whole label"),
        pytest.param("https://*.a-*.app.example", id="subdomains too"),
        pytest.param("https://a-*-é.app.example", id="not ASCII"),
        pytest.param('https://a-*".app.example', id="a quotation mark"),
        pytest.param("https://a-*..b-*.app.example", id="an empty label"),
    ],
)
def test_a_wildcard_that_no_callable_can_express_gets_none(given):
    message = suggest(given).message
    assert message.endswith("; use 'https://*.app.example', or a callable")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("https://*vercel.app", id="in front of a shared host"),
        pytest.param("https://app.*.github.io", id="a whole label"),
        pytest.param("https://*.*.github.io", id="two labels"),
        pytest.param("https://*.a-*.github.io", id="subdomains too"),
        pytest.param("https://app-*.co.uk", id="a registry"),
        pytest.param("https://a-*-é.github.io", id="not ASCII"),
        pytest.param('https://a-*".github.io', id="a quotation mark"),
        pytest.param("https://a-*..b-*.github.io", id="an empty label"),
        pytest.param("https://shop-*-team.vercel.app", id="between words"),
        pytest.param("https://*.vercel.app/", id="with a slash"),
        pytest.param("https://*.com:443", id="with a default port"),
        pytest.param("*.vercel.app", id="no scheme"),
        pytest.param("'https://*.vercel.app'", id="quotes"),
        pytest.param("'https://*.vercel.app/'", id="quotes and a slash"),
        pytest.param("https://*.vercel.app;", id="a semicolon"),
        pytest.param("https://*.vercel.app'", id="a quote after it"),
        pytest.param("wss://*.github.io", id="the scheme of a WebSocket"),
        pytest.param("*://*.github.io", id="every scheme"),
        pytest.param("https://*.newtld/", id="a domain that the list lacks"),
    ],
)
def test_a_wildcard_over_a_public_suffix_is_never_suggested(given):
    assert advised(given)[-1] == "https://*.app.example"
    assert "a domain of your own" in suggest(given).message
    assert "lambda" not in suggest(given).message


def test_a_callable_is_not_suggested_with_an_invalid_port():
    assert "lambda" not in suggest('https://a-*.app.example:"')[1]


def test_several_origins_are_not_suggested_with_a_wildcard_over_a_public_suffix():
    assert advised("https://a.example,https://*.github.io") == []


@pytest.mark.parametrize(
    ("given", "why", "suggested"),
    [
        pytest.param("app://./", "slash", "app://.", id="a slash"),
        pytest.param("app:///index.html", "'://'", "app://", id="no host"),
        pytest.param("App://Main", "lower case", "app://Main", id="scheme in upper case"),
        pytest.param("app://Main/x", "path", "app://Main", id="case of the host"),
        pytest.param("app://127.1/", "slash", "app://127.1", id="a number"),
        pytest.param("app://größe", "ASCII", "app://gr%C3%B6%C3%9Fe", id="not ASCII"),
        pytest.param("app://a b", "space", "https://app.example:8443", id="a space"),
        pytest.param("app://:80", "port but no host", "https://app.example:8443", id="a port"),
        pytest.param("app://a<b", "character", "https://app.example:8443", id="a character"),
        pytest.param("app://*.a!b", "not a domain", "https://app.example:8443", id="a wildcard"),
        pytest.param("app://[0::1]", "IP address", "app://[::1]", id="IPv6"),
    ],
)
def test_an_origin_of_an_app_is_corrected_as_far_as_possible(given, why, suggested):
    assert why in suggest(given).message
    assert advised(given)[-1] == suggested


@pytest.mark.parametrize("given", ["app://*", "app://*.", "app://*:*"])
def test_a_pattern_for_every_host_of_an_app_is_rejected(given):
    assert suggest(given).code == "any-origin-pattern"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (f"https://{'a' * 64}.example", "a label of more than 63 characters"),
        (f"https://{'a.' * 126}example", "a host of more than 253 characters"),
        ("https://xn--f.example", "the label 'xn--f', which browsers cannot decode"),
        ("https://*.xn--a-ecp.ru:*", "the label 'xn--a-ecp', which browsers cannot decode"),
    ],
)
def test_a_host_that_no_page_can_have_is_an_error(given, why):
    assert suggest(given).code == "origin-syntax"
    assert why in suggest(given).message


FRAGMENTS = [
    *[
        "https",
        "http",
        "HTTP",
        "app://",
        "github.io",
        "xn--f",
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
def test_every_wrong_origin_gets_a_message_and_every_suggestion_works(text):
    assume(not works(text))
    assert CODES[suggest(text).code].severity == "error"
    message = suggest(text).message
    assert message.startswith(repr(text))
    for suggested in re.findall(r"'([^']*)'", message.rpartition("; ")[2]):
        assert works(suggested), suggested
