"""The differences between two audits: what pages may do now, and could not do before."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from .._introspection import Row
from .document import Document, FindingJSON, RouteJSON
from .findings import Finding, name_rows
from .lines import join_methods
from .rights import Difference, compare, lists_credentials, rights_at


class Change(NamedTuple):
    """What changed for methods of one URL."""

    url: str
    methods: str
    place: str
    differences: Sequence[Difference]
    narrower: bool = False
    """Whether pages lose something; a change can be both wider and narrower."""
    credentials: bool = False
    """Whether cookies are allowed now; not if pages gain only origins that may not send them."""
    kind: Literal["changed", "new", "removed", "moved"] = "changed"
    """``new`` and ``removed`` for routes, ``moved`` for a route that has another URL now."""
    moved_from: str = ""
    """The URL that a moved route had before."""

    @property
    def wider(self) -> bool:
        """Whether pages may do something that was not allowed before."""
        return bool(self.gains)

    @property
    def gains(self) -> set[str]:
        """The rights that let pages do something that was not allowed before."""
        return {difference.right for difference in self.differences if difference.wider}


Key = tuple[str, str]
"""A URL and a method."""

Rows = Mapping[Key, RouteJSON]


def diff(old: Document, new: Document) -> list[Change]:
    """Return what changed for pages: wider rights first, and with cookies before without.

    A change of the source alone, such as a policy that moves from a view to its blueprint, is not
    a difference, and neither is a new route without a policy.
    """
    before, after = _by_key(old), _by_key(new)
    moves = _find_moves(before, after)
    moved = {*moves.values()}
    changed: dict[Change, list[RouteJSON]] = {}
    for key in _keys(before, after):
        if key in moved:
            continue
        url = _plain_url(after.get(key) or before[key])
        old_row, row = _find_row(before, moves.get(key, key), url), _find_row(after, key, url)
        change = _compare(key, old_row, row, moved_from=moves[key][0] if key in moves else "")
        is_moved = change.kind == "moved" and rights_at(row, key[1])
        if change.wider or change.narrower or is_moved:
            changed.setdefault(change, []).append(after.get(key) or before[key])
    changes = [
        change._replace(methods=join_methods(row["method"] for row in rows), place=rows[0]["place"])
        for change, rows in changed.items()
    ]
    return sorted(changes, key=_order)


def _order(change: Change) -> tuple[bool, bool, bool]:
    return not change.wider, not change.credentials, not change.narrower


def new_findings(old: Document, new: Document, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that an earlier audit does not have, with their new rows alone.

    :param findings: the findings of the new audit.
    """
    moves = _find_moves(_by_key(old), _by_key(new))
    known: dict[tuple[str, str], list[FindingJSON]] = {}
    for known_finding in old["findings"]:
        key = known_finding["code"], known_finding["message"]
        known.setdefault(key, []).append(known_finding)
    found: list[Finding] = []
    for finding in findings:
        same = known.get((finding.code, finding.message), [])
        if not finding.rows:
            where = _without_line(finding.where)
            is_known = where in {_without_line(other["where"]) for other in same}
            found += [] if is_known else [finding]
        elif not same:
            found.append(finding)
        elif rows := _new_rows(finding, same, moves):
            found.append(finding._replace(rows=rows, where=name_rows(rows)))
    return found


def _without_line(where: str) -> str:
    """Return the name and file of a view without a route: code above it changes its line."""
    return re.sub(r":\d+\)$", ")", where)


def _new_rows(
    finding: Finding, known: Iterable[FindingJSON], moves: Mapping[Key, Key]
) -> tuple[Row, ...]:
    """Return the rows that no earlier finding has."""
    keys = {(cause["url"], cause["method"]) for other in known for cause in other["rows"]}
    new = ((row, (row.url, row.method)) for row in finding.rows)
    return tuple(row for row, key in new if moves.get(key, key) not in keys)


def _by_key(audit: Document) -> Rows:
    return {(row["url"], row["method"]): row for row in audit["rows"]}


def _keys(before: Rows, after: Rows) -> Iterable[Key]:
    """Return what to compare: all URLs and methods of both audits.

    A URL whose views a condition chooses between is compared once for each condition, and not
    once more without a condition.
    """
    for rows, others in (after, before), (before, after):
        divided = {(_plain_url(row), row["method"]) for row in others.values()} - others.keys()
        yield from (
            key for key in rows if key not in divided and (rows is after or key not in after)
        )


def _plain_url(row: RouteJSON) -> str:
    """Return the URL of a row without its condition."""
    return row["url"].removesuffix(f" ({row['condition']})")


def _find_moves(before: Rows, after: Rows) -> dict[Key, Key]:
    """Return what each moved route was before: its view is the same, and its URL is not."""
    old_urls, urls = ({*map(_plain_url, rows.values())} for rows in (before, after))
    gone: dict[tuple[str, ...], list[Key]] = {}
    for key, row in before.items():
        if _plain_url(row) not in urls:
            gone.setdefault(_identity(row), []).append(key)
    moves: dict[Key, Key] = {}
    for key, row in after.items():
        is_new_url = _plain_url(row) not in old_urls
        if is_new_url and row["view"] and (old_keys := gone.get(_identity(row))):
            moves[key] = old_keys.pop(0)
    return moves


def _identity(row: RouteJSON) -> tuple[str, ...]:
    """Return what a route keeps if only its URL changes, and its view moves to another line.

    An endpoint alone could name another view now, which pages could not read before.
    """
    file = row["place"].rpartition(":")[0]
    return row["endpoint"], row["view"], file, row["method"]


def _find_row(rows: Rows, key: Key, plain_url: str) -> RouteJSON | None:
    """Return the row that decides about a URL and method.

    If there is no row of its own, it is the row without a condition, that of the longest prefix
    above the URL, or that of the whole app.

    :param plain_url: the URL without a condition.
    """
    found = rows.get(key) or rows.get((plain_url, key[1]))
    if found is not None:
        return found
    above = [row for row in rows.values() if _is_above(row, plain_url)]
    return max(above, key=lambda row: len(row["url"]), default=None)


def _is_above(row: RouteJSON, url: str) -> bool:
    kind, prefix = row["source"]["kind"], row["url"]
    return kind == "app" or (
        kind == "prefix" and url.startswith("/") and f"{url}/".startswith(f"{prefix.rstrip('/')}/")
    )


def _compare(key: Key, old: RouteJSON | None, new: RouteJSON | None, moved_from: str) -> Change:
    """Return the change of a URL and method, without its methods and place."""
    url, method = key
    kind: Literal["changed", "new", "removed", "moved"] = "changed"
    if moved_from:
        kind = "moved"
    elif old is None or new is None:
        kind = "new" if old is None else "removed"
    differences = tuple(compare(old, new, method))
    narrower = any(difference.wider for difference in compare(new, old, method))
    change = Change(url, "", "", differences, narrower, kind=kind, moved_from=moved_from)
    is_reading = change.gains == {"origins"} and lists_credentials(new)
    credentials = bool(rights_at(new, method).get("credentials")) and not is_reading
    return change._replace(credentials=credentials)
