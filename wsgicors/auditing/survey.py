"""Every route of an app with its policy, and decorated views that no route reaches."""

import gc
from collections.abc import Iterable, Mapping

from .._core.headers import SAFELISTED_METHODS
from .._decorator import code_of
from .._introspection import Row, Survey, place_of
from .._registry import PolicyRegistry
from .._resolver import Resolver, django_middleware, find_resolver
from ..routing import RouterResolver, RouteTarget, Target


def survey(app: object) -> Survey:
    """List every route of an app with its policy, and where the policy comes from.

    :param app: the app of a framework that has an adapter, or a :class:`wsgicors.CORSMiddleware`.
    :raises TypeError: if it is neither, or its resolver cannot list its routes.
    :raises PolicyError: if the policies of the app cannot work.
    """
    resolver = _resolver_of(app)
    if isinstance(resolver, RouterResolver):
        return survey_router(resolver)
    found = resolver.survey()
    if found is None:
        raise TypeError(
            f"the resolver of {app!r:.80} cannot list its routes; give it a method survey() "
            f"that returns a wsgicors.auditing.Survey"
        )
    return found


def survey_router(resolver: RouterResolver) -> Survey:
    """List every method of every route that a router knows.

    :raises PolicyError: if the policies of the app cannot work.
    """
    gc.collect()  # so that views of discarded apps are not reported
    registry = resolver.read_registry()
    routes = [*resolver.routes()]
    strays, layers = [*resolver.strays(routes)], [*resolver.other_layers()]
    return Survey(_rows(registry, routes), strays, resolver.debug, layers)


def _resolver_of(app: object) -> Resolver:
    resolver = find_resolver(app)
    if resolver is not None:
        return resolver
    if middleware := [*django_middleware(app)]:
        *_, last = middleware
        name = getattr(last, "__qualname__", type(last).__qualname__)
        raise TypeError(
            f"{app!r:.80} has no CORS that can be found: its middleware was followed to {name}. "
            f"Use 'wsgicors.django.CORSMiddleware' in MIDDLEWARE. If it is there, put it before "
            f"{name}, or keep the next middleware in {name} under the name get_response"
        )
    if hasattr(app, "extensions"):  # a Flask app
        raise TypeError(f"{app!r:.80} has no CORS; call CORS(app) right after the app is created")
    if hasattr(app, "registry"):  # a Pyramid app
        raise TypeError(
            f"{app!r:.80} has no CORS; call CORS(config) before the app is created, or CORS(app)"
        )
    raise TypeError(
        f"{app!r:.80} is not an app with CORS; use the app that has CORS, or the CORSMiddleware "
        f"itself, not a wrapper around it"
    )


def _rows(registry: PolicyRegistry, routes: Iterable[RouteTarget]) -> list[Row]:
    """Return a row for each method of each URL, or for each policy that it may have.

    The first route that serves both counts, and the next ones if that route has a condition.
    """
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for url, methods, target in routes:
        for method in sorted(methods, key=_safelisted_first):
            rows = found.setdefault((url, method), {})
            if "" in rows:
                continue
            row = _row(registry, url, method, target)
            if not target.condition or all(row.policy != other.policy for other in rows.values()):
                rows.setdefault(target.condition, row)
    return [row for rows in found.values() for row in _labelled(rows)]


def _labelled(rows: Mapping[str, Row]) -> Iterable[Row]:
    """Return rows that are given by condition, with that in their URL if the policies differ."""
    first, *others = rows.values()
    if all(other.policy == first.policy for other in others):
        return [first]
    labels = {condition or "otherwise": row for condition, row in rows.items()}
    return [
        row._replace(url=f"{row.url} ({label})", condition=label) for label, row in labels.items()
    ]


def _row(registry: PolicyRegistry, url: str, method: str, target: Target) -> Row:
    if target.redirect is not None:
        name, place = target.redirect, ""
        if not isinstance(name, str):
            name, place = "", place_of(name)
        return Row(url, method, str(target.endpoint), None, "redirect", name, place)
    registry = target.registry or registry
    kind, name, policy = registry.source_of(target.endpoint, target.view, method)
    place, table = place_of(code_of(target.view, method)), registry.tables["endpoints"]
    return Row(url, method, str(target.endpoint), policy, kind, name, place, table)


def _safelisted_first(method: str) -> tuple[bool, str]:
    return method not in SAFELISTED_METHODS, method
