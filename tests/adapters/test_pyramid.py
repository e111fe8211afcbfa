import json
import logging
from contextlib import nullcontext, suppress

import pytest
from click.testing import CliRunner
from pyramid.config import Configurator, not_
from pyramid.exceptions import ConfigurationError, PredicateMismatch
from pyramid.httpexceptions import (
    HTTPFound,
    HTTPMovedPermanently,
    HTTPNotFound,
    HTTPPermanentRedirect,
    HTTPSeeOther,
    HTTPTemporaryRedirect,
)
from pyramid.response import Response
from pyramid.router import default_execution_policy
from pyramid.testing import DummyRequest
from pyramid.view import view_config, view_defaults
from pyramid.wsgi import wsgiapp2
from webtest import TestApp

from examples import pyramid_app
from tests.helpers import APP, OTHER, but_coverage
from tests.helpers import environ as request_environ
from wsgicors import CORSMiddleware, Policy, PolicyError
from wsgicors.auditing import audit, diff, document, survey
from wsgicors.cli.main import main
from wsgicors.explaining import explain
from wsgicors.pyramid import CORS, cors
from wsgicors.routing import USUAL_METHODS
from wsgicors.routing._listing import ListingResolver
from wsgicors.testing import Browser, CORSBlocked

API = Policy(allow_origins=[APP])
OTHERS = Policy(allow_origins=[OTHER])
PUBLIC = Policy(allow_origins="*")


def configured(*arguments, settings=None, **options):
    config = Configurator(settings=settings or {})
    CORS(config, *arguments, **options)
    return config


def with_route(*arguments, pattern="/", predicates=None, **options):
    config = configured(*arguments, **options)
    config.add_route("home", pattern, **(predicates or {}))
    return config


def get(app, path="/", origin=APP, method="GET", headers=()):
    sent = {"Origin": origin, **dict(headers)}
    return TestApp(app).request(path, method=method, headers=sent, expect_errors=True)


def preflight(app, path="/", origin=APP, method="GET"):
    return get(app, path, origin, "OPTIONS", {"Access-Control-Request-Method": method})


def allowed(response):
    return response.headers.get("Access-Control-Allow-Origin")


def both(app, path="/", origin=APP, method="GET", headers=()):
    """Return the origin that a response allows, and check that its preflight agrees."""
    answers = {allowed(get(app, path, origin, method, headers))}
    answers.add(allowed(preflight(app, path, origin, method)))
    assert len(answers) == 1
    return answers.pop()


def methods(response):
    return set(response.headers["Access-Control-Allow-Methods"].split(", "))


def view(request):
    return Response("view")


def decorated(policy, name="view"):
    """Make a new view, because a function can have only one policy."""

    @cors(policy)
    def made(request):
        return Response(name)

    return made


class Views:
    def index(self, request):
        return Response("index")

    __call__ = index


@cors(API)
class DecoratedClass(Views):
    pass


class DecoratedMethods:
    @cors(API)
    def index(self, request):
        return Response("index")

    __call__ = index
    static = staticmethod(decorated(API))

    @cors(API)
    def renamed(self, request):
        return Response("renamed")

    renamed.__name__ = "another_name"


@view_defaults(route_name="home", request_method="GET")
@cors(API)
class Scanned:
    def __init__(self, context, request):
        self.request = request

    @view_config()
    def get(self):
        return Response("got")

    @view_config(request_method="PUT")
    @cors(OTHERS)
    def put(self):
        return Response("put")

    @cors(OTHERS)
    @view_config(request_method="PATCH")
    def patch(self):
        return Response("patched")

    @cors(None)
    def helper(self):
        raise NotImplementedError


class TestSwitchingOn:
    def test_an_include_alone_switches_cors_on(self):
        config = Configurator(settings={"pyramid.includes": "wsgicors.pyramid"})
        config.add_route("home", "/")
        config.add_view(decorated(API), route_name="home")
        app = config.make_wsgi_app()
        assert both(app) == APP
        assert both(app, "/elsewhere") is None

    def test_an_include_adds_a_directive(self):
        config = Configurator()
        config.include("wsgicors.pyramid")
        config.set_cors(API, policies={"others": OTHERS})
        config.add_route("home", "/")
        config.add_view(decorated("others"), route_name="home")
        app = config.make_wsgi_app()
        assert (both(app, origin=OTHER), both(app, "/elsewhere")) == (OTHER, APP)

    @pytest.mark.parametrize(
        "options", [{"policy": API}, {"allow_origins": [APP]}, {"policies": {"default": API}}]
    )
    def test_the_default_may_be_given_in_three_ways(self, options):
        config = with_route(**options)
        config.add_view(view, route_name="home")
        app = config.make_wsgi_app()
        assert both(app) == both(app, "/unknown", method="PUT") == APP

    def test_without_a_default_responses_of_undecorated_views_are_unchanged(self):
        config = configured()
        config.add_route("home", "/")
        config.add_view(view, route_name="home")
        app = config.make_wsgi_app()
        assert "Vary" not in get(app).headers
        assert "Vary" not in get(app, "/unknown").headers

    def test_an_app_without_routes_has_its_default(self):
        app = configured(API).make_wsgi_app()
        assert both(app) == APP

    def test_a_second_call_is_rejected(self):
        config = configured(API)
        with pytest.raises(TypeError, match="once, with all policies"):
            CORS(config, PUBLIC)

    def test_two_apps_of_one_configurator_have_the_same_policies(self):
        config = with_route()
        config.add_view(decorated(API), route_name="home")
        assert [both(config.make_wsgi_app()) for _ in range(2)] == [APP, APP]

    def test_an_execution_policy_that_the_app_sets_is_run_inside(self):
        ran = []

        def execute(environ, router):
            ran.append(environ["PATH_INFO"])
            return default_execution_policy(environ, router)

        config = with_route()
        config.add_view(decorated(API), route_name="home")
        config.set_execution_policy(execute)
        app = config.make_wsgi_app()
        assert allowed(preflight(app)) == APP
        assert ran == []
        assert allowed(get(app)) == APP
        assert ran == ["/"]

    def test_a_configurator_without_introspection_is_rejected(self):
        with pytest.raises(
            TypeError, match=r"not a Configurator with introspection; .* introspection=True"
        ):
            CORS(Configurator(introspection=False))

    def test_a_second_policy_by_position_is_rejected(self):
        with pytest.raises(TypeError, match=r"one policy by position, .* use policies=\{'name'"):
            CORS(Configurator(), API, OTHERS)

    def test_an_object_that_is_not_a_configurator_is_rejected(self):
        with pytest.raises(TypeError, match=r"<object object .* is not a Configurator"):
            CORS(object())

    def test_views_that_were_configured_before_cors_have_their_policies(self):
        config = Configurator(autocommit=True)
        config.add_route("home", "/")
        config.add_view(decorated(API), route_name="home")
        CORS(config)
        assert both(config.make_wsgi_app()) == APP

    def test_views_that_are_configured_while_the_app_serves_have_their_policies(self):
        config = with_route(PUBLIC)
        config.add_view(view, route_name="home")
        app = config.make_wsgi_app()
        assert both(app, method="PUT") == both(app, "/late") == "*"
        config.add_route("late", "/late")
        config.add_view(decorated(API), route_name="late")
        config.add_view(decorated(None), route_name="home", request_method="PUT")
        config.commit()
        assert both(app, "/late") == APP
        assert both(app, method="PUT") is None

    def test_without_the_counter_of_pyramid_the_views_are_read_once(self, monkeypatch):
        config = with_route()
        config.add_view(decorated(API), route_name="home")
        app = config.make_wsgi_app()

        class Uncounted:
            get_category = config.introspector.get_category

        monkeypatch.setattr(type(config), "introspector", Uncounted())
        assert both(app) == APP
        assert both(app, "/unknown") is None

    def test_views_that_another_thread_adds_meanwhile_do_not_disturb_a_preflight(self, monkeypatch):
        config = with_route()
        config.add_view(decorated(API), route_name="home")
        app = config.make_wsgi_app()
        read, failures = config.introspector.get_category, iter([RuntimeError, RuntimeError])

        def get_category(*arguments):
            if failure := next(failures, None):
                raise failure("dictionary changed size during iteration")
            return read(*arguments)

        monkeypatch.setattr(config.introspector, "get_category", get_category)
        assert both(app) == APP
        assert next(failures, None) is None

    def test_a_view_may_be_called_before_there_is_an_app(self):
        config = with_route()
        config.add_view(decorated(API), route_name="home")
        config.commit()
        (found,) = [
            intr["introspectable"]
            for intr in config.introspector.get_category("views")
            if intr["introspectable"]["route_name"] == "home"
        ]
        assert found["derived_callable"](None, DummyRequest()).text == "view"

    def test_for_a_wrapper_around_the_app_the_error_names_the_adapter(self):
        app = configured().make_wsgi_app()
        with pytest.raises(TypeError, match=r"use wsgicors\.pyramid\.CORS\(config, policy\)"):
            CORSMiddleware(app, API)

    def test_all_faults_are_reported_when_the_app_is_created(self):
        config = with_route(policies={"partners": {"allow_origin": APP}}, endpoints={"hoem": API})
        config.add_view(decorated("partner"), route_name="home")
        with pytest.raises(PolicyError) as caught:
            config.make_wsgi_app()
        found = [(problem.code, problem.setting) for problem in caught.value.problems]
        assert found == [
            ("wrong-type", "policies['partners']"),
            ("unknown-endpoint", "endpoints['hoem']"),
            ("unknown-policy", "@cors on 'home', name"),
        ]
        assert "use 'home'" in str(caught.value)


def made_elsewhere(*views):
    """Make an app without CORS, as the `main()` of a package does."""
    config = Configurator()
    config.add_route("home", "/")
    for made, given in views or [(view, {})]:
        config.add_view(made, route_name="home", **given)
    config.add_route("mount", "inner/*subpath")
    config.add_view(wsgiapp2(hello), route_name="mount")
    return config.make_wsgi_app()


class TestAppsThatOtherCodeMakes:
    def test_one_line_puts_one_policy_around_such_an_app(self):
        app = made_elsewhere()
        CORS(app, API)
        for path, method in ("/", "GET"), ("/", "PUT"), ("/unknown", "PUT"):
            assert both(app, path, method=method) == APP
            assert both(app, path, OTHER, method) is None
        assert methods(preflight(app, method="PUT")) == set(USUAL_METHODS)
        assert survey(app).rows[0].policy == API

    def test_the_error_of_the_wrapper_and_of_the_audit_name_that_line(self):
        app = made_elsewhere()
        use = r"or wsgicors\.pyramid\.CORS\(app, policy\) if other code creates it"
        with pytest.raises(TypeError, match=use):
            CORSMiddleware(app, API)
        with pytest.raises(TypeError, match=r"before the app is created, or CORS\(app\)"):
            survey(app)

    def test_its_views_have_the_policies_of_decorators_and_tables(self):
        put = (decorated(OTHERS), {"request_method": "PUT"})
        app = made_elsewhere((view, {"request_method": "GET"}), put)
        CORS(app, endpoints={"home": API})
        assert both(app) == APP
        assert both(app, origin=OTHER, method="PUT") == OTHER
        assert both(app, "/inner/x") is None

    def test_views_between_which_the_url_does_not_decide_need_the_same_policy(self):
        app = made_elsewhere((decorated(API), {"xhr": True}), (view, {}))
        CORS(app, PUBLIC)
        assert both(app, headers={"X-Requested-With": "XMLHttpRequest"}) is None
        assert both(app) is None

    def test_a_second_call_is_rejected(self):
        for app in made_elsewhere(), configured().make_wsgi_app():
            with pytest.raises(TypeError, match="once, with all policies"):
                CORS(app, API), CORS(app, API)

    def test_after_a_fault_it_can_be_called_again(self):
        app = made_elsewhere()
        with pytest.raises(PolicyError, match="the app has no endpoint 'hoem'"):
            CORS(app, API, endpoints={"hoem": None})
        CORS(app, API)
        assert both(app) == APP


class TestDecorators:
    def test_a_mark_that_no_route_reaches_is_logged_once(self, monkeypatch, caplog):
        hidden = decorated(API)
        for has_looked in False, False, True:
            monkeypatch.setattr(ListingResolver, "has_looked_for_strays", has_looked)
            caplog.clear()
            config = with_route()
            config.add_view(lambda request: hidden(request), route_name="home")
            assert both(config.make_wsgi_app()) is None
            place = "decorated.<locals>.made (tests/adapters/test_pyramid.py:"
            logged = [r.getMessage() for r in caplog.records if place in r.getMessage()]
            assert bool(logged) != has_looked
            assert all("use endpoints" in line for line in logged)

    def test_a_scanned_class_and_its_methods_have_their_own_policies(self):
        config = with_route()
        config.scan(__name__)
        app = config.make_wsgi_app()
        assert both(app) == APP
        for method in "PUT", "PATCH":
            assert both(app, method=method) is None
            assert both(app, method=method, origin=OTHER) == OTHER
        assert methods(preflight(app)) == {"GET", "HEAD"}
        assert methods(preflight(app, origin=OTHER, method="PUT")) == {"PATCH", "PUT"}

    def test_a_class_without_attr_is_called(self):
        @cors(API)
        class Called:
            def __init__(self, request):
                pass

            @cors(OTHERS)
            def __call__(self):
                return Response("called")

        config = with_route()
        config.add_view(Called, route_name="home")
        assert both(config.make_wsgi_app(), origin=OTHER) == OTHER

    @pytest.mark.parametrize(
        ("given", "attr"),
        [
            pytest.param(DecoratedMethods(), "index", id="attr"),
            pytest.param(DecoratedMethods().index, None, id="bound-method"),
            pytest.param(DecoratedMethods().renamed, None, id="bound-method-with-another-name"),
            pytest.param(DecoratedMethods(), None, id="callable"),
            pytest.param(DecoratedClass(), "index", id="attr-of-decorated-class"),
            pytest.param(DecoratedClass().index, None, id="bound-method-of-decorated-class"),
            pytest.param(DecoratedClass(), None, id="callable-of-decorated-class"),
            pytest.param(cors(API)(Views()), None, id="decorated-object"),
            pytest.param(DecoratedMethods(), "static", id="static-method"),
        ],
    )
    def test_views_may_be_objects_and_their_methods(self, given, attr):
        config = with_route(OTHERS)
        config.add_view(given, attr=attr, route_name="home")
        assert both(config.make_wsgi_app()) == APP

    def test_a_class_method_may_be_a_view(self):
        class Views:
            @classmethod
            @cors(API)
            def index(cls, request):
                return Response("index")

        config = with_route()
        config.add_view(Views.index, route_name="home")
        assert both(config.make_wsgi_app()) == APP

    def test_a_decorator_of_pyramid_does_not_hide_the_policy(self):
        config = with_route()
        config.add_view(
            decorated(API),
            route_name="home",
            decorator=lambda inner: lambda context, request: inner(context, request),
            http_cache=60,
        )
        assert both(config.make_wsgi_app()) == APP

    def test_static_files_have_a_policy_by_the_name_of_their_route(self, tmp_path):
        (tmp_path / "font.woff2").write_bytes(b"font")
        config = configured(endpoints={"__assets/": API})
        config.add_static_view("assets", str(tmp_path))
        app = config.make_wsgi_app()
        assert get(app, "/assets/font.woff2").body == b"font"
        assert both(app, "/assets/font.woff2") == both(app, "/assets/missing") == APP

    @pytest.mark.parametrize("default", [None, PUBLIC], ids=["without-a-default", "with-a-default"])
    def test_entries_that_are_added_before_the_first_request_count(self, default):
        policies, endpoints = {}, {}
        config = with_route(default, policies=policies, endpoints=endpoints)
        config.add_view(view, route_name="home")
        app = config.make_wsgi_app()
        policies["api"], endpoints["home"] = API, "api"
        assert both(app) == APP

    @pytest.mark.parametrize("add", ["add_view", "add_notfound_view", "add_exception_view"])
    def test_a_decorated_view_without_a_route_is_an_error(self, add):
        config = with_route()
        view = decorated(API)
        config.add_view(view, route_name="home")
        getattr(config, add)(view)
        with pytest.raises(ConfigurationError, match="no route leads to it"):
            config.make_wsgi_app()


class TestPredicates:
    """If several views may answer a URL and method, they need the same policy."""

    def test_a_parameter_of_the_url_decides(self):
        config = with_route(pattern="/{action}")
        config.add_view(decorated(API), route_name="home", match_param="action=read")
        config.add_view(decorated(OTHERS), route_name="home", match_param="action=write")
        app = config.make_wsgi_app()
        assert both(app, "/read") == APP
        assert both(app, "/write") is None
        assert both(app, "/write", OTHER) == OTHER
        assert both(app, "/elsewhere") is None

    @pytest.mark.parametrize(
        ("predicate", "headers"),
        [
            ({"header": "X-Api-Version:2"}, {"X-Api-Version": "2"}),
            ({"accept": "application/json"}, {"Accept": "application/json"}),
            ({"xhr": True}, {"X-Requested-With": "XMLHttpRequest"}),
            ({"xhr": not_(False)}, {"X-Requested-With": "XMLHttpRequest"}),
            ({"request_param": "v=2"}, {}),
            ({"is_authenticated": False}, {}),
            ({"custom_predicates": (lambda context, request: True,)}, {}),
            ({"containment": object}, {}),
        ],
        ids=["header", "accept", "xhr", "not", "param", "user", "custom", "containment"],
    )
    @pytest.mark.filterwarnings("ignore:The .custom_predicates. argument:DeprecationWarning")
    def test_if_a_preflight_cannot_evaluate_a_predicate_the_views_need_the_same_policy(
        self, predicate, headers
    ):
        for general, origins in (OTHERS, []), (API, [APP]):
            config = with_route(PUBLIC)
            config.add_view(decorated(API, "special"), route_name="home", **predicate)
            config.add_view(decorated(general, "general"), route_name="home")
            app = config.make_wsgi_app()
            assert [allowed(preflight(app, method="PUT"))] == (origins or [None])
            response = get(app, "/?v=2", headers=headers)
            assert response.text == "special"
            assert allowed(response) == APP

    def test_the_only_view_of_a_route_decides_with_any_predicate(self):
        config = with_route(PUBLIC)
        config.add_view(decorated(API), route_name="home", header="X-Api-Version:2")
        app = config.make_wsgi_app()
        assert allowed(preflight(app, method="PUT")) == APP
        assert allowed(get(app)) == APP, "a 404, because the header is missing"

    def test_a_context_may_choose_the_view(self):
        class Page:
            def __init__(self, request):
                pass

        for special, origin in (API, APP), (OTHERS, None):
            config = with_route(PUBLIC, predicates={"factory": Page})
            config.add_view(decorated(special), route_name="home", context=Page)
            config.add_view(decorated(API), route_name="home")
            config.add_view(decorated(OTHERS), route_name="home", name="unreachable")
            config.add_view(view, route_name="home", context=HTTPNotFound)
            app = config.make_wsgi_app()
            assert allowed(preflight(app)) == origin
            assert allowed(get(app, origin=OTHER)) == (None if origin else OTHER)

    def test_the_views_of_a_route_with_traversal_need_the_same_policy(self):
        for other, origin in (API, APP), (OTHERS, None):
            config = with_route(pattern="/site*traverse")
            config.add_view(decorated(API), route_name="home")
            config.add_view(decorated(other, "edit"), route_name="home", name="edit")
            app = config.make_wsgi_app()
            assert allowed(preflight(app, "/site/edit")) == origin
            assert get(app, "/site/edit", OTHER).text == "edit"
            assert allowed(get(app, "/site/edit", OTHER)) == (None if origin else OTHER)

    def test_views_without_a_route_have_the_default(self):
        config = with_route(API, predicates={"use_global_views": True})
        config.add_view(decorated(OTHERS), route_name="home", request_method="PUT")
        config.add_view(view)
        config.add_view(view, name="traversed")
        app = config.make_wsgi_app()
        assert both(app) == both(app, "/traversed", method="PUT") == APP
        assert both(app, method="PUT") is None
        assert both(app, method="PUT", origin=OTHER) == OTHER

    def test_a_route_is_found_by_the_requested_method(self):
        config = with_route(PUBLIC, predicates={"request_method": "GET"})
        config.add_route("replace", "/", request_method="PUT")
        config.add_view(decorated(API), route_name="home")
        config.add_view(decorated(OTHERS), route_name="replace")
        app = config.make_wsgi_app()
        assert both(app) == APP
        assert both(app, method="PUT", origin=OTHER) == OTHER
        assert methods(preflight(app, method="PUT", origin=OTHER)) == {"PUT"}
        assert both(app, method="DELETE") is None

    def test_if_a_preflight_cannot_evaluate_a_predicate_the_routes_need_the_same_policy(self):
        for other, origin in (API, APP), (OTHERS, None):
            config = with_route(PUBLIC, predicates={"header": "X-Api-Version"})
            config.add_route("other", "/")
            config.add_view(decorated(API, "special"), route_name="home")
            config.add_view(decorated(other), route_name="other")
            app = config.make_wsgi_app()
            assert allowed(preflight(app)) == origin
            response = get(app, headers={"X-Api-Version": "2"})
            assert (response.text, allowed(response)) == ("special", APP)

    def test_a_method_that_no_route_serves_has_the_common_policy_of_the_other_methods(self):
        config = with_route(PUBLIC, predicates={"request_method": "GET"})
        config.add_view(decorated(API), route_name="home")
        assert both(config.make_wsgi_app(), method="DELETE") == APP

    def test_a_method_that_no_view_serves_has_no_policy_if_another_method_has_several(self):
        config = with_route(PUBLIC)
        config.add_view(decorated(API), route_name="home", request_method="GET", xhr=True)
        config.add_view(decorated(OTHERS), route_name="home", request_method="GET")
        assert both(config.make_wsgi_app(), method="DELETE") is None

    def test_a_route_without_views_is_unknown(self):
        assert both(with_route(API).make_wsgi_app(), method="PUT") == APP

    def test_a_view_without_methods_lists_the_usual_methods_and_the_requested_method(self):
        config = with_route(API)
        config.add_view(view, route_name="home")
        listed = methods(preflight(config.make_wsgi_app(), method="PURGE"))
        assert listed == {"DELETE", "GET", "HEAD", "PATCH", "POST", "PURGE", "PUT"}

    def test_a_predicate_of_the_app_is_not_evaluated_for_a_preflight(self):
        asked = []

        class Tenant:
            def __init__(self, value, config):
                pass

            def text(self):
                return "tenant"

            phash = text

            def __call__(self, info, request):
                asked.append(request.method)
                return request.host == "api.example"

        for other, origin in (API, APP), (OTHERS, None):
            config = configured(PUBLIC)
            config.add_route_predicate("tenant", Tenant)
            config.add_route("home", "/{name}", tenant=True)
            config.add_route("other", "/{name}")
            config.add_view(decorated(API, "tenant"), route_name="home", request_method="PUT")
            config.add_view(decorated(other), route_name="other")
            app = config.make_wsgi_app()
            assert allowed(preflight(app, "/x", method="PUT")) == origin
            assert origin is None or asked == []
            response = get(app, "/x", method="PUT", headers={"Host": "api.example"})
            assert (response.text, allowed(response)) == ("tenant", APP)

    def test_if_a_route_may_not_match_it_and_traversal_need_the_same_policy(self):
        for default, origin in (API, APP), (OTHERS, None):
            config = with_route(default, predicates={"header": "X-Api-Version"})
            config.add_view(decorated(API, "special"), route_name="home")
            config.add_view(view)
            app = config.make_wsgi_app()
            assert allowed(preflight(app)) == origin
            assert get(app).text == "view"
            assert allowed(get(app)) == origin
            assert allowed(get(app, headers={"X-Api-Version": "2"})) == APP

    def test_a_method_that_no_route_serves_is_left_to_traversal(self):
        config = with_route(OTHERS, predicates={"request_method": "GET"})
        config.add_view(decorated(API), route_name="home")
        config.add_view(view)
        app = config.make_wsgi_app()
        assert both(app) == APP
        assert both(app, method="PUT") is None
        assert both(app, method="PUT", origin=OTHER) == OTHER


class TestResponses:
    def test_a_request_that_a_view_makes_does_not_change_the_policy(self):
        def batch(request):
            inner = request.copy_get()
            inner.path_info = "/public"
            return Response(inner.get_response(app).text)

        config = with_route()
        config.add_route("public", "/public")
        config.add_view(cors(None)(batch), route_name="home")
        config.add_view(decorated(PUBLIC, "public"), route_name="public")
        app = config.make_wsgi_app()
        response = get(app)
        assert (response.text, allowed(response)) == ("public", None)

    def test_a_view_that_passes_a_request_on_does_not_change_the_policy_of_the_next_view(self):
        def passes(request):
            raise PredicateMismatch("another")

        config = with_route()
        config.add_view(cors(PUBLIC)(passes), route_name="home", header="Origin")
        config.add_view(decorated(None, "second"), route_name="home")
        response = get(config.make_wsgi_app())
        assert (response.text, allowed(response)) == ("second", None)

    @pytest.mark.parametrize("by", ["route", "view"])
    def test_the_target_of_an_appended_slash_does_not_allow_methods_of_the_url_itself(self, by):
        config = configured(PUBLIC)
        config.add_notfound_view(lambda request: HTTPNotFound(), append_slash=True)
        given = {"request_method": "PUT"}
        config.add_route("strict", "/items", **(given if by == "route" else {}))
        config.add_view(decorated(API), route_name="strict", **(given if by == "view" else {}))
        config.add_route("lax", "/items/")
        config.add_view(decorated(OTHERS), route_name="lax")
        app = config.make_wsgi_app()
        for origin in APP, *OTHERS.allow_origins:
            page = Browser(app, at="https://api.example").page(origin)
            for method in "DELETE", "PATCH", "POST":
                with suppress(CORSBlocked):
                    page.fetch("https://api.example/items", method=method, headers={"X-A": "1"})
            may_put = origin == APP
            with nullcontext() if may_put else pytest.raises(CORSBlocked):
                page.fetch("https://api.example/items", method="PUT")

    def test_a_slash_is_appended_only_if_the_app_appends_slashes(self):
        for append, origin in (True, APP), (False, None):
            config = with_route(OTHERS, pattern="/slashed/")
            config.add_view(decorated(API), route_name="home")
            config.add_notfound_view(append_slash=append)
            app = config.make_wsgi_app()
            assert both(app, "/slashed") == origin
            assert both(app, "/un/known", OTHER) == OTHER

    def test_a_method_that_only_the_url_with_a_slash_serves_has_the_policy_of_the_view_there(self):
        config = with_route(pattern="/both")
        config.add_view(decorated(API), route_name="home", request_method="GET")
        config.add_route("slashed", "/both/")
        config.add_view(decorated(OTHERS), route_name="slashed", request_method="PUT")
        config.add_notfound_view(append_slash=HTTPPermanentRedirect)
        app = config.make_wsgi_app()
        assert get(app, "/both", OTHER, "PUT").status_code == 308
        assert both(app, "/both", OTHER, "PUT") == OTHER
        assert both(app, "/both", APP, "PUT") is None
        assert both(app, "/both", APP, "GET") == APP
        for method, listed in ("PUT", "PUT"), ("GET", "GET, HEAD"):
            response = preflight(app, "/both", APP if method == "GET" else OTHER, method)
            assert response.headers["Access-Control-Allow-Methods"] == listed

    def with_slash(self, *added, default=PUBLIC):
        """Make an app whose URL has a slash, and which has not-found views."""
        config = with_route(default, pattern="/items/")
        config.add_view(decorated(API), route_name="home", request_method="GET")
        config.add_view(decorated(OTHERS), route_name="home", request_method="POST")
        config.add_route("also", "/also")
        config.add_view(decorated(PUBLIC), route_name="also", request_method="GET")
        for given in added:
            config.add_notfound_view(lambda request: HTTPNotFound(), **given)
        return config.make_wsgi_app()

    @pytest.mark.parametrize(
        ("added", "policies"),
        [
            pytest.param(
                [{"append_slash": True}],
                {"GET": (307, APP), "POST": (307, OTHER), "PUT": (307, None)},
                id="always",
            ),
            pytest.param(
                [{"append_slash": HTTPFound}],
                {"GET": (302, APP), "POST": (302, APP), "PUT": (302, None)},
                id="by-a-302",
            ),
            pytest.param(
                [{"append_slash": True, "request_method": "GET"}],
                {"GET": (307, APP), "POST": (404, "*"), "PUT": (404, "*")},
                id="request_method",
            ),
            pytest.param(
                [{"append_slash": True}, {"request_method": "POST"}],
                {"GET": (307, APP), "POST": (404, "*")},
                id="another-view-for-a-method",
            ),
            pytest.param(
                [{"append_slash": True, "path_info": "/other"}], {"GET": (404, "*")}, id="path_info"
            ),
            pytest.param(
                [{"append_slash": True, "match_param": "a=1"}],
                {"GET": (404, "*")},
                id="match_param",
            ),
            pytest.param(
                [{"append_slash": True, "route_name": "also"}], {"GET": (404, "*")}, id="route_name"
            ),
            pytest.param(
                [{"append_slash": True, "header": "X-A"}],
                {"GET": (404, None), "PUT": (404, None)},
                id="unknown",
            ),
            pytest.param(
                [{"append_slash": True, "header": "X-A"}, {"append_slash": HTTPFound}],
                {"GET": (302, APP), "POST": (302, None)},
                id="one-unknown-of-two",
            ),
        ],
    )
    def test_a_slash_is_appended_where_the_not_found_view_answers(self, added, policies):
        app = self.with_slash(*added)
        for method, (status, expected) in policies.items():
            origin = OTHER if expected == OTHER else APP
            assert get(app, "/items", origin, method).status_code == status
            assert both(app, "/items", origin, method) == expected
            if expected is None:
                assert both(app, "/items", OTHER, method) is None

    def test_a_404_and_an_unknown_redirect_with_one_policy_have_that_policy(self):
        app = self.with_slash({"append_slash": True, "header": "X-A"}, default=API)
        assert both(app, "/items") == APP
        assert both(app, "/items", method="POST") is None

    def test_a_not_found_view_of_a_route_that_matched_may_append_a_slash(self):
        config = with_route(PUBLIC, pattern="/both")
        config.add_view(decorated(API), route_name="home", request_method="GET")
        config.add_route("slashed", "/both/")
        config.add_view(decorated(OTHERS), route_name="slashed", request_method="PUT")
        config.add_notfound_view(route_name="home", append_slash=True)
        config.add_view(lambda request: HTTPNotFound(), context=PredicateMismatch, xhr=True)
        app = config.make_wsgi_app()
        assert get(app, "/both", OTHER, "PUT").status_code == 307
        assert both(app, "/both", OTHER, "PUT") is None
        assert both(app, "/both", APP) == APP

    @pytest.mark.parametrize(
        ("redirect", "status", "becomes_get"),
        [
            pytest.param(HTTPMovedPermanently, 301, {"POST"}, id="301"),
            pytest.param(HTTPFound, 302, {"POST"}, id="302"),
            pytest.param(HTTPSeeOther, 303, {"POST", "PUT"}, id="303"),
            pytest.param(HTTPTemporaryRedirect, 307, set(), id="307"),
            pytest.param(HTTPPermanentRedirect, 308, set(), id="308"),
        ],
    )
    def test_a_redirect_has_the_policy_of_the_method_that_follows(
        self, redirect, status, becomes_get
    ):
        config = with_route(pattern="/items/")
        config.add_view(decorated(API), route_name="home", request_method="GET")
        config.add_view(decorated(OTHERS), route_name="home", request_method=("POST", "PUT"))
        config.add_notfound_view(append_slash=redirect)
        app = config.make_wsgi_app()
        for method in "GET", "POST", "PUT":
            origin = APP if method in {"GET", *becomes_get} else OTHER
            assert get(app, "/items", origin, method).status_code == status
            for asked in APP, OTHER:
                expected = origin if asked == origin else None
                assert both(app, "/items", asked, method) == expected
            page = Browser(app, at="https://api.example").page(origin)
            response = page.fetch("https://api.example/items", method=method)
            assert (response.status, response.text) == (200, "view")
        listed = {*preflight(app, "/items").headers["Access-Control-Allow-Methods"].split(", ")}
        assert listed == {"GET", "HEAD", *becomes_get}

    def test_a_redirect_with_an_unknown_status_has_a_policy_if_get_has_the_same(self):
        class Moved(Response):
            def __init__(self, location):
                super().__init__(status=302, location=location)

        app = self.with_slash({"append_slash": Moved})
        assert get(app, "/items", APP, "POST").status_code == 302
        assert both(app, "/items") == APP
        for origin in APP, OTHER:
            assert both(app, "/items", origin, "POST") is None

    def test_a_route_that_is_added_with_a_view_that_no_route_reaches_is_found_by_preflights(self):
        config = with_route(PUBLIC)
        config.add_view(decorated(API), route_name="home")
        app = config.make_wsgi_app()
        assert both(app) == APP
        config.add_route("late", "/late")
        config.add_view(decorated(OTHERS), route_name="late")
        config.add_view(decorated(API), name="traversed")
        config.commit()
        assert both(app, "/late", OTHER) == OTHER
        assert both(app, "/late") is None

    def test_a_permission_is_checked_for_the_request_but_not_for_its_preflight(self):
        asked = []

        class DenyEverything:
            def identity(self, request):
                raise NotImplementedError

            def permits(self, request, context, permission):
                asked.append(permission)
                return False

        config = with_route(PUBLIC)
        config.set_security_policy(DenyEverything())
        config.add_view(decorated(API), route_name="home", permission="edit")
        app = config.make_wsgi_app()
        assert preflight(app).status_int == 204
        assert asked == []
        response = get(app)
        assert response.status_int == 403
        assert allowed(response) == APP
        assert asked == ["edit"]

    def test_an_exception_view_has_the_policy_of_the_view_that_failed(self):
        @cors(API)
        def broken(request):
            raise LookupError("bug")

        config = with_route(PUBLIC)
        config.add_view(broken, route_name="home")
        config.add_exception_view(lambda error, request: Response("sorry", 500))
        app = config.make_wsgi_app()
        failed = get(app)
        assert (failed.status_int, failed.text, allowed(failed)) == (500, "sorry", APP)
        assert allowed(get(app, origin=OTHER)) is None
        assert get(app, "/elsewhere").status_int == 404

    def test_a_wrapper_view_has_the_policy_of_the_view_inside(self):
        config = with_route(PUBLIC)
        config.add_view(decorated(API), route_name="home", wrapper="frame")
        config.add_view(view, name="frame")
        assert both(config.make_wsgi_app()) == APP

    def test_an_empty_path_is_the_path_of_the_root(self):
        config = with_route(OTHERS)
        config.add_view(decorated(API), route_name="home")
        app, answers = config.make_wsgi_app(), []
        for asked in {"access_control_request_method": "GET"}, {}:
            made = request_environ("OPTIONS" if asked else "GET", "", origin=APP, **asked)
            app(made, lambda *start: answers.append(dict(start[1])))
        assert [answer["Access-Control-Allow-Origin"] for answer in answers] == [APP, APP]

    def test_a_path_that_is_not_utf_8_has_no_policy(self):
        app = with_route(PUBLIC).make_wsgi_app()
        made = request_environ("OPTIONS", "/\xff", origin=APP, access_control_request_method="GET")
        with pytest.raises(UnicodeDecodeError):
            app(made, None)

    def test_a_body_is_left_to_the_app(self):
        config = with_route(PUBLIC)
        config.add_view(decorated(API), route_name="home", request_param="form")
        config.add_view(decorated(API), route_name="home")
        config.add_tween("tests.adapters.test_pyramid.early")
        app = TestApp(config.make_wsgi_app())
        response = app.post("/", {"form": "sent"}, headers={"Origin": APP}, status=401)
        assert response.text == "early, form=sent"
        assert allowed(response) == APP

    def test_a_mounted_app_keeps_its_own_policies(self):
        inner = with_route(OTHERS, pattern="/inside")
        inner.add_view(decorated(API), route_name="home")
        outer = configured(PUBLIC)
        outer.add_route("mount", "/second/*subpath")
        outer.add_view(wsgiapp2(inner.make_wsgi_app()), route_name="mount")
        app = outer.make_wsgi_app()
        assert both(app, "/second/inside") == APP
        assert both(app, "/second/inside", OTHER) is None
        assert both(app, "/second/elsewhere", OTHER) == OTHER
        assert both(app, "/elsewhere") == "*"

    def test_an_environ_that_is_served_again_is_routed_again(self):
        config = with_route(pattern="/one")
        config.add_route("two", "/two")
        config.add_view(decorated(API), route_name="home")
        config.add_view(decorated(PUBLIC), route_name="two")
        app = config.make_wsgi_app()
        made, seen = request_environ(origin=APP), []
        for path in "/one", "/two":
            app(made | {"PATH_INFO": path}, lambda *start: seen.append(dict(start[1])))
            made["PATH_INFO"] = path
            app(made, lambda *start: seen.append(dict(start[1])))
        origins = [headers["Access-Control-Allow-Origin"] for headers in seen]
        assert origins == [APP, APP, "*", "*"]


def early(handler, registry):
    """Make a tween that answers instead of the app."""
    return lambda request: Response("early, " + request.text, 401)


class TestTools:
    def test_refusals_are_warnings_in_debug_mode(self, caplog):
        caplog.set_level(logging.DEBUG, "wsgicors")
        for debug, level in (True, logging.WARNING), (False, logging.DEBUG):
            config = with_route(API, settings={"pyramid.debug_all": debug})
            config.add_view(view, route_name="home")
            caplog.clear()
            get(config.make_wsgi_app(), origin=OTHER)
            assert [record.levelno for record in but_coverage(caplog.records)] == [level]

    def test_the_audit_lists_every_view_of_every_route(self):
        config = with_route(PUBLIC)
        config.add_route("mount", "inner/*subpath")
        config.add_view(decorated(API), route_name="home", request_method="PUT")
        config.add_view(view, route_name="home", request_method="GET")
        config.add_view(wsgiapp2(hello), route_name="mount")
        found = {(row.url, row.method): (row.policy, row.kind) for row in survey_of(config)}
        assert found == {
            ("/", "GET"): (PUBLIC, "default"),
            ("/", "HEAD"): (PUBLIC, "default"),
            ("/", "PUT"): (API, "view"),
        }

    def test_the_audit_lists_each_policy_if_predicates_choose_between_views(self):
        config = with_route(PUBLIC, predicates={"header": "X-Key"})
        config.add_view(decorated(None), route_name="home", accept="application/json")
        config.add_view(decorated(API), route_name="home", xhr=True)
        config.add_view(view, route_name="home")
        config.add_route("same", "/")
        config.add_view(decorated(API), route_name="same", request_method="GET")
        config.add_view(decorated(OTHERS), route_name="same")
        found = {row.url: row.policy for row in survey_of(config) if row.method == "GET"}
        assert found == {
            "/ (header X-Key; accept = application/json)": None,
            "/ (header X-Key; xhr = True)": API,
            "/ (header X-Key)": PUBLIC,
            "/ (otherwise)": API,
        }

    def test_the_audit_lists_each_condition_also_if_its_view_has_the_policy_of_another_one(self):
        config = with_route(API)
        config.add_view(view, route_name="home", accept="application/json")
        config.add_view(view, route_name="home", accept="text/plain")
        config.add_view(decorated(API), route_name="home")
        config.add_view(decorated(OTHERS), route_name="home", request_method="PUT")
        rows = survey_of(config)
        accepted = {"/ (accept = application/json)": API, "/ (accept = text/plain)": API}
        for method, otherwise in ("GET", API), ("PUT", OTHERS):
            found = {row.url: row.policy for row in rows if row.method == method}
            assert found == accepted | {"/ (otherwise)": otherwise}

    def test_a_comparison_finds_the_change_of_one_condition_among_equal_policies(self):
        audits = []
        for policy in API, OTHERS:
            config = configured()
            config.add_route("home", "/")
            for number, its_policy in enumerate([API, OTHERS, policy]):
                config.add_view(
                    decorated(its_policy),
                    route_name="home",
                    request_param=f"p{number}",
                    request_method="PUT",
                )
            audits.append(document(survey(config.make_wsgi_app())))
        assert [(change.url, change.wider) for change in diff(*audits)] == [
            ("/ (request_param p2)", True)
        ]

    def test_a_view_without_policy_is_found_beside_one_for_which_cors_is_off(self):
        config = configured()
        config.add_route("home", "/")
        config.add_view(decorated(API), route_name="home", request_method="PUT")
        config.add_view(decorated(None), route_name="home", xhr=True, request_method="GET")
        config.add_view(view, route_name="home", request_method="GET")
        found = audit(survey(config.make_wsgi_app()))
        assert "view-without-policy" in [finding.code for finding in found]

    def test_a_finding_names_the_method_of_several_conditions_once(self):
        config = with_route(API.derive(allow_headers=["X-Key"]))
        for accept in "application/json", "text/plain":
            config.add_view(view, route_name="home", accept=accept, request_method="PUT")
        config.add_view(decorated(API), route_name="home", request_method="POST")
        found = audit(survey(config.make_wsgi_app()))
        messages = [finding.message for finding in found if finding.code == "headers-differ"]
        assert any("may send X-Key with PUT can also" in message for message in messages)

    def test_policies_that_a_predicate_chooses_share_the_cache_of_their_url(self):
        config = with_route(API.derive(allow_headers=["X-Key"]))
        config.add_view(decorated(API), route_name="home", request_method="PUT", xhr=True)
        config.add_view(view, route_name="home", request_method=("POST", "PUT"))
        found = audit(survey(config.make_wsgi_app()))
        where = [finding.where for finding in found if finding.code == "headers-differ"]
        assert [text.partition(" (tests")[0] for text in where] == [
            "PUT / (xhr = True)",
            "PUT / (otherwise)",
        ]

    def test_for_an_app_without_cors_the_audit_names_the_adapter(self):
        with pytest.raises(TypeError, match=r"call CORS\(config\) before the app is created"):
            survey(Configurator().make_wsgi_app())

    @pytest.mark.parametrize(("method", "name"), [("GET", "Scanned.get"), ("PUT", "made")])
    def test_an_explanation_names_the_view_that_would_answer(self, method, name):
        config = with_route()
        config.add_view(Scanned, attr="get", route_name="home", request_method="GET")
        config.add_view(decorated(API), route_name="home", request_method="PUT")
        app = config.make_wsgi_app()
        explanation = explain(
            method, "https://api.example/", origin="https://a.example", servers=app
        )
        assert "allow_origins" in explanation.change.sentence
        assert f"the view {name!r} (tests/adapters/test_pyramid.py:" in explanation.change.sentence


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def survey_of(config):
    return survey(config.make_wsgi_app()).rows


class TestExample:
    def test_every_page_reads_public_views_and_the_office_replaces_an_item(self):
        browser = Browser(pyramid_app.main(), at="https://api.example")
        page, office = browser.page("https://shop.example"), browser.page("https://office.example")
        assert page.fetch("https://api.example/items").headers["X-Total-Count"] == "2"
        assert page.fetch("https://api.example/items/3").status == 404
        assert page.fetch("https://api.example/assets/font.woff2").ok
        replace = {"method": "PUT", "credentials": "include", "body": '{"name": "honey"}'}
        typed = {"Content-Type": "application/json"}
        replaced = office.fetch("https://api.example/items/1", headers=typed, **replace)
        assert json.loads(replaced.text) == {"name": "honey"}
        with pytest.raises(CORSBlocked, match="allow_origins"):
            page.fetch("https://api.example/items/1", headers=typed, **replace)

    def test_the_commands_take_the_app_itself(self):
        arguments = ["--app", "examples.pyramid_app:main()", "--format", "json"]
        result = CliRunner().invoke(main, ["audit", *arguments])
        assert result.exit_code == 0
        rows = json.loads(result.output)["rows"]
        assert {row["url"] for row in rows} == {"/assets/*subpath", "/items", "/items/{key}"}
