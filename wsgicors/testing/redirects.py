"""Following redirects: Fetch, section "HTTP-redirect fetch"."""

from dataclasses import replace

from .blocked import Fault, FaultFound, NetworkError
from .profiles import Profile
from .requests import Request
from .safelist import CLIENT_HINTS
from .urls import URL

MAX_REDIRECTS = 20

NO_USERINFO = "HTTP-redirect fetch: is the location free of user and password?"

BODY_HEADERS = frozenset(
    {"content-encoding", "content-language", "content-location", "content-type"}
)
"""Headers that speak of a body, and go with it ("request-body-header name")."""


def follow(request: Request, status: int, location: str, profile: Profile) -> None:
    """Turn a request into the one that a redirect asks for.

    :raises NetworkError: if the redirect cannot be followed.
    """
    try:
        target = URL.parse(location, base=request.url)
    except ValueError as error:
        raise NetworkError(f"the redirect of {request.url} leads nowhere: {error}") from error
    if not target.is_http:
        raise NetworkError(f"the redirect of {request.url} leads to {location!r}, not over HTTP")
    count(request)
    check_userinfo(request, target, profile)
    change_method(request, status)
    drop_authorization(request, target)
    drop_client_hints(request, target, profile)
    taint(request, target, profile)
    fragment = target.fragment or request.url.fragment
    request.urls.append(replace(target, fragment=fragment))


def count(request: Request) -> None:
    """Give up after twenty."""
    if request.redirects == MAX_REDIRECTS:
        raise NetworkError(f"{request.urls[0]} redirects more than {MAX_REDIRECTS} times")
    request.redirects += 1


def check_userinfo(request: Request, target: URL, profile: Profile) -> None:
    """Keep a redirect from smuggling a user and a password to another origin."""
    crosses = request.is_cors or request.origin != target.origin
    forbidden = request.mode == "cors" and crosses
    forbidden |= "redirect-userinfo-forbidden" in profile and not request.is_xhr
    if target.userinfo and forbidden:
        fault = Fault(
            NO_USERINFO,
            f"Location with user and password, to {target.origin}",
            f"Location: {target}",
            "",
            "whatever writes the Location header",
        )
        raise FaultFound(fault)


def change_method(request: Request, status: int) -> None:
    """Turn into a GET without a body where the status says so."""
    becomes_get = (status in (301, 302) and request.method == "POST") or (
        status == 303 and request.method not in ("GET", "HEAD")
    )
    if becomes_get:
        request.method, request.body = "GET", None
        request.headers = [line for line in request.headers if line[0].lower() not in BODY_HEADERS]


def drop_authorization(request: Request, target: URL) -> None:
    """Keep Authorization from other origins than the one that it was meant for."""
    if request.url.origin != target.origin:
        request.headers = [line for line in request.headers if line[0].lower() != "authorization"]


def drop_client_hints(request: Request, target: URL, profile: Profile) -> None:
    """Keep client hints from other origins than the page's, where the browser knows them."""
    if "client-hints-safelisted" in profile and request.origin != target.origin:
        dropped = CLIENT_HINTS.keys() - {"save-data"}
        request.headers = [line for line in request.headers if line[0].lower() not in dropped]


def taint(request: Request, target: URL, profile: Profile) -> None:
    """Stop telling the page's origin once somebody else's server has redirected elsewhere."""
    crosses = request.url.origin != target.origin
    hidden = request.mode == "no-cors" and "no-cors-redirect-hides-origin" in profile
    if crosses and (hidden or request.origin != request.url.origin):
        request.is_tainted = True
