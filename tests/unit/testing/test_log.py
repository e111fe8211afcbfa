"""The log of a page, as a list and as a diagram."""

from textwrap import dedent

import pytest

from tests.unit.testing.servers import ANYBODY, API, APP, OTHER, Server, page_on
from wsgicors.testing import Exchange, Log
from wsgicors.testing.responses import RawResponse
from wsgicors.testing.urls import URL


def exchange(kind="request", method="GET", url=f"{API}/", headers=(), status=200, reason="OK"):
    return Exchange(
        kind, APP, method, URL.parse(url), headers, RawResponse(status, reason, [], b"")
    )


def test_a_log_draws_each_exchange_between_the_page_and_the_server():
    asked = [
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "content-type,x-a"),
    ]
    log = Log(
        [
            exchange("preflight", "OPTIONS", f"{API}/items/1?x=2", asked, 204, "No Content"),
            exchange("request", "PUT", f"{API}/items/1?x=2", status=307),
            exchange("request", "PUT", f"{OTHER}/", status=201),
        ]
    )
    assert str(log) == dedent(
        """\
        https://app.example                               https://api.example
        ├── OPTIONS /items/1?x=2 ───────────────────────▶│   may I PUT? With content-type, x-a?
        │◀───────────────────────────── 204 No Content ──┤
        ├── PUT /items/1?x=2 ───────────────────────────▶│
        │◀───────────────────── 307 Temporary Redirect ──┤
        https://app.example                               https://other.example
        ├── PUT / ──────────────────────────────────────▶│
        │◀──────────────────────────────── 201 Created ──┤"""
    )


@pytest.mark.parametrize("status", [200, 404, 599])
@pytest.mark.parametrize("path", [pytest.param("", id="short"), pytest.param("a" * 80, id="long")])
def test_both_lifelines_are_straight(path, status):
    _, request, response = str(Log([exchange(url=f"{API}/{path}", status=status)])).splitlines()
    assert request.index("├") == response.index("│") == 0
    assert request.index("│") == response.index("┤")


def test_an_empty_log_says_so():
    assert str(Log()) == "nothing was sent"


def test_a_preflight_without_header_names_asks_only_for_the_method():
    asked = [("Access-Control-Request-Method", "patch")]
    assert exchange("preflight", "OPTIONS", headers=asked).note == "   may I patch?"


def test_a_request_has_no_note():
    assert exchange().note == ""


def test_a_long_url_is_cut_to_the_width_of_the_diagram():
    arrow = str(Log([exchange(url=f"{API}/{'a' * 80}")])).splitlines()[1]
    assert arrow.startswith("├── GET /aaaa")
    assert arrow.endswith("a───▶│")


@pytest.mark.parametrize(
    ("status", "reason", "drawn"),
    [
        pytest.param(404, "Nope", " 404 Not Found ──┤", id="known"),
        pytest.param(299, "Fine", " 299 Fine ──┤", id="unknown"),
    ],
)
def test_a_known_status_is_drawn_with_its_usual_phrase(status, reason, drawn):
    assert str(Log([exchange(status=status, reason=reason)])).endswith(drawn)


def test_request_headers_match_in_any_case_and_are_joined():
    made = exchange(headers=[("X-A", "1"), ("x-a", "2")])
    assert (made.request_header("X-a"), made.request_header("X-B")) == ("1, 2", None)


def test_a_page_logs_what_it_sent_and_received():
    page = page_on(Server(ANYBODY, preflight=[ANYBODY, "Access-Control-Allow-Methods: PUT"]))
    page.fetch(f"{API}/items", method="PUT")
    preflight, request = page.log
    assert (preflight.kind, preflight.method, preflight.page) == ("preflight", "OPTIONS", APP)
    assert (request.kind, request.method, str(request.url)) == ("request", "PUT", f"{API}/items")
    assert preflight.request_header("Access-Control-Request-Method") == "PUT"
    assert request.request_header("Origin") == APP
    assert request.response.body == b"hello"


def test_each_page_has_its_own_log():
    first = page_on(Server(ANYBODY))
    first.fetch(f"{API}/")
    second = page_on(Server(ANYBODY))
    assert (len(first.log), len(second.log)) == (1, 0)
