"""The map of the code in docs/design.md is complete, and what it names is there."""

import importlib
import operator
import re
from pathlib import Path

import pytest

import wsgicors
from tests.docs.pages import DOCS

DESIGN = (DOCS / "design.md").read_text("utf-8")
MAP = DESIGN.partition("## Where is what\n")[2].partition("\n### Imports\n")[0]
FINDER = DESIGN.partition("### Where do I find ...?\n")[2]

PACKAGE = Path(wsgicors.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


def test_the_map_has_every_package_and_every_module_beside_the_packages():
    rows = re.findall(r"^\| (`.+?) \|.+\|(.*)\|$", MAP, re.MULTILINE)
    listed = re.findall(r"`([\w.]+)`", " ".join(names for names, _ in rows))
    read_first = re.findall(r"`([\w.]+)`", " ".join(names for _, names in rows))
    shown = {name for name, path in MODULES.items() if "." not in name or path.stem == "__init__"}
    assert sorted(listed) == sorted(shown - {"__init__"} | {"wsgicors"})
    assert set(read_first) <= MODULES.keys()


@pytest.mark.parametrize("path", [pytest.param(p, id=n) for n, p in sorted(MODULES.items())])
def test_the_first_line_of_a_module_is_a_sentence(path):
    """A command on the map prints these lines."""
    first = path.read_text("utf-8").splitlines()[0]
    assert re.fullmatch(r'"""[A-Z`].+\.("""|)', first)


def test_what_the_page_says_where_to_find_is_there():
    rows = "\n".join(re.findall(r"^\| .+ \| (.+) \|$", FINDER, re.MULTILINE))
    place = re.compile(r"((?:`[\w.]+`(?: and )?)+) in `([\w/.]+)`")
    assert re.findall("`.+?`", place.sub("", rows)) == ["`CONTRIBUTING.md`"]
    for names, path in place.findall(rows):
        module = importlib.import_module(f"wsgicors.{path.removesuffix('.py').replace('/', '.')}")
        for name in re.findall(r"`([\w.]+)`", names):
            assert operator.attrgetter(name)(module)
