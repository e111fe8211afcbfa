"""What to do about a request that fails before a check of CORS: a server, TLS, the page itself."""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from http.client import BadStatusLine
from socket import gaierror

from ..._advice import Fix
from ..._core.origins import DEFAULT_PORTS
from ...testing import fetch
from ...testing.exceptions import NetworkError
from ...testing.log import Exchange
from ...testing.requests import Request
from ...testing.responses import RawResponse, TimeIsUp
from ...testing.urls import URL
from ..mixed import is_mixed
from . import redirects
from .hops import find_login, hops_of

TLS_ALERT = "\x15\x03"
"""How a server that expects TLS begins an error message (RFC 8446, section 5.1)."""

WANTS_TLS = (b"to https port", b"ssl-enabled server port", b"to an https server")
"""Parts of what nginx, Apache and Go answer in place of TLS, in lower case."""


def change_of_failure(
    request: Request, error: NetworkError, apps: Mapping[str, object], log: Sequence[Exchange]
) -> Fix | None:
    """Return what to change so that a request does not fail.

    :param apps: the apps by origin; other values are live servers.
    """
    if error.step == fetch.REDIRECTS_IN_NO_CORS:
        return Fix("Have the page leave out mode: 'no-cors', or use redirect: 'follow'.", "page")
    if error.step not in (fetch.UNREACHABLE, fetch.UNREACHABLE_PREFLIGHT):
        return redirects.change_of_redirect(request, error, apps, log)
    login = find_login(hops_of(log, apps))
    if login is not None:
        return redirects.answer_401(request, login, apps)
    cause = error.__cause__
    if isinstance(cause, TimeIsUp):
        return Fix(
            "Have the app yield a chunk that is not empty, or end: with the first one, a "
            "server sends the headers."
        )
    if cause is None and callable(apps.get(request.url.origin)):
        return Fix("Have the app call start_response before it returns.")
    return _of_server(request, cause)


def change_of_mixed_redirect(
    request: Request, apps: Mapping[str, object], log: Sequence[Exchange]
) -> Fix:
    """Return what to change so that a request is not redirected to mixed content.

    :param apps: the apps by origin; other values are ignored.
    """
    hops = hops_of(log, apps)
    login = find_login(hops)
    if login is not None:
        return redirects.answer_401(request, login, apps)
    return redirects.stay_at_https(hops[-1], apps)


def avoid_mixed_content(url: URL) -> Fix:
    """Return the change of a page that requests mixed content."""
    use = "" if url.port else f", {replace(url, scheme='https')},"
    return Fix(f"Have the page request an https: URL{use} instead of {url}.", "page")


def _of_server(request: Request, cause: BaseException | None) -> Fix:
    """Return what to change for a live server that does not answer."""
    url = request.url
    place = f"{url.host}:{url.port or DEFAULT_PORTS[url.scheme]}"
    if isinstance(cause, gaierror):
        return Fix(
            f"Correct the host in the page's URL, or add {url.host} to DNS: it has no address.",
            "page",
        )
    if isinstance(cause, ConnectionRefusedError):
        return Fix(
            f"Start the server, or correct the host and the port: nothing listens at {place}."
        )
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Fix(
            f"Give the server at {place} a certificate that browsers trust: {cause.verify_message}."
        )
    if isinstance(cause, ssl.SSLError):
        if is_mixed(request.origin, replace(url, scheme="http")):
            return Fix(f"Have the server at {place} speak TLS.")
        return Fix(
            f"Have the page use http:// or another port, or have the server at {place} speak TLS.",
            "page",
        )
    if isinstance(cause, TimeoutError):
        return Fix(
            f"Look up in the server's log why it does not respond, or whether a firewall "
            f"drops what is sent to {place}."
        )
    if isinstance(cause, BadStatusLine) and TLS_ALERT in str(cause):
        return _use_https(url)
    closes = isinstance(cause, ConnectionError) and url.scheme == "http"
    tls = f" If {place} expects TLS, have the page use https://." if closes else ""
    return Fix(f"Look up in the server's log why it does not respond.{tls}")


def find_tls(url: URL, response: RawResponse) -> Fix | None:
    """Return the change if a response says that the server expects TLS."""
    body = response.body.lower()
    says_so = response.status == HTTPStatus.BAD_REQUEST and any(part in body for part in WANTS_TLS)
    return _use_https(url) if says_so and url.scheme == "http" else None


def _use_https(url: URL) -> Fix:
    """Return the change of a page that speaks plain HTTP to a port for TLS."""
    https = str(url).replace("http:", "https:", 1)
    return Fix(f"Have the page request {https}: the server expects TLS at this port.", "page")
