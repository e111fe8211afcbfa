"""What starting costs: the import, and a policy with very many origins."""

import gc
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from time import perf_counter

from wsgicors import Policy

from .measure import Effort
from .scaling import LARGEST, ORIGINS, origin

IMPORTS = ["wsgicors", "wsgicors.flask"]

TIME_IMPORT = """
import flask
from time import perf_counter
flask.Flask("benchmarks")
began = perf_counter()
import {module}
print(perf_counter() - began)
"""
"""Prints the seconds that an import takes in an interpreter where Flask is at work already."""

KEEPS_UNCOMPILED = "PYTHONDONTWRITEBYTECODE"

TIMEOUT = 60
"""Seconds that an interpreter may take."""


def time_imports(effort: Effort) -> dict[str, float]:
    """Return milliseconds by module, each the least of many interpreters, in turns."""
    taken: dict[str, list[float]] = {module: [] for module in IMPORTS}
    for module in IMPORTS:
        _time_import(module)  # compiles what it imports
    for _ in range(effort.imports):
        for module in IMPORTS:
            taken[module].append(_time_import(module) * 1e3)
    return {module: min(times) for module, times in taken.items()}


def _time_import(module: str) -> float:
    program = TIME_IMPORT.format(module=module)
    command = [sys.executable, "-c", program]
    # Installed packages are compiled; a checkout is so only where Python may write.
    environ = {name: value for name, value in os.environ.items() if name != KEEPS_UNCOMPILED}
    run = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=TIMEOUT, env=environ
    )
    return float(run.stdout)


def time_construction(effort: Effort) -> float:
    """Return the seconds that it takes to make a policy of very many origins: the best of three."""
    origins = _origins(effort)
    return min(_time(lambda: Policy(allow_origins=origins)) for _ in range(3))


def weigh(effort: Effort) -> float:
    """Return the megabytes that such a policy keeps, beyond the list that it was made from."""
    origins = _origins(effort)
    gc.collect()
    tracemalloc.start()
    try:
        _policy = Policy(allow_origins=origins)
        gc.collect()  # what making it needed is gone then
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return kept / 1e6


def _origins(effort: Effort) -> list[str]:
    return [origin(number) for number in range(min(LARGEST[ORIGINS], effort.largest))]


def _time(act: Callable[[], object]) -> float:
    began = perf_counter()
    act()
    return perf_counter() - began
