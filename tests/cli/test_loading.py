import sys

import click
import pytest
from click.testing import CliRunner

from wsgicors.cli.loading import load_app
from wsgicors.cli.main import main

from ..helpers import APP

MODULE = """
def app(environ, start_response): ...
def make(): return app
def fail(): raise LookupError("no database")
def leave(): raise SystemExit(0)
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


def test_a_module_may_be_called_py(here):
    (here / "served").mkdir()
    (here / "served" / "py.py").write_text(MODULE)
    assert load_app("served.py:app").__name__ == "app"


@pytest.mark.parametrize("name", ["app", "make()", "Space.main"])
def test_an_app_is_found_in_the_current_directory(name):
    assert load_app(f"served_app:{name}").__name__ == "app"


def test_the_current_directory_is_put_on_the_path_once(here):
    load_app("served_app:app")
    load_app("served_app:app")
    assert sys.path.count(str(here)) == 1


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param("served_app", "'served_app' names no app; write 'module:app'", id="no-colon"),
        pytest.param(":app", "':app' names no app", id="no-module"),
        pytest.param("served_app:", "'served_app:' names no app", id="no-name"),
        pytest.param("nothing_here:app", "there is no module 'nothing_here'", id="missing"),
        pytest.param("nothing.here:app", "there is no module 'nothing'", id="no-package"),
        pytest.param("served_app.sub:app", "no module 'served_app.sub'", id="no-submodule"),
        pytest.param("served_app.py:app", "write 'served_app:app'", id="file"),
        pytest.param("./shop/main.py:app", "write 'shop.main:app'", id="path"),
        pytest.param("../main.py:app", "and write 'main:app'", id="path-elsewhere"),
        pytest.param(
            "/srv/shop/main.py:app", "go to /srv/shop and write 'main:app'", id="absolute"
        ),
        pytest.param("served_app:other", "'served_app' has no 'other'; name the app", id="other"),
        pytest.param("served_app:ap", "'served_app' has no 'ap'; write 'app'", id="misspelt"),
        pytest.param("served_app:mke()", "has no 'mke'; write 'make'", id="factory-misspelt"),
        pytest.param("served_app:Space.man", "'Space' has no 'man'; write 'main'", id="inside"),
        pytest.param("served_app:NAME", "is 'app', and no WSGI app", id="no-callable"),
    ],
)
def test_what_is_no_app_is_a_misuse_that_says_why(spec, message):
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
    ],
)
def test_an_app_that_raises_is_named_on_a_line_before_its_traceback(spec, error):
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
    assert result.output.splitlines()[-1].startswith("Error: Invalid value: there is no module")
    assert "Traceback" not in result.output
