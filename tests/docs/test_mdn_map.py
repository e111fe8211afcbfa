"""The map of MDN's guide has every section of the guide, and everything that it names exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from wsgicors._core.policy import SETTINGS

ROOT = Path(__file__).parents[2]
MAP = (ROOT / "docs" / "mdn.md").read_text("utf-8")
SCENARIOS = (ROOT / "examples" / "demo" / "page" / "scenarios.js").read_text("utf-8")
GUIDE = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS"
SECTIONS = [
    "what_requests_use_cors",
    "functional_overview",
    "simple_requests",
    "preflighted_requests",
    "preflighted_requests_and_redirects",
    "requests_with_credentials",
    "preflight_requests_and_credentials",
    "credentialed_requests_and_wildcards",
    "third-party_cookies",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
    "browser_compatibility",
]
"""The anchors of the guide's sections that have content, in order."""

ENTRIES = re.split(rf"^\[[^\n]+\]\({re.escape(GUIDE)}#", MAP, flags=re.MULTILINE)[1:]
PATHS = sorted(set(re.findall(r"`((?:wsgicors|tests|examples|docs)/[\w./]+)", MAP)))
TESTS = re.findall(r"`(tests/[\w./]+)::(\w+)`", MAP)
FUNCTIONS = re.findall(r"`(\w+)\(\)`\s+in\s+`([\w./]+)`", MAP)


@cache
def defined(path):
    """Return the names of all functions in a file, methods too."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_section_of_the_guide_is_on_the_map_in_its_order():
    assert [entry.partition(")")[0] for entry in ENTRIES] == SECTIONS


@pytest.mark.parametrize("entry", [pytest.param(e, id=e.partition(")")[0]) for e in ENTRIES])
def test_every_section_names_code_and_an_example_and_a_test(entry):
    done, shown, tested = re.findall(r"^: \*\*(.+?):\*\*", entry, re.MULTILINE)
    assert (done, shown, tested) == ("In wsgicors", "Shown", "Tested")
    assert re.search(r"^  - `tests/[\w./]+::test_\w+`$", entry, re.MULTILINE)


@pytest.mark.parametrize("path", PATHS)
def test_every_file_on_the_map_exists(path):
    assert (ROOT / path).is_file()


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_every_test_on_the_map_exists(path, name):
    assert name in defined(path)


@pytest.mark.parametrize(("name", "path"), FUNCTIONS)
def test_every_function_on_the_map_exists(name, path):
    assert name in defined(path)


def test_every_function_is_named_with_its_file():
    assert len(FUNCTIONS) == MAP.count("()`")


def test_the_map_names_every_setting():
    named = re.findall(r"setting\s+`(\w+)`", MAP)
    assert set(named) == set(SETTINGS) - {"accept_risks"}


def test_the_map_names_every_scenario_of_the_demo():
    words = re.sub(r"\s+", " ", re.sub(r"`[^`]+`|\*\*[^*]+\*\*", "", "".join(ENTRIES)))
    named = set(re.findall(r"\*([^*]+)\*", words))
    assert named == set(re.findall(r'^ +name: "(.+)",$', SCENARIOS, re.MULTILINE))


def test_the_scenarios_link_to_sections_that_are_on_the_map():
    assert set(re.findall(r'mdn: "(.+)"', SCENARIOS)) <= set(SECTIONS)
