"""Descriptions of routes and their policies for people, and the file and line of code."""

import inspect
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ._core.policy import Policy


def find_source(code: object) -> tuple[str, int] | None:
    """Return the absolute path and the line of a function or class; ``None`` without a source."""
    source: Any = code
    try:
        file = inspect.getsourcefile(source)
        # Functions know their line; for a class, inspect reads the source.
        compiled = getattr(source, "__code__", None)
        line = compiled.co_firstlineno if compiled else inspect.getsourcelines(source)[1]
    except (OSError, TypeError):  # not code, or code without a source
        return None
    if file is None or file.startswith("<"):  # Python 3.13 also keeps the lines of "<string>"
        return None
    return os.path.abspath(file), line


def place_of(code: object) -> str:
    """Return the file and line of code, from where it is imported: ``shop/views.py:12``."""
    found = find_source(code)
    if found is None:
        return ""
    file, line = found
    roots = [os.path.join(os.path.abspath(path), "") for path in sys.path]
    nearest = max((root for root in roots if file.startswith(root)), key=len, default="")
    shown = file.removeprefix(nearest) if nearest else os.path.basename(file)
    return f"{Path(shown).as_posix()}:{line}"


class Route(NamedTuple):
    """Which code a request would reach, and where its policy comes from."""

    policy: Policy | None
    kind: str = "wrapper"
    """The kind of a :class:`._registry.Source`; ``"wrapper"`` without a router; ``"404"`` or
    ``"405"`` if the router itself answers; or ``"none-here"`` if another app does."""
    name: str = ""
    """The name that belongs to the kind."""
    methods: Sequence[str] | None = None
    """The methods at this URL that have this policy; for a 405 all that are served."""
    endpoint: object = None
    rule: str = ""
    code: object = None
    """The function that serves the method, without its decorators."""
    table: str = "endpoints"
    """How users of the framework spell the table ``endpoints``."""


class Row(NamedTuple):
    """The policy of one method of one URL, and where it comes from."""

    url: str
    """The URL as the router's rule has it, and the condition if there is one."""
    method: str
    endpoint: str
    policy: Policy | None
    kind: str
    """The kind of a :class:`._registry.Source`; ``prefix``; ``app`` for one policy of a whole app;
    or ``redirect`` if the router redirects."""
    name: str = ""
    """The name of the policy, endpoint or blueprint, or the target of the redirect."""
    place: str = ""
    """The file and line of the code that serves the method, if known."""
    table: str = "endpoints"
    """How users of the framework spell the table ``endpoints``."""
    condition: str = ""
    """What chooses between the views of this URL and method, if these have several policies."""


class Stray(NamedTuple):
    """A view decorated with ``cors`` to no effect."""

    name: str
    place: str
    is_above_route: bool
    """Whether the route decorator is below ``cors``, so that the router never sees the mark."""
    hidden_by: str = ""
    """The function that the router has instead, if a decorator hides the mark."""


class Survey(NamedTuple):
    """The routes of an app with their policies."""

    rows: Sequence[Row]
    strays: Sequence[Stray] = ()
    debug: bool = False
    """Whether the app is in debug mode."""
    other_layers: Sequence[str] = ()
    """What else writes CORS headers in the app, by name."""
