"""How the mark of a view is found: through decorators, classes, bound methods and closures."""

import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import FunctionType, MethodType
from typing import Any, Final, Literal, NamedTuple, cast

from ._decorator import ATTRIBUTE, Mark, all_marked, cors, has_unread_marks, note_read
from ._introspection import is_installed_code

PLAIN_TYPES = frozenset({str, bool, int, tuple, list, dict, type(None)})
"""Types of members of classes that have no mark."""

MAX_HIDING = 20
"""The most functions among which a hidden mark is looked for."""


class MethodOf(NamedTuple):
    """One method of a class as a view, for frameworks whose routers know which method serves."""

    view_class: type
    method_name: str
    function: object = None
    """The method itself, if the router has it: the class may not have it by that name."""
    view: object = None
    """The view that the framework made of the class, if that may be decorated too."""


Carrier = Literal["method", "view", "class"]
"""What has the mark: one method of a class-based view, a view, or its class."""


def find_mark(view: object, method: str) -> Mark | None:
    """Return the mark of the code that serves ``method``.

    For a class-based view this is the mark of the method, else of the view (from the class's
    ``decorators``), else of the class. A bound method has that of its function, else of its class.
    """
    if type(view) is FunctionType:
        its_own = view.__dict__
        if "__wrapped__" not in its_own and "view_class" not in its_own:
            mark = its_own.get(ATTRIBUTE)
            return mark if isinstance(mark, Mark) else None
    found = find_carrier(view, method)
    return None if found is None else found[1]


def find_carrier(view: object, method: str) -> tuple[Carrier, Mark] | None:
    """Return the same mark, and what has it."""
    view_class: object = getattr(view, "view_class", None)
    for carrier, candidate in _carriers(view, view_class, method):
        mark = getattr(candidate, ATTRIBUTE, None)
        if isinstance(mark, Mark):
            return carrier, mark
    return None


def code_of(view: object, method: str) -> object:
    """Return the code that is or would be decorated: a function without its decorators, or a class.

    A class is returned if it inherits the method, or has the mark that another class inherits.
    """
    code = outermost_code_of(view, method)
    names = {getattr(code, "__name__", "")}
    if (view_class := getattr(view, "view_class", None)) is not None:
        # Django REST framework makes a class of a function, with its name.
        names |= {view_class.__name__, method.lower(), getattr(view, "method_name", "")}
    inside = (_unwrap(found) for found in _closure(code))
    return next((found for found in inside if getattr(found, "__name__", "") in names), code)


def outermost_code_of(view: object, method: str) -> object:
    """Return the same code, or what hides it: a decorator without :func:`functools.wraps`."""
    view_class: Any = getattr(view, "view_class", None)
    if view_class is None:
        return _unwrap(view)
    carriers = [*_carriers(view, view_class, method)]
    marked = [(carrier, code) for carrier, code in carriers if _mark_of(code) is not None]
    carrier, code = marked[0] if marked else ("view", view)
    function = getattr(view, "function", None)
    if function is not None and not any(function is m for m in _members_of(view_class).values()):
        return _unwrap(function)  # the framework has made the class for this function
    if carrier == "method":
        return _unwrap(code)
    owners = [base for base in inspect.getmro(view_class) if ATTRIBUTE in vars(base)]
    owner = owners[0] if carrier == "class" else view_class
    own = {id(value) for value in vars(owner).values() if callable(value)}
    methods = [code for carrier, code in carriers if carrier == "method" and id(code) in own]
    return _unwrap(methods[0]) if methods else owner


def _unwrap(code: object) -> object:
    """Return what a view calls in the end."""
    *_, innermost = layers_of(code)
    return innermost


def _closure(code: object) -> Iterator[object]:
    """Yield the functions that a function takes from the functions around it, or calls by them."""
    for cell in getattr(code, "__closure__", None) or ():
        found: object = None
        with suppress(ValueError):  # the cell is empty
            found = cell.cell_contents
        if isinstance(found, FunctionType | MethodType | partial):
            yield cast("object", found)


def find_hidden(view: object, method: str) -> tuple[object, Mark] | None:
    """Return a marked function that a decorator without :func:`functools.wraps` hides."""
    for code in _code_within(outermost_code_of(view, method)):
        mark = _mark_of(code)
        if mark is not None:
            return code, mark
    return None


def _code_within(code: object) -> Iterator[object]:
    """Yield what code calls: inside its decorators, and the functions in its closures."""
    found = [code]
    for outer in found:  # the loop adds to this list
        layers = [*layers_of(outer)]
        yield from reversed(layers)
        if len(found) < MAX_HIDING:
            found += _closure(layers[-1])


def _mark_of(code: object) -> Mark | None:
    mark = getattr(code, ATTRIBUTE, None)
    return mark if isinstance(mark, Mark) else None


def view_marks(view: object) -> Iterator[Mark]:
    """Yield every mark of a view, for all methods."""
    view_class: object = getattr(view, "view_class", None)
    if view_class is None or isinstance(view, MethodOf):
        candidates = [carrier for _, carrier in _carriers(view, view_class, "")]
    else:
        candidates = [view, view_class, *_members_of(view_class).values()]
    seen: set[int] = set()
    for candidate in candidates:
        if type(candidate) in PLAIN_TYPES:
            continue
        if type(candidate) is FunctionType:  # most are functions, for which this is far faster
            mark = candidate.__dict__.get(ATTRIBUTE)
        else:
            # Statically, because a proxy in a class may raise for any attribute outside a request.
            mark = inspect.getattr_static(candidate, ATTRIBUTE, None)
        if isinstance(mark, Mark) and id(mark) not in seen:  # decorators copy the mark
            seen.add(id(mark))
            yield mark


def carries_mark(view: object) -> bool:
    """Return whether a view has a mark that covers all its methods."""
    view_class: object = getattr(view, "view_class", None)
    if view_class is None or isinstance(view, MethodOf):
        return find_mark(view, "") is not None
    return any(isinstance(getattr(c, ATTRIBUTE, None), Mark) for c in (view, view_class))


def _carriers(view: object, view_class: object, method: str) -> Iterable[tuple[Carrier, object]]:
    if view_class is None:
        return _carriers_of_callable(view)
    names = [method.lower(), "dispatch_request"]
    if isinstance(view, MethodOf):
        if view.function is not None:
            return [("method", view.function), ("view", view.view), ("class", view_class)]
        names = [view.method_name]
    elif method == "HEAD" and not hasattr(view_class, "head"):  # Flask answers HEAD with get()
        names.insert(1, "get")
    carriers: list[tuple[Carrier, object]] = [
        ("method", getattr(view_class, name, None)) for name in names
    ]
    own = view.view if isinstance(view, MethodOf) else view
    return [*carriers, ("view", own), ("class", view_class)]


def _members_of(view_class: object) -> dict[str, object]:
    """Return the members of a class, far faster than ``inspect.getmembers_static``."""
    members: dict[str, object] = {}
    for base in reversed(getattr(view_class, "__mro__", ())[:-1]):  # without those of object
        members.update(vars(base))
    return members


def _carriers_of_callable(view: object) -> list[tuple[Carrier, object]]:
    """Return what may have the mark of a function, a bound method or an object with a call."""
    layers = [*layers_of(view)]
    calls: list[tuple[Carrier, object]] = [
        ("method", getattr(type(layer), _CALL, None)) for layer in layers
    ]
    found = [calls.pop()]
    # A mark that a decorator has copied is that of the view, before those of the decorator's class.
    found.extend(("view", layer) for layer in layers if ATTRIBUTE in getattr(layer, "__dict__", ()))
    found += calls
    found.extend(("view", layer) for layer in layers)
    found.extend(("class", _class_of(layer)) for layer in layers if inspect.ismethod(layer))
    return found


def layers_of(view: object) -> Iterator[object]:
    """Yield a view and what it calls, without decorators, objects and arguments around it."""
    layer: Any = view
    seen: set[int] = set()
    while id(layer) not in seen:
        yield layer
        seen.add(id(layer))
        if inspect.ismethod(layer):
            layer = layer.__func__
        elif isinstance(layer, partial):
            layer = layer.func
        else:
            layer = getattr(layer, "__wrapped__", layer)


def _class_of(bound: MethodType) -> type:
    """Return the class of a bound method."""
    owner: object = bound.__self__
    return owner if isinstance(owner, type) else type(owner)


_CALL: Final = "__call__"

_DECORATOR: Final = (cors.__module__, "cors.<locals>.decorate")
"""The module and the qualified name of what ``cors()`` returns."""


def marks_above_routes(views: Collection[object]) -> Iterator[object]:
    """Yield each marked function that wraps a view of the app that has no mark itself.

    The route decorator is then below ``cors``: the router has the function from before it was
    decorated, and never sees the mark.
    """
    registered = {id(view) for view in views}
    for marked in all_marked():
        view = marked
        while id(view) not in registered and hasattr(view, "__wrapped__"):
            view = view.__wrapped__
        if view is not marked and id(view) in registered and not carries_mark(view):
            yield marked


def hidden_marks(views: Collection[object]) -> Iterator[tuple[object, object]]:
    """Yield each view that has no mark, with a marked function that it calls in a closure.

    A decorator between the route and ``cors`` that does not use :func:`functools.wraps` hides it.
    """
    registered = {id(view) for view in views}
    for view in views:
        found = None if carries_mark(view) else find_hidden(view, "")
        if found is not None and id(found[0]) not in registered:
            yield view, found[0]


def applies_to_methods(view: object) -> bool:
    """Return whether ``cors`` is among the ``method_decorators`` of a class (Flask-RESTful)."""
    bases: Iterable[type] = getattr(getattr(view, "view_class", None), "__mro__", ())
    name = "method_decorators"
    given: Any = next((vars(base)[name] for base in bases if name in vars(base)), None)
    lists: list[Any] = [given]
    if isinstance(given, Mapping):
        lists = [*cast("Mapping[str, Any]", given).values()]
    return any(
        (getattr(one, "__module__", ""), getattr(one, "__qualname__", "")) == _DECORATOR
        for decorators in lists
        if isinstance(decorators, list | tuple)  # other attributes may have the same name
        for one in cast("Iterable[object]", decorators)
    )


def read_marks(view: object) -> list[Mark]:
    """Return the marks of a view that belongs to an app with CORS, and note that they are read."""
    marks = [*view_marks(view)]
    if not has_unread_marks():
        return marks
    for mark in marks:
        note_read(mark)
    view_class: object = getattr(view, "view_class", None)
    for base in inspect.getmro(view_class)[1:-1] if inspect.isclass(view_class) else ():
        # A mark that a derived class replaces has been read as well.
        for candidate in (base, *vars(base).values()):
            if isinstance(candidate, FunctionType | type):
                note_read(vars(candidate).get(ATTRIBUTE))
    return marks


def unreached_marks(
    served: Iterable[tuple[object, Iterable[str]]], packages: Collection[str] = ()
) -> Iterator[object]:
    """Yield each marked object that no request reaches.

    :param served: each view of a route, with the methods that the route serves.
    :param packages: the installed packages in which marked objects are looked for, too.
    """
    reached: set[int] = set()
    for view, methods in served:
        view_class: object = getattr(view, "view_class", None)
        for method in ("", *methods):
            for _, carrier in _carriers(view, view_class, method):
                reached.update(map(id, _marks_within(carrier)))
    for marked in all_marked():
        if marked is not None and id(getattr(marked, ATTRIBUTE, None)) not in reached:
            package = str(getattr(marked, "__module__", "")).partition(".")[0]
            if package in packages or not all(map(is_installed_code, _code_within(marked))):
                yield marked


def _marks_within(carrier: object) -> Iterator[Mark | None]:
    """Yield the mark of what may have one, and those that this mark replaces."""
    kind: type = carrier if isinstance(carrier, type) else type(carrier)
    for base in kind.__mro__:
        yield vars(base).get(ATTRIBUTE)
    if _mark_of(carrier) is not None:
        yield from map(_mark_of, layers_of(carrier))
