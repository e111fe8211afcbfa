"""Reading fetch() calls, as browsers copy them and as people write them."""

import pytest

from wsgicors.explaining.pasted import Pasted, Unreadable
from wsgicors.explaining.pasted.fetch import read_fetch

URL = "https://api.example/items"
PAGE = "https://app.example"
FORM = "expected a call like fetch('https://api.example/items', {method: 'PUT'}); "

# By hand: Safari's inspector writes what WebKitGTK's does, which tests/browser/pasted asks.
SAFARI = """fetch("https://api.example/items", {
    "body": "{\\"name\\":\\"tea\\"}",
    "cache": "default",
    "credentials": "omit",
    "headers": {
        "Accept": "*/*",
        "Accept-Language": "en-GB,en;q=0.9",
        "Content-Type": "application/json",
        "Priority": "u=3, i",
        "User-Agent": "Mozilla/5.0 (Macintosh) Version/26.0 Safari/605.1.15",
        "X-Request-Id": "1"
    },
    "method": "PUT",
    "mode": "cors",
    "redirect": "follow",
    "referrer": "https://app.example/",
    "referrerPolicy": "strict-origin-when-cross-origin"
})"""


def test_what_safari_copies_is_read():
    assert read_fetch(SAFARI) == Pasted(
        URL,
        "PUT",
        PAGE,
        (("Content-Type", "application/json"), ("X-Request-Id", "1")),
        '{"name":"tea"}',
        about_origin=(f"The origin {PAGE} is that of the referrer; --origin sets another.",),
    )


def by_hand(text, **options):
    """Return what a call that people write stands for."""
    return Pasted(text, **{"method": "GET", "credentials": "same-origin", **options})


@pytest.mark.parametrize(
    "call",
    [
        "fetch('{}')",
        'await fetch("{}");',
        "fetch(`{}`).then((response) => response.json()).catch(console.error);",
        "const response = await fetch('{}');\nconst data = await response.json();",
        "return window.fetch('{}', )",
        "data.items = (await (fetch('{}', undefined))).json()",
        "// a comment\n/* another ** one */ ;fetch( '{}' /* here */, null, // and here\n)",
        "\ufefflet x=globalThis.fetch('{}', {{}})",
        "fetch('{}', {{signal: AbortSignal.timeout(5_000), keepalive: true, window: null}})",
        "fetch('{}', {{priority: 'high', integrity: `sha-1`, cache: 'no-store', referrer: ''}})",
        "fetch('{}', {{signal: (a, [b]) => {{ return /*,*/ \"}}\" + '}}' + `}}` }}, body: null}})",
        "fetch('{}', {{signal: x // , {{ \n}})",
    ],
)
def test_a_call_may_have_anything_around_it(call):
    assert read_fetch(call.format(URL)) == by_hand(URL)


@pytest.mark.parametrize(
    "headers",
    [
        "{'X-A': '1', xb: \"2\"}",
        "{'X-A': 1, xb: `2`, }",
        "[['X-A', '1'], ['xb', '2'],]",
        "new Headers({'X-A': '1', 'xb': '2'})",
        "new Headers( [['X-A', '1'], ['xb', 2]], )",
    ],
)
def test_headers_may_have_any_form(headers):
    pasted = read_fetch(f"fetch('{URL}', {{headers: {headers}}})")
    assert pasted == by_hand(URL, headers=(("X-A", "1"), ("xb", "2")))


def test_null_is_text_in_a_header():
    assert read_fetch(f"fetch('{URL}', {{headers: {{A: null}}}})").headers == (("A", "null"),)


@pytest.mark.parametrize("headers", ["null", "undefined", "{}", "[]", "new Headers()"])
def test_there_may_be_no_headers(headers):
    assert read_fetch(f"fetch('{URL}', {{headers: {headers}}})") == by_hand(URL)


@pytest.mark.parametrize(
    ("literal", "body"),
    [
        (r"'it\'s'", "it's"),
        (r'"\b\f\n\r\t\v\0\\\"\q"', '\b\f\n\r\t\v\0\\"q'),
        (r"'\x41\u00e4\u{1F600}\ud83d\ude00'", "Aä😀😀"),
        (r"'\u{110000}\ud83d'", "\ufffd\ufffd"),
        ("'a\\\nb\\\r\nc'", "abc"),
        ("`a\nb $ {c} \\${d}`", "a\nb $ {c} ${d}"),
        ("12.5e3", "12.5e3"),
        ("-1", "-1"),
        ("true", "true"),
        ("''", ""),
        ("undefined", None),
    ],
)
def test_literals_of_javascript_are_read(literal, body):
    pasted = read_fetch(f"fetch('{URL}', {{method: 'POST', body: {literal}}})")
    assert pasted == by_hand(URL, method="POST", body=body)


def test_every_option_that_matters_is_read():
    pasted = read_fetch(
        f"fetch('{URL}', {{'method': 'post', mode: 'no-cors', redirect: 'manual', "
        f"credentials: 'include', referrer: '{PAGE}/x'}})"
    )
    assert pasted == by_hand(
        URL,
        method="post",
        origin=PAGE,
        mode="no-cors",
        redirect="manual",
        credentials="include",
        about_origin=(f"The origin {PAGE} is that of the referrer; --origin sets another.",),
    )


def test_what_people_write_by_hand_is_set_by_the_page():
    headers = (("Cache-Control", "no-cache"), ("Pragma", "no-cache"), ("Cookie", "a=1"))
    text = f"fetch('{URL}', {{headers: {dict(headers)}, credentials: 'omit'}})"
    assert read_fetch(text) == by_hand(URL, headers=headers, credentials="omit")


@pytest.mark.parametrize(
    ("options", "credentials"),
    [
        ('{"credentials": "omit", "mode": "cors"}', None),
        ('{"credentials": "include", "mode": "cors"}', "include"),
        ("{credentials: 'omit', method: 'GET', mode: 'cors'}", None),
        ('{"credentials": "include", "headers": {"authorization": "Bearer 1"}}', None),
        ('{"headers": {"accept": "*/*", "accept-language": "de"}, "method": "GET"}', None),
        (
            '{"headers": {"accept": "*/*", "accept-language": "de", "cookie": "a=1"}}',
            "include",
        ),
        ('{"headers": {"sec-fetch-mode": "cors", "cookie": ""}, "method": "GET"}', None),
    ],
)
def test_only_cookies_prove_credentials_in_what_browsers_write(options, credentials):
    assert read_fetch(f'fetch("{URL}", {options});').credentials == credentials


def test_cookies_of_a_call_for_node_are_read():
    text = f'fetch("{URL}", {{"headers": {{"sec-gpc": "1", "cookie": "a=1"}}, "method": "GET"}});'
    assert read_fetch(text).cookies == (("a", "1"),)


def test_a_copied_body_without_a_type_has_none():
    text = f'fetch("{URL}", {{"credentials": "omit", "method": "POST", "body": "x"}});'
    assert (read_fetch(text).body, read_fetch(text).headers) == (b"x", ())


def test_a_copied_options_request_may_be_a_preflight():
    text = f'fetch("{URL}", {{"credentials": "omit", "method": "OPTIONS"}});'
    assert read_fetch(text).notes == (
        "If the text is a preflight, copy the request that follows it instead.",
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", f"{FORM}use 'Copy as fetch'"),
        ("axios.get('x')", f"{FORM}use 'Copy as fetch'"),
        ("prefetch('x')", f"{FORM}use 'Copy as fetch'"),
        ("fetch()", f"{FORM}the URL has to be a string"),
        ("fetch({})", f"{FORM}the URL has to be a string"),
        ("fetch('x', 'y')", f"{FORM}the second argument has to be an object"),
        ("fetch('x', [])", f"{FORM}the second argument has to be an object"),
        ("fetch('a'); ;\nfetch('b');", "expected one fetch() call, got several; copy one request"),
        ("fetch(url)", "the URL is 'url', which is not a literal; use its value"),
        (
            "fetch(new URL('/x', a))",
            "the URL is 'new URL(…, a)', which is not a literal; use its value",
        ),
        ("fetch(`${base}/x`)", "the URL is '`${base}…`', which is not a literal; use its value"),
        ("fetch('a' + b)", "the URL is '… + b', which is not a literal; use its value"),
        (
            "fetch('x', options)",
            "the second argument is 'options', which is not a literal; use its value",
        ),
        ("fetch('x', {method})", "method is 'method', which is not a literal; use its value"),
        ("fetch('x', {method: {}})", "method is not a string; use its text"),
        (
            "fetch('x', {body: JSON.stringify({a: [1, 2]}), method: 'PUT'})",
            "body is 'JSON.stringify({a: […, …]})', which is not a literal; use its value",
        ),
        ("fetch('x', {body: {a: 1}})", "body is not a string; use its text"),
        ("fetch('x', {body: $})", "body is '$', which is not a literal; use its value"),
        ("fetch('x', {headers: h()})", "headers is 'h()', which is not a literal; use its value"),
        (
            "fetch('x', {headers: {A: token}})",
            "headers.A is 'token', which is not a literal; use its value",
        ),
        (
            "fetch('x', {headers: {A: {}}})",
            "headers.A is not a string; use its text",
        ),
        (
            "fetch('x', {headers: [[a, 'b']]})",
            "the name of a header is 'a', which is not a literal; use its value",
        ),
        (
            "fetch('x', {headers: {'a b': c}})",
            "a header is 'c', which is not a literal; use its value",
        ),
        (
            "fetch('x', {headers: [['a']]})",
            "headers has an item that is not a pair; use ['X-Request-Id', '1']",
        ),
        (
            "fetch('x', {headers: ['a']})",
            "headers has an item that is not a pair; use ['X-Request-Id', '1']",
        ),
        ("fetch('x', {headers: 'a'})", "headers is not an object; use {'X-Request-Id': '1'}"),
        (
            "fetch('x', {...options})",
            "the text has '...options', which is not a literal; use its value",
        ),
        ("fetch('x', {[a]: 1})", "the text has '[a]: …', which is not a literal; use its value"),
        ("fetch('x', {", "the text ends where a name was expected; copy the whole call"),
        ("fetch('x', {, })", "expected a name, got ', })'; copy the whole call"),
        ("fetch('x'", "the text ends where ',' or ')' was expected; copy the whole call"),
        ("fetch('x', [1})", "expected ',' or ']', got '})'; copy the whole call"),
        ("fetch('x'; 'y')", "expected ',' or ')', got '; …)'; copy the whole call"),
        ("fetch('x', {a: b", "the text ends where ',' or '}' was expected; copy the whole call"),
        ("fetch('x' /* ", "the text ends within a comment; copy the whole call"),
        ("fetch('x", "the quote ' is not closed; copy the whole call"),
        ("fetch('x', {a: b + `c", "the quote ` is not closed; copy the whole call"),
        ("fetch(a /* ", "the text ends within a comment; copy the whole call"),
        ("fetch('x', " + "[" * 60, "the text is nested more than 50 levels deep; copy one request"),
    ],
)
def test_a_text_that_cannot_be_read_says_what_was_expected(text, error):
    with pytest.raises(Unreadable) as caught:
        read_fetch(text)
    assert str(caught.value) == error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{headers: {'Authorization': 'Bearer sekret' + x}}", "headers.Authorization is '… + x'"),
        ("{headers: {'Authorization': \"Bearer sekret\" + x}}", "headers.Authorization is '… + x'"),
        ("{headers: {Authorization: `Bearer sekret${x.y}`}}", "Authorization is '`…${x.y}`'"),
        ("{headers: {Authorization: `${x}sekret` + `sekret`}}", "is '`${x}…` + `…`'"),
        ("{headers: {Authorization: `Bearer ${`sekret`}` + x}}", "Authorization is '…'"),
        ("{headers: {Authorization: `a${f('sekret')}` + x}}", "Authorization is '…'"),
        ("{headers: {Authorization: Bearer sekret}}", "Authorization is 'Bearer …'"),
        (f"{{headers: {{Authorization: {'sekret' * 10}}}}}", "Authorization is '…'"),
        ("{headers: {'X-Api-Key': key('sekret')}}", "headers.X-Api-Key is 'key(…)'"),
        ("{headers: {'X-Api-Key': await new Key('sekret')}}", "is 'await new Key(…)'"),
        ("{headers: {A: {b: 'sekret'}}}", "headers.A is not a string"),
        ("{headers: [['A', 'sekret', 'c']]}", "headers has an item that is not a pair"),
        ("{headers: [[{b: 'sekret'}, 'c']]}", "the name of a header is not a string"),
        ("{headers: {'X: sekret': c}}", "a header is 'c'"),
        ("{headers: {'A' 'sekret'}}", "got '…}})'"),
        ("{body: JSON.stringify({password: 'sekret', 'sekret': b})}", "({password: …, …: b})"),
        ("{body: pin + 0x5ekret}", "body is 'pin + …'"),
        ("{body: a /* sekret */ // sekret\n}", "body is 'a'"),
        ("{body: /sekret/.exec(b)}", "body is '…'"),
        ("{body: h['sekret\\'sekret']}", "body is 'h[…]'"),
        ("{...h('sekret')}", "the text has '...h(…)'"),
        ("{method: m('sekret')}", "method is 'm(…)'"),
        ("o('sekret')", "the second argument is 'o(…)'"),
    ],
)
def test_errors_name_variables_and_calls_without_the_literals_in_them(text, error):
    with pytest.raises(Unreadable) as caught:
        read_fetch(f"fetch('x', {text})")
    assert error in str(caught.value)
    assert "ekret" not in str(caught.value)


def test_an_error_hides_the_literals_of_a_url():
    with pytest.raises(Unreadable, match=r"^the URL is '… \+ id', which is not a literal"):
        read_fetch("fetch('https://api.example/?token=sekret&id=' + id)")
