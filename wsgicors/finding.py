"""Finding what decides for an app, wherever its framework keeps it."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from .resolving import Resolver

KEY = "wsgicors"
"""The key under which Flask's extensions and Pyramid's registry have the resolver of an app."""


def find_resolver(app: object) -> Resolver | None:
    """Return the resolver of a wrapper, or of the app of a framework that has an adapter."""
    return next((found for found in _kept(app) if isinstance(found, Resolver)), None)


def _kept(app: Any) -> Iterator[object]:
    for table in (getattr(app, "extensions", None), getattr(app, "registry", None)):
        if isinstance(table, Mapping):
            yield cast("Mapping[str, object]", table).get(KEY)
    # Bottle's wrapper; what calls Django's first middleware has the attributes of that; ours.
    for owner in (getattr(app, "wsgi", None), getattr(app, "_middleware_chain", None), app):
        yield getattr(owner, "resolver", None)
