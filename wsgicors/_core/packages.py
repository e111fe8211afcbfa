"""Which code belongs to the app, and which to installed packages and to Python itself."""

import os
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
    import sysconfig  # slow to import, and only needed for warnings

    names = ("stdlib", "platstdlib", "scripts")
    return tuple(os.path.join(sysconfig.get_path(name), "") for name in names)
