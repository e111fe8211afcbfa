"""Timing calls of WSGI apps against one another, in one process, in turns.

All subjects of a race run in every round, one batch each, and each round begins with another one:
whatever slows the machine down for a while slows them all. Batches are so short, and rounds so
many, that many batches of each go undisturbed. Races whose figures are compared take turns too.
"""

import gc
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from types import FunctionType
from typing import Any

from .limits import App
from .timings import Race, Timing, told_over

MIN_ROUNDS = 3
"""Rounds that a race runs even where one batch is slower than it should be."""

COLLECT_EVERY = 10
"""Rounds between two collections of garbage, outside of what is timed."""

TURN = 100
"""Rounds that one race runs before it is another one's turn: a few hundredths of a second."""

ORIGIN = "HTTP_ORIGIN"


@dataclass(frozen=True)
class Effort:
    """How much work goes into one run."""

    rounds: int
    """Batches of each subject in a race."""
    batch: float
    """Seconds that a batch is to take at least."""
    largest: int
    """Sizes beyond this one are left out: of lists of origins, patterns and routes."""
    imports: int
    """Interpreters that are started to time an import."""
    served: int
    """Requests that each server is sent in each round."""
    served_rounds: int


@dataclass(frozen=True)
class Call:
    """A request to an app, made again and again.

    As from a server, each request has an environ and strings of its own.
    """

    app: App
    environ: Mapping[str, Any]
    value: Callable[[], str]
    """Makes the value of one header for each request."""
    header: str = ORIGIN


def again(text: str) -> Callable[[], str]:
    """Return what makes new strings of one text, of which none has been hashed before."""
    return lambda: "".join((text[:1], text[1:]))


def shuffled(texts: list[str], seed: int) -> Callable[[], str]:
    """Return what makes new strings of texts that are picked at random."""
    choose = random.Random(seed).choice
    return lambda: again(choose(texts))()


def race(calls: Mapping[str, Call], effort: Effort) -> Race:
    """Time all calls in turns."""
    (samples,) = sample([calls], effort)
    return {name: Timing.of(taken) for name, taken in samples.items()}


def race_over(base: str, calls: Mapping[str, Call], effort: Effort) -> Race:
    """Time all calls in turns, one of which is what the others are counted above."""
    (samples,) = sample([calls], effort)
    return told_over(base, samples)


def sample(races: Sequence[Mapping[str, Call]], effort: Effort) -> list[dict[str, list[float]]]:
    """Run several races in turns, and return what each batch of each subject took, by round."""
    running = [_Race(calls, effort) for calls in races]
    gc.collect()
    gc.freeze()  # what the apps are made of need not be looked through after each round
    gc.disable()
    try:
        for first in range(0, effort.rounds, TURN):
            for one in running:
                one.run(range(first, min(first + TURN, effort.rounds)))
    finally:
        gc.enable()
        gc.unfreeze()
    return [one.samples for one in running]


class _Race:
    """One race, which runs some rounds at a time."""

    def __init__(self, calls: Mapping[str, Call], effort: Effort) -> None:
        self.samples: dict[str, list[float]] = {name: [] for name in calls}
        self._runners = {name: _Runner(call, effort.batch) for name, call in calls.items()}
        self._left_ns = 4 * effort.rounds * effort.batch * len(calls) * 1e9

    def run(self, rounds: range) -> None:
        """Run these rounds, or as many of them as there is time for."""
        order = list(self._runners)
        for number in rounds:
            if number >= MIN_ROUNDS and self._left_ns < 0:
                break
            began = perf_counter_ns()
            turn = number % len(order)
            for name in order[turn:] + order[:turn]:
                self.samples[name].append(self._runners[name].run())
            if number % COLLECT_EVERY == 0:
                gc.collect(0)  # apps leave cycles behind; nothing older has changed
            self._left_ns -= perf_counter_ns() - began


class _Runner:
    """Runs batches of one call: as many calls as take the time of a batch, or up to twice it."""

    def __init__(self, call: Call, seconds: float) -> None:
        self._call = call
        # Python adapts a loop to what it calls, so each subject needs a loop of its own.
        self._loop = FunctionType(_loop.__code__.replace(), globals())
        self._count = 1
        while min(self.run() for _ in range(3)) * self._count < seconds * 1e9:
            self._count *= 2

    def run(self) -> float:
        """Return nanoseconds per call."""
        call = self._call
        first, *values = (call.value() for _ in range(1 + self._count))
        # Once for nothing, or it would matter whose turn it was before.
        self._loop(call.app, call.environ, call.header, [first])
        return self._loop(call.app, call.environ, call.header, values) / self._count


def _loop(app: App, template: dict[str, Any], header: str, values: list[str]) -> int:
    """Make one request for each value, as a server would, and return the nanoseconds taken."""
    began = perf_counter_ns()
    for value in values:
        environ = template.copy()
        environ[header] = value
        chunks = app(environ, _start_response)
        for _ in chunks:
            pass
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    return perf_counter_ns() - began


def _start_response(status: str, headers: list[Any], exc_info: Any = None) -> Callable[..., Any]:
    return _write


def _write(data: bytes) -> None:
    """Take what an app writes, and do nothing with it."""
