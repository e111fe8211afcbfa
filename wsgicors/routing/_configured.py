"""Policies that an app's configuration names: a table, or the path of a file."""

import errno
import os
from collections.abc import Callable, Mapping
from typing import cast

from .._core.places import path_of_file
from .._core.policy import Policy, Settings
from .._core.problems import PolicyError, Problems

Files = dict[str, Mapping[str, Policy]]
"""The policies of the files that an app has read, by the path. Each file is read once."""

Locate = Callable[[str], str]
"""Returns where a path of the configuration leads to."""


def load_file(configured: object, where: str, locate: Locate, files: Files) -> None:
    """Read the file that a configuration value names, if it does.

    :param where: the name of the value.
    :raises OSError: if the file cannot be read.
    :raises PolicyError: with all faults of the file.
    """
    if (path := path_of_file(configured)) is not None:
        _load(path, where, locate, files)


def read_configured(
    configured: object, where: str, locate: Locate, files: Files
) -> Mapping[str, Policy | Settings]:
    """Return the policies of a configuration value.

    :param where: the name of the value.
    :raises OSError: if the file that it names cannot be read.
    :raises PolicyError: with all faults of that file; or if the value is not a table or a path.
    """
    if (path := path_of_file(configured)) is not None:
        return _load(path, where, locate, files)
    if not isinstance(configured, Mapping):
        problems = Problems()
        table = f"{where}={{...}}" if where.isidentifier() else "a mapping"
        advice = f"use {table}, or the path of a .toml file"
        problems.wrong_type(where, configured, "a mapping", advice)
        problems.conclude("the CORS policies of this app cannot work")
    return cast("Mapping[str, Policy | Settings]", configured)


def _load(path: str, where: str, locate: Locate, files: Files) -> Mapping[str, Policy]:
    fault = f"{where} names a file that cannot be read"
    try:
        file = os.path.abspath(locate(path))
        if file not in files:
            from .._core.policy_files import load_policies  # here, because few apps have a file

            files[file] = load_policies(file)
    except PolicyError:
        raise
    except OSError as error:
        error.strerror = f"{fault}: {error.strerror}"
        raise
    except (ImportError, ValueError) as error:  # raised by Pyramid for a package
        raise FileNotFoundError(errno.ENOENT, f"{fault}: {error}", path) from error
    return files[file]
