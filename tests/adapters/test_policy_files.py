"""A file of policies that the configuration of a framework names."""

import json
import os
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path
from flask import Flask
from pyramid.config import Configurator
from pyramid.response import Response

from tests.adapters.django_projects import Project
from tests.helpers import APP, environ
from tests.helpers import Response as Answer
from wsgicors import Policy, PolicyError, django, falcon, flask, load_policies, pyramid, werkzeug
from wsgicors.auditing import document, list_policies, survey
from wsgicors.cli.audit import flask_cors
from wsgicors.django import DjangoResolver, check_cors

POLICIES = """
[default]
allow_origins = ["https://app.example"]

[partners]
allow_origins = ["https://partner.example"]
"""
PACKAGE = "shop_with_a_file"
LINES = {"default": 2, "partners": 5}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder of an app, which is not the current one, with a file of policies."""
    other = tmp_path / "elsewhere"
    other.mkdir()
    monkeypatch.chdir(other)
    made = tmp_path / "shop"
    made.mkdir()
    (made / "cors.toml").write_text(POLICIES, "utf-8")
    package = ModuleType(PACKAGE)
    package.__file__, package.__path__ = str(made / "__init__.py"), [str(made)]
    monkeypatch.setitem(sys.modules, PACKAGE, package)
    return made


def flask_app(folder, given, **options):
    app = Flask("shop", root_path=str(folder))
    flask.CORS(app, **options)
    app.config["CORS_POLICIES"] = given
    app.add_url_rule("/", view_func=lambda: "", endpoint="home")
    app.add_url_rule("/p", view_func=flask.cors("partners")(lambda: ""), endpoint="p")
    return app


def django_app(folder, given):
    plain = path("", lambda request: HttpResponse(), name="home")
    decorated = path("p", django.cors("partners")(lambda request: HttpResponse()), name="p")
    return Project([plain, decorated], CORS_POLICIES=given, BASE_DIR=folder)


def pyramid_app(folder, given):
    config = Configurator(settings={"wsgicors.policies": given}, package=sys.modules[PACKAGE])
    pyramid.CORS(config)
    config.add_route("home", "/")
    config.add_view(lambda request: Response(), route_name="home")
    config.add_route("p", "/p")
    config.add_view(pyramid.cors("partners")(lambda request: Response()), route_name="p")
    return config.make_wsgi_app()


each_framework = pytest.mark.parametrize("make", [flask_app, django_app, pyramid_app])


def check(app):
    """Check the policies of an app; Pyramid does so when it makes the app."""
    if isinstance(app, Flask):
        flask.CORS.check(app)
    elif isinstance(app, Project):
        with app.active():
            DjangoResolver().read_registry()


def origin_at(app, path, origin):
    return Answer(app, environ(path=path, origin=origin))["Access-Control-Allow-Origin"]


def default_of(app):
    return origin_at(app, "/", APP)


@each_framework
@pytest.mark.parametrize(
    "spell",
    [
        pytest.param(lambda folder: "cors.toml", id="relative"),
        pytest.param(lambda folder: str(folder / "cors.toml"), id="absolute"),
        pytest.param(lambda folder: folder / "cors.toml", id="path"),
        pytest.param(lambda folder: Path("cors.toml"), id="relative-path"),
    ],
)
def test_the_configuration_names_a_file_in_the_folder_of_the_app(make, spell, folder):
    app = make(folder, spell(folder))
    assert origin_at(app, "/", APP) == APP
    assert origin_at(app, "/p", "https://partner.example") == "https://partner.example"
    assert origin_at(app, "/p", APP) is None


@each_framework
def test_a_file_with_faults_names_each_line_and_its_absolute_path(make, folder):
    file = folder / "cors.toml"
    file.write_text("[default]\nallow_origins = 'app.example'\ncredentials = true\n", "utf-8")
    with pytest.raises(PolicyError) as caught:
        check(make(folder, "cors.toml"))
    first, second = caught.value.problems
    assert first.setting == f"{file}:2: [default] allow_origins"
    assert second.setting == f"{file}:3: [default] credentials"


@each_framework
def test_a_file_that_does_not_exist_is_named_with_its_setting(make, folder):
    where = "wsgicors.policies" if make is pyramid_app else "CORS_POLICIES"
    with pytest.raises(FileNotFoundError) as caught:
        check(make(folder, "other.toml"))
    assert caught.value.filename == str(folder / "other.toml")
    assert f"{where} names a file that cannot be read: No such file" in str(caught.value)


@each_framework
def test_a_file_is_read_once_for_an_app(make, folder):
    app = make(folder, "cors.toml")
    assert default_of(app) == APP
    (folder / "cors.toml").write_text("not toml", "utf-8")
    assert default_of(app) == APP


def flask_app_with_config(folder, given):
    """Return an app that names its file before `CORS(app)`."""
    app = Flask("shop", root_path=str(folder))
    app.config["CORS_POLICIES"] = given
    flask.CORS(app)
    app.add_url_rule("/", view_func=lambda: "", endpoint="home")
    return app


each_at_start = pytest.mark.parametrize("make", [flask_app_with_config, django_app, pyramid_app])


@each_at_start
def test_a_file_is_read_at_the_start_so_that_all_workers_have_the_same_policies(make, folder):
    app = make(folder, "cors.toml")
    other = POLICIES.replace("https://app.example", "https://other.example")
    (folder / "cors.toml").write_text(other, "utf-8")
    assert default_of(app) == APP


@each_at_start
@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("absent.toml", FileNotFoundError, "absent.toml"),
        ("faulty.toml", PolicyError, "faulty.toml:2: "),
        ("a\0.toml", OSError, "names a file that cannot be read: embedded null"),
    ],
)
def test_an_app_does_not_start_with_a_file_that_cannot_be_used(make, folder, name, error, message):
    (folder / "faulty.toml").write_text("[web]\norigins = '*'\n", "utf-8")
    with pytest.raises(error, match=re.escape(message)):
        make(folder, name)


def test_flask_reads_a_file_at_the_first_request_if_it_is_named_later(folder):
    app = flask_app(folder, "absent.toml")
    with pytest.raises(FileNotFoundError, match="CORS_POLICIES names a file"):
        default_of(app)
    app.config["CORS_POLICIES"] = "cors.toml"
    assert default_of(app) == APP


def test_an_app_whose_file_is_faulty_is_without_cors(folder):
    app = Flask("shop", root_path=str(folder))
    app.config["CORS_POLICIES"] = "absent.toml"
    with pytest.raises(FileNotFoundError):
        flask.CORS(app)
    app.config["CORS_POLICIES"] = "cors.toml"
    flask.CORS(app)
    assert default_of(app) == APP


def test_django_reads_a_file_once_although_a_test_client_makes_a_new_middleware(folder):
    with django_app(folder, "cors.toml").active():
        assert default_of(WSGIHandler()) == APP
        (folder / "cors.toml").write_text("not toml", "utf-8")
        assert default_of(WSGIHandler()) == APP


@each_framework
@pytest.mark.parametrize("given", [None, b"cors.toml", 1])
def test_what_is_not_a_table_of_policies_has_advice_that_any_configuration_can_follow(
    make, folder, given
):
    if make is pyramid_app and given is None:
        given = b""  # with None, Pyramid has no such setting
    where, table = "CORS_POLICIES", "CORS_POLICIES={...}"
    if make is pyramid_app:
        where, table = "wsgicors.policies", "a mapping"
    message = f"{where}: expected a mapping, got {given!r}; use {table}, or the path of a .toml"
    with pytest.raises(PolicyError, match=re.escape(message)):
        check(make(folder, given))


@pytest.mark.parametrize("spec", ["no_such_package:cors.toml", ":cors.toml"])
def test_pyramid_names_the_setting_if_there_is_no_such_package(folder, spec):
    message = f"wsgicors.policies names a file that cannot be read: .*'{spec}'"
    with pytest.raises(FileNotFoundError, match=message):
        pyramid_app(folder, spec)


@pytest.mark.parametrize("way", ["include", "setting"])
def test_pyramid_looks_in_the_package_of_the_app_if_wsgicors_is_included(folder, way):
    settings = {"wsgicors.policies": "cors.toml"}
    if way == "setting":
        settings["pyramid.includes"] = "wsgicors.pyramid"
    config = Configurator(settings=settings, package=sys.modules[PACKAGE])
    if way == "include":
        config.include("wsgicors.pyramid")
    config.add_route("home", "/")
    config.add_view(lambda request: Response(), route_name="home")
    app = config.make_wsgi_app()
    assert default_of(app) == APP
    resolver = config.registry["wsgicors"]
    assert (resolver.name(), resolver.packages()) == (PACKAGE, {PACKAGE})


@pytest.mark.parametrize("make", [flask_app, pyramid_app])
def test_the_audit_names_the_file_and_the_line_of_each_policy(make, folder, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    app = make(folder, "cors.toml")
    default_of(app)
    (folder / "cors.toml").unlink()
    found = survey(app)
    assert {use.name: use.place for use in list_policies(found)} == {
        name: f"cors.toml:{line}" for name, line in LINES.items()
    }
    places = {row["url"]: row["policy_place"] for row in document(found)["rows"]}
    expected = {"/": "cors.toml:2", "/p": "cors.toml:5", "any other URL": "cors.toml:2"}
    assert places.items() >= expected.items()


def audited(app, *options):
    run = CliRunner().invoke(flask_cors, options, obj=app, catch_exceptions=False)
    assert run.exit_code == 0, run.output
    return run.output


@pytest.fixture
def audit(folder, monkeypatch):
    """Return what audits an app with such a file, in its folder, in a format."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    text = "[default]\nallow_origins = '*'\n\n[partners]\nallow_origins = 'http://localhost:*'\n"
    text += "allow_credentials = true\n"
    (folder / "cors.toml").write_text(text, "utf-8")

    def audit(format_):
        from flask.cli import ScriptInfo

        info = ScriptInfo(create_app=lambda: flask_app(folder, "cors.toml"))
        return audited(info, "--format", format_)

    return audit


@pytest.mark.parametrize("format_", ["table", "markdown", "json"])
def test_an_audit_for_people_and_programs_shows_the_file_and_the_line(audit, format_):
    assert "cors.toml:4" in audit(format_)


def test_an_audit_for_code_scanners_shows_findings_in_the_file(audit):
    run = json.loads(audit("sarif"))["runs"][0]
    locations = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    found = {(at["artifactLocation"]["uri"], at["region"]["startLine"]) for at in locations}
    assert ("cors.toml", 4) in found


def test_an_audit_for_github_shows_findings_in_the_file(audit):
    assert "file=cors.toml,line=4" in audit("github")


def test_flask_looks_in_the_folder_of_its_configuration(folder):
    app = Flask("shop", root_path=str(folder.parent), instance_path=str(folder))
    relative = Flask(
        "shop",
        root_path=str(folder.parent),
        instance_path=str(folder),
        instance_relative_config=True,
    )
    for one in (app, relative):
        flask.CORS(one)
        one.config["CORS_POLICIES"] = "cors.toml"
    flask.CORS.check(relative)
    with pytest.raises(FileNotFoundError):
        flask.CORS.check(app)


def test_flask_takes_a_file_from_the_environment(folder, monkeypatch):
    monkeypatch.setenv("FLASK_CORS_POLICIES", "cors.toml")
    app = flask_app(folder, None)
    app.config.from_prefixed_env()
    assert default_of(app) == APP


def test_flask_adds_a_file_to_the_policies_in_code(folder):
    app = flask_app(folder, "cors.toml", policies={"staff": Policy("https://staff.example")})
    assert default_of(app) == APP


def test_a_policy_in_code_and_in_the_file_is_an_error(folder):
    app = flask_app(folder, "cors.toml", policies={"partners": Policy("*")})
    place = re.escape(f"{folder / 'cors.toml'}:5")
    with pytest.raises(
        PolicyError, match=rf"CORS_POLICIES\['partners'\]: .*, beside {place}; remove"
    ):
        check(app)


def test_a_table_of_settings_in_the_configuration_has_no_line(folder):
    table = {"partners": {"allow_origins": "*"}}
    app = flask_app(folder, table, policies={"partners": Policy("*")})
    with pytest.raises(PolicyError, match=r"CORS\(app\) defines it too; remove one of the two"):
        check(app)


def test_django_without_a_base_folder_looks_in_the_current_one(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for given in ({}, {"BASE_DIR": None}):
        view = path("", lambda request: HttpResponse())
        assert default_of(Project([view], CORS_POLICIES="cors.toml", **given)) == APP


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        pytest.param("[web]\norigins = '*'\n", "unknown-key", "cors.toml:2: ", id="fault"),
        pytest.param(None, "unreadable-file", "CORS_POLICIES", id="no file"),
    ],
)
def test_the_checks_of_django_name_the_file(folder, text, code, name):
    file, project = folder / "cors.toml", django_app(folder, "cors.toml")
    file.unlink()
    if text is not None:
        file.write_text(text, "utf-8")
    with project.active():
        (message,) = check_cors()
    assert message.id == f"wsgicors.{code}"
    assert name in str(message.obj)
    assert str(file) in str(message)


def test_pyramid_finds_a_file_by_its_asset_specification(folder):
    assert default_of(pyramid_app(folder, f"{PACKAGE}:cors.toml")) == APP


def test_pyramid_takes_a_table_from_its_settings_too(folder):
    table = {"default": {"allow_origins": APP}, "partners": Policy("*")}
    assert default_of(pyramid_app(folder, table)) == APP


@each_framework
def test_text_that_is_not_the_path_of_a_toml_file_is_an_error(make, folder):
    with pytest.raises(
        PolicyError, match=r"expected a mapping, got 'cors.yaml'; use .*, or the path of a .toml"
    ):
        check(make(folder, "cors.yaml"))


@pytest.mark.parametrize("given", ["cors.toml", Path("cors.toml")])
def test_the_argument_policies_names_load_policies_for_a_path(given):
    with pytest.raises(TypeError) as caught:
        flask.CORS(policies=given)
    assert str(caught.value).endswith(f"is not a mapping; use policies=load_policies({given!r})")


def test_loaded_policies_are_policies_of_every_adapter(folder):
    from falcon import App
    from werkzeug.routing import Map

    policies = load_policies(folder / "cors.toml")
    app = werkzeug.CORS(lambda *_: [], Map(), {}, policies=policies)
    assert survey(app).other_urls.policy == policies["default"]
    assert survey(falcon.CORS(App(), policies=policies)).other_urls.policy == policies["default"]
    assert os.fspath(policies["default"].place.file) == str(folder / "cors.toml")
