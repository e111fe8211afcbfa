"""The routes of a Django project, and the code that serves each method of a route.

Django calls one function for all methods of a route. That function of a class-based view, of a view
set of Django REST framework or of django-ninja calls other code, which may be decorated.
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.urls import ResolverMatch, URLResolver
from django.views import View

from .._marks import MethodOf, carries_mark, layers_of
from ..routing import USUAL_METHODS, Target


def served_by(match: Any, method: str = "GET") -> Mapping[str, Target]:
    """Return the methods that a route serves, with the view for each."""
    view, endpoint, rule = match.func, match.view_name, f"/{match.route.removeprefix('^')}"
    if operations := _operations_of(view):
        served: dict[str, Target] = {}
        for operation in operations:  # the first that serves a method answers
            target = Target(endpoint, operation.view_func, rule)
            served = dict.fromkeys(operation.methods, target) | served
        return served
    # In a ViewSet of Django REST framework, functions of any name serve the methods.
    actions: Mapping[str, str] = getattr(view, "actions", None) or {}
    if not actions:
        target = Target(endpoint, _function_of(view) or view, rule)
        return dict.fromkeys(_methods_of(view, method), target)
    views = {name: MethodOf(view.cls, name, view=view) for name in actions.values()}
    targets = {name: Target(endpoint, view, rule) for name, view in views.items()}
    actions = {"head": actions.get("get", ""), **actions}
    names = _names(view.cls, view.initkwargs)
    return {name.upper(): targets[actions[name]] for name in names if actions.get(name)}


def accepted_by(view: object) -> Sequence[str]:
    """Return the methods that ``require_http_methods`` lets pass; nothing if that is not known.

    Another decorator around it may answer further methods, unless it is of Django.
    """
    for layer in layers_of(view):
        module = getattr(layer, "__globals__", {}).get("__name__", "")
        if module == "django.views.decorators.http":
            accepted: Sequence[str] = _closure_of(layer).get("request_method_list", ())
            if accepted:
                return accepted
        elif not module.startswith("django."):
            break
    return ()


def served_as_get(target: Target) -> Target:
    """Return a target that serves every method as GET."""
    view: Any = target.view
    view_class = getattr(view, "view_class", None)
    if view_class is None or isinstance(view, MethodOf):
        return target
    return target._replace(view=MethodOf(view_class, "get", view=view))


def walk(
    resolver: Any,
    route: str = "",
    namespaces: Sequence[str | None] = (),
    above: Sequence[object] = (),
) -> Iterator[ResolverMatch]:
    """Yield every route, as Django would match it.

    A URLconf may include itself; it is not visited inside itself.
    """
    patterns = resolver.url_patterns
    if any(patterns is other for other in above):
        return
    seen: set[tuple[object, str]] = set()
    for pattern in patterns:
        own = str(pattern.pattern)
        kind: object = pattern.pattern.__class__
        longer = route + own.removeprefix("^")
        if isinstance(pattern, URLResolver):
            inner = [*namespaces, pattern.namespace]
            yield from walk(pattern, longer, inner, [*above, patterns])
        elif (kind, own) not in seen:  # of two alike, the first answers
            seen.add((kind, own))
            view, name = pattern.callback, pattern.name
            yield ResolverMatch(view, (), {}, name, None, [*namespaces], longer)


def _operations_of(view: Any) -> Sequence[Any]:
    """Return the operations of a view of django-ninja, which only its closure has."""
    function = inspect.unwrap(view)
    if getattr(function, "__module__", "") != "ninja.operation":
        return ()
    operations: Sequence[Any] = getattr(_closure_of(function).get("self"), "operations", ())
    return operations


def _function_of(view: Any) -> object:
    """Return the function below ``@api_view`` of Django REST framework, or ``None``."""
    view_class: Any = getattr(view, "cls", None)
    for member in vars(view_class).values() if isinstance(view_class, type) else ():
        if inspect.isfunction(member) and member.__module__ == "rest_framework.decorators":
            function = _closure_of(member).get("func")
            return MethodOf(view_class, "", function, view) if carries_mark(view) else function
    return None


def _closure_of(function: Any) -> Mapping[str, Any]:
    """Return the variables of the functions around a function that it uses."""
    names, cells = function.__code__.co_freevars, function.__closure__ or ()
    return {name: cell.cell_contents for name, cell in zip(names, cells, strict=True)}


def _methods_of(view: Any, method: str) -> Sequence[str]:
    """Return the methods that a class defines; for a function, the usual ones."""
    view_class: Any = getattr(view, "view_class", None)
    if not (isinstance(view_class, type) and issubclass(view_class, View)):
        return sorted({*USUAL_METHODS, method.upper()})
    names = _names(view_class, getattr(view, "view_initkwargs", {}))
    return [name.upper() for name in names if _defines(view_class, name)]


def _names(view_class: Any, given: Mapping[str, Any]) -> Sequence[str]:
    return sorted(given.get("http_method_names", view_class.http_method_names))


def _defines(view_class: type[View], name: str) -> bool:
    if name == "options":  # Django answers it for classes that do not define it
        return view_class.options is not View.options
    return hasattr(view_class, name) or (name == "head" and hasattr(view_class, "get"))
