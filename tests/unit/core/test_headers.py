"""Header grammar, and merging the header lines of a decision into a response."""

import string
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.helpers import actual
from wsgicors import Policy
from wsgicors._core.headers import (
    is_forbidden_request_header,
    is_token,
    merge,
    merge_names,
    merge_vary,
    normalise_method,
    split_list,
)
from wsgicors._core.protocol import Preflight, preflight

TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters
OTHER_CHARACTERS = sorted({chr(code) for code in range(256)} - set(TOKEN_CHARACTERS))

tokens = st.text(TOKEN_CHARACTERS, min_size=1, max_size=5)
header_values = st.text(st.sampled_from([*"abX-,* \t", "\x0b", "é"]), max_size=40)


@pytest.mark.parametrize("character", TOKEN_CHARACTERS)
def test_a_token_can_have_every_character_that_rfc_9110_names(character):
    assert is_token(character)
    assert is_token(f"X-{character}")


@pytest.mark.parametrize("character", OTHER_CHARACTERS)
def test_a_token_cannot_have_any_other_character(character):
    assert not is_token(character)
    assert not is_token(f"X-{character}")
    assert not is_token(f"{character}X")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("X-A\n", id="line feed at the end"),
        pytest.param("X A", id="space inside"),
        pytest.param("X-\uff21", id="full-width letter"),
        pytest.param("X-٣", id="digit of another script"),
        pytest.param("X-A\x00", id="NUL"),
    ],
)
def test_a_text_with_other_characters_is_not_a_token(text):
    assert not is_token(text)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        pytest.param("get", "GET", id="get"),
        pytest.param("Delete", "DELETE", id="delete"),
        pytest.param("hEAD", "HEAD", id="head"),
        pytest.param("options", "OPTIONS", id="options"),
        pytest.param("Post", "POST", id="post"),
        pytest.param("put", "PUT", id="put"),
        pytest.param("patch", "patch", id="patch keeps its case"),
        pytest.param("PATCH", "PATCH", id="PATCH"),
        pytest.param("chicken", "chicken", id="other methods keep their case"),
        pytest.param("connect", "connect", id="forbidden methods keep their case"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_browsers_convert_six_methods_to_upper_case(written, sent):
    assert normalise_method(written) == sent


@pytest.mark.parametrize(
    "name", ["Cookie", "HOST", "te", "Access-Control-Request-Method", "Proxy-X", "sec-fetch-mode"]
)
def test_a_request_header_is_forbidden_in_any_case(name):
    assert is_forbidden_request_header(name)


@pytest.mark.parametrize(
    "name", ["Authorization", "User-Agent", "Proxy", "Sec", "X-Sec-Fetch", "Cookies", "*", ""]
)
def test_pages_can_set_other_request_headers(name):
    assert not is_forbidden_request_header(name)


@pytest.mark.parametrize(
    ("value", "elements"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("a", ["a"], id="one"),
        pytest.param("a,b", ["a", "b"], id="two"),
        pytest.param("\t a ,\tb \t", ["a", "b"], id="white space around"),
        pytest.param(",,a, ,\t,b,", ["a", "b"], id="empty elements"),
        pytest.param(" \t, ", [], id="only white space"),
        pytest.param("a b", ["a b"], id="white space inside stays"),
        pytest.param("B,a,B", ["B", "a", "B"], id="order, case and repetitions stay"),
        pytest.param("a\x0b,\x0cb", ["a\x0b", "\x0cb"], id="only space and tab are white space"),
        pytest.param("a\u00a0,b", ["a\u00a0", "b"], id="a no-break space is not white space"),
    ],
)
def test_a_list_is_split_at_its_commas(value, elements):
    assert split_list(value) == elements


@given(header_values)
def test_splitting_drops_only_commas_and_whitespace(value):
    elements = split_list(value)
    assert all(element and element == element.strip(" \t") for element in elements)
    assert split_list(",".join(elements)) == elements
    kept = "".join(elements).replace(" ", "").replace("\t", "")
    assert kept == value.replace(",", "").replace(" ", "").replace("\t", "")


@given(st.lists(tokens), st.sampled_from([",", ", ", " ,\t", ",,", ", ,"]))
def test_joined_tokens_are_split_again(names, joint):
    assert split_list(joint.join(names)) == names


@pytest.mark.parametrize("element", ["", " ", "\t ", "a"])
def test_a_very_long_list_is_split(element):
    count = 200_000
    assert split_list(",".join([element] * count)) == [e for e in [element.strip()] * count if e]


@pytest.mark.parametrize(
    ("values", "names", "merged"),
    [
        pytest.param([], [], "", id="nothing"),
        pytest.param([], ["Origin"], "Origin", id="nothing listed yet"),
        pytest.param(["Accept"], [], "Accept", id="nothing to add"),
        pytest.param(["Accept"], ["Origin"], "Accept, Origin", id="added at the end"),
        pytest.param(["a,B", "c"], ["d"], "a, B, c, d", id="several values"),
        pytest.param(["oRIGIN"], ["Origin"], "oRIGIN", id="already listed in another spelling"),
        pytest.param(["a, A"], ["a"], "a", id="listed twice"),
        pytest.param([" ,,a ,"], ["b"], "a, b", id="empty elements"),
    ],
)
def test_names_are_merged_in_order_without_duplicates(values, names, merged):
    assert merge_names(values, names) == merged


@given(st.lists(st.lists(tokens, max_size=4), max_size=4), st.lists(tokens, max_size=4))
def test_merging_names_loses_none_and_can_be_repeated(lists, names):
    values = [", ".join(listed) for listed in lists]
    merged = merge_names(values, names)
    there = [name.lower() for name in split_list(merged)]
    assert len(set(there)) == len(there)
    assert set(there) == {name.lower() for name in [*chain(*lists), *names]}
    assert merge_names([merged], names) == merged


@pytest.mark.parametrize(
    ("values", "merged"),
    [
        pytest.param([], "Origin", id="none"),
        pytest.param([""], "Origin", id="empty"),
        pytest.param(["Accept-Encoding"], "Accept-Encoding, Origin", id="another name"),
        pytest.param(["*"], "*", id="star"),
        pytest.param(["Accept", "*"], "*", id="star on a second line"),
        pytest.param(["Accept, * , Cookie"], "*", id="star in a list"),
        pytest.param(["X-*"], "X-*, Origin", id="star as a part of a name"),
    ],
)
def test_a_name_is_added_to_vary_unless_vary_is_a_star(values, merged):
    assert merge_vary(values, ["Origin"]) == merged


@given(st.lists(header_values, max_size=4), st.lists(tokens, max_size=3))
def test_vary_never_loses_a_name(values, names):
    merged = merge_vary(values, names)
    there = {name.lower() for name in split_list(merged)}
    wanted = {name.lower() for value in [*values, *names] for name in split_list(value)}
    assert there == {"*"} or wanted <= there


APP = "https://app.example"
ALLOWED = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]
TRUSTED = [*ALLOWED, ("Access-Control-Allow-Credentials", "true")]
REFUSED = [("Vary", "Origin")]
HTML = ("Content-Type", "text/html")


def exposing(value, allow_origin=APP, credentials=False):
    policy = Policy(allow_origin, expose_headers=value, allow_credentials=credentials)
    return actual(policy, APP).headers


def values(lines, name):
    return [value for given, value in lines if given.lower() == name.lower()]


@pytest.mark.parametrize("added", [ALLOWED, REFUSED, []])
def test_unrelated_lines_keep_their_order(added):
    own = [HTML, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("set-cookie", "c=3")]
    merged = merge(own, added)
    assert merged[: len(own)] == own
    assert sorted(merged[len(own) :]) == sorted(added)


@pytest.mark.parametrize("added", [ALLOWED, REFUSED, exposing("ETag"), []])
def test_merging_does_not_change_its_arguments(added):
    own = [HTML, ("Vary", "Accept"), ("Access-Control-Allow-Origin", "*")]
    added = list(added)
    before = [*own], [*added]
    merged = merge(own, added)
    merged.append(("X", "y"))
    assert (own, added) == before


def test_the_lines_may_be_tuples():
    assert merge((HTML,), tuple(ALLOWED)) == [HTML, *ALLOWED]


@pytest.mark.parametrize(
    ("own", "vary"),
    [
        pytest.param([], "Origin", id="none"),
        pytest.param(["Accept"], "Accept, Origin", id="another name"),
        pytest.param(["Origin"], "Origin", id="the same name"),
        pytest.param(["ORIGIN"], "ORIGIN", id="the same name in another spelling"),
        pytest.param(["origin, Origin"], "origin", id="the same name twice"),
        pytest.param(["Accept, Origin, Cookie"], "Accept, Origin, Cookie", id="among others"),
        pytest.param(["Accept", "Cookie"], "Accept, Cookie, Origin", id="two lines"),
        pytest.param(["Accept", "accept,Origin"], "Accept, Origin", id="two lines, one name"),
        pytest.param(["*"], "*", id="star"),
        pytest.param(["Accept", "*"], "*", id="star on another line"),
        pytest.param([" ,"], "Origin", id="empty"),
    ],
)
@pytest.mark.parametrize("added", [ALLOWED, REFUSED])
@pytest.mark.parametrize("name", ["Vary", "vary", "VARY"])
def test_vary_is_merged_into_one_line_without_duplicates(own, vary, added, name):
    merged = merge([HTML, *((name, value) for value in own)], added)
    assert values(merged, "Vary") == [vary]


def test_vary_is_unchanged_if_the_policy_adds_none():
    every_origin = [("Access-Control-Allow-Origin", "*")]
    assert values(merge([("Vary", "Accept")], every_origin), "Vary") == ["Accept"]
    assert values(merge([HTML], every_origin), "Vary") == []


def test_the_vary_of_a_preflight_is_merged_too():
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
        pytest.param(Policy("*"), APP, ["*"], [], id="every origin"),
        pytest.param(Policy(APP), APP, [APP], [], id="allowed"),
        pytest.param(Policy(APP), "https://evil.example", [], [], id="refused"),
        pytest.param(Policy(APP), None, [], [], id="without an origin"),
        pytest.param(Policy(APP, allow_credentials=True), APP, [APP], ["true"], id="credentials"),
        pytest.param(
            Policy(APP, allow_credentials=True), "null", [], [], id="refused with credentials"
        ),
    ],
)
def test_the_policy_replaces_the_origin_and_credentials_that_the_app_set(
    policy, origin, allow_origin, allow_credentials
):
    decision = actual(policy, origin)
    merged = merge([HTML, *OWNED], decision.headers)
    assert values(merged, "Access-Control-Allow-Origin") == allow_origin
    assert values(merged, "Access-Control-Allow-Credentials") == allow_credentials


@pytest.mark.parametrize(
    ("own", "added", "exposed"),
    [
        pytest.param([], exposing("ETag"), ["ETag"], id="only of the policy"),
        pytest.param(["Link"], ALLOWED, ["Link"], id="only of the view"),
        pytest.param(["Link"], exposing("ETag"), ["ETag, Link"], id="both"),
        pytest.param(["etag, Link"], exposing("ETag"), ["ETag, Link"], id="a name in both"),
        pytest.param(["A", "b,a"], exposing("C, d"), ["C, d, A, b"], id="several lines"),
        pytest.param(["A b, C, :, Ä, ,"], ALLOWED, ["C"], id="invalid names"),
        pytest.param(["A b"], ALLOWED, [], id="only invalid names"),
        pytest.param([""], ALLOWED, [], id="nothing"),
        pytest.param(["*"], ALLOWED, ["*"], id="a star"),
        pytest.param(["*"], exposing("ETag"), ["ETag, *"], id="a star beside a name"),
        pytest.param(["*"], TRUSTED, [], id="a star with credentials"),
        pytest.param(
            ["*, Link"],
            exposing("ETag", credentials=True),
            ["ETag, Link"],
            id="a star and names with credentials",
        ),
        pytest.param(["Link"], exposing("*", "*"), ["*, Link"], id="the star of a policy"),
        pytest.param(["Link"], REFUSED, [], id="refused"),
        pytest.param(["Link"], [], [], id="no headers added"),
    ],
)
def test_the_exposed_headers_of_view_and_policy_are_merged(own, added, exposed):
    lines = [("access-control-expose-headers", value) for value in own]
    merged = merge([HTML, *lines], added)
    assert values(merged, "Access-Control-Expose-Headers") == exposed


def test_other_cors_headers_of_the_app_are_kept():
    own = [("Access-Control-Max-Age", "5"), ("Access-Control-Allow-Methods", "PUT")]
    assert merge(own, ALLOWED) == [*own, *ALLOWED]


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
def test_merging_keeps_unrelated_lines_and_never_duplicates_a_related_line(own, policy, origin):
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


def test_credentials_are_recognised_in_any_order_of_lines():
    added = [("Access-Control-Allow-Credentials", "true"), ALLOWED[0]]
    merged = merge([("Access-Control-Expose-Headers", "*, Link")], added)
    assert values(merged, "Access-Control-Expose-Headers") == ["Link"]
