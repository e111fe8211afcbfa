"""Risks that only show when settings are seen together: which origins are trusted with what.

Each check has a section in docs/misconfigurations.md.
"""

from collections.abc import Sequence

from .origin_lists import ParsedOrigins
from .origins import Pattern
from .problems import Problems
from .public_suffixes import is_shared, is_unknown

BODY_METHODS = frozenset({"PATCH", "POST", "PUT"})
"""Methods that usually have a body, and therefore a Content-Type."""


def check_origins(
    origins: ParsedOrigins, credentials: bool | ParsedOrigins, problems: Problems
) -> None:
    """Report origins that should not be trusted, or not with cookies."""
    if isinstance(credentials, bool):
        _check_list(origins, credentials, problems)
    else:
        _check_list(origins, False, problems)
        _check_list(credentials, True, problems)


def _check_list(origins: ParsedOrigins, credentials: bool, problems: Problems) -> None:
    """Check the entries of a list, with or without cookies."""
    for text, pattern in origins.exact.items():
        if pattern is None:
            _check_opaque(origins.setting, text, credentials, problems)
    for text, pattern in origins.patterns.items():
        if pattern.subdomains and is_shared(pattern):
            code = "public-suffix-wildcard" + ("-with-credentials" if credentials else "")
            message = f"{text!r} allows sites of strangers, because {_why_shared(pattern)}"
            problems.report(code, origins.setting, text, message)
    if credentials:
        _check_trusted_with_cookies(origins, problems)


def _check_opaque(setting: str, text: str, credentials: bool, problems: Problems) -> None:
    why = f"{text!r} is the origin of every sandboxed frame and local file"
    if credentials:
        message = f"{why}, so any page could act with your visitors' cookies; remove it"
        problems.report("opaque-origin-with-credentials", setting, text, message)
    else:
        message = f"{why}, so it allows any page; use '*' if you mean every origin"
        problems.report("opaque-origin", setting, text, message)


def _check_trusted_with_cookies(origins: ParsedOrigins, problems: Problems) -> None:
    setting = origins.setting
    if origins.everybody:
        _report_everybody(setting, problems)
    for predicate in origins.predicates:
        message = (
            f"{predicate!r} decides at run time which origins are trusted with cookies; "
            "list the origins"
        )
        problems.report("callable-with-credentials", setting, predicate, message)
    for text, pattern in origins.parsed.items():
        if pattern.is_loopback:
            message = (
                f"{text!r} is trusted with cookies; allow it only in development (the audit warns "
                "about it if debug mode is off)"
            )
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


def _report_everybody(setting: str, problems: Problems) -> None:
    """Report that every origin is trusted with cookies, by ``"*"`` in this setting."""
    example = 'list the origins that need cookies: allow_credentials=["https://app.example"]'
    if setting == "allow_origins":
        value: object = True
        message = f'browsers do not accept allow_origins="*" with credentials; {example}'
    else:
        value = "*"
        message = f"'*' trusts every origin with cookies; {example}"
    problems.report("wildcard-with-credentials", "allow_credentials", value, message)


def check_headers(
    allow_methods: Sequence[str] | None,
    allow_headers: Sequence[str],
    expose_headers: Sequence[str],
    credentials: bool | ParsedOrigins,
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
        value = credentials if isinstance(credentials, bool) else credentials.kept
        problems.report("credentials-with-authorization", "allow_credentials", value, message)
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


def _why_shared(pattern: Pattern) -> str:
    own = pattern._replace(host=f"app.{pattern.host}")
    if "." not in pattern.host.rstrip(".") or is_shared(own):
        own = own._replace(host="app.example")
    if is_unknown(pattern):
        why = f"{pattern.host!r} may be a top-level domain, under which anyone can get a name"
    else:
        why = f"anyone can get a name under {pattern.host!r}"
    return f"{why}; use a domain of your own, such as '{own.key}'"
