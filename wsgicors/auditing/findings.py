"""The findings of an audit: what a reviewer should look at, and what to change."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from .._core.policy import Policy
from .._core.problems import CODES as PROBLEMS
from .._core.problems import Code, Severity
from .._core.risks import BODY_METHODS
from .._introspection import Row, Stray, Survey
from .lines import READING_METHODS, is_usable, join_methods, permits
from .origins import patterns, share_origins, why_unmatched
from .trials import takes_anything, trial_differences

CODES_OF_ROUTES: dict[str, Code] = {
    "mark-above-route": Code("error", "a decorator that the router never sees"),
    "unreached-mark": Code("warning", "a decorated view that no route reaches"),
    "other-cors-layer": Code("warning", "another library that writes CORS headers too"),
    "view-without-policy": Code("warning", "a view without a policy, in an app that has some"),
    "origin-matches-nothing": Code("warning", "an origin that no page can have"),
    "development-origin": Code("warning", "a loopback origin, outside debug mode"),
    "headers-differ": Code("warning", "two policies with different allow_headers at one URL"),
    "redirect-leaves-app": Code("warning", "a redirect by the router to another host"),
    "everybody-may-write": Code("info", "pages of any origin may send more than GET and HEAD"),
    "simple-request-not-listed": Code("info", "a GET or POST that allow_methods cannot stop"),
    "package-without-policy": Code("info", "an installed package with views without a policy"),
    "trial-allows-more": Code("warning", "a trial that allows more than its policy"),
    "trial-takes-nothing": Code("info", "a trial that takes nothing from pages"),
    "accepted-risk": Code("info", "a risk that a policy accepts"),
    "content-type-not-allowed": PROBLEMS["content-type-not-allowed"],
}
"""The codes that the audit itself decides, because they depend on the app and its routes."""

CODES: dict[str, Code] = CODES_OF_ROUTES | {
    code: entry
    for code, entry in PROBLEMS.items()
    if entry.severity != "error" and code not in CODES_OF_ROUTES
}
"""Every code of a finding: those above, and the warnings and notes of single policies."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""All severities, the worst first."""

SIMPLE_METHODS = frozenset({"GET", "POST"})
"""The methods that matter among those that browsers send without a preflight."""

UNREADABLE = "no page on another origin can read {}, unless the app writes CORS headers itself"
"""What it means that views have no policy."""

Hit = tuple[str, str, Sequence[Row]]
"""The code and the message of a finding, and the rows that it applies to."""


MAX_NAMED = 3
"""The most URLs that a finding names; the rows list all."""


NO_DEBUG = (
    ". This app has no debug mode: audit the production configuration, or use --ignore "
    "development-origin while you develop"
)
"""Is added if the audit cannot know that an app runs in development."""


class Finding(NamedTuple):
    """Something for a reviewer to look at, and what to change."""

    severity: Severity
    code: str
    where: str
    """The first of the URLs that cause the finding, and how many more there are; or the view."""
    message: str
    rows: tuple[Row, ...] = ()
    """All rows that cause the finding; none if the cause is a view that no route reaches, or
    another library."""


def audit(survey: Survey) -> list[Finding]:
    """Return the findings of a survey, the worst first.

    :param survey: what :func:`.survey` returned.
    """
    rows = survey.all_rows
    # A message that applies to several routes makes one finding.
    hits: dict[tuple[str, str], list[Row]] = {}
    for code, message, affected in [
        *_find_views(rows),
        *_find_policies(rows, survey),
        *_find_trials(rows),
        *_find_simple_methods(rows),
        *_find_urls(rows),
        *_find_redirects(rows),
    ]:
        hits.setdefault((code, message), []).extend(affected)
    findings = [_of_layer(name) for name in survey.other_layers]
    findings += [_of_stray(stray) for stray in survey.strays]
    for (code, message), affected in hits.items():
        causes = tuple({(row.url, row.method): row for row in affected}.values())
        findings.append(_finding(code, name_rows(causes), message, causes))
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def _finding(code: str, where: str, message: str, rows: tuple[Row, ...] = ()) -> Finding:
    return Finding(CODES[code].severity, code, where, message, rows)


def name_rows(rows: Sequence[Row]) -> str:
    """Name the first URLs, and count the others."""
    if rows[0].kind == "app":
        return "the whole app"
    rows_of_url: dict[str, list[Row]] = {}
    for row in rows:
        rows_of_url.setdefault(row.url, []).append(row)
    named = [_name_url(url, its_rows) for url, its_rows in rows_of_url.items()][:MAX_NAMED]
    more = len(rows_of_url) - MAX_NAMED
    also = f" and {more} more URL{'s' if more > 1 else ''}" if more > 0 else ""
    return "; ".join(named) + also


def _name_url(url: str, rows: Sequence[Row]) -> str:
    """Return the methods at a URL, the URL, and where the code is."""
    places = ", ".join(dict.fromkeys(row.place for row in rows if row.place))
    named = f"{join_methods(row.method for row in rows)} {url}".removeprefix("* ")
    return f"{named} ({places})" if places else named


def _of_layer(name: str) -> Finding:
    message = (
        f"{name} writes CORS headers beside wsgicors: it may answer preflights, and pages may read "
        f"what wsgicors leaves without CORS. Remove one of the two."
    )
    return _finding("other-cors-layer", "the whole app", message)


def _of_stray(stray: Stray) -> Finding:
    where = f"{stray.name} ({stray.place})" if stray.place else stray.name
    if stray.is_above_route:
        message = (
            "@cors is above another decorator and the route is below it, so the router never "
            "sees the policy. Put the route first."
        )
        return _finding("mark-above-route", where, message)
    if stray.hidden_by:
        message = (
            f"The router has {stray.hidden_by} instead, made by a decorator that does not use "
            f"functools.wraps, so it never sees the policy. Use functools.wraps in the decorator, "
            f"or move @cors above it."
        )
        return _finding("unreached-mark", where, message)
    message = (
        "This is decorated with @cors, but no route of this app reaches it. Add its route or "
        "register its blueprint, or decorate the view that has replaced it. Remove @cors only if "
        "the view is not used."
    )
    return _finding("unreached-mark", where, message)


def _find_views(rows: Sequence[Row]) -> Iterator[Hit]:
    """Find views without a policy, if others have one."""
    if all(row.policy is None for row in rows):
        return
    lacking = [row for row in rows if row.kind == "none" and not _is_static(row)]
    for row in lacking:
        if not row.package:
            message = (
                f"{row.endpoint!r} has no CORS policy, so {UNREADABLE.format('it')}. Add "
                f"@cors(policy), or @cors(None) if this is intended."
            )
            yield "view-without-policy", message, [row]
    packages = dict.fromkeys(row.package for row in lacking if row.package)
    for package in packages:
        affected = [row for row in lacking if row.package == package]
        first = affected[0]
        message = (
            f"views of the installed package {package!r} have no CORS policy, so "
            f"{UNREADABLE.format('them')}. If pages should read one of them, add it to the table: "
            f"{first.table}={{{first.endpoint!r}: policy}}."
        )
        yield "package-without-policy", message, affected


def _is_static(row: Row) -> bool:
    """Return whether this is Flask's view of files: pages load scripts and images without CORS."""
    return row.endpoint.rpartition(".")[2] == "static"


def _find_policies(rows: Iterable[Row], survey: Survey) -> Iterator[Hit]:
    for policy, all_rows in _by_policy(rows):
        routes = [row for row in all_rows if row.is_route]
        its_rows = routes or all_rows
        usable = [row for row in its_rows if is_usable(policy, row.method)] or its_rows
        for code, message in [*_check_origins(policy, survey), *_check_risks(policy)]:
            yield code, message, usable
        for problem in policy.problems:
            if problem.code not in CODES_OF_ROUTES:
                named = [row for row in its_rows if row.method == str(problem.value).upper()]
                yield problem.code, f"{problem.setting}: {problem.message}", named or usable
        if routes:
            yield from _check_methods(policy, routes)


def _by_policy(rows: Iterable[Row]) -> list[tuple[Policy, list[Row]]]:
    policies: list[tuple[Policy, list[Row]]] = []  # a list, because some policies have no hash
    for row in rows:
        equal = next((its_rows for policy, its_rows in policies if policy == row.policy), None)
        if equal is not None:
            equal.append(row)
        elif row.policy is not None:
            policies.append((row.policy, [row]))
    return policies


def _check_origins(policy: Policy, survey: Survey) -> Iterator[tuple[str, str]]:
    """Yield a code and a message for each entry that a reviewer should look at."""
    for setting, entry, pattern in patterns(policy):
        if pattern.is_loopback and not survey.debug:
            off, more = (", but debug mode is off", "") if survey.has_debug_mode else ("", NO_DEBUG)
            message = (
                f"{setting}: {entry!r} is a development origin{off}: any program on a visitor's "
                f"machine can serve pages there, so allow it only in development{more}"
            )
            yield "development-origin", message
        if why := why_unmatched(pattern):
            message = f"{setting}: {entry!r} matches no page: {why}; correct or remove it"
            yield "origin-matches-nothing", message


def _check_risks(policy: Policy) -> Iterator[tuple[str, str]]:
    for code in policy.accept_risks:
        message = (
            f"accept_risks: {code!r} ({PROBLEMS[code].meaning}); check that the reason to accept "
            f"this risk still holds"
        )
        yield "accepted-risk", message


def _check_methods(policy: Policy, rows: Sequence[Row]) -> Iterator[Hit]:
    """Find methods that write, where this depends on what the routes serve."""
    listed = {*(policy.allow_methods or ())}
    served = {row.method for row in rows if permits(policy.allow_methods, row.method)}
    if rows[0].method == "*":  # without a router, only the policy names methods
        served = listed
    writing = served - READING_METHODS - {"*"}
    if writing and policy.allows_everybody:
        message = (
            f"allow_origins: pages of any origin may send {', '.join(sorted(writing))}, though "
            f"without cookies{_unless_listed(policy)}; list the origins unless this is intended"
        )
        yield "everybody-may-write", message, _with_methods(rows, writing)
    bodies = (served | listed) & BODY_METHODS
    if bodies and not {"*", "content-type"} & {name.lower() for name in policy.allow_headers}:
        message = (
            f"allow_headers: browsers will block {', '.join(sorted(bodies))} with a JSON body; add "
            f"'Content-Type' if pages send it"
        )
        yield "content-type-not-allowed", message, _with_methods(rows, bodies)


def _unless_listed(policy: Policy) -> str:
    """Return which pages of any origin may send cookies too."""
    return "" if policy.allow_credentials is False else ", unless allow_credentials lists them"


def _with_methods(rows: Sequence[Row], methods: Collection[str]) -> Sequence[Row]:
    """Return the rows with one of these methods; all if only the policy names such a method."""
    return [row for row in rows if row.method in methods] or rows


def _find_trials(rows: Iterable[Row]) -> Iterator[Hit]:
    """Find trials that allow more than their policy, and those that take nothing."""
    for tried in _by_trial(rows):
        if gains := [one for one in trial_differences(tried) if one.wider]:
            added = "; ".join(f"{one.right}: {', '.join(one.added)}" for one in gains)
            message = (
                f"The trial also allows {added}. No report shows what pages gain, so review this "
                f"as you would review a change of the policy."
            )
            yield "trial-allows-more", message, tried
        if not takes_anything(tried):
            message = (
                "The trial takes nothing from pages, so it reports nothing. Correct its settings, "
                "or end the trial."
            )
            yield "trial-takes-nothing", message, tried


def _by_trial(rows: Iterable[Row]) -> list[list[Row]]:
    groups: list[list[Row]] = []
    for row in rows:
        key = row.policy, row.trial
        same = next((one for one in groups if (one[0].policy, one[0].trial) == key), None)
        if same is not None:
            same.append(row)
        elif row.trial is not None:
            groups.append([row])
    return groups


def _find_simple_methods(rows: Iterable[Row]) -> Iterator[Hit]:
    """Find methods that ``allow_methods`` leaves out, and that need no preflight."""
    for row in rows:
        if row.policy is None or row.method not in SIMPLE_METHODS or not row.is_route:
            continue
        if not permits(row.policy.allow_methods, row.method):
            message = (
                f"allow_methods leaves out {row.method}, but browsers send simple requests without "
                f"a preflight, so pages can still send such a {row.method} and read the response. "
                f"Add it if this is intended; otherwise use a view of its own with @cors(None)."
            )
            yield "simple-request-not-listed", message, [row]


def _find_urls(rows: Iterable[Row]) -> Iterator[Hit]:
    """Find URLs where a browser's cache applies one policy's allow_headers to another method."""
    urls: dict[str, list[Row]] = {}
    for row in rows:
        urls.setdefault(row.url.removesuffix(f" ({row.condition})"), []).append(row)
    for rows_of_url in urls.values():
        for policy, its_rows in (policies := _by_policy(rows_of_url)):
            affected: dict[str, list[Row]] = {}
            for other, other_rows in policies:
                if carried := _carried_headers(policy, other):
                    names = ", ".join("any header" if name == "*" else name for name in carried)
                    affected.setdefault(names, []).extend(other_rows)
            for names, others in affected.items():
                method = join_methods(row.method for row in its_rows)
                methods = join_methods(row.method for row in others)
                message = (
                    f"Browsers remember allowed headers by URL: a page that may send {names} with "
                    f"{method} can also send {names} with {methods}, without a new preflight. Use "
                    f"the same allow_headers for all, or max_age=0."
                )
                yield "headers-differ", message, [*its_rows, *others]


def _carried_headers(policy: Policy, other: Policy) -> list[str]:
    """Return the headers that only ``policy`` allows, and that browsers remember for a URL."""
    if policy.max_age == 0 or not share_origins(policy, other):
        return []
    allowed = {name.lower() for name in other.allow_headers}
    return [
        name
        for name in policy.allow_headers
        if name.lower() not in allowed and ("*" not in allowed or name == "Authorization")
    ]


def _find_redirects(rows: Iterable[Row]) -> Iterator[Hit]:
    """Find redirects by the router to another host."""
    for row in rows:
        if row.kind == "redirect" and urlsplit(row.name).netloc:
            message = (
                f"The router redirects to {row.name!r}, which this app's policies do not cover. If "
                f"that is this app's own host, redirect to a path; otherwise have pages request "
                f"that URL directly."
            )
            yield "redirect-leaves-app", message, [row]
