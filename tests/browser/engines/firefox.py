"""Firefox as an engine, driven by WebDriver BiDi: JSON over a WebSocket.

https://w3c.github.io/webdriver-bidi/
"""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.browser.engines.interface import HEIGHT, PATIENCE, WIDTH, Engine, Window
from tests.browser.processes import display, find, home, running, wait_until

ADDRESS = "WebDriverBiDiServer.json"
"""The file in the profile in which Firefox writes where it listens."""

PREFERENCES = {
    # Nothing but what a test asks for goes out.
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.newtabpage.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.search.update": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "network.trr.mode": 5,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "data:,",
}


class Connection:
    """Commands to Firefox, each with its result, and what Firefox reports meanwhile."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = count(1)
        self.events: list[dict[str, Any]] = []

    def command(self, method: str, patience: float = 60, **parameters: Any) -> dict[str, Any]:
        """Send a command, and return its result or fail."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while True:
            try:
                answer: dict[str, Any] = json.loads(self._socket.recv(patience))
            except TimeoutError:
                pytest.fail(f"Firefox has not answered {method} within {patience} seconds")
            if answer["type"] == "event":
                self.events.append(answer)
            elif answer["id"] == number:
                break
        if answer["type"] == "error":
            pytest.fail(f"Firefox answers {method} with {answer['error']}: {answer['message']}")
        result: dict[str, Any] = answer["result"]
        return result


class FirefoxWindow(Window):
    """A tab in a user context of its own."""

    def __init__(self, connection: Connection, context: str) -> None:
        self._connection = connection
        self._context = context

    @property
    def console(self) -> list[str]:
        """What the console has printed so far."""
        [tree] = self._tree()
        contexts = {self._context, *(frame["context"] for frame in tree["children"])}
        return [
            event["params"]["text"] or ""
            for event in self._connection.events
            if event["params"]["source"].get("context") in contexts
        ]

    def _tree(self) -> list[dict[str, Any]]:
        tree = self._connection.command("browsingContext.getTree", root=self._context)
        contexts: list[dict[str, Any]] = tree["contexts"]
        return contexts

    def open(self, url: str) -> None:
        """Load a page and wait until its ``load`` event is over."""
        self._connection.command(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    def _evaluate(self, function: str, argument: str, opaque: bool) -> str:
        context = self._tree()[0]["children"][0]["context"] if opaque else self._context
        answer = self._connection.command(
            "script.callFunction",
            PATIENCE,
            functionDeclaration=function,
            arguments=[{"type": "string", "value": argument}],
            awaitPromise=True,
            target={"context": context},
        )
        if answer["type"] == "exception":
            pytest.fail(f"in the page: {answer['exceptionDetails']['text']}")
        text: str = answer["result"]["value"]
        return text

    def screenshot(self, path: Path) -> None:
        """Save the whole page as a PNG."""
        answer = self._connection.command(
            "browsingContext.captureScreenshot", context=self._context, origin="document"
        )
        path.write_bytes(base64.b64decode(answer["data"]))


class Firefox(Engine):
    """Firefox, in a profile of its own."""

    name = "firefox"

    def __init__(self, connection: Connection, proxy: str | None) -> None:
        self._connection = connection
        wanted = {"proxy": {"proxyType": "manual", "httpProxy": proxy}} if proxy else {}
        session = connection.command("session.new", capabilities={"alwaysMatch": wanted})
        self.version = session["capabilities"]["browserVersion"]
        connection.command("session.subscribe", events=["log.entryAdded"])

    @contextmanager
    def window(self, width: int = WIDTH, height: int = HEIGHT) -> Iterator[Window]:
        """Open a window until the block ends."""
        command = self._connection.command
        user = command("browser.createUserContext")["userContext"]
        try:
            context = command("browsingContext.create", type="tab", userContext=user)["context"]
            viewport = {"width": width, "height": height}
            command("browsingContext.setViewport", context=context, viewport=viewport)
            yield FirefoxWindow(self._connection, context)
        finally:
            command("browser.removeUserContext", userContext=user)

    def call_inside(self, function: str, *arguments: Any) -> Any:
        """Call a JavaScript function in the browser itself, where its developer tools are."""
        scope = {"moz:scope": "chrome"}
        [window, *_] = self._connection.command("browsingContext.getTree", **scope)["contexts"]
        return FirefoxWindow(self._connection, window["context"]).call(function, *arguments)


@contextmanager
def launched(proxy: str | None = None) -> Iterator[Engine]:
    """Run Firefox until the block ends."""
    program = find("firefox-esr", "firefox-esr", "firefox")
    with display() as screen, home() as (directory, environment):
        profile = directory / "profile"
        profile.mkdir()
        lines = [f"user_pref({json.dumps(n)}, {json.dumps(v)});" for n, v in PREFERENCES.items()]
        (profile / "user.js").write_text("\n".join(lines), "utf-8")
        command = [program, "--no-remote", "--profile", str(profile), "--remote-debugging-port=0"]
        command.append("--remote-allow-system-access")  # for call_inside
        with running(command, environment | {"DISPLAY": screen}) as process:
            address = wait_until(lambda: _read_address(profile / ADDRESS), process, "Firefox")
            with connect(
                address, max_size=None, proxy=None, open_timeout=60, close_timeout=1
            ) as socket:
                yield Firefox(Connection(socket), proxy)


def _read_address(file: Path) -> str | None:
    with suppress(FileNotFoundError, json.JSONDecodeError):
        address = json.loads(file.read_text("utf-8"))
        return f"ws://{address['ws_host']}:{address['ws_port']}/session"
    return None
