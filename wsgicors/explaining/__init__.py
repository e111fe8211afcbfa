"""Why a page's request was blocked, and what to change.

::

    print(explain("PUT", "https://api.example/items", origin="https://app.example", servers=app))

The request is made as a browser would make it, and really sent. The command ``wsgicors explain``
prints the same explanation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

from .._advice import Fix
from .._core.origins import Origin
from .._core.suggestions import suggest
from ..testing import Browser, CORSBlocked, Exchange, NetworkError, Response
from ..testing.fetch import fetch
from ..testing.requests import Body, HeadersInit
from ..testing.urls import URL
from . import fixes, narrative

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

__all__ = ["CannotAsk", "Explanation", "Fix", "explain", "visible"]

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
    console: str = ""
    """Why the request was blocked, in one sentence."""
    received: str = ""
    needed: str = ""
    change: Fix | None = None
    """What to change so that the request is allowed."""

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Why the request was blocked and what to change, as labels and texts."""
        rows = [("blocked", self.console), ("received", self.received), ("needed", self.needed)]
        rows.append(("change", self.change.sentence if self.change else ""))
        return [row for row in rows if row[1]]

    def __str__(self) -> str:
        lines = [f"{number}. {step}" for number, step in enumerate(self.steps, 1)]
        lines += [f"   {label:<9} {text}" for label, text in self.rows]
        return "\n".join(map(visible, lines))


def visible(text: str) -> str:
    """Escape characters that a terminal would not print: a server may have sent them."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


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
    :raises CannotAsk: if the URL or the origin is invalid, or ``fetch()`` would raise a
        ``TypeError``.
    """
    try:
        _check_origin(origin)
        target = URL.parse(url)
        if not target.is_http:
            is_host = re.match(r"[\w.\-]+:[0-9]", url) is not None
            use = f"'http://{url}'" if is_host else "the form 'https://api.example/items'"
            raise CannotAsk(f"{url!r} does not begin with http:// or https://; use {use}")
        at = target.origin
        page = Browser(servers, at, profile=profile, live=servers is None).page(origin)
        request = page.prepare(url, method, headers, body, credentials, mode, redirect)
    except (TypeError, ValueError) as error:
        raise CannotAsk(str(error)) from error
    begun = [*narrative.describe_request(request, headers)]

    def conclude(verdict: Verdict, *end: str) -> Explanation:
        steps = (*begun, *narrative.describe_exchanges(page.log, verdict), *end)
        return Explanation(verdict, steps, tuple(page.log))

    try:
        response = fetch(page.client, request)
    except CORSBlocked as error:
        apps: dict[str, object] = {at: servers}
        if isinstance(servers, Mapping):
            apps.update(cast("Mapping[str, object]", servers))
        return replace(
            conclude("blocked", f"Blocked by the {error.step}."),
            step=error.step,
            console=fixes.reason_for(request, error),
            received=error.received,
            needed=error.needed,
            change=fixes.find(request, error, apps),
        )
    except NetworkError as error:
        return conclude("failed", f"Failed, but not because of CORS: {error}.")
    end = narrative.describe_response(response, page.log)
    return replace(conclude("allowed", *end), response=response)
