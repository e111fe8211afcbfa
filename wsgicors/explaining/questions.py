"""What is asked: a request as a page would make it, and which parts of it may be sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Protocol, cast

from .._core.headers import Header
from ..testing import Browser, Page
from ..testing.cache import Cache
from ..testing.replay import WITH_COOKIES, Answer, Memory
from ..testing.requests import Body, HeadersInit, Request, pairs
from ..testing.responses import Bounds, RawResponse
from ..testing.transports import TIMEOUT, Send
from ..testing.urls import URL
from . import slips
from .cookies import check as check_cookies
from .mixed import check_mixed
from .slips import CannotAsk
from .tracing import Trace
from .words import how_to_repeat

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that live servers always get, because they change nothing (RFC 9110, section 9.2.1)."""

GLANCE = Bounds(2**20, 1)
"""How much is read of a body. Whether a page may read it depends on the headers before it."""


class NotSent(Exception):
    """A request that is needed for a verdict, but is not sent; ``str()`` says what to run."""


class Recorded(Protocol):
    """What was recorded of a request, to be judged in place of the answers of servers."""

    @property
    def is_answered(self) -> bool:
        """Whether a server has answered, so that the browser has sent the request."""
        ...

    def play(self) -> tuple[Callable[[URL], Send], Cache]:
        """Return what finds the servers of a browser, and its preflight cache."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """A request that a page makes.

    :ivar servers: the apps to ask; ``None`` for live servers.
    :ivar send: whether live servers get requests that may change something.
    :ivar preflight_only: whether only preflights are sent.
    :ivar credentials: the mode; ``None`` if it is not known.
    :ivar cookies: those that the browser already has for the URL's host.
    :ivar timeout: the time limit for all exchanges with live servers, in seconds.
    :ivar started: when that time began, on the clock of :func:`time.monotonic`.
    :ivar trace: notes which requests have reached wrappers of wsgicors.
    :ivar recorded: what was recorded of the request; then nothing is sent, and apps among the
        servers show only which policy they have.
    :ivar is_guessed: whether the method is a guess; then only preflights are sent, unless the
        method is one of :data:`READING`.
    :ivar is_typed: whether the user has chosen the method, so that the page may send another one.
    :ivar is_preflighted: whether there is a preflight even if nothing of the request needs one, as
        if JavaScript listens to the progress of an upload.
    """

    method: str
    url: str
    origin: str
    servers: "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None" = None
    headers: HeadersInit | None = None
    body: Body = None
    credentials: str | None = "same-origin"
    mode: str = "cors"
    redirect: str = "follow"
    xhr: bool = False
    send: bool = False
    preflight_only: bool = False
    cookies: Mapping[str, str] | None = None
    timeout: float = TIMEOUT
    started: float = field(default_factory=monotonic)
    trace: Trace = field(default_factory=Trace)
    recorded: Recorded | None = None
    is_preflighted: bool = False
    is_guessed: bool = False
    is_typed: bool = False

    def prepare(self, profile: str, answers: Sequence[Answer] = ()) -> "Prepared":
        """Open a page in a browser with a profile, and make its request without sending it.

        :param answers: what is not to be sent again.
        :raises CannotAsk: if no browser would make the request.
        """
        credentials = "same-origin" if self.credentials is None else self.credentials
        options = credentials, self.mode, self.redirect
        try:
            slips.check_types(self.method, self.url, self.origin)
            slips.check_order(self.method, self.url)
            slips.check_method(self.method)
            slips.check_origin(self.origin)
            headers = pairs(self.headers)
            slips.check_headers(headers)
            slips.check_body(self.method, self.body is not None and not self.xhr, self.mode)
            if self.xhr and options[1:] != ("cors", "follow"):
                raise CannotAsk(
                    "an XMLHttpRequest has no mode and no redirect mode; leave them out"
                )
            target = slips.parse_url(self.url)
            at = target.origin
            live = self.servers is None
            servers = self.trace.watch(self.servers)
            browser = Browser(servers, at, profile=profile, live=live, timeout=self.timeout)
            page = browser.page(self.origin)
            request = page.prepare(
                str(target),
                self.method,
                headers,
                self.body,
                *options,
                is_xhr=self.xhr,
                cookies=check_cookies(self.cookies),
            )
        except (TypeError, ValueError) as error:
            raise CannotAsk(str(error)) from error
        find_server, cache = page.client.find_server, page.client.cache
        if self.recorded is not None:
            answers = ()
            find_server, cache = self.recorded.play()
        request.use_preflight |= self.is_preflighted
        memory = Memory(self._limit(browser, find_server, at), answers, WITH_COOKIES)
        page.client = replace(
            page.client, find_server=memory.find_server, cache=cache, bounds=GLANCE
        )
        return Prepared(page, request, self._apps(at), memory, self.trace)

    def _apps(self, at: str) -> Mapping[str, object]:
        """Return the apps by origin."""
        servers: object = self.servers
        if isinstance(servers, Mapping):
            return cast("Mapping[str, object]", servers)
        return {at: servers}

    def _is_live(self, url: URL, at: str) -> bool:
        """Return whether a URL is at a live server."""
        return not callable(self._apps(at).get(url.origin))

    def _limit(
        self, browser: Browser, find_server: Callable[[URL], Send], at: str
    ) -> Callable[[URL], Send]:
        """Return a function that finds servers to which only what is allowed is sent.

        All exchanges together have one time limit.
        """
        until = self.started + self.timeout

        def find(url: URL) -> Send:
            def send(
                method: str, url: URL, headers: Sequence[Header], body: bytes | None
            ) -> RawResponse:
                self._check_sending(method, url, headers, at)
                if self._is_live(url, at):
                    browser.timeout = max(until - monotonic(), 0)
                return find_server(url)(method, url, headers, body)

            return send

        return find

    def _check_sending(self, method: str, url: URL, headers: Sequence[Header], at: str) -> None:
        """Check that a request may be sent.

        :raises MixedContent: if browsers would not send it.
        :raises NotSent: if explain does not.
        """
        if url.origin != at:  # a redirect has led there
            check_mixed(self.origin, url)
        if self.recorded is not None:
            return
        apps = self._apps(at)
        if (
            self.servers is not None
            and not isinstance(self.servers, str)
            and url.origin not in apps
        ):
            raise NotSent(f"{url.origin} was not asked: it is not one of the servers given")
        if any(name == "Access-Control-Request-Method" for name, _ in headers):
            return
        if self.preflight_only:
            raise NotSent(
                f"{method} {url} was not sent; leave out --preflight-only "
                "(in Python preflight_only=True) to send it"
            )
        if self.is_guessed and method not in READING:
            raise NotSent(
                f"{method} {url} was not sent, because the method is a guess. "
                f"{how_to_repeat(method)}"
            )
        if self._is_live(url, at) and method not in READING and not self.send:
            raise NotSent(
                f"{method} {url} was not sent, because it may change something there; "
                "add --send (in Python send=True) to send it"
            )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready to be sent."""

    page: Page
    request: Request
    apps: Mapping[str, object]
    """The apps by origin; other values are live servers."""
    memory: Memory
    trace: Trace
