"""What a policy allows is what each engine sends, and lets JavaScript read."""

from collections import Counter

import pytest

from tests.browser.differential.playing import Player
from tests.browser.differential.policies import PolicyTable, draw, is_kept, promise
from tests.browser.differential.server import serving
from tests.browser.engines import ENGINES, launched
from wsgicors.testing.profiles import PROFILES


def compare(name, seed, count):
    """Play requests under policies, and return broken promises and a count of all of them."""
    with serving(PolicyTable) as table, launched(name) as engine:
        page = table.sites.origins["P"]
        drawn = draw(seed, count, page)
        table.use(drawn)
        seen = Player(engine, table).observe([scenario for scenario, _ in drawn])
    counts, broken = Counter(), []
    for (scenario, policy), one in zip(drawn, seen, strict=True):
        promised = promise(policy, scenario.steps[0], page, PROFILES[name])
        asked = any(arrival.preflight for arrival in one.arrivals)
        counts[
            ("preflight" if asked else "simple", promised.arrives, promised.readable is not None)
        ] += 1
        if not is_kept(promised, one):
            broken.append((scenario.to_json(), policy, promised, one))
    return broken, counts


@pytest.mark.parametrize("name", [name for name in ENGINES if name in PROFILES])
def test_an_engine_finds_what_policies_promise(name, caplog):
    caplog.set_level("CRITICAL", logger="wsgicors")
    broken, counts = compare(name, seed=1, count=500)
    assert broken[:3] == []
    assert len(counts) >= 4, "requests of every kind, granted and refused"
