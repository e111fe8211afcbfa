"""The log of refusals: why a browser will block a request.

All messages go to the logger ``wsgicors``. A reason is worked out only if it is logged, and text
from a request is quoted and cut, so that it can neither forge nor flood a line of the log.
"""

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from .._core.headers import ALLOW_ORIGIN, MAX_QUOTED, SAFELISTED_METHODS, Header, quote, split_list
from .._core.policy import Policy, settle
from .._core.protocol import (
    MAX_REQUESTED_SIZE,
    Decision,
    Preflight,
    Refusal,
    no_policy,
    refused_origin,
    why_refused,
)
from .._introspection import own_origin, quote_path, quote_request
from .._resolver import Resolver
from .requests import ReportedRequest

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .events import Observer, Reporter
    from .trials import TrialLog

logger = logging.getLogger("wsgicors")

MAX_REPLACED = 100
"""The most headers of its own for which the log warns that a wrapper replaces them."""


class RefusalLog:
    """Logs the refusals of one wrapper, except those of requests from the app's own pages.

    For preflights, it also calls the observer and the log of trials. For actual requests, the
    wrapper calls these two itself, to save a call: :attr:`reporter` and :attr:`trials`.

    The records have the attributes ``cors_reason`` and ``cors_origin`` for programs.

    :param resolver: knows whether the app is in debug mode: refusals are then warnings.
    :param observer: is called with an event for each request with an origin.
    """

    def __init__(self, resolver: Resolver, observer: "Observer | None" = None) -> None:
        self._resolver = resolver
        self.reporter = None if observer is None else _reporter_of(observer)
        self._has_warned_of_methods = False
        self._has_warned_of_outer = False
        self._replaced: set[tuple[object, str]] = set()

    @cached_property
    def trials(self) -> "TrialLog":
        """The log of trials."""
        from .trials import TrialLog  # most apps have no trial

        return TrialLog(self.reporter)

    def is_enabled(self) -> bool:
        """Return whether the logger takes messages about refusals."""
        return logger.isEnabledFor(logging.DEBUG) or (
            self._resolver.debug and logger.isEnabledFor(logging.WARNING)
        )

    @property
    def _level(self) -> int:
        return logging.WARNING if self._resolver.debug else logging.DEBUG

    def refused_origin(
        self, environ: "WSGIEnvironment", entered: object, origin: str, policy: Policy
    ) -> None:
        """Log that pages of an origin may not read the response.

        :param entered: what the resolver kept when the request came in.
        """
        if self.is_enabled():
            refusal = refused_origin(policy, origin)
            decided = settle(policy, origin, is_allowed=False)
            self._log(environ, origin, refusal, entered=entered, decided=decided)

    def no_policy(self, environ: "WSGIEnvironment", entered: object, origin: str) -> None:
        """Log that the endpoint has no policy, and that the app's own headers allow no page.

        :param entered: what the resolver kept when the request came in; not for a preflight.
        """
        if self.is_enabled():
            self._log(environ, origin, no_policy(), entered=entered)

    def preflight(
        self,
        environ: "WSGIEnvironment",
        decision: Decision,
        asked: Preflight,
        served: Sequence[str] | None,
    ) -> None:
        """Log and report what a browser will object to in the answer to a preflight.

        If neither a router nor the policy names the methods, the first refused method is logged
        as a warning, because no default can be right then.
        """
        policy = decision.policy
        request = None
        has_named = policy.allow_methods is not None or asked.method in SAFELISTED_METHODS
        is_missing = not served and not has_named and not self._has_warned_of_methods
        if is_missing or self.reporter is not None or self.is_enabled():
            settled = settle(policy, asked.origin, decision.refusal != "origin-not-allowed")
            refusal = why_refused(settled, asked, served)
            if refusal is not None:
                self._log_preflight(environ, asked, refusal, settled, is_missing)
            if self.reporter is not None:
                request = self.reported_preflight(environ, asked)
                self.reporter.report(request, None if refusal is None else refusal.reason)
        if policy.trial is not None and decision.refusal is None:
            request = request or self.reported_preflight(environ, asked)
            self.trials.preflight(request, decision, asked, served)

    def reported_preflight(self, environ: "WSGIEnvironment", asked: Preflight) -> ReportedRequest:
        """Return a preflight, for the observer and the log of trials."""
        return ReportedRequest(self._resolver, environ, None, asked.origin, asked.method)

    def _log_preflight(
        self,
        environ: "WSGIEnvironment",
        asked: Preflight,
        refusal: Refusal,
        decided: Policy,
        is_missing: bool,
    ) -> None:
        """Log a refused preflight.

        :param is_missing: whether nothing names the methods, so that the first one is a warning.
        """
        level = self._level
        if is_missing and refusal.reason == "method-not-allowed":
            self._has_warned_of_methods = True
            level = logging.WARNING
            advice = "; no router lists the methods here, so add it to allow_methods"
            refusal = refusal._replace(sentence=refusal.sentence + advice)
        self._log(environ, asked.origin, refusal, level, decided=decided)

    def ignored(self) -> None:
        """Warn once that a wrapper further out decides."""
        if not self._has_warned_of_outer and logger.isEnabledFor(logging.WARNING):
            self._has_warned_of_outer = True
            logger.warning(
                "Ignoring this CORS wrapper because an outer one already applies; "
                "wrap each app once."
            )

    def replaced(
        self, environ: "WSGIEnvironment", own: Sequence[Header], decision: Decision
    ) -> None:
        """Warn that a policy allows an origin that the app's own header does not.

        This is done once per endpoint, or once per value of the header if the endpoint is unknown.
        """
        sent = dict(decision.headers).get(ALLOW_ORIGIN)
        narrower = [
            value
            for name, value in own
            if name.lower() == ALLOW_ORIGIN.lower() and value not in {"*", sent}
        ]
        if sent is None or not narrower or not logger.isEnabledFor(logging.WARNING):
            return
        endpoint = self._resolver.endpoint_of(environ)
        key = (endpoint, narrower[0] if endpoint is None else "")
        if key not in self._replaced and len(self._replaced) < MAX_REPLACED:
            self._replaced.add(key)
            logger.warning(
                "%s sets Access-Control-Allow-Origin to %s, but its policy replaces that by %s, so "
                "pages of other origins than it names can read the response; remove the header, "
                "and %s",
                quote_path(environ) if endpoint is None else repr(endpoint),
                quote(narrower[0]),
                quote(sent),
                self._resolver.own_policy,
            )

    def app_raised(self, environ: "WSGIEnvironment") -> None:
        """Log that the app raised: the server's own response has no CORS headers."""
        message = (
            "%s: the app raised an exception; the server's own response has no CORS headers, so "
            "browsers block it [app-raised]"
        )
        logger.log(self._level, message, quote_path(environ))

    def _advice(
        self, environ: "WSGIEnvironment", origin: str, entered: object, decided: Policy | None
    ) -> str:
        """Say which change would allow the request; the app's owner may not want it."""
        from .._advice import Wanted, advise  # slow to import, and only needed in debug mode

        method: str = environ["REQUEST_METHOD"]
        requested = ""
        is_preflight = method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        if is_preflight:
            method = environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"]
            requested = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        if len(requested) > MAX_REQUESTED_SIZE or max(len(origin), len(method)) > MAX_QUOTED:
            return ""  # no browser sends this, and the cost of advice grows with its size
        wanted = Wanted(origin, method, split_list(requested), is_preflight=is_preflight)
        try:
            if is_preflight:
                route = self._resolver.route_of(environ, method)
            else:
                route = self._resolver.route_answering(environ, entered)
            fix = advise(route, wanted, decided)
        except Exception:  # raised by code of the app; the message about the refusal is logged
            path = quote_path(environ)
            logger.exception("%s: looking for advice raised an exception", path)
            return ""
        return "" if fix is None else f"; to allow it, {fix.sentence}"

    def _log(
        self,
        environ: "WSGIEnvironment",
        origin: str,
        refusal: Refusal,
        level: int | None = None,
        *,
        entered: object = None,
        decided: Policy | None = None,
    ) -> None:
        """Log a refusal, unless the request comes from a page of the app itself.

        :param level: by default that of all refusals.
        """
        level = self._level if level is None else level
        if not logger.isEnabledFor(level) or origin == own_origin(environ):
            return
        logger.log(
            level,
            "%s from %s: %s%s [%s]",
            quote_request(environ),
            quote(origin),
            refusal.sentence,
            self._advice(environ, origin, entered, decided) if self._resolver.debug else "",
            refusal.reason,
            extra={"cors_reason": refusal.reason, "cors_origin": origin[:MAX_QUOTED]},
        )


def _reporter_of(observer: "Observer") -> "Reporter":
    from .events import Reporter  # takes long to import, and most apps have no observer

    return Reporter(observer)
