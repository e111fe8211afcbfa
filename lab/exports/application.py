"""The app behind the servers: the last part of a path says what it answers."""

from collections.abc import Callable, Iterable
from typing import Any

Lines = list[tuple[str, str]]

OWN_HEADERS: Lines = [
    ("Access-Control-Allow-Origin", "*"),
    ("access-control-allow-origin", "https://partner.example"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Expose-Headers", "X-Request-Id, *"),
    ("Access-Control-Allow-Methods", "EGG"),
    ("Access-Control-Allow-Headers", "X-Egg"),
    ("Access-Control-Max-Age", "86400"),
    ("Vary", "Accept-Encoding, origin"),
]

BEHAVIOURS: dict[str, tuple[str, Lines]] = {
    "ok": ("200 OK", []),
    "created": ("201 Created", []),
    "empty": ("204 No Content", []),
    "part": ("206 Partial Content", [("Content-Range", "bytes 0-4/9")]),
    "moved": ("301 Moved Permanently", [("Location", "/elsewhere")]),
    "unchanged": ("304 Not Modified", [("ETag", '"1"')]),
    "private": ("401 Unauthorized", [("WWW-Authenticate", "Basic")]),
    "missing": ("404 Not Found", []),
    "methods": ("405 Method Not Allowed", [("Allow", "GET, OPTIONS")]),
    "teapot": ("418 I'm a teapot", []),
    "broken": ("500 Internal Server Error", []),
    "busy": ("503 Service Unavailable", [("Retry-After", "1")]),
    "own-headers": ("200 OK", OWN_HEADERS),
    "own-headers-missing": ("404 Not Found", OWN_HEADERS),
    "own-headers-unchanged": ("304 Not Modified", OWN_HEADERS),
    "varies": ("200 OK", [("Vary", "Accept-Encoding")]),
    "varies-too": ("500 Oh", [("Vary", "accept, ORIGIN"), ("Vary", "Accept-Language")]),
    "varies-on-all": ("200 OK", [("Vary", "*")]),
}

FILES = ("files/hello.txt", "files/missing.txt", "files/folder", "files/folder/")
"""Paths that a server itself serves, if it can."""

PATHS = (*BEHAVIOURS, *BEHAVIOURS, *FILES * 3)
"""Paths of both kinds, for servers that serve files."""


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as the last part of the path says, without a body; ``404`` for any other."""
    status, headers = BEHAVIOURS.get(environ["PATH_INFO"].rpartition("/")[2], BEHAVIOURS["missing"])
    allow = [("Allow", "GET, OPTIONS")] if environ["REQUEST_METHOD"] == "OPTIONS" else []
    length = [] if status[:3] in {"204", "304"} else [("Content-Length", "0")]
    start_response(status, [*length, *headers, *allow])
    return []
