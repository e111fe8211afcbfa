"""Finding the endpoint of a request as a Flask app does, or seeing which one it has found."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from operator import length_hint
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, current_app, has_app_context
from werkzeug.routing import Map, MapAdapter, Rule

from ..core.policy import Policy
from ..tables import UNKNOWN, Tables
from .werkzeug import MapResolver

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


class FlaskResolver(MapResolver):
    """Finds endpoints as the app does, or sees which one it has found.

    :param app: the app.
    :param read_tables: reads its policies; what it raises is raised.
    """

    def __init__(self, app: Flask, read_tables: Callable[[], Tables]) -> None:
        super().__init__(
            app.url_map, self._bind_app, app.view_functions, read_tables, self._routing_context
        )
        self._app = app
        self._known: Mapping[str, tuple[object, Policy | None]] = {}
        self._redirects_by_code = lru_cache(1)(self._find_redirects)

    @property
    def debug(self) -> bool:
        """Whether the app is in debug mode."""
        return self._app.debug

    def begin(self) -> Tables:
        """Read the policies of the app, when it first answers: all views are there by then."""
        tables = super().begin()
        self._known = tables.known
        self.looks_first = False  # Flask itself says what it has matched
        return tables

    def packages(self) -> set[str]:
        """Return the package that the app says it belongs to."""
        return {self._app.import_name.partition(".")[0]}

    def answered_by(self, environ: "WSGIEnvironment", entry: Any) -> Policy | None:
        """Return the policy of the rule that the app has matched, or route the request anew."""
        try:
            rule = environ["werkzeug.request"].url_rule
        except (KeyError, AttributeError):
            rule = None
        if rule is None:
            # No match, or no trace of one: an error, a redirect, a popped or a copied environ.
            _, script, _ = entry
            is_mounted = environ.get("SCRIPT_NAME", "") != script  # another app in this one
            return None if is_mounted else super().answered_by(environ, entry)
        if rule.map is not self._url_map and rule.map is not self._app.url_map:
            return None  # likewise
        view = self._views.get(rule.endpoint)
        known, policy = self._known.get(rule.endpoint, UNKNOWN)
        if known is view:
            return policy
        return self.begin().policy_of(rule.endpoint, view, environ["werkzeug.request"].method)

    def _bind_app(self, environ: "WSGIEnvironment") -> MapAdapter | None:
        request = self._app.request_class(environ, populate_request=False)
        return self._app.create_url_adapter(request)

    def _routing_context(self) -> AbstractContextManager[object]:
        """Enter an app context if routing runs code of the app that may need it.

        Not without need: leaving a context runs the app's teardown functions.
        """
        if has_app_context() and current_app == self._app:
            return nullcontext()
        is_own = self.runs_own_code or self._redirects_by_code(self.count_rules())
        return self._app.app_context() if is_own else nullcontext()

    def count_rules(self) -> int:
        """Count the rules: an app may still be adding some."""
        return length_hint(self._app.url_map.iter_rules())

    def _find_redirects(self, _count: int) -> bool:
        """Tell whether any of so many rules works out by code where it redirects to."""
        return any(callable(rule.redirect_to) for rule in self._app.url_map.iter_rules())

    @property
    def runs_own_code(self) -> bool:
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
