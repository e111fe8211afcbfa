"""Advice names the code of the app, and the table where that code is not the app's own.

Each advice is followed, and the same request then has to pass.
"""

import inspect
import re
from types import ModuleType

import bottle
import falcon
import pytest
from django.http import HttpResponse
from django.urls import path
from django.views import View
from flask import Flask
from flask.views import MethodView
from pyramid.config import Configurator
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response as WerkzeugResponse

import wsgicors.bottle
import wsgicors.falcon
import wsgicors.flask
import wsgicors.pyramid
import wsgicors.werkzeug
from tests.adapters.django_projects import Project
from tests.helpers import APP, OTHER, but_coverage, environ
from wsgicors import Policy
from wsgicors.auditing import survey
from wsgicors.explaining import explain
from wsgicors.routing import cors


def flask_app(view, default=None, **tables):
    app = Flask("shop", static_folder=None)
    wsgicors.flask.CORS(app, default, **tables)
    app.add_url_rule("/items", "items", view)
    return app


def werkzeug_app(view, default=None, **tables):
    url_map = Map([Rule("/items", endpoint="items", methods=["GET"])])

    def dispatch(environ, start_response):
        try:
            url_map.bind_to_environ(environ).match()
        except HTTPException as error:
            return error(environ, start_response)
        return WerkzeugResponse(view())(environ, start_response)

    return wsgicors.werkzeug.CORS(dispatch, url_map, {"items": view}, default, **tables)


def django_app(view, default=None, **tables):
    policies = {} if default is None else {"default": default}
    tables["CORS_POLICIES"] = {**policies, **tables.get("CORS_POLICIES", {})}
    return Project([path("items", view, name="items")], **tables)


def pyramid_app(view, default=None, **tables):
    config = Configurator()
    wsgicors.pyramid.CORS(config, default, **tables)
    config.add_route("items", "/items")
    attr = "get" if inspect.isclass(view) else None
    config.add_view(view, attr=attr, route_name="items", request_method="GET", renderer="string")
    return config.make_wsgi_app()


def falcon_app(view, default=None, **tables):
    app = falcon.App()
    if inspect.isclass(view):
        app.add_route("/items", view())
    else:
        app.add_sink(view, "/items")
    return wsgicors.falcon.CORS(app, default, **tables)


def bottle_app(view, default=None, **tables):
    app = bottle.Bottle()
    app.install(wsgicors.bottle.CORS(default, **tables))
    app.get("/items", name="items", callback=view)
    return app


ADAPTERS = {
    "flask": (flask_app, lambda: "tea"),
    "werkzeug": (werkzeug_app, lambda: "tea"),
    "django": (django_app, lambda: HttpResponse("tea")),
    "pyramid": (pyramid_app, lambda: "tea"),
    "falcon": (falcon_app, lambda: None),
    "bottle": (bottle_app, lambda: "tea"),
}
"""For each adapter, a function that makes an app with one view, and what its view returns."""

each_adapter = pytest.mark.parametrize(("make", "answer"), ADAPTERS.values(), ids=ADAPTERS)

WHOLE = Policy(OTHER, expose_headers=["ETag"], max_age=60)

each_default = pytest.mark.parametrize("default", [None, WHOLE], ids=["no-default", "default"])


def ask(app, origin=APP, method="GET", path="/items", **options):
    """Explain a request; Django's settings apply while a project is asked."""
    url = f"https://api.example{path}"
    if isinstance(app, Project):
        with app.active():
            return explain(method, url, origin=origin, servers=app.handler, **options)
    return explain(method, url, origin=origin, servers=app, **options)


def place(app):
    """Return the place of the view in an audit."""
    if isinstance(app, Project):
        with app.active():
            return survey(app.handler).rows[0].place
    return survey(app).rows[0].place


def installed(source, **names):
    """Run a module as if it was in an installed package."""
    module = ModuleType("lib")
    vars(module).update(names)
    exec(compile(source, "/srv/lib/site-packages/lib.py", "exec"), vars(module))
    return module


def here(code):
    return f"tests/adapters/test_advice.py:{inspect.getsourcelines(code)[1]}"


@each_default
@each_adapter
def test_a_view_of_an_installed_package_is_given_a_policy_in_the_table(make, answer, default):
    lib = installed("def page(*_, **__): return answer()", answer=answer)
    change = ask(make(lib.page, default)).change
    table, entries = re.fullmatch(
        r"Add (\w+)=(\{.*\}), because the view 'page' is in an installed package\.", change.sentence
    ).groups()
    given = eval(entries, {"Policy": Policy})
    kept = [] if default is None else [OTHER]
    (policy,) = given.values()
    assert policy == (default or Policy("*")).derive(allow_origins=[*kept, APP])
    assert ask(make(lib.page, default, **{table: given})).verdict == "allowed"


LISTING = """
class Listing:
    def __init__(self, *_): pass
    def get(self, *_): return answer()
    def on_get(self, req, resp): pass
"""

CLASSES = {
    "flask": (flask_app, "tea", MethodView, lambda cls: cls.as_view("items")),
    "django": (django_app, HttpResponse("tea"), View, lambda cls: cls.as_view()),
    "pyramid": (pyramid_app, "tea", object, lambda cls: cls),
    "falcon": (falcon_app, None, object, lambda cls: cls),
}

each_class = pytest.mark.parametrize(
    ("make", "answer", "base", "as_view"), CLASSES.values(), ids=CLASSES
)


@each_class
def test_a_method_that_a_class_inherits_is_named_by_the_class(make, answer, base, as_view):
    lib = installed(LISTING, answer=lambda: answer)

    class Items(lib.Listing, base):
        pass

    app = make(as_view(Items))
    assert place(app) == here(Items)
    sentence = ask(app).change.sentence
    assert sentence.startswith(f"Decorate the class 'Items' ({here(Items)}) with @cors(")

    cors(allow_origins=[OTHER])(Items)
    app = make(as_view(Items))
    assert place(app) == here(Items)
    sentence = ask(app).change.sentence
    assert sentence.endswith(f" in the @cors of the class 'Items' ({here(Items)}).")


@each_class
def test_a_mark_that_a_class_inherits_is_named_by_the_class_that_has_it(
    make, answer, base, as_view
):
    lib = installed(LISTING, answer=lambda: answer)

    @cors(allow_origins=[OTHER])
    class Base(lib.Listing, base):
        pass

    class Items(Base):
        pass

    sentence = ask(make(as_view(Items))).change.sentence
    assert sentence.endswith(f" in the @cors of the class 'Base' ({here(Base)}).")


def token_required(view):
    def inner(*arguments, **named):
        return view(*arguments, **named)

    return inner


def renamed(view):
    """Return a view with the name of the function that it hides, as Flask needs it."""
    hiding = token_required(view)
    hiding.__name__ = view.__name__
    return hiding


@pytest.mark.parametrize("hide", [token_required, renamed])
@each_default
@each_adapter
def test_a_mark_below_a_decorator_that_hides_it_has_to_move(make, answer, default, hide):
    def items(*_, **__):
        return answer()

    cors(allow_origins=[APP])(items)
    change = ask(make(hide(items), default)).change
    hiding = f"'inner' ({here(hide(items))})"
    assert change.sentence == (
        f"Move @cors above the other decorators of the view 'items' ({here(items)}), because "
        f"{hiding} hides it from the router."
    )
    assert (change.settings, change.line) == ({}, items.__code__.co_firstlineno)
    assert ask(make(cors(allow_origins=[APP])(hide(items)), default)).verdict == "allowed"


@pytest.mark.parametrize(
    ("policy", "also"),
    [
        pytest.param(Policy(OTHER), f'set allow_origins=["{OTHER}", "{APP}"]', id="too-narrow"),
        pytest.param(None, f'replace the None with allow_origins=["{APP}"]', id="none"),
    ],
)
def test_a_hidden_mark_that_is_too_narrow_has_to_be_widened_too(policy, also):
    @token_required
    @cors(policy)
    def items():
        return "tea"

    sentence = ask(flask_app(items)).change.sentence
    place = "" if policy is None else f"tests/adapters/test_advice.py:{policy.place.line}"
    where = f"the policy at {place}, which @cors uses" if policy else "it"
    assert sentence.endswith(f" hides it from the router, and {also} in {where}.")


def test_a_hidden_mark_with_settings_of_its_own_is_widened_in_the_decorator():
    @token_required
    @cors(allow_origins=[OTHER])
    def items():
        return "tea"

    assert ask(flask_app(items)).change.sentence.endswith(
        f' hides it from the router, and set allow_origins=["{OTHER}", "{APP}"] in it.'
    )


@each_adapter
def test_an_undecorated_view_below_such_a_decorator_is_named_and_where_the_mark_goes(make, answer):
    def items(*_, **__):
        return answer()

    assert ask(make(renamed(items))).change.sentence == (
        f"Decorate the view 'items' ({here(items)}) with @cors(allow_origins=[\"{APP}\"]), above "
        f"its other decorators."
    )


def test_a_view_that_calls_a_decorated_view_of_the_app_does_not_hide_it():
    @cors(allow_origins=[APP])
    def other():
        return "tea"

    def items():
        return other()

    app = flask_app(items)
    app.add_url_rule("/other", "other", other)
    assert ask(app).change.sentence.startswith(f"Decorate the view 'items' ({here(items)})")


def test_a_hidden_mark_with_the_name_of_no_policy_is_left_to_the_check():
    @renamed
    @cors("partners")
    def items():
        return "tea"

    assert ask(flask_app(items)).change.sentence.startswith("Decorate the view 'items'")


def test_a_view_of_pyramid_without_a_route_gets_the_default_policy():
    def items(request):
        return "tea"

    def make(default):
        config = Configurator()
        wsgicors.pyramid.CORS(config, default)
        config.add_view(items, name="items", renderer="string")
        return config.make_wsgi_app()

    default = Policy(OTHER)
    sentences = [ask(make(given)).change.sentence for given in (None, default)]
    because = f", because no route leads to the view 'items' ({here(items)})."
    assert sentences == [
        f'Give the app Policy(allow_origins=["{APP}"]) as its default policy{because}',
        f'Set allow_origins=["{OTHER}", "{APP}"] in the app\'s default policy '
        f"(tests/adapters/test_advice.py:{default.place.line}){because}",
    ]


@pytest.fixture(scope="module")
def rest():
    """Import Django REST framework, which needs Django's settings for that."""
    import rest_framework.decorators as decorators
    import rest_framework.response as response

    return decorators.api_view(["GET"]), response.Response


SETTINGS = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}


def test_a_function_of_django_rest_framework_is_named_and_not_the_handler_around_it(rest):
    api_view, answer = rest

    def items(request):
        return answer({})

    def asked(view):
        return ask(django_app(view, REST_FRAMEWORK=SETTINGS)).change

    view = f"the view 'items' ({here(items)})"
    assert (
        asked(api_view(items)).sentence == f'Decorate {view} with @cors(allow_origins=["{APP}"]).'
    )
    for decorated in (
        cors(allow_origins=[OTHER])(api_view(items)),
        api_view(cors(allow_origins=[OTHER])(items)),
    ):
        assert asked(decorated).sentence == (
            f'Set allow_origins=["{OTHER}", "{APP}"] in the @cors of {view}.'
        )


@each_adapter
@each_default
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_url_that_no_view_serves_is_checked_first(make, answer, default, method):
    app = make(lambda *_, **__: answer(), default)
    change = ask(app, method=method, path="/unknown").change
    assert change.side == "page"
    end = ", so correct it or add a route; to let pages read 404s, set allow_origins="
    if default is None:
        end = ", and the app has no default policy."
    assert change.sentence.startswith(f"Check the URL: no view serves it{end}")


class Resource:
    def on_get(self, request, response):
        pass


class DjangoView(View):
    def get(self, request):
        return HttpResponse()


class FlaskView(MethodView):
    def get(self):
        return "tea"


MISSING = {
    "flask": (flask_app, lambda: "tea", ""),
    "flask-class": (flask_app, FlaskView.as_view("items"), "the class 'FlaskView' ("),
    "werkzeug": (werkzeug_app, lambda: "tea", ""),
    "django-class": (django_app, DjangoView.as_view(), "the class 'DjangoView' ("),
    "pyramid": (pyramid_app, lambda request: "tea", ""),
    "falcon-class": (falcon_app, Resource, "the view of that route with"),
    "bottle": (bottle_app, lambda: "tea", ""),
}


@pytest.mark.parametrize(("make", "view", "who"), MISSING.values(), ids=MISSING)
@each_default
def test_a_missing_route_and_what_its_policy_lacks_are_named_at_once(make, view, who, default):
    who = who if "class" in who or "route" in who else f"the view 'items' ({here(view)})"
    asks = {"method": "PATCH", "headers": {"X-A": "1"}, "credentials": "include"}
    change = ask(make(view, default), **asks).change
    assert re.match(
        r"Add a route for 'PATCH': this URL serves only GET(, HEAD)?, and ", change.sentence
    )
    assert f", and decorate {who}" in change.sentence
    assert ('@cors("default", ' in change.sentence) is (default is not None)
    assert change.settings == {
        "allow_origins": [OTHER, APP] if default else [APP],
        "allow_credentials": [APP] if default else True,
        "allow_headers": ["Content-Type", "x-a"],
    }


def test_a_class_that_is_decorated_has_the_policy_of_a_missing_method_too():
    marked = cors(allow_origins=[OTHER])(type("Marked", (Resource,), {}))
    change = ask(falcon_app(marked), method="PATCH").change
    assert change.sentence.startswith(
        "Add a route for 'PATCH': this URL serves only GET, and set allow_origins="
    )
    assert " in the @cors of the class" in change.sentence


@each_default
def test_a_route_beside_several_views_gets_a_view_of_its_own(default):
    app = flask_app(lambda: "tea", default)
    app.add_url_rule("/items", "put", lambda: "tea", methods=["PUT"])
    change = ask(app, method="PATCH").change
    assert ", and decorate the view of that route with @cors(" in change.sentence
    assert (change.side, change.view) == ("server", "")


def test_options_is_listed_among_the_methods_of_a_route():
    app = flask_app(lambda: "tea", Policy(APP))
    assert ask(app, method="OPTIONS").change.sentence.startswith(
        "List 'OPTIONS' among the methods of the route to the view "
    )
    for make, view in ((werkzeug_app, lambda: "tea"), (falcon_app, Resource)):
        change = ask(make(view, Policy(APP)), method="OPTIONS").change
        assert change.sentence.startswith("Add a route for 'OPTIONS': this URL serves only GET")
        assert change.sentence.endswith(
            " (browsers send preflights by themselves, so no page has to)."
        )


def test_the_log_has_the_same_advice(caplog):
    lib = installed("def page(): return 'tea'")
    app = flask_app(lib.page)
    app.debug = True
    list(app(environ(path="/items", origin=APP), lambda *_: None))
    (record,) = but_coverage(caplog.records)
    assert record.getMessage().endswith(
        f"; to allow it, add endpoints={{'items': Policy(allow_origins=[\"{APP}\"])}}, because the "
        f"view 'page' is in an installed package [no-policy]"
    )
