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
    same_site, secure = is_same_site(request), _is_secure(request.url)
    sent = CookieJar(HOST_ONLY)
    for cookie in jar:
        is_none = _is_none(cookie.get_nonstandard_attr("SameSite"))
        if (same_site or is_none) and (secure or not cookie.secure):
            sent.set_cookie(cookie)
    asked = StandardRequest(str(request.url))
    sent.add_cookie_header(asked)
    return asked.get_header("Cookie")


def keep(jar: CookieJar, request: Request, response: RawResponse) -> None:
    """Store the cookies of a response (RFC 6265bis, "storage model").

    A cross-site response can neither set nor remove a cookie without ``SameSite=None``. A cookie
    with it has to be ``Secure``, and one that is ``Secure`` has to come from a secure URL.
    """
    same_site, secure = is_same_site(request), _is_secure(request.url)
    headers = Message()
    for name, value in response.headers:
        is_none = _is_none(*_SAME_SITE.findall(value)[-1:])
        has_secure = _SECURE.search(value) is not None
        if (has_secure if is_none else same_site) and (secure or not has_secure):
            headers[name] = _SAME_SITE.sub(r"; SameSite=\1", value)
    url = str(request.url)
    reply = cast("HTTPResponse", addinfourl(io.BytesIO(), headers, url))
    jar.extract_cookies(reply, StandardRequest(url))


def is_same_site(request: Request) -> bool:
    """Return whether the page and all URLs so far are of one site (RFC 6265bis, section 5.2)."""
    urls = request.urls[-1:] if "redirects-stay-same-site" in request.profile else request.urls
    return all(url.site == request.site_for_cookies for url in urls)


def _is_secure(url: URL) -> bool:
    """Return whether ``Secure`` allows a URL: over https, or on the visitor's own machine.

    RFC 6265bis leaves the latter to browsers. Chromium and Firefox allow it, WebKit does not.
    """
    return url.scheme == "https" or Origin(url.scheme, url.host, None).is_loopback


def _is_none(same_site: str | None = None) -> bool:
    """Return whether a cookie with this attribute is for requests from every site."""
    return (same_site or "").strip().lower() == "none"
