"""CORS is decided on the headers: how much of a body is read, and when."""

import itertools
from contextlib import suppress

import pytest

from tests.unit.testing.servers import (
    ANYBODY,
    API,
    APP,
    OTHER,
    answering,
    header,
    page_on,
    playing,
    repeating,
)
from wsgicors.testing import Browser, CORSBlocked, NetworkError, browser, responses, transports
from wsgicors.testing.responses import Bounds

HEAD = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n"


class Stream:
    """An app that sends a body in chunks, and records how many were taken."""

    def __init__(self, chunks, *lines, status="200 OK"):
        self.chunks = chunks
        self.start = status, [header(line) for line in lines]
        self.taken = 0
        self.closed = 0

    def __call__(self, environ, start_response):
        start_response(*self.start)
        return self

    def __iter__(self):
        for chunk in self.chunks:
            self.taken += 1
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def close(self):
        self.closed += 1


def endless(*lines, status="200 OK"):
    return Stream(itertools.repeat(b"abc"), *lines, status=status)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(browser, "WHOLE_BODY", Bounds(10, 30))


@pytest.fixture
def clock(monkeypatch):
    """Let a second pass each time that the time is looked up."""
    tick = itertools.count().__next__
    monkeypatch.setattr(responses, "monotonic", tick)
    monkeypatch.setattr(transports, "monotonic", tick)


def test_a_response_is_blocked_before_its_body_is_read():
    app = endless()
    with pytest.raises(CORSBlocked, match="has no Access-Control-Allow-Origin"):
        page_on(app).fetch(API)
    assert (app.taken, app.closed) == (1, 1)


@pytest.mark.parametrize("lines", [[], [ANYBODY], [ANYBODY, "Access-Control-Allow-Methods: PUT"]])
def test_the_body_of_a_preflight_response_is_not_read(lines, small):
    app = endless(*lines)
    page = page_on(app)
    with suppress(CORSBlocked):
        page.fetch(API, method="PUT")
    assert page.log[0].response.body == b"abc"
    assert app.closed == len(page.log)


def test_the_body_of_a_redirect_is_closed_before_the_next_request():
    first = endless(ANYBODY, f"Location: {OTHER}/", status="302 Found")
    seen = []

    def second(environ, start_response):
        seen.append(first.closed)
        start_response("200 OK", [header(ANYBODY)])
        return []

    page_on({API: first, OTHER: second}).fetch(API)
    assert (seen, first.taken) == ([1], 1)


def test_an_opaque_body_is_not_read():
    app = endless()
    assert page_on(app).fetch(API, mode="no-cors").body == b""
    assert (app.taken, app.closed) == (1, 1)


def test_a_body_without_an_end_is_read_up_to_a_number_of_bytes(small):
    app = endless(ANYBODY)
    response = page_on(app).fetch(API)
    assert response.body == b"abcabcabca"
    assert response.cut == "Reading stopped after 10 bytes; the body is longer."
    assert app.closed == 1


@pytest.mark.parametrize("chunks", [[b"abcde", b"fghij"], [b"abcdefghij"], [b"abcdefghij", b""]])
def test_a_body_of_exactly_that_number_is_whole(chunks, small):
    response = page_on(Stream(chunks, ANYBODY)).fetch(API)
    assert (response.body, response.cut) == (b"abcdefghij", "")


def test_a_body_without_an_end_is_read_up_to_a_time(clock):
    app = endless(ANYBODY)
    response = Browser(app, API, timeout=9).page(APP).fetch(API)
    assert response.body == b"abc" * 11  # the first has come with the headers
    assert response.cut == (
        "Reading stopped at the time limit, after 33 bytes; the body had not ended."
    )
    assert app.closed == 1


def test_an_app_that_yields_only_empty_chunks_does_not_respond(clock):
    app = Stream(itertools.repeat(b""), ANYBODY)
    with pytest.raises(NetworkError, match="yields only empty chunks"):
        page_on(app).fetch(API)
    assert app.closed == 1


def test_empty_chunks_between_others_are_passed_over():
    response = page_on(Stream([b"", b"a", b"", b"b", b""], ANYBODY)).fetch(API)
    assert (response.body, response.cut) == (b"ab", "")


def test_only_empty_chunks_after_others_end_at_the_time_limit(clock):
    app = Stream(itertools.chain([b"a"], itertools.repeat(b"")), ANYBODY)
    response = page_on(app).fetch(API)
    assert response.body == b"a"
    assert response.cut.startswith("Reading stopped at the time limit, after 1 bytes")


def test_an_exception_in_a_body_reaches_the_test_if_the_page_may_read_it():
    app = Stream([b"a", LookupError("in the app")], ANYBODY)
    with pytest.raises(LookupError, match="in the app"):
        page_on(app).fetch(API)
    assert app.closed == 1


def test_an_exception_in_a_body_comes_too_late_for_a_page_that_is_blocked():
    app = Stream([b"a", LookupError("in the app")])
    with pytest.raises(CORSBlocked):
        page_on(app).fetch(API)
    assert (app.taken, app.closed) == (1, 1)


def test_what_an_app_writes_comes_before_what_it_returns():
    def app(environ, start_response):
        write = start_response("200 OK", [header(ANYBODY)])
        write(b"one ")
        return late(write)

    def late(write):
        write(b"two ")
        yield b"three"

    assert page_on(app).fetch(API).body == b"one two three"


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
def test_a_response_to_head_has_no_body_of_which_something_could_be_missing(status):
    app = endless(ANYBODY, status=status)
    response = page_on(app).fetch(API, method="HEAD")
    assert (response.body, response.cut, app.taken, app.closed) == (b"", "", 1, 1)


def test_an_error_that_is_blocked_has_an_excerpt_of_its_body():
    app = endless(status="403 Forbidden")
    with pytest.raises(CORSBlocked) as caught:
        page_on(app).fetch(API)
    assert caught.value.log[0].response.body == (b"abc" * 4096)[:4096]
    assert app.closed == 1


def live(play, **options):
    with playing(play) as origin:
        return Browser(None, origin, **options).page(APP).fetch(origin)


def test_a_live_body_without_an_end_is_read_up_to_the_time_limit():
    response = live(repeating(b"x", HEAD + b"\r\n", pause=0.01), timeout=0.2)
    assert response.body.strip(b"x") == b""
    assert response.cut.startswith("Reading stopped at the time limit, after ")


def test_a_live_body_that_stops_is_read_up_to_the_time_limit():
    response = live(repeating(b"", HEAD + b"\r\nabc", pause=10), timeout=0.2)
    assert response.body == b"abc"
    assert response.cut.startswith("Reading stopped at the time limit, after 3 bytes")


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        pytest.param(b"Content-Length: 9\r\n\r\nshort", "4 more expected", id="length"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n9\r\nshort", "IncompleteRead", id="chunk"),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\n5\r\nshortx", "IncompleteRead", id="chunk-end"
        ),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\n-5\r\nshort", "IncompleteRead", id="negative"
        ),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nwhat\r\n", "IncompleteRead", id="size"
        ),
    ],
)
def test_reading_a_body_that_ends_early_fails_as_in_a_browser(rest, reason):
    with answering(HEAD + rest) as origin:
        response = Browser(None, origin).page(APP).fetch(origin)
    assert (response.status, response.type) == (200, "cors")
    assert response.cut.startswith("The connection failed after 5 bytes, before the end of the")
    for read in (lambda: response.body, lambda: response.text, response.json):
        with pytest.raises(NetworkError, match=reason):
            read()


@pytest.mark.parametrize(
    "timeout", [0, -1, 0.0, float("nan"), float("inf"), 86_401, True, "30", None]
)
def test_a_time_limit_is_a_positive_number_of_seconds(timeout):
    with pytest.raises(ValueError, match=r"expected seconds, .* got .*; use timeout=30"):
        Browser(endless(), API, timeout=timeout)
