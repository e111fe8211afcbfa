"""Finding the endpoint of a request by the routes and views of a Pyramid app.

A preflight has the URL of the request that follows, and its method. Other predicates, be they on
headers, on the visitor or the app's own, are not asked: several views may then be possible. If all
of these have one policy, that decides; if not, none does.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

# Pyramid ships no types, and nobody publishes stubs: to the type checkers it is Any.
from pyramid.view import AppendSlashNotFoundViewFactory  # type: ignore[import-untyped]

from ..core.headers import quote
from ..core.policy import Policy
from ..core.settings import Settings
from ..routing import NOWHERE, Landing, RouterResolver, Target
from ..tables import Assigned, Tables
from .pyramid_views import View, hold, introspect, methods_of, read_routes

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

logger = logging.getLogger("wsgicors")

Matched = tuple[Any, Sequence[View], dict[str, Any]]
"""A route, its views, and what it has found in the URL."""


class PyramidResolver(RouterResolver):
    """Finds the views that a request may reach, by the routes and predicates of an app."""

    _routes: Sequence[tuple[Any, Sequence[View]]] = ()
    _appends_slashes = False

    def __init__(
        self,
        config: Any,
        policies: Mapping[str, Policy | Settings],
        endpoints: Mapping[str, Assigned] | None,
    ) -> None:
        super().__init__(policies, endpoints)
        self._config = config

    def read(self) -> None:
        """Read the routes and policies of an app that is made."""
        self._tables = self.read_tables()

    def forget(self) -> None:
        """Have them read again by the next request: a view is being added."""
        self._tables = None

    def read_tables(self) -> Tables:
        """Read the policies as they are now, and the routes that lead to them."""
        self._routes = read_routes(self._config)
        views = [view["callable"] for view in introspect(self._config, "views")]
        self._appends_slashes = any(isinstance(v, AppendSlashNotFoundViewFactory) for v in views)
        return super().read_tables()

    @property
    def debug(self) -> bool:
        """Whether the app runs with ``pyramid.debug_all``."""
        return bool(self._config.registry.settings["debug_all"])

    def routes(self) -> Iterator[tuple[str, Iterable[str], Target]]:
        """Yield every view of every route, in the order in which Pyramid asks them."""
        for route, views in self._routes:
            for view in views:
                if view.target is not None and view.target.endpoint:
                    yield "/" + route.pattern.lstrip("/"), methods_of(route, view), view.target

    def land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Ask the routes and their views."""
        try:
            path = environ.get("PATH_INFO", "").encode("latin-1").decode()
        except UnicodeDecodeError:  # Pyramid serves no such path
            return None
        routes = self._match(path)
        if not routes and self._appends_slashes and not path.endswith("/"):
            path += "/"
            routes = self._match(path)
        if not routes:
            return NOWHERE
        end = self._ask(routes, path, method)
        if end is None:
            logger.debug("%s: nothing decides between views with several policies", quote(path))
            return None
        declared = [methods_of(route, view) for route, views, _ in routes for view in views]
        served: dict[str, Target] = {}
        for other in sorted({method}.union(*declared)) if lists or end == "unserved" else ():
            found = self._ask(routes, path, other)
            if isinstance(found, Target):
                served[other] = found
            elif found is None and end == "unserved":
                return None  # nor do those that serve other methods have one policy
        return Landing(end if served or end != "unserved" else "unknown", served)

    def _match(self, path: str) -> Sequence[Matched]:
        routes = [(route, views, route.match(path or "/")) for route, views in self._routes]
        return [matched for matched in routes if matched[2] is not None]

    def _ask(
        self, routes: Iterable[Matched], path: str, method: str
    ) -> Target | Literal["unserved"] | None:
        """Return a view that speaks for all that may answer; ``None`` if none can."""
        possible = [*find_possible(routes, path, method)]
        targets = [target for target in possible if target is not None]
        if not targets or len(targets) < len(possible):
            return None if possible else "unserved"
        tables = self.begin()
        first, *others = [tables.policy_of(t.endpoint, t.view, method) for t in targets]
        return targets[0] if all(other == first for other in others) else None


def find_possible(routes: Iterable[Matched], path: str, method: str) -> Iterator[Target | None]:
    """Yield the views that may answer, in the order in which Pyramid asks them."""
    for route, views, match in routes:
        request = SimpleNamespace(method=method, upath_info=path, matchdict=match)
        is_route = hold(route.predicates, request)
        for view in views if is_route is not False else ():
            is_view = hold(view.conditions, request)
            if is_view is not False:
                yield view.target
            if is_route and is_view and "traverse" not in match:
                return
        if is_route:
            return  # Pyramid goes to no other route, whether a view answers or not
