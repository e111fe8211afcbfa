"""What a reviewer should look at: each with a severity, a stable code and what to write."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations
from typing import NamedTuple
from urllib.parse import urlsplit

from ..core.headers import SAFELISTED_METHODS
from ..core.policy import Policy
from ..core.problems import CODES as PROBLEMS
from ..core.problems import Code, Severity
from ..core.risks import BODY_METHODS
from ..surveying import Row, Stray, Survey
from .lines import join_methods
from .origins import patterns, share_origins, why_unmatched

CODES: dict[str, Code] = {
    "mark-above-route": Code("error", "a mark that the router never sees"),
    "unreached-mark": Code("warning", "a mark on what no route reaches"),
    "view-without-policy": Code("warning", "a view that has no policy, in an app that has some"),
    "origin-matches-nothing": Code("warning", "an origin that no page can have"),
    "development-origin": Code("warning", "a loopback origin, outside debug mode"),
    "headers-differ": Code("warning", "two policies with different allow_headers on one URL"),
    "redirect-leaves-app": Code("warning", "a redirect by the router to another host"),
    "everybody-may-write": Code("info", "every page may send what is not only reading"),
    "accepted-risk": Code("info", "a risk that a policy accepts"),
    # What policies say of themselves; and this one also where a route serves such a method.
    "content-type-not-allowed": PROBLEMS["content-type-not-allowed"],
    **{
        code: entry
        for code, entry in PROBLEMS.items()
        if entry.severity != "error" and code != "development-origin"
    },
}
"""Every code that a finding can have."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From the worst."""

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


Told = tuple[str, str, Sequence[Row]]
"""A code, a message, and the rows that it is about."""


class Finding(NamedTuple):
    """One thing to look at, and what to write."""

    severity: Severity
    code: str
    where: str
    message: str


def audit(survey: Survey) -> list[Finding]:
    """Say what should be looked at, the worst first.

    :param survey: what :func:`.survey` has returned.
    """
    rows = survey.rows
    told = [*_of_views(rows), *_of_policies(rows, survey.debug), *_of_urls(rows)]
    told += _of_redirects(rows)
    # What is said in the same words of many routes is said once.
    where: dict[tuple[str, str], list[Row]] = {}
    for code, message, its_rows in told:
        where.setdefault((code, message), []).extend(its_rows)
    found = [*map(_of_stray, survey.strays)]
    found += [_finding(code, _where(its), message) for (code, message), its in where.items()]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def permits(policy: Policy, method: str) -> bool:
    """Tell whether pages may use a method that a route serves."""
    listed = policy.allow_methods
    return listed is None or "*" in listed or method in (*listed, *SAFELISTED_METHODS)


def _finding(code: str, where: str, message: str) -> Finding:
    return Finding(CODES[code].severity, code, where, message)


def _where(rows: Sequence[Row]) -> str:
    """Name the first route, and say how many more there are."""
    first = rows[0]
    if first.kind == "app":
        return "the whole app"
    methods = join_methods(dict.fromkeys(row.method for row in rows if row.url == first.url))
    place = f" ({first.place})" if first.place else ""
    more = len({row.url for row in rows}) - 1
    also = f" and {more} more URL{'s' if more > 1 else ''}" if more else ""
    return f"{methods} {first.url}{place}{also}".removeprefix("* ")


def _of_stray(stray: Stray) -> Finding:
    where = f"{stray.name} ({stray.place})" if stray.place else stray.name
    if stray.is_above_route:
        message = "@cors stands above a decorator, and the route below it; write the route first"
        return _finding("mark-above-route", where, message)
    message = "no route of this app reaches what @cors marks here; give it one, or leave out @cors"
    return _finding("unreached-mark", where, message)


def _of_views(rows: Sequence[Row]) -> Iterator[Told]:
    """Yield the views that nothing speaks of, unless nothing speaks of any."""
    if all(row.policy is None for row in rows):
        return
    for row in rows:
        # Flask's own view for files: pages load scripts and pictures without CORS.
        if row.kind == "none" and row.endpoint.rpartition(".")[2] != "static":
            message = f"nothing says who may read {row.endpoint!r}, so no page of another origin "
            message += "may; write @cors(policy), or @cors(None) if that is meant"
            yield "view-without-policy", message, [row]


def _of_policies(rows: Iterable[Row], debug: bool) -> Iterator[Told]:
    policies: list[tuple[Policy, list[Row]]] = []  # not every policy has a hash
    for row in rows:
        alike = next((its for policy, its in policies if policy == row.policy), None)
        if alike is not None:
            alike.append(row)
        elif row.policy is not None:
            policies.append((row.policy, [row]))
    for policy, its_rows in policies:
        told = dict([*_of_origins(policy, debug), *_of_rights(policy, its_rows)])
        yield from ((code, message, its_rows) for message, code in told.items())


def _of_origins(policy: Policy, debug: bool) -> Iterator[tuple[str, str]]:
    """Yield each message with its code."""
    for text, parts in patterns(policy):
        if parts.is_loopback and not debug:
            who = "any program on a visitor's machine can serve pages there"
            advice = "admit it from the configuration that you develop with"
            message = f"allow_origins: {text!r} is for development, and {who}; {advice}"
            yield message, "development-origin"
        if why := why_unmatched(parts):
            message = f"allow_origins: {text!r} matches nothing, for {why}; correct or remove it"
            yield message, "origin-matches-nothing"


def _of_rights(policy: Policy, rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Yield each message with its code."""
    for problem in policy.problems:
        if problem.code in CODES and problem.code != "development-origin":
            yield str(problem), problem.code
    for code in policy.accept_risks:
        message = f"accept_risks: {code!r}: {PROBLEMS[code].meaning}; see that this still holds"
        yield message, "accepted-risk"
    methods = {row.method for row in rows if permits(policy, row.method)}
    if rows[0].method == "*":  # no router to say what is served
        methods = set(policy.allow_methods or ())
    writing = ", ".join(sorted(methods - READING_METHODS - {"*"}))
    if writing and policy.allows_everybody:
        message = f"every page in the world may send {writing}, though without cookies; "
        yield message + "list the origins unless that is meant", "everybody-may-write"
    bodies = ", ".join(sorted(methods & BODY_METHODS))
    allowed = {name.lower() for name in policy.allow_headers}
    if bodies and not allowed & {"*", "content-type"}:
        message = f"allow_headers: {bodies} with a JSON body will be refused; "
        yield message + "add 'Content-Type' if pages send it", "content-type-not-allowed"


def _of_urls(rows: Iterable[Row]) -> Iterator[Told]:
    """Yield the URLs where a browser's cache carries header names from one policy to another."""
    urls: dict[str, list[Row]] = {}
    for row in rows:
        urls.setdefault(row.url, []).append(row)
    for here in urls.values():
        for one, other in permutations(here, 2):
            if carried := _carried(one.policy, other.policy):
                names = ", ".join("any header" if name == "*" else name for name in carried)
                message = (
                    f"a browser that may send {names} with {one.method} sends it with "
                    f"{other.method} unasked, for it remembers header names by URL; "
                    f"write the same allow_headers, or max_age=0"
                )
                yield "headers-differ", message, [one, other]
                break


def _carried(one: Policy | None, other: Policy | None) -> list[str]:
    """Return the header names that only the first policy allows and browsers then remember."""
    if one is None or other is None or one.max_age == 0 or not share_origins(one, other):
        return []
    allowed = {name.lower() for name in other.allow_headers}
    return [
        name
        for name in one.allow_headers
        if name.lower() not in allowed and ("*" not in allowed or name == "Authorization")
    ]


def _of_redirects(rows: Iterable[Row]) -> Iterator[Told]:
    for row in rows:
        if row.kind == "redirect" and urlsplit(row.name).netloc:
            message = f"the router sends this on to {row.name!r}, where no policy of this app holds"
            advice = "write a path if that is this app's own host, else let pages ask there"
            yield "redirect-leaves-app", f"{message}; {advice}", [row]
