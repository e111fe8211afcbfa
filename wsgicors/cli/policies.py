"""Find the policy that a command names: in a module, or in a table of a module."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import click

from .._core.headers import excerpt
from .._core.policy import Policy
from .loading import find_module

MOST = 10
"""The most policies that a message lists."""


def load_policy(spec: str) -> tuple[Policy, str]:
    """Import ``"module:policy"`` or ``'module:POLICIES["name"]'``; return it and its name.

    The module may be a file.

    :raises click.BadParameter: if there is no such policy, or importing the module raises; the
        message is one line.
    """
    given, colon, path = spec.strip().partition(":")
    module, steps = find_module(given, "module:policy"), _read_path(path)
    if module is None or (colon and not steps):
        raise click.BadParameter(
            f"""{spec!r} does not name a policy; use 'module:policy' or 'module:TABLE["name"]'"""
        )
    try:
        loaded = module.load()
        return _find(loaded, given, steps), steps[-1]
    except click.BadParameter:
        raise
    except (Exception, SystemExit) as error:  # raised by the code of the module
        what = excerpt(" ".join(f"{type(error).__name__}: {error}".split()))
        raise click.BadParameter(
            f"{spec!r} raised {what} in {Path.cwd()}; fix that first"
        ) from error


def _read_path(path: str) -> list[str]:
    """Return the names and keys of ``TABLE["name"]`` or ``shop.api``; none for anything else."""
    try:
        node = ast.parse(path.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return []
    steps: list[str] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            steps.append(node.attr)
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            steps.append(node.slice.value)
        else:
            return []
        node = node.value
    return [node.id, *reversed(steps)]


def _find(loaded: object, given: str, steps: Sequence[str]) -> Policy:
    """Return what the names and keys lead to from a module.

    :param given: the module, as the command names it.
    """
    found = loaded
    for number, step in enumerate(steps):
        try:
            found = _step(found, step)
        except AttributeError:
            where = ".".join((given, *steps[:number]))
            message = f"{where!r} has no {step!r}; {_advice(given, loaded)}"
            raise click.BadParameter(message) from None
    if isinstance(found, Policy):
        return found
    if not steps:
        raise click.BadParameter(f"{given!r} does not say which policy; {_advice(given, loaded)}")
    what, kind = f"{given}:{'.'.join(steps)}", type(found).__name__
    raise click.BadParameter(f"{what!r} is of type {kind}, not a Policy; {_advice(given, loaded)}")


def _step(found: object, step: str) -> object:
    """Return what has a key in a table, or a name in anything else."""
    table: Mapping[object, object] = {}
    if isinstance(found, Mapping):
        table = cast("Mapping[object, object]", found)
    return table[step] if step in table else getattr(cast("object", found), step)


def _advice(given: str, loaded: object) -> str:
    """Return which policies of a module to use."""
    names = [*_policies_in(loaded)]
    if not names:
        return "use a module that has a Policy"
    listed = [repr(f"{given}:{name}") for name in names[:MOST]]
    return f"use {' or '.join(listed)}" + (" or another one" if names[MOST:] else "")


def _policies_in(found: object) -> Iterator[str]:
    """Yield the names of the policies in a module, and those in its tables."""
    for name, value in getattr(found, "__dict__", {}).items():
        if isinstance(value, Policy):
            yield name
        elif isinstance(value, dict):
            table = cast("dict[object, object]", value)
            keys = (key for key, one in table.items() if isinstance(one, Policy))
            yield from (f'{name}["{key}"]' for key in keys if isinstance(key, str))
