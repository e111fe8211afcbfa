"""What random apps and requests look like: plain values, the same for every framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests import helpers

RAN = "adversarial.ran"
"""The key in the environ for a list of names: each view that runs adds its own."""

UNMARKED = "unmarked"
"""What a view has in the place of a policy's name if it is not decorated."""

USUAL = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]
METHODS = [*USUAL, "OPTIONS"]

OWN_HEADERS = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Expose-Headers", "X-Own"),
    ("Vary", "Cookie"),
]


@dataclass(frozen=True)
class Handler:
    """Code that answers: a view that is a function, or one method of a class."""

    name: str
    mark: str | None
    """The name of the policy in its decorator; ``None`` for ``@cors(None)``, or ``UNMARKED``."""
    ending: str


@dataclass(frozen=True)
class Route:
    """One view with its URLs."""

    name: str
    urls: tuple[str, ...]
    """With a second URL, ``/{n}`` of the second has a default in the first."""
    handlers: Mapping[str, Handler]
    """By method; a function is the handler of all its methods."""
    is_class: bool = False
    mark: str | None = UNMARKED
    """That of the class."""
    in_group: bool = False
    serves_all: bool = False
    """Whether a function serves all methods, if the framework has such routes."""


@dataclass(frozen=True)
class Site:
    """An app, and what is written about its policies."""

    settings: Mapping[str, Mapping[str, Any]]
    """The settings of each policy. One that is named ``default`` is the default."""
    routes: tuple[Route, ...]
    endpoints: Mapping[str, str | None] = field(default_factory=dict)
    group: str | None = UNMARKED
    """The policy of the blueprint."""
    mounted: Handler | None = None
    """Another WSGI app, or a sink, below ``/m``."""
    root: str = ""
    appends_slashes: bool = False
    """In Django and Pyramid; Falcon then ignores slashes, and maps of Werkzeug always do this."""
    by_name: bool = False
    """Whether decorators name their policies."""

    @property
    def default(self) -> str | None:
        return "default" if "default" in self.settings else None

    def policy_of(self, handler_name: str) -> str | None:
        """Return the name of the policy that a handler carries; the most specific one applies."""
        for route, handler in self._handlers():
            if handler.name == handler_name:
                marks = [mark for mark in (handler.mark, route.mark) if mark != UNMARKED]
                listed = [self.endpoints[route.name]] if route.name in self.endpoints else []
                group = [self.group] if route.in_group and self.group != UNMARKED else []
                return [*marks, *listed, *group, self.default][0]
        raise LookupError(handler_name)

    def _handlers(self) -> list[tuple[Route, Handler]]:
        mounted = [Route("mount", ("/m",), {"": self.mounted})] if self.mounted else []
        return [(route, h) for route in [*self.routes, *mounted] for h in route.handlers.values()]


@dataclass(frozen=True)
class Shape:
    """What apps of a framework can have."""

    functions: bool = True
    classes: bool = True
    routes_on_one_url: bool = True
    second_urls: bool = False
    groups: bool = False
    mount: str = ""
    """``app`` for another WSGI app, which is not for this one's policies; or ``sink``."""
    tables: bool = True
    knows_405: bool = True
    """Whether it answers 405, not 404, where views serve only other methods."""
    names_all: bool = True
    """Whether the router names all methods of a URL if a route there serves all."""
    by_prefix: bool = False
    """Whether policies are chosen by the start of a path, without knowing methods."""


@dataclass(frozen=True)
class Request:
    """A request; with an origin, and ``OPTIONS`` that asks for a method, it is a preflight."""

    method: str
    path: str
    origin: str | None = None
    asks: str | None = None
    names: str | None = None

    @property
    def is_preflight(self) -> bool:
        return self.method == "OPTIONS" and self.origin is not None and self.asks is not None

    def environ(self, root: str) -> dict[str, Any]:
        headers = {
            "HTTP_ORIGIN": self.origin,
            "HTTP_ACCESS_CONTROL_REQUEST_METHOD": self.asks,
            "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": self.names,
        }
        made = helpers.environ(self.method, self.path) | {"SCRIPT_NAME": root, RAN: []}
        return made | {name: value for name, value in headers.items() if value is not None}


def run(
    handler: Handler, environ: dict[str, Any]
) -> tuple[int, list[tuple[str, str]], list[bytes]]:
    """Note that a handler has run, and return the status, headers and body of its response.

    Builders turn the endings ``abort`` and ``stream`` into what their framework has for them.
    """
    environ[RAN].append(handler.name)
    if handler.ending == "raise":
        raise ValueError(handler.name)
    status = {"redirect": 302, "unauthorized": 401, "abort": 404}.get(handler.ending, 200)
    headers = [("Content-Type", "text/plain")]
    headers += [("Location", "/a")] if status == 302 else []
    headers += OWN_HEADERS if handler.ending == "own headers" else []
    return status, headers, [handler.name.encode()]
