"""``cors``: the decorator that stores a policy on a view.

The decorator sets one attribute of the view, the mark. It neither wraps nor changes the view, so
other decorators may be above or below it: those that use :func:`functools.wraps` copy the mark.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, ClassVar, Final, TypeVar, Unpack, cast
from weakref import WeakValueDictionary

from ._core.places import Place, calling_place
from ._core.policy import Policy, Settings, check_names

ATTRIBUTE = "__cors__"

View = TypeVar("View", bound=Callable[..., object])

_marked: "WeakValueDictionary[int, Any]" = WeakValueDictionary()
"""Every object that has a mark, by its id."""

_kept: dict[int, Any] = {}
"""The few such objects that take no weak reference."""

_unread: "WeakValueDictionary[int, Mark]" = WeakValueDictionary()
"""Marks that no app with CORS has read yet, by their id."""

mark_listeners: "list[Callable[[], None]]" = []
"""Functions to call when a view is decorated."""


class _Unset(Enum):
    BASE = "no base given"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Mark:
    """What :func:`cors` stored on a view: a policy, the name of a policy to refine, or no CORS."""

    is_in_use: ClassVar[bool] = False
    """Whether this process has made a mark: before that, no view has one."""

    base: Policy | str | None
    changes: Settings = field(default_factory=Settings)
    """Settings to replace in the policy that ``base`` names."""
    place: Place | None = field(default=None, compare=False, repr=False)
    """The line of the decorator, if its settings or its policy are written there."""
    is_elsewhere: bool = field(default=False, compare=False, repr=False)
    """Whether that line is not above the view, as in ``api = cors(...)``."""

    def __post_init__(self) -> None:
        Mark.is_in_use = True


def cors(
    base: Policy | str | _Unset | None = _Unset.BASE, **settings: Unpack[Settings]
) -> Callable[[View], View]:
    """Give a view its own CORS policy.

    ``cors(policy)`` and ``cors("name")`` use a policy as it is, or with some settings replaced.
    Settings alone are a whole policy. ``cors(None)`` means no policy, even if the app has a
    default: no page can read the response, unless the app writes CORS headers itself. Decorators
    between ``cors`` and the route must use :func:`functools.wraps`.

    >>> @cors(allow_origins=["https://app.example"], expose_headers=["ETag"])
    ... def items():
    ...     return "…"

    :param base: a policy, the name of a policy of the app, or ``None``.
    :param settings: settings of a new policy, or replaced in ``base``: ``allow_origins``,
        ``allow_methods``, ``allow_headers``, ``expose_headers``, ``allow_credentials``, ``max_age``
        and ``accept_risks``. :class:`wsgicors.Policy` describes them.
    :raises TypeError: without arguments, on an object that is not a view, or on a view that has
        another policy already.
    :raises PolicyError: if the policy cannot work. A name is looked up at the app's first request.
    """
    check_names("cors", settings)
    mark = _make_mark(base, settings)

    def decorate(view: View) -> View:
        _check_view(view, mark)
        # One per view, so that each can be found unread.
        own = replace(mark, is_elsewhere=_is_elsewhere(mark.place, view))
        try:
            setattr(view, ATTRIBUTE, own)
        except AttributeError:
            raise TypeError(
                f"{view!r} cannot be decorated with @cors, because it takes no attributes; "
                f"add it to the app's endpoints table"
            ) from None
        try:
            _marked[id(view)] = view
        except TypeError:
            _kept[id(view)] = view
        if own.base is not None:
            _unread[id(own)] = own
        for listener in mark_listeners:
            listener()
        return view

    return decorate


def all_marked() -> list[Any]:
    """Return every object that has a mark; ``None`` for one that is being discarded."""
    # values() would raise if another thread decorated a view at the same time.
    return [*(reference() for reference in _marked.valuerefs()), *_kept.copy().values()]


def note_read(mark: object) -> None:
    """Note that an app with CORS has read a mark."""
    _unread.pop(id(mark), None)


def has_unread_marks() -> bool:
    """Return whether a view is decorated, and no app with CORS is known to have it."""
    return bool(_unread)


_NO_BASE: Final = (
    "cors() needs a policy: use @cors(policy), @cors('name'), @cors(None), "
    'or @cors(allow_origins=["https://app.example"])'
)


def _make_mark(base: object, settings: Settings) -> Mark:
    if isinstance(base, Policy):
        return _of_policy(base.derive(**settings) if settings else base)
    if isinstance(base, str):
        if not base.isidentifier():
            raise TypeError(
                f"{base!r} is not a policy name; for an origin, use @cors(allow_origins=[{base!r}])"
            )
        return Mark(base, settings, calling_place() if settings else None)
    if base is None:
        if settings:
            raise TypeError("cors(None) means no CORS and takes no settings; remove the None")
        return Mark(None)
    if base is _Unset.BASE:
        if not settings:
            raise TypeError(_NO_BASE)
        return _of_policy(Policy(**settings))
    if callable(base):
        raise TypeError(f"@cors was applied to {base!r} without a policy. {_NO_BASE}")
    if isinstance(base, list | tuple | set):
        raise TypeError(f"{base!r} is not a policy; for origins, use @cors(allow_origins={base!r})")
    raise TypeError(f"{base!r} is not a policy. {_NO_BASE}")


def _of_policy(policy: Policy) -> Mark:
    """Return the mark of a decorator with a policy, which may be written there or elsewhere."""
    here = calling_place()
    return Mark(policy, place=here if here == policy.place else None)


def _is_elsewhere(place: Place | None, view: object) -> bool:
    """Return whether the decorator that is applied now is not written above its view."""
    if place is None:
        return False
    return place.module != getattr(view, "__module__", "") or place != calling_place()


def _check_view(view: object, mark: Mark) -> None:
    """Reject an object on which ``cors`` has no effect."""
    if inspect.ismethod(view):
        raise TypeError(
            f"{view!r} is bound to an object already, so @cors cannot decorate it; put @cors above "
            f"the method or its class, or use decorators = [cors(...)], not method_decorators"
        )
    if isinstance(view, staticmethod | classmethod):
        name = type(cast("object", view)).__name__
        raise TypeError(
            f"@cors cannot decorate {view!r}, because frameworks see only the method below "
            f"@{name}; put @cors below @{name}"
        )
    if _is_dummy_of_django(view):
        raise TypeError(
            "method_decorator(cors(...)) would decorate the method again for each request; put "
            "@cors directly on the method or class, without method_decorator"
        )
    if not callable(view):
        raise TypeError(
            f"@cors is for views, and {view!r} is not callable; put it above a function or class"
        )
    if hasattr(view, "wsgi_app"):
        raise TypeError(f"@cors is for views; for a whole app use CORS({view!r}, policy)")
    if not inspect.isclass(view) and _is_wsgi_app(view):
        raise TypeError(
            f"{view!r} is a WSGI app, and @cors is for views that a router finds; use @wrap(policy)"
        )
    # A class may replace the mark that it inherits, so only its own counts here.
    other = getattr(view, "__dict__", {}).get(ATTRIBUTE)
    if other is not None and (other, _trial_of(other)) != (mark, _trial_of(mark)):
        raise TypeError(
            f"{view!r} already has @cors({other.base!r}); keep one of the two, or remove both and "
            f"add its endpoints to the app's endpoints table"
        )


def _trial_of(mark: Mark) -> Policy | None:
    """Return the trial of a mark's policy: policies with different trials are equal."""
    return mark.base.trial if isinstance(mark.base, Policy) else None


def _is_dummy_of_django(view: object) -> bool:
    """Return whether a function is the one that Django's ``method_decorator`` decorates first."""
    name = getattr(view, "__module__", None), getattr(view, "__qualname__", None)
    return name == ("django.utils.decorators", "_update_method_wrapper.<locals>.dummy")


def _is_wsgi_app(view: Callable[..., object]) -> bool:
    """Return whether a callable has the parameters of a WSGI app, or is WebOb's ``wsgify``."""
    kinds = inspect.getmro(type(view))
    if any((kind.__module__, kind.__name__) == ("webob.dec", "wsgify") for kind in kinds):
        return True
    try:
        return [*inspect.signature(view).parameters][-2:] == ["environ", "start_response"]
    except (TypeError, ValueError):  # some built-in callables have no signature
        return False
