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
from tests.browser.processes import display, find, home, missing, running, wait_until

PACKAGE = "webkit2gtk-driver"

CALL = "const [text, done] = arguments; (%s)(text).then(done);"

START, STARTS = 60, 3
"""Seconds in which the browser has to start, and how many times it is tried."""

NARROWEST = 450
"""Pixels that the toolbar of MiniBrowser needs."""

HIGHEST = 16_000
"""Pixels from which on a window is black."""

MEASURE = "() => [innerWidth, innerHeight, document.documentElement.scrollHeight]"

RESIZED = """async (...size) => {
  const frame = () => new Promise(requestAnimationFrame);
  while (size[0] !== innerWidth || size[1] !== innerHeight) await frame();
  for (let drawn = 0; drawn < 3; drawn++) await frame();
}"""
"""Waits until the page has a size, and is drawn."""


class Driver:
    """Commands to WebKitWebDriver, which listens at a port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    def is_ready(self) -> bool | None:
        """Return True once the driver answers."""
        with suppress(ConnectionRefusedError):
            return bool(self.command("GET", "/status")["ready"]) or None
        return None

    def open_session(self, wanted: dict[str, Any], seconds: float) -> dict[str, Any] | None:
        """Open a session; return ``None`` if the browser has not started within some seconds."""
        try:
            session: dict[str, Any] = self._send(
                "POST", "/session", {"capabilities": wanted}, seconds
            )
        except TimeoutError:
            return None
        return session

    def command(self, method: str, path: str, **parameters: Any) -> Any:
        """Send a command, and return its result or fail."""
        seconds = PATIENCE + 10
        try:
            return self._send(method, path, parameters, seconds)
        except TimeoutError:
            pytest.fail(f"WebKit has not answered {method} {path} within {seconds} seconds")

    def _send(self, method: str, path: str, parameters: dict[str, Any], seconds: float) -> Any:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=seconds)
        try:
            body = json.dumps(parameters) if method == "POST" else None
            connection.request(method, path, body)
            value = json.loads(connection.getresponse().read())["value"]
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
        text: str = self._post("/execute/async", script=CALL % function, args=[argument])
        return text

    def resize(self, width: int, height: int) -> None:
        """Give the page this much room, and wait until it has it."""
        if width < NARROWEST:
            pytest.fail(f"a window of WebKitGTK is {NARROWEST} pixels wide or wider, not {width}")
        bar = self.call("() => outerHeight - innerHeight")
        self._post("/window/rect", x=0, y=0, width=width, height=height + bar)
        self.call(RESIZED, width, height)

    def screenshot(self, path: Path) -> None:
        """Save the page as a PNG: a window is photographed, so make it as high, if it can be."""
        width, height, whole = self.call(MEASURE)
        self.resize(width, max(height, min(whole, HIGHEST)))
        data = self._driver.command("GET", f"{self._path}/screenshot")
        self.resize(width, height)
        path.write_bytes(base64.b64decode(data))


class WebKit(Engine):
    """WebKitGTK. Each window has a driver and processes of its own."""

    name = "webkit"

    def __init__(
        self, program: str, browser: Path, environment: dict[str, str], proxy: str | None
    ) -> None:
        self._program = program
        self._browser = browser
        self._environment = environment
        self._proxy = {"proxy": {"proxyType": "manual", "httpProxy": proxy}} if proxy else {}
        with self._session() as (_, session):
            self.version = session["capabilities"]["browserVersion"]

    @contextmanager
    def window(self, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Window]:
        """Open a window until the block ends."""
        with self._session() as (driver, session):
            window = WebKitWindow(driver, session["sessionId"])
            window.resize(width, height)
            yield window

    @contextmanager
    def _session(self) -> Iterator[tuple[Driver, dict[str, Any]]]:
        """Run a driver, which can have one session, and let it open a window.

        About once in ten thousand times the browser never starts; then another one is started.
        """
        for _ in range(STARTS):
            driver = Driver(port := _find_port())
            with running([self._program, f"--port={port}"], self._environment) as process:
                wait_until(driver.is_ready, process, "WebKitWebDriver")
                session = driver.open_session(self._wanted(), START)
                if session is not None:
                    yield driver, session
                    return
        pytest.fail(f"WebKit has not started within {START} seconds, {STARTS} times")

    def _wanted(self) -> dict[str, Any]:
        # Safari has tracking prevention, which blocks third-party cookies, on; this has it off.
        arguments = ["--automation", "--enable-itp"]
        options = {"binary": str(self._browser), "args": arguments}
        timeouts = dict.fromkeys(("script", "pageLoad"), PATIENCE * 1000)
        wanted = {"webkitgtk:browserOptions": options, "timeouts": timeouts, **self._proxy}
        return {"alwaysMatch": wanted}


@contextmanager
def launched(proxy: str | None = None) -> Iterator[Engine]:
    """Have WebKitGTK at hand until the block ends."""
    program = find(PACKAGE, "WebKitWebDriver")
    browser = find_browser()
    with display() as screen, home() as (_, environment):
        yield WebKit(program, browser, environment | {"DISPLAY": screen}, proxy)


def find_browser() -> Path:
    """Return the path of WebKitGTK's browser, or fail."""
    browsers = sorted(Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser"))
    if not browsers:
        pytest.fail(missing("MiniBrowser of WebKitGTK", PACKAGE))
    return browsers[-1]


def _find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
