"""Which code and which policy of wsgicors a request of the page would reach."""

from collections.abc import Sequence
from dataclasses import replace

from ..._advice import Fix, Wanted, advise
from ..._core.headers import SAFELISTED_METHODS, Header
from ..._introspection import Route
from ..._wrappers import enter
from ...testing.requests import Request
from ...testing.transports import make_environ
from ...testing.urls import URL
from ..words import sentence_of


def find_route(url: URL, method: str, headers: Sequence[Header], app: object) -> Route | None:
    """Find which code serves a request; ``None`` unless one app with a resolver does."""
    entered = enter(app, make_environ(method, url, headers, None))
    if entered is None:
        return None
    resolver, environ = entered
    return resolver.route_of(environ, method)


def ask_policy(request: Request, url: URL, app: object) -> Fix | None:
    """Return what a policy has to change for the page's request at a URL; ``None`` if nothing.

    :param request: the request, which redirects may have changed: the page asks as at first.
    """
    first = request.remake(request.profile)
    route = find_route(url, first.method, first.headers, app)
    if route is None:
        return None
    asks = first.method not in SAFELISTED_METHODS or bool(first.unsafe_names)
    wanted = Wanted(
        first.origin, first.method, first.unsafe_names, first.with_credentials, is_preflight=asks
    )
    fix = advise(route, wanted)
    if fix is None or not (fix.settings or route.kind == "hidden"):
        return None
    return replace(fix, sentence=sentence_of(fix.sentence))
