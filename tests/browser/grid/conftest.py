"""The cells of a module, played."""

from contextlib import contextmanager
from functools import partial

import pytest

from tests.browser.asking import outcomes
from tests.browser.chromium import launched
from tests.browser.grid.running import play_all
from tests.browser.grid.serving import serving

ARGUMENTS = ("--ignore-certificate-errors", "--host-resolver-rules=MAP *.test 127.0.0.1")


@pytest.fixture(scope="module")
def results(request):
    """What explain and Chromium said about each of the module's cells, round by round."""
    with serving() as served, launched(*ARGUMENTS) as browser:

        @contextmanager
        def opened():
            page = browser.new_page()
            page.goto(f"http://page.localhost:{served.port}/page")
            yield partial(outcomes, page)
            page.close()

        return play_all(request.module.CELLS, served, opened)
