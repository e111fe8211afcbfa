"""Events: what an observer of the app sees of each request, and how it is called.

An event has no secrets and little of the request: no path, no query and no headers but ``Origin``.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .._core.headers import name_of_code
from .._core.protocol import MAX_METHOD_SIZE, Preflight
from .._introspection import Label, own_origin
from .._resolver import Resolver
from .naming import name_endpoint
from .throttle import Throttle

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

        if origin != own_origin(environ):
            decided = outcome or _outcome_of(reason)
            method = environ["REQUEST_METHOD"][:MAX_METHOD_SIZE]
            names = self._name(environ, reason, find_label)
            event = Event(decided, reason, origin[:MAX_ORIGIN_SIZE], method, False, *names)
            self._observe(event)

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

        if asked.origin != own_origin(environ):
            decided = outcome or _outcome_of(reason)
            origin, method = asked.origin[:MAX_ORIGIN_SIZE], asked.method[:MAX_METHOD_SIZE]
            names = self._name(environ, reason, find_label)
            self._observe(Event(decided, reason, origin, method, True, *names))

    def _name(
        self, environ: "WSGIEnvironment", reason: str | None, find_label: Callable[[], Label]
    ) -> Label:
        label = name_endpoint(environ, find_label, self._throttle)
        return Label(label.endpoint) if reason == "no-policy" else label

    def _observe(self, event: Event) -> None:
        try:
            self._observer(event)
        except Exception:
            more = self._throttle.note("observer")
            if more is not None:
                name = name_of_code(self._observer)
                logger.exception("the observer %s() raised an exception%s", name, more)


def _outcome_of(reason: str | None) -> Outcome:
    return "granted" if reason is None else "refused"
