"""How many calls a request makes: a measure of work that no other process can disturb."""

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


def answer(app: App, environ: Mapping[str, Any]) -> list[bytes]:
    """Make one request, and return the chunks of its answer."""
    body = app(dict(environ), lambda *_: None)
    chunks = [*body]
    close = getattr(body, "close", None)
    if close is not None:
        close()
    return chunks
