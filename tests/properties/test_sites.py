"""Flask apps: for any views, path and error, the headers are those of what answered."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import APP, OTHER, Response, environ, hello, preflight
from tests.properties.exchange import call
from tests.properties.oracle import decided, expected, undecided, values
from tests.properties.sites import DENY, METHODS, PATHS, Site, sites
from wsgicors import CORSMiddleware, Endpoint, Policy

paths = st.sampled_from(PATHS)
methods = st.sampled_from(METHODS)
origins = st.sampled_from([None, APP, OTHER, "https://evil.test"])


@given(sites, paths, methods, origins, st.booleans())
def test_the_headers_are_those_of_the_endpoint_that_answered(
    site: Site, path: str, method: str, origin: str | None, denied: bool
) -> None:
    request = environ(method, path)
    request |= {"HTTP_ORIGIN": origin} if origin else {}
    request |= {DENY: "1"} if denied else {}
    bare, seen = call(site.bare, request), call(site.app, request)
    owner = site.owner(path, method)
    given = site.settings[owner] if owner else None
    assert (seen.status, seen.body, seen.error) == (bare.status, bare.body, bare.error)
    assert undecided(seen.lines) == undecided(bare.lines)
    assert decided(seen.lines) == expected(given, origin, bare.lines)


@given(sites, paths, methods, st.sampled_from([APP, OTHER, "https://evil.test"]), st.booleans())
def test_a_preflight_is_answered_for_the_endpoint_of_the_requested_method(
    site: Site, path: str, method: str, origin: str, denied: bool
) -> None:
    request = preflight(path, origin=origin, method=method)
    request |= {DENY: "1"} if denied else {}
    owner = site.owner(path, method)
    if owner is None:
        assert call(site.app, request) == call(site.bare, request)
        return
    policy = Policy(**site.settings[owner])
    alone = CORSMiddleware(hello, resolve=lambda *_: Endpoint(policy, listed(site, path, method)))
    assert comparable(Response(site.app, request)) == comparable(Response(alone, request))


def listed(site: Site, path: str, method: str) -> list[str]:
    """Return the methods at this path that have the policy of this one."""
    landed, status, view = site.land(path, method)
    owner = site.owner(path, method)
    if view is None and status.startswith("404"):
        return [method]
    served = site.served(landed, redirected=status.startswith("405"))
    return [name for name, other in served.items() if other == owner]


def comparable(response: Response) -> Any:
    names = {name.lower() for name, _ in response.lines}
    return response.status, {
        name: {tuple(sorted(value.split(", "))) for value in values(response.lines, name)}
        for name in names
    }
