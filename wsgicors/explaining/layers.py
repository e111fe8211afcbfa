"""Who answered: the policy of wsgicors, or a layer between it and the page."""

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from .._advice import Fix, locate
from .._core.headers import CORS_RESPONSE_HEADERS, Header, quote
from .._core.protocol import Preflight, actual, preflight
from .._introspection import is_installed_code
from .._middleware import OUTER_KEY
from .._resolver import Resolver, as_endpoint
from .._wrappers import apps_at, look_through
from ..testing.log import Exchange
from ..testing.requests import Request
from ..testing.transports import make_environ
from .narrative import join

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

OF_ACTUAL_REQUESTS = frozenset({"access-control-allow-credentials", "access-control-allow-origin"})
"""The headers that a policy alone writes on other responses than those to preflights."""

MAX_LAYERS = 5
"""The most layers that are named."""

GRANTED, REFUSED = 204, 403
"""The statuses of the responses to preflights that a policy answers."""

NEED_LOGIN = frozenset({401, 403, 407})
"""The statuses of a response that asks for a login."""

PASSING_ON = (
    "bottle.",
    "django.core.",
    "falcon.",
    "flask.",
    "functools.",
    "pyramid.",
    "wsgicors.",
)
"""Modules whose objects around a wrapper only pass requests on."""

Key = tuple[str, ...]


class Trace:
    """Which requests have reached a wrapper of wsgicors, except preflights."""

    def __init__(self) -> None:
        self._reached: set[Key] = set()

    def watch(
        self, servers: "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None"
    ) -> "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None":
        """Return the same servers, but note which requests to apps reach a wrapper."""
        if isinstance(servers, Mapping):
            return {origin: self._watch(server) for origin, server in servers.items()}
        return None if servers is None else self._watch(servers)

    def _watch(self, server: "WSGIApplication | str") -> "WSGIApplication | str":
        return server if isinstance(server, str) else _Watched(server, self._reached)

    def has_reached(self, environ: "WSGIEnvironment") -> bool:
        """Return whether such a request has reached a wrapper that started the response."""
        return _key(environ) in self._reached


class _Watched:
    def __init__(self, app: "WSGIApplication", reached: set[Key]) -> None:
        self._app = app
        self._reached = reached

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        environ[OUTER_KEY] = _Outermost(_key(environ), self._reached)
        return self._app(environ, start_response)

    def __repr__(self) -> str:
        return repr(self._app)


class _Outermost:
    """Stands for a wrapper further out, which wrappers ask when the response starts."""

    def __init__(self, key: Key, reached: set[Key]) -> None:
        self._key = key
        self._reached = reached

    def has_policy(self) -> bool:
        """Note that a wrapper asks, and leave the decision to it."""
        self._reached.add(self._key)
        return False


def _key(environ: "WSGIEnvironment") -> Key:
    names = ("REQUEST_METHOD", "HTTP_HOST", "PATH_INFO", "QUERY_STRING", "HTTP_ORIGIN")
    return tuple(environ.get(name, "") for name in names)


class Own(NamedTuple):
    """An app with a policy of wsgicors that may answer a request."""

    app: object
    """The app as it is served, with everything around it."""
    served: object
    """The app with the resolver."""
    resolver: Resolver
    environ: "WSGIEnvironment"
    """The environ of the request at the app with the resolver."""
    has_reached: bool
    """Whether the request, unless it is a preflight, has reached the wrapper."""


def find_own(request: Request, exchange: Exchange, app: object, trace: Trace) -> Own | None:
    """Find the app that answers by a policy; ``None`` unless there is exactly one."""
    environ = make_environ(exchange.method, request.url, exchange.request_headers, request.body)
    apps = apps_at(app, environ["PATH_INFO"])
    if len(apps) != 1:
        return None
    served, mount, resolver = apps[0]
    has_reached = trace.has_reached(environ)
    environ |= {"SCRIPT_NAME": mount, "PATH_INFO": environ["PATH_INFO"].removeprefix(mount)}
    return Own(app, served, cast("Resolver", resolver), environ, has_reached)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the policy of a route sends."""

    headers: Sequence[Header]
    status: int | None = None
    """The status of the response to a preflight."""

    def __str__(self) -> str:
        parts = [str(self.status or ""), _quoted(self.headers)]
        return " with ".join(filter(None, parts))


def expect(request: Request, exchange: Exchange, own: Own) -> Expected | None:
    """Return what the policy sends; ``None`` if there is none."""
    resolver, environ, method = own.resolver, own.environ, request.method
    if exchange.kind == "preflight":
        endpoint = resolver.find_for_preflight(environ, method)
    else:
        endpoint = as_endpoint(resolver(environ, method))
    policy = endpoint.policy
    if policy is None:
        return None
    with resolver.app_context():
        if exchange.kind == "request":
            decision = actual(policy, request.sent_origin)
            return Expected([line for line in decision.headers if _is_of_policy(line)])
        names = exchange.request_header("Access-Control-Request-Headers") or ""
        asked = Preflight(request.sent_origin, method, names)
        decision = preflight(policy, asked, endpoint.methods)
    lines = [line for line in decision.headers if line[0] != "Vary"]
    return Expected(lines, GRANTED if decision.refusal is None else REFUSED)


def _is_of_policy(line: Header) -> bool:
    return line[0].lower() in OF_ACTUAL_REQUESTS


def find_interference(request: Request, exchange: Exchange, own: Own) -> Fix | None:
    """Return what to change if a layer around the wrapper answered or changed the answer."""
    expected = expect(request, exchange, own)
    if expected is None and (exchange.kind == "preflight" or own.has_reached):
        return None  # the app itself answers, and may write any headers
    wanted = [] if expected is None else expected.headers
    names = CORS_RESPONSE_HEADERS if exchange.kind == "preflight" else OF_ACTUAL_REQUESTS
    lines = [line for line in exchange.response.headers if line[0].lower() in names]
    missing, added = _minus(wanted, lines), _minus(lines, wanted)
    is_other = _is_other(exchange, own, expected, lines)
    if not (is_other or missing or added):
        return None
    who = name_layers(own)
    if is_other or (exchange.kind == "preflight" and len(missing) == len(wanted)):
        return Fix(_about_answer(exchange, who, lines, expected), "layer")
    return Fix(" ".join(_about_change(who, missing, added, wanted)), "layer")


def _is_other(
    exchange: Exchange, own: Own, expected: Expected | None, lines: Sequence[Header]
) -> bool:
    """Return whether the response shows that the wrapper of an app has not sent it."""
    response = exchange.response
    if exchange.kind == "request" or expected is None:
        return not (own.has_reached or (expected and expected.headers == lines and lines))
    is_refusal = response.body.startswith(b"CORS preflight refused: ")
    return response.status != expected.status or is_refusal != (expected.status == REFUSED)


def _minus(lines: Sequence[Header], others: Sequence[Header]) -> list[Header]:
    """Return the lines without those that are among the others, each once; case counts not."""
    left = [(name.lower(), value) for name, value in others]
    kept: list[Header] = []
    for name, value in lines:
        if (name.lower(), value) in left:
            left.remove((name.lower(), value))
        else:
            kept.append((name, value))
    return kept


def name_layers(own: Own) -> str:
    """Name what is around the wrapper of an app, as far as it can be found."""
    names = [*dict.fromkeys(filter(None, map(_name, layers_around(own))))]
    if not names:
        return "another layer around the app"
    if len(names) == 1:
        return names[0]
    more = len(names) - MAX_LAYERS
    shown = names[:MAX_LAYERS] + ([f"{more} more"] if more > 0 else [])
    return f"a layer around CORS (one of {join(shown)})"


def layers_around(own: Own) -> Iterator[object]:
    """Yield what is between the page and the wrapper of an app, from the outside."""
    for one in look_through(own.app):
        if one.resolver is None and _leads_to(one.app, own.resolver):
            yield one.app
    call: object = inspect.getattr_static(type(own.served), "__call__", None)
    if inspect.isfunction(call) and not _passes_on(call):
        yield call  # of a class that derives from the framework's
    for one in look_through(getattr(own.served, "wsgi_app", None)):  # of Flask
        if one.resolver is None and _leads_to(one.app, own.resolver):
            yield one.app


def _leads_to(app: object, resolver: Resolver) -> bool:
    return any(one.resolver is resolver for one in look_through(app))


def _passes_on(code: object) -> bool:
    """Return whether code is a part of a framework that answers nothing by itself."""
    return f"{getattr(code, '__module__', '')}.".startswith(PASSING_ON)


def _name(layer: Any) -> str:
    """Return the name of a layer, and its place; empty for a framework's own."""
    kind = layer if hasattr(layer, "__qualname__") else type(layer)
    if _passes_on(kind):
        return ""
    name = ".".join(kind.__qualname__.split(".<locals>.")[-2:]).replace(".<locals>", "")
    if is_installed_code(kind):
        return f"{name!r} of the package {kind.__module__.partition('.')[0]!r}"
    file, line = locate(kind)
    return f"{name!r} ({file}:{line})" if file else repr(name)


def _about_answer(
    exchange: Exchange, who: str, lines: Sequence[Header], expected: Expected | None
) -> str:
    """Say that a layer answered instead of the policy, and what to do."""
    response, is_preflight = exchange.response, exchange.kind == "preflight"
    if not is_preflight:
        do = f"Apply CORS outside of {who}, as the last layer, so that pages can read its responses"
    elif response.status in NEED_LOGIN:
        do = (
            f"Let OPTIONS requests with Access-Control-Request-Method pass {who}, because "
            "preflights carry no cookies and no Authorization; or apply CORS outside of it, as the "
            "last layer"
        )
    elif lines:
        do = f"Remove the CORS headers from {who}, and have it leave preflights to the policy"
    else:
        do = f"Let preflights pass {who}, or apply CORS outside of it, as the last layer"
    what = "the preflight" if is_preflight else "the request"
    may_have_removed = is_preflight and expected and response.status == expected.status
    instead = ", or removed the CORS headers" if may_have_removed and not lines else ""
    with_lines = f" with {_quoted(lines)}" if lines else " without CORS headers"
    policy = f" The policy would have sent {expected}." if expected and str(expected) else ""
    return (
        f"{do}. It answered {what} itself{instead}: "
        f"{response.status} {response.reason}{with_lines}.{policy}"
    )


def _about_change(
    who: str, missing: Sequence[Header], added: Sequence[Header], wanted: Sequence[Header]
) -> Iterator[str]:
    """Say that a layer changed what the policy sent, and what to do."""
    if added:
        yield f"Remove {_quoted(added)}, which {who} adds to the response."
    if missing:
        yield f"Have {'it' if added else who} pass on {_quoted(missing)}, which the policy sends."
    elif wanted:
        yield f"The policy sends {_quoted(wanted)}."


def _quoted(lines: Iterable[Header]) -> str:
    return join([quote(": ".join(line)) for line in lines])
