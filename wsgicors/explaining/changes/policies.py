"""Which settings of a policy a page's request lacks at a URL."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from ..._advice import Fix, Wanted, advise
from ..._core.headers import SAFELISTED_METHODS, Header
from ..._core.policy import Policy
from ..._introspection import Route
from ..._resolver import Resolver
from ..._wrappers import enter
from ...testing.requests import Request
from ...testing.transports import make_environ
from ...testing.urls import URL
from ..words import sentence_of

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


def context_of(resolver: Resolver, policy: Policy | None) -> AbstractContextManager[object]:
    """Return the context in which the origin callables of a policy run; a null one without any."""
    is_fixed = policy is None or policy.origins.is_fixed
    return nullcontext() if is_fixed else resolver.app_context()


def advise_at(resolver: Resolver, environ: "WSGIEnvironment", wanted: Wanted) -> Fix | None:
    """Return what a policy has to change for a request; ``None`` if no policy decides."""
    route = resolver.route_of(environ, wanted.method)
    with context_of(resolver, route.policy):
        fix = advise(route, wanted)
    return fix and replace(fix, sentence=sentence_of(fix.sentence))


def find_route(url: URL, method: str, headers: Sequence[Header], app: object) -> Route | None:
    """Find which code serves a request; ``None`` unless one app with a resolver does."""
    entered = enter(app, make_environ(method, url, headers, None))
    if entered is None:
        return None
    resolver, environ = entered
    return resolver.route_of(environ, method)


def ask_policy(request: Request, url: URL, app: object) -> Fix | None:
    """Return which settings the page's request lacks at a URL; ``None`` if it lacks none.

    :param request: the request, which redirects may have changed: the page asks as at first.
    """
    first = request.remake(request.profile)
    entered = enter(app, make_environ(first.method, url, first.headers, None))
    if entered is None:
        return None
    asks = first.method not in SAFELISTED_METHODS or bool(first.unsafe_names)
    wanted = Wanted(
        first.origin, first.method, first.unsafe_names, first.with_credentials, is_preflight=asks
    )
    fix = advise_at(*entered, wanted)
    return fix if fix is not None and fix.settings else None
