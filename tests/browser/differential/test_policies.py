"""What a policy says is allowed is what each engine reaches and lets JavaScript read."""

import pytest

from tests.browser.differential.policies import compare_with_policies
from tests.browser.engines import ENGINES


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_finds_what_policies_promise(engine, caplog):
    caplog.set_level("CRITICAL", logger="wsgicors")
    broken, counts = compare_with_policies(engine, seed=1, count=500)
    assert broken[:3] == []
    assert len(counts) >= 4, "requests of every kind, granted and refused"
