"""Tell why a page's request was blocked, and what to change.

::

    print(explain("PUT", "https://api.example/items", origin="https://app.example", servers=app))

The request is made as a browser would make it, and really sent; what happened is told step by
step. The command ``wsgicors explain`` prints it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

from ..advice import Change
from ..testing import Browser, CORSBlocked, Exchange, NetworkError, Response
from ..testing.fetching import fetch
from ..testing.requests import Body, HeadersInit
from ..testing.urls import URL
from . import remedies, story

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

__all__ = ["CannotAsk", "Change", "Explanation", "explain", "visible"]

Verdict = Literal["allowed", "blocked", "failed"]


class CannotAsk(ValueError):
    """What no browser would send: nothing has been sent."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a browser did with a request, and why; ``str()`` tells it."""

    verdict: Verdict
    """``"failed"`` stands for a fetch that ended in an error which is not about CORS."""
    steps: tuple[str, ...]
    """What happened, a sentence each, the verdict last."""
    exchanges: tuple[Exchange, ...]
    response: Response | None = None
    """What the page may read, if it is allowed."""
    step: str = ""
    """The section of Fetch that blocked it, and the question that it asks."""
    received: str = ""
    needed: str = ""
    console: str = ""
    """What a browser's console would say."""
    change: Change | None = None
    """What lets it through."""

    def __str__(self) -> str:
        lines = [f"{number}. {step}" for number, step in enumerate(self.steps, 1)]
        blocked = [("step", self.step), ("received", self.received), ("needed", self.needed)]
        told = self.change.sentence if self.change else ""
        blocked += [("console", self.console), ("change", told)]
        lines += [f"   {name:<9} {text}" for name, text in blocked if text]
        return "\n".join(map(visible, lines))


def visible(text: str) -> str:
    """Spell out what is no visible character: a server may have sent it, and terminals obey it."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


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
) -> Explanation:
    """Make a request as a page at ``origin`` would, and tell what became of it, and why.

    >>> from wsgicors import wrap
    >>> @wrap(allow_origins=["https://app.example"])
    ... def app(environ, start_response):
    ...     start_response("200 OK", [])
    ...     return []
    >>> url = "https://api.example/"
    >>> explain("PUT", url, origin="https://app.example", servers=app).change.settings
    {'allow_methods': ['GET', 'HEAD', 'POST', 'PUT']}

    :param servers: the app at the URL, or several by origin, as :class:`.Browser` takes them;
        ``None`` for live servers, wherever the request leads.
    :raises CannotAsk: if the URL or the origin is none, and where ``fetch()`` raises a
        ``TypeError``.
    """
    try:
        at = URL.parse(url).origin
        page = Browser(servers, at, profile=profile, live=servers is None).page(origin)
        request = page.prepare(url, method, headers, body, credentials, mode, redirect)
    except (TypeError, ValueError) as error:
        raise CannotAsk(str(error)) from error
    begun = [*story.tell_beginning(request, headers, page.client.profile)]

    def conclude(verdict: Verdict, *end: str) -> Explanation:
        steps = (*begun, *story.tell_exchanges(page.log, verdict), *end)
        return Explanation(verdict, steps, tuple(page.log))

    try:
        response = fetch(page.client, request)
    except CORSBlocked as error:
        apps: dict[str, object] = {at: servers}
        if isinstance(servers, Mapping):
            apps.update(cast("Mapping[str, object]", servers))
        return replace(
            conclude("blocked", f"Blocked by the {error.step}"),
            step=error.step,
            received=error.received,
            needed=error.needed,
            console=remedies.console_of(request, error),
            change=remedies.find(request, error, apps, page.client.profile),
        )
    except NetworkError as error:
        return conclude("failed", f"Failed, and not because of CORS: {error}.")
    return replace(conclude("allowed", *story.tell_end(response, page.log)), response=response)
