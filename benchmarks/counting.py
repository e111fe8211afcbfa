"""How much a request does, counted: measures of work that no other process can disturb.

Calls are few, so that a bound on them says where a main path may go. They do not grow with a list
that one comprehension or loop goes through; opcodes do, the steps of Python itself.
"""

import gc
import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

from .limits import App


def count_calls(
    app: App, environ: Mapping[str, Any], after: Mapping[str, Any] | None = None
) -> int:
    """Return how many functions, Python's and C's, are called to answer a request.

    :param after: the request that comes before, which may fill memories; else the same one.
    """
    answer(app, environ if after is None else after)
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    gc.disable()  # what the collector calls is nobody's
    sys.setprofile(count)
    try:
        answer(app, environ)
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls


def count_opcodes(
    app: App, environ: Mapping[str, Any], after: Mapping[str, Any] | None = None
) -> int:
    """Return how many instructions of Python's are run to answer a request.

    What a function in C does is not among them: only a clock sees that.

    :param after: as for :func:`count_calls`.
    """
    answer(app, environ if after is None else after)
    opcodes = 0

    def count(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal opcodes
        opcodes += event == "opcode"
        frame.f_trace_opcodes = True
        return count

    sys._getframe().f_trace_opcodes = True  # or Python 3.12 would not begin to look at any
    tracer = sys.gettrace()
    gc.disable()
    sys.settrace(count)
    try:
        answer(app, environ)
    finally:
        sys.settrace(tracer)
        gc.enable()
    return opcodes


def answer(app: App, environ: Mapping[str, Any]) -> list[bytes]:
    """Make one request, and return the chunks of its answer."""
    body = app(dict(environ), lambda *_: None)
    chunks = [*body]
    close = getattr(body, "close", None)
    if close is not None:
        close()
    return chunks
