"""What is almost a URL, an origin, a method or a header is corrected in one line."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.testing.servers import API, APP, Server
from wsgicors.explaining import CannotAsk, explain
from wsgicors.explaining.slips import check_headers, check_method, check_origin, parse_url

ITEMS = f"{API}/items"
FORM = "the form 'https://api.example/items'"


def rejected(method="GET", url=ITEMS, origin=APP, **options):
    """Ask, and return the message of the error, which is one line; nothing is sent."""
    server = Server()
    with pytest.raises(CannotAsk) as caught:
        explain(method, url, origin=origin, servers=server, **options)
    assert server.asked == []
    assert str(caught.value).isprintable()
    return str(caught.value)


URLS = {
    "//api.example/items": "https://api.example/items",
    "://api.example/items": "https://api.example/items",
    "//localhost:5001/items": "http://localhost:5001/items",
    "api.example/items": "https://api.example/items",
    "api.example": "https://api.example/",
    "api.example?a=1": "https://api.example/?a=1",
    "localhost": "http://localhost/",
    "localhost/items": "http://localhost/items",
    "127.0.0.1/items": "http://127.0.0.1/items",
    "[::1]/items": "http://[::1]/items",
    "api.example:8080": "http://api.example:8080/",
    "http:/api.example/x": "http://api.example/x",
    "https:/api.example/x": "https://api.example/x",
    "https:api.example/x": "https://api.example/x",
    "https:\n/api.example/x": "https://api.example/x",
    "HTTPS:\\api.example/x": "https://api.example/x",
    "htps://api.example/x": "https://api.example/x",
    "htp://api.example/x": "http://api.example/x",
    "hhtp://api.example/x": "http://api.example/x",
    "ttps://api.example/x": "https://api.example/x",
    "http//api.example/x": "http://api.example/x",
    "https;//api.example/x": "https://api.example/x",
    "ws://api.example/x": "http://api.example/x",
    "wss://api.example/x": "https://api.example/x",
    "'https://api.example/items'": ITEMS,
    '"https://api.example/items"': ITEMS,
    "“https://api.example/items”": ITEMS,
    "`https://api.example/items`": ITEMS,
    "https://api.example/items'": ITEMS,
    "'api.example/items',": ITEMS,
    "<https://api.example/items>": ITEMS,
    "(https://api.example/items)": ITEMS,
    "\ufeffhttps://api.example/items\u200b": ITEMS,
    "https://api.example/items,": ITEMS,
    "https://api.example/items;": ITEMS,
    "https://api.example/items https://api.example/other": ITEMS,
    "https://api.example/items,https://api.example/other": ITEMS,
    "['https://api.example/items', 'https://api.example/other']": ITEMS,
    "https://user@api.example/items": ITEMS,
    "https://user:password@api.example/items": ITEMS,
    "user.example:80/x": "http://user.example/x",
}


@pytest.mark.parametrize(("url", "use"), URLS.items())
def test_a_url_is_corrected(url, use):
    assert rejected(url=url).endswith(f"; use '{use}'")
    assert str(parse_url(use)) == use


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://api.example:99999/x", "has a port above 65535"),
        ("https://api.example:1234567890123/x", "has a port above 65535"),
        ("https://api.example:port/x", "is not a valid URL"),
        ("https://*.example/x", "has the host '*.example', which no server has"),
        ("https://a b/", "is not a valid URL"),
        ("https://", "is not a valid URL"),
        ("items.", "is not an absolute URL"),
        ("ftp://api.example/x", "does not begin with http:// or https://"),
        ("sftp://api.example/x", "does not begin with http:// or https://"),
        ("blob:https://api.example/1", "does not begin with http:// or https://"),
        ("https://api.example/\x1b[2J" + "x" * 600 + ":99999 ://", None),
    ],
)
def test_a_url_without_a_correction_gets_its_form(url, why):
    if why is None:  # a valid URL: browsers encode such characters
        assert "%1B[2J" in str(parse_url(url))
    else:
        assert rejected(url=url) == f"{url!r} {why}; use {FORM}"


def test_a_long_text_is_cut():
    assert len(rejected(url=f"htps://{'x' * 9999}")) < 11000
    assert len(rejected(url="/" + "x" * 9999)) < 600
    assert len(rejected(origin="x" * 9999)) < 600
    assert len(rejected("é" * 9999)) < 600
    assert len(rejected(headers={"é" * 9999: "1"})) < 600


@pytest.mark.parametrize(
    "url",
    [
        f" {ITEMS} ",
        "https://api.example\\items",
        "https:///api.example/x",
        "https://bücher.example/x",
        "https://api.example/?next=https://app.example/,https://b.example/",
        "https://api.example/Foo_(bar)",
        "HTTPS://API.EXAMPLE/x#part",
    ],
)
def test_a_url_that_browsers_accept_is_asked(url):
    server = Server()
    assert explain("GET", url, origin=APP, servers=server).exchanges
    assert len(server.asked) == 1


def test_the_url_is_asked_as_it_was_understood():
    """A browser would resolve ``https:/x`` against the page, and not at the origin ``x``."""
    explanation = explain("GET", f"\u00a0{ITEMS}", origin=APP, servers=Server())
    assert explanation.exchanges[0].url.origin == API


ORIGINS = {
    "https://app.example/page?x": APP,
    "https://app.example/": APP,
    "https://app.example:443": APP,
    "HTTPS://APP.EXAMPLE": APP,
    "'https://app.example'": APP,
    " https://app.example ": APP,
    "https://app.example,": APP,
    '["https://app.example"]': APP,
    "app.example": APP,
    "//app.example": APP,
    "https:/app.example": APP,
    "htps://app.example": APP,
    "wss://app.example/socket": APP,
    "https://user:password@app.example": APP,
    "http://app.example:80/#/cart": "http://app.example",
    "localhost:3000": "http://localhost:3000",
    "localhost": "http://localhost",
    "https://bücher.example": "https://xn--bcher-kva.example",
    "http://0x7f.1:3000": "http://127.0.0.1:3000",
    "blob:https://app.example/123": APP,
    "chrome-extension://abc/page.html": "chrome-extension://abc",
    "https://app.example https://b.example": APP,
    "https://app.example,https://b.example": APP,
    "'null'": "null",
    "NULL": "null",
    "file:///home/page.html": "null",
    "FILE:///home/page.html": "null",
    "about:srcdoc": "null",
    "data:text/html,x": "null",
    "blob:null/123": "null",
}


@pytest.mark.parametrize(("origin", "use"), ORIGINS.items())
def test_the_origin_of_a_page_is_corrected(origin, use):
    assert rejected(origin=origin).endswith(f"; use '{use}'")
    check_origin(use)
    assert explain("GET", ITEMS, origin=use, servers=Server()).verdict == "blocked"


@pytest.mark.parametrize(
    "origin", ["", "*", "https://*.app.example", "https://a.example:*", "none"]
)
def test_an_origin_without_a_correction_gets_its_form(origin):
    message = f"{origin!r} is not an origin; use the form 'https://app.example:8443'"
    assert rejected(origin=origin) == message


@pytest.mark.parametrize(
    "origin", ["null", "app://.", "capacitor://localhost", "https://a.example."]
)
def test_an_origin_that_browsers_send_is_not_corrected(origin):
    assert explain("GET", ITEMS, origin=origin, servers=Server()).exchanges


@pytest.mark.parametrize(
    ("method", "use"),
    [
        ("'PUT'", "'PUT'"),
        (" PUT ", "'PUT'"),
        ("GET:", "'GET'"),
        ("PUT,", "'PUT'"),
        ("GE T", "the form 'GET'"),
        ("", "the form 'GET'"),
        ("TRACE", "another method, such as 'GET'"),
        ("'connect'", "another method, such as 'GET'"),
    ],
)
def test_a_method_is_corrected(method, use):
    assert rejected(method).endswith(f"; use {use}")


def test_a_url_in_the_place_of_the_method_is_corrected():
    assert rejected(ITEMS, "PUT") == f"the method comes before the URL; use PUT {ITEMS}"
    assert rejected(ITEMS, ITEMS) == f"there are two URLs, and no method; use GET {ITEMS}"
    assert rejected(ITEMS, "/items") == f"'/items' is not a URL; use GET {ITEMS}"
    assert rejected(ITEMS, "TRACE") == f"'TRACE' is not a URL; use GET {ITEMS}"
    form = "the form GET https://api.example/items"
    assert rejected("api.example/items", "GET").endswith(f"before the URL; use {form}")
    message = "'patch' is a method, and the URL is missing; use the form patch {}"
    assert rejected("GET", "patch") == message.format(ITEMS)


def test_only_six_methods_become_upper_case():
    server = Server("Access-Control-Allow-Origin: *", "Access-Control-Allow-Methods: PATCH")
    assert (
        explain("put", ITEMS, origin=APP, servers=server)
        .exchanges[-1]
        .request_header("Access-Control-Request-Method")
        == "PUT"
    )
    lower = explain("patch", ITEMS, origin=APP, servers=server)
    assert lower.steps[1] == (
        "The method stays 'patch': browsers convert only DELETE, GET, HEAD, OPTIONS, POST and PUT "
        "to upper case."
    )
    assert (lower.verdict, lower.change.side) == ("blocked", "page")
    assert lower.change.sentence == "Use 'PATCH' in the page: methods are case-sensitive."
    assert explain("PATCH", ITEMS, origin=APP, servers=server).verdict == "allowed"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Name ", "v", "'Name ' is not a header name; use 'Name'"),
        ("'Name'", "v", None),
        ("", "v", "'' is not a header name; use the form 'X-Request-Id'"),
        ("Näme", "v", "'Näme' is not a header name; use the form 'X-Request-Id'"),
        ('{"X-A"', "v", "'{\"X-A\"' is not a header name; use 'X-A'"),
        (
            "N",
            "v\nw",
            "the value of the header 'N' contains '\\n', which headers cannot contain; "
            "use encodeURIComponent(), or remove it",
        ),
        (
            "N",
            "日",
            "the value of the header 'N' contains '日', which headers cannot contain; "
            "use encodeURIComponent(), or remove it",
        ),
        (
            "N",
            "\udc80",
            "the value of the header 'N' contains '\\udc80', which headers cannot "
            "contain; use encodeURIComponent(), or remove it",
        ),
        ("N", 1, "the value of the header 'N' is not a string; use a string"),
        (1, "v", "the name of the header 1 is not a string; use a string"),
    ],
)
def test_a_header_is_corrected(name, value, message):
    if message is None:  # quotes are allowed in names
        check_headers([(name, value)])
    else:
        assert rejected(headers=[(name, value)]) == message


def test_headers_may_be_an_iterator():
    explanation = explain(
        "GET", ITEMS, origin=APP, servers=Server(), headers=iter([("Cookie", "a=1")])
    )
    assert "cannot set here: Cookie" in explanation.steps[1]


@pytest.mark.parametrize(
    ("method", "options", "use"),
    [
        ("get", {"body": ""}, "POST, or leave out the body"),
        ("HEAD", {"body": "tea"}, "POST, or leave out the body"),
        ("PUT", {"mode": "no-cors"}, "mode 'cors'"),
    ],
)
def test_a_method_that_does_not_suit_the_request_is_corrected(method, options, use):
    assert rejected(method, **options).endswith(f"; use {use}")


WORDS = st.lists(
    st.sampled_from(
        [
            *("http", "https", "htps", "ws", "file", "blob", ":", "/", "//", "://", "@", "'", '"'),
            *("localhost", "api.example", "*", "[::1]", "1.2.3.4", "é", ":80", ":99999", "?", "#"),
            *(",", ";", " ", "\n", "\x1b", "null", "GET", "<", ">", "(", ")", "a=1", "\u202e", "%"),
        ]
    ),
    max_size=8,
).map("".join)


@given(WORDS)
@example("https:/\nlocalhost")
def test_every_text_is_a_url_or_gets_a_correction_that_is_one(text):
    correction = correction_of(parse_url, text)
    if correction not in (None, FORM):
        assert str(parse_url(correction)) == correction


@given(WORDS)
def test_every_text_is_an_origin_or_gets_a_correction_that_is_one(text):
    correction = correction_of(check_origin, text)
    if correction not in (None, "the form 'https://app.example:8443'"):
        check_origin(correction)


@given(WORDS)
def test_every_text_is_a_method_or_gets_a_correction_that_is_one(text):
    correction = correction_of(check_method, text)
    if correction not in (None, "the form 'GET'", "another method, such as 'GET'"):
        check_method(correction)


def correction_of(check, text):
    """Return what an error suggests; ``None`` without an error."""
    try:
        check(text)
    except CannotAsk as error:
        message = str(error)
        assert message.isprintable()
        if " is a method, and the URL is missing; " in message:
            return FORM
        use = message.rpartition("; use ")[2]
        quoted = re.fullmatch(r"'(.*)'", use)
        return quoted[1] if quoted else use
    return None
