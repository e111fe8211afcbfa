"""The JSON form of an audit: stable, versioned, and enough to compare two audits."""

import json
from collections.abc import Iterable
from typing import Any, TypedDict, cast

from .._core.policy import Policy
from .._introspection import Row, Survey
from .about import versions
from .findings import Finding
from .lines import writes_with_cookies
from .policies import PolicyUse, list_policies
from .settings import SettingsJSON, settings_of

VERSION = 1
"""The version of the JSON form; a change that older readers would misread increases it."""


class SourceJSON(TypedDict):
    """What gives a policy to a route."""

    kind: str
    name: str
    place: str


class RouteJSON(TypedDict):
    """A row, with its policy as settings."""

    url: str
    """The URL as the router's rule has it, and the condition in parentheses if there is one."""
    condition: str
    method: str
    endpoint: str
    policy: SettingsJSON | None
    trial: SettingsJSON | None
    """The settings that the policy has on trial."""
    source: SourceJSON
    place: str
    view: str
    policy_place: str
    writes_with_cookies: list[str]
    """The methods that change data, and that pages may send with cookies."""


class CauseJSON(TypedDict):
    """Which row causes a finding."""

    url: str
    method: str


class FindingJSON(TypedDict):
    """A finding."""

    severity: str
    code: str
    where: str
    message: str
    rows: list[CauseJSON]
    """All rows that cause it."""


class PolicyJSON(TypedDict):
    """A policy, and how many URLs have it."""

    name: str
    is_refined: bool
    place: str
    urls: int
    settings: SettingsJSON
    trial: SettingsJSON | None


class AppJSON(TypedDict):
    """Which app was audited."""

    name: str
    framework: str
    debug: bool
    configuration: dict[str, str]
    versions: dict[str, str]


class Document(TypedDict):
    """An audit."""

    version: int
    app: AppJSON
    policies: list[PolicyJSON]
    rows: list[RouteJSON]
    findings: list[FindingJSON]


def document(survey: Survey, findings: Iterable[Finding] = ()) -> Document:
    """Return an audit as plain values for ``json.dumps``."""
    return {
        "version": VERSION,
        "app": app_of(survey),
        "policies": [*map(_policy, list_policies(survey))],
        "rows": [*map(_route, survey.all_rows)],
        "findings": [*map(finding_of, findings)],
    }


def app_of(survey: Survey) -> AppJSON:
    """Return which app was surveyed, and with which versions."""
    name, framework, configuration = survey.about
    return {
        "name": name,
        "framework": framework,
        "debug": survey.debug,
        "configuration": dict(configuration),
        "versions": versions(),
    }


def _policy(use: PolicyUse) -> PolicyJSON:
    return {
        "name": use.name,
        "is_refined": use.is_refined,
        "place": use.place,
        "urls": use.urls,
        "settings": settings_of(use.policy),
        "trial": _optional_settings(use.policy.trial),
    }


def finding_of(finding: Finding) -> FindingJSON:
    """Return a finding as plain values."""
    return {
        "severity": finding.severity,
        "code": finding.code,
        "where": finding.where,
        "message": finding.message,
        "rows": [{"url": row.url, "method": row.method} for row in finding.rows],
    }


def _route(row: Row) -> RouteJSON:
    return {
        "url": row.url,
        "condition": row.condition,
        "method": row.method,
        "endpoint": row.endpoint,
        "policy": _optional_settings(row.policy),
        "trial": _optional_settings(row.trial),
        "source": {"kind": row.kind, "name": row.name, "place": row.source_place},
        "place": row.place,
        "view": row.view,
        "policy_place": row.policy_place,
        "writes_with_cookies": writes_with_cookies(row),
    }


def _optional_settings(policy: Policy | None) -> SettingsJSON | None:
    return None if policy is None else settings_of(policy)


def read_document(text: str | bytes) -> Document:
    """Read the JSON of an earlier audit.

    :param text: the JSON, or its bytes in UTF-8, UTF-16 or UTF-32.
    :raises ValueError: if the text is not an audit, or has another version.
    """
    advice = "create an audit with: wsgicors audit --app module:app --format json"
    try:
        audit = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is not JSON ({error}); {advice}") from None
    if not isinstance(audit, dict) or "version" not in audit:
        raise ValueError(f"this is not an audit; {advice}")
    if audit["version"] != VERSION:
        raise ValueError(f"this audit has version {audit['version']!r}, not {VERSION}; {advice}")
    if not isinstance(cast("dict[str, Any]", audit).setdefault("app", {}), dict):
        raise ValueError(f"the app of this audit is not an object; {advice}")
    for name, is_right, what in (
        ("rows", _is_route, "row of an audit"),
        ("findings", _is_finding, "finding"),
    ):
        items = cast("dict[str, Any]", audit).get(name)
        if not isinstance(items, list):
            raise ValueError(f"this audit has no list of {name}; {advice}")
        for number, item in enumerate(cast("list[object]", items)):
            if not is_right(item):
                raise ValueError(f"{name}[{number}] is not a {what}: {item!r:.80}; {advice}")
    return cast("Document", audit)


def _is_route(row: object) -> bool:
    """Return whether a row has every field that a comparison reads, with the right type."""
    if not isinstance(row, dict):
        return False
    fields = cast("dict[str, object]", row)
    source = fields.get("source")
    kind = cast("dict[str, object]", source).get("kind") if isinstance(source, dict) else None
    names = ("url", "condition", "method", "endpoint", "view", "place")
    if not _is_strings([*map(fields.get, names), kind]):
        return False
    policy = fields.get("policy", "")
    if policy is None:
        return True
    if not isinstance(policy, dict):
        return False
    settings = cast("dict[str, object]", policy)
    lists = [settings.get(name) for name in ("allow_origins", "allow_headers", "expose_headers")]
    methods = settings.get("allow_methods", "missing")
    lists.append([] if methods is None else methods)
    credentials = settings.get("allow_credentials")
    lists.append([] if isinstance(credentials, bool) else credentials)
    return all(map(_is_strings, lists))


def _is_finding(finding: object) -> bool:
    if not isinstance(finding, dict):
        return False
    fields = cast("dict[str, object]", finding)
    causes = fields.get("rows")
    if not isinstance(causes, list):
        return False
    texts = [fields.get(name) for name in ("severity", "code", "where", "message")]
    for cause in cast("list[object]", causes):
        if not isinstance(cause, dict):
            return False
        texts += [cast("dict[str, object]", cause).get(name) for name in ("url", "method")]
    return _is_strings(texts)


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, str) for item in cast("list[object]", value)
    )
