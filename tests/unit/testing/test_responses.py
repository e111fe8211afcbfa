"""Responses, and what JavaScript may read of them."""

import pytest

from tests.unit.testing.servers import header
from wsgicors.testing.responses import (
    RawResponse,
    ReadableHeaders,
    Response,
    exposed_names,
    filtered,
)

SAFELISTED = [
    "Cache-Control",
    "Content-Language",
    "Content-Length",
    "Content-Type",
    "Expires",
    "Last-Modified",
    "Pragma",
]


def raw(*lines, status=200, body=b"hello"):
    return RawResponse(status, "", [header(line) for line in lines], body)


def readable(*lines, tainting="cors", credentials=False):
    return set(filtered(raw(*lines), tainting, "", False, credentials).headers)


def test_values_of_one_name_are_joined_in_order():
    response = raw("X-A: 1", "X-B: 2", "x-a: 3")
    assert (response.get("X-a"), response.get("X-C")) == ("1, 3", None)


def test_a_list_header_contains_names():
    response = raw("X: a, b", "X: c")
    assert (response.names("X"), response.names("Y")) == (["a", "b", "c"], None)


def test_a_list_header_reports_an_invalid_name():
    with pytest.raises(ValueError, match=r"^b c$"):
        raw("X: a, b c").names("X")


@pytest.mark.parametrize("name", SAFELISTED)
def test_javascript_may_read_safelisted_headers(name):
    assert readable(f"{name}: x") == {name.lower()}


@pytest.mark.parametrize(
    "name",
    [
        "ETag",
        "Link",
        "Content-Disposition",
        "Date",
        "Server",
        "X-A",
        "Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers",
    ],
)
def test_javascript_may_read_other_headers_only_if_they_are_exposed(name):
    assert name.lower() not in readable(f"{name}: x")
    assert name.lower() in readable(f"{name}: x", f"Access-Control-Expose-Headers: {name.upper()}")


@pytest.mark.parametrize("name", ["Set-Cookie", "Set-Cookie2"])
@pytest.mark.parametrize("exposed", ["*", "Set-Cookie, Set-Cookie2, *", "set-cookie,set-cookie2"])
@pytest.mark.parametrize("tainting", ["basic", "cors"])
def test_javascript_never_reads_set_cookie(name, exposed, tainting):
    lines = f"{name}: a=b", f"Access-Control-Expose-Headers: {exposed}"
    assert name.lower() not in readable(*lines, tainting=tainting)


@pytest.mark.parametrize(
    ("lines", "credentials", "names"),
    [
        pytest.param([], False, set(), id="absent"),
        pytest.param([""], False, set(), id="empty"),
        pytest.param(["X-A, x-b"], True, {"x-a", "x-b"}, id="listed"),
        pytest.param(["X-A", "X-B"], False, {"x-a", "x-b"}, id="two-lines"),
        pytest.param(["*"], False, None, id="wildcard"),
        pytest.param(["set-cookie, *"], False, None, id="wildcard-among-others"),
        pytest.param(["*"], True, {"*"}, id="wildcard-with-credentials"),
        pytest.param(["X-A, b c"], False, set(), id="one-malformed-spoils-all"),
        pytest.param(["*, b c"], False, set(), id="malformed-with-a-wildcard"),
        pytest.param(["X-A", "b c"], False, set(), id="malformed-line"),
    ],
)
def test_a_response_exposes_the_names_that_it_lists(lines, credentials, names):
    response = raw(*(f"Access-Control-Expose-Headers: {line}" for line in lines))
    assert exposed_names(response, credentials) == names


def test_the_wildcard_exposes_every_header_even_authorization():
    lines = "Authorization: x", "X-A: 1", "Access-Control-Expose-Headers: *"
    assert readable(*lines) == {"authorization", "x-a", "access-control-expose-headers"}


def test_with_credentials_the_wildcard_is_a_literal_name():
    lines = "*: x", "X-A: 1", "Access-Control-Expose-Headers: *"
    assert readable(*lines, credentials=True) == {"*"}


def test_javascript_reads_all_headers_of_its_own_origin_except_set_cookie():
    lines = "X-A: 1", "ETag: x", "Set-Cookie: a=b"
    assert readable(*lines, tainting="basic") == {"x-a", "etag"}


@pytest.mark.parametrize("tainting", ["opaque", "opaqueredirect"])
def test_an_opaque_response_shows_nothing(tainting):
    response = filtered(raw("Content-Type: text/plain"), tainting, "", False, False)
    assert (response.type, response.status, response.ok) == (tainting, 0, False)
    assert (dict(response.headers), response.body) == ({}, b"")


@pytest.mark.parametrize("tainting", ["basic", "cors"])
@pytest.mark.parametrize("status", [101, 103, 204, 205, 304])
def test_a_null_body_status_has_no_body(tainting, status):
    response = filtered(raw(status=status), tainting, "", False, False)
    assert (response.status, response.body) == (status, b"")


@pytest.mark.parametrize("status", [200, 201, 206, 300, 403, 500])
def test_any_other_status_has_its_body(status):
    response = filtered(raw(status=status), "cors", "https://a.example/", True, False)
    assert (response.status, response.body, response.type) == (status, b"hello", "cors")
    assert (response.url, response.redirected) == ("https://a.example/", True)


def response(body=b"", status=200):
    return Response("cors", status, ReadableHeaders((), ()), body, "https://a.example/", False)


@pytest.mark.parametrize(
    ("status", "ok"),
    [(199, False), (200, True), (204, True), (299, True), (300, False), (0, False)],
)
def test_ok_is_a_status_of_200_to_299(status, ok):
    assert response(status=status).ok is ok


def test_text_is_the_body_in_utf_8():
    assert response(b"caf\xc3\xa9 \xff").text == "caf\xe9 \ufffd"


def test_json_is_the_body_parsed():
    assert response(b'{"a": [1]}').json() == {"a": [1]}
    with pytest.raises(ValueError, match="Expecting value"):
        response(b"hello").json()


def test_readable_headers_match_in_any_case():
    headers = ReadableHeaders([("X-A", "1"), ("ETag", "x"), ("x-a", "2")], [])
    assert (headers["x-A"], headers.get("ETAG"), headers.get("X-B")) == ("1, 2", "x", None)
    assert "etag" in headers
    assert "X-B" not in headers
    assert (list(headers), len(headers)) == (["x-a", "etag"], 2)
    assert repr(headers) == "ReadableHeaders({'x-a': '1, 2', 'etag': 'x'})"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("ETag", "ETag was sent, but not exposed; add it to expose_headers", id="sent"),
        pytest.param("X-A", "the server did not send X-A", id="not-sent"),
        pytest.param("Set-Cookie", "browsers never let JavaScript read Set-Cookie", id="forbidden"),
    ],
)
def test_the_error_says_why_a_header_cannot_be_read(name, reason):
    headers = ReadableHeaders([], [("etag", "x"), ("set-cookie", "a=b")])
    with pytest.raises(KeyError) as caught:
        headers[name]
    assert caught.value.args == (reason,)
