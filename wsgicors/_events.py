"""Events: what an observer of the app sees of each request, and how it is called.

An event has no secrets and little of the request: no path, no query and no headers but ``Origin``.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ._core.headers import ALLOW_ORIGIN, Header
from ._core.protocol import MAX_METHOD_SIZE, Preflight, Reason
from ._introspection import own_origin
from ._resolver import Label, Resolver
from ._throttle import Throttle

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

logger = logging.getLogger("wsgicors")

MAX_ORIGIN_SIZE = 512
"""The most characters of an origin in an event."""

Outcome = Literal["granted", "refused", "trial"]


@dataclass(frozen=True, slots=True)
class Event:
    """What wsgicors decided about a request from a page of another origin.

    >>> Event("refused", "origin-not-allowed", "https://evil.example", "GET", False, "items").reason
    'origin-not-allowed'
    """

    outcome: Outcome
    """``"granted"`` if a browser lets the page send the request and read the response,
    ``"refused"`` if it blocks it, ``"trial"`` if the trial of the policy would refuse it."""
    reason: str | None
    """The code of the reason; ``None`` if the request is granted."""
    origin: str
    """The header ``Origin``, at most 512 characters of it."""
    method: str
    """The method of the request, or that a preflight asks for: at most 100 characters, as sent."""
    preflight: bool
    """Whether the request is a preflight."""
    endpoint: str | None = None
    """The name or the rule of the endpoint, never the path; ``None`` without a router, and for
    URLs that it does not know."""
    policy: str | None = None
    """The name of the policy in the app, ``"default"`` for the default policy; ``None`` if it has
    no name, or if there is no policy."""


Event.__module__ = "wsgicors"  # from which it is imported

Observer = Callable[[Event], object]
"""A function that is called with each event."""


class Reporter:
    """Calls the observer of a wrapper.

    An observer that raises is logged once per minute, and changes no response. Requests of the
    app's own pages are not reported: they are not cross-origin.

    :param resolver: knows the names of endpoints and policies.
    """

    def __init__(self, observer: Observer, resolver: Resolver) -> None:
        self._observer = observer
        self._resolver = resolver
        self._throttle = Throttle()

    def actual(
        self,
        environ: "WSGIEnvironment",
        entered: object,
        origin: str,
        reason: str | None,
        outcome: Outcome | None = None,
    ) -> None:
        """Report an actual request when its response starts.

        :param entered: what the resolver kept when the request came in.
        :param reason: why a browser blocks it.
        :param outcome: ``"trial"`` for a trial's reason.
        """

        def find_label() -> Label:
            return self._resolver.label_answering(environ, entered)

        self._report(environ, outcome, reason, origin, environ["REQUEST_METHOD"], False, find_label)

    def preflight(
        self,
        environ: "WSGIEnvironment",
        asked: Preflight,
        reason: str | None,
        outcome: Outcome | None = None,
    ) -> None:
        """Report a preflight.

        :param reason: why a browser blocks the request that follows.
        :param outcome: ``"trial"`` for a trial's reason.
        """

        def find_label() -> Label:
            return self._resolver.label_of(environ, asked.method)

        self._report(environ, outcome, reason, asked.origin, asked.method, True, find_label)

    def unruled(
        self,
        environ: "WSGIEnvironment",
        entered: object,
        origin: str,
        headers: Iterable[Header],
    ) -> None:
        """Report an actual request without a policy: the app's own headers may allow the page."""
        self.actual(environ, entered, origin, _reason_without_policy(origin, headers))

    def unruled_preflight(
        self, environ: "WSGIEnvironment", asked: Preflight, headers: Iterable[Header]
    ) -> None:
        """Report a preflight without a policy: the app's own headers may allow the page."""
        self.preflight(environ, asked, _reason_without_policy(asked.origin, headers))

    def _report(
        self,
        environ: "WSGIEnvironment",
        outcome: Outcome | None,
        reason: str | None,
        origin: str,
        method: str,
        is_preflight: bool,
        find_label: Callable[[], Label],
    ) -> None:
        try:
            if origin == own_origin(environ):
                return
            endpoint, policy = find_label()
            policy = None if reason == "no-policy" else policy
            if outcome is None:
                outcome = "granted" if reason is None else "refused"
            cut = origin[:MAX_ORIGIN_SIZE], method[:MAX_METHOD_SIZE]
            self._observer(Event(outcome, reason, *cut, is_preflight, endpoint, policy))
        except Exception:
            more = self._throttle.note("observer")
            if more is not None:
                logger.exception("the observer %r raised an exception%s", self._observer, more)


def _reason_without_policy(origin: str, headers: Iterable[Header]) -> Reason | None:
    """Return why a browser blocks the response of an endpoint without a policy."""
    allowed = {value.strip() for name, value in headers if name.lower() == ALLOW_ORIGIN.lower()}
    return "no-policy" if allowed.isdisjoint({"*", origin}) else None
