"""Asks about each cell, makes the change that is named, and asks again."""

from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from tests.browser.grid import mending
from tests.browser.grid.frameworks import LOCK
from tests.browser.grid.layers import build, servers_of
from tests.browser.grid.model import Cell, Site
from tests.browser.grid.serving import Served, installed
from wsgicors.explaining import Explanation, explain

ROUNDS = 4
"""The most changes that one request may need."""

FIRST_ERROR = 400


class Round(NamedTuple):
    """One question, and its answer."""

    explanation: Explanation
    outcome: str
    """``passes``, ``names`` if only a person can change what is left, or ``change``."""
    problem: str = ""
    """Why the change that is named cannot be made."""
    seen: str = ""
    """What a browser did with the same request, if one was asked."""


def site_of(number: object) -> Site:
    """Return a site for apps that are called in this process."""
    return Served({}, 1, {}, 2, {}).site(number)


def ask_app(cell: Cell, site: Site) -> Explanation:
    """Explain a request to the apps of a cell, in this process."""
    api, app = build(cell.stack, site)
    active = getattr(app, "active", nullcontext)
    with LOCK, active():
        return explain(servers=servers_of(cell.stack, site, api), **cell.ask.arguments(site))


def outcome_of(explanation: Explanation) -> str:
    if explanation.change is not None or explanation.verdict == "blocked":
        return "change"
    response = explanation.response
    is_error = response is not None and response.status >= FIRST_ERROR
    return "passes" if explanation.verdict == "allowed" and not is_error else "names"


def changed(cell: Cell, explanation: Explanation, site: Site) -> Cell:
    fix = explanation.change
    if fix is None:
        raise mending.CannotChange(f"no change: {explanation.steps[-1]}")
    stack, ask = mending.change(cell.stack, cell.ask, fix, site)
    return replace(cell, stack=stack, ask=ask)


def play(cell: Cell, site: Site) -> list[Round]:
    """Ask and change until the request passes, or only a person can go on."""
    rounds: list[Round] = []
    while True:
        cell, is_over = step(cell, ask_app(cell, site), site, rounds)
        if is_over:
            return rounds


def step(cell: Cell, explanation: Explanation, site: Site, rounds: list[Round]) -> tuple[Cell, bool]:
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


def needless(cell: Cell, site: Site, rounds: list[Round]) -> list[str]:
    """Return the changes without which the request would pass too."""
    fixes = [one.explanation.change for one in rounds if one.explanation.change]
    found: list[str] = []
    for left_out in fixes if fixes[1:] and rounds[-1].outcome == "passes" else ():
        with suppress(mending.CannotChange, mending.OnlyAPerson):
            stack, ask = cell.stack, cell.ask
            for fix in fixes:
                if fix is not left_out:
                    stack, ask = mending.change(stack, ask, fix, site)
            without = replace(cell, stack=stack, ask=ask)
            if outcome_of(ask_app(without, site)) == "passes":
                found.append(left_out.sentence)
    return found


def ask(cell: Cell, site: Site, served: Served, nginx_port: int) -> Explanation:
    """Explain a request over HTTP, or to the apps in this process."""
    if not cell.live:
        return ask_app(cell, site)
    # Layers in front of nginx are in the server before it.
    is_direct = cell.has_nginx and not cell.stack.front
    servers = served.addresses(site, nginx_port if is_direct else None)
    return explain(servers=servers, send=True, **cell.ask.arguments(site))


def play_all(
    cells: Iterable[Cell], served: Served, browse: Callable[[list[dict[str, Any]]], list[str]]
) -> dict[str, list[Round]]:
    """Play all cells at the same time, round by round, and ask a browser too.

    :param browse: makes requests in a browser, and returns the outcome of each.
    """
    playing = {served.site(number): cell for number, cell in enumerate(cells)}
    results: dict[str, list[Round]] = {cell.id: [] for cell in playing.values()}
    while playing:
        with installed(served, playing) as port:
            asked = {site: ask(cell, site, served, port) for site, cell in playing.items()}
            requests = [cell.ask.arguments(site) for site, cell in playing.items()]
            seen = browse(requests)
        following: dict[Site, Cell] = {}
        for (site, cell), outcome in zip(playing.items(), seen, strict=True):
            rounds = results[cell.id]
            cell, is_over = step(cell, asked[site], site, rounds)
            rounds[-1] = rounds[-1]._replace(seen=outcome)
            if not is_over:
                following[site] = cell
        playing = following
    return results


def judge(cell: Cell, rounds: list[Round]) -> str:
    """Return what is wrong with the answers about a cell; empty if nothing is."""
    last = rounds[-1]
    if last.problem:
        return last.problem
    for one, other in pairwise(rounds):
        if one.explanation.change == other.explanation.change:
            return f"comes again: {one.explanation.change}"
    sides = [one.explanation.change.side for one in rounds if one.explanation.change]
    if sides and not cell.sides:
        return f"sides are {sides}, but nothing is to change"
    for number, side in enumerate(sides):
        expected = cell.sides[min(number, len(cell.sides) - 1)]
        if side not in expected.split("|"):
            return f"change {number + 1} is of the {side}, not {expected}: {sides}"
    if last.outcome not in cell.ends.split("|"):
        return f"ends with {last.outcome}, not {cell.ends}"
    for one in rounds:
        if one.seen and (one.seen == "rejected") != (one.explanation.verdict != "allowed"):
            return f"Chromium: {one.seen}; explain: {one.explanation.verdict}"
    return ""
