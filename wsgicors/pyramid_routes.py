"""Finding the endpoint of a request by the routes and views of a Pyramid app.

Several views may be possible where a preflight cannot know which will answer. If all of these have
one policy, that decides; if not, none does.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from .core.policy import Policy, Settings
from .pyramid_views import (
    TRAVERSED,
    appends_slashes,
    can_be_asked_of_routes,
    can_be_asked_of_views,
    hold,
    methods_of,
    read_views,
)
from .routing import NOWHERE, Landing, RouterResolver, Target
from .tables import Assigned

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

logger = logging.getLogger("wsgicors")


class PyramidResolver(RouterResolver):
    """Finds the views that a request may reach, by the routes and predicates of an app.

    :param router: the app.
    """

    def __init__(
        self,
        router: Any,
        policies: Mapping[str, Policy | Settings],
        endpoints: Mapping[str, Assigned],
    ) -> None:
        super().__init__(policies, endpoints)
        self._router = router
        introspector = router.registry.introspector
        self._views = read_views(introspector)
        self._appends_slashes = appends_slashes(introspector)

    @property
    def debug(self) -> bool:
        """Whether the app runs with ``pyramid.debug_all``."""
        return bool(self._router.registry.settings["debug_all"])

    def routes(self) -> Iterator[tuple[str, Iterable[str], Target]]:
        """Yield every view of every route, in the order in which Pyramid asks them."""
        for route in self._routes:
            for view in self._views.get(route.name, ()):
                if view.target is not None and view.target is not TRAVERSED:
                    yield "/" + route.pattern.lstrip("/"), methods_of(route, view), view.target

    def land(
        self, environ: "WSGIEnvironment", method: str, *, lists: bool = True
    ) -> Landing | None:
        """Ask the routes and their views; the body of the request is left to the app."""
        asked = {key: environ[key] for key in environ if not key.startswith("webob.")}
        asked |= {"wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"}
        with self._router.request_context(asked) as request:
            try:
                path: str = request.path_info or "/"
            except UnicodeDecodeError:  # Pyramid serves no such path
                return None
            landing = self._land_at(request, path, method, lists)
            if landing is NOWHERE and self._appends_slashes and not path.endswith("/"):
                landing = self._land_at(request, path + "/", method, lists)
            return landing

    @property
    def _routes(self) -> Sequence[Any]:
        mapper = self._router.routes_mapper
        return () if mapper is None else mapper.get_routes()

    def _land_at(self, request: Any, path: str, method: str, lists: bool) -> Landing | None:
        matches = [(route, route.match(path)) for route in self._routes]
        matches = [(route, match) for route, match in matches if match is not None]
        if not matches:
            return NOWHERE
        possible = self._ask(request, matches, method)
        end = self._agree(possible, method)
        if possible and end is None:
            logger.debug("%r: nothing decides between views with several policies", path)
            return None
        views = [(route, view) for route, _ in matches for view in self._views.get(route.name, ())]
        others = {method}.union(*(methods_of(route, view) for route, view in views))
        served: dict[str, Target] = {}
        for other in sorted(others) if lists or end is None else ():
            possible = self._ask(request, matches, other)
            target = self._agree(possible, other)
            if target is not None:
                served[other] = target
            elif possible and end is None:
                return None  # nor do those that serve other methods have one policy
        return Landing(end or ("unserved" if served else "unknown"), served)

    def _ask(
        self, request: Any, matches: Sequence[tuple[Any, dict[str, Any]]], method: str
    ) -> Sequence[Target | None]:
        """Return the views that may answer, in the order in which Pyramid asks them."""
        request.method = method
        possible: list[Target | None] = []
        for route, found in matches:
            match = dict(found)  # predicates may change it
            info = {"match": match, "route": route}
            is_route = hold(route.predicates, info, request, can_be_asked_of_routes)
            if is_route is False:
                continue
            request.matchdict, request.matched_route = match, route
            traverses = "traverse" in match
            for view in self._views.get(route.name, ()):
                is_view = hold(view.predicates, None, request, can_be_asked_of_views)
                if is_view is False or (view.name and not traverses):
                    continue
                possible.append(view.target)
                if is_route and is_view and not (view.is_conditional or traverses):
                    return possible
            if is_route:
                break  # Pyramid goes to no other route, whether a view answers or not
        return possible

    def _agree(self, possible: Sequence[Target | None], method: str) -> Target | None:
        """Return a view that speaks for all of them, if they have one policy."""
        targets = [target for target in possible if target is not None]
        if not targets or len(targets) < len(possible):
            return None
        tables = self.begin()
        first, *others = [tables.policy_of(t.endpoint, t.view, method) for t in targets]
        return targets[0] if all(other == first for other in others) else None
