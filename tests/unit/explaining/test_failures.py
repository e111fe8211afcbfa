"""Requests that fail before a check of CORS: what to do about each, and that it helps."""

import socket
import ssl
from contextlib import contextmanager

import pytest

from tests.unit.testing.servers import (
    ANYBODY,
    API,
    APP,
    Server,
    answering,
    resetting,
    serving,
    untrusted,
)
from wsgicors import CORSMiddleware
from wsgicors.explaining import explain
from wsgicors.testing import NetworkError, connections

ITEMS = f"{API}/items"
REFUSAL = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: %d\r\n"
    b"Connection: close\r\n\r\n%s"
)


def explained(url, servers=None, **options):
    return explain("GET", url, servers=servers, origin=APP, **options)


def place(url):
    return url.partition("://")[2]


@contextmanager
def raising(error, monkeypatch):
    """Have connections fail with an error."""

    def connect(*arguments):
        raise error

    monkeypatch.setattr(connections, "_connect", connect)
    yield ITEMS


def test_a_failure_is_not_said_to_have_nothing_to_do_with_cors():
    with serving(Server()) as url:
        pass
    asked = explained(url)
    assert asked.verdict == "failed"
    assert "CORS request did not succeed" in asked.console["firefox"]
    assert asked.steps[-1] == (
        f"Failed: GET {url}/: [Errno 111] Connection refused. The browser's console may blame "
        "CORS, but no header of CORS can help."
    )


def test_a_server_that_is_down_has_to_be_started():
    with serving(Server(ANYBODY)) as url:
        assert explained(url).verdict == "allowed"
    change = explained(url).change
    assert change.side == "server"
    assert change.sentence == (
        f"Start the server, or correct the host and the port: nothing listens at {place(url)}."
    )


def test_a_preflight_that_reaches_no_server_has_the_same_change():
    with serving(Server()) as url:
        pass
    change = explain("PUT", url, origin=APP).change
    assert change.sentence.startswith("Start the server")


def test_a_host_without_an_address_has_to_be_corrected(monkeypatch):
    with raising(socket.gaierror(-2, "Name or service not known"), monkeypatch) as url:
        change = explained(url).change
    assert change.side == "page"
    assert change.sentence == (
        "Correct the host in the page's URL, or add api.example to DNS: it has no address."
    )


def test_a_certificate_that_browsers_do_not_trust_has_to_be_replaced():
    with untrusted() as url:
        change = explained(url).change
    assert change.side == "server"
    assert change.sentence == (
        f"Give the server at {place(url)} a certificate that browsers trust: "
        "self-signed certificate."
    )


def test_a_server_that_does_not_speak_tls_is_to_be_asked_without():
    with serving(Server(ANYBODY)) as url:
        change = explained(url.replace("http:", "https:")).change
        assert change.side == "page"
        assert change.sentence == (
            "Have the page use http:// or another port, or have the server at "
            f"{place(url)} speak TLS."
        )
        assert explained(url).verdict == "allowed"


@pytest.mark.parametrize(
    "words",
    [
        b"<h1>400 Bad Request</h1>The plain HTTP request was sent to HTTPS port",
        b"Reason: You're speaking plain HTTP to an SSL-enabled server port.",
        b"Client sent an HTTP request to an HTTPS server.\n",
    ],
)
def test_a_server_that_says_that_it_expects_tls_is_to_be_asked_with_it(words):
    with answering(REFUSAL % (len(words), words)) as url:
        asked = explained(url)
    https = url.replace("http:", "https:")
    assert (asked.verdict, asked.change.side) == ("blocked", "page")
    assert asked.change.sentence == (
        f"Have the page request {https}/: the server expects TLS at this port."
    )


def test_another_400_is_not_said_to_expect_tls():
    with answering(REFUSAL % (3, b"bad")) as url:
        assert "TLS" not in explained(url).change.sentence


def test_a_server_that_answers_with_an_alert_of_tls_is_to_be_asked_with_it():
    with answering(b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n") as url:
        asked = explained(url)
    assert (asked.verdict, asked.change.side) == ("failed", "page")
    assert "the server expects TLS at this port" in asked.change.sentence


def test_a_server_that_resets_connections_may_expect_tls():
    with resetting() as url:
        sentence = explained(url).change.sentence
    assert sentence == (
        "Look up in the server's log why it does not respond. "
        f"If {place(url)} expects TLS, have the page use https://."
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            TimeoutError("timed out"),
            "Look up in the server's log why it does not respond, or whether a firewall drops "
            "what is sent to api.example:443.",
        ),
        (ssl.SSLError(1, "wrong version"), "Have the server at api.example:443 speak TLS."),
        (
            ConnectionResetError(104, "reset"),
            "Look up in the server's log why it does not respond.",
        ),
        (OSError(5, "odd"), "Look up in the server's log why it does not respond."),
    ],
)
def test_other_failures_of_a_server_are_in_its_log(error, sentence, monkeypatch):
    with raising(error, monkeypatch) as url:
        assert explained(url).change.sentence == sentence


def test_an_app_that_never_starts_a_response_has_to():
    asked = explained(ITEMS, lambda environ, start_response: [])
    assert asked.verdict == "failed"
    assert asked.change.sentence == "Have the app call start_response before it returns."


def test_a_login_that_cannot_be_reached_is_still_a_login(monkeypatch):
    def refuse(environ, start_response):
        raise NetworkError("refused")

    to_login = Server(ANYBODY, "Location: https://login.test/authorize", status="302 Found")
    asked = explained(ITEMS, {API: to_login, "https://login.test": refuse})
    assert asked.verdict == "failed"
    assert "answer 401 instead of redirecting to the login" in asked.change.sentence


def test_a_page_of_https_gets_no_plain_http():
    server = Server(ANYBODY)
    plain = {"http://api.example": server}
    asked = explained("http://api.example/items", plain)
    assert (asked.verdict, asked.response) == ("failed", None)
    assert asked.steps[-1] == (
        "Failed: browsers block http://api.example/items before they send anything, because the "
        "page is at https: (mixed content)."
    )
    assert asked.change.side == "page"
    assert asked.change.sentence == (
        "Have the page request an https: URL, https://api.example/items, instead of "
        "http://api.example/items."
    )
    assert asked.notes == ()
    assert asked.console == dict.fromkeys(("chromium", "firefox", "webkit"), "")


def test_loopback_and_pages_of_http_have_no_mixed_content():
    plain = {"http://api.example": Server(ANYBODY)}
    page = explain("GET", "http://api.example/items", origin="http://app.example", servers=plain)
    assert (page.verdict, page.notes) == ("allowed", ())
    with serving(Server(ANYBODY)) as url:
        assert (explained(url).verdict, explained(url).notes) == ("allowed", ())


def test_a_port_for_https_is_not_guessed():
    asked = explained("http://api.example:8000/items", Server(ANYBODY))
    assert asked.change.sentence == (
        "Have the page request an https: URL instead of http://api.example:8000/items."
    )


def test_what_cors_lacks_beside_mixed_content_is_in_the_same_change():
    app = CORSMiddleware(Server(), allow_origins=["https://other.example"])
    asked = explained("http://api.example/items", app)
    assert (asked.verdict, asked.change.side) == ("blocked", "page")
    assert asked.change.settings == {"allow_origins": ["https://other.example", APP]}
    assert asked.change.sentence.startswith(
        "Have the page request an https: URL, https://api.example/items, instead of "
        "http://api.example/items. Set allow_origins="
    )
    assert asked.notes[0].startswith("Browsers block http://api.example/items before they send")


def test_a_redirect_to_https_does_not_help_the_page():
    moved = Server("Location: https://api.example/items", status="301 Moved Permanently")
    servers = {"http://api.example": moved, API: Server(ANYBODY)}
    asked = explained("http://api.example/items", servers)
    assert (asked.verdict, asked.change.side) == ("blocked", "page")
    assert asked.change.sentence.startswith("Have the page request https://api.example/items")
    assert asked.notes[0].startswith("Browsers block http://api.example/items before they send")


@pytest.mark.parametrize("lines", [(ANYBODY,), ()], ids=["failed", "blocked"])
def test_a_redirect_to_mixed_content_has_to_stay_at_https(lines):
    server = Server(*lines, "Location: http://api.example/items/", status="301 Moved")
    asked = explained(ITEMS, {API: server, "http://api.example": Server(ANYBODY)})
    assert asked.verdict == ("failed" if lines else "blocked")
    assert asked.change.side == "server"
    assert asked.change.sentence == (
        "Have the server redirect https://api.example/items to an https: URL: browsers block "
        "http://api.example/items/, because the page is at https: (mixed content). If a proxy ends "
        "TLS, have it send X-Forwarded-Proto: https and have the app trust that header (ProxyFix, "
        "in Django SECURE_PROXY_SSL_HEADER)."
    )


def test_a_login_at_plain_http_is_still_a_login():
    server = Server(ANYBODY, "Location: http://login.test/authorize", status="302 Found")
    asked = explained(ITEMS, {API: server})
    assert asked.verdict == "failed"
    assert "answer 401 instead of redirecting to the login" in asked.change.sentence


# Modes of the request.


def test_mode_no_cors_needs_redirects_to_be_followed():
    asked = explained(ITEMS, Server(), mode="no-cors", redirect="error")
    assert (asked.verdict, asked.change.side) == ("failed", "page")
    assert asked.change.sentence == (
        "Have the page leave out mode: 'no-cors', or use redirect: 'follow'."
    )
    assert explained(ITEMS, Server(), mode="no-cors").verdict == "allowed"


def test_redirect_mode_error_is_the_change_of_the_page():
    server = Server(ANYBODY).at("/items", "302 Found", "Location: /things", ANYBODY)
    asked = explained(ITEMS, server, redirect="error")
    assert (asked.verdict, asked.change.side) == ("failed", "page")
    assert asked.change.sentence == (
        f"Have the page leave out redirect: 'error', or request {API}/things directly."
    )
    assert explained(ITEMS, server).verdict == "allowed"
    assert explained(f"{API}/things", server, redirect="error").verdict == "allowed"


def test_redirect_mode_error_forbids_redirects_that_lead_nowhere_too():
    server = Server(ANYBODY, status="302 Found")
    asked = explained(ITEMS, server, redirect="error")
    assert (asked.verdict, asked.change.side) == ("failed", "page")
    assert asked.change.sentence == "Have the page leave out redirect: 'error'."
    assert explained(ITEMS, server).verdict == "allowed"


def test_redirect_mode_manual_hides_the_redirect():
    server = Server(ANYBODY).at("/items", "302 Found", "Location: /things", ANYBODY)
    asked = explained(ITEMS, server, redirect="manual")
    assert (asked.verdict, asked.response.type) == ("allowed", "opaqueredirect")
    assert asked.notes == (
        "redirect: 'manual' hides the redirect from JavaScript. Leave it out in the page, or have "
        "the page request /things directly.",
    )
    bare = Server().at("/items", "302 Found", "Location: /things")
    assert explained(ITEMS, bare, redirect="manual").notes == ()
    assert explained(f"{API}/things", server, redirect="manual").notes == ()


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD"])
@pytest.mark.parametrize("body", ["{}", b"{}", None], ids=["text", "bytes", "none"])
def test_mode_no_cors_sends_no_json(method, body):
    if method != "POST":
        body = None
    server = Server(status="415 Unsupported Media Type")
    asked = explain(
        method, ITEMS, origin=APP, servers=server, mode="no-cors", headers=JSON, body=body
    )
    (sent,) = server.received("Content-Type")
    assert sent != "application/json"
    assert asked.steps[1] == (
        f"The browser sends Content-Type: {sent} instead of application/json, because mode "
        "'no-cors' allows only the types of forms and of plain text."
        if sent
        else "The browser drops headers that JavaScript cannot set here: Content-Type."
    )
    (note,) = asked.notes
    assert note.startswith("Mode 'no-cors' never lets JavaScript read the response. Leave out ")


def test_a_type_that_mode_no_cors_allows_is_kept():
    text = {"Content-Type": "text/plain"}
    asked = explained(ITEMS, Server(), mode="no-cors", headers=text)
    assert "instead of" not in str(asked)


def test_mode_no_cors_at_the_origin_of_the_page_hides_nothing():
    assert explained(f"{APP}/items", {APP: Server()}, mode="no-cors").notes == ()
