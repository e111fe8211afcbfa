"""A failed fetch is made again in each engine, from what the servers have answered."""

import copy
import gc
import pickle
import weakref
from http.client import BadStatusLine
from ssl import SSLCertVerificationError

import pytest

from tests.unit.testing.servers import (
    ANYBODY,
    API,
    APP,
    CREDENTIALS,
    OTHER,
    THE_APP,
    Server,
    answering,
    page_on,
    resetting,
    serving,
    untrusted,
)
from wsgicors.testing import Browser, CORSBlocked, NetworkError

ITEMS = f"{API}/items"
ANY_HEADER = "Access-Control-Allow-Headers: *"
ALLOWS_PUT = "Access-Control-Allow-Methods: PUT"
TOKEN = {"headers": {"Authorization": "Bearer 1"}}
"""With ``*`` for headers it passes in each engine, and does not by the standard."""

HINT = {"headers": {"DPR": "2"}}
"""Needs no preflight in Chromium."""

PASSES = {"chromium": None, "firefox": None, "webkit": None}


def failing(page, url=ITEMS, **options):
    with pytest.raises(NetworkError) as caught:
        page.fetch(url, **options)
    return caught.value


def test_each_engine_is_judged_by_its_own_profile():
    assert failing(page_on(Server(ANYBODY, ANY_HEADER)), **TOKEN).console == PASSES


def test_nothing_is_sent_before_somebody_reads_the_console():
    server = Server(preflight=[ANYBODY])
    error = failing(page_on(server, "chromium"), **HINT)
    assert server.methods == ["GET"]
    assert error.console is error.console
    assert server.methods == ["GET", "OPTIONS"]


@pytest.mark.parametrize("method", ["POST", "PUT", "GET"])
def test_what_was_sent_is_not_sent_again(method):
    server = Server(preflight=[ANYBODY, ALLOWS_PUT])
    error = failing(page_on(server), method=method)
    sent = [*server.methods]
    assert all(error.console.values())
    assert server.methods == sent


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT"])
def test_an_actual_request_is_not_sent_for_an_engine_that_lets_its_preflight_pass(method):
    server = Server(preflight=[ANYBODY, ANY_HEADER, "Access-Control-Allow-Methods: *"])
    error = failing(page_on(server), method=method, **TOKEN)
    assert error.console == PASSES
    assert server.methods == ["OPTIONS"]


def test_a_preflight_that_other_engines_need_is_sent_once_for_all():
    server = Server(preflight=[ANYBODY])
    page = page_on(server, "chromium")
    console = failing(page, **HINT).console
    assert server.methods == ["GET", "OPTIONS"]
    assert "No 'Access-Control-Allow-Origin'" in console["chromium"]
    assert "header ‘dpr’ is not allowed" in console["firefox"]
    assert "Request header field DPR is not allowed" in console["webkit"]


def test_a_header_that_only_one_engine_drops_is_asked_for_in_the_others():
    server = Server(ANYBODY)
    console = failing(page_on(server), headers={"User-Agent": "Mine"}).console
    assert console["chromium"] is None
    assert "header ‘user-agent’ is not allowed" in console["firefox"]


def test_responses_are_given_again_in_their_order():
    class Turning(Server):
        def __call__(self, environ, start_response):
            if self.asked:
                self.answer = ("200 OK", [], b"")
            return super().__call__(environ, start_response)

    server = Turning(THE_APP, "Location: /items", status="302 Found")
    console = failing(page_on(server)).console
    assert server.methods == ["GET", "GET"]
    assert "Status code: 200" in console["firefox"]


def test_the_page_keeps_its_log_its_cookies_and_its_preflights():
    server = Server(THE_APP, CREDENTIALS, ALLOWS_PUT, "Set-Cookie: a=1; SameSite=None; Secure")
    page = page_on(server)
    page.fetch(ITEMS, method="PUT", credentials="include")
    server.answer = ("200 OK", ["Set-Cookie: b=2; SameSite=None; Secure"], b"")
    error = failing(page, method="PUT", credentials="include")
    log, jar = [*page.log], [cookie.name for cookie in page.client.cookies]
    assert all(error.console.values())
    assert [*page.log] == log
    assert [cookie.name for cookie in page.client.cookies] == jar == ["a", "b"]


def test_a_server_that_cannot_be_reached_is_not_asked_again():
    asked = []

    def refuse(url):
        asked.append(url)
        raise NetworkError("no server")

    page = page_on(Server())
    object.__setattr__(page.client, "find_server", refuse)
    error = failing(page, method="POST")
    assert "did not succeed" in error.console["firefox"]
    assert len(asked) == 1


def test_a_server_that_fails_after_a_redirect_fails_in_each_engine():
    page = page_on(Server(THE_APP, f"Location: {OTHER}/", status="307 Temporary Redirect"))
    console = failing(page, method="POST").console
    assert console["chromium"] == "Failed to load resource: net::ERR_CONNECTION_REFUSED"
    assert f"{OTHER}/. (Reason: CORS request did not succeed)" in console["firefox"]


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_the_console_tells_failures_of_a_server_apart(method):
    with (
        answering(b"") as mute,
        serving(Server()) as plain,
        resetting() as resets,
        untrusted() as unknown,
    ):
        secure = plain.replace("http:", "https:")
        for server, chromium, webkit in (
            (mute, "ERR_EMPTY_RESPONSE", "Connection terminated unexpectedly"),
            (secure, "ERR_SSL_PROTOCOL_ERROR", "Error performing TLS handshake"),
            (resets, "ERR_CONNECTION_RESET", "Error receiving data: Connection reset by peer"),
            (unknown, "ERR_CERT_AUTHORITY_INVALID", "Unacceptable TLS certificate"),
            ("http://unknown.invalid", "ERR_NAME_NOT_RESOLVED", "Error resolving “unknown.inv"),
        ):
            page = Browser(None, at=server).page(APP)
            console = failing(page, f"{server}/", method=method).console
            assert console["chromium"] == f"Failed to load resource: net::{chromium}"
            assert console["webkit"].startswith(webkit if method == "PUT" else "")
            assert bool(console["webkit"]) == (method == "PUT")


@pytest.mark.parametrize("error", [ValueError, SystemExit, pytest.fail.Exception])
def test_an_app_that_raises_when_an_engine_asks_it_lets_the_request_pass(error):
    class Raising(Server):
        def __call__(self, environ, start_response):
            if self.asked:
                raise error("not now")
            return super().__call__(environ, start_response)

    console = failing(page_on(Raising(), "chromium"), **HINT).console
    assert "No 'Access-Control-Allow-Origin'" in console["chromium"]
    assert (console["firefox"], console["webkit"]) == (None, None)


EXPIRED = SSLCertVerificationError()
EXPIRED.verify_code = 10


@pytest.mark.parametrize("cause", [TimeoutError(), BadStatusLine("hello"), EXPIRED])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_the_console_is_empty_where_the_words_for_a_failure_are_not_known(method, cause):
    def fail(*arguments):
        raise NetworkError("a failure") from cause

    page = page_on(Server())
    object.__setattr__(page.client, "find_server", lambda url: fail)
    assert failing(page, method=method).console == dict.fromkeys(PASSES, "")


def test_a_user_may_interrupt_an_app_that_an_engine_asks():
    class Interrupted(Server):
        def __call__(self, environ, start_response):
            if self.asked:
                raise KeyboardInterrupt
            return super().__call__(environ, start_response)

    error = failing(page_on(Interrupted(), "chromium"), **HINT)
    with pytest.raises(KeyboardInterrupt):
        _ = error.console


def test_a_fault_in_the_words_is_not_taken_for_a_request_that_passes(monkeypatch):
    error = failing(page_on(Server()))
    monkeypatch.setattr("wsgicors.testing.messages.BLOCKED", None)
    with pytest.raises(AttributeError):
        _ = error.console
    monkeypatch.undo()
    assert all(error.console.values())


@pytest.mark.parametrize("duplicate", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_a_copy_has_what_the_engines_print_if_that_was_read_before(duplicate):
    server = Server(preflight=[ANYBODY])
    error = failing(page_on(server, "chromium"), **HINT)
    assert duplicate(error).console == {}
    assert server.methods == ["GET"]
    assert all(error.console.values())
    again = duplicate(error)
    assert again.console == error.console
    assert duplicate(again).console == error.console
    assert (again.step, again.args[0]) == (error.step, error.args[0])


def test_an_error_does_not_keep_the_app_when_its_console_was_read():
    def fail():
        app = Server()
        error = failing(page_on(app)).with_traceback(None)
        error.__context__ = None
        return error, weakref.ref(app)

    error, app = fail()
    assert all(error.console.values())
    gc.collect()
    assert app() is None


def test_an_error_is_freed_without_the_garbage_collector():
    def fail():
        try:
            page_on(Server()).fetch(ITEMS)
        except NetworkError as error:
            return weakref.ref(error)

    gc.disable()
    try:
        assert fail()() is None
    finally:
        gc.enable()


def test_an_error_that_no_page_raised_has_no_console():
    error = NetworkError("no page")
    assert (error.console, error.step, str(error)) == ({}, "", "no page")
    assert isinstance(failing(page_on(Server())), CORSBlocked)
