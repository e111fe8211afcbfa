"""Find the policy that a command names: in a module, or in a table of a module."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import click

from .._core.headers import excerpt
from .._core.places import path_of_file
from .._core.policy import Policy
from .._core.policy_files import load_policies
from .._core.problems import PolicyError
from .loading import UNREADABLE, describe, find_module

MOST = 10
"""The most policies that a message lists."""


def load_policy(spec: str) -> tuple[Policy, str]:
    """Return the policy of a spec, and its name.

    :param spec: ``"module:policy"`` or ``'module:TABLE["name"]'``, where the module may be a file;
        or ``"cors.toml:name"``.
    :raises click.BadParameter: if there is no such policy, or importing the module raises; the
        message is one line.
    """
    file, _, name = (spec, "", "") if path_of_file(spec) else spec.strip().rpartition(":")
    if path_of_file(file) is not None:
        return _read_file(file, name), name
    given, colon, path = spec.strip().partition(":")
    module, steps = find_module(given, "module:policy"), _read_path(path)
    if module is None or (colon and not steps):
        raise click.BadParameter(
            f"{excerpt(repr(spec))} does not name a policy; use 'module:policy' or "
            """'module:TABLE["name"]'"""
        )
    try:
        loaded = module.load()
        return _find(loaded, given, steps), steps[-1]
    except (click.BadParameter, KeyboardInterrupt):
        raise
    except BaseException as error:  # raised by the code of the module
        what = excerpt(" ".join(describe(error, _summary).split()))
        raise click.BadParameter(
            f"{spec!r} raised {what} in {Path.cwd()}; fix that first"
        ) from error


def _summary(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _read_file(given: str, name: str) -> Policy:
    """Return a policy of a TOML file."""
    try:
        policies = load_policies(given)
    except OSError as error:
        raise click.BadParameter(
            f"{given!r} cannot be read: {error.strerror}; use the path of a file of policies"
        ) from error
    except PolicyError as error:
        raise click.BadParameter(f"{error.problems[0]}; wsgicors check shows all faults") from error
    if name not in policies:
        missing = f"has no {name!r}" if name else "does not say which policy"
        raise click.BadParameter(f"{given!r} {missing}; {_advice(given, policies)}")
    return policies[name]


def _read_path(path: str) -> list[str]:
    """Return the names and keys of ``TABLE["name"]`` or ``shop.api``; none for anything else."""
    try:
        node = ast.parse(path.strip(), mode="eval").body
    except UNREADABLE:
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
    found, names = loaded, _policies_in(loaded)
    for number, step in enumerate(steps):
        try:
            found = _step(found, step)
        except AttributeError:
            where = ".".join((given, *steps[:number]))
            message = f"{where!r} has no {step!r}; {_advice(given, names)}"
            raise click.BadParameter(message) from None
    if isinstance(found, Policy):
        return found
    if not steps:
        raise click.BadParameter(f"{given!r} does not say which policy; {_advice(given, names)}")
    what, kind = f"{given}:{'.'.join(steps)}", type(found).__name__
    raise click.BadParameter(f"{what!r} is of type {kind}, not a Policy; {_advice(given, names)}")


def _step(found: object, step: str) -> object:
    """Return what has a key in a table, or a name in anything else."""
    table = cast("Mapping[object, object]", found)
    is_key = issubclass(type(found), Mapping) and step in table
    return table[step] if is_key else getattr(found, step)


def _advice(given: str, names: Iterable[str]) -> str:
    """Return which of the policies to use that are in a module or file."""
    specs = [repr(f"{given}:{name}") for name in names]
    if not specs:
        return "use a module that has a Policy"
    return f"use {' or '.join(specs[:MOST])}" + (" or another one" if specs[MOST:] else "")


def _policies_in(found: object) -> Iterator[str]:
    """Yield the names of the policies in a module, and those in its tables."""
    for name, value in getattr(found, "__dict__", {}).items():
        if isinstance(value, Policy):
            yield name
        elif isinstance(value, dict):
            table = cast("dict[object, object]", value)
            keys = (key for key, one in table.items() if isinstance(one, Policy))
            yield from (f'{name}["{key}"]' for key in keys if isinstance(key, str))
