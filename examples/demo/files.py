"""A file server without a framework: one WSGI callable under the wrapper.

The app has no router, so each policy belongs to a path: the page may read everything below
``/open``, and only another site everything below ``/closed``. The files are the same in both.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from wsgicors import CORSMiddleware, Policy
from wsgicors.paths import by_path

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ASSETS = Path(__file__).parent / "assets"

# A fixed table: no part of a request ever becomes part of a file name.
FILES = {
    "font.woff2": ("font/woff2", (ASSETS / "font.woff2").read_bytes()),
    "picture.png": ("image/png", (ASSETS / "picture.png").read_bytes()),
}


def policies(page_origin: str) -> dict[str, Policy]:
    """Return the policies of the file server by path."""
    return {
        "/open": Policy(allow_origins=[page_origin]),
        "/closed": Policy(allow_origins=["https://elsewhere.example"]),
    }


def create_app(page_origin: str) -> CORSMiddleware:
    """Make the file server.

    :param page_origin: the origin of the demonstration's page, such as ``http://localhost:8000``.
    """
    return CORSMiddleware(send_file, resolve=by_path(policies(page_origin)))


def send_file(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer ``/open/NAME`` and ``/closed/NAME`` with the file of that name."""
    _, _, name = environ.get("PATH_INFO", "").lstrip("/").partition("/")
    try:
        content_type, content = FILES[name]
    except KeyError:
        start_response("404 Not Found", [("Content-Length", "0")])
        return []
    # A stored copy would hide the exchange that the page is about to show.
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(content))),
        ("Cache-Control", "no-store"),
    ]
    start_response("200 OK", headers)
    return [content]
