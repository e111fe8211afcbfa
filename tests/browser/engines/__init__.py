"""Chromium, Firefox and WebKitGTK behind one small interface.

with launched("firefox") as engine, engine.window() as window:
    window.open("http://localhost:8000/")
    assert window.call("(a, b) => a + b", 1, 2) == 3
"""

from contextlib import AbstractContextManager

from tests.browser.engines import chromium, firefox, webkit
from tests.browser.engines.interface import Engine, Window

__all__ = ["ENGINES", "Engine", "Window", "launched"]

_LAUNCHERS = {
    "chromium": chromium.launched,
    "firefox": firefox.launched,
    "webkit": webkit.launched,
}

ENGINES = tuple(_LAUNCHERS)
"""The names of all engines."""


def launched(name: str, proxy: str | None = None) -> AbstractContextManager[Engine]:
    """Run an engine until the block ends.

    :param proxy: host and port of the server that gets all requests over HTTP, perhaps except those
        to this machine. Hosts then need no address.
    """
    return _LAUNCHERS[name](proxy)
