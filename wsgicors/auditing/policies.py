"""The policies of an app: their names, where they are written, and the routes that have them."""

from collections.abc import Sequence
from typing import NamedTuple

from .._core.policy import Policy
from .._introspection import Row, Survey, format_place

OF_DECORATORS = frozenset({"class", "method", "view"})
"""The kinds of sources whose name is that of a policy."""


class PolicyUse(NamedTuple):
    """A policy, with the routes that have it."""

    name: str
    """Its name in the app, or the name of the policy that it refines; nothing for others."""
    is_refined: bool
    """Whether a decorator has replaced some settings of the policy with that name."""
    policy: Policy
    place: str
    """The file and line where it is written."""
    rows: Sequence[Row]

    @property
    def urls(self) -> int:
        """The number of URLs where a method has this policy."""
        return len({row.url for row in self.rows if row.is_route})


def list_policies(survey: Survey) -> list[PolicyUse]:
    """Return the named policies of an app, and then those that only its routes have."""
    named = {
        name: PolicyUse(name, False, policy, format_place(policy.place), [])
        for name, policy in survey.policies.items()
    }
    uses: list[tuple[PolicyUse, list[Row]]] = [(use, []) for use in named.values()]
    for row in survey.all_rows:
        if row.policy is None:
            continue
        rows = next((rows for use, rows in uses if is_use(use, row)), None)
        if rows is None:
            refined = row.name if row.kind in OF_DECORATORS else ""
            use = PolicyUse(refined, bool(refined), row.policy, row.policy_place, [])
            uses.append((use, rows := []))
        rows.append(row)
    return [use._replace(rows=rows) for use, rows in uses]


def is_use(use: PolicyUse, row: Row) -> bool:
    """Return whether a row has a policy, as it is written, with the same trial."""
    written = (use.policy, use.policy.trial, use.place)
    return written == (row.policy, row.trial, row.policy_place)
