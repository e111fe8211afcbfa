"""The routes and views of a Pyramid app, as its configurator lists them.

In Cornice's services and resources Pyramid sees only functions around the code that answers.
"""

import inspect
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, cast

# Pyramid ships no types, and no stubs are published: to type checkers it is Any.
from pyramid.config.views import isexception  # type: ignore[import-untyped]
from pyramid.exceptions import (  # type: ignore[import-untyped]
    ConfigurationError,
    NotFound,
    PredicateMismatch,
)
from pyramid.urldispatch import Route  # type: ignore[import-untyped]
from pyramid.view import AppendSlashNotFoundViewFactory  # type: ignore[import-untyped]
from pyramid.wsgi import wsgiapp, wsgiapp2  # type: ignore[import-untyped]

from .._marks import MethodOf, carries_mark, view_marks
from ..routing import Target

MOUNTS = {mount(print).__code__ for mount in cast("Any", (wsgiapp, wsgiapp2))}
"""The code of views that call another WSGI app."""


class View(NamedTuple):
    """A view, and the conditions under which it answers."""

    target: Target | None
    """``None`` for another app, which has policies of its own."""
    conditions: Sequence[Any]
    """Predicates, and other objects that cannot be evaluated for a preflight."""


class NotFoundView(NamedTuple):
    """A view that answers where no other view does."""

    conditions: Sequence[Any]
    route_name: str | None
    """The route that must have matched; ``None`` if that does not matter."""
    status: int | None
    """The status with which it appends a slash, 0 if that is unknown; ``None`` if it does not."""


Matched = tuple[Any, Sequence[View], dict[str, Any]]
"""A route, its views, and the match of its pattern."""


def introspect(config: Any, category: str) -> list[dict[str, Any]]:
    """Return what Pyramid keeps about the configuration."""
    while True:
        with suppress(RuntimeError):  # another thread is adding a route or a view
            found = config.introspector.get_category(category, ())
            return [each["introspectable"] for each in found]


def read_routes(
    config: Any, found: Sequence[dict[str, Any]]
) -> Sequence[tuple[Any, Sequence[View]]]:
    """Return all routes with their views, in the order in which Pyramid tries them."""
    views: dict[str | None, list[View]] = defaultdict(list)
    # Pyramid tries views with a context first, then those with a media type, then by predicates.
    for view in sorted(found, key=lambda one: (one["context"] is None, *_order(one))):
        name, context = view["route_name"], view["context"]
        if not _answers_errors(view):
            unknown = [what for what in (context, view["name"], name is None) if what]
            target = target_of(name, view["callable"], view["attr"])
            views[name].append(View(target, [*view["predicates"], *unknown]))
    for route in introspect(config, "routes"):
        if route["use_global_views"]:
            views[route["name"]] += views[None]
    routes: list[Any] = [*config.get_routes_mapper().get_routes()]
    if views[None]:
        routes.append(Route(None, "*traverse"))
    return [(route, views[route.name]) for route in routes]


def read_not_found_views(found: Sequence[dict[str, Any]]) -> Sequence[NotFoundView]:
    """Return the views for a 404, in the order in which Pyramid tries them."""
    contexts = (PredicateMismatch, NotFound)  # the first derives from the second
    views = [view for view in found if view["context"] in contexts]
    views.sort(key=lambda v: (v["route_name"] is None, contexts.index(v["context"]), *_order(v)))
    read: list[NotFoundView] = []
    for view in views:
        name, factory, status = view["route_name"], view["callable"], None
        if isinstance(factory, AppendSlashNotFoundViewFactory):
            status = getattr(factory.redirect_class, "code", 0)
        unknown = [what for what in (name, view["context"] is PredicateMismatch) if what]
        read.append(NotFoundView([*view["predicates"], *unknown], name, status))
    return read


def check_views(found: Iterable[dict[str, Any]]) -> None:
    """Check that a route leads to every decorated view.

    :raises ConfigurationError: if no route does.
    """
    for view in found:
        target = target_of(view["route_name"], view["callable"], view["attr"])
        is_routed = view["route_name"] is not None and not _answers_errors(view)
        if not is_routed and target and any(view_marks(target.view)):
            raise ConfigurationError(
                f"{target.view} is decorated with @cors, but no route leads to it: views found by "
                f"traversal have the default policy, and error views that of the requested view"
            )


def views_of(app: Any) -> Iterable[object]:
    """Yield the views of an app, also if it has no CORS."""
    for view in introspect(app.registry, "views"):
        target = target_of(view["route_name"], view["callable"], view["attr"])
        if target is not None:
            yield target.view


def _order(view: Mapping[str, Any]) -> tuple[bool, int]:
    return view["accept"] is None, view["order"]


def _answers_errors(view: Mapping[str, Any]) -> bool:
    return bool(isexception(view["context"])) or is_error_view(view["callable"])


def target_of(route_name: str | None, view: Any, attr: str | None) -> Target | None:
    """Return the target of a view; ``None`` for another app that is mounted."""
    name = route_name or ""
    if getattr(view, "__code__", None) in MOUNTS:
        return None
    if method := method_of_resource(view):
        return Target(name, method)
    if inspect.isclass(view):
        return Target(name, MethodOf(view, attr or "__call__"))
    if attr:
        view = getattr(view, attr)
    if inspect.ismethod(view):  # its class may be decorated too
        return Target(name, MethodOf(type(view.__self__), view.__name__, view.__func__))
    if inspect.isroutine(view) or carries_mark(view):
        return Target(name, view)
    return Target(name, MethodOf(type(view), "__call__"))


def is_error_view(view: Any) -> bool:
    """Return whether Cornice answers with this view what no other view of a service serves."""
    return _module_of(view) == "cornice.pyramidhook" and view.__name__ == "_fallback_view"


def method_of_resource(view: Any) -> MethodOf | None:
    """Return the method of a class that a view of Cornice calls; ``None`` for a function."""
    if _module_of(view) != "cornice.service":
        return None
    inside: Mapping[str, Any] = inspect.getclosurevars(view).nonlocals
    named, view_class = inside["view"], inside["args"].get("klass")
    if view_class is None or callable(named):
        return None
    # A resource gives the method, and a service its name.
    function: Any = getattr(named, "unbound_view", None) or getattr(view_class, str(named).lower())
    return MethodOf(view_class, function.__name__, function)


def services_with_cors(registry: object) -> set[str]:
    """Return the routes of the services for which Cornice itself writes CORS headers."""
    services: Mapping[str, Any] = getattr(registry, "cornice_services", {})
    return {s.pyramid_route or s.name for s in services.values() if s.cors_enabled}


def _module_of(function: Any) -> object:
    """Return the module that defines a function, also where ``update_wrapper`` names another."""
    return getattr(function, "__globals__", {}).get("__name__")
