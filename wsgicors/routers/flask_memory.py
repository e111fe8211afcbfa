"""Remembering where Flask's router leads, and what a preflight finds there."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from flask import Flask

from ..resolving import Found
from ..routing import Landing, Target
from ..tables import UNKNOWN, Tables
from .flask import FlaskResolver

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

UPGRADE = "HTTP_UPGRADE"
"""The key of what asks for a websocket, which rules of their own serve: that is not remembered."""

ROUTED_BY = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PORT",
    "SCRIPT_NAME",
    "PATH_INFO",
    UPGRADE,
)
"""The keys of an environ by which Flask routes."""

MAX_ROUTES = 1_000
"""Routes that are remembered: to list the methods of a URL, Werkzeug takes as long as a request."""

MAX_ROUTE_SIZE = 1_000
"""Characters of what such a route depends on."""


_Asked = tuple[object, ...]
"""What a route depends on."""

_Answer = tuple[Found, Sequence[Target]]
"""What was found at a URL, and the views by which it was."""


class RememberingResolver(FlaskResolver):
    """Remembers routes to views, for as long as they lead to the same ones."""

    def __init__(self, app: Flask, read_tables: Callable[[], Tables]) -> None:
        super().__init__(app, read_tables)
        self._routes: dict[_Asked, Landing] = {}
        self._answers: dict[_Asked, _Answer] = {}

    def __call__(self, environ: "WSGIEnvironment", method: str) -> Found:
        """Find the endpoint of a preflight, or remember it as long as its views are the same."""
        asked = self._asked(environ, method, lists=True)
        if (answer := self._answers.get(asked)) is not None:
            found, targets = answer
            for target in targets:
                if self._views.get(target.endpoint) is not target.view:
                    break
            else:
                return found
        found = super().__call__(environ, method)
        if (landing := self._routes.get(asked)) is not None:
            targets = landing.targets
            # Views of other kinds have policies that depend on the method, and may be marked later.
            if all(self._known.get(t.endpoint, UNKNOWN)[0] is t.view for t in targets):
                _keep(self._answers, asked, (found, targets))
        return found

    def land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Remember routes to views, as long as nothing but the router says where they lead."""
        asked = self._asked(environ, method, lists=lists)
        known = self._routes.get(asked)
        if known and all(self._views.get(t.endpoint) is t.view for t in known.targets):
            return known
        landing = super().land(environ, method, lists=lists)
        if landing is None or not isinstance(landing.end, Target) or landing.redirected:
            return landing
        is_plain = UPGRADE not in environ and not self.runs_own_code
        if is_plain and len(str(asked)) <= MAX_ROUTE_SIZE:
            _keep(self._routes, asked, landing)
        return landing

    def _asked(self, environ: "WSGIEnvironment", method: str, *, lists: bool) -> _Asked:
        # A route holds for as many rules as there are.
        return (method, lists, self.count_rules(), *map(environ.get, ROUTED_BY))


def _keep(memory: dict[_Asked, Any], asked: _Asked, known: object) -> None:
    """Remember; a memory that is full starts anew."""
    if len(memory) >= MAX_ROUTES:
        memory.clear()
    memory[asked] = known
