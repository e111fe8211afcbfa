"""Serve an app on a listening socket: ``python -m lab.servers.serve waitress 3 module:app``."""

import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

Server = Callable[[socket.socket, str], None]


def gunicorn(worker: str, listening: socket.socket, app: str) -> None:
    from gunicorn.app.wsgiapp import run

    bind = f"--bind=fd://{listening.fileno()}"
    sys.argv = ["gunicorn", bind, f"--worker-class={worker}", "--no-control-socket", app]
    if worker == "gthread":
        sys.argv.insert(-1, "--threads=4")
    run()


def waitress(listening: socket.socket, app: str) -> None:
    import waitress

    waitress.serve(load(app), sockets=[listening])


def cheroot(listening: socket.socket, app: str) -> None:
    from cheroot.wsgi import Server

    # Hand over the socket as systemd does: descriptor 3, for the process with this id.
    os.dup2(listening.fileno(), 3)
    os.environ["LISTEN_PID"] = str(os.getpid())
    Server(listening.getsockname(), load(app)).start()


def wsgiref(listening: socket.socket, app: str) -> None:
    host, port = address = listening.getsockname()
    with WSGIServer(address, WSGIRequestHandler, bind_and_activate=False) as server:
        server.socket.close()
        server.socket = listening
        server.server_name, server.server_port = host, port
        server.setup_environ()
        server.set_app(load(app))
        server.serve_forever()


SERVERS: dict[str, Server] = {
    "gunicorn-sync": partial(gunicorn, "sync"),
    "gunicorn-gthread": partial(gunicorn, "gthread"),
    "waitress": waitress,
    "cheroot": cheroot,
    "wsgiref": wsgiref,
}


def load(app: str) -> Any:
    module, _, name = app.partition(":")
    return getattr(import_module(module), name)


if __name__ == "__main__":
    _, server, descriptor, app = sys.argv
    SERVERS[server](socket.socket(fileno=int(descriptor)), app)
