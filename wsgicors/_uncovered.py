"""Apps of frameworks whose CORS is not switched on, and how to do that."""

import inspect
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, NamedTuple

from ._marks import MethodOf, view_marks
from ._wrappers import Served, is_django, look_through, with_cors

FRAMEWORKS = {
    "bottle": ("install", "call app.install(CORS())"),
    "django": ("load_middleware", "put 'wsgicors.django.CORSMiddleware' first in MIDDLEWARE"),
    "falcon": ("add_sink", "call CORS(app), and use the app that it returns"),
    "flask": ("view_functions", "call CORS(app) right after the app is created"),
    "pyramid": ("registry", "call CORS(config) before the app is created, or CORS(app)"),
}
"""For each framework an attribute that only its apps have, and how CORS is switched on."""


class Uncovered(NamedTuple):
    """An app of a framework without CORS."""

    app: object
    framework: str

    @property
    def advice(self) -> str:
        """What switches CORS on."""
        return FRAMEWORKS[self.framework][1]

    def has_policies(self) -> bool:
        """Return whether views of the app are decorated with ``cors``, to no effect."""
        views: Iterable[object] = ()
        with suppress(Exception):  # of the app, or because another library covers it
            views = [*_views_of(self)]
        return any(any(view_marks(view)) for view in views)


def find_uncovered(apps: Sequence[Served]) -> Uncovered | None:
    """Return the app of a framework that has no CORS; ``None`` if there is CORS, or no such app.

    :param apps: what :func:`.look_through` has found.
    """
    if with_cors(apps):
        return None
    found = (Uncovered(one.app, name) for one in apps if (name := _framework_of(one.app)))
    return next((one for one in found if not _has_hidden_cors(one)), None)


def find_ineffective(app: object) -> Uncovered | None:
    """Return the app whose decorated views have no CORS, because it is not switched on."""
    found = find_uncovered(look_through(app))
    return found if found is not None and found.has_policies() else None


def _framework_of(app: object) -> str:
    packages = {base.__module__.partition(".")[0] for base in type(app).__mro__}
    for name, (attribute, _) in FRAMEWORKS.items():
        with suppress(Exception):  # a proxy may raise for any attribute
            if name in packages and hasattr(app, attribute):
                return name
    return ""


def _has_hidden_cors(found: Uncovered) -> bool:
    """Return whether a Django project has CORS inside of middleware that cannot be followed."""
    adapter: Any = sys.modules.get("wsgicors.django")  # only what Django has imported
    return bool(adapter and is_django(found.app) and adapter.resolver_of_settings())


def _views_of(found: Uncovered) -> Iterator[object]:
    app: Any = found.app
    if found.framework == "flask":
        yield from app.view_functions.values()
    elif found.framework == "bottle":
        yield from (route.callback for route in app.routes)
    elif found.framework == "pyramid":
        for each in app.registry.introspector.get_category("views", ()):
            view, attribute = (each["introspectable"][name] for name in ("callable", "attr"))
            yield MethodOf(view, attribute or "__call__") if inspect.isclass(view) else view
    else:
        adapter: Any = import_module(f"wsgicors.{found.framework}")
        is_falcon = found.framework == "falcon"
        resolver = adapter.FalconResolver(app, {}, None) if is_falcon else adapter.DjangoResolver()
        yield from (view for _, view in resolver.views())
