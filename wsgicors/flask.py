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
from functools import partial
from typing import Unpack, cast

from flask import Flask, request_started

from .core.policy import Policy
from .core.settings import Settings
from .flask_forgotten import complain_of_missing_extension
from .marks import cors
from .naming import with_configured, with_default
from .routers.flask_memory import RememberingResolver
from .tables import Assigned, Tables
from .wsgi import RoutedMiddleware

__all__ = ["CORS", "cors"]

logger = logging.getLogger("wsgicors")

EXTENSION = "wsgicors"
"""The key in ``app.extensions``."""

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
        resolver = RememberingResolver(app, partial(self._read_tables, app))
        wrapped = RoutedMiddleware(app.wsgi_app, resolve=resolver)
        app.extensions[EXTENSION] = resolver
        # What Flask's documentation writes as an assignment, which type checkers refuse.
        vars(app)["wsgi_app"] = wrapped
        request_started.disconnect(complain_of_missing_extension)

    def _read_tables(self, app: Flask) -> Tables:
        """Read all policies: this extension's, the configuration's and the marks'."""
        configured = cast("dict[str, object]", app.config).get(CONFIG_KEY, {})
        policies = with_configured(self.policies, configured, CONFIG_KEY)
        views = app.view_functions.items()
        return Tables(policies, views, self.endpoints, self.blueprints, app.blueprints)

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


request_started.connect(complain_of_missing_extension)
