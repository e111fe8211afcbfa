"""Which code belongs to the app, and which to installed packages and to Python itself."""

import os
import sys
from functools import cache

_NAMES = frozenset({"site-packages", "dist-packages"})
"""The folders of installed packages, also of those that a user installed for themselves."""


def is_installed(file: str) -> bool:
    """Return whether a file is part of an installed package, of its commands, or of Python."""
    path = os.path.abspath(file)
    return (
        file.startswith("<frozen ")
        or not _NAMES.isdisjoint(path.split(os.sep))
        or path.startswith(_folders())
    )


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
