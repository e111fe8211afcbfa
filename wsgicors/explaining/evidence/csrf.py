"""Refusals by the protection against forged requests (CSRF) that frameworks have."""

import re
from collections.abc import Callable
from typing import NamedTuple

from ..._core.headers import quote
from ...testing.fetch import includes_credentials
from ...testing.log import Exchange
from ...testing.requests import Request

STATUSES = frozenset({400, 403, 419, 422})
"""The statuses of such refusals; 419 is Laravel's."""

MAX_READ = 2**16
"""How much of a body is searched."""


class _Protection(NamedTuple):
    """The CSRF protection of a framework."""

    name: str
    words: re.Pattern[bytes]
    """What its refusals contain."""
    advice: str
    """What to change."""
    no_cookie: re.Pattern[bytes] | None = None
    """What its refusals contain if the request has no cookie for the token."""
    cookie: str = ""
    """The usual name of that cookie."""


_SEND = "have the page send the CSRF token in X-CSRFToken (which allow_headers has to list), "

PROTECTIONS = (
    _Protection(
        "Django's CSRF protection",
        re.compile(rb"CSRF verification failed|CSRF Failed: |(?:Origin|Referer) checking failed"),
        f"add {{origin}} to CSRF_TRUSTED_ORIGINS, and {_SEND}and its cookie ({{include}})",
        re.compile(rb"CSRF cookie not set|requires a CSRF cookie"),
        "csrftoken",
    ),
    _Protection(
        "the CSRF protection of Flask-WTF",
        re.compile(
            rb"The CSRF (?:session )?tokens? (?:is |has |do )(?:missing|invalid|expired|not match)"
            rb"|The referrer (?:header is missing|does not match the host)"
        ),
        f"{_SEND}and the session's cookie ({{include}}); over HTTPS, pages of other origins need "
        "WTF_CSRF_SSL_STRICT=False too",
        re.compile(rb"The CSRF session token is missing"),
        "session",
    ),
    _Protection(
        "the server's CSRF protection",
        re.compile(
            rb"(?:csrf|xsrf)[-_ ]?token[^<>\n]{0,20} (?:missing|invalid|mismatch|expired|required)"
            rb"|(?:invalid|missing|bad) (?:csrf|xsrf)|InvalidAuthenticityToken"
            rb"|csrf (?:check|validation|verification|error|failure|failed)",
            re.IGNORECASE,
        ),
        "have the page send the CSRF token, and its cookie ({include})",
    ),
)
"""The protections that are known; the last one stands for all others."""


_TOKEN_HEADER = re.compile("[cx]srf", re.IGNORECASE)


def explain_csrf(
    request: Request, exchange: Exchange, explain_missing: Callable[[str], str]
) -> str:
    """Say that a response is a refusal of CSRF protection; return nothing if it is not.

    :param explain_missing: says why the request has no cookie with a name.
    """
    response = exchange.response
    if response.status not in STATUSES:
        return ""
    body = response.body[:MAX_READ]
    for protection in PROTECTIONS:
        if found := protection.words.search(body):
            refusal = f"The {response.status} is a refusal by {protection.name}, not by CORS"
            if (
                protection.no_cookie is not None
                and protection.no_cookie.search(body)
                and includes_credentials(request)
                and any(_TOKEN_HEADER.search(name) for name, _ in request.headers)
            ):
                name = protection.cookie
                lacks = f"{refusal}: the request had a token, but not its cookie {name!r}."
                return f"{lacks} {explain_missing(name)}"
            include = "withCredentials" if request.is_xhr else "credentials: 'include'"
            advice = protection.advice.format(origin=quote(request.origin), include=include)
            said = quote(found[0].decode("utf-8", "replace").strip(" :"))
            return f"{refusal}: it says {said}. If the request is wanted, {advice}."
    return ""
