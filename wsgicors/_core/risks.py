"""Risks that only show when settings are seen together: which origins are trusted with what.

Each check is a row of docs/misconfigurations.md.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .problems import Problems
from .validation import ParsedOrigins

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

BODY_METHODS = frozenset({"PATCH", "POST", "PUT"})
"""Methods that usually have a body, and therefore a Content-Type."""


def check_origins(origins: ParsedOrigins, credentials: bool, problems: Problems) -> None:
    """Report origins that should not be trusted, or not with cookies."""
    for text, pattern in origins.exact.items():
        if pattern is None:
            _check_opaque(text, credentials, problems)
    for text, pattern in origins.patterns.items():
        if pattern.subdomains and _is_shared(pattern.host):
            code = "public-suffix-wildcard" + ("-with-credentials" if credentials else "")
            message = (
                f"{text!r} allows sites of strangers, because anyone can get a name under "
                f"{pattern.host!r}; use a domain of your own, such as "
                f"'{pattern.scheme}://*.app.{pattern.host}'"
            )
            problems.report(code, "allow_origins", text, message)
    if credentials:
        _check_trusted_with_cookies(origins, problems)


def _check_opaque(text: str, credentials: bool, problems: Problems) -> None:
    why = f"{text!r} is the origin of every sandboxed frame and local file"
    if credentials:
        message = f"{why}, so any page could act with your visitors' cookies; remove it"
        problems.report("opaque-origin-with-credentials", "allow_origins", text, message)
    else:
        message = f"{why}, so it allows any page; use '*' if you mean every origin"
        problems.report("opaque-origin", "allow_origins", text, message)


def _check_trusted_with_cookies(origins: ParsedOrigins, problems: Problems) -> None:
    setting = "allow_origins"
    if origins.everybody:
        message = (
            'browsers do not accept allow_origins="*" with credentials; list the origins you trust'
        )
        problems.report("wildcard-with-credentials", "allow_credentials", True, message)
    for predicate in origins.predicates:
        message = (
            f"{predicate!r} decides at run time which origins are trusted with cookies; "
            "list the origins"
        )
        problems.report("callable-with-credentials", setting, predicate, message)
    for text, pattern in origins.parsed.items():
        if pattern.is_loopback:
            message = f"{text!r} is trusted with cookies; remove it in production"
            problems.report("development-origin", setting, text, message)
        elif pattern.scheme == "http":
            https = f"https{text.removeprefix('http').removesuffix(':443')}"
            message = (
                f"{text!r} is not encrypted, so anyone on the network can add JavaScript to its "
                f"pages and act with your visitors' cookies; use {https!r}"
            )
            problems.report("plain-http-origin", setting, text, message)
        if pattern.subdomains and not pattern.is_loopback:
            message = (
                f"{text!r} trusts every subdomain with cookies, so one vulnerable or abandoned "
                "subdomain puts your visitors' accounts at risk; list the subdomains you trust"
            )
            problems.report("subdomains-with-credentials", setting, text, message)


def check_headers(
    allow_methods: Sequence[str] | None,
    allow_headers: Sequence[str],
    expose_headers: Sequence[str],
    credentials: bool,
    problems: Problems,
) -> None:
    """Report lists of headers that do not have the effect that they seem to have."""
    allowed = {name.lower() for name in allow_headers}
    if credentials and "*" in expose_headers:
        message = (
            "with credentials, browsers treat '*' as a literal header name; "
            "list the headers to expose"
        )
        problems.report("expose-wildcard-with-credentials", "expose_headers", "*", message)
    if credentials and "authorization" in allowed:
        message = (
            "an API with bearer tokens does not need cookies; consider allow_credentials=False"
        )
        problems.report("credentials-with-authorization", "allow_credentials", True, message)
    if "*" in allowed and "authorization" not in allowed:
        message = (
            "'*' does not cover Authorization; if pages send it, "
            'use allow_headers=["*", "Authorization"]'
        )
        problems.report("wildcard-without-authorization", "allow_headers", "*", message)
    bodies = BODY_METHODS.intersection(allow_methods or ())
    if bodies and not allowed & {"*", "content-type"}:
        methods = ", ".join(sorted(bodies))
        message = (
            f"browsers will block JSON bodies ({methods}); add 'Content-Type' if pages send them"
        )
        problems.report("content-type-not-allowed", "allow_headers", tuple(allow_headers), message)


def is_public_name(host: str) -> bool:
    """Return whether a host ends in a public suffix, as names on the Internet do."""
    return public_suffix_list().publicsuffix(host.rstrip(".")) is not None


def _is_shared(domain: str) -> bool:
    """Return whether unrelated people hold names under this domain, at any depth."""
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
