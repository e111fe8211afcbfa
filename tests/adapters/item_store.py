"""A fact about the examples in which pages change items with a token."""

import pytest

from tests.helpers import OTHER
from wsgicors.testing import CORSBlocked


class ChangesItems:
    """The test class of such an example; ``browser`` serves the example."""

    def test_an_allowed_page_changes_an_item_and_reads_errors(self):
        page = self.browser.page("https://app.example")
        assert replace(page, 1, "Bearer of-tea").json() == {"replaced": 1, "by": "coffee"}
        assert replace(page, 4, "Bearer of-tea").status == 404
        assert replace(page, 1, "Bearer of-milk").status == 401
        with pytest.raises(CORSBlocked):
            replace(self.browser.page(OTHER), 1, "Bearer of-tea")


def replace(page, item, token):
    headers = {"Content-Type": "application/json", "Authorization": token}
    url = f"https://api.example/items/{item}"
    return page.fetch(url, method="PUT", headers=headers, body='"coffee"')
