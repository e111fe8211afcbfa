"""Finding the endpoint of a request as a Flask app does, or seeing which one it has found."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from flask import Flask, current_app, has_app_context
from werkzeug.routing import Map, MapAdapter, RuleFactory

from ..core.policy import Policy
from ..tables import UNKNOWN, Tables
from .flask_routing import Routing
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
            app.url_map,
            self._bind_app,
            lambda: app.view_functions,
            read_tables,
            self._routing_context,
        )
        self._app = app
        self._known: Mapping[str, tuple[object, Policy | None]] = {}
        self._routing: Routing | None = None
        self._watched: WeakSet[Map] = WeakSet()
        self._watch(app.url_map)

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
        view = self._app.view_functions.get(rule.endpoint)
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
        return self._app.app_context() if self.routing.needs_context else nullcontext()

    @property
    def routing(self) -> Routing:
        """What is known of how the app routes as it is now."""
        routing, url_map = self._routing, self._app.url_map
        if routing is None or routing.url_map is not url_map:
            self._watch(url_map)  # first, or a rule could be added unseen
            routing = self._routing = Routing(self._app)
        return routing

    def _watch(self, url_map: Map) -> None:
        """Forget what is known when a rule is added: it may come before those that there are."""
        if url_map in self._watched:
            return
        add = url_map.add

        def add_and_forget(rulefactory: RuleFactory) -> None:
            try:
                add(rulefactory)
            finally:  # some may have been added before one that is at fault
                self._routing = None

        vars(url_map)["add"] = add_and_forget
        self._watched.add(url_map)
