"""Examples in the documentation and in docstrings as tests, and marks by folder."""

from doctest import ELLIPSIS
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

_docstrings = Sybil(
    parsers=[DocTestParser(optionflags=ELLIPSIS)],
    patterns=[
        f"wsgicors/{folder}*.py"
        for folder in ("", "_core/", "auditing/", "testing/", "explaining/")
    ],
    document_types={".py": PythonDocStringDocument},
)
_pages = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=ELLIPSIS)],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    # Each is an app of its own, with its commands: tests/docs/test_quickstarts.py runs them.
    excludes=["docs/quickstart/*.md"],
    setup=lambda namespace: namespace.update(__name__="__main__"),  # Flask(__name__) needs a module
)
pytest_collect_file = (_docstrings + _pages).pytest()

ROOT = Path(__file__).parent
MARKS = {
    ROOT / "README.md": "docs",
    ROOT / "docs": "docs",
    ROOT / "tests" / "browser": "browser",
    ROOT / "tests" / "docs": "docs",
    ROOT / "tests" / "lab": "slow",
    ROOT / "tests" / "packaging" / "test_demo.py": "slow",
    ROOT / "tests" / "packaging" / "test_distributions.py": "slow",
}
"""The mark of all tests in a file or folder."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by where its file is."""
    for item in items:
        for place in {item.path, *item.path.parents} & MARKS.keys():
            item.add_marker(MARKS[place])
