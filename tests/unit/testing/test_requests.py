"""A request as JavaScript makes it."""

import re

import pytest

from tests.unit.testing.servers import API, APP
from wsgicors.testing.profiles import PROFILES
from wsgicors.testing.requests import make_request
from wsgicors.testing.urls import URL


def request(origin=APP, url=f"{API}/", profile="fetch", **options):
    usual = {
        "method": "GET",
        "headers": None,
        "body": None,
        "credentials": "same-origin",
        "mode": "cors",
        "redirect": "follow",
    }
    return make_request(origin, URL.parse(url), PROFILES[profile], **{**usual, **options})


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        *[
            pytest.param(method.lower(), method, id=method.lower())
            for method in ("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT")
        ],
        pytest.param("pOsT", "POST", id="mixed-case"),
        pytest.param("patch", "patch", id="patch"),
        pytest.param("PATCH", "PATCH", id="patch-in-capitals"),
        pytest.param("Egg", "Egg", id="egg"),
        pytest.param("*", "*", id="asterisk"),
    ],
)
def test_six_methods_are_upper_cased_and_all_others_keep_their_case(given, sent):
    assert request(method=given).method == sent


@pytest.mark.parametrize("method", ["CONNECT", "trace", "Track"])
def test_a_forbidden_method_is_a_type_error(method):
    with pytest.raises(TypeError, match=f"browsers do not allow the method '{method}'"):
        request(method=method)


@pytest.mark.parametrize("method", ["", "GET ", "GE T", "G\xcbT", "A/B"])
def test_a_method_is_a_token(method):
    with pytest.raises(TypeError, match="is not an HTTP method"):
        request(method=method)


@pytest.mark.parametrize("method", ["GET", "head"])
@pytest.mark.parametrize("body", ["", "x", b"", {}])
def test_get_and_head_have_no_body(method, body):
    with pytest.raises(TypeError, match="request cannot have a body"):
        request(method=method, body=body)


@pytest.mark.parametrize(
    ("option", "value", "known"),
    [
        pytest.param(
            "credentials", "Include", "'omit', 'same-origin', 'include'", id="credentials"
        ),
        pytest.param("mode", "navigate", "'cors', 'no-cors', 'same-origin'", id="mode"),
        pytest.param("redirect", "", "'follow', 'error', 'manual'", id="redirect"),
    ],
)
def test_an_option_with_an_unknown_value_is_a_type_error(option, value, known):
    message = f"^{value!r} is not a value of {option}; use one of {known}$"
    with pytest.raises(TypeError, match=message):
        request(**{option: value})


@pytest.mark.parametrize(
    ("body", "content", "content_type"),
    [
        pytest.param("caf\xe9", b"caf\xc3\xa9", "text/plain;charset=UTF-8", id="string"),
        pytest.param("", b"", "text/plain;charset=UTF-8", id="empty-string"),
        pytest.param(
            {"a": "1 2", "b": "\xe9"},
            b"a=1+2&b=%C3%A9",
            "application/x-www-form-urlencoded;charset=UTF-8",
            id="form",
        ),
        pytest.param(b"\xff", b"\xff", None, id="bytes"),
        pytest.param(None, None, None, id="none"),
    ],
)
def test_a_body_sets_its_content_type(body, content, content_type):
    made = request(method="POST", body=body)
    assert (made.body, made.header("Content-Type")) == (content, content_type)


@pytest.mark.parametrize(
    ("body", "name", "kind"),
    [
        ({"text": "x"}, "Content-Type", "application/json"),
        ({}, "content-type", "application/json; charset=utf-8"),
        ([1], "Content-Type", "application/json"),
        ({"text": "x"}, "Content-Type", "text/plain"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_a_mapping_is_not_sent_as_a_form_if_its_content_type_is_that_of_something_else(
    body, name, kind, method
):
    message = (
        f"a {type(body).__name__} as body is sent as a form, but Content-Type is '{kind}'; for "
        "JSON use body=json.dumps(...), otherwise str or bytes"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        request(method=method, body=body, headers={"X-A": "1", name: kind})


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-Urlencoded ; charset=UTF-8",
        "multipart/form-data; boundary=x",
    ],
)
def test_a_mapping_may_have_the_content_type_of_a_form(kind):
    made = request(method="POST", body={"a": "1"}, headers={"Content-Type": kind})
    assert (made.body, made.header("Content-Type")) == (b"a=1", kind)


def test_a_content_type_set_by_javascript_is_not_replaced():
    made = request(method="POST", body="{}", headers={"content-type": "application/json"})
    assert made.headers == [("content-type", "application/json")]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X-A": "1", "X-B": "2"}, id="mapping"),
        pytest.param([("X-A", "1"), ("X-B", "2")], id="pairs"),
        pytest.param(iter([("X-A", "1"), ("X-B", "2")]), id="iterator"),
    ],
)
def test_headers_can_be_a_mapping_or_pairs(headers):
    assert request(headers=headers).headers == [("X-A", "1"), ("X-B", "2")]


@pytest.mark.parametrize("space", [" ", "\t", "\r\n", "\n \t"])
def test_white_space_around_a_value_is_stripped(space):
    assert request(headers={"X-A": f"{space}1 2{space}"}).headers == [("X-A", "1 2")]


@pytest.mark.parametrize("name", ["", "X A", "X-A:", "\xdcber", "X-A\n"])
def test_a_header_name_is_a_token(name):
    with pytest.raises(TypeError, match="is not a header name"):
        request(headers={name: "1"})


@pytest.mark.parametrize("value", ["a\0b", "a\rb", "a\nb", "\u20ac"])
def test_a_header_value_is_a_single_line_of_bytes(value):
    with pytest.raises(TypeError, match="is not a header value"):
        request(headers={"X-A": value})


def test_values_of_one_name_are_joined():
    made = request(headers=[("X-A", "1"), ("X-B", "2"), ("x-a", "3")])
    assert made.headers == [("X-A", "1, 3"), ("X-B", "2")]
    assert (made.header("x-A"), made.header("X-C")) == ("1, 3", None)


def test_forbidden_headers_are_dropped_silently():
    headers = {"Origin": "https://evil.example", "Cookie": "a=b", "Sec-X": "1", "X-A": "1"}
    assert request(headers=headers).headers == [("X-A", "1")]


def test_only_chromium_drops_the_user_agent():
    headers = {"User-Agent": "mine"}
    assert request(headers=headers).headers == [("User-Agent", "mine")]
    assert request(headers=headers, profile="chromium").headers == []


@pytest.mark.parametrize("method", ["PUT", "delete", "patch", "OPTIONS"])
def test_mode_no_cors_rejects_other_methods(method):
    with pytest.raises(TypeError, match="'no-cors' allows only GET, HEAD and POST"):
        request(method=method, mode="no-cors")


@pytest.mark.parametrize("method", ["get", "HEAD", "POST"])
def test_mode_no_cors_accepts_safelisted_methods(method):
    assert request(method=method, mode="no-cors").method == method.upper()


def test_mode_no_cors_keeps_only_simple_headers():
    headers = {
        "Accept": "text/html",
        "Accept-Language": "de",
        "Content-Language": "e_n",
        "Content-Type": "application/json",
        "Range": "bytes=0-1",
        "X-A": "1",
    }
    assert request(headers=headers, mode="no-cors").headers == [
        ("Accept", "text/html"),
        ("Accept-Language", "de"),
    ]


def test_mode_no_cors_checks_the_joined_values_of_a_name():
    headers = [("Accept", "a" * 64), ("accept", "b" * 63), ("Accept", "c" * 62)]
    joined = f"{'a' * 64}, {'c' * 62}"
    assert request(headers=headers, mode="no-cors").headers == [("Accept", joined)]


def test_mode_no_cors_sends_a_body_with_its_content_type():
    made = request(method="POST", mode="no-cors", body="x")
    assert made.headers == [("Content-Type", "text/plain;charset=UTF-8")]


@pytest.mark.parametrize(
    ("origin", "url", "expected"),
    [
        pytest.param(APP, f"{APP}/x", True, id="same"),
        pytest.param(APP, f"{APP}:443/", True, id="default-port"),
        pytest.param(APP, f"{APP}:8443/", False, id="port"),
        pytest.param(APP, "http://app.example/", False, id="scheme"),
        pytest.param(APP, "https://sub.app.example/", False, id="subdomain"),
        pytest.param("null", f"{APP}/", False, id="opaque"),
        pytest.param("null", "data:,x", False, id="both-opaque"),
    ],
)
def test_same_origin_is_scheme_host_and_port(origin, url, expected):
    assert request(origin, url).is_same_origin is expected


def test_a_tainted_request_sends_the_origin_null():
    made = request()
    assert made.sent_origin == APP
    made.is_tainted = True
    assert made.sent_origin == "null"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        pytest.param("omit", False, id="omit"),
        pytest.param("same-origin", False, id="same-origin"),
        pytest.param("include", True, id="include"),
    ],
)
def test_only_include_means_credentials(mode, expected):
    assert request(credentials=mode).with_credentials is expected
