"""Which names of a module may be those of an app or of a factory, for suggestions."""

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from .._decorator import ATTRIBUTE
from .._frameworks import framework_of
from .._wrappers import look_through, with_cors

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def names_of_apps(owner: object, is_called: bool) -> list[str]:
    """Return the names of what may be an app or its factory.

    A function without parameters may be a view as well, so it counts only if a call is wanted, or
    beside no app. A decorated view never does.

    :param owner: a module, or what else has attributes.
    :param is_called: whether the name of a factory is wanted.
    """
    members = {name: value for name, value in _members_of(owner).items() if callable(value)}
    apps = [name for name, value in members.items() if _is_app(value)]
    functions = {
        name: value
        for name, value in members.items()
        if inspect.isroutine(value) and not hasattr(value, ATTRIBUTE)
    }
    wsgi = [name for name, value in functions.items() if _required(value) == 2]
    classes = [name for name, value in members.items() if _makes_apps(value, owner)]
    factories = [name for name, value in functions.items() if _required(value) == 0]
    if is_called:
        return [*factories, *wsgi, *classes]
    return [*apps, *wsgi, *classes, *(() if apps else factories)]


def _members_of(owner: object) -> Mapping[str, Any]:
    """Return the attributes of an object, without its special ones."""
    found: dict[str, Any] = {}
    for name in dir(owner):
        if not name.startswith("_"):
            with suppress(Exception):  # a module may have code for its attributes
                found[name] = getattr(owner, name)
    return found


def _is_app(value: object) -> bool:
    """Return whether something is the app of a framework, or has CORS."""
    if inspect.isroutine(value) or inspect.isclass(value):
        return False  # a function may only refer to an app
    return framework_of(value) is not None or bool(with_cors(look_through(value)))


def _makes_apps(value: object, owner: object) -> bool:
    """Return whether something is a class of a module whose objects can be called."""
    if not inspect.isclass(value) or value.__module__ != getattr(owner, "__name__", ""):
        return False
    return any("__call__" in vars(base) for base in value.__mro__)


def _required(function: Callable[..., object]) -> int | None:
    """Return how many parameters a function needs, all by position; ``None`` for others."""
    with suppress(ValueError):  # some built-in functions have no signature
        parameters = inspect.signature(function).parameters.values()
        needed = [one for one in parameters if one.default is inspect.Parameter.empty]
        if all(one.kind in _POSITIONAL for one in needed):
            return len(needed)
    return None
