"""Apps that used Flask-CORS behave the same after the migration, or better.

Every difference has a reason, and only pages that an app means to allow gain anything.
"""

import pytest

from lab.figures import FIGURES
from lab.migration.compare import kind, play, table
from lab.migration.reasons import REASONS
from lab.migration.scenarios import SCENARIOS

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
def test_only_a_page_that_the_app_means_to_allow_gains_anything(name, scenario):
    before, after = play("before", name, scenario), play("after", name, scenario)
    assert after.powers <= before.powers or scenario.is_intended


REFUSED = [case for case in ALL if not case.values[1].is_intended]


@pytest.mark.parametrize(("name", "scenario"), REFUSED)
def test_a_page_that_the_app_does_not_mean_to_allow_reads_nothing_afterwards(name, scenario):
    assert play("after", name, scenario).powers <= {"send"}


def test_every_reason_explains_a_scenario():
    used = {scenario.why for scenarios in SCENARIOS.values() for scenario in scenarios}
    assert used - {""} == set(REASONS)


def test_the_table_in_the_guide_is_current():
    shown = (FIGURES / "migration.md").read_text("utf-8")
    assert shown == table(), "run python -m lab.migration"
