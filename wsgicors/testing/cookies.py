"""Cookies: stored by the standard library, and sent where ``SameSite`` allows it.

Fetch leaves cookies to RFC 6265. As in browsers, a cookie without ``SameSite`` counts as ``Lax``:
JavaScript on other sites cannot send it.
"""

import io
import re
from email.message import Message
from http.client import HTTPResponse
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import cast
from urllib.request import Request as StandardRequest
from urllib.response import addinfourl

from .._core.public_suffixes import public_suffix_list
from .requests import Request
from .responses import RawResponse
from .urls import URL

HOST_ONLY = DefaultCookiePolicy(strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain)
"""Sends a cookie without ``Domain`` only to the host that set it."""

_SAME_SITE = re.compile(r";\s*samesite\s*=", re.IGNORECASE)


def to_send(jar: CookieJar, request: Request) -> str | None:
    """Return the Cookie header for a request; ``None`` without cookies."""
    same_site = request.origin != "null" and _site(URL.parse(request.origin)) == _site(request.url)
    sent = CookieJar(HOST_ONLY)
    for cookie in jar:
        if same_site or _same_site_attribute(cookie) == "none":
            sent.set_cookie(cookie)
    asked = StandardRequest(str(request.url))
    sent.add_cookie_header(asked)
    return asked.get_header("Cookie")


def keep(jar: CookieJar, request: Request, response: RawResponse) -> None:
    """Store the cookies of a response."""
    headers = Message()
    for name, value in response.headers:
        headers[name] = _SAME_SITE.sub("; SameSite=", value)
    url = str(request.url)
    reply = cast("HTTPResponse", addinfourl(io.BytesIO(), headers, url))
    jar.extract_cookies(reply, StandardRequest(url))


def _same_site_attribute(cookie: Cookie) -> str:
    return (cookie.get_nonstandard_attr("SameSite") or "lax").lower()


def _site(url: URL) -> tuple[str, str]:
    """Return the scheme and the registrable domain; ports do not count (HTML, "site")."""
    if url.host[-1:].isdigit():
        return url.scheme, url.host
    # Browsers treat an unknown top-level domain as a public suffix.
    domain = public_suffix_list().privatesuffix(url.host, accept_unknown=True)
    return url.scheme, domain or url.host
