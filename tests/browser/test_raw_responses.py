"""Responses byte by byte: what the engines do with them, and that ``explain`` says the same."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.browser.engines import ENGINES, Window, launched
from tests.unit.testing.servers import Server, answering, playing, repeating, serving
from wsgicors.explaining import explain
from wsgicors.testing import NetworkError

STATUS = b"HTTP/1.1 200 OK\r\n"
ALLOWED = b"Access-Control-Allow-Origin: *\r\n"
SHORT = b"Content-Length: 2\r\n\r\nhi"
READ = "hi"
BLOCKED = "no response"
BROKEN = "a broken body"

FETCH = """async (url) => {
  try {
    const response = await fetch(url);
    try { return await response.text(); } catch (error) { return "a broken body"; }
  } catch (error) { return "no response"; }
}"""

EVENTS = """async (url) => {
  try {
    const response = await fetch(url);
    const {value} = await response.body.getReader().read();
    return new TextDecoder().decode(value).slice(0, 5);
  } catch (error) { return "no response"; }
}"""

CASES = {
    "whole": (STATUS + ALLOWED + SHORT, READ),
    "no colon": (STATUS + b"no colon\r\n" + ALLOWED + SHORT, READ),
    "no name": (STATUS + b": x\r\n" + ALLOWED + SHORT, READ),
    "two words as a name": (STATUS + b"a b: x\r\n" + ALLOWED + SHORT, READ),
    "other letters in a name": (STATUS + b"caf\xe9: x\r\n" + ALLOWED + SHORT, READ),
    "folded": (STATUS + ALLOWED.replace(b" ", b"\r\n ") + SHORT, READ),
    "folded at the start": (STATUS + b" x: y\r\n" + ALLOWED + SHORT, READ),
    "control characters": (STATUS + b"X: \x01\x7f\r\n" + ALLOWED + SHORT, READ),
    "a NUL byte": (STATUS + b"X: a\0b\r\n" + ALLOWED + SHORT, BLOCKED),
    "line feeds": ((STATUS + ALLOWED + SHORT).replace(b"\r\n", b"\n"), READ),
    "early hints": (b"HTTP/1.1 103 E\r\nA: b\r\n\r\n" + STATUS + ALLOWED + SHORT, READ),
    "hints that allow": (b"HTTP/1.1 103 E\r\n" + ALLOWED + b"\r\n" + STATUS + SHORT, BLOCKED),
    "continue": (b"HTTP/1.1 100 C\r\n\r\n" + STATUS + ALLOWED + SHORT, READ),
    "many headers": (STATUS + b"X: y\r\n" * 101 + ALLOWED + SHORT, READ),
    "empty lines before": (b"\r\n" + STATUS + ALLOWED + SHORT, READ),
    "the end in the headers": (STATUS + ALLOWED, ""),
    "the end in the body": (STATUS + ALLOWED + b"Content-Length: 9\r\n\r\nhi", BROKEN),
    "the end in a chunk": (
        STATUS + ALLOWED + b"Transfer-Encoding: chunked\r\n\r\n9\r\nhi",
        BROKEN,
    ),
    "no HTTP": (b"<!doctype html>hello", BLOCKED),
    "nothing": (b"", BLOCKED),
}
"""Bytes that a server sends, and what a page gets."""


@pytest.fixture(scope="module", params=ENGINES)
def window(request: pytest.FixtureRequest) -> Iterator[Window]:
    page = Server("Content-Type: text/html", body=b"<!doctype html>")
    with ExitStack() as stack:
        engine = stack.enter_context(launched(request.param))
        window = stack.enter_context(engine.window())
        window.open(stack.enter_context(serving(page)))
        yield window


@pytest.mark.parametrize(("raw", "expected"), CASES.values(), ids=CASES)
def test_a_page_gets_what_explain_says(window: Window, raw: bytes, expected: str) -> None:
    with answering(raw) as origin:
        assert window.call(FETCH, f"{origin}/x") == expected
        explanation = explain("GET", f"{origin}/x", origin="https://app.example")
    if expected == BLOCKED:
        assert explanation.verdict in ("blocked", "failed")
        return
    assert explanation.verdict == "allowed"
    assert explanation.response is not None
    if expected == BROKEN:
        with pytest.raises(NetworkError):
            _ = explanation.response.body
    else:
        assert explanation.response.text == expected


@pytest.mark.parametrize(
    ("lines", "expected"), [(ALLOWED, "data:"), (b"", BLOCKED)], ids=["allowed", "blocked"]
)
def test_a_stream_is_decided_on_its_headers(window: Window, lines: bytes, expected: str) -> None:
    head = STATUS + lines + b"Content-Type: text/event-stream\r\n\r\n"
    with playing(repeating(b"data: 1\n\n", head, pause=0.05)) as origin:
        assert window.call(EVENTS, f"{origin}/x") == expected
        explanation = explain("GET", f"{origin}/x", origin="https://app.example")
    assert explanation.verdict == ("allowed" if lines else "blocked")
