"""What is secret by its name is not printed, wherever it is and whoever has sent it."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.testing.servers import API, APP, THE_APP, Server
from wsgicors.explaining import Fix, explain
from wsgicors.explaining.redaction import (
    PARAMETERS,
    PARTS,
    SHORTEST,
    WORDS,
    hide,
    is_secret,
    redact,
)
from wsgicors.testing import NetworkError

ROOT = Path(__file__).parents[3]
ITEMS = f"{API}/items"


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "X-API-KEY", "apikey"),
        *("X-Auth-Token", "X-CSRF-Token", "X-XSRF-TOKEN", "X-Session-Id", "JSESSIONID", "sid"),
        *("access_token", "accessToken", "id_token_hint", "client_secret", "Password", "passwd"),
        *("X-Amz-Signature", "X-Amz-Security-Token", "sig", "SAMLResponse", "X-Amz-Credential"),
        *("PHPSESSID", "PRIVATE-TOKEN", "X-Hub-Signature-256", "otp", "userPwd", "api.key"),
    ],
)
def test_a_name_shows_what_is_secret(name):
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *("WWW-Authenticate", "Proxy-Authenticate", "Access-Control-Allow-Credentials", "Origin"),
        *("author", "authority", "Sec-Fetch-Mode", "Content-Type", "keyword", "monkey", "Vary"),
        *("X-Request-Id", "allow_credentials", "Location", "inside", "passenger"),
    ],
)
def test_a_name_shows_what_is_not_secret(name):
    assert not is_secret(name)


def test_the_manual_lists_every_part_of_a_name():
    manual = (ROOT / "docs" / "explain.md").read_text("utf-8").partition("\n## Secrets\n")[2]
    names, parameters = re.findall(r"^\| (?:headers, )?query .* \| (.*) \|$", manual, re.MULTILINE)
    parts, words = names.split("; or has the word ")
    assert re.findall(r"`(\w+)`", parts) == ["auth", "author", *PARTS]
    assert re.findall(r"`(\w+)`", words) == sorted(WORDS)
    assert re.findall(r"`(\w+)`", parameters) == sorted(PARAMETERS)
    assert f"at least {['', 'one', 'two', 'three', 'four', 'five', 'six'][SHORTEST]} " in manual


def test_other_names_are_secret_only_in_urls():
    assert hide("/callback?code=1&state=2#ticket=3") == "/callback?code=…&state=…#ticket=…"
    assert hide("code=1, state=2 and ticket: 3") == "code=1, state=2 and ticket: 3"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Authorization: Bearer abc; Origin: null", "Authorization: Bearer …; Origin: null"),
        ("Authorization: Basic dTpw.", "Authorization: Basic …."),
        ("Authorization: abc", "Authorization: …"),
        ("Authorization: Own abc", "Authorization: …"),
        ("'X-Api-Key: abc' is sent", "'X-Api-Key: …' is sent"),
        ("X-Api-Key: abc was sent.", "X-Api-Key: … was sent."),
        ("Cookie: a=1; b=2; Origin: null", "Cookie: a=…; b=…; Origin: null"),
        (
            "Set-Cookie: session=abc; Path=/; Secure; SameSite=None",
            "Set-Cookie: session=…; Path=/; Secure; SameSite=None",
        ),
        ("https://user:abc@api.example/", "https://…@api.example/"),
        ("https://user@api.example/@x", "https://…@api.example/@x"),
        ("https://user:a/b@api.example/", "https://…@api.example/"),
        ("https://api.example/?token=abc.", "https://api.example/?token=…."),
        ("https://api.example/?a=1&api_key=abc&b", "https://api.example/?a=1&api_key=…&b"),
        ("/?next=https%3A%2F%2Fa%3Fcode%3Dabc%26b", "/?next=https%3A%2F%2Fa%3Fcode%3D…%26b"),
        ("note: X-Api-Key: abc", "note: X-Api-Key: …"),
        ("/?a=token=abc", "/?a=token=…"),
        ("token=", "token="),
        ("password=abc&user=me", "password=…&user=me"),
        ('{"access_token": "abc", "a": "b"}', '{"access_token": "…", "a": "b"}'),
        ("partial(check, token='abc')", "partial(check, token='…')"),
        ("SESSION_COOKIE=True1", "SESSION_COOKIE=…"),
        ("SECRET_KEY='None of it'", "SECRET_KEY='… of it'"),
        ("/?SECRET_KEY=abc", "/?SECRET_KEY=…"),
    ],
)
def test_a_secret_is_hidden_in_a_text(text, hidden):
    assert hide(text) == hidden
    assert hide(hidden) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:5000/@vite/client",
        "endpoints={'token': Policy(...)}",
        'Set allow_credentials=True, allow_headers=["x-api-key"] in the @cors("session")',
        "'Access-Control-Allow-Headers: Authorization, x-csrf-token'",
        "The browser first sends a preflight because the page sets authorization.",
        "WWW-Authenticate: Bearer realm=items",
        "Check the session: it has no user",
        "(in Flask: SESSION_COOKIE_SAMESITE='None' and SESSION_COOKIE_SECURE=True).",
        "pages of other origins need WTF_CSRF_SSL_STRICT=False too",
    ],
)
def test_what_is_not_secret_stays(text):
    assert hide(text) == text


def test_a_secret_is_found_where_it_is_repeated_without_its_name():
    given = [
        ("Authorization", "Basic dXNlcjpodW50ZXIy"),
        ("Cookie", "a=squirrel%2F1; b"),
        ("X-Api-Key", "a\tb\tc\td"),
    ]
    text = "hunter2, dXNlcjpodW50ZXIy, squirrel/1, squirrel%2F1 and a\\tb\\tc\\td; hunter22"
    assert hide(text, given) == "…, …, …, … and …; hunter22"
    assert hide("squirrel3", [("Authorization", " Bearer squirrel3")]) == "…"
    assert hide("xsquirrel/1x", given) == "x…x"
    assert hide("Basic hunter2", [("Authorization", "Basic é"), ("Cookie", "")]) == "Basic hunter2"


def test_short_values_and_origins_are_not_taken_for_secrets_elsewhere():
    server = Server(THE_APP, "Set-Cookie: site=app.example", "Set-Cookie: n=200")
    shown = redact(explain("GET", ITEMS, origin=APP, servers=server))
    assert shown.steps[0] == f"A page of {APP} requests GET {ITEMS}."
    assert "the status (200)" in shown.steps[-1]
    assert ("Set-Cookie", "site=…") in shown.exchanges[0].response.headers


def test_the_facts_stay_in_the_explanation_and_are_hidden_in_its_redacted_form():
    server = Server(
        THE_APP,
        "Access-Control-Expose-Headers: X-Csrf-Token",
        "X-Csrf-Token: squirrel1",
        "Set-Cookie: session=squirrel2; Secure",
        "Set-Cookie: flag",
        "Set-Cookie: a=b; token=squirrel7",
        preflight=[THE_APP, "Access-Control-Allow-Headers: authorization"],
        body=b'{"id_token": "squirrel3"}',
    )
    headers = {"Authorization": "Bearer squirrel4"}
    url = f"{ITEMS}?api_key=squirrel5#token=squirrel6"
    facts = explain("GET", url, origin=APP, servers=server, headers=headers)
    assert facts.verdict == "allowed"
    assert facts.exchanges[1].request_header("Authorization") == "Bearer squirrel4"
    shown = redact(facts)
    assert "squirrel" not in repr(shown) + str(shown)
    assert shown.exchanges[1].request_header("Authorization") == "Bearer …"
    assert ("Set-Cookie", "session=…; Secure") in shown.exchanges[1].response.headers
    assert shown.response.headers["x-csrf-token"] == "…"
    assert [cookie.value for cookie in shown.exchanges[1].cookies] == ["…", "…", "…"]
    assert "squirrel2" in [cookie.value for cookie in facts.exchanges[1].cookies]
    assert shown.response.text == '{"id_token": "…"}'
    assert type(shown) is type(facts)
    assert str(redact(shown)) == str(shown)


def test_the_user_of_a_url_is_hidden():
    to_user = f"Location: {API.replace('//', '//user:squirrel@')}/other"
    facts = explain("GET", ITEMS, origin=APP, servers=Server(THE_APP, to_user, status="302 Found"))
    assert "user" not in str(redact(facts)).replace("user name", "")
    assert "squirrel" not in repr(redact(facts))


@given(
    st.sampled_from(["Authorization", "Cookie", "X-Api-Key", "Set-Cookie"]),
    st.text("abcXYZ019+/_.% &", min_size=8, max_size=30).map(str.strip).filter(lambda v: v[7:]),
    st.sampled_from(["{}: {}", "x {}: {}; y", "'{}: {}'", "{} is {}", "x{}x {}"]),
)
def test_a_header_that_is_known_is_hidden_in_every_text(name, secret, form):
    value = f"session={secret}" if "ookie" in name else secret
    assert secret not in hide(form.format(name, value), [(name, value)])


@given(st.text("?&=:/@'\"a1. ;%-#\\{}", max_size=60))
def test_hiding_twice_changes_nothing_more(text):
    assert hide(hide(text)) == hide(text)


WORDS_OF_RESULTS = (
    *("allowed", "blocked", "failed", "unknown", "server", "layer", "preflight", "request"),
    *("OPTIONS", "PUT", "chromium", "cors", "200", "204", "default"),
)


@given(
    st.sampled_from(WORDS_OF_RESULTS),
    st.lists(st.sampled_from(WORDS_OF_RESULTS)),
    st.sampled_from(["403 Forbidden", "200 OK"]),
    st.booleans(),
)
def test_redaction_changes_only_texts(secret, more, status, is_allowed):
    lines = [f"Set-Cookie: token{number}={word}" for number, word in enumerate([secret, *more])]
    allowed = [THE_APP, "Access-Control-Allow-Methods: PUT"] if is_allowed else []
    server = Server(*allowed, *lines, preflight=[*allowed, *lines], status=status)
    facts = explain("PUT", ITEMS, origin=APP, servers=server, cookies={"session": secret})
    shown = redact(facts, [("X-Token", secret)])
    assert (shown.verdict, shown.step, [*shown.console]) == (
        facts.verdict,
        facts.step,
        [*facts.console],
    )
    for one, other in zip(shown.exchanges, facts.exchanges, strict=True):
        assert (one.kind, one.page, one.method) == (other.kind, other.page, other.method)
        assert one.response.status == other.response.status
    if facts.response:
        assert (shown.response.type, shown.response.status) == ("cors", facts.response.status)
    if facts.change:
        assert (shown.change.side, shown.change.status) == (facts.change.side, facts.change.status)
        assert [*shown.change.settings] == [*facts.change.settings]


def test_redaction_keeps_the_values_of_settings_that_are_not_texts():
    def check_token(origin):
        """Return whether an origin is known."""

    secret = partial(check_token, token="squirrel")
    settings = {
        "max_age": 600000,
        "allow_credentials": True,
        "allow_origins": [APP, "squirrel", check_token],
        "allow_private_network": secret,
        "expose_headers": "*",
    }
    change = Fix("Set token=squirrel.", settings=settings)
    facts = explain("GET", ITEMS, origin=APP, servers=Server())
    given = [("X-Token", "squirrel"), ("X-Auth", "600000"), ("X-Key", "check_token")]
    shown = redact(replace(facts, change=change), given[:2]).change
    assert shown.sentence == "Set token=…."
    assert shown.settings["max_age"] == 600000
    assert shown.settings["allow_credentials"] is True
    assert shown.settings["allow_origins"] == [APP, "…", check_token]
    assert "squirrel" not in shown.settings["allow_private_network"]
    assert shown.settings["expose_headers"] == "*"


def test_a_failure_stays_an_exception():
    facts = explain("GET", ITEMS, origin=APP, servers=Server(THE_APP))
    for message, hidden in (("GET /?token=squirrel: reset", "GET /?token=…: reset"), ("a", "a")):
        failure = NetworkError(message)
        response = replace(facts.response, failure=failure)
        shown = redact(replace(facts, response=response)).response
        assert type(shown.failure) is NetworkError
        assert str(shown.failure) == hidden
    assert shown.failure is failure


def test_secrets_are_looked_for_all_at_once(monkeypatch):
    compile_pattern = re.compile
    compiled = []
    lines = [f"X-Auth-{number}: {10**6 + number * 7}" for number in range(400)]
    lines += [f"X-Key-{number}: squirrel{number}" for number in range(400)]
    facts = explain("GET", ITEMS, origin=APP, servers=Server(THE_APP, *lines))
    monkeypatch.setattr(re, "compile", lambda *a: compiled.append(a) or compile_pattern(*a))
    redact(facts)
    assert len(compiled) == 2


def test_the_secrets_of_the_page_are_found_even_if_a_server_sends_too_many():
    lines = [f"Set-Cookie: a{number}=squirrel{number:05}" for number in range(2000)]
    allow = "Access-Control-Allow-Headers: authorization"
    server = Server(THE_APP, *lines, preflight=[THE_APP, allow, *lines])
    headers = {"Authorization": "Bearer of-the-page"}
    facts = explain("GET", f"{ITEMS}/of-the-page", origin=APP, servers=server, headers=headers)
    assert "of-the-page" not in redact(facts).steps[0]


def test_a_long_text_is_read_to_its_end():
    text = "a=b=c=" * 20_000
    assert hide(text) == text


def test_a_server_cannot_send_too_many_secrets():
    sent = [("Set-Cookie", f"a=squirrel{number:04}") for number in range(1001)]
    assert hide("squirrel0001 squirrel1000", sent) == "… squirrel1000"
