"""Fetch itself: from a request to a response, through preflights and redirects.

The functions follow the algorithms of the standard that they are named after.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar

from ..core.headers import SAFELISTED_METHODS, Header
from . import checks, cookies, redirects
from .blocked import CORSBlocked, Fault, FaultFound, NetworkError
from .cache import LastPreflightCache, PreflightCache, kept_seconds
from .log import Exchange, Log
from .network import Send, read_data
from .profiles import Profile
from .requests import Request
from .responses import REDIRECT_STATUSES, RawResponse, Response, filtered
from .safelist import unsafe_names
from .urls import URL

STAYS_AT_ORIGIN = "main fetch: does a request of mode 'same-origin' stay at its origin?"


@dataclass(frozen=True, slots=True)
class Client:
    """What a page brings to each of its fetches."""

    partition: object
    """Stands for the pages that share what they learn: those of one origin."""
    profile: Profile
    cache: PreflightCache | LastPreflightCache
    cookies: CookieJar
    log: Log
    find_server: Callable[[URL], Send]


def fetch(client: Client, request: Request) -> Response:
    """Fetch, "fetch": send a request and return what script may see of the response.

    :raises CORSBlocked: if a check of CORS fails.
    :raises NetworkError: if it fails for another reason.
    """
    begun = len(client.log)
    try:
        return main_fetch(client, request)
    except FaultFound as found:
        what = f"{request.method} {request.url} from a page of {request.origin!r}"
        raise CORSBlocked(what, found.fault, Log(client.log[begun:])) from None


def main_fetch(client: Client, request: Request) -> Response:
    """Fetch, "main fetch": decide by origin and mode how to go on."""
    if request.url.scheme == "data":
        return filtered(read_data(request.url), "basic", str(request.url), False, False)
    if request.is_same_origin and request.tainting == "basic":
        return http_fetch(client, request, may_preflight=False)
    if request.mode == "same-origin":
        fault = Fault(
            STAYS_AT_ORIGIN,
            f"a request to {request.url.origin}",
            f"a URL at {request.origin}",
            "",
            "the mode of the page's request",
        )
        raise FaultFound(fault)
    if request.mode == "no-cors":
        if request.redirect != "follow":
            raise NetworkError("a request of mode 'no-cors' has to follow redirects")
        request.tainting = "opaque"
        return http_fetch(client, request, may_preflight=False)
    if not request.url.is_http:
        raise NetworkError(f"{request.url} is no address for a request of mode 'cors'")
    request.tainting = "cors"
    unsafe = unsafe_names(request.headers, client.profile)
    needs_preflight = (
        request.use_preflight or request.method not in SAFELISTED_METHODS or bool(unsafe)
    )
    try:
        return http_fetch(client, request, may_preflight=needs_preflight)
    except (FaultFound, NetworkError):
        if needs_preflight:
            client.cache.fail(client.partition, request)
        raise


def http_fetch(client: Client, request: Request, *, may_preflight: bool) -> Response:
    """Fetch, "HTTP fetch": ask first if need be, send, check, and follow redirects."""
    unsafe = unsafe_names(request.headers, client.profile)
    if may_preflight and not client.cache.covers(client.partition, request, unsafe):
        preflight_fetch(client, request, unsafe)
    raw = network_fetch(client, request)
    if request.is_cors:
        checks.check_cors(request, raw)
    if raw.status in REDIRECT_STATUSES:
        location = raw.get("Location")
        if request.redirect == "manual":
            return filtered(raw, "opaqueredirect", request.url.href, False, False)
        if request.redirect == "error" and (
            location or "redirect-needs-location" not in client.profile
        ):
            raise NetworkError(f"{request.url} redirects, and the request asked not to")
        if location is not None:
            redirects.follow(request, raw.status, location, client.profile)
            return main_fetch(client, request)
    redirected = request.redirects > 0
    return filtered(raw, request.tainting, request.url.href, redirected, request.with_credentials)


def preflight_fetch(client: Client, request: Request, unsafe: Sequence[str]) -> None:
    """Fetch, "CORS-preflight fetch": ask whether the request may be sent, without credentials."""
    headers: list[Header] = [
        ("Accept", "*/*"),
        ("Access-Control-Request-Method", request.method),
    ]
    if unsafe:
        headers.append(("Access-Control-Request-Headers", ",".join(unsafe)))
    headers.append(("Origin", request.sent_origin))
    raw = send(client, request, "OPTIONS", headers, None)
    methods, names = checks.check_preflight(request, raw, unsafe, client.profile)
    seconds = kept_seconds(raw.get("Access-Control-Max-Age"), client.profile)
    client.cache.store(client.partition, request, methods, names, seconds)


def network_fetch(client: Client, request: Request) -> RawResponse:
    """Fetch, "HTTP-network-or-cache fetch": add the browser's own headers, and send."""
    headers = list(request.headers)
    if request.header("Accept") is None:
        headers.append(("Accept", "*/*"))
    if request.is_cors or request.method not in {"GET", "HEAD"}:
        headers.append(("Origin", request.sent_origin))
    with_cookies = includes_credentials(request, client.profile)
    if with_cookies and (value := cookies.to_send(client.cookies, request)):
        headers.append(("Cookie", value))
    raw = send(client, request, request.method, headers, request.body)
    if with_cookies:
        cookies.keep(client.cookies, request, raw)
    return raw


def includes_credentials(request: Request, profile: Profile) -> bool:
    """Tell whether cookies go along (Fetch, "HTTP-network-or-cache fetch")."""
    if request.credentials != "same-origin":
        return request.with_credentials
    if request.mode == "no-cors" and "no-cors-credentials-decided-once" in profile:
        return request.origin == request.urls[0].origin
    return request.tainting == "basic"


def send(
    client: Client, request: Request, method: str, headers: list[Header], body: bytes | None
) -> RawResponse:
    """Send one request and write down what came back."""
    headers = [
        ("Host", request.url.authority),
        *headers,
        ("Sec-Fetch-Mode", request.mode),
        ("User-Agent", f"wsgicors.testing/{client.profile.name}"),
    ]
    if any(name.lower() == "user-agent" for name, _ in headers[1:-1]):
        headers.pop()
    raw = client.find_server(request.url)(method, request.url, headers, body)
    is_preflight = any(name == "Access-Control-Request-Method" for name, _ in headers)
    kind = "preflight" if is_preflight else "request"
    client.log.append(Exchange(kind, request.origin, method, request.url, headers, raw))
    return raw
