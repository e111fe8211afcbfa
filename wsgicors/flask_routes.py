"""Finding the endpoint of a request as a Flask app does, or seeing which one it has found."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from operator import length_hint
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, current_app, has_app_context
from werkzeug.routing import Map, MapAdapter, Rule

from .core.policy import Policy
from .landing import Landing
from .surveying import Survey
from .tables import UNKNOWN, Tables
from .werkzeug import MapResolver

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

ROUTED_BY = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PORT",
    "SCRIPT_NAME",
    "PATH_INFO",
)
"""The keys of an environ by which Flask routes."""

MAX_ROUTES = 1_000
"""Routes that are remembered: to list the methods of a URL, Werkzeug takes as long as a request."""

MAX_ROUTE_SIZE = 1_000
"""Characters of what such a route depends on."""


class FlaskResolver(MapResolver):
    """Finds endpoints as the app does, or sees which one it has found.

    :param app: the app.
    :param read_tables: reads its policies; what it raises is raised.
    """

    def __init__(self, app: Flask, read_tables: Callable[[], Tables]) -> None:
        super().__init__(
            app.url_map, self._bind_app, app.view_functions, self._begin, self._routing_context
        )
        self._app = app
        self._read_tables = read_tables
        self.tables: Tables | None = None
        self._routes: dict[tuple[object, ...], Landing] = {}
        self._redirects_by_code = lru_cache(1)(self._find_redirects)

    @property
    def debug(self) -> bool:
        """Whether the app is in debug mode."""
        return self._app.debug

    def _begin(self) -> Tables:
        """Read the policies of the app, when it first answers: all views are there by then."""
        if self.tables is None:
            self.tables = self.read_tables()
        return self.tables

    def read_tables(self) -> Tables:
        """Read the policies as they are now, for a check or a survey."""
        return self._read_tables()

    def survey(self) -> Survey:
        """List every route, and say whether the app is being developed."""
        return super().survey()._replace(debug=self._app.debug)

    def _packages(self) -> set[str]:
        return {self._app.import_name.partition(".")[0]}

    def entry(self, environ: "WSGIEnvironment") -> Any:
        """Keep the method and the path as the app gets them."""
        if self.tables is None:
            self._begin()  # a fault in them is raised before a view has run
        return (
            environ["REQUEST_METHOD"],
            environ.get("SCRIPT_NAME", ""),
            environ.get("PATH_INFO", ""),
        )

    def answered_by(self, environ: "WSGIEnvironment", entry: Any) -> Policy | None:
        """Return the policy of the rule that the app has matched, or route the request anew."""
        matched: Request | None = environ.get("werkzeug.request")
        rule = getattr(matched, "url_rule", None)
        if matched is None or rule is None:
            method, script, path = entry
            if environ.get("SCRIPT_NAME", "") != script:
                return None  # an app that is mounted in this one has answered
            # No match, or no trace of one: an error, a redirect, a popped or a copied environ.
            own = {"REQUEST_METHOD": method, "PATH_INFO": path}
            return super().answered_by(environ, {**environ, **own})
        if rule.map is not self._app.url_map:
            return None  # likewise
        tables, view = self.tables or self._begin(), self._views.get(rule.endpoint)
        known, policy = tables.known.get(rule.endpoint, UNKNOWN)
        return policy if known is view else tables.policy_of(rule.endpoint, view, matched.method)

    def _route(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Remember routes to views, as long as nothing but the router says where they lead."""
        # An app may still be adding rules, so a route holds for as many as there are.
        asked = (method, lists, self._count_rules(), *map(environ.get, ROUTED_BY))
        if (known := self._routes.get(asked)) is not None:
            return known
        landing = super()._route(environ, method, lists=lists)
        if landing is None or not isinstance(landing.end, Rule) or landing.redirected:
            return landing
        if not self._runs_own_code and len(str(asked)) <= MAX_ROUTE_SIZE:
            if len(self._routes) >= MAX_ROUTES:
                self._routes.clear()
            self._routes[asked] = landing
        return landing

    def _bind_app(self, environ: "WSGIEnvironment") -> MapAdapter | None:
        request = self._app.request_class(environ, populate_request=False)
        return self._app.create_url_adapter(request)

    def _routing_context(self) -> AbstractContextManager[object]:
        """Enter an app context if routing runs code of the app that may need it.

        Not without need: leaving a context runs the app's teardown functions.
        """
        if has_app_context() and current_app == self._app:
            return nullcontext()
        is_own = self._runs_own_code or self._redirects_by_code(self._count_rules())
        return self._app.app_context() if is_own else nullcontext()

    def _count_rules(self) -> int:
        return length_hint(self._app.url_map.iter_rules())

    def _find_redirects(self, _count: int) -> bool:
        """Tell whether any of so many rules works out by code where it redirects to."""
        return any(callable(rule.redirect_to) for rule in self._app.url_map.iter_rules())

    @property
    def _runs_own_code(self) -> bool:
        """Whether routing may run code of the app's own, or Flask's in a way of the app's own."""
        app, standard = self._app, Map.default_converters.values()
        return (
            type(app).create_url_adapter is not Flask.create_url_adapter
            or "create_url_adapter" in vars(app)
            or type(app.url_map) is not Map
            or app.url_rule_class is not Rule
            or app.request_class is not Request
            or any(converter not in standard for converter in app.url_map.converters.values())
        )
