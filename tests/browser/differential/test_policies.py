"""What a policy says is allowed is what Chromium reaches and lets script read."""

from collections import Counter

from tests.browser.differential.playing import Player
from tests.browser.differential.policies import PolicyTable, draw, is_kept, promise
from tests.browser.differential.server import serving
from tests.browser.engines import launched


def compare(seed, count):
    """Play requests under policies, and return broken promises and a count of all of them."""
    with serving(PolicyTable) as table, launched("chromium") as engine:
        page = table.sites.origins["P"]
        drawn = draw(seed, count, page)
        table.use([policy for _, policy in drawn])
        seen = Player(engine, table).observe([scenario for scenario, _ in drawn])
    counts, broken = Counter(), []
    for (scenario, policy), one in zip(drawn, seen, strict=True):
        promised = promise(policy, scenario.steps[0], page)
        asked = any(arrival.preflight for arrival in one.arrivals)
        counts[
            ("preflight" if asked else "simple", promised.arrives, promised.readable is not None)
        ] += 1
        if not is_kept(promised, one):
            broken.append((scenario.to_json(), policy, promised, one))
    return broken, counts


def test_chromium_finds_what_policies_promise(caplog):
    caplog.set_level("CRITICAL", logger="wsgicors")
    broken, counts = compare(seed=1, count=500)
    assert broken[:3] == []
    assert len(counts) >= 4, "requests of every kind, granted and refused"
