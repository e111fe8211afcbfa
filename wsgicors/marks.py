"""``cors``: write a policy on a view, and find it again.

A mark is one attribute of the view. The view itself is neither wrapped nor changed, so marks and
other decorators may come in any order: those that use :func:`functools.wraps` carry it along.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal, NamedTuple, TypeVar, Unpack
from weakref import WeakValueDictionary

from .core.policy import Policy
from .core.settings import Settings, check_names

ATTRIBUTE = "__cors__"

View = TypeVar("View", bound=Callable[..., object])

_marked: "WeakValueDictionary[int, Any]" = WeakValueDictionary()
"""Whatever carries a mark, by its id, for :func:`all_marked`."""


class _Unset(Enum):
    BASE = "no base given"


@dataclass(frozen=True, slots=True)
class Mark:
    """What :func:`cors` wrote on a view: a policy, the name of one to refine, or no CORS."""

    base: Policy | str | None
    changes: Settings = field(default_factory=Settings)
    """Settings to replace in the policy that ``base`` names."""


def cors(
    base: Policy | str | _Unset | None = _Unset.BASE, **settings: Unpack[Settings]
) -> Callable[[View], View]:
    """Give a view its own CORS policy.

    ``cors(policy)`` and ``cors("name")`` take a policy as it is, or refined by the settings given
    with it; settings alone are a whole policy; ``cors(None)`` keeps CORS away from the view.
    Decorators between the mark and the route have to use :func:`functools.wraps`.

    >>> @cors(allow_origins=["https://app.example"], expose_headers=["ETag"])
    ... def items():
    ...     return "…"

    :param base: a policy, the name of one that the app defines, or ``None``.
    :raises TypeError: if the mark could not act: without arguments, on something that is no view,
        or over another mark.
    :raises PolicyError: if the policy cannot work. A name is looked up when the app first
        answers.
    """
    check_names("cors", settings)
    mark = _make_mark(base, settings)

    def write(view: View) -> View:
        _check_view(view, mark)
        try:
            setattr(view, ATTRIBUTE, mark)
        except AttributeError:
            raise TypeError(
                f"{view!r} cannot carry a mark; give it a policy in the app's endpoints table"
            ) from None
        with suppress(TypeError):  # what takes no weak reference is no decorated function
            _marked[id(view)] = view
        return view

    return write


class MethodOf(NamedTuple):
    """One method of a class as a view, for frameworks whose routers know which one serves."""

    view_class: type
    method_name: str
    function: object = None
    """The method itself, where the router has it and the class may not, by that name."""
    view: object = None
    """What the framework made of the class, if a mark may be on that too."""


Carrier = Literal["method", "view", "class"]
"""What a mark is written on: one method of a class-based view, a view, or its class."""


def find_mark(view: object, method: str) -> Mark | None:
    """Return the mark of the code that serves ``method``; the nearest to that code wins.

    That is, for class-based views: the method's own, then the view's (from the class's
    ``decorators``), then the class's.
    """
    found = find_carrier(view, method)
    return None if found is None else found[1]


def find_carrier(view: object, method: str) -> tuple[Carrier, Mark] | None:
    """Return the same mark with what it is written on."""
    view_class: object = getattr(view, "view_class", None)
    for carrier, candidate in _carriers(view, view_class, method):
        mark = getattr(candidate, ATTRIBUTE, None)
        if isinstance(mark, Mark):
            return carrier, mark
    return None


def code_of(view: object, method: str) -> object:
    """Return the function that serves ``method``, without its decorators."""
    view_class: object = getattr(view, "view_class", None)
    if view_class is None:
        return inspect.unwrap(view) if callable(view) else view
    methods = (function for _, function in _carriers(view, view_class, method))
    return next((inspect.unwrap(m) for m in methods if callable(m)), view_class)


def view_marks(view: object) -> Iterator[Mark]:
    """Yield every mark that a view carries, for whatever method."""
    candidates = [view]
    if isinstance(view, MethodOf):
        candidates = [carrier for _, carrier in _carriers(view, view.view_class, "")]
    elif (view_class := getattr(view, "view_class", None)) is not None:
        candidates += [view_class, *dict(inspect.getmembers_static(view_class)).values()]
    for candidate in candidates:
        # Statically: a class may hold proxies, which raise for any attribute outside a request.
        mark = inspect.getattr_static(candidate, ATTRIBUTE, None)
        if isinstance(mark, Mark):
            yield mark


def carries_mark(view: object) -> bool:
    """Tell whether a mark speaks for every method of a view."""
    if isinstance(view, MethodOf):
        return find_mark(view, "") is not None
    view_class: object = getattr(view, "view_class", None)
    return any(isinstance(getattr(c, ATTRIBUTE, None), Mark) for c in (view, view_class))


def all_marked() -> list[Any]:
    """Return whatever carries a mark, and ``None`` for what goes meanwhile."""
    # Its values() would stumble over a view that another thread marks just then.
    return [reference() for reference in _marked.valuerefs()]


def _carriers(view: object, view_class: object, method: str) -> Iterable[tuple[Carrier, object]]:
    if view_class is None:
        return [("view", view)]
    names = [method.lower(), "dispatch_request"]
    if isinstance(view, MethodOf):
        if view.function is not None:
            return [("method", view.function), ("view", view), ("class", view_class)]
        names = [view.method_name]
    elif method == "HEAD" and not hasattr(view_class, "head"):  # answered by get(), as Flask does
        names.insert(1, "get")
    carriers: list[tuple[Carrier, object]] = [
        ("method", getattr(view_class, name, None)) for name in names
    ]
    own = view.view if isinstance(view, MethodOf) else view
    return [*carriers, ("view", own), ("class", view_class)]


_NO_BASE: Final = (
    "cors() needs a policy: write @cors(policy), @cors('name'), @cors(None), "
    'or @cors(allow_origins=["https://app.example"])'
)


def _make_mark(base: object, settings: Settings) -> Mark:
    if isinstance(base, Policy):
        return Mark(base.derive(**settings) if settings else base)
    if isinstance(base, str):
        if not base.isidentifier():
            raise TypeError(
                f"{base!r} is no name of a policy; "
                f"for an origin, write @cors(allow_origins=[{base!r}])"
            )
        return Mark(base, settings)
    if base is None:
        if settings:
            raise TypeError("cors(None) means no CORS and takes no settings; leave out the None")
        return Mark(None)
    if base is _Unset.BASE:
        if not settings:
            raise TypeError(_NO_BASE)
        return Mark(Policy(**settings))
    if callable(base):
        raise TypeError(f"{base!r} was given to cors itself. {_NO_BASE}")
    if isinstance(base, list | tuple | set):
        raise TypeError(f"{base!r} is no policy; for origins, write @cors(allow_origins={base!r})")
    raise TypeError(f"{base!r} is no policy. {_NO_BASE}")


def _check_view(view: object, mark: Mark) -> None:
    """Refuse what a mark has no effect on."""
    if not callable(view):
        raise TypeError(f"cors marks views, and {view!r} is none; write the mark above a function")
    if hasattr(view, "wsgi_app"):
        raise TypeError(f"cors marks views; for a whole app write CORS({view!r}, policy)")
    if not inspect.isclass(view) and _is_wsgi_app(view):
        raise TypeError(
            f"{view!r} is a WSGI app, and no router would find its mark; write @wrap(policy)"
        )
    # A class inherits its parent's mark and may replace it: only its own counts here.
    other = getattr(view, "__dict__", {}).get(ATTRIBUTE)
    if other is not None and other != mark:
        raise TypeError(
            f"{view!r} already carries another mark, {other.base!r}; keep one, or take both away "
            f"and give each of its endpoints a policy in the app's endpoints table"
        )


def _is_wsgi_app(view: Callable[..., object]) -> bool:
    """Tell by what it takes, or by WebOb's class, which does not say."""
    kinds = inspect.getmro(type(view))
    if any((kind.__module__, kind.__name__) == ("webob.dec", "wsgify") for kind in kinds):
        return True
    try:
        return [*inspect.signature(view).parameters][-2:] == ["environ", "start_response"]
    except (TypeError, ValueError):  # some built-in callables have no signature
        return False
