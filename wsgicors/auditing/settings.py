"""The settings of a policy as plain values, for JSON and comparisons."""

from typing import TypedDict

from .._core.policy import Policy
from .callables import name_callable


class SettingsJSON(TypedDict):
    """The settings of a policy."""

    allow_origins: list[str]
    allow_methods: list[str] | None
    allow_headers: list[str]
    expose_headers: list[str]
    allow_credentials: bool | list[str]
    max_age: int | None
    accept_risks: list[str]


def settings_of(policy: Policy) -> SettingsJSON:
    """Return the settings of a policy as plain values."""
    credentials = policy.allow_credentials
    return {
        "allow_origins": [entry_text(entry) for entry in policy.allow_origins],
        "allow_methods": None if policy.allow_methods is None else list(policy.allow_methods),
        "allow_headers": list(policy.allow_headers),
        "expose_headers": list(policy.expose_headers),
        "allow_credentials": credentials if isinstance(credentials, bool) else list(credentials),
        "max_age": policy.max_age,
        "accept_risks": list(policy.accept_risks),
    }


def entry_text(entry: object) -> str:
    """Return an entry of ``allow_origins``; for a callable its name with a digest of its code."""
    return entry if isinstance(entry, str) else name_callable(entry)
