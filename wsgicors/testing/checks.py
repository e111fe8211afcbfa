"""The checks that a response has to pass before JavaScript may read it.

:func:`check_cors` and :func:`check_preflight` run the steps in the order of the standard. A step
raises :class:`.CheckFailed` if it fails. Values compare as bytes: case, spaces and slashes count.
"""

from collections.abc import Sequence

from .._core.headers import SAFELISTED_METHODS, Header, is_token, split_list
from .._core.protocol import refusal_body
from .exceptions import CheckFailed, FailedCheck
from .requests import Request
from .responses import RawResponse

ORIGIN = "Access-Control-Allow-Origin"
CREDENTIALS = "Access-Control-Allow-Credentials"
METHODS = "Access-Control-Allow-Methods"
HEADERS = "Access-Control-Allow-Headers"

NO_ORIGIN = f"CORS check: the response has no {ORIGIN}"
ORIGIN_MISMATCH = f"CORS check: {ORIGIN} does not match the page's origin"
NO_CREDENTIALS = "CORS check: the response does not allow credentials"
BAD_STATUS = "CORS-preflight fetch: the status is not in the range 200 to 299"
BAD_LIST = "CORS-preflight fetch: {} is not a list of names"
METHOD_NOT_ALLOWED = "CORS-preflight fetch: the method is not allowed"
AUTHORIZATION_NOT_LISTED = "CORS-preflight fetch: Authorization is not listed"
HEADERS_NOT_ALLOWED = "CORS-preflight fetch: a request header is not allowed"

METHOD_REFUSED = refusal_body("method-not-allowed")
"""The body with which wsgicors refuses a GET, HEAD or POST that ``allow_methods`` leaves out."""


def check_cors(request: Request, response: RawResponse) -> None:
    """Check that the page may read this response (Fetch, "CORS check")."""
    check_origin_is_there(request, response)
    check_origin_matches(request, response)
    check_credentials(request, response)


def check_origin_is_there(request: Request, response: RawResponse) -> None:
    """Check that the response names an origin."""
    if response.get(ORIGIN) is None:
        setting, hint = _what_to_change(request, response.status)
        raise _missing(
            NO_ORIGIN,
            f"{response.status} without {ORIGIN}",
            (ORIGIN, request.sent_origin),
            setting,
            hint,
        )


def check_origin_matches(request: Request, response: RawResponse) -> None:
    """Check that the response names the page's origin, or ``*`` without credentials."""
    value = response.get(ORIGIN)
    if value == request.sent_origin or (value == "*" and not request.with_credentials):
        return
    setting = "allow_origins"
    if value == "*" and not request.is_tainted:
        setting = "allow_credentials"
        why = "'*' is not accepted for requests with credentials"
        hint = f"allow_credentials: list {request.sent_origin!r}; {why}"
    elif "," in str(value):
        setting, hint = "", "remove one of the two layers that write this header"
    elif request.is_tainted:
        setting, hint = "", _REDIRECTED
    else:
        hint = f"allow_origins: add {request.sent_origin!r}"
    raise _missing(
        ORIGIN_MISMATCH, f"{ORIGIN}: {value}", (ORIGIN, request.sent_origin), setting, hint
    )


_REDIRECTED = (
    "have the page request the final URL directly: "
    "after this redirect the browser sends 'Origin: null'"
)


def _missing(step: str, received: str, line: Header, setting: str, hint: str) -> CheckFailed:
    """Return the exception for a header line that is missing."""
    return CheckFailed(FailedCheck(step, received, ": ".join(line), setting, hint, line))


def _what_to_change(request: Request, status: int) -> tuple[str, str]:
    """Return the setting and the hint for a response that names no origin."""
    if request.is_tainted:
        return "", _REDIRECTED
    hint = f"allow_origins: add {request.sent_origin!r}; if the endpoint has no policy, give it one"
    if status in (404, 405):
        hint = f"{hint}; if no route matches, correct the URL or the method"
    elif status == 401 or 300 <= status <= 399:
        hint = f"{hint}; or find what sent {status} before CORS was applied"
    return "allow_origins", hint


def check_credentials(request: Request, response: RawResponse) -> None:
    """Check that a response to a request with credentials says ``true``, once, in lower case."""
    value = response.get(CREDENTIALS)
    if request.with_credentials and value != "true":
        raise _missing(
            NO_CREDENTIALS,
            f"no {CREDENTIALS}" if value is None else f"{CREDENTIALS}: {value}",
            (CREDENTIALS, "true"),
            "allow_credentials",
            f"allow_credentials: use True or list {request.sent_origin!r}, "
            "or have the page send the request without credentials",
        )


def check_preflight(
    request: Request, response: RawResponse, unsafe: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Check that a preflight response allows the request (Fetch, "CORS-preflight fetch").

    :param unsafe: the header names that the preflight asked for, in lower case.
    :returns: the methods and the header names that the server lists.
    """
    methods, names = read_preflight(request, response)
    check_method(request, methods)
    check_authorization(request, names, unsafe)
    check_headers(request, names, unsafe)
    return methods, names


def read_preflight(request: Request, response: RawResponse) -> tuple[list[str], list[str]]:
    """Read the methods and the header names that a preflight response lists."""
    if not (request.is_same_origin and "preflight-keeps-origin" in request.profile):
        check_cors(request, response)
    check_status(response)
    methods = read_list(response, METHODS)
    names = read_list(response, HEADERS)
    implied = request.use_preflight and "upload-listener-implies-nothing" not in request.profile
    if methods is None and implied:
        methods = [request.method]
    return methods or [], names or []


def check_status(response: RawResponse) -> None:
    """Check that the status is ok; browsers do not follow a redirect of a preflight."""
    if not 200 <= response.status <= 299:
        setting, hint = "", "answer OPTIONS with a 2xx status, without a redirect or a login"
        if response.body == METHOD_REFUSED:
            setting = "allow_methods"
            hint = "allow_methods: add the method, which the policy's list leaves out"
        received = f"{response.status} {response.reason}".rstrip()
        raise CheckFailed(
            FailedCheck(BAD_STATUS, received, "a status of 200 to 299", setting, hint)
        )


def read_list(response: RawResponse, name: str) -> list[str] | None:
    """Read a list of names; ``None`` if the header is absent. Every name has to be valid."""
    try:
        return response.names(name)
    except ValueError as error:
        value = response.get(name) or ""
        failed_check = FailedCheck(
            BAD_LIST.format(name),
            f"{name}: {value}",
            f"names separated by commas; {str(error)!r} is not a name",
            "",
            "correct the code that writes this header",
            (name, ", ".join(filter(is_token, split_list(value)))),
        )
        raise CheckFailed(failed_check) from None


def check_method(request: Request, methods: Sequence[str]) -> None:
    """Check that the method is safelisted or listed; its case counts."""
    wildcard = "*" in methods and not request.with_credentials
    if request.method in methods or request.method in SAFELISTED_METHODS or wildcard:
        return
    raise _missing(
        METHOD_NOT_ALLOWED,
        f"{METHODS}: {', '.join(methods)}" if methods else f"no {METHODS}",
        (METHODS, request.method),
        "allow_methods",
        f"allow_methods: add {request.method}, or route {request.method} to a view with this policy"
        + (" (methods are case-sensitive)" if request.method.upper() in methods else ""),
    )


def check_authorization(request: Request, names: Sequence[str], unsafe: Sequence[str]) -> None:
    """Check that ``Authorization`` is listed by its name."""
    if "authorization" not in unsafe or "authorization" in map(str.lower, names):
        return
    if "*" in names and "wildcard-covers-authorization" in request.profile:
        return
    raise _missing(
        AUTHORIZATION_NOT_LISTED,
        f"{HEADERS}: {', '.join(names)}" if names else f"no {HEADERS}",
        (HEADERS, "Authorization"),
        "allow_headers",
        "allow_headers: add Authorization ('*' does not cover it)",
    )


def check_headers(request: Request, names: Sequence[str], unsafe: Sequence[str]) -> None:
    """Check that every requested header name is listed, in any case."""
    if "*" in names and not request.with_credentials:
        return
    missing = [name for name in unsafe if name not in map(str.lower, names)]
    if missing:
        raise _missing(
            HEADERS_NOT_ALLOWED,
            f"{HEADERS}: {', '.join(names)}" if names else f"no {HEADERS}",
            (HEADERS, ", ".join(missing)),
            "allow_headers",
            f"allow_headers: add {', '.join(missing)}",
        )
