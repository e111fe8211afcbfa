"""What a wrapper asks a resolver, and what wrappers tell one another.

A resolver is a function that takes the environ and a method, and returns an :class:`Endpoint`, a
policy or ``None``. One for a framework derives from :class:`Resolver`, so as to see which endpoint
is answering where the framework tells it.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .core.headers import split_list
from .core.policy import Policy

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a resolver found: the policy of an endpoint, and the methods that it serves.

    >>> from wsgicors import Policy
    >>> api = Policy(allow_origins=["https://app.example"])
    >>> Endpoint(api, ["GET", "HEAD", "PUT"]).methods
    ['GET', 'HEAD', 'PUT']
    """

    policy: Policy | None
    methods: Sequence[str] | None = None
    """The methods at this URL that have this very policy; ``None`` if no router knows them."""

    def __post_init__(self) -> None:
        if self.policy is not None and not isinstance(self.policy, Policy):
            raise TypeError(f"{self.policy!r} is no Policy; write Endpoint(Policy(...), methods)")
        if isinstance(self.methods, str):
            object.__setattr__(self, "methods", split_list(self.methods))
        elif self.methods is not None and not isinstance(self.methods, Sequence):
            raise TypeError(
                f"{self.methods!r} is no list of methods; write Endpoint(policy, ['GET'])"
            )


Found = Endpoint | Policy | None
"""What a resolver returns."""


class Resolver(ABC):
    """A resolver that knows when a framework's own router has matched already."""

    @property
    def debug(self) -> bool:
        """Whether the app is being developed: refusals are then logged as warnings."""
        return False

    @abstractmethod
    def __call__(self, environ: "WSGIEnvironment", method: str) -> Found:
        """Find the endpoint that a request with this method would reach."""

    def entry(self, environ: "WSGIEnvironment") -> "WSGIEnvironment":
        """Keep what routing needs, before the app is called and may change the environ."""
        return environ.copy()

    @abstractmethod
    def answered_by(self, environ: "WSGIEnvironment", entry: "WSGIEnvironment") -> Found:
        """Find the endpoint that is answering, at ``start_response``.

        :param environ: the environ as the app has left it.
        :param entry: what :meth:`entry` kept of it from before the app was called.
        """


class Claim:
    """What one wrapper knows about the policy of a request that it has passed on.

    It stays in the environ for wrappers further in: the outermost that has a policy decides.
    """

    __slots__ = ("_outer", "_policy")

    KEY = "wsgicors.claim"

    def __init__(self, outer: "Claim | None", policy: Policy | None) -> None:
        self._outer = outer
        self._policy = policy

    def own(self, environ: "WSGIEnvironment") -> Policy | None:
        """Return this wrapper's policy for the response that is starting."""
        return self._policy

    def policy(self, environ: "WSGIEnvironment") -> Policy | None:
        """Return the policy that decides: that of the outermost wrapper that has one."""
        outer = self._outer.policy(environ) if self._outer else None
        return outer or self.own(environ)


class DeferredClaim(Claim):
    """A claim whose policy shows only when the app answers."""

    __slots__ = ("_entry", "_resolver")

    def __init__(self, outer: Claim | None, resolver: Resolver, entry: "WSGIEnvironment") -> None:
        super().__init__(outer, None)
        self._resolver = resolver
        self._entry = entry

    def own(self, environ: "WSGIEnvironment") -> Policy | None:
        """Ask which endpoint is answering."""
        return as_endpoint(self._resolver.answered_by(environ, self._entry)).policy


def as_endpoint(found: Found) -> Endpoint:
    """Read what a resolver returned."""
    if isinstance(found, Endpoint):
        return found
    if found is None or isinstance(found, Policy):
        return Endpoint(found)
    raise TypeError(f"a resolver returned {found!r}; it must return an Endpoint, a Policy or None")
