"""Two faults of different layers at once."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import combinations
from typing import Any

from tests.browser.grid.faults import good
from tests.browser.grid.model import Ask, Cell, Layer

SEED = 17
SAMPLES = 5
"""Cells of each pair of layers."""

ALONE = ("cookie", "server down")
"""Layers whose faults show only where no other layer is at fault."""


class Conflict(Exception):
    """Two faults that cannot be at the same time."""


def merged(base: Any, first: Any, second: Any) -> Any:
    """Merge two values field by field; each differs from the base only by its fault."""
    changes = {}
    for field in fields(base):
        was, one, two = (getattr(value, field.name) for value in (base, first, second))
        if one in (was, two):
            changes[field.name] = two
        elif two == was:
            changes[field.name] = one
        elif field.name == "headers" or (is_layers(one) and is_layers(two)):
            changes[field.name] = (*one, *(item for item in two if item not in one))
        else:
            raise Conflict(field.name)
    return replace(base, **changes)


def is_layers(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, Layer) for item in value)


def pair(first: Cell, second: Cell) -> Cell:
    """Return the cell with both faults.

    :raises Conflict: if there cannot be both.
    """
    is_live = first.live or second.live
    return Cell(
        f"{first.layer} and {second.layer}",
        f"{first.fault} + {second.fault}",
        merged(good(), first.stack, second.stack),
        merged(Ask(), first.ask, second.ask),
        # One fault may hide the other, and where a policy is missing no layer is outside of it.
        ("|".join(("server", "layer", *first.sides, *second.sides)),),
        # Over HTTP, nobody knows which routes there are, or why a server answers with an error. A
        # default policy lets pages read the 404 of an unknown URL.
        "passes|names"
        if is_live or "names" in (first.ends, second.ends) or "unknown URL" in second.fault
        else "passes",
        live=is_live,
        has_nginx=first.has_nginx or second.has_nginx,
        is_about_cookies=first.is_about_cookies or second.is_about_cookies,
    )


def sampled(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Yield pairs of faults of all pairs of layers: all, or a sample where there are many."""
    chosen = random.Random(SEED)
    by_layer: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.stack.framework == "flask" and cell.layer not in ALONE:
            by_layer[cell.layer].append(cell)
    for one, two in combinations(by_layer.values(), 2):
        found: dict[str, Cell] = {}
        places = [(first, second) for first in one for second in two]
        for first, second in chosen.sample(places, len(places)):
            try:
                made = pair(first, second)
            except Conflict:
                continue
            found[made.id] = made
            if len(found) == SAMPLES:
                break
        yield from found.values()
