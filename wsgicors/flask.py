"""CORS for Flask: every view under its own policy.

::

    app = Flask(__name__)
    CORS(app)

    @app.get("/items")
    @cors(allow_origins=["https://app.example"], expose_headers=["X-Total-Count"])
    def items(): ...

``CORS(app)`` belongs right after the app is made, so that it sees the paths that the router sees
and other wrappers and mounts lie outside of it.
"""

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from operator import length_hint
from typing import TYPE_CHECKING, Any, Unpack, cast

from flask import Flask, Request, current_app, has_app_context, request, request_started
from werkzeug.routing import Map, MapAdapter, Rule

from .core.policy import Policy, Settings
from .core.problems import Findings
from .landing import Landing
from .marks import cors, find_mark
from .surveying import Survey
from .tables import UNKNOWN, Assigned, Tables
from .werkzeug import MapResolver, with_default
from .wsgi import CORSMiddleware

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = ["CORS", "cors"]

logger = logging.getLogger("wsgicors")

EXTENSION = "wsgicors"
"""The key in ``app.extensions``."""

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

CONFIG_KEY = "CORS_POLICIES"
"""The key in ``app.config`` that holds policies by name, each a table of settings."""


class CORS:
    """Switch CORS on for a Flask app.

    >>> app = Flask("example")
    >>> extension = CORS(app, allow_origins=["https://app.example"])
    >>> CORS.check(app)

    :param app: the app, or ``None`` to call :meth:`init_app` later.
    :param policy: the default for views without a mark and for unknown URLs; or its settings.
    :param policies: policies by name, beside those in ``app.config["CORS_POLICIES"]``.
    :param endpoints: policies, by endpoint, for views that cannot carry a mark.
    :param blueprints: policies by the name of a blueprint, for its views without a mark.
    :raises TypeError: if it could not act as it is called.
    :raises PolicyError: if the settings cannot work. What names each other is checked at the
        first request, or by :meth:`check`.
    """

    def __init__(
        self,
        app: Flask | None = None,
        policy: Policy | None = None,
        *,
        policies: Mapping[str, Policy | Settings] | None = None,
        endpoints: Mapping[str, Assigned] | None = None,
        blueprints: Mapping[str, Assigned] | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        also = ("policy", "policies", "endpoints", "blueprints")
        self.policies = with_default(policies or {}, policy, settings, also)
        self.endpoints = endpoints or {}
        self.blueprints = blueprints or {}
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Switch CORS on for one more app, with this extension's policies.

        :raises TypeError: if this is no Flask app, or has an extension already.
        """
        if not isinstance(cast("object", app), Flask):
            raise TypeError(f"{app!r:.80} is no Flask app; write CORS(app, policy)")
        if EXTENSION in app.extensions:
            raise TypeError(f"{app!r} has CORS already; make CORS(app) once, with all policies")
        if getattr(app.wsgi_app, "__self__", None) is not app:
            logger.warning(
                "%r: wsgi_app is wrapped already, so CORS may see other paths than the router; "
                "write CORS(app) right after the app is made",
                app,
            )
        resolver = FlaskResolver(app, self)
        wrapped = CORSMiddleware(app.wsgi_app, resolve=resolver)
        app.extensions[EXTENSION] = resolver
        # What Flask's documentation writes as an assignment, which type checkers refuse.
        vars(app)["wsgi_app"] = wrapped
        request_started.disconnect(complain_of_missing_extension)

    @staticmethod
    def check(app: Flask) -> None:
        """Check every name that a mark or a table of the app uses; for tests and CI.

        :raises PolicyError: with all that is wrong.
        :raises TypeError: if the app has no CORS.
        """
        resolver = app.extensions.get(EXTENSION)
        if resolver is None:
            raise TypeError(f"{app!r} has no CORS; write CORS(app) right after the app is made")
        resolver.read_tables()


class FlaskResolver(MapResolver):
    """Finds endpoints as the app does, or sees which one it has found."""

    def __init__(self, app: Flask, extension: CORS) -> None:
        super().__init__(
            app.url_map, self._bind_app, app.view_functions, self._begin, self._routing_context
        )
        self._app = app
        self._extension = extension
        self.tables: Tables | None = None
        self._routes: dict[tuple[object, ...], Landing] = {}
        self._redirects_by_code = lru_cache(1)(self._find_redirects)

    @property
    def debug(self) -> bool:
        return self._app.debug

    def _begin(self) -> Tables:
        """Read the policies of the app, when it first answers: all views are there by then."""
        if self.tables is None:
            self.tables = self.read_tables()
        return self.tables

    def read_tables(self) -> Tables:
        """Read all policies, from the extension, the configuration and the marks."""
        app, extension = self._app, self._extension
        findings = Findings()
        policies = dict(extension.policies)
        configured = cast("dict[str, object]", app.config).get(CONFIG_KEY, {})
        if not isinstance(configured, Mapping):
            findings.wrong_type(CONFIG_KEY, configured, "a table", "write policies by name")
            configured = Settings()
        for name, given in cast("Mapping[str, Policy | Settings]", configured).items():
            if name in policies:
                message = "CORS(app) defines it too; keep one of them"
                findings.report("defined-twice", f"{CONFIG_KEY}[{name!r}]", name, message)
            policies[name] = given
        findings.conclude("the CORS policies of this app cannot work")
        return Tables(
            policies,
            app.view_functions,
            extension.endpoints,
            extension.blueprints,
            app.blueprints,
        )

    def survey(self) -> Survey:
        """List every route, and say whether the app is being developed."""
        return super().survey()._replace(debug=self._app.debug)

    def _packages(self) -> set[str]:
        return {self._app.import_name.partition(".")[0]}

    def entry(self, environ: "WSGIEnvironment") -> Any:
        if self.tables is None:
            self._begin()  # a fault in them is raised before a view has run
        return (
            environ["REQUEST_METHOD"],
            environ.get("SCRIPT_NAME", ""),
            environ.get("PATH_INFO", ""),
        )

    def answered_by(self, environ: "WSGIEnvironment", entry: Any) -> Policy | None:
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


def complain_of_missing_extension(app: Flask, **_: object) -> None:
    """Raise if a view is marked and nothing will ever look at the mark.

    Connected until the first ``CORS(app)``, so that it costs nothing where all is well.
    """
    if "Origin" not in request.headers or request.endpoint is None:
        return
    method = request.headers.get("Access-Control-Request-Method", request.method)
    mark = find_mark(app.view_functions.get(request.endpoint), method)
    if mark is not None and mark.base is not None:
        raise RuntimeError(
            f"the view {request.endpoint!r} is marked with @cors, but this app has no CORS; "
            f"write CORS(app) right after the app is made"
        )


request_started.connect(complain_of_missing_extension)
