"""Why a page's request was blocked, and what to change.

::

    print(explain("PUT", "https://api.example/items", origin="https://app.example", servers=app))

The request is made as a browser would make it, and really sent. The command ``wsgicors explain``
prints the same explanation.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, cast

from .._advice import Fix
from .._core.origins import Origin
from .._core.suggestions import suggest
from ..testing import Browser, CORSBlocked, Exchange, NetworkError, Page, Response
from ..testing.profiles import ENGINES
from ..testing.replay import Answer, Memory, read_consoles
from ..testing.requests import Body, HeadersInit, Request, pairs
from ..testing.urls import URL
from . import fixes, narrative

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

__all__ = ["CannotAsk", "Explanation", "Fix", "explain", "explain_all", "visible"]

Verdict = Literal["allowed", "blocked", "failed"]


class CannotAsk(ValueError):
    """A request that no browser would send; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a browser did with a request, and why; ``str()`` returns it as text."""

    verdict: Verdict
    """``"failed"`` means that the request failed for a reason other than CORS."""
    steps: tuple[str, ...]
    """What happened, in sentences; the verdict is the last."""
    exchanges: tuple[Exchange, ...]
    response: Response | None = None
    """What the page may read, if it is allowed."""
    step: str = ""
    """The section of Fetch that blocked the request, and what is wrong."""
    reason: str = ""
    """Why the request was blocked, in one sentence."""
    received: str = ""
    needed: str = ""
    change: Fix | None = None
    """What to change so that the request is allowed."""
    console: dict[str, str | None] = field(default_factory=dict[str, str | None])
    """What ``chromium``, ``firefox`` and ``webkit`` print, each judged by its own profile.

    ``None`` means that the engine lets the request pass, or would send a request that was not made.
    """

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Why the request was blocked and what to change, as labels and texts."""
        rows = [("blocked", self.reason), ("received", self.received), ("needed", self.needed)]
        rows.append(("change", self.change.sentence if self.change else ""))
        return [row for row in rows if row[1]]

    def __str__(self) -> str:
        lines = [f"{number}. {step}" for number, step in enumerate(self.steps, 1)]
        lines += [f"   {label:<9} {text}" for label, text in self.rows]
        return "\n".join(map(visible, lines))


def visible(text: str) -> str:
    """Escape characters that a terminal would not print: a server may have sent them."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


_HOST_AND_PORT = re.compile(
    r"(?:localhost|[\w\-]+(?:\.[\w\-]+)+|\[[0-9a-f:.]+\]):[0-9]+(?:[/?#]|$)|[\w\-]+:[0-9]+/",
    re.IGNORECASE,
)
"""The start of a URL without its scheme; a single label, as in ``tel:123``, needs a path too."""


def _parse_url(text: str) -> URL:
    """Parse the URL of a request, and correct one without a scheme.

    :raises CannotAsk: if it is not an absolute HTTP URL.
    """
    use = "the form 'https://api.example/items'"
    if _HOST_AND_PORT.match(text) is not None:
        with suppress(ValueError):
            use = f"'{URL.parse(f'http://{text}')}'"
    else:
        target = URL.parse(text)
        if target.is_http:
            return target
    raise CannotAsk(f"{text!r} does not begin with http:// or https://; use {use}")


def _check_types(method: object, url: object, origin: object) -> None:
    """Reject what is not a string.

    :raises CannotAsk: if one of them is not.
    """
    for what, given, use in (
        ("method", method, "'GET'"),
        ("URL", url, "the form 'https://api.example/items'"),
        ("origin", origin, "the form 'https://app.example:8443'"),
    ):
        if not isinstance(given, str):
            raise CannotAsk(f"the {what} is {given!r}, which is not a string; use {use}")


def _check_origin(text: str) -> None:
    """Reject what is almost the origin of a page, and correct it.

    :raises CannotAsk: if there is a correction; :meth:`.Browser.page` rejects all other strings.
    """
    if text == "null" or Origin.parse(text) is not None:
        return
    correction = re.search(r"; use '(\S+)'$", suggest(text).message)
    if correction is not None and Origin.parse(correction[1]) is not None:
        raise CannotAsk(f"{text!r} is not an origin; use {correction[1]!r}")


def explain(
    method: str,
    url: str,
    *,
    origin: str,
    servers: "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None" = None,
    headers: HeadersInit | None = None,
    body: Body = None,
    credentials: str = "same-origin",
    mode: str = "cors",
    redirect: str = "follow",
    profile: str = "fetch",
    xhr: bool = False,
) -> Explanation:
    """Make a request as a page at ``origin`` would, and explain the result.

    >>> from wsgicors import wrap
    >>> @wrap(allow_origins=["https://app.example"])
    ... def app(environ, start_response):
    ...     start_response("200 OK", [])
    ...     return []
    >>> url = "https://api.example/"
    >>> explain("PUT", url, origin="https://app.example", servers=app).change.settings
    {'allow_methods': ['GET', 'HEAD', 'POST', 'PUT']}

    :param servers: the app at the URL, or several by origin, as for :class:`.Browser`; ``None``
        for live servers, also those that redirects lead to.
    :param xhr: whether the page uses ``XMLHttpRequest``, which has no mode and no redirect mode.
    :raises CannotAsk: if the URL or the origin is invalid, or ``fetch()`` would raise a
        ``TypeError``.
    """
    question = _Question(
        method, url, origin, servers, headers, body, credentials, mode, redirect, xhr
    )
    return question.ask(profile, [], ENGINES)


def explain_all(
    method: str,
    url: str,
    *,
    origin: str,
    servers: "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None" = None,
    headers: HeadersInit | None = None,
    body: Body = None,
    credentials: str = "same-origin",
    mode: str = "cors",
    redirect: str = "follow",
    xhr: bool = False,
) -> dict[str, Explanation]:
    """Make a request as a page in each engine would, and explain each result.

    The parameters are those of :func:`explain`. What several engines send is sent once.

    :returns: the explanations by engine: ``chromium``, ``firefox`` and ``webkit``.
    :raises CannotAsk: as :func:`explain` does.
    """
    question = _Question(
        method, url, origin, servers, pairs(headers), body, credentials, mode, redirect, xhr
    )
    answers: list[Answer] = []
    explanations = {engine: question.ask(engine, answers, [engine]) for engine in ENGINES}
    console = {engine: explanations[engine].console[engine] for engine in ENGINES}
    return {engine: replace(one, console=console) for engine, one in explanations.items()}


@dataclass(frozen=True, slots=True)
class _Question:
    """A request that a page makes."""

    method: str
    url: str
    origin: str
    servers: "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None"
    headers: HeadersInit | None
    body: Body
    credentials: str
    mode: str
    redirect: str
    xhr: bool

    def ask(self, profile: str, answers: list[Answer], engines: Iterable[str]) -> Explanation:
        """Send the request, and explain what a browser with a profile does.

        :param answers: what is not to be sent again; the answers to what is sent are added.
        :param engines: the engines whose console is of interest.
        """
        page, request, at = self._prepare(profile)
        memory = Memory(page.client.find_server, answers)
        page.client = replace(page.client, find_server=memory.find_server)
        try:
            return self._explain(page, request, at, engines)
        finally:
            answers += memory.sent

    def _prepare(self, profile: str) -> tuple[Page, Request, str]:
        """Open a page and make its request; return the origin of the URL too."""
        live = self.servers is None
        options = self.credentials, self.mode, self.redirect
        try:
            _check_types(self.method, self.url, self.origin)
            _check_origin(self.origin)
            if self.xhr and options[1:] != ("cors", "follow"):
                raise CannotAsk(
                    "an XMLHttpRequest has no mode and no redirect mode; leave them out"
                )
            at = _parse_url(self.url).origin
            page = Browser(self.servers, at, profile=profile, live=live).page(self.origin)
            request = page.prepare(
                self.url, self.method, self.headers, self.body, *options, is_xhr=self.xhr
            )
        except (TypeError, ValueError) as error:
            raise CannotAsk(str(error)) from error
        return page, request, at

    def _explain(
        self, page: Page, request: Request, at: str, engines: Iterable[str]
    ) -> Explanation:
        begun = [*narrative.describe_request(request, self.headers)]

        def conclude(verdict: Verdict, *end: str, error: NetworkError | None) -> Explanation:
            exchanges = tuple(page.log)
            steps = (*begun, *narrative.describe_exchanges(page.log, verdict), *end)
            console = read_consoles(page.client, request, exchanges, error, engines)
            return Explanation(verdict, steps, exchanges, console=console)

        try:
            response = page.send(request)
        except CORSBlocked as error:
            servers: object = self.servers
            apps: dict[str, object] = {at: servers}
            if isinstance(servers, Mapping):
                apps.update(cast("Mapping[str, object]", servers))
            return replace(
                conclude("blocked", f"Blocked by the {error.step}.", error=error),
                step=error.step,
                reason=fixes.reason_for(request, error),
                received=error.received,
                needed=error.needed,
                change=fixes.find(request, error, apps),
            )
        except NetworkError as error:
            return conclude("failed", f"Failed, but not because of CORS: {error}.", error=error)
        end = narrative.describe_response(response, page.log)
        return replace(conclude("allowed", *end, error=None), response=response)
