"""The message of a blocked request: the step, what was received, needed, and what to change."""

import copy
import pickle
import re
from textwrap import dedent

import pytest

from tests.unit.testing import test_checks as steps
from tests.unit.testing.servers import (
    ANYBODY,
    API,
    APP,
    CREDENTIALS,
    OTHER,
    THE_APP,
    Server,
    page_on,
)
from wsgicors._core.policy import SETTINGS
from wsgicors.testing import Browser, CORSBlocked, NetworkError

ORIGIN = "Access-Control-Allow-Origin"
METHODS = "Access-Control-Allow-Methods"
HEADERS = "Access-Control-Allow-Headers"
ADD_ORIGIN = f"allow_origins: add {APP!r}"
PUT = {"method": "PUT"}
INCLUDE = {"credentials": "include"}
CUSTOM = {"headers": {"X-A": "1", "X-B": "2"}}
AUTHORIZATION = {"headers": {"Authorization": "x"}}


def blocked(server, url=f"{API}/items", **options):
    with pytest.raises(CORSBlocked) as caught:
        page_on(server).fetch(url, **options)
    return caught.value


@pytest.mark.parametrize(
    ("server", "options", "step", "received", "needed", "hint"),
    [
        pytest.param(
            Server(status="404 Not Found"),
            {},
            steps.ORIGIN_STEP,
            f"404 without {ORIGIN}",
            f"{ORIGIN}: {APP}",
            f"{ADD_ORIGIN}; if the endpoint has no policy, give it one; "
            "if no route matches, correct the URL or the method",
            id="no-origin",
        ),
        pytest.param(
            Server(f"{ORIGIN}: {APP}/"),
            {},
            steps.MATCH_STEP,
            f"{ORIGIN}: {APP}/",
            f"{ORIGIN}: {APP}",
            ADD_ORIGIN,
            id="another-origin",
        ),
        pytest.param(
            Server(ANYBODY, CREDENTIALS),
            INCLUDE,
            steps.MATCH_STEP,
            f"{ORIGIN}: *",
            f"{ORIGIN}: {APP}",
            f"allow_credentials: list '{APP}'; '*' is not accepted for requests with credentials",
            id="asterisk-with-credentials",
        ),
        pytest.param(
            Server(THE_APP),
            INCLUDE,
            steps.CREDENTIALS_STEP,
            "no Access-Control-Allow-Credentials",
            "Access-Control-Allow-Credentials: true",
            f"allow_credentials: use True or list '{APP}', "
            "or have the page send the request without credentials",
            id="no-credentials",
        ),
        pytest.param(
            Server(THE_APP, "Access-Control-Allow-Credentials: True"),
            INCLUDE,
            steps.CREDENTIALS_STEP,
            "Access-Control-Allow-Credentials: True",
            "Access-Control-Allow-Credentials: true",
            f"allow_credentials: use True or list '{APP}', "
            "or have the page send the request without credentials",
            id="malformed-credentials",
        ),
        pytest.param(
            Server(ANYBODY, preflight_status="401 Unauthorized"),
            PUT,
            steps.STATUS_STEP,
            "401 Unauthorized",
            "a status of 200 to 299",
            "answer OPTIONS with a 2xx status, without a redirect or a login",
            id="status",
        ),
        pytest.param(
            Server(ANYBODY, preflight_status="599"),
            PUT,
            steps.STATUS_STEP,
            "599",
            "a status of 200 to 299",
            "answer OPTIONS with a 2xx status, without a redirect or a login",
            id="status-without-reason",
        ),
        pytest.param(
            Server(ANYBODY, f"{METHODS}: PUT, P T"),
            PUT,
            steps.METHODS_STEP,
            f"{METHODS}: PUT, P T",
            "names separated by commas; 'P T' is not a name",
            "correct the code that writes this header",
            id="methods-malformed",
        ),
        pytest.param(
            Server(ANYBODY, f"{METHODS}: PUT", f"{HEADERS}: X-A; X-B"),
            PUT,
            steps.NAMES_STEP,
            f"{HEADERS}: X-A; X-B",
            "names separated by commas; 'X-A; X-B' is not a name",
            "correct the code that writes this header",
            id="headers-malformed",
        ),
        pytest.param(
            Server(ANYBODY),
            PUT,
            steps.METHOD_STEP,
            f"no {METHODS}",
            f"{METHODS}: PUT",
            "allow_methods: add PUT, or route PUT to a view with this policy",
            id="no-methods",
        ),
        pytest.param(
            Server(ANYBODY, f"{METHODS}: GET,DELETE"),
            PUT,
            steps.METHOD_STEP,
            f"{METHODS}: GET, DELETE",
            f"{METHODS}: PUT",
            "allow_methods: add PUT, or route PUT to a view with this policy",
            id="other-methods",
        ),
        pytest.param(
            Server(ANYBODY, f"{METHODS}: PATCH"),
            {"method": "patch"},
            steps.METHOD_STEP,
            f"{METHODS}: PATCH",
            f"{METHODS}: patch",
            "allow_methods: add patch, or route patch to a view with this policy "
            "(methods are case-sensitive)",
            id="method-in-another-case",
        ),
        pytest.param(
            Server(ANYBODY),
            AUTHORIZATION,
            steps.AUTHORIZATION_STEP,
            f"no {HEADERS}",
            f"{HEADERS}: Authorization",
            "allow_headers: add Authorization ('*' does not cover it)",
            id="no-authorization",
        ),
        pytest.param(
            Server(ANYBODY, f"{HEADERS}: *"),
            AUTHORIZATION,
            steps.AUTHORIZATION_STEP,
            f"{HEADERS}: *",
            f"{HEADERS}: Authorization",
            "allow_headers: add Authorization ('*' does not cover it)",
            id="authorization-under-the-wildcard",
        ),
        pytest.param(
            Server(ANYBODY),
            CUSTOM,
            steps.HEADERS_STEP,
            f"no {HEADERS}",
            f"{HEADERS}: x-a, x-b",
            "allow_headers: add x-a, x-b",
            id="no-headers",
        ),
        pytest.param(
            Server(ANYBODY, f"{HEADERS}: X-A,X-C"),
            CUSTOM,
            steps.HEADERS_STEP,
            f"{HEADERS}: X-A, X-C",
            f"{HEADERS}: x-b",
            "allow_headers: add x-b",
            id="one-header-missing",
        ),
        pytest.param(
            Server(ANYBODY),
            {"mode": "same-origin"},
            "main fetch: mode 'same-origin' does not allow a URL at another origin",
            f"a request to {API}",
            f"a URL at {APP}",
            "have the page use mode 'cors'",
            id="mode-same-origin",
        ),
        pytest.param(
            Server(ANYBODY, "Location: https://u:p@api.example/x", status="302 Found"),
            {},
            "HTTP-redirect fetch: the Location contains a user name or password",
            f"a Location with a user name or password, at {API}",
            f"Location: {API}/x",
            "remove the user name and password from the Location header",
            id="user-and-password",
        ),
    ],
)
def test_a_blocked_request_names_the_step_and_what_to_change(
    server, options, step, received, needed, hint
):
    error = blocked(server, **options)
    assert error.step == step
    assert error.received == received
    assert error.needed == needed
    assert error.hint == hint
    named = re.match(r"\w+", hint)[0]
    assert error.setting == (named if named in SETTINGS else "")
    for text in (step, received, needed, hint):
        assert text in str(error)


def test_the_message_has_a_line_for_each_part_and_the_diagram():
    error = blocked(Server(ANYBODY), method="PUT")
    text, _, diagram = str(error).partition("\n\n")
    assert text == dedent(
        """\
        PUT https://api.example/items from a page of 'https://app.example' was blocked
          step      CORS-preflight fetch: the method is not allowed
          received  no Access-Control-Allow-Methods
          needed    Access-Control-Allow-Methods: PUT
          change    allow_methods: add PUT, or route PUT to a view with this policy"""
    )
    assert diagram == "\n".join(f"  {line}" for line in str(error.log).splitlines())


def test_the_message_has_no_control_characters_of_a_server():
    message = str(blocked(Server(f"{ORIGIN}: \x9b31mred\u202e", status="200 \x1b[2J")))
    assert "\\x9b31mred\\u202e" in message
    assert message.replace("\n", "").isprintable()


def test_the_log_of_a_blocked_request_has_only_its_own_exchanges():
    page = page_on(Server(ANYBODY))
    page.fetch(f"{API}/earlier")
    with pytest.raises(CORSBlocked) as caught:
        page.fetch(f"{API}/", method="PUT")
    assert [exchange.method for exchange in caught.value.log] == ["OPTIONS"]
    assert [exchange.method for exchange in page.log] == ["GET", "OPTIONS"]


@pytest.mark.parametrize(
    ("server", "change"),
    [
        pytest.param(
            Server(status="401 Unauthorized"), "find what sent 401 before CORS", id="login"
        ),
        pytest.param(Server(THE_APP, THE_APP), "remove one of the two layers", id="doubled"),
        pytest.param(Server(), "give it one", id="no-policy"),
    ],
)
def test_the_hint_depends_on_the_response(server, change):
    assert change in blocked(server).hint


def test_the_hint_for_a_tainted_response_without_an_origin_is_to_avoid_the_redirect():
    redirecting = Server(THE_APP, f"Location: {OTHER}/", status="302 Found")
    page = Browser({API: redirecting, OTHER: Server()}).page(APP)
    with pytest.raises(CORSBlocked) as caught:
        page.fetch(f"{API}/")
    assert caught.value.hint.startswith("have the page request the final URL directly")


def test_a_request_that_is_blocked_before_it_is_sent_says_that_nothing_was_sent():
    error = blocked(Server(), mode="same-origin")
    assert list(error.log) == []
    assert str(error).endswith("\n\n  nothing was sent")


def test_the_hint_for_a_tainted_request_is_to_avoid_the_redirect_and_not_to_allow_null():
    redirecting = Server(THE_APP, f"Location: {OTHER}/", status="302 Found")
    page = Browser({API: redirecting, OTHER: Server(THE_APP)}).page(APP)
    with pytest.raises(CORSBlocked) as caught:
        page.fetch(f"{API}/")
    assert caught.value.needed == f"{ORIGIN}: null"
    assert caught.value.hint.startswith("have the page request the final URL directly")
    assert str(caught.value).startswith(f"GET {OTHER}/ from a page of '{APP}' was blocked\n")


def test_a_blocked_request_is_a_network_error():
    assert issubclass(CORSBlocked, NetworkError)
    assert not issubclass(NetworkError, OSError)


@pytest.mark.parametrize("duplicate", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_a_blocked_request_can_be_copied_and_pickled(duplicate):
    error = blocked(Server())
    assert str(duplicate(error)) == str(error)
