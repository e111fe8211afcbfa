"""Apps that used Flask-CORS do after the move what they did before, or what is better.

Every difference has a reason, and only pages that an app means to admit gain anything.
"""

import pytest

from tests.figures import FIGURES

from .compare import kind, play, table
from .reasons import REASONS
from .scenarios import SCENARIOS

ALL = [
    pytest.param(name, scenario, id=f"{name}: {scenario.what}: {scenario.request}")
    for name, scenarios in SCENARIOS.items()
    for scenario in scenarios
]


@pytest.mark.parametrize(("name", "scenario"), ALL)
def test_a_scenario_ends_as_before_or_differs_for_the_reason_given(name, scenario):
    before, after = play("before", name, scenario), play("after", name, scenario)
    assert kind(before, after) == (REASONS[scenario.why].kind if scenario.why else "same")


@pytest.mark.parametrize(("name", "scenario"), ALL)
def test_no_page_gains_anything_unless_it_is_meant_to_be_admitted(name, scenario):
    before, after = play("before", name, scenario), play("after", name, scenario)
    assert after.powers <= before.powers or scenario.is_admitted


REFUSED = [case for case in ALL if not case.values[1].is_admitted]


@pytest.mark.parametrize(("name", "scenario"), REFUSED)
def test_a_page_that_is_not_meant_to_reads_nothing_afterwards(name, scenario):
    assert play("after", name, scenario).powers <= {"send"}


def test_every_reason_is_that_of_a_scenario():
    used = {scenario.why for scenarios in SCENARIOS.values() for scenario in scenarios}
    assert used - {""} == set(REASONS)


def test_the_guide_shows_what_was_found():
    shown = (FIGURES / "migration.md").read_text("utf-8")
    assert shown == table(), "write it anew with python -m tests.migration"
