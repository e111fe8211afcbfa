"""Texts that stand for requests: what is written is read back, and any other text is an error."""

import json
import re
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from wsgicors.explaining.pasted import Pasted, Unreadable
from wsgicors.explaining.pasted.curl import read_curl
from wsgicors.explaining.pasted.fetch import read_fetch

READERS: list[Callable[[str], Pasted]] = [read_curl, read_fetch]

URL = "https://api.example/items?a=%20"
PAGE = "https://app.example"

METHODS = st.sampled_from(["GET", "PUT", "POST", "PATCH", "Egg"])
NAMES = ["X-A", "X-B", "Authorization", "Accept", "Cache-Control", "If-None-Match"]
TRICKY = st.text(
    st.sampled_from("ab \t\n\r'\"\\^%!$`&|<>#(){}[];,:=@~*?/\0\x7fäÿ\u2028漢😀"), max_size=30
)
TEXTS = TRICKY | st.text(max_size=30)
VALUES = TEXTS.map(lambda text: text.strip() or "1")
HEADERS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)

PIECES = st.sampled_from(
    [
        "curl ", "curl.exe ", "fetch(", "await ", "'", '"', "`", "^\"", "^\n", "\\\n", "$'", "$x",
        "${", "--data-raw ", "-H ", "-X", "-d@", "--url", URL, "https://[", "x: 1", "{", "}", "[",
        "]", "(", ")", ",", ":", ";", "/*", "*/", "//", "headers", "method", "body", "null", "new",
        "Headers(", "\\u{", "\\x", "\\", "...", "Origin: null", "Referer: http://[", "-e", "1e9",
        "Access-Control-Request-Method: PUT", "\ud83d", "\0", "\x1b[2J", "\u2028", "--next", "-:",
    ]
)  # fmt: skip
NOISE = st.lists(PIECES | st.text(max_size=3), max_size=40).map("".join)


def single_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def double_quoted(text: str) -> str:
    return '"' + re.sub(r'[\\"$`]', r"\\\g<0>", text) + '"'


def ansi_quoted(text: str) -> str:
    """Quote as browsers do, with UTF-16."""
    units = text.encode("utf-16-be")
    codes = [int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2)]
    return "$'" + "".join(f"\\u{code:04x}" for code in codes) + "'"


def escaped(text: str) -> str:
    return "".join(c if c.isalnum() else "$'\\n'" if c == "\n" else f"\\{c}" for c in text) or "''"


def caret_quoted(text: str) -> str:
    inner = re.sub(r'[\\"]', r"\\\g<0>", text)
    parts = (f"^\n{c}" if c == "\n" else f"^{c}" if not c.isalnum() else c for c in inner)
    return '^"' + "".join(parts) + '^"'


POSIX = st.sampled_from([single_quoted, double_quoted, ansi_quoted, escaped])


def javascript_string(text: str, quote: str) -> str:
    inner = json.dumps(text)[1:-1].replace('\\"', '"').replace(quote, f"\\{quote}")
    return quote + (inner.replace("$", "\\$") if quote == "`" else inner) + quote


def write_curl(method: str, headers: dict[str, str], body: str, quote: Callable[[str], str]) -> str:
    words = [quote(URL), "-X", method, "-H", quote(f"Origin: {PAGE}")]
    for name, value in headers.items():
        words += ["-H", quote(f"{name}: {value}")]
    return " ".join(["curl", *words, "-H", quote("Content-Type: a/b"), "--data-raw", quote(body)])


@given(METHODS, HEADERS, TEXTS, POSIX | st.just(caret_quoted))
def test_a_curl_command_is_read_as_it_was_written(
    method: str, headers: dict[str, str], body: str, quote: Callable[[str], str]
) -> None:
    pasted = read_curl(write_curl(method, headers, body, quote))
    assert pasted == Pasted(
        URL, method, PAGE, (*headers.items(), ("Content-Type", "a/b")), body, pasted.credentials
    )


@given(METHODS, HEADERS, TEXTS, st.sampled_from("'\"`"), st.booleans(), st.booleans())
def test_a_fetch_call_is_read_as_it_was_written(
    method: str, headers: dict[str, str], body: str, quote: str, pairs: bool, bare: bool
) -> None:
    def write(text: str) -> str:
        return javascript_string(text, quote)

    key = str if bare else (lambda name: write(name) if quote != "`" else json.dumps(name))
    lines = [(write(name), write(value)) for name, value in headers.items()]
    if pairs:
        written = "[" + ", ".join(f"[{name}, {value},]" for name, value in lines) + "]"
    else:
        members = (f"{json.dumps(name)}: {write(value)}" for name, value in headers.items())
        written = "new Headers({" + ", ".join(members) + "})"
    options = ", ".join(
        f"{key(name)}: {value} /* {name} */"
        for name, value in [("method", write(method)), ("headers", written), ("body", write(body))]
    )
    pasted = read_fetch(f"await fetch({write(URL)}, {{{options}}}).then(use);")
    assert pasted == Pasted(URL, method, None, tuple(headers.items()), body, "same-origin")


def read_or_refuse(text: str, read: Callable[[str], Pasted]) -> Pasted | Unreadable:
    try:
        return read(text)
    except Unreadable as error:
        return error


@given(NOISE, st.sampled_from(READERS))
def test_any_text_is_a_request_or_unreadable(text: str, read: Callable[[str], Pasted]) -> None:
    for candidate in text, f"curl {text}", "fetch('x', {" + text:
        outcome = read_or_refuse(candidate, read)
        if isinstance(outcome, Unreadable):
            assert str(outcome).isprintable()
        else:
            assert str(outcome).encode()
