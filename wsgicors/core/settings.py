"""The settings of a policy by name: what each may hold, and what to say of a name that is none."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import wraps
from typing import TypedDict, TypeVar, cast

from .origins import Origin

NameList = str | Iterable[str]
"""Names in a list, or in one comma-separated string."""

OriginList = NameList | Callable[[Origin], bool] | Iterable[str | Callable[[Origin], bool]]
"""Origins, patterns and callables, or one of them, or a comma-separated string."""


class Settings(TypedDict, total=False):
    """The keywords of :class:`.policy.Policy`, for functions that pass them on."""

    allow_origins: OriginList
    allow_methods: NameList | None
    allow_headers: NameList
    expose_headers: NameList
    allow_credentials: bool
    max_age: int | timedelta | None
    accept_risks: NameList


SETTINGS = tuple(Settings.__annotations__)
"""The names of all settings."""


def check_names(what: str, settings: Iterable[str], also: Sequence[str] = ()) -> None:
    """Refuse keywords that are no settings, naming the nearest that is.

    :param also: other keywords that the callable takes.
    :raises TypeError: for the first unknown keyword.
    """
    for name in settings:
        if name not in SETTINGS:
            names = (*SETTINGS, *also)
            near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.55)
            write = f"write {near[0]!r}" if near else "leave it out"
            known = ", ".join(names)
            raise TypeError(f"{what}() has no setting {name!r}; {write} (there are {known})")


Init = TypeVar("Init", bound=Callable[..., None])


def refusing_unknown_names(init: Init) -> Init:
    """Check keywords first: Python's own complaint would not say what to write instead."""

    @wraps(init)
    def checked(*args: object, **settings: object) -> None:
        check_names("Policy", settings)
        if len(args) == 1 and "allow_origins" not in settings:  # the one is self
            write = 'write allow_origins=["https://app.example"], or refine another policy'
            raise TypeError(f"a policy needs allow_origins, whom it admits; {write}")
        init(*args, **settings)

    return cast("Init", checked)
