"""What the developer tools of browsers write into HAR files about the requests of a page."""

import json
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic, sleep
from typing import Any, TypeVar
from urllib.request import urlopen

import pytest

from tests.browser import chromium
from tests.browser.engines import launched
from tests.browser.engines.chromium import ChromiumWindow
from tests.browser.engines.firefox import Firefox
from tests.browser.recorded.scenarios import PLAY, SCENARIOS, Answer

PAGE = """<!doctype html><meta charset="utf-8"><title>A page</title>
<link rel="stylesheet" href="{api}/style.css">
<img src="{api}/image.png"><img crossorigin src="{api}/image.png?crossorigin">
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">
<script src="{api}/script.js"></script>
<script type="module" src="{api}/module.js"></script>
<iframe src="{api}/frame"></iframe>
"""
"""A page that loads more than its JavaScript requests."""


class Handler(BaseHTTPRequestHandler):
    """Answers as the scenarios say."""

    protocol_version = "HTTP/1.1"
    places: Mapping[str, str]

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = re.search("scenario=([0-9]+)", self.path)
        number = found[1] if found else ""
        answer, body = Answer({"Content-Type": "text/plain"}), b"ok"
        if self.path == "/":
            headers = {"Content-Type": "text/html", "Set-Cookie": "session=s3cret-value; Path=/"}
            answer, body = Answer(headers), PAGE.format(**self.places).encode()
        elif number:
            scenario = SCENARIOS[int(number)]
            answer = scenario.target if self.path.startswith("/target") else scenario.answer
            if self.command == "OPTIONS":
                answer = scenario.preflight
        places = {**self.places, "origin": self.headers.get("Origin", ""), "number": number}
        body = b"" if answer.status == 204 else body
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value.format(**places))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(handler: type[Handler]) -> Iterator[str]:
    """Serve on loopback until the block ends; yield the origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    """Return a port at which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@dataclass(frozen=True)
class Recorded:
    """What a browser has recorded of all scenarios."""

    page: str
    """The origin of the page."""
    files: Mapping[str, bytes]
    """HAR files, by the way in which they were made."""
    passed: list[bool]
    """Whether the page got a response, for each scenario."""


def record(name: str) -> Recorded:
    """Let a page make all requests, and record them as the developer tools of an engine do."""
    with ExitStack() as stack:
        methods = {f"do_{name}": Handler.answer for name in ("GET", "OPTIONS", "POST", "PUT")}
        handler = type("Scenarios", (Handler,), methods)
        places = {one: stack.enter_context(serving(handler)) for one in ("page", "api")}
        places["down"] = f"http://localhost:{free_port()}"
        handler.places = places
        urls = [
            f"{places[one.server]}/items?scenario={number}&token=s3cret-token"
            for number, one in enumerate(SCENARIOS)
        ]
        arguments = urls, [asdict(one) for one in SCENARIOS]
        files, passed = RECORDERS[name](places["page"], arguments)
        return Recorded(places["page"], files, passed)


T = TypeVar("T")

PATIENCE = 60
"""Seconds until tools that have not written all requests count as stuck."""


def _wait(ready: Callable[[], T | None]) -> T:
    """Return a result as soon as there is one."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        if (result := ready()) is not None:
            return result
        sleep(0.5)
    pytest.fail("the developer tools do not record all requests")


def _wait_for_all(find_shown: Callable[[], list[str]]) -> None:
    """Wait until developer tools show requests of all scenarios, and change no more.

    :param find_shown: returns the requests that they show, each with its state.
    """
    before: list[str] = []

    def is_whole() -> bool | None:
        shown = find_shown()
        is_same = shown == before
        before[:] = shown
        numbers = {found[1] for one in shown if (found := re.search(r"scenario=(\d+)", one))}
        return (is_same and len(numbers) == len(SCENARIOS)) or None

    _wait(is_whole)


Result = tuple[dict[str, bytes], list[bool]]


def _record_chromium(page: str, arguments: tuple[Any, ...]) -> Result:
    """Attach the developer tools of Chromium to the page, and let them write files."""
    port = free_port()
    switches = f"--remote-debugging-port={port}", "--remote-allow-origins=*"
    with chromium.launched(*switches) as browser:
        context = browser.contexts[0]
        tab, tools = context.new_page(), context.new_page()
        tab.goto("about:blank#recorded")
        targets = json.load(urlopen(f"http://127.0.0.1:{port}/json/list"))
        found = next(one["id"] for one in targets if one["url"] == tab.url)
        address = f"ws=127.0.0.1:{port}/devtools/page/{found}&panel=network"
        tools.goto(f"devtools://devtools/bundled/devtools_app.html?{address}")
        window = ChromiumWindow(tools)
        _wait(lambda: (tab.goto(f"{page}/") and window.call(HAS_STARTED)) or None)
        tab.goto(f"{page}/")
        passed = ChromiumWindow(tab).call(PLAY, *arguments)
        _wait_for_all(lambda: window.call(SHOWN_BY_CHROMIUM))
        texts = window.call(CHROMIUM)
    return {name: text.encode() for name, text in texts.items()}, passed


HAS_STARTED = """async () => {
  const {NetworkLog} = await import("./models/logs/logs.js");
  const log = NetworkLog.NetworkLog.instance();
  const has_started = log.requests().length > 0;
  if (has_started) log.reset(true);
  return has_started;
}"""
"""Returns whether the tools record requests; if they do, forgets them."""

SHOWN_BY_CHROMIUM = """async () => {
  const {NetworkLog} = await import("./models/logs/logs.js");
  const requests = NetworkLog.NetworkLog.instance().requests();
  return requests.map((request) => `${request.url()} ${request.finished}`);
}"""

CHROMIUM = """async () => {
  const {NetworkLog} = await import("./models/logs/logs.js");
  const {Writer} = await import("./models/har/har.js");
  const requests = NetworkLog.NetworkLog.instance().requests();
  const write = async (sanitize) => {
    const parts = [];
    const stream = {write: async (text) => { parts.push(text); }, close: () => {}};
    const progress = {isCanceled: () => false, set title(_) {}, set totalWork(_) {},
      set worked(_) {}, set done(_) {}, setTitle() {}, setTotalWork() {}, setWorked() {},
      incrementWorked() {}, done() {}};
    await Writer.Writer.write(stream, requests, {sanitize}, progress);
    return parts.join("");
  };
  return {sanitized: await write(true), "with sensitive data": await write(false)};
}"""


def _record_firefox(page: str, arguments: tuple[Any, ...]) -> Result:
    """Open the network monitor of Firefox beside the page, and let it write a file."""
    with launched("firefox") as engine, engine.window() as window:
        assert isinstance(engine, Firefox)
        window.open(f"{page}/")
        engine.call_inside(f"{FIREFOX}return Boolean(await show()); }}", page)
        window.open(f"{page}/")
        passed = window.call(PLAY, *arguments)
        _wait_for_all(lambda: engine.call_inside(f"{FIREFOX}{SHOWN_BY_FIREFOX}", page))
        text = engine.call_inside(f"{FIREFOX}{WRITE}", page)
    return {"all": text.encode()}, passed


FIREFOX = """async (page) => {
  const {require} = ChromeUtils.importESModule("resource://devtools/shared/loader/Loader.sys.mjs");
  const {gDevTools} = require("devtools/client/framework/devtools");
  const show = () => {
    const {gBrowser} = Services.wm.getMostRecentWindow("navigator:browser");
    const isPage = (tab) => tab.linkedBrowser.currentURI.spec.startsWith(page);
    return gDevTools.showToolboxForTab([...gBrowser.tabs].find(isPage), {toolId: "netmonitor"});
  };
"""


SHOWN_BY_FIREFOX = """
  const {store} = (await show()).getCurrentPanel().panelWin;
  return store.getState().requests.requests.map((request) => `${request.url} ${request.status}`);
}"""

WRITE = """
  return JSON.stringify({log: await (await show()).getHARFromNetMonitor()});
}"""


def _record_playwright(page: str, arguments: tuple[Any, ...]) -> Result:
    """Let Playwright write a file about Chromium, which is not what Chromium writes."""
    with TemporaryDirectory() as directory, chromium.launched() as browser:
        file = Path(directory) / "recorded.har"
        context = browser.new_context(record_har_path=file, record_har_content="omit")
        tab = context.new_page()
        tab.goto(f"{page}/")
        passed = ChromiumWindow(tab).call(PLAY, *arguments)
        context.close()
        return {"all": file.read_bytes()}, passed


RECORDERS = {
    "chromium": _record_chromium,
    "firefox": _record_firefox,
    "playwright": _record_playwright,
}
"""What writes HAR files: the developer tools of engines, and Playwright."""
