"""Events: what an observer of the app sees of each request, and how it is called.

An event has no secrets and little of the request: no path, no query and no headers but ``Origin``.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .._core.headers import name_of_code
from .._core.protocol import MAX_METHOD_SIZE
from .._introspection import own_origin
from .requests import ReportedRequest
from .throttle import Throttle

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

    :param observer: is called with each event.
    """

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._throttle = Throttle()

    def report(
        self, request: ReportedRequest, reason: str | None, outcome: Outcome | None = None
    ) -> None:
        """Report an actual request when its response starts, or a preflight.

        :param reason: why a browser blocks it, or the request that follows the preflight.
        :param outcome: ``"trial"`` for a trial's reason.
        """
        if request.origin == own_origin(request.environ):
            return
        decided: Outcome = "granted" if reason is None else "refused"
        label = request.label(self._throttle)
        event = Event(
            outcome or decided,
            reason,
            request.origin[:MAX_ORIGIN_SIZE],
            request.method[:MAX_METHOD_SIZE],
            request.is_preflight,
            label.endpoint,
            None if reason == "no-policy" else label.policy,
        )
        try:
            self._observer(event)
        except Exception:
            more = self._throttle.note("observer")
            if more is not None:
                name = name_of_code(self._observer)
                logger.exception("the observer %s() raised an exception%s", name, more)
