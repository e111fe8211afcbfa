"""Requests are read from what browsers print in their consoles."""

import pytest

from tests.unit.explaining.pasted.localised import SENTENCES
from wsgicors.explaining.pasted import ONE_HEADER, Received, Unreadable
from wsgicors.explaining.pasted.console import (
    MAX_CHARACTERS,
    MAX_REQUESTS,
    NOT_HTTP,
    NOT_REACHED,
    read_console,
)
from wsgicors.explaining.redaction import hide

APP = "https://app.example"
ITEMS = "https://api.example/items"

BLOCKED = f"Access to fetch at '{ITEMS}' from origin '{APP}' has been blocked by CORS policy: "
NOTHING = "No 'Access-Control-Allow-Origin' header is present on the requested resource."
PREFLIGHT = f"{BLOCKED}Response to preflight request doesn't pass access control check: {NOTHING}"

CROSS = "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource"
FIREFOX = f"{CROSS} at {ITEMS}. (Reason: "
MISSING = f"{FIREFOX}CORS header ‘Access-Control-Allow-Origin’ missing). Status code: "
AGAIN = f"{FIREFOX}CORS request did not succeed). Status code: (null)."

DENIED = f"Fetch API cannot load {ITEMS} due to access control checks."
NOT_ALLOWED = f"Origin {APP} is not allowed by Access-Control-Allow-Origin. Status code: 200"

ORIGIN, CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
VALID = "Have the server send the header with a valid value."
VALUE = (
    f"The '{ORIGIN}' header has a value '{{}}' that is not equal to the supplied origin. {VALID}"
)
INVALID = f"The '{ORIGIN}' header contains the invalid value 'app.example'. {VALID}"
MULTIPLE = (
    f"The '{ORIGIN}' header contains multiple values '*, {APP}', but only one is allowed. {VALID}"
)
WILDCARD = (
    f"The value of the '{ORIGIN}' header in the response must not be the wildcard '*' when the "
    "request's credentials mode is 'include'."
)
NO_CREDENTIALS = (
    f"The value of the '{CREDENTIALS}' header in the response is '{{}}' which must be 'true' when "
    "the request's credentials mode is 'include'."
)

ONLY_HTTP = (
    "Cross origin requests are only supported for protocol schemes: chrome, "
    "chrome-experimental-site-token-provider, chrome-extension, chrome-untrusted, data, http, "
    "https, isolated-app."
)


def read(text):
    """Return the only request of a text."""
    (request,) = read_console(text)
    return request


def test_chromium_names_the_url_the_origin_and_that_there_was_no_preflight():
    request = read(BLOCKED + NOTHING)
    assert (request.url, request.origin, request.profile) == (ITEMS, APP, "chromium")
    assert (request.method, request.credentials, request.xhr) == (None, None, False)
    assert (request.preflight, request.headers, request.notes) == ("none", (), ())


def test_a_message_about_a_preflight_says_so():
    assert read(PREFLIGHT).preflight == "sent"


@pytest.mark.parametrize("method", ["PUT", "patch"])
def test_a_method_that_is_not_allowed_is_named_by_chromium_and_webkit(method):
    why = f"Method {method} is not allowed by Access-Control-Allow-Methods"
    request = read(f"{BLOCKED}{why} in preflight response.")
    assert (request.method, request.preflight) == (method, "method")
    assert read(f"{why}.\n{DENIED}").method == method


def test_firefox_says_only_that_the_method_is_not_allowed():
    why = "Did not find method in CORS header ‘Access-Control-Allow-Methods’"
    request = read(f"{FIREFOX}{why}).\n{AGAIN}")
    assert (request.method, request.preflight, request.profile) == (None, "method", "firefox")


def test_the_note_about_a_secret_header_is_readable_without_secrets():
    why = "Request header field authorization is not allowed by Access-Control-Allow-Headers"
    notes = read(f"{BLOCKED}{why} in preflight response.").notes
    assert [*map(hide, notes)] == [*notes]


@pytest.mark.parametrize(
    ("name", "value"), [("x-request-id", "(unknown)"), ("Content-Type", "application/json")]
)
def test_a_header_that_is_not_allowed_gets_a_value_and_a_note(name, value):
    why = f"Request header field {name} is not allowed by Access-Control-Allow-Headers"
    for text in (f"{BLOCKED}{why} in preflight response.", f"{why}.\n{DENIED}"):
        request = read(text)
        assert request.headers == ((name, value),)
        assert request.notes == (
            f"The message does not say the value of {name}; explain uses {value!r}.",
            ONE_HEADER,
        )
    why = (
        f"header ‘{name}’ is not allowed according to header ‘Access-Control-Allow-Headers’ from "
        "CORS preflight response"
    )
    assert read(f"{FIREFOX}{why}).").headers == ((name, value),)
    assert read(f"{FIREFOX}{why}).").notes[-1] == ONE_HEADER


@pytest.mark.parametrize(
    "text",
    [
        f"{BLOCKED}The value of the 'Access-Control-Allow-Origin' header in the response must not "
        "be the wildcard '*' when the request's credentials mode is 'include'.",
        f"{BLOCKED}The value of the 'Access-Control-Allow-Credentials' header in the response is "
        "'' which must be 'true' when the request's credentials mode is 'include'.",
        f"{CROSS} at ‘{ITEMS}’. (Reason: Credential is not supported if the CORS header "
        "‘Access-Control-Allow-Origin’ is ‘*’).",
        f"{FIREFOX}expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’).",
        "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true.\n"
        f"{DENIED}",
        f'Credentials flag is true, but Access-Control-Allow-Credentials is not "true".\n{DENIED}',
    ],
)
def test_messages_that_only_requests_with_credentials_get_prove_credentials(text):
    request = read(text)
    assert (request.url, request.credentials) == (ITEMS, "include")


def test_the_url_of_a_redirected_request_is_the_first_one():
    last = f"'https://files.example/a' (redirected from '{ITEMS}')"
    assert read((BLOCKED + NOTHING).replace(f"'{ITEMS}'", last)).url == ITEMS


def test_an_apostrophe_in_a_path_does_not_end_the_url():
    odata = "https://api.example/Products('1')"
    assert read((BLOCKED + NOTHING).replace(ITEMS, odata)).url == odata


def test_an_xmlhttprequest_is_recognised():
    assert read((BLOCKED + NOTHING).replace("fetch", "XMLHttpRequest", 1)).xhr
    assert read(DENIED.replace("Fetch API", "XMLHttpRequest")).xhr


def test_fonts_and_event_sources_use_get():
    font = read((BLOCKED + NOTHING).replace("to fetch", "to font"))
    assert (font.method, font.xhr) == ("GET", False)
    assert read(DENIED.replace("Fetch API", "EventSource")).method == "GET"


@pytest.mark.parametrize(
    ("text", "mode", "redirect"),
    [
        (
            f'Fetch API cannot load {ITEMS}. Request mode is "same-origin" but the URL\'s origin '
            f"is not same as the request origin {APP}.",
            "same-origin",
            "follow",
        ),
        (
            f"Security Error: Content at {APP}/shop?a=1 may not load data from {ITEMS}.",
            "same-origin",
            "follow",
        ),
        (f"Fetch API cannot load {ITEMS}.", "same-origin", "follow"),
        (
            f"Unsafe attempt to load URL {ITEMS} from frame with URL {APP}/shop. Domains, "
            "protocols and ports must match.",
            "same-origin",
            "follow",
        ),
        (
            f"Unsafe attempt to load URL {ITEMS} from origin {APP}. Domains, protocols and ports "
            "must match.",
            "same-origin",
            "follow",
        ),
        (
            f'Fetch API cannot load {ITEMS}. Request mode is "no-cors" but the redirect mode is '
            'not "follow".',
            "no-cors",
            "error",
        ),
        (
            "No-Cors mode requires follow redirect mode\nNot allowed to request resource\n"
            f"{DENIED}",
            "no-cors",
            "error",
        ),
        (f"Not allowed to follow a redirection while loading {ITEMS}\n{DENIED}", "cors", "error"),
    ],
)
def test_messages_about_modes_say_the_mode(text, mode, redirect):
    request = read(text)
    assert (request.url, request.mode, request.redirect) == (ITEMS, mode, redirect)
    assert request.origin in (APP, None)


# The page


def test_webkit_names_the_origin_only_where_it_is_not_allowed():
    assert read(f"{NOT_ALLOWED}\n{DENIED}").origin == APP
    assert read(f"Preflight response is not successful. Status code: 404\n{DENIED}").origin is None


def test_webkit_may_mean_a_redirect_by_the_origin_null():
    request = read(f"{NOT_ALLOWED.replace(APP, 'null')}\n{DENIED}")
    assert request.origin == "null"
    assert "also if a redirect hides the page's origin" in request.about_origin[0]


@pytest.mark.parametrize(
    ("page", "origin"),
    [
        ("null", "null"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ("file:///home/me/page.html", "null"),
        ("app.example", None),
    ],
)
def test_pages_of_other_schemes(page, origin):
    assert read((BLOCKED + NOTHING).replace(APP, page)).origin == origin


def test_a_message_without_an_origin_gets_that_of_the_others():
    first, second = read_console(
        f"{NOT_ALLOWED}\n{DENIED}\nPreflight response is not successful. Status code: 404\n"
        f"{DENIED.replace('items', 'other')}"
    )
    assert (first.origin, second.origin) == (APP, APP)
    assert second.about_origin == (
        f"The message does not name the page; {APP} is from the other messages.",
    )


def test_two_origins_say_nothing_about_a_third_message():
    shop = "https://shop.example"
    text = f"{BLOCKED}{NOTHING} {BLOCKED.replace(APP, shop)}{NOTHING} {MISSING}200."
    assert [one.origin for one in read_console(text)] == [APP, shop, None]


# What consoles print besides


def test_lines_around_a_message_of_chromium_are_no_requests_of_their_own():
    request = read(
        f"shop.html:12 {PREFLIGHT}\n"
        f"shop.js:3   PUT {ITEMS} net::ERR_FAILED\n"
        "(anonymous) @ shop.js:3\n"
        "shop.html:1 Uncaught (in promise) TypeError: Failed to fetch\n"
        "    at save (shop.js:3:5)\n"
        f"{ITEMS}:1  Failed to load resource: net::ERR_FAILED\n"
    )
    assert (request.method, request.url, request.preflight) == ("PUT", ITEMS, "sent")


@pytest.mark.parametrize(
    "line", [f"PUT {ITEMS} net::ERR_FAILED 200 (OK)", f'Fetch failed loading: PUT "{ITEMS}".']
)
def test_a_line_of_chromium_that_names_the_method_is_read_alone_too(line):
    request = read(line)
    assert (request.method, request.url, request.origin) == ("PUT", ITEMS, None)


def test_each_message_of_chromium_gets_the_method_that_follows_it():
    text = "".join(
        f"{BLOCKED}{NOTHING}\n{method} {ITEMS} net::ERR_FAILED\n" for method in ("GET", "PUT")
    )
    assert [one.method for one in read_console(text)] == ["GET", "PUT"]


def test_a_repeated_message_is_one_request():
    request = read(f"{BLOCKED}{NOTHING}\n" * 3 + f"PUT {ITEMS} net::ERR_FAILED")
    assert request.method == "PUT"


def test_the_second_line_of_firefox_tells_that_a_preflight_failed():
    assert read(f"{MISSING}403.[Learn More]\n{AGAIN}[Learn More]").preflight == "sent"
    assert read(f"{MISSING}200.").preflight == ""
    assert read(AGAIN).preflight == ""


def test_firefox_has_that_line_for_redirects_too():
    assert read(f"{MISSING}302.\n{AGAIN}").preflight == ""
    assert read(f"{MISSING}302.\n{AGAIN}\n{AGAIN}").preflight == "sent"


def test_two_lines_of_firefox_about_one_preflight_are_one_request():
    request = read(
        f"{FIREFOX}CORS request external redirect not allowed).\n"
        f"{FIREFOX}CORS preflight response did not succeed). Status code: 302.\n{AGAIN}"
    )
    assert request.preflight == "sent"


def test_the_second_line_may_come_first():
    assert read(f"{AGAIN}\n{MISSING}200.") == read(f"{MISSING}200.")


def test_firefox_names_the_url_that_redirects_in_its_second_line():
    text = f"{CROSS} at ftp://files.example/. (Reason: CORS request not http).\n{AGAIN}"
    assert read(text).url == ITEMS


def test_safari_repeats_its_reasons():
    request = read(
        f"[Error] {NOT_ALLOWED}\n[Error] {DENIED}\n"
        f"[Error] Failed to load resource: {NOT_ALLOWED} (items, line 0)"
    )
    assert (request.url, request.origin) == (ITEMS, APP)


def test_reasons_of_webkit_belong_to_the_requests_in_their_order():
    other = DENIED.replace("items", "other")
    why = "Method PUT is not allowed by Access-Control-Allow-Methods."
    first, second = read_console(f"{NOT_ALLOWED}\n{why}\n{DENIED}\n{other}")
    assert (first.url, first.method) == (ITEMS, None)
    assert (second.url, second.method) == ("https://api.example/other", "PUT")


# How people copy


@pytest.mark.parametrize(
    "copy",
    [
        lambda text: text.replace("‘", "'").replace("’", "'").replace('"', "“"),
        lambda text: text.replace(" ", "\n"),
        lambda text: "\n".join(text[at : at + 40] for at in range(0, len(text), 40)),
        lambda text: f"\x1b[31m{text}\x1b[0m".replace("https", "\x1b]8;;x\x07https"),
        lambda text: "".join(f"> {line}\n" for line in text.splitlines()),
        lambda text: f"12:00:01.123 {text} shop.html:12:5".replace(" ", "\u00a0"),
        lambda text: text.replace("/items", "/\u200bitems"),
    ],
    ids=["straight-quotes", "wrapped", "broken", "colours", "quoted", "spaces", "invisible"],
)
@pytest.mark.parametrize("text", [PREFLIGHT, f"{MISSING}403.\n{AGAIN}", f"{NOT_ALLOWED}\n{DENIED}"])
def test_a_text_may_have_been_changed_on_its_way(text, copy):
    assert read(copy(text)) == read(text)


def test_a_message_may_be_cut_off():
    assert read(BLOCKED.rstrip(": ")).url == ITEMS
    assert read(f"{FIREFOX}CORS disabled).").url == ITEMS


def test_an_unknown_reason_of_chromium_is_in_a_note():
    why = "Permission was denied for this request to access the `loopback` address space."
    for text in (why, f"{why} shop.html:12"):
        request = read(f"{BLOCKED}{text}")
        assert request.preflight == "none"
        assert request.notes[0].startswith("explain does not know this reason, and does not judge")
        assert why.rstrip(".") in request.notes[0]
        assert "shop.html" not in request.notes[0]
    assert read(f"{BLOCKED}The preflight response is late.").preflight == "sent"


# Firefox in other languages


@pytest.mark.parametrize("language", SENTENCES)
def test_firefox_is_read_in_other_languages(language):
    sentences = {key: text.format(url=ITEMS) for key, text in SENTENCES[language].items()}
    assert {read(text).url for text in sentences.values()} == {ITEMS}
    assert {read(text).profile for text in sentences.values()} == {"firefox"}
    assert read(sentences["missing"]).preflight == ""
    assert read(f"{sentences['missing']}\n{sentences['again']}").preflight == "sent"
    assert read(sentences["method"]).preflight == "method"
    assert read(sentences["token"]).preflight == "sent"
    assert read(sentences["list"]).preflight == "sent"
    assert read(sentences["header"]).headers == (("x-request-id", "(unknown)"),)
    assert read(sentences["wildcard"]).credentials == "include"
    assert read(sentences["credentials"]).credentials == "include"
    assert read(sentences["missing"]).credentials is None


# Texts without a message


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("", ""),
        ("My API does not work", ""),
        (
            "GET https://api.example/ net::ERR_CONNECTION_REFUSED",
            "; this text is about the network",
        ),
        ("Failed to load resource: net::ERR_CERT_AUTHORITY_INVALID", "; this text is about the ce"),
        (
            "Failed to load resource: the server responded with a status of 404 (Not Found)",
            "; this text is about the status of a response, not CORS",
        ),
        (f"GET {ITEMS} 404 (Not Found)", "; this text is about the status of a response"),
        (
            f"Mixed Content: The page at '{APP}' was loaded over HTTPS, but requested an insecure "
            "resource",
            "; this text is about mixed content",
        ),
        (
            f"[blocked] The page at {APP} requested insecure content from {ITEMS}. This content "
            f"was blocked and must be served over HTTPS.\n{DENIED}",
            "; this text is about mixed content",
        ),
        (
            f"Refused to connect to '{ITEMS}' because it violates the following Content Security "
            f"Policy directive.\nFetch API cannot load {ITEMS}. Refused to connect because it "
            "violates the document's Content Security Policy.",
            "; this text is about the page's Content-Security-Policy",
        ),
        (
            f"Refused to connect to {ITEMS} because it does not appear in the connect-src "
            f"directive of the Content Security Policy.\n{DENIED}",
            "; this text is about the page's Content-Security-Policy",
        ),
        ("Uncaught (in promise) TypeError: Failed to fetch", "; this text does not name the URL"),
        (NOT_ALLOWED, "; this text does not name the URL"),
        ('Refused to get unsafe header "etag"', "; this text is about a response header"),
        ("Problem: https://api.example/ (hint: the server is down)", ""),
    ],
)
def test_other_texts_are_unreadable_and_say_what_they_are_about(text, about):
    with pytest.raises(Unreadable) as caught:
        read_console(text)
    message = str(caught.value)
    assert message.startswith("expected a message such as 'Access to fetch at …' or 'Cross-Origin")
    assert message.partition("…'")[2].partition("…'")[2].startswith(about)
    assert "\n" not in message


def test_a_long_text_is_not_read():
    with pytest.raises(Unreadable, match="expected at most 100,000 characters"):
        read_console("x" * (MAX_CHARACTERS + 1))


def test_too_many_requests_are_not_explained():
    some = [f"{BLOCKED}{NOTHING}\n".replace("items", str(n)) for n in range(MAX_REQUESTS + 1)]
    assert len(read_console("".join(some[1:]))) == MAX_REQUESTS
    with pytest.raises(Unreadable, match=f"at most {MAX_REQUESTS} requests, got "):
        read_console("".join(some))


# What the browser received


@pytest.mark.parametrize(
    ("text", "received"),
    [
        (BLOCKED + NOTHING, Received(ORIGIN, "", kind="request")),
        (PREFLIGHT, Received(ORIGIN, "", kind="preflight")),
        (f"{MISSING}403.", Received(ORIGIN, "", 403)),
        (f"{NOT_ALLOWED}\n{DENIED}", Received(status=200)),
        (f"{BLOCKED}{VALUE.format(APP)}", Received(ORIGIN, APP, kind="request")),
        (f"{BLOCKED}{INVALID}", Received(ORIGIN, "app.example", kind="request")),
        (f"{BLOCKED}{MULTIPLE}", Received(ORIGIN, f"*, {APP}", kind="request")),
        (f"{FIREFOX}CORS header ‘{ORIGIN}’ does not match ‘{APP}’).", Received(ORIGIN, APP)),
        (f"{FIREFOX}CORS header ‘{ORIGIN}’ does not match ‘’).", None),
        (f"{FIREFOX}Multiple CORS header ‘{ORIGIN}’ not allowed).", Received(ORIGIN)),
        (f"{ORIGIN} cannot contain more than one origin.\n{DENIED}", Received(ORIGIN)),
        (f"{BLOCKED}{WILDCARD}", Received(ORIGIN, "*", kind="request")),
        (f"{BLOCKED}{NO_CREDENTIALS.format('')}", Received(CREDENTIALS, "", kind="request")),
        (f"{BLOCKED}{NO_CREDENTIALS.format('No')}", Received(CREDENTIALS, "No", kind="request")),
        (f"{FIREFOX}expected ‘true’ in CORS header ‘{CREDENTIALS}’).", Received(CREDENTIALS)),
        (
            f"{FIREFOX}CORS preflight response did not succeed). Status code: 404.",
            Received(status=404, kind="preflight"),
        ),
        (
            f"Preflight response is not successful. Status code: 401\n{DENIED}",
            Received(status=401, kind="preflight"),
        ),
        (AGAIN, None),
        (f"{BLOCKED}Redirect is not allowed for a preflight request.", None),
    ],
)
def test_a_message_says_what_the_browser_received(text, received):
    assert read(text).received == received


def test_of_two_lines_about_one_preflight_one_says_what_was_received():
    request = read(
        f"{FIREFOX}CORS request external redirect not allowed).\n"
        f"{FIREFOX}CORS preflight response did not succeed). Status code: 302.\n{AGAIN}"
    )
    assert request.received == Received(status=302, kind="preflight")


@pytest.mark.parametrize("language", SENTENCES)
def test_other_languages_say_what_was_received_too(language):
    sentences = {key: text.format(url=ITEMS) for key, text in SENTENCES[language].items()}
    assert read(sentences["mismatch"]).received == Received(ORIGIN, "https://other.example")
    assert read(sentences["wildcard"]).received == Received(ORIGIN, "*")
    assert read(sentences["credentials"]).received == Received(CREDENTIALS, None)
    # Only a full stop shows that a number is the status.
    status = None if language == "ja" else 403
    assert read(sentences["missing"]).received == Received(ORIGIN, "", status)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (AGAIN, NOT_REACHED),
        (f"{FIREFOX}CORS request not http).", NOT_HTTP),
        (f"{BLOCKED}Cross origin requests are only supported for protocol schemes: chrome", ""),
        (f"{BLOCKED}{ONLY_HTTP}", NOT_HTTP),
        (f"Cross origin requests are only supported for HTTP.\n{DENIED}", NOT_HTTP),
        (f"{MISSING}200.\n{AGAIN}", ""),
    ],
)
def test_a_message_about_something_else_says_what_it_means(text, meaning):
    assert read(text).meaning == meaning
