"""Entries of ``allow_origins``: what they cover, overlap with, and cannot match."""

from collections.abc import Iterator

from .._core.origins import Pattern
from .._core.policy import Policy
from .._core.public_suffixes import LOCAL_DOMAINS, is_public_name
from .._core.sources import OriginSource

PAGELESS_SCHEMES = frozenset({"ftp", "git", "ldap", "mailto", "sftp", "ssh", "tel"})
"""Schemes of URLs that browsers do not open as pages."""

SWAPPED_PORTS = {"http": 443, "https": 80}
"""The default port of the other scheme, by scheme."""


def share_origins(policy: Policy, other: Policy) -> bool:
    """Return whether both policies may allow the same origin; an audit loads no origins."""
    entries = (*policy.allow_origins, *other.allow_origins)
    if any(isinstance(entry, OriginSource) for entry in entries):
        return True
    origins, other_origins = _exact_origins(policy), _exact_origins(other)
    if origins is not None and other_origins is not None:
        return not origins.isdisjoint(other_origins)
    if origins is not None:
        return any(other.allows(origin) for origin in origins)
    if other_origins is not None:
        return any(policy.allows(origin) for origin in other_origins)
    return True  # patterns and callables may overlap


def patterns(policy: Policy) -> Iterator[tuple[str, str, Pattern]]:
    """Yield the entries with a scheme and a host: not callables, ``"*"`` or opaque origins.

    Each is with its setting. An entry of both settings is of ``allow_origins``.
    """
    allowed, listed = policy.allow_origins, policy.allow_credentials
    entries: list[tuple[str, object]] = [("allow_origins", entry) for entry in allowed]
    if not isinstance(listed, bool):
        entries += [("allow_credentials", entry) for entry in listed if entry not in allowed]
    for setting, entry in entries:
        if isinstance(entry, str) and (pattern := Pattern.parse(entry)) is not None:
            yield setting, entry, pattern


def why_unmatched(pattern: Pattern) -> str | None:
    """Return why no page can have such an origin, or ``None`` if a page can."""
    scheme, host, port, _ = pattern
    labels = host.rstrip(".").split(".")
    if scheme in PAGELESS_SCHEMES:
        return f"browsers do not open {scheme}: URLs as pages"
    if port is not None and port == SWAPPED_PORTS.get(scheme):
        return f"port {port} is not for {scheme}"
    is_address = host.startswith("[") or labels[-1].isdigit()
    is_web = scheme in SWAPPED_PORTS  # another scheme, of an extension or an app, has no domain
    is_local = len(labels) == 1 or pattern.is_loopback or labels[-1] in LOCAL_DOMAINS
    if is_address or not is_web or is_local or is_public_name(host):
        return None
    return f"{labels[-1]!r} is not a top-level domain"


def _exact_origins(policy: Policy) -> set[str] | None:
    """Return all origins of a policy, or ``None`` if it has patterns or callables."""
    exact = {entry for entry in policy.allow_origins if isinstance(entry, str) and "*" not in entry}
    return exact if len(exact) == len(policy.allow_origins) else None
