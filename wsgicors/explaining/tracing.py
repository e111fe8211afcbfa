"""What the outermost wrapper of an app sees of a request, behind the layers around it.

A wrapper asks the next one further out whether that has a policy, when a response starts. A trace
is used instead of the next one, and answers no. Wrappers also call it when they answer a preflight.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from .._core.headers import Header
from .._core.policy import Policy, settle
from .._core.protocol import Decision, Preflight
from .._core.trials import Loss
from .._middleware import OUTER_KEY, REQUESTED_METHOD
from .._reporting.trials import LOSS_KEY
from .._resolver import NOTE_KEY, Resolver

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

KEY = (
    "REQUEST_METHOD",
    "HTTP_HOST",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_ORIGIN",
    REQUESTED_METHOD,
)
"""What tells requests apart, in the environ."""

KEY_OF_LOSS = (
    *KEY,
    "HTTP_ACCESS_CONTROL_REQUEST_HEADERS",
    "HTTP_AUTHORIZATION",
    "HTTP_COOKIE",
)
"""What tells requests apart from which a trial takes different things."""


class Seen(NamedTuple):
    """What a wrapper saw of a request, and what its policy sends."""

    resolver: Resolver
    method: str
    """The method of the request."""
    place: Mapping[str, str]
    """SCRIPT_NAME and PATH_INFO; empty if the resolver does not keep them."""
    headers: Sequence[Header] | None
    """The header lines that the policy adds; ``None`` without a policy."""
    origin: str | None
    """The header ``Origin``."""
    policy: Policy | None
    """The policy, with what its callables have decided about this origin."""
    asked: Preflight | None = None
    """What the wrapper saw a preflight request; ``None`` if it saw no preflight."""
    status: int | None = None
    """The status of the response to a preflight, if a policy answered it."""


class Trace:
    """What wrappers have seen."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], Seen] = {}
        self._losses: dict[tuple[str, ...], tuple[Loss | None, Loss | None]] = {}

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

    def note_loss(
        self, environ: "WSGIEnvironment", loss: Loss | None, with_credentials: Loss | None
    ) -> None:
        """Note what a trial would take from the page.

        :param environ: the environ of the request as the server made it.
        :param with_credentials: what it would take if the page sends credentials.
        """
        self._losses[_key(environ, KEY_OF_LOSS)] = loss, with_credentials

    def find_loss(self, environ: "WSGIEnvironment", *, with_credentials: bool) -> Loss | None:
        """Return what a trial would take from the page that makes such a request.

        :param with_credentials: whether the page sends credentials, if the browser has any.
        """
        losses = self._losses.get(_key(environ, KEY_OF_LOSS), (None, None))
        return losses[with_credentials]


def _key(environ: "WSGIEnvironment", names: Sequence[str] = KEY) -> tuple[str, ...]:
    return tuple(environ.get(name, "") for name in names)


class _Watched:
    """An app whose wrappers are traced."""

    def __init__(self, app: "WSGIApplication", trace: Trace) -> None:
        self._app = app
        self._trace = trace

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        outside = _Outside(environ, self._trace)
        keys = {OUTER_KEY: outside, NOTE_KEY: outside, LOSS_KEY: outside.note_loss}
        return self._app({**environ, **keys}, start_response)

    def __repr__(self) -> str:
        return repr(self._app)


class _Response(Protocol):
    """The response of a wrapper."""

    resolver: Resolver
    environ: "WSGIEnvironment"
    entered: object
    origin: str | None


class _Outside:
    """Is used instead of the response of a wrapper further out."""

    def __init__(self, environ: "WSGIEnvironment", trace: Trace) -> None:
        self._environ = environ
        self._trace = trace

    def has_policy(self, inner: _Response) -> bool:
        """Note what the wrapper sees that asks, and leave the decision to it."""
        resolver, origin = inner.resolver, inner.origin
        decision = resolver.decide(inner.environ, inner.entered, origin)
        headers = None if decision is None else decision.headers
        policy = None if decision is None else _settled(decision, origin or "")
        method, place = inner.environ["REQUEST_METHOD"], resolver.place_of(inner.entered)
        seen = Seen(resolver, method, place, headers, origin, policy)
        self._trace.note(self._environ, seen)
        return False

    def leave_to_inner(self) -> None:
        """Do nothing, because a trace logs nothing."""

    def note_preflight(
        self,
        resolver: Resolver,
        environ: "WSGIEnvironment",
        asked: Preflight,
        decision: Decision | None,
        status: str = "",
        headers: Sequence[Header] = (),
    ) -> None:
        """Note how a wrapper answers a preflight.

        :param decision: ``None`` if it has no policy, so that the app inside answers.
        """
        place = {name: environ.get(name, "") for name in ("SCRIPT_NAME", "PATH_INFO")}
        origin = asked.origin
        if decision is not None:
            policy, code = _settled(decision, origin), int(status.partition(" ")[0])
            seen = Seen(resolver, "OPTIONS", place, headers, origin, policy, asked, code)
            self._trace.note(self._environ, seen)
        elif self._trace.find(self._environ) is None:  # no wrapper further out has noted it
            seen = Seen(resolver, "OPTIONS", place, None, origin, None, asked)
            self._trace.note(self._environ, seen)

    def note_loss(self, loss: Loss | None, with_credentials: Loss | None) -> None:
        """Note what the trial of a policy would take from the page."""
        self._trace.note_loss(self._environ, loss, with_credentials)


def _settled(decision: Decision, origin: str) -> Policy:
    """Return the policy of a decision, which is not to be asked again."""
    return settle(decision.policy, origin, decision.refusal != "origin-not-allowed")
