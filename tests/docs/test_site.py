"""The built documentation: every link works, the reference is whole, and its search finds pages."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from lab.figures import FIGURES
from lab.findable import PAGES, search, table
from tests.docs.pages import DOCS, Page, read_page
from tests.docs.test_api import PUBLIC
from tests.docs.test_links import faults_of_site

BUILT = DOCS / "_build"
"""Where `make docs` builds too, so that it has nothing left to do after the tests."""

ENDS_A_DOCSTRING = re.compile(r'<span class="sd">("""|&quot;{3})</span>').fullmatch

TIMEOUT = 120
"""Seconds; a build takes about fifteen."""


@pytest.fixture(scope="module")
def site() -> dict[str, Page]:
    """Build the documentation, and return every page of it by its path.

    Only this module builds it: pytest-xdist runs a module in one worker, so it is built once.
    """
    shutil.rmtree(BUILT, ignore_errors=True)
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "--fail-on-warning",
            "--keep-going",
            "--quiet",
            DOCS,
            BUILT,
        ],
        # In Python's development mode Sphinx's own extensions warn.
        env={**os.environ, "PYTHONDEVMODE": ""},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    if run.returncode:
        shutil.rmtree(BUILT)  # a second build would not repeat the warnings
        pytest.fail(run.stderr)
    pages = {path.relative_to(BUILT).as_posix(): read_page(path) for path in BUILT.rglob("*.html")}
    others = (path.relative_to(BUILT).as_posix() for path in BUILT.rglob("*") if path.is_file())
    return {**dict.fromkeys(others, Page()), **pages}


def test_the_reference_has_the_docstrings_of_attributes(site):
    """Autodoc does not find them by itself, because `__module__` is not where a class is."""
    reference = (BUILT / "reference" / "api.html").read_text("utf-8")
    assert "In ASCII, and in lower case unless the scheme is of an app." in reference


def test_every_link_of_the_built_documentation_works(site):
    assert "reference/api.html" in site
    assert faults_of_site(site) == []


def test_no_page_shows_the_end_of_a_tab(site):
    """At the end of a line of text, MyST prints the three colons, and puts the next tab inside."""
    pages = [path for path in site if path.endswith(".html")]
    assert pages
    assert [path for path in pages if ":::" in (BUILT / path).read_text("utf-8")] == []


def test_no_example_begins_at_the_end_of_a_docstring(site):
    """Then everything up to the next docstring would have the colour of one."""
    blocks = {
        path: re.findall(r"<pre><span></span>(.*)", (BUILT / path).read_text("utf-8"))
        for path in site
        if path.endswith(".html")
    }
    assert any(blocks.values())
    ends = [path for path, first in blocks.items() if any(map(ENDS_A_DOCSTRING, first))]
    assert ends == []


def test_the_reference_has_every_public_name_and_no_other(site):
    described = site["reference/api.html"].objects
    outermost = {name for name in described if name.rpartition(".")[0] not in described}
    assert outermost == PUBLIC.keys()


@pytest.mark.browser
def test_the_search_shows_the_page_that_answers_among_the_first_two(site):
    found = search(BUILT)
    assert [one.query for one in found] == [*PAGES]
    assert [one for one in found if one.rank not in (1, 2)] == []
    committed = (FIGURES / "search.md").read_text("utf-8")
    assert ranks(committed) == ranks(table(found)), "make findable writes the table again"


def ranks(text: str) -> list[str]:
    """Return the rows of the table of ranks, without the results."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [row.rpartition(" | ")[0] for row in rows]
