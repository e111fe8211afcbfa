import importlib.util
from functools import partial

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView
from werkzeug.routing import Map, Rule

from wsgicors import CORSMiddleware, Policy
from wsgicors.auditing import Row, Survey, describe, survey
from wsgicors.flask import cors
from wsgicors.paths import by_path
from wsgicors.resolving import Resolver
from wsgicors.sources import place_of
from wsgicors.werkzeug import CORS

from ..helpers import APP, OTHER, hello
from .apps import flask_app, module, view

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


def test_every_method_has_the_nearest_source():
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


def test_options_is_a_row_where_a_view_declares_it():
    app = flask_app(policy=API)
    app.add_url_rule("/", view_func=view, methods=["OPTIONS"])
    assert [row.method for row in survey(app).rows] == ["OPTIONS"]


def test_the_code_is_named_by_file_and_line():
    app = flask_app(policy=API)
    app.add_url_rule("/", view_func=view)
    line = view.__code__.co_firstlineno
    assert {row.place for row in survey(app).rows} == {f"tests/auditing/apps.py:{line}"}


@pytest.mark.parametrize(
    "code", [None, len, partial(view), module("def f(): ...").f, module("class C: ...").C]
)
def test_code_without_a_source_has_no_place(code):
    assert place_of(code) == ""


def test_code_from_nowhere_on_the_path_is_named_by_its_file(tmp_path):
    file = tmp_path / "lone.py"
    file.write_text("\ndef view(): ...\n")
    spec = importlib.util.spec_from_file_location("lone", file)
    lone = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lone)
    assert place_of(lone.view) == "lone.py:2"


def test_the_survey_says_whether_the_app_is_being_developed():
    app = flask_app(policy=API)
    assert not survey(app).debug
    app.debug = True
    assert survey(app).debug


def test_a_survey_leaves_an_app_free_to_grow():
    app = flask_app(blueprints={}, policy=API)
    assert survey(app).rows == []
    app.add_url_rule("/", view_func=view)
    assert len(survey(app).rows) == 2


def build(*rules, **options):
    url_map = Map(rules, **options)
    return CORS(hello, url_map, {"view": view}, API)


def test_a_rule_without_methods_serves_the_usual_ones():
    rows = survey(build(Rule("/", endpoint="view"))).rows
    assert [row.method for row in rows] == ["GET", "HEAD", "POST", "DELETE", "PATCH", "PUT"]


def test_of_two_rules_alike_the_first_is_listed():
    rules = [Rule("/", endpoint=name, methods=["POST"]) for name in ("view", "other")]
    assert [row.endpoint for row in survey(build(*rules)).rows] == ["view"]


def test_rules_that_serve_no_request_are_left_out():
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
def test_a_url_says_where_it_is(rule, options, url):
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
def test_a_redirect_of_the_routers_is_a_source(target, name, has_place):
    app = build(Rule("/old", endpoint="old", methods=["POST"], redirect_to=target))
    (row,) = survey(app).rows
    assert row[:6] == ("/old", "POST", "old", None, "redirect", name)
    assert bool(row.place) == has_place


@pytest.mark.parametrize(
    ("policy", "rights"),
    [
        (API, []),
        (API.derive(allow_methods=["GET", "DELETE"]), []),
        (API.derive(allow_methods="*", expose_headers=["ETag"]), ["see ETag"]),
        (API.derive(allow_methods=["PUT"], allow_headers=[]), ["send no headers", "not DELETE"]),
        (API.derive(allow_credentials=True), ["cookies"]),
    ],
)
def test_a_line_says_what_pages_may_do_beside_reading(policy, rights):
    rows = [Row("/", method, "view", policy, "view") for method in ("GET", "HEAD", "DELETE")]
    (line,) = describe(rows)
    assert line[:3] == ("/", "GET, DELETE", [APP])
    assert line.rights == rights


def test_one_policy_is_one_row():
    assert survey(CORSMiddleware(hello, API)).rows == [Row("*", "*", "", API, "app")]


def test_a_prefix_is_a_row():
    app = CORSMiddleware(hello, resolve=by_path({"/b": API, "/a": None}))
    assert [(row.url, row.kind, row.policy) for row in survey(app).rows] == [
        ("/a", "prefix", None),
        ("/b", "prefix", API),
    ]


def test_a_resolver_of_ones_own_may_have_a_survey():
    class Own:
        def __call__(self, environ, method):
            return API

        def survey(self):
            return Survey([Row("/", "GET", "", API, "tenant")])

    assert survey(CORSMiddleware(hello, resolve=Own())).rows[0].kind == "tenant"


class Mute(Resolver):
    def __call__(self, environ, method):
        return API

    def entry(self, environ):
        return None

    def answered_by(self, environ, entry):
        return API


@pytest.mark.parametrize("resolve", [Mute(), lambda environ, method: API], ids=["class", "plain"])
def test_a_resolver_that_cannot_tell_says_so(resolve):
    app = CORSMiddleware(hello, resolve=resolve)
    with pytest.raises(TypeError, match=r"give it a method survey\(\)"):
        survey(app)


@pytest.mark.parametrize(
    ("app", "message"),
    [
        (Flask(__name__), r"has no CORS; write CORS\(app\) right after"),
        (hello, "or the CORSMiddleware itself, not what is wrapped around it"),
    ],
)
def test_an_app_without_cors_is_an_error(app, message):
    with pytest.raises(TypeError, match=message):
        survey(app)
