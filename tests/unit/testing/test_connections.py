"""Live servers that are slow, endless or wrong: each exchange ends, as a response or an error."""

import socket
from threading import Event

import pytest

from tests.unit.testing.servers import (
    ANYBODY,
    Server,
    answering,
    playing,
    repeating,
    serving,
)
from wsgicors.testing.connections import MAX_HEAD, Connection
from wsgicors.testing.exceptions import NetworkError
from wsgicors.testing.transports import LONGEST_REASON, to_server
from wsgicors.testing.urls import URL

STATUS = b"HTTP/1.1 200 OK\r\n"
ALLOWED = f"{ANYBODY}\r\n".encode()
SLOW = "no response within the time limit"


def ask(origin, seconds=30.0, method="GET", body=None):
    url = URL.parse(origin)
    response = to_server(url, lambda: seconds)(method, url, [("Host", url.authority)], body)
    response.dismiss()
    return response


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(repeating(b"", pause=10), id="silent"),
        pytest.param(repeating(b"x", pause=0.01), id="status-without-end"),
        pytest.param(repeating(b"x", STATUS, pause=0.01), id="header-without-end"),
        pytest.param(repeating(b"a: b\r\n", STATUS, pause=0.01), id="headers-without-end"),
        pytest.param(repeating(b"HTTP/1.1 100 Continue\r\n\r\n"), id="continue-without-end"),
        pytest.param(repeating(b"HTTP/1.1 103 X\r\na: b\r\n\r\n"), id="hints-without-end"),
    ],
)
def test_a_server_without_a_response_has_a_time_limit(play):
    with playing(play) as origin, pytest.raises(NetworkError, match=SLOW):
        ask(origin, 0.2)


def test_a_server_that_is_silent_when_tls_begins_has_a_time_limit():
    with playing(repeating(b"", pause=10), waiting=False) as origin:
        secure = origin.replace("http:", "https:")
        with pytest.raises(NetworkError, match=SLOW):
            ask(secure, 0.2)


def test_a_server_that_does_not_read_the_request_has_a_time_limit():
    play = repeating(b"", pause=10)
    with playing(play, waiting=False) as origin, pytest.raises(NetworkError, match=SLOW):
        ask(origin, 0.2, "POST", bytes(2**25))


def test_looking_up_a_host_has_a_time_limit(monkeypatch):
    over = Event()

    def look_up(*arguments, **options):
        over.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(NetworkError, match=SLOW):
        ask("http://slow.example", 0.2)
    over.set()


def test_without_time_nothing_is_sent():
    server = Server()
    with serving(server) as origin, pytest.raises(NetworkError, match=SLOW):
        ask(origin, 0)
    assert server.asked == []


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        pytest.param(b"", "closed connection", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n", "SSH-2.0", id="ssh"),
        pytest.param(b"x" * 500, r"begins with .x*\.\.\.", id="long"),
        pytest.param(b"<!doctype html><p>hello", "<!doctype html>", id="http-0.9"),
        pytest.param(b"\x16\x03\x01\x00\xff\x00" * 9, r"begins with .\\x16", id="tls"),
        pytest.param(b"HTTP/2.0 200 OK\r\n\r\n", "HTTP/2.0", id="version"),
        pytest.param(b"HTTP/1.1 abc OK\r\n\r\n", "abc", id="status"),
        pytest.param(b"HTTP/1.1 20 OK\r\n\r\n", "20", id="short-status"),
        pytest.param(b"HTTP/1.1\r\n\r\n", "HTTP/1.1", id="no-status"),
        pytest.param(b"HTTP/1.1 200 OK", "middle of the headers", id="ends-in-the-status"),
        pytest.param(STATUS + b"A: b\r\nC", "middle of the headers", id="ends-in-a-header"),
        pytest.param(STATUS + b"A: b\0\r\n\r\n", "a NUL byte", id="nul"),
        pytest.param(b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n", "status line", id="reason"),
        pytest.param(
            STATUS + b"A: " + b"b" * MAX_HEAD + b"\r\n\r\n",
            "262,144 bytes",
            id="giant-header",
        ),
        pytest.param(STATUS + b"A: b\r\n" * 60_000 + b"\r\n", "262,144 bytes", id="headers"),
    ],
)
def test_what_is_not_a_response_is_a_network_error(raw, reason):
    with answering(raw) as origin, pytest.raises(NetworkError, match=reason) as caught:
        ask(origin)
    assert len(str(caught.value)) < LONGEST_REASON + 100


@pytest.mark.parametrize(
    "before",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n",
    ],
)
def test_responses_before_the_final_one_are_passed_over(before):
    with answering(before + STATUS + ALLOWED + b"\r\n") as origin:
        response = ask(origin)
    assert (response.status, response.get("Link")) == (200, None)
    assert response.get("Access-Control-Allow-Origin") == "*"


def test_a_change_of_the_protocol_is_final():
    with answering(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n") as origin:
        assert ask(origin).status == 101


@pytest.mark.parametrize(
    "line",
    [
        b"no colon",
        b": no name",
        b"two words: x",
        b"caf\xe9: x",
        b"\x01\x7f: x",
        b" at the start: x",
        b"",
    ],
)
def test_a_malformed_header_line_does_not_hide_the_others(line):
    with answering(STATUS + line + b"\r\n" * bool(line) + ALLOWED + b"\r\n") as origin:
        response = ask(origin)
    assert response.headers == [("Access-Control-Allow-Origin", "*")]


@pytest.mark.parametrize(
    "line", [b"X-A:1\n", b"X-A: \t1\t \r\n", b"X-A:\r\n 1\r\n", b"X-A:\n\t1\r\n"]
)
def test_a_header_may_have_white_space_where_browsers_accept_it(line):
    with answering(STATUS + line + b"\r\n") as origin:
        assert ask(origin).headers == [("X-A", "1")]


def test_white_space_after_a_name_belongs_to_it():
    with answering(STATUS + b"X-A : 1\r\n\r\n") as origin:
        assert ask(origin).headers == [("X-A ", "1")]


@pytest.mark.parametrize(
    ("raw", "count"),
    [
        pytest.param(STATUS, 0, id="no-headers"),
        pytest.param(STATUS + ALLOWED, 1, id="no-empty-line"),
        pytest.param(b"\r\n\n" + STATUS + ALLOWED + b"\r\n", 1, id="empty-lines-before"),
        pytest.param(STATUS + ALLOWED * 101 + b"\r\n", 101, id="101-headers"),
        pytest.param(STATUS + b"A: " + b"b" * 70_000 + b"\r\n\r\n", 1, id="long-header"),
    ],
)
def test_a_head_that_browsers_accept_is_accepted(raw, count):
    with answering(raw) as origin:
        response = ask(origin)
    assert (response.status, len(response.headers)) == (200, count)


def test_control_characters_and_other_bytes_are_part_of_a_value():
    with answering(STATUS + b"X-A: \x01\x7f\xe9\x9b\r\n\r\n") as origin:
        assert ask(origin).get("X-A") == "\x01\x7f\xe9\x9b"


@pytest.mark.parametrize("host", ["a..example", ".example", "a" * 64 + ".example"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_no_host_can_have_is_a_network_error(scheme, host):
    with pytest.raises(NetworkError, match="label empty or too long"):
        ask(f"{scheme}://{host}")


def addresses(*entries):
    return lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in entries]


def test_the_next_address_is_tried_if_one_cannot_be_reached(monkeypatch):
    with serving(Server()) as gone:
        pass
    with serving(Server()) as origin:
        ports = [URL.parse(one).port for one in (gone, origin)]
        entries = addresses(*(("127.0.0.1", port) for port in ports))
        monkeypatch.setattr(socket, "getaddrinfo", _only_for_names(entries))
        assert ask("http://two.example").status == 200


def _only_for_names(entries):
    known = socket.getaddrinfo

    def look_up(host, *arguments, **options):
        is_name = host.endswith(".example")
        return entries() if is_name else known(host, *arguments, **options)

    return look_up


def test_a_host_without_an_address_is_a_network_error(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", addresses())
    with pytest.raises(NetworkError, match=r"no\.example has no address"):
        ask("http://no.example")


def test_the_socket_is_closed_if_the_exchange_is_interrupted(monkeypatch):
    closed = []

    def interrupt(self, data):
        raise KeyboardInterrupt

    monkeypatch.setattr(Connection, "sendall", interrupt)
    disconnect = Connection.disconnect
    monkeypatch.setattr(Connection, "disconnect", lambda self: (closed.append(1), disconnect(self)))
    with serving(Server()) as origin, pytest.raises(KeyboardInterrupt):
        ask(origin)
    assert closed == [1]
