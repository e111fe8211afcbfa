"""What a browser received, according to its message, is compared with what the server sends."""

from dataclasses import replace

import pytest

from tests.unit.testing.servers import ANYBODY, API, APP, CREDENTIALS, OTHER, THE_APP, Server
from wsgicors.explaining import explain
from wsgicors.explaining.pasted import Pasted, Received
from wsgicors.explaining.pasted.received import OTHER_REQUEST, OTHERS, find_difference

ORIGIN, ALLOWS_CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
PUT = "Access-Control-Allow-Methods: PUT"


def difference(received, server, method="GET", **options):
    """Return what differs if a request gets the responses of a server."""
    explanation = explain(method, f"{API}/", origin=APP, servers=server, **options)
    return find_difference(Pasted(f"{API}/", received=received), explanation)


@pytest.mark.parametrize(
    ("received", "lines", "says"),
    [
        (Received(ORIGIN, "*"), [THE_APP], f"'*' in {ORIGIN}, but this server sent '{APP}'"),
        (Received(ORIGIN, "*"), [], f"'*' in {ORIGIN}, but this server sent none"),
        (Received(ORIGIN, OTHER), [ANYBODY], f"'{OTHER}' in {ORIGIN}, but this server sent '*'"),
        (Received(ORIGIN), [THE_APP], f"several values in {ORIGIN}, but this server sent '{APP}'"),
        (Received(ORIGIN), [], f"several values in {ORIGIN}, but this server sent none"),
        (
            Received(ORIGIN, ""),
            [f"{ORIGIN}: {OTHER}"],
            f"no {ORIGIN}, but this server sent '{OTHER}'",
        ),
        (
            Received(ALLOWS_CREDENTIALS, ""),
            [THE_APP, CREDENTIALS],
            f"no {ALLOWS_CREDENTIALS}, but this server sent 'true'",
        ),
        (
            Received(ALLOWS_CREDENTIALS),
            [THE_APP, CREDENTIALS],
            f"no true in {ALLOWS_CREDENTIALS}, but this server sent 'true'",
        ),
    ],
)
def test_other_headers_show_that_something_else_has_answered(received, lines, says):
    assert difference(received, Server(*lines)) == f"The browser saw {says}: {OTHERS}."


def test_another_status_shows_that_something_else_has_answered_or_been_asked():
    assert difference(Received(ORIGIN, "", 502), Server(status="404 Not Found")) == (
        f"The browser saw the status 502, but this server answered 404: {OTHERS}, {OTHER_REQUEST}."
    )


@pytest.mark.parametrize("received", [Received(ORIGIN, ""), Received(ORIGIN, status=403)])
def test_a_request_whose_method_is_a_guess_may_have_had_another_method(received):
    explanation = explain(
        "PUT", f"{API}/", origin=APP, servers=Server(THE_APP, PUT), preflight_only=True
    )
    pasted = Pasted(f"{API}/", received=replace(received, kind="preflight"))
    known, guessed = (
        find_difference(replace(pasted, is_guessed=is_guessed), explanation)
        for is_guessed in (False, True)
    )
    assert "method" not in known
    assert guessed == known.replace(OTHERS, f"the request had another method, or {OTHERS}")
    with_others = replace(pasted, others=("PUT",))
    assert find_difference(with_others, explanation) == guessed


@pytest.mark.parametrize(
    ("received", "lines"),
    [
        (Received(ORIGIN, OTHER), [f"{ORIGIN}: {OTHER}"]),
        (Received(ORIGIN, f"*, {APP}"), [ANYBODY, THE_APP]),
        (Received(ORIGIN), [ANYBODY, THE_APP]),
        (Received(ORIGIN, ""), []),
        (Received(ORIGIN, "", 200), []),
        (Received(ALLOWS_CREDENTIALS), [THE_APP]),
        (Received(ALLOWS_CREDENTIALS, "True"), [THE_APP, f"{ALLOWS_CREDENTIALS}: True"]),
        (Received(status=200), [THE_APP]),
        (None, []),
    ],
)
def test_where_they_agree_nothing_is_said(received, lines):
    assert difference(received, Server(*lines)) == ""


def test_a_missing_header_says_nothing_about_a_request_that_passes():
    assert difference(Received(ORIGIN, "", kind="request"), Server(THE_APP)) == ""


def test_a_message_is_compared_with_the_responses_that_it_is_about():
    server = Server(THE_APP, preflight=[THE_APP, PUT])
    assert difference(Received(status=204, kind="preflight"), server, "PUT") == ""
    assert "answered 200" in difference(Received(status=204, kind="request"), server, "PUT")
    assert difference(Received(status=204), server, "PUT") == ""
    assert difference(Received(status=204, kind="preflight"), server) == ""


def test_a_preflight_that_fails_a_check_which_the_browsers_has_passed_differs():
    received = Received(ORIGIN, "*", kind="request")
    assert "this server sent none" in difference(received, Server(), "PUT")
    assert difference(received, Server(THE_APP), "PUT") == ""  # the method is not allowed


def test_nothing_is_compared_if_the_response_was_not_seen():
    server = Server(THE_APP, preflight=[THE_APP, PUT])
    options = {"preflight_only": True}
    assert difference(Received(ORIGIN, OTHER), server, "PUT", **options) == ""
    assert difference(Received(status=404, kind="preflight"), server, "PUT", **options) != ""
