"""Findings and changes at lines of code, for programs that show these lines."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from .._core.headers import visible
from .._core.packages import is_installed
from .._core.policy import Policy
from .._core.problems import Code, Severity
from ..auditing import CODES, Change, Finding, Row
from ..auditing.findings import SEVERITIES
from .changes import describe, effect_of, group
from .reports import describe_differences

WIDER = "wider-access"
"""The code of a change that lets pages do more."""

ALL_CODES = {**CODES, WIDER: Code("warning", "pages may do more than in an earlier audit")}
"""The codes of all annotations. Wider access is an error if new requests may have cookies."""

NEW_REQUESTS = frozenset({"origins", "credentials", "request headers", "methods"})
"""The rights that let pages make requests that they could not make before."""


class Location(NamedTuple):
    """A line of a file in the repository."""

    path: str
    """From the root of the repository, with slashes."""
    line: int


class Annotation(NamedTuple):
    """A finding, or routes with the same change."""

    severity: Severity
    code: str
    message: str
    identity: str
    """What stays the same if code moves to other lines."""
    routes: Sequence[str]
    """Methods and URLs, such as ``GET /items``."""
    locations: Sequence[Location]
    """Where to show it, the best line first; empty if no file is known."""


def annotate(
    rows: Iterable[Row],
    findings: Iterable[Finding],
    changes: Iterable[Change],
    app: Path | None,
) -> list[Annotation]:
    """Return changes that let pages do more, and findings; the worst first.

    :param rows: all rows of the audit.
    :param app: the file that makes the app, for what has no line of its own; if it is not in the
        repository, the first policy that is.
    """
    all_rows = [*rows]
    annotations = [_of_change(same, all_rows) for same in group(changes) if same[0].wider]
    annotations += map(_of_finding, findings)
    of_app = None if app is None else _locate(app, 1)
    others = [of_app] if of_app else _locate_all(row.policy for row in all_rows)[:1]
    located = [
        annotation._replace(locations=annotation.locations or others) for annotation in annotations
    ]
    return sorted(located, key=lambda annotation: SEVERITIES.index(annotation.severity))


def _of_change(changes: Sequence[Change], rows: Sequence[Row]) -> Annotation:
    first = changes[0]
    lines = [
        f"{', '.join(describe(changes))}: wider, {effect_of(first)[1]}",
        *describe_differences(first.differences),
    ]
    message = "\n".join(map(visible, lines))
    routes = _unique(f"{change.methods} {change.url}" for change in changes)
    policies, views = _locate_changed(changes, rows), _find_all(change.place for change in changes)
    is_error = first.credentials and not NEW_REQUESTS.isdisjoint(first.gains)
    severity: Severity = "error" if is_error else "warning"
    locations = [*dict.fromkeys(policies + views)]
    return Annotation(severity, WIDER, message, " ".join(routes), routes, locations)


def _locate_changed(changes: Sequence[Change], rows: Sequence[Row]) -> list[Location]:
    """Return where the policies of changed routes are written.

    If other routes have the same policy and did not change, the views have another policy now.
    """
    urls = {change.url for change in changes}
    methods = {(change.url, name) for change in changes for name in change.methods.split(", ")}
    policies = [row.policy for row in rows if (row.url, row.method) in methods]
    users = {row.url for row in rows if row.policy is not None and row.policy in policies}
    return _locate_all(policies) if users <= urls else []


def _of_finding(finding: Finding) -> Annotation:
    places, identity = [row.place for row in finding.rows], finding.message
    if not places:  # a view that no route reaches, or the whole app
        view, place = _split(finding.where)
        places, identity = [place], f"{view}: {finding.message}"
    routes = _unique(f"{row.method} {row.url}" for row in finding.rows)
    message = visible(f"{finding.where}: {finding.message}")
    policies = _locate_all(row.policy for row in finding.rows)
    locations = [*dict.fromkeys(policies + _find_all(places))]
    return Annotation(finding.severity, finding.code, message, identity, routes, locations)


def _unique(routes: Iterable[str]) -> list[str]:
    return [*dict.fromkeys(map(visible, routes))]


def _split(where: str) -> tuple[str, str]:
    """Return the name of a view and its place, which may be empty."""
    name, _, place = where.removesuffix(")").rpartition(" (")
    return (name, place) if name else (where, "")


def _locate_all(policies: Iterable[Policy | None]) -> list[Location]:
    """Return where policies are written."""
    places = dict.fromkeys(policy.place for policy in policies if policy is not None)
    found = [_locate(Path(place.file), place.line) for place in places if place is not None]
    return [location for location in found if location is not None]


def _find_all(places: Iterable[str]) -> list[Location]:
    return [location for location in map(_find, dict.fromkeys(places)) if location is not None]


def _find(place: str) -> Location | None:
    """Return the location of a file and line that are named from where the file is imported."""
    name, _, line = place.rpartition(":")
    if not line.isdecimal():
        return None
    files = (Path(path, name) for path in sys.path)
    file = next((file for file in files if file.is_file()), None)
    return None if file is None else _locate(file, int(line))


def _locate(file: Path, line: int) -> Location | None:
    """Return a location in the repository; ``None`` for a file outside, or of a package.

    Generated code has no file: Python calls it ``<string>``, for example.
    """
    path, root = file.resolve(), find_root()
    if is_installed(str(path)) or not path.is_relative_to(root) or not path.is_file():
        return None
    return Location(path.relative_to(root).as_posix(), line)


def find_root() -> Path:
    """Return the folder of the repository, or the current folder if it is in none."""
    folder = Path.cwd()
    return next((top for top in (folder, *folder.parents) if (top / ".git").exists()), folder)
