"""Radicale: one policy with the methods and headers of CalDAV, around the whole app."""

from tempfile import mkdtemp

from radicale.app import Application
from radicale.config import load

from wsgicors import CORSMiddleware, Policy

CALDAV = Policy(
    allow_origins=["https://office.example"],
    allow_methods=[
        *("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"),
        *("PROPFIND", "PROPPATCH", "REPORT", "MKCOL", "MKCALENDAR", "MOVE"),
    ],
    allow_headers=[
        *("Authorization", "Content-Type", "If-Match", "If-None-Match"),
        *("Depth", "Destination", "Overwrite", "Prefer"),
    ],
    expose_headers=["DAV", "ETag", "Location", "WWW-Authenticate"],
    max_age=600,
)

configuration = load()
configuration.update({"storage": {"filesystem_folder": mkdtemp()}, "auth": {"type": "none"}})
app = CORSMiddleware(Application(configuration), CALDAV)
