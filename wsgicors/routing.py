"""Endpoints by a framework's own router: what all adapters have in common.

An adapter says how to ask its framework's router (:meth:`RouterResolver.land`), which routes there
are (:meth:`RouterResolver.routes`), and, if it can be seen, which one the framework has matched
(:meth:`RouterResolver.matched`). Which policy that means, which methods a preflight lists, and what
there is to say of it to people, is the same for all of them and is here.

This room is public, for adapters of your own, with what such an adapter needs from others.
"""

import gc
import logging
from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from .core.headers import quote
from .core.policy import Policy
from .core.settings import Settings
from .landing import NOWHERE, USUAL_METHODS, Landing, Target, policy_at, policy_of
from .marks import MethodOf, code_of, cors
from .resolving import Endpoint, Found, Resolver, as_entered
from .surveying import Route, Survey
from .tables import Assigned, Tables

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

__all__ = [
    "NOWHERE",
    "USUAL_METHODS",
    "Landing",
    "MethodOf",
    "RouterResolver",
    "Target",
    "cors",
]

logger = logging.getLogger("wsgicors")

REPORTS = "wsgicors.endpoints"
"""The key in the environ under which hooks of frameworks report what was matched, by resolver."""


class RouterResolver(Resolver):
    """Decides by what a framework's router says.

    An adapter derives from it and writes :meth:`land` and :meth:`routes`.

    :param policies: policies by name, or their settings; ``default`` is for views without a mark
        and for unknown URLs.
    :param endpoints: policies, by endpoint, for views that cannot carry a mark.
    """

    looks_first = True

    def __init__(
        self,
        policies: Mapping[str, Policy | Settings],
        endpoints: Mapping[Any, Assigned] | None = None,
    ) -> None:
        self._policies = policies
        self._endpoints = endpoints or {}
        self._tables: Tables | None = None
        _resolvers.add(self)

    # What an adapter says

    @abstractmethod
    def land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Ask the router where a method at the URL leads.

        ``None`` leads out of this app, where none of its policies holds; :data:`NOWHERE` is a URL
        of this app that it does not know. It may raise: then it leads nowhere, and that is logged.

        :param lists: whether the methods of the URL are wanted where it serves this one.
        """

    @abstractmethod
    def routes(self) -> Iterable[tuple[str, Iterable[str], Target]]:
        """Yield every route: its URL, its methods and its view; of two alike the first counts."""

    def views(self) -> Iterable[tuple[Any, object]]:
        """Return every view with its endpoint."""
        return [(target.endpoint, target.view) for _, _, target in self.routes()]

    def matched(self, environ: "WSGIEnvironment") -> Target | None:
        """Return what the framework has matched, if it says so, or a hook of it has reported it."""
        reports: dict[RouterResolver, Target] = environ.get(REPORTS, {})
        return reports.get(self)

    def report(self, environ: "WSGIEnvironment", target: Target) -> None:
        """Report, from a hook of the framework, what it has matched.

        The first report counts: a view may have others run, for errors or requests of its own.
        """
        environ.setdefault(REPORTS, {}).setdefault(self, target)

    def withdraw(self, environ: "WSGIEnvironment") -> None:
        """Take the report back: what was matched has let another view answer."""
        environ.get(REPORTS, {}).pop(self, None)

    @staticmethod
    def spell(table: str) -> str:
        """Return what people call ``policies`` or ``endpoints`` where they write them."""
        return table

    # What a wrapper asks

    def __call__(self, environ: "WSGIEnvironment", method: str) -> Found:
        """Find the endpoint of a preflight, with the methods at its URL that have its policy."""
        tables = self.begin()
        return self._found_at(tables, self._land(environ, method), method)

    def _found_at(self, tables: Tables, landing: Landing | None, method: str) -> Found:
        policy = policy_at(tables, landing, method)
        if policy is None or landing is None:
            return None
        if landing.end == "unknown":
            return Endpoint(policy, [method] if policy.allow_methods is None else None)
        served = [
            name
            for name, target in landing.served.items()
            if (other := policy_of(tables, target, name)) is policy or other == policy
        ]
        return Endpoint(policy, served)

    def entry(self, environ: "WSGIEnvironment") -> Any:
        """Read the policies, so that a fault in them is raised before a view has run.

        What was reported when this environ was last served counts no more, and what is reported
        of a copy that a view makes counts there alone.
        """
        self.begin()
        environ[REPORTS] = {**environ.get(REPORTS, {})}
        self.withdraw(environ)
        return super().entry(environ)

    def answered_by(self, environ: "WSGIEnvironment", entry: Any) -> Policy | None:
        """Return the policy of what has been matched, or route the request anew."""
        tables = self.begin()
        target = self.matched(environ)
        if target is not None:
            return policy_of(tables, target, environ["REQUEST_METHOD"])
        asked = as_entered(environ, entry)
        method = asked["REQUEST_METHOD"]
        return policy_at(tables, self._land(asked, method, lists=False), method)

    def route_of(self, environ: "WSGIEnvironment", method: str) -> Route:
        """Tell which view serves such a request, and where its policy comes from."""
        tables, landing = self.begin(), self._land(environ, method)
        if landing is None:
            return Route(None, "none-here")
        end = landing.end
        if isinstance(end, Target):
            its = end.tables or tables
            kind, name, policy = its.source_of(end.endpoint, end.view, method)
            found = self(environ, method)
            methods = found.methods if isinstance(found, Endpoint) else None
            code = code_of(end.view, method)
            table = its.spell("endpoints")
            return Route(policy, kind, name, methods, end.endpoint, end.rule, code, table)
        policy = policy_at(tables, landing, method)
        if end == "unserved":
            return Route(policy, "405", methods=sorted(landing.served))
        return Route(policy, "404")

    # Reading the policies

    def begin(self) -> Tables:
        """Read the policies when the app first answers: all views are there by then.

        :raises PolicyError: with all that is wrong with them.
        """
        tables = self._tables
        if tables is None:
            tables = self._tables = self.read_tables()
        return tables

    def read_tables(self) -> Tables:
        """Read the policies as they are now, for a check or a survey."""
        return Tables(self._policies, self.views(), self._endpoints, {}, spell=self.spell)

    def survey(self) -> Survey:
        """List every method of every route, and say whether the app is being developed."""
        from .listing import find_strays, list_rows  # which serves no request

        gc.collect()  # else what is gone would count until Python happens to do so itself
        tables = self.read_tables()
        routes = [*self.routes()]
        others = [view for one in [*_resolvers] if one is not self for view in _list_views(one)]
        rows = list_rows(tables, routes)
        strays = find_strays(routes, self.views(), others, self.packages())
        return Survey([*rows], [*strays], self.debug)

    def packages(self) -> set[str]:
        """Return the packages whose marks are this app's, beside those of its views."""
        return set()

    def _land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        try:
            return self.land(environ, method, lists=lists)
        except Exception:  # of a converter or a predicate, say, which are the app's code
            path = quote(environ.get("PATH_INFO", ""))
            logger.warning("%s: routing raised", path, exc_info=True)
            return None


def _list_views(resolver: RouterResolver) -> Collection[object]:
    """Return the views of another app, or nothing if it cannot tell: that is not this app's."""
    try:
        return [view for _, view in resolver.views()]
    except Exception:
        logger.warning(
            "another app's routes cannot be listed, so what is marked for them counts as unreached",
            exc_info=True,
        )
        return ()


_resolvers: "WeakSet[RouterResolver]" = WeakSet()
"""All there are: a mark that another app's router reaches is not in vain."""
