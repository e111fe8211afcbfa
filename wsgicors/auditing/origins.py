"""What an entry of ``allow_origins`` covers, and whether anything matches it."""

from collections.abc import Collection, Iterable

from ..core.allowlist import wider_spellings
from ..core.origins import Pattern
from ..core.policy import Policy
from ..core.risks import is_public_name

PAGELESS_SCHEMES = frozenset({"ftp", "git", "ldap", "mailto", "sftp", "ssh", "tel"})
"""Schemes that no browser opens a page under."""

SWAPPED_PORTS = {"http": 443, "https": 80}
"""Ports that belong to the other scheme."""

MAX_LABEL = 63
"""Characters in one label of a DNS name (RFC 1035, section 2.3.4)."""

LOCAL_DOMAINS = frozenset(
    {
        "alt",
        "arpa",
        "corp",
        "example",
        "home",
        "internal",
        "intranet",
        "lan",
        "local",
        "localdomain",
        "onion",
        "private",
        "test",
    }
)
"""Last labels that are not in the public DNS and may be known to somebody's own resolver."""


def covers(origins: Collection[str], text: str) -> bool:
    """Tell whether all that one entry admits is admitted by these entries."""
    if text in origins or "*" in origins:
        return True
    parts = Pattern.parse(text)
    return parts is not None and any(wider in origins for wider in wider_spellings(parts))


def share_origins(one: Policy, other: Policy) -> bool:
    """Tell whether some origin may be admitted by both."""
    first, second = _exact(one), _exact(other)
    if first is not None and second is not None:
        return not first.isdisjoint(second)
    if first is not None:
        return any(other.allows(origin) for origin in first)
    if second is not None:
        return any(one.allows(origin) for origin in second)
    return True  # two patterns may overlap


def _exact(policy: Policy) -> set[str] | None:
    """Return all origins of a policy, or ``None`` if they are not all written out."""
    texts = {text for text in policy.allow_origins if isinstance(text, str)}
    written_out = len(texts) == len(policy.allow_origins) and not any("*" in t for t in texts)
    return texts if written_out else None


def patterns(policy: Policy) -> Iterable[tuple[str, Pattern]]:
    """Yield the entries that have parts: neither callables nor ``"*"`` nor opaque origins."""
    for text in policy.allow_origins:
        if isinstance(text, str) and (parts := Pattern.parse(text)) is not None:
            yield text, parts


def why_unmatched(parts: Pattern) -> str | None:
    """Say why no page can have an origin, although it is spelt as browsers spell them."""
    scheme, host, port, _ = parts
    labels = host.rstrip(".").split(".")
    if scheme in PAGELESS_SCHEMES:
        return f"browsers open no pages under {scheme}:"
    if port is not None and port == SWAPPED_PORTS.get(scheme):
        return f"nothing serves {scheme} on port {port}"
    if any(len(label) > MAX_LABEL for label in labels):
        return f"no label of a host is longer than {MAX_LABEL} characters"
    is_address = host.startswith("[") or labels[-1].isdigit()
    is_named = scheme not in SWAPPED_PORTS or len(labels) == 1 or parts.is_loopback
    if is_address or is_named or labels[-1] in LOCAL_DOMAINS or is_public_name(host):
        return None
    return f"there is no top-level domain {labels[-1]!r}"
