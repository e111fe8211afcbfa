"""Asks about each cell, makes the change that is named, and asks again."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from tests.browser.grid import mending
from tests.browser.grid.frameworks import LOCK
from tests.browser.grid.layers import servers_of
from tests.browser.grid.model import Cell, Site
from tests.browser.grid.serving import Served, installed
from wsgicors.explaining import Explanation, explain

ROUNDS = 4
"""The most changes that one request may need."""

FIRST_ERROR = 400
ACCEPTED = 202
"""The status for a request that brings its cookie."""


BATCH = 60
"""The most cells whose apps exist at the same time."""

T = TypeVar("T")


class Round(NamedTuple):
    """One question, and its answer."""

    explanation: Explanation
    outcome: str
    """``passes``, ``names`` if only a person can change what is left, or ``change``."""
    problem: str = ""
    """Why the change that is named cannot be made."""
    seen: str = ""
    """What a browser did with the same request, if one was asked."""


def ask_app(cell: Cell, site: Site, built: tuple[Any, Any]) -> Explanation:
    """Explain a request to the apps of a cell, in this process."""
    api, owner = built
    active = getattr(owner, "active", nullcontext)
    with LOCK, active():
        return explain(servers=servers_of(cell.stack, site, api), **cell.ask.arguments(site))


def outcome_of(explanation: Explanation) -> str:
    if explanation.change is not None or explanation.verdict == "blocked" or dropped(explanation):
        return "change"
    response = explanation.response
    is_error = response is not None and response.status >= FIRST_ERROR
    return "passes" if explanation.verdict == "allowed" and not is_error else "names"


def dropped(explanation: Explanation) -> str:
    """Return the note about a cookie that the browser drops; empty if there is none."""
    return next(filter(mending.COOKIE.search, explanation.notes), "")


def changed(cell: Cell, explanation: Explanation, site: Site) -> Cell:
    fix = explanation.change
    if fix is not None:
        stack, ask = mending.change(cell.stack, cell.ask, fix, site)
    else:
        stack, ask = mending.keep_cookie(cell.stack, cell.ask, dropped(explanation))
    return replace(cell, stack=stack, ask=ask)


def step(
    cell: Cell, explanation: Explanation, site: Site, rounds: list[Round]
) -> tuple[Cell, bool]:
    """Note an answer, and return the cell after the change, and whether there is none."""
    outcome, problem = outcome_of(explanation), ""
    if outcome == "change" and len(rounds) < ROUNDS:
        try:
            cell = changed(cell, explanation, site)
        except mending.OnlyAPerson:
            outcome = "names"
        except (mending.CannotChange, TypeError) as error:
            problem = str(error)
    rounds.append(Round(explanation, outcome, problem))
    return cell, outcome != "change" or bool(problem) or len(rounds) > ROUNDS


def ask_live(cell: Cell, site: Site, served: Served, nginx_port: int) -> Explanation:
    """Explain a request over HTTP."""
    # Layers in front of nginx are in the server before it.
    is_direct = cell.has_nginx and not cell.stack.front
    servers = served.addresses(site, nginx_port if is_direct else None)
    return explain(servers=servers, send=True, **cell.ask.arguments(site))


Browse = Callable[[list[dict[str, Any]]], list[list[dict[str, Any]]]]
"""Makes requests in a page of a browser, and returns the outcomes of each."""


def play_all(
    cells: Iterable[Cell], served: Served, opened: Callable[[], AbstractContextManager[Browse]]
) -> dict[str, list[Round]]:
    """Play all cells, round by round, and ask a browser too.

    :param opened: opens a page with empty caches.
    """
    playing = {served.site(number): cell for number, cell in enumerate(cells)}
    results: dict[str, list[Round]] = {cell.id: [] for cell in playing.values()}
    while playing:
        following: dict[Site, Cell] = {}
        with opened() as browse:
            for batch in batches([*playing.items()]):
                following |= play_round(batch, served, browse, results)
        playing = following
    return results


def batches(items: list[T]) -> Iterator[list[T]]:
    """Cut a list: each app looks through all apps of the process at its first request."""
    yield from (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def play_round(
    playing: Sequence[tuple[Site, Cell]],
    served: Served,
    browse: Browse,
    results: Mapping[str, list[Round]],
) -> dict[Site, Cell]:
    """Ask once about each cell, and return those that have changed."""
    with installed(served, dict(playing)) as (port, built):
        asked = [
            ask_live(cell, site, served, port) if cell.live else ask_app(cell, site, built[site])
            for site, cell in playing
        ]
        seen = browse(
            [
                {**cell.ask.arguments(site), "times": 2 if cell.is_about_cookies else 1}
                for site, cell in playing
            ]
        )
    following: dict[Site, Cell] = {}
    for (site, cell), explanation, outcomes in zip(playing, asked, seen, strict=True):
        rounds = results[cell.id]
        changed_cell, is_over = step(cell, explanation, site, rounds)
        is_kept = not cell.is_about_cookies or outcomes[-1].get("status") == ACCEPTED
        rounds[-1] = rounds[-1]._replace(seen=outcomes[0]["type"] if is_kept else "rejected")
        if not is_over:
            following[site] = changed_cell
    return following


def judge(cell: Cell, rounds: list[Round]) -> str:
    """Return what is wrong with the answers about a cell; empty if nothing is."""
    last = rounds[-1]
    if last.problem:
        return last.problem
    for one, other in pairwise(rounds):
        if one.explanation.rows == other.explanation.rows:
            return f"comes again: {one.explanation.rows}"
    sides = [one.explanation.change.side for one in rounds if one.explanation.change]
    if sides and not cell.sides:
        return f"sides are {sides}, but nothing is to change"
    for number, side in enumerate(sides):
        expected = cell.sides[min(number, len(cell.sides) - 1)]
        if side not in expected.split("|"):
            return f"change {number + 1} is of the {side}, not {expected}: {sides}"
    if last.outcome not in cell.ends.split("|"):
        return f"ends with {last.outcome}, not {cell.ends}"
    response = last.explanation.response
    said = f"the server itself responded with {response.status}" if response else ""
    if last.outcome == "names" and not (last.explanation.change or said in str(last.explanation)):
        return "does not name whose change it is"
    for one in rounds:
        is_open = one.explanation.verdict == "allowed" and not dropped(one.explanation)
        if one.seen and is_open == (one.seen == "rejected"):
            return f"Chromium: {one.seen}; explain: {one.explanation.verdict}"
    return ""
