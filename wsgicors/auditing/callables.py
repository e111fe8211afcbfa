"""The names of callables in ``allow_origins``, with a digest of their code."""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from types import CodeType, FunctionType, MethodType
from typing import Any, cast

from .._core.sources import OriginSource
from .._introspection import is_installed_code

PLAIN = (str, bytes, int, float, complex, bool, type(None), type(...))
"""The types whose representation is the same in each process."""

GROUPS = (tuple, list, set, frozenset)
"""The types of collections that are read; those of an app may run its code."""


def name_callable(entry: object) -> str:
    """Return the name of a callable with a digest of its code, which no origin can equal.

    The digest covers bytecode, plain values that the code uses, the arguments of a partial function
    and the plain attributes of an instance. It does not cover functions that the code calls.
    Bytecode differs between versions of Python.
    """
    name = f"callable {_full_name(entry)}"
    if isinstance(entry, OriginSource):
        name += f" of {_full_name(entry.load)}"
    try:
        texts = [*_read(entry)]
    except RecursionError:  # of a value that contains itself
        texts = []
    if not texts:
        return f"{name} (its code cannot be compared)"
    digest = sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name} (digest {digest[:12]})"


def _full_name(entry: object) -> str:
    named: Any = entry if hasattr(entry, "__qualname__") else type(entry)
    return f"{getattr(named, '__module__', 'builtins')}.{named.__qualname__}"


def _read(entry: Any) -> Iterator[str]:
    """Yield what a callable consists of; nothing if it has no code of the app."""
    if isinstance(entry, OriginSource):
        if texts := [*_read(entry.load)]:
            yield from [_text(entry.numbers()), *texts]
        return
    entry = getattr(entry, "__wrapped__", entry)  # as functools.cache makes it
    if isinstance(entry, functools.partial):
        function = cast("functools.partial[object]", entry)
        yield from _read(function.func)
        yield _text((function.args, function.keywords))
    elif isinstance(entry, MethodType):
        yield from _read_instance(entry.__self__)
        yield from _read(entry.__func__)
    elif not isinstance(entry, FunctionType):
        yield from _read_instance(entry)
    elif not is_installed_code(entry):
        yield _text(entry.__code__)
        yield _text([entry.__defaults__, entry.__kwdefaults__, [*_values_in(entry)]])


def _read_instance(instance: object) -> Iterator[str]:
    """Yield the code of the classes of an instance, and its attributes."""
    for kind in cast("type", type(instance)).__mro__:
        functions = (one for one in vars(kind).values() if isinstance(one, FunctionType))
        yield from (_text(one.__code__) for one in functions if not is_installed_code(one))
    yield from filter(None, [_text(vars(instance))] if hasattr(instance, "__dict__") else [])


def _values_in(function: FunctionType) -> Iterator[object]:
    """Yield the values of the variables outside a function that it uses."""
    for name in function.__code__.co_names:
        yield function.__globals__.get(name)
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # the cell is empty
            yield None


def _text(value: Any) -> str:
    """Return a text that is the same in each process, and that differs if a plain value does."""
    kind = cast("type[object]", type(value))
    if kind in PLAIN:
        return repr(value)
    if kind is re.Pattern:
        return repr((value.pattern, value.flags))
    if kind is CodeType:
        return _join([value.co_code, value.co_names, value.co_consts])
    if kind is dict:
        items = cast("Mapping[object, object]", value).items()
        return _join(f"{_text(key)}: {_text(item)}" for key, item in items)
    if kind in GROUPS:
        texts = map(_text, cast("Iterable[object]", value))
        return kind.__name__ + _join(sorted(texts) if kind in (set, frozenset) else texts)
    return kind.__qualname__


def _join(values: Iterable[object]) -> str:
    return f"[{', '.join(one if isinstance(one, str) else _text(one) for one in values)}]"
