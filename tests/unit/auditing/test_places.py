"""Where policies are written, which app it is, and the policies of an app."""

import inspect
import platform
from importlib.metadata import version

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView
from werkzeug.routing import Map, Rule

import wsgicors.werkzeug
from tests.helpers import APP, OTHER, hello
from tests.unit.auditing.apps import flask_app, view
from wsgicors import CORSMiddleware, Policy
from wsgicors.auditing import Row, describe, document, list_policies, survey
from wsgicors.auditing.about import VARIABLES, version_of
from wsgicors.auditing.lines import writes_with_cookies
from wsgicors.auditing.survey import survey_router
from wsgicors.flask import CORS, FlaskResolver, cors
from wsgicors.paths import by_path

HERE = "tests/unit/auditing/test_places.py"


def here(before=0):
    return f"{HERE}:{inspect.currentframe().f_back.f_lineno - before}"


API, WRITTEN = Policy(APP), here()
PARTNERS = Policy(OTHER)
OTHER_WRITTEN = here(before=1)


def make():
    group = Blueprint("group", __name__)
    group.add_url_rule("/group", view_func=view)
    app = flask_app(
        policies={"default": API, "partners": PARTNERS, "unused": {"allow_origins": "*"}},
        blueprints={"group": PARTNERS},
        endpoints={"listed": Policy("*")},
    )
    app.register_blueprint(group)
    app.add_url_rule("/rest", "rest", view)
    app.add_url_rule("/listed", "listed", view)
    app.add_url_rule("/own", view_func=own)
    app.add_url_rule("/entry", view_func=Entry.as_view("entry"))
    return app


@cors(allow_origins=APP)
def own(): ...


class Entry(MethodView):
    def get(self): ...

    @cors("partners", max_age=60)
    def put(self): ...


MADE = f"tests/unit/auditing/apps.py:{inspect.getsourcelines(flask_app)[1] + 3}"


def test_a_row_says_where_its_policy_is_written_and_what_gives_it_to_the_route():
    rows = {(row.url, row.method): row for row in survey(make()).rows}
    table = inspect.getsourcelines(make)[1]
    found = {key: (row.policy_place, row.source_place) for key, row in rows.items()}
    assert found["/rest", "GET"] == (WRITTEN, MADE)
    assert found["/group", "GET"] == (OTHER_WRITTEN, MADE)
    assert found["/listed", "GET"] == (f"{HERE}:{table + 6}", MADE)
    assert found["/own", "GET"] == (f"{HERE}:{inspect.getsourcelines(own)[1]}", "")
    assert found["/entry", "PUT"] == (f"{HERE}:{inspect.getsourcelines(Entry.put)[1]}", "")
    assert rows["/entry", "PUT"].view == "Entry.put"
    assert rows["/own", "GET"].view == "own"


def test_a_wrapper_and_a_table_of_prefixes_are_lines_too():
    wrapped, line = CORSMiddleware(hello, API), here()
    (row,) = survey(wrapped).rows
    assert (row.policy_place, row.source_place) == (WRITTEN, line)
    resolve, line = by_path({"/": API, "/open": None}), here()
    rows = survey(CORSMiddleware(hello, resolve=resolve)).rows
    places = [(row.policy_place, row.source_place) for row in rows]
    assert places == [(WRITTEN, line), ("", line)]


def test_a_policy_that_is_typed_into_a_console_has_no_line():
    names = {}
    exec(compile("from wsgicors import Policy\np = Policy('*')", "<stdin>", "exec"), names)
    assert survey(CORSMiddleware(hello, names["p"])).rows[0].policy_place == ""


def test_the_policies_of_an_app_have_names_lines_and_routes():
    found = [(u.name, u.is_refined, u.place, u.urls) for u in list_policies(survey(make()))]
    own_line, put = inspect.getsourcelines(own)[1], inspect.getsourcelines(Entry.put)[1]
    table = inspect.getsourcelines(make)[1]
    assert found == [
        ("default", False, WRITTEN, 2),
        ("partners", False, OTHER_WRITTEN, 1),
        ("unused", False, MADE, 0),
        ("", False, f"{HERE}:{table + 6}", 1),
        ("", False, f"{HERE}:{own_line}", 1),
        ("partners", True, f"{HERE}:{put}", 1),
    ]


def test_the_json_form_has_the_app_and_its_policies():
    app = make()
    written = document(survey(app))
    assert written["policies"][0]["settings"]["allow_origins"] == [APP]
    assert {key: written["policies"][5][key] for key in ("name", "is_refined", "urls")} == {
        "name": "partners",
        "is_refined": True,
        "urls": 1,
    }
    row = next(row for row in written["rows"] if row["url"] == "/rest")
    assert row["source"] == {"kind": "default", "name": "", "place": MADE}
    assert (row["view"], row["policy_place"], row["writes_with_cookies"]) == ("view", WRITTEN, [])


def test_the_json_form_says_which_app_it_is_and_in_which_versions(monkeypatch):
    app = make()
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FLASK_ENV", "production")
    app.debug = True
    assert document(survey(app))["app"] == {
        "name": "tests.unit.auditing.apps",
        "framework": f"Flask {version('Flask')}",
        "debug": True,
        "configuration": {"FLASK_ENV": "production"},
        "versions": {"wsgicors": version("wsgicors-toolkit"), "Python": platform.python_version()},
    }


def test_an_app_without_a_framework_has_no_name():
    assert document(survey(CORSMiddleware(hello, API)))["app"]["framework"] == ""


def test_a_framework_without_a_name_for_its_apps():
    app = wsgicors.werkzeug.CORS(hello, Map([Rule("/", endpoint="view")]), {"view": view}, API)
    about = survey(app).about
    assert (about.name, about.framework) == ("", f"Werkzeug {version('Werkzeug')}")


def test_a_package_that_is_not_installed_has_no_version():
    assert version_of("not-installed-at-all") == ""


COOKIES = Policy(APP, allow_credentials=True)


@pytest.mark.parametrize(
    ("method", "policy", "expected"),
    [
        pytest.param("PUT", COOKIES, ["PUT"], id="put"),
        pytest.param("GET", COOKIES, [], id="get"),
        pytest.param("OPTIONS", COOKIES, [], id="options"),
        pytest.param("PUT", API, [], id="without-cookies"),
        pytest.param("PUT", None, [], id="without-a-policy"),
        pytest.param("PUT", COOKIES.derive(allow_methods=["GET"]), [], id="not-listed"),
        pytest.param("POST", COOKIES.derive(allow_methods=["GET"]), ["POST"], id="simple"),
        pytest.param("*", COOKIES, ["POST"], id="no-router"),
        pytest.param("*", COOKIES.derive(allow_methods=["PUT"]), ["POST", "PUT"], id="listed"),
        pytest.param("*", COOKIES.derive(allow_methods="*"), ["POST"], id="every-method"),
    ],
)
def test_the_methods_that_change_data_and_take_cookies(method, policy, expected):
    assert writes_with_cookies(Row("/", method, "view", policy, "view")) == expected


def test_the_name_of_a_view_in_a_function_is_its_own():
    def inner(): ...

    app = flask_app(policy=API)
    app.add_url_rule("/", view_func=inner)
    assert {row.view for row in survey(app).rows} == {"inner"}


def test_a_decorator_that_leaves_a_view_without_a_policy_is_shown_as_such():
    (line,) = describe([Row("/", "GET", "x", None, "view")])
    assert line.source == "view: @cors(None)"


def test_the_line_of_a_table_is_looked_for_once(monkeypatch):
    asked = []

    class Resolver(FlaskResolver):
        def place_of_table(self, table):
            asked.append(table)
            return super().place_of_table(table)

    app = Flask("shop")
    for number in range(9):
        app.add_url_rule(f"/{number}", str(number), view)
    survey_router(Resolver(app, CORS(policies={"default": API})))
    assert asked == ["policies"]
