"""The apps that gunicorn serves: one that is sound, and two with the faults to be found.

Policies are replaced by a thread of the serving process, paced by the requests themselves: none
in the first and the last tenth, where memories of decisions fill up, and all of them in between.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from wsgicors import CORSMiddleware

from .generations import EXPOSES, VARIES, make_policy

SWITCH_INTERVAL = 0.000_02
"""Seconds between switches of threads, a 250th of what is usual: races have to show."""

NEXT_CHANGE = 10
"""Seconds that the racy app waits for a change that it has asked for, at most."""

ALLOW_ORIGIN = "Access-Control-Allow-Origin"

REQUESTS = "SOAK_REQUESTS"
CHANGES = "SOAK_CHANGES"
"""Variables of the environment that say how much there will be of each."""

Environ = dict[str, Any]
Start = Callable[..., Any]
App = Callable[[Environ, Start], Iterable[bytes]]


def own_app(environ: Environ, start_response: Start) -> Iterable[bytes]:
    """Answer every request alike, and on one path with lines that have to be merged."""
    lines = [("Content-Type", "text/plain"), ("Content-Length", "2")]
    if environ["PATH_INFO"] == "/merged":
        lines += [("Vary", VARIES), ("Access-Control-Expose-Headers", EXPOSES)]
    start_response("200 OK", lines)
    return [b"ok"]


class Changing:
    """An app whose policy is replaced while it serves.

    Every response says by which generations it may be: ``X-First`` was in force when the request
    came, or had been; ``X-Last`` is the newest that can have been when the response started.
    """

    def __init__(self, serve: Callable[["Changing"], App]) -> None:
        self.cors = CORSMiddleware(own_app, make_policy(0))
        self._serve = serve(self)
        self.done = self.begun = 0
        self._served = count(1)
        self._due = threading.Semaphore(0)
        self._changed = threading.Condition()
        requests, self._changes = int(os.environ[REQUESTS]), int(os.environ[CHANGES])
        quiet = requests // 10
        between = requests - 2 * quiet
        self._when = {
            quiet + 1 + between * number // self._changes for number in range(self._changes)
        }
        threading.Thread(target=self._change, daemon=True).start()

    def change_now(self) -> None:
        """Replace the policy out of turn, unless all changes are made."""
        before = self.done
        self._due.release()
        with self._changed:
            self._changed.wait_for(
                lambda: self.done != before or self.done == self._changes, NEXT_CHANGE
            )

    def _change(self) -> None:
        for generation in range(1, self._changes + 1):
            policy = make_policy(generation)
            self._due.acquire()
            self.begun = generation
            self.cors.policy = policy
            with self._changed:
                self.done = generation
                self._changed.notify_all()

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        if next(self._served) in self._when:
            self._due.release()
        first = self.done

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            window = [("X-First", str(first)), ("X-Last", str(self.begun))]
            return start_response(status, [*headers, *window], exc_info)

        return self._serve(environ, start)


def sound() -> Changing:
    """Make the app that is to be tried."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    return Changing(lambda changing: changing.cors)


def racy() -> Changing:
    """Make one that asks for the policy twice while answering, as a careless wrapper would."""

    def serve(changing: Changing) -> App:
        def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
            before, after = _Caught(), _Caught()
            changing.cors(environ, before)
            changing.change_now()
            body = changing.cors(environ, after)
            early = [line for line in before.lines if line[0] == ALLOW_ORIGIN]
            late = [line for line in after.lines if line[0] != ALLOW_ORIGIN]
            start_response(after.status, [*early, *late])
            return body

        return app

    return Changing(serve)


class _Caught:
    """A ``start_response`` that keeps what it is called with."""

    def __call__(self, status: str, lines: list[tuple[str, str]]) -> None:
        self.status, self.lines = status, lines


def leaky() -> Changing:
    """Make one that keeps every environ."""
    kept: list[Environ] = []

    def serve(changing: Changing) -> App:
        def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
            kept.append(environ)
            return changing.cors(environ, start_response)

        return app

    return Changing(serve)
