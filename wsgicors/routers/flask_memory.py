"""Remembering what preflights find in a Flask app: by URL, or by rule where one stands for all."""

from typing import TYPE_CHECKING

from werkzeug.routing import MapAdapter, Rule

from ..resolving import Found
from ..routing import Landing
from ..tables import UNKNOWN
from .flask import FlaskResolver
from .flask_routing import Answer, Routing, keep

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

BOUND_BY = ("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME")
"""The keys of an environ by which Flask binds its map."""

NO_REQUEST = {"REQUEST_METHOD": "OPTIONS", "PATH_INFO": "/", "QUERY_STRING": ""}
"""What else an environ has to have."""

UPGRADE = "HTTP_UPGRADE"
"""The key of what asks for a websocket, which rules of their own serve: that is not remembered."""


class RememberingResolver(FlaskResolver):
    """Remembers what preflights find, for as long as the same rules lead to the same views."""

    def __call__(self, environ: "WSGIEnvironment", method: str) -> Found:
        """Find the endpoint of a preflight, or remember it."""
        routing, path = self.routing, environ.get("PATH_INFO", "")
        urls = self._bound(routing, environ)
        if urls is None or not method:
            return super().__call__(environ, method)
        answer = routing.by_url.get((method, path, urls))
        if answer is not None and self._holds(answer):
            return self._found_by(answer, method)
        rule = _match(urls, path, method)
        if rule is None:
            return super().__call__(environ, method)
        answer = routing.by_rule.get((method, id(rule)))
        if answer is not None and self._holds(answer):
            return self._found_by(answer, method)
        landing = self._land(environ, method)
        found = self._found_at(self.begin(), landing, method)
        if landing is not None:
            answer = self._make_answer(landing, found)
            if "<" not in rule.rule:
                keep(routing.by_url, (method, path, urls), answer)
            elif method in (rule.methods or ()) and routing.one_stands_for_all(rule):
                routing.by_rule[method, id(rule)] = answer  # there are no more than those
        return found

    def _bound(self, routing: Routing, environ: "WSGIEnvironment") -> MapAdapter | None:
        """Bind the map, or remember it; ``None`` is where not its rules alone lead to a view."""
        if routing.runs_own_code or UPGRADE in environ:
            return None
        bound_by = tuple(map(environ.get, BOUND_BY))
        urls = routing.bound.get(bound_by)
        if urls is None:
            try:
                # What is kept holds nothing of the request but that.
                bare = dict(zip(BOUND_BY, bound_by, strict=True))
                urls = self._bind({k: v for k, v in bare.items() if v is not None} | NO_REQUEST)
            except Exception:  # whoever binds it without a memory finds that too, and tells
                return None
            keep(routing.bound, bound_by, urls)
        return urls

    def _urls(self, environ: "WSGIEnvironment") -> tuple[MapAdapter | None, str]:
        urls = self._bound(self.routing, environ)
        if urls is None:
            return super()._urls(environ)
        return urls, _decode(environ.get("PATH_INFO", ""))

    def _make_answer(self, landing: Landing, found: Found) -> Answer:
        targets = landing.targets
        # Views of other kinds have policies that depend on the method, and may be marked later.
        depends = any(self._known.get(t.endpoint, UNKNOWN)[0] is not t.view for t in targets)
        return Answer(landing, targets, found, depends)

    def _found_by(self, answer: Answer, method: str) -> Found:
        if answer.depends:
            return self._found_at(self.begin(), answer.landing, method)
        return answer.found

    def _holds(self, answer: Answer) -> bool:
        """Tell whether the views are still those that were found."""
        views = self._app.view_functions
        return not any(views.get(t.endpoint) is not t.view for t in answer.targets)


def _match(urls: MapAdapter, path: str, method: str) -> Rule | None:
    try:
        return urls.match(_decode(path), method, return_rule=True)[0]
    except Exception:  # whoever asks the router without a memory finds that too, and tells
        return None


def _decode(path: str) -> str:
    """Return a path as Werkzeug reads it, which PEP 3333 hands over as Latin-1."""
    return path.encode("latin-1").decode(errors="replace")
