import sys

import click
import pytest

from wsgicors.cli.loading import load_app

MODULE = """
def app(environ, start_response): ...
def make(): return app
def fail(): raise LookupError("no database")
def leave(): raise SystemExit(0)
class Space: app = staticmethod(app)
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


@pytest.mark.parametrize("name", ["app", "make()", "Space.app"])
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
        pytest.param("nothing_here:app", "No module named 'nothing_here'", id="missing"),
        pytest.param("broken_app:app", "No module named 'no_such_module_at_all'", id="broken"),
        pytest.param("served_app:other", "has no attribute 'other'", id="no-attribute"),
        pytest.param("served_app:fail()", "no database", id="factory-raises"),
        pytest.param("served_app:leave()", "SystemExit(0)", id="factory-exits"),
        pytest.param("served_app:NAME", "is 'app', and no WSGI app", id="no-callable"),
    ],
)
def test_what_is_no_app_is_a_misuse_that_says_why(spec, message):
    with pytest.raises(click.BadParameter) as caught:
        load_app(spec)
    assert message in str(caught.value)
    assert caught.value.exit_code == 2
