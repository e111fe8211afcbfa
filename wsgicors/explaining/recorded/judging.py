"""Judges recorded requests, by what was recorded alone."""

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from ...testing.log import Exchange
from ...testing.profiles import ENGINES
from ...testing.urls import URL
from ..changes.policies import find_route
from ..copied import Explained, ask
from ..explanation import SERIOUS, Explanation, Verdict
from ..judging import SAME, UNKNOWN_CREDENTIALS
from ..pasted import Pasted
from ..redaction import Redactor, hide
from ..slips import CannotAsk
from ..tracing import Trace
from . import Chain, Entry, Recording
from .pairing import chain
from .playing import Tape
from .requests import Aside, Read, read
from .supposing import Supposed

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

Asked = Callable[[Pasted], Explained]

BLOCKING = ("net::ERR_FAILED", "net::ERR_BLOCKED_BY_")
"""How errors begin that Chromium notes if it keeps a response from the page."""

MAYBE_CREDENTIALS = (
    "Without credentials the request passes. The browser noted {error}, so explain assumes that it "
    "includes credentials; the file may lack its cookies. Use --no-credentials if it does not."
)

CODES = ("net::", "NS_ERROR_")
"""How codes of errors begin. WebKit notes sentences instead, such as those of its console."""

WITHOUT_CREDENTIALS = "Only without credentials; add --credentials to see the result with them."

NOTED = "CORS allows the response, but the browser noted {error}."

HAS_PASSED = (
    "but the browser noted no error, so the page got the response; perhaps an extension or an "
    "option of the browser switches CORS off"
)

WAS_SENT = (
    "but the file has a response to the request, so the browser sent it; another preflight may "
    "have allowed it"
)

UNRECORDED_PREFLIGHT = (
    "A response to this request was recorded, but no preflight: the browser had the answer to one "
    "in its cache, or the file lacks preflights. It counts as granted."
)

CACHED = "The browser took this response from its cache."

OTHER_VERSION = (
    "explain assumes that the app of --app serves {host}, and compares the recorded response with "
    "what its policy sends now. If the app has changed since, record the request again."
)


UNCHANGING = ("GET", "HEAD", "OPTIONS")
"""Methods that explain sends to live servers without being asked to."""

OF_OTHERS: tuple[Aside, ...] = ("service-worker", "not-page")
"""Requests that no browser has sent for a page as they are in the file."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A request of a recording, and what became of it."""

    chain: Chain
    request: Pasted
    explained: Explained | None = None
    """``None`` if CORS has no part in the request, or nothing can be said."""
    aside: Aside = ""
    """Why CORS has no part in it; empty if it has."""
    fault: str = ""
    """Why nothing can be said of it."""

    @property
    def verdict(self) -> Verdict:
        """The most serious verdict; ``"unknown"`` if nothing can be said."""
        worst = self._worst
        return "unknown" if worst is None else worst.verdict

    @property
    def _worst(self) -> Explanation | None:
        """The explanation by the engine that lets least pass."""
        found = self.explained.explanations.values() if self.explained else ()
        return max(found, key=lambda one: SERIOUS.index(one.verdict), default=None)

    def summarise(self, *, show_secrets: bool) -> "Row":
        """Return what a list shows of the request."""
        worst = self._worst
        row = Row(
            self.chain.index,
            self.request.method or "",
            self.request.url,
            self.request.origin,
            self.verdict,
            worst.step if worst else "",
            _reason_of(worst) if worst else self.fault,
            self.chain.indexes,
            self.aside,
        )
        if show_secrets:
            return row
        redactor = Redactor(self.chain.lines)
        return redactor.make(
            lambda: replace(
                row,
                method=redactor.text(row.method),
                url=redactor.text(row.url),
                origin=row.origin and redactor.text(row.origin),
                reason=redactor.text(row.reason),
            )
        )


@dataclass(frozen=True, slots=True)
class Row:
    """What a list shows of a request."""

    index: int
    method: str
    url: str
    origin: str | None
    verdict: Verdict
    step: str
    """The section of Fetch that blocked the request, and what is wrong."""
    reason: str
    """Why the verdict is this one, in a sentence; empty if the request is allowed in any case."""
    indexes: list[int]
    """All entries of the request: preflights and redirects too."""
    aside: Aside


def _reason_of(explanation: Explanation) -> str:
    """Say in a sentence why a request is not allowed, or not with credentials."""
    if explanation.verdict == "unknown":
        missing = (note for note in explanation.notes if note.startswith("The file has "))
        return next(missing, explanation.steps[-1].removeprefix("Unknown: "))
    if explanation.verdict == "allowed":
        doubts = [note for note in explanation.notes if note.startswith(UNKNOWN_CREDENTIALS)]
        return WITHOUT_CREDENTIALS if any(not note.endswith(SAME) for note in doubts) else ""
    if explanation.verdict == "failed" and explanation.change is not None:
        return explanation.change.sentence
    return explanation.reason


@dataclass(frozen=True, slots=True)
class Judge:
    """How recorded requests are judged.

    :ivar app: the app whose policies may have answered; it is not called.
    :ivar origin: the origin of pages for which the recording does not show one.
    :ivar credentials: the credentials mode of all requests, if it is known.
    :ivar profile: the profile; ``None`` for that of the browser that made the requests.
    :ivar compares: whether all engines are asked.
    """

    app: "WSGIApplication | None" = None
    origin: str | None = None
    credentials: str | None = None
    profile: str | None = None
    compares: bool = False

    def judge_all(self, recording: Recording) -> Iterator[Judged]:
        """Judge each request of a recording in which CORS has a part; yield the others too."""
        for found in chain(recording):
            given = self._read(found, recording)
            if given.aside:
                yield Judged(found, given.request, aside=given.aside)
            else:
                yield self._judge(found, given, engines=())  # a list has no consoles

    def judge_entry(self, recording: Recording, index: int) -> Explained:
        """Judge the request to which an entry belongs.

        :raises CannotAsk: if there is no such entry, or it cannot be judged.
        """
        found = next((one for one in chain(recording) if index in one.indexes), None)
        if found is None:
            last = len(recording.entries) - 1
            use = f"use a number from 0 to {last:,}" if last >= 0 else "use another file"
            raise CannotAsk(f"the file has no entry {index}; {use}")
        given = self._read(found, recording)
        judged = Judged(found, given.request, aside=given.aside)
        if given.aside not in OF_OTHERS:
            judged = self._judge(found, given)
        if judged.explained is None:
            shown = hide(f"{judged.request.method} {judged.request.url}")
            why = hide(judged.fault) or f"CORS does not apply to {shown} ({judged.aside})"
            raise CannotAsk(f"entry {index} cannot be explained: {why}")
        if index == found.index:
            return judged.explained
        about = f"Entry {index} is a part of what became of the request of entry {found.index}."
        return judged.explained.add(about)

    def _read(self, found: Chain, recording: Recording) -> Read:
        return read(found, self.origin, self.profile or recording.profile)

    def _judge(self, found: Chain, given: Read, engines: Iterable[str] = tuple(ENGINES)) -> Judged:
        request = given.request
        judged = Judged(found, request, aside=given.aside, fault=given.fault)
        if given.fault or request.origin is None:
            return judged
        if self.credentials is not None:
            request = replace(request, credentials=self.credentials)
        tape, app = Tape(found), self._find_app(request)
        asked = partial(
            ask,
            servers=app,
            trace=Trace() if app is None else Supposed(app),
            recorded=tape,
            is_preflighted=found.hops[0].is_plainly_preflighted,
            compares=self.compares,
            engines=engines,
        )
        try:
            explained = _heed_browser(found, request, asked)
        except CannotAsk as error:
            return replace(judged, fault=f"{error}.")
        if tape.lacks_preflight:
            explained = explained.add(UNRECORDED_PREFLIGHT)
        explained = explained.map(partial(_complete, found, request))
        with_secrets = replace(explained.request, headers=tuple(found.lines))
        return replace(judged, explained=replace(explained, request=with_secrets))

    def _find_app(self, request: Pasted) -> "WSGIApplication | None":
        """Return the app if it may have answered: it serves the path of the URL, on any host."""
        if self.app is None:
            return None
        url = URL.parse(request.url)
        route = find_route(url, request.method or "", (), self.app)
        return None if route is not None and route.kind == "404" else self.app


def _heed_browser(found: Chain, request: Pasted, asked: Asked) -> Explained:
    """Explain a request; heed what else the recording shows of its end."""
    last = found.hops[-1].entry
    is_known = request.credentials is not None or request.mode != "cors"
    if last.has_passed and not is_known:
        # With credentials that the response does not allow, it would not have passed.
        request = replace(request, credentials="same-origin")
    explained = asked(request)
    if request.mode == "cors" and last.error and explained.verdicts == {"allowed"}:
        return _heed_error(found, explained, request, asked)
    return explained.map(partial(_check_end, found))


def _check_end(found: Chain, explanation: Explanation) -> Explanation:
    """Return the explanation; one that contradicts the recording has the verdict unknown."""
    if explanation.verdict != "blocked" or not explanation.exchanges:
        return explanation
    last = explanation.exchanges[-1]
    hop = next(hop for hop in found.hops if hop.entry.address == str(last.url))
    if found.hops[-1].entry.has_passed:
        contradiction = HAS_PASSED
    elif last.kind == "preflight" and hop.request is not None and hop.request.response is not None:
        contradiction = WAS_SENT
    else:
        return explanation
    return _as_unknown(explanation, f"{explanation.reason[:-1]}, {contradiction}.")


def _as_unknown(explanation: Explanation, why: str) -> Explanation:
    """Return an explanation without a verdict."""
    return Explanation(
        "unknown",
        (*explanation.steps[:-1], f"Unknown: {why}"),
        explanation.exchanges,
        explanation.notes,
        console=explanation.console,
    )


def _heed_error(found: Chain, explained: Explained, request: Pasted, asked: Asked) -> Explained:
    """Explain a request that CORS allows, but for which the browser has noted an error."""
    error = found.hops[-1].entry.error
    noted = NOTED.format(error=error)
    if error.startswith(CODES) and not error.startswith(BLOCKING):
        return explained.add(noted)
    if request.credentials is None:
        notes = (*request.notes, MAYBE_CREDENTIALS.format(error=error))
        again = asked(replace(request, credentials="include", notes=notes))
        again = again.map(partial(_check_end, found))
        if "blocked" in again.verdicts:
            return again
    return explained.map(lambda one: _as_unknown(one, noted))


def _how_to_ask(request: Pasted) -> str:
    """Say how to ask the server for the response that was not recorded."""
    words = ["wsgicors", "explain", request.method or "", request.url]
    words += ["--origin", request.origin or ""]
    words += [word for name, value in request.headers for word in ("-H", f"{name}: {value}")]
    words += ["--credentials"] if request.credentials == "include" else []
    words += ["--send"] if request.method not in UNCHANGING else []
    return f"To ask the server, run: {shlex.join(words)}"


def _complete(found: Chain, request: Pasted, explanation: Explanation) -> Explanation:
    """Add to an explanation what only the recording shows."""
    entries = [*_entries_of(found, explanation.exchanges)]
    exchanges = tuple(
        replace(one, request_headers=[*entry.lines])
        for one, entry in zip(explanation.exchanges, entries, strict=True)
    )
    notes = [*explanation.notes]
    if explanation.verdict == "unknown":
        notes.append(_how_to_ask(request))
    if any(entry.is_cached for entry in entries):
        notes.append(CACHED)
    if explanation.change is not None and explanation.change.side == "layer":
        notes.append(OTHER_VERSION.format(host=URL.parse(request.url).host))
    return replace(explanation, exchanges=exchanges, notes=tuple(notes))


def _entries_of(found: Chain, exchanges: Iterable[Exchange]) -> Iterator[Entry]:
    """Yield the entry of each exchange."""
    left = [*found.hops]
    for exchange in exchanges:
        hop = next(one for one in left if one.entry.address == str(exchange.url))
        if exchange.kind == "preflight" and hop.preflight is not None:
            yield hop.preflight
        else:
            left = left[left.index(hop) + 1 :]
            yield hop.entry
