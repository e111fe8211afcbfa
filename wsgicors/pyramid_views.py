"""The views of a Pyramid app's routes, and what can be told of them before a request is made.

A preflight has the URL of the request that follows, and its method. Predicates on headers, on the
visitor or on a context ask for what it does not have: nobody knows yet whether they will hold.
"""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, cast

from pyramid import predicates  # type: ignore[import-untyped]
from pyramid.config.views import isexception  # type: ignore[import-untyped]
from pyramid.view import AppendSlashNotFoundViewFactory  # type: ignore[import-untyped]
from pyramid.wsgi import wsgiapp, wsgiapp2  # type: ignore[import-untyped]

from .marks import MethodOf, carries_mark, view_marks
from .routing import USUAL_METHODS, Target

known = cast("Any", predicates)

BY_URL = (known.RequestMethodPredicate, known.PathInfoPredicate, known.MatchParamPredicate)
"""Predicates of views that a preflight can answer."""

BEYOND_URL = (
    known.XHRPredicate,
    known.RequestParamPredicate,  # a parameter may be in the body
    known.HeaderPredicate,
    known.AcceptPredicate,
    known.IsAuthenticatedPredicate,
    known.EffectivePrincipalsPredicate,
)
"""Predicates of routes that a preflight cannot answer; those that are the app's own are asked."""

MOUNTS = {mount(print).__code__ for mount in cast("Any", (wsgiapp, wsgiapp2))}
"""The code of views that call another WSGI app."""

TRAVERSED = Target("", None)
"""What stands for all views without a route: they have the app's default."""


class View(NamedTuple):
    """A view of a route, and when it answers."""

    target: Target | None
    """``None`` for another app, which has policies of its own."""
    predicates: Sequence[Any] = ()
    name: str = ""
    """Only a route that goes on to traverse leads to a view with a name."""
    is_conditional: bool = False
    """Whether it answers for some contexts only."""


def can_be_asked_of_routes(predicate: object) -> bool:
    """Tell whether a preflight can answer, which the app's own predicates are taken to know."""
    return not isinstance(predicate, BEYOND_URL)


def can_be_asked_of_views(predicate: object) -> bool:
    """Tell the same of views, for whose predicates there is no context yet."""
    return isinstance(predicate, BY_URL)


def hold(
    conditions: Sequence[Any], subject: object, request: Any, asks: Callable[[object], bool]
) -> bool | None:
    """Tell whether predicates hold for the request that follows; ``None`` if nobody knows yet."""
    result: bool | None = True
    for predicate in conditions:
        if not asks(predicate.predicate if isinstance(predicate, known.Notted) else predicate):
            result = None
        elif not predicate(subject, request):
            return False
    return result


def methods_of(route: Any, view: View) -> set[str]:
    """Return the methods that a view of a route declares, or the usual ones."""
    every = [*route.predicates, *view.predicates]
    declared: list[set[str]] = [
        set(p.val) for p in every if isinstance(p, known.RequestMethodPredicate)
    ]
    return declared[0].intersection(*declared[1:]) if declared else set(USUAL_METHODS)


def introspect(introspector: Any, category: str) -> list[dict[str, Any]]:
    """Return what Pyramid keeps of the configuration."""
    return [found["introspectable"] for found in introspector.get_category(category, ())]


def read_views(introspector: Any) -> Mapping[str, Sequence[View]]:
    """Return the views of every route, in the order in which Pyramid asks them."""
    routed: dict[str, list[View]] = {}
    found = [view for view in introspect(introspector, "views") if not view["exception_only"]]
    # A more special context comes first, then media types, then the weight of the predicates.
    found.sort(key=lambda view: (view["context"] is None, view["accept"] is None, view["order"]))
    for view in found:
        name, context = view["route_name"], view["context"]
        if name is not None and not isexception(context):
            target = target_of(name, view["callable"], view["attr"])
            routed.setdefault(name, []).append(
                View(target, view["predicates"], view["name"], context is not None)
            )
    for route in introspect(introspector, "routes"):
        if route["use_global_views"]:
            routed.setdefault(route["name"], []).append(View(TRAVERSED))
    return routed


def marked_in_vain(introspector: Any, reached: Collection[object]) -> list[object]:
    """Return the marked views to which no route leads."""
    found = [target_of("", v["callable"], v["attr"]) for v in introspect(introspector, "views")]
    views = [target.view for target in found if target is not None]
    return [view for view in views if view not in reached and any(view_marks(view))]


def target_of(route_name: str, view: Any, attr: str | None) -> Target | None:
    """Return a view as the tables know it, or ``None`` for an app that is mounted."""
    if getattr(view, "__code__", None) in MOUNTS:
        return None
    if inspect.isclass(view):
        return Target(route_name, MethodOf(view, attr or "__call__"))
    if attr:
        view = getattr(view, attr)
    if inspect.ismethod(view):  # its class may be marked too
        method = MethodOf(type(view.__self__), attr or view.__name__)
        if getattr(method.view_class, method.method_name, None) is view.__func__:
            return Target(route_name, method)
    elif not inspect.isroutine(view) and not carries_mark(view):
        view = MethodOf(type(view), "__call__")
    return Target(route_name, view)


def appends_slashes(introspector: Any) -> bool:
    """Tell whether the app redirects to its routes that end in a slash."""
    views = introspect(introspector, "views")
    return any(isinstance(view["callable"], AppendSlashNotFoundViewFactory) for view in views)
