"""Servers without a policy of wsgicors: who answered, what is misspelt, and which lines to send."""

import pytest
from flask import Flask

from tests.helpers import hello
from tests.unit.testing.servers import (
    ANYBODY,
    API,
    APP,
    CREDENTIALS,
    OTHER,
    THE_APP,
    Server,
    serving,
)
from wsgicors import CORSMiddleware, Policy, PolicyError
from wsgicors.explaining import Fix, explain, redact
from wsgicors.explaining.evidence.spelling import find_misspelt
from wsgicors.flask import CORS

ITEMS = f"{API}/items"
GRANTED = [THE_APP, CREDENTIALS, "Access-Control-Allow-Methods: PUT"]
INCLUDE = {"credentials": "include"}
BARE = (
    "Add these headers to every response of /items, including preflights: "
    f"'Access-Control-Allow-Origin: {APP}' (only if that is the request's Origin) and "
    "'Vary: Origin'."
)


def asked(server, method="GET", **options):
    return explain(method, ITEMS, servers=server, **{"origin": APP, **options})


@pytest.mark.parametrize(
    ("status", "do"),
    [
        (
            "302 Found",
            "have the page request the right URL, or have it answer 401 if a login is missing",
        ),
        ("401 Unauthorized", "find out which login it asks for, and have the page send it"),
        ("404 Not Found", "check the URL, and whether the server has a route for the method"),
        ("405 Method Not Allowed", "add a route for the method"),
        ("413 Content Too Large", "raise the limit for the size of bodies there"),
        ("418 Teapot", "look up in its log why"),
        ("429 Too Many Requests", "have the page send fewer requests, or raise the limit there"),
        ("500 Oops", "look up in its log why"),
        ("502 Bad Gateway", "find out why it got no valid response from the app behind it"),
        ("504 Gateway Timeout", "find out why the app behind it did not answer in time"),
    ],
)
def test_after_a_granted_preflight_an_error_without_cors_headers_is_the_news(status, do):
    lines = "Server: nginx/1.27", "Via: 1.1 edge"
    server = Server(*lines, status=status, body=b"<h1>", preflight=GRANTED)
    explanation = asked(server, "PUT", **INCLUDE)
    change = explanation.change
    assert (change.side, change.settings, change.headers) == ("layer", {}, ())
    assert f" (Server: nginx/1.27; Via: 1.1 edge) answered {status} without CORS" in change.sentence
    assert change.sentence.startswith("Another ")
    assert change.sentence.endswith(
        f" headers after the preflight had been granted: {do}. To let pages read its responses, "
        f"have it add 'Access-Control-Allow-Origin: {APP}', "
        "'Access-Control-Allow-Credentials: true' and 'Vary: Origin' (in nginx: add_header with "
        "'always')."
    )
    assert [note for note in explanation.notes if "had no cookies" not in note] == []


def test_an_error_that_gateways_make_needs_no_preflight_to_be_recognised():
    change = asked(Server("Server: Varnish", status="503 Backend fetch failed", body=b"")).change
    assert change.side == "layer"
    assert change.sentence == (
        "Another layer (Server: Varnish) answered 503 Backend fetch failed without CORS headers: "
        "find out why the app behind it is unavailable. To let pages read its responses, have it "
        f"add 'Access-Control-Allow-Origin: {APP}' and 'Vary: Origin'."
    )


def test_a_gateway_may_answer_a_preflight():
    explanation = asked(Server(preflight_status="502 Bad Gateway"), "PUT")
    assert explanation.change.side == "layer"
    assert explanation.change.sentence.startswith("Another layer answered 502 Bad Gateway without")
    (note,) = explanation.notes
    assert note.startswith("If preflights are answered without CORS headers after that: Look up")


def test_a_login_has_to_let_preflights_pass():
    login = Server("Server: nginx", preflight_status="401 Unauthorized")
    explanation = asked(login, "PUT")
    assert (explanation.change.side, explanation.change.headers) == ("layer", ())
    assert explanation.change.sentence == (
        "Let OPTIONS requests with Access-Control-Request-Method for /items pass the login check "
        "(Server: nginx): it answered 401 Unauthorized, but preflights carry no cookies and no "
        "Authorization."
    )
    assert "If preflights are answered without CORS headers after that" in explanation.notes[0]


@pytest.mark.parametrize(
    ("status", "lines", "do"),
    [
        ("400 Bad Request", [], "find out what is wrong with the request"),
        (
            "401 Unauthorized",
            ['WWW-Authenticate: Basic realm="shop"'],
            "find out which login it asks for, and have the page send it (WWW-Authenticate: Basic "
            'realm="shop")',
        ),
        ("401 Unauthorized", [], "find out which login it asks for, and have the page send it"),
        ("403 Forbidden", [], "find out why it refuses the request"),
        ("404 Not Found", [], "check the URL, and whether the server has a route for the method"),
        ("405 Method Not Allowed", ["Allow: POST"], "add a route for the method (Allow: POST)"),
        ("500 Oops", [], "look up in its log why"),
        ("520 ", [], "look up in its log why"),
    ],
)
def test_without_a_preflight_an_error_is_the_news_too(status, lines, do):
    explanation = asked(Server(*lines, "Server: nginx", status=status, body=b"no\n"))
    errors = BARE.replace("including preflights", "including preflights and errors")
    who = "The server (Server: nginx) answered"
    assert explanation.change.sentence == f"{who} {status.strip()}: {do}. It says 'no'. {errors}"
    assert explanation.change.side == "server"
    assert explanation.change.headers == (("Access-Control-Allow-Origin", APP), ("Vary", "Origin"))
    assert explanation.notes == (
        "Other responses may have these headers: many servers omit them in errors.",
    )
    quiet = asked(Server(*lines, status=status, body=b"")).change.sentence
    assert quiet == f"The server answered {status.strip()}: {do}. {errors}"


def test_a_preflight_that_is_not_found_may_have_a_wrong_url():
    change = asked(Server(preflight_status="404 Not Found"), "PUT").change
    assert change.side == "server"
    assert change.sentence.startswith(
        "Check the URL: the server answered OPTIONS /items with 404. Serve OPTIONS at /items with "
        "a 2xx status such as 204. Add these headers to every response of /items, including "
        "preflights: "
    )


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(Server(preflight=GRANTED), id="no-error"),
        pytest.param(
            Server(f"Access-Control-Allow-Origin: {OTHER}", status="502 X", preflight=GRANTED),
            id="cors-headers",
        ),
    ],
)
def test_other_responses_after_a_granted_preflight_are_the_servers(server):
    change = asked(server, "PUT").change
    assert change.side == "server"
    assert change.headers == (("Access-Control-Allow-Origin", APP), ("Vary", "Origin"))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        pytest.param(
            b"CORS preflight refused: origin-not-allowed\n",
            f"Add '{APP}' to allow_origins in the policy of /items: the server refused the "
            "preflight with 'CORS preflight refused: origin-not-allowed'.",
            id="wsgicors",
        ),
        pytest.param(
            b"CORS preflight refused: too-large\n",
            "List the page's headers in allow_headers instead of '*' in the policy of /items: the "
            "server refused the preflight with 'CORS preflight refused: too-large'.",
            id="wsgicors-too-large",
        ),
        pytest.param(
            b"Disallowed CORS origin",
            f"Change the CORS settings of the server so that they allow {APP}: the server refused "
            "the preflight with 'Disallowed CORS origin'.",
            id="starlette",
        ),
        pytest.param(
            b"CORS preflight request failed: origin '...' is not allowed",
            f"Change the CORS settings of the server so that they allow {APP}: the server refused "
            "the preflight with \"CORS preflight request failed: origin '...' is not allowed\".",
            id="aiohttp-cors",
        ),
    ],
)
def test_a_server_that_names_cors_as_the_reason_needs_one_change(body, sentence):
    server = Server(preflight_status="403 Forbidden")
    server.preflight = (*server.preflight[:2], body)
    explanation = asked(server, "PUT")
    change = explanation.change
    assert change == Fix(sentence)
    assert explanation.notes == (
        "The refusal does not show whether the server allows the method PUT. Explain the request "
        "again after the change.",
    )


def test_a_refusal_shows_what_its_header_lines_lack():
    refusing = Server(
        preflight=[THE_APP, "Access-Control-Allow-Methods: GET", "Access-Control-Allow-Headers: a"],
        preflight_status="400 Bad Request",
    )
    refusing.preflight = (*refusing.preflight[:2], b"Disallowed CORS method, headers")
    headers = {"Authorization": "b", "X-B": "1"}
    explanation = asked(refusing, "PUT", headers=headers, **INCLUDE)
    assert explanation.change.sentence == (
        "Change the CORS settings of the server so that they allow credentials, the method PUT and "
        "the request headers Authorization, x-b: the server refused the preflight with 'Disallowed "
        "CORS method, headers'."
    )
    assert explanation.notes == ()


ALL_OF_IT = f"{APP}, the method PUT and the request headers x-a"
NO_METHOD = "The refusal does not show whether the server allows the method PUT. "
NO_HEADERS = "The refusal does not show whether the server allows the request headers x-a. "
NO_ORIGIN = f"The refusal does not show whether the server allows {APP} and "


@pytest.mark.parametrize(
    ("reason", "allow", "note"),
    [
        pytest.param(b"Invalid CORS request", ALL_OF_IT, "", id="spring"),
        pytest.param(b"Not allowed by CORS", ALL_OF_IT, "", id="express"),
        pytest.param(
            b"CORS preflight request failed: request method 'PUT' is not allowed for '"
            + APP.encode()
            + b"' origin",
            f"{APP} and the method PUT",
            NO_HEADERS,
            id="aiohttp-cors-method",
        ),
        pytest.param(
            b"CORS preflight request failed: headers 'X-A' are not allowed",
            "the request headers x-a",
            f"{NO_ORIGIN}the method PUT. ",
            id="aiohttp-cors-headers",
        ),
    ],
)
def test_a_refusal_that_sends_no_header_lines_may_be_one_of_the_method_or_headers(
    reason, allow, note
):
    server = Server(preflight_status="403 Forbidden")
    server.preflight = (*server.preflight[:2], reason)
    explanation = asked(server, "PUT", headers={"X-A": "1"})
    assert explanation.change.sentence.startswith(
        f"Change the CORS settings of the server so that they allow {allow}: the server refused "
    )
    again = "Explain the request again after the change."
    assert explanation.notes == ((f"{note}{again}",) if note else ())


@pytest.mark.parametrize(
    ("method", "advice"),
    [
        ("PUT", "Check the URL: the server answered OPTIONS /items with 404."),
        ("GET", "answered 404 Not Found: check the URL, and whether the server has a route "),
    ],
)
def test_a_404_is_a_wrong_url_even_if_its_body_mentions_cors(method, advice):
    answer = ("404 Not Found", (), b"No route for this preflight request")
    server = Server()
    server.answer = server.preflight = answer
    assert advice in asked(server, method).change.sentence


def test_a_server_with_wsgicors_that_refuses_many_headers_has_to_list_them():
    app = CORSMiddleware(hello, allow_origins=[APP], allow_headers="*", allow_methods=["PUT"])
    many = {f"X-{number}": "1" for number in range(101)}
    with serving(app) as url:
        explanation = explain("PUT", f"{url}/items", origin=APP, headers=many)
    assert explanation.change.sentence.startswith(
        "List the page's headers in allow_headers instead of '*' in the policy of /items: "
    )
    assert explanation.notes == (f"{NO_METHOD}Explain the request again after the change.",)


def test_a_policy_that_allows_every_origin_needs_only_credentials_for_one():
    app = CORSMiddleware(hello, allow_origins="*", allow_methods=["PUT"])
    with serving(app) as url:
        change = explain(
            "POST", f"{url}/items", origin=APP, headers={"Content-Type": "text/json"}, **INCLUDE
        ).change
    assert change.sentence.startswith(
        f"List '{APP}' in allow_credentials and add 'POST' to allow_methods in the policy of "
    )


UNENCRYPTED = "http://app.example"
RISK = (
    "list 'plain-http-origin' in accept_risks (this accepts a risk: an unencrypted origin is "
    "trusted with cookies)"
)


@pytest.mark.parametrize(
    ("origin", "sentence"),
    [
        (UNENCRYPTED, f"list '{UNENCRYPTED}' in allow_credentials and {RISK}."),
        ("http://localhost:3000", "list 'http://localhost:3000' in allow_credentials."),
    ],
)
def test_settings_of_wsgicors_name_the_risk_of_credentials_without_encryption(origin, sentence):
    with serving(CORSMiddleware(hello, allow_origins=[APP, origin])) as url:
        change = explain("GET", url, origin=origin, **INCLUDE).change
    assert change.sentence.endswith(f" If the server uses wsgicors, {sentence}")


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_origin_without_encryption_is_a_risk_if_the_policy_has_credentials(method):
    policy = Policy([APP], allow_methods=["GET", "PUT"], allow_credentials=True)
    with serving(CORSMiddleware(hello, policy)) as url:
        sentence = explain(method, url, origin=UNENCRYPTED).change.sentence
    risk = RISK.replace(" (", " if allow_credentials is True (")
    assert f"add '{UNENCRYPTED}' to allow_origins and {risk}" in sentence.replace("Add", "add")
    with pytest.raises(PolicyError):
        policy.derive(allow_origins=[APP, UNENCRYPTED])
    policy.derive(allow_origins=[APP, UNENCRYPTED], accept_risks=["plain-http-origin"])


def test_an_origin_that_is_refused_may_get_credentials_from_another_setting():
    with serving(CORSMiddleware(hello, allow_origins=[OTHER], allow_credentials=True)) as url:
        change = explain("GET", url, origin=APP, **INCLUDE).change
    assert change.sentence.endswith(
        f" If the server uses wsgicors, add '{APP}' to allow_origins and list '{APP}' in "
        "allow_credentials (unless that is True)."
    )


@pytest.mark.parametrize("reason", [b"CORS preflight refused: x\n", b"CORS: no"])
def test_a_refusal_of_which_only_the_status_is_wrong_is_quoted(reason):
    server = Server(preflight=GRANTED, preflight_status="403 Forbidden")
    server.preflight = (*server.preflight[:2], reason)
    assert asked(server, "PUT").change.sentence == (
        "Change the CORS settings of the server so that they allow this preflight: the server "
        f"refused the preflight with {reason.decode().strip()!r}."
    )


def test_a_page_that_has_to_change_is_not_what_the_settings_have_to_allow():
    server = Server(preflight_status="403 Forbidden")
    server.preflight = (*server.preflight[:2], b"CORS preflight refused: origin-not-allowed\n")
    change = asked(server, "PUT", origin="null", **INCLUDE).change
    assert change.side == "page"
    assert change.sentence.startswith("Serve the page from an origin of its own")
    assert "allow_origins" not in change.sentence


@pytest.mark.parametrize("body", [b"", b"<h1>CORS</h1>", b"no\nCORS", b"\xff"])
def test_a_body_that_gives_no_reason_is_not_quoted(body):
    server = Server(preflight_status="403 Forbidden")
    server.preflight = (*server.preflight[:2], body)
    sentence = asked(server, "PUT").change.sentence
    assert sentence.startswith(
        "Answer preflights for /items before the login check (they carry no cookies), unless it is "
        "a refusal of the origin, with a 2xx status such as 204."
    )


def test_a_long_reason_is_not_quoted():
    server = Server(preflight_status="403 Forbidden")
    server.preflight = (*server.preflight[:2], b"origin " + b"x" * 900)
    assert "xxx" not in asked(server, "PUT").change.sentence


def test_a_live_server_with_wsgicors_whose_policy_leaves_out_post_gets_that_method():
    app = CORSMiddleware(hello, allow_origins=[APP], allow_methods=["PUT"])
    headers = {"Content-Type": "application/json"}
    with serving(app) as url:
        explanation = explain("POST", f"{url}/items", origin=APP, headers=headers, **INCLUDE)
    assert explanation.change == Fix(
        f"List '{APP}' in allow_credentials and add 'POST' to allow_methods in the policy of "
        "/items: the server refused the preflight with 'CORS preflight refused: "
        "method-not-allowed'."
    )
    assert explanation.notes == (
        "The refusal does not show whether the server allows the request headers content-type. "
        "Explain the request again after the change.",
    )


@pytest.mark.parametrize(
    ("method", "options", "sentence"),
    [
        pytest.param(
            "GET",
            {"origin": OTHER},
            "Add this header to every response of /items, including preflights: "
            f"'Access-Control-Allow-Origin: {OTHER}' (only if that is the request's Origin). If "
            f"the server uses wsgicors, add '{OTHER}' to allow_origins.",
            id="origin-without-preflight",
        ),
        pytest.param(
            "PUT",
            {"origin": OTHER},
            f"Add '{OTHER}' to allow_origins in the policy of /items: the server refused the "
            "preflight with 'CORS preflight refused: origin-not-allowed'.",
            id="origin",
        ),
        pytest.param(
            "DELETE",
            {},
            "Answer preflights for /items with 'Access-Control-Allow-Methods: GET, HEAD, PUT, "
            "DELETE'. If the server uses wsgicors, add 'DELETE' to allow_methods. If allow_methods "
            "is not set, add a view for DELETE with the same policy or, without a router, list all "
            "methods there.",
            id="method",
        ),
        pytest.param(
            "PUT",
            {"headers": {"X-A": "1", "X-B": "2"}},
            "Answer preflights for /items with 'Access-Control-Allow-Headers: Content-Type, x-a, "
            "x-b'. If the server uses wsgicors, add 'x-a' and 'x-b' to allow_headers.",
            id="headers",
        ),
        pytest.param(
            "GET",
            INCLUDE,
            "Add this header to every response of /items, including preflights: "
            f"'Access-Control-Allow-Credentials: true'. If the server uses wsgicors, list '{APP}' "
            "in allow_credentials.",
            id="credentials",
        ),
        pytest.param(
            "DELETE",
            {"headers": {"X-A": "1"}},
            "Answer preflights for /items with 'Access-Control-Allow-Methods: GET, HEAD, PUT, "
            "DELETE' and 'Access-Control-Allow-Headers: Content-Type, x-a'. If the server uses "
            "wsgicors, add 'DELETE' to allow_methods and add 'x-a' to allow_headers. If "
            "allow_methods is not set, add a view for DELETE with the same policy or, without a "
            "router, list all methods there.",
            id="method-and-headers",
        ),
    ],
)
def test_a_live_flask_app_with_wsgicors_gets_its_settings_named(method, options, sentence):
    app = Flask("shop")
    CORS(app, allow_origins=[APP])
    app.add_url_rule("/items", "items", lambda: "", methods=["GET", "PUT"])
    with serving(app) as url:
        change = explain(method, f"{url}/items", **{"origin": APP, **options}).change
    assert (change.side, change.sentence) == ("server", sentence)


@pytest.mark.parametrize(
    ("server", "method"),
    [
        pytest.param(Server(f"Access-Control-Allow-Origin: {OTHER}", "Vary: Origin"), "GET"),
        pytest.param(Server(preflight=["Vary: Origin"], preflight_status="200 OK"), "PUT"),
        pytest.param(Server("Vary: Accept, X-Origin"), "GET"),
        pytest.param(Server(*GRANTED, "Vary: Origin", "Access-Control-Allow-Headers: a b"), "PUT"),
    ],
)
def test_settings_of_wsgicors_are_not_named_for_what_it_does_not_send(server, method):
    assert "wsgicors" not in asked(server, method).change.sentence


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_refusal_of_a_request_that_is_no_preflight_is_quoted(method):
    server = Server(status="403 Forbidden", body=b"Invalid CORS request", preflight=GRANTED)
    change = asked(server, method).change
    assert change.side == "server"
    assert change.sentence == (
        f"Change the CORS settings of the server so that they allow {APP}: the server refused the "
        "request with 'Invalid CORS request'."
    )


@pytest.mark.parametrize(
    "reason",
    [
        "Disallowed CORS origin",
        "Not allowed by CORS",
        "Not an accepted origin.",
        "Invalid origin",
        "Forbidden: unauthorized request origin",
        "Origin not allowed",
        "Origin https://app.example is not allowed",
        "Origin 'https://app.example' was not in the allowed list",
        "Preflight request failed",
        "Missing Access-Control-Request-Method",
    ],
)
def test_a_reason_that_names_cors_or_a_refused_origin_is_quoted(reason):
    server = Server(status="403 Forbidden", body=reason.encode(), preflight=GRANTED)
    change = asked(server).change
    assert change.sentence.startswith("Change the CORS settings of the server so that they allow ")
    assert reason in change.sentence


@pytest.mark.parametrize(
    "reason",
    [
        "The original price is missing",
        "Out of stock: corset",
        "No preflight checklist for this aircraft",
        "origin server unreachable",
        "The origin server is not valid",
        "No connection to origin",
        "The origin returned an invalid response",
        "The field 'origin' is missing",
    ],
)
@pytest.mark.parametrize("status", ["400 Bad Request", "500 Oops"])
def test_another_reason_with_similar_words_is_not_a_refusal_of_cors(reason, status):
    server = Server(status=status, body=reason.encode(), preflight=GRANTED)
    change = asked(server).change
    assert "CORS settings" not in change.sentence


@pytest.mark.parametrize("status", ["429 Too Many", "502 Bad Gateway", "503 Later"])
def test_a_gateway_does_not_refuse_because_of_cors(status):
    server = Server(status=status, body=b"Origin not allowed", preflight=GRANTED)
    change = asked(server).change
    assert change.side == "layer"
    assert "CORS settings" not in change.sentence


def test_a_refusal_because_of_forgery_is_not_one_of_cors():
    body = b"CSRF Failed: Origin checking failed"
    server = Server(status="403 Forbidden", body=body, preflight=GRANTED)
    change = asked(server, "PUT").change
    assert (change.side, change.headers) == ("layer", ())
    assert ": find out why it refuses the request. It says 'CSRF Failed: " in change.sentence
    explanation = asked(server)
    assert explanation.change.side == "server"
    assert " It says 'CSRF Failed: Origin checking failed'." in explanation.change.sentence


TOKEN = "have the page send the CSRF token in X-CSRFToken (which allow_headers has to list), and "


@pytest.mark.parametrize(
    ("status", "body", "note"),
    [
        pytest.param(
            "403 Forbidden",
            b"<h1>Forbidden</h1>\n<p>CSRF verification failed. Request aborted.</p>",
            "The 403 is a refusal by Django's CSRF protection, not by CORS: it says 'CSRF "
            f"verification failed'. If the request is wanted, add '{APP}' to CSRF_TRUSTED_ORIGINS, "
            f"and {TOKEN}its cookie (credentials: 'include').",
            id="django",
        ),
        pytest.param(
            "403 Forbidden",
            b'{"detail":"CSRF Failed: CSRF token missing."}',
            "The 403 is a refusal by Django's CSRF protection, not by CORS: it says 'CSRF Failed'. "
            f"If the request is wanted, add '{APP}' to CSRF_TRUSTED_ORIGINS, and {TOKEN}its cookie "
            "(credentials: 'include').",
            id="django-rest-framework",
        ),
        pytest.param(
            "400 Bad Request",
            b"<h1>Bad Request</h1>\n<p>The CSRF token is missing.</p>",
            "The 400 is a refusal by the CSRF protection of Flask-WTF, not by CORS: it says 'The "
            f"CSRF token is missing'. If the request is wanted, {TOKEN}the session's cookie "
            "(credentials: 'include'); over HTTPS, pages of other origins need "
            "WTF_CSRF_SSL_STRICT=False too.",
            id="flask-wtf",
        ),
        pytest.param(
            "419 unknown status",
            b'{"message": "CSRF token mismatch."}',
            "The 419 is a refusal by the server's CSRF protection, not by CORS: it says 'CSRF "
            "token mismatch'. If the request is wanted, have the page send the CSRF token, and its "
            "cookie (credentials: 'include').",
            id="laravel",
        ),
    ],
)
@pytest.mark.parametrize("is_readable", [True, False])
def test_a_refusal_of_csrf_protection_is_not_blamed_on_missing_cookies(
    status, body, note, is_readable
):
    lines = [THE_APP, CREDENTIALS] if is_readable else []
    explanation = asked(
        Server(*lines, status=status, body=body, preflight=GRANTED), "PUT", **INCLUDE
    )
    assert explanation.verdict == ("allowed" if is_readable else "blocked")
    assert explanation.notes == (note,)


def test_a_page_with_csrf_token_in_its_markup_is_not_a_refusal():
    body = b'<meta name="csrf-token" content="1"><p>Log in</p>'
    server = Server(THE_APP, CREDENTIALS, status="403 Forbidden", body=body)
    (note,) = asked(server, **INCLUDE).notes
    assert note.startswith("The page's request had no cookies, which may be why")
    ok = Server(THE_APP, CREDENTIALS, body=b"CSRF verification failed")
    assert asked(ok, **INCLUDE).notes == ()


def test_a_request_of_xmlhttprequest_includes_cookies_in_another_way():
    server = Server(THE_APP, status="403 Forbidden", body=b"invalid csrf token")
    (note,) = asked(server, xhr=True).notes
    assert note.endswith("have the page send the CSRF token, and its cookie (withCredentials).")


# Caches.


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        pytest.param(["Age: 12"], "Age: 12", id="age"),
        pytest.param(
            ["Age: 12", "X-Cache: Hit from cloudfront", "Via: 1.1 x (CloudFront)"],
            "Age: 12; X-Cache: Hit from cloudfront; Via: 1.1 x (CloudFront)",
            id="cloudfront",
        ),
        pytest.param(["CF-Cache-Status: HIT"], "CF-Cache-Status: HIT", id="cloudflare"),
        pytest.param(['Cache-Status: "edge"; hit'], 'Cache-Status: "edge"; hit', id="rfc-9211"),
    ],
)
def test_a_stored_response_without_the_header_is_the_caches(lines, shown):
    explanation = asked(Server(*lines))
    change = explanation.change
    assert (change.side, change.headers) == ("layer", ())
    assert change.sentence == (
        f"A cache ({shown}) answered with what it had stored without Access-Control-Allow-Origin. "
        "Have the server send 'Vary: Origin' with every response, also if the request has no "
        "Origin, or add Origin to the key of the cache; then purge it."
    )
    assert explanation.notes == (f"If the header is missing after that: {BARE}",)
    step = explanation.steps[3]
    assert step.startswith("The response is 200 OK without CORS headers, from a cache (")


def test_a_stored_response_for_another_page_is_the_caches_too():
    lines = (f"Access-Control-Allow-Origin: {OTHER}", "Vary: Accept, Origin", "Age: 1")
    sentence = asked(Server(*lines)).change.sentence
    assert "had stored for another origin with Access-Control-Allow-Origin." in sentence
    assert "Have the cache heed 'Vary: Origin', also" in sentence


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["Age: 0", "X-Cache: Miss from cloudfront"], id="miss"),
        pytest.param(["Age: soon"], id="no-number"),
        pytest.param([THE_APP, "Age: 3"], id="right-origin"),
        pytest.param([ANYBODY, "Age: 3"], id="wildcard"),
    ],
)
def test_a_response_that_was_not_stored_for_others_is_not_the_caches(lines):
    assert asked(Server(*lines), **INCLUDE).change.side == "server"


def test_a_long_header_of_a_cache_is_cut():
    assert len(asked(Server(f"X-Cache: hit {'x' * 900}")).change.sentence) < 500


# What is nearly right.


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Acess-Control-Allow-Origin", "Access-Control-Allow-Origin"),
        ("Access-Control-Allow-Origins", "Access-Control-Allow-Origin"),
        ("Allow-Control-Allow-Origin", "Access-Control-Allow-Origin"),
        ("Access-Control-Request-Origin", "Access-Control-Allow-Origin"),
        ("Access_Control_Allow_Origin", "Access-Control-Allow-Origin"),
        ("Access-Control-Origin", "Access-Control-Allow-Origin"),
        ("Allow-Origin", "Access-Control-Allow-Origin"),
        ("Access-Control-Allow-Credential", "Access-Control-Allow-Credentials"),
        ("Access-Control-Allow-Method", "Access-Control-Allow-Methods"),
        ("Access-Control-Request-Method", "Access-Control-Allow-Methods"),
        ("Access-Control-Allow-Header", "Access-Control-Allow-Headers"),
        ("Access-Control-Request-Headers", "Access-Control-Allow-Headers"),
        ("Access-Control-Exposed-Headers", "Access-Control-Expose-Headers"),
    ],
)
def test_a_name_that_is_nearly_right_is_seen(name, meant):
    assert [*find_misspelt([(name, "*")])] == [((name, "*"), meant)]


@pytest.mark.parametrize(
    "name",
    [
        "Access-Control-Allow-Origin",
        "access-control-max-age",
        "Access-Control-Allow-Private-Network",
        "Timing-Allow-Origin",
        "Cross-Origin-Resource-Policy",
        "Allow",
        "Vary",
    ],
)
def test_a_name_that_is_right_or_another_is_left_alone(name):
    assert [*find_misspelt([(name, "*")])] == []


def test_a_misspelt_name_is_shown_and_corrected():
    explanation = asked(Server("Acess-Control-Allow-Origin: *"))
    assert explanation.steps[3] == "The response is 200 OK with Acess-Control-Allow-Origin: *."
    assert explanation.change.sentence == (
        "Rename the header 'Acess-Control-Allow-Origin' to 'Access-Control-Allow-Origin'. " + BARE
    )
    right = asked(Server(OTHER_ORIGIN, "Acess-Control-Allow-Origin: *"))
    assert "Rename" not in right.change.sentence
    other = asked(Server("Access-Control-Allow-Credential: true"))
    assert other.change.sentence == BARE


OTHER_ORIGIN = f"Access-Control-Allow-Origin: {OTHER}"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param(f"{APP}/", f"'{APP}/' ends with a slash, which is not part", id="slash"),
        pytest.param(f"{APP}:443", f"'{APP}:443' has the default port", id="port"),
        pytest.param(f"{APP}/a", f"'{APP}/a' has a path, which is", id="path"),
        pytest.param(f"'{APP}'", f"\"'{APP}'\" has quotes around it.", id="quotes"),
        pytest.param(APP.upper(), f"'{APP.upper()}' is not in lower case.", id="upper-case"),
        pytest.param("app.example", "'app.example' has no scheme, so", id="no-scheme"),
        pytest.param("", "'' is empty.", id="empty"),
        pytest.param("null", "'null' names only pages without an origin of", id="null"),
        pytest.param(f"{APP}, {OTHER}", f"'{APP}, {OTHER}' is a list, and browsers", id="list"),
        pytest.param(
            "https://*.app.example", "'https://*.app.example' has a wildcard, which", id="wildcard"
        ),
        pytest.param("$http_origin", "'$http_origin' looks like a variable", id="variable"),
        pytest.param(
            "http://app.example",
            "'http://app.example' is another origin: its scheme differs.",
            id="scheme",
        ),
        pytest.param(f"{APP}:8443", "is another origin: its port differs.", id="other-port"),
        pytest.param(
            "https://www.app.example", "is another origin: its host differs.", id="other-host"
        ),
    ],
)
def test_a_value_that_is_nearly_right_is_explained(value, says):
    change = asked(Server(f"Access-Control-Allow-Origin: {value}")).change
    assert change.side == "server"
    assert says in change.sentence
    assert change.sentence.endswith(f" and {BARE.rpartition(' and ')[2]}")


@pytest.mark.parametrize("value", [OTHER, "http://www.app.example"])
def test_another_origin_speaks_for_itself(value):
    change = asked(Server(f"Access-Control-Allow-Origin: {value}")).change
    assert change.sentence.startswith("Send these headers once with every response of /items")


def test_an_origin_of_another_kind_of_page_is_not_compared():
    server = Server(f"Access-Control-Allow-Origin: {APP}")
    change = asked(server, origin="null").change
    assert change.sentence.startswith("Serve the page from an origin of its own")


def test_a_wildcard_with_credentials_leaves_two_ways():
    change = asked(Server(ANYBODY, CREDENTIALS), **INCLUDE).change
    assert change.sentence.startswith(
        "'*' is only for requests without credentials. If the page needs no cookies, have it leave "
        "credentials out instead. Send these headers once with "
    )


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        pytest.param(
            [THE_APP, "Access-Control-Allow-Credentials: True"],
            "'True' is not 'true', in lower case and without quotes. ",
            id="capital",
        ),
        pytest.param(
            [THE_APP, "Access-Control-Allow-Credentials: yes"],
            "'yes' does not allow credentials: only 'true' does. ",
            id="yes",
        ),
        pytest.param(
            [THE_APP, CREDENTIALS, CREDENTIALS],
            "Remove one of the two layers that write Access-Control-Allow-Credentials: the values "
            "are 'true' and 'true'. ",
            id="two-lines",
        ),
        pytest.param(
            [THE_APP, "Access-Control-Allow-Credentials: true, true"],
            "Remove one of the two layers that write Access-Control-Allow-Credentials: 'true, "
            "true' is not 'true'. ",
            id="list",
        ),
        pytest.param(
            [THE_APP, OTHER_ORIGIN, CREDENTIALS],
            "Remove one of the two layers that write Access-Control-Allow-Origin: the values are "
            f"'{APP}' and '{OTHER}'. ",
            id="two-origins",
        ),
    ],
)
def test_a_header_that_is_wrong_with_credentials_is_explained(lines, says):
    assert asked(Server(*lines), **INCLUDE).change.sentence.startswith(says)


@pytest.mark.parametrize(
    ("value", "says", "listed"),
    [
        ("put", "'put' is not 'PUT': methods are case-sensitive. ", "PUT"),
        ("GET, put", "'put' is not 'PUT': methods are case-sensitive. ", "GET, PUT"),
        ("GET PUT", "Separate the names in 'GET PUT' with commas. ", "GET, PUT"),
        ("GET;PUT", "Separate the names in 'GET;PUT' with commas. ", "GET, PUT"),
        ("GET|PUT", "Separate the names in 'GET|PUT' with commas. ", "PUT"),
        ("GET, 'PUT'", "Remove the quotes or brackets from \"GET, 'PUT'\". ", "GET, PUT"),
        ("[GET, POST]", "Remove the quotes or brackets from '[GET, POST]'. ", "PUT"),
        ("GET, PATCH", "", "GET, PATCH, PUT"),
        ("GET, patch", "", "GET, patch, PUT"),
    ],
)
def test_a_list_of_methods_that_is_nearly_right_is_explained(value, says, listed):
    change = asked(Server(ANYBODY, f"Access-Control-Allow-Methods: {value}"), "PUT").change
    assert change.sentence.startswith(f"{says}Answer preflights for ")
    assert change.headers == (("Access-Control-Allow-Methods", listed),)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("X-A X-B", "Separate the names in 'X-A X-B' with commas. "),
        ("'X-A'", "Remove the quotes or brackets from \"'X-A'\". "),
        ("x_a", "'x_a' is not 'x-a'. "),
        ("*", "'*' does not cover Authorization. "),
        ("X-B", "Answer preflights for "),
        ("X-A", "Answer preflights for "),
    ],
)
def test_a_list_of_headers_that_is_nearly_right_is_explained(value, says):
    server = Server(ANYBODY, f"Access-Control-Allow-Headers: {value}")
    given = {"X-A": "1", "Authorization": "Bearer 1"}
    assert asked(server, headers=given).change.sentence.startswith(says)


def test_a_wildcard_in_a_list_is_explained_if_the_request_has_credentials():
    server = Server(THE_APP, CREDENTIALS, "Access-Control-Allow-Methods: *")
    assert asked(server, "PUT", **INCLUDE).change.sentence.startswith(
        "'*' in Access-Control-Allow-Methods is not a wildcard if the request has credentials. "
    )


# What the page has to change.


def test_no_lines_are_advised_that_a_policy_would_refuse():
    explanation = asked(Server(), "PUT", origin="null", **INCLUDE)
    change = explanation.change
    assert change.side == "page"
    assert change.headers == (("Access-Control-Allow-Methods", "PUT"),)
    assert "null'," in change.sentence
    assert explanation.notes == ()
    assert asked(Server(), origin="null").notes == (
        "If every page may read the response, send 'Access-Control-Allow-Origin: *' instead.",
    )


def test_a_page_that_sends_a_response_header_has_to_stop():
    server = Server(ANYBODY, "Access-Control-Allow-Headers: Access-Control-Allow-Origin, X-B")
    given = {"Access-Control-Allow-Origin": "*", "X-A": "1"}
    change = asked(server, headers=given).change
    assert change.side == "page"
    assert change.headers == (("Access-Control-Allow-Headers", "X-B, x-a"),)
    assert change.sentence.startswith(
        "Change the request headers that the page sets ('access-control-allow-origin': remove it, "
        "because only the server sends it). Answer preflights "
    )


def test_a_method_in_lower_case_is_the_pages_to_change():
    server = Server(ANYBODY, "Access-Control-Allow-Methods: PUT, PATCH")
    change = asked(server, "patch", headers={"X-A": "1"}).change
    assert change.side == "page"
    assert change.sentence == (
        "Use 'PATCH' in the page: methods are case-sensitive. Answer preflights for /items with "
        "'Access-Control-Allow-Headers: x-a'."
    )


def test_an_invalid_list_of_methods_does_not_stop_the_advice():
    lists = {"Access-Control-Allow-Methods": "GET PUT", "Access-Control-Allow-Headers": "a/b"}
    server = Server(ANYBODY, *(f"{name}: {value}" for name, value in lists.items()))
    change = asked(server, "patch").change
    assert change.side == "page"
    assert dict(change.headers) == {
        "Access-Control-Allow-Methods": "GET, PUT, PATCH",
        "Access-Control-Allow-Headers": "",
    }
    assert change.sentence.endswith(
        "Leave Access-Control-Allow-Headers empty, or leave it out: no name in it has an effect."
    )


@pytest.mark.parametrize(
    ("lines", "options", "headers"),
    [
        pytest.param((), {}, [f"Access-Control-Allow-Origin: {APP}", "Vary: Origin"], id="origin"),
        pytest.param(
            (),
            INCLUDE,
            [f"Access-Control-Allow-Origin: {APP}", "Vary: Origin", CREDENTIALS],
            id="credentials",
        ),
        pytest.param((THE_APP,), INCLUDE, [CREDENTIALS], id="credentials-only"),
        pytest.param(
            (ANYBODY,), {"method": "PUT"}, ["Access-Control-Allow-Methods: PUT"], id="methods-only"
        ),
    ],
)
def test_the_header_lines_have_vary_if_they_name_an_origin(lines, options, headers):
    change = asked(Server(*lines), **options).change
    assert [": ".join(line) for line in change.headers] == headers
    assert ("'Vary: Origin'" in change.sentence) is ("Vary: Origin" in headers)


@pytest.mark.parametrize(
    "server",
    [
        pytest.param(Server(), id="header-lines"),
        pytest.param(CORSMiddleware(hello, allow_origins=[OTHER]), id="setting"),
        pytest.param(Server(status="502 Bad Gateway"), id="layer"),
        pytest.param(Server("Location: /login", status="302 Found"), id="redirect"),
    ],
)
def test_the_header_lines_of_a_change_are_a_tuple(server):
    explanation = asked(server)
    assert isinstance(explanation.change.headers, tuple)
    assert isinstance(redact(explanation).change.headers, tuple)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(
            b"<pre>Invalid HTTP_HOST header: &#x27;api.example&#x27;. You may need to add "
            b"&#x27;api.example&#x27; to ALLOWED_HOSTS.</pre>",
            "Django does not accept the host 'api.example' (DisallowedHost). Add it to "
            "ALLOWED_HOSTS.",
            id="django",
        ),
        pytest.param(
            b"<p>Host &#39;api.example&#39; is not trusted.</p>",
            "Werkzeug does not accept the host 'api.example' (SecurityError). Add it to its "
            "trusted hosts, in Flask to TRUSTED_HOSTS.",
            id="werkzeug",
        ),
    ],
)
@pytest.mark.parametrize("lines", [[THE_APP], []], ids=["readable", "blocked"])
def test_a_host_that_a_framework_does_not_accept_is_named(body, says, lines):
    notes = asked(Server(*lines, status="400 Bad Request", body=body)).notes
    assert notes[0] == f"The 400 is not from CORS: {says}"
    assert "host" not in "".join(asked(Server(*lines, status="403 No", body=body)).notes)
    assert "host" not in "".join(asked(Server(*lines, status="400 No")).notes)


DJANGO_LACKS = (
    "The 403 is a refusal by Django's CSRF protection, not by CORS: the request had a token, but "
    "not its cookie 'csrftoken'. "
)
EXPLAIN_SETTING = "To see whether the browser keeps it, explain the request that sets it. "
SEND_CSRFTOKEN = (
    f"{EXPLAIN_SETTING}To send it, use --cookie 'csrftoken=…' (in Python cookies={{'csrftoken': "
    "'…'})."
)


@pytest.mark.parametrize(
    ("origin", "url", "why"),
    [
        pytest.param("http://localhost:5173", "http://localhost:8000/", "", id="one-site"),
        pytest.param(
            "http://localhost:5173",
            "http://127.0.0.1:8000/",
            "Because the page is of another site, the browser sends it only if it is "
            "SameSite=None: open the page and the API under one host name, such as localhost. ",
            id="loopback",
        ),
        pytest.param(
            APP,
            ITEMS,
            "Because the page is of another site, the browser sends it only if it is "
            "SameSite=None: send it with SameSite=None; Secure (in Django: "
            "CSRF_COOKIE_SAMESITE='None' and CSRF_COOKIE_SECURE=True). ",
            id="sites",
        ),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"<h1>Forbidden</h1><p>CSRF verification failed. Request aborted.</p>"
        b"<p>You are seeing this message because this site requires a CSRF cookie when submitting",
        b'{"detail":"CSRF Failed: CSRF cookie not set."}',
    ],
)
def test_a_refusal_of_django_names_the_cookie_if_only_that_is_missing(origin, url, why, body):
    lines = f"Access-Control-Allow-Origin: {origin}", CREDENTIALS
    headers = [*lines, "Access-Control-Allow-Headers: X-CSRFToken"]
    server = Server(*lines, status="403 Forbidden", body=body, preflight=headers)
    options = {"origin": origin, "servers": server, **INCLUDE}
    explanation = explain("POST", url, headers={"X-CSRFToken": "1"}, **options)
    assert explanation.notes == (f"{DJANGO_LACKS}{why}{SEND_CSRFTOKEN}",)
    (note,) = explain("POST", url, **options).notes
    assert "CSRF_TRUSTED_ORIGINS" in note


def test_a_refusal_of_flask_wtf_names_the_cookie_if_only_that_is_missing():
    body = b"<h1>Bad Request</h1>\n<p>The CSRF session token is missing.</p>"
    headers = [THE_APP, CREDENTIALS, "Access-Control-Allow-Headers: X-CSRFToken"]
    server = Server(*headers, status="400 Bad Request", body=body)
    (note,) = asked(server, "POST", headers={"X-CSRFToken": "1"}, **INCLUDE).notes
    assert "had a token, but not its cookie 'session'. Because the page is of another " in note
    assert "(in Flask: SESSION_COOKIE_SAMESITE='None' and SESSION_COOKIE_SECURE=True)" in note
