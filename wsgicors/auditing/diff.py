"""The differences between two audits: what pages may do now, and could not do before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from .document import Document, RouteJSON
from .lines import join_methods, permits
from .origins import covers


class Difference(NamedTuple):
    """What was added to one right, and what was removed."""

    right: str
    """``origins``, ``credentials``, ``exposed headers``, ``request headers`` or ``methods``."""
    added: Sequence[str]
    removed: Sequence[str]
    wider: bool
    """Whether pages gain something; an added entry that a wildcard covered before is not a gain."""


class Change(NamedTuple):
    """What changed for methods of one URL."""

    url: str
    methods: str
    place: str
    differences: Sequence[Difference]

    @property
    def wider(self) -> bool:
        """Whether pages may do something that was not allowed before."""
        return any(difference.wider for difference in self.differences)


Rights = dict[str, Sequence[str]]
"""The rights of pages, by the names in :class:`Difference`."""


def diff(old: Document, new: Document) -> list[Change]:
    """Return what changed for pages, wider rights first.

    A change of the source alone, such as a policy that moves from a view to its blueprint, is not
    a difference, and neither is a new route without a policy.
    """
    before = {(row["url"], row["method"]): row for row in old["rows"]}
    after = {(row["url"], row["method"]): row for row in new["rows"]}
    changed: dict[tuple[str, tuple[Difference, ...]], list[RouteJSON]] = {}
    for key in [*after, *(key for key in before if key not in after)]:
        old_rights, new_rights = _rights(_find_row(before, key)), _rights(_find_row(after, key))
        differences = tuple(_compare(old_rights, new_rights))
        if differences:
            row = after.get(key) or before[key]
            changed.setdefault((row["url"], differences), []).append(row)
    changes = [
        Change(url, join_methods(row["method"] for row in rows), rows[0]["place"], differences)
        for (url, differences), rows in changed.items()
    ]
    return sorted(changes, key=lambda change: not change.wider)


def _find_row(rows: Mapping[tuple[str, str], RouteJSON], key: tuple[str, str]) -> RouteJSON | None:
    """Return the row of a URL and method, or else of the longest prefix above the URL."""
    if key in rows:
        return rows[key]
    url, _ = key
    prefixes = [
        row
        for row in rows.values()
        if row["source"]["kind"] == "prefix" and _is_below(row["url"], url)
    ]
    return max(prefixes, key=lambda row: len(row["url"]), default=None)


def _is_below(prefix: str, url: str) -> bool:
    return prefix == "/" or url.startswith(f"{prefix}/")


def _rights(row: RouteJSON | None) -> Rights:
    """Return what pages may do with a URL and method: nothing if no policy allows the method."""
    policy = row and row["policy"]
    if row is None or policy is None:
        return {}
    method, listed = row["method"], policy["allow_methods"]
    if method != "*" and not permits(listed, method):
        return {}
    return {
        "origins": policy["allow_origins"],
        "credentials": ["allowed"] if policy["allow_credentials"] else [],
        "exposed headers": policy["expose_headers"],
        "request headers": policy["allow_headers"],
        # With a router each method has a row of its own, so that only its own right matters.
        "methods": list(listed or ()) if method == "*" else [],
    }


def _compare(old: Rights, new: Rights) -> Iterable[Difference]:
    for right in new or old:
        before, after = old.get(right, ()), new.get(right, ())
        added = [item for item in after if not _has(right, before, item)]
        removed = [item for item in before if not _has(right, after, item)]
        if right == "origins":
            wider = any(not covers(before, item) for item in added)
        else:
            wider = any(not _has_wildcard_for(before, item) for item in added)
        if added or removed:
            yield Difference(right, tuple(added), tuple(removed), wider)


def _has(right: str, items: Collection[str], item: str) -> bool:
    if right.endswith("headers"):
        return item.lower() in {other.lower() for other in items}
    return item in items


def _has_wildcard_for(items: Collection[str], item: str) -> bool:
    """Return whether ``*`` is among the items and covers this one; not so for Authorization."""
    return "*" in items and item.lower() != "authorization"
