"""Origins, patterns, sets of both, and IP addresses."""

import asyncio
import copy
import logging
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgicors._core import origins
from wsgicors._core.origins import (
    MAX_ORIGIN_LENGTH,
    Origin,
    OriginSet,
    Pattern,
    canonical_ip,
    is_idna_label,
)


def set_of(*patterns):
    """Return a set of origins as a policy makes it, from exact origins and patterns."""
    parsed = {text: Pattern.parse(text) for text in patterns}
    assert None not in parsed.values()
    exact = [text for text, pattern in parsed.items() if pattern.is_exact]
    return OriginSet(exact, [pattern for pattern in parsed.values() if not pattern.is_exact])


LONGEST = "https://" + "a" * (MAX_ORIGIN_LENGTH - len("https://"))


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port"),
    [
        pytest.param("https://app.example", "https", "app.example", None, id="https"),
        pytest.param("http://localhost", "http", "localhost", None, id="one label"),
        pytest.param("https://app.example:8443", "https", "app.example", 8443, id="port"),
        pytest.param("http://a:1", "http", "a", 1, id="the lowest port"),
        pytest.param("http://a:65535", "http", "a", 65535, id="the highest port"),
        pytest.param("http://a:443", "http", "a", 443, id="the default port of another scheme"),
        pytest.param("https://a:80", "https", "a", 80, id="the default port of http under https"),
        pytest.param("ftp://a:80", "ftp", "a", 80, id="a scheme without a known default port"),
        pytest.param("chrome-extension://abcdef", "chrome-extension", "abcdef", None, id="addon"),
        pytest.param("capacitor://localhost", "capacitor", "localhost", None, id="web view"),
        pytest.param("a1+.-://x", "a1+.-", "x", None, id="all characters of a scheme"),
        pytest.param("http://127.0.0.1:5000", "http", "127.0.0.1", 5000, id="IPv4"),
        pytest.param("http://255.255.255.255", "http", "255.255.255.255", None, id="last IPv4"),
        pytest.param("http://[::1]:5000", "http", "[::1]", 5000, id="IPv6"),
        pytest.param("http://[::]", "http", "[::]", None, id="first IPv6"),
        pytest.param("http://[::ffff:102:304]", "http", "[::ffff:102:304]", None, id="mapped"),
        pytest.param("http://[1:0:2:3:4:5:6:7]", "http", "[1:0:2:3:4:5:6:7]", None, id="one 0"),
        pytest.param(
            "https://xn--bcher-kva.example", "https", "xn--bcher-kva.example", None, id="xn"
        ),
        pytest.param("https://a_b.test", "https", "a_b.test", None, id="underscore"),
        pytest.param("https://-a-.test", "https", "-a-.test", None, id="hyphens"),
        pytest.param("https://app.example.", "https", "app.example.", None, id="trailing dot"),
        pytest.param(
            "https://1.example", "https", "1.example", None, id="a number that is not at the end"
        ),
        pytest.param("https://0xg", "https", "0xg", None, id="almost a hexadecimal number"),
        pytest.param(LONGEST, "https", LONGEST[8:], None, id="the longest"),
        pytest.param("app://.", "app", ".", None, id="Electron"),
        pytest.param("app://", "app", "", None, id="an app without a host"),
        pytest.param("app://..", "app", "..", None, id="an app, two dots"),
        pytest.param("app://-:1", "app", "-", 1, id="an app with a port"),
        pytest.param("app://.:80", "app", ".", 80, id="an app with the port of http"),
        pytest.param("app://Main.Window", "app", "Main.Window", None, id="an app in capitals"),
        pytest.param("app://gr%C3%B6%C3", "app", "gr%C3%B6%C3", None, id="an app, not ASCII"),
        pytest.param("app://127.1", "app", "127.1", None, id="an app named by a number"),
        pytest.param("app://a.08", "app", "a.08", None, id="an app that ends in a number"),
        pytest.param("app://[::1]:1", "app", "[::1]", 1, id="an app with an IPv6 address"),
        pytest.param("app://a*b", "app", "a*b", None, id="an app with a star"),
        pytest.param(
            "app://!\"$%&'()*+,-.;=_`{}~",
            "app",
            "!\"$%&'()*+,-.;=_`{}~",
            None,
            id="all marks of an opaque host",
        ),
    ],
)
def test_an_origin_is_parsed_in_the_form_that_browsers_send(text, scheme, host, port):
    assert Origin.parse(text) == Origin(scheme, host, port)
    assert str(Origin(scheme, host, port)) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("null", id="null"),
        pytest.param("Null", id="null in another case"),
        pytest.param("*", id="star"),
        pytest.param("app.example", id="no scheme"),
        pytest.param("//app.example", id="no scheme but slashes"),
        pytest.param("://app.example", id="an empty scheme"),
        pytest.param("1http://a", id="a scheme that starts with a digit"),
        pytest.param("ht_tp://a", id="a scheme with an underscore"),
        pytest.param("HTTPS://app.example", id="upper-case scheme"),
        pytest.param("https://App.example", id="upper-case host"),
        pytest.param("https:/app.example", id="one slash"),
        pytest.param("https:///app.example", id="three slashes"),
        pytest.param("https:\\\\app.example", id="backslashes"),
        pytest.param("https://", id="no host"),
        pytest.param("https://:8443", id="only a port"),
        pytest.param("https://app.example/", id="trailing slash"),
        pytest.param("https://app.example/path", id="path"),
        pytest.param("https://app.example?query", id="query"),
        pytest.param("https://app.example#fragment", id="fragment"),
        pytest.param("https://user@app.example", id="user"),
        pytest.param("https://user:word@app.example", id="user and password"),
        pytest.param("https://app.example:", id="an empty port"),
        pytest.param("https://app.example:443", id="default port of https"),
        pytest.param("http://app.example:80", id="default port of http"),
        pytest.param("https://app.example:0", id="port 0"),
        pytest.param("https://app.example:65536", id="port 65536"),
        pytest.param("https://app.example:100000", id="six digits"),
        pytest.param("https://app.example:08443", id="leading zero"),
        pytest.param("https://app.example:+8443", id="signed port"),
        pytest.param("https://app.example:8_443", id="underscore in the port"),
        pytest.param("https://app.example:https", id="port by name"),
        pytest.param("https://app.example:evil", id="a word as the port"),
        pytest.param("https://app.example:٨", id="a digit of another script"),
        pytest.param("https://app.example:*", id="any port is a pattern"),
        pytest.param("https://*.app.example", id="subdomains are a pattern"),
        pytest.param("https://app.example ", id="space after"),
        pytest.param(" https://app.example", id="space before"),
        pytest.param("https://app example", id="space inside"),
        pytest.param("https://app.example\n", id="line feed after"),
        pytest.param("https://app.example\t", id="tab after"),
        pytest.param("https://app.example\x00", id="NUL"),
        pytest.param("https://a.example,https://b.example", id="comma"),
        pytest.param("https://a.example https://b.example", id="a list separated by spaces"),
        pytest.param("https://bücher.example", id="not ASCII"),
        pytest.param("https://\uff41pp.example", id="full-width letter"),
        pytest.param("https://%61pp.example", id="percent-encoding"),
        pytest.param("https://.app.example", id="leading dot"),
        pytest.param("https://app..example", id="two dots"),
        pytest.param("https://app.example..", id="two trailing dots"),
        pytest.param("https://.", id="only a dot"),
        pytest.param("https://app`.example", id="grave accent"),
        pytest.param("https://app!.example", id="exclamation mark"),
        pytest.param("https://{app}.example", id="braces"),
        pytest.param("http://127.1", id="short IPv4"),
        pytest.param("http://2130706433", id="IPv4 as one number"),
        pytest.param("http://0x7f.0.0.1", id="hexadecimal IPv4"),
        pytest.param("http://0177.0.0.1", id="octal IPv4"),
        pytest.param("http://127.0.0.01", id="IPv4 with a leading zero"),
        pytest.param("http://256.0.0.1", id="IPv4 out of range"),
        pytest.param("http://1.2.3.4.5", id="five numbers"),
        pytest.param("http://1.2.3.4.", id="IPv4 with a trailing dot"),
        pytest.param("http://app.1", id="a host that ends in a number"),
        pytest.param("http://app.0x", id="a host that ends in an empty hexadecimal number"),
        pytest.param("http://08", id="neither octal nor decimal"),
        pytest.param("http://[::0001]", id="IPv6 with leading zeros"),
        pytest.param("http://[0:0:0:0:0:0:0:1]", id="IPv6 not compressed"),
        pytest.param("http://[1::2:3:4:5:6:7]", id="IPv6 compressed for a single group"),
        pytest.param("http://[1::2:0:0:0:3]", id="IPv6 compressed at the shorter run"),
        pytest.param("http://[::FFFF]", id="IPv6 in upper case"),
        pytest.param("http://[::ffff:1.2.3.4]", id="IPv6 with an IPv4 tail"),
        pytest.param("http://[::1%lo]", id="IPv6 with a zone"),
        pytest.param("http://[:::]", id="not an IPv6 address"),
        pytest.param("http://[]", id="nothing in brackets"),
        pytest.param("http://[::1", id="an unclosed bracket"),
        pytest.param("http://::1", id="IPv6 without brackets"),
        pytest.param("http://[::1].example", id="more after the bracket"),
        pytest.param("ws://app.example", id="the scheme of a WebSocket"),
        pytest.param("wss://app.example", id="the scheme of a secure WebSocket"),
        pytest.param("file://", id="file"),
        pytest.param("ftp://.", id="a special scheme with the host of an app"),
        pytest.param("ftp://A", id="a special scheme in upper case"),
        pytest.param("ftp://127.1", id="a special scheme with a short address"),
        pytest.param("ftp://", id="a special scheme without a host"),
        pytest.param("blob://.", id="a scheme without origins"),
        pytest.param("app://:1", id="an app with a port but no host"),
        pytest.param("app://.:0", id="an app on port 0"),
        pytest.param("app://.:65536", id="an app on port 65536"),
        pytest.param("app://./", id="an app with a slash"),
        pytest.param("App://.", id="an app's scheme in upper case"),
        pytest.param("app:", id="an app without slashes"),
        pytest.param("app://[0::1]", id="an app with an IPv6 address not compressed"),
        pytest.param("app://" + "a" * (MAX_ORIGIN_LENGTH - 5), id="an app that is too long"),
        *[
            pytest.param(f"app://a{character}b", id=f"an app with {character!r}")
            for character in "\x00\t\n\r\x1b #/:<>?@[\\]^|\x7f\xe4\u2028"
        ],
        pytest.param(LONGEST + "a", id="one too long"),
        pytest.param("https://" + "a." * 100_000 + "example", id="very long"),
        pytest.param("https://a:" + "9" * 100_000, id="a very long port"),
    ],
)
def test_an_origin_in_any_other_form_is_rejected(text):
    assert Origin.parse(text) is None


SPECIAL_SCHEMES = ["http", "https", "ftp"]


@given(st.text(st.characters(max_codepoint=0x17F), max_size=20))
def test_the_host_of_an_app_can_have_every_ascii_character_that_a_url_can(host):
    forbidden = set("\x00\t\n\r #/:<>?@[\\]^|")
    is_possible = all("!" <= character <= "~" for character in host)
    is_origin = is_possible and forbidden.isdisjoint(host)
    assert (Origin.parse(f"app://{host}") is not None) is is_origin
    assert all(
        Origin.parse(f"{scheme}://{host}") is None
        for scheme in SPECIAL_SCHEMES
        if re.fullmatch(r"[a-z0-9_.\-]+", host) is None
    )


@pytest.mark.parametrize("name", ["scheme", "host", "port"])
def test_an_origin_cannot_be_changed(name):
    origin = Origin("https", "app.example", 8443)
    with pytest.raises(AttributeError):
        setattr(origin, name, "evil.example")
    with pytest.raises(AttributeError):
        delattr(origin, name)
    assert origin == Origin("https", "app.example", 8443)


def test_an_origin_has_no_other_attributes():
    origin = Origin("https", "app.example", None)
    with pytest.raises((AttributeError, TypeError)):
        origin.path = "/"
    assert not hasattr(origin, "path")


def test_origins_are_equal_if_scheme_host_and_port_are():
    origin = Origin("https", "app.example", 8443)
    assert origin == Origin("https", "app.example", 8443)
    assert hash(origin) == hash(Origin("https", "app.example", 8443))
    assert origin not in {
        Origin("http", "app.example", 8443),
        Origin("https", "b.example", 8443),
        Origin("https", "app.example", None),
    }
    assert origin != ("https", "app.example", 8443)


@pytest.mark.parametrize(
    "twin", [copy.copy, copy.deepcopy, lambda origin: pickle.loads(pickle.dumps(origin))]
)
def test_a_copied_origin_equals_the_original(twin):
    origin = Origin("https", "app.example", 8443)
    assert twin(origin) == origin


def test_the_repr_of_an_origin_has_its_parts_and_its_text_is_an_origin():
    origin = Origin("https", "app.example", 8443)
    assert repr(origin) == "Origin(scheme='https', host='app.example', port=8443)"
    assert "%s" % origin == "https://app.example:8443"  # noqa: UP031 - no tuple of arguments


@given(st.text(st.sampled_from("htps:/.-_*[]01a9A @%,\n"), max_size=20))
def test_a_parsed_origin_has_the_same_text_as_before(text):
    for candidate in [text, f"https://{text}", f"http://a{text}"]:
        origin = Origin.parse(candidate)
        assert origin is None or str(origin) == candidate


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        pytest.param("http://localhost", True, id="localhost"),
        pytest.param("https://localhost:8443", True, id="on any port and scheme"),
        pytest.param("http://localhost.", True, id="fully qualified"),
        pytest.param("http://app.localhost", True, id="a name under localhost"),
        pytest.param("http://127.0.0.1:5000", True, id="127.0.0.1"),
        pytest.param("http://127.255.0.3", True, id="all of 127"),
        pytest.param("http://[::1]:5000", True, id="the IPv6 loopback"),
        pytest.param("http://[::2]", False, id="another IPv6 address"),
        pytest.param("http://notlocalhost", False, id="a name that ends like localhost"),
        pytest.param("http://localhost.example", False, id="a name that starts with localhost"),
        pytest.param("http://127.0.0.1.example", False, id="a name that starts like an address"),
        pytest.param("http://127.example", False, id="a name that starts with 127"),
        pytest.param("http://128.0.0.1", False, id="another network"),
        pytest.param("http://0.0.0.0", False, id="all addresses of a machine"),
        pytest.param("capacitor://localhost", False, id="an app"),
    ],
)
def test_which_origins_are_loopback_origins(text, loopback):
    assert Origin.parse(text).is_loopback is loopback


@pytest.mark.parametrize(
    ("host", "canonical"),
    [
        pytest.param("1.2.3.4", "1.2.3.4", id="as browsers send it"),
        pytest.param("1.2.3.4.", "1.2.3.4", id="trailing dot"),
        pytest.param("1.2.3", "1.2.0.3", id="three numbers"),
        pytest.param("1.2", "1.0.0.2", id="two numbers"),
        pytest.param("1", "0.0.0.1", id="one number"),
        pytest.param("1.2.65535", "1.2.255.255", id="two bytes in the last number"),
        pytest.param("1.2.65536", None, id="too much for two bytes"),
        pytest.param("4294967295", "255.255.255.255", id="four bytes in one number"),
        pytest.param("4294967296", None, id="too much for four bytes"),
        pytest.param("256.1", None, id="too much for one byte"),
        pytest.param("0x7f.0x.010.8", "127.0.8.8", id="hexadecimal, empty, octal and decimal"),
        pytest.param("08.1", None, id="not an octal digit"),
        pytest.param("1.2.3.4.5", None, id="five numbers"),
        pytest.param("1.2.3.4.0", None, id="five numbers, the last is zero"),
        pytest.param("1.256.1", None, id="too much for one byte in the middle"),
        pytest.param("1..2", None, id="an empty part"),
        pytest.param("1.2..", None, id="two trailing dots"),
        pytest.param("", None, id="nothing"),
        pytest.param("app.example", None, id="a name"),
        pytest.param("1_0.1", None, id="underscores, as in Python"),
        pytest.param("0x1_0.1", None, id="underscores in a hexadecimal number"),
        pytest.param("1.2.3.-4", None, id="a minus sign"),
        pytest.param("+1", None, id="a plus sign"),
        pytest.param("0o17", None, id="Python's own octal prefix"),
        pytest.param("0x0x1", None, id="a prefix twice"),
        pytest.param(" 1", None, id="a space"),
        pytest.param("[0:0:0:0:0:0:0:1]", "[::1]", id="IPv6 compressed"),
        pytest.param("[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]", id="IPv6 compressed at the longest run"),
        pytest.param("[::FFFF:1.2.3.4]", "[::ffff:102:304]", id="IPv6 mapped"),
        pytest.param("[::1.2.3.4]", "[::102:304]", id="IPv6 with an IPv4 tail"),
        pytest.param("[fe80::1%eth0]", "[fe80::1]", id="IPv6 with a zone"),
        pytest.param("[::g]", None, id="not an IPv6 address"),
        pytest.param("[1:2:3:4:5:6:7:8:9]", None, id="nine groups"),
        pytest.param("[]", None, id="nothing in brackets"),
    ],
)
def test_an_ip_address_gets_the_form_of_the_url_standard(host, canonical):
    assert canonical_ip(host) == canonical


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        pytest.param(
            "https://app.example", Pattern("https", "app.example", None, False), id="exact"
        ),
        pytest.param(
            "https://app.example:8443", Pattern("https", "app.example", 8443, False), id="port"
        ),
        pytest.param(
            "https://*.app.example", Pattern("https", "app.example", None, True), id="subdomains"
        ),
        pytest.param("http://localhost:*", Pattern("http", "localhost", "*", False), id="any port"),
        pytest.param(
            "https://*.app.example:*", Pattern("https", "app.example", "*", True), id="both"
        ),
        pytest.param(
            "https://*.app.example:81",
            Pattern("https", "app.example", 81, True),
            id="subdomains on a port",
        ),
        pytest.param(
            "http://*.localhost:*", Pattern("http", "localhost", "*", True), id="under localhost"
        ),
        pytest.param("http://[::1]:*", Pattern("http", "[::1]", "*", False), id="IPv6, any port"),
        pytest.param(
            "http://127.0.0.1:*", Pattern("http", "127.0.0.1", "*", False), id="IPv4, any port"
        ),
        pytest.param(
            "capacitor://*.app", Pattern("capacitor", "app", None, True), id="another scheme"
        ),
        pytest.param("app://*.4", Pattern("app", "4", None, True), id="a number under an app"),
        pytest.param("app://.", Pattern("app", ".", None, False), id="Electron"),
        pytest.param("app://", Pattern("app", "", None, False), id="an app without a host"),
        pytest.param("app://A!:*", Pattern("app", "A!", "*", False), id="an app on any port"),
        pytest.param(
            f"https://{'a' * 63}.example.",
            Pattern("https", f"{'a' * 63}.example.", None, False),
            id="the longest label",
        ),
        pytest.param(
            f"https://*.{'a.' * 126}b.",
            Pattern("https", f"{'a.' * 126}b.", None, True),
            id="the longest name",
        ),
        pytest.param(
            f"app://{'a' * 300}", Pattern("app", "a" * 300, None, False), id="an app, long"
        ),
        pytest.param("app://xn--f", Pattern("app", "xn--f", None, False), id="an app, xn"),
    ],
)
def test_a_pattern_is_parsed_into_its_parts(text, pattern):
    assert Pattern.parse(text) == pattern
    assert pattern.is_exact is ("*" not in text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("*", id="every origin"),
        pytest.param("null", id="null"),
        pytest.param("https://*", id="every host"),
        pytest.param("https://*:*", id="every host and port"),
        pytest.param("https://*.", id="subdomains of nothing"),
        pytest.param("*://app.example", id="every scheme"),
        pytest.param("https://*.*.example", id="two wildcards"),
        pytest.param("https://**.example", id="a double star"),
        pytest.param("https://app.*", id="a wildcard for the last label"),
        pytest.param("https://app.*.example", id="a wildcard in the middle"),
        pytest.param("https://app-*.example", id="a wildcard in a label"),
        pytest.param("https://*app.example", id="a wildcard at the start of a label"),
        pytest.param("https://app.example:84*", id="a wildcard in a port"),
        pytest.param("https://app.example:8443:*", id="a port and any port"),
        pytest.param("https://app.example:443:*", id="the default port and any port"),
        pytest.param("https://app.example:*:8443", id="any port and a port"),
        pytest.param("https://app.example:*:*", id="any port twice"),
        pytest.param("https://app.example:*/", id="a slash after"),
        pytest.param("https://app.example:*\n", id="a line feed after"),
        pytest.param("https://*.app.example:443", id="subdomains on the default port"),
        pytest.param("https://*.App.example", id="upper case"),
        pytest.param("https://*.bücher.example", id="not ASCII"),
        pytest.param("https://*.1.2.3.4", id="subdomains of an IPv4 address"),
        pytest.param("https://*.4", id="subdomains of a number"),
        pytest.param("https://*.[::1]", id="subdomains of an IPv6 address"),
        pytest.param("wss://*.app.example", id="the scheme of a WebSocket"),
        pytest.param("https://*..example", id="an empty label"),
        pytest.param("app://*", id="every host of an app"),
        pytest.param("app://*.", id="subdomains of nothing, of an app"),
        pytest.param("app://*..", id="subdomains of a dot"),
        pytest.param("app://*.:*", id="subdomains of nothing on any port"),
        pytest.param("app://:*", id="any port without a host"),
        pytest.param("app://a*b", id="a wildcard in the host of an app"),
        pytest.param("app://*.a!b", id="subdomains of what is not a domain"),
        pytest.param("app://*.A", id="subdomains in upper case"),
        pytest.param("app", id="only a scheme"),
        pytest.param("app:", id="only a scheme and a colon"),
        pytest.param(f"https://{'a' * 64}.example", id="a label that is too long"),
        pytest.param(f"https://a.{'a' * 64}:*", id="a last label that is too long"),
        pytest.param(f"http://{'a.' * 126}bc", id="a name that is too long"),
        pytest.param("https://xn--f.example", id="not Punycode"),
        pytest.param("https://*.xn--f.example", id="not Punycode under a wildcard"),
    ],
)
def test_a_pattern_in_any_other_form_is_rejected(text):
    assert Pattern.parse(text) is None


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        ("http://localhost:*", True),
        ("http://*.localhost", True),
        ("http://[::1]:*", True),
        ("https://*.localhost.example", False),
    ],
)
def test_which_patterns_are_loopback_patterns(text, loopback):
    assert Pattern.parse(text).is_loopback is loopback


@pytest.mark.parametrize(
    ("pattern", "origin", "allowed"),
    [
        pytest.param("https://app.example", "https://app.example", True, id="the origin itself"),
        pytest.param("https://app.example", "http://app.example", False, id="another scheme"),
        pytest.param("https://app.example", "https://app.example:444", False, id="another port"),
        pytest.param("https://app.example", "https://www.app.example", False, id="a subdomain"),
        pytest.param("https://app.example", "https://app.example.", False, id="with a dot"),
        pytest.param("https://app.example.", "https://app.example", False, id="without the dot"),
        pytest.param("https://app.example", "https://app.example/", False, id="with a slash"),
        pytest.param("https://app.example", "https://app.example:443", False, id="default port"),
        pytest.param("https://app.example", "https://APP.example", False, id="upper case"),
        pytest.param("https://*.app.example", "https://a.app.example", True, id="one label"),
        pytest.param("https://*.app.example", "https://a.b.c.app.example", True, id="three labels"),
        pytest.param("https://*.app.example", "https://a_b.app.example", True, id="underscore"),
        pytest.param("https://*.app.example", "https://xn--a.app.example", True, id="punycode"),
        pytest.param("https://*.app.example", "https://app.example", False, id="the domain itself"),
        pytest.param(
            "https://*.app.example", "https://evilapp.example", False, id="a longer label"
        ),
        pytest.param("https://*.app.example", "https://evil-app.example", False, id="a hyphen"),
        pytest.param(
            "https://*.app.example", "https://a.app.example.evil.test", False, id="more after"
        ),
        pytest.param("https://*.app.example", "https://a.app.example.", False, id="a dot after"),
        pytest.param("https://*.app.example", "https://.app.example", False, id="an empty label"),
        pytest.param("https://*.app.example", "https://*.app.example", False, id="the pattern"),
        pytest.param("https://*.app.example", "http://a.app.example", False, id="plain http"),
        pytest.param("https://*.app.example", "https://a.app.example:1", False, id="on a port"),
        pytest.param(
            "https://*.app.example", "https://a.app.example:443", False, id="default port"
        ),
        pytest.param("https://*.app.example", "https://A.app.example", False, id="capital label"),
        pytest.param("https://*.app.example", "https://a.app.example/", False, id="slash after"),
        pytest.param("https://*.app.example", "https://x@a.app.example", False, id="a user"),
        pytest.param(
            "https://*.app.example", "https://evil.test/.app.example", False, id="a path before"
        ),
        pytest.param(
            "https://*.app.example", "https://evil.test?.app.example", False, id="a query before"
        ),
        pytest.param(
            "https://*.app.example", "https://evil.test#.app.example", False, id="a fragment before"
        ),
        pytest.param(
            "https://*.app.example", "https://evil.test\\.app.example", False, id="a backslash"
        ),
        pytest.param(
            "https://*.app.example", "https://evil.test`.app.example", False, id="grave accent"
        ),
        pytest.param(
            "https://*.app.example", "https://evil.test%00.app.example", False, id="escaped NUL"
        ),
        pytest.param("https://*.app.example", "https://evil.test\x00.app.example", False, id="NUL"),
        pytest.param(
            "https://*.app.example", "https://evil.test\n.app.example", False, id="line feed"
        ),
        pytest.param(
            "https://*.app.example", "https://evil.test,.app.example", False, id="comma before"
        ),
        pytest.param(
            "https://*.app.example", "https://evil.test:1.app.example", False, id="a port before"
        ),
        pytest.param("https://*.app.example", "https://ä.app.example", False, id="not ASCII"),
        pytest.param("https://*.app.example", "null", False, id="null under a pattern"),
        pytest.param("http://localhost:*", "http://localhost", True, id="no port at all"),
        pytest.param("http://localhost:*", "http://localhost:1", True, id="the lowest port"),
        pytest.param("http://localhost:*", "http://localhost:65535", True, id="the highest port"),
        pytest.param("http://localhost:*", "http://localhost:65536", False, id="a port too high"),
        pytest.param("http://localhost:*", "http://localhost:0", False, id="a port too low"),
        pytest.param("http://localhost:*", "http://localhost:80", False, id="default port of http"),
        pytest.param("http://localhost:*", "http://localhost:080", False, id="a leading zero"),
        pytest.param("http://localhost:*", "http://localhost:evil", False, id="a word as the port"),
        pytest.param("http://localhost:*", "http://localhost:", False, id="an empty port"),
        pytest.param("http://localhost:*", "https://localhost:1", False, id="not plain http"),
        pytest.param("http://localhost:*", "http://a.localhost:1", False, id="under localhost"),
        pytest.param(
            "http://localhost:*", "http://localhost:1.evil.test", False, id="more after the port"
        ),
        pytest.param("http://localhost:*", "http://localhost:1@evil.test", False, id="a user"),
        pytest.param("https://*.app.example:*", "https://a.app.example", True, id="both: neither"),
        pytest.param("https://*.app.example:*", "https://a.app.example:81", True, id="both: port"),
        pytest.param("https://*.app.example:*", "https://app.example:81", False, id="both: apex"),
        pytest.param(
            "https://*.app.example:81", "https://a.app.example:81", True, id="the same port"
        ),
        pytest.param(
            "https://*.app.example:81", "https://a.app.example", False, id="without the port"
        ),
        pytest.param("http://[::1]:*", "http://[::1]:81", True, id="IPv6 on a port"),
        pytest.param("http://[::1]:*", "http://[::2]:81", False, id="another IPv6 address"),
    ],
)
def test_which_origins_an_entry_allows(pattern, origin, allowed):
    assert (origin in set_of(pattern)) is allowed


@pytest.mark.parametrize(
    ("pattern", "origin", "allowed"),
    [
        pytest.param("app://.", "app://.", True, id="the origin itself"),
        pytest.param("app://.", "app://", False, id="without a host"),
        pytest.param("app://.", "app://./", False, id="with a slash"),
        pytest.param("app://", "app://", True, id="no host"),
        pytest.param("app://Main", "app://main", False, id="in another case"),
        pytest.param("app://A!:*", "app://A!:81", True, id="any port"),
        pytest.param("app://*.main", "app://a.main", True, id="a label"),
        pytest.param("app://*.main", "app://a!.main", False, id="a mark in a label"),
        pytest.param("app://*.main", "app://A.main", False, id="a capital label"),
        pytest.param("app://*.main", "app://.main", False, id="an empty label"),
        pytest.param("app://*.main", "app://*.main", False, id="the pattern"),
        pytest.param("app://*.main", "app://*.main:81", False, id="the pattern on a port"),
        pytest.param("app://*.main:*", "app://*.main", False, id="the pattern without its port"),
        pytest.param("app://*.main", "app://evil,.main", False, id="a comma"),
    ],
)
def test_which_origins_of_apps_an_entry_allows(pattern, origin, allowed):
    assert (origin in set_of(pattern)) is allowed


@pytest.mark.parametrize(
    ("label", "is_valid"),
    [
        pytest.param("app", True, id="no prefix"),
        pytest.param("ab--c", True, id="another prefix"),
        pytest.param("", True, id="empty"),
        pytest.param("xn--bcher-kva", True, id="umlaut"),
        pytest.param("xn--strae-oqa", True, id="sharp s"),
        pytest.param("xn--3xa", True, id="final sigma"),
        pytest.param("xn--fiqs8s", True, id="another script"),
        pytest.param("xn--ls8h", True, id="emoji"),
        pytest.param("xn--", False, id="nothing after the prefix"),
        pytest.param("xn--f", False, id="incomplete"),
        pytest.param("xn--99999999", False, id="out of range"),
        pytest.param("xn--a_b", False, id="an underscore"),
        pytest.param("xn--a-", False, id="ASCII alone"),
        pytest.param("xn---tda", False, id="another spelling"),
        pytest.param("xn--a-ecp", False, id="a compatibility character"),
        *[
            pytest.param("xn--" + text.encode("punycode").decode(), is_valid, id=ascii(text))
            for text, is_valid in [
                ("\xdc", False),
                ("\x80", False),
                ("a\u0301", False),
                ("\u0301a\u0431", False),
                ("\ue000", False),
                ("\ud800", False),
                ("a\u1680b", False),
                ("a\xadb", False),
                ("a\u3002b", False),
                ("\u13a0", True),
                ("\u0915\u094d\u200d\u0937", True),
            ]
        ],
    ],
)
def test_which_labels_browsers_can_decode(label, is_valid):
    assert is_idna_label(label) is is_valid


@given(st.text(st.characters(whitelist_categories=["Ll", "Lo"]), min_size=1, max_size=8))
def test_a_label_that_idna_produces_is_valid(text):
    try:
        label = text.encode("idna").decode("ascii")
    except UnicodeError:
        return
    assert is_idna_label(label)


def test_a_subdomain_pattern_does_not_match_the_domain_itself():
    assert "https://app.example" not in set_of("https://*.app.example")
    assert "https://app.example" in set_of("https://*.app.example", "https://app.example")


def test_an_empty_set_contains_no_origin():
    assert "https://app.example" not in OriginSet()
    assert "" not in OriginSet()


def test_patterns_can_name_several_ports_of_a_host():
    both = set_of("https://*.app.example", "https://*.app.example:81")
    assert "https://a.app.example" in both
    assert "https://a.app.example:81" in both
    assert "https://a.app.example:82" not in both


def test_an_opaque_origin_is_allowed_only_if_it_is_listed():
    opaque = OriginSet(["null"], [Pattern.parse("https://*.app.example")])
    assert "null" in opaque
    assert "Null" not in opaque
    assert "file://" not in opaque


class Counting(dict):
    """A dictionary that counts look-ups."""

    count = 0

    def get(self, key, default=None):
        self.count += 1
        return super().get(key, default)


@pytest.mark.parametrize("patterns", [1, 2_000])
def test_a_look_up_takes_one_step_for_each_label_of_the_origin(patterns):
    many = set_of(*(f"https://*.app{number}.example" for number in range(patterns)))
    many._ports = counting = Counting(many._ports)
    assert "https://a.b.c.evil.test" not in many
    assert counting.count == 5  # the host and the four domains above it


def test_an_exact_origin_is_found_without_parsing(monkeypatch):
    monkeypatch.setattr(origins, "Origin", None)
    exact = OriginSet(["https://app.example"])
    assert "https://app.example" in exact
    assert "https://evil.example" not in exact


def test_a_callable_gets_a_parsed_origin():
    received = []
    allowed = OriginSet(predicates=[lambda origin: received.append(origin) or True])
    assert "https://app.example:8443" in allowed
    assert "app://." in allowed
    assert "app://" in allowed
    assert received == [
        Origin("https", "app.example", 8443),
        Origin("app", ".", None),
        Origin("app", "", None),
    ]


@pytest.mark.parametrize(
    "text", ["null", "", "https://evil.test/", "https://a,https://b", "x" * 999]
)
def test_a_callable_is_not_called_for_a_string_that_is_not_an_origin(text):
    received = []
    assert text not in OriginSet(predicates=[lambda origin: received.append(origin) or True])
    assert received == []


def test_a_callable_is_not_called_for_a_listed_origin():
    def unwanted(origin):
        raise AssertionError(origin)

    listed = OriginSet(
        ["https://app.example"], [Pattern.parse("https://*.app.example")], [unwanted]
    )
    assert "https://app.example" in listed
    assert "https://a.app.example" in listed


class Truthy:
    def __bool__(self):
        return True

    def __eq__(self, other):
        return True

    __hash__ = None


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(1, id="one"),
        pytest.param("https://app.example", id="the origin"),
        pytest.param("true", id="a string"),
        pytest.param(["https://app.example"], id="a list"),
        pytest.param(re.match("a", "a"), id="a match"),
        pytest.param(object(), id="an object"),
        pytest.param(Truthy(), id="an object that equals everything"),
        pytest.param(None, id="nothing"),
        pytest.param(0, id="zero"),
    ],
)
def test_only_true_allows_an_origin_and_other_results_are_logged(result, caplog):
    assert "https://app.example" not in OriginSet(predicates=[lambda origin: result])
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("wsgicors", logging.ERROR)
    assert repr(result) in record.getMessage()
    assert "'https://app.example'" in record.getMessage()


def test_a_callable_that_returns_false_is_not_logged(caplog):
    assert "https://app.example" not in OriginSet(predicates=[lambda origin: False])
    assert caplog.records == []


def test_a_coroutine_never_allows_an_origin(caplog):
    class Asynchronous:
        async def __call__(self, origin):
            return True

    result = Asynchronous()("https://app.example")
    assert "https://app.example" not in OriginSet(predicates=[lambda origin: result])
    assert "coroutine" in caplog.text
    assert asyncio.run(result) is True


def test_a_callable_that_raises_refuses_the_origin_and_is_logged(caplog):
    def broken(origin):
        raise LookupError("the table is gone")

    assert "https://app.example" not in OriginSet(predicates=[broken])
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("wsgicors", logging.ERROR)
    assert "the table is gone" in caplog.text
    assert "'https://app.example'" in record.getMessage()


def test_a_callable_and_a_result_that_cannot_be_shown_are_logged_by_their_names(caplog):
    class Hidden:
        def __repr__(self):
            raise LookupError("no session")

        def shrug(self, origin):
            return self

        def fail(self, origin):
            raise ValueError(origin)

    assert "https://app.example" not in OriginSet(predicates=[Hidden().shrug, Hidden().fail])
    assert caplog.messages == [
        "The origin callable Hidden.shrug() returned Hidden for 'https://app.example'; it must "
        "return True or False.",
        "The origin callable Hidden.fail() raised for 'https://app.example'.",
    ]


def test_the_next_callable_is_called_if_a_callable_raises_or_returns_false(caplog):
    def broken(origin):
        raise LookupError

    allowed = OriginSet(predicates=[broken, lambda origin: False, lambda origin: True])
    assert "https://app.example" in allowed
    assert len(caplog.records) == 1


def test_no_other_callable_is_called_after_a_callable_returns_true():
    def unwanted(origin):
        raise AssertionError(origin)

    assert "https://app.example" in OriginSet(predicates=[lambda origin: True, unwanted])
