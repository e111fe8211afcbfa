import sys

import click
import pytest
from click.testing import CliRunner

from tests.helpers import APP
from wsgicors.cli.loading import load_app
from wsgicors.cli.main import main

MODULE = """
def app(environ, start_response): ...
def make(): return app
def fail(): raise LookupError("no database")
def leave(): raise SystemExit(0)
def misspell(): return "".strp
class Space: main = staticmethod(app)
NAME = "app"
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "served_app.py").write_text(MODULE)
    (tmp_path / "broken_app.py").write_text("import no_such_module_at_all")
    yield tmp_path
    sys.modules.pop("served_app", None)


def test_a_module_may_have_the_name_py(here):
    (here / "served").mkdir()
    (here / "served" / "py.py").write_text(MODULE)
    assert load_app("served.py:app").__name__ == "app"


@pytest.mark.parametrize("name", ["app", "make()", "Space.main"])
def test_an_app_is_found_in_the_current_directory(name):
    assert load_app(f"served_app:{name}").__name__ == "app"


def test_the_current_directory_is_on_the_import_path_once(here):
    load_app("served_app:app")
    load_app("served_app:app")
    assert sys.path.count(str(here)) == 1


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param("served_app", "'served_app' is not an app; use 'module:app'", id="no-colon"),
        pytest.param(":app", "':app' is not an app", id="no-module"),
        pytest.param("served_app:", "'served_app:' is not an app", id="no-name"),
        pytest.param("served_app:make(1)", "is not an app; use", id="argument"),
        pytest.param("served-app:app", "'served-app:app' is not an app", id="hyphen"),
        pytest.param("nothing_here:app", "cannot find the module 'nothing_here'", id="missing"),
        pytest.param("nothing.here:app", "cannot find the module 'nothing'", id="no-package"),
        pytest.param(
            "served_app.sub:app", "cannot find the module 'served_app.sub'", id="no-submodule"
        ),
        pytest.param("served_app.py:app", "use 'served_app:app'", id="file"),
        pytest.param("served_app.py", "use 'served_app:app'", id="file-alone"),
        pytest.param("./shop/main.py:app", "use 'shop.main:app'", id="path"),
        pytest.param("../main.py:app", "and use 'main:app'", id="path-elsewhere"),
        pytest.param(
            "/srv/shop/main.py:app",
            "change to the directory /srv/shop and use 'main:app'",
            id="absolute",
        ),
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
    ],
)
def test_a_spec_that_does_not_name_an_app_is_a_misuse_with_a_reason(spec, message):
    with pytest.raises(click.BadParameter) as caught:
        load_app(spec)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.exit_code == 2


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
