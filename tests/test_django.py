import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from wsgiref.util import FileWrapper

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, SuspiciousOperation
from django.core.handlers.wsgi import WSGIHandler
from django.http import FileResponse, Http404, HttpResponse
from django.test import AsyncRequestFactory, Client
from django.urls import include, path, re_path, register_converter
from django.urls.converters import StringConverter
from django.utils import translation
from django.views import View
from django.views.decorators.common import no_append_slash
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django.views.generic import RedirectView

from wsgicors import CORSMiddleware, Policy, PolicyError
from wsgicors.auditing import describe, survey
from wsgicors.django import check_cors, cors
from wsgicors.explaining import explain

from .django_projects import CORS, Project, urlconf
from .helpers import APP, OTHER, Response, environ, preflight

API = Policy(allow_origins=[APP])
DEFAULT = Policy(allow_origins=[OTHER])
DEFAULTS = {"CORS_POLICIES": {"default": DEFAULT}}

HERE = __name__
ROOT = Path(__file__).parents[1]
COMMON = "django.middleware.common.CommonMiddleware"
USUAL = "DELETE, GET, HEAD, PATCH, POST, PUT"


@cors(API)
def marked(request):
    return HttpResponse("marked")


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


def admits(app, url, method="GET"):
    """Return which of the two origins may read, having seen that a preflight says the same."""
    admitted = {o for o in (APP, OTHER) if origin_of(app, environ(method, url, origin=o))}
    asked = {o for o in (APP, OTHER) if origin_of(app, preflight(url, origin=o, method=method))}
    assert admitted == asked
    return admitted


class TestFunctionViews:
    app = Project(
        [path("marked", marked), path("plain", plain), path("internal", internal)], **DEFAULTS
    )

    @pytest.mark.parametrize(
        ("url", "admitted"),
        [
            pytest.param("/marked", {APP}, id="mark"),
            pytest.param("/plain", {OTHER}, id="default"),
            pytest.param("/internal", set(), id="no-cors"),
            pytest.param("/unknown", {OTHER}, id="unknown"),
        ],
    )
    def test_each_has_its_own_policy_or_the_default(self, url, admitted):
        assert admits(self.app, url) == admitted

    def test_without_policies_only_marks_count(self):
        app = Project([path("marked", marked), path("plain", plain)])
        assert admits(app, "/marked") == {APP}
        assert admits(app, "/plain") == admits(app, "/unknown") == set()

    @pytest.mark.parametrize(
        ("method", "listed"),
        [("PUT", USUAL), ("patch", USUAL), ("PURGE", "DELETE, GET, HEAD, PATCH, POST, PURGE, PUT")],
    )
    def test_one_is_taken_to_serve_the_usual_methods_and_the_one_asked_for(self, method, listed):
        assert methods_of(self.app, preflight("/marked", method=method)) == listed

    def test_what_it_requires_cannot_be_seen_and_is_narrowed_by_the_policy(self):
        view = require_http_methods(["PUT"])(a_view())
        narrowed = cors(API, allow_methods=["GET", "PUT"])(require_http_methods(["PUT"])(a_view()))
        app = Project([path("seen", cors(API)(view)), path("narrowed", narrowed)])
        assert methods_of(app, preflight("/seen")) == USUAL
        assert methods_of(app, preflight("/narrowed")) == "GET, PUT, HEAD, POST"
        refused = Response(app, environ("DELETE", "/narrowed", origin=APP))
        assert refused.status == "405 Method Not Allowed"
        assert refused["Access-Control-Allow-Origin"] == APP

    @pytest.mark.parametrize(
        "decorate",
        [csrf_exempt, login_required, require_http_methods(["GET"])],
        ids=["csrf_exempt", "login_required", "require_http_methods"],
    )
    def test_django_s_decorators_carry_a_mark_along_in_either_order(self, decorate):
        below = decorate(cors(API)(a_view()))
        above = cors(API)(decorate(a_view()))
        for view in below, above:
            app = Project([path("", view)])
            assert methods_of(app, preflight("/")) == USUAL

    def test_one_may_be_asynchronous(self):
        @cors(API)
        async def view(request):
            return HttpResponse("later")

        app = Project([path("", view)])
        assert admits(app, "/") == {APP}


def deletes(get_response):
    """Make a middleware that takes every request for a DELETE, as those do that read a header."""

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

    def test_head_has_the_mark_of_the_code_that_serves_it(self):
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

    def test_a_method_that_middleware_has_changed_decides_what_a_response_carries(self):
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

    def test_a_class_and_its_methods_may_be_marked(self):
        app = Project([path("", self.Items.as_view())])
        for method, admitted in ("GET", APP), ("HEAD", APP), ("DELETE", APP), ("PUT", OTHER):
            assert admits(app, "/", method) == {admitted}
        assert methods_of(app, preflight("/")) == "DELETE, GET, HEAD"
        assert methods_of(app, preflight("/", method="PUT", origin=OTHER)) == "PUT"

    def test_a_method_in_another_case_has_the_policy_of_the_code_that_serves_it(self):
        class Marked(self.Items):
            @cors(None)
            def get(self, request):
                return HttpResponse("marked")

        app = Project([path("", Marked.as_view())])
        for method in "head", "HEAD", "Get":
            assert origin_of(app, environ(method, origin=APP)) is None

    def test_a_method_that_it_does_not_serve_has_the_policy_that_all_others_share(self):
        class Narrow(self.Items):
            http_method_names = ("get", "delete", "options")

        app = Project([path("", Narrow.as_view()), path("differ", self.Items.as_view())])
        response = Response(app, environ("PUT", "/", origin=APP))
        assert response.status == "405 Method Not Allowed"
        assert admits(app, "/", "PUT") == {APP}
        assert admits(app, "/differ", "POST") == set()

    def test_what_as_view_narrows_is_seen(self):
        app = Project([path("", self.Items.as_view(http_method_names=["get", "head"]))])
        assert methods_of(app, preflight("/")) == "GET, HEAD"

    @pytest.mark.parametrize("decorate", [csrf_exempt, login_required])
    def test_as_view_may_be_marked_and_decorated(self, decorate):
        class Plain(View):
            def get(self, request):
                return HttpResponse("plain")

        for view in decorate(cors(API)(Plain.as_view())), cors(API)(decorate(Plain.as_view())):
            assert methods_of(Project([path("", view)]), preflight("/")) == "GET, HEAD"

    def test_a_mark_on_dispatch_is_one_on_the_view(self):
        class Dispatched(self.Items):
            @cors(None)
            def dispatch(self, *args, **kwargs):
                return super().dispatch(*args, **kwargs)

        app = Project([path("", Dispatched.as_view())], **DEFAULTS)
        assert admits(app, "/") == set()
        assert admits(app, "/", "PUT") == {OTHER}

    def test_options_is_listed_where_the_class_defines_it(self):
        view = cors(API)(RedirectView.as_view(url="/"))
        listed = methods_of(Project([path("", view)]), preflight("/"))
        assert listed == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"

    def test_options_of_others_is_answered_by_django(self):
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
    def test_views_that_cannot_be_decorated_are_known_by_their_names(self, endpoint, url):
        app = Project(
            self.urls,
            CORS_POLICIES={"default": {"allow_origins": OTHER}, "api": API},
            CORS_ENDPOINTS={endpoint: "api"},
        )
        for other in "/items", "/shop/items", "/unnamed/":
            assert admits(app, other) == {APP if other == url else OTHER}

    def test_a_fault_in_them_is_raised_before_a_view_has_run(self, caplog):
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
        told = {(row.url, row.endpoint) for row in rows}
        assert told == {
            ("/items", "items"),
            ("/shop/items", "shop:items"),
            ("/unnamed/$", f"{HERE}.plain"),
            ("/class", f"{HERE}.Items"),
        }
        methods = [row.method for row in rows if row.url == "/class"]
        assert sorted(methods) == ["DELETE", "GET", "HEAD", "PUT"]


class TestErrors:
    """All that Django answers in place of a view carries the headers of that view."""

    def fail(self, request, error):
        raise {"404": Http404, "403": PermissionDenied, "400": SuspiciousOperation}.get(
            error, ZeroDivisionError
        )

    @pytest.mark.parametrize("debug", [False, True])
    @pytest.mark.parametrize("status", ["404", "403", "400", "500"])
    def test_an_exception_of_a_view_becomes_an_answer_with_its_headers(self, status, debug):
        view = cors(API)(lambda request, error: self.fail(request, error))
        app = Project([path("<error>", view)], DEBUG=debug, **DEFAULTS)
        response = Response(app, environ(path=f"/{status}", origin=APP))
        assert response.status.startswith(status)
        assert admits(app, f"/{status}") == {APP}

    def test_an_exception_that_is_to_propagate_does(self):
        app = Project([path("", cors(API)(lambda request: 1 / 0))], DEBUG_PROPAGATE_EXCEPTIONS=True)
        with pytest.raises(ZeroDivisionError):
            Response(app, environ(origin=APP))

    def test_a_host_that_is_not_allowed_is_refused_under_the_view_s_policy(self):
        app = Project([path("", marked)], ALLOWED_HOSTS=["www.example"], MIDDLEWARE=[CORS, COMMON])
        assert Response(app, environ(origin=APP)).status == "400 Bad Request"
        assert admits(app, "/") == {APP}

    def test_a_preflight_survives_the_redirect_to_https(self):
        security = "django.middleware.security.SecurityMiddleware"
        app = Project([path("", marked)], MIDDLEWARE=[CORS, security], SECURE_SSL_REDIRECT=True)
        response = Response(app, environ(origin=APP))
        assert response.status == "301 Moved Permanently"
        assert response["Access-Control-Allow-Origin"] == APP
        assert Response(app, preflight()).status == "204 No Content"

    def test_a_converter_that_raises_finds_no_endpoint_and_the_log_says_so(self, caplog):
        class Fragile(StringConverter):
            def to_python(self, value):
                raise LookupError(value)

        register_converter(Fragile, "fragile")
        app = Project([path("<fragile:value>", marked)], **DEFAULTS)
        assert admits(app, "/x") == set()
        told = [r.getMessage() for r in caplog.records if r.name == "wsgicors"]
        assert set(told) == {"'/x': routing raised"}


class TestResponses:
    def test_cookies_and_headers_stay_as_they_are(self):
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
    def test_a_file_is_sent_as_ever_and_closed(self, more):
        file = BytesIO(b"content")
        view = cors(API)(lambda request: FileResponse(file, filename="a.txt"))
        response = Response(Project([path("", view)]), {**environ(origin=APP), **more})
        assert response.body == b"content"
        assert response["Access-Control-Allow-Origin"] == APP
        assert response["Content-Length"] == "7"
        assert isinstance(response.iterable, FileWrapper) == bool(more)
        assert file.closed

    def test_an_answer_that_says_that_nothing_has_changed_has_headers_too(self):
        app = Project(
            [path("", marked)], MIDDLEWARE=[CORS, "django.middleware.http.ConditionalGetMiddleware"]
        )
        etag = Response(app, environ(origin=APP))["ETag"]
        response = Response(app, environ(origin=APP, if_none_match=etag))
        assert response.status == "304 Not Modified"
        assert response["Access-Control-Allow-Origin"] == APP

    def test_django_s_cache_never_hands_one_origin_s_answer_to_another(self):
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

    def test_a_preflight_has_neither_a_body_nor_a_type(self):
        response = Response(Project([path("", marked)]), preflight())
        assert (response.status, response.body) == ("204 No Content", b"")
        assert response["Content-Type"] is None

    def test_a_refused_preflight_says_so(self):
        response = Response(Project([path("", marked)]), preflight(origin=OTHER))
        assert response.status == "403 Forbidden"
        assert response["Content-Type"] == "text/plain"
        assert response.body.startswith(b"CORS preflight refused: ")

    def test_refusals_are_warnings_in_debug_mode(self, caplog):
        Response(Project([path("", marked)], DEBUG=True), environ(origin=OTHER))
        told = [record for record in caplog.records if record.name == "wsgicors"]
        assert [record.levelname for record in told] == ["WARNING"]
        assert "allow_origins" in told[0].getMessage()


class TestTheTestClient:
    def test_it_gets_the_same_headers(self):
        app = Project([path("items", marked, name="items")])
        with app.active():
            response = Client().get("/items", headers={"Origin": APP})
            assert response.headers["Access-Control-Allow-Origin"] == APP
            assert response.resolver_match.view_name == "items"
            asked = {"Origin": APP, "Access-Control-Request-Method": "PUT"}
            response = Client().options("/items", headers=asked)
            assert response.status_code == 204
            assert response.headers["Access-Control-Allow-Methods"] == USUAL

    def test_it_still_raises_what_a_view_raises(self):
        app = Project([path("", cors(API)(lambda request: 1 / 0))])
        with app.active(), pytest.raises(ZeroDivisionError):
            Client().get("/", headers={"Origin": APP})


class TestSlashes:
    urls = (path("marked/", marked), path("strict/", no_append_slash(marked)))

    @pytest.mark.parametrize(
        ("url", "status", "admitted", "given"),
        [
            pytest.param("/marked", 301, {APP}, {}, id="redirected"),
            pytest.param("/unknown", 404, {OTHER}, {}, id="unknown"),
            pytest.param("/unknown/", 404, {OTHER}, {}, id="unknown-with-a-slash"),
            pytest.param("/strict", 404, {OTHER}, {}, id="no_append_slash"),
            pytest.param("/marked", 404, {OTHER}, {"APPEND_SLASH": False}, id="setting"),
            pytest.param("/marked", 404, {OTHER}, {"MIDDLEWARE": [CORS]}, id="no-middleware"),
        ],
    )
    def test_a_redirect_has_the_policy_of_its_target(self, url, status, admitted, given):
        app = Project(self.urls, **{"MIDDLEWARE": [CORS, COMMON], **DEFAULTS, **given})
        assert Response(app, environ(path=url)).status.startswith(str(status))
        assert admits(app, url) == admitted

    def test_an_error_in_place_of_a_redirect_has_that_of_the_target_too(self):
        app = Project(self.urls, MIDDLEWARE=[CORS, COMMON], DEBUG=True, **DEFAULTS)
        assert Response(app, environ("PUT", "/marked")).status.startswith("500")
        assert admits(app, "/marked", "PUT") == {APP}


class ChoosesURLs:
    """A middleware that chooses by the host."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.get_host() == "partners.example":
            request.urlconf = PARTNERS
        return self.get_response(request)


PARTNERS = urlconf(path("", marked), path("late", cors("late")(a_view())))


class TestURLconfs:
    chooses = f"{HERE}.ChoosesURLs"

    def build(self, *middleware, **policies):
        policies = {"default": DEFAULT, **policies}
        given = {"MIDDLEWARE": [*middleware], "CORS_POLICIES": policies}
        return Project([path("", internal)], SILENCED_SYSTEM_CHECKS=["wsgicors.not-first"], **given)

    def test_one_that_an_earlier_middleware_chooses_decides(self):
        app = self.build(self.chooses, CORS, late=API)
        for make in environ, preflight:
            assert origin_of(app, make(origin=APP)) is None
            assert origin_of(app, make(origin=APP) | {"HTTP_HOST": "partners.example"}) == APP
        unknown = environ(path="/unknown", origin=OTHER) | {"HTTP_HOST": "partners.example"}
        assert origin_of(app, unknown) == OTHER

    def test_its_faults_too_are_raised_before_a_view_has_run(self, caplog):
        app = self.build(self.chooses, CORS)
        for _ in range(2):
            response = Response(app, environ(origin=APP) | {"HTTP_HOST": "partners.example"})
            assert response.status == "500 Internal Server Error"
        assert "no policy named 'late'" in caplog.text

    def test_one_that_is_chosen_further_in_gives_headers_and_the_log_says_what_it_lacks(
        self, caplog
    ):
        app = self.build(CORS, self.chooses, late=API)
        for _ in range(2):
            request = environ(origin=APP) | {"HTTP_HOST": "partners.example"}
            assert origin_of(app, request) == APP
        told = [record.getMessage() for record in caplog.records]
        assert len(told) == 1
        assert "move the middleware that chooses before CORSMiddleware" in told[0]


class TestPaths:
    def test_they_may_hold_any_characters(self):
        app = Project([path("café/<name>", marked)], **DEFAULTS)
        for url in "/café/x%20y", "/café/ж":
            assert admits(app, url.encode().decode("latin-1")) == {APP}

    def test_a_preflight_whose_path_servers_read_differently_is_django_s_own(self):
        app = Project([path("a%62", marked), path("ab", internal)])
        assert Response(app, preflight("/a%62")).status == "200 OK"

    def test_an_app_below_a_script_name_resolves_the_rest(self):
        app = Project([path("marked", marked)])
        assert origin_of(app, environ(path="/marked", origin=APP) | {"SCRIPT_NAME": "/x"}) == APP
        assert origin_of(app, preflight("/marked") | {"SCRIPT_NAME": "/x"}) == APP


@pytest.mark.parametrize("before", ["en", "de"])
def test_a_language_in_the_path_counts_whatever_language_the_thread_spoke_last(before):
    locale = "django.middleware.locale.LocaleMiddleware"
    app = Project(i18n_patterns(path("items", marked)), MIDDLEWARE=[CORS, locale], **DEFAULTS)
    with translation.override(before):
        for url, admitted in ("/en/items", APP), ("/de/items", APP), ("/xx/items", OTHER):
            response = Response(app, preflight(url, origin=admitted))
            assert response.status == "204 No Content"
            assert admits(app, url) == {admitted}


class TestChecks:
    def ids(self, *urlpatterns, **given):
        with Project(urlpatterns, **given).active():
            return [message.id for message in check_cors()]

    def test_misspelt_names_are_errors_that_say_what_to_write(self):
        app = Project(
            [path("", cors("staff")(a_view()), name="home")],
            CORS_POLICIES={"partners": API, "broken": {"allow_origins": "app.example"}},
            CORS_ENDPOINTS={"hme": "partners"},
        )
        with app.active():
            told = {message.id: str(message) for message in check_cors()}
        assert set(told) == {
            "wsgicors.origin-without-scheme",
            "wsgicors.unknown-endpoint",
            "wsgicors.unknown-policy",
        }
        broken = told["wsgicors.origin-without-scheme"]
        assert broken.startswith("CORS_POLICIES['broken'], allow_origins: ")
        assert "write 'https://app.example'" in broken
        assert told["wsgicors.unknown-endpoint"].startswith("CORS_ENDPOINTS['hme']: ")
        assert "write 'home'" in told["wsgicors.unknown-endpoint"]
        assert "@cors on 'home', name: " in told["wsgicors.unknown-policy"]
        assert "define it with CORS_POLICIES={'staff': " in told["wsgicors.unknown-policy"]

    @pytest.mark.parametrize("name", ["CORS_POLICIES", "CORS_ENDPOINTS"])
    def test_a_setting_that_is_no_table_is_an_error_that_names_it(self, name):
        with Project([], **{name: ["x"]}).active():
            [message] = check_cors()
        assert message.obj == name
        assert f"write {name}={{...}}" in message.msg

    def test_a_middleware_that_is_not_first_is_a_warning_and_logged(self, caplog):
        assert self.ids(MIDDLEWARE=[COMMON, CORS]) == ["wsgicors.not-first"]
        assert "CORSMiddleware is not first in MIDDLEWARE" in caplog.text

    def test_one_that_is_silenced_is_not_logged_either(self, caplog):
        self.ids(MIDDLEWARE=[COMMON, CORS], SILENCED_SYSTEM_CHECKS=["wsgicors.not-first"])
        assert caplog.text == ""

    def test_a_middleware_that_is_not_there_is_an_error(self):
        assert self.ids(MIDDLEWARE=[COMMON]) == ["wsgicors.missing"]

    @pytest.mark.parametrize(
        ("name", "hint"),
        [("CORS_POLICES", "write CORS_POLICIES"), ("CORS_ALLOW_X", "leave it out")],
    )
    def test_a_setting_that_nothing_reads_is_a_warning(self, name, hint):
        with Project([], **{name: True}).active():
            [message] = check_cors()
        assert message.id == "wsgicors.unknown-setting"
        assert hint in message.hint

    def test_a_mark_that_no_route_reaches_is_a_warning(self):
        with Project([path("", plain)]).active():
            told = [str(message) for message in check_cors()]
        [unreached] = [text for text in told if text.startswith("forgotten (tests/test_django.py:")]
        assert "(wsgicors.unreached-mark) no route reaches what @cors marks here" in unreached

    @pytest.mark.parametrize(
        ("mark", "route", "told"),
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
                "WARNINGS:\nview (myurls.py:3): (wsgicors.unreached-mark) no route reaches what",
                id="without-a-route",
            ),
            pytest.param('cors("partners")', "view", "no issues", id="sound"),
        ],
    )
    def test_manage_py_runs_them_where_this_is_an_installed_app(self, tmp_path, mark, route, told):
        (tmp_path / "mysettings.py").write_text(
            "CORS_POLICIES = {'partners': {'allow_origins': ['https://partner.example']}}\n"
            "INSTALLED_APPS = ['wsgicors.django']\n"
            "MIDDLEWARE = ['wsgicors.django.CORSMiddleware']\n"
            "ROOT_URLCONF = 'myurls'\n"
            "SECRET_KEY = 'secret'\n"
        )
        (tmp_path / "myurls.py").write_text(
            "from django.urls import path\nfrom wsgicors.django import cors\n"
            f"@{mark}\ndef view(request): ...\n"
            f"urlpatterns = [path('', {route}, name='home')]\n"
        )
        run = subprocess.run(
            [sys.executable, "-m", "django", "check", "--settings", "mysettings"],
            env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
        )
        assert told in run.stdout + run.stderr
        assert run.returncode == ("ERRORS" in told)


def test_the_tests_of_the_example_pass():
    """In a process of their own: that project has settings of its own."""
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
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
def test_a_survey_says_whether_the_project_is_being_developed(debug):
    app = Project([], DEBUG=debug)
    with app.active():
        assert survey(app.handler).debug == debug


def test_an_explanation_says_which_view_has_to_change():
    app = Project([path("items", marked, name="items")])
    with app.active():
        url = "https://api.example/items"
        change = explain("GET", url, origin=OTHER, servers=app.handler).change
    assert change.view == "items"
    assert change.settings == {"allow_origins": [APP, OTHER]}


def test_settings_are_called_as_the_project_writes_them():
    app = Project([path("items", plain, name="items")], CORS_ENDPOINTS={"items": API})
    with app.active():
        url = "https://api.example/items"
        change = explain("GET", url, origin=OTHER, servers=app.handler).change
        lines = describe(survey(app.handler).rows)
    assert "in the policy at CORS_ENDPOINTS['items'], which" in change.sentence
    assert [line.source for line in lines] == ["CORS_ENDPOINTS['items']"]


def test_it_is_for_wsgi_alone():
    app = Project([])
    with app.active():
        middleware = app.handler._middleware_chain.__wrapped__
        with pytest.raises(ImproperlyConfigured, match="is for WSGI"):
            middleware(AsyncRequestFactory().get("/"))


def test_a_wrapper_around_the_whole_project_names_the_middleware():
    app = Project([])
    assert isinstance(app.handler, WSGIHandler)
    with pytest.raises(
        TypeError, match=r"write 'wsgicors\.django\.CORSMiddleware' into MIDDLEWARE"
    ):
        CORSMiddleware(app.handler, API)
