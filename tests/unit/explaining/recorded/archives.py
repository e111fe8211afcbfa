"""HAR files for tests, written by hand."""

import io
import json

from wsgicors.explaining.recorded.reading import read_har

PAGE = "https://app.example"
API = "https://api.example"
ITEMS = f"{API}/items"

ALLOWING = {"Access-Control-Allow-Origin": PAGE}
GRANTING = {
    **ALLOWING,
    "Access-Control-Allow-Methods": "PUT",
    "Access-Control-Allow-Headers": "x-a",
}
MODERN = {"Host": "api.example", "Sec-Fetch-Mode": "cors"}
"""What a browser sends with each request."""


def lines(headers):
    pairs = headers.items() if isinstance(headers, dict) else headers
    return [{"name": name, "value": value} for name, value in pairs]


def at(seconds):
    return f"2026-11-30T10:{int(seconds) // 60:02}:{seconds % 60:06.3f}Z"


def entry(
    url=ITEMS,
    method="GET",
    sent=(),
    status=200,
    received=(),
    *,
    origin=PAGE,
    error=...,
    start=0.0,
    time=20,
    response=None,
    request=None,
    **more,
):
    """Return an entry as a browser writes it; its response has at least a ``Date``."""
    own = {} if origin is None else {"Origin": origin}
    answered = {
        "status": status,
        "statusText": "",
        "headers": lines({"Date": "now", **dict(received)} if status else {}),
        "content": {"size": 0, "mimeType": ""},
        "redirectURL": dict(received).get("Location", ""),
        **({} if error is ... else {"_error": error}),
        **(response or {}),
    }
    asked = {
        "method": method,
        "url": url,
        "headers": lines({**MODERN, **own, **dict(sent)}),
        "cookies": [],
        **(request or {}),
    }
    begun = {} if start is None else {"startedDateTime": at(start)}
    return {**begun, "time": time, "request": asked, "response": answered, **more}


def preflight(url=ITEMS, method="PUT", names="x-a", status=204, received=GRANTING, **more):
    """Return the entry of a preflight."""
    asked = {"Access-Control-Request-Method": method}
    if names:
        asked["Access-Control-Request-Headers"] = names
    return entry(url, "OPTIONS", asked, status, received, **more)


def empty(method="PUT", url=ITEMS, error="net::ERR_FAILED", **more):
    """Return the entry of a request that was not sent, as Chromium writes it."""
    asked = {"headers": lines({"Referer": f"{PAGE}/", "X-A": "1"})}
    return entry(url, method, status=0, error=error, request=asked, **more)


def archive(*entries, **log):
    """Return a file of Chromium's, unless ``creator`` is another program."""
    parts = {"version": "1.2", "creator": {"name": "WebInspector", "version": "1"}, **log}
    return json.dumps({"log": {**parts, "entries": [*entries]}}).encode()


def load(content):
    """Read a file."""
    return read_har(io.BytesIO(content))
