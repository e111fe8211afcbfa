"""The checks that a response has to pass, each one step of the standard.

Every function here is one step and raises :class:`.FaultFound` if it fails; the two that call
them keep the standard's order. Values compare as bytes: case, spaces and slashes count.
"""

from collections.abc import Sequence

from ..core.headers import SAFELISTED_METHODS
from .blocked import FaultFound
from .profiles import Profile
from .requests import Request
from .responses import RawResponse

ORIGIN = "Access-Control-Allow-Origin"
CREDENTIALS = "Access-Control-Allow-Credentials"
METHODS = "Access-Control-Allow-Methods"
HEADERS = "Access-Control-Allow-Headers"


def check_cors(request: Request, response: RawResponse) -> None:
    """Ask whether the page may read this response at all (Fetch, "CORS check")."""
    check_origin_is_there(request, response)
    check_origin_matches(request, response)
    check_credentials(request, response)


def check_origin_is_there(request: Request, response: RawResponse) -> None:
    """Have the response name an origin."""
    if response.get(ORIGIN) is None:
        raise FaultFound(
            "CORS check: does the response name an origin?",
            f"{response.status} without {ORIGIN}",
            f"{ORIGIN}: {request.sent_origin}",
            _what_to_change(request, response.status),
        )


def check_origin_matches(request: Request, response: RawResponse) -> None:
    """Have it name the page's, or ``*`` where there are no credentials."""
    value = response.get(ORIGIN)
    if value == request.sent_origin or (value == "*" and not request.with_credentials):
        return
    if value == "*":
        setting = "allow_origins, to list the origins: '*' is not for requests with credentials"
    elif "," in str(value):
        setting = "what writes this header: two layers do, and one has to stop"
    elif request.is_tainted:
        setting = _HIDDEN
    else:
        setting = f"allow_origins of the policy, to admit {request.sent_origin!r}"
    raise FaultFound(
        "CORS check: is the origin that the response names the page's?",
        f"{ORIGIN}: {value}",
        f"{ORIGIN}: {request.sent_origin}",
        setting,
    )


_HIDDEN = (
    "the redirect: it led to another origin, and so hid the page's; "
    "let the page ask for the last URL at once"
)


def _what_to_change(request: Request, status: int) -> str:
    if request.is_tainted:
        return _HIDDEN
    setting = (
        f"allow_origins of the policy, to admit {request.sent_origin!r}; "
        "if there is no policy for this endpoint, give it one"
    )
    if status in (404, 405):
        return f"{setting}; or the URL or the method, if nothing serves them"
    if status == 401 or 300 <= status <= 399:
        return f"{setting}; or what answered {status} before CORS was asked"
    return setting


def check_credentials(request: Request, response: RawResponse) -> None:
    """Have it say ``true`` where there are credentials: in lower case, once."""
    value = response.get(CREDENTIALS)
    if request.with_credentials and value != "true":
        raise FaultFound(
            "CORS check: does the response allow credentials?",
            f"no {CREDENTIALS}" if value is None else f"{CREDENTIALS}: {value}",
            f"{CREDENTIALS}: true",
            "allow_credentials=True, or no credentials in the page's request",
        )


def check_preflight(
    request: Request, response: RawResponse, unsafe: Sequence[str], profile: Profile
) -> tuple[list[str], list[str]]:
    """Ask whether the answer allows method and headers (Fetch, "CORS-preflight fetch").

    :param unsafe: the names that were asked for, in lower case.
    :returns: the methods and the header names that the server lists.
    """
    check_cors(request, response)
    check_status(response)
    methods = read_list(response, METHODS)
    names = read_list(response, HEADERS)
    implied = request.use_preflight and "upload-listener-implies-nothing" not in profile
    if methods is None and implied:
        methods = [request.method]
    check_method(request, methods or [])
    check_authorization(request, names or [], unsafe, profile)
    check_headers(request, names or [], unsafe)
    return methods or [], names or []


def check_status(response: RawResponse) -> None:
    """Have the answer an ok status; a redirect is not followed."""
    if not 200 <= response.status <= 299:
        raise FaultFound(
            "CORS-preflight fetch: is the status of the answer ok?",
            f"{response.status} {response.reason}".rstrip(),
            "a status of 200 to 299",
            "what answers OPTIONS: it must not be redirected, nor ask for authentication",
        )


def read_list(response: RawResponse, name: str) -> list[str] | None:
    """Read a list of names, all of which has to be valid."""
    try:
        return response.names(name)
    except ValueError as error:
        raise FaultFound(
            f"CORS-preflight fetch: is {name} a list of names?",
            f"{name}: {response.get(name)}",
            f"names separated by commas, and {str(error)!r} is none",
            "whatever writes this header",
        ) from None


def check_method(request: Request, methods: Sequence[str]) -> None:
    """Have the method listed, in its case, unless it is safelisted."""
    wildcard = "*" in methods and not request.with_credentials
    if request.method in methods or request.method in SAFELISTED_METHODS or wildcard:
        return
    raise FaultFound(
        "CORS-preflight fetch: is the method allowed?",
        f"{METHODS}: {', '.join(methods)}" if methods else f"no {METHODS}",
        f"{METHODS}: {request.method}",
        f"allow_methods, or the route, to serve {request.method} at this URL under this policy"
        + (" (methods are case-sensitive)" if request.method.upper() in methods else ""),
    )


def check_authorization(
    request: Request, names: Sequence[str], unsafe: Sequence[str], profile: Profile
) -> None:
    """Have ``Authorization`` listed by name."""
    if "authorization" not in unsafe or "authorization" in map(str.lower, names):
        return
    if "*" in names and "wildcard-covers-authorization" in profile:
        return
    raise FaultFound(
        "CORS-preflight fetch: is Authorization listed?",
        f"{HEADERS}: {', '.join(names)}" if names else f"no {HEADERS}",
        f"{HEADERS}: Authorization",
        "allow_headers, to list Authorization ('*' does not cover it)",
    )


def check_headers(request: Request, names: Sequence[str], unsafe: Sequence[str]) -> None:
    """Have every name listed that was asked for, in whatever case."""
    if "*" in names and not request.with_credentials:
        return
    missing = [name for name in unsafe if name not in map(str.lower, names)]
    if missing:
        raise FaultFound(
            "CORS-preflight fetch: are the headers allowed?",
            f"{HEADERS}: {', '.join(names)}" if names else f"no {HEADERS}",
            f"{HEADERS}: {', '.join(missing)}",
            f"allow_headers, to list {', '.join(missing)}",
        )
