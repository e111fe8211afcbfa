"""What a cell of the grid is made of: a site, a stack of layers, and a page's request.

``{page}``, ``{api}`` and the other fields of a site are replaced by origins.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from wsgicors import Policy

App = Callable[..., Any]
Settings = Mapping[str, Any]
Lines = tuple[tuple[str, str], ...]
"""Header lines."""


class Site(NamedTuple):
    """The origins of a page, of an API, of other servers, and of four that are broken."""

    page: str
    api: str
    other: str
    login: str
    secure: str
    """The API over HTTPS."""
    shop: str
    """The API over HTTPS, at a host that is not this machine's by its name."""
    refuses: str = "http://refuses.localhost:1"
    closes: str = "http://closes.localhost:1"
    garbage: str = "http://garbage.localhost:1"
    plain: str = "https://plain.localhost:1"

    def fill(self, value: Any) -> Any:
        """Replace the names of origins in a value."""
        if isinstance(value, str):
            for name, origin in self._asdict().items():
                value = value.replace(f"{{{name}}}", origin)
                guarded = origin.replace("//", "//user:password@")
                value = value.replace(f"{{{name} with a password}}", guarded)
            return value
        if isinstance(value, (list, tuple)):
            return type(value)(self.fill(item) for item in value)
        return value


class Answer(NamedTuple):
    """A response."""

    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = "ok"

    @property
    def code(self) -> int:
        return int(self.status.partition(" ")[0])

    def send(self, site: Site, start_response: App) -> list[bytes]:
        """Send the response from a WSGI app."""
        kinds = [name.lower() for name, _ in self.headers]
        kind = [] if "content-type" in kinds else [("Content-Type", "text/plain")]
        start_response(self.status, [*kind, *map(site.fill, self.headers)])
        return [self.body.encode()]


OK = Answer()
FORM = Answer(headers=(("Content-Type", "text/html"),), body="<form>")


@dataclass(frozen=True)
class Layer:
    """A middleware, or directives of a proxy."""

    def around(self, app: App, site: Site) -> App:
        """Return the app with this layer around it."""
        raise NotImplementedError

    def corrected(self, action: str, lines: Lines = ()) -> "tuple[Layer, ...] | None":
        """Return what is left of the layer after an action; ``None`` if it cannot be taken here.

        :param lines: the header lines that the action needs.
        """
        raise NotImplementedError

    @property
    def gate(self) -> Any:
        """The layer itself, or the one in it, if it answers requests itself."""
        return None

    @property
    def called(self) -> set[str]:
        """The names by which a sentence may call it."""
        return {type(self).__name__}


@dataclass(frozen=True)
class Stack:
    """An API: its framework, its policies, its view, and the layers around them."""

    framework: str = "flask"
    policies: Mapping[str, Settings | None] = field(
        default_factory=lambda: {"view:items": {"allow_origins": ["{page}"]}}
    )
    """By the places where they are set, such as ``view:items`` and ``default``."""
    methods: tuple[str, ...] = ("GET", "POST", "PUT", "PATCH")
    """What the view serves."""
    answer: Answer = OK
    raises: bool = False
    """Whether the view raises an exception."""
    hides: bool = False
    """Whether a decorator without ``functools.wraps`` is above the mark."""
    inner: tuple[Layer, ...] = ()
    """Between the view and CORS, from the inside to the outside."""
    outer: tuple[Layer, ...] = ()
    """Outside of CORS, from the inside to the outside."""
    nginx: tuple[Layer, ...] = ()
    """Directives of nginx in front of all."""
    front: tuple[Layer, ...] = ()
    """In front of nginx."""
    other: Answer = OK
    """What the other server answers, which lets the page read."""
    login: Answer = FORM

    def policy(self, key: str, site: Site) -> Policy | None:
        """Return the policy that is set in a place."""
        settings = self.policies[key]
        if settings is None:
            return None
        return Policy(**{name: site.fill(value) for name, value in settings.items()})

    def table(self, kind: str, site: Site) -> dict[str, Policy | None]:
        """Return the policies of a table by their names."""
        found = {key: key.partition(":") for key in self.policies}
        return {
            name: self.policy(key, site) for key, (where, _, name) in found.items() if where == kind
        }

    def with_policy(self, key: str, settings: Settings | None) -> "Stack":
        return replace(self, policies={**self.policies, key: settings})


@dataclass(frozen=True)
class Ask:
    """A page's request, with what it may do otherwise."""

    method: str = "GET"
    url: str = "{api}/items"
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    credentials: str = "same-origin"
    mode: str = "cors"
    redirect: str = "follow"
    opaque: bool = False
    """Whether the page has an opaque origin."""

    def arguments(self, site: Site) -> dict[str, Any]:
        """Return the request as arguments of ``explain``."""
        return {
            "method": self.method,
            "url": site.fill(self.url),
            "origin": "null" if self.opaque else site.page,
            "headers": dict(site.fill(self.headers)),
            "body": self.body,
            "credentials": self.credentials,
            "mode": self.mode,
            "redirect": self.redirect,
        }


@dataclass(frozen=True)
class Cell:
    """A fault of a layer, and who has to change."""

    layer: str
    fault: str
    stack: Stack = field(default_factory=Stack)
    ask: Ask = field(default_factory=Ask)
    sides: tuple[str, ...] = ("server",)
    """The side of each change, in the order of the rounds; the last one may come again. ``|``
    separates sides of which each is right."""
    ends: str = "passes"
    """Either ``passes``, or ``names`` if only a person can change what is left, or both."""
    live: bool = False
    """Whether the server is asked over HTTP, so that ``explain`` sees no app."""
    has_nginx: bool = False
    is_about_cookies: bool = False
    """Whether it passes if the browser keeps the cookie of the response."""

    @property
    def id(self) -> str:
        return f"{self.layer}: {self.fault}{' (live)' if self.live else ''}"
