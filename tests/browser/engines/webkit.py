"""WebKitGTK as an engine, driven by WebDriver: JSON over HTTP.

https://www.w3.org/TR/webdriver2/
"""

import base64
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.browser.engines.interface import HEIGHT, PATIENCE, WIDTH, Engine, Window
from tests.browser.engines.processes import display, find, home, missing, running, wait_until

PACKAGE = "webkit2gtk-driver"

CALL = """const [text, done] = arguments;
(%s)(text).then((value) => done([true, value]), (error) => done([false, String(error)]));"""


class Driver:
    """Commands to WebKitWebDriver, which listens at a port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    def is_ready(self) -> bool | None:
        """Return True once the driver answers."""
        with suppress(ConnectionRefusedError):
            return bool(self.command("GET", "/status")["ready"]) or None
        return None

    def command(self, method: str, path: str, **parameters: Any) -> Any:
        """Send a command, and return its result or fail."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE + 10)
        try:
            body = json.dumps(parameters) if method == "POST" else None
            connection.request(method, path, body)
            value = json.loads(connection.getresponse().read())["value"]
        except TimeoutError:
            pytest.fail(f"WebKit has not answered {method} {path} within {PATIENCE + 10} seconds")
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            message = f"{value['error']}: {value['message']}"
            pytest.fail(f"WebKit answers {method} {path} with {message}")
        return value


class WebKitWindow(Window):
    """The window of a session."""

    console = None  # an automated WebKitGTK prints nothing

    def __init__(self, driver: Driver, session: str) -> None:
        self._driver = driver
        self._path = f"/session/{session}"

    def _post(self, path: str, **parameters: Any) -> Any:
        return self._driver.command("POST", self._path + path, **parameters)

    def open(self, url: str) -> None:
        """Load a page and wait until its ``load`` event is over."""
        self._post("/url", url=url)

    def _evaluate(self, function: str, argument: str, opaque: bool) -> str:
        self._post("/frame", id=0 if opaque else None)
        is_well, text = self._post("/execute/async", script=CALL % function, args=[argument])
        if not is_well:
            pytest.fail(f"in WebKit, {text}")
        return str(text)

    def resize(self, width: int, height: int) -> None:
        """Give the page this much room."""
        self._post("/window/rect", x=0, y=0, width=width, height=height)

    def screenshot(self, path: Path) -> None:
        """Save the page as a PNG."""
        data = self._driver.command("GET", f"{self._path}/screenshot")
        path.write_bytes(base64.b64decode(data))


class WebKit(Engine):
    """WebKitGTK: each window is a process with its own children."""

    name = "webkit"
    version = ""

    def __init__(self, driver: Driver, browser: Path) -> None:
        self._driver = driver
        self._browser = browser
        with self.window():
            pass  # a session says which version it is

    @contextmanager
    def window(self, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Window]:
        """Open a window until the block ends."""
        options = {"binary": str(self._browser), "args": ["--automation"]}
        wanted = {
            "webkitgtk:browserOptions": options,
            "timeouts": {"script": PATIENCE * 1000, "pageLoad": PATIENCE * 1000},
        }
        session = self._driver.command("POST", "/session", capabilities={"alwaysMatch": wanted})
        self.version = session["capabilities"]["browserVersion"]
        number = session["sessionId"]
        try:
            window = WebKitWindow(self._driver, number)
            window.resize(width, height)
            yield window
        finally:
            self._driver.command("DELETE", f"/session/{number}")


@contextmanager
def launched() -> Iterator[Engine]:
    """Run the driver of WebKitGTK until the block ends."""
    program = find(PACKAGE, "WebKitWebDriver")
    browsers = sorted(Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser"))
    if not browsers:
        pytest.fail(missing("MiniBrowser of WebKitGTK", PACKAGE))
    with display() as screen, home() as (_, environment):
        driver = Driver(port := _find_port())
        command = [program, f"--port={port}"]
        with running(command, environment | {"DISPLAY": screen}) as process:
            wait_until(driver.is_ready, process, "WebKitWebDriver")
            yield WebKit(driver, browsers[-1])


def _find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
