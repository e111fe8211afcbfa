"""Preflights as WSGI has them: what they ask for, for which endpoint, and the answer."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, get_args
from urllib.parse import unquote

from .core.decisions import Decision, Reason
from .core.protocol import Preflight
from .resolving import Endpoint, Resolver, as_endpoint
from .telling import own_origin

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ASKS = "HTTP_ACCESS_CONTROL_REQUEST_METHOD"
"""The key in the environ for the method that a preflight asks for."""

_REFUSED = {reason: f"CORS preflight refused: {reason}\n".encode() for reason in get_args(Reason)}


def read(environ: "WSGIEnvironment") -> Preflight:
    """Return what a preflight asks for."""
    return Preflight(
        environ["HTTP_ORIGIN"],
        environ[ASKS],
        environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", ""),
    )


def find_endpoint(resolver: Resolver, environ: "WSGIEnvironment") -> Endpoint:
    """Find the endpoint of a preflight, or none where servers may disagree about its path.

    Cheroot decodes the path of every request but ``OPTIONS``, so the request that follows may
    reach another endpoint than the one that the preflight's path names.
    """
    endpoint = as_endpoint(resolver(environ, environ[ASKS]))
    path: str = environ.get("PATH_INFO", "")
    if "%" in path:
        decoded = {**environ, "PATH_INFO": unquote(path, "latin-1")}
        if as_endpoint(resolver(decoded, environ[ASKS])).policy != endpoint.policy:
            return Endpoint(None)
    return endpoint


def answer(
    environ: "WSGIEnvironment", decision: Decision, start_response: "StartResponse"
) -> Iterable[bytes]:
    """Send what was decided."""
    # The app's own pages are not refused: to them these are no cross-origin requests at all.
    if decision.refusal is None or environ["HTTP_ORIGIN"] == own_origin(environ):
        start_response("204 No Content", [*decision.headers])
        return []
    start_response("403 Forbidden", [*decision.headers, ("Content-Type", "text/plain")])
    return [_REFUSED[decision.refusal]]
