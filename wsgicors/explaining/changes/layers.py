"""Who answered: the policy of wsgicors, or a layer between it and the page."""

import inspect
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ..._advice import Fix, locate
from ..._core.headers import (
    CORS_RESPONSE_HEADERS,
    POLICY_ONLY_HEADERS,
    Header,
    quote,
    split_list,
)
from ..._core.protocol import Preflight, actual, preflight
from ..._introspection import is_installed_code
from ..._resolver import Resolver, as_endpoint
from ..._wrappers import enter, look_through
from ...testing.log import Exchange
from ...testing.requests import Request
from ...testing.transports import make_environ
from ..evidence.senders import find_refusal
from ..tracing import Seen, Trace
from ..words import join

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

MIN_CHOICE, MAX_LAYERS = 2, 5
"""From how many layers on one of them must have answered, and the most that are named."""

GRANTED, REFUSED = 204, 403
"""The statuses of the responses to preflights that a policy answers."""

OWN_REFUSAL = b"CORS preflight refused: "
"""How the body begins if a wrapper of wsgicors refuses a preflight."""

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

UNKNOWN = "another layer around the app"
"""Stands for the name of a layer that cannot be found."""


class Own(NamedTuple):
    """An app with a policy of wsgicors that may answer a request."""

    app: object
    """The app as it is served, with everything around it."""
    resolver: Resolver
    environ: "WSGIEnvironment"
    """The environ of the request at the wrapper."""
    seen: Seen | None = None
    """What the wrapper has seen of the request; ``None`` for a preflight."""


def find_own(request: Request, exchange: Exchange, app: object, trace: Trace) -> Own | None:
    """Find the app that answers by a policy; ``None`` unless there is exactly one."""
    environ = make_environ(exchange.method, request.url, exchange.request_headers, request.body)
    seen, entered = trace.find(environ), enter(app, environ)
    if seen is not None:
        environ = entered[1] if entered else environ
        return Own(app, seen.resolver, {**environ, **seen.place}, seen)
    if entered is None:
        return None
    own = Own(app, *entered)
    return _behind_prefix(request, exchange, own) if _is_signed(exchange) else own


def _behind_prefix(request: Request, exchange: Exchange, own: Own) -> Own:
    """Return the app with the path as a layer may have changed it, which removes a prefix.

    If a policy answers a preflight for a path that the router does not know, its path is shorter.
    """
    mount, parts = own.environ["SCRIPT_NAME"], own.environ["PATH_INFO"].split("/")[1:]
    for number in range(len(parts)):
        paths = {
            "SCRIPT_NAME": "/".join([mount, *parts[:number]]),
            "PATH_INFO": "/".join(["", *parts[number:]]),
        }
        moved = own._replace(environ={**own.environ, **paths})
        expected = expect(request, exchange, moved)
        is_known = own.resolver.route_of(moved.environ, request.method).kind != "404"
        if is_known and expected is not None and expected.is_met_by(exchange):
            return moved
    return own


def _is_signed(exchange: Exchange) -> bool:
    """Return whether a response looks like that of a wrapper of wsgicors to a preflight."""
    response = exchange.response
    varied = [name.lower() for name in split_list(response.get("Vary") or "")]
    is_of_wrapper = "access-control-request-method" in varied
    return exchange.kind == "preflight" and is_of_wrapper and response.status in (GRANTED, REFUSED)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the policy of a route sends."""

    headers: Sequence[Header]
    status: int | None = None
    """The status of the response to a preflight."""

    def is_met_by(self, exchange: Exchange) -> bool:
        """Return whether a response to a preflight is the one that is expected."""
        response = exchange.response
        lines = [line for line in response.headers if line[0].lower() in CORS_RESPONSE_HEADERS]
        return response.status == self.status and lines == [*self.headers]

    def __str__(self) -> str:
        parts = [str(self.status or ""), _quoted(self.headers)]
        return " with ".join(filter(None, parts))


def expect(request: Request, exchange: Exchange, own: Own) -> Expected | None:
    """Return what the policy sends; ``None`` if there is none."""
    resolver, environ, method = own.resolver, own.environ, request.method
    if own.seen is not None:
        return None if own.seen.headers is None else Expected(_of_policy(own.seen.headers))
    if exchange.kind == "preflight":
        endpoint = resolver.find_for_preflight(environ, method)
    else:
        endpoint = as_endpoint(resolver(environ, method))
    policy = endpoint.policy
    if policy is None:
        return None
    context = nullcontext() if policy.origins.is_fixed else resolver.app_context()
    with context:
        if exchange.kind == "request":
            return Expected(_of_policy(actual(policy, request.sent_origin).headers))
        names = exchange.request_header("Access-Control-Request-Headers") or ""
        asked = Preflight(request.sent_origin, method, names)
        decision = preflight(policy, asked, endpoint.methods)
    lines = [line for line in decision.headers if line[0] != "Vary"]
    return Expected(lines, GRANTED if decision.refusal is None else REFUSED)


def _of_policy(lines: Iterable[Header]) -> list[Header]:
    """Return the lines that only a policy writes."""
    return [line for line in lines if line[0].lower() in POLICY_ONLY_HEADERS]


class Interference(NamedTuple):
    """What a layer around the wrapper has to change."""

    fix: Fix
    is_certain: bool
    """Whether no policy of the app can have sent the response."""


def find_interference(request: Request, exchange: Exchange, own: Own) -> Interference | None:
    """Return what to change if a layer around the wrapper answered or changed the answer."""
    expected = expect(request, exchange, own)
    if expected is None and (exchange.kind == "preflight" or own.seen is not None):
        return None  # the app itself answers, and may write any headers
    wanted: Sequence[Header] = () if expected is None else expected.headers
    names = CORS_RESPONSE_HEADERS if exchange.kind == "preflight" else POLICY_ONLY_HEADERS
    lines = [line for line in exchange.response.headers if line[0].lower() in names]
    missing, added = _minus(wanted, lines), _minus(lines, wanted)
    is_other = _is_other(exchange, own, expected)
    if not (is_other or missing or added):
        return None
    who = name_layers(own) or UNKNOWN
    refusal = find_refusal(exchange.response)
    if is_other and refusal:
        sentence = _about_refusal(request, exchange, who, refusal)
    elif is_other or (exchange.kind == "preflight" and wanted and len(missing) == len(wanted)):
        sentence = _about_answer(exchange, who, lines, expected)
    else:
        sentence = " ".join(_about_change(who, missing, added, wanted))
    is_certain = not _is_signed(exchange) or _is_of_others(_of_policy(lines), request.sent_origin)
    return Interference(Fix(sentence, "layer"), is_certain)


def find_changed_request(request: Request, exchange: Exchange, own: Own) -> Fix | None:
    """Return what to change if a layer around the wrapper changed the request."""
    seen, who = own.seen, name_layers(own) or UNKNOWN
    if seen is None:
        return None
    if exchange.kind == "preflight":
        return Fix(
            f"Have {who} pass on the request headers Origin and Access-Control-Request-*: CORS "
            "does not see them as sent.",
            "layer",
        )
    if seen.origin != request.sent_origin:
        sentence = f"Have {who} pass on the request header Origin: CORS does not see it as sent."
        return Fix(sentence, "layer")
    asked = make_environ("GET", request.url, (), None)["PATH_INFO"]
    path = "".join(seen.place.values())
    is_moved = seen.place and path != asked
    if is_moved and own.resolver.route_of(own.environ, request.method).kind == "404":
        return Fix(
            f"Have {who} send the request to a path that the app serves: it turns {quote(asked)} "
            f"into {quote(path)}.",
            "layer",
        )
    return None


def _is_other(exchange: Exchange, own: Own, expected: Expected | None) -> bool:
    """Return whether the response shows that the wrapper of an app has not sent it."""
    if exchange.kind == "request" or expected is None:
        return own.seen is None
    response = exchange.response
    is_refusal = response.body.startswith(OWN_REFUSAL)
    return response.status != expected.status or is_refusal != (expected.status == REFUSED)


def _is_of_others(lines: Sequence[Header], origin: str) -> bool:
    """Return whether no policy of wsgicors sends these lines."""
    own_values = {"access-control-allow-origin": ("*", origin)}
    names = [name.lower() for name, _ in lines]
    is_odd = any(value not in own_values.get(name.lower(), ("true",)) for name, value in lines)
    return is_odd or len({*names}) < len(names)


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
    served: object = None
    for one in look_through(own.app):
        if one.resolver is None and _leads_to(one.app, own.resolver):
            yield one.app
        elif one.resolver is own.resolver:
            served = one.app
    call: object = inspect.getattr_static(type(served), "__call__", None)
    if inspect.isfunction(call) and not _passes_on(call):
        yield call  # of a class that derives from the framework's
    for one in look_through(getattr(served, "wsgi_app", None)):  # of Flask
        if one.resolver is None and _leads_to(one.app, own.resolver):
            yield one.app


def _leads_to(app: object, resolver: Resolver) -> bool:
    return any(one.resolver is resolver for one in look_through(app))


def _passes_on(code: object) -> bool:
    """Return whether code is a part of a framework that answers nothing by itself."""
    return f"{getattr(code, '__module__', '')}.".startswith(PASSING_ON)


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


def _about_refusal(request: Request, exchange: Exchange, who: str, reason: str) -> str:
    """Say that CORS refused a request that the policy allows, and what to do."""
    if exchange.response.body.startswith(OWN_REFUSAL):
        return (
            f"Have {who} pass on the request as the browser sends it: the policy of this URL "
            f"allows the request, but the response is {quote(reason)}."
        )
    return (
        f"Have the CORS settings of {who} allow {request.sent_origin}: it refused the request "
        f"with {quote(reason)}."
    )


def _about_answer(
    exchange: Exchange, who: str, lines: Sequence[Header], expected: Expected | None
) -> str:
    """Say that a layer answered instead of the policy, and what to do."""
    response, is_preflight = exchange.response, exchange.kind == "preflight"
    if not is_preflight:
        do = f"Apply CORS outside of {who}, as the last layer, so that pages can read its responses"
        if who == UNKNOWN:
            do += ", and serve the app as CORS has wrapped it (in Flask, through app.wsgi_app)"
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
