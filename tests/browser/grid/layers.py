"""Middlewares around an API, each with what it can do wrong and how that is corrected."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from tests.browser.grid.frameworks import MAKERS
from tests.browser.grid.model import Answer, App, Layer, Lines, Site, Stack
from wsgicors import CORSMiddleware
from wsgicors.testing.transports import make_environ
from wsgicors.testing.urls import URL

FIRST_ERROR = 400
PREFLIGHT = "HTTP_ACCESS_CONTROL_REQUEST_METHOD"


def is_preflight(environ: Any) -> bool:
    return environ["REQUEST_METHOD"] == "OPTIONS" and PREFLIGHT in environ


def is_anonymous(environ: Any) -> bool:
    return "HTTP_COOKIE" not in environ and "HTTP_AUTHORIZATION" not in environ


WHEN: dict[str, Callable[[Any], bool]] = {
    "always": lambda environ: True,
    "options": lambda environ: environ["REQUEST_METHOD"] == "OPTIONS",
    "preflight": is_preflight,
    "actual": lambda environ: environ["REQUEST_METHOD"] != "OPTIONS",
    "anonymous": is_anonymous,
    "anonymous-actual": lambda environ: (
        is_anonymous(environ) and environ["REQUEST_METHOD"] != "OPTIONS"
    ),
    "insecure": lambda environ: environ["wsgi.url_scheme"] == "http",
    "put": lambda environ: environ["REQUEST_METHOD"] == "PUT",
}
"""Which requests a gate answers itself."""


@dataclass(frozen=True)
class Gate(Layer):
    """Answers some requests itself: a login, a firewall, a maintenance page, a redirect."""

    answer: Answer
    when: str = "always"

    def around(self, app: App, site: Site) -> App:
        def gate(environ: Any, start_response: Any) -> Any:
            if WHEN[self.when](environ) and environ["PATH_INFO"] != "/login":
                return self.answer.send(site, start_response)
            return app(environ, start_response)

        return gate

    def corrected(self, action: str, lines: Lines = ()) -> tuple[Layer, ...] | None:
        if action == "answer-401" and self.answer.code in range(300, 400):
            return (replace(self, answer=Answer("401 Unauthorized", lines)),)
        if action == "add-to-errors" and self.answer.code >= FIRST_ERROR:
            headers = (*self.answer.headers, *lines)
            return (replace(self, answer=self.answer._replace(headers=headers)),)
        return None

    @property
    def gate(self) -> "Gate":
        return self


@dataclass(frozen=True)
class Writes(Layer):
    """Writes header lines on responses, beside or instead of those of the app.

    :ivar on: the responses on which it does: ``all``, ``preflights``, ``actual`` or ``errors``.
    """

    lines: Lines
    replaces: bool = False
    on: str = "all"
    status: str = ""

    def around(self, app: App, site: Site) -> App:
        def writes(environ: Any, start_response: Any) -> Any:
            is_of_others = is_preflight(environ) != (self.on == "preflights")
            if self.on in ("actual", "preflights") and is_of_others:
                return app(environ, start_response)

            def start(status: str, headers: Any, *more: Any) -> Any:
                if self.on == "errors" and int(status[:3]) < FIRST_ERROR:
                    return start_response(status, headers, *more)
                names = {name.lower() for name, _ in self.lines} if self.replaces else set()
                kept = [line for line in headers if line[0].lower() not in names]
                lines = [*kept, *map(site.fill, self.lines)]
                return start_response(self.status or status, lines, *more)

            return app(environ, start)

        return writes

    def corrected(self, action: str, lines: Lines = ()) -> tuple[Layer, ...] | None:
        stops = action == "stop-writing" or (action == "pass-headers" and self.replaces)
        return () if stops else None


@dataclass(frozen=True)
class Removes(Layer):
    """Removes header lines from responses, by the beginnings of their names."""

    names: tuple[str, ...]
    on: str = "all"

    def around(self, app: App, site: Site) -> App:
        def removes(environ: Any, start_response: Any) -> Any:
            if self.on != "all" and is_preflight(environ) != (self.on == "preflights"):
                return app(environ, start_response)

            def start(status: str, headers: Any, *more: Any) -> Any:
                return start_response(
                    status, [line for line in headers if not line[0].startswith(self.names)], *more
                )

            return app(environ, start)

        return removes

    def corrected(self, action: str, lines: Lines = ()) -> tuple[Layer, ...] | None:
        return () if action == "pass-headers" else None


@dataclass(frozen=True)
class Hides(Layer):
    """Removes a header from requests, by its key in the environ."""

    key: str

    def around(self, app: App, site: Site) -> App:
        def hides(environ: Any, start_response: Any) -> Any:
            return app({k: v for k, v in environ.items() if k != self.key}, start_response)

        return hides

    def corrected(self, action: str, lines: Lines = ()) -> tuple[Layer, ...] | None:
        return () if action == "pass-requests" else None


@dataclass(frozen=True)
class Moves(Layer):
    """Changes the path of requests before CORS sees it."""

    prefix: str

    def around(self, app: App, site: Site) -> App:
        def moves(environ: Any, start_response: Any) -> Any:
            return app({**environ, "PATH_INFO": self.prefix + environ["PATH_INFO"]}, start_response)

        return moves

    def corrected(self, action: str, lines: Lines = ()) -> tuple[Layer, ...] | None:
        return () if action == "pass-requests" else None


@dataclass(frozen=True)
class Caches(Layer):
    """Keeps responses by URL; a request of someone else has filled it.

    :ivar origin: the origin of that request; empty if it had none.
    :ivar methods: what is kept.
    """

    origin: str = ""
    methods: tuple[str, ...] = ("GET",)
    lines: Lines = (("Age", "12"), ("X-Cache", "HIT"))

    def around(self, app: App, site: Site) -> App:
        kept: dict[object, Any] = {}

        def caches(environ: Any, start_response: Any) -> Any:
            if environ["REQUEST_METHOD"] not in self.methods:
                return app(environ, start_response)
            key = tuple(environ[k] for k in ("wsgi.url_scheme", "REQUEST_METHOD", "PATH_INFO"))
            if key not in kept:
                kept[key] = received(app, environ)
            status, headers, body = kept[key]
            start_response(status, [*headers, *self.lines])
            return [body]

        return caches

    def fill(self, app: App, site: Site) -> None:
        """Make the requests of someone else to an app with this layer."""
        for method in self.methods:
            headers = [("Host", site.api.partition("//")[2])]
            if self.origin:
                headers.append(("Origin", self.origin))
                headers.append(("Access-Control-Request-Method", "PUT"))
            received(app, make_environ(method, URL.parse(f"{site.api}/items"), headers, None))

    def corrected(self, action: str, lines: Lines = ()) -> tuple[Layer, ...] | None:
        actions = ("cache-by-origin", "stop-writing", "pass-headers", "pass-requests")
        return () if action in actions else None


def received(app: App, environ: Any) -> tuple[str, Any, bytes]:
    """Call an app, and return its response."""
    started: list[Any] = []

    def start(status: str, headers: Any, *more: Any) -> Any:
        started[:] = [status, headers]
        return lambda _: None

    chunks = app(environ, start)
    try:
        body = b"".join(chunks)
    finally:
        getattr(chunks, "close", lambda: None)()
    return started[0], started[1], body


@dataclass(frozen=True)
class Crashes(Layer):
    """Raises an exception at each request."""

    on: str = "always"

    def around(self, app: App, site: Site) -> App:
        def crashes(environ: Any, start_response: Any) -> Any:
            if WHEN[self.on](environ):
                raise ZeroDivisionError("division by zero")
            return app(environ, start_response)

        return crashes

    def corrected(self, action: str, lines: Lines = ()) -> tuple[Layer, ...] | None:
        return () if action == "stop-raising" else None


@dataclass(frozen=True)
class Catches(Layer):
    """Turns exceptions into bare responses, as servers do."""

    def around(self, app: App, site: Site) -> App:
        def catches(environ: Any, start_response: Any) -> Any:
            try:
                status, headers, body = received(app, environ)
            except Exception:
                return Answer("500 Internal Server Error").send(site, start_response)
            start_response(status, headers)
            return [body]

        return catches

    def corrected(self, action: str, lines: Lines = ()) -> tuple[Layer, ...] | None:
        return None


@dataclass(frozen=True)
class Session(Layer):
    """Sets a cookie, and answers 202 to requests that bring it."""

    cookie: str

    def around(self, app: App, site: Site) -> App:
        def session(environ: Any, start_response: Any) -> Any:
            if "HTTP_COOKIE" in environ:
                return Answer("202 Accepted").send(site, start_response)
            return Writes((("Set-Cookie", self.cookie),)).around(app, site)(environ, start_response)

        return session

    def corrected(self, action: str, lines: Lines = ()) -> tuple[Layer, ...] | None:
        if action != "set-cookie":
            return None
        given = [part for (_, value) in lines for part in value.split("; ")]
        names = [part.partition("=")[0].lower() for part in given]
        pair, *kept = self.cookie.split("; ")
        kept = [part for part in kept if part.partition("=")[0].lower() not in names]
        return (Session("; ".join([pair, *kept, *(part for part in given if part != "Domain")])),)


@dataclass(frozen=True)
class Exempt(Layer):
    """Lets preflights pass a layer."""

    layer: Layer

    def around(self, app: App, site: Site) -> App:
        inside = self.layer.around(app, site)

        def exempt(environ: Any, start_response: Any) -> Any:
            # Layers further out may have taken the headers by which a preflight is known.
            is_options = environ["REQUEST_METHOD"] == "OPTIONS"
            return (app if is_options else inside)(environ, start_response)

        return exempt

    def corrected(self, action: str, lines: Lines = ()) -> tuple[Layer, ...] | None:
        left = self.layer.corrected(action, lines)
        return None if left is None else tuple(map(Exempt, left))

    @property
    def gate(self) -> Any:
        return self.layer.gate

    @property
    def called(self) -> set[str]:
        return {*super().called, *self.layer.called}


def around(app: App, layers: Iterable[Layer], site: Site) -> App:
    for layer in layers:
        app = layer.around(app, site)
    return app


def build(stack: Stack, site: Site) -> tuple[App, Any]:
    """Return the API of a stack without nginx, and the app whose settings have to apply."""
    app = MAKERS[stack.framework](stack, site, lambda inside: around(inside, stack.inner, site))
    made = around(app, stack.outer, site)
    if stack.framework != "bare" and "wrapper" in stack.policies:
        made = CORSMiddleware(made, stack.policy("wrapper", site))
    for layer in (*stack.inner, *stack.outer):
        if isinstance(layer, Caches):
            layer.fill(made, site)
    return made, app


def servers_of(stack: Stack, site: Site, api: App) -> dict[str, App]:
    """Return all servers of a site that run.

    :param api: the API without the layers in front of nginx.
    """

    def answers(answer: Answer) -> App:
        return lambda environ, start_response: answer.send(site, start_response)

    other = CORSMiddleware(
        answers(stack.other),
        allow_origins=[site.page],
        allow_credentials=True,
        allow_methods=["GET", "PUT", "POST", "PATCH"],
        allow_headers=["Content-Type", "X-Request-Id", "Authorization"],
    )
    api = around(api, stack.front, site)
    apis = dict.fromkeys((site.api, site.secure, site.shop), api)
    return {**apis, site.other: other, site.login: answers(stack.login)}


def phrase(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"
