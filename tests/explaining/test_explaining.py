"""What is told, sentence by sentence."""

import pytest

from wsgicors import wrap
from wsgicors.explaining import CannotAsk, explain, visible
from wsgicors.explaining.remedies import COMPLAINTS
from wsgicors.testing import checks, fetching, redirects

from ..testing.servers import ANYBODY, API, APP, OTHER, THE_APP, Server, serving

ITEMS = f"{API}/items"
METHODS = "Access-Control-Allow-Methods: PUT"


def told(server, method="GET", url=ITEMS, **options):
    return explain(method, url, servers=server, **{"origin": APP, **options})


def test_a_preflight_and_its_request_are_told_step_by_step():
    explanation = told(Server(ANYBODY, METHODS), "PUT", body="tea")
    assert explanation.steps == (
        f"A page of {APP} makes a PUT to {ITEMS}.",
        "First the browser asks, with a preflight, because of the method PUT.",
        f"It sends OPTIONS {ITEMS} with Access-Control-Request-Method: PUT; Origin: {APP}.",
        f"It gets 204 No Content with {ANYBODY}; {METHODS}: the request may be sent.",
        f"It sends PUT {ITEMS} with Content-Type: text/plain;charset=UTF-8; Origin: {APP}.",
        f"It gets 200 OK with {ANYBODY}; {METHODS}.",
        "Allowed: script reads status 200, the body, and no header.",
    )
    assert [exchange.kind for exchange in explanation.exchanges] == ["preflight", "request"]
    assert (explanation.verdict, explanation.response.text) == ("allowed", "hello")
    assert (explanation.step, explanation.change) == ("", None)


def test_a_request_that_needs_no_preflight_says_so():
    explanation = told(Server(), credentials="include")
    assert explanation.steps[0].endswith(f" to {ITEMS}, with credentials.")
    assert explanation.steps[1].startswith("No preflight is needed: GET and its headers")
    assert explanation.steps[3] == "It gets 200 OK and no CORS header."


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        pytest.param({"X-A": "1"}, "the header x-a.", id="name"),
        pytest.param(
            {"Content-Type": "application/json"},
            "the header content-type, whose value is 'application/json'.",
            id="type",
        ),
        pytest.param(
            {"Accept": "a" * 129},
            "the header accept, whose value is longer than 128 bytes.",
            id="long",
        ),
        pytest.param(
            {"X-A": "1", "X-B": "2", "X-C": "3"},
            "the header x-a, the header x-b and the header x-c.",
            id="several",
        ),
    ],
)  # fmt: skip
def test_the_reasons_of_a_preflight_are_named(headers, reason):
    assert told(Server(ANYBODY), headers=headers).steps[1].endswith(f"because of {reason}")


def test_safelisted_values_may_be_too_long_together():
    headers = {
        "Accept": "a" * 120,
        "Accept-Language": "b" * 120,
        "Content-Language": "c" * 120,
        "Range": "bytes=" + "0" * 100 + "-",
        "Content-Type": "text/plain;" + "a" * 110,
    }
    hints = [(name, "1" * 120) for name in ("DPR", "Width", "RTT", "Downlink", "Device-Memory")]
    explanation = told(Server(ANYBODY), headers=[*headers.items(), *hints], profile="chromium")
    assert "the header accept, since the values are long together" in explanation.steps[1]


def test_headers_that_browsers_leave_out_are_named():
    explanation = told(Server(ANYBODY), headers={"Cookie": "a=1", "Accept": "text/html"})
    assert explanation.steps[1] == "The browser leaves out Cookie, which script cannot set here."
    given = [("Cookie", "a=1"), ("X-A", "1")]
    explanation = told(Server(ANYBODY), headers=given, mode="no-cors")
    assert "leaves out Cookie and X-A," in explanation.steps[1]


def test_at_its_own_origin_a_page_is_not_kept_from_anything():
    explanation = told(Server(), origin=API)
    own = "The URL is at the page's own origin, so CORS has no say, unless it redirects."
    assert explanation.steps[1] == own
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
def test_an_opaque_response_is_allowed_and_of_no_use(server, options):
    explanation = told(server, **options)
    assert explanation.verdict == "allowed"
    assert explanation.steps[-1].startswith("Allowed, but script sees neither status nor headers")


def test_headers_that_are_not_exposed_are_named():
    server = Server(ANYBODY, "Content-Type: text/plain", "ETag: 1", "Vary: Origin", "Set-Cookie: a")
    assert told(server).steps[-2:] == (
        "Script cannot read etag: Access-Control-Expose-Headers (the setting expose_headers) would "
        "have to list it.",
        "Allowed: script reads status 200, the body, and content-type.",
    )


@pytest.mark.parametrize("status", ["403 Forbidden", "500 Internal Server Error"])
def test_an_error_that_script_may_read_is_called_the_servers_own(status):
    explanation = told(Server(ANYBODY, status=status))
    assert explanation.verdict == "allowed"
    assert explanation.steps[-2:] == (
        f"CORS is fine here: the status {status[:3]} is the server's own answer.",
        f"Allowed: script reads status {status[:3]}, the body, and no header.",
    )


def test_a_status_that_is_no_error_needs_no_word():
    assert "CORS is fine" not in str(told(Server(ANYBODY, status="399 Odd")))


def test_redirects_are_told_and_where_they_hide_the_page():
    first = Server(THE_APP, f"Location: {OTHER}/", status="302 Found")
    steps = told({API: first, OTHER: Server(THE_APP)}).steps
    assert steps[4].startswith(f"It follows the redirect to {OTHER}/, and from here on calls")
    inside = Server(THE_APP).at("/items", "302 Found", THE_APP, "Location: /other")
    assert f"It follows the redirect to {API}/other." in told(inside).steps


def test_a_fetch_that_fails_for_another_reason_is_not_called_blocked():
    explanation = told(Server(ANYBODY, "Location: ftp://a", status="302 Found"))
    assert explanation.verdict == "failed"
    assert explanation.steps[-1].startswith("Failed, and not because of CORS: the redirect")


def test_live_servers_are_asked_wherever_a_redirect_leads():
    with serving(Server(ANYBODY)) as second:
        first = Server(ANYBODY, f"Location: {second}/", status="302 Found")
        with serving(first) as url:
            assert told(None, url=url).verdict == "allowed"


def test_the_text_has_the_steps_and_what_is_wrong():
    text = str(told(Server(ANYBODY), "PUT"))
    assert text.splitlines()[0].startswith("1. A page of")
    assert "\n   needed    Access-Control-Allow-Methods: PUT\n" in text
    assert text.splitlines()[-1] == (
        "   change    answer the preflights of /items with 'Access-Control-Allow-Methods: PUT'"
    )
    assert "change" not in str(told(Server(ANYBODY)))


def test_the_policy_of_a_wrapper_around_ours_is_not_ours_to_change():
    """The app's own policy admits the page; something around it has taken the header away."""

    @wrap(allow_origins=[APP])
    def app(environ, start_response):
        raise AssertionError("not reached")

    def outside(environ, start_response):
        start_response("200 OK", [])
        return []

    outside.route_of = app.route_of
    change = told(outside).change
    assert (change.settings, change.headers) == ({}, [("Access-Control-Allow-Origin", APP)])


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
def test_what_no_browser_sends_is_not_explained(method, url, options):
    server = Server()
    with pytest.raises(CannotAsk):
        told(server, method, url, **options)
    assert server.asked == []


def test_every_step_has_a_complaint():
    steps = {checks.LIST_READABLE.format(name) for name in (checks.METHODS, checks.HEADERS)}
    for room in checks, fetching, redirects:
        steps |= {
            value
            for value in vars(room).values()
            if isinstance(value, str) and value.endswith("?") and "{}" not in value
        }
    assert set(COMPLAINTS) == steps


def test_what_a_server_sends_reaches_no_terminal_as_it_is():
    assert visible("a\x1b[2J\u202eb\n") == "a\\x1b[2J\\u202eb\\n"
    told_all = str(told(Server("Access-Control-Allow-Origin: \x9b31m")))
    assert "\x9b" not in told_all
    assert "\\x9b31m" in told_all
