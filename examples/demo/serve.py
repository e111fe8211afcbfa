"""Serve four origins from one process, each on a port of this machine."""

from __future__ import annotations

import errno
import logging
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any

from werkzeug.serving import WSGIRequestHandler, make_server

from . import api, files, frontend
from .hosts import only_this_machine, origin_at
from .playground.prediction import COOKIE
from .playground.targets import Targets
from .playground.views import create_blueprint
from .wire import Wire

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# Browsers try ::1 first for localhost. We listen on both addresses: otherwise another program could
# listen on the same port of the other address, and respond instead of the demonstration.
LOOPBACK = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
NO_SUCH_ADDRESS = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


@dataclass(frozen=True)
class Origins:
    """Where the demonstration is served."""

    page: str
    api: str
    files: str
    play: str


class Listener:
    """One port of this machine, reached by the name ``localhost``.

    :param port: the port to listen on. Another free one takes its place if it is 0 or busy.
    """

    def __init__(self, port: int) -> None:
        self.sockets = bind(port)
        self.port: int = self.sockets[0].getsockname()[1]
        self.origin = origin_at(self.port)

    @contextmanager
    def serving(self, app: WSGIApplication) -> Iterator[None]:
        """Serve an application until the block ends."""
        with ExitStack() as stack:
            for listening in self.sockets:
                stack.enter_context(serving_socket(listening, app))
            yield

    def close(self) -> None:
        """Stop listening."""
        for listening in self.sockets:
            listening.close()


@contextmanager
def serving(
    page_port: int = 0, api_port: int = 0, files_port: int = 0, play_port: int = 0
) -> Iterator[Origins]:
    """Serve the page, the API, the files and the playground's targets until the block ends.

    A port of 0, or one that is busy, is replaced by a free one.
    """
    with ExitStack() as stack:
        # All ports first: a policy needs the page's origin, and the page the other ones.
        page, api_, files_, play = (
            stack.enter_context(closing(Listener(port)))
            for port in (page_port, api_port, files_port, play_port)
        )
        stack.enter_context(without_deliberate_errors(api.__name__))

        def serve(listener: Listener, app: WSGIApplication) -> None:
            stack.enter_context(listener.serving(only_this_machine(app, listener.port)))

        wire = Wire()
        serve(files_, wire.tap(files.create_app(page.origin)))
        serve(api_, wire.tap(api.create_app(page.origin), api.COOKIE_PATTERN))
        targets = Targets(page.origin)
        serve(play, wire.tap(targets, re.escape(COOKIE)))
        playground = create_blueprint(wire, targets, page.origin, play.origin)
        serve(page, frontend.create_app(wire, page.origin, api_.origin, files_.origin, playground))
        yield Origins(page.origin, api_.origin, files_.origin, play.origin)


def bind(port: int) -> list[socket.socket]:
    """Listen on one port of every loopback address, on a free one if that port is taken."""
    # A free port of one address can be busy on the other; a few attempts find one free on both.
    for candidate in (port, *[0] * 10):
        try:
            return bind_everywhere(candidate)
        except OSError as error:
            busy = error
    raise busy


def bind_everywhere(port: int) -> list[socket.socket]:
    """Listen on this port of every loopback address that this machine has, or on none."""
    with ExitStack() as stack:
        sockets: list[socket.socket] = []
        for family, address in LOOPBACK:
            try:
                listening = socket.create_server((address, port), family=family)
            except OSError as error:
                if sockets and error.errno in NO_SUCH_ADDRESS:
                    continue
                raise
            sockets.append(stack.enter_context(listening))
            port = listening.getsockname()[1]
        stack.pop_all()
    return sockets


@contextmanager
def serving_socket(listening: socket.socket, app: WSGIApplication) -> Iterator[None]:
    """Serve an application on a listening socket, each request in a thread of its own."""
    host, port = listening.getsockname()[:2]
    server = make_server(
        host, port, app, threaded=True, request_handler=QuietHandler, fd=listening.fileno()
    )
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


class QuietHandler(WSGIRequestHandler):
    """A request handler that does not log requests: the page shows them."""

    def log_request(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""


@contextmanager
def without_deliberate_errors(name: str) -> Iterator[None]:
    """Have a logger leave out the error of the view that fails on purpose at every run."""

    def accidental(record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], api.DeliberateError))

    logger = logging.getLogger(name)
    logger.addFilter(accidental)
    try:
        yield
    finally:
        logger.removeFilter(accidental)
