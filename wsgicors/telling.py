"""Telling people why a browser will not let a page have what it asked for.

All of it goes to the logger ``wsgicors``. Nothing is worked out unless somebody listens, and
whatever a request contains is quoted, so that it cannot forge a line of the log.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .core.headers import SAFELISTED_METHODS, Header, quote, split_list
from .core.origins import DEFAULT_PORTS
from .core.policy import Policy
from .core.protocol import Preflight, Refusal, no_policy, objection, refused_origin
from .resolving import Resolver

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

logger = logging.getLogger("wsgicors")
root = logging.getLogger()

_DEFAULT_PORTS = {scheme: f":{port}" for scheme, port in DEFAULT_PORTS.items()}


class Teller:
    """Logs the refusals of one wrapper, but for those of the app's own pages.

    Their records carry ``cors_reason`` and ``cors_origin`` for programs.

    :param resolver: knows whether the app is being developed: refusals are then warnings.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._has_asked_for_methods = False
        self._has_told_of_stack = False

    def is_heard(self) -> bool:
        """Tell whether anybody might listen, which has to be asked before anything is worked out.

        Handlers, filters and :func:`logging.disable` may keep it from being written even so.
        """
        level = logger.level or root.level
        return level <= logging.DEBUG or (level <= logging.WARNING and self._resolver.debug)

    def refused_origin(self, environ: "WSGIEnvironment", origin: str, policy: Policy) -> None:
        """Log that pages of an origin may not read the response."""
        self._log(self._level, environ, origin, lambda: refused_origin(policy, origin))

    def no_policy(self, environ: "WSGIEnvironment", origin: str, headers: Iterable[Header]) -> None:
        """Log that nothing speaks for the endpoint, unless its own headers do."""
        if not any(name.lower() == "access-control-allow-origin" for name, _ in headers):
            self._log(self._level, environ, origin, no_policy)

    def listening(
        self, environ: "WSGIEnvironment", origin: str, start_response: "StartResponse"
    ) -> "StartResponse":
        """Return a ``start_response`` that logs if a preflight passed on is left without CORS."""
        if not self.is_heard():
            return start_response

        def start(
            status: str, headers: list[Header], exc_info: "Any" = None, /
        ) -> Callable[[bytes], object]:
            headers = [*headers]  # PEP 3333 wants a list, but some servers do not mind
            self.no_policy(environ, origin, headers)
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
        has_named = policy.allow_methods is not None or asked.method in SAFELISTED_METHODS
        is_missing = served is None and not has_named and not self._has_asked_for_methods
        if not is_missing and not self.is_heard():
            return

        def explain() -> Refusal | None:
            return objection(policy, asked, served)

        refusal = explain() if is_missing else None
        if refusal and refusal.reason == "method-not-allowed":
            self._has_asked_for_methods = True
            advice = "; no router knows the methods here, so allow_methods has to name it"
            self._log(logging.WARNING, environ, asked.origin, explain, advice)
        else:
            self._log(self._level, environ, asked.origin, explain)

    def stacked(self) -> None:
        """Log once that a wrapper further out decides."""
        if not self._has_told_of_stack and logger.isEnabledFor(logging.WARNING):
            self._has_told_of_stack = True
            logger.warning("an outer CORS wrapper decides for this one; wrap each app once")

    def escaped(self, environ: "WSGIEnvironment", origin: str | None) -> None:
        """Log that the app raised: what the server then answers is out of our hands."""
        if origin is None:
            return
        message = (
            "%s: the app raised; the server's answer has no CORS headers, and browsers block it"
        )
        logger.log(self._level, message, quote(environ.get("PATH_INFO", "")))

    def _advice(self, environ: "WSGIEnvironment", origin: str) -> str:
        """Say what would let the request through; who serves it may not want that."""
        from .advice import Wants, advise  # which takes long to load, and is for debugging alone

        method: str = environ["REQUEST_METHOD"]
        requested = ""
        if method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            method = environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"]
            requested = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
        wants = Wants(origin, method, split_list(requested))
        change = advise(self._resolver.route_of(environ, method), wants)
        return "" if change is None else f"; to let it through, {change.sentence}"

    @property
    def _level(self) -> int:
        return logging.WARNING if self._resolver.debug else logging.DEBUG

    def _log(
        self,
        level: int,
        environ: "WSGIEnvironment",
        origin: str,
        explain: Callable[[], Refusal | None],
        advice: str = "",
    ) -> None:
        if not logger.isEnabledFor(level) or origin == own_origin(environ):
            return  # nobody listens, or the page is the app's own
        if (refusal := explain()) is not None:
            logger.log(
                level,
                "%s from %s: %s (%s)%s",
                quote(f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"),
                quote(origin),
                refusal.sentence + advice,
                refusal.reason,
                self._advice(environ, origin) if self._resolver.debug else "",
                extra={"cors_reason": refusal.reason, "cors_origin": origin},
            )


def own_origin(environ: "WSGIEnvironment") -> str:
    """Return the origin that the app itself is served from, as its server sees it."""
    scheme: str = environ["wsgi.url_scheme"]
    host: str = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{scheme}://{host.lower()}".removesuffix(_DEFAULT_PORTS.get(scheme, ""))
