"""Every example in the documentation and in docstrings is a test."""

from doctest import ELLIPSIS

from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

_docstrings = Sybil(
    parsers=[DocTestParser(optionflags=ELLIPSIS)],
    patterns=[
        f"wsgicors/{room}*.py" for room in ("", "core/", "routers/", "testing/", "explaining/")
    ],
    document_types={".py": PythonDocStringDocument},
)
_pages = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=ELLIPSIS)],
    patterns=["README.md", "docs/*.md", "docs/*/*.md"],
    setup=lambda namespace: namespace.update(__name__="__main__"),  # Flask(__name__) needs a module
)
pytest_collect_file = (_docstrings + _pages).pytest()
