"""What a page may do: the rules of Fetch, each tested with a browser and a server."""

from contextlib import suppress

import pytest

from tests.unit.testing import test_checks as steps
from tests.unit.testing.servers import (
    ANYBODY,
    API,
    APP,
    CREDENTIALS,
    OPAQUE,
    OTHER,
    THE_APP,
    Server,
    answering,
    page_on,
    serving,
)
from wsgicors.testing import Browser, CORSBlocked, NetworkError

METHODS = "Access-Control-Allow-Methods: PUT, DELETE"
NAMES = "Access-Control-Allow-Headers: X-A, X-B"
ANY_METHOD = "Access-Control-Allow-Methods: *"
ANY_NAME = "Access-Control-Allow-Headers: *"
AUTHORIZED = "Access-Control-Allow-Headers: Authorization"
COOKIE = "Set-Cookie: a=1; Path=/; SameSite=None; Secure"

X_A = {"X-A": "1"}


def permissive(*lines, **options):
    return Server(ANYBODY, METHODS, NAMES, *lines, **options)


def blocked_at(page, url=f"{API}/", **options):
    with pytest.raises(CORSBlocked) as caught:
        page.fetch(url, **options)
    return caught.value.step


def test_a_page_reads_what_the_server_allows():
    response = page_on(Server(ANYBODY, "Content-Type: text/plain")).fetch(f"{API}/items?x=1")
    assert (response.status, response.ok, response.text) == (200, True, "hello")
    assert (response.type, response.url, response.redirected) == ("cors", f"{API}/items?x=1", False)
    assert response.headers["content-type"] == "text/plain"


def test_one_app_is_served_at_one_origin():
    server = Server(ANYBODY)
    assert Browser(server).page(APP).fetch("https://api.example/").ok
    assert Browser(server, "http://localhost:8000").page(APP).fetch("http://localhost:8000/").ok


def test_several_apps_are_served_at_several_origins():
    api, other = Server(ANYBODY, body=b"api"), Server(ANYBODY, body=b"other")
    page = Browser({API: api, OTHER: other}).page(APP)
    assert (page.fetch(API).text, page.fetch(OTHER).text) == ("api", "other")
    assert (len(api.asked), len(other.asked)) == (1, 1)


def test_an_app_may_be_falsy():
    class Empty(Server):
        def __len__(self):
            return 0

    page = Browser(Empty(ANYBODY), at="http://127.0.0.2:9").page(APP)
    assert page.fetch("http://127.0.0.2:9/").text == "hello"


def test_none_means_a_live_server():
    server = permissive(body=b"live")
    with serving(server) as origin:
        page = Browser(None, at=origin).page(APP)
        assert page.fetch(f"{origin}/", method="PUT", body="x", headers=X_A).text == "live"
        with pytest.raises(CORSBlocked):
            page.fetch(f"{origin}/", method="PATCH")
    assert server.methods == ["OPTIONS", "PUT", "OPTIONS"]
    assert server.asked[1]["body"] == b"x"


def test_apps_and_live_servers_mix():
    with serving(Server(ANYBODY, body=b"live")) as origin:
        page = Browser({API: Server(ANYBODY, body=b"app"), origin: origin}).page(APP)
        assert (page.fetch(API).text, page.fetch(origin).text) == ("app", "live")


def test_a_live_server_may_serve_another_origin():
    server = Server(ANYBODY, body=b"live")
    with serving(server) as origin:
        page = Browser({"http://127.0.0.2:9": origin}).page(APP)
        assert page.fetch("http://127.0.0.2:9/").text == "live"
    assert server.received("Host") == ["127.0.0.2:9"]


def test_an_unknown_server_is_a_network_error_that_lists_the_known_ones():
    page = Browser({API: Server(), OTHER: Server()}).page(APP)
    with pytest.raises(NetworkError) as caught:
        page.fetch("https://api.example:8443/")
    assert str(caught.value) == (f"no server at {API}:8443; this browser knows {API}, {OTHER}")
    assert not isinstance(caught.value, CORSBlocked)


def test_for_a_single_app_the_error_says_how_to_give_its_origin():
    page = Browser(Server()).page(APP)
    with pytest.raises(NetworkError) as caught:
        page.fetch("http://localhost:8151/")
    assert str(caught.value) == (
        "no server at http://localhost:8151; this browser knows https://api.example. If the app is "
        'at http://localhost:8151, use at="http://localhost:8151"'
    )


@pytest.mark.parametrize(
    "origin",
    [
        "https://api.example/",
        "api.example",
        "https://API.example",
        f"{API}:443",
        "null",
        "*",
        "",
        None,
    ],
)
def test_a_server_needs_an_origin(origin):
    with pytest.raises(
        ValueError, match=r"is not an origin; use the form 'https://app\.example:8443'"
    ):
        Browser({origin: Server()})


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000/", "127.0.0.1:8000"])
def test_a_live_server_is_given_by_its_origin(origin):
    with pytest.raises(ValueError, match="is not an origin"):
        Browser({API: origin})


@pytest.mark.parametrize("origin", [f"{APP}/", "app.example", "Null", "file:///x", "", None, 1])
def test_a_page_needs_an_origin(origin):
    with pytest.raises(ValueError, match=f"{origin!r} is not an origin"):
        Browser(Server()).page(origin)


@pytest.mark.parametrize("origin", ["app://.", "app://", "app://A!", "capacitor://localhost"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_page_of_an_app_sends_the_origin_of_its_scheme(origin, method):
    server = Server(f"Access-Control-Allow-Origin: {origin}", CREDENTIALS, METHODS, COOKIE)
    page = Browser(server).page(origin)
    response = page.fetch(f"{API}/", method=method, credentials="include")
    assert response.text == "hello"
    assert {exchange.request_header("Origin") for exchange in page.log} == {origin}


def test_an_unknown_profile_is_rejected():
    known = "'fetch', 'chromium', 'firefox' or 'webkit'"
    with pytest.raises(ValueError, match=f"'safari' is not a profile; use {known}"):
        Browser(Server(), profile="safari")


def test_a_browser_lists_its_pages():
    browser = Browser(Server())
    pages = [browser.page(APP), browser.page("null")]
    assert browser.pages == pages
    assert [page.origin for page in pages] == [APP, "null"]


def test_a_relative_url_is_resolved_against_the_origin_of_the_page():
    server = Server()
    page_on(server, origin=API).fetch("/items?x")
    assert (server.asked[0]["PATH_INFO"], server.asked[0]["QUERY_STRING"]) == ("/items", "x")


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        pytest.param("null", "/items", id="relative-to-an-opaque-page"),
        pytest.param(APP, "https://", id="no-host"),
        pytest.param(APP, "https://a:b/", id="no-port"),
    ],
)
def test_an_invalid_url_is_a_type_error(origin, url):
    with pytest.raises(TypeError):
        page_on(Server(), origin=origin).fetch(url)


def test_a_url_with_a_user_name_and_password_is_a_type_error():
    with pytest.raises(TypeError):
        page_on(Server(ANYBODY)).fetch("https://u:p@api.example/")


def test_an_exception_of_the_app_is_not_caught():
    def app(environ, start_response):
        raise LookupError("in the app")

    with pytest.raises(LookupError, match="in the app"):
        page_on(app).fetch(f"{API}/")


@pytest.mark.parametrize(
    ("method", "sent"), [("patch", "patch"), ("Egg", "Egg"), ("delete", "DELETE"), ("pUT", "PUT")]
)
def test_methods_are_sent_normalised(method, sent):
    server = Server(ANYBODY, ANY_METHOD)
    page_on(server).fetch(f"{API}/", method=method)
    assert server.received("Access-Control-Request-Method") == [sent, None]
    assert server.methods == ["OPTIONS", sent]


@pytest.mark.parametrize("method", ["CONNECT", "trace", "TRACK"])
def test_forbidden_methods_send_nothing(method):
    server = permissive()
    with pytest.raises(TypeError):
        page_on(server).fetch(f"{API}/", method=method)
    with pytest.raises(TypeError):
        page_on(server).xhr(f"{API}/", method=method)
    assert server.asked == []


def test_white_space_around_the_value_of_a_response_header_is_ignored():
    assert page_on(Server("Access-Control-Allow-Origin:   *  ")).fetch(f"{API}/").ok


@pytest.mark.parametrize("value", [b"*", b" *", b"  * ", b"\t*\t", b"* "])
def test_white_space_around_the_value_of_a_live_header_is_ignored(value):
    raw = b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin:%s\r\nContent-Length: 0\r\n\r\n" % value
    with answering(raw) as origin:
        assert Browser(None, at=origin).page(APP).fetch(origin).ok


@pytest.mark.parametrize(
    ("method", "sent"),
    [("GET", None), ("HEAD", None), ("POST", APP), ("PUT", APP), ("OPTIONS", APP)],
)
def test_a_same_origin_request_sends_its_origin_unless_it_only_reads(method, sent):
    server = Server()
    page_on({APP: server}).fetch("/", method=method)
    assert server.received("Origin") == [sent]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("origin", [APP, "http://localhost:8000", "null"])
def test_a_cross_origin_request_sends_its_origin(method, origin):
    server = Server(ANYBODY)
    page_on(server, origin=origin).fetch(f"{API}/", method=method)
    assert server.received("Origin") == [origin]


@pytest.mark.parametrize(
    ("method", "sent"), [pytest.param("GET", None, id="get"), pytest.param("POST", APP, id="post")]
)
def test_a_request_of_mode_no_cors_sends_its_origin_unless_it_only_reads(method, sent):
    server = Server()
    page_on(server).fetch(f"{API}/", method=method, mode="no-cors")
    assert server.received("Origin") == [sent]


def test_javascript_cannot_forge_the_origin():
    server = Server(ANYBODY)
    page_on(server).fetch(f"{API}/", headers={"Origin": OTHER, "Host": "other.example"})
    assert (server.received("Origin"), server.received("Host")) == ([APP], ["api.example"])


@pytest.mark.parametrize(
    ("lines", "credentials", "step"),
    [
        pytest.param([ANYBODY], "omit", None, id="anybody"),
        pytest.param([ANYBODY, CREDENTIALS], "omit", None, id="anybody-and-credentials-ignored"),
        pytest.param([f"{THE_APP}/"], "omit", steps.MATCH_STEP, id="slash"),
        pytest.param([ANYBODY, CREDENTIALS], "include", steps.MATCH_STEP, id="include-anybody"),
        pytest.param([THE_APP, CREDENTIALS], "include", None, id="include"),
        pytest.param(
            [THE_APP, "Access-Control-Allow-Credentials: True"],
            "include",
            steps.CREDENTIALS_STEP,
            id="include-true-in-capitals",
        ),
        pytest.param([THE_APP], "same-origin", None, id="the-app"),
        pytest.param([], "same-origin", steps.ORIGIN_STEP, id="nothing"),
        pytest.param([THE_APP, THE_APP], "same-origin", steps.MATCH_STEP, id="twice"),
        pytest.param([ANYBODY, ANYBODY], "same-origin", steps.MATCH_STEP, id="anybody-twice"),
        pytest.param([OPAQUE], "same-origin", steps.MATCH_STEP, id="null"),
    ],
)
def test_a_page_reads_what_passes_the_cors_check(lines, credentials, step):
    server = Server(*lines)
    page = page_on(server)
    if step is None:
        assert page.fetch(f"{API}/", credentials=credentials).text == "hello"
    else:
        assert blocked_at(page, credentials=credentials) == step
    assert server.methods == ["GET"]


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "500 Oh", "401 Unauthorized"])
def test_a_page_reads_errors_that_pass_the_cors_check(status):
    response = page_on(Server(ANYBODY, status=status)).fetch(f"{API}/")
    assert (f"{response.status}", response.ok, response.text) == (status[:3], False, "hello")


def test_an_opaque_page_is_allowed_as_null():
    assert page_on(Server(OPAQUE), origin="null").fetch(f"{API}/").ok
    assert blocked_at(page_on(Server(THE_APP), origin="null")) == steps.MATCH_STEP


def test_a_blocked_request_has_reached_the_server():
    server = Server()
    assert blocked_at(page_on(server), method="POST", body="x=1") == steps.ORIGIN_STEP
    assert (server.methods, server.asked[0]["body"]) == (["POST"], b"x=1")


@pytest.mark.parametrize("mode", ["cors", "same-origin", "no-cors"])
def test_a_page_may_do_everything_at_its_own_origin(mode):
    server = Server("X-A: 1")
    response = page_on({APP: server}).fetch(
        "/", method="GET" if mode == "no-cors" else "PUT", headers=X_A, mode=mode
    )
    assert (response.type, response.headers["X-A"]) == ("basic", "1")
    assert "OPTIONS" not in server.methods


def test_an_opaque_page_has_no_own_origin():
    assert blocked_at(page_on(Server(), origin="null"), mode="same-origin").startswith("main fetch")


def test_mode_same_origin_sends_nothing_to_another_origin():
    server = permissive()
    assert blocked_at(page_on(server), mode="same-origin").startswith("main fetch")
    assert server.asked == []


def test_mode_same_origin_does_not_follow_a_redirect_to_another_origin():
    api, app = permissive(), Server(f"Location: {API}/", status="302 Found")
    step = blocked_at(page_on({APP: app, API: api}), f"{APP}/", mode="same-origin")
    assert step.startswith("main fetch")
    assert api.asked == []


def test_mode_no_cors_sends_the_request_and_hides_the_response():
    server = Server("Content-Type: text/plain", status="201 Created")
    response = page_on(server).fetch(f"{API}/", method="POST", body="x", mode="no-cors")
    assert (response.type, response.status, response.ok, response.body) == ("opaque", 0, False, b"")
    assert dict(response.headers) == {}
    assert (server.methods, server.asked[0]["body"]) == (["POST"], b"x")


def test_mode_no_cors_drops_headers_that_would_need_a_preflight():
    server = Server()
    headers = {**X_A, "Authorization": "x", "Accept-Language": "de"}
    page_on(server).fetch(f"{API}/", headers=headers, mode="no-cors")
    assert (server.received("X-A"), server.received("Authorization")) == ([None], [None])
    assert server.received("Accept-Language") == ["de"]


@pytest.mark.parametrize("redirect", ["error", "manual"])
def test_mode_no_cors_requires_following_redirects(redirect):
    server = Server()
    with pytest.raises(NetworkError, match="mode 'no-cors' requires redirect='follow'"):
        page_on(server).fetch(f"{API}/", mode="no-cors", redirect=redirect)
    assert server.asked == []


@pytest.mark.parametrize("url", ["ftp://api.example/", "file:///etc/passwd"])
@pytest.mark.parametrize("mode", ["cors", "no-cors"])
def test_only_http_is_fetched(url, mode):
    with pytest.raises(NetworkError) as caught:
        page_on(Server()).fetch(url, mode=mode)
    assert not isinstance(caught.value, CORSBlocked)


def test_mode_cors_needs_an_http_url():
    with pytest.raises(NetworkError, match="is not an HTTP URL; mode 'cors' needs one"):
        page_on(Server()).fetch("ftp://api.example/x")


def test_a_data_url_needs_no_cors():
    response = page_on(Server()).fetch("data:text/plain,hello")
    assert (response.status, response.text) == (200, "hello")


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="get"),
        pytest.param({"method": "HEAD"}, id="head"),
        pytest.param({"method": "POST", "body": "x"}, id="post-text"),
        pytest.param({"method": "POST", "body": {"a": "b"}}, id="post-form"),
        pytest.param({"method": "POST", "body": b"x"}, id="post-bytes"),
        pytest.param({"headers": {"Accept": "text/html"}}, id="accept"),
        pytest.param({"headers": {"Accept": "a" * 128}}, id="accept-of-128-bytes"),
        pytest.param({"headers": {"Range": "bytes=0-9"}}, id="range"),
        pytest.param({"headers": {"Cookie": "a=b", "Sec-X": "1"}}, id="forbidden-are-dropped"),
        pytest.param({"headers": {"X-HTTP-Method": "TRACE"}}, id="override-is-dropped"),
        pytest.param({"credentials": "include"}, id="credentials"),
    ],
)
def test_a_simple_request_needs_no_preflight(options):
    server = Server(THE_APP, CREDENTIALS)
    page_on(server).fetch(f"{API}/", **options)
    assert server.methods == [options.get("method", "GET")]


@pytest.mark.parametrize(
    ("options", "method", "names"),
    [
        pytest.param({"method": "PUT"}, "PUT", None, id="method"),
        pytest.param({"method": "options"}, "OPTIONS", None, id="options"),
        pytest.param({"headers": X_A}, "GET", "x-a", id="get-with-a-header"),
        pytest.param({"method": "POST", "headers": X_A}, "POST", "x-a", id="post-with-a-header"),
        pytest.param(
            {"headers": {"X-B": "1", "Accept": "*/*", "X-A": "2"}}, "GET", "x-a,x-b", id="sorted"
        ),
        pytest.param(
            {"method": "POST", "body": "{}", "headers": {"Content-Type": "application/json"}},
            "POST",
            "content-type",
            id="json",
        ),
        pytest.param({"headers": {"Accept": "a" * 129}}, "GET", "accept", id="129-bytes"),
        pytest.param(
            {"headers": [("Accept", "a" * 64), ("accept", "a" * 64)]}, "GET", "accept", id="joined"
        ),
        pytest.param({"headers": {"Range": "bytes=-5"}}, "GET", "range", id="range-from-the-end"),
        pytest.param({"headers": {"Authorization": "x"}}, "GET", "authorization", id="auth"),
        pytest.param({"headers": {"X-HTTP-Method": "PUT"}}, "GET", "x-http-method", id="override"),
        pytest.param({"headers": {"Cookie": "a", **X_A}}, "GET", "x-a", id="forbidden-not-named"),
    ],
)
def test_any_other_request_needs_a_preflight(options, method, names):
    allowed = ["Access-Control-Allow-Headers: *, Authorization", ANY_METHOD]
    server = Server(ANYBODY, *allowed)
    page_on(server).fetch(f"{API}/", **options)
    assert server.methods == ["OPTIONS", method]
    assert server.received("Access-Control-Request-Method") == [method, None]
    assert server.received("Access-Control-Request-Headers") == [names, None]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_upload_listener_forces_a_preflight(method):
    server = Server(ANYBODY)
    page_on(server).xhr(f"{API}/", method=method, body="x", upload_listener=True)
    assert server.methods == ["OPTIONS", method]
    assert server.received("Access-Control-Request-Headers") == [None, None]


def test_an_upload_listener_changes_nothing_at_the_origin_of_the_page():
    server = Server()
    page_on({APP: server}).xhr("/", method="POST", body="x", upload_listener=True)
    assert server.methods == ["POST"]


def test_xhr_does_what_fetch_does():
    server = Server(THE_APP, CREDENTIALS, METHODS, NAMES)
    page = page_on(server)
    assert page.xhr(f"{API}/", method="put", headers=X_A, body="x").text == "hello"
    assert page.xhr(f"{API}/other", with_credentials=True).ok
    assert server.methods == ["OPTIONS", "PUT", "GET"]
    with pytest.raises(CORSBlocked):
        page.xhr(f"{API}/", method="PATCH")


@pytest.mark.parametrize("method", ["GET", "head"])
def test_xhr_drops_the_body_of_get_and_head(method):
    server = Server(ANYBODY)
    page_on(server).xhr(f"{API}/", method=method, body="x")
    assert (server.methods, server.asked[0]["body"]) == ([method.upper()], b"")
    assert server.received("Content-Type") == [None]


def test_xhr_with_credentials_needs_permission():
    with pytest.raises(CORSBlocked) as caught:
        page_on(Server(ANYBODY)).xhr(f"{API}/", with_credentials=True)
    assert caught.value.step == steps.MATCH_STEP


def test_a_preflight_has_the_form_of_the_standard():
    server = permissive()
    page = page_on(server)
    headers = {"X-B": "2", "X-A": "1", "Accept": "text/html", "Accept-Language": "de"}
    page.fetch(f"{API}/items?x", method="PUT", headers=headers, body="{}")
    preflight = server.asked[0]
    assert (preflight["REQUEST_METHOD"], preflight["body"]) == ("OPTIONS", b"")
    assert (preflight["PATH_INFO"], preflight["QUERY_STRING"]) == ("/items", "x")
    lines = [line for line in page.log[0].request_headers if line[0].startswith(("Acc", "X", "C"))]
    assert lines == [
        ("Accept", "*/*"),
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "x-a,x-b"),
    ]
    assert server.received("Origin") == [APP, APP]
    assert server.received("X-A") == [None, "1"]
    assert server.received("Accept-Language") == [None, "de"]


def test_after_the_preflight_the_request_is_sent_with_all_its_headers():
    server = permissive()
    page_on(server).fetch(f"{API}/", method="PUT", headers={"X-A": "1", "X-B": "2"}, body="x")
    request = server.asked[1]
    assert (request["REQUEST_METHOD"], request["body"]) == ("PUT", b"x")
    assert (request["HTTP_X_A"], request["HTTP_X_B"]) == ("1", "2")
    assert request["CONTENT_TYPE"] == "text/plain;charset=UTF-8"
    assert "HTTP_ACCESS_CONTROL_REQUEST_METHOD" not in request


@pytest.mark.parametrize(
    ("lines", "status", "step"),
    [
        pytest.param([], "204 No Content", steps.ORIGIN_STEP, id="no-origin"),
        pytest.param([f"{THE_APP}/"], "204 No Content", steps.MATCH_STEP, id="other-origin"),
        pytest.param([ANYBODY, METHODS], "302 Found", steps.STATUS_STEP, id="redirect"),
        pytest.param([ANYBODY, METHODS], "304 Not Modified", steps.STATUS_STEP, id="not-modified"),
        pytest.param([ANYBODY, METHODS], "401 Unauthorized", steps.STATUS_STEP, id="unauthorized"),
        pytest.param([ANYBODY, METHODS], "405 Not Allowed", steps.STATUS_STEP, id="not-allowed"),
        pytest.param([ANYBODY, METHODS], "500 Oh", steps.STATUS_STEP, id="error"),
        pytest.param(
            [ANYBODY, METHODS, "Access-Control-Allow-Methods: P T"],
            "200 OK",
            steps.METHODS_STEP,
            id="methods-malformed",
        ),
        pytest.param(
            [ANYBODY, METHODS, NAMES, "Access-Control-Allow-Headers: Bad value"],
            "200 OK",
            steps.NAMES_STEP,
            id="names-malformed",
        ),
        pytest.param([ANYBODY, NAMES], "200 OK", steps.METHOD_STEP, id="no-method"),
        pytest.param(
            [ANYBODY, NAMES, "Access-Control-Allow-Methods: put"],
            "200 OK",
            steps.METHOD_STEP,
            id="method-in-lower-case",
        ),
        pytest.param([ANYBODY, METHODS], "200 OK", steps.HEADERS_STEP, id="no-header"),
        pytest.param(
            [ANYBODY, METHODS, "Access-Control-Allow-Headers: X-Ab"],
            "200 OK",
            steps.HEADERS_STEP,
            id="other-header",
        ),
    ],
)
def test_a_request_is_not_sent_if_its_preflight_fails(lines, status, step):
    server = Server(ANYBODY, preflight=[*lines, "Location: /next"], preflight_status=status)
    assert blocked_at(page_on(server), method="PUT", headers=X_A) == step
    assert server.methods == ["OPTIONS"]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([METHODS, NAMES], id="listed"),
        pytest.param([ANY_METHOD, ANY_NAME], id="wildcards"),
        pytest.param(
            ["Access-Control-Allow-Methods:,PUT ,\t,", "Access-Control-Allow-Headers:, x-a"],
            id="spaces-and-empty-elements",
        ),
        pytest.param(
            ["Access-Control-Allow-Methods: GET", METHODS, "Access-Control-Allow-Headers:", NAMES],
            id="several-lines",
        ),
    ],
)
@pytest.mark.parametrize("status", ["200 OK", "204 No Content", "299 Fine"])
def test_a_request_is_sent_if_its_preflight_succeeds(lines, status):
    server = Server(ANYBODY, preflight=[ANYBODY, *lines], preflight_status=status)
    assert page_on(server).fetch(f"{API}/", method="PUT", headers=X_A).text == "hello"
    assert server.methods == ["OPTIONS", "PUT"]


@pytest.mark.parametrize(
    ("lines", "step"),
    [
        pytest.param([ANY_METHOD, NAMES], steps.METHOD_STEP, id="method"),
        pytest.param([METHODS, ANY_NAME], steps.HEADERS_STEP, id="header"),
        pytest.param([METHODS, NAMES], None, id="listed"),
    ],
)
def test_wildcards_do_not_count_with_credentials(lines, step):
    page = page_on(Server(THE_APP, CREDENTIALS, *lines))
    options = {"method": "PUT", "headers": X_A, "credentials": "include"}
    if step is None:
        assert page.fetch(f"{API}/", **options).ok
    else:
        assert blocked_at(page, **options) == step


def test_the_credentials_mode_of_the_request_applies_to_its_preflight():
    server = Server(THE_APP, CREDENTIALS, preflight=[THE_APP, METHODS])
    page = page_on(server)
    assert blocked_at(page, method="PUT", credentials="include") == steps.CREDENTIALS_STEP
    assert page.fetch(f"{API}/", method="PUT").ok


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_safelisted_methods_never_need_listing(method):
    server = Server(ANYBODY, NAMES, "Access-Control-Allow-Methods: PUT")
    assert page_on(server).fetch(f"{API}/", method=method, headers=X_A).ok


@pytest.mark.parametrize(
    ("names", "allowed"), [("*", False), ("X-A", False), ("*, Authorization", True)]
)
def test_authorization_has_to_be_listed_by_its_name(names, allowed):
    page = page_on(Server(ANYBODY, f"Access-Control-Allow-Headers: {names}"))
    headers = {"Authorization": "x"}
    if allowed:
        assert page.fetch(f"{API}/", headers=headers).ok
    else:
        assert blocked_at(page, headers=headers) == steps.AUTHORIZATION_STEP


def test_exposed_headers_and_cookies_of_a_preflight_response_are_ignored():
    server = Server(
        THE_APP,
        CREDENTIALS,
        "X-A: 1",
        preflight=[THE_APP, CREDENTIALS, METHODS, COOKIE, "Access-Control-Expose-Headers: X-A"],
    )
    page = page_on(server)
    response = page.fetch(f"{API}/", method="PUT", credentials="include")
    assert "X-A" not in response.headers
    assert server.received("Cookie") == [None, None]


def test_after_the_preflight_the_response_is_checked_again():
    server = Server(preflight=[ANYBODY, METHODS])
    assert blocked_at(page_on(server), method="PUT") == steps.ORIGIN_STEP
    assert server.methods == ["OPTIONS", "PUT"]


@pytest.mark.parametrize(
    ("body", "content", "content_type"),
    [
        pytest.param("\xe9", b"\xc3\xa9", "text/plain;charset=UTF-8", id="string"),
        pytest.param(
            {"a": "1"}, b"a=1", "application/x-www-form-urlencoded;charset=UTF-8", id="form"
        ),
        pytest.param(b"\xff", b"\xff", None, id="bytes"),
    ],
)
def test_a_body_is_sent_with_its_content_type(body, content, content_type):
    server = Server(ANYBODY)
    page_on(server).fetch(f"{API}/", method="POST", body=body)
    assert server.asked[0]["body"] == content
    assert server.received("Content-Type") == [content_type]


@pytest.mark.parametrize(("given", "sent"), [({}, "*/*"), ({"accept": "text/html"}, "text/html")])
def test_a_request_accepts_anything_unless_javascript_sets_accept(given, sent):
    server = Server(ANYBODY)
    page_on(server).fetch(f"{API}/", headers=given)
    assert server.received("Accept") == [sent]


def test_a_request_names_its_mode_and_the_browser():
    server = Server(ANYBODY)
    page = page_on(server)
    page.fetch(f"{API}/")
    page.fetch(f"{API}/", mode="no-cors")
    assert server.received("Sec-Fetch-Mode") == ["cors", "no-cors"]
    assert server.received("User-Agent") == ["wsgicors.testing/fetch"] * 2


@pytest.mark.parametrize(
    ("exposed", "credentials", "names"),
    [
        pytest.param(None, "omit", {"content-type"}, id="nothing"),
        pytest.param("x-a", "omit", {"content-type", "x-a"}, id="listed"),
        pytest.param("X-A, Set-Cookie", "include", {"content-type", "x-a"}, id="cookies-never"),
        pytest.param("X-A, b c", "omit", {"content-type"}, id="malformed"),
        pytest.param("*", "include", {"content-type"}, id="wildcard-with-credentials"),
    ],
)
def test_javascript_reads_safelisted_and_exposed_headers(exposed, credentials, names):
    lines = [] if exposed is None else [f"Access-Control-Expose-Headers: {exposed}"]
    server = Server(
        THE_APP, CREDENTIALS, "Content-Type: text/plain", "X-A: 1", "X-B: 2", COOKIE, *lines
    )
    assert set(page_on(server).fetch(f"{API}/", credentials=credentials).headers) == names


def test_the_wildcard_exposes_all_headers_except_set_cookie():
    lines = "X-A: 1", "Authorization: x", "Access-Control-Expose-Headers: set-cookie, *", COOKIE
    assert set(page_on(Server(ANYBODY, *lines)).fetch(f"{API}/").headers) == {
        "access-control-allow-origin",
        "access-control-expose-headers",
        "authorization",
        "x-a",
    }


def test_the_error_says_that_a_header_is_not_exposed():
    response = page_on(Server(ANYBODY, "ETag: x")).fetch(f"{API}/")
    with pytest.raises(KeyError, match="ETag was sent, but not exposed; add it to expose_headers"):
        response.headers["ETag"]


def test_javascript_reads_all_headers_of_its_own_origin_except_set_cookie():
    response = page_on({APP: Server("X-A: 1", COOKIE)}).fetch("/")
    assert dict(response.headers) == {"x-a": "1"}


def put_twice(server, *, seconds=0.0, profile="fetch", first=None, second=None):
    browser = Browser(server, at=API, profile=profile)
    page = browser.page(APP)
    page.fetch(f"{API}/", **(first or {"method": "PUT"}))
    browser.advance(seconds)
    page.fetch(f"{API}/", **(second or first or {"method": "PUT"}))
    return server.methods.count("OPTIONS")


@pytest.mark.parametrize(
    ("max_age", "seconds", "preflights"),
    [
        pytest.param(None, 4.9, 1, id="default-within-5-seconds"),
        pytest.param(None, 5, 2, id="default-after-5-seconds"),
        pytest.param("60", 59, 1, id="within"),
        pytest.param("60", 60, 2, id="after"),
        pytest.param("0", 0, 2, id="zero"),
        pytest.param("abc", 4, 1, id="unparsable-within-5-seconds"),
        pytest.param("abc", 5, 2, id="unparsable-after-5-seconds"),
        pytest.param("99999999999", 86_399, 1, id="within-the-limit"),
        pytest.param("99999999999", 86_400, 2, id="after-the-limit"),
    ],
)
def test_a_preflight_is_cached_for_its_max_age(max_age, seconds, preflights):
    lines = [] if max_age is None else [f"Access-Control-Max-Age: {max_age}"]
    assert put_twice(permissive(*lines), seconds=seconds) == preflights


def test_two_lines_of_max_age_are_invalid():
    lines = ["Access-Control-Max-Age: 60"] * 2
    assert put_twice(permissive(*lines), seconds=4) == 1
    assert put_twice(permissive(*lines), seconds=6) == 2


@pytest.mark.parametrize(
    ("first", "second", "preflights"),
    [
        pytest.param({"method": "PUT"}, {"method": "DELETE"}, 1, id="another-listed-method"),
        pytest.param({"headers": X_A}, {"headers": {"x-b": "1"}}, 1, id="another-listed-header"),
        pytest.param({"headers": X_A}, {"method": "PUT"}, 1, id="a-method-after-a-header"),
        pytest.param({"headers": X_A}, {"method": "POST", "headers": X_A}, 1, id="safelisted"),
        pytest.param({"method": "PUT"}, {"method": "PUT", "headers": X_A}, 1, id="method-header"),
    ],
)
def test_everything_that_the_server_lists_is_cached(first, second, preflights):
    assert put_twice(permissive(), first=first, second=second) == preflights


def test_a_requested_method_that_is_not_listed_is_not_cached():
    page = page_on(permissive())
    page.fetch(f"{API}/", method="PUT")
    assert blocked_at(page, method="PATCH") == steps.METHOD_STEP
    assert [exchange.method for exchange in page.log] == ["OPTIONS", "PUT", "OPTIONS"]


@pytest.mark.parametrize(
    ("first", "second", "preflights"),
    [
        pytest.param("omit", "omit", 1, id="neither"),
        pytest.param("include", "omit", 1, id="then-without"),
        pytest.param("omit", "include", 2, id="then-with"),
        pytest.param("include", "include", 1, id="both"),
    ],
)
def test_a_cached_preflight_without_credentials_does_not_cover_requests_with_credentials(
    first, second, preflights
):
    server = Server(THE_APP, CREDENTIALS, METHODS)
    first, second = ({"method": "PUT", "credentials": mode} for mode in (first, second))
    assert put_twice(server, first=first, second=second) == preflights


@pytest.mark.parametrize("url", [f"{API}/other", f"{API}/?query"])
def test_a_cached_preflight_is_for_a_single_url(url):
    server = permissive()
    page = page_on(server)
    page.fetch(f"{API}/", method="PUT")
    page.fetch(url, method="PUT")
    page.fetch(f"{API}/#fragment", method="PUT")
    assert server.methods == ["OPTIONS", "PUT", "OPTIONS", "PUT", "PUT"]


def test_a_cached_preflight_is_for_a_single_origin():
    server = permissive()
    browser = Browser(server)
    browser.page(APP).fetch(f"{API}/", method="PUT")
    browser.page(OTHER).fetch(f"{API}/", method="PUT")
    assert server.methods == ["OPTIONS", "PUT"] * 2


def test_a_cached_wildcard_covers_other_headers_but_not_authorization():
    server = Server(ANYBODY, "Access-Control-Allow-Headers: *, Authorization")
    headers = [X_A, {"X-C": "1"}, {"Authorization": "x"}]
    page = page_on(server)
    for each in headers:
        page.fetch(f"{API}/", headers=each)
    assert server.methods == ["OPTIONS", "GET", "GET", "GET"]
    server = Server(ANYBODY, ANY_NAME)
    page = page_on(server)
    page.fetch(f"{API}/", headers=X_A)
    assert blocked_at(page, headers={"Authorization": "x"}) == steps.AUTHORIZATION_STEP
    assert server.methods == ["OPTIONS", "GET", "OPTIONS"]


def test_a_forced_preflight_is_cached_with_its_method():
    server = Server(ANYBODY)
    page = page_on(server)
    for _ in range(2):
        page.xhr(f"{API}/", method="POST", upload_listener=True)
    assert server.methods == ["OPTIONS", "POST", "POST"]


def test_a_forced_preflight_needs_its_method_in_the_cache_even_if_safelisted():
    server = permissive()
    page = page_on(server)
    for _ in range(2):
        page.xhr(f"{API}/", method="POST", upload_listener=True)
    assert server.methods == ["OPTIONS", "POST"] * 2


def test_a_network_error_drops_the_cached_preflight():
    server = permissive()
    page = page_on(server)
    page.fetch(f"{API}/", method="PUT")
    server.answer = ("200 OK", (), b"")
    assert blocked_at(page, method="PUT") == steps.ORIGIN_STEP
    assert blocked_at(page, method="PUT") == steps.ORIGIN_STEP
    assert server.methods == ["OPTIONS", "PUT", "PUT", "OPTIONS", "PUT"]


def test_an_error_of_a_simple_request_drops_nothing():
    server = permissive()
    page = page_on(server)
    page.fetch(f"{API}/", method="PUT")
    server.answer = ("200 OK", (), b"")
    assert blocked_at(page) == steps.ORIGIN_STEP
    assert blocked_at(page, method="PUT") == steps.ORIGIN_STEP
    assert server.methods == ["OPTIONS", "PUT", "GET", "PUT"]


def test_a_failed_preflight_is_not_cached():
    server = Server(ANYBODY)
    page = page_on(server)
    for _ in range(2):
        assert blocked_at(page, method="PUT") == steps.METHOD_STEP
    assert server.methods == ["OPTIONS", "OPTIONS"]


def chain(*hops, lines=(ANYBODY,), status="302 Found", end=(ANYBODY,), **options):
    """Return a page and a function that fetches the first URL of a chain of redirects."""
    servers = {
        origin: Server(*end, preflight=[*end, METHODS, NAMES]) for origin in (APP, API, OTHER)
    }
    for number, hop in enumerate(hops[:-1]):
        location = f"Location: {hops[number + 1]}/{number + 1}"
        servers[hop].at(f"/{number}", status, *lines, location)
    page = Browser(servers).page(APP)
    return page, lambda: page.fetch(f"{hops[0]}/0", **options)


@pytest.mark.parametrize(
    ("hops", "origins"),
    [
        pytest.param([APP, APP], [None, None], id="a-a"),
        pytest.param([APP, API], [None, APP], id="a-b"),
        pytest.param([API, API], [APP, APP], id="b-b"),
        pytest.param([API, OTHER], [APP, "null"], id="b-c"),
        pytest.param([API, APP], [APP, "null"], id="b-a"),
        pytest.param([APP, API, API], [None, APP, APP], id="a-b-b"),
        pytest.param([APP, API, APP], [None, APP, "null"], id="a-b-a"),
        pytest.param([API, OTHER, OTHER], [APP, "null", "null"], id="b-c-c"),
        pytest.param([APP, APP, API], [None, None, APP], id="a-a-b"),
    ],
)
def test_a_redirect_of_another_origin_hides_the_origin_of_the_page(hops, origins):
    page, fetch = chain(*hops)
    response = fetch()
    assert [exchange.request_header("Origin") for exchange in page.log] == origins
    assert (response.url, response.redirected) == (f"{hops[-1]}/{len(hops) - 1}", True)
    assert response.type == ("basic" if set(hops) == {APP} else "cors")


@pytest.mark.parametrize(
    ("hops", "lines", "step"),
    [
        pytest.param([API, OTHER], [], steps.ORIGIN_STEP, id="cross-origin"),
        pytest.param([API, OTHER], [OPAQUE], steps.MATCH_STEP, id="other-origin"),
        pytest.param([APP, API], [], None, id="from-the-own-origin"),
    ],
)
def test_a_redirect_response_has_to_pass_the_cors_check(hops, lines, step):
    page, fetch = chain(*hops, lines=lines)
    if step is None:
        assert fetch().ok
        return
    with pytest.raises(CORSBlocked) as caught:
        fetch()
    assert caught.value.step == step
    assert len(page.log) == 1


def test_a_tainted_request_is_not_allowed_by_the_origin_of_the_page():
    _, fetch = chain(API, OTHER, end=[THE_APP])
    with pytest.raises(CORSBlocked) as caught:
        fetch()
    assert caught.value.step == steps.MATCH_STEP


@pytest.mark.parametrize("back", [APP, OTHER])
def test_a_tainted_request_is_allowed_as_null(back):
    _, fetch = chain(API, back, end=[OPAQUE])
    assert fetch().ok


def test_a_browser_follows_at_most_twenty_redirects():
    page, fetch = chain(*[API] * 21)
    assert fetch().ok
    assert len(page.log) == 21
    page, fetch = chain(*[API] * 22)
    with pytest.raises(NetworkError, match="redirects more than 20 times") as caught:
        fetch()
    assert not isinstance(caught.value, CORSBlocked)
    assert len(page.log) == 21


@pytest.mark.parametrize("location", ["data:,x", "https://a:b/"])
def test_a_redirect_that_cannot_be_followed_is_a_network_error(location):
    with pytest.raises(NetworkError, match=f"^{API}/ redirects to "):
        page_on(Server(ANYBODY, f"Location: {location}", status="302 Found")).fetch(f"{API}/")


def test_a_redirect_without_location_is_a_response():
    response = page_on(Server(ANYBODY, status="302 Found")).fetch(f"{API}/")
    assert (response.status, response.text, response.redirected) == (302, "hello", False)


@pytest.mark.parametrize("status", ["300 Choices", "304 Not Modified", "305 Proxy", "201 Created"])
def test_other_statuses_do_not_redirect(status):
    server = Server(ANYBODY, "Location: /next", status=status)
    assert not page_on(server).fetch(f"{API}/").redirected


@pytest.mark.parametrize(
    ("hops", "location", "blocked"),
    [
        pytest.param([APP], "https://u:p@api.example/", True, id="to-another-origin"),
        pytest.param([API], "https://u:p@api.example/", True, id="within-another-origin"),
        pytest.param([API], "https://u:p@app.example/", True, id="back-to-the-page"),
        pytest.param([APP], "https://u:p@app.example/", False, id="within-the-own-origin"),
        pytest.param([API], "https://@api.example/end", False, id="empty"),
    ],
)
def test_a_redirect_with_a_user_name_or_password_is_blocked(hops, location, blocked):
    servers = {origin: Server(ANYBODY) for origin in (APP, API)}
    servers[hops[0]].at("/0", "302 Found", ANYBODY, f"Location: {location}")
    page = page_on(servers)
    if blocked:
        assert blocked_at(page, f"{hops[0]}/0").startswith("HTTP-redirect fetch")
    else:
        assert page.fetch(f"{hops[0]}/0").redirected


@pytest.mark.parametrize(
    ("status", "methods", "body"),
    [
        pytest.param("301 Moved", ["POST", "GET"], b"", id="301"),
        pytest.param("302 Found", ["POST", "GET"], b"", id="302"),
        pytest.param("303 See", ["POST", "GET"], b"", id="303"),
        pytest.param("307 Temporary", ["POST", "POST"], b"x", id="307"),
        pytest.param("308 Permanent", ["POST", "POST"], b"x", id="308"),
    ],
)
def test_a_redirected_post_becomes_a_get_if_the_status_demands_it(status, methods, body):
    server = Server(ANYBODY).at("/0", status, ANYBODY, "Location: /1")
    page_on(server).fetch(f"{API}/0", method="POST", body="x")
    assert server.methods == methods
    assert server.asked[1]["body"] == body
    assert server.received("Content-Type")[1] == ("text/plain;charset=UTF-8" if body else None)


def test_a_put_that_becomes_a_get_needs_no_second_preflight():
    server = permissive().at("/0", "303 See", ANYBODY, "Location: /1")
    headers = {"Content-Type": "text/plain"}
    page_on(server).fetch(f"{API}/0", method="PUT", body="x", headers=headers)
    assert server.methods == ["OPTIONS", "PUT", "GET"]


def test_authorization_is_not_sent_to_another_origin_after_a_redirect():
    lines = [ANYBODY, "Access-Control-Allow-Headers: Authorization"]
    api = Server(*lines).at("/0", "302 Found", ANYBODY, "Location: /1")
    api.at("/1", "302 Found", ANYBODY, f"Location: {OTHER}/")
    other = Server(ANYBODY)
    page_on({API: api, OTHER: other}).fetch(f"{API}/0", headers={"Authorization": "x"})
    assert api.received("Authorization") == [None, "x", None, "x"]
    assert (other.methods, other.received("Authorization")) == (["GET"], [None])


@pytest.mark.parametrize(
    ("hops", "kinds"),
    [
        pytest.param([APP, API], ["request", "preflight", "request"], id="a-b"),
        pytest.param([API, API], ["preflight", "request"] * 2, id="b-b"),
        pytest.param([API, OTHER], ["preflight", "request"] * 2, id="b-c"),
        pytest.param([APP, APP], ["request"] * 2, id="a-a"),
    ],
)
def test_every_hop_under_cors_needs_its_own_preflight(hops, kinds):
    page, fetch = chain(*hops, method="PUT", headers=X_A)
    assert fetch().ok
    assert [exchange.kind for exchange in page.log] == kinds


def test_a_preflight_of_a_later_hop_may_fail():
    api = permissive().at("/0", "307 Temporary", ANYBODY, f"Location: {OTHER}/")
    other = Server(ANYBODY)
    step = blocked_at(page_on({API: api, OTHER: other}), f"{API}/0", method="PUT")
    assert step == steps.METHOD_STEP
    assert (api.methods, other.methods) == (["OPTIONS", "PUT"], ["OPTIONS"])


def test_a_preflight_of_a_tainted_request_sends_null():
    page, fetch = chain(API, OTHER, method="PUT", end=[ANYBODY])
    fetch()
    assert [exchange.request_header("Origin") for exchange in page.log] == [
        APP,
        APP,
        "null",
        "null",
    ]


def test_a_request_can_reject_redirects():
    page, fetch = chain(API, API, redirect="error")
    with pytest.raises(
        NetworkError, match="redirects, but the request has redirect='error'"
    ) as caught:
        fetch()
    assert not isinstance(caught.value, CORSBlocked)
    assert len(page.log) == 1


@pytest.mark.parametrize("hops", [[APP, API], [API, OTHER]])
def test_a_redirect_that_is_not_followed_is_opaque(hops):
    page, fetch = chain(*hops, redirect="manual")
    response = fetch()
    assert (response.type, response.status, response.body) == ("opaqueredirect", 0, b"")
    assert (dict(response.headers), len(page.log)) == ({}, 1)


@pytest.mark.parametrize("redirect", ["manual", "error"])
def test_a_redirect_that_is_not_followed_has_to_pass_the_cors_check(redirect):
    _, fetch = chain(API, API, lines=[], redirect=redirect)
    with pytest.raises(CORSBlocked) as caught:
        fetch()
    assert caught.value.step == steps.ORIGIN_STEP


@pytest.mark.parametrize(
    ("hops", "kind"),
    [
        pytest.param([APP, APP], "basic", id="a-a"),
        pytest.param([APP, API], "opaque", id="a-b"),
        pytest.param([API, API], "opaque", id="b-b"),
        pytest.param([APP, API, APP], "opaque", id="a-b-a"),
    ],
)
def test_redirects_of_mode_no_cors_need_no_permission(hops, kind):
    _, fetch = chain(*hops, lines=[], end=[], mode="no-cors")
    assert fetch().type == kind


def cookie_page(*, at=API, credentials=True, origin=APP):
    lines = [THE_APP, CREDENTIALS] if credentials else [THE_APP]
    server = Server(*lines, METHODS, COOKIE)
    return server, page_on({at: server}, origin=origin)


@pytest.mark.parametrize(
    ("at", "credentials", "cookies"),
    [
        pytest.param(API, "omit", [None, None], id="omit"),
        pytest.param(API, "same-origin", [None, None], id="same-origin"),
        pytest.param(API, "include", [None, "a=1"], id="include"),
        pytest.param(APP, "omit", [None, None], id="own-origin-omit"),
        pytest.param(APP, "same-origin", [None, "a=1"], id="own-origin-same-origin"),
        pytest.param(APP, "include", [None, "a=1"], id="own-origin-include"),
    ],
)
def test_the_credentials_mode_decides_whether_cookies_are_stored_and_sent(at, credentials, cookies):
    server, page = cookie_page(at=at)
    for _ in range(2):
        page.fetch(f"{at}/", credentials=credentials)
    assert server.received("Cookie") == cookies


@pytest.mark.parametrize("credentials", ["omit", "same-origin"])
def test_cookies_are_not_sent_without_credentials(credentials):
    server, page = cookie_page()
    page.fetch(f"{API}/", credentials="include")
    page.fetch(f"{API}/", credentials=credentials)
    assert server.received("Cookie") == [None, None]


def test_cookies_are_shared_by_the_pages_of_a_browser():
    server = Server(THE_APP, CREDENTIALS, COOKIE)
    browser = Browser(server)
    for _ in range(2):
        browser.page(APP).fetch(f"{API}/", credentials="include")
    assert server.received("Cookie") == [None, "a=1"]
    assert [cookie.name for cookie in browser.cookies] == ["a"]


def test_a_preflight_never_carries_credentials():
    server, page = cookie_page()
    server.preflight = (*server.preflight[:1], [*server.preflight[1], AUTHORIZED], b"")
    page.fetch(f"{API}/", credentials="include")
    page.fetch(f"{API}/", method="PUT", credentials="include", headers={"Authorization": "x"})
    assert server.methods == ["GET", "OPTIONS", "PUT"]
    assert server.received("Cookie") == [None, None, "a=1"]
    assert server.received("Authorization") == [None, None, "x"]


def test_a_blocked_response_still_sets_its_cookies():
    server, page = cookie_page(credentials=False)
    for _ in range(2):
        assert blocked_at(page, credentials="include") == steps.CREDENTIALS_STEP
    assert server.received("Cookie") == [None, "a=1"]


def test_javascript_cannot_set_the_cookie_header():
    server, page = cookie_page()
    page.fetch(f"{API}/", headers={"Cookie": "b=2"}, credentials="include")
    assert server.received("Cookie") == [None]


@pytest.mark.parametrize(
    ("page", "server", "sent"),
    [
        pytest.param("http://localhost:1", "http://localhost:2", "a=1", id="same-site"),
        pytest.param("http://localhost:1", "http://127.0.0.1:1", None, id="cross-site"),
    ],
)
@pytest.mark.parametrize("same_site", ["", "; SameSite=Lax", "; SameSite=Strict"])
def test_a_cookie_of_one_site_is_not_sent_from_another(page, server, sent, same_site):
    app = Server(
        f"Access-Control-Allow-Origin: {page}", CREDENTIALS, f"Set-Cookie: a=1; Path=/{same_site}"
    )
    browser = Browser({server: app})
    browser.page(server).fetch("/")
    browser.page(page).fetch(f"{server}/", credentials="include")
    assert app.received("Cookie") == [None, sent]


@pytest.mark.parametrize("same_site", ["", "; SameSite=Lax", "; SameSite=Strict"])
def test_a_cookie_that_was_set_from_another_site_is_not_stored(same_site):
    server = Server(THE_APP, CREDENTIALS, f"Set-Cookie: sid=1{same_site}; Secure")
    browser = Browser(server, at=API)
    browser.page(APP).fetch(f"{API}/login", credentials="include")
    browser.page(API).fetch(f"{API}/me")
    assert server.received("Cookie") == [None, None]
    assert [cookie.name for cookie in browser.cookies] == ["sid"]  # from the page of the API


@pytest.mark.parametrize(
    ("profile", "sent"),
    [
        ("fetch", [None, "a=1", "a=1", "a=1", "a=1"]),
        ("chromium", [None, "a=1", "a=1", "a=1", "a=1"]),
        ("firefox", [None, None, "a=1", None, "a=1"]),
        ("webkit", [None, None, None, "a=1", "a=1"]),
    ],
)
def test_an_engine_sends_shares_or_blocks_third_party_cookies(profile, sent):
    server = Server(THE_APP, CREDENTIALS, COOKIE)
    browser = Browser({API: server}, profile=profile)
    pages = [
        browser.page(API),
        browser.page(APP),
        browser.page("https://sub.app.example", top_level=APP),
        browser.page(APP, top_level=API),
        browser.page(API),
    ]
    for page in pages:
        with suppress(CORSBlocked):  # which does not keep cookies from being stored and sent
            page.fetch(f"{API}/", credentials="include")
    assert server.received("Cookie") == sent


def test_a_frame_in_a_page_of_another_site_sends_only_cookies_for_every_site():
    server = Server(
        "Set-Cookie: strict=1; SameSite=Strict", "Set-Cookie: any=1; SameSite=None; Secure"
    )
    browser = Browser(server, at=API)
    browser.page(API).fetch("/")
    browser.page(API, top_level=API).fetch("/")
    browser.page(API, top_level=APP).fetch("/")
    assert server.received("Cookie") == [None, "strict=1; any=1", "any=1"]


@pytest.mark.parametrize(
    ("top_level", "preflights"),
    [
        pytest.param(None, 1, id="not-in-a-frame"),
        pytest.param("https://sub.app.example", 1, id="same-site"),
        pytest.param(OTHER, 2, id="other-site"),
        pytest.param("null", 2, id="opaque"),
    ],
)
def test_a_frame_shares_cached_preflights_within_its_top_level_site(top_level, preflights):
    server = Server(THE_APP, METHODS)
    browser = Browser(server, at=API)
    for page in browser.page(APP), browser.page(APP, top_level=top_level):
        page.fetch(f"{API}/", method="PUT")
    assert server.methods.count("OPTIONS") == preflights


def test_the_origin_of_a_top_level_page_has_to_be_an_origin():
    with pytest.raises(ValueError, match=r"'https://app\.example/' is not an origin"):
        Browser(Server(), at=API).page(APP, top_level="https://app.example/")


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [
        pytest.param("POST", None, "0", id="post"),
        pytest.param("PUT", None, "0", id="put"),
        pytest.param("PUT", "", "0", id="put-empty"),
        pytest.param("PUT", "x=1", "3", id="put-body"),
        pytest.param("DELETE", None, None, id="delete"),
        pytest.param("PATCH", None, None, id="patch"),
        pytest.param("GET", None, None, id="get"),
    ],
)
def test_post_and_put_without_a_body_have_a_length(method, body, length):
    server = Server(THE_APP, "Access-Control-Allow-Methods: *")
    page_on(server).fetch(f"{API}/", method=method, body=body)
    assert server.asked[-1].get("CONTENT_LENGTH") == length
    preflight = server.asked[0] if len(server.asked) > 1 else {}
    assert "CONTENT_LENGTH" not in preflight


def test_a_live_server_receives_the_length_of_no_body():
    server = Server(ANYBODY)
    with serving(server) as origin:
        Browser(None, at=origin).page(APP).fetch(f"{origin}/", method="POST")
    assert server.asked[0]["CONTENT_LENGTH"] == "0"


@pytest.mark.parametrize(("status", "length"), [("307 Again", "0"), ("303 Elsewhere", None)])
def test_a_redirected_request_without_a_body_has_the_length_of_its_method(status, length):
    server = Server(THE_APP).at("/first", status, THE_APP, "Location: /second")
    page_on(server).fetch(f"{API}/first", method="POST")
    assert server.asked[1].get("CONTENT_LENGTH") == length


def test_credentials_need_permission_even_without_cookies():
    server = Server(THE_APP)
    assert blocked_at(page_on(server), credentials="include") == steps.CREDENTIALS_STEP
    assert server.received("Cookie") == [None]


def test_a_redirect_back_to_the_page_sends_no_cookies():
    app = Server(ANYBODY, COOKIE)
    api = Server(ANYBODY, f"Location: {APP}/end", status="302 Found")
    page = page_on({APP: app, API: api})
    page.fetch("/")
    page.fetch(f"{API}/")
    assert app.received("Cookie") == [None, None]


def test_a_redirect_back_to_the_page_sends_no_cookies_in_mode_no_cors():
    app = Server(COOKIE)
    api = Server(f"Location: {APP}/end", status="302 Found")
    page = page_on({APP: app, API: api})
    page.fetch("/")
    page.fetch(f"{API}/", mode="no-cors")
    assert app.received("Cookie") == [None, None]


def outcome(profile, server, **options):
    page = page_on(server, profile)
    try:
        page.fetch(f"{API}/", **options)
    except CORSBlocked as error:
        return error.step
    return server.methods


def test_in_chromium_the_wildcard_covers_authorization():
    options = {"headers": {"Authorization": "x"}}
    assert outcome("fetch", Server(ANYBODY, ANY_NAME), **options) == steps.AUTHORIZATION_STEP
    assert outcome("chromium", Server(ANYBODY, ANY_NAME), **options) == ["OPTIONS", "GET"]


@pytest.mark.parametrize(
    ("profile", "step"),
    [("fetch", steps.AUTHORIZATION_STEP), ("chromium", steps.HEADERS_STEP)],
)
def test_the_wildcard_does_not_cover_authorization_with_credentials(profile, step):
    server = Server(THE_APP, CREDENTIALS, ANY_NAME)
    options = {"headers": {"Authorization": "x"}, "credentials": "include"}
    assert outcome(profile, server, **options) == step


def test_in_chromium_a_cached_wildcard_does_not_cover_authorization():
    server = Server(ANYBODY, ANY_NAME)
    headers = {"headers": X_A}, {"headers": {"Authorization": "x"}}
    assert put_twice(server, profile="chromium", first=headers[0], second=headers[1]) == 2


HINTS = {
    "DPR": "2",
    "Save-Data": "on",
    "Viewport-Width": "320",
    "Width": "640",
    "Device-Memory": "0.5",
    "Downlink": "1.7",
    "RTT": "50",
    "ECT": "4g",
}


@pytest.mark.parametrize(("name", "value"), HINTS.items(), ids=HINTS)
def test_in_chromium_client_hints_need_no_preflight(name, value):
    server = Server(ANYBODY)
    assert outcome("chromium", server, headers={name: value}) == ["GET"]
    assert server.received(name) == [value]
    assert outcome("chromium", Server(ANYBODY), headers={name: "?"}) == steps.HEADERS_STEP
    assert outcome("fetch", Server(ANYBODY), headers={name: value}) == steps.HEADERS_STEP


def test_in_chromium_many_long_client_hints_need_a_preflight():
    long = ["DPR", "Viewport-Width", "Width", "Device-Memory", "Downlink", "RTT"]
    headers = dict.fromkeys([*long, "Accept", "Accept-Language"], "1" * 128)
    assert outcome("chromium", Server(ANYBODY), headers=headers) == ["GET"]
    headers["ECT"] = "4g"
    server = Server(ANYBODY, ANY_NAME)
    assert outcome("chromium", server, headers=headers) == ["OPTIONS", "GET"]
    assert server.received("Access-Control-Request-Headers")[0] == ",".join(
        sorted(name.lower() for name in headers)
    )


@pytest.mark.parametrize(
    ("profile", "received"),
    [pytest.param("chromium", (None, "on"), id="chromium"), pytest.param("fetch", ("2", "on"))],
)
def test_in_chromium_a_redirect_away_from_the_page_drops_client_hints(profile, received):
    api = Server(ANYBODY, ANY_NAME).at("/0", "302 Found", ANYBODY, f"Location: {OTHER}/")
    other = Server(ANYBODY, ANY_NAME)
    headers = {"DPR": "2", "Save-Data": "on"}
    page_on({API: api, OTHER: other}, profile).fetch(f"{API}/0", headers=headers)
    assert (other.received("DPR")[-1], other.received("Save-Data")[-1]) == received


@pytest.mark.parametrize(
    ("profile", "redirect", "kind"),
    [
        pytest.param("chromium", "error", "cors", id="chromium-error"),
        pytest.param("chromium", "manual", "opaqueredirect", id="chromium-manual"),
        pytest.param("chromium", "follow", "cors", id="chromium-follow"),
        pytest.param("fetch", "error", None, id="fetch-error"),
        pytest.param("fetch", "manual", "opaqueredirect", id="fetch-manual"),
        pytest.param("fetch", "follow", "cors", id="fetch-follow"),
    ],
)
def test_in_chromium_a_redirect_needs_a_location(profile, redirect, kind):
    page = page_on(Server(ANYBODY, status="302 Found"), profile)
    try:
        response = page.fetch(f"{API}/", redirect=redirect)
    except NetworkError:
        assert kind is None
    else:
        assert response.type == kind


@pytest.mark.parametrize(
    ("profile", "origin"),
    [pytest.param("chromium", "null", id="chromium"), pytest.param("fetch", APP, id="fetch")],
)
def test_in_chromium_a_redirect_of_mode_no_cors_hides_the_origin(profile, origin):
    app = Server().at("/0", "307 Temporary", f"Location: {API}/1")
    api = Server()
    page = page_on({APP: app, API: api}, profile)
    page.fetch("/0", method="POST", body="x", mode="no-cors")
    assert (app.received("Origin"), api.received("Origin")) == ([APP], [origin])


@pytest.mark.parametrize(
    ("profile", "body", "methods"),
    [
        pytest.param("chromium", None, ["POST"], id="chromium-without-body"),
        pytest.param("chromium", "x", ["OPTIONS", "POST"], id="chromium-with-body"),
        pytest.param("fetch", None, ["OPTIONS", "POST"], id="fetch-without-body"),
    ],
)
def test_in_chromium_an_upload_listener_needs_a_body(profile, body, methods):
    server = Server(ANYBODY)
    page_on(server, profile).xhr(f"{API}/", method="POST", body=body, upload_listener=True)
    assert server.methods == methods


def test_in_chromium_an_upload_listener_does_not_imply_the_method():
    upload = {"method": "PUT", "body": "x", "upload_listener": True}
    server = Server(ANYBODY)
    assert page_on(server).xhr(f"{API}/", **upload).ok
    assert server.methods == ["OPTIONS", "PUT"]
    with pytest.raises(CORSBlocked) as caught:
        page_on(server, "chromium").xhr(f"{API}/", **upload)
    assert caught.value.step == steps.METHOD_STEP


def preflights_of(profile, server, *calls, origin=APP):
    page = page_on(server, profile, origin)
    for call in calls:
        page.fetch(**{"url": f"{API}/", "method": "PUT", **call})
    return server.methods.count("OPTIONS")


@pytest.mark.parametrize(
    ("calls", "fetch", "chromium"),
    [
        pytest.param([{}, {"method": "DELETE"}, {}], 1, 1, id="all-that-is-listed"),
        pytest.param([{"url": f"{API}/#a"}, {"url": f"{API}/#b"}], 1, 2, id="fragments"),
        pytest.param(
            [{"credentials": "include"}, {}, {"credentials": "include"}], 1, 1, id="credentials"
        ),
        pytest.param([{}, {"credentials": "include"}, {}], 2, 2, id="then-credentials"),
    ],
)
def test_in_chromium_the_last_preflight_of_a_url_is_cached(calls, fetch, chromium):
    lines = THE_APP, CREDENTIALS, METHODS, NAMES
    assert preflights_of("fetch", Server(*lines), *calls) == fetch
    assert preflights_of("chromium", Server(*lines), *calls) == chromium


@pytest.mark.parametrize(
    ("profile", "preflights"), [pytest.param("fetch", 2), pytest.param("chromium", 3)]
)
def test_in_chromium_the_last_preflight_replaces_earlier_ones(profile, preflights):
    server = Server(ANYBODY)

    def listing(*lines):
        server.preflight = ("200 OK", [ANYBODY, *lines], b"")

    page = page_on(server, profile)
    listing(METHODS)
    page.fetch(f"{API}/", method="PUT")
    listing(NAMES)
    page.fetch(f"{API}/", headers=X_A)
    listing(METHODS)
    page.fetch(f"{API}/", method="PUT")
    assert server.methods.count("OPTIONS") == preflights


@pytest.mark.parametrize("profile", ["fetch", "chromium"])
def test_a_request_that_is_not_covered_and_fails_drops_the_cached_preflight(profile):
    server = permissive()
    page = page_on(server, profile)
    page.fetch(f"{API}/", method="PUT")
    blocked_at(page, method="PATCH")
    page.fetch(f"{API}/", method="PUT")
    assert server.methods == ["OPTIONS", "PUT", "OPTIONS", "OPTIONS", "PUT"]


@pytest.mark.parametrize(
    ("profile", "methods"),
    [
        pytest.param("fetch", ["OPTIONS", "PUT", "PUT", "OPTIONS", "PUT"], id="fetch"),
        pytest.param("chromium", ["OPTIONS", "PUT", "PUT", "PUT"], id="chromium"),
    ],
)
def test_in_chromium_a_network_error_does_not_drop_the_cached_preflight(profile, methods):
    server = permissive()
    page = page_on(server, profile)
    page.fetch(f"{API}/", method="PUT")
    server.answer = ("200 OK", (), b"")
    for _ in range(2):
        assert blocked_at(page, method="PUT") == steps.ORIGIN_STEP
    assert server.methods == methods


@pytest.mark.parametrize(("profile", "preflights"), [("fetch", 1), ("chromium", 2)])
def test_in_chromium_preflights_of_opaque_pages_are_not_cached(profile, preflights):
    assert preflights_of(profile, permissive(), {}, {}, origin="null") == preflights


@pytest.mark.parametrize(("profile", "preflights"), [("fetch", 1), ("chromium", 2)])
@pytest.mark.parametrize(
    "name",
    ["If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since"],
)
def test_in_chromium_conditional_requests_always_need_a_preflight(name, profile, preflights):
    conditional = {"headers": {name: "x"}}
    server = Server(ANYBODY, METHODS, f"Access-Control-Allow-Headers: {name}")
    assert preflights_of(profile, server, conditional, conditional) == preflights


def test_in_chromium_a_user_agent_set_by_javascript_is_dropped():
    server, options = Server(ANYBODY, ANY_NAME), {"headers": {"User-Agent": "mine"}}
    assert outcome("chromium", server, **options) == ["GET"]
    assert server.received("User-Agent") == ["wsgicors.testing/chromium"]
    server = Server(ANYBODY, ANY_NAME)
    assert outcome("fetch", server, **options) == ["OPTIONS", "GET"]
    assert server.received("Access-Control-Request-Headers") == ["user-agent", None]
    assert server.received("User-Agent") == ["wsgicors.testing/fetch", "mine"]


def test_in_chromium_a_range_beyond_63_bits_needs_a_preflight():
    options = {"headers": {"Range": "bytes=0-9223372036854775807"}}
    assert outcome("chromium", Server(ANYBODY), **options) == steps.HEADERS_STEP
    assert outcome("fetch", Server(ANYBODY), **options) == ["GET"]


@pytest.mark.parametrize("mode", ["cors", "same-origin", "no-cors"])
def test_in_chromium_every_redirect_with_a_user_name_and_password_is_blocked(mode):
    for profile, blocked in (("chromium", True), ("fetch", False)):
        server = Server().at("/0", "302 Found", "Location: https://u:p@app.example/1")
        page = Browser(server, at=APP, profile=profile).page(APP)
        if blocked:
            assert blocked_at(page, "/0", mode=mode).startswith("HTTP-redirect fetch")
        else:
            assert page.fetch("/0", mode=mode).url == "https://u:p@app.example/1"


def test_dot_segments_and_white_space_are_not_sent():
    server = Server(ANYBODY)
    page = Browser(server).page(APP)
    assert (
        page.fetch(" https://api.example/a/../b/./c?d=../e ").url
        == "https://api.example/b/c?d=../e"
    )


def test_a_browser_accepts_the_origin_of_a_live_server_alone():
    server = Server(ANYBODY)
    with serving(server) as origin:
        assert Browser(origin).page(APP).fetch(f"{origin}/").ok


def test_in_chromium_the_first_url_decides_about_cookies_of_mode_no_cors():
    for profile, back in (("fetch", None), ("chromium", "a=1")):
        server = Server().at("/0", "302 Found", "Set-Cookie: a=1", "Location: https://b.example/1")
        server.at("/1", "302 Found", f"Location: {APP}/2")
        browser = Browser({APP: server, "https://b.example": server}, profile=profile)
        browser.page(APP).fetch("/0", mode="no-cors")
        assert server.received("Cookie") == [None, None, back]


def test_in_chromium_xhr_accepts_a_redirect_with_a_user_name_and_password():
    server = Server().at("/0", "302 Found", "Location: https://u:p@app.example/1")
    page = Browser(server, at=APP, profile="chromium").page(APP)
    assert page.xhr("/0").url == "https://u:p@app.example/1"


def test_in_chromium_a_negative_max_age_caches_nothing():
    line = "Access-Control-Max-Age: -1"
    assert put_twice(permissive(line), profile="chromium") == 2
    assert put_twice(permissive(line), profile="fetch") == 1


def test_in_chromium_a_preflight_is_cached_for_at_most_two_hours():
    line = "Access-Control-Max-Age: 86400"
    assert put_twice(permissive(line), profile="chromium", seconds=7_199) == 1
    assert put_twice(permissive(line), profile="chromium", seconds=7_200) == 2
    assert put_twice(permissive(line), profile="fetch", seconds=7_200) == 1
