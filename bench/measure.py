"""Timing requests against each other, and counting what one of them takes."""

import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from timeit import Timer
from typing import Any, NamedTuple

from .limit import App

BATCH = 1e-4  # seconds that a batch of calls takes at least
TURN = 50  # rounds of one pair until it is the next pair's turn
COLLECT_EVERY = 10  # rounds between two collections of garbage, which are not timed
CALL = """
environ = request.copy()
environ[header] = values.pop()
body = app(environ, start_response)
for _ in body:
    pass
if hasattr(body, "close"):
    body.close()
"""
"""A whole call, as a server makes it."""

SETUP = f"values = [fresh() for _ in range(calls + 1)]\n{CALL}"
"""Before each batch, not timed: the values, and a call that warms the processor's caches."""


class Request(NamedTuple):
    """A request to an app, whose ``header`` has a new string at each call, as from a socket."""

    app: App
    request: Mapping[str, Any]
    fresh: Callable[[], str]
    header: str = "HTTP_ORIGIN"


def again(text: str) -> Callable[[], str]:
    """Return a function that makes a new string of the same text at each call."""
    return lambda: "".join((text[:1], text[1:]))


def take_turns(
    pairs: Sequence[tuple[Request, Request]], rounds: int
) -> list[list[tuple[float, float]]]:
    """Return, for each pair and round, how many seconds a call of either request takes.

    The two of a pair take turns, one short batch each, so that what slows the machine down
    slows both. So do the pairs; many apps in turns would empty the processor's caches.
    """
    batches = [(_batch(first), _batch(second)) for first, second in pairs]
    times: list[list[tuple[float, float]]] = [[] for _ in pairs]
    gc.collect()
    gc.freeze()  # so that the collections below do not look through the apps
    gc.disable()
    try:
        for begun in range(0, rounds, TURN):
            for (first, second), taken in zip(batches, times, strict=True):
                for number in range(min(TURN, rounds - begun)):  # which one begins matters a little
                    taken.append((first(), second()) if number % 2 else (second(), first())[::-1])
                    if number % COLLECT_EVERY == 0:
                        gc.collect(0)  # apps leave cycles, and a growing heap slows down
    finally:
        gc.enable()
        gc.unfreeze()
    return times


def _batch(request: Request) -> Callable[[], float]:
    """Return a function that times a batch."""
    scope = {**request._asdict(), "start_response": _start_response, "calls": 1}
    timer = Timer(CALL, SETUP, globals=scope)
    while min(timer.repeat(3, scope["calls"])) < BATCH:
        scope["calls"] *= 2
    return lambda: timer.timeit(scope["calls"]) / scope["calls"]


def _start_response(status: str, headers: Any, exc_info: Any = None) -> Callable[..., object]:
    return len  # instead of writing


def respond(app: App, environ: Mapping[str, Any], origin: str | None = None) -> tuple[Any, ...]:
    """Make one request, and return status, header lines and body."""
    started: list[tuple[Any, ...]] = []
    request = {**environ} if origin is None else {**environ, "HTTP_ORIGIN": origin}
    body = app(request, lambda *arguments: started.append(arguments))
    chunks = b"".join(body)
    getattr(body, "close", list)()
    return (*started[-1][:2], chunks)


def count_opcodes(
    app: App, environ: Mapping[str, Any], after: Mapping[str, Any] | None = None
) -> int:
    """Count Python's instructions for a request; what C functions do inside is not counted.

    :param after: the request before, which may fill caches; by default the same request.
    """
    respond(app, environ if after is None else after)
    opcodes = 0

    def count(frame: Any, event: str, argument: object) -> Any:
        nonlocal opcodes
        opcodes += event == "opcode"
        frame.f_trace_opcodes = True
        return count

    sys._getframe().f_trace_opcodes = True  # otherwise Python 3.12 counts none
    tracer = sys.gettrace()
    gc.disable()
    sys.settrace(count)
    try:
        respond(app, environ)
    finally:
        sys.settrace(tracer)
        gc.enable()
    return opcodes
