"""The names of callables in ``allow_origins``, with a digest of what they consist of."""

import functools
import re
from collections.abc import Iterator, Mapping, Set
from hashlib import sha256
from types import CodeType, FunctionType, MethodType
from typing import Any, cast

from .._introspection import is_installed_code

Seen = dict[int, object]
"""What has been read, or is being read, by its id: functions may use each other."""

PLAIN = (str, bytes, int, float, complex, bool, type(None), type(...))
"""The types whose representation is the same in each process."""


def name_callable(entry: object) -> str:
    """Return the name of a callable with a digest of its code, which no origin can equal.

    The digest covers its bytecode, the functions and plain values of the app that it uses, the
    arguments of a partial function and the attributes of an instance. It does not cover installed
    packages, compiled code, and objects of other types; and bytecode differs between versions of
    Python.
    """
    named: Any = entry if hasattr(entry, "__qualname__") else type(entry)
    name = f"callable {getattr(named, '__module__', 'builtins')}.{named.__qualname__}"
    if not _is_readable(getattr(entry, "__wrapped__", entry)):
        return f"{name} (its code cannot be compared)"
    return f"{name} (digest {_join(entry, {})[:12]})"


def _is_readable(entry: Any) -> bool:
    """Return whether a callable has code of the app, or arguments, that can be read."""
    if isinstance(entry, FunctionType):
        return not is_installed_code(entry)
    return isinstance(entry, (MethodType, functools.partial)) or not _is_opaque(type(entry))


def _is_opaque(kind: Any) -> bool:
    return kind.__module__ == "builtins" or is_installed_code(kind)


def _read(value: Any, seen: Seen) -> Iterator[str]:
    """Yield texts that are the same in each process, and that differ if a value does."""
    yield type(value).__qualname__
    if type(value) in PLAIN:
        yield repr(value)
        return
    if id(value) in seen:
        return
    if isinstance(value, (CodeType, tuple, frozenset)):  # Python may share equal ones or not
        seen = seen.copy()
    seen[id(cast("object", value))] = value
    if isinstance(value, re.Pattern):
        yield repr((cast("Any", value).pattern, value.flags))
    elif isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        yield from (_join(part, seen) for item in items for part in item)
    elif isinstance(value, Set):
        elements = cast("Set[object]", value)  # in no order, so that each is read by itself
        yield from sorted(_join(item, seen.copy()) for item in elements)
    elif isinstance(value, (list, tuple)):
        yield from (_join(item, seen) for item in cast("list[object]", value))
    elif isinstance(value, functools.partial):
        yield from (_join(part, seen) for part in (value.func, value.args, value.keywords))
    elif isinstance(value, MethodType):
        yield from (_join(part, seen) for part in (value.__func__, value.__self__))
    elif isinstance(value, CodeType):
        yield _join((value.co_code, value.co_names, value.co_consts), seen)
    elif isinstance(value, FunctionType):
        yield from _read_function(value, seen)
    elif hasattr(value, "__wrapped__"):  # as functools.cache makes it
        yield _join(value.__wrapped__, seen)
    elif not isinstance(value, type) and not _is_opaque(type(value)):
        yield from _read_instance(value, seen)
    else:
        yield str(getattr(value, "__qualname__", ""))


def _read_function(function: FunctionType, seen: Seen) -> Iterator[str]:
    yield function.__qualname__
    if is_installed_code(function):
        return
    code = function.__code__
    used = {name: function.__globals__.get(name) for name in sorted(_names_in(code))}
    cells = [_content(cell) for cell in function.__closure__ or ()]
    defaults = function.__defaults__, function.__kwdefaults__
    yield from (_join(part, seen) for part in (code, defaults, cells, used))


def _names_in(code: CodeType) -> set[str]:
    """Return the names that code uses, also in functions inside it."""
    inner = (const for const in code.co_consts if isinstance(const, CodeType))
    return {*code.co_names}.union(*map(_names_in, inner))


def _content(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # the cell is empty
        return None


def _read_instance(value: object, seen: Seen) -> Iterator[str]:
    """Read the methods of the classes of an instance, and its attributes."""
    for kind in cast("type", type(value)).__mro__:
        if not _is_opaque(kind):
            methods = [
                one for _, one in sorted(vars(kind).items()) if isinstance(one, FunctionType)
            ]
            yield _join(methods, seen)
    yield _join(getattr(value, "__dict__", {}), seen)


def _join(value: object, seen: Seen) -> str:
    return sha256("\0".join(_read(value, seen)).encode("utf-8", "surrogatepass")).hexdigest()
