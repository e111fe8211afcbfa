"""CORS for apps with a Werkzeug ``Map``: every endpoint under the policy of its view.

::

    app = CORS(app, url_map, {"items": items})      # views marked with @cors

The router is asked which view a request would reach, so preflights, redirects and errors are
decided by the very rules that serve the requests. Routing runs the map's converters.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Unpack, cast
from weakref import WeakSet

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule

from .arguments import one_policy
from .core.headers import SAFELISTED_METHODS
from .core.policy import Policy, Settings
from .landing import USUAL_METHODS, Landing, find_landing
from .marks import code_of, cors, place_of, stray_marks, unreached_marks
from .resolving import Endpoint, Found, Resolver, as_entered
from .surveying import Route, Row, Stray, Survey
from .tables import DEFAULT, Assigned, Tables
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
        tables = Tables(named, views, endpoints or {}, {})

        def bind(environ: "WSGIEnvironment") -> MapAdapter:
            return url_map.bind_to_environ(environ, server_name=server_name)

        super().__init__(app, resolve=MapResolver(url_map, bind, views, lambda: tables))


def with_default(
    policies: Mapping[str, Policy | Settings],
    policy: Policy | None,
    settings: Settings,
    also: Sequence[str],
) -> Mapping[str, Policy | Settings]:
    """Add the policy given on its own to the named ones, as the default.

    :param also: the keywords that ``CORS`` takes beside settings.
    :raises TypeError: if there are two defaults.
    """
    if not isinstance(policies, Mapping):
        raise TypeError(f"{policies!r} is no table; write policies={{'name': Policy(...)}}")
    if policy is None and not settings:
        return policies
    if DEFAULT in policies:
        raise TypeError(f"policies[{DEFAULT!r}] is the default already; leave out the other policy")
    default = cast("Policy", one_policy("CORS", policy, None, settings, also))
    return {**policies, DEFAULT: default}


class MapResolver(Resolver):
    """Finds the endpoint of a request in a ``Map``, and the policy of its view.

    :param url_map: the map.
    :param bind: binds the map to an environ.
    :param views: views by endpoint.
    :param tables: returns the policies of the app; what it raises is raised.
    :param context: makes the context that the map's converters expect, if they are the app's.
    """

    def __init__(
        self,
        url_map: Map,
        bind: Callable[["WSGIEnvironment"], MapAdapter | None],
        views: Mapping[Any, object],
        tables: Callable[[], Tables],
        context: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._url_map = url_map
        self._bind = bind
        self._views = views
        self._tables = tables
        self._context = context
        _resolvers.add(self)

    def __call__(self, environ: "WSGIEnvironment", method: str) -> Found:
        """Find the endpoint of a preflight, with the methods that it lists."""
        tables = self._tables()
        return self._endpoint(tables, self._route(environ, method), method)

    def answered_by(self, environ: "WSGIEnvironment", entry: Any) -> Policy | None:
        """Find the policy of a response, by routing the request once more."""
        tables, asked = self._tables(), as_entered(environ, entry)
        method = asked["REQUEST_METHOD"]
        return self._policy(tables, self._route(asked, method, lists=False), method)

    def route_of(self, environ: "WSGIEnvironment", method: str) -> Route:
        """Tell which view serves such a request, and where its policy comes from."""
        tables, landing = self._tables(), self._route(environ, method)
        if landing is None:
            return Route(None, "none-here")
        if isinstance(landing.end, Rule):
            rule = landing.end
            view = self._views.get(rule.endpoint)
            kind, name, policy = tables.source_of(rule.endpoint, view, method)
            found = self._endpoint(tables, landing, method)
            methods = None if found is None else found.methods
            return Route(
                policy, kind, name, methods, rule.endpoint, rule.rule, code_of(view, method)
            )
        policy = self._policy(tables, landing, method)
        if landing.end == "unserved":
            return Route(policy, "405", methods=sorted(landing.served))
        return Route(policy, "404")

    def _route(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Ask the router; whatever it raises, a converter's faults included, lands nowhere.

        :param lists: whether the methods of the URL are wanted where it serves this one.
        """
        landing = None
        try:
            with self._context():
                urls = self._bind(environ)
                if urls is not None:
                    landing = find_landing(urls, method, lists)
        except HTTPException as error:  # the router's answer, to an untrusted host say
            logger.debug("%r: routing raised %r", environ.get("PATH_INFO"), error)
        except Exception:
            logger.warning("%r: routing raised", environ.get("PATH_INFO"), exc_info=True)
        return landing

    def _policy(self, tables: Tables, landing: Landing | None, method: str) -> Policy | None:
        """Return the policy of what a request ends in: a view, a 405, a 404 or a redirect out."""
        if landing is None:
            return None
        if isinstance(landing.end, Rule):
            return self._policy_of(tables, landing.end, method)
        if landing.end == "unknown":
            return tables.default
        policies = [self._policy_of(tables, rule, name) for name, rule in landing.served.items()]
        first, *others = policies or [None]
        return first if all(other == first for other in others) else None

    def _endpoint(self, tables: Tables, landing: Landing | None, method: str) -> Endpoint | None:
        """Return the same with the methods at this URL that have this very policy."""
        policy = self._policy(tables, landing, method)
        if policy is None or landing is None:
            return None
        if landing.end == "unknown":
            return Endpoint(policy, [method] if policy.allow_methods is None else None)
        served = [
            name
            for name, rule in landing.served.items()
            if (other := self._policy_of(tables, rule, name)) is policy or other == policy
        ]
        return Endpoint(policy, served)

    def _policy_of(self, tables: Tables, rule: Rule, method: str) -> Policy | None:
        return tables.policy_of(rule.endpoint, self._views.get(rule.endpoint), method)

    def read_tables(self) -> Tables:
        """Return the policies as they are now, for a survey."""
        return self._tables()

    def survey(self) -> Survey:
        """List every method of every rule; of two rules alike the router asks the first."""
        tables = self.read_tables()
        rows: dict[tuple[str, str], Row] = {}
        for rule in self._url_map.iter_rules():
            if rule.build_only or rule.websocket:
                continue
            url = _spell(rule)
            for method in sorted(rule.methods or USUAL_METHODS, key=_reading_first):
                if method != "OPTIONS" or not getattr(rule, "provide_automatic_options", False):
                    rows.setdefault((url, method), self._row(tables, rule, url, method))
        return Survey([*rows.values()], [*self._strays(rows.values())])

    def _row(self, tables: Tables, rule: Rule, url: str, method: str) -> Row:
        endpoint, target = rule.endpoint, rule.redirect_to
        if target is not None:
            name = target if isinstance(target, str) else ""
            place = "" if isinstance(target, str) else place_of(target)
            return Row(url, method, str(endpoint), None, "redirect", name, place)
        view = self._views.get(endpoint)
        kind, name, policy = tables.source_of(endpoint, view, method)
        place = place_of(code_of(view, method))
        return Row(url, method, str(endpoint), policy, kind, name, place)

    def _strays(self, rows: Iterable[Row]) -> Iterator[Stray]:
        """Yield the marks that reach no route, neither here nor in another app of the process."""
        routed = {row.endpoint for row in rows}
        mine = [view for endpoint, view in self._views.items() if str(endpoint) in routed]
        others = [v for other in _resolvers if other is not self for v in other._views.values()]
        packages = {str(getattr(view, "__module__", "")).partition(".")[0] for view in mine}
        above = [*stray_marks(self._views.values())]
        for marked in unreached_marks([*mine, *others], packages | self._packages()):
            name = getattr(marked, "__qualname__", repr(marked))
            yield Stray(name, place_of(code_of(marked, "")), any(marked is one for one in above))

    def _packages(self) -> set[str]:
        """Return the packages whose marks are this app's, beside those of its views."""
        return set()


_resolvers: "WeakSet[MapResolver]" = WeakSet()
"""All there are: a mark that another app's router reaches is not in vain."""


def _reading_first(method: str) -> tuple[bool, str]:
    return method not in SAFELISTED_METHODS, method


def _spell(rule: Rule) -> str:
    """Return the rule with the host or subdomain that it asks for."""
    if rule.host:
        return f"//{rule.host}{rule.rule}"
    return f"//{rule.subdomain}.*{rule.rule}" if rule.subdomain else rule.rule
