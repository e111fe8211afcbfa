"""The cost of a request, in counts: time would depend on the machine."""

import re
import sys
import tracemalloc
from typing import NamedTuple

from tests.helpers import Response


class Work(NamedTuple):
    """The cost of one request."""

    calls: int
    memory: int
    expressions: set[str]
    """The patterns of the regular expressions that ran."""


def work(app, request):
    """Count the cost of one request."""
    Response(app, dict(request))  # so that caches are filled
    calls, expressions = 0, set()

    def count(frame, event, argument):
        nonlocal calls
        calls += event in {"call", "c_call"}
        if isinstance(getattr(argument, "__self__", None), re.Pattern):
            expressions.add(argument.__self__.pattern)

    sys.setprofile(count)
    try:
        Response(app, dict(request))
    finally:
        sys.setprofile(None)
    tracemalloc.start()
    try:
        Response(app, dict(request))
        return Work(calls, tracemalloc.get_traced_memory()[1], expressions)
    finally:
        tracemalloc.stop()
