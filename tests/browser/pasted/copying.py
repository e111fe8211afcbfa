"""Requests of a page, recorded as they arrive, and the texts that developer tools copy of them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.browser.engines import launched
from tests.browser.engines.firefox import Firefox

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
TEXT = "text/plain;charset=UTF-8"


@dataclass(frozen=True)
class Case:
    """A request that a page makes."""

    name: str
    method: str = "GET"
    target: str = "/items"
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    credentials: str = "same-origin"
    cache: str = "default"
    is_blob: bool = False
    server: str = "all"
    """What the server allows: see ``allow``."""


CASES = [
    Case("plain"),
    Case("a header", headers=(("X-Request-Id", 'it\'s "1" ^%PATH%! `x` $HOME \\ end\\'),)),
    Case("an empty header", headers=(("X-Empty", ""),)),
    Case("Accept", headers=(("Accept", "application/json, text/plain"), ("X-A", "1"))),
    Case("Cache-Control", headers=(("Cache-Control", "no-cache"),)),
    Case("no-store", cache="no-store"),
    Case("a target", target="/items?q='a'&b[0]={1}&c=%20^!%PATH%(*)"),
    Case("HEAD", "HEAD"),
    Case("OPTIONS", "OPTIONS"),
    Case("DELETE", "DELETE", credentials="include"),
    Case("cookies", credentials="include"),
    Case("a token", "PATCH", headers=(("Authorization", "Bearer a.b"), ("X-A", "1")), body="x"),
    Case(
        "JSON",
        "PUT",
        headers=(("Content-Type", JSON),),
        body=json.dumps({"it's": '"quoted"\n\\ ü 漢 😀'}, ensure_ascii=False),
    ),
    Case("a form", "POST", headers=(("Content-Type", FORM),), body="a=1&b=%C3%A9+x&c=^%!"),
    Case("special characters", "POST", body='^%PATH%! $HOME `id` & | > < ; \' " \\" \\\\ @ # ~ !!'),
    Case("control characters", "POST", body="a\x01\x7f\tb \x1b[1m é\xa0ÿ", credentials="include"),
    Case("newlines", "POST", body="first\nsecond\n\nlast"),
    Case("an at sign", "POST", body="@file"),
    Case("bytes", "POST", body="a=1", is_blob=True),
]

FAULTS = [
    Case("no CORS", server="nothing"),
    Case("no CORS with cookies", credentials="include", server="nothing"),
    Case("any origin", server="any origin"),
    Case("any origin with cookies", credentials="include", server="any origin"),
    Case("any origin with a preflight", "DELETE", server="any origin"),
    Case(
        "any origin and JSON with cookies",
        "POST",
        "/",
        (("Content-Type", JSON),),
        "{}",
        "include",
        server="any origin",
    ),
    Case("no methods", "PUT", body="x", server="no methods"),
    Case("no headers", headers=(("X-A", "1"), ("Authorization", "Bearer 1")), server="no headers"),
    Case("no headers and JSON", "POST", "/", (("Content-Type", JSON),), "{}", server="no headers"),
    Case(
        "no headers with cookies", "PUT", "/", (("X-A", "1"),), "x", "include", server="no headers"
    ),
]
"""Requests of which servers block some."""

PLAYED = [*CASES, *FAULTS]

PLAY = """async (api, cases) => {
  const passed = [];
  for (const [number, {target, body, headers, is_blob, ...options}] of cases.entries()) {
    const separator = target.includes("?") ? "&" : "?";
    if (body !== null) options.body = is_blob ? new TextEncoder().encode(body) : body;
    const url = `${api}${target}${separator}case=${number}`;
    const sent = fetch(url, {...options, headers: new Headers(headers)});
    passed.push(await sent.then(() => true, () => false));
  }
  return passed;
}"""


@dataclass(frozen=True)
class Recorded:
    """A request as it arrived."""

    url: str
    method: str
    headers: list[tuple[str, str]]
    body: str

    @property
    def is_preflight(self) -> bool:
        return any(name.lower() == "access-control-request-method" for name, _ in self.headers)


def allow(server: str, origin: str, asked: str) -> dict[str, str]:
    """Return the headers with which a server allows requests.

    :param asked: the header names that a preflight asks for.
    """
    methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    headers = {
        "Access-Control-Allow-Origin": "*" if server == "any origin" else origin,
        "Access-Control-Allow-Credentials": "" if server == "any origin" else "true",
        "Access-Control-Allow-Methods": "" if server == "no methods" else methods,
        "Access-Control-Allow-Headers": "" if server == "no headers" else asked,
        "Access-Control-Max-Age": "0",
    }
    return {} if server == "nothing" else {name: value for name, value in headers.items() if value}


def find_server(url: str) -> str:
    """Return what the server of a case allows, by the URL of its request."""
    number = url.partition("case=")[2]
    return PLAYED[int(number)].server if number else "all"


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer as the servers do."""
    origin = environ.get("HTTP_ORIGIN", "*")
    asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    lines = allow(find_server(environ["QUERY_STRING"]), origin, asked)
    start_response("200 OK", [*lines.items()])
    return []


class Handler(BaseHTTPRequestHandler):
    """Records the requests of cases."""

    recorded: list[Recorded]

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if "case=" in self.path:
            url = f"http://{self.headers['Host']}{self.path}"
            self.recorded.append(Recorded(url, self.command, self.headers.items(), body))
        origin = self.headers.get("Origin", "*")
        asked = self.headers.get("Access-Control-Request-Headers", "")
        headers = {
            **allow(find_server(self.path), origin, asked),
            "Set-Cookie": "sid=it's 1; Path=/",
            "Content-Type": "text/html",
            "Content-Length": "0",
        }
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(recorded: list[Recorded]) -> Iterator[str]:
    """Serve on loopback until the block ends; yield the origin."""
    methods = {f"do_{case.method}": Handler.answer for case in PLAYED}
    handler = type("Recorder", (Handler,), {"recorded": recorded, **methods})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Copied:
    """The texts that an engine copies of the requests of a page."""

    page: str
    api: str
    requests: list[Recorded]
    texts: list[dict[str, str]]
    """By format, for each request."""
    passed: list[bool]
    """Whether the page got a response, for each case."""

    def find(self, number: int, *, preflight: bool = False) -> tuple[Recorded, dict[str, str]]:
        """Return a case's request, or its preflight, with its texts."""
        for request, texts in zip(self.requests, self.texts, strict=True):
            is_case = request.url.endswith(f"case={number}")
            if is_case and request.is_preflight == preflight:
                return request, texts
        raise LookupError(number)


def copy(name: str) -> Copied:
    """Let a page of an engine make all requests, and copy each as the developer tools do."""
    recorded: list[Recorded] = []
    with ExitStack() as stack:
        page, api = (stack.enter_context(serving(recorded)) for _ in range(2))
        engine = stack.enter_context(launched(name))
        with engine.window() as window:
            window.open(f"{page}/")
            passed = window.call(PLAY, api, [asdict(case) for case in PLAYED])
        requests = [asdict(request) for request in recorded]
        if isinstance(engine, Firefox):
            texts = engine.call_inside(FIREFOX, requests)
        else:
            with engine.window() as window:
                window.open(TOOLS[name])
                texts = window.call({"chromium": CHROMIUM, "webkit": WEBKIT}[name], requests)
    return Copied(page, api, recorded, texts, passed)


TOOLS = {
    "chromium": "devtools://devtools/bundled/devtools_app.html",
    "webkit": "resource:///org/webkit/inspector/UserInterface/Main.js",
}
"""Where the developer tools of an engine are."""

CHROMIUM = """async (requests) => {
  const {NetworkLogView: {NetworkLogView}} = await import("./panels/network/network.js");
  const {generateFetchCall, generatePowerShellCommand} = NetworkLogView.prototype;
  return Promise.all(requests.map(async ({url, method, headers, body}) => {
    const request = {
      url: () => url,
      requestMethod: method,
      requestFormData: async () => body || null,
      requestHeaders: () => headers.map(([name, value]) => ({name, value})),
      includedRequestCookies: () => headers
        .filter(([name]) => name.toLowerCase() === "cookie")
        .map(([, value]) => ({cookie: {
          name: () => value, value: () => value, domain: () => "localhost"}})),
      securityState: () => "insecure",
    };
    return {
      "curl": await NetworkLogView.generateCurlCommand(request, "unix"),
      "curl for cmd.exe": await NetworkLogView.generateCurlCommand(request, "win"),
      "fetch": await generateFetchCall.call({}, request, 0),
      "fetch in the console": await generateFetchCall.call(
        {}, request, 0, {commentForbiddenHeaders: true}),
      "PowerShell": await generatePowerShellCommand.call({}, request),
      "fetch for Node.js": await generateFetchCall.call({}, request, 1),
    };
  }));
}"""

FIREFOX = """async (requests) => {
  const {require} = ChromeUtils.importESModule("resource://devtools/shared/loader/Loader.sys.mjs");
  const {Curl} = require("resource://devtools/client/shared/curl.js");
  const folder = "resource://devtools/client/netmonitor/src/widgets/";
  const Menu = require(`${folder}RequestListContextMenu.js`);
  const menu = new Menu({connector: {}});
  return Promise.all(requests.map(async ({url, method, headers: lines, body}) => {
    const headers = lines.map(([name, value]) => ({name, value}));
    const postDataText = body || undefined;
    const data = {url, method, headers, httpVersion: "HTTP/1.1", postDataText};
    return {
      "curl": Curl.generateCommand(data, "Linux"),
      "curl for cmd.exe": Curl.generateCommand(data, "WINNT"),
      "fetch": await menu.generateFetchString(
        "1", url, method, {headers}, {postData: {text: postDataText}}),
    };
  }));
}"""

WEBKIT = r"""async (requests) => {
  const source = document.body.innerText;
  const begin = source.indexOf("generateFetchCode()\n{");
  const end = source.indexOf("\nstringifyHTTPRequest()", begin);
  String.prototype.extendedLocaleCompare = String.prototype.localeCompare;
  const WI = {indentString: () => "    ", HTTPUtilities: {RequestMethod: {GET: "GET"}}};
  const isEmptyObject = (object) => !Object.keys(object).length;
  const {prototype} = new Function(
    "WI", "isEmptyObject", `return class {${source.slice(begin, end)}}`)(WI, isEmptyObject);
  return requests.map(({url, method, headers, body}) => {
    const find = (name) => (headers.find(([n]) => n.toLowerCase() === name.toLowerCase()) || [])[1];
    const requestHeaders = Object.fromEntries(headers);
    Object.defineProperty(requestHeaders, "valueForCaseInsensitiveKey", {value: find});
    const request = Object.assign(Object.create(prototype), {
      url, requestHeaders, _requestHeaders: requestHeaders,
      requestMethod: method,
      requestData: body || null,
      requestDataContentType: find("Content-Type"),
      requestCookies: find("Cookie") ? [1] : [],
    });
    return {"curl": request.generateCURLCommand(), "fetch": request.generateFetchCode()};
  });
}"""
