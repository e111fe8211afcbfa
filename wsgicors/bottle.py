"""CORS for Bottle: every view under its own policy.

::

    app = Bottle()
    app.install(CORS())

    @app.get("/items")
    @cors(allow_origins=["https://app.example"], expose_headers=["X-Total-Count"])
    def items(): ...

The app stays the WSGI app that it was. Which route answers is read from the environ, where Bottle
leaves it. In tables a route is known by its name, or by its rule if it has none.
"""

from collections.abc import Mapping
from typing import Any, Never, Unpack

# Bottle ships no types, and nobody publishes stubs: to the type checkers it is Any.
import bottle  # type: ignore[import-untyped]

from .core.policy import Policy
from .core.settings import Settings
from .marks import cors
from .naming import with_default
from .resolving import CLAIM
from .routers.bottle import NAME, BottleResolver, find_resolver
from .tables import Assigned
from .wsgi import RoutedMiddleware

__all__ = ["CORS", "cors"]


class CORS:
    """A plugin that switches CORS on for a Bottle app.

    >>> app = bottle.Bottle()
    >>> plugin = app.install(CORS(allow_origins=["https://app.example"]))

    :param policy: the default for views without a mark and for unknown URLs; or its settings.
    :param policies: policies by name, for ``@cors("name")``.
    :param endpoints: policies, by route, for views that cannot carry a mark.
    :raises TypeError: if it could not act as it is called.
    :raises PolicyError: if the settings cannot work. What names each other is checked at the
        first request.
    """

    name = NAME
    api = 2

    def __init__(
        self,
        policy: Policy | None = None,
        *misplaced: Never,
        policies: Mapping[str, Policy | Settings] | None = None,
        endpoints: Mapping[str, Assigned] | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        if misplaced or hasattr(policy, "install"):
            raise TypeError("CORS is a plugin of Bottle's; write app.install(CORS(policy))")
        also = ("policy", "policies", "endpoints")
        self.policies = with_default(policies or {}, policy, settings, also)
        self.endpoints = endpoints or {}
        self._apps: list[Any] = []

    def setup(self, app: Any) -> None:
        """Put CORS around the app, when the plugin is installed.

        :raises TypeError: if the app has it already.
        """
        if find_resolver(app) is not None:
            raise TypeError(f"{app!r} has CORS already; install it once, with all policies")
        resolver = BottleResolver(app, self.policies, self.endpoints)
        app.wsgi = RoutedMiddleware(app.wsgi, resolve=resolver)
        self._apps.append(app)

    def close(self) -> None:
        """Take CORS off again, where the plugin has been uninstalled."""
        for app in self._apps:
            if self not in app.plugins:
                del app.wsgi
        self._apps = [app for app in self._apps if self in app.plugins]

    def apply(self, callback: Any, route: Any) -> Any:
        """Leave the view as it is, unless nothing would write its headers.

        :raises TypeError: if the plugin was given to a route, which has no WSGI app to wrap.
        :raises RuntimeError: if an app without CORS serves a route of this one.
        """
        if route.app not in self._apps:
            write = "app.install(CORS(policy)), and on the view @cors(policy)"
            raise TypeError(f"{route!r}: CORS is a plugin for whole apps; write {write}")
        try:
            environ = bottle.request.environ
        except RuntimeError:  # there is no request yet: Bottle prepares routes when debugging
            return callback
        if environ.get("bottle.route") is route and CLAIM not in environ:
            raise RuntimeError(
                f"{route!r} belongs to an app with CORS, and one without CORS has mounted it; "
                f"write install(CORS()) for that one too"
            )
        return callback
