"""The JSON form of an audit: stable, versioned, and enough to compare two audits."""

import json
from collections.abc import Iterable
from typing import Any, TypedDict, cast

from .._core.policy import Policy
from .._introspection import Row
from .findings import Finding

VERSION = 1
"""The version of the JSON form; a change that older readers would misread increases it."""


class SettingsJSON(TypedDict):
    """The settings of a policy."""

    allow_origins: list[str]
    allow_methods: list[str] | None
    allow_headers: list[str]
    expose_headers: list[str]
    allow_credentials: bool
    max_age: int | None
    accept_risks: list[str]


class SourceJSON(TypedDict):
    """Where a policy comes from."""

    kind: str
    name: str


class RouteJSON(TypedDict):
    """A row, with its policy as settings."""

    url: str
    method: str
    endpoint: str
    policy: SettingsJSON | None
    source: SourceJSON
    place: str


class Document(TypedDict):
    """An audit."""

    version: int
    rows: list[RouteJSON]
    findings: list[dict[str, str]]


def document(rows: Iterable[Row], findings: Iterable[Finding] = ()) -> Document:
    """Return rows and findings as plain values for ``json.dumps``."""
    return {
        "version": VERSION,
        "rows": [_route(row) for row in rows],
        "findings": [finding._asdict() for finding in findings],
    }


def _route(row: Row) -> RouteJSON:
    return {
        "url": row.url,
        "method": row.method,
        "endpoint": row.endpoint,
        "policy": None if row.policy is None else settings_of(row.policy),
        "source": {"kind": row.kind, "name": row.name},
        "place": row.place,
    }


def settings_of(policy: Policy) -> SettingsJSON:
    """Return the settings of a policy as plain values."""
    return {
        "allow_origins": [entry_text(entry) for entry in policy.allow_origins],
        "allow_methods": None if policy.allow_methods is None else list(policy.allow_methods),
        "allow_headers": list(policy.allow_headers),
        "expose_headers": list(policy.expose_headers),
        "allow_credentials": policy.allow_credentials,
        "max_age": policy.max_age,
        "accept_risks": list(policy.accept_risks),
    }


def entry_text(entry: object) -> str:
    """Return an entry of ``allow_origins``; for a callable its name, which no origin can equal."""
    if isinstance(entry, str):
        return entry
    named = entry if hasattr(entry, "__qualname__") else type(entry)
    return f"callable {named.__module__}.{cast('Any', named).__qualname__}"


def read_document(text: str) -> Document:
    """Read the JSON of an earlier audit.

    :raises ValueError: if the text is not an audit, or has another version.
    """
    advice = "create an audit with: wsgicors audit --app module:app --format json"
    try:
        read = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is not JSON ({error}); {advice}") from None
    if not isinstance(read, dict) or "version" not in read:
        raise ValueError(f"this is not an audit; {advice}")
    if read["version"] != VERSION:
        raise ValueError(f"this audit has version {read['version']!r}, not {VERSION}; {advice}")
    rows = cast("dict[str, Any]", read).get("rows")
    if not isinstance(rows, list):
        raise ValueError(f"this audit has no list of rows; {advice}")
    for number, row in enumerate(cast("list[object]", rows)):
        if not _is_route(row):
            raise ValueError(f"rows[{number}] is not a row of an audit: {row!r:.80}; {advice}")
    return cast("Document", read)


def _is_route(row: object) -> bool:
    """Return whether a row has every field that a comparison reads, with the right type."""
    if not isinstance(row, dict):
        return False
    fields = cast("dict[str, object]", row)
    source = fields.get("source")
    kind = cast("dict[str, object]", source).get("kind") if isinstance(source, dict) else None
    if not _is_strings([fields.get("url"), fields.get("method"), fields.get("place"), kind]):
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
    return all(map(_is_strings, lists)) and isinstance(settings.get("allow_credentials"), bool)


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, str) for item in cast("list[object]", value)
    )
