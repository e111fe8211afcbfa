"""The CORS protocol's server side: two pure functions, and the reasons behind a refusal.

Facts about a request come in as strings, headers to send go out; see Fetch, "CORS protocol". A
decision is cheap. Why something was refused is worked out by :func:`objection`, for whoever
listens.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .decisions import Decision, Reason, keep
from .headers import (
    ALLOW_ORIGIN,
    NORMALISED_METHODS,
    SAFELISTED_METHODS,
    is_token,
    quote,
    split_list,
)
from .policy import Policy

MAX_REQUESTED_SIZE = 8_192
"""Characters of Access-Control-Request-Headers that are parsed at most."""

MAX_REQUESTED_NAMES = 100

MAX_ORIGINS_TOLD = 5

MAX_METHOD_SIZE = 100
"""Characters of a requested method that are echoed at most."""


_VARY = ("Vary", "Origin")

# One object for all origins: those that are refused are ever new ones.
_WITHOUT_ORIGIN = Decision([_VARY])
_REFUSED = Decision([_VARY], "origin-not-allowed")


class Refusal(NamedTuple):
    """A reason for programs and a sentence for people."""

    reason: Reason
    sentence: str


class Preflight(NamedTuple):
    """What a preflight asks for: a method and headers, for pages of one origin."""

    origin: str
    method: str
    """As sent: methods are case-sensitive."""
    headers: str = ""
    """The value of Access-Control-Request-Headers, as sent."""


def actual(policy: Policy, origin: str | None) -> Decision:
    """Decide on a request that is no preflight; ``origin`` is its ``Origin`` header.

    The ``Vary`` that the headers hold has to be merged into the response's own, and goes onto
    every response of the endpoint: caches would otherwise hand one origin's answer to another
    (Fetch, "CORS protocol and HTTP caches").
    """
    return policy.decided.get(origin) or decide(policy, origin)


def decide(policy: Policy, origin: str | None) -> Decision:
    """Do what :func:`actual` does, without looking whether the answer is remembered."""
    if policy.allows_everybody:
        decision = policy.granted_to_everybody
    elif origin is None:
        decision = _WITHOUT_ORIGIN
    elif origin in policy.origins.exact or origin in policy.origins:  # the first needs no call
        decision = Decision([(ALLOW_ORIGIN, origin), *policy.actual_headers, _VARY])
    else:
        decision = _REFUSED
    if policy.origins.is_fixed:
        keep(policy.decided, origin, decision)
    return decision


def preflight(policy: Policy, asked: Preflight, served: Sequence[str] | None = None) -> Decision:
    """Decide on a preflight; ``served`` are the methods of the endpoint, if a router knows them.

    The lists are the endpoint's, not the request's, wherever the policy is a list: the browser
    then keeps them all, and its console names the exact fault (Fetch, "CORS-preflight fetch").
    """
    if not policy.has_static_preflights or not (served is None or _can_be_echoed(asked.method)):
        return _decide_preflight(policy, asked, served)
    if served is None:
        return policy.decided_preflights.get(asked.origin) or decide_preflight(policy, asked.origin)
    routed = (asked.origin, *served)
    decision = policy.decided_preflights.get(routed)
    if decision is None:
        decision = _decide_preflight(policy, asked, served)
        if policy.origins.is_fixed:
            keep(policy.decided_preflights, asked.origin, decision, routed)
    return decision


def _decide_preflight(policy: Policy, asked: Preflight, served: Sequence[str] | None) -> Decision:
    if not policy.allows(asked.origin):
        return policy.preflight_refused
    if "*" in policy.allow_headers and _is_too_large(asked.headers):
        return Decision([policy.preflight_vary], "too-large")
    methods = ", ".join(allowed_methods(policy, asked.method, served))
    lines = policy.answer_preflight(methods, _allow_headers(policy, asked.headers))
    return Decision([(ALLOW_ORIGIN, "*" if policy.allows_everybody else asked.origin), *lines])


def decide_preflight(policy: Policy, origin: str) -> Decision:
    """Do the same without a router and a look into memory, where preflights are static."""
    if policy.allows_everybody:
        decision = policy.preflight_granted_to_everybody
    elif origin in policy.origins.exact or origin in policy.origins:
        decision = Decision([(ALLOW_ORIGIN, origin), *policy.static_preflight_headers])
    else:
        decision = policy.preflight_refused
    if policy.origins.is_fixed:
        keep(policy.decided_preflights, origin, decision)
    return decision


def _allow_headers(policy: Policy, requested: str) -> str:
    if "*" not in policy.allow_headers:
        return policy.listed_headers
    return ", ".join(allowed_headers(policy, requested))


def _is_too_large(requested: str) -> bool:
    return len(requested) > MAX_REQUESTED_SIZE or len(split_list(requested)) > MAX_REQUESTED_NAMES


def allowed_methods(policy: Policy, asked: str, served: Sequence[str] | None) -> Sequence[str]:
    """List the methods that a preflight names.

    The endpoint's own, narrowed by the policy. The protocol admits safelisted methods whatever
    a list says, so those that are served are named in any case.
    """
    listed = policy.allow_methods
    if served is None:
        if listed is None:
            return SAFELISTED_METHODS
        if "*" in listed and policy.allow_credentials:
            return (asked,) if _can_be_echoed(asked) and asked != "*" else ()
        return listed
    if not _can_be_echoed(asked):  # a resolver may know no better than to serve what was asked for
        served = [method for method in served if method != asked]
    if listed is None or "*" in listed:
        return served
    implied = [method for method in served if method in SAFELISTED_METHODS and method not in listed]
    return [method for method in listed if method in served] + implied


def _can_be_echoed(method: str) -> bool:
    return method in NORMALISED_METHODS or (len(method) <= MAX_METHOD_SIZE and is_token(method))


def allowed_headers(policy: Policy, requested: str) -> Sequence[str]:
    """List the header names that a preflight's answer admits.

    ``*`` never covers Authorization (Fetch, "CORS non-wildcard request-header name"). Not every
    browser sees to that, so the answer to a preflight that asks for it without its being listed
    names no header at all. With credentials ``*`` would be a literal name: what was asked for is
    named instead, provided that it is a name.
    """
    listed = policy.allow_headers
    if "*" not in listed:
        return listed
    asked = {name.lower(): name for name in split_list(requested)}
    spelt_out = [name for name in listed if name != "*"]
    if not policy.allow_credentials:
        return () if "authorization" in asked and not spelt_out else listed
    for name in spelt_out:
        asked.pop(name.lower(), None)
    if not spelt_out:
        asked.pop("authorization", None)
    return [*spelt_out, *(name for name in asked.values() if is_token(name) and name != "*")]


def objection(
    policy: Policy, asked: Preflight, served: Sequence[str] | None = None
) -> Refusal | None:
    """Say what a browser will object to in the answer to a preflight, if anything.

    This mirrors the browser's own checks in their order (Fetch, "CORS-preflight fetch").
    """
    if not policy.allows(asked.origin):
        return refused_origin(policy, asked.origin)
    if "*" in policy.allow_headers and _is_too_large(asked.headers):
        limits = f"{MAX_REQUESTED_SIZE} characters or {MAX_REQUESTED_NAMES} names"
        return Refusal(
            "too-large", f"the preflight asks for more than {limits}; list the headers instead"
        )
    methods = allowed_methods(policy, asked.method, served)
    wildcard = "*" in methods and not policy.allow_credentials
    if asked.method not in methods and asked.method not in SAFELISTED_METHODS and not wildcard:
        return _refused_method(asked.method, methods)
    names = {name.lower() for name in allowed_headers(policy, asked.headers)}
    requested = [name.lower() for name in split_list(asked.headers)]
    if "authorization" in requested and "authorization" not in names:
        star = ", which '*' does not cover" if "*" in policy.allow_headers else ""
        sentence = f"the page sends Authorization{star}; list it in allow_headers"
        return Refusal("authorization-not-listed", sentence)
    wildcard = "*" in names and not policy.allow_credentials
    missing = [name for name in requested if name not in names and not wildcard]
    if missing:
        listed = ", ".join(policy.allow_headers) or "safelisted ones"
        return Refusal(
            "header-not-allowed",
            f"the page sends {quote(missing[0])}, and allow_headers names only {listed}",
        )
    return None


def refused_origin(policy: Policy, origin: str) -> Refusal:
    """Say why an origin is refused."""
    listed = ", ".join(str(item) for item in policy.allow_origins[:MAX_ORIGINS_TOLD])
    more = ", ..." if len(policy.allow_origins) > MAX_ORIGINS_TOLD else ""
    sentence = f"origin {quote(origin)} is not among allow_origins: {listed}{more}"
    if origin == "null":
        sentence += " (a sandboxed or local document, or a redirect across origins)"
    return Refusal("origin-not-allowed", sentence)


def no_policy() -> Refusal:
    """Say that nothing speaks for the endpoint."""
    sentence = "no CORS policy applies here; mark the view, or give the app a default"
    return Refusal("no-policy", sentence)


def _refused_method(method: str, methods: Sequence[str]) -> Refusal:
    listed = ", ".join(methods) or "none"
    sentence = f"method {quote(method)} is not among those that the policy allows here: {listed}"
    if method.upper() in methods:
        sentence += f" (methods are case-sensitive: the page has to write {method.upper()!r})"
    return Refusal("method-not-allowed", sentence)
