"""What all adapters share: the policy of the route that a router finds."""

import functools
import logging
from threading import Barrier, Event, Thread, current_thread

import pytest

from tests.helpers import APP, OTHER, Response, but_coverage, environ, hello, preflight
from wsgicors import CORSMiddleware, Endpoint, Policy, PolicyError
from wsgicors._decorator import Mark, cors
from wsgicors._introspection import Label
from wsgicors._marks import MethodOf
from wsgicors.routing import NOT_FOUND, RouteMatch, RouterResolver, Target
from wsgicors.routing._listing import ListingResolver

api = Policy(allow_origins=[APP])
other = Policy(allow_origins=[OTHER])
public = Policy(allow_origins="*")


@cors(api)
def items():
    return "items"


@cors(other)
def replace():
    return "replaced"


def undecorated():
    return "undecorated"


ITEMS = Target("items", items, "/items")
REPLACE = Target("replace", replace, "/items")
UNDECORATED = Target("undecorated", undecorated, "/plain")
OTHERS = Target("others", undecorated, "/plain")


class Paths(RouterResolver):
    """A router with a table of paths and methods, and with matches that are given by path."""

    def __init__(self, table, policies=None, endpoints=None, matches=None):
        super().__init__(policies or {}, endpoints)
        self.table = table
        self.matches = matches or {}
        self.asked = []

    def match(self, environ, method, *, lists=True):
        path = environ["PATH_INFO"]
        self.asked.append((path, method, lists))
        if path in self.matches or path not in self.table:
            return self.matches.get(path, NOT_FOUND)
        served = self.table[path]
        return RouteMatch(served.get(method, "method-not-allowed"), served)

    def routes(self):
        for path, served in self.table.items():
            for method, target in served.items():
                yield path, [method], target


TABLE = {
    "/items": {"GET": ITEMS, "HEAD": ITEMS, "PUT": REPLACE},
    "/plain": {"GET": UNDECORATED},
    "/alike": {"GET": ITEMS, "PUT": ITEMS},
}


@pytest.fixture
def resolver():
    return Paths(TABLE)


@pytest.fixture
def with_default():
    """The same with a public default policy."""
    return Paths(TABLE, {"default": public})


def ask(resolver, path, method="GET"):
    return resolver(environ(path=path), method)


class TestTheEndpointOfAPreflight:
    @pytest.mark.parametrize(
        ("path", "method", "found"),
        [
            pytest.param("/items", "GET", Endpoint(api, ["GET", "HEAD"]), id="own-methods"),
            pytest.param(
                "/items", "PUT", Endpoint(other, ["PUT"]), id="beside-a-view-with-another-policy"
            ),
            pytest.param("/items", "POST", None, id="method-not-served-beside-different-policies"),
            pytest.param(
                "/alike",
                "POST",
                Endpoint(api, ["GET", "PUT"]),
                id="method-not-served-beside-equal-policies",
            ),
        ],
    )
    def test_it_is_the_endpoint_of_the_view_that_would_serve(
        self, resolver, with_default, path, method, found
    ):
        assert ask(resolver, path, method) == found
        assert ask(with_default, path, method) == found

    @pytest.mark.parametrize("path", ["/plain", "/nowhere"])
    def test_an_undecorated_view_and_an_unknown_url_have_the_default_if_there_is_a_default(
        self, resolver, with_default, path
    ):
        assert ask(resolver, path) is None
        assert ask(with_default, path) == Endpoint(public, ["GET"])

    @pytest.mark.parametrize("allow_methods", [None, "*", ["PATCH"]])
    def test_an_unknown_url_has_only_the_requested_method(self, allow_methods):
        """Another method of this URL may have another policy."""
        default = public.derive(allow_methods=allow_methods)
        assert ask(Paths({}, {"default": default}), "/nowhere", "PURGE").methods == ["PURGE"]

    def test_a_wildcard_is_not_a_method_even_if_a_router_serves_it(self):
        resolver = Paths({"/": {"GET": ITEMS, "*": ITEMS}}, {"default": public})
        assert ask(resolver, "/", "*") == Endpoint(api, ["GET"])
        assert ask(resolver, "/nowhere", "*") == Endpoint(public, [])

    def test_methods_of_views_with_equal_policies_are_listed_together(self):
        twin = Target("twin", cors(allow_origins=[APP])(lambda: ""))
        resolver = Paths({"/": {"GET": ITEMS, "PUT": twin}})
        assert ask(resolver, "/").methods == ["GET", "PUT"]

    def test_a_redirect_within_the_app_has_the_policy_of_its_target(self):
        resolver = Paths({}, matches={"/old": RouteMatch(ITEMS, {"GET": ITEMS})})
        assert ask(resolver, "/old") == Endpoint(api, ["GET"])

    def test_a_url_of_another_app_has_no_policy_not_even_the_default(self):
        assert ask(Paths({}, {"default": public}, matches={"/out": None}), "/out") is None

    def test_a_url_that_serves_no_method_at_all_has_no_policy(self):
        resolver = Paths(
            {}, {"default": public}, matches={"/closed": RouteMatch("method-not-allowed", {})}
        )
        assert ask(resolver, "/closed") is None


def test_a_router_that_raises_finds_no_policy_and_is_logged(caplog):
    class Raising(Paths):
        def match(self, environ, method, *, lists=True):
            raise LookupError("the database is down")

    resolver = Raising({}, {"default": public})
    with caplog.at_level(logging.WARNING, "wsgicors"):
        assert ask(resolver, "/") is None
        response = Response(CORSMiddleware(hello, resolve=resolver), environ(origin=APP))
        assert response["Access-Control-Allow-Origin"] is None
    assert [record.getMessage() for record in caplog.records] == [
        "'/': routing raised an exception",
        "'/': routing raised an exception",
    ]
    assert isinstance(caplog.records[0].exc_info[1], LookupError)


class TestThePolicyOfAResponse:
    """It comes from the report of the framework, or from asking the router again."""

    def serve(self, resolver, *targets):
        """Serve an app that reports these targets as matched, in this order."""

        def app(environ, start_response):
            for target in targets:
                resolver.report(environ, target)
            environ["PATH_INFO"] = "/changed"
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b""]

        return CORSMiddleware(app, resolve=resolver)

    def test_without_a_report_the_environ_on_entry_is_routed_without_a_list_of_methods(
        self, resolver
    ):
        response = Response(self.serve(resolver), environ(path="/items", origin=APP))
        assert response["Access-Control-Allow-Origin"] == APP
        assert resolver.asked == [("/items", "GET", False)]

    def test_a_request_with_a_report_is_not_routed_again(self, resolver):
        response = Response(self.serve(resolver, REPLACE), environ(path="/items", origin=OTHER))
        assert response["Access-Control-Allow-Origin"] == OTHER
        assert resolver.asked == []

    def test_the_first_report_counts(self, resolver):
        """The view of an error page is matched later than the view that failed."""
        app = self.serve(resolver, ITEMS, REPLACE)
        assert Response(app, environ(origin=APP))["Access-Control-Allow-Origin"] == APP

    def test_each_resolver_has_reports_of_its_own(self, resolver, with_default):
        request = environ()
        with_default.report(request, UNDECORATED)
        assert resolver.matched(request) is None
        resolver.report(request, ITEMS)
        assert (resolver.matched(request), with_default.matched(request)) == (
            ITEMS,
            UNDECORATED,
        )

    def test_a_report_is_forgotten_when_the_environ_is_served_again(self, resolver):
        request = environ(path="/items", origin=OTHER)
        Response(self.serve(resolver, REPLACE), request)
        assert resolver.matched(request) == REPLACE
        request["PATH_INFO"] = "/plain"
        again = Response(self.serve(resolver), request)
        assert again["Access-Control-Allow-Origin"] is None
        assert resolver.matched(request) is None

    def test_a_report_in_a_copy_of_the_environ_counts(self, resolver):
        """Middleware inside may copy the environ and change the path that is routed."""

        def app(environ, start_response):
            inner = {**environ, "PATH_INFO": "/changed"}
            resolver.report(inner, REPLACE)
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b""]

        wrapped = CORSMiddleware(app, resolve=resolver)
        response = Response(wrapped, environ(path="/items", origin=OTHER))
        assert response["Access-Control-Allow-Origin"] == OTHER
        assert resolver.asked == []

    def test_a_generator_that_raises_before_it_starts_is_logged(self, resolver, caplog):
        caplog.set_level(logging.DEBUG, "wsgicors")

        def app(environ, start_response):
            raise LookupError("bug")
            yield b""

        with pytest.raises(LookupError):
            Response(CORSMiddleware(app, resolve=resolver), environ(path="/items", origin=APP))
        assert len(but_coverage(caplog.records)) == 1

    def test_a_view_that_is_decorated_later_with_an_unknown_name_has_no_policy(
        self, resolver, caplog
    ):
        def late():
            return ""

        resolver.table = {"/late": {"GET": Target("late", late, "/late")}}
        app = self.serve(resolver)
        assert Response(app, environ(path="/late", origin=APP)).status == "200 OK"
        cors("unknown")(late)
        response = Response(app, environ(path="/late", origin=APP))
        assert (response.status, response["Vary"]) == ("200 OK", None)
        assert "@cors on 'late' cannot work" in caplog.text

    def test_the_policy_of_a_class_depends_on_the_method_that_answers(self, resolver):
        class Items:
            @cors(api)
            def on_get(self):
                return ""

        target = Target("items", MethodOf(Items, "on_get"))
        served = self.serve(resolver, target)
        assert Response(served, environ(origin=APP))["Access-Control-Allow-Origin"] == APP


class TestReadingThePolicies:
    def test_views_are_read_at_the_first_request(self):
        resolver = Paths({})
        resolver.table = TABLE
        assert ask(resolver, "/items") == Endpoint(api, ["GET", "HEAD"])

    def test_an_entry_in_endpoints_gives_a_view_its_policy(self):
        resolver = Paths(TABLE, {"readers": {"allow_origins": [APP]}}, {"undecorated": "readers"})
        assert ask(resolver, "/plain").policy == api

    def test_a_fault_is_raised_before_the_app_runs_also_for_preflights(self):
        ran = []
        resolver = Paths(TABLE, {}, {"undecoratd": api})
        app = CORSMiddleware(lambda environ, start_response: ran.append("app"), resolve=resolver)
        for request in environ(path="/plain"), preflight("/plain"):
            with pytest.raises(PolicyError, match="use 'undecorated'"):
                Response(app, request)
        assert ran == []

    def test_many_threads_at_the_first_request_read_the_policies_once(self, monkeypatch):
        reads, entered = [], Barrier(4)
        resolver = Paths(TABLE)
        read = resolver.read_registry

        def slow():
            reads.append(current_thread())
            Event().wait(0.1)  # until the other threads ask too
            return read()

        def first():
            entered.wait()
            resolver.registry()

        monkeypatch.setattr(resolver, "read_registry", slow)
        threads = [Thread(target=first) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(reads) == 1

    def test_entries_that_are_added_before_the_first_request_count(self):
        endpoints = {}
        resolver = Paths(TABLE, {}, endpoints)
        endpoints["undecorated"] = other
        assert ask(resolver, "/plain").policy == other

    @pytest.mark.parametrize(
        ("debug", "times"), [pytest.param(True, 1, id="debug"), pytest.param(False, 0, id="not")]
    )
    def test_in_debug_mode_the_first_request_warns_of_a_route_decorator_below_cors(
        self, caplog, debug, times
    ):
        class Site(Paths):
            pass

        Site.debug = debug

        @cors(api)
        @functools.wraps(undecorated)
        def decorated():
            return undecorated()

        resolver = Site(TABLE)
        for _ in range(2):
            assert ask(resolver, "/plain") is None
        message = (
            f"{decorated!r}: the route decorator is below @cors, so the router never sees @cors; "
            f"move the route decorator to the top [mark-above-route]"
        )
        logged = [record.getMessage() for record in but_coverage(caplog.records)]
        assert logged == [message] * times


class TestMarksThatNoRouteReaches:
    def log(self, monkeypatch, caplog, site, *, has_looked=False):
        """Return what the first request logs of the views of the test that calls this."""
        monkeypatch.setattr(ListingResolver, "has_looked_for_strays", has_looked)
        caplog.clear()
        site.begin()
        site.warn_of_strays()
        return [text for text in caplog.messages if ".forgotten" in text]

    def test_they_are_logged_once_in_a_process_with_place_and_advice(self, monkeypatch, caplog):
        @cors(api)
        def forgotten():
            return ""

        [message] = self.log(monkeypatch, caplog, Paths(TABLE))
        name = forgotten.__qualname__
        assert message.startswith(f"@cors on {name} (tests/unit/test_routing.py:")
        advice = "put @cors on what the route names, or use endpoints={...} [unreached-mark]"
        assert message.endswith(advice)
        assert ListingResolver.has_looked_for_strays
        assert self.log(monkeypatch, caplog, Paths(TABLE), has_looked=True) == []

    def test_views_of_discarded_apps_are_not_logged(self, monkeypatch, caplog):
        class Keeper:
            @cors(api)
            def forgotten(self):
                return ""

        name = Keeper.__qualname__
        del Keeper  # a class is in a circle of references, so it is still there
        logged = self.log(monkeypatch, caplog, Paths(TABLE))
        assert not [text for text in logged if name in text]

    def test_those_above_a_route_are_logged_once_in_debug_mode_too(self, monkeypatch, caplog):
        class Site(Paths):
            debug = True

        @cors(api)
        @functools.wraps(undecorated)
        def above():
            return undecorated()

        above.__qualname__ = "site.forgotten"
        messages = self.log(monkeypatch, caplog, Site(TABLE))
        assert [text for text in caplog.messages if "the route decorator is below" in text]
        assert not [text for text in messages if text.startswith("@cors on site.forgotten")]
        Site.debug = False
        [message] = self.log(monkeypatch, caplog, Site(TABLE))
        assert message.startswith("@cors on site.forgotten (tests/unit/test_routing.py:")
        assert message.endswith("[mark-above-route]")


def test_no_view_is_looked_at_for_decorators_while_none_has_been_used(monkeypatch, caplog):
    class Site(Paths):
        def routes(self):
            raise AssertionError

    monkeypatch.setattr(Mark, "is_in_use", False)
    site = Site(TABLE, {"default": api})
    site.begin()
    assert site.read_registry().default is api
    assert caplog.messages == []


class TestA405OfEqualPolicies:
    def policy_at(self, *policies):
        views = [cors(policy)(lambda: "") for policy in policies]
        targets = [Target(f"view{number}", view, "/u") for number, view in enumerate(views)]
        served = dict(zip(["GET", "PUT", "HEAD"], targets, strict=False))
        return Paths({"/u": served}).policy_routed(environ(path="/u"), "DELETE")

    def test_it_has_their_trial_if_that_is_the_same(self):
        tried = api.with_trial(other)
        assert self.policy_at(tried, api.with_trial(other), tried).trial is other
        assert self.policy_at(tried).trial is other
        assert self.policy_at(api, api).trial is None

    def test_it_has_no_trial_if_they_differ(self):
        tried = api.with_trial(other)
        for policies in (tried, api), (api, tried), (tried, tried, api.with_trial(public)):
            assert self.policy_at(*policies) == api
            assert self.policy_at(*policies).trial is None

    def test_it_has_no_policy_if_one_view_has_another_or_none(self):
        for policies in (api, other), (None, api), (api, None), (None, None):
            assert self.policy_at(*policies) is None


class TestTheRouteOfARequest:
    def route(self, resolver, path, method="GET"):
        return resolver.route_of(environ(path=path), method)

    def test_a_route_names_the_view_and_where_its_policy_comes_from(self, resolver):
        route = self.route(resolver, "/items")
        assert (route.kind, route.policy, route.methods) == ("view", api, ["GET", "HEAD"])
        assert (route.endpoint, route.rule, route.code) == ("items", "/items", items)

    def test_a_route_to_a_view_without_a_policy_has_no_methods(self, resolver):
        route = self.route(resolver, "/plain")
        assert (route.kind, route.policy, route.methods) == ("none", None, None)

    def test_a_404_and_a_405_of_the_router_have_routes_too(self, with_default):
        unserved = self.route(with_default, "/alike", "POST")
        assert (unserved.kind, unserved.policy, unserved.methods) == ("405", api, ["GET", "PUT"])
        unknown = self.route(with_default, "/nowhere")
        assert (unknown.kind, unknown.policy) == ("404", public)
        assert self.route(Paths({}, matches={"/out": None}), "/out").kind == "none-here"


class TestNames:
    """The names of an endpoint and of its policy, for the log and for events."""

    def test_a_405_of_one_view_has_its_names(self):
        resolver = Paths({"/plain": {"GET": UNDECORATED}}, {"default": api})
        assert resolver.label_of(environ(path="/plain"), "PUT") == Label("undecorated", "default")

    def test_a_405_of_several_views_has_the_names_that_they_share(self):
        resolver = Paths({"/items": {"GET": UNDECORATED, "PUT": OTHERS}}, {"default": api})
        assert resolver.label_of(environ(path="/items"), "POST") == Label(None, "default")

    def test_a_405_of_a_url_without_views_has_no_names(self):
        match = RouteMatch("method-not-allowed", {})
        resolver = Paths({}, {"default": api}, matches={"/items": match})
        assert resolver.label_of(environ(path="/items"), "GET") == Label()
