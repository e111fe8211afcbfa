"""What the engines print in their consoles; the tests of browsers compare every word."""

import pytest

from tests.unit.testing.servers import ANYBODY, API, APP, CREDENTIALS, OTHER, THE_APP, Server
from wsgicors.testing import Browser, NetworkError
from wsgicors.testing.messages import MESSAGES
from wsgicors.testing.profiles import ENGINES

ITEMS = f"{API}/items"
METHODS = "Access-Control-Allow-Methods"
HEADERS = "Access-Control-Allow-Headers"
ELSEWHERE = "Access-Control-Allow-Origin: https://elsewhere.example"
TO_OTHER = f"Location: {OTHER}/"
PUT = {"method": "PUT"}
JSON = {"headers": {"content-type": "application/json"}, "body": "{}"}
INCLUDE = {"credentials": "include"}
SAME = {"mode": "same-origin"}
NO_REDIRECTS = {"redirect": "error"}

BLOCKED = f"Access to fetch at '{ITEMS}' from origin '{APP}' has been blocked by CORS policy: "
PREFLIGHT = f"{BLOCKED}Response to preflight request doesn't pass access control check: "
CORB = (
    "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at "
)
REASON = f"{CORB}{ITEMS}. (Reason: "
FAILED = f"{REASON}CORS request did not succeed). Status code: (null)."
CANNOT = f"Fetch API cannot load {ITEMS}"
DENIED = f"{CANNOT} due to access control checks."
ACAO = "Access-Control-Allow-Origin"


def redirecting(to, *lines, status="302 Found"):
    return Server(*lines, f"Location: {to}", status=status)


def read_console(servers, url=ITEMS, origin=APP, **options):
    """Return what the engines print for a request, each in a browser with its profile."""
    console = {}
    for engine in ENGINES:
        page = Browser(servers, at=API, profile=engine).page(origin)
        with pytest.raises(NetworkError) as caught:
            page.fetch(url, **options)
        console[engine] = caught.value.console[engine]
    return console


@pytest.mark.parametrize(
    ("server", "options", "chromium", "firefox", "webkit"),
    [
        pytest.param(
            Server(status="404 Not Found"),
            {},
            f"{BLOCKED}No '{ACAO}' header is present on the requested resource.",
            f"{REASON}CORS header ‘{ACAO}’ missing). Status code: 404.",
            f"Origin {APP} is not allowed by {ACAO}. Status code: 404\n{DENIED}",
            id="nothing",
        ),
        pytest.param(
            Server(ELSEWHERE),
            PUT,
            f"{PREFLIGHT}The '{ACAO}' header has a value 'https://elsewhere.example' that is not "
            "equal to the supplied origin. Have the server send the header with a valid value.",
            f"{REASON}CORS header ‘{ACAO}’ does not match ‘https://elsewhere.example’).\n{FAILED}",
            f"Origin {APP} is not allowed by {ACAO}. Status code: 204\n{DENIED}",
            id="preflight-of-another-origin",
        ),
        pytest.param(
            Server(f"{ACAO}: app.example"),
            {},
            f"{BLOCKED}The '{ACAO}' header contains the invalid value 'app.example'. Have the "
            "server send the header with a valid value.",
            f"{REASON}CORS header ‘{ACAO}’ does not match ‘app.example’).",
            f"Origin {APP} is not allowed by {ACAO}. Status code: 200\n{DENIED}",
            id="no-scheme",
        ),
        pytest.param(
            Server(THE_APP, THE_APP),
            {},
            f"{BLOCKED}The '{ACAO}' header contains multiple values '{APP}, {APP}', but only one "
            "is allowed. Have the server send the header with a valid value.",
            f"{REASON}Multiple CORS header ‘{ACAO}’ not allowed).",
            f"{ACAO} cannot contain more than one origin.\n{DENIED}",
            id="two-lines",
        ),
        pytest.param(
            Server(ANYBODY, CREDENTIALS),
            INCLUDE,
            f"{BLOCKED}The value of the '{ACAO}' header in the response must not be the wildcard "
            "'*' when the request's credentials mode is 'include'.",
            f"{CORB}‘{ITEMS}’. (Reason: Credential is not supported if the CORS header ‘{ACAO}’ is "
            "‘*’).",
            f"Cannot use wildcard in {ACAO} when credentials flag is true.\n{DENIED}",
            id="asterisk-with-credentials",
        ),
        pytest.param(
            Server(THE_APP, "Access-Control-Allow-Credentials: True"),
            INCLUDE,
            f"{BLOCKED}The value of the 'Access-Control-Allow-Credentials' header in the response "
            "is 'True' which must be 'true' when the request's credentials mode is 'include'.",
            f"{REASON}expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’).",
            "Credentials flag is true, but Access-Control-Allow-Credentials is not "
            f'"true".\n{DENIED}',
            id="no-credentials",
        ),
        pytest.param(
            Server(preflight_status="401 Unauthorized"),
            PUT,
            f"{PREFLIGHT}No '{ACAO}' header is present on the requested resource.",
            f"{REASON}CORS header ‘{ACAO}’ missing). Status code: 401.\n{FAILED}",
            f"Preflight response is not successful. Status code: 401\n{DENIED}",
            id="preflight-401",
        ),
        pytest.param(
            Server(ANYBODY, preflight_status="500 Oops"),
            PUT,
            f"{PREFLIGHT}It does not have HTTP ok status.",
            f"{REASON}CORS preflight response did not succeed). Status code: 500.\n{FAILED}",
            f"Preflight response is not successful. Status code: 500\n{DENIED}",
            id="preflight-500",
        ),
        pytest.param(
            Server(THE_APP, "Location: /login", preflight_status="302 Found"),
            PUT,
            f"{PREFLIGHT}Redirect is not allowed for a preflight request.",
            f"{REASON}CORS request external redirect not allowed).\n"
            f"{REASON}CORS preflight response did not succeed). Status code: 302.\n{FAILED}",
            f"Preflight response is not successful. Status code: 302\n{DENIED}",
            id="preflight-redirect",
        ),
        pytest.param(
            Server(THE_APP, TO_OTHER, preflight_status="308 Permanent Redirect"),
            PUT,
            f"{PREFLIGHT}Redirect is not allowed for a preflight request.",
            f"{REASON}CORS request external redirect not allowed).\n"
            f"{REASON}CORS header ‘{ACAO}’ does not match ‘{APP}’).\n{FAILED}",
            f"Preflight response is not successful. Status code: 308\n{DENIED}",
            id="preflight-redirect-to-another-server",
        ),
        pytest.param(
            Server(TO_OTHER, preflight_status="308 Permanent Redirect"),
            PUT,
            f"{PREFLIGHT}Redirect is not allowed for a preflight request.",
            f"{REASON}CORS header ‘{ACAO}’ missing). Status code: 308.\n{FAILED}\n{FAILED}",
            f"Preflight response is not successful. Status code: 308\n{DENIED}",
            id="preflight-redirect-bare",
        ),
        pytest.param(
            Server(THE_APP, f"{METHODS}: put"),
            PUT,
            f"{BLOCKED}Method PUT is not allowed by {METHODS} in preflight response.",
            f"{REASON}Did not find method in CORS header ‘{METHODS}’).\n{FAILED}",
            f"Method PUT is not allowed by {METHODS}.\n{DENIED}",
            id="method",
        ),
        pytest.param(
            Server(THE_APP, f"{METHODS}: PUT", f"{HEADERS}: X-A; X-B"),
            PUT,
            f"{BLOCKED}Cannot parse {HEADERS} response header field in preflight response.",
            f"{REASON}invalid token ‘X-A; X-B’ in CORS header ‘{HEADERS}’).\n{FAILED}",
            f"Header {HEADERS} has an invalid value: X-A; X-B\n{DENIED}",
            id="invalid-list",
        ),
        pytest.param(
            Server(THE_APP),
            {"headers": {"x-Mixed": "1"}},
            f"{BLOCKED}Request header field x-mixed is not allowed by {HEADERS} in preflight "
            "response.",
            f"{REASON}header ‘x-mixed’ is not allowed according to header ‘{HEADERS}’ from CORS "
            f"preflight response).\n{FAILED}",
            f"Request header field x-Mixed is not allowed by {HEADERS}.\n{DENIED}",
            id="header",
        ),
        pytest.param(
            Server(THE_APP),
            {"headers": {"authorization": "1"}},
            f"{BLOCKED}Request header field authorization is not allowed by {HEADERS} in preflight "
            "response.",
            f"{REASON}header ‘authorization’ is not allowed according to header ‘{HEADERS}’ from "
            f"CORS preflight response).\n{FAILED}",
            f"Request header field Authorization is not allowed by {HEADERS}.\n{DENIED}",
            id="authorization",
        ),
        pytest.param(
            redirecting(f"{OTHER}/"),
            {},
            f"{BLOCKED}No '{ACAO}' header is present on the requested resource.",
            f"{REASON}CORS header ‘{ACAO}’ missing). Status code: 302.\n{FAILED}",
            f"Cross-origin redirection to {OTHER}/ denied by Cross-Origin Resource Sharing policy: "
            f"Origin {APP} is not allowed by {ACAO}. Status code: 302\n{DENIED}",
            id="redirect-nothing",
        ),
        pytest.param(
            redirecting("https://user:password@other.example/#part", ANYBODY),
            {},
            f"{BLOCKED}Redirect location '' contains a username and password, which is disallowed "
            "for cross-origin requests.",
            FAILED,
            f"Cross-origin redirection to {OTHER}/#part denied by Cross-Origin Resource Sharing "
            "policy: redirection URL https://user:password@other.example/#part has credentials\n"
            f"{DENIED}",
            id="redirect-user",
        ),
        pytest.param(
            redirecting("data:,a", ANYBODY),
            {},
            "Failed to load resource: net::ERR_UNSAFE_REDIRECT",
            FAILED,
            "Cross-origin redirection to data:,a denied by Cross-Origin Resource Sharing policy: "
            f"not allowed to follow a cross-origin CORS redirection with non CORS scheme\n{DENIED}",
            id="redirect-to-data",
        ),
        pytest.param(
            redirecting("http://", ANYBODY),
            {},
            "Failed to load resource: net::ERR_INVALID_REDIRECT",
            FAILED,
            "Cross-origin redirection to http:// denied by Cross-Origin Resource Sharing policy: "
            f"not allowed to follow a cross-origin CORS redirection with non CORS scheme\n{DENIED}",
            id="redirect-to-no-url",
        ),
        pytest.param(
            redirecting("/items", ANYBODY),
            {},
            "Failed to load resource: net::ERR_TOO_MANY_REDIRECTS",
            FAILED,
            f"Load cannot follow more than 20 redirections\n{DENIED}",
            id="redirects-in-a-circle",
        ),
        pytest.param(
            redirecting("/items", ANYBODY),
            NO_REDIRECTS,
            "Failed to load resource: net::ERR_FAILED",
            "",
            f"Not allowed to follow a redirection while loading {ITEMS}\n{DENIED}",
            id="redirect-forbidden",
        ),
        pytest.param(
            Server(ANYBODY),
            SAME,
            f'{CANNOT}. Request mode is "same-origin" but the URL\'s origin is not same as the '
            f"request origin {APP}.",
            f"Security Error: Content at {APP}/ may not load data from {ITEMS}.",
            f"{CANNOT}.",
            id="mode-same-origin",
        ),
        pytest.param(
            Server(),
            {"mode": "no-cors", **NO_REDIRECTS},
            f'{CANNOT}. Request mode is "no-cors" but the redirect mode is not "follow".',
            "",
            "No-Cors mode requires follow redirect mode\nNot allowed to request resource\n"
            f"{DENIED}",
            id="mode-no-cors",
        ),
        pytest.param(
            {OTHER: Server()},
            {},
            "Failed to load resource: net::ERR_CONNECTION_REFUSED",
            FAILED,
            "",
            id="no-server",
        ),
        pytest.param(
            {OTHER: Server()},
            PUT,
            "Failed to load resource: net::ERR_CONNECTION_REFUSED",
            f"{FAILED}\n{FAILED}",
            f"Could not connect to api.example: Connection refused\n{DENIED}",
            id="no-server-for-a-preflight",
        ),
    ],
)
def test_an_engine_prints_its_own_words(server, options, chromium, firefox, webkit):
    console = read_console(server, **options)
    assert console == {"chromium": chromium, "firefox": firefox, "webkit": webkit}


SCHEMES = (
    "Cross origin requests are only supported for protocol schemes: chrome, "
    "chrome-experimental-site-token-provider, chrome-extension, chrome-untrusted, data, http, "
    "https, isolated-app."
)
"""What Chromium says of other schemes."""


@pytest.mark.parametrize("to", ["ftp://files.example/", "app://files.example/"])
def test_of_a_redirect_to_another_scheme_chromium_and_firefox_name_the_target(to):
    console = read_console(redirecting(to, ANYBODY))
    at = f"Access to fetch at '{to}' (redirected from '{ITEMS}') from origin '{APP}'"
    assert console["chromium"] == f"{at} has been blocked by CORS policy: {SCHEMES}"
    assert console["firefox"] == f"{CORB}{to}. (Reason: CORS request not http).\n{FAILED}"


def test_webkit_has_words_of_its_own_for_ftp():
    for lines in [], [ANYBODY]:
        console = read_console(redirecting("ftp://files.example/", *lines))
        assert console["webkit"] == f"FTP URLs are disabled\n{DENIED}"


def test_firefox_and_chromium_look_at_an_invalid_location_before_the_origin():
    console = read_console(redirecting("http://"))
    assert console["chromium"] == "Failed to load resource: net::ERR_INVALID_REDIRECT"
    assert console["firefox"] == FAILED
    assert f"Origin {APP} is not allowed" in console["webkit"]


def test_chromium_and_webkit_look_at_a_location_before_the_redirect_mode():
    for to, chromium in (
        ("http://", "Failed to load resource: net::ERR_INVALID_REDIRECT"),
        ("about:blank", "Failed to load resource: net::ERR_UNSAFE_REDIRECT"),
        ("app://files.example/", "Failed to load resource: net::ERR_FAILED"),
    ):
        console = read_console(redirecting(to, ANYBODY), **NO_REDIRECTS)
        assert (console["chromium"], console["firefox"]) == (chromium, "")
        assert f"Not allowed to follow a redirection while loading {ITEMS}" in console["webkit"]
    console = read_console(redirecting("http://user@other.example/", ANYBODY), **NO_REDIRECTS)
    assert "contains a username and password" in console["chromium"]
    console = read_console(redirecting("ftp://files.example/", ANYBODY), **NO_REDIRECTS)
    assert console["webkit"] == f"FTP URLs are disabled\n{DENIED}"


def test_a_request_of_mode_no_cors_has_words_of_its_own_for_other_schemes():
    console = read_console(redirecting("app://files.example/"), mode="no-cors")
    assert console == {
        "chromium": "Failed to load resource: net::ERR_UNKNOWN_URL_SCHEME",
        "firefox": "",
        "webkit": "Redirection to URL with a scheme that is not HTTP(S).\n"
        "Fetch API cannot load app://files.example/ due to access control checks.",
    }
    console = read_console(redirecting("data:,a"), mode="no-cors")
    assert console["chromium"] == "Failed to load resource: net::ERR_UNSAFE_REDIRECT"


def test_chromium_says_nothing_of_a_user_that_the_standard_allows():
    server = Server().at("/first", "302 Found", f"Location: {APP.replace('//', '//user@')}/")
    page = Browser({APP: server}, profile="chromium").page(APP)
    with pytest.raises(NetworkError) as caught:
        page.fetch(f"{APP}/first")
    assert caught.value.console == {"chromium": "", "firefox": None, "webkit": None}


def test_firefox_does_not_speak_of_a_redirect_that_the_page_does_not_follow():
    server = Server(THE_APP, "Location: /login", preflight_status="302 Found")
    console = read_console(server, method="PUT", redirect="manual")
    assert console["firefox"] == (
        f"{REASON}CORS preflight response did not succeed). Status code: 302.\n{FAILED}"
    )


def test_chromium_escapes_what_is_not_printable_ascii():
    console = read_console(Server(f"{ACAO}: \x0b\xe9"))
    assert "the invalid value '\\u000B\\u00E9'." in console["chromium"]


def test_of_a_request_to_the_page_that_redirects_to_no_url_two_engines_say_nothing():
    console = read_console({APP: redirecting("http://")}, f"{APP}/")
    assert (console["firefox"], console["webkit"]) == ("", "")


def test_after_a_redirect_the_last_url_is_named_and_by_chromium_the_first_too():
    servers = {API: redirecting(f"{OTHER}/a", THE_APP), OTHER: Server()}
    console = read_console(servers, f"{ITEMS}#part")
    last = f"{OTHER}/a#part"
    via = f"at '{last}' (redirected from '{ITEMS}#part') from origin '{APP}'"
    assert via in console["chromium"]
    assert console["firefox"].startswith(f"{CORB}{last}. ")
    assert console["webkit"] == (
        f"Origin null is not allowed by {ACAO}. Status code: 200\n"
        f"Fetch API cannot load {last} due to access control checks."
    )


@pytest.mark.parametrize("to", [ITEMS, ITEMS.replace("//", "//user@")])
def test_a_request_of_mode_same_origin_may_be_redirected_to_another_origin(to):
    servers = {APP: redirecting(to), API: Server(ANYBODY)}
    console = read_console(servers, f"{APP}/", mode="same-origin")
    unsafe, ports = "Unsafe attempt to load URL", "Domains, protocols and ports must"
    assert console == {
        "chromium": f"{unsafe} {to} from frame with URL {APP}/. {ports} match.",
        "firefox": f"Security Error: Content at {APP}/ may not load data from {to}.",
        "webkit": f"{unsafe} {ITEMS} from origin {APP}. {ports} match.\n{DENIED}",
    }


@pytest.mark.parametrize(
    ("server", "options", "end"),
    [
        (Server(ELSEWHERE), {}, "' that is not equal to the supplied origin."),
        (
            Server(ANYBODY),
            {"with_credentials": True},
            " The credentials mode of requests initiated by the XMLHttpRequest is controlled by "
            "the withCredentials attribute.",
        ),
    ],
)
def test_an_xmlhttprequest_is_called_by_its_name(server, options, end):
    page = Browser(server, at=API).page(APP)
    with pytest.raises(NetworkError) as caught:
        page.xhr(ITEMS, **options)
    console = caught.value.console
    assert console["chromium"].startswith(f"Access to XMLHttpRequest at '{ITEMS}' from")
    assert console["chromium"].endswith(end)
    assert console["webkit"].endswith(f"\nXMLHttpRequest cannot load {ITEMS} {DENIED[-29:]}")


@pytest.mark.parametrize(
    ("url", "by_fetch", "by_xhr"),
    [
        (
            "ftp://files.example/",
            'Fetch API cannot load ftp://files.example/. URL scheme "ftp" is not supported.',
            "FTP is not supported.",
        ),
        (
            "app://files.example/",
            'Fetch API cannot load app://files.example/. URL scheme "app" is not supported.',
            f"Access to XMLHttpRequest at 'app://files.example/' from origin '{APP}' has been "
            f"blocked by CORS policy: {SCHEMES}",
        ),
    ],
)
def test_a_url_of_another_scheme_is_not_requested(url, by_fetch, by_xhr):
    page = Browser(Server()).page(APP)
    for send, api, chromium in (
        (page.fetch, "Fetch API", by_fetch),
        (page.xhr, "XMLHttpRequest", by_xhr),
    ):
        with pytest.raises(NetworkError) as caught:
            send(url)
        assert caught.value.console == {
            "chromium": chromium,
            "firefox": f"{CORB}{url}. (Reason: CORS request not http).",
            "webkit": "Cross origin requests are only supported for HTTP.\n"
            f"{api} cannot load {url} due to access control checks.",
        }


@pytest.mark.parametrize(
    ("status", "header", "options"),
    [
        ("302 Found", "Authorization", {"headers": {"authorization": "1"}}),
        ("303 See Other", "Content-Type", {"method": "POST", **JSON}),
    ],
)
def test_webkit_names_a_header_that_a_redirect_has_dropped(status, header, options):
    allowed = [THE_APP, f"{HEADERS}: Authorization, Content-Type"]
    first = Server(THE_APP, f"Location: {OTHER}/", status=status, preflight=allowed)
    page = Browser({API: first, OTHER: Server(ANYBODY)}, profile="webkit").page(APP)
    with pytest.raises(NetworkError) as caught:
        page.fetch(ITEMS, **options)
    assert caught.value.console["webkit"] == (
        f"Request header field {header} is not allowed by {HEADERS}.\n"
        f"Fetch API cannot load {OTHER}/ due to access control checks."
    )


def test_every_message_is_printed_by_an_engine():
    assert all(any(words) for words in MESSAGES.values())
    assert {words._fields for words in MESSAGES.values()} == {tuple(ENGINES)}
