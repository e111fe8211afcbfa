"""Why a page's request was blocked, and what to change.

::

    print(explain("PUT", "https://api.example/items", origin="https://app.example", servers=app))

The request is made as a browser would make it, and really sent. The command ``wsgicors explain``
prints the same explanation.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from .._advice import Fix
from .._core.headers import visible
from ..testing import CORSBlocked, Exchange, NetworkError, Response
from ..testing.profiles import ENGINES
from ..testing.replay import Answer, read_consoles
from ..testing.requests import Body, HeadersInit, pairs
from ..testing.transports import TIMEOUT
from . import changes, narrative
from .changes import failures, redirects
from .cookies import describe as describe_cookies
from .questions import NotSent, Prepared, Question
from .redaction import redact
from .slips import CannotAsk
from .words import shown

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

__all__ = ["CannotAsk", "Explanation", "Fix", "explain", "explain_all", "redact", "visible"]

Verdict = Literal["allowed", "blocked", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a browser did with a request, and why; ``str()`` returns it as text."""

    verdict: Verdict
    """``"failed"`` means that the request failed for a reason other than CORS; ``"unknown"`` that
    nothing forbids it, but the response that decides was not seen."""
    steps: tuple[str, ...]
    """What happened, in sentences; the verdict is the last."""
    exchanges: tuple[Exchange, ...]
    notes: tuple[str, ...] = ()
    """What else to know: what was assumed, what was not seen, and what to run to see it."""
    response: Response | None = None
    """What the page may read, if it is allowed."""
    step: str = ""
    """The section of Fetch that blocked the request, and what is wrong."""
    reason: str = ""
    """Why the request was blocked, in one sentence."""
    received: str = ""
    needed: str = ""
    change: Fix | None = None
    """What to change so that the request is allowed; also if it failed for another reason."""
    console: dict[str, str | None] = field(default_factory=dict[str, str | None])
    """What ``chromium``, ``firefox`` and ``webkit`` print, each judged by its own profile.

    ``None`` means that the engine lets the request pass, or would send a request that was not made.
    """

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Why the request was blocked, what to change and what else to know: labels and texts."""
        rows = [("blocked", self.reason), ("received", self.received), ("needed", self.needed)]
        rows.append(("change", self.change.sentence if self.change else ""))
        rows += [("note", note) for note in self.notes]
        return [row for row in rows if row[1]]

    def __str__(self) -> str:
        lines = [f"{number}. {step}" for number, step in enumerate(self.steps, 1)]
        lines += [f"   {label:<9} {text}" for label, text in self.rows]
        return "\n".join(map(shown, lines))


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
        and without: the result is that without, with a note on the other. Cookies are sent with
        credentials only, so that they prove them.
    :param servers: the app at the URL, or several by origin, as for :class:`.Browser`; ``None``
        for live servers, also those that redirects lead to.
    :param xhr: whether the page uses ``XMLHttpRequest``, which has no mode and no redirect mode.
    :param send: whether live servers also get requests with methods other than GET, HEAD and
        OPTIONS, which may change something; without it, the verdict is ``"unknown"`` at best.
    :param preflight_only: whether only preflights are sent, not the request itself.
    :param cookies: cookies that the browser is taken to have for the URL's host, set with
        ``SameSite=None; Secure``; they are sent if the request includes credentials.
    :param timeout: the time limit for all exchanges with live servers together, in seconds.
    :raises CannotAsk: if the URL, the origin or the time limit is invalid, or ``fetch()`` would
        raise a ``TypeError``.
    """
    if credentials is None and cookies:
        credentials = "include"
    question = Question(
        method,
        url,
        origin,
        servers,
        pairs(headers),
        body,
        "same-origin" if credentials is None else credentials,
        mode,
        redirect,
        xhr,
        send,
        preflight_only,
        cookies,
        timeout,
    )
    return _judge(question, credentials is not None, profile, [], ENGINES)


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

    :param timeout: the time limit for the exchanges of each engine, in seconds.
    :returns: the explanations by engine: ``chromium``, ``firefox`` and ``webkit``.
    :raises CannotAsk: as :func:`explain` does.
    """
    if credentials is None and cookies:
        credentials = "include"
    question = Question(
        method,
        url,
        origin,
        servers,
        pairs(headers),
        body,
        "same-origin" if credentials is None else credentials,
        mode,
        redirect,
        xhr,
        send,
        preflight_only,
        cookies,
        timeout,
    )
    answers: list[Answer] = []
    explanations = {
        engine: _judge(question, credentials is not None, engine, answers, [engine])
        for engine in ENGINES
    }
    console = {engine: explanations[engine].console[engine] for engine in ENGINES}
    return {engine: replace(one, console=console) for engine, one in explanations.items()}


def _judge(
    question: Question,
    is_certain: bool,
    profile: str,
    answers: list[Answer],
    engines: Iterable[str],
) -> Explanation:
    """Explain a request; with credentials and without if it is not certain which one it has.

    The result is that without credentials, which are the default of pages, and a note says how the
    other one ends where it differs.
    """
    without = _ask(question, profile, answers, engines)
    if is_certain:
        return without
    including = _ask(replace(question, credentials="include"), profile, answers, engines)
    end = "is the same."
    if _outcome(without) != _outcome(including):
        end = f"is: {_end(including)} If you know it, add --credentials or --no-credentials."
    note = f"It is not known whether the page sends credentials; with credentials the result {end}"
    return replace(without, notes=(*without.notes, note))


def _outcome(explanation: Explanation) -> tuple[object, ...]:
    """Return what has to be the same in two explanations for one to be enough."""
    response = explanation.response
    readable = response and (response.type, response.status, sorted(response.headers))
    return explanation.verdict, explanation.step, explanation.change, readable


def _end(explanation: Explanation) -> str:
    """Return how an explanation ends, and what to change."""
    change = explanation.change
    return f"{explanation.steps[-1]} {change.sentence if change else ''}".rstrip()


def _ask(
    question: Question, profile: str, answers: list[Answer], engines: Iterable[str]
) -> Explanation:
    """Send a request, and explain what a browser with a profile does.

    :param answers: what is not to be sent again; the answers to what is sent are added.
    :param engines: the engines whose console is of interest.
    """
    prepared = question.prepare(profile, answers)
    try:
        explanation = _explain(question, prepared, engines)
        about_cookies = describe_cookies(prepared.request, explanation.exchanges)
        return replace(explanation, notes=(*explanation.notes, *about_cookies))
    finally:
        answers += prepared.memory.sent


def _explain(question: Question, prepared: Prepared, engines: Iterable[str]) -> Explanation:
    page, request = prepared.page, prepared.request
    begun = [*narrative.describe_request(request, question.headers)]

    def conclude(verdict: Verdict, *end: str, error: NetworkError | None = None) -> Explanation:
        exchanges = tuple(page.log)
        steps = (*begun, *narrative.describe_exchanges(page.log, verdict), *end)
        console = read_consoles(page.client, request, exchanges, error, engines)
        notes = (
            *narrative.find_notes(request),
            *redirects.find_notes(request, verdict, page.log, prepared.apps),
        )
        return Explanation(verdict, steps, exchanges, notes, console=console)

    try:
        response = page.send(request)
    except NotSent as error:
        unseen = "Unknown: nothing forbids the request so far, but the response was not seen."
        unknown = conclude("unknown", unseen)
        return replace(unknown, notes=(f"{error}.", *unknown.notes))
    except CORSBlocked as error:
        blocked = conclude("blocked", f"Blocked by the {error.step}.", error=error)
        found = changes.find(request, error, prepared.apps, prepared.trace)
        return replace(
            blocked,
            step=error.step,
            reason=changes.reason_for(request, error),
            received=error.received,
            needed=error.needed,
            change=found.fix,
            notes=(*found.notes, *blocked.notes),
        )
    except NetworkError as error:
        failed = conclude("failed", narrative.describe_failure(error), error=error)
        notes = (*failed.notes, *_about_time(error, question.timeout))
        cure = failures.find(request, error, prepared.apps, page.log)
        return replace(failed, change=cure, notes=notes)
    end = narrative.describe_response(response, page.log)
    allowed = conclude("allowed", *end)
    notes = (*allowed.notes, *filter(None, [response.cut]))
    return replace(allowed, response=response, notes=notes)


def _about_time(error: NetworkError, timeout: float) -> Iterator[str]:
    """Say how long was waited, if a live server was too slow."""
    if isinstance(error.__cause__, TimeoutError):
        yield f"The time limit is {timeout:g} s; use --timeout (in Python timeout=) to wait longer."
