"""Watches what an app answers by itself: bodies that may raise, and preflights without a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from .._core.own_headers import allows_preflight
from .._resolver import NOTE_KEY, Resolver

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from .._core.headers import Header
    from .._core.protocol import Decision, Preflight
    from .log import RefusalLog

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class WatchedBody:
    """The body of a response, watched until its first chunk is sent, and the headers with it.

    The code of a generator runs only while the server reads the body.

    :param raised: called if the app raises before.
    """

    def __init__(self, body: Iterable[bytes], raised: Callable[[], None]) -> None:
        self._body = body
        self._chunks: Iterator[bytes] | None = None
        self._raised = raised
        self._has_sent = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._chunks is None:
                self._chunks = iter(self._body)
            chunk = next(self._chunks)
        except StopIteration:
            raise
        except Exception:
            if not self._has_sent:
                self._raised()
            raise
        self._has_sent = self._has_sent or bool(chunk)
        return chunk

    def close(self) -> None:
        """Close the app's own body, if it has that method (PEP 3333)."""
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


class Outside(Protocol):
    """What lies outside a wrapper that answers a preflight."""

    def note_preflight(
        self,
        resolver: Resolver,
        environ: WSGIEnvironment,
        asked: Preflight,
        decision: Decision | None,
        status: str = "",
        headers: Sequence[Header] = (),
        /,
    ) -> None:
        """Note how a wrapper further in answers.

        :param decision: ``None`` if it has no policy, so that the app inside answers.
        """

    def leave_to_inner(self) -> None:
        """Log and report nothing, because a wrapper further in does."""


class PassedOn:
    """A preflight that the app answers, because its endpoint has no policy.

    It is logged and reported, unless a wrapper further in does so.

    :param environ: a copy, because apps further in may change the path.
    :param outside: what lies outside this wrapper, if it is known.
    """

    def __init__(
        self,
        log: RefusalLog,
        environ: WSGIEnvironment,
        asked: Preflight,
        respond: StartResponse,
        outside: Outside | None,
    ) -> None:
        self._log = log
        self._environ = environ
        self._asked = asked
        self._respond = respond
        self._outside = outside
        self._has_started = False
        self._is_left_to_inner = False

    def answer(self, environ: WSGIEnvironment, app: WSGIApplication) -> Iterable[bytes]:
        """Call the app."""
        environ[NOTE_KEY] = self
        try:
            body = app(environ, self.start)
        except Exception:
            self.app_raised()
            raise
        finally:
            environ[NOTE_KEY] = self._outside
        if self._has_started or self._is_left_to_inner or hasattr(body, "__len__"):
            return body
        return WatchedBody(body, self.app_raised)

    def note_preflight(
        self,
        resolver: Resolver,
        environ: WSGIEnvironment,
        asked: Preflight,
        decision: Decision | None,
        status: str = "",
        headers: Sequence[Header] = (),
        /,
    ) -> None:
        """Note how a wrapper further in answers, for the wrappers further out too."""
        self._is_left_to_inner = self._is_left_to_inner or decision is not None
        if self._outside is not None:
            self._outside.note_preflight(resolver, environ, asked, decision, status, headers)

    def leave_to_inner(self) -> None:
        """Log and report nothing, because a wrapper further in does."""
        self._is_left_to_inner = True
        self._silence_outside()

    def start(
        self, status: str, headers: list[Header], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """Start the app's own response, and say whether it allows the page."""
        headers = [*headers]  # PEP 3333 requires a list, but some servers do not
        if not self._is_left_to_inner:
            is_allowed = allows_preflight(self._asked, status, headers)
            if not is_allowed:
                self._log.no_policy(self._environ, None, self._asked.origin)
            if self._log.reporter is not None and not self._has_started:
                reason = None if is_allowed else "no-policy"
                request = self._log.reported_preflight(self._environ, self._asked)
                self._log.reporter.report(request, reason)
                self._silence_outside()
        self._has_started = True
        if exc_info is None:
            return self._respond(status, headers)
        return self._respond(status, headers, exc_info)

    def app_raised(self) -> None:
        """Say that the app raised before it answered."""
        if not self._has_started and not self._is_left_to_inner:
            self._log.app_raised(self._environ)
            if self._log.reporter is not None:
                request = self._log.reported_preflight(self._environ, self._asked)
                self._log.reporter.report(request, "app-raised")
                self._silence_outside()

    def _silence_outside(self) -> None:
        """Have the wrappers further out log and report nothing."""
        if self._outside is not None:
            self._outside.leave_to_inner()
