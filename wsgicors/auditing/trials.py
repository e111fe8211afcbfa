"""What the trial of a policy would change for pages."""

from collections.abc import Iterable, Iterator

from .._core.policy import Policy
from .._introspection import Row
from .rights import Difference, Ruled, compare, rights_at
from .settings import settings_of


def trial_differences(rows: Iterable[Row]) -> list[Difference]:
    """Return what the trial of the policy of these rows would change there.

    >>> from wsgicors import Policy
    >>> tried = Policy("*").with_trial(Policy("https://app.example"))
    >>> (difference,) = trial_differences([Row("/", "GET", "items", tried, "view")])
    >>> difference.right, difference.added, difference.removed
    ('origins', ('https://app.example',), ('*',))

    :returns: nothing without a trial.
    """
    found: dict[Difference, None] = {}
    for policy, trial, method in _tried(rows):
        found |= dict.fromkeys(_compare(policy, trial, method))
    return [*found]


def takes_anything(rows: Iterable[Row]) -> bool:
    """Return whether the trial of the policy of these rows would take anything from a page."""
    return any(
        difference.wider
        for policy, trial, method in _tried(rows)
        for difference in _compare(trial, policy, method)
    )


def _tried(rows: Iterable[Row]) -> Iterator[tuple[Policy, Policy, str]]:
    """Yield the policy of each row with a trial, the trial, and the method."""
    for row in rows:
        if row.policy is not None and row.policy.trial is not None:
            yield row.policy, row.policy.trial, row.method


def _compare(policy: Policy, other: Policy, method: str) -> Iterator[Difference]:
    """Yield what another policy changes; for a method that one of them forbids only that."""
    before = Ruled(method=method, policy=settings_of(policy))
    after = Ruled(method=method, policy=settings_of(other))
    is_allowed, is_allowed_then = bool(rights_at(before, method)), bool(rights_at(after, method))
    if is_allowed == is_allowed_then:
        yield from compare(before, after, method)
    elif is_allowed:
        yield Difference("methods", (), (method,), wider=False)
    else:
        yield Difference("methods", (method,), (), wider=True)
