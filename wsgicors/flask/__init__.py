"""CORS for Flask: each view has its own policy.

::

    app = Flask(__name__)
    CORS(app)

    @app.get("/items")
    @cors(allow_origins=["https://app.example"], expose_headers=["X-Total-Count"])
    def items(): ...

Call ``CORS(app)`` right after the app is created, so that it sees the same paths as the router, and
other wrappers and mounts are outside of it.
"""

import inspect
import logging
import os
import weakref
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, ClassVar, Never, Unpack, cast

from flask import Blueprint, current_app, has_app_context

# Tracers replace flask.Flask by a class of their own, so other apps are not instances of it.
from flask.app import Flask
from werkzeug.routing import Map, MapAdapter, Rule

from .._core.places import calling_place
from .._core.policy import Policy, Settings
from .._core.protocol import Decision, actual, decisions
from .._decorator import cors
from .._introspection import Label
from .._marks import find_hidden, view_marks
from .._middleware import check_unwrapped, serve
from .._registry import Assigned, PolicyRegistry, with_configured, with_default
from .._reporting.observers import check_observer
from .._resolver import EXTENSION_KEY
from ..routing import RouteMatch
from ..routing._configured import load_file, read_configured
from ..routing._listing import ListingResolver, log_hidden_mark
from ..werkzeug import MapResolver
from ._watch import (
    find_path_changer,
    log_replaced_mark,
    logging_faults,
    other_layers,
    stop_watching,
    watch,
    wsgi_layers,
)
from ._wrapping import wrap_app

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .._reporting.events import Observer

__all__ = ["CORS", "cors"]

logger = logging.getLogger("wsgicors")

CONFIG_KEY = "CORS_POLICIES"
"""The key in ``app.config`` for a table of policies by name, or for the path of their file."""

_UNKNOWN: tuple[object, None] = (object(), None)
_Entered = tuple[str, str, str]
"""The method, SCRIPT_NAME and PATH_INFO of a request that an app is about to route."""


class CORS:
    """Switch CORS on for a Flask app.

    >>> app = Flask("example")
    >>> extension = CORS(app, allow_origins=["https://app.example"])
    >>> CORS.check(app)

    :param app: the app, or ``None`` to call :meth:`init_app` later.
    :param policy: the default policy, for views without one of their own and for unknown URLs.
    :param policies: policies by name, beside those in ``app.config["CORS_POLICIES"]``.
    :param endpoints: policies, by endpoint, for views that cannot be decorated.
    :param blueprints: policies, by the name of a blueprint, for its views without one of their own.
    :param observer: is called with a :class:`wsgicors.Event` for each request from another origin.
    :param settings: the default policy as keyword arguments, instead of ``policy``:
        ``allow_origins``, ``allow_methods``, ``allow_headers``, ``expose_headers``,
        ``allow_credentials``, ``max_age`` and ``accept_risks``; see :class:`wsgicors.Policy`.
    :raises TypeError: if the arguments are invalid.
    :raises PolicyError: if the settings cannot work. Names that refer to each other are checked at
        the first request, or by :meth:`check`.
    :raises OSError: if the configuration names a file that cannot be read.
    """

    def __init__(
        self,
        app: Flask | None = None,
        policy: Policy | None = None,
        *misplaced: Never,
        policies: Mapping[str, Policy | Settings] | None = None,
        endpoints: Mapping[str, Assigned] | None = None,
        blueprints: Mapping[str, Assigned] | None = None,
        observer: "Observer | None" = None,
        **settings: Unpack[Settings],
    ) -> None:
        also = ("policy", "policies", "endpoints", "blueprints", "observer")
        self.policies = with_default(policies, policy, settings, also, misplaced)
        self.endpoints: Mapping[str, Assigned] = {} if endpoints is None else endpoints
        self.blueprints: Mapping[str, Assigned] = {} if blueprints is None else blueprints
        check_observer(observer)
        self.observer = observer
        self.place = calling_place()
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask, *misplaced: Never, **keywords: object) -> None:
        """Switch CORS on for one more app, with the policies of this extension.

        :raises TypeError: if this is not a Flask app, or already has an extension.
        :raises OSError: if the configuration of the app names a file that cannot be read.
        :raises PolicyError: with all faults of that file.
        """
        if misplaced or keywords:
            positional = ["policy=..."] if misplaced else []
            given = ", ".join([*positional, *(f"{name}=..." for name in keywords)])
            raise TypeError(f"init_app() takes only the app; use CORS({given}).init_app(app)")
        _check_app(app)
        if EXTENSION_KEY in app.extensions:
            raise TypeError(f"{app!r} already has CORS; call CORS(app) once, with all policies")
        check_unwrapped(app.wsgi_app)
        if (wrapper := find_path_changer(app)) is not None:
            logger.warning(
                "%r: wsgi_app is already wrapped by %r, so CORS may see other paths than the "
                "router; call CORS(app) right after the app is created, before it is wrapped",
                app,
                wrapper,
            )
        resolver = FlaskResolver(app, self)
        if CONFIG_KEY in app.config:
            resolver.load_file()
        app.extensions[EXTENSION_KEY] = resolver
        wrap_app(app, resolver, self.observer)
        watch(resolver)

    @staticmethod
    def check(app: Flask) -> None:
        """Check every name that a decorator or a table of the app uses; for tests and CI.

        This also logs decorated views that no request reaches, and other code that writes CORS
        headers.

        :raises PolicyError: with all faults.
        :raises TypeError: if this is not a Flask app, has no CORS, or has another ``wsgi_app``.
        """
        _check_app(app)
        resolver = app.extensions.get(EXTENSION_KEY)
        if resolver is None:
            raise TypeError(f"{app!r} has no CORS; call CORS(app) right after the app is created")
        *_, innermost = wsgi_layers(app.wsgi_app)
        is_in_use = getattr(innermost, "__func__", None) is serve
        if getattr(innermost, "__self__", None) is app and not is_in_use:
            raise TypeError(
                f"{app!r} has CORS, but app.wsgi_app was replaced by something that does not call "
                f"it; wrap the app.wsgi_app that CORS(app) has made"
            )
        resolver.read_registry()
        ListingResolver.has_looked_for_strays = False
        resolver.warn()


def _check_app(app: object) -> None:
    """Reject what is not a Flask app, and name the app that is meant.

    :raises TypeError: if this is not a Flask app.
    """
    if isinstance(app, Flask):
        return
    use = "CORS(app, policy)"
    if isinstance(app, Blueprint):
        use = f"CORS(app, blueprints={{{app.name!r}: policy}}) with the app that registers it"
    for name in ("server", "app"):  # of Dash; of wrappers, and of extensions such as Flask-RESTful
        if isinstance(inspect.getattr_static(app, name, None), Flask):
            use = f"CORS(app.{name}, policy), because its attribute {name!r} is the Flask app"
    raise TypeError(f"{app!r:.80} is not a Flask app; use {use}")


class FlaskResolver(MapResolver):
    """A resolver that reads the rule that Flask has matched, or asks the app's map.

    :param app: the app.
    :param extension: has the policies.
    """

    has_debug_mode: ClassVar[bool] = True
    framework: ClassVar[str] = "Flask"

    def __init__(self, app: Flask, extension: CORS) -> None:
        tables = extension.policies, extension.endpoints
        super().__init__(app.url_map, app.view_functions, *tables, place=extension.place)
        # The app refers to its resolver, and is to be freed with its last other reference.
        self._app = cast("Callable[[], Flask]", weakref.ref(app))
        self._blueprints = extension.blueprints
        self._looked_at: dict[str, object] = {}
        self.known: dict[str, tuple[object, Mapping[str | None, Decision] | None]] = {}

    @property
    def app(self) -> Flask:
        """The app."""
        return self._app()

    @property
    def debug(self) -> bool:
        """Whether the app is in debug mode."""
        return self.app.debug

    def begin(self) -> None:
        """Warn of what the policies cannot cover; the app is served with CORS."""
        self._looked_at = {**self.views_by_endpoint()}
        with logging_faults(self.app):
            self.warn()
        with logging_faults(self.app):
            stop_watching(self)

    def warn(self) -> None:
        """Log what the policies cannot cover."""
        self.warn_of_marks_above_routes()
        self.warn_of_strays()
        self.warn_of_other_layers()

    def warn_of_new_view(self, before: object, view: object) -> None:
        """Log that a view, which was added or replaced while serving, hides a decorated one."""
        if any(view_marks(view)):
            return
        found = find_hidden(view, "")
        if any(view_marks(before)):
            log_replaced_mark(before, view)
        elif found is not None and all(found[0] is not other for _, other in self.views()):
            log_hidden_mark(found[0], view)

    def other_layers(self) -> Iterable[str]:
        """Return what else writes CORS headers in this app."""
        hooks = [hook for some in self.app.after_request_funcs.values() for hook in some]
        return other_layers(hooks, self.app.view_functions.items())

    def endpoint_of(self, environ: "WSGIEnvironment") -> object:
        """Return the endpoint of the rule that the app has matched."""
        return getattr(getattr(environ.get("werkzeug.request"), "url_rule", None), "endpoint", None)

    @property
    def url_map(self) -> Map:
        """The map of the app, which may be replaced."""
        return self._app().url_map

    def views_by_endpoint(self) -> Mapping[str, object]:
        """Return the app's view functions."""
        return self.app.view_functions

    def name(self) -> str:
        """Return the name of the app's module."""
        return self.app.import_name

    def packages(self) -> set[str]:
        """Return the package that the app says it belongs to."""
        return {self.app.import_name.partition(".")[0]}

    def read_registry(self) -> PolicyRegistry:
        """Read the policies of the extension, the configuration and the decorators."""
        tables = self._endpoints, self._blueprints, self.app.blueprints
        return PolicyRegistry(self.named_policies(), self.views(), *tables, place=self.place)

    def named_policies(self) -> Mapping[str, Policy | Settings]:
        """Return the policies of the extension, and those of the configuration."""
        config = self.app.config
        if CONFIG_KEY not in config:
            return self._policies
        configured = cast("dict[str, object]", config)[CONFIG_KEY]
        given = read_configured(configured, CONFIG_KEY, self._locate, self._files)
        return with_configured(self._policies, given, CONFIG_KEY)

    def load_file(self) -> None:
        """Read the file that the configuration names, if it does already."""
        configured = cast("dict[str, object]", self.app.config)[CONFIG_KEY]
        load_file(configured, CONFIG_KEY, self._locate, self._files)

    def _locate(self, path: str) -> str:
        return os.path.join(str(self.app.config.root_path), path)

    def enter(self, environ: "WSGIEnvironment") -> _Entered:
        """Return the method and the path, because the app may change them."""
        if self._registry is None:
            self.registry()
        try:
            return environ["REQUEST_METHOD"], environ["SCRIPT_NAME"], environ["PATH_INFO"]
        except KeyError:  # a server may leave out what is empty
            script, path = environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
            return environ["REQUEST_METHOD"], script, path

    def place_of(self, entered: _Entered) -> Mapping[str, str]:
        """Return SCRIPT_NAME and PATH_INFO on entry."""
        return {"SCRIPT_NAME": entered[1], "PATH_INFO": entered[2]}

    def decide(
        self, environ: "WSGIEnvironment", entered: _Entered, origin: str | None
    ) -> Decision | None:
        """Decide by the policy of the view of the rule that the app has matched."""
        app = self._app()
        try:
            request = environ["werkzeug.request"]
            rule = request.url_rule
            endpoint = rule.endpoint
        except (KeyError, AttributeError):
            return self.decide_unmatched(environ, entered, origin)
        if rule.map is not app.url_map:
            return None  # another app answers
        view = app.view_functions.get(endpoint)
        known_view, found = self.known.get(endpoint, _UNKNOWN)
        if known_view is not view:
            found = self.decisions_at(endpoint, view, request.method)
        return None if found is None else found[origin]

    def decide_unmatched(
        self, environ: "WSGIEnvironment", entered: _Entered, origin: str | None
    ) -> Decision | None:
        """Decide by the map, with the method and the path that the environ had on entry.

        No rule has matched, or a copied environ or a popped context hides which one.
        """
        method, script, path = entered
        if environ.get("SCRIPT_NAME", "") != script:
            return None  # an app that is mounted in this one answers
        asked = {**environ, "REQUEST_METHOD": method, "PATH_INFO": path}
        policy = self.policy_routed(asked, method)
        return None if policy is None else actual(policy, origin)

    def label_answering(self, environ: "WSGIEnvironment", entered: _Entered) -> Label:
        """Name the view of the rule that the app has matched, or else by the map."""
        method, script, path = entered
        rule: Rule | None = getattr(environ.get("werkzeug.request"), "url_rule", None)
        if rule is not None and rule.map is self.url_map:
            return self.label(self._target(rule), environ["REQUEST_METHOD"])
        if rule is not None or environ.get("SCRIPT_NAME", "") != script:
            return Label()  # another app answers
        return self.label_of({**environ, "REQUEST_METHOD": method, "PATH_INFO": path}, method)

    def decisions_at(
        self, endpoint: str, view: object, method: str
    ) -> "Mapping[str | None, Decision] | None":
        """Return the decisions for a view; remember them until it is replaced or decorated."""
        if (before := self._looked_at.get(endpoint)) is not view:
            self._looked_at[endpoint] = view
            with logging_faults(self.app):
                self.warn_of_new_view(before, view)
        known = self.known  # another one, if a view is decorated meanwhile
        policy = self.registry().policy_of(endpoint, view, method)
        found = None if policy is None else decisions(policy)
        if getattr(view, "view_class", None) is None:  # each method may have its own policy
            known[endpoint] = view, found
        return found

    def bind(self, environ: "WSGIEnvironment") -> MapAdapter | None:
        """Bind the map as the app does."""
        app = self._app()
        return app.create_url_adapter(app.request_class(environ, populate_request=False))

    @contextmanager
    def app_context(self) -> Generator[None, None, None]:
        """Enter an app context, unless there is one: origin callables may use the app."""
        if has_app_context() and current_app == self.app:
            yield
            return
        context = self.app.app_context()
        context.push()
        try:
            yield
        finally:
            try:
                context.pop()
            except Exception:  # from a teardown function of the app; the decision is made
                logger.exception("a teardown function of %r raised an exception", self.app)

    def context(self) -> AbstractContextManager[object]:
        """Return an app context if the app has its own converters.

        Leaving an app context runs the app's teardown functions, so one is entered only if needed.
        """
        has_own_converters = dict(self.app.url_map.converters) != dict(Map.default_converters)
        return self.app_context() if has_own_converters else nullcontext()

    def match_map(self, environ: "WSGIEnvironment", method: str, lists: bool) -> RouteMatch | None:
        """Ask the map; once more in an app context if other code of the app needs one."""
        try:
            return super().match_map(environ, method, lists)
        except RuntimeError:
            if has_app_context():
                raise
            with self.app.app_context():
                return super().match_map(environ, method, lists)
