"""Where redirects lead: to another address of the same resource, or to a login.

A word such as ``login`` in a URL shows a login only together with other evidence: a parameter that
says where to return, another site, or the view of an app.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from ...testing.log import Exchange
from ...testing.responses import REDIRECT_STATUSES, RawResponse
from ...testing.urls import URL
from .policies import find_route

PATH_WORDS = frozenset(
    {
        "adfs",
        "auth",
        "authenticate",
        "authorise",
        "authorize",
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

VAGUE_WORDS = frozenset({"accounts", "cas"})
"""Parts of a path or a host that name a login only beside a parameter that says where to return."""

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

HOST_WORDS = frozenset({"auth", "idp", "login", "oauth", "signin", "sso"})
"""Labels of a host that serves a login, or an API that has to do with logins."""

RETURN_NAMES = frozenset(
    {
        "camefrom",
        "continue",
        "goto",
        "next",
        "rd",
        "redirecturi",
        "redirecturl",
        "relaystate",
        "returnto",
        "returnurl",
        "service",
    }
)
"""Names in a query that say where to return, if the value is a URL; written as words of a path."""

_URL = re.compile(r"https?:|/", re.IGNORECASE)

SIGNATURE_NAMES = frozenset({"expires", "sig", "signature", "xamzsignature", "xgoogsignature"})
"""Names in the query of a signed URL, written in the same way."""


def _plain(text: str) -> str:
    return re.sub("[-_]", "", text.lower())


def _parts(url: URL) -> set[str]:
    return {_plain(part) for part in re.split("[/.]", url.path)}


def _query(url: URL) -> dict[str, str]:
    query = url.target.partition("?")[2]
    return {_plain(name): value for name, value in parse_qsl(query, keep_blank_values=True)}


def _login_words(url: URL) -> frozenset[str]:
    """Return the words in a URL that name a login; the vague ones only if it says where to return.

    A name in the query, such as ``next``, counts only if its value is a URL or a path.
    """
    labels = {*url.host.split(".")}
    words = PATH_WORDS & _parts(url) | HOST_WORDS & labels
    return words | VAGUE_WORDS & (_parts(url) | labels) if _has_return(url) else words


def _has_return(url: URL) -> bool:
    """Return whether a parameter of a URL says where to return."""
    return any(name in RETURN_NAMES and _URL.match(value) for name, value in _query(url).items())


def _starts_protocol(url: URL) -> bool:
    """Return whether a URL begins a login by OAuth, OpenID Connect or SAML, at another site."""
    names = _query(url).keys()
    is_oauth = "clientid" in names and not names.isdisjoint({"redirecturi", "responsetype"})
    return is_oauth or "samlrequest" in names


def is_signed(url: URL) -> bool:
    """Return whether a URL is signed, so that it holds for a short time only."""
    return not SIGNATURE_NAMES.isdisjoint(_query(url))


def new_words(source: URL, target: URL) -> frozenset[str]:
    """Return the words of a login that only the target of a redirect has."""
    is_logout = not LOGOUT_WORDS.isdisjoint(_parts(source))
    return frozenset() if is_logout else _login_words(target) - _login_words(source)


def is_login_name(name: str) -> bool:
    """Return whether the name of a view or an endpoint is that of a login."""
    words = re.split(r"\W|(?<=[a-z])(?=[A-Z])", name)
    return not PATH_WORDS.isdisjoint(map(_plain, words))


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
    leads_to_view: bool = False
    """Whether the app serves the target with a view that is named as a login."""

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
    def words(self) -> frozenset[str]:
        """The words of a login that only the target has."""
        return frozenset() if self.other is None else new_words(self.source, self.other)

    @property
    def names_login(self) -> bool:
        """Whether the words of the target are those of a login."""
        return bool(self.words)

    @property
    def is_login(self) -> bool:
        """Whether the redirect certainly leads to a login."""
        if self.other is None:
            return False
        if self.leaves_site:
            is_named = bool(self.words - {"auth"})  # which may be an API that has to do with logins
            shows_page = self.answer is not None and is_page(self.answer)
            if is_named or shows_page or _starts_protocol(self.other):
                return True
        return self.names_login and (self.leads_to_view or _has_return(self.other))

    @property
    def may_be_login(self) -> bool:
        """Whether the redirect may lead to a login, by its words or because nothing is known."""
        if self.answer is not None and not is_page(self.answer):
            return False
        is_unknown = self.leaves_site and self.answer is None
        return not self.is_login and (is_unknown or self.names_login)

    @property
    def leaves_origin(self) -> bool:
        """Whether the redirect leads to another origin."""
        return self.target is not None and self.target.origin != self.source.origin

    @property
    def leaves_site(self) -> bool:
        """Whether the redirect leads to another resource at another site; schemes do not count."""
        return self.other is not None and self.source.site[1] != self.other.site[1]


def hops_of(log: Sequence[Exchange], apps: Mapping[str, object]) -> list[Hop]:
    """List the redirects among exchanges.

    :param apps: the apps by origin; other values are ignored.
    """
    hops: list[Hop] = []
    for exchange in log:
        location = exchange.response.get("Location")
        if exchange.response.status in REDIRECT_STATUSES and location is not None:
            try:
                target = URL.parse(location, exchange.url)
            except ValueError:
                target = None
            hop = Hop(exchange, location, target)
            hops.append(replace(hop, leads_to_view=_leads_to_view(hop, apps)))
        elif exchange.kind == "request":
            hops = [replace(hop, answer=exchange.response) for hop in hops]
    return hops


def _leads_to_view(hop: Hop, apps: Mapping[str, object]) -> bool:
    """Return whether an app serves the target of a redirect with a view that is named as a login.

    The app is asked only about targets whose URL has a word of a login.
    """
    if hop.other is None or not hop.names_login:
        return False
    app = apps.get(hop.other.origin)
    route = find_route(hop.other, "GET", hop.exchange.request_headers, app)
    if route is None:
        return False
    names = str(route.endpoint), str(getattr(route.code, "__qualname__", ""))
    return any(map(is_login_name, names))


def find_login(hops: Iterable[Hop]) -> Hop | None:
    """Return the first redirect that certainly leads to a login."""
    return next((hop for hop in hops if hop.is_login), None)
