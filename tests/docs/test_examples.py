"""The tests of the examples pass; a test that fails names the setting to change."""

from pathlib import Path

import pytest

from lab.engines import departures_list

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(pytester, monkeypatch):
    """Run pytest in a subprocess that can import `examples`."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return pytester.runpytest_subprocess


def test_the_tests_of_the_examples_pass(run):
    run("-n0", ROOT / "examples" / "test_items.py").assert_outcomes(passed=2)


def test_a_page_that_is_blocked_names_the_setting_and_shows_the_exchange(pytester, run):
    pytester.makepyfile(
        """
        from examples.items import app

        def test_another_page_replaces_an_item(cors_browser):
            page = cors_browser(app).page("https://other.example")
            page.fetch("https://api.example/items/1", method="PUT", credentials="include")
        """
    )
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *PUT https://api.example/items/1 from a page of 'https://other.example' was blocked",
            "E *change *allow_origins: add 'https://other.example'*",
            "E *├── OPTIONS /items/1 ─*▶│   may I PUT?",
            "E *│◀─* 403 Forbidden ──┤",
        ]
    )


def test_a_header_that_cannot_be_read_names_the_setting_and_shows_the_exchange(pytester, run):
    pytester.makepyfile(
        """
        from wsgicors import wrap

        @wrap(allow_origins="*")
        def app(environ, start_response):
            start_response("200 OK", [("X-Total-Count", "3")])
            return []

        def test_every_page_reads_the_total(cors_browser):
            page = cors_browser(app).page("https://anyone.example")
            assert page.fetch("https://api.example/items").headers["X-Total-Count"] == "3"
        """
    )
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *X-Total-Count was sent, but not exposed; add it to expose_headers*",
            "*CORS exchanges of a page of https://anyone.example*",
            "├── GET /items ─*▶│",
            "│◀─* 200 OK ──┤",
        ]
    )


def test_the_test_in_the_manual_fails_in_webkit_alone(pytester, run):
    manual = (ROOT / "docs" / "testing.md").read_text("utf-8")
    section = manual.partition("## All engines at once\n")[2]
    code = section.partition("```python\n")[2].partition("```")[0]
    shown = section.partition("```console\n")[2].partition("```")[0].splitlines()
    pytester.makepyfile(test_basket=code)
    result = run("--cors-profiles=all", "test_basket.py")
    result.assert_outcomes(passed=2, failed=1)
    expected = [line.replace("[", "[[]") for line in shown[1:] if line != "..."]
    result.stdout.fnmatch_lines(expected)
    moved = code.replace('"https://api.example', '"https://api.shop.example')
    pytester.makepyfile(test_moved=moved)
    run("--cors-profiles=all", "test_moved.py").assert_outcomes(passed=3)


def test_the_manual_lists_every_departure_and_the_engines_that_have_it():
    figure = (ROOT / "docs" / "figures" / "departures.md").read_text("utf-8")
    assert figure == departures_list()
