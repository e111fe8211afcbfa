"""Places in the code of an app: where a policy is written, for warnings and the audit."""

import inspect
import os
import sys
import warnings
from typing import NamedTuple

from .packages import is_installed

Shown = dict[str | tuple[str, type[Warning], int], int]
"""The warnings that Python has shown for a module."""

_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")

_MAX_FILES = 1000
"""The most files that are remembered."""

_shown: Shown = {}
"""The warnings that were shown for code whose module was not imported."""


class Place(NamedTuple):
    """A line of the app."""

    file: str
    line: int
    module: str
    """The name of the module, which filters of warnings can name."""

    def warn(self, message: str) -> None:
        """Issue a warning for this line; by default Python shows it once."""
        module = sys.modules.get(self.module)
        shown = _shown if module is None else vars(module).setdefault("__warningregistry__", {})
        warnings.warn_explicit(message, UserWarning, self.file, self.line, self.module, shown)


class _Files(dict[str, bool]):
    """Whether a file is code of the app; of wsgicors and of installed packages, it is not."""

    def __missing__(self, file: str) -> bool:
        if len(self) >= _MAX_FILES:
            self.clear()
        self[file] = not (os.path.abspath(file).startswith(_PACKAGE) or is_installed(file))
        return self[file]


_is_of_app = _Files()


def calling_place() -> Place | None:
    """Return the line of the app that has called the library.

    It takes few calls, because test suites make an app for each test.

    :returns: ``None`` if only installed code has called it, as a server's thread does.
    """
    frame = inspect.currentframe()
    while frame is not None:
        file = frame.f_code.co_filename
        if _is_of_app[file]:
            return Place(file, frame.f_lineno, frame.f_globals.get("__name__", ""))
        frame = frame.f_back
    return None
