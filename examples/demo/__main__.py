"""Serve the demonstration until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import time

from .serve import serving


def main() -> None:
    """Read the options, say where the page is, and serve it."""
    options = parse_options()
    # A shell that starts a program in the background has it ignore this signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        ports = options.page_port, options.api_port, options.files_port, options.play_port
        with serving(*ports) as origins:
            print(f"page        {origins.page}/")
            print(f"playground  {origins.page}/playground/")
            print(f"API         {origins.api}")
            print(f"files       {origins.files}")
            print(f"targets     {origins.play}")
            print("\nOpen a page in a browser. Ctrl-C stops the demonstration.", flush=True)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        print("\nStopped.")


def parse_options() -> argparse.Namespace:
    """Read the ports from the command line."""
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    for name, port in (("page", 8000), ("api", 8001), ("files", 8002), ("play", 8003)):
        parser.add_argument(
            f"--{name}-port",
            type=port_number,
            default=port,
            metavar="PORT",
            help=f"default {port}; a free port if 0 or busy",
        )
    return parser.parse_args()


def port_number(text: str) -> int:
    """Read a port number, 0 included."""
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not a port; give 0 to 65535")
    return port


if __name__ == "__main__":
    main()
