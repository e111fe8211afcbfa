"""Whether the headers that an app sends itself let a page in, where no policy applies."""

from collections.abc import Iterable

from .headers import ALLOW_ORIGIN, SAFELISTED_METHODS, Header, split_list
from .protocol import Preflight, read_requested


def allows_response(origin: str, headers: Iterable[Header]) -> bool:
    """Return whether a browser lets a page read a response (Fetch, "CORS check").

    Cookies are left out: a server cannot see whether the page has asked for them.
    """
    values = [value.strip() for value in _values_of(ALLOW_ORIGIN, headers)]
    return values in (["*"], [origin])


def allows_preflight(asked: Preflight, status: str, headers: Iterable[Header]) -> bool:
    """Return whether a browser sends the request after a preflight (Fetch, "CORS-preflight fetch").

    :param status: the status line of the answer.
    """
    headers = [*headers]
    if not status.startswith("2") or not allows_response(asked.origin, headers):
        return False
    methods = {*SAFELISTED_METHODS, *_list_of("Access-Control-Allow-Methods", headers)}
    listed = _list_of("Access-Control-Allow-Headers", headers)
    names = {name.lower() for name in listed}
    requested, has_more = read_requested(asked.headers, [name for name in listed if name != "*"])
    missing = {name.lower() for name in requested} - names
    if "*" in names:
        missing &= {"authorization"}  # which "*" does not cover
        has_more = False
    return not missing and not has_more and not methods.isdisjoint({asked.method, "*"})


def _list_of(name: str, headers: Iterable[Header]) -> list[str]:
    return [item for value in _values_of(name, headers) for item in split_list(value)]


def _values_of(name: str, headers: Iterable[Header]) -> list[str]:
    return [value for other, value in headers if other.lower() == name.lower()]
