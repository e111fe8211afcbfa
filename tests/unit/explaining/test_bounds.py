"""Streams, and servers that are slow, endless or wrong: each of them gets a verdict."""

import itertools

import pytest

from tests.unit.testing.servers import (
    ANYBODY,
    API,
    APP,
    Server,
    answering,
    header,
    playing,
    repeating,
    serving,
)
from wsgicors.explaining import CannotAsk, explain, explain_all, questions
from wsgicors.explaining.words import shown
from wsgicors.testing.responses import Bounds

OK = b"HTTP/1.1 200 OK\r\n"
EVENTS = b"Content-Type: text/event-stream\r\n"
ALLOWED = f"{ANYBODY}\r\n".encode()
METHODS = b"Access-Control-Allow-Methods: PUT\r\n"
SILENT = {"pause": 60.0}
TRICKLE = {"pause": 0.01}


def asked(play, method="GET", **options):
    with playing(play) as origin:
        return explain(method, f"{origin}/events", **{"origin": APP, **options})


@pytest.fixture
def glance(monkeypatch):
    monkeypatch.setattr(questions, "GLANCE", Bounds(1000, 0.1))


@pytest.mark.parametrize("pace", [SILENT, TRICKLE], ids=["silent", "trickle"])
def test_an_event_stream_is_blocked_before_its_body_is_read(pace):
    explanation = asked(repeating(b"data: 1\n\n", OK + EVENTS + b"\r\n", **pace))
    assert explanation.verdict == "blocked"
    assert explanation.step == "CORS check: the response has no Access-Control-Allow-Origin"
    assert explanation.exchanges[0].response.body == b""


@pytest.mark.parametrize("pace", [SILENT, TRICKLE], ids=["silent", "trickle"])
def test_an_event_stream_is_allowed_and_a_note_says_how_much_was_read(pace, glance):
    explanation = asked(repeating(b"data: 1\n\n", OK + ALLOWED + EVENTS + b"\r\n", **pace))
    assert explanation.verdict == "allowed"
    (note,) = explanation.notes
    assert note.startswith("Reading stopped at the time limit, after ")
    assert f"note      {note}" in str(explanation)


@pytest.mark.parametrize("encoding", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_a_fast_body_without_an_end_is_read_up_to_a_number_of_bytes(encoding, glance):
    part = b"5\r\nabcde\r\n" * 1000
    explanation = asked(repeating(part, OK + ALLOWED + encoding + b"\r\n"))
    assert explanation.verdict == "allowed"
    assert explanation.notes == ("Reading stopped after 1,000 bytes; the body is longer.",)


def test_a_body_that_ends_early_is_allowed_with_a_note():
    with answering(OK + ALLOWED + b"Content-Length: 9\r\n\r\nshort") as origin:
        explanation = explain("GET", origin, origin=APP)
    assert explanation.verdict == "allowed"
    (note,) = explanation.notes
    assert note.startswith("The connection failed after 5 bytes, before the end of the body")


def test_a_whole_body_needs_no_note():
    with serving(Server(ANYBODY)) as origin:
        assert explain("GET", origin, origin=APP).notes == ()


@pytest.mark.parametrize("pace", [SILENT, TRICKLE, {}], ids=["silent", "trickle", "fast"])
@pytest.mark.parametrize(
    ("lines", "verdict"), [(b"", "blocked"), (ALLOWED + METHODS, "unknown")], ids=["no", "yes"]
)
def test_a_preflight_response_may_have_a_body_without_an_end(pace, lines, verdict):
    explanation = asked(repeating(b"x" * 100, OK + lines + b"\r\n", **pace), "PUT")
    assert explanation.verdict == verdict
    assert [exchange.kind for exchange in explanation.exchanges] == ["preflight"]


def test_an_app_may_stream_without_an_end(glance):
    def app(environ, start_response):
        start_response("200 OK", [header(ANYBODY)] if environ["PATH_INFO"] == "/open" else [])
        return itertools.repeat(b"data: 1\n\n")

    blocked = explain("GET", f"{API}/", origin=APP, servers=app)
    assert blocked.verdict == "blocked"
    allowed = explain("GET", f"{API}/open", origin=APP, servers=app)
    assert allowed.verdict == "allowed"
    assert allowed.notes == ("Reading stopped after 1,000 bytes; the body is longer.",)


def test_an_app_that_yields_only_empty_chunks_fails():
    def app(environ, start_response):
        start_response("200 OK", [header(ANYBODY)])
        return itertools.repeat(b"")

    explanation = explain("GET", f"{API}/", origin=APP, servers=app, timeout=0.1)
    assert explanation.verdict == "failed"
    assert "yields only empty chunks" in explanation.steps[-1]
    assert explanation.change.sentence == (
        "Have the app yield a chunk that is not empty, or end: with the first one, a server sends "
        "the headers."
    )


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(repeating(b"", **SILENT), id="silent"),
        pytest.param(repeating(b"a: b\r\n", OK, **TRICKLE), id="headers-without-end"),
        pytest.param(repeating(b"HTTP/1.1 100 Continue\r\n\r\n"), id="continue-without-end"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_server_without_a_response_fails_at_the_time_limit(play, method):
    explanation = asked(play, method, timeout=0.2)
    assert explanation.verdict == "failed"
    assert ": no response within the time limit. The browser" in explanation.steps[-1]
    assert explanation.notes == (
        "The time limit is 0.2 s; use --timeout (in Python timeout=) to wait longer.",
    )


def test_all_requests_together_have_one_time_limit():
    def play(connection, over):
        over.wait(0.05)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /\r\n" + ALLOWED + b"\r\n")

    explanation = asked(play, timeout=0.3)
    assert explanation.verdict == "failed"
    assert "no response within the time limit" in explanation.steps[-1]
    assert 1 <= len(explanation.exchanges) < 20


def test_a_server_that_is_slow_is_waited_for_once_for_all_engines():
    connections = []

    def play(connection, over):
        connections.append(1)
        over.wait(60)

    with playing(play) as origin:
        explanations = explain_all("GET", origin, origin=APP, timeout=0.2)
    assert {one.verdict for one in explanations.values()} == {"failed"}
    assert len(connections) == 1


@pytest.mark.parametrize(
    "location",
    [
        b"http://[",
        b"http://a b/",
        b"//",
        b"https:",
        b"http:",
        b"",
        b"?",
        b"\xff\xfe",
        b"\x01\x9b",
        b"javascript:alert(1)",
        b"http://a..b/",
        b"http://.example/",
        b"http://_/",
        b"http://" + b"a" * 64 + b".example/",
        b"http://127.0.0.1:0/",
        b"http://127.0.0.1:99999/",
        b"http://1.2.3.4.5/",
        b"http://\xe4\xf6.example:0/",
        b"http://user:pass@127.0.0.1:0/",
    ],
)
@pytest.mark.parametrize("lines", [b"", ALLOWED], ids=["blocked", "allowed"])
def test_a_wrong_location_has_a_verdict(location, lines):
    redirect = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n"
    with answering(redirect + lines + b"\r\n") as origin:
        explanation = explain("GET", f"{origin}/x", origin=APP)
    is_blocked = not lines or b"@" in location
    assert explanation.verdict == ("blocked" if is_blocked else "failed")


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), "30", None, True])
def test_a_wrong_time_limit_is_corrected(timeout):
    with pytest.raises(CannotAsk, match=r"expected seconds, .*; use timeout=30$"):
        explain("GET", f"{API}/", origin=APP, servers=Server(), timeout=timeout)


def test_a_long_text_is_shortened():
    with answering(OK + b"Access-Control-Allow-Origin: " + b"x" * 9000 + b"\r\n\r\n") as origin:
        explanation = explain("GET", origin, origin=APP)
    assert "x" * 3000 in str(explanation)
    assert "x" * 4001 not in str(explanation)
    assert " more characters)" in str(explanation)
    assert explanation.exchanges[0].response.headers[0][1] == "x" * 9000
    assert shown("x" * 4000) == "x" * 4000
    assert shown("x" * 4001) == "x" * 4000 + "... (1 more characters)"
