"""An explanation as text for people, and as JSON for programs."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..explaining import Explanation
from ..explaining.words import join, shown
from ..testing import Exchange
from ..testing.profiles import ENGINES
from .layout import trim
from .streams import write

COLOURS = {"allowed": "green", "blocked": "red", "failed": "yellow", "unknown": "yellow"}


def show(explanation: Explanation) -> None:
    """Print an explanation for people: the steps, and a table of what is wrong."""
    console = Console(highlight=False)
    # Lines are wrapped for terminals alone: other programs search in them.
    on_terminal = console.is_terminal
    steps = Table.grid(padding=(0, 1))
    steps.add_column(no_wrap=True)
    steps.add_column(overflow="fold")
    with console.capture() as captured:
        for number, step in enumerate(explanation.steps, 1):
            last = number == len(explanation.steps)
            style = COLOURS[explanation.verdict] if last else ""
            if on_terminal:
                steps.add_row(Text(f"{number}.", style), Text(shown(step), style))
            else:
                console.print(Text(shown(f"{number}. {step}")), soft_wrap=True)
        if on_terminal:
            console.print(steps)
        if explanation.rows:
            console.print()
            console.print(_rows(explanation))
    write(trim(captured.get()))


def _rows(explanation: Explanation) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in explanation.rows:
        table.add_row(label, Text(shown(text)))
    return table


def show_all(explanations: Mapping[str, Explanation]) -> None:
    """Print one explanation for all engines that agree on everything that is printed."""
    agreeing: dict[str, list[str]] = {}
    for engine, explanation in explanations.items():
        agreeing.setdefault(str(explanation), []).append(engine)
    for number, engines in enumerate(agreeing.values()):
        names = join([ENGINES[engine] for engine in engines])
        write(f"\n{names}\n\n" if number else f"{names}\n\n")
        show(explanations[engines[0]])


def to_json(explanation: Explanation) -> Mapping[str, Any]:
    """Return an explanation for programs."""
    document: dict[str, Any] = {
        "verdict": explanation.verdict,
        "steps": explanation.steps,
        "exchanges": [_exchange_to_json(exchange) for exchange in explanation.exchanges],
        "notes": explanation.notes,
    }
    if explanation.response is not None:
        response = explanation.response
        document["response"] = {
            "type": response.type,
            "status": response.status,
            "headers": dict(response.headers),
        }
    if explanation.verdict == "blocked":
        document["blocked"] = {
            "step": explanation.step,
            "reason": explanation.reason,
            "console": explanation.console,
            "received": explanation.received,
            "needed": explanation.needed,
        }
    else:
        document["console"] = explanation.console
    if (change := explanation.change) is not None:
        document["change"] = {
            "side": change.side,
            "sentence": change.sentence,
            "settings": dict(change.settings),
            "headers": [*change.headers],
            "status": change.status,
            "view": change.view,
            "file": change.file,
            "line": change.line,
        }
    return document


def _exchange_to_json(exchange: Exchange) -> Mapping[str, Any]:
    return {
        "kind": exchange.kind,
        "method": exchange.method,
        "url": str(exchange.url),
        "request_headers": exchange.request_headers,
        "status": exchange.response.status,
        "response_headers": exchange.response.headers,
    }
