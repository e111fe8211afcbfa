"""The checks of a response, step by step."""

import pytest

from tests.helpers import hello
from tests.unit.testing.servers import ANYBODY, APP, CREDENTIALS, OPAQUE, THE_APP, header
from tests.unit.testing.test_requests import request
from wsgicors import CORSMiddleware
from wsgicors.testing import Browser, CORSBlocked, checks
from wsgicors.testing.exceptions import CheckFailed
from wsgicors.testing.responses import RawResponse

ORIGIN_STEP = "CORS check: the response has no Access-Control-Allow-Origin"
MATCH_STEP = "CORS check: Access-Control-Allow-Origin does not match the page's origin"
CREDENTIALS_STEP = "CORS check: the response does not allow credentials"
STATUS_STEP = "CORS-preflight fetch: the status is not in the range 200 to 299"
METHODS_STEP = "CORS-preflight fetch: Access-Control-Allow-Methods is not a list of names"
NAMES_STEP = "CORS-preflight fetch: Access-Control-Allow-Headers is not a list of names"
METHOD_STEP = "CORS-preflight fetch: the method is not allowed"
AUTHORIZATION_STEP = "CORS-preflight fetch: Authorization is not listed"
HEADERS_STEP = "CORS-preflight fetch: a request header is not allowed"


def response(*lines, status=200):
    return RawResponse(status, "", [header(line) for line in lines], b"")


def allow_origin(value):
    return f"Access-Control-Allow-Origin: {value}"


def step_that_fails(check, *arguments):
    with pytest.raises(CheckFailed) as caught:
        check(*arguments)
    return caught.value.failed_check.step


@pytest.mark.parametrize(
    ("credentials", "lines"),
    [
        pytest.param("same-origin", [ANYBODY], id="anybody"),
        pytest.param("omit", [ANYBODY], id="anybody-omit"),
        pytest.param("omit", [ANYBODY, CREDENTIALS], id="anybody-with-credentials-ignored"),
        pytest.param("omit", [THE_APP], id="the-app"),
        pytest.param(
            "omit", [THE_APP, "Access-Control-Allow-Credentials: True"], id="malformed-but-ignored"
        ),
        pytest.param("include", [THE_APP, CREDENTIALS], id="credentials"),
        pytest.param(
            "include", ["access-control-allow-origin: " + APP, CREDENTIALS], id="name-case"
        ),
    ],
)
def test_a_response_passes_the_cors_check(credentials, lines):
    checks.check_cors(request(credentials=credentials), response(*lines))


@pytest.mark.parametrize("status", [200, 204, 304, 401, 403, 404, 500])
def test_the_status_of_the_actual_response_does_not_matter(status):
    checks.check_cors(request(), response(ANYBODY, status=status))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="empty"),
        pytest.param(f"{APP}/", id="slash"),
        pytest.param("https://APP.example", id="case"),
        pytest.param(f"{APP}:443", id="default-port"),
        pytest.param("http://app.example", id="scheme"),
        pytest.param("https://app.example.evil.test", id="suffix"),
        pytest.param("app.example", id="no-scheme"),
        pytest.param(f"{APP}, https://other.example", id="list"),
        pytest.param(f"{APP} https://other.example", id="list-of-words"),
        pytest.param("*, *", id="two-asterisks"),
        pytest.param('"*"', id="quoted-asterisk"),
        pytest.param("https://*.example", id="pattern"),
        pytest.param("null", id="null"),
    ],
)
@pytest.mark.parametrize("credentials", ["omit", "include"])
def test_an_origin_in_another_spelling_does_not_match(value, credentials):
    failed = step_that_fails(
        checks.check_cors,
        request(credentials=credentials),
        response(allow_origin(value), CREDENTIALS),
    )
    assert failed == MATCH_STEP


def test_a_response_without_an_origin_fails():
    assert step_that_fails(checks.check_cors, request(), response()) == ORIGIN_STEP


def test_two_lines_of_the_origin_are_a_list():
    assert step_that_fails(checks.check_cors, request(), response(THE_APP, THE_APP)) == MATCH_STEP


def test_an_asterisk_is_not_accepted_with_credentials():
    asked = request(credentials="include")
    assert step_that_fails(checks.check_cors, asked, response(ANYBODY, CREDENTIALS)) == MATCH_STEP


def test_null_matches_an_opaque_origin():
    checks.check_cors(request("null"), response(OPAQUE))
    checks.check_cors(request("null", credentials="include"), response(OPAQUE, CREDENTIALS))


@pytest.mark.parametrize("value", ["Null", "NULL", APP])
def test_nothing_but_null_matches_an_opaque_origin(value):
    failed = step_that_fails(checks.check_cors, request("null"), response(allow_origin(value)))
    assert failed == MATCH_STEP


def test_a_tainted_request_needs_null():
    tainted = request()
    tainted.is_tainted = True
    checks.check_cors(tainted, response(OPAQUE))
    assert step_that_fails(checks.check_cors, tainted, response(THE_APP)) == MATCH_STEP


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([], id="absent"),
        pytest.param(["Access-Control-Allow-Credentials:"], id="empty"),
        pytest.param(["Access-Control-Allow-Credentials: True"], id="title-case"),
        pytest.param(["Access-Control-Allow-Credentials: TRUE"], id="capitals"),
        pytest.param(["Access-Control-Allow-Credentials: 1"], id="one"),
        pytest.param(["Access-Control-Allow-Credentials: *"], id="asterisk"),
        pytest.param(["Access-Control-Allow-Credentials: false"], id="false"),
        pytest.param([CREDENTIALS, CREDENTIALS], id="twice"),
    ],
)
def test_credentials_need_true_in_lower_case_once(lines):
    asked = request(credentials="include")
    assert step_that_fails(checks.check_cors, asked, response(THE_APP, *lines)) == CREDENTIALS_STEP


@pytest.mark.parametrize("status", [200, 204, 299])
def test_a_preflight_response_needs_an_ok_status(status):
    checks.check_status(response(status=status))


@pytest.mark.parametrize("status", [199, 300, 301, 304, 307, 401, 403, 404, 405, 500])
def test_a_preflight_fails_with_any_other_status(status):
    assert step_that_fails(checks.check_status, response(status=status)) == STATUS_STEP


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_method_that_a_policy_leaves_out_is_named_as_a_setting(method):
    app = CORSMiddleware(hello, allow_origins=[APP], allow_methods=["PUT"])
    page = Browser(app, at="https://api.example").page(APP)
    with pytest.raises(CORSBlocked) as caught:
        page.fetch("https://api.example/", method=method, headers={"X-A": "1"})
    assert caught.value.step == checks.BAD_STATUS
    assert caught.value.setting == "allow_methods"
    assert caught.value.hint == "allow_methods: add the method, which the policy's list leaves out"


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        pytest.param([], None, id="absent"),
        pytest.param(["X:"], [], id="empty"),
        pytest.param(["X: ,, ,"], [], id="empty-elements"),
        pytest.param(["X: a,\tb ,,C"], ["a", "b", "C"], id="white-space"),
        pytest.param(["X: a", "x: b, c"], ["a", "b", "c"], id="two-lines"),
        pytest.param(["X: *"], ["*"], id="asterisk"),
    ],
)
def test_a_list_contains_names(lines, names):
    assert checks.read_list(response(*lines), "X") == names


@pytest.mark.parametrize(
    "line", ["X: a b", "X: a, b;c", 'X: "a"', "X: a/b", "X: caf\xe9, a", "X: a\x0b"]
)
def test_a_list_with_an_invalid_name_fails_as_a_whole(line):
    failed = step_that_fails(checks.read_list, response("X: good", line), "X")
    assert failed == "CORS-preflight fetch: X is not a list of names"


@pytest.mark.parametrize(
    ("method", "credentials", "methods"),
    [
        pytest.param("GET", "include", [], id="get-never-needs-listing"),
        pytest.param("HEAD", "include", ["PUT"], id="head-never-needs-listing"),
        pytest.param("POST", "omit", [], id="post-never-needs-listing"),
        pytest.param("PUT", "include", ["GET", "PUT"], id="listed"),
        pytest.param("patch", "omit", ["patch"], id="listed-in-its-case"),
        pytest.param("PUT", "omit", ["*"], id="wildcard"),
        pytest.param("PUT", "same-origin", ["GET", "*"], id="wildcard-among-others"),
        pytest.param("*", "include", ["*"], id="an-asterisk-is-a-method-with-credentials"),
    ],
)
def test_a_method_is_allowed(method, credentials, methods):
    checks.check_method(request(method=method, credentials=credentials), methods)


@pytest.mark.parametrize(
    ("method", "credentials", "methods"),
    [
        pytest.param("PUT", "omit", [], id="nothing-listed"),
        pytest.param("PUT", "omit", ["put", "Put"], id="other-case"),
        pytest.param("patch", "omit", ["PATCH"], id="patch-in-lower-case"),
        pytest.param("PUT", "include", ["*"], id="wildcard-with-credentials"),
        pytest.param("OPTIONS", "omit", ["GET"], id="options-needs-listing"),
    ],
)
def test_any_other_method_is_not_allowed(method, credentials, methods):
    asked = request(method=method, credentials=credentials)
    assert step_that_fails(checks.check_method, asked, methods) == METHOD_STEP


@pytest.mark.parametrize(
    ("names", "unsafe", "profile"),
    [
        pytest.param([], ["x-a"], "fetch", id="not-sent"),
        pytest.param(["AUTHORIZATION"], ["authorization"], "fetch", id="listed-in-any-case"),
        pytest.param(["*", "Authorization"], ["authorization"], "fetch", id="beside-the-wildcard"),
        pytest.param(["*"], ["authorization"], "chromium", id="wildcard-in-chromium"),
    ],
)
def test_authorization_is_listed(names, unsafe, profile):
    checks.check_authorization(request(profile=profile), names, unsafe)


@pytest.mark.parametrize(
    ("names", "profile"),
    [
        pytest.param([], "fetch", id="nothing-listed"),
        pytest.param(["*"], "fetch", id="wildcard"),
        pytest.param(["X-A"], "chromium", id="nothing-in-chromium"),
    ],
)
def test_authorization_needs_listing_by_name(names, profile):
    arguments = request(profile=profile), names, ["authorization"]
    assert step_that_fails(checks.check_authorization, *arguments) == AUTHORIZATION_STEP


@pytest.mark.parametrize(
    ("credentials", "names", "unsafe"),
    [
        pytest.param("omit", [], [], id="nothing-asked"),
        pytest.param("include", ["X-A", "x-B"], ["x-a", "x-b"], id="listed-in-any-case"),
        pytest.param("omit", ["*"], ["x-a"], id="wildcard"),
        pytest.param("include", ["*"], ["*"], id="an-asterisk-is-a-name-with-credentials"),
    ],
)
def test_headers_are_allowed(credentials, names, unsafe):
    checks.check_headers(request(credentials=credentials), names, unsafe)


@pytest.mark.parametrize(
    ("credentials", "names", "unsafe"),
    [
        pytest.param("omit", [], ["x-a"], id="nothing-listed"),
        pytest.param("omit", ["X-A"], ["x-a", "x-b"], id="one-missing"),
        pytest.param("include", ["*"], ["x-a"], id="wildcard-with-credentials"),
    ],
)
def test_every_header_needs_listing(credentials, names, unsafe):
    asked = request(credentials=credentials)
    assert step_that_fails(checks.check_headers, asked, names, unsafe) == HEADERS_STEP


def preflight(*lines, unsafe=(), status=204, upload=False, **options):
    asked = request(**options)
    asked.use_preflight = upload
    return checks.check_preflight(asked, response(*lines, status=status), unsafe)


def test_a_preflight_returns_the_methods_and_names_that_the_server_lists():
    lists = preflight(
        ANYBODY,
        "Access-Control-Allow-Methods: PUT, DELETE",
        "Access-Control-Allow-Headers: X-A, X-B",
        method="PUT",
        unsafe=["x-a"],
    )
    assert lists == (["PUT", "DELETE"], ["X-A", "X-B"])


def test_a_preflight_returns_empty_lists_if_the_server_lists_nothing():
    assert preflight(ANYBODY) == ([], [])


def test_a_forced_preflight_without_listed_methods_returns_the_requested_method():
    assert preflight(ANYBODY, upload=True, method="POST") == (["POST"], [])
    assert preflight(ANYBODY, upload=True, method="PUT") == (["PUT"], [])


def test_a_forced_preflight_with_an_empty_list_of_methods_returns_no_method():
    assert preflight(ANYBODY, "Access-Control-Allow-Methods:", upload=True) == ([], [])


METHODS = "Access-Control-Allow-Methods: PUT"
BAD_METHODS = "Access-Control-Allow-Methods: P T"
BAD_NAMES = "Access-Control-Allow-Headers: X A"
ASKED = {"method": "PUT", "unsafe": ["authorization", "x-a"]}


@pytest.mark.parametrize(
    ("lines", "status", "step"),
    [
        pytest.param([BAD_METHODS, BAD_NAMES], 302, ORIGIN_STEP, id="origin"),
        pytest.param([OPAQUE, BAD_METHODS, BAD_NAMES], 302, MATCH_STEP, id="match"),
        pytest.param([THE_APP, BAD_METHODS, BAD_NAMES], 302, CREDENTIALS_STEP, id="credentials"),
        pytest.param([THE_APP, CREDENTIALS, BAD_METHODS, BAD_NAMES], 302, STATUS_STEP, id="status"),
        pytest.param([THE_APP, CREDENTIALS, BAD_METHODS, BAD_NAMES], 204, METHODS_STEP, id="list"),
        pytest.param([THE_APP, CREDENTIALS, BAD_NAMES], 204, NAMES_STEP, id="names"),
        pytest.param([THE_APP, CREDENTIALS], 204, METHOD_STEP, id="method"),
        pytest.param([THE_APP, CREDENTIALS, METHODS], 204, AUTHORIZATION_STEP, id="authorization"),
        pytest.param(
            [THE_APP, CREDENTIALS, METHODS, "Access-Control-Allow-Headers: Authorization"],
            204,
            HEADERS_STEP,
            id="headers",
        ),
    ],
)
def test_a_preflight_fails_at_the_first_failing_step(lines, status, step):
    with pytest.raises(CheckFailed) as caught:
        preflight(*lines, status=status, credentials="include", **ASKED)
    assert caught.value.failed_check.step == step
