"""Redirects: how each changes the request."""

import pytest

from tests.unit.testing.servers import API, APP, OTHER
from tests.unit.testing.test_requests import request
from wsgicors.testing.exceptions import CheckFailed, NetworkError
from wsgicors.testing.fetch import follow_redirect


def followed(asked, location, status=302):
    follow_redirect(asked, status, location)
    return asked


@pytest.mark.parametrize(
    ("location", "url"),
    [
        pytest.param(f"{OTHER}/x?y", f"{OTHER}/x?y", id="absolute"),
        pytest.param("/x", f"{API}/x", id="path"),
        pytest.param("x", f"{API}/dir/x", id="relative"),
        pytest.param("//other.example/", f"{OTHER}/", id="host"),
        pytest.param("", f"{API}/dir/page", id="empty"),
    ],
)
def test_a_redirect_leads_to_its_location(location, url):
    asked = followed(request(url=f"{API}/dir/page"), location)
    assert [str(url) for url in asked.urls] == [f"{API}/dir/page", url]
    assert asked.redirects == 1


@pytest.mark.parametrize(
    ("location", "fragment"),
    [
        pytest.param("/next", "old", id="kept"),
        pytest.param("/next#new", "new", id="replaced"),
    ],
)
def test_a_fragment_stays_unless_the_location_has_one(location, fragment):
    assert followed(request(url=f"{API}/#old"), location).url.fragment == fragment


@pytest.mark.parametrize(
    "location", ["https://a.example:port/", "https://[x/", "https://a b/", "https://a%3Cb/"]
)
def test_a_redirect_to_an_invalid_url_is_a_network_error(location):
    with pytest.raises(NetworkError, match=f"^{API}/ redirects to an invalid URL: "):
        followed(request(), location)


@pytest.mark.parametrize("location", ["data:,x", "ftp://a.example/", "file:///etc/passwd"])
def test_a_redirect_to_another_scheme_is_a_network_error(location):
    message = f"^{API}/ redirects to '{location}', which is not an HTTP URL$"
    with pytest.raises(NetworkError, match=message):
        followed(request(), location)


def test_a_browser_follows_twenty_redirects_and_no_more():
    asked = request()
    for _ in range(20):
        followed(asked, "/next")
    with pytest.raises(NetworkError, match=f"{API}/ redirects more than 20 times"):
        followed(asked, "/next")


@pytest.mark.parametrize(
    ("status", "method", "becomes"),
    [
        *[pytest.param(status, "POST", "GET", id=f"{status}-post") for status in (301, 302, 303)],
        *[
            pytest.param(status, method, method, id=f"{status}-{method.lower()}")
            for status in (301, 302)
            for method in ("PUT", "DELETE", "GET", "HEAD", "patch", "OPTIONS")
        ],
        *[
            pytest.param(303, method, "GET", id=f"303-{method.lower()}")
            for method in ("PUT", "DELETE", "patch", "OPTIONS", "GET")
        ],
        pytest.param(303, "HEAD", "HEAD", id="303-head"),
        *[
            pytest.param(status, method, method, id=f"{status}-{method.lower()}")
            for status in (307, 308)
            for method in ("POST", "PUT", "GET")
        ],
    ],
)
def test_a_redirect_changes_the_method_if_its_status_demands_it(status, method, becomes):
    assert followed(request(method=method), "/next", status).method == becomes


def test_a_dropped_body_drops_its_headers_too():
    headers = {
        "Content-Encoding": "x",
        "content-language": "de",
        "Content-Location": "/",
        "Content-Type": "text/plain",
        "Content-Other": "x",
        "X-A": "1",
    }
    asked = followed(request(method="POST", body="x", headers=headers), "/next")
    assert (asked.body, asked.headers) == (None, [("Content-Other", "x"), ("X-A", "1")])


def test_a_body_that_is_sent_again_keeps_its_headers():
    asked = followed(request(method="POST", body="x"), "/next", 307)
    assert asked.body == b"x"
    assert asked.header("Content-Type") == "text/plain;charset=UTF-8"


@pytest.mark.parametrize(
    ("location", "headers"),
    [
        pytest.param("/next", {"authorization": "x", "X-A": "1"}, id="same-origin"),
        pytest.param(f"{OTHER}/", {"X-A": "1"}, id="other-origin"),
        pytest.param("http://api.example/", {"X-A": "1"}, id="other-scheme"),
        pytest.param(f"{API}:8443/", {"X-A": "1"}, id="other-port"),
        pytest.param(f"{APP}/", {"X-A": "1"}, id="back-to-the-page"),
    ],
)
def test_authorization_is_not_sent_to_another_origin(location, headers):
    asked = request(headers={"authorization": "x", "X-A": "1"})
    assert dict(followed(asked, location).headers) == headers


@pytest.mark.parametrize(
    ("urls", "sent"),
    [
        pytest.param([APP, APP, APP], APP, id="a-a"),
        pytest.param([APP, API], APP, id="a-b"),
        pytest.param([APP, API, API], APP, id="a-b-b"),
        pytest.param([API, API, API], APP, id="b-b-b"),
        pytest.param([API, OTHER], "null", id="b-c"),
        pytest.param([API, APP], "null", id="b-a"),
        pytest.param([APP, API, APP], "null", id="a-b-a"),
        pytest.param([APP, API, OTHER], "null", id="a-b-c"),
        pytest.param([API, OTHER, OTHER], "null", id="b-c-c-stays"),
        pytest.param([API, f"{API}:8443"], "null", id="port"),
    ],
)
def test_the_origin_is_hidden_once_another_origin_redirects_to_a_different_origin(urls, sent):
    first, *rest = urls
    asked = request(url=f"{first}/")
    for url in rest:
        followed(asked, f"{url}/next")
    assert asked.sent_origin == sent


@pytest.mark.parametrize(
    ("profile", "location", "kept"),
    [
        pytest.param("chromium", f"{OTHER}/", {"Save-Data", "X-A"}, id="chromium-away"),
        pytest.param("chromium", "/next", {"Save-Data", "X-A"}, id="chromium-not-the-page"),
        pytest.param("chromium", f"{APP}/", {"dpr", "ECT", "Save-Data", "X-A"}, id="chromium-page"),
        pytest.param("fetch", f"{OTHER}/", {"dpr", "ECT", "Save-Data", "X-A"}, id="fetch"),
    ],
)
def test_chromium_sends_client_hints_only_to_the_origin_of_the_page(profile, location, kept):
    headers = {"dpr": "1", "ECT": "4g", "Save-Data": "on", "X-A": "1"}
    asked = request(headers=headers, profile=profile)
    assert {name for name, _ in followed(asked, location).headers} == kept


USERINFO_STEP = "HTTP-redirect fetch: the Location contains a user name or password"


def failed_step(asked, location):
    try:
        followed(asked, location)
    except CheckFailed as error:
        return error.failed_check.step
    return None


@pytest.mark.parametrize(
    ("mode", "url", "is_cors", "location", "fetch", "chromium"),
    [
        pytest.param("cors", APP, False, "https://u:p@api.example/", True, True, id="a-to-b"),
        pytest.param("cors", API, True, "https://u:p@api.example/", True, True, id="b-to-b"),
        pytest.param("cors", API, True, "https://u@app.example/", True, True, id="b-back-to-a"),
        pytest.param("cors", APP, False, "https://u:p@app.example/", False, True, id="a-to-a"),
        pytest.param("cors", APP, False, "https://app.example/", False, False, id="none"),
        pytest.param(
            "no-cors", API, False, "https://u:p@other.example/", False, True, id="no-cors"
        ),
        pytest.param("same-origin", APP, False, "https://u:p@app.example/", False, True, id="same"),
    ],
)
def test_a_redirect_with_a_user_name_or_password_fails(
    mode, url, is_cors, location, fetch, chromium
):
    for profile, expected in (("fetch", fetch), ("chromium", chromium)):
        asked = request(url=f"{url}/", mode=mode, profile=profile)
        asked.tainting = "cors" if is_cors else "basic"
        assert failed_step(asked, location) == (USERINFO_STEP if expected else None)


def test_an_accepted_user_name_and_password_are_not_logged():
    asked = followed(request(url=f"{APP}/"), "https://u:p@app.example/x")
    assert "@" not in str(asked.url)
    assert "@" in asked.url.href
