"""The server side of the CORS protocol: which headers to send, and why a request is refused.

:func:`actual` and :func:`preflight` take the facts of a request as strings and return the header
lines to add (Fetch, "CORS protocol"). :func:`why_refused` finds the reason for a refusal; it is
called only if the reason is logged or explained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, cast

from .headers import (
    ALLOW_ORIGIN,
    EXPOSE_HEADERS,
    NORMALISED_METHODS,
    SAFELISTED_METHODS,
    Header,
    add_vary,
    is_token,
    name_of_code,
    quote,
    split_list,
)
from .policy import Policy, split

MAX_REMEMBERED = 256
"""The most decisions that a policy remembers; they take about 200 kB."""

MAX_REMEMBERED_LENGTH = 128
"""The most characters of an origin whose decisions are remembered."""

MAX_REQUESTED_SIZE = 8_192
"""The most characters of Access-Control-Request-Headers that are read, if no list is longer."""

MAX_REQUESTED_NAMES = 100
"""The most names in Access-Control-Request-Headers that ``*`` allows."""

MAX_LISTED_ORIGINS = 5
"""The most origins that the reason for a refusal lists."""

MAX_METHOD_SIZE = 100
"""The most characters of a method that is listed, unless the policy itself lists it."""

VARY_BY_ORIGIN = ("Vary", "Origin")

Reason = Literal[
    "origin-not-allowed",
    "method-not-allowed",
    "header-not-allowed",
    "authorization-not-listed",
    "too-large",
    "no-policy",
]
"""Why a browser will block the request."""

_REFUSED = b"CORS preflight refused: "


def refusal_body(reason: Reason) -> bytes:
    """Return the body of the response that refuses a preflight."""
    return _REFUSED + reason.encode() + b"\n"


def read_refusal(body: bytes) -> str:
    """Return the reason in the body of a refused preflight; empty for any other body."""
    is_refusal = body.startswith(_REFUSED)
    return body.removeprefix(_REFUSED).decode("ascii", "replace").strip() if is_refusal else ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy decides about one request."""

    policy: Policy
    headers: tuple[Header, ...]
    """The header lines to add to the response."""
    refusal: Reason | None = None
    """Why the policy refused, if it did."""


class Refusal(NamedTuple):
    """Why a request is refused: a code for programs and a sentence for people."""

    reason: Reason
    sentence: str


class Preflight(NamedTuple):
    """What a preflight requests: a method and headers, for pages of an origin."""

    origin: str
    method: str
    """As sent, because methods are case-sensitive."""
    headers: str = ""
    """The value of Access-Control-Request-Headers, as sent."""


_Key = str | tuple[str, str, tuple[str, ...] | None] | None


class _Answers(dict[_Key, Decision]):
    """What one policy sends, and its last decisions.

    Decisions on actual requests are kept by origin. Those that grant a preflight are kept by
    origin, requested method and served methods, if they depend on nothing else.
    """

    def __init__(
        self, policy: Policy, whole: Policy | None = None, listed: "_Answers | None" = None
    ) -> None:
        """Prepare what a policy sends.

        :param whole: the policy that decides as ``policy`` for some origins, if that is another.
        :param listed: the answers for the origins that ``whole`` lists in ``allow_credentials``.
        """
        self.policy = policy
        self.whole = whole = whole or policy
        self.listed = listed
        is_open = policy.allows_everybody and whole is policy
        credentials: tuple[Header, ...] = ()
        if policy.allow_credentials:
            credentials = (("Access-Control-Allow-Credentials", "true"),)
        exposed = ", ".join(policy.expose_headers)
        exposed_line = ((EXPOSE_HEADERS, exposed),) if exposed else ()
        seconds = policy.max_age
        max_age_line = () if seconds is None else (("Access-Control-Max-Age", str(seconds)),)
        vary = vary_of_preflights(policy, is_open)
        by_origin = () if is_open else (VARY_BY_ORIGIN,)
        self.granted_lines = (*credentials, *exposed_line)
        everybody = ((ALLOW_ORIGIN, "*"), *self.granted_lines, *by_origin)
        self.to_everybody = Decision(whole, everybody)
        self.without_origin = Decision(whole, (VARY_BY_ORIGIN,))
        self.refused = Decision(whole, (VARY_BY_ORIGIN,), "origin-not-allowed")
        self.preflight_lines = (*credentials, *max_age_line)
        self.refused_method_lines = (*credentials, vary)
        self.preflight_vary = vary
        self.preflight_refused = Decision(whole, (vary,), "origin-not-allowed")
        self.preflight_too_large = Decision(whole, (vary,), "too-large")

    def __missing__(self, origin: str | None) -> Decision:
        """Decide on an actual request."""
        if self.listed is not None and origin is not None and origin in self.whole.trusted:
            return self.listed[origin]
        if self.policy.allows_everybody:
            decision = self.to_everybody
        elif origin is None:
            decision = self.without_origin
        elif origin in self.policy.origins:
            lines = ((ALLOW_ORIGIN, origin), *self.granted_lines, VARY_BY_ORIGIN)
            decision = Decision(self.whole, lines)
        else:
            decision = self.refused
        self.remember(origin, origin, decision)
        return decision

    def remember(self, key: _Key, origin: str | None, decision: Decision) -> None:
        """Keep a decision, unless a callable decides, which may change its mind."""
        if self.policy.origins.is_fixed and len(origin or "") <= MAX_REMEMBERED_LENGTH:
            if len(self) >= MAX_REMEMBERED:
                self.clear()
            self[key] = decision


def _answers_of(policy: Policy) -> _Answers:
    """Return the answers of a policy, which it keeps from its first request on."""
    answers: _Answers | None = policy.__dict__.get("_answers")
    if answers is None:
        answers = policy.__dict__["_answers"] = _new_answers(policy)
    return answers


def _new_answers(policy: Policy) -> _Answers:
    if isinstance(policy.allow_credentials, bool):
        return _Answers(policy)
    others, listed = split(policy)
    return _Answers(others, policy, _Answers(listed, policy))


def seen_by(policy: Policy, origin: str) -> Policy:
    """Return the policy as the pages of an origin see it: its ``allow_credentials`` is a bool."""
    if isinstance(policy.allow_credentials, bool):
        return policy
    answers = _answers_of(policy)
    if answers.listed is not None and origin in policy.trusted:
        answers = answers.listed
    return answers.policy


def vary_of_preflights(policy: Policy, is_open: bool) -> Header:
    """Return the header that names what the response to a preflight can depend on.

    :param is_open: whether all origins get the same response.
    """
    names = [] if is_open else ["Origin"]
    # Without this header the request is not a preflight, and a router chooses the policy by it.
    names.append("Access-Control-Request-Method")
    if "*" in policy.allow_headers:
        names.append("Access-Control-Request-Headers")
    return "Vary", ", ".join(names)


def actual(policy: Policy, origin: str | None) -> Decision:
    """Decide on an actual request; ``origin`` is its ``Origin`` header.

    Send the ``Vary`` of the decision with every response of the endpoint. Otherwise a cache can
    send the response for one origin to another origin (Fetch, "CORS protocol and HTTP caches").
    """
    return _answers_of(policy)[origin]


def decisions(policy: Policy) -> Mapping[str | None, Decision]:
    """Return the decisions on actual requests by origin, as :func:`actual` makes them."""
    return cast("Mapping[str | None, Decision]", _answers_of(policy))


def with_vary(decision: Decision, names: Sequence[str]) -> Decision:
    """Return a decision that also names in ``Vary`` the headers that a resolver has read."""
    return replace(decision, headers=(*add_vary(decision.headers, names),))


def preflight(policy: Policy, asked: Preflight, served: Sequence[str] | None = None) -> Decision:
    """Decide on a preflight; ``served`` are the methods of the endpoint, if a router knows them.

    The response has the lists of the policy, not only what was requested: the browser caches them
    all, and its console names the exact fault (Fetch, "CORS-preflight fetch").
    """
    answers = _answers_of(policy)
    if answers.listed is not None and asked.origin in policy.trusted:
        answers = answers.listed
    policy = answers.policy
    decided = answers[asked.origin]
    if decided.refusal is not None:
        return answers.preflight_refused
    is_static = "*" not in policy.allow_headers and _can_be_echoed(asked.method)
    key = asked.origin, asked.method, None if served is None else tuple(served)
    decision = answers.get(key) if is_static else None
    if decision is not None:
        return decision
    requested: Sequence[str] = ()
    if "*" in policy.allow_headers:
        requested, has_more = read_requested(asked.headers, policy.allow_headers)
        if has_more:
            return answers.preflight_too_large
    allow_origin = decided.headers[0]
    if asked.method in SAFELISTED_METHODS and _leaves_out(policy, asked.method):
        # Browsers allow these methods even if a list lacks them, unless the status is not ok. They
        # report the status only if the response passes the CORS check.
        lines = [allow_origin, *answers.refused_method_lines]
        decision = Decision(answers.whole, tuple(lines), "method-not-allowed")
    else:
        lines = [allow_origin, *answers.preflight_lines]
        if methods := allowed_methods(policy, asked.method, served):
            lines.append(("Access-Control-Allow-Methods", ", ".join(methods)))
        if names := allowed_headers(policy, requested):
            lines.append(("Access-Control-Allow-Headers", ", ".join(names)))
        decision = Decision(answers.whole, (*lines, answers.preflight_vary))
    if is_static:
        answers.remember(key, asked.origin, decision)
    return decision


def read_requested(requested: str, listed: Sequence[str]) -> tuple[Sequence[str], bool]:
    """Return the header names that a preflight requests, and whether they exceed the limit.

    Browsers request each name once, so a value longer than all listed names has an unlisted name.
    """
    size = MAX_REQUESTED_SIZE
    if len(requested) > size:
        if "*" in listed:
            return (), True
        size = max(size, len(", ".join(listed)))
    if len(requested) <= size:
        names = split_list(requested)
        return names, "*" in listed and len(names) > MAX_REQUESTED_NAMES
    *complete, _ = requested[:size].split(",", MAX_REQUESTED_NAMES + len(listed))
    return split_list(",".join(complete)), True


def allowed_methods(policy: Policy, asked: str, served: Sequence[str] | None) -> Sequence[str]:
    """Return the methods that the response to a preflight lists, under a policy as it is seen.

    These are the methods of the endpoint, narrowed by the policy. Some resolvers report methods
    from the request itself as served, so only tokens of bounded length are taken from ``served``.
    """
    listed = policy.allow_methods
    if served is None:
        if listed is None:
            return SAFELISTED_METHODS
        if "*" in listed and policy.allow_credentials:
            return (asked,) if _can_be_echoed(asked) and asked != "*" else ()
        return listed
    if listed is not None and "*" not in listed:
        return [method for method in listed if method in served]
    return [method for method in served if _can_be_echoed(method) and method != "*"]


def _leaves_out(policy: Policy, method: str) -> bool:
    """Return whether the policy has a list of methods that lacks this one."""
    listed = policy.allow_methods
    return listed is not None and "*" not in listed and method not in listed


def _can_be_echoed(method: str) -> bool:
    return method in NORMALISED_METHODS or (len(method) <= MAX_METHOD_SIZE and is_token(method))


def allowed_headers(policy: Policy, requested: Sequence[str]) -> Sequence[str]:
    """Return the header names that the response to a preflight lists, under a policy as it is seen.

    ``*`` does not cover Authorization (Fetch, "CORS non-wildcard request-header name"). Some
    browsers ignore this rule, so if Authorization is requested but not listed, the response lists
    no headers. With credentials ``*`` is a literal name, so the requested names are listed instead.
    """
    listed = policy.allow_headers
    if "*" not in listed:
        return listed
    asked = {name.lower(): name for name in requested}
    beside = [name for name in listed if name != "*"]  # validation leaves only Authorization
    if not policy.allow_credentials:
        return () if "authorization" in asked and not beside else listed
    asked.pop("authorization", None)
    return [*beside, *(name for name in asked.values() if is_token(name) and name != "*")]


def method_after_redirect(status: int, method: str) -> str:
    """Return the method with which browsers follow a redirect (Fetch, "HTTP-redirect fetch")."""
    becomes_get = (status in (301, 302) and method == "POST") or (
        status == 303 and method not in ("GET", "HEAD")
    )
    return "GET" if becomes_get else method


def why_refused(
    policy: Policy, asked: Preflight, served: Sequence[str] | None = None
) -> Refusal | None:
    """Return why a browser will block the request after this preflight, or ``None``.

    This mirrors the browser's checks in their order (Fetch, "CORS-preflight fetch").
    """
    policy = seen_by(policy, asked.origin)
    if not policy.allows(asked.origin):
        return refused_origin(policy, asked.origin)
    requested, has_more = read_requested(asked.headers, policy.allow_headers)
    if has_more and "*" in policy.allow_headers:
        return _too_large("list the headers in allow_headers instead of '*'")
    if _leaves_out(policy, asked.method):
        return _refused_method(asked.method, policy.allow_methods or (), "allow_methods")
    methods = allowed_methods(policy, asked.method, served)
    wildcard = "*" in methods and not policy.allow_credentials
    if asked.method not in methods and asked.method not in SAFELISTED_METHODS and not wildcard:
        return _refused_method(asked.method, methods, "the allowed methods")
    names = {*map(str.lower, allowed_headers(policy, requested))}
    requested = [*map(str.lower, requested)]
    if "authorization" in requested and "authorization" not in names:
        star = ", which '*' does not cover" if "*" in policy.allow_headers else ""
        sentence = f"the page sends Authorization{star}; list it in allow_headers"
        return Refusal("authorization-not-listed", sentence)
    wildcard = "*" in names and not policy.allow_credentials
    missing = [name for name in requested if name not in names and not wildcard]
    if missing:
        listed = ", ".join(policy.allow_headers) or "none"
        sentence = f"header {quote(missing[0])} is not among allow_headers: {listed}"
        return Refusal("header-not-allowed", sentence)
    return _too_large("set fewer request headers in the page") if has_more else None


def _too_large(advice: str) -> Refusal:
    limits = f"{MAX_REQUESTED_SIZE} characters or {MAX_REQUESTED_NAMES} header names"
    return Refusal("too-large", f"the preflight requests more than {limits}; {advice}")


def refused_origin(policy: Policy, origin: str) -> Refusal:
    """Return the reason for refusing an origin."""
    listed = ", ".join(map(_name_of_entry, policy.allow_origins[:MAX_LISTED_ORIGINS]))
    more = ", ..." if len(policy.allow_origins) > MAX_LISTED_ORIGINS else ""
    sentence = f"origin {quote(origin)} is not among allow_origins: {listed}{more}"
    if origin == "null":
        sentence += " (a sandboxed or local document, or a redirect across origins)"
    return Refusal("origin-not-allowed", sentence)


def _name_of_entry(entry: object) -> str:
    """Return an entry of ``allow_origins`` for a sentence."""
    if isinstance(entry, str) or hasattr(type(entry), "judged"):  # origins, or a source of them
        return str(entry)
    return f"{name_of_code(entry)}()"


def no_policy() -> Refusal:
    """Return the reason for refusing a request to an endpoint without a policy."""
    sentence = "no CORS policy applies here; decorate the view with @cors, or use a default policy"
    return Refusal("no-policy", sentence)


def _refused_method(method: str, methods: Sequence[str], where: str) -> Refusal:
    listed = ", ".join(methods) or "none"
    sentence = f"method {quote(method)} is not among {where}: {listed}"
    if method.upper() in methods:
        sentence += f" (methods are case-sensitive: the page has to use {method.upper()!r})"
    return Refusal("method-not-allowed", sentence)
