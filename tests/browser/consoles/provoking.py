"""Provokes the messages of an engine: one page makes all requests, one after the other."""

import json
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import pytest

from tests.browser.asking import serving_hosts
from tests.browser.consoles.cases import PLAYS, App, Places, apps
from tests.browser.engines import launched
from tests.browser.engines.webkit import find_browser
from tests.browser.processes import display, home, running
from tests.unit.testing.servers import resetting, untrusted

SCRIPT = Path(__file__).with_name("page.js").read_bytes()
DOCUMENT = b"<!doctype html><title>page</title><body><script src=/script></script>"

PATIENCE = 120
"""Seconds until a page that plays counts as stuck."""

BEGINS = re.compile(r"begins (\d+)")
ENDS = re.compile(r"ends (\d+) (true|false)(?: (.+))?")
OVER = "over"

ADDS_NOTHING = "Failed to load resource: net::ERR_FAILED"
"""What Chromium prints after each other message, and alone where it has no other."""

OF_WEBKIT = re.compile(r"(?:\S+:\d+:\d+: )?CONSOLE (?:[A-Z]+ )?(?:LOG|ERROR) ")
"""What WebKit prints before each message: where it comes from, and its kind."""


@dataclass(frozen=True)
class Printed:
    """What an engine did with one request."""

    passes: bool
    exception: str | None
    """What ``fetch()`` throws; ``None`` if it passes, and for ``XMLHttpRequest``."""
    lines: tuple[str, ...]

    @property
    def console(self) -> str | None:
        """The lines as wsgicors gives them."""
        lines = [line for line in self.lines if line]
        if lines[1:] and ADDS_NOTHING in lines:
            lines.remove(ADDS_NOTHING)
        return None if self.passes else "\n".join(lines)


@dataclass(frozen=True)
class Scene:
    """The servers of all plays, in this process and on loopback."""

    places: list[Places]
    apps: dict[str, App]

    @property
    def page(self) -> str:
        return self.places[0].names["page"]


@contextmanager
def served() -> Iterator[Scene]:
    """Serve all cases until the block ends."""
    with (
        serving_hosts() as (table, port),
        dead() as nobody,
        mute() as silent,
        resetting() as resets,
        untrusted() as strange,
    ):
        others = nobody, silent, resets, strange
        places = [Places(number, port, *others) for number in range(len(PLAYS))]
        firsts: list[App] = []
        for play, place in zip(PLAYS, places, strict=True):
            made = apps(place, play.case)
            firsts.append(made.pop("first"))
            table |= made
        requests = [
            {**place.request(play), "is_xhr": play.is_xhr}
            for play, place in zip(PLAYS, places, strict=True)
        ]
        scene = Scene(places, table)
        table[scene.page] = _page(firsts, json.dumps(requests).encode())
        yield scene


def _page(firsts: list[App], plays: bytes) -> App:
    files = {"/script": ("text/javascript", SCRIPT), "/plays": ("application/json", plays)}

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        path = environ["PATH_INFO"]
        if path[1:].isdigit():
            return firsts[int(path[1:])](environ, start_response)
        kind, body = files.get(path, ("text/html", DOCUMENT))
        start_response("200 OK", [("Content-Type", kind)])
        return [body]

    return app


@contextmanager
def dead() -> Iterator[str]:
    """Reserve a port at which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def mute() -> Iterator[str]:
    """Serve nothing: close each connection once a request has arrived."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=_close_each, args=[listening])
        thread.start()
        host, port = listening.getsockname()
        try:
            yield f"http://{host}:{port}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _close_each(listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            connection.recv(65_536)


def provoke(engine: str, scene: Scene) -> list[Printed]:
    """Let a page of an engine play all requests; return what it prints for each."""
    lines = _read_webkit(scene) if engine == "webkit" else _read_window(engine, scene)
    return [*_sort(lines)]


def _read_window(name: str, scene: Scene) -> list[str]:
    with launched(name) as engine, engine.window() as window:
        window.open(f"{scene.page}/")
        window.call("() => over")
        return list(window.console or ())


def _read_webkit(scene: Scene) -> list[str]:
    """Run WebKit's browser without automation: with it, the console prints nothing."""
    option = "--enable-write-console-messages-to-stdout=true"
    command = [str(find_browser()), option, f"{scene.page}/"]
    with display() as screen, home() as (_, environment):
        environment |= {"DISPLAY": screen}
        with running(command, environment, output=subprocess.PIPE) as process:
            return [*_read_until_over(process)]


def _read_until_over(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """Return the lines of the console; the process ends if they do not come in time."""
    assert process.stdout is not None
    impatient = Timer(PATIENCE, process.kill)
    impatient.start()
    with process.stdout:
        for line in process.stdout:
            text = OF_WEBKIT.sub("", line.decode().rstrip("\n"), count=1)
            yield text
            if text == OVER:
                impatient.cancel()
                return
    pytest.fail(f"WebKit has not printed everything within {PATIENCE} seconds")


def _sort(lines: list[str]) -> Iterator[Printed]:
    """Give each request the lines between its begin and its end."""
    by_number: dict[int, list[str]] = {}
    outcomes: dict[int, tuple[bool, str | None]] = {}
    current = -1
    for text in lines:
        if begun := BEGINS.fullmatch(text):
            current = int(begun[1])
        elif ended := ENDS.fullmatch(text):
            outcomes[int(ended[1])] = ended[2] == "true", ended[3]
        elif text != OVER:
            by_number.setdefault(current, []).extend(text.split("\n"))
    return (Printed(*outcomes[n], tuple(by_number.get(n, ()))) for n in range(len(PLAYS)))
