"""Frameworks on top of frameworks, and whole apps: decorators are found, and the audit is right.

The programs are in ``examples/guests/``. Those that are not tried here are tried by `make guests`.
"""

import re
import tomllib

import pytest

from lab.figures import FIGURES
from lab.guests.guests import GUESTS
from lab.guests.run import ROOT, run_trial
from lab.guests.trial import OFFICE, fill

TESTED = [guest for guest in GUESTS if guest.is_tested]


@pytest.fixture(scope="module", params=TESTED, ids=lambda guest: guest.name)
def trial(request):
    return run_trial(request.param)


def wrong(asked):
    """Return the requests that other pages read than may."""
    return [one for one in asked if one.read_by != one.allowed]


def test_pages_of_the_office_read_what_is_for_them_and_a_stranger_does_not(trial):
    assert [OFFICE] in [one.allowed for one in trial.asked]
    assert wrong(trial.asked) == []


def test_the_audit_lists_for_each_route_the_pages_that_read_it(trial):
    assert wrong(trial.routes) == []


def test_neither_check_nor_log_complain(trial):
    assert trial.complaints == []


def test_the_dependency_groups_have_every_guest():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

    def group(name):
        lines = project["dependency-groups"][name]
        return {re.split(r"[\[<>=]", line)[0] for line in lines if isinstance(line, str)}

    guests = {guest.distribution.lower(): guest.is_tested for guest in GUESTS}
    assert group("guests") == {name for name, is_tested in guests.items() if is_tested}
    assert group("more-guests") == guests.keys() - group("guests")


def test_the_list_in_the_documentation_has_every_guest():
    page = (FIGURES / "guests.md").read_text("utf-8")
    for guest in GUESTS:
        item = re.escape(f"**: {guest.switch}. Policies: {guest.policies} (")
        line = rf"- \*\*\[{guest.distribution}\]\S+{item}[\d.]+, [\d,]+ requests\)\n"
        assert re.search(line, page), guest.distribution


@pytest.mark.parametrize(
    ("rule", "url"),
    [
        ("/items/<int:item_id>/<path:rest>", "/items/1/1"),
        ("/items/{item_id}", "/items/1"),
        (r"/items\.(?P<format>[a-z0-9]+)/?$", "/items.1/"),
        (r"/items/(?P<key>[-:\w]+)/\Z", "/items/1/"),
    ],
)
def test_the_variables_of_a_rule_are_filled(rule, url):
    assert fill(rule) == url
