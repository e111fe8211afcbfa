"""The Fetch algorithm: from a request to a response, with its preflights and redirects.

The functions are named after the algorithms of the standard, and come in the order in which they
call each other.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from http.cookiejar import CookieJar

from .._core.headers import SAFELISTED_METHODS, Header
from .._core.protocol import method_after_redirect
from . import checks, cookies
from .cache import Cache, kept_seconds
from .exceptions import CheckFailed, CORSBlocked, FailedCheck, NetworkError
from .log import Exchange, Log
from .requests import Request
from .responses import REDIRECT_STATUSES, WHOLE_BODY, Bounds, RawResponse, Response, filtered
from .safelist import CLIENT_HINTS
from .transports import Send, read_data
from .urls import URL

OTHER_ORIGIN = "main fetch: mode 'same-origin' does not allow a URL at another origin"
NOT_HTTP = "main fetch: mode 'cors' does not allow a URL that is not HTTP"
REDIRECTS_IN_NO_CORS = "main fetch: mode 'no-cors' allows only redirect mode 'follow'"
REDIRECT_FORBIDDEN = "HTTP fetch: redirect mode 'error' does not allow a redirect"
BAD_LOCATION = "HTTP-redirect fetch: the Location is not a valid URL"
NOT_HTTP_LOCATION = "HTTP-redirect fetch: the Location is not an HTTP URL"
TOO_MANY_REDIRECTS = "HTTP-redirect fetch: too many redirects"
USERINFO = "HTTP-redirect fetch: the Location contains a user name or password"
UNREACHABLE_PREFLIGHT = "CORS-preflight fetch: the server cannot be reached"
UNREACHABLE = "HTTP-network fetch: the server cannot be reached"

MAX_REDIRECTS = 20

BODY_HEADERS = frozenset(
    {"content-encoding", "content-language", "content-location", "content-type"}
)
"""Headers that describe a body and are dropped with it (Fetch, "request-body-header name")."""

CONDITIONAL_HEADERS = frozenset(
    {"if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"}
)


@dataclass(frozen=True, slots=True)
class Client:
    """What a page shares with each of its fetches."""

    partition: object
    """The part of the preflight cache for the pages of one origin in one top-level site."""
    cache: Cache
    cookies: CookieJar
    third_party_cookies: CookieJar
    """The same jar, or one for each top-level site."""
    log: Log
    find_server: Callable[[URL], Send]
    bounds: Bounds = WHOLE_BODY
    """How much is read of a body that the page may read."""


def fetch(client: Client, request: Request) -> Response:
    """Send a request and return what JavaScript may see of the response (Fetch, "fetch").

    :raises CORSBlocked: if a CORS check fails.
    :raises NetworkError: if the request fails for another reason.
    """
    begun = len(client.log)
    for cookie in cookies.assumed(request):
        cookies.store(jar_for(client, request), request.url, cookie)
    try:
        return main_fetch(client, request)
    except CheckFailed as error:
        what = f"{request.method} {request.url} from a page of {request.origin!r}"
        raise CORSBlocked(what, error.failed_check, Log(client.log[begun:])) from None
    finally:
        for exchange in client.log[begun:]:
            exchange.response.dismiss()


def main_fetch(client: Client, request: Request) -> Response:
    """Choose by origin and mode whether CORS applies (Fetch, "main fetch")."""
    if request.url.scheme == "data":
        return filtered(read_data(request.url), "basic", str(request.url), False, False)
    if request.is_same_origin and request.tainting == "basic":
        return http_fetch(client, request, may_preflight=False)
    if request.mode == "same-origin":
        raise CheckFailed(
            FailedCheck(
                OTHER_ORIGIN,
                f"a request to {request.url.origin}",
                f"a URL at {request.origin}",
                "",
                "have the page use mode 'cors'",
            )
        )
    if request.mode == "no-cors":
        if request.redirect != "follow":
            raise NetworkError("mode 'no-cors' requires redirect='follow'", REDIRECTS_IN_NO_CORS)
        request.tainting = "opaque"
        return http_fetch(client, request, may_preflight=False)
    if not request.url.is_http:
        raise NetworkError(f"{request.url} is not an HTTP URL; mode 'cors' needs one", NOT_HTTP)
    request.tainting = "cors"
    asks = needs_preflight(request)
    try:
        return http_fetch(client, request, may_preflight=asks)
    except (CheckFailed, NetworkError):
        if asks or "literal-preflight-cache" in request.profile:
            client.cache.fail(client.partition, for_preflight(request))
        raise


def needs_preflight(request: Request) -> bool:
    """Return whether a cross-origin request has to be preceded by a preflight."""
    asks = (
        request.use_preflight
        or request.method not in SAFELISTED_METHODS
        or bool(request.unsafe_names)
        or bool("preflight-names-decided-once" in request.profile and request.first_unsafe_names)
        or (request.was_preflighted and "preflighted-once-always" in request.profile)
    )
    request.was_preflighted |= asks
    return asks


def http_fetch(client: Client, request: Request, *, may_preflight: bool) -> Response:
    """Send a preflight if needed, then the request, and follow redirects (Fetch, "HTTP fetch")."""
    unsafe = request.unsafe_names
    if may_preflight:
        preflight = for_preflight(request)
        covered = client.cache.covers(client.partition, preflight, unsafe)
        if asks_each_time(request, unsafe) or not covered:
            preflight_fetch(client, preflight, unsafe)
    raw = network_fetch(client, request)
    if request.is_cors:
        checks.check_cors(as_checked(request, raw), raw)
    if raw.status in REDIRECT_STATUSES:
        location = raw.get("Location")
        if request.redirect == "manual":
            return filtered(raw, "opaqueredirect", request.url.href, False, False)
        if request.redirect == "error" and (
            location or "redirect-needs-location" not in request.profile
        ):
            what = f"{request.url} redirects, but the request has redirect='error'"
            raise NetworkError(what, REDIRECT_FORBIDDEN)
        if location is not None:
            follow_redirect(request, raw.status, location)
            raw.dismiss()
            return main_fetch(client, request)
    if request.tainting != "opaque":
        raw.read(client.bounds)
    redirected = request.redirects > 0
    return filtered(raw, request.tainting, request.url.href, redirected, request.with_credentials)


def as_checked(request: Request, raw: RawResponse) -> Request:
    """Return the request as the CORS check sees it: WebKit may want credentials to be allowed."""
    began_with_cookies = request.credentials == "same-origin" and request.began_same_origin
    decided_once = "redirects-checked-with-first-credentials" in request.profile
    redirects = raw.status in REDIRECT_STATUSES and raw.get("Location") is not None
    if began_with_cookies and decided_once and redirects:
        return replace(request, credentials="include")
    return request


def for_preflight(request: Request) -> Request:
    """Return the request with the origin that its preflights have: in Firefox the page's."""
    if request.is_tainted and "preflight-keeps-origin" in request.profile:
        return replace(request, is_tainted=False)
    return request


def asks_each_time(request: Request, unsafe: Sequence[str]) -> bool:
    """Return whether an engine sends a preflight although it may have cached one."""
    departure = "conditional-fetch-always-preflights"
    if request.is_xhr:
        departure = "conditional-xhr-always-preflights"
    return departure in request.profile and not CONDITIONAL_HEADERS.isdisjoint(unsafe)


def preflight_fetch(client: Client, request: Request, unsafe: Sequence[str]) -> None:
    """Send a preflight, without credentials, and check it (Fetch, "CORS-preflight fetch")."""
    headers: list[Header] = [
        ("Accept", "*/*"),
        ("Access-Control-Request-Method", request.method),
    ]
    if unsafe:
        headers.append(("Access-Control-Request-Headers", ",".join(unsafe)))
    headers.append(("Origin", request.sent_origin))
    raw = send(client, request, "OPTIONS", headers, None)
    keep_cookies(client, request, raw, cookies.PREFLIGHT)
    raw.dismiss()
    try:
        methods, names = checks.check_preflight(request, raw, unsafe)
    except CheckFailed:
        if "refused-preflights-cached" in request.profile:
            with suppress(CheckFailed):
                store(client, request, raw, *checks.read_preflight(request, raw))
        raise
    store(client, request, raw, methods, names)


def store(
    client: Client,
    request: Request,
    response: RawResponse,
    methods: Sequence[str],
    names: Sequence[str],
) -> None:
    """Cache a preflight response (Fetch, "CORS-preflight fetch")."""
    seconds = kept_seconds(response.get("Access-Control-Max-Age"), request.profile)
    client.cache.store(client.partition, request, methods, names, seconds)


def network_fetch(client: Client, request: Request) -> RawResponse:
    """Add the browser's own headers and send (Fetch, "HTTP-network-or-cache fetch")."""
    headers = request.kept_headers
    if request.header("Accept") is None:
        headers.append(("Accept", "*/*"))
    if request.is_cors or request.method not in {"GET", "HEAD"}:
        headers.append(("Origin", request.sent_origin))
    with_cookies = includes_credentials(request)
    if with_cookies and (value := cookies.to_send(jar_for(client, request), request)):
        headers.append(("Cookie", value))
    body = request.body
    if body is None and request.method in {"POST", "PUT"}:
        body = b""  # so that Content-Length: 0 is sent
    raw = send(client, request, request.method, headers, body)
    keep_cookies(client, request, raw, "" if with_cookies else cookies.NO_CREDENTIALS)
    return raw


def jar_for(client: Client, request: Request) -> CookieJar:
    """Return the cookies that count for the current URL."""
    third_party = cookies.is_third_party(request.url, request)
    return client.third_party_cookies if third_party else client.cookies


def keep_cookies(client: Client, request: Request, raw: RawResponse, ignored: str) -> None:
    """Store the cookies of a response, and log which ones are dropped.

    :param ignored: why all of them are dropped; empty if they are not.
    """
    kept = cookies.keep(jar_for(client, request), request, raw, ignored)
    client.log[-1] = replace(client.log[-1], cookies=kept)


def includes_credentials(request: Request) -> bool:
    """Return whether cookies are sent and kept (Fetch, "HTTP-network-or-cache fetch")."""
    if request.credentials != "same-origin":
        return request.with_credentials
    if request.mode == "no-cors" and "no-cors-credentials-decided-once" in request.profile:
        return request.began_same_origin
    return request.tainting == "basic" and request.is_same_origin


def send(
    client: Client, request: Request, method: str, headers: list[Header], body: bytes | None
) -> RawResponse:
    """Send one request, and log it with its response."""
    headers = [
        ("Host", request.url.authority),
        *headers,
        ("Sec-Fetch-Mode", request.mode),
        ("User-Agent", f"wsgicors.testing/{request.profile.name}"),
    ]
    if any(name.lower() == "user-agent" for name, _ in headers[1:-1]):
        headers.pop()
    is_preflight = any(name == "Access-Control-Request-Method" for name, _ in headers)
    try:
        raw = client.find_server(request.url)(method, request.url, headers, body)
    except NetworkError as error:
        error.step = UNREACHABLE_PREFLIGHT if is_preflight else UNREACHABLE
        raise
    kind = "preflight" if is_preflight else "request"
    client.log.append(Exchange(kind, request.origin, method, request.url, headers, raw))
    return raw


def follow_redirect(request: Request, status: int, location: str) -> None:
    """Change a request as a redirect demands (Fetch, "HTTP-redirect fetch").

    :raises CheckFailed: if the location has a user name or password that may not pass.
    :raises NetworkError: if the redirect cannot be followed.
    """
    try:
        target = URL.parse(location, base=request.url)
    except ValueError as error:
        what = f"{request.url} redirects to an invalid URL: {error}"
        raise NetworkError(what, BAD_LOCATION) from error
    if not target.is_http:
        what = f"{request.url} redirects to {location!r}, which is not an HTTP URL"
        raise NetworkError(what, NOT_HTTP_LOCATION)
    count(request)
    check_userinfo(request, target)
    request.dropped_names = frozenset()
    change_method(request, status)
    drop_authorization(request, target)
    drop_client_hints(request, target)
    taint(request, target)
    fragment = target.fragment or request.url.fragment
    request.urls.append(replace(target, fragment=fragment))


def count(request: Request) -> None:
    """Count a redirect; twenty are the limit."""
    if request.redirects == MAX_REDIRECTS:
        what = f"{request.urls[0]} redirects more than {MAX_REDIRECTS} times"
        raise NetworkError(what, TOO_MANY_REDIRECTS)
    request.redirects += 1


def check_userinfo(request: Request, target: URL) -> None:
    """Check that a redirect brings no user name or password to another origin."""
    crosses = request.is_cors or request.origin != target.origin
    forbidden = request.mode == "cors" and crosses
    forbidden |= "redirect-userinfo-forbidden" in request.profile and not request.is_xhr
    if target.userinfo and forbidden:
        raise CheckFailed(
            FailedCheck(
                USERINFO,
                f"a Location with a user name or password, at {target.origin}",
                f"Location: {target}",
                "",
                "remove the user name and password from the Location header",
            )
        )


def change_method(request: Request, status: int) -> None:
    """Change the method to GET and drop the body where the status demands it."""
    method = method_after_redirect(status, request.method)
    if method != request.method:
        request.method, request.body = method, None
        request.drop(BODY_HEADERS)


def drop_authorization(request: Request, target: URL) -> None:
    """Drop Authorization if the redirect leads to another origin."""
    if request.url.origin != target.origin:
        request.drop({"authorization"})


def drop_client_hints(request: Request, target: URL) -> None:
    """Drop client hints if the redirect leads away from the page's origin (Chromium only)."""
    if "client-hints-safelisted" in request.profile and request.origin != target.origin:
        request.drop(CLIENT_HINTS.keys() - {"save-data"})


def taint(request: Request, target: URL) -> None:
    """Hide the page's origin if another origin redirects to a different origin."""
    crosses = request.url.origin != target.origin
    hidden = request.mode == "no-cors" and "no-cors-redirect-hides-origin" in request.profile
    if crosses and (hidden or request.origin != request.url.origin):
        request.is_tainted = True
