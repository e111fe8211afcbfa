"""What the engines print in their consoles for a request that fails.

An engine names the first fault that it finds, and does not look in the order of the standard.
:data:`.messages.MESSAGES` has the words.
"""

import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http.client import RemoteDisconnected
from socket import gaierror
from types import NoneType

from .._core.headers import is_token, split_list
from . import checks, fetch, messages
from .exceptions import CORSBlocked, NetworkError
from .log import Exchange
from .messages import MESSAGES
from .profiles import CHROMIUM, FIREFOX, WEBKIT
from .requests import Request
from .responses import REDIRECT_STATUSES, RawResponse
from .urls import URL

LISTS = {checks.BAD_LIST.format(name): name for name in (checks.METHODS, checks.HEADERS)}
"""The lists of a preflight response, by the step that fails if one is invalid."""

OF_RESPONSES = {
    checks.NO_ORIGIN,
    checks.ORIGIN_MISMATCH,
    checks.NO_CREDENTIALS,
    checks.BAD_STATUS,
    *LISTS,
    checks.METHOD_NOT_ALLOWED,
    checks.AUTHORIZATION_NOT_LISTED,
    checks.HEADERS_NOT_ALLOWED,
}
"""The steps that check a response."""

UNKNOWN_AUTHORITIES = {18, 19, 20, 21}
"""OpenSSL's codes for a certificate that is signed by itself or by an authority not trusted."""

OF_SERVERS = {fetch.UNREACHABLE, fetch.UNREACHABLE_PREFLIGHT}

BEFORE_HEADERS = {
    CHROMIUM: {fetch.BAD_LOCATION},
    FIREFOX: {fetch.BAD_LOCATION, messages.TO_DATA},
    WEBKIT: {messages.TO_FTP},
}
"""What an engine says of a Location before it looks at the other headers."""

BEFORE_MODES = {
    CHROMIUM: {fetch.BAD_LOCATION, messages.TO_DATA, messages.TO_ABOUT, fetch.USERINFO},
    FIREFOX: set[str](),
    WEBKIT: {messages.TO_FTP},
}
"""What an engine says of a Location before it looks at the modes of the request."""

SCHEMES = {
    "about": messages.TO_ABOUT,
    "data": messages.TO_DATA,
    "ftp": messages.TO_FTP,
}
"""Schemes for which an engine has words of its own."""

KNOWN_TO_WEBKIT = {
    name.lower(): name
    for name in split_list(
        "Accept, Accept-Language, Accept-Ranges, Age, Authorization, Cache-Control, "
        "Content-Disposition, Content-Encoding, Content-Language, Content-Location, "
        "Content-Range, Content-Type, Default-Style, ETag, Expires, Icy-Metadata, "
        "If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, "
        "Last-Event-ID, Last-Modified, Link, Location, Ping-From, Pragma, Range, "
        "Refresh, Report-To, Service-Worker-Allowed, SourceMap, Timing-Allow-Origin, "
        "Upgrade-Insecure-Requests, User-Agent, X-Content-Type-Options, X-Frame-Options, "
        "X-SourceMap, X-XSS-Protection"
    )
}
"""Request headers whose case WebKit corrects; it prints all others as the page writes them."""

NO_RESPONSE = RawResponse(0, "", (), b"")


@dataclass(frozen=True)
class Failure:
    """A request that failed in one engine."""

    engine: str
    request: Request
    """The request as redirects have left it."""
    error: NetworkError
    log: Sequence[Exchange]

    @property
    def is_of_preflight(self) -> bool:
        """Whether a preflight response did not pass a check."""
        return self.error.step in OF_RESPONSES and self.log[-1].kind == "preflight"

    @property
    def response(self) -> RawResponse:
        """The last response."""
        return self.log[-1].response if self.log else NO_RESPONSE

    @property
    def location(self) -> str | None:
        """The Location of the last response if that is a redirect."""
        is_redirect = self.response.status in REDIRECT_STATUSES
        return self.response.get("Location") if is_redirect else None

    @property
    def is_followed(self) -> bool:
        """Whether the last response is a redirect that the page wants to follow."""
        return self.location is not None and self.request.redirect == "follow"

    @property
    def target(self) -> URL | None:
        """The URL of the location."""
        try:
            return URL.parse(self.location or "", self.request.url)
        except ValueError:
            return None

    @property
    def leaves(self) -> bool:
        """Whether the last response redirects away from the page's origin."""
        return self.target is not None and self.target.origin != self.request.origin

    @property
    def origins(self) -> list[str]:
        """Each value of Access-Control-Allow-Origin."""
        name = checks.ORIGIN.lower()
        return [value for key, value in self.response.headers if key.lower() == name]


def printed(failure: Failure) -> str:
    """Return the lines that an engine prints; empty if it prints nothing or they are not known."""
    cause = find_cause(failure)
    if cause not in MESSAGES or _is_silent(failure, cause):
        return ""
    text = MESSAGES[cause].of(failure.engine)
    return text.format(**fill(failure, cause)).strip("\n")


def _is_silent(failure: Failure, cause: str) -> bool:
    """Return whether an engine prints nothing, although it has words for others."""
    request = failure.request
    if failure.engine == WEBKIT:
        is_early = cause == fetch.BAD_LOCATION and not request.is_cors
        return is_early or failure.error.step == fetch.UNREACHABLE
    # The standard allows it: see the departure "redirect-userinfo-forbidden".
    is_allowed = request.mode != "cors" or not (request.is_cors or failure.leaves)
    return failure.engine == CHROMIUM and cause == fetch.USERINFO and is_allowed


def find_cause(failure: Failure) -> str:
    """Return what an engine complains of, as a key of the messages."""
    step, request = failure.error.step, failure.request
    if step in OF_SERVERS:
        return _server_cause(failure.error.__cause__)
    if step in (fetch.OTHER_ORIGIN, fetch.USERINFO) and request.mode == "same-origin":
        return messages.REDIRECTED_OUTSIDE if request.redirects and failure.leaves else step
    if step == fetch.NOT_HTTP and request.is_xhr:
        return messages.FTP if request.url.scheme == "ftp" else messages.OTHER_SCHEME
    if failure.is_of_preflight:
        step = _preflight_cause(failure)
    elif failure.location is not None:
        step = _location_cause(failure)
    if step in (checks.NO_ORIGIN, checks.ORIGIN_MISMATCH):
        return _origin_cause(failure)
    return messages.BAD_LIST if step in LISTS else step


def _server_cause(error: BaseException | None) -> str:
    """Return how a server fails; without an error there is no server."""
    if isinstance(error, ssl.SSLCertVerificationError):
        is_unknown = error.verify_code in UNKNOWN_AUTHORITIES
        return messages.UNTRUSTED if is_unknown else messages.OTHER_FAILURE
    for kind, cause in (
        (gaierror, messages.UNKNOWN_HOST),
        (RemoteDisconnected, messages.DROPPED),
        (ConnectionResetError, messages.RESET),
        (ssl.SSLError, messages.NO_TLS),
        ((ConnectionRefusedError, NoneType), fetch.UNREACHABLE),
    ):
        if isinstance(error, kind):
            return cause
    return messages.OTHER_FAILURE


def _preflight_cause(failure: Failure) -> str:
    """Return what comes first of a preflight response."""
    step = failure.error.step
    if failure.engine == WEBKIT and not 200 <= failure.response.status <= 299:
        return checks.BAD_STATUS
    if failure.location is None:
        return step
    if failure.engine == FIREFOX and (step != checks.BAD_STATUS or not failure.is_followed):
        return step
    origin = failure.target and failure.target.origin
    if origin == failure.request.url.origin or {*failure.origins} & {"*", "null"}:
        return messages.PREFLIGHT_REDIRECTED
    return messages.PREFLIGHT_SENT_AWAY


def _location_cause(failure: Failure) -> str:
    """Return what comes first of a redirect."""
    step, engine = failure.error.step, failure.engine
    cause = _target_cause(failure.target)
    if step == fetch.NOT_HTTP_LOCATION:
        is_special = failure.request.mode != "no-cors" or cause in BEFORE_MODES[engine]
        return cause if is_special else messages.NO_CORS_OUTSIDE
    if step in OF_RESPONSES:
        return cause if cause in BEFORE_HEADERS[engine] else step
    if step == fetch.REDIRECT_FORBIDDEN:
        return cause if cause in BEFORE_MODES[engine] else step
    return step


def _target_cause(target: URL | None) -> str:
    """Return what is wrong with the target of a redirect; empty if nothing is."""
    if target is None:
        return fetch.BAD_LOCATION
    if not target.is_http:
        return SCHEMES.get(target.scheme, fetch.NOT_HTTP_LOCATION)
    return fetch.USERINFO if target.userinfo else ""


def _origin_cause(failure: Failure) -> str:
    """Return what is wrong with Access-Control-Allow-Origin."""
    origins = failure.origins
    value = ", ".join(origins)
    is_list = {
        CHROMIUM: "," in value or " " in value,
        FIREFOX: len(origins) > 1,
        WEBKIT: "," in value,
    }
    if not origins:
        return checks.NO_ORIGIN
    if value == "*":
        return messages.WILDCARD
    if is_list[failure.engine]:
        return messages.MULTIPLE
    if failure.engine == CHROMIUM and value != "null" and not _is_url(value):
        return messages.INVALID
    return checks.ORIGIN_MISMATCH


def _is_url(text: str) -> bool:
    try:
        URL.parse(text)
    except ValueError:
        return False
    return True


def fill(failure: Failure, cause: str) -> dict[str, object]:
    """Return what replaces the names in a message."""
    request, response = failure.request, failure.response
    name = LISTS.get(failure.error.step, checks.ORIGIN)
    value, credentials = response.get(name) or "", response.get(checks.CREDENTIALS) or ""
    if failure.engine == CHROMIUM:
        value, credentials = _escape(value), _escape(credentials)
    written = _missing_header(failure)
    return {
        **_fill_urls(failure, cause),
        "preflight": messages.PREFLIGHT if failure.is_of_preflight else "",
        "valid": "" if request.is_xhr else messages.VALID,
        "attribute": messages.ATTRIBUTE if request.is_xhr else "",
        "page": request.origin,
        "sent": request.sent_origin,
        "status": response.status,
        "value": value,
        "credentials": credentials,
        "list": name,
        "token": next((item for item in split_list(value) if not is_token(item)), ""),
        "method": request.method,
        "header": written.lower(),
        "written": KNOWN_TO_WEBKIT.get(written.lower(), written),
        "scheme": request.url.scheme,
        "host": request.url.host,
    }


def _fill_urls(failure: Failure, cause: str) -> dict[str, str]:
    """Return the parts of a message that have URLs."""
    request, engine = failure.request, failure.engine
    first, url = _shown(request.urls[0]), _shown(request.url)
    target = failure.target or request.url
    location = _shown(target, target.href)
    followed = replace(target, fragment=target.fragment or request.url.fragment)
    to = _shown(followed)
    if cause == messages.REDIRECTED_OUTSIDE:
        url = to if engine == WEBKIT else _shown(followed, followed.href)
    leaves = cause in (fetch.NOT_HTTP_LOCATION, messages.TO_ABOUT, messages.TO_FTP)
    blocked = messages.BLOCKED.of(engine).format(
        api="XMLHttpRequest" if request.is_xhr else "fetch",
        url=to if leaves else url,
        via=f" (redirected from '{first}')" if leaves or request.urls[1:] else "",
        page=request.origin,
    )
    denied = messages.DENIED.format(
        cannot="XMLHttpRequest" if request.is_xhr else "Fetch API",
        url={messages.TO_FTP: first, messages.NO_CORS_OUTSIDE: to}.get(cause, url),
    )
    is_http = failure.target is not None and failure.target.is_http
    redirection = messages.REDIRECTION.format(target=to if is_http else failure.location)
    redirects = failure.location is not None and not failure.is_of_preflight
    return {
        "url": url,
        "location": location,
        "blocked": blocked,
        "denied": denied,
        "redirection": redirection if redirects else "",
        "again": messages.AGAIN.format(url=url) * _count_of_second_lines(failure),
    }


def _escape(text: str) -> str:
    """Write other characters than those of ASCII as Chromium does."""
    return re.sub("[^ -~]", lambda found: f"\\u{ord(found[0]):04X}", text)


def _shown(url: URL, text: str = "") -> str:
    """Return a URL with its fragment; without its user name and password unless given."""
    return f"{text or url}#{url.fragment}" if url.fragment else text or str(url)


def _missing_header(failure: Failure) -> str:
    """Return a header that is not allowed, as the page writes it; redirects may have dropped it."""
    made = failure.request.remake(failure.request.profile)
    needed = failure.error.needed if isinstance(failure.error, CORSBlocked) else ""
    missing = needed.partition(": ")[2].lower().split(", ")
    return next((name for name, _ in made.headers if name.lower() in missing), "")


def _count_of_second_lines(failure: Failure) -> int:
    """Return how often Firefox adds that the request did not succeed."""
    step, request = failure.error.step, failure.request
    if failure.is_of_preflight:
        return 2 if failure.is_followed and step != checks.BAD_STATUS else 1
    if step in OF_RESPONSES:
        return int(failure.is_followed)
    if step == fetch.USERINFO:
        return 1
    if step == fetch.UNREACHABLE_PREFLIGHT:
        return 2
    return int(request.is_cors)
