"""The contract for a Django project, with a class-based view at each URL."""

from itertools import groupby

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect, StreamingHttpResponse
from django.middleware.common import CommonMiddleware
from django.urls import path
from django.views import View

from tests.adapters.contract.facts import (
    Contract,
    MethodViews,
    NamedEndpoints,
    StrictSlashes,
    TwoViewsOnOneUrl,
)
from tests.adapters.contract.policies import ROUTES, UNDECORATED, Teapot, admin, api
from tests.adapters.django_projects import CORS, Project
from wsgicors.django import cors


class Redirect(HttpResponsePermanentRedirect):
    status_code = 308


class Slashes(CommonMiddleware):
    """Redirects with 308, which keeps the method; Django documents the attribute."""

    response_redirect_class = Redirect


class Authentication:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        settings.CALLS.append("authenticate")
        if request.path_info == "/private":
            return HttpResponse("who are you?", status=401)
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, Teapot):
            return HttpResponse("short and stout", status=418)
        return None


def observe(event):
    settings.OBSERVER(event)


def build(calls, default=None, observer=None):
    @cors(api)
    class Photos(View):
        def get(self, request):
            return HttpResponse("photos")

        def post(self, request):
            return HttpResponse("added")

        @cors(admin)
        def put(self, request):
            return HttpResponse("replaced")

    views = {
        url: class_of([*routes], calls).as_view()
        for url, routes in groupby(ROUTES, key=lambda route: route.path)
    }
    here = Authentication.__module__
    return Project(
        [
            path(url.removeprefix("/"), view, name=url)
            for url, view in {**views, "/photos": Photos.as_view()}.items()
        ],
        MIDDLEWARE=[CORS, f"{here}.Authentication", f"{here}.Slashes"],
        CORS_POLICIES={"default": default} if default else {},
        CALLS=calls,
        OBSERVER=observer,
        **({"CORS_OBSERVER": f"{here}.observe"} if observer else {}),
    )


def class_of(routes, calls):
    """Make the class of a URL; with several routes, its methods are decorated."""
    methods = {}
    for route in routes:
        for method in route.methods:
            handler = handler_of(route, calls)
            is_decorated = len(routes) > 1 and route.policy is not UNDECORATED
            methods[method.lower()] = cors(route.policy)(handler) if is_decorated else handler
    made = type("Page", (View,), methods)
    [first, *others] = routes
    return made if others or first.policy is UNDECORATED else cors(first.policy)(made)


def handler_of(route, calls):
    def handler(self, request):
        body = route.run(calls)
        if route.does == "abort":
            raise Http404
        kind = HttpResponse if isinstance(body, list) else StreamingHttpResponse
        return kind(body, content_type="text/plain", headers=dict(route.headers))

    return handler


NOT_APPLICABLE = {"RouterRedirects": "Django's router does not merge slashes or redirect"}


class TestDjango(MethodViews, NamedEndpoints, StrictSlashes, TwoViewsOnOneUrl, Contract):
    build = staticmethod(build)
    not_applicable = NOT_APPLICABLE
