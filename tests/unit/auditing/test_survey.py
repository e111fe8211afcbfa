import importlib.util
from functools import partial

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView
from werkzeug.routing import Map, Rule

from tests.helpers import APP, OTHER, hello
from tests.unit.auditing.apps import flask_app, module, view
from wsgicors import CORSMiddleware, Policy
from wsgicors._introspection import place_of
from wsgicors._resolver import Resolver
from wsgicors.auditing import (
    Row,
    Survey,
    audit,
    describe,
    diff,
    document,
    list_policies,
    survey,
)
from wsgicors.auditing.survey import survey_router
from wsgicors.flask import cors
from wsgicors.origins import RefreshedOrigins
from wsgicors.paths import by_path
from wsgicors.routing import NOT_FOUND, RouterResolver, Target
from wsgicors.werkzeug import CORS

API = Policy(APP)
OFFICE = Policy(OTHER)


def sources(app):
    return {(row.url, row.method): (row.kind, row.name, row.policy) for row in survey(app).rows}


class Entry(MethodView):
    decorators = [cors(API)]  # noqa: RUF012

    def get(self):
        return "entry"

    @cors("office", max_age=60)
    def put(self):
        return "entry"


def test_every_method_has_its_most_specific_policy():
    group = Blueprint("group", __name__)
    group.add_url_rule("/group", view_func=view)
    app = flask_app(
        policy=API,
        policies={"office": OFFICE},
        endpoints={"listed": None},
        blueprints={"group": OFFICE},
    )
    app.register_blueprint(group)
    app.add_url_rule("/entry", view_func=Entry.as_view("entry"))
    app.add_url_rule("/listed", "listed", view)
    app.add_url_rule("/rest", "rest", view)
    assert sources(app) == {
        ("/group", "GET"): ("blueprint", "group", OFFICE),
        ("/group", "HEAD"): ("blueprint", "group", OFFICE),
        ("/entry", "GET"): ("view", "", API),
        ("/entry", "HEAD"): ("view", "", API),
        ("/entry", "PUT"): ("method", "office", OFFICE.derive(max_age=60)),
        ("/listed", "GET"): ("endpoints", "listed", None),
        ("/listed", "HEAD"): ("endpoints", "listed", None),
        ("/rest", "GET"): ("default", "", API),
        ("/rest", "HEAD"): ("default", "", API),
    }


def test_options_has_a_row_if_a_view_declares_it():
    app = flask_app(policy=API)
    app.add_url_rule("/", view_func=view, methods=["OPTIONS"])
    assert [row.method for row in survey(app).rows] == ["OPTIONS"]


def test_a_row_has_the_file_and_line_of_its_view():
    app = flask_app(policy=API)
    app.add_url_rule("/", view_func=view)
    line = view.__code__.co_firstlineno
    assert {row.place for row in survey(app).rows} == {f"tests/unit/auditing/apps.py:{line}"}


@pytest.mark.parametrize(
    "code", [None, len, partial(view), module("def f(): ...").f, module("class C: ...").C]
)
def test_code_without_a_source_has_no_place(code):
    assert place_of(code) == ""


def test_the_place_of_code_outside_the_import_path_is_its_file_name(tmp_path):
    file = tmp_path / "lone.py"
    file.write_text("\ndef view(): ...\n")
    spec = importlib.util.spec_from_file_location("lone", file)
    lone = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lone)
    assert place_of(lone.view) == "lone.py:2"


def test_urls_without_a_route_have_the_default_policy():
    app = flask_app(policy=API.derive(allow_credentials=True, allow_methods=["PUT"]))
    app.add_url_rule("/own", view_func=cors(None)(partial(view)), endpoint="own")
    found = survey(app)
    row = found.other_urls
    assert row[:2] == ("any other URL", "GET")
    assert row.policy_place.startswith("tests/unit/auditing/")
    assert [entry["source"]["kind"] for entry in document(found)["rows"]] == ["view", "view", "404"]
    assert [(use.name, use.urls, len(use.rows)) for use in list_policies(found)] == [
        ("default", 0, 1)
    ]
    assert [finding for finding in audit(found) if finding.rows] == []
    assert describe(found.all_rows)[-1].source == "the default, for 404"


def test_a_new_default_policy_is_wider_at_urls_without_a_route():
    before, after = (document(survey(flask_app(**given))) for given in ({}, {"policy": API}))
    assert [(change.url, change.wider) for change in diff(before, after)] == [
        ("any other URL", True)
    ]


def test_a_risk_of_the_default_policy_is_found_also_if_no_route_has_it():
    app = flask_app(policy=Policy("http://localhost:3000"))
    found = [(one.code, one.where) for one in audit(survey(app))]
    assert ("development-origin", "GET any other URL") in found


def test_a_survey_has_the_debug_mode_of_the_app():
    app = flask_app(policy=API)
    assert not survey(app).debug
    app.debug = True
    assert survey(app).debug


def test_an_app_can_get_routes_after_a_survey():
    app = flask_app(blueprints={}, policy=API)
    assert survey(app).rows == []
    app.add_url_rule("/", view_func=view)
    assert len(survey(app).rows) == 2


def build(*rules, **options):
    url_map = Map(rules, **options)
    return CORS(hello, url_map, {"view": view}, API)


def test_a_rule_without_methods_serves_the_usual_methods():
    rows = survey(build(Rule("/", endpoint="view"))).rows
    assert [row.method for row in rows] == ["GET", "HEAD", "POST", "DELETE", "PATCH", "PUT"]


def test_the_first_of_two_equal_rules_is_listed():
    rules = [Rule("/", endpoint=name, methods=["POST"]) for name in ("view", "other")]
    assert [row.endpoint for row in survey(build(*rules)).rows] == ["view"]


def test_rules_that_serve_no_http_requests_are_left_out():
    rules = [
        Rule("/build", endpoint="view", build_only=True),
        Rule("/socket", endpoint="view", websocket=True),
    ]
    assert survey(build(*rules)).rows == []


@pytest.mark.parametrize(
    ("rule", "options", "url"),
    [
        ({"subdomain": "api"}, {}, "//api.*/x"),
        ({"host": "api.example"}, {"host_matching": True}, "//api.example/x"),
    ],
)
def test_a_url_has_its_subdomain_or_host(rule, options, url):
    app = build(Rule("/x", endpoint="view", methods=["POST"], **rule), **options)
    assert [row.url for row in survey(app).rows] == [url]


def to_where(adapter, **values):
    return "elsewhere"


@pytest.mark.parametrize(
    ("target", "name", "has_place"),
    [
        ("/new", "/new", False),
        (to_where, "", True),
    ],
    ids=["path", "callable"],
)
def test_a_redirect_by_the_router_is_a_source(target, name, has_place):
    app = build(Rule("/old", endpoint="old", methods=["POST"], redirect_to=target))
    (row,) = survey(app).rows
    assert row[:6] == ("/old", "POST", "old", None, "redirect", name)
    assert bool(row.place) == has_place


@pytest.mark.parametrize(
    ("policy", "rights"),
    [
        (API, []),
        (API.derive(allow_methods=["GET", "DELETE"]), []),
        (API.derive(allow_methods="*", expose_headers=["ETag"]), ["read ETag"]),
        (
            API.derive(allow_methods=["PUT"], allow_headers=[]),
            ["send no headers", "not GET, DELETE"],
        ),
        (API.derive(allow_credentials=True), ["cookies, also with DELETE"]),
        (API.derive(allow_credentials=True, allow_methods=["GET"]), ["cookies", "not DELETE"]),
        (API.derive(allow_credentials=[APP]), [f"cookies only from {APP}; also with DELETE"]),
        (
            API.derive(allow_credentials=[APP], allow_methods=["GET"]),
            [f"cookies only from {APP}", "not DELETE"],
        ),
    ],
)
def test_a_line_lists_what_pages_may_do_besides_reading(policy, rights):
    rows = [Row("/", method, "view", policy, "view") for method in ("GET", "HEAD", "DELETE")]
    (line,) = describe(rows)
    assert line[:3] == ("/", "GET, DELETE", [APP])
    assert line.rights == rights


@pytest.mark.parametrize(
    ("served", "allowed", "rights"),
    [
        (["GET", "HEAD", "POST"], ["GET"], ["not POST"]),
        (["GET", "HEAD", "POST"], ["POST"], ["not GET"]),
        (["GET", "HEAD"], ["GET"], []),
        (["HEAD", "POST"], ["POST"], ["not HEAD"]),
        (["GET", "POST"], [], ["not GET, POST"]),
    ],
)
def test_a_line_lists_the_methods_that_the_policy_leaves_out(served, allowed, rights):
    policy = API.derive(allow_methods=allowed)
    (line,) = describe([Row("/", method, "view", policy, "view") for method in served])
    assert line.rights == rights


def test_a_single_policy_has_one_row():
    (row,) = survey(CORSMiddleware(hello, API)).rows
    assert row == Row("*", "*", "", API, "app")._replace(
        policy_place=row.policy_place, source_place=row.source_place
    )


def test_each_prefix_has_a_row():
    app = CORSMiddleware(hello, resolve=by_path({"/b": API, "/a": None}))
    assert [(row.url, row.kind, row.policy) for row in survey(app).rows] == [
        ("/a", "prefix", None),
        ("/b", "prefix", API),
    ]


def test_a_resolver_without_a_base_class_may_have_a_survey():
    class Own:
        def __call__(self, environ, method):
            return API

        def survey(self):
            return Survey([Row("/", "GET", "", API, "tenant")])

    assert survey(CORSMiddleware(hello, resolve=Own())).rows[0].kind == "tenant"


class Unlisted(Resolver):
    def __call__(self, environ, method):
        return API

    def enter(self, environ):
        return None

    def decide(self, environ, entered, origin):
        return None


@pytest.mark.parametrize(
    "resolve", [Unlisted(), lambda environ, method: API], ids=["class", "plain"]
)
def test_a_resolver_that_cannot_list_its_routes_is_an_error(resolve):
    app = CORSMiddleware(hello, resolve=resolve)
    with pytest.raises(TypeError, match=r"give it a method survey\(\)"):
        survey(app)


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (Flask(__name__), r"has no CORS; call CORS\(app\) right after"),
        (
            hello,
            r"^<function hello at \w+> is not an app with CORS; use the app that has CORS, or the "
            r"CORSMiddleware itself$",
        ),
    ],
)
def test_an_app_without_cors_is_an_error(app, message):
    with pytest.raises(TypeError, match=message):
        survey(app)


class Table(RouterResolver):
    """A resolver for a fixed list of routes."""

    def __init__(self, routes, policies=None, packages=()):
        super().__init__(policies or {})
        self.table = routes
        self.own_packages = {*packages}

    def match(self, environ, method, *, lists=True):
        return NOT_FOUND

    def routes(self):
        return self.table

    def packages(self):
        return self.own_packages


@cors(API)
def items():
    return "items"


@cors(OFFICE)
def replace():
    return "replaced"


ITEMS = Target("items", items, "/items")
REPLACE = Target("replace", replace, "/items")


class TestTheSurveyOfARouter:
    def test_every_method_of_every_route_has_a_row_safelisted_methods_first(self):
        public = Policy("*")
        routes = [
            ("/items", ["DELETE", "HEAD", "GET"], ITEMS),
            ("/items", ["PUT"], REPLACE),
            ("/plain", ["GET"], Target("plain", view)),
        ]
        rows = survey_router(Table(routes, {"default": public})).rows
        assert [(row.url, row.method, row.policy) for row in rows] == [
            ("/items", "GET", API),
            ("/items", "HEAD", API),
            ("/items", "DELETE", API),
            ("/items", "PUT", OFFICE),
            ("/plain", "GET", public),
        ]
        assert rows[0].place.startswith("tests/unit/auditing/test_survey.py:")

    def test_a_survey_goes_on_if_the_routes_of_another_app_cannot_be_listed(self, caplog):
        class Broken(Table):
            def routes(self):
                raise LookupError("no such module")

        apps = Table([("/items", ["GET", "HEAD"], ITEMS)]), Broken([])
        assert len(survey_router(apps[0]).rows) == 2
        [record] = (r for r in caplog.records if r.exc_info)
        assert record.msg.startswith("the routes of another app cannot be listed")
        assert isinstance(record.exc_info[1], LookupError)

    def test_the_first_of_two_routes_for_a_method_counts(self):
        routes = [("/items", {"PUT", "GET"}, ITEMS), ("/items", ["PUT"], REPLACE)]
        rows = survey_router(Table(routes)).rows
        assert [(row.method, row.endpoint) for row in rows] == [("GET", "items"), ("PUT", "items")]

    def test_a_redirect_has_its_target_or_the_code_that_finds_the_target(self):
        def elsewhere():
            return "/items"

        routes = [
            ("/old", ["GET"], Target("old", None, "/old", "/items")),
            ("/older", ["GET"], Target("older", None, "/older", elsewhere)),
        ]
        old, older = survey_router(Table(routes)).rows
        assert (old.kind, old.name, old.place, old.policy) == ("redirect", "/items", "", None)
        assert (older.kind, older.name) == ("redirect", "")
        assert older.place.startswith("tests/unit/auditing/test_survey.py:")

    def test_a_decorated_view_without_a_route_is_stray_unless_another_app_has_a_route(self):
        @cors(API)
        def forgotten():
            return ""

        app = Table([], packages=[__name__.partition(".")[0]])
        assert forgotten.__qualname__ in [stray.name for stray in survey_router(app).strays]
        other = Table([("/", ["GET"], Target("forgotten", forgotten))])
        assert forgotten.__qualname__ not in [stray.name for stray in survey_router(app).strays]
        assert [endpoint for endpoint, _ in other.views()] == ["forgotten"]


class Partners:
    def __call__(self, origin):
        return False


def load_domains():
    return [APP]


def is_partner(domain, origin):
    return origin.host.endswith(domain)


class Loader:
    def __call__(self):
        return [APP]


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        pytest.param(lambda origin: False, "<lambda>()", id="a function"),
        pytest.param(partial(is_partner, ".shop.example"), "is_partner()", id="a partial function"),
        pytest.param(Partners(), "Partners()", id="an instance"),
        pytest.param(
            RefreshedOrigins(load_domains), "RefreshedOrigins(load_domains)", id="a source"
        ),
        pytest.param(
            RefreshedOrigins(lambda: [APP]), "RefreshedOrigins(<lambda>)", id="a source of a lambda"
        ),
        pytest.param(
            RefreshedOrigins(partial(load_domains)),
            "RefreshedOrigins(load_domains)",
            id="a source of a partial function",
        ),
        pytest.param(RefreshedOrigins(Loader()), "RefreshedOrigins(Loader)", id="a source of code"),
    ],
)
def test_an_audit_names_the_code_that_allows_an_origin(entry, shown):
    app = CORSMiddleware(hello, Policy([OTHER, entry]))
    (line,) = describe(survey(app).rows)
    assert line.readers == [OTHER, f"allowed by {shown}"]
