"""The contract for a Django project, with a class-based view at each URL."""

from itertools import groupby

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect, StreamingHttpResponse
from django.middleware.common import CommonMiddleware
from django.urls import path
from django.views import View

from wsgicors.django import cors

from ..django_projects import CORS, Project
from .facts import Contract, MethodViews, StrictSlashes, TwoViewsOnOneUrl
from .policies import ROUTES, UNMARKED, Teapot, admin, api


class Redirect(HttpResponsePermanentRedirect):
    status_code = 308


class Slashes(CommonMiddleware):
    """Redirects in the way that keeps the method, as Django's own documentation says one may."""

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


def build(calls, default=None):
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
            path(url.removeprefix("/"), view)
            for url, view in {**views, "/photos": Photos.as_view()}.items()
        ],
        MIDDLEWARE=[CORS, f"{here}.Authentication", f"{here}.Slashes"],
        CORS_POLICIES={"default": default} if default else {},
        CALLS=calls,
    )


def class_of(routes, calls):
    """Make the class behind one URL; if it has two policies, they are those of its methods."""
    methods = {}
    for route in routes:
        for method in route.methods:
            handler = handler_of(route, calls)
            marked = len(routes) > 1 and route.policy is not UNMARKED
            methods[method.lower()] = cors(route.policy)(handler) if marked else handler
    made = type("Page", (View,), methods)
    [first, *others] = routes
    return made if others or first.policy is UNMARKED else cors(first.policy)(made)


def handler_of(route, calls):
    def handler(self, request):
        body = route.run(calls)
        if route.does == "abort":
            raise Http404
        kind = HttpResponse if isinstance(body, list) else StreamingHttpResponse
        return kind(body, content_type="text/plain", headers=dict(route.headers))

    return handler


NOT_APPLICABLE = {"RouterRedirects": "Django's router merges no slashes and knows no redirections"}


class TestDjango(MethodViews, StrictSlashes, TwoViewsOnOneUrl, Contract):
    build = staticmethod(build)
    not_applicable = NOT_APPLICABLE
