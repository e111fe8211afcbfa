"""A short ``make soak``, and the faults that it has to find."""

import pytest

from lab.soak.generations import Request, Response, expect, is_by_one_policy
from lab.soak.load import ORIGINS
from lab.soak.run import run

REQUESTS = 2_000
CHANGES = 50


def test_every_response_is_by_one_policy_while_policies_are_replaced():
    done = run("sound", REQUESTS, CHANGES)
    assert done.faults == []
    assert done.seen.checked == REQUESTS
    assert done.seen.newest == CHANGES
    assert set(done.seen.responses) == {
        "GET without an origin",
        "GET allowed",
        "GET refused",
        "preflight allowed",
        "preflight refused",
    }


def test_an_app_that_asks_for_its_policy_twice_is_found():
    done = run("racy", REQUESTS // 2, CHANGES)
    assert done.seen.mixed
    assert "responses are by no single policy" in done.faults[0]
    assert (done.seen.errors, done.log) == (0, "")


def test_an_app_that_keeps_every_environ_is_found():
    done = run("leaky", REQUESTS, CHANGES)
    assert [fault.partition(" by ")[0] for fault in done.faults] == ["the worker grew"]


@pytest.mark.parametrize("is_preflight", [False, True])
@pytest.mark.parametrize("path", ["/", "/merged"])
@pytest.mark.parametrize("generation", range(3))
def test_a_response_with_headers_of_two_policies_is_by_neither(generation, path, is_preflight):
    mixes = 0
    for origin in [*ORIGINS[:1], *ORIGINS[-3:]]:
        request = Request(origin, is_preflight, path)
        one, other = expect(request, generation), expect(request, generation + 1)
        assert is_by_one_policy(request, one, generation, generation + 1)
        assert not is_by_one_policy(request, one, generation + 1, generation + 1) or one == other
        for name, _ in one.lines ^ other.lines:
            kept = {line for line in one.lines if line[0] != name}
            changed = {line for line in other.lines if line[0] == name}
            mix = Response(one.status, frozenset(kept | changed))
            if mix not in (one, other):
                mixes += 1
                assert not is_by_one_policy(request, mix, generation, generation + 1)
    assert mixes
