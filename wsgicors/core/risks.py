"""What only shows between settings: whom a policy trusts with what.

Every check here is a row of the table of misconfigurations in the documentation.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .allowlist import OriginsRead
from .problems import Findings

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

BODY_METHODS = frozenset({"PATCH", "POST", "PUT"})
"""Methods that usually carry a body, and so a Content-Type."""


def check_origins(origins: OriginsRead, credentials: bool, findings: Findings) -> None:
    """Report origins that should not be trusted, or not with cookies."""
    for text, parts in origins.exact.items():
        if parts is None:
            _check_opaque(text, credentials, findings)
    for text, pattern in origins.patterns.items():
        if pattern.subdomains and _is_public_suffix(pattern.host):
            code = "public-suffix-wildcard" + ("-with-credentials" if credentials else "")
            message = (
                f"{text!r} admits whoever holds a name under {pattern.host!r}, and anybody can; "
                f"write a domain that is yours, as in '{pattern.scheme}://*.app.{pattern.host}'"
            )
            findings.report(code, "allow_origins", text, message)
    if credentials:
        _check_trusted_with_cookies(origins, findings)


def _check_opaque(text: str, credentials: bool, findings: Findings) -> None:
    what = f"{text!r} is what every sandboxed frame and local file sends, whoever wrote it"
    if credentials:
        message = f"{what}, so none of them can be trusted with cookies; leave it out"
        findings.report("opaque-origin-with-credentials", "allow_origins", text, message)
    else:
        message = f"{what}, so it admits everybody; write '*' if that is what you mean"
        findings.report("opaque-origin", "allow_origins", text, message)


def _check_trusted_with_cookies(origins: OriginsRead, findings: Findings) -> None:
    setting = "allow_origins"
    if origins.everybody:
        message = 'browsers refuse credentials together with allow_origins="*"; '
        message += "list the origins you trust"
        findings.report("wildcard-with-credentials", "allow_credentials", True, message)
    for predicate in origins.predicates:
        message = f"{predicate!r} decides at run time who is trusted with cookies; list the origins"
        findings.report("callable-with-credentials", setting, predicate, message)
    for text, parts in origins.spelt.items():
        if parts.is_loopback:
            message = f"{text!r} is trusted with cookies; leave it out in production"
            findings.report("development-origin", setting, text, message)
        elif parts.scheme == "http":
            written = f"https{text.removeprefix('http').removesuffix(':443')}"
            message = (
                f"{text!r} is not encrypted, so anybody on the way can put script into its pages "
                f"and act with a visitor's cookies; write {written!r}"
            )
            findings.report("plain-http-origin", setting, text, message)
        if parts.subdomains and not parts.is_loopback:
            message = (
                f"{text!r} trusts every subdomain with cookies, and one that is vulnerable or "
                f"abandoned is enough to read them; list the subdomains you trust"
            )
            findings.report("subdomains-with-credentials", setting, text, message)


def check_headers(
    allow_methods: Sequence[str] | None,
    allow_headers: Sequence[str],
    expose_headers: Sequence[str],
    credentials: bool,
    findings: Findings,
) -> None:
    """Report header lists that do not do what they look like."""
    allowed = {name.lower() for name in allow_headers}
    if credentials and "*" in expose_headers:
        message = "with credentials browsers take '*' for a name; list the headers to expose"
        findings.report("expose-wildcard-with-credentials", "expose_headers", "*", message)
    if credentials and "authorization" in allowed:
        message = "an API with bearer tokens needs no cookies; consider allow_credentials=False"
        findings.report("credentials-with-authorization", "allow_credentials", True, message)
    if "*" in allowed and "authorization" not in allowed:
        message = 'Authorization is never covered by "*"; where pages send it, '
        message += 'write allow_headers=["*", "Authorization"]'
        findings.report("wildcard-without-authorization", "allow_headers", "*", message)
    bodies = BODY_METHODS.intersection(allow_methods or ())
    if bodies and not allowed & {"*", "content-type"}:
        methods = ", ".join(sorted(bodies))
        message = f"{methods} with a JSON body will be refused; add 'Content-Type' if pages send it"
        findings.report("content-type-not-allowed", "allow_headers", tuple(allow_headers), message)


def _is_public_suffix(domain: str) -> bool:
    """Tell whether unrelated people hold names at some depth below this domain."""
    domain = domain.rstrip(".")
    below = f"x.{domain}"  # some suffixes are wildcards: every name below them is one too
    suffixes, above = _public_suffixes()
    return (
        domain == suffixes.publicsuffix(domain)
        or below == suffixes.publicsuffix(below)
        or domain in above
    )


def is_public_name(host: str) -> bool:
    """Tell whether a host ends as names on the public Internet end."""
    return _public_suffixes()[0].publicsuffix(host.rstrip(".")) is not None


@cache
def _public_suffixes() -> "tuple[PublicSuffixList, frozenset[str]]":
    """Read the public suffixes, and the domains that have one somewhere below."""
    # Here, because only wildcards need its 10,000 rules.
    from publicsuffixlist import PSLFILE, PublicSuffixList

    rules = Path(PSLFILE).read_text("utf-8").split("\n")
    above: set[str] = set()
    for rule in rules:
        while rule and not rule.startswith("//"):
            rule = rule.partition(".")[2]
            above.add(rule)
    return PublicSuffixList(accept_unknown=False), frozenset(above)
