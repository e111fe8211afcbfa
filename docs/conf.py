import re
from importlib.metadata import version as installed_version
from pathlib import Path

from docutils import nodes
from sphinx.pycode import ModuleAnalyzer

project = "wsgicors"
author = "The wsgicors developers"
copyright = f"2026, {author}"
release = installed_version("wsgicors-toolkit")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_inline_tabs"]
myst_enable_extensions = ["colon_fence", "deflist"]  # in a fence of colons GitHub shows its code
myst_heading_anchors = 3  # the anchors that GitHub has, so that links to them work in both
exclude_patterns = ["_build", "figures"]  # figures are included by the pages that explain them
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_search_scorer = str(Path(__file__).with_name("search.js"))
pygments_dark_style = "a11y-dark"  # furo's own underlines modules, as if they were links
html_copy_source = False  # or pytest would take the copies for tests

autodoc_member_order = "bysource"
python_maximum_signature_line_length = 88  # each parameter of a longer one has its own line

PRIVATE = {
    r"\*misplaced: [\w.~]*Never, (?=\*\*)": "",  # catches what was passed by position
    r"\*misplaced: [\w.~]*Never": "*",
    r"\*\*(settings|changes): [\w.~]*Unpack\[[\w.~]*Settings\]": r"**\1",
    r" \| [\w.~]*_Unset(?=\W)": "",
    r"[\w.~]*_Unset\.BASE": "...",
}
"""What is private in a signature, and what readers see instead."""


def simplify_signature(_app, _what, _name, _object, _options, signature, returned):
    """Leave out of a signature what a caller never passes."""
    if signature is None:
        return None
    for private, shown in PRIVATE.items():
        signature = re.sub(private, shown, signature)
    return signature, returned


def name_page(app, document):
    """Give a page of troubleshooting a class, for the style sheet."""
    if app.env.docname.startswith("troubleshooting/"):
        document.next_node(nodes.section)["classes"].append("troubleshooting")


def setup(app):
    """Let autodoc see the docstrings of attributes, which it looks for where a class says it is.

    The classes that `wsgicors` exports say that they are there; private modules define them.
    """
    exported = ModuleAnalyzer.for_module("wsgicors")
    exported.analyze()
    for module in ("_core.origins", "_core.policy", "_core.problems", "_resolver"):
        defining = ModuleAnalyzer.for_module(f"wsgicors.{module}")
        defining.analyze()
        exported.attr_docs.update(defining.attr_docs)
        exported.tagorder.update(defining.tagorder)
    app.connect("doctree-read", name_page)
    app.connect("autodoc-process-signature", simplify_signature)
