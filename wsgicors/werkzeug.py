"""CORS for apps with a Werkzeug ``Map``: every endpoint under the policy of its view.

::

    app = CORS(app, url_map, {"items": items})      # views marked with @cors

The router is asked which view a request would reach, so preflights, redirects and errors are
decided by the very rules that serve the requests. Routing runs the map's converters.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

from werkzeug.routing import Map, MapAdapter

from .core.policy import Policy
from .core.settings import Settings
from .marks import cors
from .naming import with_default
from .routers.werkzeug import MapResolver
from .tables import Assigned, Tables
from .wsgi import RoutedMiddleware

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

__all__ = ["CORS", "MapResolver", "cors"]


class CORS(RoutedMiddleware):
    """A WSGI app whose views, found through a ``Map``, have policies of their own.

    :param app: the WSGI app that dispatches by ``url_map``.
    :param url_map: its map.
    :param views: the marked views, by endpoint.
    :param policy: the default for views without a mark and for unknown URLs; or its settings.
    :param policies: policies by name, for ``@cors("name")``.
    :param endpoints: policies, by endpoint, for views that cannot carry a mark.
    :param server_name: as for :meth:`werkzeug.routing.Map.bind_to_environ`.
    :raises PolicyError: if a mark or a table cannot work.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        url_map: Map,
        views: Mapping[Any, object],
        policy: Policy | None = None,
        *,
        policies: Mapping[str, Policy | Settings] | None = None,
        endpoints: Mapping[Any, Assigned] | None = None,
        server_name: str | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        also = ("policy", "policies", "endpoints", "server_name")
        named = with_default(policies or {}, policy, settings, also)
        tables = Tables(named, views.items(), endpoints or {}, {})

        def bind(environ: "WSGIEnvironment") -> MapAdapter:
            return url_map.bind_to_environ(environ, server_name=server_name)

        super().__init__(app, resolve=MapResolver(url_map, bind, lambda: views, lambda: tables))
