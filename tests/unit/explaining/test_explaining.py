"""The explanation of a request, sentence by sentence."""

import pytest
from flask import Flask
from werkzeug.routing import BaseConverter

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
from wsgicors import CORSMiddleware, Policy, wrap
from wsgicors import flask as flask_cors
from wsgicors.explaining import CannotAsk, explain, explain_all, visible
from wsgicors.explaining.changes import REASONS
from wsgicors.testing import checks, fetch
from wsgicors.testing.replay import Memory

ITEMS = f"{API}/items"
METHODS = "Access-Control-Allow-Methods: PUT"


def opaque(app):
    """Return a server in which no app with CORS can be found."""
    apps = [app]
    return lambda environ, start_response: apps[0](environ, start_response)


def explained(server, method="GET", url=ITEMS, **options):
    return explain(method, url, servers=server, **{"origin": APP, **options})


def test_a_preflight_and_its_request_are_explained_step_by_step():
    explanation = explained(Server(ANYBODY, METHODS), "PUT", body="tea")
    assert explanation.steps == (
        f"A page of {APP} requests PUT {ITEMS}.",
        "The browser first sends a preflight because the method is PUT.",
        f"The browser sends OPTIONS {ITEMS} with Access-Control-Request-Method: PUT; "
        f"Origin: {APP}.",
        f"The preflight response is 204 No Content with {ANYBODY}; {METHODS}. "
        "The preflight succeeds.",
        f"The browser sends PUT {ITEMS} with Content-Type: text/plain;charset=UTF-8; "
        f"Origin: {APP}.",
        f"The response is 200 OK with {ANYBODY}; {METHODS}.",
        "Allowed: JavaScript can read the status (200) and the body.",
    )
    assert [exchange.kind for exchange in explanation.exchanges] == ["preflight", "request"]
    assert (explanation.verdict, explanation.response.text) == ("allowed", "hello")
    assert (explanation.step, explanation.reason, explanation.change) == ("", "", None)


def test_a_request_that_needs_no_preflight_says_so():
    explanation = explained(Server(), credentials="include")
    assert explanation.steps[0] == f"A page of {APP} requests GET {ITEMS} with credentials."
    assert explanation.steps[1] == "No preflight is needed: any page may send this GET request."
    assert explanation.steps[3] == "The response is 200 OK without CORS headers."


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        pytest.param({"X-A": "1"}, "the page sets x-a.", id="name"),
        pytest.param(
            {"Content-Type": "application/json"},
            "content-type is 'application/json'.",
            id="type",
        ),
        pytest.param(
            {"Accept": "a" * 129}, "the value of accept is longer than 128 bytes.", id="long"
        ),
        pytest.param(
            {"X-A": "1", "X-B": "2", "X-C": "3"}, "the page sets x-a, x-b and x-c.", id="several"
        ),
        pytest.param(
            {"X-A": "1" * 129, "Range": "bytes=-5"},
            "range is 'bytes=-5' and the page sets x-a.",
            id="value-and-name",
        ),
    ],
)
def test_the_reasons_for_a_preflight_are_named(headers, reason):
    step = explained(Server(ANYBODY), headers=headers).steps[1]
    assert step == f"The browser first sends a preflight because {reason}"


def test_safelisted_values_may_be_too_long_together():
    headers = {
        "Accept": "a" * 120,
        "Accept-Language": "b" * 120,
        "Content-Language": "c" * 120,
        "Range": "bytes=" + "0" * 100 + "-",
        "Content-Type": "text/plain;" + "a" * 110,
    }
    hints = [(name, "1" * 120) for name in ("DPR", "Width", "RTT", "Downlink", "Device-Memory")]
    given = [*headers.items(), *hints]
    explanation = explained(Server(ANYBODY), headers=given, profile="chromium")
    names = sorted(name.lower() for name, _ in given)
    assert explanation.steps[1] == (
        f"The browser first sends a preflight because the values of {', '.join(names[:-1])} "
        f"and {names[-1]} together are longer than 1024 bytes."
    )


def test_headers_that_browsers_drop_are_named():
    explanation = explained(Server(ANYBODY), headers={"Cookie": "a=1", "Accept": "text/html"})
    dropped = "The browser drops headers that JavaScript cannot set here: Cookie."
    assert explanation.steps[1] == dropped
    given = [("Cookie", "a=1"), ("X-A", "1")]
    explanation = explained(Server(ANYBODY), headers=given, mode="no-cors")
    assert explanation.steps[1].endswith("cannot set here: Cookie and X-A.")


def test_cors_does_not_apply_at_the_origin_of_the_page():
    explanation = explained(Server(), origin=API)
    assert explanation.steps[1] == (
        "The URL is at the page's own origin, so CORS does not apply unless it redirects."
    )
    assert explanation.verdict == "allowed"


@pytest.mark.parametrize(
    ("server", "options"),
    [
        pytest.param(Server(), {"mode": "no-cors"}, id="opaque"),
        pytest.param(
            Server(ANYBODY, "Location: /", status="302 Found"),
            {"redirect": "manual"},
            id="redirect",
        ),
    ],
)
def test_an_opaque_response_is_allowed_but_shows_nothing(server, options):
    explanation = explained(server, **options)
    assert explanation.verdict == "allowed"
    assert explanation.steps[-1] == (
        "Allowed, but the response is opaque: JavaScript sees no status, headers or body."
    )


def test_headers_that_are_not_exposed_are_named():
    useless = "Vary: Origin", "Set-Cookie: a", "Connection: close", "Keep-Alive: timeout=5"
    server = Server(ANYBODY, "Content-Type: text/plain", "ETag: 1", *useless)
    assert explained(server).steps[-2:] == (
        "JavaScript cannot read etag: not listed in Access-Control-Expose-Headers "
        "(the setting expose_headers).",
        "Allowed: JavaScript can read the status (200), the body and content-type.",
    )


@pytest.mark.parametrize("status", ["403 Forbidden", "500 Internal Server Error"])
def test_an_error_that_javascript_may_read_comes_from_the_server_itself(status):
    explanation = explained(Server(ANYBODY, status=status))
    assert explanation.verdict == "allowed"
    assert explanation.steps[-2:] == (
        f"CORS is not the problem: the server itself responded with {status[:3]}.",
        f"Allowed: JavaScript can read the status ({status[:3]}) and the body.",
    )


def test_a_status_below_400_is_not_called_an_error():
    assert "not the problem" not in str(explained(Server(ANYBODY, status="399 Odd")))


def test_redirects_are_explained_and_where_they_hide_the_page():
    first = Server(THE_APP, f"Location: {OTHER}/", status="302 Found")
    steps = explained({API: first, OTHER: Server(THE_APP)}).steps
    assert steps[4] == (
        f"The browser follows the redirect to {OTHER}/. From here on it sends 'Origin: null', "
        "because another origin redirected the request to a different origin."
    )
    inside = Server(THE_APP).at("/items", "302 Found", THE_APP, "Location: /other")
    assert f"The browser follows the redirect to {API}/other." in explained(inside).steps


@pytest.mark.parametrize(
    ("status", "method", "becomes", "better"),
    [
        pytest.param("301 Moved Permanently", "POST", "GET", 308, id="301"),
        pytest.param("302 Found", "POST", "GET", 307, id="302"),
        pytest.param("303 See Other", "PUT", "GET", 307, id="303"),
        pytest.param("308 Permanent Redirect", "POST", None, None, id="308"),
        pytest.param("301 Moved Permanently", "GET", None, None, id="GET"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"X-A": "1"}], ids=["without-header", "with-header"])
def test_a_redirect_that_changes_the_method_and_drops_the_body_is_explained(
    status, method, becomes, better, headers
):
    def app(environ, start_response):
        at_first = environ["PATH_INFO"] == "/items"
        lines = [("Location", "/items/")] if at_first else [("Content-Type", "text/plain")]
        start_response(status if at_first else "200 OK", lines)
        return [] if at_first else [environ["REQUEST_METHOD"].encode()]

    wrapped = CORSMiddleware(app, allow_origins=[APP], allow_methods="*", allow_headers="*")
    explanation = explained(wrapped, method, headers=headers)
    assert explanation.response.text == (becomes or method)
    [step] = [step for step in explanation.steps if "follows the redirect" in step]
    end = f", with {becomes} and without the body" if becomes else ""
    assert step == f"The browser follows the redirect to {ITEMS}/{end}."
    assert str(explanation).count(f"redirect with {better}") == (1 if becomes else 0)


@pytest.mark.parametrize(
    ("allow_methods", "method"),
    [(["GET"], "POST"), (["PUT"], "GET"), (["GET", "PUT"], "DELETE"), ([], "HEAD")],
)
@pytest.mark.parametrize("way", ["policy", "resolver", "router", "unknown-url"])
def test_the_change_for_a_method_that_a_policy_leaves_out_lets_the_request_pass(
    allow_methods, method, way
):
    def serve(policy):
        if way == "policy":
            return CORSMiddleware(hello, policy)
        if way == "resolver":
            return CORSMiddleware(hello, resolve=lambda environ, method: policy)
        app = Flask("app")
        flask_cors.CORS(app, policy)
        if way == "router":
            methods = ["GET", "POST", "PUT", "DELETE"]
            app.add_url_rule("/items", "items", lambda: "", methods=methods)
        return app

    policy = Policy([APP], allow_methods=allow_methods)
    refused = explained(serve(policy), method, headers={"X-A": "1"})
    assert refused.verdict == "blocked"
    assert refused.change.settings["allow_methods"] == [*allow_methods, method]
    changed = policy.derive(**refused.change.settings)
    assert explained(serve(changed), method, headers={"X-A": "1"}).verdict == "allowed"


def test_a_fetch_that_fails_for_another_reason_is_not_called_blocked():
    explanation = explained(Server(ANYBODY, "Location: ftp://a", status="302 Found"))
    assert explanation.verdict == "failed"
    assert explanation.steps[-1] == (
        f"Failed: {ITEMS} redirects to 'ftp://a', which is not an HTTP URL. The browser's console "
        "may blame CORS, but no header of CORS can help."
    )


def test_redirects_between_live_servers_are_followed():
    with serving(Server(ANYBODY)) as second:
        first = Server(ANYBODY, f"Location: {second}/", status="302 Found")
        with serving(first) as url:
            assert explained(None, url=url).verdict == "allowed"


@pytest.mark.parametrize("origin", ["app://.", "app://", "capacitor://localhost"])
def test_a_request_from_a_page_of_an_app_is_explained(origin):
    server = CORSMiddleware(hello, allow_origins=[origin])
    allowed = explain("GET", "https://api.example/", origin=origin, servers=server)
    blocked = explain("GET", "https://api.example/", origin="app://other", servers=server)
    assert (allowed.verdict, blocked.verdict) == ("allowed", "blocked")
    assert f"Origin: {origin}" in str(allowed)


def test_the_text_has_the_steps_and_what_is_wrong():
    text = str(explained(Server(ANYBODY), "PUT"))
    assert text.splitlines()[0].startswith("1. A page of")
    assert text.splitlines()[-5:] == [
        "5. Blocked by the CORS-preflight fetch: the method is not allowed.",
        "   blocked   The preflight response does not allow the method PUT.",
        "   received  no Access-Control-Allow-Methods",
        "   needed    Access-Control-Allow-Methods: PUT",
        "   change    Answer preflights for /items with 'Access-Control-Allow-Methods: PUT'.",
    ]
    assert "change" not in str(explained(Server(ANYBODY)))


@pytest.mark.parametrize(
    ("server", "options", "reason"),
    [
        pytest.param(
            Server(),
            {},
            "The response has no Access-Control-Allow-Origin header.",
            id="nothing",
        ),
        pytest.param(
            Server(f"Access-Control-Allow-Origin: {OTHER}"),
            {},
            f"'Access-Control-Allow-Origin: {OTHER}' does not match the request's origin '{APP}'.",
            id="other-origin",
        ),
        pytest.param(
            Server(ANYBODY, CREDENTIALS),
            {"credentials": "include"},
            "'Access-Control-Allow-Origin: *' is not accepted for requests with credentials.",
            id="asterisk-with-credentials",
        ),
        pytest.param(
            Server(THE_APP),
            {"credentials": "include"},
            "The response does not allow credentials.",
            id="no-credentials",
        ),
        pytest.param(
            Server(ANYBODY, preflight_status="401 Unauthorized"),
            {"method": "PUT"},
            "The preflight response has the status 401 Unauthorized.",
            id="status",
        ),
        pytest.param(
            Server(ANYBODY),
            {"headers": {"X-A": "1", "X-B": "2"}},
            "The preflight response does not allow the request headers x-a, x-b.",
            id="headers",
        ),
    ],
)
def test_the_reason_is_a_sentence(server, options, reason):
    assert explained(server, **options).reason == reason


REFUSED_METHOD = Policy([APP], allow_methods=["PUT"])


@pytest.mark.parametrize(
    ("server", "options", "sentence"),
    [
        pytest.param(
            Server(),
            {},
            "Add these headers to every response of /items, including preflights: "
            f"'Access-Control-Allow-Origin: {APP}' (only if that is the request's Origin) and "
            "'Vary: Origin'.",
            id="nothing",
        ),
        pytest.param(
            Server(f"Access-Control-Allow-Origin: {OTHER}"),
            {"credentials": "include"},
            "Send these headers once with every response of /items, including preflights: "
            f"'Access-Control-Allow-Origin: {APP}' (only if that is the request's Origin), "
            "'Access-Control-Allow-Credentials: true' and 'Vary: Origin'.",
            id="other-origin",
        ),
        pytest.param(
            Server(THE_APP),
            {"credentials": "include"},
            "Add this header to every response of /items, including preflights: "
            "'Access-Control-Allow-Credentials: true'.",
            id="no-credentials",
        ),
        pytest.param(
            Server(ANYBODY, METHODS, preflight_status="401 Unauthorized"),
            {"method": "PUT"},
            "Answer preflights for /items before the login check (they carry no cookies), with a "
            "2xx status such as 204.",
            id="login",
        ),
        pytest.param(
            opaque(CORSMiddleware(hello, REFUSED_METHOD)),
            {"method": "POST", "headers": {"Content-Type": "application/json"}},
            'Set allow_methods=["PUT", "POST"] in the policy of the wrapper '
            f"(tests/unit/explaining/test_explaining.py:{REFUSED_METHOD.place.line}).",
            id="refused-method",
        ),
    ],
)
def test_the_change_of_a_server_is_a_sentence(server, options, sentence):
    assert explained(server, **options).change.sentence == sentence


def test_the_change_of_a_policy_is_a_sentence():
    @wrap(allow_origins=[APP])
    def app(environ, start_response):
        raise AssertionError("not reached")

    sentence = explained(app, "PUT").change.sentence
    assert sentence[0].isupper()
    assert 'allow_methods=["GET", "HEAD", "POST", "PUT"]' in sentence
    assert sentence.endswith(".")


def test_a_header_that_an_outer_wrapper_removes_is_not_the_fault_of_the_policy():
    """The policy of the app allows the page; something around the app removes the header."""

    @wrap(allow_origins=[APP])
    def app(environ, start_response):
        raise AssertionError("not reached")

    def outside(environ, start_response):
        start_response("200 OK", [])
        return []

    outside.resolver = app.resolver
    explanation = explained(outside)
    change = explanation.change
    assert (change.side, change.settings, change.headers) == ("layer", {}, ())
    assert change.sentence == (
        "Apply CORS outside of a layer that wsgicors cannot identify, as the last layer, so that "
        "pages can read its responses, and serve the app as CORS has wrapped it (in Flask, through "
        "app.wsgi_app). It answered the request itself: 200 OK without CORS headers. The "
        f"policy would have sent 'Access-Control-Allow-Origin: {APP}'."
    )
    assert explanation.notes == ()


@pytest.mark.parametrize(
    ("method", "url", "options"),
    [
        pytest.param("GET", "/items", {}, id="relative"),
        pytest.param("GET", "data:text/plain,hello", {}, id="no-http"),
        pytest.param("GET", ITEMS, {"origin": "app.example"}, id="origin"),
        pytest.param("TRACE", ITEMS, {}, id="method"),
        pytest.param("GET", ITEMS, {"body": "tea"}, id="body"),
        pytest.param("GET", ITEMS, {"mode": "navigate"}, id="mode"),
    ],
)
def test_a_request_that_no_browser_sends_is_not_explained(method, url, options):
    server = Server()
    with pytest.raises(CannotAsk):
        explained(server, method, url, **options)
    assert server.asked == []


@pytest.mark.parametrize(
    ("url", "origin", "use"),
    [
        pytest.param("localhost:5001/items", APP, "'http://localhost:5001/items'", id="no scheme"),
        pytest.param("127.0.0.1:5000/x", APP, "'http://127.0.0.1:5000/x'", id="an IPv4 address"),
        pytest.param("[::1]:5000/x", APP, "'http://[::1]:5000/x'", id="an IPv6 address"),
        pytest.param("api.test:80?a=1", APP, "'http://api.test/?a=1'", id="a query"),
        pytest.param("api:5000/x", APP, "'http://api:5000/x'", id="a name without a dot"),
        *(
            pytest.param(url, APP, "the form 'https://api.example/items'", id=url)
            for url in (
                "file:///x",
                "tel:123",
                "javascript:1",
                "data:1",
                "localhost:99999/x",
                "127.0.0.1:x/y",
                "1.2.3.4.5:80/",
                "/x",
                "",
            )
        ),
        pytest.param(ITEMS, f"{APP}/", f"'{APP}'", id="a slash"),
        pytest.param(ITEMS, f"{APP}/shop", f"'{APP}'", id="a path"),
        pytest.param(ITEMS, f"'{APP}'", f"'{APP}'", id="quotes"),
        pytest.param(ITEMS, "localhost:3000", "'http://localhost:3000'", id="no scheme of a page"),
        pytest.param(ITEMS, "*", "the form 'https://app.example:8443'", id="every origin"),
        pytest.param(
            ITEMS, "https://*.a.example/", "the form 'https://app.example:8443'", id="a pattern"
        ),
    ],
)
def test_a_misspelt_url_or_origin_is_corrected(url, origin, use):
    with pytest.raises(CannotAsk) as caught:
        explain("GET", url, origin=origin, servers=Server())
    assert str(caught.value).endswith(f"; use {use}")


@pytest.mark.parametrize("given", [None, 1, b"https://app.example", ["https://app.example"]])
@pytest.mark.parametrize(
    ("name", "what", "use"),
    [
        ("method", "method", "'GET'"),
        ("url", "URL", "the form 'https://api.example/items'"),
        ("origin", "origin", "the form 'https://app.example:8443'"),
    ],
)
def test_a_method_a_url_or_an_origin_that_is_not_a_string_is_rejected(name, what, use, given):
    options = {"method": "GET", "url": ITEMS, "origin": APP, "servers": Server(), name: given}
    with pytest.raises(CannotAsk) as caught:
        explain(**options)
    message = f"the {what} is {given!r}, which is not a string; use {use}"
    assert str(caught.value) == message


def test_every_step_has_a_reason():
    steps = {checks.BAD_LIST.format(name) for name in (checks.METHODS, checks.HEADERS)}
    for module in checks, fetch:
        steps |= {
            value
            for value in vars(module).values()
            if isinstance(value, str) and ("check: " in value or "fetch: " in value)
        }
    others = {
        fetch.NOT_HTTP,
        fetch.REDIRECTS_IN_NO_CORS,
        fetch.REDIRECT_FORBIDDEN,
        fetch.BAD_LOCATION,
        fetch.NOT_HTTP_LOCATION,
        fetch.TOO_MANY_REDIRECTS,
        fetch.UNREACHABLE,
        fetch.UNREACHABLE_PREFLIGHT,
    }
    """Failures that are not blocks."""
    assert set(REASONS) == steps - others - {checks.BAD_LIST}


def test_control_characters_from_a_server_are_escaped():
    assert visible("a\x1b[2J\u202eb\n") == "a\\x1b[2J\\u202eb\\n"
    text = str(explained(Server("Access-Control-Allow-Origin: \x9b31m")))
    assert "\x9b" not in text
    assert "\\x9b31m" in text


def test_the_explanation_has_what_each_engine_prints():
    blocked = explained(Server(ANYBODY), "PUT")
    assert list(blocked.console) == ["chromium", "firefox", "webkit"]
    assert "Method PUT is not allowed by" in blocked.console["chromium"]
    failed = explained(lambda environ, start_response: [])
    assert (failed.verdict, failed.console["webkit"]) == ("failed", "")
    assert "CORS request did not succeed" in failed.console["firefox"]
    assert explained(Server(ANYBODY)).console == dict.fromkeys(blocked.console)


def test_an_app_is_asked_only_for_a_preflight_once_a_preflight_has_failed():
    server = Server(preflight=[ANYBODY, "Access-Control-Allow-Headers: *"])
    blocked = explained(server, headers={"Authorization": "Bearer 1"})
    assert blocked.verdict == "blocked"
    assert blocked.console == dict.fromkeys(["chromium", "firefox", "webkit"])
    assert server.methods == ["OPTIONS"]


def test_a_request_that_the_standard_allows_may_be_blocked_in_an_engine():
    to_user = f"Location: {APP.replace('//', '//user@')}/items"
    server = Server().at("/first", "302 Found", to_user)
    explanation = explained({APP: server}, url=f"{APP}/first")
    assert explanation.verdict == "allowed"
    assert explanation.console["chromium"] == ""
    assert explanation.console["firefox"] is None


def test_a_page_may_use_an_xmlhttprequest():
    explanation = explained(Server(), xhr=True, body="ignored by GET")
    assert "Access to XMLHttpRequest at" in explanation.console["chromium"]
    for options in {"mode": "no-cors"}, {"redirect": "error"}:
        with pytest.raises(CannotAsk, match="an XMLHttpRequest has no mode and no redirect mode"):
            explained(Server(), xhr=True, **options)


def explained_all(server, method="GET", url=ITEMS, **options):
    return explain_all(method, url, servers=server, origin=APP, **options)


def test_all_engines_are_asked_and_what_has_effects_is_sent_once():
    server = Server(ANYBODY)
    explanations = explained_all(server, "POST")
    assert list(explanations) == ["chromium", "firefox", "webkit"]
    assert {one.verdict for one in explanations.values()} == {"allowed"}
    assert {one.response.text for one in explanations.values()} == {"hello"}
    assert server.methods == ["POST"]


def test_each_engine_has_its_explanation_and_all_have_the_same_console():
    explanations = explained_all(Server(ANYBODY), headers=iter([("User-Agent", "Mine")]))
    verdicts = {engine: one.verdict for engine, one in explanations.items()}
    assert verdicts == {"chromium": "allowed", "firefox": "blocked", "webkit": "blocked"}
    first, *others = [one.console for one in explanations.values()]
    assert [first, first] == others
    assert first["chromium"] is None
    assert "header ‘user-agent’ is not allowed" in first["firefox"]


def test_no_engine_is_asked_for_what_another_prints(monkeypatch):
    engines = []

    class Recorded(Memory):
        def __init__(self, *arguments):
            engines.append(arguments)
            super().__init__(*arguments)

    monkeypatch.setattr("wsgicors.testing.replay.Memory", Recorded)
    explanations = explained_all(Server())
    assert all(all(one.console.values()) for one in explanations.values())
    assert engines == []


def test_what_only_some_engines_send_is_sent_once():
    user = f"Location: {APP.replace('//', '//user@')}/items"
    server = Server().at("/first", "307 Temporary Redirect", user)
    explanations = explained_all({APP: server}, "POST", f"{APP}/first")
    assert [one.verdict for one in explanations.values()] == ["blocked", "allowed", "allowed"]
    assert [environ["PATH_INFO"] for environ in server.asked] == ["/first", "/items"]


def test_a_server_that_fails_is_asked_once_for_all_engines():
    asked = []
    explanations = explained_all(
        lambda environ, start_response: asked.append(environ) or [], "POST"
    )
    assert {one.verdict for one in explanations.values()} == {"failed"}
    assert len({one.steps for one in explanations.values()}) == 1
    assert len(asked) == 1


def test_a_request_that_no_browser_sends_is_rejected_for_all_engines():
    with pytest.raises(CannotAsk, match="browsers do not allow the method 'TRACE'"):
        explained_all(Server(), "TRACE")


def test_a_live_server_gets_no_request_that_may_change_something_unless_allowed():
    server = Server(ANYBODY, METHODS)
    with serving(server) as origin:
        asked = explained(None, "PUT", f"{origin}/items")
        assert (asked.verdict, [one.method for one in asked.exchanges]) == ("unknown", ["OPTIONS"])
        assert asked.steps[-1].startswith("Unknown: nothing forbids the request so far")
        (note,) = asked.notes
        assert note.startswith(f"PUT {origin}/items was not sent")
        assert "--send" in note
        assert str(asked).endswith(f"note      {note}")
        sent = explained(None, "PUT", f"{origin}/items", send=True)
        assert (sent.verdict, sent.exchanges[-1].method, sent.notes) == ("allowed", "PUT", ())


def test_only_the_preflight_is_sent_if_asked():
    asked = explained(Server(ANYBODY, METHODS), "PUT", preflight_only=True)
    assert (asked.verdict, [one.method for one in asked.exchanges]) == ("unknown", ["OPTIONS"])
    assert "--preflight-only" in asked.notes[0]
    assert explained(Server(METHODS), "PUT", preflight_only=True).verdict == "blocked"


def test_a_redirect_to_an_unknown_host_is_not_judged_by_what_was_not_asked():
    to_other = (f"Location: {OTHER}/", ANYBODY)
    asked = explained(Server(*to_other, status="302 Found"))
    assert (asked.verdict, asked.exchanges[-1].response.status) == ("unknown", 302)
    assert asked.notes[0] == f"{OTHER} was not asked: it is not one of the servers given."
    assert explained(Server(to_other[0], status="302 Found")).verdict == "blocked"


def test_cookies_prove_credentials():
    server = Server(ANYBODY)
    explanation = explained(server, credentials=None, cookies={"sid": "1"})
    assert explanation.verdict == "blocked"
    assert "It is not known" not in str(explanation)
    explanations = explain_all(
        "GET", ITEMS, origin=APP, servers=server, credentials=None, cookies={"sid": "1"}
    )
    assert "It is not known" not in str(explanations["firefox"])


def test_unknown_credentials_that_change_nothing_are_noted():
    server = Server(THE_APP, CREDENTIALS)
    explanation = explained(server, credentials=None)
    assert explanation.verdict == "allowed"
    assert explanation.steps[0] == f"A page of {APP} requests GET {ITEMS}."
    assert explanation.notes == (
        "It is not known whether the page sends credentials; with credentials the result is the "
        "same.",
    )
    assert len(server.asked) == 1


def test_unknown_credentials_show_the_way_without_and_how_the_other_one_ends():
    server = Server(ANYBODY, METHODS)
    explanation = explained(server, "PUT", credentials=None)
    assert explanation.verdict == "allowed"
    assert explanation.steps[0] == f"A page of {APP} requests PUT {ITEMS}."
    (note,) = explanation.notes
    assert note.startswith(
        "It is not known whether the page sends credentials; with credentials the result is: "
        "Blocked by the CORS check: "
    )
    assert "Access-Control-Allow-Credentials: true" in note
    assert note.endswith(" If you know it, add --credentials or --no-credentials.")
    assert [one["REQUEST_METHOD"] for one in server.asked] == ["OPTIONS", "PUT"]


def test_unknown_credentials_show_the_way_without_if_both_are_blocked():
    explanation = explained(Server(ANYBODY), "PUT", credentials=None)
    assert explanation.step == "CORS-preflight fetch: the method is not allowed"
    (note,) = explanation.notes
    assert "with credentials the result is: Blocked by the CORS check" in note
    assert "Access-Control-Allow-Credentials: true" in note


def test_unknown_credentials_may_change_what_javascript_reads():
    server = Server(THE_APP, CREDENTIALS, "Access-Control-Expose-Headers: *", "X-A: 1")
    (note,) = explained(server, credentials=None).notes
    assert "with credentials the result is: Allowed: JavaScript can read the status (200)" in note


def test_unknown_credentials_keep_other_notes():
    with serving(Server(THE_APP)) as url:
        explanation = explain("POST", url, origin=APP, credentials=None)
    assert explanation.verdict == "unknown"
    first, second = explanation.notes
    assert "add --send" in first
    assert second.endswith("with credentials the result is the same.")


def test_unknown_credentials_are_judged_in_every_engine():
    server = Server(ANYBODY, METHODS)
    explanations = explain_all("PUT", ITEMS, origin=APP, servers=server, credentials=None)
    assert {one.verdict for one in explanations.values()} == {"allowed"}
    assert all(
        "with credentials the result is: Blocked" in o.notes[0] for o in explanations.values()
    )
    assert [one["REQUEST_METHOD"] for one in server.asked] == ["OPTIONS", "PUT"]


@pytest.mark.parametrize("credentials", ["", "always"])
def test_other_credentials_modes_are_rejected(credentials):
    with pytest.raises(CannotAsk, match="is not a value of credentials"):
        explained(Server(), credentials=credentials)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param(
            ("Acess-Control-Allow-Origin", "*"),
            "Remove 'Acess-Control-Allow-Origin', which other code of the app writes: the policy "
            "sends 'Access-Control-Allow-Origin'.",
            id="misspelt",
        ),
        pytest.param(
            ("Access-Control-Allow-Origin", OTHER),
            f"Remove 'Access-Control-Allow-Origin: {OTHER}', which other code of the app writes: "
            "the policy sends its own.",
            id="for-another-origin",
        ),
        pytest.param(("Timing-Allow-Origin", "*"), "", id="other-header"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_headers_that_a_view_without_a_policy_writes_are_named_beside_its_policy(
    line, says, method
):
    app = Flask("app")
    flask_cors.CORS(app)

    @app.route("/items", methods=["GET", "OPTIONS"])
    def items():
        return "", {line[0]: line[1]}

    change = explained(app, method).change
    view, _, more = change.sentence.partition(f'@cors(allow_origins=["{APP}"]')
    assert view.startswith("Decorate the view 'items' (")
    assert more.removeprefix(").").strip() == says
    assert (change.side, change.headers) == ("server", ())


@pytest.mark.parametrize(
    ("served", "notes"),
    [
        pytest.param(["POST"], ["POST instead"], id="one"),
        pytest.param(["POST", "PUT", "DELETE"], ["DELETE, POST or PUT instead"], id="several"),
        pytest.param(["OPTIONS"], [], id="none-that-pages-send"),
    ],
)
def test_the_methods_that_a_page_may_send_instead_are_noted(served, notes):
    app = Flask("shop", static_folder=None)
    flask_cors.CORS(app)
    app.add_url_rule("/items", "items", lambda: "tea", methods=served)
    found = explained(app, "PATCH").notes
    assert [note.partition("If the page sends ")[2] for note in found] == [
        f"{note}, explain that request." for note in notes
    ]


def test_headers_that_a_layer_adds_are_not_said_to_be_the_apps():
    policy = Policy([OTHER])
    app = CORSMiddleware(Server("Acess-Control-Allow-Origin: *"), policy)
    sentence = explained(app).change.sentence
    assert sentence == (
        f'Set allow_origins=["{OTHER}", "{APP}"] in the policy of the wrapper '
        f"(tests/unit/explaining/test_explaining.py:{policy.place.line})."
    )


def test_headers_of_an_error_page_are_not_replaced_by_a_policy():
    app = Flask("app")
    flask_cors.CORS(app)
    app.register_error_handler(404, lambda error: ("", 404, {"Access-Control-Allow-Origin": OTHER}))
    assert explained(app).change.sentence == (
        "Check the URL: no view serves it, and the app has no default policy."
    )


class Broken(BaseConverter):
    def to_python(self, value):
        raise RuntimeError("no database")


def test_a_url_whose_routing_fails_has_no_policy_to_change():
    app = Flask("app")
    flask_cors.CORS(app, allow_origins=[APP])
    app.url_map.converters["broken"] = Broken
    app.add_url_rule("/<broken:name>", "items", lambda name: "")
    change = explained(app).change
    assert (change.side, change.settings, change.view) == ("server", {}, "")
    assert change.sentence.startswith("The server answered 500 INTERNAL SERVER ERROR: look up in ")
