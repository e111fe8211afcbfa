"""What a blocked request says: the step, what came, what was needed, and what to change."""

import copy
import pickle
import re
from textwrap import dedent

import pytest

from wsgicors.core.settings import SETTINGS
from wsgicors.testing import Browser, CORSBlocked, NetworkError

from . import test_checks as steps
from .servers import ANYBODY, API, APP, CREDENTIALS, OTHER, THE_APP, Server, page_on

ORIGIN = "Access-Control-Allow-Origin"
METHODS = "Access-Control-Allow-Methods"
HEADERS = "Access-Control-Allow-Headers"
REPAIR_ORIGIN = f"allow_origins of the policy, to admit {APP!r}"
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
            f"{REPAIR_ORIGIN}; if there is no policy for this endpoint, give it one; "
            "or the URL or the method, if nothing serves them",
            id="no-origin",
        ),
        pytest.param(
            Server(f"{ORIGIN}: {APP}/"),
            {},
            steps.MATCH_STEP,
            f"{ORIGIN}: {APP}/",
            f"{ORIGIN}: {APP}",
            REPAIR_ORIGIN,
            id="another-origin",
        ),
        pytest.param(
            Server(ANYBODY, CREDENTIALS),
            INCLUDE,
            steps.MATCH_STEP,
            f"{ORIGIN}: *",
            f"{ORIGIN}: {APP}",
            "allow_origins, to list the origins: '*' is not for requests with credentials",
            id="asterisk-with-credentials",
        ),
        pytest.param(
            Server(THE_APP),
            INCLUDE,
            steps.CREDENTIALS_STEP,
            "no Access-Control-Allow-Credentials",
            "Access-Control-Allow-Credentials: true",
            "allow_credentials=True, or no credentials in the page's request",
            id="no-credentials",
        ),
        pytest.param(
            Server(THE_APP, "Access-Control-Allow-Credentials: True"),
            INCLUDE,
            steps.CREDENTIALS_STEP,
            "Access-Control-Allow-Credentials: True",
            "Access-Control-Allow-Credentials: true",
            "allow_credentials=True, or no credentials in the page's request",
            id="malformed-credentials",
        ),
        pytest.param(
            Server(ANYBODY, preflight_status="401 Unauthorized"),
            PUT,
            steps.STATUS_STEP,
            "401 Unauthorized",
            "a status of 200 to 299",
            "what answers OPTIONS: it must not be redirected, nor ask for authentication",
            id="status",
        ),
        pytest.param(
            Server(ANYBODY, preflight_status="599"),
            PUT,
            steps.STATUS_STEP,
            "599",
            "a status of 200 to 299",
            "what answers OPTIONS: it must not be redirected, nor ask for authentication",
            id="status-without-reason",
        ),
        pytest.param(
            Server(ANYBODY, f"{METHODS}: PUT, P T"),
            PUT,
            steps.METHODS_STEP,
            f"{METHODS}: PUT, P T",
            "names separated by commas, and 'P T' is none",
            "whatever writes this header",
            id="methods-malformed",
        ),
        pytest.param(
            Server(ANYBODY, f"{METHODS}: PUT", f"{HEADERS}: X-A; X-B"),
            PUT,
            steps.NAMES_STEP,
            f"{HEADERS}: X-A; X-B",
            "names separated by commas, and 'X-A; X-B' is none",
            "whatever writes this header",
            id="headers-malformed",
        ),
        pytest.param(
            Server(ANYBODY),
            PUT,
            steps.METHOD_STEP,
            f"no {METHODS}",
            f"{METHODS}: PUT",
            "allow_methods, or the route, to serve PUT at this URL under this policy",
            id="no-methods",
        ),
        pytest.param(
            Server(ANYBODY, f"{METHODS}: GET,DELETE"),
            PUT,
            steps.METHOD_STEP,
            f"{METHODS}: GET, DELETE",
            f"{METHODS}: PUT",
            "allow_methods, or the route, to serve PUT at this URL under this policy",
            id="other-methods",
        ),
        pytest.param(
            Server(ANYBODY, f"{METHODS}: PATCH"),
            {"method": "patch"},
            steps.METHOD_STEP,
            f"{METHODS}: PATCH",
            f"{METHODS}: patch",
            "allow_methods, or the route, to serve patch at this URL under this policy "
            "(methods are case-sensitive)",
            id="method-in-another-case",
        ),
        pytest.param(
            Server(ANYBODY),
            AUTHORIZATION,
            steps.AUTHORIZATION_STEP,
            f"no {HEADERS}",
            f"{HEADERS}: Authorization",
            "allow_headers, to list Authorization ('*' does not cover it)",
            id="no-authorization",
        ),
        pytest.param(
            Server(ANYBODY, f"{HEADERS}: *"),
            AUTHORIZATION,
            steps.AUTHORIZATION_STEP,
            f"{HEADERS}: *",
            f"{HEADERS}: Authorization",
            "allow_headers, to list Authorization ('*' does not cover it)",
            id="authorization-under-the-wildcard",
        ),
        pytest.param(
            Server(ANYBODY),
            CUSTOM,
            steps.HEADERS_STEP,
            f"no {HEADERS}",
            f"{HEADERS}: x-a, x-b",
            "allow_headers, to list x-a, x-b",
            id="no-headers",
        ),
        pytest.param(
            Server(ANYBODY, f"{HEADERS}: X-A,X-C"),
            CUSTOM,
            steps.HEADERS_STEP,
            f"{HEADERS}: X-A, X-C",
            f"{HEADERS}: x-b",
            "allow_headers, to list x-b",
            id="one-header-missing",
        ),
        pytest.param(
            Server(ANYBODY),
            {"mode": "same-origin"},
            "main fetch: does a request of mode 'same-origin' stay at its origin?",
            f"a request to {API}",
            f"a URL at {APP}",
            "the mode of the page's request",
            id="mode-same-origin",
        ),
        pytest.param(
            Server(ANYBODY, "Location: https://u:p@api.example/x", status="302 Found"),
            {},
            "HTTP-redirect fetch: is the location free of user and password?",
            f"Location with user and password, to {API}",
            f"Location: {API}/x",
            "whatever writes the Location header",
            id="user-and-password",
        ),
    ],
)
def test_a_blocked_request_tells_step_and_remedy(server, options, step, received, needed, hint):
    error = blocked(server, **options)
    assert error.step == step
    assert error.received == received
    assert error.needed == needed
    assert error.hint == hint
    named = re.match(r"\w+", hint)[0]
    assert error.setting == (named if named in SETTINGS else "")
    for told in (step, received, needed, hint):
        assert told in str(error)


def test_the_message_can_be_read_as_a_whole():
    error = blocked(Server(ANYBODY), method="PUT")
    text, _, diagram = str(error).partition("\n\n")
    assert text == dedent(
        """\
        PUT https://api.example/items from a page of 'https://app.example' was blocked
          step      CORS-preflight fetch: is the method allowed?
          received  no Access-Control-Allow-Methods
          needed    Access-Control-Allow-Methods: PUT
          change    allow_methods, or the route, to serve PUT at this URL under this policy"""
    )
    assert diagram == "\n".join(f"  {line}" for line in str(error.log).splitlines())


def test_a_blocked_request_holds_its_own_exchanges_and_no_earlier_ones():
    page = page_on(Server(ANYBODY))
    page.fetch(f"{API}/earlier")
    with pytest.raises(CORSBlocked) as caught:
        page.fetch(f"{API}/", method="PUT")
    assert [exchange.method for exchange in caught.value.log] == ["OPTIONS"]
    assert [exchange.method for exchange in page.log] == ["GET", "OPTIONS"]


@pytest.mark.parametrize(
    ("server", "change"),
    [
        pytest.param(Server(status="401 Unauthorized"), "what answered 401 before", id="login"),
        pytest.param(Server(THE_APP, THE_APP), "two layers do, and one has to stop", id="doubled"),
        pytest.param(Server(), "give it one", id="no-policy"),
    ],
)
def test_the_change_follows_from_what_came_back(server, change):
    assert change in blocked(server).hint


def test_a_tainted_response_without_an_origin_is_told_of_the_redirect_too():
    redirecting = Server(THE_APP, f"Location: {OTHER}/", status="302 Found")
    page = Browser({API: redirecting, OTHER: Server()}).page(APP)
    with pytest.raises(CORSBlocked) as caught:
        page.fetch(f"{API}/")
    assert caught.value.hint.startswith("the redirect: it led to another origin")


def test_a_request_that_is_blocked_before_it_is_sent_says_that_nothing_was():
    error = blocked(Server(), mode="same-origin")
    assert list(error.log) == []
    assert str(error).endswith("\n\n  nothing was sent")


def test_a_tainted_request_is_told_of_the_redirect_and_not_to_admit_null():
    redirecting = Server(THE_APP, f"Location: {OTHER}/", status="302 Found")
    page = Browser({API: redirecting, OTHER: Server(THE_APP)}).page(APP)
    with pytest.raises(CORSBlocked) as caught:
        page.fetch(f"{API}/")
    assert caught.value.needed == f"{ORIGIN}: null"
    assert caught.value.hint.startswith("the redirect: it led to another origin")
    assert str(caught.value).startswith(f"GET {OTHER}/ from a page of '{APP}' was blocked\n")


def test_a_blocked_request_is_a_network_error():
    assert issubclass(CORSBlocked, NetworkError)
    assert not issubclass(NetworkError, OSError)


@pytest.mark.parametrize("duplicate", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_a_blocked_request_can_be_sent_to_another_process(duplicate):
    error = blocked(Server())
    assert str(duplicate(error)) == str(error)
