"""The same for two faults at once, and for faults that only servers show, as those of nginx."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.browser.grid.cells import ALONE, OVER_HTTP, PAIRS
from tests.browser.grid.running import judge

MANUAL = Path(__file__).parents[3] / "docs" / "explain" / "tests.md"

CELLS = [*OVER_HTTP, *PAIRS]


def test_cells_have_different_names():
    names = Counter(cell.id for cell in [*ALONE, *CELLS])
    assert [name for name, number in names.items() if number > 1] == []


def test_the_manual_says_how_many_cells_there_are():
    numbers = Counter(cell.layer for cell in [*ALONE, *OVER_HTTP])
    text = MANUAL.read_text("utf-8")
    numbers["two of these at once"] = len(PAIRS)
    rows = re.findall(r"^\| (.*) \| .* \| (\d+) \|$", text, re.MULTILINE)
    assert {layer: int(number) for layer, number in rows} == numbers
    assert f"{len(ALONE) + len(CELLS):,} cells" in text


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.id)
def test_each_change_brings_the_request_nearer_until_it_passes(results, cell):
    assert judge(cell, results[cell.id]) == ""
