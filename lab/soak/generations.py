"""Policies that differ in every setting, and the responses that each of them has to give.

Each policy is a generation, with its number in its lists and its ``max_age``. The expected
responses follow from the number alone; the library does not compute them.
"""

from typing import NamedTuple

from wsgicors import Policy

KINDS = 3
"""Generations alternate: with credentials, without them, and with ``*``."""

EXACT = tuple(f"https://exact{number}.example" for number in range(20))
"""The exact origins of a policy."""

MARKED_AGES = 7_000
"""``max_age`` in seconds starts again at 0 after so many generations; few runs have as many."""

VARIES = "Accept-Encoding"
EXPOSES = "X-Own"
"""What the app itself sends on its path ``/merged``."""


def make_policy(generation: int) -> Policy:
    """Make the policy of a generation."""
    mark = f"X-Generation-{generation}"
    kind = generation % KINDS
    origins: list[str] = [[*EXACT, "https://*.a.example"], ["https://*.b.example"], ["*"]][kind]
    return Policy(
        origins,
        allow_methods=["PUT", f"GENERATION-{generation}"],
        allow_headers=["*"] if kind == 2 else ["Content-Type", mark],
        expose_headers=[mark],
        allow_credentials=kind == 0,
        max_age=generation % MARKED_AGES,
        accept_risks=["subdomains-with-credentials"],
    )


class Request(NamedTuple):
    """A request of a client."""

    origin: str | None
    is_preflight: bool
    path: str


class Response(NamedTuple):
    """The parts of a response that are checked: status, CORS headers and ``Vary``."""

    status: int
    lines: frozenset[tuple[str, str]]


def is_granted(request: Request, generation: int) -> bool:
    """Return whether a generation allows the request's origin."""
    kind = generation % KINDS
    if kind == 2 or request.origin is None:
        return kind == 2
    if kind == 0:
        return request.origin in EXACT or request.origin.endswith(".a.example")
    return request.origin.endswith(".b.example")


def expect(request: Request, generation: int) -> Response:
    """Return the response that a generation has to give to a request."""
    granted = is_granted(request, generation)
    kind, mark = generation % KINDS, f"X-Generation-{generation}"
    lines: dict[str, str] = {}
    if granted:
        lines["access-control-allow-origin"] = "*" if kind == 2 else str(request.origin)
        if kind == 0:
            lines["access-control-allow-credentials"] = "true"
    vary = [] if kind == 2 else ["Origin"]
    if request.is_preflight:
        vary.append("Access-Control-Request-Method")
        if kind == 2:
            vary.append("Access-Control-Request-Headers")
        if granted:
            lines["access-control-allow-methods"] = f"PUT, GENERATION-{generation}"
            lines["access-control-allow-headers"] = "*" if kind == 2 else f"Content-Type, {mark}"
            lines["access-control-max-age"] = str(generation % MARKED_AGES)
    else:
        if granted:
            lines["access-control-expose-headers"] = mark
        if request.path == "/merged":
            vary.insert(0, VARIES)
            if granted:
                lines["access-control-expose-headers"] += f", {EXPOSES}"
    if vary:
        lines["vary"] = ", ".join(vary)
    status = (204 if granted else 403) if request.is_preflight else 200
    return Response(status, frozenset(lines.items()))


def is_by_one_policy(request: Request, response: Response, first: int, last: int) -> bool:
    """Return whether a single generation in force meanwhile can have given the response."""
    return any(response == expect(request, generation) for generation in range(first, last + 1))
