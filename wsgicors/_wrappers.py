"""Finds the resolver of an app inside the wrappers around it, for the audit and ``explain``.

The search follows attributes, the variables of functions, and mounts. It calls no app, but reading
an attribute may run a property, and an attribute that raises counts as missing.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ._resolver import Resolver, find_resolver

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

MAX_OBJECTS = 200
"""The most objects at which a search looks."""

_INNER = re.compile(r"(app|application|chain|get_response|handler|inner|next|wrapped(__)?|wsgi)\Z")
"""How the names end under which wrappers keep what they wrap."""


class Served(NamedTuple):
    """An app that another app serves, or the app itself."""

    app: object
    mount: str = ""
    """The path at which it is mounted."""
    resolver: Resolver | None = None
    """Its resolver; ``None`` if it is looked through, to what it wraps."""


def look_through(app: object) -> list[Served]:
    """Return an app and what it wraps, from the outside to the outermost apps with a resolver."""
    found, seen = [Served(app)], {id(app)}
    for number, served in enumerate(found):  # the loop adds to this list
        resolver = None
        with suppress(Exception):  # a proxy may raise for any attribute, outside a request
            resolver = find_resolver(served.app)
        if resolver is not None:
            found[number] = served._replace(resolver=resolver)
            continue
        for inner in _inside(served):
            is_app = callable(inner.app) and not _is_a(inner.app, type)
            if is_app and id(inner.app) not in seen and len(found) < MAX_OBJECTS:
                seen.add(id(inner.app))
                found.append(inner)
    return found


def with_cors(apps: Iterable[Served]) -> list[Served]:
    """Return the apps with a resolver, each resolver once."""
    return [*{one.resolver: one for one in apps if one.resolver is not None}.values()]


def apps_at(app: object, path: str) -> list[Served]:
    """Return the apps with a resolver that may serve a path: one, unless an app chooses."""
    apps = look_through(app)
    mount = max((m for _, m, _ in apps if f"{path}/".startswith(f"{m}/")), key=len)
    return with_cors(one for one in apps if one.mount == mount)


def enter(app: object, environ: "WSGIEnvironment") -> "tuple[Resolver, WSGIEnvironment] | None":
    """Return the resolver that decides about a request, and the environ as it sees that request.

    :returns: ``None`` unless exactly one app with a resolver may serve the path.
    """
    apps = apps_at(app, environ["PATH_INFO"]) or _of_settings(app)
    if len(apps) != 1:
        return None
    _, mount, resolver = apps[0]
    path = environ["PATH_INFO"].removeprefix(mount)
    return cast("Resolver", resolver), {**environ, "SCRIPT_NAME": mount, "PATH_INFO": path}


def is_django(app: object) -> bool:
    """Return whether an app is the handler of a Django project."""
    return hasattr(type(app), "load_middleware")


def _of_settings(app: object) -> list[Served]:
    """Return a Django project with CORS whose middleware ends before that of wsgicors."""
    adapter: Any = sys.modules.get("wsgicors.django")  # only what Django has imported
    handlers = [one for one in look_through(app) if adapter and is_django(one.app)]
    found = [one._replace(resolver=adapter.resolver_of_settings()) for one in handlers]
    return with_cors(found)


def _inside(served: Served) -> Iterator[Served]:
    """Yield what an app may wrap."""
    app: Any = served.app
    if _is_a(app, MethodType):
        yield served._replace(app=app.__self__)
        return
    names: list[str] = []
    with suppress(Exception):
        names = [name for name in dir(app) if _INNER.search(name)]
    for inner in [*_variables(app), *(_get(app, name) for name in names)]:
        yield served._replace(app=inner)
    attributes: Mapping[str, object] = _get(app, "__dict__") or {}
    for table in attributes.values():
        if _is_a(table, Mapping):
            for prefix, mounted in cast("Mapping[object, object]", table).items():
                if isinstance(prefix, str) and prefix.startswith("/"):
                    yield Served(mounted, served.mount + prefix.rstrip("/"))


def _variables(app: Any) -> Iterator[object]:
    """Yield what a function refers to in the functions around it, and apps of its module."""
    if _is_a(app, partial):
        yield from (app.func, *app.args, *app.keywords.values())
    elif _is_a(app, FunctionType):
        for cell in app.__closure__ or ():
            with suppress(ValueError):  # the cell is empty
                yield cell.cell_contents
        for name in app.__code__.co_names:
            if _INNER.search(name):
                yield app.__globals__.get(name)


def _is_a(owner: object, kind: type) -> bool:
    """Return whether something has a type; a proxy may raise for its class too."""
    with suppress(Exception):
        return isinstance(owner, kind)
    return False


def _get(owner: object, name: str) -> Any:
    """Return an attribute, or ``None``: a proxy may raise for any, outside a request."""
    with suppress(Exception):
        return getattr(owner, name, None)
    return None
