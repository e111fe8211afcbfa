"""Cookies: kept by the standard library, but only where their attributes and names allow it.

Fetch leaves cookies to RFC 6265bis, which leaves third parties to browsers: Chromium treats them by
``SameSite`` alone, Firefox gives them other cookies on each top-level site, and WebKit none.
"""

import io
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from http.client import HTTPResponse
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import cast
from urllib.request import Request as StandardRequest
from urllib.response import addinfourl

from .._core.origins import Origin, ends_in_a_number
from .._core.public_suffixes import public_suffix_list
from .requests import Request
from .responses import RawResponse
from .urls import URL

HOST_ONLY = DefaultCookiePolicy(
    strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain, secure_protocols=("https", "http")
)
"""Sends a cookie without ``Domain`` only to the host that set it, and leaves ``Secure`` to us."""

MAX_SIZE = 4096
"""How long the name and the value of a cookie may be together, in bytes."""

MAX_ATTRIBUTE_SIZE = 1024
"""How long the value of an attribute may be, in bytes."""

PREFLIGHT = "a preflight response cannot set cookies"
NO_CREDENTIALS = "the request does not include credentials"
THIRD_PARTY = "the browser blocks third-party cookies"
EMPTY = "neither a name nor a value"
CONTROL_CHARACTER = "a control character"
TOO_LONG = "longer than MAX_SIZE"
OTHER_DOMAIN = "Domain does not cover the host"
PUBLIC_SUFFIX = "Domain is a public suffix"
NOT_SECURE_URL = "Secure, but the URL is not secure"
NONE_WITHOUT_SECURE = "SameSite=None without Secure"
CROSS_SITE = "SameSite does not allow pages of other sites"
PREFIX_SECURE = "the name needs Secure"
PREFIX_HOST = "the name needs Secure, Path=/ and no Domain"

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_ANYTHING = re.compile(".*")
_VALID = {"max-age": re.compile(r"-?[0-9]+"), "path": re.compile("/.*")}
"""The values of attributes that count; others are as if the attribute was absent."""

_STORED = {
    "expires": "Expires",
    "httponly": "HttpOnly",
    "max-age": "Max-Age",
    "partitioned": "Partitioned",
    "path": "Path",
    "samesite": "SameSite",
    "secure": "Secure",
}
"""Attributes that are handed to the standard library as they are."""


@dataclass(frozen=True, slots=True)
class SetCookie:
    """A cookie that a server sets, and what the browser does with it."""

    name: str
    """Empty if the cookie has only a value."""
    value: str = field(repr=False)
    attributes: Mapping[str, str]
    """The values by the names in lower case; the last of a name counts."""
    dropped: tuple[str, ...] = ()
    """Why the browser drops the cookie: reasons of this module; empty if it does not."""
    removes: bool = False
    """Whether the cookie has expired already, so that it removes one of its name."""

    @property
    def same_site(self) -> str:
        """The attribute ``SameSite`` in lower case; empty if it is absent or unknown."""
        value = self.attributes.get("samesite", "").lower()
        return value if value in {"lax", "strict", "none"} else ""

    @property
    def is_secure(self) -> bool:
        """Whether the cookie has the attribute ``Secure``."""
        return "secure" in self.attributes


def _parse(line: str, max_attribute_size: float) -> SetCookie:
    """Parse the value of a ``Set-Cookie`` header (RFC 6265bis, "the Set-Cookie header field")."""
    pair, *rest = line.split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", name
    attributes: dict[str, str] = {}
    for attribute in rest:
        key, _, given = (part.strip(" \t") for part in attribute.partition("="))
        if len(given) <= max_attribute_size:
            attributes[key.lower()] = given
    return SetCookie(name.strip(" \t"), value.strip(" \t"), attributes)


def to_send(jar: CookieJar, request: Request) -> str | None:
    """Return the Cookie header for a request; ``None`` without cookies."""
    sent = CookieJar(HOST_ONLY)
    for cookie in jar:
        attribute = (cookie.get_nonstandard_attr("SameSite") or "").lower()
        if why_withheld(attribute, cookie.secure, request) is None:
            sent.set_cookie(cookie)
    asked = StandardRequest(str(request.url))
    sent.add_cookie_header(asked)
    return asked.get_header("Cookie")


def why_withheld(same_site: str, is_secure: bool, request: Request) -> str | None:
    """Return why a browser does not send a cookie; ``None`` if its attributes allow it.

    :param same_site: the attribute ``SameSite`` in lower case.
    """
    if is_blocked(request):
        return THIRD_PARTY
    if is_secure and not _is_secure(request):
        return NOT_SECURE_URL
    by_last_url = "redirects-send-same-site" in request.profile
    if is_same_site(request, by_last_url) or _allows_cross_site(same_site, request):
        return None
    return CROSS_SITE


def keep(
    jar: CookieJar, request: Request, response: RawResponse, ignored: str = ""
) -> list[SetCookie]:
    """Store the cookies of a response (RFC 6265bis, "storage model"), and say which are dropped.

    :param ignored: why no cookie of the response is stored.
    """
    is_checked = "cookie-contents-unchecked" not in request.profile
    cookies: list[SetCookie] = []
    for line in [value for name, value in response.headers if name.lower() == "set-cookie"]:
        cookie = _parse(line, MAX_ATTRIBUTE_SIZE if is_checked else math.inf)
        dropped = (*filter(None, [ignored]), *_why_dropped(cookie, line, request))
        alone = CookieJar()
        if not dropped:
            store(alone, request.url, cookie)
            store(jar, request.url, cookie)
        removes = not dropped and not [*alone]
        cookies.append(replace(cookie, dropped=dropped, removes=removes))
    return cookies


def _why_dropped(cookie: SetCookie, line: str, request: Request) -> Iterator[str]:
    """Return why a browser drops a cookie of a response.

    A cross-site response can neither set nor remove a cookie without ``SameSite=None``. A cookie
    with it has to be ``Secure``, and one that is ``Secure`` has to come from a secure URL. A prefix
    of the name may ask for more.
    """
    if not cookie.name and not cookie.value:
        yield EMPTY
    if "cookie-contents-unchecked" not in request.profile:
        if _CONTROL.search(line):
            yield CONTROL_CHARACTER
        if len(cookie.name) + len(cookie.value) > MAX_SIZE:
            yield TOO_LONG
    domain, host = _domain(cookie), request.url.host
    if domain not in ("", host):
        if _is_public_suffix(domain):
            yield PUBLIC_SUFFIX
        elif not host.endswith(f".{domain}") or ends_in_a_number(host):
            yield OTHER_DOMAIN
    if "cookie-prefixes-ignored" not in request.profile and not _suits_its_prefix(cookie):
        is_host = (cookie.name or cookie.value).lower().startswith("__host-")
        yield PREFIX_HOST if is_host else PREFIX_SECURE
    if cookie.is_secure and not _is_secure(request):
        yield NOT_SECURE_URL
    if is_blocked(request):
        yield THIRD_PARTY
        return
    needs_secure = "same-site-none-needs-no-secure" not in request.profile
    if cookie.same_site == "none" and not cookie.is_secure and needs_secure:
        yield NONE_WITHOUT_SECURE
    same_site = is_same_site(request, "redirects-store-same-site" in request.profile)
    if not same_site and not _allows_cross_site(cookie.same_site, request):
        yield CROSS_SITE


def store(jar: CookieJar, url: URL, cookie: SetCookie) -> None:
    """Store a cookie of a URL, or remove what it replaces if it has expired."""
    parts = [f"{cookie.name}={cookie.value}" if cookie.name else cookie.value]
    domain = _domain(cookie)
    if domain and not (domain == url.host and _is_public_suffix(domain)):
        parts.append(f"Domain={domain}")
    for name, value in cookie.attributes.items():
        if name in _STORED and _VALID.get(name, _ANYTHING).fullmatch(value):
            parts.append(f"{_STORED[name]}={value}" if value else _STORED[name])
    headers = Message()
    headers["Set-Cookie"] = "; ".join(parts)
    reply = cast("HTTPResponse", addinfourl(io.BytesIO(), headers, str(url)))
    jar.extract_cookies(reply, StandardRequest(str(url)))


def assumed(request: Request) -> list[SetCookie]:
    """Return the cookies that the browser already has for the URL.

    They have the attributes with which a browser sends cookies most often: ``SameSite=None`` and
    ``Secure``, or none for a URL that gets no secure cookies.
    """
    return [_assumed(name, value, request) for name, value in request.cookies]


def _assumed(name: str, value: str, request: Request) -> SetCookie:
    plain = SetCookie(name, value, {"path": "/"})
    if not _is_secure(request) and not any(_why_dropped(plain, "", request)):
        return plain
    return replace(plain, attributes={"path": "/", "samesite": "None", "secure": ""})


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


def _domain(cookie: SetCookie) -> str:
    """Return the attribute ``Domain`` without the dot before it, in lower case."""
    return cookie.attributes.get("domain", "").removeprefix(".").lower()


def _is_public_suffix(domain: str) -> bool:
    """Return whether unrelated sites are below a domain; an unknown top-level domain counts."""
    return public_suffix_list().privatesuffix(domain, accept_unknown=True) is None


def _suits_its_prefix(cookie: SetCookie) -> bool:
    """Return whether a cookie has what its name promises (RFC 6265bis, "cookie name prefixes")."""
    name = (cookie.name or cookie.value).lower()
    if name.startswith("__host-"):
        is_of_host = "domain" not in cookie.attributes and cookie.attributes.get("path") == "/"
        return cookie.is_secure and is_of_host
    return cookie.is_secure or not name.startswith("__secure-")


def _allows_cross_site(same_site: str, request: Request) -> bool:
    """Return whether a cookie with this attribute is for requests from every site."""
    if same_site in {"lax", "strict"}:
        return False
    return same_site == "none" or "no-lax-by-default" in request.profile
