"""Whatever layer is at fault, the change that ``explain`` names lets the request pass.

Each cell has one fault, or two. Its change is made, and the request is asked again, until it passes
or only a person can change what is left.
"""

from collections import Counter
from pathlib import Path

import pytest

from tests.browser import asking
from tests.browser.chromium import launched
from tests.browser.grid import faults, live, pairs, policies
from tests.browser.grid.running import judge, play, play_all, site_of
from tests.browser.grid.serving import serving

ROOT = Path(__file__).parents[3]

ALONE = [*policies.cells(), *faults.cells()]
OVER_HTTP = [*live.cells()]
PAIRS = [*pairs.sampled([*ALONE, *OVER_HTTP])]
CELLS = [*ALONE, *OVER_HTTP, *PAIRS]


def by_id(cell):
    return cell.id


def test_cells_have_different_names():
    assert [name for name, number in Counter(map(by_id, CELLS)).items() if number > 1] == []


@pytest.mark.parametrize("cell", [cell for cell in CELLS if not cell.live], ids=by_id)
def test_the_change_lets_the_request_pass_or_names_who_has_to_change(cell):
    assert judge(cell, play(cell, site_of(0))) == ""


@pytest.fixture(scope="module")
def rounds():
    """What explain and Chromium said about each cell, in each round, over HTTP."""
    with serving() as served, launched("--ignore-certificate-errors") as browser:

        def browse(requests):
            page = browser.new_page()
            page.goto(f"http://page.localhost:{served.port}/page")
            try:
                return asking.play(page, requests)
            finally:
                page.close()

        return play_all(CELLS, served, browse)


@pytest.mark.parametrize("cell", CELLS, ids=by_id)
def test_chromium_blocks_before_the_change_and_not_after(rounds, cell):
    assert all(one.seen for one in rounds[cell.id])
    assert judge(cell, rounds[cell.id]) == ""
