"""Where redirects lead: to another address of the same resource, or to a login.

What a login is shows in the words of a URL, or in a page of another site.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from ...testing.log import Exchange
from ...testing.responses import REDIRECT_STATUSES, RawResponse
from ...testing.urls import URL

PATH_WORDS = frozenset(
    {
        "adfs",
        "auth",
        "authenticate",
        "authorise",
        "authorize",
        "cas",
        "login",
        "logon",
        "oauth",
        "oauth2",
        "oidc",
        "openid",
        "openidconnect",
        "saml",
        "saml2",
        "signin",
        "sso",
    }
)
"""Parts of the path of a login, in lower case and without hyphens and underscores."""

STATE_WORDS = frozenset(
    {
        "check",
        "me",
        "profile",
        "refresh",
        "session",
        "status",
        "token",
        "user",
        "userinfo",
        "whoami",
    }
)
"""How the path of an API ends that answers who has logged in, as ``/auth/me``."""

LOGOUT_WORDS = frozenset({"logoff", "logout", "signoff", "signout"})

HOST_WORDS = frozenset({"accounts", "auth", "idp", "login", "oauth", "signin", "sso"})
"""Labels of a host that serves a login."""

RETURN_NAMES = frozenset(
    {
        "camefrom",
        "clientid",
        "continue",
        "goto",
        "next",
        "rd",
        "redirecturi",
        "redirecturl",
        "relaystate",
        "responsetype",
        "returnto",
        "returnurl",
        "samlrequest",
    }
)
"""Names in a query that say where to return, or which app asks; written as the words of a path."""


SIGNATURE_NAMES = frozenset({"expires", "sig", "signature", "xamzsignature", "xgoogsignature"})
"""Names in the query of a signed URL, written in the same way."""


def _plain(text: str) -> str:
    return re.sub("[-_]", "", text.lower())


def _parts(url: URL) -> set[str]:
    return {_plain(part) for part in re.split("[/.]", url.path)}


def _names(url: URL) -> set[str]:
    query = url.target.partition("?")[2]
    return {_plain(name) for name, _ in parse_qsl(query, keep_blank_values=True)}


def login_words(url: URL) -> frozenset[str]:
    """Return the words in a URL that speak of a login."""
    labels = {*url.host.split(".")}
    return PATH_WORDS & _parts(url) | HOST_WORDS & labels | RETURN_NAMES & _names(url)


def is_signed(url: URL) -> bool:
    """Return whether a URL is signed, so that it holds for a short time only."""
    return not SIGNATURE_NAMES.isdisjoint(_names(url))


def leads_to_login(source: URL, target: URL) -> bool:
    """Return whether a redirect leads to a login: the target has words that the source lacks."""
    is_logout = not LOGOUT_WORDS.isdisjoint(_parts(source))
    return not is_logout and not login_words(target) <= login_words(source)


def starts_login(url: URL) -> bool:
    """Return whether a URL itself starts a login, as far as its words show."""
    last = url.path.rstrip("/").rpartition("/")[2]
    return not PATH_WORDS.isdisjoint(_parts(url)) and _plain(last) not in STATE_WORDS


def is_page(response: RawResponse) -> bool:
    """Return whether a response shows a page to people."""
    is_html = (response.get("Content-Type") or "").lower().startswith("text/html")
    return is_html and 200 <= response.status <= 299


def is_same_host(one: URL, other: URL) -> bool:
    """Return whether two URLs are at the same host, with or without ``www.``."""
    return one.host.removeprefix("www.") == other.host.removeprefix("www.")


def is_moved(source: URL, target: URL) -> bool:
    """Return whether two URLs differ only in scheme, host, port or a slash at the end."""
    path, _, query = source.target.partition("?")
    new_path, _, new_query = target.target.partition("?")
    is_same = (path.rstrip("/"), query) == (new_path.rstrip("/"), new_query)
    return is_same and (path != "/" or is_same_host(source, target))


@dataclass(frozen=True, slots=True)
class Hop:
    """A redirect: the exchange that redirects, and where to."""

    exchange: Exchange
    location: str
    target: URL | None
    """``None`` if the location is not a valid URL."""
    answer: RawResponse | None = None
    """The response after all redirects; ``None`` if that is not known."""

    @property
    def source(self) -> URL:
        """The URL that redirects."""
        return self.exchange.url

    @property
    def is_preflight(self) -> bool:
        """Whether a preflight is redirected."""
        return self.exchange.kind == "preflight"

    @property
    def other(self) -> URL | None:
        """The target, if it is another resource that a browser can request."""
        is_other = self.target and self.target.is_http and not is_moved(self.source, self.target)
        return self.target if is_other else None

    @property
    def speaks_of_login(self) -> bool:
        """Whether the words of the target are those of a login."""
        return self.other is not None and leads_to_login(self.source, self.other)

    @property
    def is_login(self) -> bool:
        """Whether the redirect certainly leads to a login."""
        shows_page = self.answer is not None and is_page(self.answer)
        return self.speaks_of_login or (shows_page and self.leaves_site)

    @property
    def may_be_login(self) -> bool:
        """Whether the redirect leads to another site, and what answers there is not known."""
        return self.leaves_site and self.answer is None

    @property
    def leaves_origin(self) -> bool:
        """Whether the redirect leads to another origin."""
        return self.target is not None and self.target.origin != self.source.origin

    @property
    def leaves_site(self) -> bool:
        """Whether the redirect leads to another resource at another site; schemes do not count."""
        return self.other is not None and self.source.site[1] != self.other.site[1]


def hops_of(log: Sequence[Exchange]) -> list[Hop]:
    """List the redirects among exchanges."""
    hops: list[Hop] = []
    for exchange in log:
        location = exchange.response.get("Location")
        if exchange.response.status in REDIRECT_STATUSES and location is not None:
            try:
                target = URL.parse(location, exchange.url)
            except ValueError:
                target = None
            hops.append(Hop(exchange, location, target))
        elif exchange.kind == "request":
            hops = [replace(hop, answer=exchange.response) for hop in hops]
    return hops


def find_login(hops: Iterable[Hop]) -> Hop | None:
    """Return the first redirect that certainly leads to a login."""
    return next((hop for hop in hops if hop.is_login), None)
