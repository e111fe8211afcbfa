"""The adapter of the documentation, and its app."""

import pytest
from http_router import Router

from examples.own_adapter import CORS, app, cors
from tests.helpers import APP, Response, environ, preflight
from wsgicors import Policy, PolicyError
from wsgicors.auditing import survey
from wsgicors.testing import Browser, CORSBlocked

API = "https://api.example"
OFFICE = "https://office.example"


@pytest.fixture
def browser():
    return Browser(app, at=API)


def test_each_view_allows_its_own_pages(browser):
    reader, office = browser.page(APP), browser.page(OFFICE)
    assert reader.fetch(f"{API}/items").text == "tea, milk, honey"
    assert office.fetch(f"{API}/items/3", method="PUT").text == "replaced 3"
    with pytest.raises(CORSBlocked):
        reader.fetch(f"{API}/items/3", method="PUT")
    with pytest.raises(CORSBlocked):
        office.fetch(f"{API}/items")


def test_a_page_can_read_a_405(browser):
    assert browser.page(APP).fetch(f"{API}/items", method="POST").status == 405
    assert browser.page(APP).fetch(f"{API}/items", method="HEAD").body == b""


def test_the_audit_lists_its_routes():
    rows = survey(app).rows
    assert [(row.url, row.method, row.name) for row in rows] == [
        ("/items", "GET", "readers"),
        ("/items/{item_id}", "PUT", "readers"),
    ]
    assert all(row.place.startswith("examples/own_adapter.py:") for row in rows)


def routed(view, policies, endpoints=None, **options):
    """Serve one view by its own router, with policies and entries."""
    router = Router()
    router.route("/", methods="GET", **options)(view)

    def serve(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [router("/").target()]

    return CORS(serve, router, policies, endpoints)


def test_a_view_that_is_bound_with_options_keeps_its_policy():
    view = cors(allow_origins=[APP])(lambda kind: kind)
    served = routed(view, {"default": Policy("*")}, kind=b"tea")
    response = Response(served, environ(origin=APP))
    assert (response.body, response["Access-Control-Allow-Origin"]) == (b"tea", APP)


def test_a_view_can_have_its_policy_in_the_table():
    def view():
        return b""

    name = f"{view.__module__}.{view.__qualname__}"
    served = routed(view, {"default": Policy("*")}, {name: Policy([APP])})
    assert Response(served, preflight())["Access-Control-Allow-Origin"] == APP


def test_an_unknown_policy_name_is_an_error_before_the_view_runs():
    ran = []
    served = routed(cors("raeders")(lambda: ran.append("view")), {"readers": Policy([APP])})
    with pytest.raises(PolicyError, match="use 'readers'"):
        Response(served, environ())
    assert ran == []
