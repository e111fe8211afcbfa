"""Which code and which policy of wsgicors a request of the page would reach."""

from collections.abc import Sequence
from contextlib import nullcontext
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
    with nullcontext() if policy.origins.is_fixed else resolver.app_context():
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
    fix = advise(route, wanted, decided)
    if fix is None or not (fix.settings or has_failed or route.kind == "hidden"):
        return None
    return replace(fix, sentence=sentence_of(fix.sentence))
