"""What a wrapper asks a resolver, and what wrappers tell one another.

A resolver is a function that takes the environ and a method, and returns an :class:`Endpoint`, a
policy or ``None``. One for a framework derives from :class:`Resolver`, so as to see which endpoint
is answering where the framework tells it.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .core.headers import quote, split_list
from .core.policy import Policy

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .surveying import Route, Survey


logger = logging.getLogger("wsgicors")


class _Fields(NamedTuple):
    policy: Policy | None
    methods: Sequence[str] | None


class Endpoint(_Fields):
    """What a resolver found: the policy of an endpoint, and the methods that it serves.

    >>> from wsgicors import Policy
    >>> api = Policy(allow_origins=["https://app.example"])
    >>> Endpoint(api, ["GET", "HEAD", "PUT"]).methods
    ['GET', 'HEAD', 'PUT']

    :param policy: the policy, or ``None`` for no CORS.
    :param methods: the methods at this URL that have this very policy; ``None`` if no router
        knows them.
    :raises TypeError: if either is something else.
    """

    __slots__ = ()

    def __new__(cls, policy: Policy | None, methods: Sequence[str] | None = None) -> "Endpoint":
        """Check both, and read a comma-separated string of methods."""
        if policy is not None and not isinstance(policy, Policy):
            raise TypeError(f"{policy!r} is no Policy; write Endpoint(Policy(...), methods)")
        if isinstance(methods, str):
            methods = split_list(methods)
        elif methods is not None and not isinstance(methods, list | tuple | Sequence):
            raise TypeError(f"{methods!r} is no list of methods; write Endpoint(policy, ['GET'])")
        return super().__new__(cls, policy, methods)


Found = Endpoint | Policy | None
"""What a resolver returns."""


KEPT = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO")
"""The keys of an environ that apps are known to change, and that say what was asked for."""


def as_entered(environ: "WSGIEnvironment", entry: Sequence[str]) -> "WSGIEnvironment":
    """Return an environ with those keys as they were on entry."""
    return {**environ, **dict(zip(KEPT, entry, strict=True))}


class Resolver(ABC):
    """A resolver that knows when a framework's own router has matched already."""

    @property
    def debug(self) -> bool:
        """Whether the app is being developed: refusals are then logged as warnings."""
        return False

    @abstractmethod
    def __call__(self, environ: "WSGIEnvironment", method: str) -> Found:
        """Find the endpoint that a request with this method would reach."""

    def route_of(self, environ: "WSGIEnvironment", method: str) -> "Route":
        """Tell where the policy of such a request comes from, as far as the resolver knows."""
        policy, methods = as_endpoint(self(environ, method))
        from .surveying import Route

        return Route(policy, methods=methods)

    looks_first: bool = False
    """Whether :meth:`entry` is the resolver's own, and has to be called."""

    def entry(self, environ: "WSGIEnvironment") -> Any:
        """Keep what is needed later, before the app is called and may change the environ."""
        return tuple(environ.get(key, "") for key in KEPT)

    @abstractmethod
    def answered_by(self, environ: "WSGIEnvironment", entry: Any) -> Policy | None:
        """Return the policy of the endpoint that is answering, at ``start_response``.

        :param environ: the environ as the app has left it.
        :param entry: what :meth:`entry` kept from before the app was called.
        """

    def survey(self) -> "Survey | None":
        """List every route with its policy, or return ``None`` if that cannot be told."""
        return None


class Early(Resolver):
    """A resolver that is a function of somebody's own, asked before the app is called.

    Where it raises, it has found no endpoint.
    """

    looks_first = True

    def __init__(self, resolve: Callable[["WSGIEnvironment", str], Found]) -> None:
        self._resolve = resolve

    def __call__(self, environ: "WSGIEnvironment", method: str) -> Endpoint:
        """Ask the function."""
        try:
            return as_endpoint(self._resolve(environ, method))
        except Exception:
            path = quote(environ.get("PATH_INFO", ""))
            logger.exception("%s: the resolver %r raised", path, self._resolve)
            return Endpoint(None)

    def entry(self, environ: "WSGIEnvironment") -> Policy | None:
        """Ask it right away: afterwards its own marks on the environ may be gone."""
        return self(environ, environ["REQUEST_METHOD"]).policy

    def answered_by(self, environ: "WSGIEnvironment", entry: Policy | None) -> Policy | None:
        """Return what it said."""
        return entry

    def survey(self) -> "Survey | None":
        """Ask the resolver for its own survey, if it has one."""
        survey: Callable[[], Survey] | None = getattr(self._resolve, "survey", None)
        return None if survey is None else survey()


def as_endpoint(found: Found) -> Endpoint:
    """Read what a resolver returned."""
    if isinstance(found, Endpoint):
        return found
    if found is None or isinstance(found, Policy):
        return Endpoint(found)
    raise TypeError(f"a resolver returned {found!r}; it must return an Endpoint, a Policy or None")


def as_resolver(resolve: Callable[["WSGIEnvironment", str], Found]) -> Resolver:
    """Make a resolver of a function, if it is none yet."""
    return resolve if isinstance(resolve, Resolver) else Early(resolve)


CLAIM = "wsgicors.claim"
"""The key in the environ under which a wrapper tells those further in that it may decide."""

Claim = Policy | tuple[Any, Resolver, Any] | None
"""A wrapper's policy; or the claim of one further out, what to ask, and what that kept on entry."""


def claimed(claim: Claim, environ: "WSGIEnvironment") -> Policy | None:
    """Return the policy that decides: that of the outermost wrapper that has one."""
    if claim is None or isinstance(claim, Policy):
        return claim
    outer, resolver, entry = claim
    return claimed(outer, environ) or resolver.answered_by(environ, entry)
