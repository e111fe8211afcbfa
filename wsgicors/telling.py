"""Telling people why a browser will not let a page have what it asked for.

All of it goes to the logger ``wsgicors``. Nothing is worked out unless somebody listens, and
whatever a request contains is quoted, so that it cannot forge a line of the log.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .core.headers import SAFELISTED_METHODS, Header
from .core.origins import DEFAULT_PORTS
from .core.policy import Policy
from .core.protocol import Preflight, Refusal, no_policy, objection, refused_origin

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

logger = logging.getLogger("wsgicors")


class Teller:
    """Logs the refusals of one wrapper, but for those of the app's own pages.

    Their records carry ``cors_reason`` and ``cors_origin`` for programs.

    :param is_debug: tells whether the app is being developed: refusals are then warnings.
    """

    def __init__(self, is_debug: Callable[[], bool]) -> None:
        self._is_debug = is_debug
        self._told: set[str] = set()

    def refused_origin(self, environ: "WSGIEnvironment", policy: Policy) -> None:
        """Log that pages of the request's origin may not read the response."""
        self._log(self._level, environ, lambda: refused_origin(policy, environ["HTTP_ORIGIN"]))

    def no_policy(self, environ: "WSGIEnvironment", headers: Iterable[Header]) -> None:
        """Log that nothing speaks for the endpoint, unless its own headers do."""
        if "HTTP_ORIGIN" in environ and not any(
            name.lower() == "access-control-allow-origin" for name, _ in headers
        ):
            self._log(self._level, environ, no_policy)

    def listening(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "StartResponse":
        """Return a ``start_response`` that logs if a preflight passed on is left without CORS."""

        def start(
            status: str, headers: list[Header], exc_info: "Any" = None, /
        ) -> Callable[[bytes], object]:
            self.no_policy(environ, headers)
            if exc_info is None:
                return start_response(status, headers)
            return start_response(status, headers, exc_info)

        return start

    def objection(
        self,
        environ: "WSGIEnvironment",
        policy: Policy,
        asked: Preflight,
        served: Sequence[str] | None,
    ) -> None:
        """Log what a browser will object to in the answer to a preflight.

        Where neither a router nor the policy has named any methods, the first to be missed is a
        warning: no default can be right then.
        """

        def explain() -> Refusal | None:
            return objection(policy, asked, served)

        unnamed = served is None and policy.allow_methods is None
        if unnamed and asked.method not in SAFELISTED_METHODS:
            refusal = explain()
            if refusal and refusal.reason == "method-not-allowed" and self._is_first("methods"):
                advice = "; no router knows the methods here, so allow_methods has to name it"
                self._log(logging.WARNING, environ, explain, advice)
                return
        self._log(self._level, environ, explain)

    def escaped(self, environ: "WSGIEnvironment") -> None:
        """Log that the app raised: what the server then answers is out of our hands."""
        if "HTTP_ORIGIN" not in environ:
            return
        message = (
            "%r: the app raised; the server's answer has no CORS headers, and browsers block it"
        )
        logger.log(self._level, message, environ.get("PATH_INFO"))

    def failed_resolver(self, environ: "WSGIEnvironment", resolve: object) -> None:
        """Log that a resolver has a bug; its endpoint then has no CORS."""
        logger.exception("%r: the resolver %r raised", environ.get("PATH_INFO"), resolve)

    def stacked(self) -> None:
        """Log once that a wrapper further out decides."""
        if self._is_first("stacked"):
            logger.warning("an outer CORS wrapper decides for this one; wrap each app once")

    @property
    def _level(self) -> int:
        return logging.WARNING if self._is_debug() else logging.DEBUG

    def _is_first(self, what: str) -> bool:
        is_first = what not in self._told
        self._told.add(what)
        return is_first

    def _log(
        self,
        level: int,
        environ: "WSGIEnvironment",
        explain: Callable[[], Refusal | None],
        advice: str = "",
    ) -> None:
        origin: str = environ["HTTP_ORIGIN"]
        if not logger.isEnabledFor(level) or origin == own_origin(environ):
            return  # nobody listens, or the page is the app's own
        if (refusal := explain()) is not None:
            logger.log(
                level,
                "%r from %r: %s (%s)",
                f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}",
                origin,
                refusal.sentence + advice,
                refusal.reason,
                extra={"cors_reason": refusal.reason, "cors_origin": origin},
            )


def own_origin(environ: "WSGIEnvironment") -> str:
    """Return the origin that the app itself is served from, as its server sees it."""
    scheme: str = environ["wsgi.url_scheme"]
    host: str = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{scheme}://{host.lower().removesuffix(f':{DEFAULT_PORTS.get(scheme)}')}"
