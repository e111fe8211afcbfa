import sys

import click
import pytest
from click.testing import CliRunner

from tests.helpers import APP
from wsgicors import CORSMiddleware
from wsgicors.cli.loading import load_app
from wsgicors.cli.main import main

MODULE = """
def app(environ, start_response): ...
def make(): return app
def fail(): raise LookupError("no database")
def leave(): raise SystemExit(0)
def misspell(): return "".strp
class Space: main = staticmethod(app)
class App:
    def __init__(self, debug=False): self.debug = debug
    def __call__(self, environ, start_response): ...
def make_with(config, *, debug=False): return App((config, debug))
def make_by_default(config=None, **more): return app
def make_by_keywords(**more): return app
def decorated(*arguments): return app(*arguments)
def main(global_config, **settings): return app
def make_nothing(): ...
built_in = getattr
NAME = "app"
def make_part():
    from flask import Blueprint
    return Blueprint("shop", __name__)
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "served_app.py").write_text(MODULE)
    for name in "nameless_app", "json", "sys":
        (tmp_path / f"{name}.py").write_text("")
    (tmp_path / "broken_app.py").write_text("import no_such_module_at_all")
    yield tmp_path
    sys.modules.pop("served_app", None)


def test_a_module_may_have_the_name_py(here):
    (here / "served").mkdir()
    (here / "served" / "py.py").write_text(MODULE)
    assert load_app("served.py:app").__name__ == "app"


@pytest.mark.parametrize(
    "name",
    [
        *("app", "make()", "Space.main", " make( ) ", "make", "main({})"),
        *("make_by_default", "make_by_default('test', debug=1)", "make_by_keywords"),
    ],
)
def test_an_app_is_found_in_the_current_directory(name):
    assert load_app(f"served_app:{name}").__name__ == "app"


@pytest.mark.parametrize(
    ("name", "debug"),
    [
        pytest.param("App", False, id="class"),
        pytest.param("App(debug=True)", True, id="keyword"),
        pytest.param("make_with('a:b', debug=True)", ("a:b", True), id="argument-with-a-colon"),
        pytest.param("make_with({'DEBUG': [1]})", ({"DEBUG": [1]}, False), id="mapping"),
    ],
)
def test_a_factory_is_called_with_its_arguments(name, debug):
    assert load_app(f"served_app:{name}").debug == debug


@pytest.mark.parametrize("name", ["decorated", "built_in"])
def test_a_wsgi_app_with_other_parameters_is_not_called(name):
    assert load_app(f"served_app:{name}") is getattr(sys.modules["served_app"], name)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        pytest.param("app = application = front", "front", id="app"),
        pytest.param("application = front", "front", id="application"),
        pytest.param("app = 'not an app'; application = front", "front", id="only-a-callable"),
        pytest.param("def create_app(): return front", "front", id="create_app"),
        pytest.param("def make_app(config=None): return front", "front", id="make_app"),
        pytest.param("def create_app(): ...\napp = front", "front", id="app-and-create_app"),
    ],
)
def test_a_module_alone_has_its_app_under_a_usual_name(here, names, found):
    (here / "served_app.py").write_text(f"def front(environ, start_response): ...\n{names}\n")
    assert load_app("served_app").__name__ == found


def test_a_module_alone_has_its_app_with_cors_before_one_without(here):
    lines = [
        "from wsgicors import CORSMiddleware",
        "def app(environ, start_response): ...",
        "application = CORSMiddleware(app, allow_origins='*')",
    ]
    (here / "served_app.py").write_text("\n".join(lines))
    assert isinstance(load_app("served_app"), CORSMiddleware)


def test_a_module_may_be_given_as_a_file(here, tmp_path_factory):
    package = tmp_path_factory.mktemp("elsewhere") / "served_shop"
    package.mkdir()
    (package / "__init__.py").write_text("from . import views\napp = views.app\n")
    (package / "views.py").write_text(MODULE)
    specs = {
        "served_app.py": "served_app",
        "./served_app.py:make()": "served_app",
        f"{here}/served_app.py:app": "served_app",
        f"{package}/views.py": "served_shop.views",
        f"{package}/views.py:make()": "served_shop.views",
        f"{package}": "served_shop.views",
        f"{package}/__init__.py:app": "served_shop.views",
    }
    assert {spec: load_app(spec).__module__ for spec in specs} == specs
    for name in "served_shop", "served_shop.views":
        del sys.modules[name]


def test_the_current_directory_is_on_the_import_path_once(here):
    load_app("served_app:app")
    load_app("served_app:app")
    assert sys.path.count(str(here)) == 1


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param(":app", "':app' is not an app", id="no-module"),
        pytest.param("served_app:", "'served_app:' is not an app", id="no-name"),
        pytest.param("served_app:make(x)", "arguments are literals", id="argument"),
        pytest.param("served_app:make({[]: 1})", "arguments are literals", id="unhashable"),
        pytest.param("served_app:make(*x)", "arguments are literals", id="arguments"),
        pytest.param("served_app:make(**{})", "arguments are literals", id="keywords"),
        pytest.param("served_app:make()()", "is not an app; use", id="called-twice"),
        pytest.param("served_app:make(", "is not an app; use", id="open"),
        pytest.param(
            "broken_name", "cannot find the module 'broken_name' in", id="missing-without-a-name"
        ),
        pytest.param(
            "nameless_app",
            "'nameless_app' has no 'app', 'application', 'create_app' or 'make_app'; use "
            "'nameless_app:' and the name of the app",
            id="no-usual-name",
        ),
        pytest.param(
            "served_app:main",
            "'served_app:main' takes (global_config, **settings), so it is not a WSGI app; if it "
            "makes one, use 'served_app:main(...)' with its arguments",
            id="factory-with-arguments",
        ),
        pytest.param("served_app:make_nothing", "is None, which is not a WSGI app", id="nothing"),
        pytest.param("served-app:app", "'served-app:app' is not an app", id="hyphen"),
        pytest.param("served_app.app", "on the import path; use 'served_app:app'", id="dot"),
        pytest.param("nothing_here:app", "cannot find the module 'nothing_here'", id="missing"),
        pytest.param("nothing.here:app", "cannot find the module 'nothing'", id="no-package"),
        pytest.param(
            "served_app.sub:app", "cannot find the module 'served_app.sub'", id="no-submodule"
        ),
        pytest.param("./shop/main.py:app", "shop/main.py'; use the path of a module", id="path"),
        pytest.param("../main.py:app", "cannot find the file '/", id="path-elsewhere"),
        pytest.param("/srv/shop:app", "cannot find the file '/srv/shop'", id="folder"),
        pytest.param("./json.py", "the module 'json' is", id="name-of-another-module"),
        pytest.param("./sys.py", "the module 'sys' is part of Python, not", id="built-in-module"),
        pytest.param(
            "served_app:other",
            "'served_app' has no attribute 'other'; use the name of the app",
            id="other",
        ),
        pytest.param(
            "served_app:ap", "'served_app' has no attribute 'ap'; use 'app'", id="misspelt"
        ),
        pytest.param(
            "served_app:mke()", "has no attribute 'mke'; use 'make'", id="factory-misspelt"
        ),
        pytest.param(
            "served_app:Space.man", "'Space' has no attribute 'man'; use 'main'", id="inside"
        ),
        pytest.param("served_app:NAME", "is 'app', which is not a WSGI app", id="no-callable"),
        pytest.param(
            "served_app:make_part()",
            "is <Blueprint 'shop'>, which is not a WSGI app; use the Flask app that registers the "
            "blueprint",
            id="part-of-an-app",
        ),
    ],
)
def test_a_spec_that_does_not_name_an_app_is_a_misuse_with_a_reason(spec, message):
    with pytest.raises(click.BadParameter) as caught:
        load_app(spec)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.exit_code == 2


VIEWS = """
from flask import Flask
from wsgicors import CORSMiddleware, Policy
from wsgicors.flask import CORS, cors

PUBLIC = Policy("*")
site = Flask("shop")
CORS(site, PUBLIC)

@site.get("/notes")
def notes(): return "tea"

@site.get("/own")
@cors(PUBLIC)
def own(): return "tea"

@site.get("/notes/<id>")
def note(id): return "tea"

def make_site(): return site
def wsgi_site(environ, start_response): ...
"""


@pytest.mark.parametrize(
    ("more", "name", "use"),
    [
        pytest.param("", "nope", "the name of the app", id="nothing-like-it"),
        pytest.param("", "note_s", "the name of the app", id="like-a-view"),
        pytest.param("", "sit", "'site'", id="app"),
        pytest.param("", "wsgi_sit", "'wsgi_site'", id="function"),
        pytest.param("", "make_sit()", "'make_site'", id="factory"),
        pytest.param("", "ownn()", "the name of the app", id="decorated-view"),
        pytest.param("wrapped = CORSMiddleware(wsgi_site, PUBLIC)", "wrap", "'wrapped'", id="CORS"),
        pytest.param("del wsgi_site", "nope", "'site'", id="the-only-app"),
        pytest.param("", "sites.wsgi", "'site'", id="part-of-another-name"),
        pytest.param(
            "def __dir__(): return ['gone']\ndef __getattr__(name): raise KeyError(name)"
            " if name == 'gone' else AttributeError(name=name, obj=__import__(__name__))",
            "nope",
            "the name of the app",
            id="no-such-member",
        ),
    ],
)
def test_only_what_may_be_an_app_or_its_factory_is_suggested(here, monkeypatch, more, name, use):
    (here / "viewed_app.py").write_text(f"{VIEWS}\n{more}\n")
    with pytest.raises(click.BadParameter, match=f"use {use}"):
        load_app(f"viewed_app:{name}")
    sys.modules.pop("viewed_app")


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        pytest.param("broken_app:app", "No module named 'no_such_module_at_all'", id="import"),
        pytest.param("served_app:fail()", "LookupError('no database')", id="factory"),
        pytest.param("served_app:leave()", "SystemExit(0)", id="exit"),
        pytest.param("served_app:misspell()", "AttributeError(", id="attribute"),
    ],
)
def test_an_app_that_raises_is_a_misuse_with_one_line_before_the_traceback(spec, error):
    with pytest.raises(click.BadParameter) as caught:
        load_app(spec)
    first, *traceback = str(caught.value).splitlines()
    assert first.startswith(f"{spec!r} raised ")
    assert error in first
    assert "Traceback (most recent call last):" in traceback
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("error", [OSError("file name too long"), ValueError("null byte")])
def test_a_path_that_cannot_be_read_is_a_misuse(error, monkeypatch):
    def fail(path):
        raise error

    monkeypatch.setattr("wsgicors.cli.loading.Path.resolve", fail)
    with pytest.raises(click.BadParameter) as caught:
        load_app("long/name")
    assert caught.value.message == f"'long/name' cannot be read: {error}; use 'module:app'"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["audit"], id="audit"),
        pytest.param(["explain", "GET", "https://api.example/", "--origin", APP], id="explain"),
    ],
)
def test_both_commands_end_with_one_line_and_no_traceback(command):
    result = CliRunner().invoke(main, [*command, "--app", "nothing_here:app"])
    assert result.exit_code == 2
    assert result.output.splitlines()[-1].startswith("Error: Invalid value: cannot find the module")
    assert "Traceback" not in result.output
