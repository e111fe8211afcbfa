import functools
import gc
import importlib
import inspect
import os
import subprocess
import sys
import weakref
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar
from wsgiref.util import FileWrapper

import pytest
from corsheaders.conf import Settings as SettingsOfCorsHeaders
from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, SuspiciousOperation
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.middleware.common import CommonMiddleware
from django.test import AsyncRequestFactory, Client, override_settings
from django.urls import clear_url_caches, include, path, re_path, register_converter
from django.urls.converters import StringConverter
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.deprecation import MiddlewareMixin
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.common import no_append_slash
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import (
    condition,
    require_GET,
    require_http_methods,
    require_POST,
)
from django.views.generic import RedirectView

from tests.adapters.django_projects import CORS, Project, urlconf
from tests.helpers import APP, OTHER, Response, environ, preflight
from wsgicors import CORSMiddleware, Policy, PolicyError
from wsgicors._core.places import Place
from wsgicors._resolver import find_resolver
from wsgicors.auditing import describe, survey
from wsgicors.django import MAX_URLCONFS, DjangoResolver, _registries, check_cors, cors
from wsgicors.django._settings import THEIR_SETTINGS
from wsgicors.explaining import explain
from wsgicors.routing import RouterResolver
from wsgicors.routing._listing import ListingResolver
from wsgicors.testing import Browser

API = Policy(allow_origins=[APP])
DEFAULT = Policy(allow_origins=[OTHER])
DEFAULTS = {"CORS_POLICIES": {"default": DEFAULT}}

HERE = __name__
ROOT = Path(__file__).parents[2]
CORSHEADERS = "corsheaders.middleware.CorsMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"
USUAL = "DELETE, GET, HEAD, PATCH, POST, PUT"


@cors(API)
def decorated(request):
    return HttpResponse("decorated")


@cors(None)
def internal(request):
    return HttpResponse("internal")


def plain(request):
    return HttpResponse("plain")


@cors(API)
def forgotten(request):
    return HttpResponse("forgotten")


def a_view():
    return lambda request: HttpResponse("")


def origin_of(app, request):
    return Response(app, request)["Access-Control-Allow-Origin"]


def methods_of(app, request):
    return Response(app, request)["Access-Control-Allow-Methods"]


def allowed_at(app, url, method="GET"):
    """Return the allowed origins of the two, and check that the preflights agree."""
    allowed = {o for o in (APP, OTHER) if origin_of(app, environ(method, url, origin=o))}
    asked = {o for o in (APP, OTHER) if origin_of(app, preflight(url, origin=o, method=method))}
    assert allowed == asked
    return allowed


class TestFunctionViews:
    app = Project(
        [path("decorated", decorated), path("plain", plain), path("internal", internal)], **DEFAULTS
    )

    @pytest.mark.parametrize(
        ("url", "allowed"),
        [
            pytest.param("/decorated", {APP}, id="decorated"),
            pytest.param("/plain", {OTHER}, id="default"),
            pytest.param("/internal", set(), id="no-cors"),
            pytest.param("/unknown", {OTHER}, id="unknown"),
        ],
    )
    def test_each_view_has_its_own_policy_or_the_default(self, url, allowed):
        assert allowed_at(self.app, url) == allowed

    def test_a_response_that_is_empty_and_has_a_length_is_kept(self):
        class Sized(HttpResponse):
            def __len__(self):
                return len(self.content)

        def empty(request):
            response = Sized(status=201)
            response.set_cookie("a", "1")
            return response

        response = Response(Project([path("empty", empty)], **DEFAULTS), environ(path="/empty"))
        assert response.status == "201 Created"
        assert response["Set-Cookie"].strip() == "a=1; Path=/"  # the space depends on Python

    def test_without_settings_only_decorated_views_have_a_policy(self):
        app = Project([path("decorated", decorated), path("plain", plain)])
        assert allowed_at(app, "/decorated") == {APP}
        assert allowed_at(app, "/plain") == allowed_at(app, "/unknown") == set()

    @pytest.mark.parametrize(
        ("method", "listed"),
        [("PUT", USUAL), ("patch", USUAL), ("PURGE", "DELETE, GET, HEAD, PATCH, POST, PURGE, PUT")],
    )
    def test_a_function_lists_the_usual_methods_and_the_requested_method(self, method, listed):
        assert methods_of(self.app, preflight("/decorated", method=method)) == listed

    def test_required_methods_are_not_known_but_the_policy_may_list_them(self):
        view = require_http_methods(["PUT"])(a_view())
        narrowed = cors(API, allow_methods=["GET", "PUT"])(require_http_methods(["PUT"])(a_view()))
        app = Project([path("seen", cors(API)(view)), path("narrowed", narrowed)])
        assert methods_of(app, preflight("/seen")) == USUAL
        assert methods_of(app, preflight("/narrowed")) == "GET, PUT"
        refused = Response(app, environ("DELETE", "/narrowed", origin=APP))
        assert refused.status == "405 Method Not Allowed"
        assert refused["Access-Control-Allow-Origin"] == APP

    @pytest.mark.parametrize(
        "decorate",
        [csrf_exempt, login_required, require_http_methods(["GET"])],
        ids=["csrf_exempt", "login_required", "require_http_methods"],
    )
    def test_decorators_of_django_copy_the_mark_in_either_order(self, decorate):
        below = decorate(cors(API)(a_view()))
        above = cors(API)(decorate(a_view()))
        for view in below, above:
            app = Project([path("", view)])
            assert methods_of(app, preflight("/")) == USUAL

    def test_a_view_may_be_asynchronous(self):
        @cors(API)
        async def view(request):
            return HttpResponse("later")

        app = Project([path("", view)])
        assert allowed_at(app, "/") == {APP}


def deletes(get_response):
    """Make middleware that changes the method, as a method override does."""

    def middleware(request):
        request.method = "DELETE"
        return get_response(request)

    return middleware


class TestClassBasedViews:
    @cors(API)
    class Items(View):
        def get(self, request):
            return HttpResponse("items")

        @cors(DEFAULT)
        def put(self, request):
            return HttpResponse("replaced")

        def delete(self, request):
            return HttpResponse("deleted")

    def test_head_has_the_policy_of_the_code_that_serves_it(self):
        @cors(None)
        class Items(View):
            @cors(Policy("*"))
            def get(self, request):
                return HttpResponse("get")

            def head(self, request):
                return HttpResponse("head")

        app = Project([path("items", Items.as_view())])
        assert origin_of(app, environ("GET", "/items", origin=APP)) == "*"
        assert origin_of(app, environ("HEAD", "/items", origin=APP)) is None

    def test_middleware_that_changes_the_method_changes_the_policy_of_the_response(self):
        class Items(View):
            @cors(Policy("*"))
            def post(self, request):
                return HttpResponse("post")

            @cors(None)
            def delete(self, request):
                return HttpResponse("deleted")

        app = Project([path("items", Items.as_view())], MIDDLEWARE=[CORS, f"{__name__}.deletes"])
        response = Response(app, environ("POST", "/items", origin=APP))
        assert (response.body, response["Access-Control-Allow-Origin"]) == (b"deleted", None)

    def test_a_class_and_its_methods_may_be_decorated(self):
        app = Project([path("", self.Items.as_view())])
        for method, allowed in ("GET", APP), ("HEAD", APP), ("DELETE", APP), ("PUT", OTHER):
            assert allowed_at(app, "/", method) == {allowed}
        assert methods_of(app, preflight("/")) == "DELETE, GET, HEAD"
        assert methods_of(app, preflight("/", method="PUT", origin=OTHER)) == "PUT"

    def test_a_method_in_another_case_has_the_policy_of_the_code_that_serves_it(self):
        class Decorated(self.Items):
            @cors(None)
            def get(self, request):
                return HttpResponse("decorated")

        app = Project([path("", Decorated.as_view())])
        for method in "head", "HEAD", "Get":
            assert origin_of(app, environ(method, origin=APP)) is None

    def test_a_method_that_it_does_not_serve_has_the_common_policy_of_its_methods(self):
        class Narrow(self.Items):
            http_method_names = ("get", "delete", "options")

        app = Project([path("", Narrow.as_view()), path("differ", self.Items.as_view())])
        response = Response(app, environ("PUT", "/", origin=APP))
        assert response.status == "405 Method Not Allowed"
        assert allowed_at(app, "/", "PUT") == {APP}
        assert allowed_at(app, "/differ", "POST") == set()

    def test_methods_that_as_view_leaves_out_are_not_listed(self):
        app = Project([path("", self.Items.as_view(http_method_names=["get", "head"]))])
        assert methods_of(app, preflight("/")) == "GET, HEAD"

    @pytest.mark.parametrize("decorate", [csrf_exempt, login_required])
    def test_the_result_of_as_view_may_be_decorated(self, decorate):
        class Plain(View):
            def get(self, request):
                return HttpResponse("plain")

        for view in decorate(cors(API)(Plain.as_view())), cors(API)(decorate(Plain.as_view())):
            assert methods_of(Project([path("", view)]), preflight("/")) == "GET, HEAD"

    def test_a_decorated_dispatch_method_counts_as_the_view(self):
        class Dispatched(self.Items):
            @cors(None)
            def dispatch(self, *args, **kwargs):
                return super().dispatch(*args, **kwargs)

        app = Project([path("", Dispatched.as_view())], **DEFAULTS)
        assert allowed_at(app, "/") == set()
        assert allowed_at(app, "/", "PUT") == {OTHER}

    def test_options_is_listed_where_the_class_defines_it(self):
        view = cors(API)(RedirectView.as_view(url="/"))
        listed = methods_of(Project([path("", view)]), preflight("/"))
        assert listed == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"

    def test_django_answers_options_for_other_classes(self):
        app = Project([path("", self.Items.as_view())])
        response = Response(app, environ("OPTIONS", "/", origin=APP))
        assert response["Allow"] == "GET, PUT, DELETE, HEAD, OPTIONS"
        assert response["Access-Control-Allow-Origin"] is None


class TestTables:
    urls = (
        path("items", plain, name="items"),
        path("shop/", include(([path("items", plain, name="items")], "shop"))),
        re_path("^unnamed/$", plain),
    )

    @pytest.mark.parametrize(
        ("endpoint", "url"),
        [
            pytest.param("items", "/items", id="name"),
            pytest.param("shop:items", "/shop/items", id="namespace"),
            pytest.param(f"{HERE}.plain", "/unnamed/", id="path-of-the-function"),
        ],
    )
    def test_views_that_cannot_be_decorated_have_entries_by_their_names(self, endpoint, url):
        app = Project(
            self.urls,
            CORS_POLICIES={"default": {"allow_origins": OTHER}, "api": API},
            CORS_ENDPOINTS={endpoint: "api"},
        )
        for other in "/items", "/shop/items", "/unnamed/":
            assert allowed_at(app, other) == {APP if other == url else OTHER}

    def test_origins_with_credentials_come_from_a_string_of_the_settings(self):
        table = {"default": {"allow_origins": "*", "allow_credentials": f"{APP}, {OTHER}"}}
        app = Project(self.urls, CORS_POLICIES=table)
        for origin, named in (APP, APP), (OTHER, OTHER), ("https://a.example", "*"):
            response = Response(app, environ(path="/items", origin=origin))
            assert response["Access-Control-Allow-Origin"] == named
            assert response.all("Access-Control-Allow-Credentials") == ["true"] * (named != "*")

    def test_a_fault_is_raised_before_a_view_has_run(self, caplog):
        calls = []
        app = Project([path("", cors("partner")(lambda request: calls.append("view")))])
        for request in environ(), preflight():
            assert Response(app, request).status == "500 Internal Server Error"
        assert calls == []
        assert isinstance(caplog.records[0].exc_info[1], PolicyError)
        assert "no policy named 'partner'" in str(caplog.records[0].exc_info[1])

    def test_every_route_can_be_listed(self):
        app = Project([*self.urls, path("class", TestClassBasedViews.Items.as_view())])
        with app.active():
            rows = survey(app.handler).rows
        messages = {(row.url, row.endpoint) for row in rows}
        assert messages == {
            ("/items", "items"),
            ("/shop/items", "shop:items"),
            ("/unnamed/$", f"{HERE}.plain"),
            ("/class", f"{HERE}.Items"),
        }
        methods = [row.method for row in rows if row.url == "/class"]
        assert sorted(methods) == ["DELETE", "GET", "HEAD", "PUT"]


class TestErrors:
    """Django's response in place of a view has the headers of that view."""

    def fail(self, request, error):
        raise {"404": Http404, "403": PermissionDenied, "400": SuspiciousOperation}.get(
            error, ZeroDivisionError
        )

    @pytest.mark.parametrize("debug", [False, True])
    @pytest.mark.parametrize("status", ["404", "403", "400", "500"])
    def test_the_response_to_an_exception_has_the_headers_of_the_view(self, status, debug):
        view = cors(API)(lambda request, error: self.fail(request, error))
        app = Project([path("<error>", view)], DEBUG=debug, **DEFAULTS)
        response = Response(app, environ(path=f"/{status}", origin=APP))
        assert response.status.startswith(status)
        assert allowed_at(app, f"/{status}") == {APP}

    def test_an_exception_passes_through_if_django_propagates_it(self):
        app = Project([path("", cors(API)(lambda request: 1 / 0))], DEBUG_PROPAGATE_EXCEPTIONS=True)
        with pytest.raises(ZeroDivisionError):
            Response(app, environ(origin=APP))

    def test_the_response_to_a_host_that_is_not_allowed_has_the_policy_of_the_view(self):
        app = Project(
            [path("", decorated)], ALLOWED_HOSTS=["www.example"], MIDDLEWARE=[CORS, COMMON]
        )
        assert Response(app, environ(origin=APP)).status == "400 Bad Request"
        assert allowed_at(app, "/") == {APP}

    def test_a_preflight_is_not_redirected_to_https(self):
        security = "django.middleware.security.SecurityMiddleware"
        app = Project([path("", decorated)], MIDDLEWARE=[CORS, security], SECURE_SSL_REDIRECT=True)
        response = Response(app, environ(origin=APP))
        assert response.status == "301 Moved Permanently"
        assert response["Access-Control-Allow-Origin"] == APP
        assert Response(app, preflight()).status == "204 No Content"

    def test_a_converter_that_raises_finds_no_policy_and_is_logged(self, caplog):
        class Fragile(StringConverter):
            def to_python(self, value):
                raise LookupError(value)

        register_converter(Fragile, "fragile")
        app = Project([path("<fragile:value>", decorated)], **DEFAULTS)
        assert allowed_at(app, "/x") == set()
        messages = [r.getMessage() for r in caplog.records if r.name == "wsgicors"]
        assert set(messages) == {"'/x': routing raised an exception"}


class TestResponses:
    def test_cookies_and_other_headers_are_unchanged(self):
        def view(request):
            response = HttpResponse("", headers={"X-Total": "1", "vary": "Cookie"})
            response.set_cookie("a", "1")
            response.set_cookie("b", "2")
            return response

        response = Response(Project([path("", cors(API)(view))]), environ(origin=APP))
        assert [line.split(";")[0].strip() for line in response.all("Set-Cookie")] == ["a=1", "b=2"]
        assert response["X-Total"] == "1"
        assert response["Vary"] == "Cookie, Origin"

    @pytest.mark.parametrize("more", [{}, {"wsgi.file_wrapper": FileWrapper}])
    def test_a_file_is_sent_and_closed(self, more):
        file = BytesIO(b"content")
        view = cors(API)(lambda request: FileResponse(file, filename="a.txt"))
        response = Response(Project([path("", view)]), {**environ(origin=APP), **more})
        assert response.body == b"content"
        assert response["Access-Control-Allow-Origin"] == APP
        assert response["Content-Length"] == "7"
        assert isinstance(response.iterable, FileWrapper) == bool(more)
        assert file.closed

    def test_a_304_has_the_headers_too(self):
        app = Project(
            [path("", decorated)],
            MIDDLEWARE=[CORS, "django.middleware.http.ConditionalGetMiddleware"],
        )
        etag = Response(app, environ(origin=APP))["ETag"]
        response = Response(app, environ(origin=APP, if_none_match=etag))
        assert response.status == "304 Not Modified"
        assert response["Access-Control-Allow-Origin"] == APP

    def test_the_cache_of_django_never_sends_the_response_for_one_origin_to_another_origin(self):
        cache = [f"django.middleware.cache.{n}CacheMiddleware" for n in ("Update", "FetchFrom")]
        calls = []

        @cors(allow_origins=[APP, OTHER])
        def view(request):
            calls.append("view")
            return HttpResponse("")

        app = Project(
            [path("", view)],
            MIDDLEWARE=[CORS, *cache],
            CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        )
        for origin in APP, OTHER, "https://third.example":
            granted = origin if origin != "https://third.example" else None
            assert origin_of(app, environ(origin=origin)) == granted
        assert calls == ["view"]

    def test_a_preflight_response_has_neither_a_body_nor_a_content_type(self):
        response = Response(Project([path("", decorated)]), preflight())
        assert (response.status, response.body) == ("204 No Content", b"")
        assert response["Content-Type"] is None

    def test_a_refused_preflight_gets_a_403_with_text(self):
        response = Response(Project([path("", decorated)]), preflight(origin=OTHER))
        assert response.status == "403 Forbidden"
        assert response["Content-Type"] == "text/plain"
        assert response.body.startswith(b"CORS preflight refused: ")

    def test_refusals_are_warnings_in_debug_mode(self, caplog):
        Response(Project([path("", decorated)], DEBUG=True), environ(origin=OTHER))
        messages = [record for record in caplog.records if record.name == "wsgicors"]
        assert [record.levelname for record in messages] == ["WARNING"]
        assert "allow_origins" in messages[0].getMessage()


class TestTheTestClient:
    def test_the_test_client_gets_the_same_headers(self):
        app = Project([path("items", decorated, name="items")])
        with app.active():
            response = Client().get("/items", headers={"Origin": APP})
            assert response.headers["Access-Control-Allow-Origin"] == APP
            assert response.resolver_match.view_name == "items"
            asked = {"Origin": APP, "Access-Control-Request-Method": "PUT"}
            response = Client().options("/items", headers=asked)
            assert response.status_code == 204
            assert response.headers["Access-Control-Allow-Methods"] == USUAL

    def test_the_test_client_raises_exceptions_of_a_view(self):
        app = Project([path("", cors(API)(lambda request: 1 / 0))])
        with app.active(), pytest.raises(ZeroDivisionError):
            Client().get("/", headers={"Origin": APP})


def redirecting(status):
    """Make middleware that appends slashes with a status of its own."""
    redirect = type("Redirect", (HttpResponseRedirect,), {"status_code": status})
    return type("Common", (CommonMiddleware,), {"response_redirect_class": redirect})


By302, By303, By308 = redirecting(302), redirecting(303), redirecting(308)


class TestSlashes:
    urls = (path("decorated/", decorated), path("strict/", no_append_slash(decorated)))

    @pytest.mark.parametrize(
        ("url", "status", "allowed", "given"),
        [
            pytest.param("/decorated", 301, {APP}, {}, id="redirected"),
            pytest.param("/unknown", 404, {OTHER}, {}, id="unknown"),
            pytest.param("/unknown/", 404, {OTHER}, {}, id="unknown-with-a-slash"),
            pytest.param("/strict", 404, {OTHER}, {}, id="no_append_slash"),
            pytest.param("/decorated", 404, {OTHER}, {"APPEND_SLASH": False}, id="setting"),
            pytest.param("/decorated", 404, {OTHER}, {"MIDDLEWARE": [CORS]}, id="no-middleware"),
        ],
    )
    def test_a_redirect_has_the_policy_of_its_target(self, url, status, allowed, given):
        app = Project(self.urls, **{"MIDDLEWARE": [CORS, COMMON], **DEFAULTS, **given})
        assert Response(app, environ(path=url)).status.startswith(str(status))
        assert allowed_at(app, url) == allowed

    def test_a_post_is_redirected_to_the_view_of_get(self):
        class Both(View):
            get = post = put = lambda self, request: HttpResponse()

        class Writes(View):
            post = put = lambda self, request: HttpResponse()

        urls = [path("both/", Both.as_view()), path("writes/", Writes.as_view())]
        app = Project(urls, MIDDLEWARE=[CORS, COMMON], **DEFAULTS)
        request = {"origin": OTHER, "method": "POST"}
        assert methods_of(app, preflight("/both", **request)) == "GET, HEAD, PUT, POST"
        assert methods_of(app, preflight("/writes", **request)) == "PUT"
        request["method"] = "PUT"
        assert methods_of(app, preflight("/both", **request)) == "GET, HEAD, PUT"
        assert methods_of(app, preflight("/writes", **request)) == "PUT"

    def test_a_redirected_post_has_the_policy_of_the_method_get_of_a_class(self):
        class Both(View):
            get = cors(API)(lambda self, request: HttpResponse())
            post = cors(None)(lambda self, request: HttpResponse())

        @cors(API)
        class Internal(View):
            get = cors(None)(lambda self, request: HttpResponse())

        urls = [path("both/", Both.as_view()), path("internal/", Internal.as_view()), *self.urls]
        app = Project(urls, MIDDLEWARE=[CORS, COMMON], **DEFAULTS)
        assert allowed_at(app, "/both", "POST") == {APP}
        assert allowed_at(app, "/decorated", "POST") == {APP}
        assert allowed_at(app, "/internal", "POST") == set()

    @pytest.mark.parametrize(
        ("status", "becomes_get"),
        [
            pytest.param(302, {"POST"}, id="302"),
            pytest.param(303, {"POST", "PUT"}, id="303"),
            pytest.param(308, set(), id="308"),
        ],
    )
    def test_a_redirect_has_the_policy_of_the_method_that_follows(self, status, becomes_get):
        class Both(View):
            get = cors(API)(lambda self, request: HttpResponse("get"))
            post = put = cors(None)(lambda self, request: HttpResponse())

        app = Project([path("both/", Both.as_view())], MIDDLEWARE=[CORS, f"{HERE}.By{status}"])
        for method in "GET", "POST", "PUT":
            assert Response(app, environ(method, "/both")).status.startswith(str(status))
            expected = {APP} if method in {"GET", *becomes_get} else set()
            assert allowed_at(app, "/both", method) == expected

    def test_an_error_in_place_of_a_redirect_has_the_policy_of_the_target(self):
        app = Project(self.urls, MIDDLEWARE=[CORS, COMMON], DEBUG=True, **DEFAULTS)
        assert Response(app, environ("PUT", "/decorated")).status.startswith("500")
        assert allowed_at(app, "/decorated", "PUT") == {APP}


class ChoosesURLs:
    """Middleware that chooses the URLconf by the host."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.get_host() == "partners.example":
            request.urlconf = PARTNERS
        return self.get_response(request)


PARTNERS = urlconf(path("", decorated), path("late", cors("late")(a_view())))


class MakesURLs:
    """Middleware that makes a URLconf for each request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.urlconf = urlconf(path("", cors(API)(a_view())))
        return self.get_response(request)


class TestURLconfs:
    chooses = f"{HERE}.ChoosesURLs"

    def build(self, *middleware, **policies):
        policies = {"default": DEFAULT, **policies}
        given = {"MIDDLEWARE": [*middleware], "CORS_POLICIES": policies}
        return Project([path("", internal)], SILENCED_SYSTEM_CHECKS=["wsgicors.not-first"], **given)

    def test_a_urlconf_that_earlier_middleware_chooses_is_used(self):
        app = self.build(self.chooses, CORS, late=API)
        for make in environ, preflight:
            assert origin_of(app, make(origin=APP)) is None
            assert origin_of(app, make(origin=APP) | {"HTTP_HOST": "partners.example"}) == APP
        unknown = environ(path="/unknown", origin=OTHER) | {"HTTP_HOST": "partners.example"}
        assert origin_of(app, unknown) == OTHER

    def test_urlconfs_that_are_made_for_each_request_decide(self):
        app = self.build(f"{HERE}.MakesURLs", CORS)
        for _ in range(MAX_URLCONFS + 5):
            assert origin_of(app, environ(origin=APP)) == APP
            assert origin_of(app, preflight()) == APP

    def test_urlconfs_that_are_made_for_each_request_are_not_all_kept(self, caplog):
        app = self.build(CORS, f"{HERE}.MakesURLs")
        for _ in range(MAX_URLCONFS + 5):
            assert origin_of(app, environ(origin=APP)) == APP
        with app.active():
            assert len([*find_resolver(app.handler).routes()]) == MAX_URLCONFS + 1
        assert len(caplog.messages) == MAX_URLCONFS

    def test_faults_of_a_chosen_urlconf_are_raised_before_a_view_has_run(self, caplog):
        app = self.build(self.chooses, CORS)
        for _ in range(2):
            response = Response(app, environ(origin=APP) | {"HTTP_HOST": "partners.example"})
            assert response.status == "500 Internal Server Error"
        assert "no policy named 'late'" in caplog.text

    @pytest.mark.parametrize("is_late", [False, True])
    def test_faults_of_a_urlconf_that_is_chosen_while_serving_are_its_own(self, caplog, is_late):
        app = self.build(*([CORS, self.chooses] if is_late else [self.chooses, CORS]))
        partners = {"HTTP_HOST": "partners.example"}
        assert Response(app, environ(origin=APP)).status == "200 OK"
        for make in environ, preflight:
            for _ in range(2):
                assert origin_of(app, make(path="/unknown", origin=OTHER)) == OTHER
                assert origin_of(app, make(path="/late", origin=APP) | partners) is None
        assert Response(app, environ(path="/late", origin=APP) | partners).status == "200 OK"
        assert origin_of(app, environ(origin=APP) | partners) == APP
        again = "those that were read before still apply"
        assert len([one for one in caplog.messages if again in one]) == 1
        assert any(one.endswith("<lambda>' cannot work") for one in caplog.messages)

    def test_a_urlconf_that_later_middleware_chooses_is_used_for_responses_and_logged(self, caplog):
        app = self.build(CORS, self.chooses, late=API)
        for _ in range(2):
            request = environ(origin=APP) | {"HTTP_HOST": "partners.example"}
            assert origin_of(app, request) == APP
        messages = [record.getMessage() for record in caplog.records]
        assert len(messages) == 1
        assert "move that middleware before CORSMiddleware" in messages[0]


class ChoosesURLsAsDocumented(MiddlewareMixin):
    """Middleware that is made as those of Django."""


def times(get_response):
    """Make middleware that is a function, as Django documents it."""

    def middleware(request):
        return get_response(request)

    return middleware


partly = partial(times)


class KeepsToItself:
    """Middleware that keeps the next one under a name of its own."""

    def __init__(self, get_response):
        self.following = get_response

    def __call__(self, request):
        return self.following(request)


class TestMiddlewareInFront:
    """The audit and ``explain`` look through the middleware before ``CORSMiddleware``."""

    silenced: ClassVar = {"SILENCED_SYSTEM_CHECKS": ["wsgicors.not-first"]}

    def build(self, *names):
        before = [f"{HERE}.{name}" for name in names]
        return Project([path("", decorated)], MIDDLEWARE=[*before, CORS], **self.silenced)

    @pytest.mark.parametrize(
        "names",
        [
            pytest.param(["ChoosesURLs"], id="class"),
            pytest.param(["ChoosesURLsAsDocumented"], id="mixin"),
            pytest.param(["times"], id="function"),
            pytest.param(["times", "ChoosesURLs", "times"], id="several"),
        ],
    )
    def test_it_is_followed_to_the_next_one(self, names):
        app = self.build(*names)
        with app.active():
            [policy] = {row.policy for row in survey(app.handler).rows}
            url = "https://api.example/"
            change = explain("GET", url, origin=OTHER, servers=app.handler).change
        assert policy == API
        assert change.file == "tests/adapters/test_django.py"

    def test_what_cannot_be_followed_is_named(self):
        app = self.build("times", "KeepsToItself", "times")
        with app.active(), pytest.raises(TypeError, match="was followed to KeepsToItself") as error:
            survey(app.handler)
        assert "keep the next middleware in KeepsToItself under the name get_response" in str(
            error.value
        )

    def test_a_project_without_cors_is_told_what_to_use(self):
        app = Project([], MIDDLEWARE=[])
        with (
            app.active(),
            pytest.raises(TypeError) as caught,
        ):
            survey(app.handler)
        assert str(caught.value) == (
            "the Django project has no CORS; put 'wsgicors.django.CORSMiddleware' first in "
            "MIDDLEWARE"
        )


def read(url="/"):
    """Make a new middleware, as a test client does, and return the origins that may read."""
    return allowed_at(WSGIHandler(), url)


class TestDatabases:
    """A test may forbid access to the database, which Django checks at each request."""

    @pytest.fixture(autouse=True)
    def forbidden(self, monkeypatch):
        def forbid():
            raise RuntimeError("Database access not allowed")

        connection = SimpleNamespace(queries_log=[], close_if_unusable_or_obsolete=forbid)
        monkeypatch.setattr(connections, "all", lambda **options: [connection])

    def test_a_browser_leaves_the_connections_alone_as_the_test_client_does(self):
        project = Project([path("", decorated)])
        with project.active():
            page = Browser(project.handler).page(APP)
            assert page.fetch("https://api.example/").status == 200
            assert page.fetch("https://api.example/", method="PUT").status == 200

    def test_an_app_around_it_may_be_a_generator(self):
        project = Project([path("", decorated)])

        def around(environ, start_response):
            yield from project.handler(environ, start_response)

        with project.active():
            assert Browser(around).page(APP).fetch("https://api.example/").status == 200

    @pytest.mark.parametrize("signal", [request_started, request_finished])
    def test_servers_check_the_connections_as_before(self, signal):
        app = Project([path("", decorated)])
        Browser(app).page(APP).fetch("https://api.example/")
        with pytest.raises(RuntimeError, match="not allowed"):
            signal.send(sender=None)

    def test_receivers_that_a_project_has_removed_stay_removed(self):
        with removed(request_started), removed(request_finished):
            app = Project([path("", decorated)])
            Browser(app).page(APP).fetch("https://api.example/")
            request_started.send(sender=None)
            request_finished.send(sender=None)


@contextmanager
def removed(signal):
    """Do not check connections when a signal is sent."""
    assert signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        signal.connect(close_old_connections)


class TestTestSuites:
    """The views are read once, not for the middleware of each test client."""

    urls = (path("", decorated), path("plain", plain, name="plain"))

    @pytest.fixture
    def reads(self, monkeypatch):
        """Return a list that has an entry for each time that all views were read."""
        reads, views = [], DjangoResolver.views
        monkeypatch.setattr(DjangoResolver, "views", lambda self: reads.append(1) or views(self))
        return reads

    def test_another_middleware_reads_no_view(self, reads):
        with Project(self.urls, **DEFAULTS).active():
            WSGIHandler()
            assert reads == []
            for _ in range(3):
                assert (read(), read("/plain")) == ({APP}, {OTHER})
        assert reads == [1]

    def test_each_urlconf_is_read_once(self, reads):
        chooses = f"{HERE}.ChoosesURLs"
        table = {"CORS_POLICIES": {"late": API}, "SILENCED_SYSTEM_CHECKS": ["wsgicors.not-first"]}
        with Project(self.urls, MIDDLEWARE=[chooses, CORS], **table).active():
            for _ in range(3):
                app = WSGIHandler()
                for host in "www.example", "partners.example":
                    request = environ(origin=APP) | {"HTTP_HOST": host}
                    assert origin_of(app, request) == APP
        assert reads == [1, 1]

    @pytest.mark.parametrize(
        ("name", "key", "before", "allowed"),
        [
            pytest.param("CORS_POLICIES", "default", DEFAULT, {OTHER}, id="policies"),
            pytest.param("CORS_ENDPOINTS", "plain", None, set(), id="endpoints"),
        ],
    )
    def test_settings_that_change_are_read_again(self, name, key, before, allowed):
        table = {key: before}
        with Project(self.urls, **{name: table}).active():
            assert read("/plain") == allowed
            table[key] = API
            assert read("/plain") == {APP}

    def test_a_list_in_a_setting_that_changes_is_read_again(self):
        origins = [OTHER]
        table = {"default": {"allow_origins": origins}}
        with Project(self.urls, CORS_POLICIES=table).active():
            assert read("/plain") == {OTHER}
            origins.append(APP)
            assert read("/plain") == {APP, OTHER}

    def test_nothing_is_kept_of_a_urlconf_that_django_has_forgotten(self):
        with Project(self.urls).active():
            read()
            [*known] = _registries
            last = weakref.ref(known.pop())
            known.clear()
            clear_url_caches()
            gc.collect()
            assert last() is None


class TestPaths:
    def test_a_urlconf_may_include_itself(self):
        module = urlconf()
        module.urlpatterns = [
            path("", decorated),
            path("again/", include(module)),
            path("shop/", include(([path("plain", plain, name="plain")], "shop"))),
        ]
        app = Project([], ROOT_URLCONF=module, **DEFAULTS)
        for url, allowed in ("/", APP), ("/again/again/", APP), ("/again/shop/plain", OTHER):
            assert allowed_at(app, url) == {allowed}
        with app.active():
            rows = survey(app.handler).rows
        assert {row.url for row in rows} == {"/", "/shop/plain"}

    def test_the_second_of_two_equal_routes_is_not_listed(self):
        urls = [path("a", plain, name="first"), path("a", decorated, name="second")]
        app = Project([*urls, re_path("^a", decorated, name="third")], **DEFAULTS)
        assert allowed_at(app, "/a") == {OTHER}
        assert allowed_at(app, "/ab") == {APP}
        with app.active():
            assert [name for name, _ in DjangoResolver().views()] == ["first", "third"]

    def test_paths_may_have_any_characters(self):
        app = Project([path("café/<name>", decorated)], **DEFAULTS)
        for url in "/café/x%20y", "/café/ж":
            assert allowed_at(app, url.encode().decode("latin-1")) == {APP}

    def test_django_answers_a_preflight_with_a_path_that_servers_read_differently(self):
        app = Project([path("a%62", decorated), path("ab", internal)])
        assert Response(app, preflight("/a%62")).status == "200 OK"

    def test_an_app_below_a_script_name_resolves_the_rest_of_the_path(self):
        app = Project([path("decorated", decorated)])
        assert origin_of(app, environ(path="/decorated", origin=APP) | {"SCRIPT_NAME": "/x"}) == APP
        assert origin_of(app, preflight("/decorated") | {"SCRIPT_NAME": "/x"}) == APP


@pytest.mark.parametrize("before", ["en", "de"])
def test_a_language_in_the_path_is_used_instead_of_the_language_of_the_thread(before):
    locale = "django.middleware.locale.LocaleMiddleware"
    app = Project(i18n_patterns(path("items", decorated)), MIDDLEWARE=[CORS, locale], **DEFAULTS)
    with translation.override(before):
        for url, allowed in ("/en/items", APP), ("/de/items", APP), ("/xx/items", OTHER):
            response = Response(app, preflight(url, origin=allowed))
            assert response.status == "204 No Content"
            assert allowed_at(app, url) == {allowed}


class TestChecks:
    def ids(self, *urlpatterns, **given):
        with Project(urlpatterns, **given).active():
            return [message.id for message in check_cors()]

    def test_misspelt_names_are_errors_that_say_what_to_use(self):
        app = Project(
            [path("", cors("staff")(a_view()), name="home")],
            CORS_POLICIES={"partners": API, "broken": {"allow_origins": "app.example"}},
            CORS_ENDPOINTS={"hme": "partners"},
        )
        with app.active():
            messages = {message.id: str(message) for message in check_cors()}
        assert set(messages) == {
            "wsgicors.origin-without-scheme",
            "wsgicors.unknown-endpoint",
            "wsgicors.unknown-policy",
        }
        broken = messages["wsgicors.origin-without-scheme"]
        assert broken.startswith("CORS_POLICIES['broken'], allow_origins: ")
        assert "use 'https://app.example'" in broken
        assert messages["wsgicors.unknown-endpoint"].startswith("CORS_ENDPOINTS['hme']: ")
        assert "use 'home'" in messages["wsgicors.unknown-endpoint"]
        assert "@cors on 'home', name: " in messages["wsgicors.unknown-policy"]
        assert "define it with CORS_POLICIES={'staff': " in messages["wsgicors.unknown-policy"]

    @pytest.mark.parametrize("name", ["CORS_POLICIES", "CORS_ENDPOINTS"])
    def test_a_setting_that_is_not_a_mapping_is_an_error(self, name):
        with Project([], **{name: ["x"]}).active():
            [message] = check_cors()
        assert message.obj == name
        assert f"use {name}={{...}}" in message.msg

    @pytest.mark.usefixtures("no_other_marks")
    def test_a_middleware_that_is_not_first_is_a_warning_and_logged(self, caplog):
        assert self.ids(MIDDLEWARE=[COMMON, CORS]) == ["wsgicors.not-first"]
        [message] = caplog.messages
        assert message.startswith("CORSMiddleware is not first in MIDDLEWARE")
        assert message.endswith("belongs before it [not-first]")

    def test_a_silenced_warning_is_not_logged(self, caplog):
        self.ids(MIDDLEWARE=[COMMON, CORS], SILENCED_SYSTEM_CHECKS=["wsgicors.not-first"])
        assert caplog.text == ""

    @pytest.mark.usefixtures("no_other_marks")
    def test_the_warning_names_the_middleware_before_it(self):
        with Project([], MIDDLEWARE=[f"{HERE}.deletes", COMMON, CORS]).active():
            [message] = check_cors()
        assert f"what {HERE}.deletes, {COMMON} answers" in message.msg

    @pytest.mark.parametrize(
        "name",
        [
            "django_prometheus.middleware.PrometheusBeforeMiddleware",
            "opentelemetry.instrumentation.django.middleware.otel_middleware._DjangoMiddleware",
        ],
    )
    @pytest.mark.usefixtures("no_other_marks")
    def test_middleware_that_measures_may_be_first(self, monkeypatch, caplog, name):
        module, _, attribute = name.rpartition(".")
        monkeypatch.setitem(sys.modules, module, SimpleNamespace(**{attribute: times}))
        assert self.ids(MIDDLEWARE=[name, f"{HERE}.partly", CORS]) == ["wsgicors.not-first"]
        caplog.clear()
        assert self.ids(MIDDLEWARE=[name, CORS]) == []
        assert self.ids(MIDDLEWARE=[name, COMMON, CORS]) == ["wsgicors.not-first"]
        assert name not in caplog.text

    @pytest.mark.parametrize("order", [1, -1], ids=["inside", "outside"])
    def test_django_cors_headers_beside_it_is_a_warning_and_logged(self, caplog, order):
        app = Project(
            [path("", plain)],
            MIDDLEWARE=[CORS, CORSHEADERS][::order],
            CORS_ALLOW_ALL_ORIGINS=True,
            CORS_POLICES={},
            SILENCED_SYSTEM_CHECKS=["wsgicors.not-first"],
        )
        with app.active():
            messages = {m.id: m.msg for m in check_cors() if not m.is_silenced()}
            messages.pop("wsgicors.unreached-mark")  # for views of other tests
            layers = survey(app.handler).other_layers
        assert messages == {
            "wsgicors.other-cors-layer": f"{CORSHEADERS} writes CORS headers beside "
            "wsgicors.django.CORSMiddleware: it may answer preflights, and pages may read what "
            "wsgicors leaves without CORS",
            "wsgicors.unknown-setting": "wsgicors does not read the setting CORS_POLICES",
        }
        assert layers == [CORSHEADERS]
        [message] = [text for text in caplog.messages if CORSHEADERS in text]
        assert message.endswith("from MIDDLEWARE [other-cors-layer]")
        assert Response(app, environ(origin=APP))["Access-Control-Allow-Origin"] == "*"

    @pytest.mark.usefixtures("no_other_marks")
    def test_without_django_cors_headers_its_settings_are_reported(self):
        assert self.ids(CORS_ALLOW_ALL_ORIGINS=True) == ["wsgicors.unknown-setting"]

    def test_a_decorator_that_hides_the_mark_is_a_warning_and_logged_once(
        self, monkeypatch, caplog
    ):
        @cors(API)
        def hidden(request):
            return HttpResponse("hidden")

        app = Project([path("", lambda request: hidden(request))])
        name = hidden.__qualname__
        with app.active():
            found = [str(message) for message in check_cors() if name in str(message)]
        assert len(found) == 1
        assert "put @cors on what the route names, or use CORS_ENDPOINTS" in found[0]
        for looked in False, True:
            monkeypatch.setattr(ListingResolver, "has_looked_for_strays", looked)
            caplog.clear()
            clear_url_caches()
            assert allowed_at(app, "/") == set()
            logged = [r.getMessage() for r in caplog.records if name in r.getMessage()]
            assert len(logged) == (not looked)

    def test_marks_in_the_packages_of_the_project_are_looked_for(self):
        with Project([], ROOT_URLCONF="shop.urls").active():
            resolver = DjangoResolver()
            assert resolver.packages() == {"shop"}
            assert RouterResolver.packages(resolver) == set()

    @pytest.mark.usefixtures("no_other_marks")
    def test_a_missing_middleware_is_an_error(self):
        assert self.ids(MIDDLEWARE=[COMMON]) == ["wsgicors.missing"]

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("CORS_POLICES", "use CORS_POLICIES"),
            ("CORS_OBSERVERS", "use CORS_OBSERVER"),
            ("CORS_ALLOW_X", "use CORS_POLICIES, and remove it"),
            ("CORS_ALLOWED_ORIGIN", "use CORS_POLICIES, and remove it"),
        ],
    )
    @pytest.mark.usefixtures("no_other_marks")
    def test_an_unknown_setting_is_a_warning(self, name, hint):
        with Project([], **{name: True}).active():
            [message] = check_cors()
        assert message.id == "wsgicors.unknown-setting"
        assert message.hint == hint

    @pytest.mark.parametrize(
        ("name", "use"),
        [
            ("CORS_ALLOWED_ORIGINS", "CORS_POLICIES with allow_origins"),
            ("CORS_ORIGIN_ALLOW_ALL", "CORS_POLICIES with allow_origins"),
            ("CORS_ALLOW_CREDENTIALS", "CORS_POLICIES with allow_credentials"),
            ("CORS_ALLOW_HEADERS", "CORS_POLICIES with allow_headers"),
            ("CORS_PREFLIGHT_MAX_AGE", "CORS_POLICIES with max_age"),
            ("CORS_URLS_REGEX", "@cors on the views, or CORS_ENDPOINTS"),
        ],
    )
    @pytest.mark.usefixtures("no_other_marks")
    def test_a_setting_of_django_cors_headers_is_named_with_what_replaces_it(self, name, use):
        with Project([], **{name: True}).active():
            [message] = check_cors()
        assert message.id == "wsgicors.unknown-setting"
        assert message.msg == (
            f"wsgicors does not read {name}, which is a setting of django-cors-headers"
        )
        assert message.hint == (
            f"use {use}; see 'Coming from django-cors-headers' in the documentation"
        )

    def test_every_setting_of_django_cors_headers_is_known(self):
        read = {name for name in dir(SettingsOfCorsHeaders) if name.startswith("CORS_")}
        assert read <= THEIR_SETTINGS.keys()

    @pytest.mark.parametrize("decorators", [cors(API), [never_cache, cors(API)]])
    def test_cors_in_method_decorator_is_an_error_at_once(self, decorators):
        """Django would decorate the method again for each request."""

        class Items(View):
            def get(self, request):
                return HttpResponse("items")

        message = r"put @cors directly on the method or class, without method_decorator"
        with pytest.raises(TypeError, match=message):
            method_decorator(decorators)(Items.get)
        with pytest.raises(TypeError, match=message):
            method_decorator(decorators, name="dispatch")(Items)

    def test_a_decorated_view_that_no_route_reaches_is_a_warning(self):
        with Project([path("", plain)]).active():
            messages = [str(message) for message in check_cors()]
        [unreached] = [
            text
            for text in messages
            if text.startswith("forgotten (tests/adapters/test_django.py:")
        ]
        message = "@cors has no effect here, because no route reaches this view"
        assert f"(wsgicors.unreached-mark) {message}" in unreached

    @pytest.mark.parametrize(
        ("decorator", "route", "expected"),
        [
            pytest.param(
                'cors("partner")',
                "view",
                "ERRORS:\n@cors on 'home', name: (wsgicors.unknown-policy) there is no policy",
                id="misspelt",
            ),
            pytest.param(
                'cors("partners")',
                "lambda request: None",
                "WARNINGS:\nview (myurls.py:3): (wsgicors.unreached-mark) @cors has no effect here",
                id="without-a-route",
            ),
            pytest.param('cors("partners")', "view", "no issues", id="correct"),
        ],
    )
    def test_manage_py_runs_the_checks_of_the_installed_app(
        self, tmp_path, decorator, route, expected
    ):
        (tmp_path / "mysettings.py").write_text(
            "CORS_POLICIES = {'partners': {'allow_origins': ['https://partner.example']}}\n"
            "INSTALLED_APPS = ['wsgicors.django']\n"
            "MIDDLEWARE = ['wsgicors.django.CORSMiddleware']\n"
            "ROOT_URLCONF = 'myurls'\n"
            "SECRET_KEY = 'secret'\n"
        )
        (tmp_path / "myurls.py").write_text(
            "from django.urls import path\nfrom wsgicors.django import cors\n"
            f"@{decorator}\ndef view(request): ...\n"
            f"urlpatterns = [path('', {route}, name='home')]\n"
        )
        run = subprocess.run(
            [sys.executable, "-m", "django", "check", "--settings", "mysettings"],
            env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
        )
        assert expected in run.stdout + run.stderr
        assert run.returncode == ("ERRORS" in expected)

    def test_policies_are_read_with_the_decorators_of_a_urlconf_that_is_not_imported_yet(
        self, tmp_path
    ):
        (tmp_path / "late_urls.py").write_text(
            "from django.urls import path\nfrom wsgicors.django import cors\n"
            "@cors('partner')\ndef view(request): ...\n"
            "urlpatterns = [path('', view, name='home')]\n"
        )
        program = (
            "import django\nfrom django.conf import settings\n"
            "settings.configure(ROOT_URLCONF='late_urls')\ndjango.setup()\n"
            "from wsgicors.django import DjangoResolver\nDjangoResolver().read_registry()\n"
        )
        run = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
        )
        assert "@cors on 'home', name: there is no policy named 'partner'" in run.stderr


def test_the_tests_of_the_example_pass():
    """They run in their own process, because that project has its own settings."""
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-n0",
            "-q",
            "-p",
            "no:cacheprovider",
            "examples/test_django_app.py",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "2 passed" in run.stdout, run.stdout


@pytest.mark.parametrize("debug", [False, True])
def test_a_survey_has_the_debug_mode_of_the_project(debug):
    app = Project([], DEBUG=debug)
    with app.active():
        assert survey(app.handler).debug == debug


def test_an_explanation_names_the_view():
    app = Project([path("items", decorated, name="items")])
    with app.active():
        url = "https://api.example/items"
        change = explain("GET", url, origin=OTHER, servers=app.handler).change
    assert change.view == "items"
    assert change.settings == {"allow_origins": [APP, OTHER]}


@pytest.mark.parametrize("hosts", [["api.example"], ["localhost"]])
def test_an_explanation_names_a_host_that_django_does_not_accept(hosts):
    def view(request):
        return HttpResponse(status=400 if request.get_host() == "api.example" else 200)

    project = Project([path("", cors(API)(view))], ALLOWED_HOSTS=hosts)
    with project.active():
        notes = explain("GET", "https://api.example/", origin=APP, servers=project.handler).notes
    refused = (
        "The 400 is not from CORS: Django does not accept the host 'api.example' (DisallowedHost). "
        "Add it to ALLOWED_HOSTS."
    )
    assert notes == ((refused,) if hosts == ["localhost"] else ())


def test_tables_are_named_as_in_the_settings():
    app = Project([path("items", plain, name="items")], CORS_ENDPOINTS={"items": API})
    with app.active():
        url = "https://api.example/items"
        change = explain("GET", url, origin=OTHER, servers=app.handler).change
        lines = describe(survey(app.handler).rows)
    assert "in the policy CORS_ENDPOINTS['items'] (" in change.sentence
    assert ", for the view 'plain'" in change.sentence
    assert [line.source for line in lines] == ["CORS_ENDPOINTS['items']"]


def test_a_request_of_asgi_is_an_error():
    app = Project([])
    with app.active():
        middleware = app.handler._middleware_chain.__wrapped__
        with pytest.raises(ImproperlyConfigured, match="is for WSGI"):
            middleware(AsyncRequestFactory().get("/"))


def test_for_a_wrapper_around_the_project_the_error_names_the_middleware():
    app = Project([])
    assert isinstance(app.handler, WSGIHandler)
    with pytest.raises(TypeError, match=r"use 'wsgicors\.django\.CORSMiddleware' in MIDDLEWARE"):
        CORSMiddleware(app.handler, API)
    with app.active(), pytest.raises(TypeError, match=r"use 'wsgicors\.django\.CORSMiddleware' in"):
        CORSMiddleware(ASGIHandler(), API)


def test_the_place_of_a_table_is_its_line_in_the_module_that_other_settings_import(
    tmp_path, monkeypatch
):
    base = "import sys\n\nCORS_POLICIES: dict = {}\nCORS_ENDPOINTS = {}\nCORS_ENDPOINTS == {}\n"
    (tmp_path / "base_settings.py").write_text(base)
    (tmp_path / "other_settings.py").write_text("from base_settings import *\n")
    monkeypatch.syspath_prepend(tmp_path)
    other = importlib.import_module("other_settings")
    sys.modules["base_settings"] = sys.modules.pop("base_settings")  # found last
    tables = {name: getattr(other, name) for name in ("CORS_POLICIES", "CORS_ENDPOINTS")}
    with Project([], **tables).active():
        found = [DjangoResolver().place_of_table(name) for name in ("policies", "endpoints")]
    file = str(tmp_path / "base_settings.py")
    assert found == [Place(file, 3, "base_settings"), Place(file, 4, "base_settings")]
    with Project([]).active():
        assert DjangoResolver().place_of_table("policies") is None
    for name in "base_settings", "other_settings":
        del sys.modules[name]


def around(view):
    """Answer other methods in front of a view."""

    @functools.wraps(view)
    def answer(request):
        return HttpResponse() if request.method == "DELETE" else view(request)

    return answer


@pytest.mark.parametrize(
    ("decorate", "methods"),
    [
        pytest.param([require_GET], ["GET"], id="GET"),
        pytest.param([require_http_methods(("GET", "PUT"))], ["GET", "PUT"], id="list"),
        pytest.param([require_POST, csrf_exempt, never_cache], ["POST"], id="below"),
        pytest.param([require_POST, condition(lambda request: "1")], ["POST"], id="condition"),
        pytest.param([never_cache], USUAL.split(", "), id="any"),
        pytest.param([require_http_methods(["PURGE"])], USUAL.split(", "), id="unusual"),
        pytest.param([require_GET, around], USUAL.split(", "), id="around"),
    ],
)
def test_the_audit_lists_the_methods_that_a_decorator_of_django_requires(decorate, methods):
    def view(request): ...

    for one in decorate:
        view = one(view)
    project = Project([path("", cors(API)(view))])
    with project.active():
        assert sorted(row.method for row in survey(project.handler).rows) == methods


def test_the_audit_names_the_settings_of_a_project(monkeypatch):
    project = Project([], SETTINGS_MODULE="mysite.settings")
    with project.active():
        about = survey(project.handler).about
    assert about.configuration["DJANGO_SETTINGS_MODULE"] == "mysite.settings"
    assert about.framework.startswith("Django ")


def test_a_warning_about_a_configured_policy_points_at_the_app_and_not_at_django():
    given = {"default": {"allow_origins": "https://*.github.io"}}
    project = Project([], CORS_POLICIES=given)
    with project.active():
        line = inspect.currentframe().f_lineno + 3
        table = r"^CORS_POLICIES\['default'\], allow_origins: .*public-suffix-wildcard"
        with pytest.warns(UserWarning, match=table) as caught:
            project.handler(environ(origin=APP), lambda *_: None)
    assert [(warning.filename, warning.lineno) for warning in caught] == [(__file__, line)]


class TestTrials:
    tried = API.with_trial(DEFAULT)

    def test_a_trial_in_the_settings_is_logged_with_the_name_of_the_policy(self, caplog):
        project = Project(
            [path("items", plain, name="items")], CORS_POLICIES={"default": self.tried}
        )
        response = Response(project, environ(path="/items", origin=APP))
        assert response["Access-Control-Allow-Origin"] == APP
        assert caplog.messages == [
            f"'GET /items' from {APP!r}: the trial of the policy 'default' would block this "
            f"request: origin {APP!r} is not among allow_origins: {OTHER} [origin-not-allowed]"
        ]

    def test_a_trial_that_starts_or_ends_in_the_settings_of_a_test_counts(self, caplog):
        project = Project([path("items", plain, name="items")], CORS_POLICIES={"default": API})
        logged = []
        for policy in (API, self.tried, API):
            with project.active(), override_settings(CORS_POLICIES={"default": policy}):
                Response(WSGIHandler(), environ(path="/items", origin=APP))
            logged.append(len(caplog.messages))
        assert logged == [0, 1, 1]
