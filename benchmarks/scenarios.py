"""The requests that every subject is asked to answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from typing import Any

from .limits import App
from .measure import ORIGIN, Call, again
from .subjects import BARE, CREDENTIALED, NOTHING, PATH, SETTINGS

ALLOWED = "https://app.example"
REFUSED = "https://refused.example"

HOSTILE_SIZE = 65_536
"""Characters of Access-Control-Request-Headers: what the more patient servers let through."""

COMMON: Mapping[str, Any] = {
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SERVER_SOFTWARE": "server",
    "SERVER_NAME": "api.example",
    "SERVER_PORT": "80",
    "REMOTE_ADDR": "192.0.2.1",
    "REMOTE_PORT": "50000",
    "SCRIPT_NAME": "",
    "PATH_INFO": PATH,
    "RAW_URI": PATH,
    "QUERY_STRING": "",
    "HTTP_HOST": "api.example",
    "HTTP_CONNECTION": "keep-alive",
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "HTTP_ACCEPT": "*/*",
    "HTTP_ACCEPT_ENCODING": "gzip, deflate, br, zstd",
    "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.5",
    "HTTP_REFERER": "https://app.example/",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.input": BytesIO(),
    "wsgi.errors": None,
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
GET: Mapping[str, Any] = {**COMMON, "REQUEST_METHOD": "GET"}
PREFLIGHT: Mapping[str, Any] = {
    **COMMON,
    "REQUEST_METHOD": "OPTIONS",
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT",
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": "content-type",
}


@dataclass(frozen=True)
class Scenario:
    """A request, and what may be particular about it."""

    name: str
    environ: Mapping[str, Any]
    origin: str | None
    credentials: bool = False
    is_ever_new: bool = False
    """Whether each request is for another URL."""

    @property
    def base(self) -> str:
        """What a cost is counted above: a preflight never reaches the app, so all of it counts."""
        return NOTHING if self.environ["REQUEST_METHOD"] == "OPTIONS" else BARE

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings that the apps are made with."""
        return CREDENTIALED if self.credentials else SETTINGS

    def call(self, app: App) -> Call:
        """Make this request of an app."""
        if self.origin is None:
            return Call(app, self.environ, again("fresh"), header="HTTP_X_REQUEST_ID")
        if self.is_ever_new:
            return Call(app, {**self.environ, ORIGIN: self.origin}, _urls(), header="PATH_INFO")
        return Call(app, self.environ, again(self.origin))


def _urls() -> Callable[[], str]:
    numbers = count(10**6)
    return lambda: f"{PATH}/{next(numbers)}"


def hostile(requested: str) -> dict[str, Any]:
    """Make a preflight that asks for such headers, over and over up to 64 KiB."""
    asked = (requested * HOSTILE_SIZE)[:HOSTILE_SIZE]
    return {**PREFLIGHT, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": asked}


ACTUAL = [
    Scenario("GET without Origin", GET, None),
    Scenario("GET, origin allowed", GET, ALLOWED),
    Scenario("GET, origin refused", GET, REFUSED),
    Scenario("GET with credentials", {**GET, "HTTP_COOKIE": "session=1"}, ALLOWED, True),
]
GRANTED = Scenario("preflight granted", PREFLIGHT, ALLOWED)
ORDINARY = [GRANTED, Scenario("preflight refused", PREFLIGHT, REFUSED)]
PREFLIGHTS = [
    *ORDINARY,
    Scenario("preflight granted, 64 KiB of header names", hostile("x-a,"), ALLOWED),
]
NEW_URL = Scenario(
    "preflight granted, ever-new URL",
    {**PREFLIGHT, "PATH_INFO": _urls()()},
    ALLOWED,
    is_ever_new=True,
)
ON_FLASK = [*ACTUAL, *PREFLIGHTS, NEW_URL]
"""What only an app with a router is asked, too."""

HOSTILE = {"many names": "x-a,", "one name": "x", "commas and blanks": ", "}
"""What hostile headers are made of, by name."""
