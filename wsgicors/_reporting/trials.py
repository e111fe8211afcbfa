"""The log of trials: what the policy on trial would take from the pages of an app."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from .._core.headers import MAX_QUOTED, Header, quote
from .._core.protocol import Decision, Preflight
from .._core.trials import Answered, Loss, lost_preflight, lost_response
from .._introspection import own_origin, quote_path, quote_request
from .requests import ReportedRequest
from .throttle import Throttle

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .events import Reporter

logger = logging.getLogger("wsgicors")

LOSS_KEY: Final = "wsgicors.loss"
"""The key in the environ for a function that notes what a trial would take, in place of the log.

It gets the loss of the request, and that of the same request with credentials.
"""

NOT_OF_PAGES = frozenset({"navigate", "no-cors", "same-origin", "websocket"})
"""Modes of requests whose responses no policy lets pages read (Fetch, "Sec-Fetch-Mode")."""

ABOUT_ORIGINS = frozenset({"origin-not-allowed", "credentials-not-allowed"})
"""Reasons that are another kind for each origin; others are for each method or header."""


class TrialLog:
    """Logs and reports what trials would take from pages, except from the app's own pages.

    Each kind is logged once per minute: an endpoint, and what it would refuse to which page. The
    records have the attributes ``cors_trial`` and ``cors_origin`` for programs.

    :param reporter: reports each time.
    """

    def __init__(self, reporter: "Reporter | None") -> None:
        self._reporter = reporter
        self._throttle = Throttle()

    def preflight(
        self,
        request: ReportedRequest,
        decision: Decision,
        asked: Preflight,
        served: Sequence[str] | None,
    ) -> None:
        """Report that the trial would refuse a preflight that the policy grants."""
        if _is_of_own_page(request):
            return
        try:
            loss = lost_preflight(decision, asked, served)
            if LOSS_KEY in request.environ:
                request.environ[LOSS_KEY](loss, loss)
            elif loss is not None:
                self._log(request, loss)
            if loss is not None and self._reporter is not None:
                self._reporter.report(request, loss.reason, "trial")
        except Exception:
            self._log_failure(request.environ)

    def response(
        self, request: ReportedRequest, decision: Decision, status: str, own: Sequence[Header]
    ) -> None:
        """Report what the trial would take from the response to an actual request.

        :param own: the header lines of the app.
        """
        environ = request.environ
        if environ.get("HTTP_SEC_FETCH_MODE") in NOT_OF_PAGES or _is_of_own_page(request):
            return
        has_cookies = environ.get("HTTP_COOKIE", "") != ""
        has_authorization = environ.get("HTTP_AUTHORIZATION", "") != ""
        try:
            answered = Answered(request.origin, has_cookies, has_authorization, status, own)
            loss = lost_response(decision, answered)
            if LOSS_KEY in environ:
                with_credentials = lost_response(decision, answered._replace(has_cookies=True))
                environ[LOSS_KEY](loss, with_credentials)
            elif loss is not None:
                self._log(request, loss)
            if loss is not None and self._reporter is not None:
                self._reporter.report(request, loss.reason, "trial")
        except Exception:
            self._log_failure(environ)

    def _log(self, request: ReportedRequest, loss: Loss) -> None:
        """Log a loss, unless its kind has been logged within the last minute."""
        if not logger.isEnabledFor(logging.WARNING):
            return
        environ, label = request.environ, request.label(self._throttle)
        origin = request.origin[:MAX_QUOTED]
        about = origin if loss.reason in ABOUT_ORIGINS else loss.sentence
        more = self._throttle.note((label, loss.reason, about))
        if more is not None:
            logger.warning(
                "%s from %s: the trial%s would %s%s [%s]",
                quote_request(environ),
                quote(request.origin),
                f" of the policy {label.policy!r}" if label.policy else "",
                loss,
                more,
                loss.reason,
                extra={"cors_trial": loss.reason, "cors_origin": origin},
            )

    def _log_failure(self, environ: "WSGIEnvironment") -> None:
        """Log that a trial has failed, which changes no response."""
        more = self._throttle.note("failure")
        if more is not None:
            logger.exception(
                "%s: looking for what the trial would refuse raised an exception%s",
                quote_path(environ),
                more,
            )


def _is_of_own_page(request: ReportedRequest) -> bool:
    """Return whether a request comes from a page of the app itself, so that CORS is not needed.

    Behind a proxy, the origin of the app can be a wrong guess; the browser knows better.
    """
    is_same = request.environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"
    return is_same or request.origin == own_origin(request.environ)
