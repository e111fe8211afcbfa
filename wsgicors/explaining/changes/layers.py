"""Who answered: the policy of wsgicors, or a layer between it and the page."""

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ..._advice import Fix, locate
from ..._core.headers import (
    CORS_RESPONSE_HEADERS,
    POLICY_ONLY_HEADERS,
    Header,
    quote,
)
from ..._core.protocol import Preflight, actual, preflight
from ..._introspection import is_installed_code
from ..._resolver import Resolver, as_endpoint
from ..._wrappers import enter, is_django, look_through
from ...testing.log import Exchange
from ...testing.requests import Request
from ...testing.transports import make_environ
from ..evidence.senders import LOGIN_STATUSES, find_refusal
from ..tracing import Seen, Trace
from ..words import join
from .policies import context_of

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

MIN_CHOICE, MAX_LAYERS = 2, 5
"""With at least MIN_CHOICE layers the sentence says "one of"; it names at most MAX_LAYERS."""

GRANTED, REFUSED = 204, 403
"""The statuses of the responses to preflights that a policy answers."""

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

UNKNOWN = "a layer that wsgicors cannot identify"
"""Is used instead of the name of a layer that cannot be found."""


class Own(NamedTuple):
    """An app with a policy of wsgicors that may answer a request."""

    app: object
    """The app as it is served, with everything around it."""
    resolver: Resolver
    environ: "WSGIEnvironment"
    """The environ of the request at the wrapper."""
    seen: Seen | None = None
    """What the wrapper has seen of the request; ``None`` if it did not reach the wrapper."""


def find_own(request: Request, exchange: Exchange, app: object, trace: Trace) -> Own | None:
    """Find the app that answers by a policy; ``None`` unless there is exactly one."""
    environ = make_environ(exchange.method, request.url, exchange.request_headers, request.body)
    seen, entered = trace.find(environ), enter(app, environ)
    if seen is not None:
        environ = entered[1] if entered else environ
        return Own(app, seen.resolver, {**environ, **seen.place}, seen)
    return None if entered is None else Own(app, *entered)


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
    if own.seen is not None:
        headers, status = own.seen.headers, own.seen.status
        return None if headers is None else Expected(_of_policy(headers, exchange), status)
    if exchange.kind == "preflight":
        endpoint = resolver.find_for_preflight(environ, method)
    else:
        endpoint = as_endpoint(resolver(environ, method))
    policy = endpoint.policy
    if policy is None:
        return None
    with context_of(resolver, policy):
        if exchange.kind == "request":
            return Expected(_of_policy(actual(policy, request.sent_origin).headers, exchange))
        decision = preflight(policy, _asked(request, exchange), endpoint.methods)
    status = GRANTED if decision.refusal is None else REFUSED
    return Expected(_of_policy(decision.headers, exchange), status)


def _asked(request: Request, exchange: Exchange) -> Preflight:
    """Return what a preflight requests, as the browser has sent it."""
    names = exchange.request_header("Access-Control-Request-Headers") or ""
    return Preflight(request.sent_origin, request.method, names)


def _of_policy(lines: Iterable[Header], exchange: Exchange) -> list[Header]:
    """Return the lines that only a policy writes; it writes the whole response to a preflight."""
    names = CORS_RESPONSE_HEADERS if exchange.kind == "preflight" else POLICY_ONLY_HEADERS
    return [line for line in lines if line[0].lower() in names]


def find_interference(request: Request, exchange: Exchange, own: Own) -> Fix | None:
    """Return what to change if a layer around the wrapper answered or changed the answer."""
    expected = expect(request, exchange, own)
    if expected is None and (exchange.kind == "preflight" or own.seen is not None):
        return None  # the app itself answers, and may write any headers
    wanted: Sequence[Header] = () if expected is None else expected.headers
    lines = _of_policy(exchange.response.headers, exchange)
    missing, added = _minus(wanted, lines), _minus(lines, wanted)
    if own.seen is not None and not (missing or added):
        return _find_changed_status(exchange, own, expected)
    who = name_layers(own) or UNKNOWN
    is_other = _is_other(exchange, own, expected)
    if is_other and (refusal := find_refusal(exchange.response)):
        sentence = (
            f"Have the CORS settings of {who} allow this {request.method} request from "
            f"{request.sent_origin}: it refused the {exchange.kind} with {quote(refusal)}."
        )
    elif is_other:
        sentence = _about_answer(exchange, who, lines, expected)
    else:
        sentence = " ".join(_about_change(who, missing, added, wanted))
    return Fix(sentence, "layer")


def _find_changed_status(exchange: Exchange, own: Own, expected: Expected | None) -> Fix | None:
    """Return what to change if a layer made a granted preflight fail by its status alone."""
    response, who = exchange.response, name_layers(own) or UNKNOWN
    if expected is None or expected.status != GRANTED or response.status == GRANTED:
        return None  # of a refusal, another status changes nothing for the page
    return Fix(
        f"Have {who} pass on the status {expected.status} of the policy's response to the "
        f"preflight: it replaces it by {response.status} {response.reason}.",
        "layer",
    )


def find_changed_request(request: Request, exchange: Exchange, own: Own) -> Fix | None:
    """Return what to change if a layer around the wrapper changed the request."""
    seen = own.seen
    if seen is None:
        return None
    if exchange.kind == "preflight" and seen.method != exchange.method:
        return Fix(
            f"Have {name_layers(own) or UNKNOWN} pass on the request method "
            f"{quote(exchange.method)}: CORS sees {quote(seen.method)}, and does not take the "
            f"request for a preflight.",
            "layer",
        )
    if exchange.kind == "preflight" and seen.asked != _asked(request, exchange):
        what = "headers Origin and Access-Control-Request-*: CORS does not see them as sent."
        return Fix(f"Have {name_layers(own) or UNKNOWN} pass on the request {what}", "layer")
    if seen.origin != request.sent_origin:
        what = "header Origin: CORS does not see it as sent."
        return Fix(f"Have {name_layers(own) or UNKNOWN} pass on the request {what}", "layer")
    asked = make_environ("GET", request.url, (), None)["PATH_INFO"]
    path = "".join(seen.place.values())
    is_moved = seen.place and path != asked
    if is_moved and own.resolver.route_of(own.environ, request.method).kind == "404":
        return Fix(
            f"Have {name_layers(own) or UNKNOWN} send the request to a path that the app serves: "
            f"it turns {quote(asked)} into {quote(path)}.",
            "layer",
        )
    return None


def _is_other(exchange: Exchange, own: Own, expected: Expected | None) -> bool:
    """Return whether the response shows that the wrapper of an app has not sent it."""
    status = None if expected is None else expected.status
    return own.seen is None or (status is not None and exchange.response.status != status)


def _minus(lines: Sequence[Header], others: Sequence[Header]) -> list[Header]:
    """Return the lines without those among the others, each once, ignoring the case of names."""
    left = [(name.lower(), value) for name, value in others]
    kept: list[Header] = []
    for name, value in lines:
        if (name.lower(), value) in left:
            left.remove((name.lower(), value))
        else:
            kept.append((name, value))
    return kept


def name_layers(own: Own) -> str:
    """Name what is around the wrapper of an app; return nothing if that cannot be found."""
    found = [name for layer in layers_around(own) for name in _names_of(layer)]
    names = [*dict.fromkeys(found)]
    if len(names) < MIN_CHOICE:
        return "".join(names)
    more = len(names) - MAX_LAYERS
    shown = names[:MAX_LAYERS] + ([f"{more} more"] if more > 0 else [])
    return f"a layer around CORS (one of {join(shown)})"


def layers_around(own: Own) -> Iterator[object]:
    """Yield what is between the page and the wrapper of an app, from the outside."""
    if not _leads_to(own.app, own.resolver):
        yield from _outermost(own.app)
        return
    served: object = None
    for one in look_through(own.app):
        if one.resolver is None and _leads_to(one.app, own.resolver):
            yield one.app
        elif one.resolver is own.resolver:
            served = one.app
    call: object = inspect.getattr_static(type(served), "__call__", None)
    if inspect.isfunction(call) and not _passes_on(call):
        yield call  # of a class that derives from the framework's
    inner = getattr(served, "wsgi_app", None)  # of Flask
    if inner is not None and not _leads_to(inner, own.resolver):
        yield from _outermost(inner)
        return
    for one in look_through(inner):
        if one.resolver is None and _leads_to(one.app, own.resolver):
            yield one.app


def _outermost(app: object) -> list[object]:
    """Return the outermost layer of an app of which nothing shows that it calls the wrapper.

    Of Django, it is every middleware as far as one leads to the next: the last may be at fault.
    """
    apps = [one.app for one in look_through(app)]
    named = [one for one in apps if any(_names_of(one))]
    return named if any(is_django(one) for one in apps) else named[:1]


def _leads_to(app: object, resolver: Resolver) -> bool:
    return any(one.resolver is resolver for one in look_through(app))


def _passes_on(code: object) -> bool:
    """Return whether code is a part of a framework that answers nothing by itself."""
    # A function that wraps another one, as Django's, may have the module of that one.
    names: Mapping[str, object] = getattr(code, "__globals__", {})
    module = names.get("__name__", getattr(code, "__module__", ""))
    return f"{module}.".startswith(PASSING_ON)


def _names_of(layer: object) -> Iterator[str]:
    """Yield the name of a layer with its place, unless it only passes requests on."""
    kind: Any = layer if hasattr(layer, "__qualname__") else type(layer)
    if _passes_on(kind):
        return
    name = ".".join(kind.__qualname__.split(".<locals>.")[-2:]).replace(".<locals>", "")
    file, line = locate(kind)
    if is_installed_code(kind):
        yield f"{name!r} of the package {kind.__module__.partition('.')[0]!r}"
    else:
        yield f"{name!r} ({file}:{line})" if file else repr(name)


def _about_answer(
    exchange: Exchange, who: str, lines: Sequence[Header], expected: Expected | None
) -> str:
    """Say that a layer answered instead of the policy, and what to do."""
    response, is_preflight = exchange.response, exchange.kind == "preflight"
    if not is_preflight:
        do = f"Apply CORS outside of {who}, as the last layer, so that pages can read its responses"
        if who == UNKNOWN:
            do += ", and serve the app as CORS has wrapped it (in Flask, through app.wsgi_app)"
    elif response.status in LOGIN_STATUSES:
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
    with_lines = f" with {_quoted(lines)}" if lines else " without CORS headers"
    policy = f" The policy would have sent {expected}." if expected and str(expected) else ""
    return (
        f"{do}. It answered {what} itself: {response.status} {response.reason}{with_lines}.{policy}"
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
