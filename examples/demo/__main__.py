"""Serve the demonstration until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Iterator

from .hosts import origin_at
from .serve import Origins, serving

PORTS = {"page": 8000, "api": 8001, "files": 8002, "play": 8003}
"""The usual port of each server."""

NAMES = {"page": "page", "api": "API", "files": "file server", "play": "playground's API"}


def main() -> None:
    """Read the options, say where the page is, and serve it."""
    ports = parse_options()
    # A shell that starts a program in the background has it ignore this signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with serving(*ports.values()) as origins:
            print("\n".join(describe(ports, origins)), flush=True)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        print("\nStopped.")


def describe(ports: dict[str, int], origins: Origins) -> Iterator[str]:
    """Say what to open, where the servers are, and which ports are taken."""
    for name, port in ports.items():
        origin = getattr(origins, name)
        if port and origin != origin_at(port):
            yield f"Port {port} is not available: the {NAMES[name]} is at {origin} instead."
    yield f"Open {origins.page}/ in your browser. Ctrl-C stops the demonstration."
    yield ""
    yield f"playground        {origins.page}/playground/"
    for name in ("api", "files", "play"):
        yield f"{NAMES[name]:16}  {getattr(origins, name)}"


def parse_options() -> dict[str, int]:
    """Read the port of each server from the command line."""
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    for name, port in PORTS.items():
        parser.add_argument(
            f"--{name}-port",
            dest=name,
            type=port_number,
            default=port,
            metavar="PORT",
            help=f"default {port}; a free port if 0 or taken",
        )
    return vars(parser.parse_args())


def port_number(text: str) -> int:
    """Read a port number, 0 included."""
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not a port; give 0 to 65535")
    return port


if __name__ == "__main__":
    main()
