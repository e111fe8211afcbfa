"""What a policy remembers of its decisions: little, and nothing that may change."""

import copy
import dataclasses
import pickle
import tracemalloc

import pytest

from tests.unit.core.helpers import actual
from wsgicors import Policy
from wsgicors._core.origins import OriginSet
from wsgicors._core.protocol import (
    MAX_REMEMBERED,
    MAX_REMEMBERED_LENGTH,
    Preflight,
    preflight,
)

APP = "https://app.example"
EVIL = "https://evil.example"

ANY_HEADER = Policy(APP, allow_headers="*", allow_credentials=True)
ANY_METHOD = Policy(APP, allow_methods="*", allow_credentials=True)


def remembered(policy):
    """Return the decisions on actual requests that a policy remembers, by origin."""
    decisions = vars(policy).get("_answers", {})
    return {key: decision for key, decision in decisions.items() if not isinstance(key, tuple)}


@pytest.mark.parametrize(
    "decide",
    [
        pytest.param(actual, id="actual"),
        pytest.param(lambda policy, origin: preflight(policy, Preflight(origin, "GET")), id="pre"),
    ],
)
class TestMemory:
    def test_an_origin_is_looked_up_once(self, decide, monkeypatch):
        looked_up = []
        contains = OriginSet.__contains__
        monkeypatch.setattr(
            OriginSet,
            "__contains__",
            lambda origins, text: looked_up.append(text) or contains(origins, text),
        )
        policy = Policy([APP, "https://*.app.example"])
        origins = [APP, "https://a.app.example", EVIL, "null"]
        first, second = ([decide(policy, origin) for origin in origins] for _ in range(2))
        assert first == second
        assert looked_up == origins

    def test_actual_requests_and_preflights_share_the_memory(self, decide):
        policy = Policy(APP)
        decide(policy, APP)
        assert remembered(policy) == {APP: actual(Policy(APP), APP)}

    def test_the_memory_is_emptied_when_it_is_full(self, decide):
        policy = Policy("https://*.app.example")
        for number in range(2 * MAX_REMEMBERED):
            assert decide(policy, f"https://a{number}.app.example").refusal is None
            assert len(vars(policy)["_answers"]) <= MAX_REMEMBERED

    @pytest.mark.parametrize(
        ("allowed", "kilobytes"),
        [
            pytest.param("https://*.app.example", 200, id="allowed"),
            pytest.param(APP, 60, id="refused"),
            pytest.param("*", 80, id="every origin allowed"),
        ],
    )
    def test_a_full_memory_is_small(self, decide, allowed, kilobytes):
        policy, size = Policy(allowed), MAX_REMEMBERED_LENGTH - len("https://.app.example")
        decide(policy, APP)
        tracemalloc.start()
        try:
            for number in range(MAX_REMEMBERED):
                decide(policy, f"https://{number:0{size}}.app.example")
            assert tracemalloc.get_traced_memory()[1] < kilobytes * 1_000
        finally:
            tracemalloc.stop()
        assert len(vars(policy)["_answers"]) <= MAX_REMEMBERED

    def test_an_origin_that_is_too_long_is_not_remembered(self, decide):
        policy = Policy(APP)
        too_long = "https://" + "a" * MAX_REMEMBERED_LENGTH
        assert decide(policy, too_long).refusal == "origin-not-allowed"
        assert remembered(policy) == {}

    def test_an_origin_of_the_maximum_length_is_remembered(self, decide):
        policy, longest = Policy(APP), "https://" + "a" * (MAX_REMEMBERED_LENGTH - len("https://"))
        decide(policy, longest)
        assert list(remembered(policy)) == [longest]

    def test_nothing_is_remembered_if_a_callable_decides(self, decide):
        results = iter([True, False, True])
        policy = Policy([APP, lambda origin: next(results)])
        refusals = [decide(policy, EVIL).refusal for _ in range(3)]
        assert refusals == [None, "origin-not-allowed", None]
        assert decide(policy, APP).refusal is None
        assert remembered(policy) == {}

    def test_a_derived_policy_remembers_nothing(self, decide):
        policy = Policy(APP)
        decide(policy, APP)
        derived = policy.derive(allow_origins=EVIL)
        assert remembered(derived) == {}
        assert decide(derived, APP).refusal == "origin-not-allowed"
        assert decide(derived, EVIL).refusal is None

    @pytest.mark.parametrize(
        "twin",
        [
            pytest.param(copy.copy, id="copied"),
            pytest.param(copy.deepcopy, id="copied deeply"),
            pytest.param(lambda policy: pickle.loads(pickle.dumps(policy)), id="pickled"),
            pytest.param(dataclasses.replace, id="replaced"),
        ],
    )
    def test_a_copied_policy_remembers_nothing(self, decide, twin):
        policy = Policy(APP, expose_headers="ETag")
        decide(policy, EVIL)
        assert EVIL.encode() not in pickle.dumps(policy)
        other = twin(policy)
        assert (other, remembered(other)) == (policy, {})
        assert decide(other, APP) == decide(policy, APP)
        assert remembered(policy).keys() == {EVIL, APP}
        assert remembered(other).keys() == {APP}


def test_all_refused_actual_requests_share_one_decision():
    for policy in Policy(APP), Policy("*"):
        assert actual(policy, EVIL) is actual(policy, "null")


@pytest.mark.parametrize("policy", [ANY_HEADER, ANY_METHOD])
def test_what_one_preflight_requests_does_not_show_in_the_response_to_another(policy):
    first, second = Preflight(APP, "PUT", "x-a"), Preflight(APP, "DELETE", "x-b")
    expected = [preflight(copy.copy(policy), asked) for asked in (first, second)]
    assert expected[0] != expected[1]
    assert [preflight(policy, asked) for asked in (first, second)] == expected
    assert [preflight(policy, asked) for asked in (second, first)] == expected[::-1]
    assert list(remembered(policy)) == [APP]


def test_each_endpoint_of_a_policy_has_its_own_methods():
    policy, asked = Policy(APP), Preflight(APP, "PUT")
    for served in ("PUT",), ("DELETE",), ["PUT"]:
        headers = dict(preflight(policy, asked, served).headers)
        assert headers["Access-Control-Allow-Methods"] == served[0]


def test_a_requested_method_is_only_remembered_if_it_is_a_short_token():
    policy, served = Policy(APP), ["PUT"]
    for method in "X" * 101, "P T", "PUT":
        assert preflight(policy, Preflight(APP, method), served).refusal is None
    keys = [key for key in vars(policy)["_answers"] if isinstance(key, tuple)]
    assert keys == [(APP, "PUT", ("PUT",))]


def test_no_methods_and_unknown_methods_are_kept_apart():
    policy, asked = Policy(APP), Preflight(APP, "GET")
    listed = [
        dict(preflight(policy, asked, served).headers).get("Access-Control-Allow-Methods")
        for served in (None, [], None)
    ]
    assert listed == ["GET, HEAD, POST", None, "GET, HEAD, POST"]


def test_a_callable_is_called_for_every_preflight_to_a_router():
    results = iter([True, False])
    policy = Policy(lambda origin: next(results))
    asked = Preflight(APP, "PUT")
    assert [preflight(policy, asked, ["PUT"]).refusal for _ in range(2)] == [
        None,
        "origin-not-allowed",
    ]
