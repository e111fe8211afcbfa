"""The line of a settings module that assigns a table of policies."""

import importlib.util
import sys

import pytest

from tests.adapters.django_projects import applying
from tests.helpers import APP
from wsgicors.django import place_of_setting

TABLE = f'{{"default": {{"allow_origins": "{APP}"}}}}'


@pytest.fixture
def place_in(tmp_path, monkeypatch):
    """Return what gives the line of the table in a settings module, from its text."""

    def place_in(text):
        file = tmp_path / "own_settings.py"
        file.write_text(text, "utf-8")
        spec = importlib.util.spec_from_file_location("own_settings", file)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "own_settings", module)
        spec.loader.exec_module(module)
        with applying(CORS_POLICIES=module.CORS_POLICIES):
            place = place_of_setting("CORS_POLICIES")
        return place and (place.file == str(file), place.line, place.module)

    return place_in


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(f"CORS_POLICIES = {TABLE}", 1, id="plain"),
        pytest.param(f"\nCORS_POLICIES: dict = {TABLE}", 2, id="annotated"),
        pytest.param(f"if True:\n    CORS_POLICIES = {TABLE}", 2, id="indented"),
        pytest.param(f"CORS_POLICIES = {TABLE}\nCORS_POLICIES['a'] = 'b'", 1, id="extended"),
        pytest.param(f"CORS_POLICIES = {TABLE}\nassert CORS_POLICIES == {TABLE}", 1, id="compared"),
    ],
)
def test_a_table_in_a_settings_module_has_the_line_of_its_assignment(place_in, text, line):
    assert place_in(text) == (True, line, "own_settings")


def test_a_table_that_two_lines_may_have_assigned_has_none(place_in):
    text = f"if True:\n    CORS_POLICIES = {TABLE}\nelse:\n    CORS_POLICIES = {{}}"
    assert place_in(text) is None


def test_a_table_that_no_module_has_has_no_line():
    with applying(CORS_POLICIES={"default": {"allow_origins": APP}}):
        assert place_of_setting("CORS_POLICIES") is None
