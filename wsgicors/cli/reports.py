"""What an audit says about the whole app and about findings, in words."""

from collections.abc import Iterable, Iterator, Sequence
from posixpath import commonpath

from ..auditing import Difference, Finding, Line, PolicyUse, Row, Survey, trial_differences
from ..auditing.about import versions
from ..auditing.lines import join_methods, rights_of, writes_with_cookies

ROUTE_HEADS = ["URL", "Methods", "Origins that may read", "Permissions", "Decided by", "View"]
POLICY_HEADS = ["Policy", "URLs", "Origins that may read", "Permissions", "Written at"]
NO_ROUTES = "This app has no routes."
UNNAMED = "unnamed"

NAMES = {"error": "errors", "warning": "warnings", "info": "info"}
"""What several findings of each severity are called."""


FOLDED = 4
"""The fewest URLs of an installed package that become one line."""


def fold_packages(lines: Sequence[Line]) -> list[Line]:
    """Make one line of all routes without a policy of an installed package, such as an admin site.

    The routes of a line begin with the same part of a path.
    """
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        groups.setdefault(_package_of(line), []).append(line)
    folded: list[Line] = []
    for line in lines:
        package = _package_of(line)
        number = len({one.url for one in groups[package]}) if package else 1
        if number < FOLDED:
            folded.append(line)
        elif line is groups[package][0]:
            folded.append(_fold(groups[package], number))
    return folded


def _package_of(line: Line) -> tuple[str, ...]:
    """Return the package of a line without a policy and how its URL begins; else nothing."""
    row, packages = line.rows[0], {row.package for row in line.rows}
    is_folded = row.package and row.kind == "none" and len(packages) == 1
    return (row.package, *line.url.split("/")[:2]) if is_folded else ()


def _fold(group: Sequence[Line], number: int) -> Line:
    """Return one line for several lines of a package."""
    first = group[0]
    rows = [row for line in group for row in line.rows]
    below = commonpath([line.url for line in group]).rstrip("/")
    return first._replace(
        url=f"{below}/… ({count(number, 'URL')})",
        methods=join_methods(row.method for row in rows),
        view=f"installed package {first.rows[0].package!r}",
        place="",
        rows=rows,
    )


def introduce(survey: Survey) -> list[str]:
    """Return lines that say which app this is, and how many of its URLs have a policy."""
    name, framework, configuration = survey.about
    used = [framework, *(f"{name} {number}" for name, number in versions().items() if number)]
    mode = (
        "debug mode on, so development-origin is not checked" if survey.debug else "debug mode off"
    )
    app = f"{name}: " if name else ""
    lines = [app + ", ".join([*filter(None, used), mode])]
    lines += [", ".join(f"{key}={value}" for key, value in configuration.items())]
    if any(row.method != "*" for row in survey.rows):  # without a router, URLs are not known
        lines.append(", ".join(_count_urls(survey)))
    return [*filter(None, lines)]


def _count_urls(survey: Survey) -> Iterator[str]:
    rows = [row for row in survey.rows if row.kind != "redirect"]
    urls = {row.url for row in rows}
    covered = {row.url for row in rows if row.policy is not None}
    writing = {row.url for row in rows if writes_with_cookies(row)}
    yield f"{count(len(urls), 'URL')}, {len(covered)} with a policy"
    yield f"{len(writing)} where pages can change data with cookies"


def count(number: int, what: str) -> str:
    """Return a number of things, in words."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def count_findings(findings: Sequence[Finding]) -> str:
    """Return how many findings of each severity there are."""
    numbers = {name: sum(found.severity == name for found in findings) for name in NAMES}
    counts = [
        f"{number} {name if number == 1 else NAMES[name]}"
        for name, number in numbers.items()
        if number
    ]
    return "Findings: " + (", ".join(counts) or "none")


def describe_differences(differences: Iterable[Difference]) -> list[str]:
    """Return a line for each right that was added (``+``) or removed (``-``)."""
    return [
        f"{sign} {difference.right}: {item}"
        for difference in differences
        for sign, items in (("+", difference.added), ("-", difference.removed))
        for item in items
    ]


def describe_trial(rows: Sequence[Row]) -> list[str]:
    """Return what the trial of the policy of these rows would change, if it has one."""
    if rows[0].trial is None:
        return []
    lines = describe_differences(trial_differences(rows)) or ["no difference"]
    return [f"trial: {line}" for line in lines]


def permissions_of(use: PolicyUse) -> list[str]:
    """Return what a policy lets pages do besides reading, at any route, and its trial."""
    rights, methods = rights_of(use.policy, ()), use.policy.allow_methods
    if methods is not None:
        rights.append("use " + (", ".join(methods) or "no methods"))
    return [*rights, *describe_trial(use.rows or [Row("*", "*", "", use.policy, "app")])]


def name_of(use: PolicyUse) -> str:
    """Return the name of a policy, and whether it is another one with changes."""
    changed = ", changed" if use.is_refined else ""
    return f"{use.name!r}{changed}" if use.name else ""
