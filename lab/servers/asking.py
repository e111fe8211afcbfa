"""Plain requests, and the app's responses to them without a server."""

from dataclasses import dataclass
from functools import cache

from lab.servers.answers import Decision
from lab.servers.application import APP, FLASK_HOST, POLICIES, RAW_HOST, application
from tests.helpers import Response, environ


@dataclass(frozen=True)
class Target:
    """An endpoint, an origin that it allows, and a method that needs a preflight."""

    host: str
    path: str
    origin: str
    method: str = "PUT"

    def __str__(self) -> str:
        return f"{self.host}{self.path}"


@dataclass(frozen=True)
class Asked:
    """A plain request."""

    method: str
    path: str
    host: str
    headers: tuple[tuple[str, str], ...] = ()

    def but(
        self, method: str | None = None, path: str | None = None, **headers: str | None
    ) -> "Asked":
        """Return a copy with another method, path or headers; None removes a header."""
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        lines = dict(self.headers) | changed
        kept = tuple((name, value) for name, value in lines.items() if value is not None)
        return Asked(method or self.method, self.path if path is None else path, self.host, kept)


@cache
def decide(asked: Asked) -> Decision:
    """Call the app without a server."""
    headers = {name.replace("-", "_"): value for name, value in asked.headers}
    response = Response(application, environ(asked.method, asked.path, host=asked.host, **headers))
    return Decision.read(int(response.status[:3]), response.lines)


TARGETS = [
    *(Target(RAW_HOST, path, APP) for path in POLICIES),
    Target(FLASK_HOST, "/items", "https://app.example", method="GET"),
    Target(FLASK_HOST, "/items/1", "https://app.example"),
]


def a_read(target: Target) -> Asked:
    return Asked("GET", target.path, target.host, (("origin", target.origin),))


def a_preflight(target: Target) -> Asked:
    lines = (("origin", target.origin), ("access-control-request-method", target.method))
    return Asked("OPTIONS", target.path, target.host, lines)
