"""The cases of other CORS libraries end as there, or a page can do less, for a reason."""

import warnings

import pytest

from lab.cases.compare import LIBRARIES, change, facts, play, why
from lab.cases.reasons import REASONS
from lab.cases.table import table
from lab.figures import FIGURES

ALL = [
    pytest.param(
        number, index, case, fact, id=f"{LIBRARIES[number].name}: {index}: {fact and fact.what}"
    )
    for number, index, case, fact in facts()
]


@pytest.fixture(autouse=True)
def dubious_policies():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # some policies are dubious on purpose
        yield


@pytest.mark.parametrize(("library", "index", "case", "fact"), ALL)
def test_a_page_can_do_the_same_or_less_for_the_reason_given(library, index, case, fact):
    before, after = play("before", library, index, fact), play("after", library, index, fact)
    reason = why(case, fact)
    assert change(before, after) == (REASONS[reason].kind if reason else "same"), (before, after)


def test_no_page_can_do_more():
    assert "fixed" not in {reason.kind for reason in REASONS.values()}


def test_only_settings_are_accepted_with_a_warning_where_they_were_rejected():
    reasons = {why(case, fact) for _, _, case, fact in facts() if fact}
    assert "warned" not in {REASONS[reason].kind for reason in reasons - {""}}


@pytest.mark.parametrize(
    ("library", "index", "case", "fact"),
    [one for one in ALL if one.values[3] and not one.values[3].is_intended],
)
def test_a_page_that_is_not_meant_to_reads_nothing_afterwards(library, index, case, fact):
    assert play("after", library, index, fact).powers <= {"send"}


def test_a_fact_has_a_documented_outcome_exactly_if_the_library_cannot_be_run():
    for number, _, _, fact in facts():
        if fact:
            assert bool(fact.documented) == (LIBRARIES[number].before is None), fact


def test_every_reason_explains_a_fact():
    assert {why(case, fact) for _, _, case, fact in facts()} - {""} == set(REASONS)


def test_the_tables_in_the_docs_are_current():
    assert (FIGURES / "cases.md").read_text("utf-8") == table(), "run python -m lab.cases"
