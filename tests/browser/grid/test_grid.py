"""Whatever layer is at fault, the change that ``explain`` names lets the request pass.

Each cell has one fault, or two. Its change is made, and the request is asked again, until it passes
or only a person can change what is left.
"""

from collections import Counter
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.browser.asking import outcomes
from tests.browser.chromium import launched
from tests.browser.grid import faults, live, pairs, policies
from tests.browser.grid.running import judge, play_all
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


ARGUMENTS = ("--ignore-certificate-errors", "--host-resolver-rules=MAP *.test 127.0.0.1")


@pytest.fixture(scope="module")
def results():
    """What explain and Chromium said about each cell, round by round."""
    with serving() as served, launched(*ARGUMENTS) as browser:

        @contextmanager
        def opened():
            page = browser.new_page()
            page.goto(f"http://page.localhost:{served.port}/page")
            yield partial(outcomes, page)
            page.close()

        return play_all(CELLS, served, opened)


@pytest.mark.parametrize("cell", CELLS, ids=by_id)
def test_the_change_lets_the_request_pass_or_names_who_has_to_change(results, cell):
    assert judge(cell, results[cell.id]) == ""
