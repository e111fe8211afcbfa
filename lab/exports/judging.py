"""Compares what a server answers under an exported policy with what ``CORSMiddleware`` does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, RemoteDisconnected
from typing import Any, NamedTuple

from lab.exports.generator import Request
from lab.exports.running import PLAIN
from lab.servers.answers import elements
from tests.helpers import Response, environ
from wsgicors import CORSMiddleware, Policy
from wsgicors._core.headers import CORS_RESPONSE_HEADERS

UNREADABLE = {0, 400, 431}
"""The statuses of a server that does not read a request: no location and no policy is chosen."""


class Answer(NamedTuple):
    """One response."""

    status: int
    """``0`` if the server has closed the connection."""
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


class Decision(NamedTuple):
    """What a policy decides of a response."""

    status: int
    cors: tuple[tuple[str, str], ...]
    """The CORS lines, each as often as it came."""
    vary: frozenset[str]

    @classmethod
    def of(cls, answer: Answer) -> "Decision":
        lines = [(name.lower(), value) for name, value in answer.headers]
        cors = sorted(line for line in lines if line[0].startswith("access-control-"))
        vary = {one.lower() for name, value in lines if name == "vary" for one in elements(value)}
        # A star covers all other names (RFC 9110, section 12.5.5).
        return cls(answer.status, tuple(cors), frozenset({"*"} if "*" in vary else vary))


class Difference(NamedTuple):
    """A request that a server has answered in another way."""

    request: Request
    due: Decision
    got: Decision

    def __str__(self) -> str:
        return f"{self.request}\n    due: {show(self.due)}\n    got: {show(self.got)}"


def show(decision: Decision) -> str:
    lines = [f"{name}: {value}" for name, value in decision.cors]
    return "; ".join([str(decision.status), *lines, f"vary: {', '.join(sorted(decision.vary))}"])


@dataclass
class Tally:
    """The outcome of many requests."""

    requests: int = 0
    preflights: int = 0
    allowed: int = 0
    """Responses with Allow-Origin."""
    unreadable: int = 0
    """Requests that the server itself refuses, with and without a policy."""
    differences: list[Difference] = field(default_factory=list)

    @property
    def counts(self) -> tuple[int, ...]:
        """All that is counted, in the order of the attributes."""
        found = len(self.differences)
        return self.requests, self.preflights, self.allowed, self.unreadable, found


def compare(
    connection: HTTPConnection, policies: Mapping[str, Policy], requests: Iterable[Request]
) -> Tally:
    """Send requests, each with its policy and without any, and compare the responses."""
    tally = Tally()
    for request in requests:
        plain = send(connection, request._replace(policy=PLAIN))
        got = Decision.of(send(connection, request))
        due = decide(policies[request.policy], request, plain)
        tally.requests += 1
        tally.preflights += is_preflight(request)
        tally.allowed += any(name.endswith("allow-origin") for name, _ in got.cors)
        if plain.status in UNREADABLE:
            tally.unreadable += 1
            due = Decision.of(plain)
        if got != due:
            tally.differences.append(Difference(request, due, got))
    return tally


def is_preflight(request: Request) -> bool:
    asked = request.get("Origin"), request.get("Access-Control-Request-Method")
    return request.method == "OPTIONS" and None not in asked


def send(connection: HTTPConnection, request: Request) -> Answer:
    """Send a request to the server."""
    connection.putrequest(request.method, f"/{request.policy}/{request.path}", skip_host=True)
    connection.putheader("Host", f"{request.policy}.example")
    connection.putheader("Content-Length", "0")
    for name, value in request.headers:
        connection.putheader(name, value.encode("latin-1"))
    try:
        connection.endheaders()
        response = connection.getresponse()
        body = response.read()
    except (RemoteDisconnected, ConnectionError):
        connection.close()
        return Answer(0, ())
    return Answer(response.status, tuple(response.getheaders()), body)


MADE_UP = "Reason"


def decide(policy: Policy, request: Request, plain: Answer) -> Decision:
    """Return what ``CORSMiddleware`` makes of a response without a policy.

    A server that has a policy sends no CORS header of the app behind it.
    """
    own = [line for line in plain.headers if line[0].lower() not in CORS_RESPONSE_HEADERS]

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(f"{plain.status} {MADE_UP}", own)
        return []

    headers = {name.lower().replace("-", "_"): value for name, value in request.headers}
    asked = environ(request.method, f"/{request.path}", **headers)
    response = Response(CORSMiddleware(app, policy), asked)
    return Decision.of(Answer(int(response.status[:3]), tuple(response.lines)))
