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
    for row in rows:
        if row.policy is not None and row.policy.trial is not None:
            found |= dict.fromkeys(_compare(row.policy, row.policy.trial, row.method))
    return [*found]


def takes_anything(row: Row) -> bool:
    """Return whether the trial of a row's policy would take anything from a page."""
    policy, trial = row.policy, row.trial
    if policy is None or trial is None:
        return False
    return any(difference.wider for difference in _compare(trial, policy, row.method))


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
