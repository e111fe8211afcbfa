"""The JSON form of an audit: stable, versioned, and all that two audits are compared by."""

import json
from collections.abc import Iterable
from typing import Any, TypedDict, cast

from ..core.policy import Policy
from ..surveying import Row
from .findings import Finding

VERSION = 1
"""Of the form; it grows when a program that reads an old one would misread a new one."""


class Settings(TypedDict):
    """What a policy grants."""

    allow_origins: list[str]
    allow_methods: list[str] | None
    allow_headers: list[str]
    expose_headers: list[str]
    allow_credentials: bool
    max_age: int | None
    accept_risks: list[str]


class Source(TypedDict):
    """Where a policy comes from."""

    kind: str
    name: str


class Route(TypedDict):
    """A row; its policy as plain settings."""

    url: str
    method: str
    endpoint: str
    policy: Settings | None
    source: Source
    place: str


class Document(TypedDict):
    """A whole audit."""

    version: int
    rows: list[Route]
    findings: list[dict[str, str]]


def document(rows: Iterable[Row], findings: Iterable[Finding] = ()) -> Document:
    """Return rows and findings as plain values, for ``json.dumps``."""
    return {
        "version": VERSION,
        "rows": [_route(row) for row in rows],
        "findings": [finding._asdict() for finding in findings],
    }


def _route(row: Row) -> Route:
    return {
        "url": row.url,
        "method": row.method,
        "endpoint": row.endpoint,
        "policy": None if row.policy is None else settings_of(row.policy),
        "source": {"kind": row.kind, "name": row.name},
        "place": row.place,
    }


def settings_of(policy: Policy) -> Settings:
    """Return a policy's settings as JSON has them; a callable is its name."""
    return {
        "allow_origins": [spell(item) for item in policy.allow_origins],
        "allow_methods": None if policy.allow_methods is None else list(policy.allow_methods),
        "allow_headers": list(policy.allow_headers),
        "expose_headers": list(policy.expose_headers),
        "allow_credentials": policy.allow_credentials,
        "max_age": policy.max_age,
        "accept_risks": list(policy.accept_risks),
    }


def spell(item: object) -> str:
    """Spell an entry of ``allow_origins``; that of a callable is none that an origin can have."""
    if isinstance(item, str):
        return item
    named = item if hasattr(item, "__qualname__") else type(item)
    return f"callable {named.__module__}.{cast('Any', named).__qualname__}"


def read_document(text: str) -> Document:
    """Read what an earlier audit wrote.

    :raises ValueError: if it is not that, or of another version.
    """
    make = "make one with: wsgicors audit --app module:app --format json"
    try:
        read = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is no JSON ({error}); {make}") from None
    if not isinstance(read, dict) or "version" not in read:
        raise ValueError(f"this is no audit; {make}")
    if read["version"] != VERSION:
        raise ValueError(f"this audit has version {read['version']!r}, not {VERSION}; {make}")
    rows = cast("dict[str, Any]", read).get("rows")
    if not isinstance(rows, list):
        raise ValueError(f"this audit has no list of rows; {make}")
    for number, row in enumerate(cast("list[object]", rows)):
        if not _is_route(row):
            raise ValueError(f"rows[{number}] is no row of an audit: {row!r:.80}; {make}")
    return cast("Document", read)


def _is_route(row: object) -> bool:
    """Check what a comparison reads of a row."""
    if not isinstance(row, dict):
        return False
    fields = cast("dict[str, object]", row)
    if not _is_strings([fields.get("url"), fields.get("method"), fields.get("place")]):
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
