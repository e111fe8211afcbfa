"""Which code and which policy of wsgicors a request of the page would reach."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from ..._advice import Fix, Wanted, advise
from ..._core.headers import SAFELISTED_METHODS, Header
from ..._introspection import Route
from ..._resolver import Resolver
from ..._wrappers import apps_at
from ...testing.requests import Request
from ...testing.transports import make_environ
from ...testing.urls import URL


def find_route(url: URL, method: str, headers: Sequence[Header], app: object) -> Route | None:
    """Find which code serves a request; ``None`` unless one app with a resolver does."""
    environ = make_environ(method, url, headers, None)
    apps = apps_at(app, environ["PATH_INFO"])
    if len(apps) != 1:
        return None
    _, mount, resolver = apps[0]
    environ |= {"SCRIPT_NAME": mount, "PATH_INFO": environ["PATH_INFO"].removeprefix(mount)}
    return cast("Resolver", resolver).route_of(environ, method)


def ask_policy(request: Request, url: URL, app: object) -> Fix | None:
    """Return which settings the page's request lacks at a URL; ``None`` if it lacks none.

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
    if fix is None or not fix.settings:
        return None
    return replace(fix, sentence=f"{fix.sentence[0].upper()}{fix.sentence[1:]}.")
