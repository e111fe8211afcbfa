"""Loaded origins are judged as if they were written in the policy, except that none means all."""

import pytest

from wsgicors import Policy, PolicyError
from wsgicors._core.rows import UnusableResultError, judge, read_rows
from wsgicors._core.sources import Terms

COOKIES = Terms(credentials=True)


def codes(rows, terms=None):
    return {problem.value: problem.code for problem in judge(rows, terms or Terms()).left_out}


@pytest.mark.parametrize("row", ["*", "null", "file://"])
@pytest.mark.parametrize("accepted", [(), ("opaque-origin",)])
def test_a_row_that_means_any_page_never_counts(row, accepted):
    judged = judge([row, "https://shop.example"], Terms(False, frozenset(accepted)))
    assert row not in judged.origins
    assert "https://shop.example" in judged.origins
    assert [problem.value for problem in judged.left_out] == [row]


@pytest.mark.parametrize(
    "row",
    [
        "shop.example",
        "https://shop.example/",
        "HTTPS://shop.example",
        "https://*",
        "",
        "a\0b",
        "x,y",
    ],
)
def test_a_row_that_no_policy_takes_is_left_out(row):
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=[row])
    assert codes([row]) == {row: caught.value.problems[0].code}
    assert judge([row], Terms()).left_out[0].message == caught.value.problems[0].message


@pytest.mark.parametrize(
    ("row", "terms", "code"),
    [
        ("http://shop.example", COOKIES, "plain-http-origin"),
        ("https://*.github.io", COOKIES, "public-suffix-wildcard-with-credentials"),
    ],
)
def test_a_risky_row_is_left_out_unless_the_risk_is_accepted(row, terms, code):
    assert codes([row], terms) == {row: code}
    assert code in judge([row], terms).left_out[0].message
    accepted = frozenset([code, "subdomains-with-credentials"])
    assert codes([row], terms._replace(accepted=accepted)) == {}


@pytest.mark.parametrize(
    ("row", "terms", "code"),
    [
        ("https://*.github.io", Terms(), "public-suffix-wildcard"),
        ("https://*.shop.example", COOKIES, "subdomains-with-credentials"),
    ],
)
def test_a_row_of_which_a_policy_would_warn_counts_and_is_a_risk(row, terms, code):
    assert codes([row], terms) == {}
    assert [problem.code for problem in judge([row], terms).risky] == [code]
    assert judge([row], terms._replace(accepted=frozenset([code]))).risky == ()


@pytest.mark.parametrize("row", ["http://shop.example", "https://*.shop.example"])
def test_a_row_that_is_a_risk_with_credentials_is_kept_without(row):
    assert codes([row]) == {}


def test_a_row_stays_if_a_pattern_that_covers_it_is_left_out():
    judged = judge(["https://*.github.io", "https://shop.github.io"], COOKIES)
    assert "https://shop.github.io" in judged.origins
    assert judged.kept == 1


def test_strings_are_read_once_each_and_other_entries_as_text():
    rows, others = read_rows(iter(["https://a.example", None, "https://a.example", 7]))
    assert [*rows] == ["https://a.example"]
    assert others == ("None", "7")


@pytest.mark.parametrize("rows", [[], [None]])
def test_no_origin_at_all_is_a_result(rows):
    assert not read_rows(rows)[0]


class Tenant:
    def __repr__(self):
        return "<Tenant>"


@pytest.mark.parametrize(
    ("result", "advice"),
    [
        (None, "returned None; return the origins as strings"),
        ("https://a.example", "returned 'https://a.example'; return the origins as strings"),
        (b"x", "returned b'x'; "),
        (7, "returned 7; "),
        ([("https://a.example",)], "session.scalars(...)"),
        ([{"origin": "https://a.example"}], "return the value of its column"),
        ([Tenant()], "returned <Tenant> among the origins; return its origin, a string"),
    ],
)
def test_a_result_without_strings_is_an_error_that_says_what_to_return(result, advice):
    with pytest.raises(UnusableResultError) as caught:
        read_rows(result)
    assert advice in str(caught.value)
