"""What pages may do with a method under a policy, and what changes between two policies."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypedDict

from .._core.headers import SAFELISTED_METHODS
from .._core.origin_lists import covers
from .lines import permits
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


def lists_credentials(row: Ruled | None) -> bool:
    """Return whether a policy lists the origins whose pages may send cookies."""
    policy = row and row["policy"]
    return policy is not None and not isinstance(policy["allow_credentials"], bool)


def rights_at(row: Ruled | None, method: str, by_origin: bool = False) -> Rights:
    """Return what pages may do with a method: nothing without a policy that allows it.

    Browsers send simple requests without a preflight, so the policy cannot stop their methods.

    :param by_origin: list the origins whose pages may send cookies.
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
        "credentials": _credentials(policy, by_origin),
        "exposed headers": policy["expose_headers"],
        "request headers": policy["allow_headers"] if is_listed else [],
        # With a router each method has a row of its own, so that only its own right matters.
        "methods": listed or [] if method == "*" else [],
    }


def _credentials(policy: SettingsJSON, by_origin: bool) -> Sequence[str]:
    allowed = policy["allow_credentials"]
    if not isinstance(allowed, bool):
        return allowed
    to_all = policy["allow_origins"] if by_origin else ["allowed"]
    return to_all if allowed else []


def _compared(old: Ruled | None, new: Ruled | None, method: str) -> tuple[Rights, Rights]:
    """Return the rights of two rows in a form that can be compared."""
    by_origin = lists_credentials(old) or lists_credentials(new)
    return rights_at(old, method, by_origin), rights_at(new, method, by_origin)


def compare(old: Ruled | None, new: Ruled | None, method: str) -> Iterable[Difference]:
    """Yield each right that differs, as far as the method is concerned."""
    rights, new_rights = _compared(old, new, method)
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
    before, after = _compared(old, new, named)
    return any(_gains(right, before.get(right, ()), items) for right, items in after.items())


def _gains(right: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Return whether the second list allows anything that the first one does not."""
    return any(not _covers(right, before, item) for item in after)


def _covers(right: str, items: Sequence[str], item: str) -> bool:
    if right in ("origins", "credentials"):
        return covers(items, item)
    is_exempt = right == "request headers" and item.lower() == "authorization"
    return _has(right, items, item) or ("*" in items and not is_exempt)


def _keeps(right: str, items: Sequence[str], item: str) -> bool:
    """Return whether a list has an entry, or a wildcard in its place; origins are shown anyway."""
    is_of_origins = right in ("origins", "credentials")
    return _has(right, items, item) if is_of_origins else _covers(right, items, item)


def _has(right: str, items: Collection[str], item: str) -> bool:
    if right.endswith("headers"):
        return item.lower() in {other.lower() for other in items}
    return item in items
