"""What Cornice's services and resources are for Pyramid, which sees only functions around them."""

import inspect
from collections.abc import Mapping
from typing import Any

from ._decorator import MethodOf


def is_error_view(view: Any) -> bool:
    """Return whether Cornice answers with this view what no other view of a service serves."""
    return _module_of(view) == "cornice.pyramidhook" and view.__name__ == "_fallback_view"


def method_of_resource(view: Any) -> MethodOf | None:
    """Return the method of a class that a view of Cornice calls; ``None`` for a function."""
    if _module_of(view) != "cornice.service":
        return None
    inside: Mapping[str, Any] = inspect.getclosurevars(view).nonlocals
    named, view_class = inside["view"], inside["args"].get("klass")
    if view_class is None or callable(named):
        return None
    # A resource gives the method, and a service its name.
    function: Any = getattr(named, "unbound_view", None) or getattr(view_class, str(named).lower())
    return MethodOf(view_class, function.__name__, function)


def services_with_cors(registry: object) -> set[str]:
    """Return the routes of the services for which Cornice itself writes CORS headers."""
    services: Mapping[str, Any] = getattr(registry, "cornice_services", {})
    return {s.pyramid_route or s.name for s in services.values() if s.cors_enabled}


def _module_of(function: Any) -> object:
    """Return the module that defines a function, also where ``update_wrapper`` names another."""
    return getattr(function, "__globals__", {}).get("__name__")
