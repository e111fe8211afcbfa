"""What is said of cookies: those that the browser keeps, drops, sends and does not send."""

import json

import pytest
from click.testing import CliRunner

from tests.unit.testing.servers import API, APP, CREDENTIALS, OTHER, THE_APP, Server
from wsgicors.cli.main import main
from wsgicors.explaining import CannotAsk, explain, explain_all
from wsgicors.explaining.cookies import DROPPED, MOST_SET, WITHHELD
from wsgicors.testing import cookies

ITEMS = f"{API}/items"
PUT = "Access-Control-Allow-Methods: PUT"
SITE, SIBLING = "https://api.shop.example", "https://app.shop.example"
ANYONE = ["Access-Control-Allow-Origin: {}", CREDENTIALS]

IN_FLASK = "(in Flask: SESSION_COOKIE_SAMESITE='None' and SESSION_COOKIE_SECURE=True)"


def explained(server, method="GET", url=ITEMS, **options):
    options = {"origin": APP, "credentials": "include", **options}
    return explain(method, url, servers=server, **options)


def server_of(origin, *lines, **options):
    return Server(f"Access-Control-Allow-Origin: {origin}", CREDENTIALS, *lines, **options)


def notes(*lines, origin=APP, **options):
    server = server_of(origin, *(f"Set-Cookie: {line}" for line in lines))
    return about_cookies(explained(server, origin=origin, **options))


def about_cookies(explanation):
    return [note for note in explanation.notes if "cookie" in note]


@pytest.mark.parametrize(
    ("line", "options", "note"),
    [
        pytest.param(
            "session=1; SameSite=Lax",
            {},
            "The browser drops the cookie 'session', because it is SameSite=Lax and the page is "
            f"of another site; send it with SameSite=None; Secure {IN_FLASK}.",
            id="lax",
        ),
        pytest.param(
            "sid=1; SameSite=Strict; Secure",
            {},
            "The browser drops the cookie 'sid', because it is SameSite=Strict and the page is of "
            "another site; send it with SameSite=None; Secure.",
            id="strict",
        ),
        pytest.param(
            "sessionid=1",
            {},
            "The browser drops the cookie 'sessionid', because it has no SameSite (which counts "
            "as Lax) and the page is of another site; send it with SameSite=None; Secure "
            "(in Django: SESSION_COOKIE_SAMESITE='None' and SESSION_COOKIE_SECURE=True).",
            id="unset",
        ),
        pytest.param(
            "sid=1",
            {"profile": "firefox"},
            "The browser keeps the cookie 'sid', and sends it only with requests that include "
            "credentials. Pages of other sites do not share it.",
            id="unset-in-firefox",
        ),
        pytest.param(
            "sid=1; SameSite=None; Secure",
            {"profile": "webkit"},
            "The browser drops the cookie 'sid', because the browser blocks third-party cookies "
            "and the page is of another site; serve the page and the API from one site, or use "
            "tokens instead of cookies.",
            id="webkit",
        ),
        pytest.param(
            "sid=1; SameSite=None; Secure",
            {},
            "The browser keeps the cookie 'sid', and sends it only with requests that include "
            "credentials. It is a third-party cookie, which other browsers, such as Safari, block.",
            id="kept",
        ),
        pytest.param(
            "session=1",
            {"url": f"{SITE}/", "origin": SIBLING},
            "The browser keeps the cookie 'session', and sends it only with requests that include "
            "credentials.",
            id="same-site",
        ),
        pytest.param(
            "session=1",
            {"origin": API, "credentials": "same-origin"},
            "The browser keeps the cookie 'session'.",
            id="same-origin",
        ),
        pytest.param(
            "session=; Max-Age=0",
            {"origin": API},
            "The browser removes the cookie 'session'.",
            id="removed",
        ),
        pytest.param(
            "session=1",
            {"origin": API, "credentials": "omit"},
            "The browser drops the cookie 'session', because the request does not include "
            "credentials; if the page needs it, use credentials: 'include'.",
            id="omitted",
        ),
        pytest.param(
            "a=1",
            {"url": f"{SITE}/", "origin": SIBLING, "credentials": "same-origin", "xhr": True},
            "The browser drops the cookie 'a', because the request does not include credentials; "
            "if the page needs it, use withCredentials.",
            id="xhr",
        ),
        pytest.param(
            "a=1; SameSite=Lax",
            {"credentials": "same-origin"},
            "The browser drops the cookie 'a', because the request does not include credentials, "
            "and because it is SameSite=Lax and the page is of another site; if the page needs it, "
            "use credentials: 'include', and send it with SameSite=None; Secure.",
            id="two-reasons",
        ),
        pytest.param(
            "a=1; SameSite=None",
            {},
            "The browser drops the cookie 'a', because it is SameSite=None without Secure; send it "
            "with SameSite=None; Secure.",
            id="none",
        ),
        pytest.param(
            "session=1; SameSite=None",
            {"url": "http://127.0.0.1:5001/", "origin": "http://localhost:8000"},
            "The browser drops the cookie 'session', because it is SameSite=None without Secure; "
            f"send it with SameSite=None; Secure {IN_FLASK}.",
            id="none-on-loopback",
        ),
        pytest.param(
            "session=1; SameSite=None",
            {"url": f"{SITE}/", "origin": SIBLING},
            "The browser drops the cookie 'session', because it is SameSite=None without Secure; "
            "add Secure, or leave out SameSite=None.",
            id="none-in-one-site",
        ),
        pytest.param(
            "session=1",
            {"url": "http://api.example/", "origin": "http://app.example"},
            "The browser drops the cookie 'session', because it has no SameSite (which counts as "
            "Lax) and the page is of another site; send it over https with SameSite=None; Secure "
            f"{IN_FLASK}.",
            id="http",
        ),
        pytest.param(
            "a=1",
            {"origin": "http://api.example"},
            "The browser drops the cookie 'a', because it has no SameSite (which counts as Lax) "
            "and the page is of another site (a site has one scheme); send it with "
            "SameSite=None; Secure.",
            id="other-scheme",
        ),
        pytest.param(
            "session=1",
            {"url": "http://127.0.0.1:5001/", "origin": "http://localhost:8000"},
            "The browser drops the cookie 'session', because it has no SameSite (which counts as "
            "Lax) and the page is of another site; open the page and the API under one host name, "
            "such as localhost.",
            id="loopback",
        ),
        pytest.param(
            "a=1",
            {"origin": "null"},
            "The browser drops the cookie 'a', because it has no SameSite (which counts as Lax) "
            "and the page is of another site; send it with SameSite=None; Secure.",
            id="opaque",
        ),
        pytest.param(
            "a=1; Secure",
            {"url": "http://api.example/", "origin": "http://app.api.example"},
            "The browser drops the cookie 'a', because it is Secure and the URL is not https; use "
            "https.",
            id="secure-over-http",
        ),
        pytest.param(
            "a=1; Domain=shop.example",
            {"origin": API},
            "The browser drops the cookie 'a', because its Domain 'shop.example' is neither the "
            "host api.example nor a domain above it; leave out Domain, or use a domain of the "
            "host.",
            id="domain",
        ),
        pytest.param(
            "s3cret",
            {"origin": API},
            "The browser keeps a cookie without a name.",
            id="nameless",
        ),
    ],
)
def test_what_becomes_of_a_cookie_is_said_by_its_name(line, options, note):
    assert notes(line, **options) == [note]


def test_every_reason_has_a_sentence():
    reasons = {
        value
        for name, value in vars(cookies).items()
        if name.isupper() and name[0] != "_" and isinstance(value, str)
    }
    assert DROPPED.keys() == reasons
    assert WITHHELD.keys() < reasons


def test_each_cookie_has_a_note_and_no_note_has_a_value():
    said = notes("a=s3cret; SameSite=None; Secure", "b=s3cret", "a=\x01")
    assert len(said) == 3
    assert [" keeps " in said[0], " drops " in said[1], " drops " in said[2]] == [True] * 3
    assert "s3cret" not in "".join(said)


def test_a_server_that_sets_many_cookies_gets_a_bounded_number_of_notes():
    lines = [f"Set-Cookie: a{number}=1" for number in range(MOST_SET + 1234)]
    notes = about_cookies(explained(Server(THE_APP, *lines)))
    assert len(notes) == MOST_SET + 1
    assert notes[-1] == "The responses set 1,234 more cookies."
    assert len(about_cookies(explained(Server(THE_APP, *lines[:MOST_SET])))) == MOST_SET


def test_a_redirect_of_another_site_makes_the_request_one_of_another_site():
    servers = {
        OTHER: server_of(SIBLING, f"Location: {SITE}/", status="307 Temporary Redirect"),
        SITE: server_of("null", "Set-Cookie: session=1"),
    }
    explanation = explained(servers, url=f"{OTHER}/", origin=SIBLING)
    assert explanation.notes == (
        "The browser drops the cookie 'session', because it has no SameSite (which counts as Lax) "
        f"and a redirect of another site led here; have the page request {SITE}/ directly.",
    )


def test_a_preflight_response_sets_no_cookie():
    preflight = [THE_APP, CREDENTIALS, PUT, "Set-Cookie: lb=1"]
    explanation = explained(Server(THE_APP, CREDENTIALS, preflight=preflight), "PUT")
    assert explanation.notes == (
        "The browser drops the cookie 'lb', because a preflight response cannot set cookies; set "
        "it in the response to the request itself.",
    )
    line = "Set-Cookie: lb=1; SameSite=None; Secure"
    explanation = explained(Server(THE_APP, CREDENTIALS, line, preflight=preflight), "PUT")
    assert [note[:31] for note in explanation.notes] == ["The browser keeps the cookie 'l"]


def test_a_blocked_response_sets_cookies_too():
    explanation = explained(Server("Set-Cookie: a=1; SameSite=None; Secure"))
    assert explanation.verdict == "blocked"
    assert explanation.notes[-1].startswith("The browser keeps the cookie 'a'")


def received(server):
    return [environ.get("HTTP_COOKIE") for environ in server.asked]


def test_given_cookies_are_sent_with_the_request_but_not_with_its_preflight():
    server = Server(THE_APP, CREDENTIALS, PUT)
    explanation = explained(server, "PUT", cookies={"a": "1", "b": "x=y"})
    assert explanation.verdict == "allowed"
    assert received(server) == [None, "a=1; b=x=y"]
    assert explanation.notes == (
        "The cookies 'a' and 'b' are sent only if set with SameSite=None; Secure, because the page "
        "is of another site.",
    )


def test_given_cookies_of_the_same_site_need_no_note():
    server = server_of(SIBLING)
    explanation = explained(server, url=f"{SITE}/", origin=SIBLING, cookies={"a": "1"})
    assert (received(server), explanation.notes) == (["a=1"], ())


@pytest.mark.parametrize("credentials", ["same-origin", "omit"])
def test_given_cookies_are_not_sent_without_credentials(credentials):
    server = Server(THE_APP)
    explanation = explained(server, credentials=credentials, cookies={"a": "s3cret"})
    assert received(server) == [None]
    assert explanation.notes == (
        "The browser does not send the cookie 'a', because the request does not include "
        "credentials; use credentials: 'include'.",
    )


def test_a_page_sends_given_cookies_to_its_own_origin():
    server = Server()
    explanation = explained(server, origin=API, credentials="same-origin", cookies={"a": "1"})
    assert (received(server), explanation.notes) == (["a=1"], ())


def test_a_given_cookie_whose_name_needs_secure_is_not_sent_over_http():
    page = {"url": "http://api.example/", "origin": "http://app.api.example"}
    server = server_of(page["origin"])
    explanation = explained(server, **page, cookies={"__Host-a": "1", "b": "1"})
    assert received(server) == ["b=1"]
    assert explanation.notes == (
        "The browser does not send the cookie '__Host-a', because only a Secure cookie could be "
        "sent, and the URL is not https; use https.",
    )


@pytest.mark.parametrize("target", [OTHER, "https://sub.api.example", f"{API}:8443"])
def test_given_cookies_go_to_no_other_host(target):
    servers = {
        API: Server(THE_APP, CREDENTIALS, f"Location: {target}/", status="302 Found"),
        target: Server("Access-Control-Allow-Origin: null", CREDENTIALS),
    }
    explained(servers, cookies={"a": "1"})
    assert received(servers[API]) == ["a=1"]
    assert received(servers[target]) == ["a=1" if target.startswith(API) else None]


@pytest.mark.parametrize(
    ("options", "is_sent", "note"),
    [
        pytest.param(
            {"profile": "webkit"},
            False,
            "The browser does not send the cookie 'a', because the browser blocks third-party "
            "cookies and the page is of another site; serve the page and the API from one site, or "
            "use tokens instead of cookies.",
            id="webkit",
        ),
        pytest.param(
            {"profile": "firefox"},
            True,
            "The cookie 'a' is sent only if set without SameSite=Lax or Strict, by a response to a "
            f"page of {APP}, because the page is of another site.",
            id="firefox",
        ),
        pytest.param(
            {"url": "http://api.example/", "origin": "http://app.example"},
            False,
            "The browser does not send the cookie 'a', because only a Secure cookie could be sent, "
            "and the URL is not https; use https.",
            id="http",
        ),
    ],
)
def test_given_cookies_are_sent_across_sites_as_the_browser_does(options, is_sent, note):
    server = Server(THE_APP, CREDENTIALS)
    explanation = explained(server, cookies={"a": "1"}, **options)
    assert received(server) == ["a=1" if is_sent else None]
    assert about_cookies(explanation) == [note]


def test_engines_that_send_other_cookies_are_not_judged_by_the_same_response():
    def app(environ, start_response):
        server = Server(THE_APP, CREDENTIALS) if "HTTP_COOKIE" in environ else Server()
        return server(environ, start_response)

    options = {"origin": APP, "credentials": "include", "servers": app, "cookies": {"a": "1"}}
    every = explain_all("GET", ITEMS, **options)
    assert {name: one.verdict for name, one in every.items()} == {
        "chromium": "allowed",
        "firefox": "allowed",
        "webkit": "blocked",
    }
    assert [name for name, text in every["chromium"].console.items() if text] == ["webkit"]
    one = explain("GET", ITEMS, **options, profile="webkit")
    assert [name for name, text in one.console.items() if text] == ["webkit"]


@pytest.mark.parametrize(
    ("status", "lines", "is_noted"),
    [
        ("401 Unauthorized", [], True),
        ("403 Forbidden", [], True),
        ("404 Not Found", [], False),
        ("302 Found", [f"Location: {API}/login?next=/items"], True),
        ("302 Found", ["Location: https://sso.example/oauth2/authorize"], True),
        ("302 Found", [f"Location: {API}/items/authors"], False),
        ("302 Found", [f"Location: {API}/designing"], False),
    ],
)
def test_a_response_that_may_ask_for_a_login_is_said_to_have_got_no_cookies(
    status, lines, is_noted
):
    servers = {API: Server(THE_APP, CREDENTIALS, *lines, status=status)}
    note = (
        "The page's request had no cookies, which may be why the response is "
        f"{status[:3]}; use --cookie 'name=value' (in Python cookies={{'name': 'value'}}) to send "
        "some. If there was a login, explain the login request too: it says whether the browser "
        "keeps its cookie."
    )
    options = {"redirect": "manual"}
    assert about_cookies(explained(servers, **options)) == [note] * is_noted
    assert note not in explained(servers, **options, cookies={"a": "1"}).notes
    assert about_cookies(explained(servers, **options, credentials="same-origin")) == []
    token = {"Authorization": "Bearer 1"}
    assert about_cookies(explained(servers, **options, headers=token)) == []


def test_a_browser_that_blocks_third_party_cookies_is_named_where_a_login_is_asked_for():
    server = Server(THE_APP, CREDENTIALS, status="401 Unauthorized")
    assert explained(server, profile="webkit").notes == (
        "The page's request had no cookies, which may be why the response is 401: the browser "
        "blocks third-party cookies and the page is of another site; serve the page and the API "
        "from one site, or use tokens instead of cookies.",
    )


def test_a_preflight_that_asks_for_a_login_gets_no_cookie_anyway():
    server = Server(THE_APP, CREDENTIALS, preflight_status="401 Unauthorized")
    assert explained(server, "PUT").notes == ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("a=1", "cookies is a str, not a mapping; use the form {'name': 'value'}"),
        ({"": "1"}, "'' is not the name of a cookie; use ASCII characters other than spaces"),
        ({"a b": "1"}, "'a b' is not the name of a cookie; use ASCII"),
        ({"é": "1"}, "'é' is not the name of a cookie; use ASCII"),
        ({1: "1"}, "1 is not the name of a cookie; use ASCII"),
        ({"a": "s3cret;"}, "the value of the cookie 'a' is not one that browsers send; use a"),
        ({"a": "s3cret\n"}, "the value of the cookie 'a' is not one that browsers send; use a"),
        ({"a": 1}, "the value of the cookie 'a' is not one that browsers send; use a string"),
        ({"a": "s3cret" * 700}, "the cookie 'a' is longer than browsers keep; use at most 4096"),
    ],
)
def test_cookies_that_no_browser_has_are_rejected_without_their_values(given, message):
    with pytest.raises(CannotAsk) as caught:
        explained(Server(), cookies=given)
    assert str(caught.value).startswith(message)
    assert "s3cret" not in str(caught.value)


def ask(*arguments):
    app = ["--app", "tests.unit.explaining.test_cookies:greeting"]
    return CliRunner().invoke(main, ["explain", ITEMS, "--origin", APP, *app, *arguments])


def greeting(environ, start_response):
    body = environ.get("HTTP_COOKIE", "").encode()
    length = ("Content-Length", str(len(body)))
    allowed = [tuple(line.split(": ")) for line in (THE_APP, CREDENTIALS)]
    start_response("200 OK", [*allowed, length])
    return [body]


def test_the_command_sends_cookies_too():
    given = ["--cookie", "a=1; b=2", "--cookie", "c=x=y;", "--credentials", "--json"]
    document = json.loads(ask(*given).output)
    assert document["response"]["headers"]["content-length"] == str(len("a=1; b=2; c=x=y"))
    assert document["notes"][0].startswith("The cookies 'a', 'b' and 'c' are sent only if")


@pytest.mark.parametrize("given", ["s3cret", "a=1; s3cret"])
def test_the_command_rejects_a_cookie_without_a_name(given):
    result = ask("--cookie", given)
    assert result.exit_code == 2
    assert "the cookie '…' (6 characters) has no '='; use the form 'name=value'" in result.output
    assert "s3cret" not in result.output
