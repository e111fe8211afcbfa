"""Grammar: tokens, methods, names and comma-separated lists."""

import string
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgicors.core.headers import (
    is_forbidden_request_header,
    is_token,
    merge_names,
    merge_vary,
    normalise_method,
    split_list,
)

TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters
NO_TOKEN_CHARACTERS = sorted({chr(code) for code in range(256)} - set(TOKEN_CHARACTERS))

tokens = st.text(TOKEN_CHARACTERS, min_size=1, max_size=5)
header_values = st.text(st.sampled_from([*"abX-,* \t", "\x0b", "é"]), max_size=40)


@pytest.mark.parametrize("character", TOKEN_CHARACTERS)
def test_every_character_that_rfc_9110_names_makes_a_token(character):
    assert is_token(character)
    assert is_token(f"X-{character}")


@pytest.mark.parametrize("character", NO_TOKEN_CHARACTERS)
def test_no_other_character_can_stand_in_a_token(character):
    assert not is_token(character)
    assert not is_token(f"X-{character}")
    assert not is_token(f"{character}X")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("X-A\n", id="line feed at the end"),
        pytest.param("X A", id="space inside"),
        pytest.param("X-\uff21", id="full-width letter"),
        pytest.param("X-٣", id="digit of another script"),
        pytest.param("X-A\x00", id="NUL"),
    ],
)
def test_what_is_no_token(text):
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
        pytest.param("chicken", "chicken", id="any other method keeps its case"),
        pytest.param("connect", "connect", id="forbidden methods keep theirs"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_browsers_upper_case_six_methods_and_no_other(written, sent):
    assert normalise_method(written) == sent


@pytest.mark.parametrize(
    "name", ["Cookie", "HOST", "te", "Access-Control-Request-Method", "Proxy-X", "sec-fetch-mode"]
)
def test_a_forbidden_request_header_is_one_in_any_case(name):
    assert is_forbidden_request_header(name)


@pytest.mark.parametrize(
    "name", ["Authorization", "User-Agent", "Proxy", "Sec", "X-Sec-Fetch", "Cookies", "*", ""]
)
def test_other_request_headers_are_for_script_to_set(name):
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
        pytest.param("a\u00a0,b", ["a\u00a0", "b"], id="a no-break space is not"),
    ],
)
def test_a_list_is_split_at_its_commas(value, elements):
    assert split_list(value) == elements


@given(header_values)
def test_elements_are_never_empty_nor_padded_and_nothing_else_is_lost(value):
    elements = split_list(value)
    assert all(element and element == element.strip(" \t") for element in elements)
    assert split_list(",".join(elements)) == elements
    kept = "".join(elements).replace(" ", "").replace("\t", "")
    assert kept == value.replace(",", "").replace(" ", "").replace("\t", "")


@given(st.lists(tokens), st.sampled_from([",", ", ", " ,\t", ",,", ", ,"]))
def test_tokens_come_back_however_they_were_joined(names, joint):
    assert split_list(joint.join(names)) == names


@pytest.mark.parametrize("element", ["", " ", "\t ", "a"])
def test_a_very_long_list_is_split_all_the_same(element):
    count = 200_000
    assert split_list(",".join([element] * count)) == [e for e in [element.strip()] * count if e]


@pytest.mark.parametrize(
    ("values", "names", "merged"),
    [
        pytest.param([], [], "", id="nothing"),
        pytest.param([], ["Origin"], "Origin", id="nothing there yet"),
        pytest.param(["Accept"], [], "Accept", id="nothing to add"),
        pytest.param(["Accept"], ["Origin"], "Accept, Origin", id="added at the end"),
        pytest.param(["a,B", "c"], ["d"], "a, B, c, d", id="several values"),
        pytest.param(["oRIGIN"], ["Origin"], "oRIGIN", id="there already, in its own spelling"),
        pytest.param(["a, A"], ["a"], "a", id="listed twice"),
        pytest.param([" ,,a ,"], ["b"], "a, b", id="empty elements"),
    ],
)
def test_names_are_merged_in_order_and_once_each(values, names, merged):
    assert merge_names(values, names) == merged


@given(st.lists(st.lists(tokens, max_size=4), max_size=4), st.lists(tokens, max_size=4))
def test_merged_names_are_all_that_there_were_and_merging_again_adds_none(lists, names):
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
def test_vary_gains_a_name_unless_it_says_everything_already(values, merged):
    assert merge_vary(values, ["Origin"]) == merged


@given(st.lists(header_values, max_size=4), st.lists(tokens, max_size=3))
def test_vary_never_loses_a_name(values, names):
    merged = merge_vary(values, names)
    there = {name.lower() for name in split_list(merged)}
    wanted = {name.lower() for value in [*values, *names] for name in split_list(value)}
    assert there == {"*"} or wanted <= there
