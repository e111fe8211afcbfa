"""The routes of a Pyramid app and their views, as it keeps them for introspection."""

import inspect
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

# Pyramid ships no types, and nobody publishes stubs: to the type checkers it is Any.
from pyramid import predicates  # type: ignore[import-untyped]
from pyramid.config.views import isexception  # type: ignore[import-untyped]
from pyramid.exceptions import ConfigurationError  # type: ignore[import-untyped]
from pyramid.urldispatch import Route  # type: ignore[import-untyped]
from pyramid.wsgi import wsgiapp, wsgiapp2  # type: ignore[import-untyped]

from ..marks import MethodOf, carries_mark, view_marks
from ..routing import USUAL_METHODS, Target

known = cast("Any", predicates)

BY_URL = (known.RequestMethodPredicate, known.PathInfoPredicate, known.MatchParamPredicate)
"""Predicates that a preflight can answer, which has a URL and the method of what follows."""

MOUNTS = {mount(print).__code__ for mount in cast("Any", (wsgiapp, wsgiapp2))}
"""The code of views that call another WSGI app."""


class View(NamedTuple):
    """A view, and when it answers."""

    target: Target | None
    """``None`` for another app, which has policies of its own."""
    conditions: Sequence[Any]
    """Predicates, and whatever else has to hold."""


def hold(conditions: Sequence[Any], request: object) -> bool | None:
    """Tell whether all hold for the request that follows; ``None`` if nobody knows yet."""
    results = [c(None, request) if isinstance(c, BY_URL) else None for c in conditions]
    return False if False in results else None if None in results else True


def methods_of(route: Any, view: View) -> set[str]:
    """Return the methods that a view of a route declares, or the usual ones."""
    every = [*route.predicates, *view.conditions]
    declared = [set[str](p.val) for p in every if isinstance(p, known.RequestMethodPredicate)]
    return declared[0].intersection(*declared) if declared else set(USUAL_METHODS)


def introspect(config: Any, category: str) -> list[dict[str, Any]]:
    """Return what Pyramid keeps of the configuration."""
    return [found["introspectable"] for found in config.introspector.get_category(category, ())]


def read_routes(config: Any) -> Sequence[tuple[Any, Sequence[View]]]:
    """Return all routes with their views, in the order in which Pyramid asks them.

    :raises ConfigurationError: if a view is marked that no route leads to.
    """
    views: dict[str | None, list[View]] = defaultdict(list)
    found = introspect(config, "views")
    # A more special context comes first, then media types, then the weight of the predicates.
    found.sort(key=lambda view: (view["context"] is None, view["accept"] is None, view["order"]))
    for view in found:
        name, context = view["route_name"], view["context"]
        target = target_of(name, view["callable"], view["attr"])
        if not isexception(context):
            unknown = [what for what in (context, view["name"], name is None) if what]
            views[name].append(View(target, [*view["predicates"], *unknown]))
            if name is not None:
                continue
        if target and any(view_marks(target.view)):
            raise ConfigurationError(
                f"{target.view} is marked with @cors, and no route leads to it: views found by "
                f"traversal have the default, and errors the policy of the view that was asked for"
            )
    for route in introspect(config, "routes"):
        if route["use_global_views"]:
            views[route["name"]] += views[None]
    routes: list[Any] = [*config.get_routes_mapper().get_routes()]
    if views[None]:
        routes.append(Route(None, "*traverse"))
    return [(route, views[route.name]) for route in routes]


def target_of(route_name: str | None, view: Any, attr: str | None) -> Target | None:
    """Return a view as the tables know it, or ``None`` for an app that is mounted."""
    name = route_name or ""
    if getattr(view, "__code__", None) in MOUNTS:
        return None
    if inspect.isclass(view):
        return Target(name, MethodOf(view, attr or "__call__"))
    if attr:
        view = getattr(view, attr)
    if inspect.ismethod(view):  # its class may be marked too
        return Target(name, MethodOf(type(view.__self__), view.__name__, view.__func__))
    if inspect.isroutine(view) or carries_mark(view):
        return Target(name, view)
    return Target(name, MethodOf(type(view), "__call__"))
