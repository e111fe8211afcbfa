"""Marks that no request finds, for the log and the audit to tell of."""

import inspect
from collections.abc import Collection, Iterable, Iterator

from .marks import MethodOf, all_marked, carries_mark


def stray_marks(views: Collection[object]) -> Iterator[object]:
    """Yield what is marked in vain: a decorated view whose route lies below the decorator.

    The router then has the view from before it was decorated, and never sees the mark.
    """
    registered = {id(view) for view in views}
    for marked in all_marked():
        view = marked
        while id(view) not in registered and hasattr(view, "__wrapped__"):
            view = view.__wrapped__
        if view is not marked and id(view) in registered and not carries_mark(view):
            yield marked


def unreached_marks(views: Iterable[object], packages: Collection[str]) -> Iterator[object]:
    """Yield what is marked, in these packages, and serves no request to any of these views."""
    reached: set[int] = set()
    for view in views:
        candidates = [view, type(view)]
        if inspect.ismethod(view):
            candidates.append(view.__func__)
        if isinstance(view, MethodOf):
            candidates += [view.function, view.view]
        if (view_class := getattr(view, "view_class", None)) is not None:
            candidates += inspect.getmro(view_class)
            candidates += dict(inspect.getmembers_static(view_class)).values()
        for candidate in candidates:
            while candidate is not None:
                reached.add(id(candidate))
                candidate = inspect.getattr_static(candidate, "__wrapped__", None)
    for marked in all_marked():
        package = str(getattr(marked, "__module__", "")).partition(".")[0]
        if package in packages and id(marked) not in reached:
            yield marked
