"""Where code stands: the file and the line of a function or class."""

import inspect
import os
import sys
from pathlib import Path
from typing import Any


def find_source(code: object) -> tuple[str, int] | None:
    """Return the file, as an absolute path, and the line of a function or class, if it has any."""
    source: Any = code
    try:
        file = inspect.getsourcefile(source)
        # What inspect would find by reading the source, functions know.
        compiled = getattr(source, "__code__", None)
        line = compiled.co_firstlineno if compiled else inspect.getsourcelines(source)[1]
    except (OSError, TypeError):  # an object that is no code, or has no source
        return None
    return None if file is None else (os.path.abspath(file), line)


def place_of(code: object) -> str:
    """Return the file and line of a function or class, as it is imported: ``shop/views.py:12``."""
    found = find_source(code)
    if found is None:
        return ""
    file, line = found
    roots = [os.path.join(os.path.abspath(path), "") for path in sys.path]
    nearest = max((root for root in roots if file.startswith(root)), key=len, default="")
    shown = file.removeprefix(nearest) if nearest else os.path.basename(file)
    return f"{Path(shown).as_posix()}:{line}"
