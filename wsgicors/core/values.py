"""Values: small objects that equal others by what they hold, and never change.

Frozen dataclasses would do. To make one takes half a millisecond, which every program that imports
this package would wait for: what they generate is written here, once.
"""

from typing import Any, ClassVar


class Value:
    """The base of such classes; their annotations name the fields, in the order of arguments.

    A class that says which of its fields count does so in ``_names``.
    """

    __slots__ = ()
    _names: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls) -> None:
        cls._names = cls.__dict__.get("_names") or tuple(cls.__annotations__)

    def _set(self, *values: object) -> None:
        for name, value in zip(self._names, values, strict=True):
            object.__setattr__(self, name, value)

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self._names)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} never changes; make another one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a {type(self).__name__} never changes; make another one")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        pairs = zip(self._names, self._values(), strict=True)
        fields = ", ".join(f"{name}={value!r}" for name, value in pairs)
        return f"{type(self).__name__}({fields})"

    def __reduce__(self) -> str | tuple[Any, ...]:
        return type(self), self._values()
