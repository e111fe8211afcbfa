"""Why a page's request was blocked, and what to change.

::

    print(explain("PUT", "https://api.example/items", origin="https://app.example", servers=app))

The request is made as a browser would make it, and really sent. The command ``wsgicors explain``
prints the same explanation.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._advice import Fix
from .._core.headers import visible
from ..testing.requests import Body, HeadersInit, pairs
from ..testing.transports import TIMEOUT
from .explanation import Explanation
from .judging import judge, judge_all
from .questions import Question
from .redaction import redact
from .slips import CannotAsk

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

__all__ = ["CannotAsk", "Explanation", "Fix", "explain", "explain_all", "redact", "visible"]


def explain(
    method: str,
    url: str,
    *,
    origin: str,
    servers: "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None" = None,
    headers: HeadersInit | None = None,
    body: Body = None,
    credentials: str | None = "same-origin",
    mode: str = "cors",
    redirect: str = "follow",
    profile: str = "fetch",
    xhr: bool = False,
    send: bool = False,
    preflight_only: bool = False,
    cookies: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
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

    :param credentials: the mode; ``None`` if it is not known, to judge the request with credentials
        and without: the result is the one without, with a note on the other. If you pass
        ``cookies``, the mode is ``"include"``.
    :param servers: the app at the URL, or several by origin, as for :class:`.Browser`; ``None``
        for live servers, also those that redirects lead to.
    :param xhr: whether the page uses ``XMLHttpRequest``, which has no mode and no redirect mode.
    :param send: whether live servers also get requests with methods other than GET, HEAD and
        OPTIONS, which may change something; without it, the verdict is ``"unknown"`` at best.
    :param preflight_only: whether only preflights are sent, not the request itself.
    :param cookies: cookies that the browser already has for the URL's host, set with
        ``SameSite=None; Secure``; they are sent if the request includes credentials.
    :param timeout: the time limit for all exchanges with live servers together, in seconds.
    :raises CannotAsk: if the URL, the origin or the time limit is invalid, or ``fetch()`` would
        raise a ``TypeError``.
    """
    question = Question(
        method=method,
        url=url,
        origin=origin,
        servers=servers,
        headers=pairs(headers),
        body=body,
        credentials=credentials,
        mode=mode,
        redirect=redirect,
        xhr=xhr,
        send=send,
        preflight_only=preflight_only,
        cookies=cookies,
        timeout=timeout,
        is_typed=True,
    )
    return judge(question, profile)


def explain_all(
    method: str,
    url: str,
    *,
    origin: str,
    servers: "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None" = None,
    headers: HeadersInit | None = None,
    body: Body = None,
    credentials: str | None = "same-origin",
    mode: str = "cors",
    redirect: str = "follow",
    xhr: bool = False,
    send: bool = False,
    preflight_only: bool = False,
    cookies: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
) -> dict[str, Explanation]:
    """Make a request as a page in each engine would, and explain each result.

    The parameters are those of :func:`explain`. What several engines send is sent once.

    :param timeout: the time limit for all exchanges of all engines together, in seconds.
    :returns: the explanations by engine: ``chromium``, ``firefox`` and ``webkit``.
    :raises CannotAsk: as :func:`explain` does.
    """
    question = Question(
        method=method,
        url=url,
        origin=origin,
        servers=servers,
        headers=pairs(headers),
        body=body,
        credentials=credentials,
        mode=mode,
        redirect=redirect,
        xhr=xhr,
        send=send,
        preflight_only=preflight_only,
        cookies=cookies,
        timeout=timeout,
        is_typed=True,
    )
    return judge_all(question)
