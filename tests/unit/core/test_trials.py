"""Trials: the copy that decides as before, and what the trial would take from a page."""

import copy
import dataclasses
import pickle
import warnings

import pytest

from tests.unit.core.helpers import actual
from wsgicors import Policy, PolicyError
from wsgicors._core.protocol import Preflight, preflight
from wsgicors._core.trials import MAX_LISTED_NAMES, Answered, lost_preflight, lost_response

APP = "https://app.example"
OLD = "https://old.app.example"
WIDE = Policy([APP, OLD], allow_methods=["GET", "PUT"], allow_headers=["Content-Type", "X-Id"])
NARROW = Policy([APP])


# The policy


def test_a_policy_has_no_trial_unless_it_gets_one():
    assert NARROW.trial is None
    assert WIDE.with_trial(NARROW).trial is NARROW
    assert WIDE.trial is None


def test_a_trial_takes_no_part_in_equality_hash_or_repr():
    tried = WIDE.with_trial(NARROW)
    assert tried == WIDE
    assert tried == WIDE.with_trial(WIDE)
    assert hash(tried) == hash(WIDE)
    assert repr(tried) == repr(WIDE)
    assert tried != NARROW


def test_a_policy_with_a_trial_keeps_its_place_problems_and_settings():
    wide = Policy(APP, max_age=9000)
    tried = wide.with_trial(NARROW)
    assert tried.place == wide.place
    assert tried.place is not None
    assert (tried.problems, tried.settings) == (wide.problems, wide.settings)


def test_a_copy_with_a_trial_decides_for_itself():
    assert actual(WIDE, OLD).policy is WIDE  # what it remembers is not shared
    tried = WIDE.with_trial(NARROW)
    assert actual(tried, OLD).policy is tried
    assert actual(tried, OLD).headers == actual(WIDE, OLD).headers


def test_none_ends_a_trial_and_another_trial_replaces_it():
    tried = WIDE.with_trial(NARROW)
    assert tried.with_trial(None).trial is None
    other = Policy([OLD])
    assert tried.with_trial(other).trial is other


def test_only_a_policy_can_be_tried():
    with pytest.raises(TypeError, match=r"is not a Policy; use with_trial\(Policy\(\.\.\.\)\)"):
        WIDE.with_trial({"allow_origins": [APP]})


def test_a_trial_has_no_trial_of_its_own():
    with pytest.raises(ValueError, match=r"use with_trial\(other\.with_trial\(None\)\)"):
        WIDE.with_trial(NARROW.with_trial(NARROW))


@pytest.mark.parametrize(
    "make", [copy.copy, copy.deepcopy, lambda policy: pickle.loads(pickle.dumps(policy))]
)
def test_copies_and_pickles_keep_the_trial(make):
    assert make(WIDE.with_trial(NARROW)).trial == NARROW


def test_a_policy_that_was_pickled_by_an_older_version_has_no_trial():
    state = {name: value for name, value in WIDE.__getstate__().items() if name != "trial"}
    old = object.__new__(Policy)
    old.__dict__.update(state)
    assert old.trial is None
    assert old.derive(max_age=60).trial is None


def test_settings_and_replace_leave_the_trial_out():
    tried = WIDE.with_trial(NARROW)
    assert Policy(**tried.settings).trial is None
    assert dataclasses.replace(tried, max_age=60).trial is None


# Changes


def test_derive_applies_the_same_changes_to_the_trial():
    derived = WIDE.with_trial(NARROW).derive(max_age=60, expose_headers=["ETag"])
    assert derived == WIDE.derive(max_age=60, expose_headers=["ETag"])
    assert derived.trial == NARROW.derive(max_age=60, expose_headers=["ETag"])


def test_an_error_of_the_trial_alone_says_so():
    tried = Policy([APP]).with_trial(Policy("*"))
    with pytest.raises(PolicyError) as caught:
        tried.derive(allow_credentials=True)
    (problem,) = caught.value.problems
    assert (problem.code, problem.setting) == (
        "wildcard-with-credentials",
        "trial, allow_credentials",
    )
    assert "  trial, allow_credentials: browsers do not accept" in str(caught.value)


def test_errors_of_both_are_reported_together_and_common_ones_once():
    tried = Policy([APP], expose_headers="*").with_trial(Policy("*"))
    with pytest.raises(PolicyError) as caught:
        tried.derive(allow_credentials=True, max_age=-1)
    assert [problem.setting for problem in caught.value.problems] == [
        "max_age",
        "expose_headers",
        "trial, allow_credentials",
    ]


def test_a_warning_about_the_trial_alone_names_it():
    tried = Policy([APP]).with_trial(Policy(["https://*.app.example"]))
    with pytest.warns(UserWarning, match="^trial, allow_origins: ") as caught:
        tried.derive(allow_credentials=True)
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_a_warning_about_both_is_issued_once():
    tried = Policy([APP]).with_trial(Policy([OLD]))
    with pytest.warns(UserWarning, match="^allow_origins: ") as caught:
        tried.derive(allow_origins=["https://*.app.example"], allow_credentials=True)
    assert len(caught) == 1


def test_known_warnings_of_the_trial_are_not_issued_again():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trial = Policy(["https://*.app.example"], allow_credentials=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        derived = WIDE.with_trial(trial).derive(max_age=60)
    assert derived.trial.max_age == 60


# Preflights


def at_preflight(policy, origin=APP, method="GET", headers="", served=None):
    asked = Preflight(origin, method, headers)
    decision = preflight(policy, asked, served)
    loss = None if decision.refusal else lost_preflight(decision, asked, served)
    return loss and loss.reason


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"headers": "content-type"}, None),
        ({"origin": OLD}, "origin-not-allowed"),
        ({"method": "PUT"}, "method-not-allowed"),
        ({"headers": "x-id"}, "header-not-allowed"),
        ({"origin": "https://evil.example"}, None),  # the policy refuses it already
        ({"method": "DELETE"}, None),
        ({"headers": "x-other"}, None),
    ],
)
def test_a_trial_reports_preflights_that_only_it_would_refuse(asked, reason):
    assert at_preflight(WIDE.with_trial(NARROW), **asked) == reason
    assert at_preflight(WIDE, **asked) is None


def test_what_a_trial_would_newly_allow_is_not_reported():
    assert at_preflight(NARROW.with_trial(WIDE), origin=OLD, method="PUT", headers="x-id") is None
    assert at_preflight(NARROW.with_trial(WIDE), method="PUT") is None


def test_a_method_that_the_trial_leaves_out_is_lost_at_preflights_even_if_it_is_safelisted():
    tried = Policy([APP], allow_headers="X-Id").with_trial(
        Policy([APP], allow_headers="X-Id", allow_methods=["PUT"])
    )
    assert at_preflight(tried, method="POST", headers="x-id") == "method-not-allowed"


def test_a_wildcard_of_the_trial_has_its_own_refusals():
    tried = Policy([APP], allow_headers=["Authorization", "*"]).with_trial(
        Policy([APP], allow_headers="*")
    )
    assert at_preflight(tried, headers="authorization") == "authorization-not-listed"
    assert at_preflight(tried, headers=",".join(["x-a"] * 101)) is None  # refused by both
    tried = Policy([APP], allow_headers=["X-A"]).with_trial(Policy([APP], allow_headers="*"))
    assert at_preflight(tried, headers=",".join(["x-a"] * 101)) == "too-large"


def test_the_methods_of_the_route_limit_both():
    tried = Policy([APP]).with_trial(Policy([APP], allow_methods=["PUT"]))
    served = ["PUT", "DELETE"]
    assert at_preflight(tried, method="DELETE", served=served) == "method-not-allowed"
    assert at_preflight(tried, method="PUT", served=served) is None
    assert at_preflight(tried, method="PATCH", served=served) is None


# Actual requests


def at_response(policy, origin=APP, *headers, cookies=False, authorization=False, status="200 OK"):
    answered = Answered(origin, cookies, authorization, status, headers)
    decision = actual(policy, origin)
    return None if decision.refusal else lost_response(decision, answered)


def test_a_response_is_lost_if_only_the_trial_refuses_the_origin():
    tried = WIDE.with_trial(NARROW)
    reason, sentence = at_response(tried, OLD)
    assert reason == "origin-not-allowed"
    assert sentence == f"origin {OLD!r} is not among allow_origins: {APP}"
    assert at_response(tried, APP) is None
    assert at_response(tried, "https://evil.example") is None
    assert at_response(WIDE, OLD) is None


def test_the_methods_of_a_trial_block_no_simple_request():
    tried = Policy([APP]).with_trial(Policy([APP], allow_methods=[], allow_headers=[]))
    assert at_response(tried) is None


@pytest.mark.parametrize("sent", [{"cookies": True}, {"authorization": True}])
def test_credentials_are_lost_only_if_they_came(sent):
    tried = Policy([APP], allow_credentials=True).with_trial(NARROW)
    loss = at_response(tried, **sent)
    assert loss.reason == "credentials-not-allowed"
    assert repr(APP) in loss.sentence
    assert at_response(tried) is None
    assert at_response(NARROW.with_trial(tried.with_trial(None)), **sent) is None


def test_cookies_that_the_policy_does_not_allow_lose_nothing_because_browsers_block_them_already():
    tried = WIDE.with_trial(NARROW)
    assert at_response(tried, OLD, cookies=True) is None
    assert at_response(tried, OLD, authorization=True).reason == "origin-not-allowed"


def test_credentials_are_lost_by_those_origins_only_that_the_trial_does_not_list():
    tried = Policy("*", allow_credentials=[APP, OLD]).with_trial(
        Policy("*", allow_credentials=[APP])
    )
    assert at_response(tried, APP, cookies=True) is None
    assert at_response(tried, OLD, cookies=True).reason == "credentials-not-allowed"
    assert at_response(tried, OLD) is None
    assert at_response(tried, "https://any.example", authorization=True) is None


EXPOSING = Policy([APP], expose_headers=["ETag", "Link"]).with_trial(
    Policy([APP], expose_headers="link")
)


def test_a_header_is_lost_only_if_the_response_has_it():
    loss = at_response(EXPOSING, APP, ("etag", '"1"'), ("Link", "<2>"))
    assert loss == (
        "header-not-exposed",
        "response header 'etag' is not among expose_headers: link",
    )
    assert at_response(EXPOSING, APP, ("Link", "<2>"), ("X-Other", "1")) is None


def test_headers_that_pages_can_always_or_never_read_are_not_lost():
    tried = Policy("*", expose_headers="*").with_trial(Policy("*"))
    safe = ("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("access-control-max-age", "1")
    assert at_response(tried, APP, *safe) is None
    loss = at_response(tried, APP, *safe, ("X-Total-Count", "2"))
    assert loss.sentence == "response header 'X-Total-Count' is not among expose_headers: none"


def test_a_wildcard_of_the_trial_exposes_all():
    tried = Policy([APP], expose_headers=["ETag"]).with_trial(Policy([APP], expose_headers="*"))
    assert at_response(tried, APP, ("ETag", "1")) is None


def test_headers_that_the_app_itself_exposes_are_not_lost():
    exposed = ("Access-Control-Expose-Headers", "X-Other, ETag")
    assert at_response(EXPOSING, APP, ("ETag", "1"), exposed) is None


def test_a_wildcard_of_the_app_counts_only_without_credentials():
    everything = ("Access-Control-Expose-Headers", "*")
    assert at_response(EXPOSING, APP, ("ETag", "1"), everything) is None
    trial = Policy([APP], allow_credentials=True)
    loss = at_response(NARROW.with_trial(trial), APP, ("ETag", "1"), everything)
    assert loss.reason == "header-not-exposed"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 T", "308 P"])
def test_the_headers_of_a_redirect_are_not_lost_because_no_page_can_read_them(status):
    assert at_response(EXPOSING, APP, ("ETag", "1"), status=status) is None
    assert at_response(EXPOSING, APP, ("ETag", "1"), status="304 Not Modified") is not None


def test_a_sentence_names_few_headers_and_quotes_them():
    tried = Policy("*", expose_headers="*").with_trial(Policy("*"))
    headers = [(f"X-{number}\n", "") for number in range(MAX_LISTED_NAMES + 1)]
    sentence = at_response(tried, APP, *headers).sentence
    assert r"'X-0\n', 'X-1\n'" in sentence
    assert r"'X-4\n', ... are not" in sentence


# Callables


def test_a_callable_is_asked_once_for_each_policy():
    asked = []

    def ask(origin):
        asked.append(str(origin))
        return True

    def refuse(origin):
        asked.append(f"{origin} on trial")
        return False

    tried = Policy(ask).with_trial(Policy(refuse))
    assert at_response(tried).reason == "origin-not-allowed"
    assert asked == [APP, f"{APP} on trial"]
    asked.clear()
    assert at_preflight(tried) == "origin-not-allowed"
    assert asked == [APP, f"{APP} on trial"]


def test_a_trial_reports_nothing_if_its_callable_has_not_decided(caplog):
    def fail(origin):
        raise LookupError("no database")

    for undecided in fail, lambda origin: None:
        tried = Policy("*").with_trial(Policy([APP, undecided]))
        assert at_response(tried, OLD) is None
        assert at_preflight(tried, origin=OLD) is None
        tried = Policy("*").with_trial(Policy([APP, undecided], allow_methods=["GET"]))
        assert at_preflight(tried, method="PUT", served=["GET", "PUT"]) == "method-not-allowed"
    assert f"raised for {OLD!r}" in caplog.text


def test_a_trial_reports_an_origin_that_another_callable_allows_for_what_else_it_loses():
    def fail(origin):
        raise LookupError("no database")

    trial = Policy([fail, lambda origin: True])
    tried = Policy("*", expose_headers="*").with_trial(trial)
    assert at_response(tried, OLD, ("ETag", "1")).reason == "header-not-exposed"
