"""Which code and which policy of wsgicors a request of the page would reach."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from ..._advice import Fix, Wanted, advise
from ..._core.headers import SAFELISTED_METHODS, Header
from ..._core.policy import Policy, settle
from ..._introspection import Route
from ..._resolver import Resolver
from ..._wrappers import enter
from ...testing.requests import Request
from ...testing.transports import make_environ
from ...testing.urls import URL
from ..words import sentence_of


def context_of(resolver: Resolver, policy: Policy) -> AbstractContextManager[object]:
    """Return the context in which the origin callables of a policy run."""
    return resolver.app_context() if policy.origins.asks_app else nullcontext()


def advise_at(
    resolver: Resolver, route: Route, wanted: Wanted, decided: Policy | None = None
) -> Fix | None:
    """Return what the policy of a route has to change; ``None`` if no policy decides.

    :param decided: the policy that has decided about the origin, if that is known.
    """
    policy = (route.beside or route).policy
    if decided != policy:
        decided = settle_in_app(resolver, policy, wanted.origin)
    fix = advise(route, wanted, decided)
    return fix and replace(fix, sentence=sentence_of(fix.sentence))


def find_route(url: URL, method: str, headers: Sequence[Header], app: object) -> Route | None:
    """Find which code serves a request; ``None`` unless one app with a resolver does."""
    found = _find(url, method, headers, app)
    return found and found[1]


def _find(
    url: URL, method: str, headers: Sequence[Header], app: object
) -> tuple[Resolver, Route] | None:
    entered = enter(app, make_environ(method, url, headers, None))
    if entered is None:
        return None
    resolver, environ = entered
    return resolver, resolver.route_of(environ, method)


def settle_in_app(resolver: Resolver, policy: Policy | None, origin: str) -> Policy | None:
    """Have a policy decide about an origin; its callables run where the app's own code does."""
    if policy is None:
        return None
    with context_of(resolver, policy):
        return settle(policy, origin)


def ask_policy(request: Request, url: URL, app: object) -> Fix | None:
    """Return what the policy at a URL lacks for the page's request; ``None`` if it lacks nothing.

    :param request: the request, which redirects may have changed: the page asks as at first.
    """
    first = request.remake(request.profile)
    found = _find(url, first.method, first.headers, app)
    if found is None:
        return None
    resolver, route = found
    asks = first.method not in SAFELISTED_METHODS or bool(first.unsafe_names)
    wanted = Wanted(
        first.origin, first.method, first.unsafe_names, first.with_credentials, is_preflight=asks
    )
    decided = settle_in_app(resolver, (route.beside or route).policy, wanted.origin)
    has_failed = decided is not None and decided.origins.fault is not None
    fix = advise_at(resolver, route, wanted, decided)
    is_of_policy = fix is not None and (fix.settings or has_failed or route.kind == "hidden")
    return fix if is_of_policy else None
