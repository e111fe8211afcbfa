"""What pages may do with a method under a policy, and what changes between two policies."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypedDict

from .._core.headers import SAFELISTED_METHODS
from .lines import permits
from .origins import covers
from .settings import SettingsJSON


class Ruled(TypedDict):
    """A method with its policy, as an audit has them; ``*`` without a router."""

    method: str
    policy: SettingsJSON | None


class Difference(NamedTuple):
    """What was added to one right, and what was removed."""

    right: str
    """``origins``, ``credentials``, ``exposed headers``, ``request headers`` or ``methods``."""
    added: Sequence[str]
    removed: Sequence[str]
    wider: bool
    """Whether pages gain something; an added entry that a wildcard covered before is not a gain."""


Rights = Mapping[str, Sequence[str]]
"""The rights of pages, by the names in :class:`Difference`."""

OTHER_METHOD = "any method that no list names"


def rights_at(row: Ruled | None, method: str) -> Rights:
    """Return what pages may do with a method: nothing without a policy that allows it.

    Browsers send simple requests without a preflight, so the policy cannot stop their methods.
    """
    policy = row and row["policy"]
    if row is None or policy is None:
        return {}
    has_router, listed = row["method"] != "*", policy["allow_methods"]
    if listed is None and not has_router:
        listed = [*SAFELISTED_METHODS]
    is_listed = method == "*" or permits(listed, method)
    if not is_listed and method not in SAFELISTED_METHODS:
        return {}
    return {
        "origins": policy["allow_origins"],
        "credentials": ["allowed"] if policy["allow_credentials"] else [],
        "exposed headers": policy["expose_headers"],
        "request headers": policy["allow_headers"] if is_listed else [],
        # With a router each method has a row of its own, so that only its own right matters.
        "methods": listed or [] if method == "*" else [],
    }


def compare(old: Ruled | None, new: Ruled | None, method: str) -> Iterable[Difference]:
    """Yield each right that differs, as far as the method is concerned."""
    rights, new_rights = rights_at(old, method), rights_at(new, method)
    for right in new_rights or rights:
        before, after = rights.get(right, ()), new_rights.get(right, ())
        added = tuple(item for item in after if not _has(right, before, item))
        removed = tuple(item for item in before if not _keeps(right, after, item))
        is_default = right == "methods" and SAFELISTED_METHODS in (added, removed)
        if is_default and not (rights and new_rights):
            continue  # the default of a policy that is new or gone says nothing more
        if right == "methods":
            wider = any(_gains_method(old, new, name) for name in added)
        else:
            wider = _gains(right, before, after)
        if added or removed:
            yield Difference(right, added, removed, wider)


def _gains_method(old: Ruled | None, new: Ruled | None, method: str) -> bool:
    """Return whether a method that is listed now is a gain; simple requests need no list."""
    named = OTHER_METHOD if method == "*" else method
    before, after = rights_at(old, named), rights_at(new, named)
    return any(_gains(right, before.get(right, ()), items) for right, items in after.items())


def _gains(right: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Return whether the second list allows anything that the first one does not."""
    return any(not _covers(right, before, item) for item in after)


def _covers(right: str, items: Sequence[str], item: str) -> bool:
    if right == "origins":
        return covers(items, item)
    is_exempt = right == "request headers" and item.lower() == "authorization"
    return _has(right, items, item) or ("*" in items and not is_exempt)


def _keeps(right: str, items: Sequence[str], item: str) -> bool:
    """Return whether a list has an entry, or a wildcard in its place; origins are shown anyway."""
    return _has(right, items, item) if right == "origins" else _covers(right, items, item)


def _has(right: str, items: Collection[str], item: str) -> bool:
    if right.endswith("headers"):
        return item.lower() in {other.lower() for other in items}
    return item in items
