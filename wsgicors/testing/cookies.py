"""Cookies: kept by the standard library, but only where their attributes and names allow it.

Fetch leaves cookies to RFC 6265bis, which leaves third parties to browsers: Chromium treats them by
``SameSite`` alone, Firefox gives them other cookies on each top-level site, and WebKit none.
"""

import io
import re
from email.message import Message
from http.client import HTTPResponse
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import cast
from urllib.request import Request as StandardRequest
from urllib.response import addinfourl

from .._core.origins import Origin
from .requests import Request
from .responses import RawResponse
from .urls import URL

HOST_ONLY = DefaultCookiePolicy(
    strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain, secure_protocols=("https", "http")
)
"""Sends a cookie without ``Domain`` only to the host that set it, and leaves ``Secure`` to us."""

_SAME_SITE = re.compile(r";\s*samesite\s*=\s*([^;]*)", re.IGNORECASE)
_SECURE = re.compile(r";\s*secure\s*(?:[;=]|$)", re.IGNORECASE)
_DOMAIN = re.compile(r";\s*domain\s*=", re.IGNORECASE)
_PATH = re.compile(r";\s*path\s*=\s*([^;]*)", re.IGNORECASE)


def to_send(jar: CookieJar, request: Request) -> str | None:
    """Return the Cookie header for a request; ``None`` without cookies."""
    if is_blocked(request):
        return None
    same_site = is_same_site(request, "redirects-send-same-site" in request.profile)
    secure = _is_secure(request)
    sent = CookieJar(HOST_ONLY)
    for cookie in jar:
        attribute = cookie.get_nonstandard_attr("SameSite")
        if (same_site or _allows_cross_site(attribute, request)) and (secure or not cookie.secure):
            sent.set_cookie(cookie)
    asked = StandardRequest(str(request.url))
    sent.add_cookie_header(asked)
    return asked.get_header("Cookie")


def keep(jar: CookieJar, request: Request, response: RawResponse) -> None:
    """Store the cookies of a response (RFC 6265bis, "storage model").

    A cross-site response can neither set nor remove a cookie without ``SameSite=None``. A cookie
    with it has to be ``Secure``, and one that is ``Secure`` has to come from a secure URL. A prefix
    of the name may ask for more.
    """
    if is_blocked(request):
        return
    same_site = is_same_site(request, "redirects-store-same-site" in request.profile)
    secure = _is_secure(request)
    none_needs_secure = "same-site-none-needs-no-secure" not in request.profile
    headers = Message()
    for name, value in response.headers:
        attribute = next(iter(_SAME_SITE.findall(value)[-1:]), None)
        has_secure = _SECURE.search(value) is not None
        allowed = same_site or _allows_cross_site(attribute, request)
        allowed &= secure if has_secure else not (none_needs_secure and _is_none(attribute))
        if allowed and ("cookie-prefixes-ignored" in request.profile or _suits_its_prefix(value)):
            headers[name] = _SAME_SITE.sub(r"; SameSite=\1", value)
    url = str(request.url)
    reply = cast("HTTPResponse", addinfourl(io.BytesIO(), headers, url))
    jar.extract_cookies(reply, StandardRequest(url))


def is_blocked(request: Request) -> bool:
    """Return whether the browser sends and stores no cookies, because a URL is of a third party."""
    blocks = "third-party-cookies-blocked" in request.profile
    return blocks and any(is_third_party(url, request) for url in request.urls)


def is_third_party(url: URL, request: Request) -> bool:
    """Return whether a URL is of another site than the page and its top-level page."""
    return url.site != request.site_for_cookies


def is_same_site(request: Request, by_last_url: bool) -> bool:
    """Return whether the page and all URLs so far are of one site (RFC 6265bis, section 5.2).

    :param by_last_url: whether only the current URL counts.
    """
    urls = request.urls[-1:] if by_last_url else request.urls
    return not any(is_third_party(url, request) for url in urls)


def _is_secure(request: Request) -> bool:
    """Return whether ``Secure`` allows the URL: over https, or on the visitor's own machine.

    RFC 6265bis leaves the latter to browsers.
    """
    scheme, host = request.url.scheme, request.url.host
    on_loopback = Origin(scheme, host, None).is_loopback
    return scheme == "https" or (on_loopback and "secure-needs-https" not in request.profile)


def _suits_its_prefix(cookie: str) -> bool:
    """Return whether a cookie has what its name promises (RFC 6265bis, "cookie name prefixes")."""
    name = cookie.lstrip().lower()
    has_secure = _SECURE.search(cookie) is not None
    if name.startswith("__host-"):
        paths = [path.strip() for path in _PATH.findall(cookie)]
        return has_secure and paths[-1:] == ["/"] and _DOMAIN.search(cookie) is None
    return has_secure or not name.startswith("__secure-")


def _is_none(same_site: str | None) -> bool:
    return (same_site or "").strip().lower() == "none"


def _allows_cross_site(same_site: str | None, request: Request) -> bool:
    """Return whether a cookie with this attribute is for requests from every site."""
    unset = (same_site or "").strip().lower() not in {"lax", "strict"}
    return _is_none(same_site) or (unset and "no-lax-by-default" in request.profile)
