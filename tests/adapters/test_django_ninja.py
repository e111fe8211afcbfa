"""Operations of django-ninja: one view of Django for all operations of a URL."""

import pytest
from django.http import HttpResponse
from django.urls import path

from tests.adapters.django_projects import Project
from tests.helpers import APP, OTHER, Response, environ, preflight
from wsgicors import Policy, PolicyError
from wsgicors.auditing import survey
from wsgicors.django import check_cors, cors
from wsgicors.explaining import explain

EVERYBODY = {"default": Policy("*")}


@pytest.fixture(scope="module")
def urls():
    # django-ninja can be imported only when Django has settings.
    from ninja import NinjaAPI, Router
    from ninja.pagination import paginate

    api = NinjaAPI(urls_namespace="shop", docs_url=None, openapi_url=None)

    @api.get("/items")
    @cors(allow_origins=[APP])
    def items(request):
        return ["tea"]

    @cors(allow_origins=[OTHER])
    @api.put("/items")
    def replace_items(request):
        return ["milk"]

    @api.api_operation(["POST", "PATCH"], "/items")
    def add_item(request):
        return ["honey"]

    @api.get("/internal")
    @cors(None)
    def internal(request):
        return "internal"

    @api.get("/later")
    @cors(allow_origins=[APP])
    async def later(request):
        return "later"

    router = Router()

    @router.get("/{number}", response=list[int])
    @cors(allow_origins=[APP])
    @paginate
    def page(request, number: int):
        return [number]

    api.add_router("/pages", router)
    return [path("api/", api.urls)]


@pytest.fixture(scope="module")
def app(urls):
    return Project(urls, CORS_POLICIES=EVERYBODY)


@pytest.mark.parametrize(
    ("url", "method", "origin", "listed"),
    [
        pytest.param("items", "GET", APP, "GET", id="decorated-below-the-route"),
        pytest.param("items", "PUT", OTHER, "PUT", id="decorated-above-the-route"),
        pytest.param("items", "PATCH", "*", "PATCH, POST", id="not-decorated"),
        pytest.param("internal", "GET", None, None, id="no-cors"),
        pytest.param("later", "GET", APP, "GET", id="asynchronous"),
        pytest.param("pages/1", "GET", APP, "GET", id="router"),
    ],
)
def test_each_operation_has_its_own_policy(app, url, method, origin, listed):
    for asked in APP, OTHER:
        granted = origin if origin in (asked, "*") else None
        response = Response(app, environ(method, f"/api/{url}", origin=asked))
        assert response.status == "200 OK"
        assert response["Access-Control-Allow-Origin"] == granted
        answer = Response(app, preflight(f"/api/{url}", origin=asked, method=method))
        assert answer["Access-Control-Allow-Origin"] == granted
        found = answer["Access-Control-Allow-Methods"]
        assert (found and ", ".join(sorted(found.split(", ")))) == (listed if granted else None)


def test_a_method_that_no_operation_serves_has_no_policy_if_the_operations_differ(app):
    for url, allowed in ("items", None), ("later", APP), ("unknown", "*"):
        response = Response(app, environ("DELETE", f"/api/{url}", origin=APP))
        assert response.status[:3] in ("404", "405")
        assert response["Access-Control-Allow-Origin"] == allowed
        answer = Response(app, preflight(f"/api/{url}", method="DELETE"))
        assert answer["Access-Control-Allow-Origin"] == allowed


def test_operations_are_listed_with_their_policies_and_places(app):
    with app.active():
        rows = survey(app.handler).rows
        warnings = [message.obj for message in check_cors()]
    listed = {(row.url, row.method, row.kind) for row in rows if row.endpoint != "shop:api-root"}
    assert listed == {
        ("/api/items", "GET", "view"),
        ("/api/items", "PUT", "view"),
        ("/api/items", "POST", "default"),
        ("/api/items", "PATCH", "default"),
        ("/api/internal", "GET", "view"),
        ("/api/later", "GET", "view"),
        ("/api/pages/<number>", "GET", "view"),
    }
    places = {row.place.partition(":")[0] for row in rows if row.url == "/api/items"}
    assert places == {"tests/adapters/test_django_ninja.py"}
    names = [f"urls.<locals>.{name} " for name in ("items", "replace_items", "internal", "page")]
    assert not [where for where in warnings if where.startswith(tuple(names))]


def test_an_explanation_names_the_operation(app):
    url = "https://api.example/api/items"
    with app.active():
        change = explain("GET", url, origin=OTHER, servers=app.handler).change
    assert change.view == "shop:items"
    assert "tests/adapters/test_django_ninja.py" in change.sentence


def test_the_first_name_of_a_url_stands_for_its_operations_in_the_table(urls):
    app = Project(urls, CORS_ENDPOINTS={"shop:items": Policy([APP])})
    response = Response(app, environ("POST", "/api/items", origin=APP))
    assert response["Access-Control-Allow-Origin"] == APP
    app = Project(urls, CORS_ENDPOINTS={"shop:add_item": Policy([APP])})
    with app.active(), pytest.raises(PolicyError, match="the app has no endpoint 'shop:add_item'"):
        survey(app.handler)


def test_a_function_of_a_project_is_not_mistaken_for_operations(app):
    def make():
        self = app

        def view(request):
            return HttpResponse(repr(self))

        return view

    project = Project([path("", cors(allow_origins=[APP])(make()))])
    assert Response(project, environ(origin=APP))["Access-Control-Allow-Origin"] == APP
