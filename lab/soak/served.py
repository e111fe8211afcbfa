"""The apps that gunicorn serves: a sound app, and two apps with faults that a run has to find.

A thread of the server replaces the policies, paced by the requests: none in the first and the last
tenth of them, so that memory can settle.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from lab.soak.generations import EXPOSES, VARIES, make_policy
from wsgicors import CORSMiddleware

SWITCH_INTERVAL = 0.000_02
"""Seconds between switches of threads, a 250th of the default, to provoke races."""

NEXT_CHANGE = 10
"""Seconds that the racy app waits at most for a change that it has asked for."""

ALLOW_ORIGIN = "Access-Control-Allow-Origin"

REQUESTS = "SOAK_REQUESTS"
CHANGES = "SOAK_CHANGES"
"""Environment variables with the number of each."""

Environ = dict[str, Any]
Start = Callable[..., Any]
App = Callable[[Environ, Start], Iterable[bytes]]


def own_app(environ: Environ, start_response: Start) -> Iterable[bytes]:
    """Send the same response to all requests, with lines to merge on the path ``/merged``."""
    lines = [("Content-Type", "text/plain"), ("Content-Length", "2")]
    if environ["PATH_INFO"] == "/merged":
        lines += [("Vary", VARIES), ("Access-Control-Expose-Headers", EXPOSES)]
    start_response("200 OK", lines)
    return [b"ok"]


class Changing:
    """An app whose policy is replaced while it serves.

    Every response names the generations that can have made it: ``X-First`` was in force when the
    request came or before; ``X-Last`` is the newest that can have been in force when the response
    started.
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
        """Replace the policy now, unless all changes have been made."""
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
    """Make the app under test."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    return Changing(lambda changing: changing.cors)


def racy() -> Changing:
    """Make an app that asks for the policy twice during a response, as a careless wrapper would."""

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
    """A ``start_response`` that keeps its arguments."""

    def __call__(self, status: str, lines: list[tuple[str, str]]) -> None:
        self.status, self.lines = status, lines


def leaky() -> Changing:
    """Make an app that keeps every environ."""
    kept: list[Environ] = []

    def serve(changing: Changing) -> App:
        def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
            kept.append(environ)
            return changing.cors(environ, start_response)

        return app

    return Changing(serve)
