"""Advice names the place where a setting is written, which several views may share.

Each advice is followed, and the same request then has to pass, for every view with the policy.
"""

import copy
import inspect

import pytest
from flask import Blueprint, Flask
from pyramid.config import Configurator

import wsgicors.flask
import wsgicors.pyramid
from tests.adapters.test_advice import (
    ask,
    django_app,
    each_adapter,
    flask_app,
)
from tests.helpers import APP, OTHER, but_coverage, environ, hello
from wsgicors import CORSMiddleware, Policy
from wsgicors._core.places import Place
from wsgicors.paths import by_path
from wsgicors.routing import cors

WANTED = f'allow_origins=["{OTHER}", "{APP}"]'


def at(policy):
    return f"tests/adapters/test_advice_on_shared_policies.py:{policy.place.line}"


def view_of(answer):
    def items(*_, **__):
        return answer()

    file = "tests/adapters/test_advice_on_shared_policies.py"
    return items, f"the view 'items' ({file}:{inspect.getsourcelines(items)[1]})"


def tea():
    return "tea"


@each_adapter
def test_a_policy_that_views_share_is_named_by_its_line(make, answer):
    shared = Policy(OTHER)
    items, view = view_of(answer)
    change = ask(make(cors(shared)(items))).change
    assert change.sentence == f"Set {WANTED} in the policy at {at(shared)}, which {view} uses."
    assert f"{change.file}:{change.line}" == at(shared)
    wider = shared.derive(**change.settings)
    assert ask(make(cors(wider)(view_of(answer)[0]))).verdict == "allowed"


@each_adapter
def test_a_policy_of_the_decorator_alone_is_named_by_the_view(make, answer):
    items, view = view_of(answer)
    change = ask(make(cors(allow_origins=[OTHER])(items))).change
    assert change.sentence == f"Set {WANTED} in the @cors of {view}."
    assert f"{change.file}:{change.line}" == view.partition("(")[2].rstrip(")")


@each_adapter
def test_a_decorator_that_views_share_is_named_by_its_line(make, answer):
    shared = cors(allow_origins=[OTHER])
    items, view = view_of(answer)
    change = ask(make(shared(items))).change
    where = at(items.__cors__)
    assert change.sentence == f"Set {WANTED} in the policy at {where}, which {view} uses."
    assert f"{change.file}:{change.line}" == where


def test_a_decorator_in_a_module_of_routes_is_named_by_its_line():
    items, view = view_of(tea)
    items.__module__ = "shop.views"
    app = flask_app(cors(allow_origins=[OTHER])(items))
    where = at(items.__cors__)
    assert ask(app).change.sentence == f"Set {WANTED} in the policy at {where}, which {view} uses."


def test_a_decorator_that_views_share_is_not_named_by_the_policy_that_it_changes():
    shared = cors("own", allow_origins=[OTHER])
    items, view = view_of(tea)
    app = flask_app(shared(items), policies={"own": Policy(APP, allow_methods=["PUT"])})
    where = at(items.__cors__)
    assert ask(app).change.sentence == f"Set {WANTED} in the policy at {where}, which {view} uses."
    narrow = cors("own", max_age=60)
    own = Policy(OTHER)
    items, view = view_of(tea)
    assert ask(flask_app(narrow(items), policies={"own": own})).change.sentence == (
        f"Set {WANTED} in the policy 'own' ({at(own)}), which {view} uses."
    )


def test_a_policy_that_is_created_in_the_decorator_is_named_by_the_view():
    items, view = view_of(tea)
    app = flask_app(cors(Policy(OTHER))(items))
    assert ask(app).change.sentence == f"Set {WANTED} in the @cors of {view}."


@each_adapter
def test_a_named_policy_is_named_with_its_line(make, answer):
    partners = Policy(OTHER)
    items, view = view_of(answer)
    if make is django_app:
        app = make(cors("partners")(items), CORS_POLICIES={"partners": partners})
    else:
        app = make(cors("partners")(items), policies={"partners": partners})
    assert ask(app).change.sentence == (
        f"Set {WANTED} in the policy 'partners' ({at(partners)}), which {view} uses."
    )


@each_adapter
def test_the_default_policy_is_the_alternative_to_a_policy_of_the_view(make, answer):
    default = Policy(OTHER)
    items, view = view_of(answer)
    change = ask(make(items, default)).change
    assert change.sentence == (
        f'Decorate {view} with @cors("default", {WANTED}), or set that in the app\'s default '
        f"policy ({at(default)}), for all views that have it."
    )
    assert f"{change.file}:{change.line}" == view.partition("(")[2].rstrip(")")


@each_adapter
def test_a_policy_of_the_table_of_endpoints_is_named_with_its_line(make, answer):
    shared = Policy(OTHER)
    items, view = view_of(answer)
    table = "CORS_ENDPOINTS" if make is django_app else "endpoints"
    key = "sink /items" if "falcon" in make.__name__ else "items"
    change = ask(make(items, **{table: {key: shared}})).change
    entry = f"{table}[{key!r}]"
    assert change.sentence == f"Set {WANTED} in the policy {entry} ({at(shared)}), for {view}."
    narrow = shared.derive(max_age=60)
    assert ask(make(items, **{table: {key: narrow}})).change.sentence == (
        f"Set {WANTED} in the policy at {at(shared)}, from which the policy {entry} is derived, "
        f"for {view}."
    )
    change = ask(make(items, shared, **{table: {key: "default"}})).change
    assert change.sentence == (
        f"Set {WANTED} in the policy 'default' ({at(shared)}), which {entry} names, for {view}."
    )


@pytest.mark.parametrize("assigned", ["shared", "partners"])
def test_a_policy_of_a_blueprint_is_named_with_its_line(assigned):
    shared = Policy(OTHER)
    items, view = view_of(tea)
    app = Flask("shop")
    given = shared if assigned == "shared" else "partners"
    wsgicors.flask.CORS(app, policies={"partners": shared}, blueprints={"api": given})
    api = Blueprint("api", "api")
    api.add_url_rule("/items", "items", items)
    app.register_blueprint(api)
    entry = "blueprints['api']"
    where = f"the policy {entry} ({at(shared)})"
    if given == "partners":
        where = f"the policy 'partners' ({at(shared)}), which {entry} names"
    assert ask(app).change.sentence == f"Set {WANTED} in {where}, for {view}."


def test_what_a_decorator_does_not_replace_is_written_in_the_policy_that_it_refines():
    shared = Policy(OTHER)
    items, view = view_of(tea)
    change = ask(flask_app(cors(shared, max_age=60, allow_methods=["PUT"])(items))).change
    assert change.sentence == f"Set {WANTED} in the policy at {at(shared)}, which {view} uses."
    named = flask_app(cors("own", max_age=60)(view_of(tea)[0]), policies={"own": shared})
    assert ask(named).change.sentence == (
        f"Set {WANTED} in the policy 'own' ({at(shared)}), which {view} uses."
    )


def test_what_the_policy_that_a_decorator_refines_has_from_another_one_is_written_there():
    shared = Policy(OTHER)
    derived = shared.derive(max_age=5)
    items, view = view_of(tea)
    app = flask_app(cors("own", max_age=60)(items), policies={"own": derived})
    sentence = f"Set {WANTED} in the policy at {at(shared)}, which {view} uses."
    assert ask(app).change.sentence == sentence
    assert ask(flask_app(cors(derived)(view_of(tea)[0]))).change.sentence == sentence


@pytest.mark.parametrize(
    ("own", "asks", "setting"),
    [
        pytest.param({"allow_origins": [OTHER]}, {}, "allow_origins", id="the-same"),
        pytest.param(
            {"allow_credentials": True}, {}, "allow_origins", id="credentials-beside-origins"
        ),
        pytest.param(
            {"allow_origins": [APP]},
            {"credentials": "include"},
            "allow_credentials",
            id="origins-beside-credentials",
        ),
        pytest.param(
            {"allow_headers": ["X-A"]},
            {"credentials": "include"},
            "allow_credentials",
            id="headers-beside-credentials",
        ),
    ],
)
def test_a_setting_that_is_safe_only_with_what_the_decorator_replaces_stays_there(
    own, asks, setting
):
    items, view = view_of(tea)
    app = flask_app(cors("shared", **own)(items), policies={"shared": Policy(OTHER)})
    sentence = ask(app, **asks).change.sentence
    assert f"{setting}=" in sentence
    assert sentence.endswith(f' in the @cors("shared", ...) of {view}.')


def test_a_policy_whose_line_is_not_known_is_named_by_the_view():
    items, view = view_of(tea)
    copied = copy.copy(Policy(OTHER))
    change = ask(flask_app(cors(copied)(items))).change
    assert change.sentence == f"Set {WANTED} in the @cors of {view}."
    derived = copied.derive(max_age=60)
    assert ask(flask_app(cors(derived)(view_of(tea)[0]))).change.sentence == (
        f"Set {WANTED} in the policy at {at(derived)}, which {view} uses."
    )


def test_a_file_of_policies_is_named_with_its_line(tmp_path):
    file = tmp_path / "cors.toml"
    file.write_text(f'[other]\nallow_origins = ["{APP}"]\n\n[own]\nallow_origins = ["{OTHER}"]\n')
    app = Flask("shop", root_path=str(tmp_path))
    app.config["CORS_POLICIES"] = "cors.toml"
    wsgicors.flask.CORS(app)
    items, view = view_of(tea)
    app.add_url_rule("/items", view_func=cors("own")(items))
    assert ask(app).change.sentence == (
        f"Set {WANTED} in the policy 'own' ({file}:4), which {view} uses."
    )


def configured_flask(view, decorate, **policies):
    app = Flask("shop")
    app.config["CORS_POLICIES"] = policies
    wsgicors.flask.CORS(app)
    app.add_url_rule("/items", "items", decorate(view))
    return app


def configured_pyramid(view, decorate, **policies):
    config = Configurator(settings={"wsgicors.policies": policies})
    wsgicors.pyramid.CORS(config)
    config.add_route("items", "/items")
    config.add_view(decorate(view), route_name="items", renderer="string")
    return config.make_wsgi_app()


@pytest.mark.parametrize(
    ("make", "table"),
    [(configured_flask, "CORS_POLICIES"), (configured_pyramid, "wsgicors.policies")],
    ids=["flask", "pyramid"],
)
def test_a_table_of_the_configuration_is_named_and_not_the_line_that_reads_it(make, table):
    items, view = view_of(tea)
    given = {"allow_origins": [OTHER]}
    change = ask(make(items, cors("own"), own=given)).change
    assert change.sentence == f"Set {WANTED} in the policy 'own' of {table}, which {view} uses."
    assert f"{change.file}:{change.line}" == view.partition("(")[2].rstrip(")")
    app = make(view_of(tea)[0], lambda view: view, default=given)
    assert ask(app).change.sentence.endswith(
        f", or set that in the app's default policy of {table}, for all views that have it."
    )
    own = Policy(OTHER)
    assert ask(make(view_of(tea)[0], cors("own"), own=own)).change.sentence == (
        f"Set {WANTED} in the policy 'own' ({at(own)}), which {view} uses."
    )


def test_a_table_beside_the_configuration_is_named_with_the_line_of_the_call():
    items, view = view_of(tea)
    app = Flask("shop")
    app.config["CORS_POLICIES"] = {"other": {"allow_origins": [OTHER]}}
    wsgicors.flask.CORS(app, policies={"own": {"allow_origins": [OTHER]}})
    line = inspect.currentframe().f_lineno - 1
    app.add_url_rule("/items", "items", cors("own")(items))
    assert ask(app).change.sentence == (
        f"Set {WANTED} in the policy 'own' "
        f"(tests/adapters/test_advice_on_shared_policies.py:{line}), which {view} uses."
    )


def test_a_table_of_djangos_settings_is_named_with_its_line(monkeypatch):
    place = Place(__file__, 7, __name__)
    monkeypatch.setattr("wsgicors.django.place_of_setting", lambda name: place)
    items, view = view_of(tea)
    app = django_app(cors("own")(items), CORS_POLICIES={"own": {"allow_origins": [OTHER]}})
    assert ask(app).change.sentence == (
        f"Set {WANTED} in the policy 'own' (tests/adapters/test_advice_on_shared_policies.py:7), "
        f"which {view} uses."
    )


def test_policies_without_a_router_are_named_with_their_lines():
    shared = Policy(OTHER)
    assert ask(CORSMiddleware(hello, shared)).change.sentence == (
        f"Set {WANTED} in the policy of the wrapper ({at(shared)})."
    )
    assert ask(CORSMiddleware(hello, resolve=by_path({"/items": shared}))).change.sentence == (
        f"Set {WANTED} in the policy that the resolver returns ({at(shared)})."
    )
    derived = shared.derive(max_age=5)
    assert ask(CORSMiddleware(hello, derived)).change.sentence == (
        f"Set {WANTED} in the policy at {at(shared)}, from which the policy of the wrapper is "
        f"derived."
    )
    tried = derived.with_trial(Policy(OTHER))
    assert ask(CORSMiddleware(hello, tried)).change.sentence.startswith(
        f"Set {WANTED} in the policy at {at(shared)}, "
    )


def test_a_base_whose_file_is_not_known_is_left_out():
    names = {"Policy": Policy}
    exec(compile(f"base = Policy({OTHER!r})", "<stdin>", "exec"), names)
    derived = names["base"].derive(max_age=5)
    assert ask(CORSMiddleware(hello, derived)).change.sentence == (
        f"Set {WANTED} in the policy of the wrapper ({at(derived)})."
    )
    exec(compile("derived = base.derive(max_age=5)", "<stdin>", "exec"), names)
    assert ask(CORSMiddleware(hello, names["derived"])).change.sentence == (
        f"Set {WANTED} in the policy of the wrapper."
    )


def test_a_policy_that_asks_a_callable_is_named_by_its_line_too():
    shared = Policy(lambda origin: False)
    items, view = view_of(tea)
    assert ask(flask_app(cors(shared)(items))).change.sentence.endswith(
        f" in the policy at {at(shared)}, which {view} uses."
    )


def test_the_log_names_it_too(caplog):
    shared = Policy(OTHER)
    items, view = view_of(tea)
    app = flask_app(cors(shared)(items))
    app.debug = True
    list(app(environ(path="/items", origin=APP), lambda *_: None))
    where = f"in the policy at {at(shared)}, which {view} uses"
    (record,) = but_coverage(caplog.records)
    assert f"set {WANTED} {where} [" in record.getMessage()
