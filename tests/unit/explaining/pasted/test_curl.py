"""Reading curl commands, as browsers copy them and as people write them."""

import re

import pytest

from wsgicors.explaining.pasted import Pasted, Unreadable
from wsgicors.explaining.pasted.curl import read_curl
from wsgicors.explaining.pasted.options import SHORT, WITH_VALUE

URL = "https://api.example/items"
PAGE = "https://app.example"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"


def copied(*headers, options=""):
    """Write a command with the headers of a browser."""
    lines = [f"User-Agent: {AGENT}", f"Origin: {PAGE}", *headers]
    return f"curl '{URL}' {options} " + " ".join(f"-H '{line}'" for line in lines)


# By hand: Safari's inspector writes what WebKitGTK's does, which tests/browser/pasted asks.
SAFARI = r"""curl 'https://api.example/items' \
-X 'PUT' \
-H 'Content-Type: application/json' \
-H 'Pragma: no-cache' \
-H 'Accept: application/json' \
-H 'Authorization: Bearer 1' \
-H 'Sec-Fetch-Site: cross-site' \
-H 'Accept-Language: en-GB,en;q=0.9' \
-H 'Cache-Control: no-cache' \
-H 'Sec-Fetch-Mode: cors' \
-H 'Accept-Encoding: gzip, deflate, br' \
-H 'Origin: https://app.example' \
-H 'User-Agent: Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15' \
-H 'Referer: https://app.example/' \
-H 'Content-Length: 16' \
-H 'Sec-Fetch-Dest: empty' \
-H 'X-Request-Id: 1' \
-H 'Priority: u=3, i' \
--data-raw $'{"name":"it\'s\041"}'"""


def test_what_safari_copies_is_read():
    pasted = read_curl(SAFARI)
    (note,) = pasted.notes
    assert note.startswith(
        "Left out, because browsers add it for their caches: cache-control, pragma"
    )
    assert pasted == Pasted(
        URL,
        "PUT",
        PAGE,
        (
            ("Content-Type", "application/json"),
            ("Accept", "application/json"),
            ("Authorization", "Bearer 1"),
            ("X-Request-Id", "1"),
        ),
        '{"name":"it\'s!"}',
        notes=(note,),
    )


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        pytest.param("", Pasted(URL, "GET"), id="nothing"),
        pytest.param("-X PUT", Pasted(URL, "PUT"), id="method"),
        pytest.param("-XPUT", Pasted(URL, "PUT"), id="method without a space"),
        pytest.param("--request=PUT", Pasted(URL, "PUT"), id="equals sign"),
        pytest.param("-sSLXPUT -k --compressed", Pasted(URL, "PUT"), id="combined"),
        pytest.param("-I", Pasted(URL, "HEAD"), id="HEAD"),
        pytest.param("-o out.txt --max-time 3 -w '%{http_code}'", Pasted(URL, "GET"), id="others"),
        pytest.param("-- ", Pasted(URL, "GET"), id="hyphens"),
        pytest.param("-d a=1 -d b", Pasted(URL, "POST", None, (FORM,), "a=1&b"), id="data"),
        pytest.param("--data-binary x", Pasted(URL, "POST", None, (FORM,), "x"), id="binary"),
        pytest.param("--data-raw @x", Pasted(URL, "POST", None, (FORM,), "@x"), id="raw"),
        pytest.param(
            "--data-urlencode 'a=b c' --data-urlencode '=d&' --data-urlencode 'e f'",
            Pasted(URL, "POST", None, (FORM,), "a=b%20c&d%26&e%20f"),
            id="encoded",
        ),
        pytest.param("-G -d a=1 -d b=2", Pasted(f"{URL}?a=1&b=2", "GET"), id="query"),
        pytest.param(
            "--json '{}'",
            Pasted(
                URL,
                "POST",
                None,
                (("Content-Type", "application/json"), ("Accept", "application/json")),
                "{}",
            ),
            id="json",
        ),
        pytest.param(
            "-H 'Content-Type: text/plain' -H 'X-A: 1' -d x",
            Pasted(URL, "POST", None, (("Content-Type", "text/plain"), ("X-A", "1")), "x"),
            id="headers",
        ),
        pytest.param(
            "-H 'X-Empty;' -H 'Accept:' -H 'X-Too:' -H nonsense -H ':authority: a'",
            Pasted(URL, "GET", None, (("X-Empty", ""), ("X-Too", ""))),
            id="empty headers",
        ),
        pytest.param(
            "--json '{}' -H 'Accept: */*'",
            Pasted(
                URL,
                "POST",
                None,
                (("Accept", "*/*"), ("Content-Type", "application/json")),
                "{}",
            ),
            id="accept",
        ),
        pytest.param(
            "-u me:secret",
            Pasted(URL, "GET", None, (("Authorization", "Basic bWU6c2VjcmV0"),)),
            id="user",
        ),
        pytest.param(
            "-u me", Pasted(URL, "GET", None, (("Authorization", "Basic bWU6"),)), id="no password"
        ),
        pytest.param(
            "--oauth2-bearer 1",
            Pasted(URL, "GET", None, (("Authorization", "Bearer 1"),)),
            id="token",
        ),
        pytest.param(
            "-A Mine/1", Pasted(URL, "GET", None, (("User-Agent", "Mine/1"),)), id="agent"
        ),
        pytest.param(f"-H 'Origin: {PAGE}'", Pasted(URL, "GET", PAGE), id="origin"),
        pytest.param("-H 'Origin: null'", Pasted(URL, "GET", "null"), id="opaque origin"),
        pytest.param("-e file:///x", Pasted(URL, "GET"), id="referrer of a file"),
        pytest.param("-e nowhere", Pasted(URL, "GET"), id="bad referrer"),
        pytest.param("-b ''", Pasted(URL, "GET"), id="no cookies"),
        pytest.param("# a comment", Pasted(URL, "GET"), id="comment"),
        pytest.param("| jq .", Pasted(URL, "GET"), id="pipe"),
        pytest.param("2>/dev/null -X PUT", Pasted(URL, "GET"), id="redirection"),
        pytest.param("; echo", Pasted(URL, "GET"), id="next command"),
    ],
)
def test_options_are_read_as_curl_reads_them(words, request_):
    assert read_curl(f"curl {URL} {words}") == request_


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (f"curl --url {URL}", URL),
        (f"  $ curl.exe {URL}", URL),
        (f"/usr/bin/curl {URL}", URL),
        ("curl localhost:5000/items", "http://localhost:5000/items"),
        (r"curl 'https://a.example/?x\[0\]=\{1\}'", "https://a.example/?x[0]={1}"),
        (r"curl -g 'https://a.example/\[0\]'", r"https://a.example/\[0\]"),
        ("curl 'https://a.example/?a=1' -G -d b=2", "https://a.example/?a=1&b=2"),
        ("curl https://a.example/?a=1&b=2", "https://a.example/?a=1&b=2"),
    ],
)
def test_the_url_is_found(text, url):
    assert read_curl(text).url == url


@pytest.mark.parametrize(
    ("quoted", "body"),
    [
        pytest.param(r"'a\b'", r"a\b", id="single"),
        pytest.param("'it'\\''s'", "it's", id="joined"),
        pytest.param(r'"a\"\\\$\`b\c"', r'a"\$`b\c', id="double"),
        pytest.param('"a\\\nb"', "ab", id="continued in double quotes"),
        pytest.param(r"$'\a\b\e\f\n\r\t\v\\\'\"\?\d'", "\a\b\x1b\f\n\r\t\v\\'\"?\\d", id="ansi"),
        pytest.param(r"$'\x41\101\u00e4\U0001F600\cA\x7f'", "AAä😀\x01\x7f", id="numbers"),
        pytest.param(r"$'\ud83d\ude00'", "😀", id="surrogates"),
        pytest.param(r"$'\ud83d'", "\ufffd", id="half a pair"),
        pytest.param(r"$'\xc3\xa4'", "ä", id="bytes of UTF-8"),
        pytest.param(r"$'\xe4\xff'", "äÿ", id="characters as bytes"),
        pytest.param(r"$'\U00110000'", r"\U00110000", id="no character"),
        pytest.param(r"a\ b\;", "a b;", id="escaped"),
        pytest.param("a^b^", "a^b^", id="carets"),
        pytest.param("a$", "a$", id="dollar"),
        pytest.param('$"x"', "x", id="translated"),
        pytest.param("''", "", id="empty"),
    ],
)
def test_quotes_of_a_posix_shell_are_read(quoted, body):
    assert read_curl(f"curl {URL} \\\n  --data-raw {quoted} \\ \r\n -X PUT").body == body


@pytest.mark.parametrize(
    ("quoted", "body"),
    [
        pytest.param('^"a b^"', "a b", id="quotes"),
        pytest.param(r'^"^{^\^"a^\^":1^}^"', '{"a":1}', id="quotes in quotes"),
        pytest.param(r'^"a^\^\b^"', r"a\b", id="backslash"),
        pytest.param('^"100^%^25 ^%^PATH^% ^^ ^!^"', "100%25 %PATH% ^ !", id="percent signs"),
        pytest.param('^"a^\n\nb^"', "a\nb", id="newline"),
        pytest.param('^"a^\r\n\r\nb^"', "a\r\nb", id="newline of Windows"),
        pytest.param(r'"{\"a\":\"b c\"}"', '{"a":"b c"}', id="older Chromium"),
        pytest.param('"say ""hi"""', 'say "hi"', id="doubled quotes"),
        pytest.param(r'a\^"b\c', r'a"b\c', id="no quotes"),
        pytest.param('"a$b `c`"', "a$b `c`", id="nothing special"),
        pytest.param('^"^"', "", id="empty"),
        pytest.param('^"say ^"^"hi^"^"^"', 'say "hi"', id="doubled quotes with carets"),
    ],
)
def test_quotes_of_cmd_are_read(quoted, body):
    text = f'curl ^"{URL}^" ^\n  -X PUT ^\r\n  --data-raw {quoted}'
    assert read_curl(text).body == body
    assert read_curl(f"{text} & echo").body == body
    assert read_curl(f"{text} | jq ^").body == body


def test_what_the_browser_adds_is_not_set_by_the_page():
    pasted = read_curl(
        copied(
            "Accept: */*",
            "Accept-Language: de-DE,de;q=0.9,en;q=0.8,fr;q=0.7" + ",xx;q=0.1" * 20,
            "Accept-Encoding: gzip",
            "Alt-Used: api.example",
            "Available-Dictionary: :pZGm1Av0IEBKARczz7exkNYsZb8LzaMrV7J32a2fFG4=:",
            "authority: api.example",
            "DNT: 1",
            "Priority: u=1, i",
            "sec-ch-ua-mobile: ?0",
            "Upgrade-Insecure-Requests: 1",
            "X-Client-Data: CIm2yQE=",
            "DPR: 2",
            "X-Mine: 1",
        )
    )
    assert pasted == Pasted(URL, "GET", PAGE, (("X-Mine", "1"),))


@pytest.mark.parametrize(
    "line",
    [
        "Accept: application/json, text/plain, */*",
        'Accept-Language: "de"',
        "Cache-Control: no-cache",
        "Pragma: no-cache",
        "Cache-Control: no-store",
        "User-Agent: Mine/1",
        "X-Requested-With: XMLHttpRequest",
        "If-Match: 1",
        "Range: bytes=0-9",
        "DPR: two",
    ],
)
def test_what_only_a_page_can_have_set_stays(line):
    name, _, value = line.partition(": ")
    pasted = read_curl(copied(line, "sec-fetch-site: cross-site"))
    assert (pasted.headers, pasted.notes) == (((name, value),), ())


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["Cache-Control: no-cache", "Pragma: no-cache"], "cache-control, pragma"),
        (["Cache-Control: max-age=0"], "cache-control"),
        (["If-None-Match: x"], "if-none-match"),
        (
            ["If-Modified-Since: x", "Cache-Control: no-cache"],
            "if-modified-since, cache-control",
        ),
        (
            ["If-None-Match: x", "Cache-Control: no-cache", "Pragma: no-cache"],
            "if-none-match, cache-control, pragma",
        ),
    ],
)
def test_what_is_more_often_the_browsers_is_left_out_with_a_note(lines, names):
    pasted = read_curl(copied(*lines))
    assert pasted.headers == ()
    assert pasted.notes == (
        f"Left out, because browsers add it for their caches: {names}. "
        "If the page sets it, add it with -H.",
    )


def test_what_people_write_by_hand_is_set_by_the_page():
    text = f"curl {URL} -H 'Cache-Control: no-cache' -H 'Pragma: no-cache' -H 'DPR: 2'"
    headers = (("Cache-Control", "no-cache"), ("Pragma", "no-cache"), ("DPR", "2"))
    assert read_curl(text) == Pasted(URL, "GET", headers=headers)


def test_the_origin_may_come_from_the_referrer():
    pasted = read_curl(f"curl {URL} -e '{PAGE}/shop?x=1;auto'")
    assert pasted.origin == PAGE
    note = f"The origin {PAGE} is that of the referrer; --origin sets another."
    assert (pasted.notes, pasted.about_origin) == ((), (note,))


@pytest.mark.parametrize(
    ("options", "cookies", "notes"),
    [
        ("-b 'sid=1; a=b=c'", (("sid", "1"), ("a", "b=c")), 0),
        ("-H 'cookie: sid=1'", (("sid", "1"),), 0),
        ("--cookie jar.txt", (), 1),
        ("-b 'sid=1; ä=2;;'", (("sid", "1"),), 1),
    ],
)
def test_cookies_mean_credentials(options, cookies, notes):
    pasted = read_curl(f"curl {URL} {options}")
    assert (pasted.credentials, pasted.headers, pasted.cookies) == ("include", (), cookies)
    note = "Not all cookies of the text are sent; add those that matter with --cookie."
    assert pasted.notes == (note,) * notes


def test_a_login_of_the_browsers_means_credentials():
    pasted = read_curl(copied("Authorization: Negotiate YII="))
    assert (pasted.credentials, pasted.headers) == ("include", ())
    by_hand = read_curl(f"curl {URL} -H 'Authorization: Negotiate YII='")
    assert (by_hand.credentials, len(by_hand.headers)) == (None, 1)


def test_a_login_that_a_page_can_make_stays_with_a_note():
    pasted = read_curl(copied("Authorization: Basic bWU6"))
    assert (pasted.credentials, pasted.headers) == (None, (("Authorization", "Basic bWU6"),))
    assert pasted.notes == (
        "Authorization counts as set by the page; if the browser has added it after a login, "
        "remove it and add --credentials.",
    )


def test_the_mode_comes_from_what_the_browser_says():
    assert read_curl(copied("Sec-Fetch-Mode: no-cors")).mode == "no-cors"


def test_a_navigation_is_judged_as_if_fetch_made_it():
    pasted = read_curl(
        copied(
            "Sec-Fetch-Mode: navigate",
            "Sec-Fetch-Dest: document",
            "Accept: text/html,application/xhtml+xml,application/xml;q=0.9",
            "Content-Type: text/plain",
            "X-Extension: 1",
        )
    )
    assert (pasted.mode, pasted.headers) == ("cors", (("Content-Type", "text/plain"),))
    assert pasted.notes[0].startswith("The request is a navigation, to which CORS does not apply")


def test_a_preflight_stands_for_its_request():
    pasted = read_curl(
        copied(
            "Access-Control-Request-Method: PUT",
            "Access-Control-Request-Headers: content-type,x-request-id",
            options="-X OPTIONS",
        )
    )
    assert pasted == Pasted(
        URL,
        "PUT",
        PAGE,
        (("content-type", "application/json"), ("x-request-id", "(unknown)")),
        notes=(
            "The text is a preflight; it stands for the PUT request that it asks for.",
            "A preflight has no values of headers; these are assumed: content-type: "
            "application/json, x-request-id: (unknown).",
        ),
    )


def test_a_preflight_may_ask_for_no_headers():
    pasted = read_curl(copied("Access-Control-Request-Method: DELETE"))
    assert (pasted.method, pasted.headers, len(pasted.notes)) == ("DELETE", (), 1)


@pytest.mark.parametrize(
    ("options", "method", "note"),
    [
        ("-d @x.json", "POST", "The file 'x.json' is not sent."),
        ("--data-urlencode a@x.txt", "POST", "The file 'x.txt' is not sent."),
        ("-F name=x", "POST", "The field 'name' of the form is not sent."),
        ("-T x.txt", "PUT", "The file 'x.txt' is not sent."),
        ("-H @x.txt -d a", "POST", "The headers in the file 'x.txt' are not sent."),
    ],
)
def test_what_is_not_read_is_named(options, method, note):
    pasted = read_curl(f"curl {URL} {options}")
    assert (pasted.method, pasted.notes) == (method, (note,))
    assert pasted.body is not None


def test_a_multipart_form_has_its_type_and_an_upload_has_none():
    form = read_curl(f"curl {URL} -F a=1")
    assert form.headers == (("Content-Type", "multipart/form-data; boundary=form"),)
    upload = read_curl(f"curl {URL} -T x.txt")
    assert (upload.headers, upload.body) == ((), b"")


def test_a_copied_body_without_a_type_has_none():
    pasted = read_curl(copied(options="--data-raw x"))
    assert (pasted.headers, pasted.body) == ((), b"x")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "expected a curl command; use 'Copy as cURL'"),
        ("wget x", "expected a curl command, got 'wget'; use 'Copy as cURL'"),
        ("curl", "the curl command has no URL; copy the whole command"),
        ("curl -X", "the option '-X' has no value; copy the whole command"),
        ("curl --request", "the option '--request' has no value; copy the whole command"),
        ("curl a b", "expected one curl command, got several; copy one request"),
        ("curl a --next b", "expected one curl command, got several; copy one request"),
        ("curl a ;\ncurl b", "expected one curl command, got several; copy one request"),
        ('curl ^"a^" &\r\ncurl ^"b^"', "expected one curl command, got several; copy one request"),
        ("curl 'a", "the quote ' is not closed; copy the whole command"),
        ('curl ^"a^" "b', 'the quote " is not closed; copy the whole command'),
        ("curl $URL", "'$URL' is a variable or a command; use its value"),
        ('curl "${URL}/x"', "'${URL}' is a variable or a command; use its value"),
        ("curl $(cat x)", "'$(…)' is a variable or a command; use its value"),
        ("curl `cat x`", "'`…`' is a variable or a command; use its value"),
        ("curl -K x", "options in the file 'x' are not read; put them in the text"),
        (
            'Invoke-WebRequest -UseBasicParsing -Uri "https://a.example/"',
            "expected a curl command, got one of PowerShell; use 'Copy as cURL'",
        ),
        (
            "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession",
            "expected a curl command, got one of PowerShell; use 'Copy as cURL'",
        ),
        (
            'curl.exe "https://a.example" `\n -X PUT',
            "expected a curl command, got one of PowerShell; use 'Copy as cURL'",
        ),
    ],
)
def test_a_text_that_cannot_be_read_says_what_was_expected(text, error):
    with pytest.raises(Unreadable) as caught:
        read_curl(text)
    assert str(caught.value) == error


def test_every_option_has_a_name_that_curl_can_have():
    wrong = [
        name for name in {*WITH_VALUE, *SHORT.values()} if not re.fullmatch("[a-z0-9.-]+", name)
    ]
    assert wrong == []
    assert {*WITH_VALUE} >= {"output-dir", "ftp-account", "happy-eyeballs-timeout-ms"}


@pytest.mark.parametrize(
    ("options", "query", "notes"),
    [
        ("--url-query a=b", "?a=b", ()),
        ("--url-query 'a=b c' --url-query +d%20e", "?a=b%20c&d%20e", ()),
        ("--url-query =a&b --url-query 'c d'", "?a%26b&c%20d", ()),
        ("--url-query a=b -G -d c=d", "?a=b&c=d", ()),
        ("--url-query a@file", "", ("The file 'file' is not sent.",)),
    ],
)
def test_url_query_adds_to_the_url(options, query, notes):
    pasted = read_curl(f"curl {URL} {options}".replace("=a&b", "'=a&b'"))
    assert (pasted.url, pasted.method, pasted.notes) == (f"{URL}{query}", "GET", notes)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("curl x -u 'a:b' -H \"A: pa$sekret\"", "'$…' is a variable or a command; use its value"),
        ('curl x -H "A: ${B:-sekret}"', "'${…}' is a variable or a command; use its value"),
        ("curl x -H $(key sekret)", "'$(…)' is a variable or a command; use its value"),
        ("curl x -H `key sekret`", "'`…`' is a variable or a command; use its value"),
        ("curl x -H 'A: sekret' 'sekret", "the quote ' is not closed; copy the whole command"),
        ("TOKEN=sekret curl x", "expected a curl command; use 'Copy as cURL'"),
        ("https://x.example/?a=sekret", "expected a curl command; use 'Copy as cURL'"),
        ("curl x -sLX", "the option '-X' has no value; copy the whole command"),
        ("curl x --bogus sekret", "expected one curl command, got several; copy one request"),
    ],
)
def test_errors_name_no_secret(text, error):
    with pytest.raises(Unreadable) as caught:
        read_curl(text)
    assert str(caught.value) == error


def test_a_field_of_a_form_without_a_name_is_not_shown():
    assert read_curl("curl x -F sekret").notes == ("The field '' of the form is not sent.",)
