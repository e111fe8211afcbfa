"""A decision's header lines among those that the response has already."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgicors import Policy
from wsgicors.core.headers import split_list
from wsgicors.core.merging import merge
from wsgicors.core.protocol import Preflight, actual, preflight

APP = "https://app.example"
GRANTED = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]
TRUSTED = [*GRANTED, ("Access-Control-Allow-Credentials", "true")]
REFUSED = [("Vary", "Origin")]
HTML = ("Content-Type", "text/html")


def exposing(value, allow_origin=APP, credentials=False):
    policy = Policy(allow_origin, expose_headers=value, allow_credentials=credentials)
    return actual(policy, APP).headers


def values(lines, name):
    return [value for given, value in lines if given.lower() == name.lower()]


@pytest.mark.parametrize("added", [GRANTED, REFUSED, []])
def test_lines_that_have_nothing_to_do_with_cors_stay_in_their_order(added):
    own = [HTML, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("set-cookie", "c=3")]
    merged = merge(own, added)
    assert merged[: len(own)] == own
    assert sorted(merged[len(own) :]) == sorted(added)


@pytest.mark.parametrize("added", [GRANTED, REFUSED, exposing("ETag"), []])
def test_the_list_given_is_not_changed(added):
    own = [HTML, ("Vary", "Accept"), ("Access-Control-Allow-Origin", "*")]
    added = list(added)
    before = [*own], [*added]
    merged = merge(own, added)
    merged.append(("X", "y"))
    assert (own, added) == before


def test_lines_may_come_in_tuples():
    assert merge((HTML,), tuple(GRANTED)) == [HTML, *GRANTED]


@pytest.mark.parametrize(
    ("own", "vary"),
    [
        pytest.param([], "Origin", id="none"),
        pytest.param(["Accept"], "Accept, Origin", id="another"),
        pytest.param(["Origin"], "Origin", id="the same"),
        pytest.param(["ORIGIN"], "ORIGIN", id="the same in its own spelling"),
        pytest.param(["origin, Origin"], "origin", id="doubled already"),
        pytest.param(["Accept, Origin, Cookie"], "Accept, Origin, Cookie", id="among others"),
        pytest.param(["Accept", "Cookie"], "Accept, Cookie, Origin", id="two lines"),
        pytest.param(["Accept", "accept,Origin"], "Accept, Origin", id="two lines, one name"),
        pytest.param(["*"], "*", id="star"),
        pytest.param(["Accept", "*"], "*", id="star on another line"),
        pytest.param([" ,"], "Origin", id="empty"),
    ],
)
@pytest.mark.parametrize("added", [GRANTED, REFUSED])
@pytest.mark.parametrize("name", ["Vary", "vary", "VARY"])
def test_vary_is_merged_into_one_line_and_never_doubled(own, vary, added, name):
    merged = merge([HTML, *((name, value) for value in own)], added)
    assert values(merged, "Vary") == [vary]


def test_vary_is_left_alone_where_the_policy_adds_none():
    everybody = [("Access-Control-Allow-Origin", "*")]
    assert values(merge([("Vary", "Accept")], everybody), "Vary") == ["Accept"]
    assert values(merge([HTML], everybody), "Vary") == []


def test_the_vary_of_a_preflight_is_not_doubled_either():
    policy = Policy(APP, allow_headers="*")
    decision = preflight(policy, Preflight(APP, "PUT"))
    merged = merge([("Vary", "origin"), ("Vary", "Accept")], decision.headers)
    assert values(merged, "Vary") == [
        "origin, Accept, Access-Control-Request-Method, Access-Control-Request-Headers"
    ]


OWNED = [
    ("Access-Control-Allow-Origin", "*"),
    ("access-control-allow-origin", "https://other.example"),
    ("Access-Control-Allow-Credentials", "true"),
    ("ACCESS-CONTROL-ALLOW-CREDENTIALS", "false"),
]


@pytest.mark.parametrize(
    ("policy", "origin", "allow_origin", "allow_credentials"),
    [
        pytest.param(Policy("*"), APP, ["*"], [], id="everybody"),
        pytest.param(Policy(APP), APP, [APP], [], id="granted"),
        pytest.param(Policy(APP), "https://evil.example", [], [], id="refused"),
        pytest.param(Policy(APP), None, [], [], id="without an origin"),
        pytest.param(Policy(APP, allow_credentials=True), APP, [APP], ["true"], id="credentials"),
        pytest.param(
            Policy(APP, allow_credentials=True), "null", [], [], id="refused with credentials"
        ),
    ],
)
def test_the_policy_owns_the_origin_and_the_credentials_whatever_the_app_set(
    policy, origin, allow_origin, allow_credentials
):
    decision = actual(policy, origin)
    merged = merge([HTML, *OWNED], decision.headers)
    assert values(merged, "Access-Control-Allow-Origin") == allow_origin
    assert values(merged, "Access-Control-Allow-Credentials") == allow_credentials


@pytest.mark.parametrize(
    ("own", "added", "exposed"),
    [
        pytest.param([], exposing("ETag"), ["ETag"], id="the policy's alone"),
        pytest.param(["Link"], GRANTED, ["Link"], id="the view's alone"),
        pytest.param(["Link"], exposing("ETag"), ["ETag, Link"], id="both"),
        pytest.param(["etag, Link"], exposing("ETag"), ["ETag, Link"], id="one in both"),
        pytest.param(["A", "b,a"], exposing("C, d"), ["C, d, A, b"], id="several lines"),
        pytest.param(["A b, C, :, Ä, ,"], GRANTED, ["C"], id="invalid names"),
        pytest.param(["A b"], GRANTED, [], id="only invalid names"),
        pytest.param([""], GRANTED, [], id="nothing"),
        pytest.param(["*"], GRANTED, ["*"], id="a star"),
        pytest.param(["*"], exposing("ETag"), ["ETag, *"], id="a star beside a name"),
        pytest.param(["*"], TRUSTED, [], id="a star with credentials"),
        pytest.param(
            ["*, Link"], exposing("ETag", credentials=True), ["ETag, Link"], id="and names"
        ),
        pytest.param(["Link"], exposing("*", "*"), ["*, Link"], id="the policy's star"),
        pytest.param(["Link"], REFUSED, [], id="refused"),
        pytest.param(["Link"], [], [], id="nothing granted"),
    ],
)
def test_what_a_view_exposes_is_merged_with_what_the_policy_exposes(own, added, exposed):
    lines = [("access-control-expose-headers", value) for value in own]
    merged = merge([HTML, *lines], added)
    assert values(merged, "Access-Control-Expose-Headers") == exposed


def test_other_cors_headers_of_the_app_are_its_own():
    own = [("Access-Control-Max-Age", "5"), ("Access-Control-Allow-Methods", "PUT")]
    assert merge(own, GRANTED) == [*own, *GRANTED]


unrelated = st.tuples(
    st.sampled_from(["X-A", "Set-Cookie", "Content-Type", "Access-Control-Max-Age", "Varying"]),
    st.text("ab,* ", max_size=5),
)
related = st.tuples(
    st.sampled_from(
        [
            "Vary",
            "vary",
            "Access-Control-Allow-Origin",
            "access-control-allow-credentials",
            "Access-Control-Expose-Headers",
        ]
    ),
    st.text("ab,* ", max_size=9),
)
policies = st.sampled_from(
    [
        Policy("*", expose_headers="a"),
        Policy(APP),
        Policy(APP, expose_headers="*"),
        Policy(APP, allow_credentials=True, expose_headers="b, c"),
    ]
)


@given(st.lists(unrelated | related), policies, st.sampled_from([None, APP, "https://b.example"]))
def test_merging_never_drops_an_unrelated_line_nor_doubles_a_related_one(own, policy, origin):
    decision = actual(policy, origin)
    merged = merge(own, decision.headers)
    names = {"X-A", "Set-Cookie", "Content-Type", "Access-Control-Max-Age", "Varying"}
    kept = [line for line in own if line[0] in names]
    assert [line for line in merged if line[0] in names] == kept
    others = [line[0].lower() for line in merged if line[0] not in names]
    assert len(set(others)) == len(others)
    for value in values(merged, "Access-Control-Expose-Headers"):
        exposed = [name.lower() for name in split_list(value)]
        assert len(set(exposed)) == len(exposed)
        assert not (policy.allow_credentials and "*" in exposed)
    again = merge(merged, decision.headers)
    assert sorted(again) == sorted(merged)


def test_credentials_count_wherever_their_line_stands():
    added = [("Access-Control-Allow-Credentials", "true"), GRANTED[0]]
    merged = merge([("Access-Control-Expose-Headers", "*, Link")], added)
    assert values(merged, "Access-Control-Expose-Headers") == ["Link"]
