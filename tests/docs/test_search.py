"""The table of ranks in the search of the documentation."""

import re

from lab.findable import PAGES, Found, table
from tests.docs.pages import DOCS

FOUND = [
    Found("null origin", "faq", ("design", "design", "faq")),
    Found("FAQ", "faq", ()),
]


def test_the_rank_counts_results_and_not_pages():
    assert [one.rank for one in FOUND] == [3, None]


def test_the_table_shows_the_rank_and_the_first_three_results():
    assert table(FOUND).splitlines()[2:] == [
        "| null origin | `faq` | 3 | `design`, `design`, `faq` |",
        "| FAQ | `faq` | not shown | nothing |",
    ]


def test_there_are_twenty_queries():
    assert len(PAGES) == 20


def test_the_pages_of_evidence_that_rank_last_exist():
    (names,) = re.findall(r"evidence = /\^\((.+?)\)\$/", (DOCS / "search.js").read_text("utf-8"))
    assert [name for name in names.split("|") if not (DOCS / f"{name}.md").exists()] == []
