"""``Browser``: what pages at any origin can do with your servers."""

from collections.abc import Mapping
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING

from ..core.origins import Origin
from .blocked import NetworkError
from .cache import make_cache
from .fetching import Client, fetch
from .log import Log
from .network import Send, to_app, to_server
from .profiles import PROFILES
from .requests import Body, HeadersInit, Request, make_request
from .responses import Response
from .urls import URL

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


class Browser:
    """The client side of CORS, as the Fetch standard defines it, over any WSGI app.

    >>> from wsgicors import CORSMiddleware
    >>> def api(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     return [b"hello"]
    >>> api = CORSMiddleware(api, allow_origins=["https://app.example"])
    >>> browser = Browser(api, at="https://api.example")
    >>> browser.page("https://app.example").fetch("https://api.example/").text
    'hello'

    :param servers: a WSGI app; or the URL of a live server; or several by the origins that they
        are served from, each an app or such a URL; or ``None`` for a live server at ``at``.
    :param at: the origin of the one app.
    :param profile: ``"fetch"``, the standard, or ``"chromium"``, with what Chromium does
        otherwise.
    :param live: whether servers at other origins are asked over the network.
    :raises ValueError: if an origin or the profile is none.
    """

    def __init__(
        self,
        servers: "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None",
        at: str = "https://api.example",
        *,
        profile: str = "fetch",
        live: bool = False,
    ) -> None:
        if profile not in PROFILES:
            known = " or ".join(map(repr, PROFILES))
            raise ValueError(f"{profile!r} is no profile; write {known}")
        table: Mapping[str, WSGIApplication | str]
        if isinstance(servers, str):
            table = {servers: servers}
        elif servers is None or callable(servers):
            table = {at: at if servers is None else servers}
        else:
            table = servers
        self.profile = PROFILES[profile]
        self.cookies = CookieJar()
        """The cookies of all pages."""
        self.pages: list[Page] = []
        """Every page that has been opened."""
        self._servers = {_origin(origin): _sender(server) for origin, server in table.items()}
        self._live = live
        self._seconds = 0.0
        self._cache = make_cache(lambda: self._seconds, self.profile)

    def page(self, origin: str) -> "Page":
        """Open a document at an origin; ``"null"`` for an opaque one.

        :raises ValueError: if it is no origin.
        """
        origin = origin if origin == "null" else _origin(origin)
        # Pages of one origin share what they learn; an opaque one is alone of its kind.
        partition = object() if origin == "null" else origin
        client = Client(
            partition, self.profile, self._cache, self.cookies, Log(), self._find_server
        )
        self.pages.append(Page(origin, client))
        return self.pages[-1]

    def advance(self, seconds: float) -> None:
        """Let time pass, for what the browser remembers of preflights."""
        self._seconds += seconds

    def _find_server(self, url: URL) -> Send:
        if url.origin not in self._servers and self._live:
            self._servers[url.origin] = _sender(url.origin)
        if url.origin not in self._servers:
            known = ", ".join(self._servers)
            raise NetworkError(f"no server at {url.origin}; this browser knows {known}")
        return self._servers[url.origin]


class Page:
    """A document at an origin, whose script makes requests.

    :ivar origin: the page's origin, ``"null"`` if it is opaque.
    :ivar log: every exchange so far; ``print(page.log)`` draws them.
    :ivar client: what the page brings to each fetch.
    """

    def __init__(self, origin: str, client: Client) -> None:
        self.origin = origin
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
        """Do what ``fetch()`` does in a page, and return what script could see.

        >>> page = Browser(lambda environ, start_response: [], at="https://a.example").page("null")
        >>> page.fetch("https://a.example/", method="TRACE")
        Traceback (most recent call last):
            ...
        TypeError: browsers do not let script use 'TRACE'

        :param body: a string, bytes, or a mapping of form fields (``URLSearchParams``).
        :raises CORSBlocked: if CORS does not let the page have the response.
        :raises NetworkError: if there is no response for another reason.
        :raises TypeError: where script would get one before anything is sent.
        """
        request = self.prepare(url, method, headers, body, credentials, mode, redirect)
        return fetch(self.client, request)

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
        """Do what an ``XMLHttpRequest`` does.

        :param upload_listener: whether script listens to the progress of the upload, for which
            the browser makes a preflight in any case.
        :raises CORSBlocked: as :meth:`fetch` does.
        """
        credentials = "include" if with_credentials else "same-origin"
        body = None if method.upper() in {"GET", "HEAD"} else body
        request = self.prepare(url, method, headers, body, credentials, "cors", "follow")
        needs_body = "upload-listener-needs-body" in self.client.profile
        request.is_xhr = True
        request.use_preflight = upload_listener and (body is not None or not needs_body)
        return fetch(self.client, request)

    def prepare(
        self,
        url: str,
        method: str,
        headers: HeadersInit | None,
        body: Body,
        credentials: str,
        mode: str,
        redirect: str,
    ) -> Request:
        """Do what ``new Request()`` does in a page, and send nothing.

        :raises TypeError: where script would get one.
        """
        try:
            target = URL.parse(url, None if self.origin == "null" else URL.parse(self.origin))
        except ValueError as error:
            raise TypeError(str(error)) from None
        if target.userinfo:
            raise TypeError(f"{url!r} holds a user and a password, which fetch() does not take")
        return make_request(
            self.origin,
            target,
            self.client.profile,
            method=method,
            headers=headers,
            body=body,
            credentials=credentials,
            mode=mode,
            redirect=redirect,
        )


def _origin(text: str) -> str:
    """Check an origin.

    :raises ValueError: if it is none.
    """
    if Origin.parse(text) is None:
        raise ValueError(f"{text!r} is no origin; write it as in 'https://app.example:8443'")
    return text


def _sender(server: "WSGIApplication | str") -> Send:
    return to_server(URL.parse(_origin(server))) if isinstance(server, str) else to_app(server)
