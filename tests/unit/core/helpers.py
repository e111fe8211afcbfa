"""Shortcuts for tests of policies: their problems, and what they decide."""

import warnings

import pytest

from wsgicors import Policy, PolicyError
from wsgicors._core import protocol


def faults(**settings):
    """Return the errors of a policy that is rejected."""
    with pytest.raises(PolicyError) as caught:
        Policy(**settings)
    return caught.value.problems


def fault_codes(**settings):
    """Return the codes of the errors of a policy that is rejected."""
    return [problem.code for problem in faults(**settings)]


def quietly(**settings):
    """Create a policy without issuing its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Policy(**settings)


def noted(**settings):
    """Return the codes and values of the warnings and notes of a policy."""
    return [(problem.code, problem.value) for problem in quietly(**settings).problems]


def actual(policy, origin):
    """Return the decision on an actual request."""
    return protocol.actual(policy, origin)
