"""CORS for Falcon: every responder under its own policy.

::

    app = falcon.App()
    app.add_route("/items", Items())
    application = CORS(app)    # what the server serves

    @cors(api)                 # for every responder of the resource without a mark of its own
    class Items:
        def on_get(self, req, resp): ...

        @cors(admin)
        def on_put(self, req, resp): ...

In tables a resource is known by its URI template.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack, cast

import falcon

from .core.policy import Policy
from .core.settings import Settings
from .marks import cors
from .naming import with_default
from .routers.falcon import FalconResolver, has_resolver
from .tables import Assigned
from .wsgi import RoutedMiddleware

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

__all__ = ["CORS", "cors"]


class CORS(RoutedMiddleware):
    """A Falcon app whose responders have policies of their own, as a WSGI app.

    >>> app = falcon.App()
    >>> application = CORS(app, allow_origins=["https://app.example"])

    :param app: the app; routes may be added to it later.
    :param policy: the default for responders without a mark and for unknown URLs; or its settings.
    :param policies: policies by name, for ``@cors("name")``.
    :param endpoints: policies for what cannot carry a mark: by URI template, and for sinks and
        static routes as ``"sink PATTERN"`` and ``"static PREFIX"``.
    :raises TypeError: if it could not act as it is called.
    :raises PolicyError: if the settings cannot work. What names each other is checked at the
        first request.
    """

    def __init__(
        self,
        app: "falcon.App[Any, Any]",
        policy: Policy | None = None,
        *,
        policies: Mapping[str, Policy | Settings] | None = None,
        endpoints: Mapping[str, Assigned] | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        if not isinstance(cast("object", app), falcon.App):
            raise TypeError(f"{app!r:.80} is no falcon.App; write CORS(app, policy)")
        if has_resolver(app):
            raise TypeError(f"{app!r} has CORS already; write CORS(app) once, with all policies")
        also = ("policy", "policies", "endpoints")
        named = with_default(policies or {}, policy, settings, also)
        resolver = FalconResolver(app, named, endpoints or {})
        app.add_middleware(resolver)
        super().__init__(cast("WSGIApplication", app.__call__), resolve=resolver)
