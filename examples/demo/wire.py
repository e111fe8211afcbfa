"""A log of what crossed the wire, kept outside every application.

The page reads this log from its own origin. Reading it therefore needs no CORS, and the log shows
what the browser and the server really sent, including what JavaScript was not allowed to see.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_HEADERS = {
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
    "content-type",
    "cookie",
    "sec-fetch-mode",
}
RESPONSE_HEADERS = {"content-type", "location", "set-cookie", "vary"}


class Wire:
    """The latest exchanges of several applications, in the order of their answers."""

    def __init__(self, keep: int = 2000) -> None:
        self._exchanges: deque[dict[str, Any]] = deque(maxlen=keep)
        self._lock = Lock()

    def tap(self, app: WSGIApplication, cookie: str | None = None) -> WSGIApplication:
        """Wrap an application so that its exchanges are written here.

        :param cookie: a regular expression for the application's cookie, such as ``name=[0-9]+``.
            Others are left out: browsers send the cookies of all servers on this machine, because
            cookies ignore the port.
        """

        def tapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            # Read on entry: an application may change its environ on the way.
            request = describe_request(environ, cookie)

            def record(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
                # Written before the first byte leaves, so that the page finds it on arrival.
                self._add({**request, "status": status, "answered": answers_that_matter(headers)})
                return start_response(status, headers, *exc_info)

            return app(environ, record)

        return tapped

    def exchanges(self, scenario: str, run: str) -> list[dict[str, Any]]:
        """Return what one run of one scenario has exchanged so far."""
        with self._lock:
            return [
                exchange
                for exchange in self._exchanges
                if exchange["scenario"] == scenario and exchange["run"] == run
            ]

    def exchanges_below(self, path: str) -> list[dict[str, Any]]:
        """Return what was exchanged so far at the URLs that begin with this path."""
        with self._lock:
            return [exchange for exchange in self._exchanges if exchange["path"].startswith(path)]

    def _add(self, exchange: dict[str, Any]) -> None:
        with self._lock:
            self._exchanges.append(exchange)


def describe_request(environ: WSGIEnvironment, cookie: str | None) -> dict[str, Any]:
    """Return the part of a request that matters to CORS, and the scenario that it names."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    return {
        "scenario": query.get("scenario", [""])[0],
        "run": query.get("run", [""])[0],
        "method": environ["REQUEST_METHOD"],
        "path": environ.get("PATH_INFO", ""),
        "asked": requests_that_matter(request_headers(environ, cookie)),
    }


def request_headers(environ: WSGIEnvironment, cookie: str | None) -> Iterable[tuple[str, str]]:
    """Give back the names that the gateway turned into variables, in the usual capitals."""
    if environ.get("CONTENT_TYPE"):
        yield "Content-Type", environ["CONTENT_TYPE"]
    for variable, value in environ.items():
        if variable == "HTTP_COOKIE":
            pairs = [pair.strip() for pair in value.split(";")]
            if cookie and (own := [pair for pair in pairs if re.fullmatch(cookie, pair)]):
                yield "Cookie", "; ".join(own)
        elif variable.startswith("HTTP_"):
            yield variable[len("HTTP_") :].replace("_", "-").title(), value


def requests_that_matter(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers of a request that matter to CORS."""
    return [
        (name, value)
        for name, value in headers
        if name.lower() in REQUEST_HEADERS or name.lower().startswith("x-")
    ]


def answers_that_matter(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers of an answer that matter to CORS."""
    return [
        (name, value)
        for name, value in headers
        if name.lower() in RESPONSE_HEADERS or name.lower().startswith(("access-control-", "x-"))
    ]
