"""``wsgicors explain --console``: messages of a browser's console instead of a URL."""

import io
import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.unit.testing.servers import CREDENTIALS, THE_APP, Server, playing, serving
from wsgicors import wrap
from wsgicors.cli.main import main
from wsgicors.cli.pasted import MAX_BYTES, read_requests
from wsgicors.explaining.copied import NO_BODY
from wsgicors.explaining.pasted.completing import (
    ABOUT_PREFLIGHT,
    ASKED,
    DOUBT,
    DOUBT_PREFLIGHT,
    MAYBE_CREDENTIALS,
    MAYBE_METHOD,
    MAYBE_PREFLIGHT,
)
from wsgicors.explaining.pasted.console import NOT_HTTP, NOT_REACHED
from wsgicors.explaining.pasted.received import OTHERS

ROOT = Path(__file__).parents[3]
APP = "https://app.example"
ITEMS = "https://api.example/items"
EXAMPLE = ["--app", "examples.flask_app:app"]

BLOCKED = f"Access to fetch at '{ITEMS}' from origin '{APP}' has been blocked by CORS policy: "
CHROMIUM = f"{BLOCKED}No 'Access-Control-Allow-Origin' header is present on the requested resource."
METHOD = "Method {} is not allowed by Access-Control-Allow-Methods in preflight response."
FIREFOX = (
    "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource "
    f"at {ITEMS}. (Reason: "
)
DENIED = f"Fetch API cannot load {ITEMS} due to access control checks."


@wrap(allow_origins=[APP], allow_methods=["PUT"], allow_headers=[])
def needs_content_type(environ, start_response):
    start_response("200 OK", [])
    return []


@wrap(allow_origins=["https://other.example"])
def for_others(environ, start_response):
    start_response("200 OK", [("Allow", "GET")])
    return []


class Terminal(io.BytesIO):
    """Standard input of a person."""

    def isatty(self):
        return True


@pytest.mark.parametrize("option", ["--console", "--curl", "--fetch", "--har"])
@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_person_is_told_how_to_end_a_pasted_text(run, option, is_terminal):
    text = b"nothing to read"
    done = run(option, "-", input=Terminal(text) if is_terminal else text)
    assert done.exit_code == 2
    how = "Paste the text, then press Enter and Ctrl+D (Ctrl+Z and Enter on Windows).\n"
    assert done.stderr.startswith(how) is is_terminal
    assert done.stdout == ""


@pytest.fixture
def run(monkeypatch):
    monkeypatch.chdir(ROOT)

    def run(*arguments, **options):
        return CliRunner().invoke(main, ["explain", *arguments], **options)

    return run


@pytest.fixture
def run_json(run):
    def run_json(*arguments, **options):
        result = run(*arguments, "--json", **options)
        return result.exit_code, json.loads(result.output)

    return run_json


def local(name):
    return ["--app", f"{__name__}:{name}"]


def sent_headers(document):
    return {name.lower(): value for name, value in document["exchanges"][-1]["request_headers"]}


def test_a_message_is_explained_as_the_request_that_it_is_about(run_json):
    status, document = run_json("--console", BLOCKED + METHOD.format("DELETE"), *EXAMPLE)
    assert (status, document["verdict"]) == (1, "blocked")
    exchange = document["exchanges"][0]
    assert (exchange["kind"], exchange["url"]) == ("preflight", ITEMS)
    assert sent_headers(document)["access-control-request-method"] == "DELETE"
    assert document["notes"] == []


def test_the_explanation_is_the_same_as_for_the_url(run):
    asked = ["PUT", ITEMS, "--origin", APP, "--profile", "chromium", *local("for_others")]
    pasted = run("PUT", "--console", CHROMIUM, *local("for_others"))
    assert (pasted.exit_code, pasted.output) == (1, run(*asked).output)


def test_a_guess_is_a_note(run_json):
    _, document = run_json("--console", CHROMIUM, *local("for_others"))
    assert document["exchanges"][0]["method"] == "GET"
    assert document["notes"] == [
        f"The text does not name the method; GET is the only one that fits the URL. {ASKED}"
    ]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (CHROMIUM, "chromium"),
        (
            f"{FIREFOX}CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 200.",
            "firefox",
        ),
        (DENIED, "webkit"),
    ],
    ids=["chromium", "firefox", "webkit"],
)
def test_the_profile_is_that_of_the_engine_unless_it_is_given(run_json, text, sent):
    asked = ["--console", text, "--origin", APP, *local("for_others")]
    _, document = run_json(*asked)
    assert sent_headers(document)["user-agent"] == f"wsgicors.testing/{sent}"
    _, document = run_json(*asked, "--profile", "fetch")
    assert sent_headers(document)["user-agent"] == "wsgicors.testing/fetch"
    status, document = run_json(*asked, "--profile", "all")
    assert (status, list(document["profiles"])) == (1, ["chromium", "firefox", "webkit"])


def test_options_win_over_the_text(run_json):
    why = "Request header field x-one is not allowed by Access-Control-Allow-Headers."
    server = "for_others"
    asked = ["POST", "--console", f"{why}\n{DENIED}", "--origin", APP, *local(server)]
    options = ["-H", "X-One: 1", "-H", "X-Two: 2", "-d", "tea", "--credentials", "--xhr"]
    _, document = run_json(*asked, *options)
    assert sent_headers(document)["access-control-request-headers"] == "x-one,x-two"
    assert sent_headers(document)["access-control-request-method"] == "POST"
    assert "with credentials" in document["steps"][0]
    assert document["blocked"]["console"]["webkit"].splitlines()[1].startswith("XMLHttpRequest")
    _, document = run_json(*asked, "--mode", "no-cors")
    assert document["exchanges"][-1]["kind"] == "request"


def test_the_text_may_prove_credentials(run_json):
    with serving(Server(THE_APP)) as url:
        why = (
            "The value of the 'Access-Control-Allow-Credentials' header in the response is '' "
            "which must be 'true' when the request's credentials mode is 'include'."
        )
        status, document = run_json("--console", (BLOCKED + why).replace(ITEMS, url))
    assert (status, document["change"]["headers"]) == (1, [CREDENTIALS.split(": ")])


def test_standard_input_is_read_for_a_dash(run):
    text = f"shop.html:12 {CHROMIUM}\nPUT {ITEMS} net::ERR_FAILED\n".encode()
    result = run("--console", "-", *local("for_others"), input=text + b"\xff")
    assert result.exit_code == 1
    assert "A page of https://app.example requests PUT https://api.example/items." in result.output


def test_several_requests_are_explained_below_headings(run, run_json):
    text = f"{BLOCKED}{METHOD.format('DELETE')}\n{CHROMIUM}"
    result = run("--console", text, *EXAMPLE)
    assert result.exit_code == 1
    headings = re.findall(rf"^(\S+ {ITEMS})\n\n1\. A page of", result.output, re.MULTILINE)
    assert headings == [f"DELETE {ITEMS}", f"GET {ITEMS}"]
    status, document = run_json("--console", text, *EXAMPLE)
    assert (status, list(document), document["verdict"]) == (1, ["verdict", "entries"], "blocked")
    entries = [(one["method"], one["url"], one["verdict"]) for one in document["entries"]]
    assert entries == [("DELETE", ITEMS, "blocked"), ("GET", ITEMS, "allowed")]


def test_several_requests_are_compared_in_all_engines(run, run_json):
    text = f"{BLOCKED}{METHOD.format('DELETE')}\n{CHROMIUM}"
    assert run("--console", text, "--profile", "all", *EXAMPLE).output.count("Chromium 1") == 2
    _, document = run_json("--console", text, "--profile", "all", *EXAMPLE)
    assert [list(one) for one in document["entries"]] == [["method", "url", "profiles"]] * 2


def test_an_allowed_request_gets_a_note_because_a_browser_has_blocked_it(run_json):
    status, document = run_json("GET", "--console", CHROMIUM, *EXAMPLE)
    assert (status, document["verdict"], document["notes"]) == (0, "allowed", [DOUBT])
    status, document = run_json("GET", ITEMS, "--origin", APP, *EXAMPLE)
    assert document["notes"] == []


def test_a_preflight_is_assumed_if_the_text_is_about_one(run_json):
    why = "Response to preflight request doesn't pass access control check: "
    text = CHROMIUM.replace("policy: ", f"policy: {why}")
    status, document = run_json("GET", "--console", text, *local("for_others"))
    assert (status, document["notes"]) == (1, [ABOUT_PREFLIGHT])
    assert document["exchanges"][0]["kind"] == "preflight"


ABOUT_PREFLIGHTS = {
    "chromium": CHROMIUM.replace(
        "policy: ", "policy: Response to preflight request doesn't pass access control check: "
    ),
    "firefox": (
        f"{FIREFOX}CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 403.\n"
        f"{FIREFOX}CORS request did not succeed). Status code: (null)."
    ),
    "webkit": f"Preflight response is not successful. Status code: 403\n{DENIED}",
}
"""Messages without a method that prove a preflight."""


@wrap(allow_origins=[APP], allow_methods=["POST", "PUT"])
def changes_something(environ, start_response):
    assert environ["REQUEST_METHOD"] == "OPTIONS", "the method is a guess"
    start_response("204 No Content", [])
    return []


@pytest.mark.parametrize("text", ABOUT_PREFLIGHTS.values(), ids=ABOUT_PREFLIGHTS)
def test_a_message_about_a_preflight_is_not_explained_as_a_get(run_json, text):
    status, document = run_json("--console", text, "--origin", "https://other.example", *EXAMPLE)
    assert (status, document["exchanges"][0]["kind"]) == (1, "preflight")
    assert sent_headers(document)["access-control-request-method"] == "PUT"
    assert document["change"]["view"] == "replace_items"
    assert document["notes"][0] == (
        "The text does not name the method; PUT is a guess, because a GET without headers needs no "
        "preflight. The URL also serves GET. If the page uses GET, repeat: wsgicors explain GET "
        "--console …"
    )


@pytest.mark.parametrize("text", ABOUT_PREFLIGHTS.values(), ids=ABOUT_PREFLIGHTS)
def test_a_request_whose_method_is_a_guess_is_not_sent(run_json, text):
    asked = ["--console", text, "--origin", APP, *local("changes_something")]
    status, document = run_json(*asked)
    assert (status, document["verdict"]) == (3, "unknown")
    assert document["steps"][0] == f"A page of {APP} requests POST {ITEMS}."
    unsent = (
        f"POST {ITEMS} was not sent, because the method is a guess. If the page uses POST, repeat: "
        "wsgicors explain POST --console …"
    )
    assert unsent in document["notes"]


@wrap(allow_origins=[APP])
def reads_and_writes(environ, start_response):
    assert environ["REQUEST_METHOD"] in {"GET", "OPTIONS"}, "the method is a guess"
    start_response("200 OK", [("Allow", "GET, POST")])
    return []


@pytest.mark.parametrize("profile", [[], ["--profile", "all"]], ids=["firefox", "all"])
@pytest.mark.parametrize(("status", "verdict"), [(200, "allowed"), (403, "unknown")])
def test_a_guessed_method_is_not_allowed_if_the_browser_saw_another_status(
    run_json, status, verdict, profile
):
    text = f"{FIREFOX}CORS header ‘Access-Control-Allow-Origin’ missing). Status code: {status}."
    asked = ["--console", text, "--origin", APP, *local("reads_and_writes"), *profile]
    code, document = run_json(*asked)
    assert code == {"allowed": 0, "unknown": 3}[verdict]
    for one in document.get("profiles", {"firefox": document}).values():
        assert one["verdict"] == verdict
    if verdict == "unknown":
        assert one["steps"][-1] == (
            "Unknown: the message has the status 403 and names no method, and this GET is only a "
            "guess. If the page uses POST, repeat: wsgicors explain POST --console …"
        )
        assert "response" not in one
        (difference,) = [note for note in one["notes"] if "saw the status 403" in note]
        assert "answered 200: the request had another method, or" in difference


def test_a_method_that_the_text_does_not_name_is_tried_without_sending_the_request(run_json):
    text = f"{FIREFOX}CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 403."
    asked = ["--console", text, "--origin", APP, *local("reads_but_refuses_to_delete")]
    code, document = run_json(*asked)
    assert (code, document["verdict"], len(document["exchanges"])) == (1, "blocked", 1)
    assert sent_headers(document)["access-control-request-method"] == "DELETE"
    assert document["notes"][-1] == MAYBE_METHOD.format("GET", "DELETE")


def reads_but_refuses_to_delete(environ, start_response):
    assert environ["REQUEST_METHOD"] != "DELETE"
    headers = [("Allow", "GET, DELETE")]
    refuses = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD") == "DELETE"
    if not refuses:
        names = "Origin", "Headers"
        headers += [(f"Access-Control-Allow-{name}", "*") for name in names]
    start_response("403 Forbidden" if refuses else "200 OK", headers)
    return []


OF_A_HEADER = (
    f"{BLOCKED}Request header field x-one is not allowed by Access-Control-Allow-Headers in "
    "preflight response."
)


@pytest.mark.parametrize(
    ("given", "noted"),
    [
        ([], ["The message does not say the value of x-one", "A browser names one header"]),
        (["-H", "X-Two: 2"], ["The message does not say the value of x-one"]),
        (["-H", "X-One: 1"], []),
    ],
)
def test_headers_that_are_given_are_not_asked_for(run_json, given, noted):
    _, document = run_json("PUT", "--console", OF_A_HEADER, *given, *EXAMPLE)
    assert len(document["notes"]) == len(noted)
    assert all(map(str.startswith, document["notes"], noted))


def without_cors(environ, start_response):
    start_response("200 OK", [("Allow", "GET")])
    return []


def test_a_message_about_a_header_shows_that_the_origin_was_allowed(run_json):
    """So a server whose preflight response allows no origin is not the browser's."""
    _, document = run_json("PUT", "--console", OF_A_HEADER, *local("without_cors"))
    assert document["notes"][-1] == (
        "The browser saw a preflight response that allows the origin, but this server sent no "
        f"Access-Control-Allow-Origin: {OTHERS}."
    )
    other = ["--origin", "https://other.example"]
    _, document = run_json("PUT", "--console", OF_A_HEADER, *local("without_cors"), *other)
    assert not any("The browser saw" in note for note in document["notes"])


class OnlyPut:
    """A server that serves one method, and names it where it refuses another."""

    def __init__(self, of_preflights, of_others):
        self.of_preflights, self.of_others = of_preflights, of_others

    def __call__(self, environ, start_response):
        lines = [("Access-Control-Allow-Origin", APP)]
        if environ["REQUEST_METHOD"] == "OPTIONS":
            headers = ("Access-Control-Allow-Headers", "x-one")
            lines += [headers, ("Access-Control-Allow-Methods", self.of_preflights)]
            start_response("200 OK", lines)
        else:
            start_response("405 Method Not Allowed", [*lines, ("Allow", self.of_others)])
        return []


@pytest.mark.parametrize(
    ("of_preflights", "of_others", "named"),
    [
        ("PUT", "PUT, OPTIONS", "PUT"),
        ("GET, PUT", "", "PUT"),
        ("*", "PATCH", "PATCH"),
        ("DELETE, POST", "", "POST"),
        ("POST, PUT", "é", "POST"),
    ],
)
def test_a_guess_that_gets_a_405_is_unknown_and_the_note_names_what_is_served(
    run_json, of_preflights, of_others, named
):
    with serving(OnlyPut(of_preflights, of_others)) as url:
        status, document = run_json("--console", OF_A_HEADER.replace(ITEMS, f"{url}/items"))
    assert (status, document["verdict"]) == (3, "unknown")
    repeat = f"If the page uses {named}, repeat: wsgicors explain {named} --console …"
    assert f"The text does not name the method; GET is a guess. {repeat}" in document["notes"]
    assert document["steps"][-1] == (
        "Unknown: the message names no method, this GET is only a guess, and the server answered "
        f"405. {repeat}"
    )
    assert not any("According to the message" in note for note in document["notes"])


@wrap(allow_origins=[APP], allow_headers=["X-One"])
def moved(environ, start_response):
    start_response("302 Found", [("Location", "https://elsewhere.example/")])
    return []


def test_a_get_is_sent_even_if_the_method_is_a_guess(run_json):
    _, document = run_json("--console", OF_A_HEADER, *local("moved"))
    assert [one["kind"] for one in document["exchanges"]] == ["preflight", "request"]
    assert document["verdict"] == "unknown"
    assert DOUBT_PREFLIGHT not in document["notes"]


def test_a_response_that_differs_explains_a_message_about_a_preflight_by_itself(run_json):
    text = ABOUT_PREFLIGHTS["webkit"]
    _, document = run_json("--console", text, "--origin", APP, *local("changes_something"))
    assert document["notes"][-1].startswith("The browser saw the status 403, but this server ")


def test_a_preflight_that_succeeds_contradicts_a_message_about_one(run_json):
    with serving(Server(THE_APP, "Access-Control-Allow-Headers: content-type")) as url:
        text = ABOUT_PREFLIGHTS["webkit"].replace("403", "204").replace(ITEMS, f"{url}/items")
        status, document = run_json("--console", text, "--origin", APP)
    assert (status, document["verdict"]) == (3, "unknown")
    assert document["notes"][-1] == DOUBT_PREFLIGHT
    assert DOUBT_PREFLIGHT.startswith(
        "If you have just changed the server, this block is removed. "
        "According to the message the browser blocked such a preflight, but this one succeeds. "
    )


@pytest.mark.parametrize("profile", [[], ["--profile", "all"]], ids=["firefox", "all"])
def test_a_preflight_is_assumed_if_the_request_passes_without_one(run_json, profile):
    asked = ["GET", "--console", f"{FIREFOX}CORS disabled).", "--origin", APP, *profile]
    status, document = run_json(*asked, *local("needs_content_type"))
    assert status == 1
    for one in document.get("profiles", {"firefox": document}).values():
        assert (one["verdict"], one["notes"]) == ("blocked", [MAYBE_PREFLIGHT])


def test_no_preflight_is_assumed_if_it_would_succeed(run_json):
    asked = ["GET", "--console", f"{FIREFOX}CORS disabled).", "--origin", APP, *EXAMPLE]
    status, document = run_json(*asked)
    assert (status, document["verdict"], document["notes"]) == (0, "allowed", [DOUBT])
    assert [one["kind"] for one in document["exchanges"]] == ["request"]


MISMATCH = f"{FIREFOX}CORS header ‘Access-Control-Allow-Origin’ does not match ‘{{}}’)."


@wrap(allow_origins=[APP], allow_methods=["GET", "PUT"], allow_headers=["Content-Type"])
def needs_json(environ, start_response):
    is_json = environ.get("CONTENT_TYPE") == "application/json"
    length = environ.get("CONTENT_LENGTH") or "0"
    status = "400 Bad Request" if is_json else "415 Unsupported Media Type"
    start_response("200 OK" if is_json and int(length) else status, [])
    return []


@wrap(allow_origins=[APP], allow_methods=["PUT"])
def refuses_the_host(environ, start_response):
    start_response("400 Bad Request", [])
    return [b"Host 'api.example' is not trusted."]


OF_CONTENT_TYPE = (
    f"{BLOCKED}Request header field content-type is not allowed by Access-Control-Allow-Headers in "
    "preflight response."
)


@pytest.mark.parametrize("profile", [[], ["--profile", "all"]], ids=["chromium", "all"])
@pytest.mark.parametrize(
    ("text", "status"), [(BLOCKED + METHOD.format("PUT"), 415), (OF_CONTENT_TYPE, 400)]
)
def test_a_server_that_misses_a_body_gets_a_note_that_messages_show_none(
    run_json, text, status, profile
):
    asked = ["PUT", "--console", text, *profile, *local("needs_json")]
    code, document = run_json(*asked)
    assert code == 0
    for one in document.get("profiles", {"chromium": document}).values():
        assert one["notes"][-2:] == [NO_BODY.format(status), DOUBT]
    assert NO_BODY.format(415) == (
        "A console message does not show the body, so explain sent none, and the server answered "
        "415. If the page sends JSON, add -H 'Content-Type: application/json' -d '{}'."
    )
    code, document = run_json(*asked, "-H", "Content-Type: application/json", "-d", "{}")
    documents = document.get("profiles", {"chromium": document}).values()
    assert {one["response"]["status"] for one in documents} == {200}
    assert "does not show the body" not in str(document)


@pytest.mark.parametrize(
    ("arguments", "server"),
    [
        (["GET", "--console", CHROMIUM], "needs_json"),
        (["PUT", "--console", BLOCKED + METHOD.format("PUT"), "--preflight-only"], "needs_json"),
        (["PUT", "--console", BLOCKED + METHOD.format("PUT"), "-d", ""], "needs_json"),
        (["PUT", ITEMS, "--origin", APP], "needs_json"),
        (["--curl", f"curl -X PUT {ITEMS} -H 'Origin: {APP}'"], "needs_json"),
        (["PUT", "--console", BLOCKED + METHOD.format("PUT")], "refuses_the_host"),
        (["PUT", "--console", CHROMIUM], "changes_nothing"),
    ],
    ids=["get", "preflight", "body", "url", "curl", "host", "fine"],
)
def test_other_requests_get_no_note_about_a_body(run_json, arguments, server):
    _, document = run_json(*arguments, *local(server))
    assert document["notes"] == [note for note in document["notes"] if "the body" not in note]


@wrap(allow_origins=[APP], allow_methods=["PUT"])
def changes_nothing(environ, start_response):
    start_response("204 No Content", [])
    return []


@pytest.mark.parametrize("profile", [[], ["--profile", "all"]], ids=["firefox", "all"])
@pytest.mark.parametrize("server", ["examples.flask_app:app", f"{__name__}:for_others"])
def test_a_message_that_contradicts_the_server_gets_a_note(run_json, server, profile):
    text = MISMATCH.format("https://other.example")
    asked = ["GET", "--console", text, "--origin", APP, *profile, "--app", server]
    _, document = run_json(*asked)
    for one in document.get("profiles", {"firefox": document}).values():
        (note,) = one["notes"]
        assert note.startswith("The browser saw 'https://other.example' in Access-Control-Allow-")
        assert "another layer in front of it (proxy, cache, second CORS library)" in note


def test_a_preflight_is_assumed_only_if_it_explains_the_message(run_json):
    asked = ["GET", "--origin", APP, *local("needs_content_type")]
    status, document = run_json("--console", MISMATCH.format("https://other.example"), *asked)
    assert (status, document["verdict"], len(document["exchanges"])) == (0, "allowed", 1)
    status, document = run_json("--console", MISMATCH.format(APP), *asked)
    assert (status, document["verdict"], document["notes"]) == (1, "blocked", [MAYBE_PREFLIGHT])


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [
        ("CORS request did not succeed). Status code: (null).", NOT_REACHED),
        ("CORS request not http).", NOT_HTTP),
    ],
)
@pytest.mark.parametrize("server", ["examples.flask_app:app", f"{__name__}:needs_content_type"])
def test_a_message_about_something_else_says_what_it_means_if_the_request_passes(
    run_json, reason, meaning, server
):
    asked = ["GET", "--console", FIREFOX + reason, "--origin", APP, "--app", server]
    status, document = run_json(*asked)
    assert (status, document["verdict"], document["notes"]) == (0, "allowed", [meaning])
    status, document = run_json(*asked[1:-1], f"{__name__}:for_others")
    assert (status, document["verdict"]) == (1, "blocked")
    assert meaning not in document["notes"]


@wrap(allow_origins=[APP])
def without_credentials(environ, start_response):
    start_response("200 OK", [])
    return []


def test_credentials_are_assumed_if_a_message_without_a_cause_passes_without_them(run_json):
    asked = ["GET", "--console", DENIED, "--origin", APP, *local("without_credentials")]
    status, document = run_json(*asked)
    assert (status, document["notes"]) == (1, [MAYBE_CREDENTIALS])
    assert document["change"]["settings"] == {"allow_credentials": True}
    status, document = run_json(*asked, "--no-credentials")
    assert (status, document["verdict"], document["notes"]) == (0, "allowed", [DOUBT])


@wrap(allow_origins=[APP], allow_headers=["Content-Type"], allow_credentials=True)
def with_everything(environ, start_response):
    start_response("200 OK", [])
    return []


def test_a_message_without_a_cause_is_doubted_if_credentials_change_nothing(run_json):
    asked = ["GET", "--console", DENIED, "--origin", APP, *local("with_everything")]
    status, document = run_json(*asked)
    assert (status, document["verdict"], document["notes"]) == (0, "allowed", [DOUBT])


def test_all_messages_together_have_one_time_limit(run_json):
    connections = []

    def play(connection, over):
        connections.append(1)
        over.wait(60)

    with playing(play) as url:
        texts = [CHROMIUM.replace(ITEMS, f"{url}/{number}") for number in range(3)]
        status, document = run_json("--console", "\n".join(texts), "--timeout", "0.2")
    assert (status, [one["verdict"] for one in document["entries"]]) == (1, ["failed"] * 3)
    assert len(connections) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--console", DENIED],
            "--origin': the text does not name the page's origin; use --origin",
        ),
        (["--console", "hello"], "--console: expected a message such as 'Access to fetch at"),
        (["--console", ""], "--console: expected a message such as"),
        (["--console", CHROMIUM, ITEMS], f"got {ITEMS!r}; use either URL or --console"),
        (["--console", CHROMIUM, "GET", "PUT"], "got 'GET PUT'; use either URL or --console"),
        (["--console", CHROMIUM, "G ET"], "'G ET' is not an HTTP method"),
        (
            ["--console", CHROMIUM.replace(ITEMS, "localhost:5001/items")],
            "does not begin with http:// or https://; use 'http://localhost:5001/items'",
        ),
        ([], "expected [METHOD] URL, got 0 arguments"),
    ],
)
def test_other_uses_exit_with_2_and_say_what_to_use(run, arguments, message):
    result = run(*arguments, *local("for_others"))
    assert result.exit_code == 2
    assert message in result.output.splitlines()[-1]
    assert "Traceback" not in result.output


def test_two_texts_are_rejected():
    with pytest.raises(click.UsageError, match="--console and --curl cannot be combined; use one"):
        read_requests((), {"--console": CHROMIUM, "--curl": "curl", "--fetch": None})


def test_too_much_on_standard_input_is_not_read(run):
    result = run("--console", "-", input=b"x" * (MAX_BYTES + 1))
    assert result.exit_code == 2
    assert "standard input has more than 400,000 bytes" in result.output


def test_secrets_in_a_text_are_hidden_unless_they_are_wanted(run):
    url = f"{ITEMS}?access_token=f8a7b2c9d1"
    text = f"{BLOCKED}{METHOD.format('DELETE')}\n{CHROMIUM}".replace(ITEMS, url)
    for options in ([], ["--json"]):
        asked = ["--console", text, *options, *local("for_others")]
        assert "f8a7b2c9d1" not in run(*asked).output
        assert "f8a7b2c9d1" in run(*asked, "--show-secrets").output


def failing(environ, start_response):
    raise ValueError("a fault of the app")


def test_an_app_that_raises_when_it_is_asked_for_its_methods_exits_with_2(run):
    result = run("--console", CHROMIUM, *local("failing"))
    assert result.exit_code == 2
    assert "a fault of the app" in result.output
