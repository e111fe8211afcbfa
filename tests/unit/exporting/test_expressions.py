"""Origins as regular expressions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgicors import Policy
from wsgicors._core.origins import MAX_ORIGIN_LENGTH, Pattern
from wsgicors._exporting import expressions

PATTERNS = [
    "https://*.app.example",
    "https://*.app.example:*",
    "https://*.app.example:8443",
    "http://localhost:*",
    "http://[::1]:*",
    "app://*.shop.example",
    "capacitor://localhost:*",
]

PIECES = [
    *("https://", "http://", "app://", "capacitor://", "HTTPS://", "http:"),
    *("app.example", "localhost", "[::1]", "shop.example", "App.example", "app-example"),
    *("a.", "b-c.", "x_y.", ".", "-", "A.", "%61.", "127.0.0.1.", "\n", " ", ",", "é", "*."),
    *(":", ":1", ":79", ":80", ":81", ":443", ":0", ":08", ":8443", ":65535", ":65536", ":99999"),
    *("/", "?", "#", "@", "null"),
]


@pytest.mark.parametrize("text", PATTERNS)
@given(origin=st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_an_expression_matches_what_the_pattern_allows(text, origin):
    assert is_matched(text, origin) == Policy(text, accept_risks=RISKS).allows(origin)


@pytest.mark.parametrize("scheme", ["http", "https", "capacitor"])
def test_any_port_is_each_that_browsers_send(scheme):
    text = f"{scheme}://localhost:*"
    policy = Policy(text, accept_risks=RISKS)
    origins = [f"{scheme}://localhost:{port}" for port in range(66_000)]
    expression = re.compile(expressions.of_pattern(Pattern.parse(text)))
    matched = [origin for origin in origins if expression.fullmatch(origin)]
    assert matched == [origin for origin in origins if policy.allows(origin)]
    assert len(matched) in (65_534, 65_535)


@given(text=st.text(st.characters(min_codepoint=33, max_codepoint=126)))
def test_an_escaped_text_matches_itself_and_needs_no_quotes(text):
    escaped = expressions.escape(text)
    assert re.fullmatch(escaped, text)
    assert not set(escaped) & set("\"'`${}; #()")


def test_a_token_has_the_characters_of_the_standard():
    characters = map(chr, range(256))
    matched = "".join(c for c in characters if re.fullmatch(expressions.TOKEN, c, re.ASCII))
    assert set(matched) == {*"!#$%&'*+-.^_`|~", *"0123456789"} | {
        c for c in map(chr, range(128)) if c.isalpha()
    }


RISKS = ["plain-http-origin"]


def is_matched(text, origin):
    if len(origin) > MAX_ORIGIN_LENGTH:
        return False
    return re.fullmatch(expressions.of_pattern(Pattern.parse(text)), origin) is not None
