"""Cornice's services and resources in Pyramid: one service for all methods of a URL."""

import warnings

import pytest
from pyramid.config import Configurator
from webtest import TestApp

from tests.helpers import APP, OTHER
from wsgicors import Policy
from wsgicors.auditing import audit, survey
from wsgicors.explaining import explain
from wsgicors.pyramid import CORS, cors
from wsgicors.testing import Browser

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports pkg_resources
    from cornice import Service
    from cornice.resource import resource, view

API, OTHERS = Policy([APP]), Policy([OTHER])

items = Service("items", "/items")


@items.get()
@cors(API)
def list_items(request):
    return ["tea"]


@items.put(accept="application/json")
@cors(OTHERS)
def replace_items(request):
    return ["milk"]


@items.post()
def add_item(request):
    return ["honey"]


@resource(collection_path="/users", path="/users/{key}")
@cors(API)
class User:
    def __init__(self, request, context=None):
        self.request = request

    def collection_get(self):
        return ["ada"]

    def get(self):
        return ["ada"]

    @view(content_type="application/json")
    @cors(OTHERS)
    def put(self):
        return ["bob"]


class Orders:
    def __init__(self, request, context=None):
        self.request = request

    @cors(API)
    def get(self):
        return ["tea"]

    def put(self):
        return ["milk"]


@cors(OTHERS)
class OwnOrders(Orders):
    pass


def service_of(view_class, path):
    service = Service(path, path, klass=view_class)
    service.add_view("GET", "get")
    service.add_view("PUT", "put")
    service.add_view("POST", lambda request: ["honey"], klass=None)
    return service


def configured(*services, **options):
    config = Configurator()
    config.include("cornice")
    CORS(config, **options)
    for service in services:
        config.add_cornice_service(service)
    return config


@pytest.fixture(scope="module")
def app():
    services = [items, *User._services.values()]
    services += [service_of(Orders, "/orders"), service_of(OwnOrders, "/own")]
    return configured(*services, allow_origins="*").make_wsgi_app()


def allowed(app, method, path, origin, **headers):
    response = TestApp(app).request(
        path, method=method, headers={"Origin": origin, **headers}, expect_errors=True
    )
    return response, response.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize(
    ("path", "method", "origin", "listed"),
    [
        pytest.param("/items", "GET", APP, {"GET", "HEAD"}, id="function"),
        pytest.param("/items", "PUT", OTHER, {"PUT"}, id="function-with-accept"),
        pytest.param("/items", "POST", "*", {"POST"}, id="default"),
        pytest.param("/users", "GET", APP, {"GET", "HEAD"}, id="class"),
        pytest.param("/users/1", "GET", APP, {"GET", "HEAD"}, id="class-with-another-method"),
        pytest.param("/users/1", "PUT", OTHER, {"PUT"}, id="method-with-content-type"),
        pytest.param("/orders", "GET", APP, {"GET", "HEAD"}, id="method-by-name"),
        pytest.param("/orders", "PUT", "*", {"POST", "PUT"}, id="method-by-name-with-default"),
        pytest.param("/own", "GET", APP, {"GET", "HEAD"}, id="inherited-method-by-name"),
        pytest.param("/own", "PUT", OTHER, {"PUT"}, id="class-of-method-by-name"),
        pytest.param("/own", "POST", "*", {"POST"}, id="function-beside-methods-by-name"),
    ],
)
def test_services_and_resources_have_the_policies_of_their_code(app, path, method, origin, listed):
    typed = {"Content-Type": "application/json"} if method == "PUT" else {}
    for asked in APP, OTHER:
        granted = origin if origin in (asked, "*") else None
        response, found = allowed(app, method, path, asked, **typed)
        assert (response.status_int, found) == (200, granted)
        wanted = {"Access-Control-Request-Method": method}
        answer, found = allowed(app, "OPTIONS", path, asked, **wanted)
        assert found == granted
        if granted:
            assert {*answer.headers["Access-Control-Allow-Methods"].split(", ")} == listed


def test_an_error_of_cornice_has_the_policy_of_the_view_that_failed(app):
    response, found = allowed(app, "PUT", "/items", OTHER, Accept="text/html")
    assert (response.status_int, found) == (406, OTHER)
    assert allowed(app, "PUT", "/items", APP, Accept="text/html")[1] is None


def test_a_method_that_no_view_serves_never_has_the_default(app):
    for path, granted in ("/items", None), ("/users", APP):
        response, found = allowed(app, "DELETE", path, APP)
        assert (response.status_int, found) == (405, granted)
        wanted = {"Access-Control-Request-Method": "DELETE"}
        assert allowed(app, "OPTIONS", path, APP, **wanted)[1] == granted


def test_the_routes_are_listed_with_the_code_of_the_project(app):
    found = survey(app)
    assert {(row.url, row.method, row.kind) for row in found.rows} == {
        ("/items", "GET", "view"),
        ("/items", "HEAD", "view"),
        ("/items", "POST", "default"),
        ("/items (accept = application/json)", "PUT", "view"),
        ("/items (accept = application/json; content_type = )", "PUT", "view"),
        ("/users", "GET", "class"),
        ("/users", "HEAD", "class"),
        ("/users/{key}", "GET", "class"),
        ("/users/{key}", "HEAD", "class"),
        ("/users/{key} (content_type = )", "PUT", "method"),
        ("/users/{key} (content_type = application/json)", "PUT", "method"),
        ("/orders", "GET", "method"),
        ("/orders", "HEAD", "method"),
        ("/orders", "PUT", "default"),
        ("/orders", "POST", "default"),
        ("/own", "GET", "method"),
        ("/own", "HEAD", "method"),
        ("/own", "PUT", "class"),
        ("/own", "POST", "default"),
    }
    assert {row.place.partition(":")[0] for row in found.rows} == {"tests/adapters/test_cornice.py"}
    names = {stray.name for stray in found.strays}
    assert not names & {
        "User",
        "User.put",
        "list_items",
        "replace_items",
        "Orders.get",
        "OwnOrders",
    }
    url = "https://api.example/users"
    change = explain("GET", url, origin=OTHER, servers=app).change
    assert change.file == "tests/adapters/test_cornice.py"


def shop(number, **policy):
    service = Service(f"shop-{number}", f"/shop-{number}", cors_policy=policy or None)
    service.add_view("GET", lambda request: ["tea"])
    return service


def layers(app):
    return [found.message for found in audit(survey(app)) if found.code == "other-cors-layer"]


@pytest.mark.parametrize(
    ("count", "named"),
    [
        pytest.param(1, "'shop-0'", id="one"),
        pytest.param(5, "'shop-0', 'shop-1', 'shop-2' and 2 more", id="several"),
    ],
)
def test_cors_of_cornice_is_logged_and_audited_with_its_services(caplog, count, named):
    services = [shop(number, origins=("*",)) for number in range(count)]
    app = configured(*services, policies={"api": API}).make_wsgi_app()
    message = f"Cornice, in the services {named}, writes CORS headers beside wsgicors: "
    [logged] = [record.getMessage() for record in caplog.records]
    assert logged.startswith(message)
    assert logged.endswith("remove one of the two [other-cors-layer]")
    [found] = layers(app)
    assert found.startswith(message)
    page = Browser(app, at="https://api.example").page(OTHER)  # and it is as open as that
    assert page.fetch("https://api.example/shop-0").json() == ["tea"]


@pytest.mark.parametrize(
    "policy",
    [pytest.param({}, id="without"), pytest.param({"origins": ("*",)}, id="under-a-default")],
)
def test_cors_of_cornice_that_cannot_do_harm_is_not_reported(caplog, policy):
    app = configured(shop(0, **policy), allow_origins=[APP]).make_wsgi_app()
    assert (caplog.messages, layers(app)) == ([], [])
    for origin, granted in (APP, APP), (OTHER, None):
        assert allowed(app, "GET", "/shop-0", origin)[1] == granted


@pytest.mark.parametrize("path", ["/items", "/users", "/orders"])
def test_without_cors_explain_says_how_to_switch_on_the_policies_of_decorated_code(path):
    services = {
        "/items": [items],
        "/users": User._services.values(),
        "/orders": [service_of(Orders, "/orders")],
    }
    config = Configurator()
    config.include("cornice")
    for service in services[path]:
        config.add_cornice_service(service)
    url = f"https://api.example{path}"
    change = explain("GET", url, origin=OTHER, servers=config.make_wsgi_app()).change
    assert change.sentence == (
        "Call CORS(config) before the app is created, or CORS(app): without it, @cors has no "
        "effect."
    )
