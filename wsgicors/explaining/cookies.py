"""What the browser does with cookies, in sentences: those that it keeps, drops and does not send.

Sentences have the names of cookies, never their values.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import cast

from .._core.origins import Origin
from ..testing import cookies
from ..testing.cookies import SetCookie
from ..testing.fetch import includes_credentials
from ..testing.log import Exchange
from ..testing.requests import Request
from ..testing.urls import URL
from .changes.hops import hops_of
from .evidence.csrf import explain_csrf
from .evidence.senders import LOGIN_STATUSES
from .words import join

SETTINGS = {
    "access_token_cookie": ("Flask-JWT-Extended", "JWT_COOKIE_SAMESITE", "JWT_COOKIE_SECURE"),
    "csrftoken": ("Django", "CSRF_COOKIE_SAMESITE", "CSRF_COOKIE_SECURE"),
    "refresh_token_cookie": ("Flask-JWT-Extended", "JWT_COOKIE_SAMESITE", "JWT_COOKIE_SECURE"),
    "remember_token": ("Flask-Login", "REMEMBER_COOKIE_SAMESITE", "REMEMBER_COOKIE_SECURE"),
    "session": ("Flask", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_SECURE"),
    "sessionid": ("Django", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_SECURE"),
}
"""Cookies by their usual names: the framework and its settings for ``SameSite`` and ``Secure``."""

ONE_SITE = "serve the page and the API from one site, or use tokens instead of cookies"
DIRECTLY = "have the page request {url} directly"
ONE_NAME = "open the page and the API under one host name, such as localhost"
SEND = "send it with SameSite=None; Secure"
SEND_OVER_HTTPS = "send it over https with SameSite=None; Secure"

EXPLAIN_LOGIN = (
    "If there was a login, explain the login request too: it says whether the browser keeps its "
    "cookie."
)

DROPPED = {
    cookies.PREFLIGHT: (
        "a preflight response cannot set cookies",
        "set it in the response to the request itself",
    ),
    cookies.NO_CREDENTIALS: (
        "the request does not include credentials",
        "if the page needs it, use {include}",
    ),
    cookies.THIRD_PARTY: ("the browser blocks third-party cookies and {elsewhere}", "{one_site}"),
    cookies.EMPTY: ("it has neither a name nor a value", "give it a name"),
    cookies.CONTROL_CHARACTER: (
        "it contains a control character",
        "use only printable ASCII characters",
    ),
    cookies.TOO_LONG: (
        f"its name and value are longer than {cookies.MAX_SIZE} bytes",
        "keep the data on the server and only a key in the cookie",
    ),
    cookies.OTHER_DOMAIN: (
        "its Domain {domain!r} is neither the host {host} nor a domain above it",
        "leave out Domain, or use a domain of the host",
    ),
    cookies.PUBLIC_SUFFIX: (
        "its Domain {domain!r} is a public suffix, which unrelated sites share",
        "leave out Domain, or use a domain below the suffix",
    ),
    cookies.PREFIX_SECURE: ("a name with the prefix __Secure- requires Secure", "add Secure"),
    cookies.PREFIX_HOST: (
        "a name with the prefix __Host- requires Secure, Path=/ and no Domain",
        "add Secure and Path=/, and leave out Domain",
    ),
    cookies.NOT_SECURE_URL: ("it is Secure and the URL is not https", "use https"),
    cookies.NONE_WITHOUT_SECURE: ("it is SameSite=None without Secure", "{secure}"),
    cookies.CROSS_SITE: ("it {has} and {elsewhere}", "{send}"),
}
"""Why a cookie is dropped, and what to do about it."""

WITHHELD = {
    cookies.NO_CREDENTIALS: (DROPPED[cookies.NO_CREDENTIALS][0], "use {include}"),
    cookies.THIRD_PARTY: DROPPED[cookies.THIRD_PARTY],
    cookies.NOT_SECURE_URL: (
        "only a Secure cookie could be sent, and the URL is not https",
        "use https",
    ),
}
"""Why the browser does not send a cookie that it already has, and what to do about it."""

HAS = {"lax": "is SameSite=Lax", "strict": "is SameSite=Strict"}
HAS_NONE = "has no SameSite (which counts as Lax)"

MOST_SET = 20
"""The most cookies of responses that are described."""

_NOT_IN_A_NAME = re.compile(r"[\x00-\x20\x7f;=]|[^\x00-\x7f]")
_NOT_IN_A_VALUE = re.compile(r"[\x00-\x1f\x7f;]|[^\x00-\x7f]")


def split(text: str) -> dict[str, str]:
    """Split cookies as they are in a Cookie header, for example ``a=1; b=2``.

    :raises ValueError: if one of them has no ``=``.
    """
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if wrong := next((part for part in parts if "=" not in part), ""):  # may be a secret
        given = f"'…' ({len(wrong)} characters)"
        raise ValueError(f"the cookie {given} has no '='; use the form 'name=value'")
    return dict(part.split("=", 1) for part in parts)


def check(given: object) -> tuple[tuple[str, str], ...]:
    """Return cookies as names and values, if a browser could have them.

    :raises ValueError: if not.
    """
    if given is not None and not isinstance(given, Mapping):
        what = type(given).__name__
        raise ValueError(f"cookies is a {what}, not a mapping; use the form {{'name': 'value'}}")
    checked: list[tuple[str, str]] = []
    for name, value in cast("Mapping[object, object]", given or {}).items():
        if not isinstance(name, str) or not name or _NOT_IN_A_NAME.search(name):
            raise ValueError(
                f"{name!r} is not the name of a cookie; use ASCII characters other than spaces, "
                "';' and '='"
            )
        if not isinstance(value, str) or _NOT_IN_A_VALUE.search(value):
            raise ValueError(
                f"the value of the cookie {name!r} is not one that browsers send; use a string of "
                "printable ASCII characters other than ';'"
            )
        if len(name) + len(value) > cookies.MAX_SIZE:
            raise ValueError(
                f"the cookie {name!r} is longer than browsers keep; use at most "
                f"{cookies.MAX_SIZE} bytes for its name and value"
            )
        checked.append((name, value))
    return tuple(checked)


def describe(
    request: Request, log: Sequence[Exchange], *, is_recorded: bool = False
) -> Iterator[str]:
    """Say which cookies are not sent, which ones of the responses the browser drops, and why.

    :param request: the request as the fetch has left it.
    :param is_recorded: whether the exchanges were recorded, perhaps without their cookies.
    """
    yield from _describe_sent(request.remake(request.profile))
    missing = partial(_explain_missing, request=request, is_recorded=is_recorded)
    if log and (refusal := explain_csrf(request, log[-1], missing)):
        yield refusal
    elif log and not request.cookies and includes_credentials(request) and not is_recorded:
        yield from _ask_for_cookies(log[-1], request)
    described = [*_cookies_set(log)]
    for cookie, url in described[:MOST_SET]:
        yield _describe_set(cookie, url, request)
    if more := described[MOST_SET:]:
        yield f"The responses set {len(more):,} more cookies."


def _cookies_set(log: Sequence[Exchange]) -> Iterator[tuple[SetCookie, URL]]:
    """Yield the cookies of responses; those of preflights unless a later response sets them."""
    for number, exchange in enumerate(log):
        later = {cookie.name for one in log[number + 1 :] for cookie in one.cookies}
        for cookie in exchange.cookies:
            if exchange.kind == "request" or cookie.name not in later:
                yield cookie, exchange.url


def _describe_sent(first: Request) -> Iterator[str]:
    """Say why cookies that the browser already has are not sent, or what they need.

    :param first: the request before it is sent.
    """
    names: dict[str | None, list[str]] = {}
    for cookie in cookies.assumed(first):
        why: str | None = cookies.NO_CREDENTIALS
        if includes_credentials(first):
            why = cookies.why_withheld(cookie.same_site, cookie.is_secure, first)
        names.setdefault(why, []).append(repr(cookie.name))
    words = _words(first.url, first)
    for why, group in names.items():
        which, are = ("cookies", "are") if group[1:] else ("cookie", "is")
        which = f"{which} {join(group)}"
        if why is not None:
            because = _because(WITHHELD[why], words)
            yield f"The browser does not send the {which}, because {because}."
        elif cookies.is_third_party(first.url, first):
            how = "with SameSite=None; Secure"
            if "no-lax-by-default" in first.profile:
                how = "without SameSite=Lax or Strict"
            if "third-party-cookies-partitioned" in first.profile:
                how += f", by a response to a page of {first.origin}"
            yield f"The {which} {are} sent only if set {how}, because {words['elsewhere']}."


def _ask_for_cookies(last: Exchange, request: Request) -> Iterator[str]:
    """Say that a response may ask for a login because the request brought no cookie."""
    if any(map(last.request_header, ("Access-Control-Request-Method", "Authorization", "Cookie"))):
        return
    status = last.response.status
    is_redirected = any(hop.is_login or hop.names_login for hop in hops_of([last], {}))
    if status not in LOGIN_STATUSES and not is_redirected:
        return
    brief = f"The page's request had no cookies, which may be why the response is {status}"
    if cookies.is_blocked(request):
        yield f"{brief}: {_because(WITHHELD[cookies.THIRD_PARTY], _words(last.url, request))}."
    else:
        yield (
            f"{brief}; use --cookie 'name=value' (in Python cookies={{'name': 'value'}}) "
            f"to send some. {EXPLAIN_LOGIN}"
        )


def _explain_missing(name: str, request: Request, is_recorded: bool) -> str:
    """Say why a request that includes credentials may lack a cookie, and how to find out."""
    sentences = ["To see whether the browser keeps it, explain the request that sets it."]
    if not is_recorded:
        use = f"--cookie '{name}=…' (in Python cookies={{'{name}': '…'}})"
        sentences.append(f"To send it, use {use}.")
    if cookies.is_third_party(request.url, request):
        words = _with_settings(_words(request.url, request), name)
        sentences.insert(
            0,
            f"Because {words['elsewhere']}, the browser sends it only if it is SameSite=None: "
            f"{words['send']}.",
        )
    return " ".join(sentences)


def _describe_set(cookie: SetCookie, url: URL, request: Request) -> str:
    """Say what the browser does with a cookie of a response."""
    which = f"the cookie {cookie.name!r}" if cookie.name else "a cookie without a name"
    if cookie.removes:
        return f"The browser removes {which}."
    is_third_party = cookies.is_third_party(url, request)
    if not cookie.dropped:
        kept = f"The browser keeps {which}"
        if request.origin == url.origin:
            return f"{kept}."
        kept += ", and sends it only with requests that include credentials."
        if not is_third_party:
            return kept
        if "third-party-cookies-partitioned" in request.profile:
            return f"{kept} Pages of other sites do not share it."
        return f"{kept} It is a third-party cookie, which other browsers, such as Safari, block."
    words = _words(url, request) | {
        "domain": cookie.attributes.get("domain", ""),
        "has": HAS.get(cookie.same_site, HAS_NONE),
    }
    words = _with_settings(words, cookie.name)
    dropped = cookie.dropped[:1] if cookies.PREFLIGHT in cookie.dropped else cookie.dropped
    clauses, advice = zip(*map(DROPPED.__getitem__, dropped), strict=True)
    why = ", and because ".join(clauses), ", and ".join(dict.fromkeys(advice))
    return f"The browser drops {which}, because {_because(why, words)}."


def _with_settings(words: dict[str, str], name: str) -> dict[str, str]:
    """Add the settings of a framework that send a cookie with this name, if it is known."""
    if name in SETTINGS:
        framework, same_site, secure = SETTINGS[name]
        settings = f"(in {framework}: {same_site}='None' and {secure}=True)"
        for send in (SEND, SEND_OVER_HTTPS):
            words = {key: f"{send} {settings}" if w == send else w for key, w in words.items()}
    return words


def _because(why: tuple[str, str], words: Mapping[str, str]) -> str:
    """Return why something is so, and what to do about it."""
    return "; ".join(why).format(**words)


def _words(url: URL, request: Request) -> dict[str, str]:
    """Return what depends on the URL and the page, to fill in the sentences."""
    words = {
        "host": url.host,
        "include": "withCredentials" if request.is_xhr else "credentials: 'include'",
        "elsewhere": "a redirect of another site led here",
        "one_site": DIRECTLY.format(url=url),
        "send": DIRECTLY.format(url=url),
        "secure": "add Secure, or leave out SameSite=None",
    }
    if not cookies.is_third_party(url, request):
        return words
    page, server = Origin.parse(request.origin), Origin.parse(url.origin)
    words["elsewhere"] = "the page is of another site"
    if page and server and page.is_loopback and server.is_loopback:
        return words | {"one_site": ONE_NAME, "send": ONE_NAME, "secure": SEND}
    if page and page.scheme != url.scheme:
        words["elsewhere"] += " (a site has one scheme)"
    send = SEND if url.scheme == "https" else SEND_OVER_HTTPS
    return words | {"one_site": ONE_SITE, "send": send, "secure": send}
