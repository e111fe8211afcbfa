"""What a request asks for in plain terms, and what the app answers to it without any server."""

from dataclasses import dataclass
from functools import cache

from tests.helpers import Response, environ
from tests.servers.answers import Decision
from tests.servers.application import APP, FLASK_HOST, POLICIES, RAW_HOST, application


@dataclass(frozen=True)
class Target:
    """One endpoint, an origin that it admits, and a method that takes a preflight."""

    host: str
    path: str
    origin: str
    method: str = "PUT"

    def __str__(self) -> str:
        return f"{self.host}{self.path}"


@dataclass(frozen=True)
class Asked:
    """A request as plainly as it can be written."""

    method: str
    path: str
    host: str
    headers: tuple[tuple[str, str], ...] = ()

    def but(
        self, method: str | None = None, path: str | None = None, **headers: str | None
    ) -> "Asked":
        """Return it with another method or path, or with headers changed or (None) left out."""
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        lines = dict(self.headers) | changed
        kept = tuple((name, value) for name, value in lines.items() if value is not None)
        return Asked(method or self.method, self.path if path is None else path, self.host, kept)


@cache
def decide(asked: Asked) -> Decision:
    """Ask the app itself."""
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
