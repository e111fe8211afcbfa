"""Every route of an app with its policy, and decorated views that no route reaches."""

import gc
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import cast

from .._core.headers import SAFELISTED_METHODS
from .._core.places import Place
from .._frameworks import app_with
from .._introspection import OTHER_URLS, Row, Survey, format_place, is_installed_code, place_of
from .._marks import code_of
from .._registry import PolicyRegistry
from .._resolver import Resolver
from .._wrappers import find_uncovered, is_django, look_through, with_cors
from ..routing import RouterResolver, Target
from ..routing._listing import RouteTarget
from .about import about

TABLE_OF_KIND = {"endpoints": "endpoints", "blueprint": "blueprints", "default": "policies"}
"""The table that gives a policy to a route, by the kind of its source."""

PlaceOfTable = Callable[[str], Place | None]
"""Finds the line that has a table."""

MAX_SHOWN = 5
"""The most wrapped apps that an error names."""


def survey(app: object) -> Survey:
    """List every route of an app with its policy, and where the policy comes from.

    :param app: the app of a framework that has an adapter, or a :class:`wsgicors.CORSMiddleware`;
        or a wrapper around one of them.
    :raises TypeError: if it is none of these, serves several of them, or its resolver cannot list
        its routes.
    :raises PolicyError: if the policies of the app cannot work.
    """
    resolver = _resolver_of(app)
    found = survey_router(resolver) if isinstance(resolver, RouterResolver) else resolver.survey()
    if found is None:
        raise TypeError(
            f"the resolver of {app!r:.80} cannot list its routes; give it a method survey() "
            f"that returns a wsgicors.auditing.Survey"
        )
    rows, other = [_with_place(row) for row in found.rows], found.other_urls
    # Resolvers of frameworks with a debug mode override the property.
    has_debug_mode = type(resolver).debug is not Resolver.debug
    other = other and _with_place(other)
    return found._replace(rows=rows, other_urls=other, has_debug_mode=has_debug_mode)


def _with_place(row: Row) -> Row:
    """Return a row that says where its policy is written."""
    return row._replace(policy_place="" if row.policy is None else format_place(row.policy.place))


def survey_router(resolver: RouterResolver) -> Survey:
    """List every method of every route that a router knows.

    :raises PolicyError: if the policies of the app cannot work.
    """
    gc.collect()  # so that views of discarded apps are not reported
    registry = resolver.read_registry()
    routes = [*resolver.routes()]
    place_of_table = cache(resolver.place_of_table)  # Django looks for it in all modules
    return Survey(
        _rows(registry, routes, place_of_table),
        [*resolver.strays(routes)],
        resolver.debug,
        [*resolver.other_layers()],
        registry.named,
        about(resolver),
        _row_of_other_urls(registry, place_of_table),
    )


def _resolver_of(app: object) -> Resolver:
    apps = look_through(app)
    found = with_cors(apps)
    if found[1:] or any(one.mount for one in found):
        several = ", ".join(f"{one.app!r:.80}{one.mount and f' at {one.mount}'}" for one in found)
        raise TypeError(f"{app!r:.80} serves other apps; use one that has CORS: {several}")
    if found:
        return cast("Resolver", found[0].resolver)
    if uncovered := find_uncovered(apps):
        one, framework = uncovered
        what = "the Django project" if is_django(one) else f"{one!r:.80}"
        raise TypeError(f"{what} has no CORS; {framework.advice}")
    if any(is_django(one.app) for one in apps):
        last = apps[-1].app
        name = getattr(last, "__qualname__", type(last).__qualname__)
        raise TypeError(
            f"the CORS of the Django project cannot be found: its middleware was followed to "
            f"{name}. Put 'wsgicors.django.CORSMiddleware' before {name}, or keep the next "
            f"middleware in {name} under the name get_response"
        )
    if use := app_with(app):
        raise TypeError(f"{app!r:.80} is not an app; use {use}")
    inside = [one for one, _, _ in apps[1:] if getattr(one, "__self__", None) is not app]
    inner = ", ".join(f"{one!r:.80}" for one in inside[:MAX_SHOWN])
    wraps = f", and wsgicors finds none in what it wraps ({inner})" if inner else ""
    raise TypeError(
        f"{app!r:.80} is not an app with CORS{wraps}; use the app that has CORS, or the "
        f"CORSMiddleware itself"
    )


def _rows(
    registry: PolicyRegistry, routes: Iterable[RouteTarget], place_of_table: PlaceOfTable
) -> list[Row]:
    """Return a row for each method of each URL, or for each condition that chooses a view there.

    The first route that serves both counts, and the next ones if that route has a condition.
    """
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for url, methods, target in routes:
        for method in sorted(methods, key=_safelisted_first):
            rows = found.setdefault((url, method), {})
            if "" in rows:
                continue
            row = _row(url, method, target, target.registry or registry)
            if row.kind in TABLE_OF_KIND:
                table, other = TABLE_OF_KIND[row.kind], target.registry
                place = place_of_table(table) if other is None else other.place
                row = row._replace(source_place=format_place(place))
            rows.setdefault(target.condition, row)
    return [row for rows in found.values() for row in _labelled(rows)]


def _row_of_other_urls(registry: PolicyRegistry, place_of_table: PlaceOfTable) -> Row | None:
    """Return a row for URLs without a route, whose responses (404) have the default policy."""
    if registry.default is None:
        return None
    place = format_place(place_of_table("policies"))
    return Row(OTHER_URLS, "GET", "", registry.default, "404", source_place=place)


def _labelled(rows: Mapping[str, Row]) -> Iterable[Row]:
    """Return rows that are given by condition, with that in their URL if there are several."""
    if len(rows) == 1:
        return rows.values()
    labels = {condition or "otherwise": row for condition, row in rows.items()}
    return [
        row._replace(url=f"{row.url} ({label})", condition=label) for label, row in labels.items()
    ]


def _row(url: str, method: str, target: Target, registry: PolicyRegistry) -> Row:
    if target.redirect is not None:
        name, place = target.redirect, ""
        if not isinstance(name, str):
            name, place = "", place_of(name)
        return Row(url, method, str(target.endpoint), None, "redirect", name, place)
    kind, name, policy = registry.source_of(target.endpoint, target.view, method)[:3]
    code, table = code_of(target.view, method), registry.tables["endpoints"]
    row = Row(url, method, str(target.endpoint), policy, kind, name, place_of(code), table)
    package = _module_of(code).partition(".")[0] if is_installed_code(code) else ""
    view = str(getattr(code, "__qualname__", "")).rpartition("<locals>.")[2]
    return row._replace(package=package, view=view)


def _module_of(code: object) -> str:
    return str(getattr(code, "__module__", ""))


def _safelisted_first(method: str) -> tuple[bool, str]:
    return method not in SAFELISTED_METHODS, method
