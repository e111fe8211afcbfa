"""Finds the resolver of an app inside the wrappers around it, for the audit and ``explain``.

It also finds an app of a framework whose CORS is not switched on.

The search follows attributes, the variables of functions, and mounts. It calls no app, but reading
an attribute may run a property, and an attribute that raises counts as missing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ._frameworks import Framework, framework_of
from ._resolver import Resolver, find_resolver

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

MAX_OBJECTS = 200
"""The most objects at which a search looks."""

_INNER = re.compile(r"(app|application|chain|get_response|handler|inner|next|wrapped(__)?|wsgi)\Z")
"""How the names end under which wrappers keep what they wrap."""

configured_resolvers: dict[str, Callable[[], Resolver | None]] = {}
"""By framework, the function that finds a resolver by the settings of the project.

An adapter adds its function when it is imported. A project whose framework has not imported the
adapter does not use it.
"""


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
    apps = apps_at(app, environ["PATH_INFO"]) or with_cors(
        one._replace(resolver=_configured(one.app)) for one in look_through(app)
    )
    if len(apps) != 1:
        return None
    _, mount, resolver = apps[0]
    path = environ["PATH_INFO"].removeprefix(mount)
    return cast("Resolver", resolver), {**environ, "SCRIPT_NAME": mount, "PATH_INFO": path}


def find_uncovered(apps: Sequence[Served]) -> tuple[object, Framework] | None:
    """Return the app of a framework that has no CORS; ``None`` if there is CORS, or no such app.

    :param apps: what :func:`look_through` has found.
    """
    if with_cors(apps):
        return None
    for one in apps:
        framework = framework_of(one.app)
        if framework is not None and _configured(one.app) is None:
            return one.app, framework
    return None


def is_django(app: object) -> bool:
    """Return whether an app is the handler of a Django project."""
    framework = framework_of(app)
    return framework is not None and framework.name == "django"


def _configured(app: object) -> Resolver | None:
    """Return the resolver of a Django project with CORS in middleware that cannot be followed."""
    framework = framework_of(app)
    find = None if framework is None else configured_resolvers.get(framework.name)
    return None if find is None else find()


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
