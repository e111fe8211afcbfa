"""Where the search of the built documentation shows the page that answers a query.

``make findable`` builds the documentation, prints the table and writes it to
``docs/figures/search.md``. The queries and their pages are in ``tests/docs/search.toml``.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from lab.figures import FIGURES, written_by
from tests.browser.chromium import launched

ROOT = Path(__file__).parents[1]
BUILT = ROOT / "docs" / "_build"
PAGES: Mapping[str, str] = tomllib.loads(
    (ROOT / "tests" / "docs" / "search.toml").read_text("utf-8")
)
"""The page that has to answer, by query."""

BEFORE: Mapping[str, int] = {"nginx cors": 2, "django cors csrf": 2}
"""The ranks before the pages were rewritten. Other queries did not show their page."""

FINISHED = ".search-summary:not(:empty)"
RESULTS = """() => [...document.querySelectorAll("ul.search > li > a")].map(
  (link) => link.getAttribute("href")
)"""


class Found(NamedTuple):
    """What the search shows for a query."""

    query: str
    wanted: str
    """The page that has to answer, as a toctree names it."""
    shown: tuple[str, ...]
    """The page of each result, in order: as often as the search shows it."""

    @property
    def rank(self) -> int | None:
        """The place of the wanted page among the results, from 1; ``None`` if it is not shown."""
        return self.shown.index(self.wanted) + 1 if self.wanted in self.shown else None


def search(site: Path, pages: Mapping[str, str] = PAGES) -> list[Found]:
    """Ask the search of a built site in Chromium, as a file: it needs no server.

    :param site: the folder that Sphinx has built.
    :param pages: the page that has to answer, by query.
    """
    asked = (site / "search.html").resolve(strict=True).as_uri()
    found = []
    with launched() as chromium:
        window = chromium.new_page()
        for query, wanted in pages.items():
            window.goto(f"{asked}?{urlencode({'q': query})}", wait_until="commit")
            window.wait_for_selector(FINISHED, state="attached")
            found.append(Found(query, wanted, tuple(map(_page_of, window.evaluate(RESULTS)))))
    return found


def _page_of(link: str) -> str:
    return link.partition("#")[0].removesuffix(".html")


def table(found: Iterable[Found]) -> str:
    """Return the ranks as a table in Markdown, with the first three results of each query."""
    lines = ["| Query | Page | Before | Now | First three results |", "|---|---|---|---|---|"]
    for one in found:
        first = ", ".join(f"`{page}`" for page in one.shown[:3]) or "nothing"
        before = BEFORE.get(one.query, "not shown")
        now = one.rank or "not shown"
        lines.append(f"| {one.query} | `{one.wanted}` | {before} | {now} | {first} |")
    return "\n".join(lines)


def main() -> None:
    text = "\n".join([table(search(BUILT)), "", written_by("findable"), ""])
    (FIGURES / "search.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
