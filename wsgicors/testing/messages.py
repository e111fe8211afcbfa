"""What the engines print in their consoles for a request that fails: the words.

:func:`.console.printed` chooses the message and fills it in.
"""

from typing import NamedTuple

from . import checks, fetch

BAD_LIST = "a list of names is invalid"
INVALID = "Access-Control-Allow-Origin is not a URL"
MULTIPLE = "Access-Control-Allow-Origin is a list"
WILDCARD = "Access-Control-Allow-Origin is '*' and the request has credentials"
PREFLIGHT_REDIRECTED = "the preflight response is a redirect"
PREFLIGHT_SENT_AWAY = "the preflight response is a redirect to another origin"
REDIRECTED_OUTSIDE = "a request of mode 'same-origin' is redirected to another origin"
TO_ABOUT = "the redirect leads to an about: URL"
TO_DATA = "the redirect leads to a data: URL"
TO_FTP = "the redirect leads to an ftp: URL"
NO_CORS_OUTSIDE = "a request of mode 'no-cors' is redirected to another scheme"
FTP, OTHER_SCHEME = "an XMLHttpRequest for an ftp: URL", "an XMLHttpRequest for another scheme"
UNKNOWN_HOST = "the host is unknown"
DROPPED = "the server closes the connection without a response"
RESET = "the server resets the connection"
NO_TLS = "the server does not speak TLS"
UNTRUSTED = "the certificate of the server is signed by an unknown authority"
OTHER_FAILURE = "the server fails in another way"
"""It has no message: the words are not known."""


class Words(NamedTuple):
    """The message of each engine; empty if it prints nothing.

    ``{blocked}`` is how the messages about CORS begin in Chromium and Firefox, ``{again}`` what
    Firefox adds if the whole request fails with this response, and ``{denied}`` how WebKit ends.
    """

    chromium: str
    firefox: str
    webkit: str

    def of(self, engine: str) -> str:
        """Return the words of one engine."""
        words: str = getattr(self, engine)
        return words


BLOCKED = Words(
    "Access to {api} at '{url}'{via} from origin '{page}' has been blocked by CORS policy: ",
    "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at "
    "{url}. ",
    "",
)
PREFLIGHT = "Response to preflight request doesn't pass access control check: "
AGAIN = (
    "\nCross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource "
    "at {url}. (Reason: CORS request did not succeed). Status code: (null)."
)
DENIED = "\n{cannot} cannot load {url} due to access control checks."
REDIRECTION = (
    "Cross-origin redirection to {target} denied by Cross-Origin Resource Sharing policy: "
)
VALID = " Have the server send the header with a valid value."
ATTRIBUTE = (
    " The credentials mode of requests initiated by the XMLHttpRequest is controlled by the "
    "withCredentials attribute."
)

NOT_THIS_ORIGIN = (
    "{redirection}Origin {sent} is not allowed by Access-Control-Allow-Origin. "
    "Status code: {status}{denied}"
)
BAD_STATUS = "Preflight response is not successful. Status code: {status}{denied}"
REFUSED_HEADER = Words(
    "{blocked}Request header field {header} is not allowed by Access-Control-Allow-Headers in "
    "preflight response.",
    "{blocked}(Reason: header ‘{header}’ is not allowed according to header "
    "‘Access-Control-Allow-Headers’ from CORS preflight response).{again}",
    "Request header field {written} is not allowed by Access-Control-Allow-Headers.{denied}",
)
NOT_HTTP = (
    "{blocked}Cross origin requests are only supported for protocol schemes: chrome, "
    "chrome-experimental-site-token-provider, chrome-extension, chrome-untrusted, data, http, "
    "https, isolated-app."
)
NO_CORS_SCHEME = (
    "{redirection}not allowed to follow a cross-origin CORS redirection with non CORS scheme"
    "{denied}"
)

MESSAGES = {
    checks.NO_ORIGIN: Words(
        "{blocked}{preflight}No 'Access-Control-Allow-Origin' header is present on the requested "
        "resource.",
        "{blocked}(Reason: CORS header ‘Access-Control-Allow-Origin’ missing). "
        "Status code: {status}.{again}",
        NOT_THIS_ORIGIN,
    ),
    checks.ORIGIN_MISMATCH: Words(
        "{blocked}{preflight}The 'Access-Control-Allow-Origin' header has a value '{value}' that "
        "is not equal to the supplied origin.{valid}",
        "{blocked}(Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘{value}’)."
        "{again}",
        NOT_THIS_ORIGIN,
    ),
    INVALID: Words(
        "{blocked}{preflight}The 'Access-Control-Allow-Origin' header contains the invalid value "
        "'{value}'.{valid}",
        "",
        "",
    ),
    MULTIPLE: Words(
        "{blocked}{preflight}The 'Access-Control-Allow-Origin' header contains multiple values "
        "'{value}', but only one is allowed.{valid}",
        "{blocked}(Reason: Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed).{again}",
        "{redirection}Access-Control-Allow-Origin cannot contain more than one origin.{denied}",
    ),
    WILDCARD: Words(
        "{blocked}{preflight}The value of the 'Access-Control-Allow-Origin' header in the response "
        "must not be the wildcard '*' when the request's credentials mode is 'include'.{attribute}",
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote "
        "resource at ‘{url}’. (Reason: Credential is not supported if the CORS header "
        "‘Access-Control-Allow-Origin’ is ‘*’).{again}",
        "{redirection}Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is "
        "true.{denied}",
    ),
    checks.NO_CREDENTIALS: Words(
        "{blocked}{preflight}The value of the 'Access-Control-Allow-Credentials' header in the "
        "response is '{credentials}' which must be 'true' when the request's credentials mode is "
        "'include'.{attribute}",
        "{blocked}(Reason: expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’)."
        "{again}",
        "{redirection}Credentials flag is true, but Access-Control-Allow-Credentials is not "
        '"true".{denied}',
    ),
    checks.BAD_STATUS: Words(
        "{blocked}{preflight}It does not have HTTP ok status.",
        "{blocked}(Reason: CORS preflight response did not succeed). Status code: {status}.{again}",
        BAD_STATUS,
    ),
    PREFLIGHT_REDIRECTED: Words(
        "{blocked}{preflight}Redirect is not allowed for a preflight request.",
        "{blocked}(Reason: CORS request external redirect not allowed).\n"
        "{blocked}(Reason: CORS preflight response did not succeed). "
        "Status code: {status}.{again}",
        BAD_STATUS,
    ),
    PREFLIGHT_SENT_AWAY: Words(
        "{blocked}{preflight}Redirect is not allowed for a preflight request.",
        "{blocked}(Reason: CORS request external redirect not allowed).\n"
        "{blocked}(Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘{value}’)."
        "{again}",
        BAD_STATUS,
    ),
    BAD_LIST: Words(
        "{blocked}Cannot parse {list} response header field in preflight response.",
        "{blocked}(Reason: invalid token ‘{token}’ in CORS header ‘{list}’).{again}",
        "Header {list} has an invalid value: {value}{denied}",
    ),
    checks.METHOD_NOT_ALLOWED: Words(
        "{blocked}Method {method} is not allowed by Access-Control-Allow-Methods in preflight "
        "response.",
        "{blocked}(Reason: Did not find method in CORS header ‘Access-Control-Allow-Methods’)."
        "{again}",
        "Method {method} is not allowed by Access-Control-Allow-Methods.{denied}",
    ),
    checks.AUTHORIZATION_NOT_LISTED: REFUSED_HEADER,
    checks.HEADERS_NOT_ALLOWED: REFUSED_HEADER,
    fetch.USERINFO: Words(
        "{blocked}Redirect location '' contains a username and password, which is disallowed for "
        "cross-origin requests.",
        "{again}",
        "{redirection}redirection URL {location} has credentials{denied}",
    ),
    fetch.NOT_HTTP_LOCATION: Words(
        NOT_HTTP, "{blocked}(Reason: CORS request not http).{again}", NO_CORS_SCHEME
    ),
    TO_FTP: Words(
        NOT_HTTP,
        "{blocked}(Reason: CORS request not http).{again}",
        "FTP URLs are disabled{denied}",
    ),
    TO_DATA: Words("Failed to load resource: net::ERR_UNSAFE_REDIRECT", "{again}", NO_CORS_SCHEME),
    TO_ABOUT: Words(
        "Failed to load resource: net::ERR_UNSAFE_REDIRECT",
        "{blocked}(Reason: CORS request not http).{again}",
        NO_CORS_SCHEME,
    ),
    NO_CORS_OUTSIDE: Words(
        "Failed to load resource: net::ERR_UNKNOWN_URL_SCHEME",
        "",
        "Redirection to URL with a scheme that is not HTTP(S).{denied}",
    ),
    fetch.BAD_LOCATION: Words(
        "Failed to load resource: net::ERR_INVALID_REDIRECT", "{again}", NO_CORS_SCHEME
    ),
    fetch.TOO_MANY_REDIRECTS: Words(
        "Failed to load resource: net::ERR_TOO_MANY_REDIRECTS",
        "{again}",
        "Load cannot follow more than 20 redirections{denied}",
    ),
    fetch.REDIRECT_FORBIDDEN: Words(
        "Failed to load resource: net::ERR_FAILED",
        "",
        "Not allowed to follow a redirection while loading {url}{denied}",
    ),
    fetch.OTHER_ORIGIN: Words(
        'Fetch API cannot load {url}. Request mode is "same-origin" but the URL\'s origin is not '
        "same as the request origin {page}.",
        "Security Error: Content at {page}/ may not load data from {url}.",
        "Fetch API cannot load {url}.",
    ),
    REDIRECTED_OUTSIDE: Words(
        "Unsafe attempt to load URL {url} from frame with URL {page}/. Domains, protocols and "
        "ports must match.",
        "Security Error: Content at {page}/ may not load data from {url}.",
        "Unsafe attempt to load URL {url} from origin {page}. Domains, protocols and ports must "
        "match.{denied}",
    ),
    fetch.NOT_HTTP: Words(
        'Fetch API cannot load {url}. URL scheme "{scheme}" is not supported.',
        "{blocked}(Reason: CORS request not http).",
        "Cross origin requests are only supported for HTTP.{denied}",
    ),
    FTP: Words(
        "FTP is not supported.",
        "{blocked}(Reason: CORS request not http).",
        "Cross origin requests are only supported for HTTP.{denied}",
    ),
    OTHER_SCHEME: Words(
        NOT_HTTP,
        "{blocked}(Reason: CORS request not http).",
        "Cross origin requests are only supported for HTTP.{denied}",
    ),
    fetch.REDIRECTS_IN_NO_CORS: Words(
        'Fetch API cannot load {url}. Request mode is "no-cors" but the redirect mode is not '
        '"follow".',
        "",
        "No-Cors mode requires follow redirect mode\nNot allowed to request resource{denied}",
    ),
    fetch.UNREACHABLE: Words(
        "Failed to load resource: net::ERR_CONNECTION_REFUSED",
        "{again}",
        "Could not connect to {host}: Connection refused{denied}",
    ),
    UNKNOWN_HOST: Words(
        "Failed to load resource: net::ERR_NAME_NOT_RESOLVED",
        "{again}",
        "Error resolving “{host}”: Name or service not known{denied}",
    ),
    DROPPED: Words(
        "Failed to load resource: net::ERR_EMPTY_RESPONSE",
        "{again}",
        "Connection terminated unexpectedly{denied}",
    ),
    RESET: Words(
        "Failed to load resource: net::ERR_CONNECTION_RESET",
        "{again}",
        "Error receiving data: Connection reset by peer{denied}",
    ),
    UNTRUSTED: Words(
        "Failed to load resource: net::ERR_CERT_AUTHORITY_INVALID",
        "{again}",
        "Unacceptable TLS certificate{denied}",
    ),
    NO_TLS: Words(
        "Failed to load resource: net::ERR_SSL_PROTOCOL_ERROR",
        "{again}",
        "Error performing TLS handshake: An unexpected TLS packet was received.{denied}",
    ),
}
"""What each engine prints, by what it complains of."""
