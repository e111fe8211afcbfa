"""What adapters share: from where a router leads to a policy, whatever router that is."""

import logging

import pytest

from tests.helpers import APP, OTHER, Response, environ, preflight
from wsgicors import CORSMiddleware, Endpoint, Policy, PolicyError
from wsgicors.marks import MethodOf, cors
from wsgicors.routing import NOWHERE, Landing, RouterResolver, Target

api = Policy(allow_origins=[APP])
other = Policy(allow_origins=[OTHER])
public = Policy(allow_origins="*")


@cors(api)
def items():
    return "items"


@cors(other)
def replace():
    return "replaced"


def unmarked():
    return "unmarked"


ITEMS = Target("items", items, "/items")
REPLACE = Target("replace", replace, "/items")
UNMARKED = Target("unmarked", unmarked, "/plain")


class Paths(RouterResolver):
    """Leads by a table of paths and methods, as a router would, or where `led` says."""

    def __init__(self, table, policies=None, endpoints=None, led=None):
        super().__init__(policies or {}, endpoints)
        self.table = table
        self.led = led or {}
        self.asked = []

    def land(self, environ, method, *, lists=True):
        path = environ["PATH_INFO"]
        self.asked.append((path, method, lists))
        if path in self.led or path not in self.table:
            return self.led.get(path, NOWHERE)
        served = self.table[path]
        return Landing(served.get(method, "unserved"), served)

    def routes(self):
        for path, served in self.table.items():
            for method, target in served.items():
                yield path, [method], target


TABLE = {
    "/items": {"GET": ITEMS, "HEAD": ITEMS, "PUT": REPLACE},
    "/plain": {"GET": UNMARKED},
    "/alike": {"GET": ITEMS, "PUT": ITEMS},
}


@pytest.fixture
def resolver():
    return Paths(TABLE)


@pytest.fixture
def lax():
    """The same where everything else is public."""
    return Paths(TABLE, {"default": public})


def ask(resolver, path, method="GET"):
    return resolver(environ(path=path), method)


class TestTheEndpointOfAPreflight:
    @pytest.mark.parametrize(
        ("path", "method", "found"),
        [
            pytest.param("/items", "GET", Endpoint(api, ["GET", "HEAD"]), id="its-own-methods"),
            pytest.param("/items", "PUT", Endpoint(other, ["PUT"]), id="beside-another-policy"),
            pytest.param("/items", "POST", None, id="not-served-where-policies-differ"),
            pytest.param("/alike", "POST", Endpoint(api, ["GET", "PUT"]), id="not-served"),
        ],
    )
    def test_it_is_that_of_the_view_that_would_serve(self, resolver, lax, path, method, found):
        assert ask(resolver, path, method) == found
        assert ask(lax, path, method) == found

    @pytest.mark.parametrize("path", ["/plain", "/nowhere"])
    def test_without_a_mark_it_is_the_default_or_none(self, resolver, lax, path):
        assert ask(resolver, path) is None
        assert ask(lax, path) == Endpoint(public, ["GET"])

    def test_an_unknown_url_lists_what_was_asked_for_unless_the_policy_lists_methods(self, lax):
        assert ask(lax, "/nowhere", "PURGE") == Endpoint(public, ["PURGE"])
        strict = Paths({}, {"default": public.derive(allow_methods=["PATCH"])})
        assert ask(strict, "/nowhere", "PURGE").methods is None

    def test_policies_that_say_the_same_vouch_for_each_other(self):
        twin = Target("twin", cors(allow_origins=[APP])(lambda: ""))
        resolver = Paths({"/": {"GET": ITEMS, "PUT": twin}})
        assert ask(resolver, "/").methods == ["GET", "PUT"]

    def test_a_redirect_within_the_app_has_the_policy_of_where_it_ends(self):
        resolver = Paths({}, led={"/old": Landing(ITEMS, {"GET": ITEMS}, redirected=True)})
        assert ask(resolver, "/old") == Endpoint(api, ["GET"])

    def test_what_leads_out_of_the_app_has_no_policy_not_even_the_default(self):
        assert ask(Paths({}, {"default": public}, led={"/out": None}), "/out") is None

    def test_a_url_that_serves_no_method_at_all_has_no_policy(self):
        resolver = Paths({}, {"default": public}, led={"/closed": Landing("unserved", {})})
        assert ask(resolver, "/closed") is None


def test_a_router_that_raises_leads_nowhere_and_the_log_says_so(caplog):
    class Raising(Paths):
        def land(self, environ, method, *, lists=True):
            raise LookupError("the database is away")

    resolver = Raising({}, {"default": public})
    with caplog.at_level(logging.WARNING, "wsgicors"):
        assert ask(resolver, "/items") is None
        assert resolver.answered_by(environ(), ("GET", "", "/items")) is None
    assert [record.getMessage() for record in caplog.records] == [
        "'/items': routing raised",
        "'/items': routing raised",
    ]
    assert isinstance(caplog.records[0].exc_info[1], LookupError)


def test_every_view_at_a_url_is_a_target_once():
    landing = Landing(REPLACE, {"GET": ITEMS, "HEAD": ITEMS})
    assert landing.targets == [ITEMS, REPLACE]
    assert Landing("unserved", {"GET": ITEMS}).targets == [ITEMS]
    assert NOWHERE.targets == []


class TestWhoAnswers:
    """The policy of a response, by what the framework says or by asking the router again."""

    def serve(self, resolver, *targets):
        """Serve an app that reports these as matched, one after another."""

        def app(environ, start_response):
            for target in targets:
                resolver.report(environ, target)
            environ["PATH_INFO"] = "/changed"
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b""]

        return CORSMiddleware(app, resolve=resolver)

    def test_what_was_not_reported_is_routed_as_it_was_on_entry_without_a_list(self, resolver):
        response = Response(self.serve(resolver), environ(path="/items", origin=APP))
        assert response["Access-Control-Allow-Origin"] == APP
        assert resolver.asked == [("/items", "GET", False)]

    def test_what_was_reported_is_not_routed_again(self, resolver):
        response = Response(self.serve(resolver, REPLACE), environ(path="/items", origin=OTHER))
        assert response["Access-Control-Allow-Origin"] == OTHER
        assert resolver.asked == []

    def test_the_first_report_counts(self, resolver):
        """The view of an error page is matched later than the view that failed."""
        app = self.serve(resolver, ITEMS, REPLACE)
        assert Response(app, environ(origin=APP))["Access-Control-Allow-Origin"] == APP

    def test_each_resolver_has_reports_of_its_own(self, resolver, lax):
        request = environ()
        lax.report(request, UNMARKED)
        assert resolver.matched(request) is None
        resolver.report(request, ITEMS)
        assert (resolver.matched(request), lax.matched(request)) == (ITEMS, UNMARKED)

    def test_what_was_reported_is_forgotten_when_the_environ_is_served_again(self, resolver):
        request = environ(path="/items", origin=OTHER)
        Response(self.serve(resolver, REPLACE), request)
        assert resolver.matched(request) == REPLACE
        request["PATH_INFO"] = "/plain"
        again = Response(self.serve(resolver), request)
        assert again["Access-Control-Allow-Origin"] is None
        assert resolver.matched(request) is None

    def test_the_policy_of_a_class_depends_on_the_method_that_answers(self, resolver):
        class Items:
            @cors(api)
            def on_get(self):
                return ""

        target = Target("items", MethodOf(Items, "on_get"))
        served = self.serve(resolver, target)
        assert Response(served, environ(origin=APP))["Access-Control-Allow-Origin"] == APP


class TestReadingThePolicies:
    def test_views_are_read_when_the_app_first_answers(self):
        resolver = Paths({})
        resolver.table = TABLE
        assert ask(resolver, "/items") == Endpoint(api, ["GET", "HEAD"])

    def test_a_table_gives_a_view_its_policy_by_endpoint(self):
        resolver = Paths(TABLE, {"readers": {"allow_origins": [APP]}}, {"unmarked": "readers"})
        assert ask(resolver, "/plain").policy == api

    def test_a_fault_is_raised_before_the_app_runs_for_preflights_too(self):
        ran = []
        resolver = Paths(TABLE, {}, {"unmarkt": api})
        app = CORSMiddleware(lambda environ, start_response: ran.append("app"), resolve=resolver)
        for request in environ(path="/plain"), preflight("/plain"):
            with pytest.raises(PolicyError, match="write 'unmarked'"):
                Response(app, request)
        assert ran == []


class TestTellingPeople:
    def route(self, resolver, path, method="GET"):
        return resolver.route_of(environ(path=path), method)

    def test_a_route_names_the_view_and_where_its_policy_comes_from(self, resolver):
        route = self.route(resolver, "/items")
        assert (route.kind, route.policy, route.methods) == ("view", api, ["GET", "HEAD"])
        assert (route.endpoint, route.rule, route.code) == ("items", "/items", items)

    def test_a_route_to_a_view_without_a_policy_has_no_methods(self, resolver):
        route = self.route(resolver, "/plain")
        assert (route.kind, route.policy, route.methods) == ("none", None, None)

    def test_what_the_router_answers_itself_is_told_too(self, lax):
        unserved = self.route(lax, "/alike", "POST")
        assert (unserved.kind, unserved.policy, unserved.methods) == ("405", api, ["GET", "PUT"])
        unknown = self.route(lax, "/nowhere")
        assert (unknown.kind, unknown.policy) == ("404", public)
        assert self.route(Paths({}, led={"/out": None}), "/out").kind == "none-here"

    def test_a_survey_lists_every_method_of_every_route_reading_first(self, lax):
        rows = lax.survey().rows
        assert [(row.url, row.method, row.policy) for row in rows] == [
            ("/items", "GET", api),
            ("/items", "HEAD", api),
            ("/items", "PUT", other),
            ("/plain", "GET", public),
            ("/alike", "GET", api),
            ("/alike", "PUT", api),
        ]
        assert rows[0].place.startswith("tests/test_routing.py:")

    def test_a_survey_goes_on_where_another_apps_routes_cannot_be_listed(self, resolver, caplog):
        class Broken(Paths):
            def routes(self):
                raise LookupError("no such module")

        apps = resolver, Broken({})
        assert len(apps[0].survey().rows) == 6
        [record] = (r for r in caplog.records if r.exc_info)
        assert record.msg.startswith("another app's routes cannot be listed")
        assert isinstance(record.exc_info[1], LookupError)

    def test_of_two_routes_alike_the_first_counts(self):
        class Twice(Paths):
            def routes(self):
                yield "/items", {"PUT", "GET"}, ITEMS
                yield "/items", ["PUT"], REPLACE

        rows = Twice({}).survey().rows
        assert [(row.method, row.endpoint) for row in rows] == [("GET", "items"), ("PUT", "items")]

    def test_a_redirect_of_the_router_names_its_target_or_the_code_that_finds_it(self):
        def elsewhere():
            return "/items"

        resolver = Paths(
            {
                "/old": {"GET": Target("old", None, "/old", "/items")},
                "/older": {"GET": Target("older", None, "/older", elsewhere)},
            }
        )
        old, older = resolver.survey().rows
        assert (old.kind, old.name, old.place, old.policy) == ("redirect", "/items", "", None)
        assert (older.kind, older.name) == ("redirect", "")
        assert older.place.startswith("tests/test_routing.py:")

    def test_a_mark_that_no_route_reaches_is_stray_unless_another_app_reaches_it(self):
        package = __name__.partition(".")[0]

        @cors(api)
        def forgotten():
            return ""

        class Packaged(Paths):
            def packages(self):
                return {package}

        strays = [stray.name for stray in Packaged({}).survey().strays]
        assert forgotten.__qualname__ in strays
        elsewhere = Paths({"/": {"GET": Target("forgotten", forgotten)}})
        strays = [stray.name for stray in Packaged({}).survey().strays]
        assert forgotten.__qualname__ not in strays
        assert [endpoint for endpoint, _ in elsewhere.views()] == ["forgotten"]
