"""Listing the routes of an app and its marks, for people to read."""

from collections.abc import Collection, Iterable, Iterator

from .core.headers import SAFELISTED_METHODS
from .landing import Target
from .marks import code_of
from .sources import place_of
from .strays import stray_marks, unreached_marks
from .surveying import Row, Stray
from .tables import Tables

Listed = tuple[str, Iterable[str], Target]
"""A route: its URL, its methods and its view."""


def list_rows(tables: Tables, routes: Iterable[Listed]) -> Iterable[Row]:
    """Tell every method of every route; of two routes alike the first counts."""
    rows: dict[tuple[str, str], Row] = {}
    for url, methods, target in routes:
        for method in sorted(methods, key=_reading_first):
            rows.setdefault((url, method), _row(tables, url, method, target))
    return rows.values()


def find_strays(
    routes: Iterable[Listed],
    views: Iterable[tuple[object, object]],
    others: Collection[object],
    packages: set[str],
) -> Iterator[Stray]:
    """Yield the marks that reach no route.

    :param views: all views of the app, be there a route for them or not, with their endpoints.
    :param others: the views of other apps in the process.
    :param packages: those whose marks are the app's, beside those of its views.
    """
    mine = [target.view for _, _, target in routes]
    modules = (str(getattr(view, "__module__", "")) for view in mine)
    above = [*stray_marks([view for _, view in views])]
    owned = packages | {module.partition(".")[0] for module in modules}
    for marked in unreached_marks([*mine, *others], owned):
        name = getattr(marked, "__qualname__", repr(marked))
        yield Stray(name, place_of(code_of(marked, "")), any(marked is one for one in above))


def _row(tables: Tables, url: str, method: str, target: Target) -> Row:
    if target.redirect is not None:
        name, place = target.redirect, ""
        if not isinstance(name, str):
            name, place = "", place_of(name)
        return Row(url, method, str(target.endpoint), None, "redirect", name, place)
    its = target.tables or tables
    kind, name, policy = its.source_of(target.endpoint, target.view, method)
    place, table = place_of(code_of(target.view, method)), its.spell("endpoints")
    return Row(url, method, str(target.endpoint), policy, kind, name, place, table)


def _reading_first(method: str) -> tuple[bool, str]:
    return method not in SAFELISTED_METHODS, method
