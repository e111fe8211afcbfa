"""Refuse requests whose ``Host`` is not this machine.

Any site can have a name that leads to 127.0.0.1. To a browser its pages are then of the same origin
as a local server that answers to that name, and may read it without CORS (DNS rebinding).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NAMES = ["localhost", "127.0.0.1", "[::1]"]


def only_this_machine(app: WSGIApplication, port: int) -> WSGIApplication:
    """Wrap an application so that it answers to the names of this machine, on one port."""
    hosts = {f"{name}:{port}" for name in NAMES}

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        if host.lower() in hosts:
            return app(environ, start_response)
        start_response("421 Misdirected Request", [("Content-Type", "text/plain")])
        text = f"The demonstration is not at {host[:80]!r}; use http://localhost:{port}/\n"
        return [text.encode()]

    return guarded
