"""The log of trials: what the policy on trial would take from the pages of an app."""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from ._core.headers import MAX_QUOTED, Header, quote
from ._core.protocol import Decision, Preflight
from ._core.trials import Answered, Loss, lost_preflight, lost_response
from ._introspection import own_origin, quote_path
from ._labels import Label
from ._resolver import Resolver
from ._throttle import Throttle

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from ._events import Reporter

logger = logging.getLogger("wsgicors")

LOSS_KEY: Final = "wsgicors.loss"
"""The key in the environ for a function that notes what a trial would take, in place of the log."""

NOT_OF_PAGES = frozenset({"navigate", "no-cors", "same-origin", "websocket"})
"""Modes of requests whose responses no policy lets pages read (Fetch, "Sec-Fetch-Mode")."""


class TrialLog:
    """Logs and reports what trials would take from pages, except from the app's own pages.

    Each kind is logged once per minute: an endpoint, and what it would refuse to which page. The
    records have the attributes ``cors_trial`` and ``cors_origin`` for programs.

    :param resolver: knows the names of endpoints and policies.
    :param reporter: reports each time.
    """

    def __init__(self, resolver: Resolver, reporter: "Reporter | None") -> None:
        self._resolver = resolver
        self._reporter = reporter
        self._throttle = Throttle()

    def preflight(
        self,
        environ: "WSGIEnvironment",
        decision: Decision,
        asked: Preflight,
        served: Sequence[str] | None,
    ) -> None:
        """Report that the trial would refuse a preflight that the policy grants."""
        loss = lost_preflight(decision, asked, served)
        if loss is not None and asked.origin != own_origin(environ):
            self._log(environ, asked.origin, loss, self._resolver.label_of, asked.method)
            if self._reporter is not None:
                self._reporter.preflight(environ, asked, loss.reason, "trial")

    def response(
        self,
        environ: "WSGIEnvironment",
        entered: object,
        origin: str,
        decision: Decision,
        status: str,
        own: Sequence[Header],
    ) -> None:
        """Report what the trial would take from the response to an actual request.

        :param entered: what the resolver kept when the request came in.
        :param own: the header lines of the app.
        """
        if environ.get("HTTP_SEC_FETCH_MODE") in NOT_OF_PAGES:
            return
        sent = bool(environ.get("HTTP_COOKIE")), bool(environ.get("HTTP_AUTHORIZATION"))
        loss = lost_response(decision, Answered(origin, *sent, status, own))
        if loss is not None and origin != own_origin(environ):
            self._log(environ, origin, loss, self._resolver.label_answering, entered)
            if self._reporter is not None:
                self._reporter.actual(environ, entered, origin, loss.reason, "trial")

    def _log(
        self,
        environ: "WSGIEnvironment",
        origin: str,
        loss: Loss,
        find_label: Callable[["WSGIEnvironment", Any], Label],
        known: object,
    ) -> None:
        """Log a loss, unless its kind has been logged within the last minute.

        :param known: the second argument of ``find_label``.
        """
        if (note := environ.get(LOSS_KEY)) is not None:
            note(loss)
        if note is not None or not logger.isEnabledFor(logging.WARNING):
            return
        path = quote_path(environ, f"{environ['REQUEST_METHOD']} ")
        try:
            label = find_label(environ, known)
        except Exception:  # raised by code of the app
            logger.exception("%s: naming the endpoint raised an exception", path)
            label = Label()
        missed = self._throttle.admit((label, loss.sentence))
        if missed is not None:
            logger.warning(
                "%s from %s: the trial%s would %s%s",
                path,
                quote(origin),
                f" of the policy {label.policy!r}" if label.policy else "",
                loss,
                f"; {missed} more since the last message" if missed else "",
                extra={"cors_trial": loss.reason, "cors_origin": origin[:MAX_QUOTED]},
            )
