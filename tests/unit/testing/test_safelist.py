"""Which request headers need a preflight, and which ones JavaScript cannot set."""

import pytest

from wsgicors.testing.profiles import PROFILES
from wsgicors.testing.safelist import (
    CLIENT_HINTS,
    is_forbidden,
    is_safelisted,
    mime_essence,
    unsafe_names,
)

FETCH = PROFILES["fetch"]
CHROMIUM = PROFILES["chromium"]
FORBIDDEN = [
    "Accept-Charset",
    "Accept-Encoding",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
    "Connection",
    "Content-Length",
    "Cookie",
    "Cookie2",
    "Date",
    "DNT",
    "Expect",
    "Host",
    "Keep-Alive",
    "Origin",
    "Referer",
    "Set-Cookie",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
    "Proxy-",
    "Proxy-Authorization",
    "PROXY-X",
    "Sec-",
    "Sec-CH-UA",
    "sec-anything",
]
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("Accept", "text/html;q=0.9, */*", id="accept"),
        pytest.param("ACCEPT", "*/*", id="accept-in-capitals"),
        pytest.param("Accept", "", id="accept-empty"),
        pytest.param("Accept", "a\tb", id="accept-with-a-tab"),
        pytest.param("Accept", "caf\xe9", id="accept-with-a-byte-beyond-ascii"),
        pytest.param("Accept", "a" * 128, id="accept-of-128-bytes"),
        pytest.param("Accept-Language", "en-GB, de;q=0.5, *", id="accept-language"),
        pytest.param("Accept-Language", "azAZ09 *,-.;=", id="accept-language-every-character"),
        pytest.param("Accept-Language", "", id="accept-language-empty"),
        pytest.param("Content-Language", "de", id="content-language"),
        pytest.param("Content-Type", "text/plain", id="text"),
        pytest.param("Content-Type", "Text/PLAIN;Charset=UTF-8", id="text-in-capitals"),
        pytest.param("Content-Type", FORM, id="form"),
        pytest.param("Content-Type", "multipart/form-data; boundary=x", id="multipart"),
        pytest.param("Content-Type", "text/plain; nonsense", id="text-with-a-poor-parameter"),
        pytest.param("Content-Type", " text/plain ;x", id="text-within-spaces"),
        pytest.param("Range", "bytes=0-", id="range-without-end"),
        pytest.param("Range", "bytes=0-0", id="range-of-one-byte"),
        pytest.param("range", "bytes=5-99", id="range"),
    ],
)
def test_a_simple_header_is_safelisted(profile, name, value):
    assert is_safelisted(name, value, profile)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("Accept", "a" * 129, id="accept-of-129-bytes"),
        pytest.param("Accept-Language", "a" * 129, id="accept-language-of-129-bytes"),
        pytest.param("Content-Language", "a" * 129, id="content-language-of-129-bytes"),
        pytest.param("Content-Type", f"text/plain;x={'a' * 117}", id="content-type-of-129-bytes"),
        pytest.param("Range", f"bytes=0-{'9' * 121}", id="range-of-129-bytes"),
        pytest.param("Accept-Language", "en_GB", id="accept-language-with-an-underscore"),
        pytest.param("Accept-Language", "en\tde", id="accept-language-with-a-tab"),
        pytest.param("Accept-Language", "caf\xe9", id="accept-language-beyond-ascii"),
        pytest.param("Accept-Language", "en\n", id="accept-language-with-a-line-feed"),
        pytest.param("Content-Language", "de/at", id="content-language-with-a-slash"),
        pytest.param("Content-Type", "application/json", id="json"),
        pytest.param("Content-Type", "text/html", id="html"),
        pytest.param("Content-Type", "", id="type-empty"),
        pytest.param("Content-Type", "text", id="type-without-subtype"),
        pytest.param("Content-Type", "text/", id="type-with-empty-subtype"),
        pytest.param("Content-Type", "text /plain", id="type-with-a-space-within"),
        pytest.param("Content-Type", "text/plain, text/plain", id="two-types"),
        pytest.param("Content-Type", "application/json, text/plain", id="json-and-text"),
        pytest.param("Content-Type", 'text/plain;charset="utf-8"', id="type-with-a-quote"),
        pytest.param("Content-Type", "text/plain;x=a:b", id="type-with-a-colon"),
        pytest.param("Content-Type", "application/csp-report", id="only-the-browser-may"),
        pytest.param("Range", "bytes=-500", id="range-from-the-end"),
        pytest.param("Range", "bytes=9-5", id="range-backwards"),
        pytest.param("Range", "bytes=0-1,2-3", id="two-ranges"),
        pytest.param("Range", "bytes= 0-1", id="range-with-a-space"),
        pytest.param("Range", "bytes=0-1 ", id="range-before-a-space"),
        pytest.param("Range", "bytes=0", id="range-without-a-hyphen"),
        pytest.param("Range", "items=0-1", id="range-of-another-unit"),
        pytest.param("Range", "Bytes=0-1", id="range-in-capitals"),
        pytest.param("Range", "bytes=\u0660-", id="range-in-other-digits"),
        pytest.param("Range", "", id="range-empty"),
        pytest.param("Authorization", "x", id="authorization"),
        pytest.param("X-Custom", "", id="custom"),
        pytest.param("*", "x", id="asterisk"),
        pytest.param("Accept-Encodings", "x", id="nearly-a-name"),
    ],
)
def test_any_other_header_is_not_safelisted(profile, name, value):
    assert not is_safelisted(name, value, profile)


UNSAFE_BYTES = [*range(0x09), *range(0x0A, 0x20), *b'"():<>?@[\\]{}', 0x7F]


@pytest.mark.parametrize("byte", UNSAFE_BYTES, ids=hex)
@pytest.mark.parametrize(
    ("name", "start"),
    [
        pytest.param("Accept", "a", id="accept"),
        pytest.param("Content-Type", "text/plain;x=", id="type"),
    ],
)
def test_a_value_with_an_unsafe_byte_is_not_safelisted(name, start, byte):
    assert not is_safelisted(name, f"{start}{chr(byte)}", FETCH)


def test_every_other_byte_is_safe_in_accept():
    safe = [chr(byte) for byte in range(256) if byte not in UNSAFE_BYTES]
    assert all(is_safelisted("Accept", character, FETCH) for character in safe)


def test_languages_may_contain_only_the_characters_that_the_standard_lists():
    safe = {chr(byte) for byte in range(256) if is_safelisted("Accept-Language", chr(byte), FETCH)}
    assert "".join(sorted(safe)) == (
        " *,-.0123456789;=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    )


HINTS = {
    "Device-Memory": ["0.25", "8"],
    "Downlink": ["1.7", "10"],
    "DPR": ["2", "1.5"],
    "ECT": ["slow-2g", "2g", "3g", "4g"],
    "RTT": ["50"],
    "Save-Data": ["on", "On", "ON"],
    "Viewport-Width": ["320"],
    "Width": ["640"],
}


def test_every_client_hint_is_in_the_table():
    assert {hint.lower() for hint in HINTS} == set(CLIENT_HINTS)


@pytest.mark.parametrize(("hint", "values"), HINTS.items(), ids=HINTS)
def test_chromium_safelists_client_hints_and_the_standard_does_not(hint, values):
    for value in values:
        assert is_safelisted(hint, value, CHROMIUM)
        assert is_safelisted(hint.lower(), value, CHROMIUM)
        assert not is_safelisted(hint, value, FETCH)


@pytest.mark.parametrize("hint", HINTS)
@pytest.mark.parametrize("value", ["", "x", "1.", ".5", "-1", "1, 2", " 1"])
def test_chromium_safelists_only_well_formed_client_hints(hint, value):
    assert not is_safelisted(hint, value, CHROMIUM)


def test_chromium_limits_the_size_of_client_hints():
    assert is_safelisted("DPR", "1" * 128, CHROMIUM)
    assert not is_safelisted("DPR", "1" * 129, CHROMIUM)


@pytest.mark.parametrize(
    ("value", "in_chromium"),
    [
        pytest.param(f"bytes=0-{2**63 - 2}", True, id="last-end"),
        pytest.param(f"bytes=0-{2**63 - 1}", False, id="end-too-high"),
        pytest.param(f"bytes={2**63 - 2}-", True, id="last-start"),
        pytest.param(f"bytes={2**63 - 1}-", False, id="start-too-high"),
        pytest.param("bytes=0-99999999999999999999", False, id="end-of-20-digits"),
    ],
)
def test_chromium_safelists_ranges_up_to_63_bits_and_the_standard_any_range(value, in_chromium):
    assert is_safelisted("Range", value, FETCH)
    assert is_safelisted("Range", value, CHROMIUM) is in_chromium


@pytest.mark.parametrize(
    ("headers", "names"),
    [
        pytest.param([], [], id="none"),
        pytest.param([("Accept", "*/*"), ("Range", "bytes=0-")], [], id="only-safelisted"),
        pytest.param([("X-B", "1"), ("x-a", "2")], ["x-a", "x-b"], id="sorted-in-lower-case"),
        pytest.param([("X-A", "1"), ("x-a", "2")], ["x-a"], id="each-once"),
        pytest.param([("x_a", ""), ("x-a", ""), ("xa", "")], ["x-a", "x_a", "xa"], id="by-byte"),
        pytest.param([("Accept", "*/*"), ("X-A", "1")], ["x-a"], id="safelisted-not-named"),
        pytest.param([("Accept", '"')], ["accept"], id="unsafe-by-its-value"),
        pytest.param([("Accept", "*"), ("accept", "(")], ["accept"], id="every-line-counts"),
    ],
)
def test_a_preflight_asks_for_the_unsafe_names(headers, names):
    assert unsafe_names(headers, FETCH) == names


def test_safelisted_values_of_1024_bytes_need_no_preflight():
    assert unsafe_names([("Accept", "a" * 128)] * 8, FETCH) == []


def test_a_preflight_asks_for_all_safelisted_headers_above_1024_bytes():
    headers = [*[("Accept", "a" * 128)] * 8, ("Range", "bytes=0-"), ("X-A", "1")]
    assert unsafe_names(headers, FETCH) == ["accept", "range", "x-a"]


def test_only_values_of_safelisted_headers_count_towards_1024_bytes():
    assert unsafe_names([("Accept", "a" * 128), ("X-A", "a" * 2000)], FETCH) == ["x-a"]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[pytest.param(name, "1", id=name) for name in FORBIDDEN],
        pytest.param("X-HTTP-Method", "TRACE", id="method"),
        pytest.param("x-http-method-override", "track", id="method-override-in-lower-case"),
        pytest.param("X-Method-Override", "GET, CONNECT", id="method-override-in-a-list"),
    ],
)
def test_javascript_cannot_set_a_forbidden_header(profile, name, value):
    assert is_forbidden(name, value, profile)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("X-HTTP-Method", "PUT", id="method"),
        pytest.param("X-HTTP-Method-Override", "", id="method-override-empty"),
        pytest.param("X-Method-Override", "TRACES, connec", id="nearly-a-method"),
        pytest.param("X-Other", "TRACE", id="another-header"),
        pytest.param("Authorization", "Basic x", id="authorization"),
        pytest.param("Proxy", "x", id="proxy"),
        pytest.param("Second", "x", id="second"),
        pytest.param("Access-Control-Allow-Origin", "*", id="response-header"),
    ],
)
def test_javascript_can_set_any_other_header(profile, name, value):
    assert not is_forbidden(name, value, profile)


def test_only_chromium_forbids_the_user_agent():
    assert is_forbidden("User-Agent", "x", CHROMIUM)
    assert not is_forbidden("User-Agent", "x", FETCH)


@pytest.mark.parametrize(
    ("value", "essence"),
    [
        pytest.param("text/plain", "text/plain", id="plain"),
        pytest.param("\t\r\n Text/HTML \t;charset=x", "text/html", id="space-and-case"),
        pytest.param("text/plain;", "text/plain", id="empty-parameter"),
        pytest.param("text/plain;a\nb", "text/plain", id="line-feed-in-a-parameter"),
        pytest.param("te xt/plain", None, id="no-token"),
        pytest.param("text/plain x", None, id="more"),
        pytest.param("/plain", None, id="no-type"),
        pytest.param("text;/plain", None, id="parameter-first"),
        pytest.param("\x0btext/plain", None, id="vertical-tab"),
    ],
)
def test_the_essence_of_a_type_has_no_parameters(value, essence):
    assert mime_essence(value) == essence
