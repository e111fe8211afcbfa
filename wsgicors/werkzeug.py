"""CORS for apps with a Werkzeug ``Map``: every endpoint under the policy of its view.

::

    app = CORS(app, url_map, {"items": items})      # views marked with @cors

The router is asked which view a request would reach, so preflights, redirects and errors are
decided by the very rules that serve the requests. Routing runs the map's converters.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Unpack

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule

from .core.headers import quote
from .core.policy import Policy, Settings
from .landing import find_landing
from .marks import cors
from .routing import USUAL_METHODS, Landing, RouterResolver, Target
from .tables import Assigned, Tables, with_default
from .wsgi import RoutedMiddleware

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

__all__ = ["CORS", "MapResolver", "cors"]

logger = logging.getLogger("wsgicors")


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

        super().__init__(app, resolve=MapResolver(url_map, bind, views, lambda: tables))


class MapResolver(RouterResolver):
    """Finds the endpoint of a request in a ``Map``, and the policy of its view.

    :param url_map: the map.
    :param bind: binds the map to an environ.
    :param views: views by endpoint.
    :param read_tables: reads the policies of the app; what it raises is raised.
    :param context: makes the context that the map's converters expect, if they are the app's.
    """

    def __init__(
        self,
        url_map: Map,
        bind: Callable[["WSGIEnvironment"], MapAdapter | None],
        views: Mapping[Any, object],
        read_tables: Callable[[], Tables],
        context: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        super().__init__({})
        self._url_map = url_map
        self._bind = bind
        self._views = views
        self._read_tables = read_tables
        self._context = context

    def land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Ask the map, and follow its redirects."""
        landing = None
        try:
            with self._context():
                urls = self._bind(environ)
                if urls is not None:
                    landing = find_landing(urls, method, lists, self._target)
        except HTTPException as error:  # the router's answer, to an untrusted host say
            logger.debug("%s: routing raised %r", quote(environ.get("PATH_INFO", "")), error)
        except Exception:  # a teardown function of the app's comes after the landing
            path = quote(environ.get("PATH_INFO", ""))
            logger.warning("%s: routing raised", path, exc_info=True)
        return landing

    def routes(self) -> Iterator[tuple[str, Collection[str], Target]]:
        """Yield every rule; of two alike the router asks the first."""
        for rule in self._url_map.iter_rules():
            if rule.build_only or rule.websocket:
                continue
            methods = set(rule.methods or USUAL_METHODS)
            if getattr(rule, "provide_automatic_options", False):
                methods.discard("OPTIONS")
            yield _spell(rule), methods, self._target(rule)

    def views(self) -> Iterable[tuple[Any, object]]:
        """Return every view, be there a rule for it or not."""
        return self._views.items()

    def read_tables(self) -> Tables:
        """Read the policies as they are now, for a check or a survey."""
        return self._read_tables()

    def _target(self, rule: Rule) -> Target:
        view = self._views.get(rule.endpoint)
        return Target(rule.endpoint, view, rule.rule, rule.redirect_to)


def _spell(rule: Rule) -> str:
    """Return the rule with the host or subdomain that it asks for."""
    if rule.host:
        return f"//{rule.host}{rule.rule}"
    return f"//{rule.subdomain}.*{rule.rule}" if rule.subdomain else rule.rule
