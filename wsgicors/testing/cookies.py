"""Cookies: kept by the standard library, but only where ``SameSite`` and ``Secure`` allow it.

Fetch leaves cookies to RFC 6265bis. As there and in Chromium, a cookie without ``SameSite`` counts
as ``Lax``; Firefox treats it as ``None``.
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


def to_send(jar: CookieJar, request: Request) -> str | None:
    """Return the Cookie header for a request; ``None`` without cookies."""
    if is_blocked(request):
        return None
    same_site = is_same_site(request, "redirects-send-same-site" in request.profile)
    secure = _is_secure(request.url)
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
    with it has to be ``Secure``, and one that is ``Secure`` has to come from a secure URL.
    """
    if is_blocked(request):
        return
    same_site = is_same_site(request, "redirects-store-same-site" in request.profile)
    secure = _is_secure(request.url)
    headers = Message()
    for name, value in response.headers:
        attribute = next(iter(_SAME_SITE.findall(value)[-1:]), None)
        has_secure = _SECURE.search(value) is not None
        allowed = same_site or _allows_cross_site(attribute, request)
        if allowed and (has_secure or not _is_none(attribute)) and (secure or not has_secure):
            headers[name] = _SAME_SITE.sub(r"; SameSite=\1", value)
    url = str(request.url)
    reply = cast("HTTPResponse", addinfourl(io.BytesIO(), headers, url))
    jar.extract_cookies(reply, StandardRequest(url))


def is_blocked(request: Request) -> bool:
    """Return whether the browser sends and stores no cookies, because the URL is of a third party.

    RFC 6265bis, section 7.1, leaves this to browsers.
    """
    blocks = "third-party-cookies-blocked" in request.profile
    return blocks and request.url.site != request.top_level_site


def is_same_site(request: Request, by_last_url: bool) -> bool:
    """Return whether the page and all URLs so far are of one site (RFC 6265bis, section 5.2).

    :param by_last_url: whether only the current URL counts.
    """
    urls = request.urls[-1:] if by_last_url else request.urls
    return all(url.site == request.site_for_cookies for url in urls)


def _is_secure(url: URL) -> bool:
    """Return whether ``Secure`` allows a URL: over https, or on the visitor's own machine.

    RFC 6265bis leaves the latter to browsers. Chromium and Firefox allow it, WebKit does not.
    """
    return url.scheme == "https" or Origin(url.scheme, url.host, None).is_loopback


def _is_none(same_site: str | None) -> bool:
    return (same_site or "").strip().lower() == "none"


def _allows_cross_site(same_site: str | None, request: Request) -> bool:
    """Return whether a cookie with this attribute is for requests from every site."""
    unset = (same_site or "").strip().lower() not in {"lax", "strict"}
    return _is_none(same_site) or (unset and "no-lax-by-default" in request.profile)
