"""Domains under which unrelated people hold names, by the Public Suffix List."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .origins import DEFAULT_PORTS, Pattern

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

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
        "localhost",
        "onion",
        "private",
        "test",
    }
)
"""Last labels that are not in the public DNS, but that a local resolver may know."""


def is_public_name(host: str) -> bool:
    """Return whether a host ends in a public suffix, as names on the Internet do."""
    return public_suffix_list().publicsuffix(host.rstrip(".")) is not None


def is_shared(pattern: Pattern) -> bool:
    """Return whether unrelated people hold names under the domain of a pattern, at any depth."""
    return _is_shared(pattern.host) or is_unknown(pattern)


def is_unknown(pattern: Pattern) -> bool:
    """Return whether a domain may be a top-level domain that is newer than the list's data."""
    domain = pattern.host.rstrip(".")
    return (
        pattern.scheme in DEFAULT_PORTS
        and "." not in domain
        and domain not in LOCAL_DOMAINS
        and not is_public_name(domain)
    )


def _is_shared(domain: str) -> bool:
    domain = domain.rstrip(".")
    below = f"x.{domain}"  # where every name under a domain is a suffix, so is this one
    suffixes = public_suffix_list()
    return (
        domain == suffixes.publicsuffix(domain)
        or below == suffixes.publicsuffix(below)
        or domain in _domains_above_suffixes()
    )


@cache
def public_suffix_list() -> "PublicSuffixList":
    """Return the Public Suffix List; a domain that ends in no listed suffix has none."""
    from publicsuffixlist import PublicSuffixList  # here, because it loads 10,000 rules

    return PublicSuffixList(accept_unknown=False)


@cache
def _domains_above_suffixes() -> frozenset[str]:
    """Return the domains that have a public suffix below them."""
    from publicsuffixlist import PSLFILE

    above: set[str] = set()
    for rule in Path(PSLFILE).read_text("utf-8").split("\n"):
        while rule and not rule.startswith("//"):
            rule = rule.partition(".")[2]
            above.add(rule)
    return frozenset(above)
