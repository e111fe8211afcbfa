"""Which code belongs to the app, and which to installed packages and to Python itself."""

import os
import sys
from functools import cache
from typing import Literal

Owner = Literal["app", "package", "python"]

_NAMES = frozenset({"site-packages", "dist-packages"})
"""The folders of installed packages, also of those that a user installed for themselves."""


def is_installed(file: str) -> bool:
    """Return whether a file is part of an installed package, of its commands, or of Python."""
    return owner_of(file) != "app"


def owner_of(file: str) -> Owner:
    """Return what a file is part of; the commands of installed packages count as Python's."""
    path = os.path.abspath(file)
    if not _NAMES.isdisjoint(path.split(os.sep)):
        return "package"
    return "python" if file.startswith("<frozen ") or path.startswith(_folders()) else "app"


@cache
def _folders() -> tuple[str, ...]:
    # As sysconfig has them, which takes longer to import than a policy to create.
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    commands = "Scripts" if os.name == "nt" else "bin"
    return tuple(
        os.path.join(*parts, "")
        for parts in (
            [os.path.dirname(os.__file__)],
            [sys.base_exec_prefix, sys.platlibdir, version],
            [sys.prefix, commands],
            [sys.prefix, "local", commands],  # of Debian
        )
    )
