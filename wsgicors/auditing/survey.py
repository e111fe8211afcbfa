"""Every route of an app with its policy, and decorated views that no route reaches."""

import gc
from collections.abc import Iterable

from .._core.headers import SAFELISTED_METHODS
from .._decorator import code_of
from .._introspection import Row, Survey, place_of
from .._registry import PolicyRegistry
from .._resolver import Resolver, find_resolver
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
    if hasattr(app, "extensions"):  # a Flask app
        raise TypeError(f"{app!r:.80} has no CORS; call CORS(app) right after the app is created")
    if hasattr(app, "registry"):  # a Pyramid app
        raise TypeError(f"{app!r:.80} has no CORS; call CORS(config) before the app is created")
    raise TypeError(
        f"{app!r:.80} is not an app with CORS; use the app that has CORS, or the CORSMiddleware "
        f"itself, not a wrapper around it"
    )


def _rows(registry: PolicyRegistry, routes: Iterable[RouteTarget]) -> list[Row]:
    """Return a row for each method of each URL; the first route that serves both counts."""
    rows: dict[tuple[str, str], Row] = {}
    for url, methods, target in routes:
        for method in sorted(methods, key=_safelisted_first):
            rows.setdefault((url, method), _row(registry, url, method, target))
    return [*rows.values()]


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
