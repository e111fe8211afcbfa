"""View sets of Django REST framework: their routers map methods to functions of any name."""

import pytest
from django.urls import include, path

from tests.adapters.django_projects import Project
from tests.helpers import APP, OTHER, Response, environ, preflight
from wsgicors import Policy
from wsgicors.auditing import survey
from wsgicors.django import cors
from wsgicors.explaining import explain

SETTINGS = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}


@pytest.fixture(scope="module")
def app():
    # Django REST framework can be imported only when Django has settings.
    from rest_framework.decorators import action, api_view
    from rest_framework.response import Response as Answer
    from rest_framework.routers import SimpleRouter
    from rest_framework.viewsets import ViewSet

    @cors(allow_origins=[APP])
    class Items(ViewSet):
        def list(self, request):
            return Answer(["tea"])

        def retrieve(self, request, pk):
            return Answer("tea")

        @cors(allow_origins=[OTHER])
        def update(self, request, pk):
            return Answer("milk")

        @action(detail=False, methods=["post"])
        def sell(self, request):
            return Answer("sold")

        @sell.mapping.delete
        @cors(allow_origins=[OTHER])
        def return_all(self, request):
            return Answer("returned")

    @cors(Policy("*"))
    @api_view(["GET", "PUT"])
    def function(request):
        return Answer("function")

    @api_view(["GET", "PUT"])
    @cors(allow_origins=[APP])
    def below(request):
        return Answer("below")

    @cors(allow_origins=[OTHER])
    @api_view(["GET"])
    @cors(allow_origins=[APP])
    def both(request):
        return Answer("both")

    router = SimpleRouter()
    router.register("items", Items, basename="item")
    urls = [
        path("", include(router.urls)),
        path("function", function, name="function"),
        path("below", below, name="below"),
        path("both", both, name="both"),
    ]
    return Project(urls, REST_FRAMEWORK=SETTINGS)


def test_a_mark_on_a_method_that_get_calls_is_reported(app):
    from rest_framework.generics import GenericAPIView
    from rest_framework.response import Response as Answer

    class Listed(GenericAPIView):
        def get(self, request):
            return self.list(request)

        @cors(allow_origins=[APP])
        def list(self, request):
            return Answer(["tea"])

    project = Project([path("listed", Listed.as_view())], REST_FRAMEWORK=SETTINGS)
    with project.active():
        unreached = {stray.name for stray in survey(project.handler).strays}
    assert Listed.list.__qualname__ in unreached


def test_a_decorated_dispatch_or_as_view_takes_precedence_over_the_default(app):
    from rest_framework.response import Response as Answer
    from rest_framework.viewsets import ViewSet

    class Dispatched(ViewSet):
        @cors(None)
        def dispatch(self, *args, **kwargs):
            return super().dispatch(*args, **kwargs)

        def list(self, request):
            return Answer(["tea"])

    class Viewed(ViewSet):
        list = Dispatched.list

    urls = [
        path("dispatched", Dispatched.as_view({"get": "list"})),
        path("viewed", cors(None)(Viewed.as_view({"get": "list"}))),
    ]
    project = Project(urls, REST_FRAMEWORK=SETTINGS, CORS_POLICIES={"default": Policy([APP])})
    for url in "/dispatched", "/viewed":
        for request in environ("GET", url, origin=APP), preflight(url):
            assert Response(project, request)["Access-Control-Allow-Origin"] is None
    with project.active():
        strays = survey(project.handler).strays
    here = {stray.name for stray in strays if "rest_framework" in stray.place}
    assert not {name for name in here if "ispatch" in name or "Viewed" in name}


@pytest.mark.parametrize(
    ("url", "method", "origin", "listed"),
    [
        pytest.param("/items/", "GET", APP, "GET, HEAD", id="list"),
        pytest.param("/items/1/", "HEAD", APP, "GET, HEAD", id="retrieve"),
        pytest.param("/items/1/", "PUT", OTHER, "PUT", id="decorated-action"),
        pytest.param("/items/sell/", "POST", APP, "POST", id="extra-action"),
        pytest.param("/items/sell/", "DELETE", OTHER, "DELETE", id="mapped-action"),
        pytest.param("/function", "PUT", "*", "GET, OPTIONS, PUT", id="api_view"),
        pytest.param("/below", "PUT", APP, "GET, OPTIONS, PUT", id="below-api_view"),
        pytest.param("/both", "GET", APP, "GET, OPTIONS", id="below-and-above-api_view"),
    ],
)
def test_a_view_set_its_actions_and_functions_may_be_decorated(app, url, method, origin, listed):
    for asked in APP, OTHER:
        granted = origin if origin in (asked, "*") else None
        request = environ(method, url, origin=asked)
        assert Response(app, request)["Access-Control-Allow-Origin"] == granted
        answer = Response(app, preflight(url, origin=asked, method=method))
        assert answer["Access-Control-Allow-Origin"] == granted
        assert answer["Access-Control-Allow-Methods"] == (listed if granted else None)


def test_a_method_without_an_action_has_no_policy_if_the_actions_have_different_policies(app):
    for origin in APP, OTHER:
        response = Response(app, environ("DELETE", "/items/1/", origin=origin))
        assert response.status == "405 Method Not Allowed"
        assert response["Access-Control-Allow-Origin"] is None


def test_the_routes_of_a_view_set_can_be_listed(app):
    with app.active():
        rows = survey(app.handler).rows
    assert {(row.endpoint, row.method, row.kind) for row in rows} == {
        ("item-list", "GET", "class"),
        ("item-list", "HEAD", "class"),
        ("item-sell", "POST", "class"),
        ("item-sell", "DELETE", "method"),
        ("item-detail", "GET", "class"),
        ("item-detail", "HEAD", "class"),
        ("item-detail", "PUT", "method"),
        ("function", "GET", "view"),
        ("function", "OPTIONS", "view"),
        ("function", "PUT", "view"),
        ("below", "GET", "view"),
        ("below", "OPTIONS", "view"),
        ("below", "PUT", "view"),
        ("both", "GET", "method"),
        ("both", "OPTIONS", "method"),
    }
    places = {row.place.partition(":")[0] for row in rows}
    assert places == {"tests/adapters/test_django_rest_framework.py"}


@pytest.mark.parametrize("url", ["/function", "/below", "/both"])
def test_an_explanation_names_the_function_and_not_the_class_that_api_view_makes(app, url):
    asked = "https://api.example" + url
    with app.active():
        sent = {"origin": "https://a.example", "headers": {"X-Shop": "1"}}
        change = explain("GET", asked, servers=app.handler, **sent).change
        unreached = {stray.name for stray in survey(app.handler).strays}
    assert change.file == "tests/adapters/test_django_rest_framework.py"
    assert not {name for name in unreached if name.startswith("app.<locals>.")}
