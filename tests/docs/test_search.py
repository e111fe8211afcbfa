"""The table of ranks in the search of the documentation."""

import re

from lab.findable import BEFORE, PAGES, Found, table
from tests.docs.pages import DOCS

FOUND = [
    Found("null origin", "faq", ("design", "design", "faq")),
    Found("FAQ", "faq", ()),
    Found("nginx cors", "faq", ("faq",)),
]


def test_the_rank_counts_results_and_not_pages():
    assert [one.rank for one in FOUND] == [3, None, 1]


def test_the_table_shows_the_ranks_before_and_now_and_the_first_three_results():
    assert table(FOUND).splitlines()[2:] == [
        "| null origin | `faq` | not shown | 3 | `design`, `design`, `faq` |",
        "| FAQ | `faq` | not shown | not shown | nothing |",
        "| nginx cors | `faq` | 2 | 1 | `faq` |",
    ]


def test_there_are_twenty_queries():
    assert len(PAGES) == 20
    assert BEFORE.keys() <= PAGES.keys()


def test_the_pages_of_evidence_that_rank_last_exist():
    (names,) = re.findall(r"evidence = /\^\((.+?)\)\$/", (DOCS / "search.js").read_text("utf-8"))
    assert [name for name in names.split("|") if not (DOCS / f"{name}.md").exists()] == []
