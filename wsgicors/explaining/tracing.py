"""What the outermost wrapper of an app sees of a request, behind the layers around it.

A wrapper asks the next one further out whether that has a policy, when a response starts. A trace
stands for the next one, and answers no. Preflights are not traced: no wrapper asks for those.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from .._core.headers import Header
from .._core.policy import Policy, settle
from .._middleware import OUTER_KEY
from .._resolver import Resolver

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

KEY = ("REQUEST_METHOD", "HTTP_HOST", "PATH_INFO", "QUERY_STRING", "HTTP_ORIGIN")
"""What tells requests apart, in the environ."""


class Seen(NamedTuple):
    """What a wrapper saw of a request, and what its policy sends."""

    resolver: Resolver
    place: Mapping[str, str]
    """SCRIPT_NAME and PATH_INFO; empty if the resolver does not keep them."""
    headers: Sequence[Header] | None
    """The header lines that the policy adds; ``None`` without a policy."""
    origin: str | None
    """The header ``Origin``."""
    policy: Policy | None
    """The policy, with what its callables have decided about this origin."""


class Trace:
    """What wrappers have seen."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], Seen] = {}

    def watch(
        self, servers: "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None"
    ) -> "WSGIApplication | str | Mapping[str, WSGIApplication | str] | None":
        """Return the same servers, but note what the wrappers of apps see."""
        if servers is None or isinstance(servers, str) or callable(servers):
            return servers if servers is None else self._watch(servers)
        return {origin: self._watch(server) for origin, server in servers.items()}

    def _watch(self, server: "WSGIApplication | str") -> "WSGIApplication | str":
        return server if isinstance(server, str) else _Watched(server, self)

    def note(self, environ: "WSGIEnvironment", seen: Seen) -> None:
        """Note what a wrapper has seen.

        :param environ: the environ of the request as the server made it.
        """
        self._seen[_key(environ)] = seen

    def find(self, environ: "WSGIEnvironment") -> Seen | None:
        """Return what a wrapper has seen of such a request; ``None`` if it reached none."""
        return self._seen.get(_key(environ))


def _key(environ: "WSGIEnvironment") -> tuple[str, ...]:
    return tuple(environ.get(name, "") for name in KEY)


class _Watched:
    """An app whose wrappers are traced."""

    def __init__(self, app: "WSGIApplication", trace: Trace) -> None:
        self._app = app
        self._trace = trace

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        return self._app({**environ, OUTER_KEY: _Outside(environ, self._trace)}, start_response)

    def __repr__(self) -> str:
        return repr(self._app)


class _Response(Protocol):
    """The response of a wrapper."""

    resolver: Resolver
    environ: "WSGIEnvironment"
    entered: object
    origin: str | None


class _Outside:
    """Stands for the response of a wrapper further out."""

    def __init__(self, environ: "WSGIEnvironment", trace: Trace) -> None:
        self._environ = environ
        self._trace = trace

    def has_policy(self, inner: _Response) -> bool:
        """Note what the wrapper sees that asks, and leave the decision to it."""
        resolver, origin = inner.resolver, inner.origin
        decision = resolver.decide(inner.environ, inner.entered, origin)
        headers, policy = None, None
        if decision is not None:
            headers, is_allowed = decision.headers, decision.refusal is None
            policy = settle(decision.policy, origin or "", is_allowed)
        seen = Seen(resolver, resolver.place_of(inner.entered), headers, origin, policy)
        self._trace.note(self._environ, seen)
        return False
