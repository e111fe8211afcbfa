"""The checks that a response has to pass, each one step of the standard.

Every function here is one step and raises :class:`.FaultFound` if it fails; the two that call
them keep the standard's order. Values compare as bytes: case, spaces and slashes count.
"""

from collections.abc import Sequence

from ..core.headers import SAFELISTED_METHODS, Header, is_token, split_list
from .blocked import Fault, FaultFound
from .profiles import Profile
from .requests import Request
from .responses import RawResponse

ORIGIN = "Access-Control-Allow-Origin"
CREDENTIALS = "Access-Control-Allow-Credentials"
METHODS = "Access-Control-Allow-Methods"
HEADERS = "Access-Control-Allow-Headers"

ORIGIN_NAMED = "CORS check: does the response name an origin?"
ORIGIN_MATCHES = "CORS check: is the origin that the response names the page's?"
CREDENTIALS_ALLOWED = "CORS check: does the response allow credentials?"
STATUS_OK = "CORS-preflight fetch: is the status of the answer ok?"
LIST_READABLE = "CORS-preflight fetch: is {} a list of names?"
METHOD_ALLOWED = "CORS-preflight fetch: is the method allowed?"
AUTHORIZATION_LISTED = "CORS-preflight fetch: is Authorization listed?"
HEADERS_ALLOWED = "CORS-preflight fetch: are the headers allowed?"


def check_cors(request: Request, response: RawResponse) -> None:
    """Ask whether the page may read this response at all (Fetch, "CORS check")."""
    check_origin_is_there(request, response)
    check_origin_matches(request, response)
    check_credentials(request, response)


def check_origin_is_there(request: Request, response: RawResponse) -> None:
    """Have the response name an origin."""
    if response.get(ORIGIN) is None:
        setting, hint = _what_to_change(request, response.status)
        raise _missing(
            ORIGIN_NAMED,
            f"{response.status} without {ORIGIN}",
            (ORIGIN, request.sent_origin),
            setting,
            hint,
        )


def check_origin_matches(request: Request, response: RawResponse) -> None:
    """Have it name the page's, or ``*`` where there are no credentials."""
    value = response.get(ORIGIN)
    if value == request.sent_origin or (value == "*" and not request.with_credentials):
        return
    setting = "allow_origins"
    if value == "*":
        hint = "allow_origins, to list the origins: '*' is not for requests with credentials"
    elif "," in str(value):
        setting, hint = "", "what writes this header: two layers do, and one has to stop"
    elif request.is_tainted:
        setting, hint = "", _HIDDEN
    else:
        hint = f"allow_origins of the policy, to admit {request.sent_origin!r}"
    raise _missing(
        ORIGIN_MATCHES, f"{ORIGIN}: {value}", (ORIGIN, request.sent_origin), setting, hint
    )


_HIDDEN = (
    "the redirect: it led to another origin, and so hid the page's; "
    "let the page ask for the last URL at once"
)


def _missing(step: str, received: str, line: Header, setting: str, hint: str) -> FaultFound:
    """Find fault with a response for want of one header line."""
    return FaultFound(Fault(step, received, ": ".join(line), setting, hint, line))


def _what_to_change(request: Request, status: int) -> tuple[str, str]:
    if request.is_tainted:
        return "", _HIDDEN
    hint = (
        f"allow_origins of the policy, to admit {request.sent_origin!r}; "
        "if there is no policy for this endpoint, give it one"
    )
    if status in (404, 405):
        hint = f"{hint}; or the URL or the method, if nothing serves them"
    elif status == 401 or 300 <= status <= 399:
        hint = f"{hint}; or what answered {status} before CORS was asked"
    return "allow_origins", hint


def check_credentials(request: Request, response: RawResponse) -> None:
    """Have it say ``true`` where there are credentials: in lower case, once."""
    value = response.get(CREDENTIALS)
    if request.with_credentials and value != "true":
        raise _missing(
            CREDENTIALS_ALLOWED,
            f"no {CREDENTIALS}" if value is None else f"{CREDENTIALS}: {value}",
            (CREDENTIALS, "true"),
            "allow_credentials",
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
        fault = Fault(
            STATUS_OK,
            f"{response.status} {response.reason}".rstrip(),
            "a status of 200 to 299",
            "",
            "what answers OPTIONS: it must not be redirected, nor ask for authentication",
        )
        raise FaultFound(fault)


def read_list(response: RawResponse, name: str) -> list[str] | None:
    """Read a list of names, all of which has to be valid."""
    try:
        return response.names(name)
    except ValueError as error:
        value = response.get(name) or ""
        fault = Fault(
            LIST_READABLE.format(name),
            f"{name}: {value}",
            f"names separated by commas, and {str(error)!r} is none",
            "",
            "whatever writes this header",
            (name, ", ".join(filter(is_token, split_list(value)))),
        )
        raise FaultFound(fault) from None


def check_method(request: Request, methods: Sequence[str]) -> None:
    """Have the method listed, in its case, unless it is safelisted."""
    wildcard = "*" in methods and not request.with_credentials
    if request.method in methods or request.method in SAFELISTED_METHODS or wildcard:
        return
    raise _missing(
        METHOD_ALLOWED,
        f"{METHODS}: {', '.join(methods)}" if methods else f"no {METHODS}",
        (METHODS, request.method),
        "allow_methods",
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
    raise _missing(
        AUTHORIZATION_LISTED,
        f"{HEADERS}: {', '.join(names)}" if names else f"no {HEADERS}",
        (HEADERS, "Authorization"),
        "allow_headers",
        "allow_headers, to list Authorization ('*' does not cover it)",
    )


def check_headers(request: Request, names: Sequence[str], unsafe: Sequence[str]) -> None:
    """Have every name listed that was asked for, in whatever case."""
    if "*" in names and not request.with_credentials:
        return
    missing = [name for name in unsafe if name not in map(str.lower, names)]
    if missing:
        raise _missing(
            HEADERS_ALLOWED,
            f"{HEADERS}: {', '.join(names)}" if names else f"no {HEADERS}",
            (HEADERS, ", ".join(missing)),
            "allow_headers",
            f"allow_headers, to list {', '.join(missing)}",
        )
