"""``Browser`` and ``Page``: what a page at some origin can do with your servers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, cast

from .._core.origins import Origin
from .cache import make_cache
from .exceptions import NetworkError
from .fetch import Client, fetch
from .log import Log
from .profiles import PROFILES, Profile
from .replay import read_consoles
from .requests import Body, HeadersInit, Request, make_request
from .responses import WHOLE_BODY, Response
from .transports import MAX_TIMEOUT, TIMEOUT, Send, to_app, to_server
from .urls import URL

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


class Browser:
    """The client side of CORS, as the Fetch standard defines it, for any WSGI app.

    >>> from wsgicors import CORSMiddleware
    >>> def api(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     return [b"hello"]
    >>> api = CORSMiddleware(api, allow_origins=["https://app.example"])
    >>> browser = Browser(api, at="https://api.example")
    >>> browser.page("https://app.example").fetch("https://api.example/").text
    'hello'

    :param servers: a WSGI app, the origin of a live server, or a mapping from origins to these;
        ``None`` for a live server at ``at``.
    :param at: the origin of a single app.
    :param profile: ``"fetch"`` for the standard; ``"chromium"``, ``"firefox"`` or ``"webkit"`` for
        an engine, where it differs.
    :param live: whether requests to unknown origins are sent over the network.
    :param timeout: the time limit for an exchange, in seconds. A live server has to send its
        headers in this time. Bodies are read until it is over: see :attr:`.Response.cut`.
    :raises ValueError: if an origin or the time limit is invalid, or the profile is unknown.
    """

    def __init__(
        self,
        servers: "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None",
        at: str = "https://api.example",
        *,
        profile: str = "fetch",
        live: bool = False,
        timeout: float = TIMEOUT,
    ) -> None:
        if profile not in PROFILES:
            *known, last = map(repr, PROFILES)
            raise ValueError(f"{profile!r} is not a profile; use {', '.join(known)} or {last}")
        if not _is_timeout(timeout):
            raise ValueError(
                f"expected seconds, more than 0 and at most {MAX_TIMEOUT:,.0f}, got {timeout!r}; "
                f"use timeout={TIMEOUT:g}"
            )
        table: Mapping[str, WSGIApplication | str]
        if isinstance(servers, str):
            table = {servers: servers}
        elif servers is None or callable(servers):
            table = {at: at if servers is None else servers}
        else:
            table = servers
        self._is_single = callable(servers)
        self.profile = PROFILES[profile]
        self.cookies = CookieJar()
        """The cookies of all pages, except third-party cookies if the profile keeps them apart."""
        self.pages: list[Page] = []
        """All pages that were opened."""
        self.timeout = timeout
        """The time limit for an exchange, in seconds."""
        self._servers = {_origin(origin): self._sender(server) for origin, server in table.items()}
        self._third_party_cookies: defaultdict[object, CookieJar] = defaultdict(CookieJar)
        self._live = live
        self._seconds = 0.0
        self._cache = make_cache(lambda: self._seconds, self.profile)

    def page(self, origin: str, *, top_level: str | None = None) -> "Page":
        """Open a page at an origin; use ``"null"`` for a page with an opaque origin.

        :param top_level: the origin of the top-level page, for a page in a frame.
        :raises ValueError: if an origin is invalid.
        """
        frames = [one if one == "null" else _origin(one) for one in (origin, top_level or origin)]
        site = None if frames[1] == "null" else URL.parse(frames[1]).site
        # Pages of one origin in one top-level site share cached preflights; a page with an opaque
        # origin shares none.
        partition = object() if "null" in frames else (origin, site)
        is_partitioned = "third-party-cookies-partitioned" in self.profile
        third_party = self._third_party_cookies[site] if is_partitioned else self.cookies
        client = Client(
            partition,
            self._cache,
            self.cookies,
            third_party,
            Log(),
            self._find_server,
            WHOLE_BODY._replace(seconds=self.timeout),
        )
        self.pages.append(Page(origin, self.profile, client, top_level))
        return self.pages[-1]

    def advance(self, seconds: float) -> None:
        """Move the browser's clock, which lets cached preflights expire."""
        self._seconds += seconds

    def _find_server(self, url: URL) -> Send:
        if url.origin not in self._servers and self._live:
            self._servers[url.origin] = to_server(url, self._get_timeout)
        if url.origin not in self._servers:
            known = ", ".join(self._servers)
            how = f'. If the app is at {url.origin}, use at="{url.origin}"'
            more = how if self._is_single else ""
            raise NetworkError(f"no server at {url.origin}; this browser knows {known}{more}")
        return self._servers[url.origin]

    def _sender(self, server: "WSGIApplication | str") -> Send:
        if isinstance(server, str):
            return to_server(URL.parse(_origin(server)), self._get_timeout)
        return to_app(server, self._get_timeout)

    def _get_timeout(self) -> float:
        return self.timeout


class Page:
    """A page at an origin, whose JavaScript makes requests.

    :ivar origin: the page's origin, ``"null"`` if it is opaque.
    :ivar profile: the profile of its browser.
    :ivar top_level: the origin of the top-level page if this page is in a frame.
    :ivar log: every exchange so far; ``print(page.log)`` draws them.
    :ivar client: what the page shares with each of its fetches.
    """

    def __init__(
        self, origin: str, profile: Profile, client: Client, top_level: str | None = None
    ) -> None:
        self.origin = origin
        self.profile = profile
        self.top_level = top_level
        self.log = client.log
        self.client = client

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: HeadersInit | None = None,
        body: Body = None,
        credentials: str = "same-origin",
        mode: str = "cors",
        redirect: str = "follow",
    ) -> Response:
        """Make a request as ``fetch()`` does, and return what JavaScript could see.

        >>> page = Browser(lambda environ, start_response: [], at="https://a.example").page("null")
        >>> page.fetch("https://a.example/", method="TRACE")
        Traceback (most recent call last):
            ...
        TypeError: browsers do not allow the method 'TRACE'

        :param body: a string, bytes, or a mapping of form fields (``URLSearchParams``). For JSON
            use ``json.dumps()``, and set Content-Type.
        :raises CORSBlocked: if CORS does not allow the page to read the response.
        :raises NetworkError: if the request fails for another reason.
        :raises TypeError: if ``fetch()`` would reject the arguments; nothing is sent.
        """
        return self.send(self.prepare(url, method, headers, body, credentials, mode, redirect))

    def xhr(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: HeadersInit | None = None,
        body: Body = None,
        with_credentials: bool = False,
        upload_listener: bool = False,
    ) -> Response:
        """Make a request as an ``XMLHttpRequest`` does.

        :param upload_listener: whether JavaScript listens to the progress of the upload, which
            always needs a preflight.
        :raises CORSBlocked: if CORS does not allow the page to read the response.
        :raises NetworkError: if the request fails for another reason.
        """
        credentials = "include" if with_credentials else "same-origin"
        return self.send(
            self.prepare(
                url,
                method,
                headers,
                body,
                credentials,
                is_xhr=True,
                upload_listener=upload_listener,
            )
        )

    def send(self, request: Request) -> Response:
        """Send a request that was prepared.

        :raises CORSBlocked: if CORS does not allow the page to read the response.
        :raises NetworkError: if the request fails for another reason.
        """
        begun = len(self.log)
        try:
            return fetch(self.client, request)
        except NetworkError as error:
            log = self.log[begun:]
            error.read_consoles = partial(read_consoles, self.client, request, log)
            raise

    def prepare(
        self,
        url: str,
        method: str,
        headers: HeadersInit | None,
        body: Body,
        credentials: str,
        mode: str = "cors",
        redirect: str = "follow",
        *,
        is_xhr: bool = False,
        upload_listener: bool = False,
        cookies: Iterable[tuple[str, str]] = (),
    ) -> Request:
        """Make a request without sending it, as ``new Request()`` does.

        :param cookies: cookies that the browser already has for the URL: names and values.
        :raises TypeError: if ``new Request()`` would reject the arguments.
        """
        try:
            target = URL.parse(url, None if self.origin == "null" else URL.parse(self.origin))
        except ValueError as error:
            raise TypeError(str(error)) from None
        if target.userinfo:
            raise TypeError(f"{url!r} contains a user name or password; remove it from the URL")
        if is_xhr and method.upper() in {"GET", "HEAD"}:
            body = None
        return make_request(
            self.origin,
            target,
            self.profile,
            method=method,
            headers=headers,
            body=body,
            credentials=credentials,
            mode=mode,
            redirect=redirect,
            top_level=self.top_level,
            is_xhr=is_xhr,
            upload_listener=upload_listener,
            cookies=tuple(cookies),
        )


def _origin(text: str) -> str:
    """Return the text if it is an origin.

    :raises ValueError: if it is not.
    """
    if not isinstance(cast("object", text), str) or Origin.parse(text) is None:
        raise ValueError(f"{text!r} is not an origin; use the form 'https://app.example:8443'")
    return text


def _is_timeout(seconds: object) -> bool:
    """Return whether a value can be a time limit."""
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    return is_number and 0 < cast("float", seconds) <= MAX_TIMEOUT
