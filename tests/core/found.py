"""What a policy has to say about its settings, for tests that look at one setting at a time."""

import warnings

import pytest

from wsgicors import Policy, PolicyError


def faults(**settings):
    """Return the faults of settings that make no policy."""
    with pytest.raises(PolicyError) as caught:
        Policy(**settings)
    return caught.value.problems


def fault_codes(**settings):
    return [problem.code for problem in faults(**settings)]


def quietly(**settings):
    """Make a policy without its warnings, which tests of other things are not about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Policy(**settings)


def noted(**settings):
    """Return the code and the value of all that is worth knowing about a policy that works."""
    return [(problem.code, problem.value) for problem in quietly(**settings).problems]
