"""Apps of three frameworks at one origin keep their own policies."""

import threading

import cherrypy
import pytest

from examples.mounted import app, reports
from tests.helpers import APP, Response, environ, preflight
from wsgicors.testing import Browser, CORSBlocked

API = "https://api.example"
OFFICE = "https://office.example"
STRANGER = "https://stranger.example"


@pytest.fixture
def browser():
    return Browser(app, at=API)


def blocked(page, path, **request):
    with pytest.raises(CORSBlocked) as caught:
        page.fetch(API + path, **request)
    return caught.value


def test_each_app_allows_the_pages_of_its_own_policy(browser):
    shop, office, stranger = map(browser.page, (APP, OFFICE, STRANGER))
    replaced = shop.fetch(f"{API}/shop/items/1", method="PUT")
    assert (replaced.json(), replaced.headers["ETag"]) == ({"replaced": 1}, '"1"')
    report = office.fetch(f"{API}/reports/year/2025", credentials="include")
    assert report.text == "the report of 2025"
    for page in shop, office, stranger:
        assert page.fetch(f"{API}/status").text == "up, as /status can tell"


@pytest.mark.parametrize(
    ("origin", "path", "method"),
    [
        pytest.param(OFFICE, "/shop/items/1", "PUT", id="office-in-the-shop"),
        pytest.param(APP, "/reports/", "GET", id="shop-in-the-office"),
        pytest.param(STRANGER, "/reports/year/2025", "GET", id="stranger-in-the-office"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json"}])
def test_no_app_allows_the_pages_of_another_app(browser, origin, path, method, headers):
    refused = blocked(browser.page(origin), path, method=method, headers=headers)
    assert refused.setting == "allow_origins"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/reports/nowhere/at/all", 404, id="not-found"),
        pytest.param("/reports/year/last", 500, id="exception"),
        pytest.param("/reports/year/?y=2025", 404, id="wrong-parameters"),
    ],
)
def test_only_its_pages_can_read_errors_of_a_cherrypy_app(browser, path, status):
    assert browser.page(OFFICE).fetch(API + path, credentials="include").status == status
    assert blocked(browser.page(STRANGER), path).received.startswith(str(status))


@pytest.mark.parametrize("path", ["/nowhere", "/shopping", "/"])
def test_a_url_of_no_app_has_no_policy(path):
    for request in environ(path=path, origin=APP), preflight(path, method="PUT"):
        response = Response(app, request)
        assert response.status == "404 NOT FOUND"
        assert {name for name, _ in response.lines} == {"Content-Type", "Content-Length"}


def test_a_preflight_never_reaches_cherrypy_or_webob():
    for path, origin in ("/reports/year/2025", OFFICE), ("/status", STRANGER):
        answer = Response(app, preflight(path, origin=origin, method="POST"))
        assert answer.status == "204 No Content"
        assert answer["Server"] is None
        assert answer.body == b""


def test_cherrypys_own_tree_takes_the_wrapped_app():
    tree = cherrypy.tree.__class__()
    tree.graft(reports, "/reports")
    page = Browser(tree, at=API).page(OFFICE)
    response = page.fetch(f"{API}/reports/year/2025", credentials="include")
    assert response.text == "the report of 2025"
    assert page.fetch(f"{API}/reports", credentials="include").url == f"{API}/reports/"


def test_serving_a_cherrypy_app_starts_no_thread_and_no_bus():
    threads = threading.enumerate()
    Response(app, environ(path="/reports/"))
    cherrypy.engine.publish("release_thread")
    assert set(threading.enumerate()) <= set(threads)
    assert cherrypy.engine.state is cherrypy.engine.states.STOPPED
