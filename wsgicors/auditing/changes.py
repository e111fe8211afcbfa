"""What changed between two audits in who may read what."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from ..core.headers import SAFELISTED_METHODS
from .documents import Document, Route
from .lines import join_methods
from .origins import covers


class Difference(NamedTuple):
    """What one kind of right gained and lost."""

    right: str
    """``origins``, ``credentials``, ``exposed headers``, ``request headers`` or ``methods``."""
    added: Sequence[str]
    removed: Sequence[str]
    wider: bool
    """Whether something is granted that was not before, by whatever spelling."""


class Change(NamedTuple):
    """What changed for the methods of one URL."""

    url: str
    methods: str
    place: str
    differences: Sequence[Difference]

    @property
    def wider(self) -> bool:
        """Whether pages may do something that they might not before."""
        return any(difference.wider for difference in self.differences)


Rights = dict[str, Sequence[str]]


def diff(old: Document, new: Document) -> list[Change]:
    """Return what changed, what is wider first.

    Rights are compared, not their sources: a policy that moves from a view to its blueprint, and
    a route that comes or goes without ever having had one, change nothing.
    """
    before = {(row["url"], row["method"]): row for row in old["rows"]}
    after = {(row["url"], row["method"]): row for row in new["rows"]}
    alike: dict[tuple[str, tuple[Difference, ...]], list[Route]] = {}
    for key in [*after, *(key for key in before if key not in after)]:
        found = tuple(_compare(_rights(_row_of(before, key)), _rights(_row_of(after, key))))
        if found:
            row = after.get(key) or before[key]
            alike.setdefault((row["url"], found), []).append(row)
    changes = [
        Change(url, join_methods(row["method"] for row in rows), rows[0]["place"], found)
        for (url, found), rows in alike.items()
    ]
    return sorted(changes, key=lambda change: not change.wider)


def _row_of(rows: Mapping[tuple[str, str], Route], key: tuple[str, str]) -> Route | None:
    """Return the row that speaks for a URL: below a prefix, the longest one has it."""
    if key in rows:
        return rows[key]
    url, _ = key
    above = [
        row
        for row in rows.values()
        if row["source"]["kind"] == "prefix" and _covers(row["url"], url)
    ]
    return max(above, key=lambda row: len(row["url"]), default=None)


def _covers(prefix: str, url: str) -> bool:
    return prefix == "/" or url.startswith(f"{prefix}/")


def _rights(row: Route | None) -> Rights:
    """Return what pages may do; nothing where there is no policy, or not for this method."""
    policy = row and row["policy"]
    if row is None or policy is None:
        return {}
    method, listed = row["method"], policy["allow_methods"]
    usable = ("*", *SAFELISTED_METHODS, *(listed or ()))
    if not (listed is None or "*" in listed or method in usable):
        return {}
    return {
        "origins": policy["allow_origins"],
        "credentials": ["allowed"] if policy["allow_credentials"] else [],
        "exposed headers": policy["expose_headers"],
        "request headers": policy["allow_headers"],
        # Under a router each row is a method, and what matters is whether it may be used.
        "methods": list(listed or ()) if method == "*" else [],
    }


def _compare(old: Rights, new: Rights) -> Iterable[Difference]:
    for right in new or old:
        was, now = old.get(right, ()), new.get(right, ())
        added = [item for item in now if not _has(right, was, item)]
        removed = [item for item in was if not _has(right, now, item)]
        if right == "origins":
            gained = any(not covers(was, item) for item in added)
        else:
            gained = any(not _grants(was, item) for item in added)
        if added or removed:
            yield Difference(right, tuple(added), tuple(removed), gained)


def _has(right: str, items: Collection[str], item: str) -> bool:
    if right.endswith("headers"):
        return item.lower() in {other.lower() for other in items}
    return item in items


def _grants(items: Collection[str], item: str) -> bool:
    """Tell whether ``*`` among these stands for this one too."""
    return "*" in items and item.lower() != "authorization"
