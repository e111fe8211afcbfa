"""Recorded requests are judged by what was recorded, and by nothing else."""

import pytest

from tests.unit.explaining.recorded.archives import (
    ALLOWING,
    API,
    GRANTING,
    ITEMS,
    PAGE,
    archive,
    empty,
    entry,
    lines,
    load,
    preflight,
)
from wsgicors import CORSMiddleware, Policy, wrap
from wsgicors.explaining import CannotAsk
from wsgicors.explaining.recorded.judging import Judge

ANY = {"Access-Control-Allow-Origin": "*"}
WITH_COOKIES = {**ALLOWING, "Access-Control-Allow-Credentials": "true"}
PUT = entry(method="PUT", sent={"X-A": "1"}, received=ALLOWING)


def judge_all(*entries, show_secrets=False, judge=None, **log):
    recording = load(archive(*entries, **log))
    found = (judge or Judge()).judge_all(recording)
    return [one.summarise(show_secrets=show_secrets) for one in found]


def judge(*entries, index=0, profile="chromium", **settings):
    """Return the explanation of an entry of Chromium."""
    explained = Judge(**settings).judge_entry(load(archive(*entries)), index)
    return explained.explanations[profile]


def verdicts(*entries, **settings):
    return [one.verdict for one in judge_all(*entries, **settings)]


@pytest.mark.parametrize(
    ("received", "verdict"),
    [
        (ALLOWING, "allowed"),
        (ANY, "allowed"),
        ({}, "blocked"),
        ({"access-control-allow-origin": PAGE}, "allowed"),
        ({"Access-Control-Allow-Origin": f"{PAGE}/"}, "blocked"),
        ({"Access-Control-Allow-Origin": "https://other.example"}, "blocked"),
    ],
)
def test_a_response_is_judged(received, verdict):
    assert verdicts(entry(received=received)) == [verdict]
    assert verdicts(preflight(), entry(method="PUT", received=received)) == [verdict]


@pytest.mark.parametrize(
    ("status", "received", "reason"),
    [
        (204, {}, "The preflight response has no Access-Control-Allow-Origin header."),
        (404, GRANTING, "The preflight response has the status 404."),
        (302, {**GRANTING, "Location": "/login"}, "The preflight response has the status 302."),
        (204, {**GRANTING, "Access-Control-Allow-Methods": "GET"}, "The preflight response does"),
        (204, {**ALLOWING, "Access-Control-Allow-Methods": "PUT"}, "not allow the request header"),
    ],
)
def test_a_refused_preflight_blocks_a_request_that_was_not_sent(status, received, reason):
    refused = preflight(status=status, received=received)
    for entries in ([refused], [empty(), refused], [refused, empty()]):
        (one,) = judge_all(*entries)
        assert (one.verdict, one.method, one.url) == ("blocked", "PUT", ITEMS)
        assert reason in one.reason
        assert one.step.startswith("CORS")


def test_a_granted_preflight_before_an_empty_entry_proves_nothing():
    explanation = judge(empty(), preflight())
    assert explanation.verdict == "unknown"
    assert explanation.steps[-1].startswith("Unknown: nothing forbids the request so far")
    missing = "The file has no response to the PUT request: the entry has no status and the error"
    assert explanation.notes[0] == f"{missing} net::ERR_FAILED."
    asks = f"wsgicors explain PUT {ITEMS} --origin {PAGE} -H 'x-a: 1' --send"
    assert f"To ask the server, run: {asks}" in explanation.notes
    (one,) = judge_all(empty(), preflight())
    assert one.reason == explanation.notes[0]


def test_a_granted_preflight_alone_proves_nothing():
    explanation = judge(preflight())
    assert explanation.verdict == "unknown"
    assert "The file has the preflight, but not the PUT request." in explanation.notes


def test_an_empty_entry_without_a_preflight_proves_nothing():
    explanation = judge(empty(), origin=PAGE)
    assert explanation.verdict == "unknown"
    missing = "The file has neither a preflight nor a response: the entry has no status"
    assert any(note.startswith(missing) for note in explanation.notes)


def test_a_request_after_a_cached_preflight_is_judged_by_its_response():
    assert verdicts(PUT) == ["allowed"]
    assert verdicts(entry(method="PUT", sent={"X-A": "1"})) == ["blocked"]
    assert any("It counts as granted." in note for note in judge(PUT).notes)
    both = judge(preflight(), PUT, index=1)
    assert not any("It counts as granted." in note for note in both.notes)


def test_a_preflight_of_a_simple_request_is_judged_too():
    plain = {"names": "", "method": "GET"}  # as for an upload listener
    assert verdicts(preflight(**plain), entry(received=ALLOWING)) == ["allowed"]
    assert verdicts(preflight(**plain, status=403), empty("GET")) == ["blocked"]


def test_redirects_are_judged_as_far_as_they_were_recorded():
    moved = entry(status=302, received={**ANY, "Location": "/b"})
    after = judge(moved, entry(f"{API}/b"))
    assert (after.verdict, len(after.exchanges)) == ("blocked", 2)
    assert verdicts(moved, entry(f"{API}/b", received=ANY)) == ["allowed"]
    alone = judge(moved)
    assert alone.verdict == "unknown"
    assert f"The file has no entry for GET {API}/b." in alone.notes
    assert verdicts(entry(status=302, received={"Location": "/b"})) == ["blocked"]
    loop = [entry(status=302, received={**ANY, "Location": "/items"}, start=n / 10) for n in (0, 1)]
    assert verdicts(*loop) == ["unknown"]


def test_a_redirect_of_the_pages_own_server_is_judged():
    own = entry(f"{PAGE}/a", status=302, origin=None, received={"Location": ITEMS})
    assert verdicts(own, entry()) == ["blocked"]
    assert verdicts(own, entry(received=ANY)) == ["allowed"]
    cookie = entry(f"{PAGE}/a", "GET", {"Cookie": "a=1"}, 302, {"Location": ITEMS}, origin=None)
    assert verdicts(cookie, entry(received=ANY)) == ["allowed"]


def test_an_entry_of_a_chain_explains_the_whole_chain():
    entries = [preflight(), entry(), PUT]
    whole = judge(*entries, index=2)
    part = judge(*entries, index=0)
    assert part.steps == whole.steps
    about = "Entry 0 is a part of what became of the request of entry 2."
    assert part.notes == (*whole.notes, about)
    (one,) = [row for row in judge_all(*entries) if row.method == "PUT"]
    assert (one.index, one.indexes) == (2, [0, 2])


# Origin, credentials, headers


def test_the_origin_is_that_of_the_preflight_else_of_the_request_else_of_the_referrer():
    for entries in (
        [preflight(status=403), empty()],
        [entry()],
        [entry(origin=None, sent={"Referer": f"{PAGE}/a"}, request={"headers": lines({})})],
    ):
        assert [one.origin for one in judge_all(*entries, judge=Judge(origin=PAGE))] == [PAGE]
    referred = judge(empty("GET"))
    assert f"The origin {PAGE} is that of the referrer; --origin sets another." in referred.notes
    (one,) = judge_all(empty("GET"), judge=Judge(origin="https://other.example"))
    assert one.origin == "https://other.example"
    (one,) = judge_all(entry(), judge=Judge(origin="https://other.example"))
    assert one.origin == PAGE


def test_without_an_origin_nothing_can_be_said():
    bare = entry(status=0, request={"headers": []})
    (one,) = judge_all(bare)
    assert (one.verdict, one.origin) == ("unknown", None)
    assert one.reason.startswith("The file does not show the page's origin")
    with pytest.raises(CannotAsk, match=r"entry 0 cannot be explained: .* use --origin"):
        judge(bare)


def test_a_cookie_proves_credentials():
    sent = entry(sent={"Cookie": "sid=s3cret-value"}, received=ANY)
    assert judge(sent).reason.endswith("is not accepted for requests with credentials.")
    listed = entry(received=ANY, request={"cookies": lines({"sid": "s3cret-value"})})
    assert verdicts(listed) == ["blocked"]
    assert verdicts(entry(sent={"Authorization": "Negotiate abc"}, received=ANY)) == ["blocked"]
    assert verdicts(entry(sent={"Authorization": "Bearer abc"}, received=ANY)) == ["allowed"]


def test_without_a_cookie_a_note_says_how_it_ends_with_credentials():
    explanation = judge(entry(received=ANY))
    assert explanation.verdict == "allowed"
    assert "with credentials the result is: Blocked" in explanation.notes[0]
    assert judge(entry(received=ANY), credentials="include").verdict == "blocked"
    assert judge(entry(received=ANY), credentials="same-origin").notes == ()


def test_a_response_that_chromium_failed_for_credentials_had_credentials():
    failed = entry(received=ANY, error="net::ERR_FAILED")
    explanation = judge(failed)
    assert explanation.verdict == "blocked"
    assert "so explain assumes that it includes credentials" in explanation.notes[0]
    assert judge(failed, credentials="same-origin").verdict == "unknown"


def test_a_response_that_chromium_failed_for_another_reason_is_unknown():
    failed = entry(received=WITH_COOKIES, error="net::ERR_FAILED")
    explanation = judge(failed)
    assert (explanation.verdict, explanation.response) == ("unknown", None)
    end = "Unknown: CORS allows the response, but the browser noted net::ERR_FAILED."
    assert explanation.steps[-1] == end
    assert judge_all(failed)[0].reason == end.removeprefix("Unknown: ")
    by_corp = entry(received=WITH_COOKIES, error="net::ERR_BLOCKED_BY_RESPONSE.NotSameSite")
    assert verdicts(by_corp) == ["unknown"]


def test_a_response_that_was_cut_off_is_allowed_with_a_note():
    explanation = judge(entry(received=ALLOWING, error="net::ERR_ABORTED"))
    assert explanation.verdict == "allowed"
    note = "CORS allows the response, but the browser noted net::ERR_ABORTED."
    assert note in explanation.notes


def test_a_response_that_chromium_let_pass_had_no_credentials_that_were_refused():
    assert judge(entry(received=ANY, error=None)).notes == ()


def test_a_verdict_does_not_contradict_the_recording():
    passed = judge(entry(error=None))
    assert (passed.verdict, passed.change, passed.step) == ("unknown", None, "")
    assert passed.steps[-1].startswith(
        "Unknown: The response has no Access-Control-Allow-Origin header, but the browser noted no "
        "error, so the page got the response"
    )
    sent = judge(preflight(status=403), PUT, index=1)
    assert sent.verdict == "unknown"
    assert "has the status 403, but the file has a response to the request" in sent.steps[-1]
    reason = judge_all(preflight(status=403), PUT)[0].reason
    assert reason == sent.steps[-1].removeprefix("Unknown: ")
    assert judge(preflight(), entry(method="PUT", sent={"X-A": "1"}), index=1).verdict == "blocked"


def test_the_headers_are_those_for_which_the_preflight_asks():
    sent = {"X-A": "é→", "X-Browser-Extension": "1", "Accept": "text/csv", ":path": "/items"}
    put = entry(method="PUT", sent=sent, received=ALLOWING)
    asks = preflight(names="content-type,x-a")
    granted = {**GRANTING, "Access-Control-Allow-Headers": "content-type, x-a"}
    explanation = judge(preflight(names="content-type,x-a", received=granted), put, index=1)
    assert explanation.verdict == "allowed"
    assert "the page sets x-a" in explanation.steps[1]
    assert "content-type is 'application/json'" in explanation.steps[1]
    assert "content-type: application/json; x-a: (unknown); Origin" in explanation.steps[4]
    unsent = entry(method="PUT", sent=sent, status=0)
    assert judge(asks, unsent, index=1).needed == "Access-Control-Allow-Headers: content-type"


def test_a_safe_value_of_a_header_for_which_the_preflight_asks_does_not_hide_it():
    post = entry(method="POST", sent={"Content-Type": "text/plain"}, status=0)
    asks = preflight(method="POST", names="content-type", received=ALLOWING)
    assert judge(asks, post, index=1).needed == "Access-Control-Allow-Headers: content-type"


def test_a_response_shows_that_mixed_content_was_sent():
    url = "http://api.example/items"
    assert verdicts(entry(url, received=ALLOWING, error=None)) == ["allowed"]
    assert verdicts(entry(url, status=0, error="net::ERR_FAILED")) == ["failed"]


def test_a_request_that_was_sent_had_no_credentials_that_its_preflight_does_not_allow():
    failed = entry(method="PUT", sent={"X-A": "1"}, received=ALLOWING, error="net::ERR_FAILED")
    assert verdicts(preflight(), failed) == ["unknown"]


@pytest.mark.parametrize("character", ["\u00a0", "\x85", "\u2028", "\x0b", "\x0c"])
def test_a_space_that_browsers_do_not_ignore_is_kept(character):
    received = {"Access-Control-Allow-Origin": PAGE + character}
    assert verdicts(entry(received=received)) == ["blocked"]


def test_an_allowed_request_that_needs_no_credentials_has_a_reason():
    (one,) = judge_all(entry(received=ANY), creator={"name": "Firefox"})
    assert one.verdict == "allowed"
    assert one.reason.startswith("Only without credentials")
    (one,) = judge_all(entry(received=WITH_COOKIES), creator={"name": "Firefox"})
    assert (one.verdict, one.reason) == ("allowed", "")


def test_a_response_that_webkit_kept_from_the_page_is_not_allowed():
    noted = "Credentials flag is true, but Access-Control-Allow-Credentials is not true."
    kept = entry(received=WITH_COOKIES, error=noted)
    assert verdicts(kept, creator={"name": "WebKit Web Inspector"}) == ["unknown"]


def test_the_request_of_a_service_worker_is_not_explained():
    with pytest.raises(CannotAsk, match="service-worker"):
        judge(entry(_fetchType="Service Worker"))


def test_numbers_that_no_float_can_hold_count_as_missing():
    assert verdicts(entry(status=10**400)) == ["unknown"]
    assert verdicts(entry(received=ALLOWING, time=10**400)) == ["allowed"]


def test_no_field_of_a_list_has_secrets():
    (one,) = judge_all(entry(method="GET token=s3cret", origin="https://app.example/?token=s3cret"))
    assert "s3cret" not in f"{one}"


# In what CORS has no part


@pytest.mark.parametrize(
    ("one", "aside"),
    [
        (entry("data:text/plain,1", status=0), "not-http"),
        (entry("blob:https://app.example/1"), "not-http"),
        (entry("wss://api.example/", status=101), "not-http"),
        (entry("chrome-extension://abc/a.js"), "not-http"),
        (entry(method="CONNECT"), "not-http"),
        (entry(sent={"Sec-Fetch-Mode": "navigate"}), "navigation"),
        (entry(sent={"Sec-Fetch-Mode": "websocket"}), "not-http"),
        (entry(sent={"Upgrade": "websocket"}, status=101), "not-http"),
        (entry(_apiRequest=True), "not-page"),
        (entry(origin=None, sent={"Sec-Fetch-Site": "same-origin"}), "same-origin"),
        (entry(_fetchType="Service Worker"), "service-worker"),
        (entry(sent={"Sec-Fetch-Mode": "no-cors"}, origin=None), "no-cors"),
        (entry(f"{PAGE}/items"), "same-origin"),
        (entry(f"{PAGE}/items", origin=None, sent={"Referer": f"{PAGE}/"}), "same-origin"),
        (entry(response={"_fetchedViaServiceWorker": True}), "service-worker"),
    ],
)
def test_requests_without_cors_are_left_out(one, aside):
    found = judge_all(one)
    assert [row.aside for row in found] == [aside]


def old(sent, method="GET", origin=PAGE, **more):
    """Return an entry of a browser without ``Sec-Fetch-Mode``, or of a page at ``http:``."""
    own = {"Origin": origin} if origin else {}
    return entry(method=method, request={"headers": lines({**own, **sent})}, **more)


HOST = {"Host": "api.example"}


@pytest.mark.parametrize(
    ("one", "aside"),
    [
        (old(HOST), ""),
        (old({}, _resourceType="fetch"), ""),
        (old({**HOST, "Accept": "text/html,*/*"}, "POST"), "navigation"),
        (old({**HOST, "Accept": "*/*"}, "POST"), ""),
        (old(HOST, "POST", _resourceType="document"), "navigation"),
        (old(HOST, "POST", _resourceType="ping"), "no-cors"),
        (old(HOST, origin=None, _resourceType="document"), "navigation"),
        (old(HOST, origin=None), "no-cors"),
        (old({":authority": "api.example"}, origin=None), "no-cors"),
        (old({"Referer": f"{PAGE}/"}, origin=None, _resourceType="image"), "no-cors"),
        (old({"Referer": f"{PAGE}/"}, origin=None, _resourceType="xhr", status=0), ""),
        (old({"Referer": f"{PAGE}/"}, origin=None, status=0), ""),
        (old({**HOST, "Referer": f"{API}/"}, origin=None), "same-origin"),
    ],
)
def test_without_sec_fetch_mode_other_signs_count(one, aside):
    assert [row.aside for row in judge_all(one)] == [aside]


def test_what_is_left_out_of_a_list_is_explained_where_it_can_be():
    own = judge(entry(f"{PAGE}/items"))
    assert (own.verdict, own.notes) == ("allowed", ())
    assert "CORS does not apply unless it redirects" in own.steps[1]
    sent = {"Sec-Fetch-Mode": "no-cors", "Referer": f"{PAGE}/"}
    opaque = judge(entry(sent=sent, origin=None))
    assert opaque.steps[-1].startswith("Allowed, but the response is opaque")
    with pytest.raises(CannotAsk, match=r"CORS does not apply to GET .*token=… \(navigation\)"):
        judge(entry(f"{ITEMS}?token=s3cret-value", sent={"Sec-Fetch-Mode": "navigate"}))


# Entries that are faulty


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (None, "The entry has no request with a method."),
        (entry(url="/items"), "The entry has no request with a valid URL."),
        (entry(method=""), "The entry has no request with a method."),
        (entry(method="G E T"), "'G E T' is not an HTTP method"),
        (entry(method="TRACE"), "browsers do not allow the method 'TRACE'"),
        (entry(origin="app.example"), "'app.example' is not an origin"),
        (entry(url="https://a_b!/"), "which no server has"),
        (preflight(names="x a"), "'x a' is not a header name"),
    ],
)
def test_an_entry_that_cannot_be_judged_is_unknown_with_the_reason(one, reason):
    (found,) = judge_all(one)
    assert found.verdict == "unknown"
    assert reason in found.reason
    with pytest.raises(CannotAsk, match="entry 0 cannot be explained: "):
        judge(one)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "the file has no entry 5; use another file"),
        ([entry(), entry()], "the file has no entry 5; use a number from 0 to 1"),
    ],
)
def test_an_entry_has_to_be_in_the_file(entries, message):
    with pytest.raises(CannotAsk, match=message):
        judge(*entries, index=5)
    with pytest.raises(CannotAsk, match="has no entry -1"):
        judge(*entries, index=-1)


# Servers that did not answer


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("net::ERR_CONNECTION_REFUSED", "Start the server"),
        ("NS_ERROR_CONNECTION_REFUSED", "Start the server"),
        ("net::ERR_NAME_NOT_RESOLVED", "Correct the host"),
        ("NS_ERROR_UNKNOWN_HOST", "Correct the host"),
        ("net::ERR_CERT_AUTHORITY_INVALID", "trust: net::ERR_CERT_AUTHORITY_INVALID."),
        ("net::ERR_SSL_PROTOCOL_ERROR", "Have the server at api.example:443 speak TLS."),
        ("net::ERR_CONNECTION_TIMED_OUT", "whether a firewall drops what is sent"),
        ("NS_ERROR_NET_TIMEOUT", "whether a firewall drops what is sent"),
        ("net::ERR_CONNECTION_RESET", "Look up in the server's log"),
        ("net::ERR_EMPTY_RESPONSE", "Look up in the server's log"),
    ],
)
def test_a_server_that_did_not_answer_fails_the_request(error, advice):
    for entries in ([empty("GET", error=error)], [empty(error=error)]):
        explanation = judge(*entries)
        assert explanation.verdict == "failed"
        assert f"Failed: the browser noted {error}." in explanation.steps[-1]
        assert advice in explanation.change.sentence
        assert not any("time limit" in note for note in explanation.notes)
        assert judge_all(*entries)[0].reason == explanation.change.sentence
    before = judge(preflight(status=0, error=error), empty())
    assert before.verdict == "failed"
    assert judge(preflight(), empty(error=error), index=1).verdict == "failed"


@pytest.mark.parametrize("error", ["", "net::ERR_FAILED", "net::ERR_BLOCKED_BY_CLIENT", "other"])
def test_other_errors_do_not_say_why_there_is_no_response(error):
    assert judge(empty("GET", error=error)).verdict == "unknown"


def test_mixed_content_fails_without_a_response():
    explanation = judge(empty("GET", "http://api.example/items"))
    assert explanation.verdict == "failed"
    assert "(mixed content)" in explanation.steps[-1]
    bare = entry("http://api.example/", status=0, error="", request={"headers": lines({})})
    assert verdicts(bare) == ["unknown"]  # Chromium leaves out the page too
    assert judge(bare, origin=PAGE).verdict == "failed"
    moved = entry(status=302, received={**ANY, "Location": "http://api.example/items"})
    assert judge(moved).verdict == "failed"


# What else the file shows


def test_a_response_from_the_cache_has_a_note():
    assert (
        judge(entry(_fromCache="disk")).notes[-1]
        == "The browser took this response from its cache."
    )


def test_pseudo_headers_of_http_2_are_not_headers():
    own = judge(entry(f"{PAGE}/items", received={":status": "200", "ETag": "1"}))
    assert [*own.response.headers] == ["date", "etag"]


def test_the_headers_of_exchanges_are_the_recorded_ones():
    first, second = judge(preflight(), PUT, index=1).exchanges
    assert dict(first.request_headers)["Access-Control-Request-Method"] == "PUT"
    assert dict(second.request_headers) == {
        "Host": "api.example",
        "Sec-Fetch-Mode": "cors",
        "Origin": PAGE,
        "X-A": "1",
    }


def test_an_xml_http_request_has_its_own_words():
    assert "XMLHttpRequest at" in judge(entry(_resourceType="xhr")).console["chromium"]
    assert "fetch at" in judge(entry(_resourceType="fetch")).console["chromium"]


def test_the_body_of_an_error_may_say_why():
    text = {"content": {"text": "CSRF verification failed. Request aborted."}}
    explanation = judge(entry(status=403, received=ALLOWING, response=text))
    assert any("CSRF protection" in note for note in explanation.notes)


def test_no_note_on_a_missing_csrf_cookie_asks_for_an_option_that_a_file_excludes():
    text = {"content": {"text": "CSRF Failed: CSRF cookie not set."}}
    received = {**ALLOWING, "Access-Control-Allow-Credentials": "true"}
    given = {"sent": {"X-CSRFToken": "1"}, "received": received}
    explanation = judge(entry(status=403, response=text, **given), credentials="include")
    (note,) = [note for note in explanation.notes if "CSRF" in note]
    assert note.endswith("explain the request that sets it.")


def test_no_note_asks_for_cookies_that_the_file_may_lack():
    refused = entry(status=401, received=WITH_COOKIES)
    assert not any("--cookie" in note for note in judge(refused, credentials="include").notes)


def test_all_engines_can_be_compared():
    recording = load(archive(entry(received=ANY)))
    explained = Judge(compares=True).judge_entry(recording, 0)
    assert [*explained.explanations] == ["chromium", "firefox", "webkit"]
    assert verdicts(entry(), entry(received=ANY), judge=Judge(compares=True)) == [
        "blocked",
        "allowed",
    ]


def test_the_profile_is_that_of_the_browser_unless_another_is_given():
    recording = load(archive(entry(), creator={"name": "Firefox"}))
    assert [*Judge().judge_entry(recording, 0).explanations] == ["firefox"]
    assert [*Judge(profile="webkit").judge_entry(recording, 0).explanations] == ["webkit"]
    unknown = load(archive(entry(), creator={"name": "Charles Proxy"}))
    assert [*Judge().judge_entry(unknown, 0).explanations] == ["fetch"]


def test_secrets_are_redacted():
    sent = {"Cookie": "sid=s3cret-cookie", "Authorization": "Bearer s3cret-token"}
    secret = entry(f"{ITEMS}?token=s3cret-query&q=s3cret-cookie", sent=sent)
    (one,) = judge_all(secret)
    assert one.url == f"{ITEMS}?token=…&q=…"
    explained = Judge().judge_entry(load(archive(secret)), 0).redact()
    assert "s3cret" not in repr(explained.explanations)
    assert "s3cret" not in repr(judge_all(entry(f"{ITEMS}?token=s3cret-query", origin="a b")))
    unsent = entry(f"{ITEMS}?q=s3cret-cookie", "PUT", {"Cookie": "sid=s3cret-cookie"}, status=0)
    refused = preflight(f"{ITEMS}?q=s3cret-cookie", status=403)
    explained = Judge().judge_entry(load(archive(unsent, refused)), 0).redact()
    assert "s3cret" not in repr(explained)
    (shown,) = judge_all(secret, show_secrets=True)
    assert shown.url.endswith("?token=s3cret-query&q=s3cret-cookie")


# With the app


def app(environ, start_response):
    raise AssertionError("the app was called")


POLICY = Policy(allow_origins=[PAGE], allow_methods=["GET"], allow_headers=["x-b"])
GUARDED = wrap(POLICY)(app)
SENT = {"Access-Control-Allow-Origin": PAGE, "Vary": "Origin"}


def test_the_policy_of_the_app_is_what_has_to_change():
    sent = {
        **SENT,
        "Access-Control-Allow-Methods": "GET",
        "Access-Control-Allow-Headers": "x-b",
    }
    blocked = judge(preflight(received=sent), empty(), app=GUARDED)
    assert blocked.verdict == "blocked"
    assert blocked.change.settings == {
        "allow_methods": ["GET", "PUT"],
        "allow_headers": ["x-b", "x-a"],
    }


def test_a_response_that_the_policy_does_not_send_is_a_layers():
    blocked = judge(entry(), app=GUARDED)
    assert blocked.change.side == "layer"
    assert "which the policy sends" in blocked.change.sentence
    assert any("If the app has changed since" in note for note in blocked.notes)
    refused = judge(preflight(received={}, status=401), empty(), app=GUARDED)
    assert refused.change.side == "layer"


def test_an_origin_that_the_policy_lacks_is_added_to_it():
    blocked = judge(entry(origin="https://other.example", received={"Vary": "Origin"}), app=GUARDED)
    assert blocked.change.settings == {"allow_origins": [PAGE, "https://other.example"]}


def test_a_url_without_a_policy_needs_one():
    open_app = CORSMiddleware(app, resolve=lambda environ, method: None)
    for entries in ([entry()], [preflight(received={}), empty()]):
        blocked = judge(*entries, app=open_app)
        assert (blocked.verdict, blocked.change.side) == ("blocked", "server")
        assert blocked.change.settings["allow_origins"] == [PAGE]


def test_an_app_without_cors_is_not_compared():
    assert judge(entry(), app=app).change.headers
    assert judge(entry(received=ALLOWING), app=app).verdict == "allowed"


def test_a_server_that_did_not_answer_is_not_the_app():
    failed = judge(empty("GET", error="net::ERR_CONNECTION_REFUSED"), app=GUARDED)
    assert failed.change.sentence.startswith("Start the server")
