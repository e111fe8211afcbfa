"""Refusals by frameworks that accept only the hosts of a list."""

import re
from http import HTTPStatus
from typing import NamedTuple

from ..._core.headers import quote
from ..._wrappers import is_django, look_through
from ...testing.log import Exchange
from ...testing.transports import make_environ
from .csrf import MAX_READ


class _Check(NamedTuple):
    """The check of a framework."""

    words: re.Pattern[bytes]
    """What its refusals contain."""
    refusal: str
    advice: str


DJANGO = _Check(
    re.compile(rb"Invalid HTTP_HOST header: [^\n]{1,400}ALLOWED_HOSTS"),
    "Django does not accept the host {host} (DisallowedHost)",
    "Add it to ALLOWED_HOSTS",
)

CHECKS = (
    DJANGO,
    _Check(
        re.compile(rb"\bHost [^\n]{1,400} is not trusted\."),
        "Werkzeug does not accept the host {host} (SecurityError)",
        "Add it to its trusted hosts, in Flask to TRUSTED_HOSTS",
    ),
)


def explain_host(exchange: Exchange, app: object) -> str:
    """Say that a response refuses the host of the URL; return nothing if it does not.

    :param app: the app that sent the response; anything else is ignored.
    """
    if exchange.response.status != HTTPStatus.BAD_REQUEST:
        return ""
    body = exchange.response.body[:MAX_READ]
    found = next((one for one in CHECKS if one.words.search(body)), None)
    if found is None and _is_refused_by_django(exchange, app):  # says so only in debug mode
        found = DJANGO
    if found is None:
        return ""
    refusal = found.refusal.format(host=quote(exchange.url.host))
    return f"The 400 is not from CORS: {refusal}. {found.advice}."


def _is_refused_by_django(exchange: Exchange, app: object) -> bool:
    """Return whether an app is a Django project that does not accept the host of a request."""
    if not callable(app) or not any(is_django(one.app) for one in look_through(app)):
        return False
    from ...django._settings import accepts_host

    environ = make_environ(exchange.method, exchange.url, exchange.request_headers, None)
    return not accepts_host(environ)
