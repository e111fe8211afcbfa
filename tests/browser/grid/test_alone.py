"""The change that ``explain`` names lets the request pass, for faults in every layer.

The change is made, and the request is asked again, until it passes or only a person can change
what is left. Chromium has to block the request until it passes.
"""

import pytest

from tests.browser.grid.cells import ALONE
from tests.browser.grid.running import judge

CELLS = ALONE


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.id)
def test_the_change_lets_the_request_pass_or_names_who_has_to_change(results, cell):
    assert judge(cell, results[cell.id]) == ""
