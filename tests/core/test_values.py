"""Values equal others by what they hold, and never change."""

import copy
import pickle

import pytest

from wsgicors import Origin, Problem
from wsgicors.core.decisions import Decision

ORIGIN = Origin("https", "app.example", 8443)
PROBLEM = Problem("no-origins", "error", "allow_origins", (), "list origins")


@pytest.mark.parametrize("value", [ORIGIN, PROBLEM, Decision([("Vary", "Origin")])])
class TestValue:
    def test_it_never_changes(self, value):
        for name in [*value.__slots__, "other"]:
            with pytest.raises(AttributeError, match="never changes"):
                setattr(value, name, "")
            with pytest.raises(AttributeError, match="never changes"):
                delattr(value, name)

    def test_its_copies_equal_it(self, value):
        for twin in copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value)):
            assert twin == value


def test_it_equals_no_value_of_another_class_and_no_tuple():
    assert ORIGIN != PROBLEM
    assert ORIGIN != ("https", "app.example", 8443)
    assert Origin("https", "app.example", None) != ORIGIN


def test_equal_values_have_one_hash():
    assert {ORIGIN, Origin("https", "app.example", 8443), PROBLEM} == {ORIGIN, PROBLEM}
    assert len({Decision([("Vary", "Origin")]), Decision([("Vary", "Origin")])}) == 1


def test_it_says_what_it_holds():
    assert repr(ORIGIN) == "Origin(scheme='https', host='app.example', port=8443)"
    assert "%s" % ORIGIN == "https://app.example:8443"  # noqa: UP031 - no tuple of arguments
