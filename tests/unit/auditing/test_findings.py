"""Each finding: an app with it, and an app without it."""

import gc
from pathlib import Path
from textwrap import dedent

import falcon
import pytest
from flask.views import MethodView
from werkzeug.routing import Map, Rule

from tests.helpers import APP, OTHER, hello
from tests.unit.auditing.apps import flask_app, found, module, view
from wsgicors import CORSMiddleware, Origin, Policy
from wsgicors import falcon as in_falcon
from wsgicors._core.origin_lists import covers
from wsgicors._core.problems import CODES as PROBLEMS
from wsgicors.auditing import CODES, audit, survey
from wsgicors.auditing.origins import share_origins
from wsgicors.cli.meanings import TEXTS
from wsgicors.flask import cors
from wsgicors.paths import by_path
from wsgicors.werkzeug import CORS

DOCUMENTATION = (Path(__file__).parents[3] / "docs" / "audit.md").read_text("utf-8")

STRAYS = """
    from functools import wraps
    from flask import Blueprint, Flask
    from flask.views import MethodView
    from wsgicors.flask import CORS, cors

    app = Flask(__name__, static_folder=None)
    CORS(app)

    def decorate(view):
        @wraps(view)
        def decorated(): return view()
        return decorated

    @app.get("/reached")
    @decorate
    @cors(allow_origins="*")
    def reached(): ...

    class Base(MethodView):
        @cors(allow_origins="*")
        def get(self): ...

    class Reached(Base): ...

    app.add_url_rule("/class", view_func=Reached.as_view("class"))
"""


@pytest.mark.parametrize(
    ("source", "code", "severity"),
    [
        pytest.param(
            """
            @cors(allow_origins="*")
            @decorate
            @app.get("/")
            def stray(): ...
            """,
            "mark-above-route",
            "error",
            id="route-below",
        ),
        pytest.param(
            """
            @cors(allow_origins="*")
            def stray(): ...
            """,
            "unreached-mark",
            "warning",
            id="no-route",
        ),
        pytest.param(
            """
            lost = Blueprint("lost", __name__)

            @lost.get("/")
            @cors(allow_origins="*")
            def stray(): ...
            """,
            "unreached-mark",
            "warning",
            id="blueprint-not-registered",
        ),
        pytest.param(
            """
            @cors(allow_origins="*")
            def stray(): ...

            app.view_functions["stray"] = stray
            """,
            "unreached-mark",
            "warning",
            id="view-without-a-rule",
        ),
    ],
)
@pytest.mark.usefixtures("no_other_marks")
def test_a_decorated_view_without_a_route_is_found(source, code, severity):
    made = module(dedent(STRAYS) + dedent(source))
    (finding,) = (f for f in audit(survey(made.app)) if "mark" in f.code)
    assert (finding.code, finding.severity) == (code, severity)
    assert finding.where == "stray"  # without a place: the module has no file


@pytest.mark.usefixtures("no_other_marks")
def test_a_view_that_no_route_reaches_loses_its_decorator_only_if_it_is_not_used():
    made = module(f"""{dedent(STRAYS)}
@cors(allow_origins="*")
def stray(): ...
""")
    (finding,) = found(made.app, "unreached-mark")
    assert finding.message == (
        "This is decorated with @cors, but no route of this app reaches it. Add its route or "
        "register its blueprint, or decorate the view that has replaced it. Remove @cors only if "
        "the view is not used."
    )
    assert TEXTS["unreached-mark"].advice.endswith("Remove @cors only if the view is not used.")


@pytest.mark.usefixtures("no_other_marks")
def test_decorated_views_with_routes_are_not_found():
    made = module(STRAYS)
    assert [f for f in audit(survey(made.app)) if "mark" in f.code] == []


@pytest.mark.usefixtures("no_other_marks")
def test_a_route_reaches_a_decorated_method_of_an_object():
    made = module(
        """
        from flask import Flask
        from wsgicors.flask import CORS, cors

        app = Flask(__name__)
        CORS(app)

        class API:
            @cors(allow_origins="*")
            def reached(self): ...

            @cors(allow_origins="*")
            def forgotten(self): ...

        app.add_url_rule("/", view_func=API().reached)
        """
    )
    assert [finding.where for finding in found(made.app, "unreached-mark")] == ["API.forgotten"]


@pytest.mark.usefixtures("no_other_marks")
def test_views_with_a_route_in_another_app_are_not_found():
    made = module(
        """
        from flask import Flask
        from wsgicors.flask import CORS, cors

        one, other = Flask(__name__), Flask(__name__)
        CORS(one)
        CORS(other)

        @other.get("/")
        @cors(allow_origins="*")
        def reached(): ...
        """
    )
    assert found(made.one, "unreached-mark") == []


@pytest.mark.usefixtures("no_other_marks")
def test_views_of_a_discarded_app_are_ignored():
    made = module(
        """
        from flask import Flask
        from wsgicors.flask import CORS, cors

        @cors(allow_origins="*")
        def shared(): ...

        def make(*views):
            app = Flask(__name__)
            CORS(app)
            for view in views:
                app.add_url_rule("/", view_func=view)

            @cors(allow_origins="*")
            class Dropped: ...

            return app
        """
    )
    gc.disable()  # so that only the survey itself collects the discarded app
    try:
        made.make(made.shared)
        app = made.make()
        assert [finding.where for finding in found(app, "unreached-mark")] == ["shared"]
    finally:
        gc.enable()


@cors(allow_origins=[APP])
def decorated():
    return "decorated"


def silent(code, app):
    assert code in CODES
    return found(app, code) == []


def test_a_view_without_a_policy_in_an_app_that_has_some():
    app = flask_app()
    app.add_url_rule("/decorated", view_func=decorated)
    app.add_url_rule("/view", view_func=view)
    (finding,) = found(app, "view-without-policy")
    assert finding.severity == "warning"
    assert finding.where.startswith("GET /view (tests/unit/auditing/apps.py:")
    assert finding.message == (
        "'view' has no CORS policy, so no page on another origin can read it, unless the app "
        "writes CORS headers itself. Add @cors(policy), or @cors(None) if this is intended."
    )


def installed_view(package, name):
    names = {"__name__": f"{package}.views"}
    source = f"def {name}(): ..."
    exec(compile(source, f"/srv/lib/site-packages/{package}/views.py", "exec"), names)
    return names[name]


def test_views_of_an_installed_package_without_a_policy_are_one_note_about_the_package():
    app = flask_app()
    app.add_url_rule("/decorated", view_func=decorated)
    for package, name in ("shop_admin", "home"), ("shop_admin", "users"), ("docs", "page"):
        app.add_url_rule(f"/{name}", name, installed_view(package, name))
    assert found(app, "view-without-policy") == []
    findings = found(app, "package-without-policy")
    assert [(finding.severity, causes(finding)) for finding in findings] == [
        ("info", ["GET /home", "HEAD /home", "GET /users", "HEAD /users"]),
        ("info", ["GET /page", "HEAD /page"]),
    ]
    assert findings[0].where == "GET /home; GET /users"  # without a place: there is no file
    assert findings[0].message == (
        "views of the installed package 'shop_admin' have no CORS policy, so no page on another "
        "origin can read them, unless the app writes CORS headers itself. If pages should read one "
        "of them, add it to the table: endpoints={'home': policy}."
    )


def test_views_of_an_installed_package_with_an_entry_in_endpoints_are_not_found():
    app = flask_app(endpoints={"home": None})
    app.add_url_rule("/decorated", view_func=decorated)
    app.add_url_rule("/home", "home", installed_view("shop_admin", "home"))
    assert silent("package-without-policy", app)


def test_views_with_an_entry_in_endpoints_and_static_files_are_not_found():
    app = flask_app(endpoints={"view": None})
    app.add_url_rule("/decorated", view_func=decorated)
    app.add_url_rule("/view", "view", view)
    app.add_url_rule("/files/<name>", "static", view)
    assert silent("view-without-policy", app)


def test_an_app_without_any_policy_has_no_finding():
    app = flask_app()
    app.add_url_rule("/view", view_func=view)
    assert silent("view-without-policy", app)


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.exmaple",
        "https://*.shop.cmo",
        "ftp://files.shop.com",
        "https://shop.com:80",
        "http://shop.com:443",
    ],
)
def test_an_origin_that_no_page_can_have(origin):
    (finding,) = found(CORSMiddleware(hello, allow_origins=[origin]), "origin-matches-nothing")
    assert (finding.severity, finding.where) == ("warning", "the whole app")
    assert repr(origin) in finding.message


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://shop.com",
        "https://shop.com.",
        "https://*.shop.co.uk:8443",
        "http://intranet",
        "http://printer.local",
        "http://192.168.1.5:8000",
        "http://[fd00::1]",
        "capacitor://localhost",
        "chrome-extension://abcdefghijklmnop",
        "moz-extension://a.b",
    ],
)
def test_an_origin_that_a_page_may_have(origin):
    assert silent("origin-matches-nothing", CORSMiddleware(hello, allow_origins=[origin]))


@pytest.mark.parametrize("credentials", [False, True])
def test_a_development_origin_is_found_outside_debug_mode_only(credentials):
    policy = Policy([APP, "http://localhost:*"], allow_credentials=credentials)
    app = flask_app(policy=policy)
    app.add_url_rule("/", view_func=view)
    (finding,) = found(app, "development-origin")
    assert (finding.severity, finding.message) == (
        "warning",
        "allow_origins: 'http://localhost:*' is a development origin, but debug mode is off: any "
        "program on a visitor's machine can serve pages there, so allow it only in development",
    )
    app.debug = True
    assert silent("development-origin", app)


@pytest.mark.parametrize(
    "wrap", [CORSMiddleware, lambda _, policy: in_falcon.CORS(falcon.App(), policy)]
)
def test_without_a_debug_mode_a_development_origin_is_to_be_ignored_while_you_develop(wrap):
    (finding,) = found(wrap(hello, Policy("http://localhost:*")), "development-origin")
    assert finding.message == (
        "allow_origins: 'http://localhost:*' is a development origin: any program on a visitor's "
        "machine can serve pages there, so allow it only in development. This app has no debug "
        "mode: audit the production configuration, or use --ignore development-origin while you "
        "develop"
    )


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        ("http://localhost:*", "development-origin"),
        ("https://app.exmaple", "origin-matches-nothing"),
    ],
)
def test_an_origin_with_credentials_is_looked_at_once(origin, code):
    (finding,) = found(CORSMiddleware(hello, Policy("*", allow_credentials=[origin])), code)
    assert finding.message.startswith(f"allow_credentials: {origin!r} ")
    (finding,) = found(CORSMiddleware(hello, Policy([origin], allow_credentials=[origin])), code)
    assert finding.message.startswith(f"allow_origins: {origin!r} ")


def two_on_one_url(one, other):
    views = {"one": cors(one)(lambda: "one"), "other": cors(other)(lambda: "other")}
    rules = [
        Rule("/", endpoint="one", methods=["PUT"]),
        Rule("/", endpoint="other", methods=["POST"]),
    ]
    return CORS(hello, Map(rules), views)


X = ["Content-Type", "X-Id"]
WITH_X = Policy(APP, allow_headers=X)


def test_two_policies_with_different_headers_at_one_url():
    app = two_on_one_url(WITH_X, Policy(APP))
    (finding,) = found(app, "headers-differ")
    assert finding.severity == "warning"
    assert finding.where.startswith("PUT, POST / (")
    assert "may send X-Id with PUT can also send X-Id with POST" in finding.message


def test_all_methods_that_get_a_header_of_another_one_are_found():
    views = {"get": Policy(APP, max_age=60), "put": WITH_X, "delete": Policy(APP)}
    rules = [Rule("/", endpoint=name, methods=[name.upper()]) for name in views]
    app = CORS(hello, Map(rules), {name: cors(its)(lambda: "") for name, its in views.items()})
    (finding,) = found(app, "headers-differ")
    assert "may send X-Id with PUT can also send X-Id with GET, DELETE, without" in finding.message
    assert causes(finding) == ["PUT /", "GET /", "HEAD /", "DELETE /"]


def test_each_of_two_methods_may_get_a_header_of_the_other():
    with_y = Policy(APP, allow_headers=["Content-Type", "Y"])
    first, second = found(two_on_one_url(WITH_X, with_y), "headers-differ")
    assert "may send X-Id with PUT can also send X-Id with POST" in first.message
    assert "may send Y with POST can also send Y with PUT" in second.message


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(WITH_X, Policy(APP, allow_headers=X, max_age=60), id="equal-headers"),
        pytest.param(WITH_X.derive(max_age=0), Policy(APP), id="not-remembered"),
        pytest.param(WITH_X, Policy(OTHER), id="no-origin-in-common"),
        pytest.param(WITH_X, Policy(APP, allow_headers="*", max_age=0), id="wider-other"),
        pytest.param(WITH_X, None, id="no-policy"),
    ],
)
def test_headers_that_a_browser_does_not_carry_over(one, other):
    assert silent("headers-differ", two_on_one_url(one, other))


def test_a_browser_carries_over_a_wildcard():
    app = two_on_one_url(Policy(APP, allow_headers="*"), WITH_X)
    assert "may send any header with PUT" in found(app, "headers-differ")[0].message


def test_a_browser_carries_over_authorization_to_a_wildcard():
    one = Policy(APP, allow_headers=["*", "Authorization"])
    (finding,) = found(two_on_one_url(one, Policy(APP, allow_headers="*")), "headers-differ")
    assert "may send Authorization with" in finding.message


def test_a_redirect_that_leaves_the_app():
    url_map = Map([Rule("/old", endpoint="old", redirect_to="https://new.example/")])
    (finding,) = found(CORS(hello, url_map, {}), "redirect-leaves-app")
    assert finding.severity == "warning"
    assert finding.message == (
        "The router redirects to 'https://new.example/', which this app's policies do not cover. "
        "If that is this app's own host, redirect to a path; otherwise have pages request that "
        "URL directly."
    )


def test_a_redirect_to_a_path_of_the_app():
    url_map = Map([Rule("/old", endpoint="old", redirect_to="/new")])
    assert silent("redirect-leaves-app", CORS(hello, url_map, {}))


class Anything(MethodView):
    def get(self):
        return "get"

    def put(self):
        return "put"


def app_with_put(policy):
    app = flask_app(policy=policy)
    app.add_url_rule("/", view_func=Anything.as_view("anything"))
    return app


def test_pages_of_any_origin_may_write():
    (finding,) = found(app_with_put(Policy("*")), "everybody-may-write")
    assert finding.severity == "info"
    assert "may send PUT" in finding.message
    assert "though without cookies; list" in finding.message
    (finding,) = found(app_with_put(Policy("*", allow_credentials=[APP])), "everybody-may-write")
    assert "though without cookies, unless allow_credentials lists them;" in finding.message
    raw = CORSMiddleware(hello, allow_origins="*", allow_methods=["DELETE"])
    assert "may send DELETE" in found(raw, "everybody-may-write")[0].message


@pytest.mark.parametrize(
    "app",
    [
        app_with_put(Policy("*", allow_methods=["GET"])),
        app_with_put(Policy(APP)),
        CORSMiddleware(hello, allow_origins="*"),
    ],
    ids=["not-listed", "some-origins", "only-reading"],
)
def test_pages_of_any_origin_may_not_write(app):
    assert silent("everybody-may-write", app)


@pytest.mark.parametrize(
    ("allowed", "left_out"),
    [
        pytest.param(["PUT"], ["GET", "POST"], id="both"),
        pytest.param(["GET", "HEAD"], ["POST"], id="post"),
        pytest.param(["GET", "POST"], [], id="head-and-put-only"),
        pytest.param("*", [], id="star"),
        pytest.param(None, [], id="no-list"),
    ],
)
def test_a_list_that_leaves_out_a_method_that_needs_no_preflight(allowed, left_out):
    app = flask_app(allow_origins=[APP], allow_methods=allowed)
    app.add_url_rule("/items", "items", view, methods=["GET", "POST", "PUT"])
    app.add_url_rule("/closed", "closed", cors(None)(lambda: ""), methods=["GET", "POST"])
    findings = found(app, "simple-request-not-listed")
    assert [finding.where.split(" (")[0] for finding in findings] == [
        f"{method} /items" for method in left_out
    ]
    for method, finding in zip(left_out, findings, strict=True):
        assert finding.severity == "info"
        assert f"pages can still send such a {method}" in finding.message


def test_a_body_without_an_allowed_content_type():
    (finding,) = found(
        app_with_put(Policy(APP, allow_headers=["X-Id"])), "content-type-not-allowed"
    )
    assert finding.severity == "info"
    assert "PUT with a JSON body" in finding.message


@pytest.mark.parametrize("headers", ["Content-Type", "*"])
def test_a_body_with_an_allowed_content_type(headers):
    assert silent("content-type-not-allowed", app_with_put(Policy(APP, allow_headers=headers)))


def test_a_finding_on_policy_and_route_is_reported_once():
    policy = Policy(APP, allow_headers=["X-Id"], allow_methods=["PUT"])
    assert len(found(app_with_put(policy), "content-type-not-allowed")) == 1


def test_a_body_of_a_method_that_only_the_policy_names():
    policy = Policy(APP, allow_headers=["X-Id"], allow_methods=["PATCH", "PUT"])
    (finding,) = found(app_with_put(policy), "content-type-not-allowed")
    assert "PATCH, PUT with a JSON body" in finding.message


def partner(origin: Origin) -> bool:
    return origin.host == "partner.example"


def test_an_accepted_risk():
    app = CORSMiddleware(
        hello,
        allow_origins=partner,
        allow_credentials=True,
        accept_risks=["callable-with-credentials"],
    )
    (finding,) = found(app, "accepted-risk")
    assert finding.severity == "info"
    meaning = PROBLEMS["callable-with-credentials"].meaning
    assert finding.message == (
        f"accept_risks: 'callable-with-credentials' ({meaning}); check that the reason to accept "
        f"this risk still holds"
    )
    assert silent("accepted-risk", CORSMiddleware(hello, allow_origins=partner))


@pytest.mark.parametrize(
    ("code", "settings"),
    [
        ("subdomains-with-credentials", {"origins": "https://*.a.example", "credentials": True}),
        ("public-suffix-wildcard", {"origins": "https://*.github.io"}),
        ("method-case", {"methods": ["Patch"]}),
        ("options-listed", {"methods": ["OPTIONS"]}),
        ("wildcard-without-authorization", {"headers": "*"}),
        (
            "credentials-with-authorization",
            {"headers": ["Content-Type", "Authorization"], "credentials": True},
        ),
        ("redundant", {"origins": [APP, APP]}),
        ("max-age-above-caps", {"max_age": 86400}),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_warnings_and_notes_of_a_policy_are_findings(code, settings):
    policy = Policy(
        settings.get("origins", APP),
        allow_methods=settings.get("methods"),
        allow_headers=settings.get("headers", ["Content-Type"]),
        allow_credentials=settings.get("credentials", False),
        max_age=settings.get("max_age"),
    )
    (finding,) = found(CORSMiddleware(hello, policy), code)
    assert finding.severity == CODES[code].severity
    assert silent(code, CORSMiddleware(hello, allow_origins=[APP]))


def causes(finding):
    return [f"{row.method} {row.url}" for row in finding.rows]


def test_a_finding_on_several_routes_is_reported_once_and_names_the_first_of_them():
    app = flask_app(policy=Policy([APP, "http://localhost:*"]))
    for number in range(5):
        app.add_url_rule(f"/{number}", str(number), view)
    (finding,) = found(app, "development-origin")
    place = f"(tests/unit/auditing/apps.py:{view.__code__.co_firstlineno})"
    assert finding.where == (f"GET /0 {place}; GET /1 {place}; GET /2 {place} and 2 more URLs")
    assert causes(finding) == [f"{m} /{n}" for n in range(5) for m in ("GET", "HEAD")]


def test_a_finding_that_no_route_causes_has_no_rows():
    app = flask_app(policy=Policy(APP))
    app.add_url_rule("/", view_func=view)
    app.extensions["cors"] = True
    layers = survey(app)._replace(other_layers=["Flask-CORS"])
    assert [f.rows for f in audit(layers) if f.code == "other-cors-layer"] == [()]


@pytest.fixture
def shared():
    """Return a function that makes an app with one policy for reading and for writing routes."""

    def make(**settings):
        app = flask_app(policy=Policy(**settings))
        app.add_url_rule("/prices", "prices", view)
        app.add_url_rule("/orders", "orders", view, methods=["DELETE"])
        app.add_url_rule("/stock", "stock", view, methods=["GET", "PUT", "POST"])
        app.add_url_rule("/notes", "notes", view, methods=["PATCH"])
        return app

    return make


def test_writing_by_every_origin_is_found_at_the_routes_that_write(shared):
    (finding,) = found(shared(allow_origins="*"), "everybody-may-write")
    assert causes(finding) == ["DELETE /orders", "POST /stock", "PUT /stock", "PATCH /notes"]
    assert finding.where.startswith("DELETE /orders (")
    (finding,) = found(shared(allow_origins="*", allow_methods=["PUT"]), "everybody-may-write")
    assert causes(finding) == ["PUT /stock"]


def test_a_missing_content_type_is_found_at_the_routes_that_read_a_body(shared):
    (finding,) = found(shared(allow_origins=APP, allow_headers=[]), "content-type-not-allowed")
    assert causes(finding) == ["POST /stock", "PUT /stock", "PATCH /notes"]


def test_a_method_in_the_wrong_case_is_found_at_the_routes_that_serve_it(shared):
    with pytest.warns(UserWarning, match="PATCH"):
        app = shared(allow_origins=APP, allow_methods=["GET", "Patch"])
    (finding,) = found(app, "method-case")
    assert causes(finding) == ["PATCH /notes"]


def test_a_dangerous_origin_is_found_at_the_routes_that_its_pages_can_reach(shared):
    app = shared(allow_origins="http://localhost:*", allow_methods=["GET", "PUT"])
    (finding,) = found(app, "development-origin")
    assert causes(finding) == [
        *("GET /prices", "HEAD /prices"),
        *("GET /stock", "HEAD /stock", "POST /stock", "PUT /stock"),
    ]


def test_a_policy_that_pages_cannot_use_is_found_at_all_its_routes():
    app = flask_app(policy=Policy("http://localhost:*", allow_methods=["GET"]))
    app.add_url_rule("/", view_func=view, methods=["DELETE"])
    assert causes(found(app, "development-origin")[0]) == ["DELETE /"]


def test_a_finding_on_two_methods_names_the_code_of_both():
    app = flask_app(policy=Policy("http://localhost:*"))
    app.add_url_rule("/", view_func=Anything.as_view("anything"))
    lines = [f.__code__.co_firstlineno for f in (Anything.get, Anything.put)]
    places = ", ".join(f"tests/unit/auditing/test_findings.py:{line}" for line in lines)
    assert found(app, "development-origin")[0].where == f"GET, PUT / ({places})"


def test_a_finding_on_a_prefix_names_its_path():
    app = CORSMiddleware(hello, resolve=by_path({"/api": Policy("http://localhost:*")}))
    assert found(app, "development-origin")[0].where == "/api"


def test_the_worst_finding_comes_first():
    app = flask_app(policy=Policy([APP, "http://localhost:*"], max_age=86400))
    app.add_url_rule("/", view_func=view)
    severities = [f.severity for f in audit(survey(app)) if "mark" not in f.code]
    assert severities == ["warning", "info"]


def test_the_documentation_lists_every_code():
    section = DOCUMENTATION.partition("\n## Findings\n")[2].partition("\n## ")[0]
    listed = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
    assert listed == set(CODES)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("https://*.a.example", "https://*.b.example", True),
        ("https://*.a.example", "https://x.a.example", True),
        ("https://x.b.example", "https://*.a.example", False),
        ("https://*.a.example", "https://x.b.example", False),
    ],
)
def test_two_policies_may_allow_the_same_origin(one, other, share):
    assert share_origins(Policy(one), Policy(other)) == share


@pytest.mark.parametrize(
    ("wide", "text", "covered"),
    [
        (["*"], APP, True),
        (["https://*.a.example"], "https://x.a.example", True),
        (["https://x.a.example"], "https://*.a.example", False),
        ([APP], "callable shop.partner", False),
    ],
)
def test_an_entry_covers_another(wide, text, covered):
    assert covers(wide, text) == covered
