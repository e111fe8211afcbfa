"""Following redirects."""

import pytest

from wsgicors.testing.blocked import FaultFound, NetworkError
from wsgicors.testing.profiles import PROFILES
from wsgicors.testing.redirects import follow

from .servers import API, APP, OTHER
from .test_requests import request

FETCH = PROFILES["fetch"]
CHROMIUM = PROFILES["chromium"]


def followed(asked, location, status=302, profile=FETCH):
    follow(asked, status, location, profile)
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


@pytest.mark.parametrize("location", ["https://a.example:port/", "https://[x/", "https://a..b/"])
def test_a_location_that_is_no_url_leads_nowhere(location):
    with pytest.raises(NetworkError, match="leads nowhere"):
        followed(request(), location)


@pytest.mark.parametrize("location", ["data:,x", "ftp://a.example/", "file:///etc/passwd"])
def test_a_redirect_stays_with_http(location):
    with pytest.raises(NetworkError, match=f"leads to '{location}', not over HTTP"):
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
def test_a_redirect_changes_the_method_where_its_status_says_so(status, method, becomes):
    assert followed(request(method=method), "/next", status).method == becomes


def test_a_body_that_is_dropped_takes_its_headers_along():
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


def test_a_body_that_stays_keeps_its_headers():
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
def test_authorization_does_not_go_to_another_origin(location, headers):
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
def test_the_origin_is_told_until_somebody_else_redirects_elsewhere(urls, sent):
    first, *rest = urls
    asked = request(url=f"{first}/")
    for url in rest:
        followed(asked, f"{url}/next")
    assert asked.sent_origin == sent


@pytest.mark.parametrize(
    ("profile", "location", "kept"),
    [
        pytest.param(CHROMIUM, f"{OTHER}/", {"Save-Data", "X-A"}, id="chromium-away"),
        pytest.param(CHROMIUM, "/next", {"Save-Data", "X-A"}, id="chromium-not-the-page"),
        pytest.param(CHROMIUM, f"{APP}/", {"dpr", "ECT", "Save-Data", "X-A"}, id="chromium-page"),
        pytest.param(FETCH, f"{OTHER}/", {"dpr", "ECT", "Save-Data", "X-A"}, id="fetch"),
    ],
)
def test_chromium_keeps_client_hints_from_other_origins_than_the_pages(profile, location, kept):
    asked = request(headers={"dpr": "1", "ECT": "4g", "Save-Data": "on", "X-A": "1"})
    assert {name for name, _ in followed(asked, location, profile=profile).headers} == kept


USERINFO_STEP = "HTTP-redirect fetch: is the location free of user and password?"


def fault_of(asked, location, profile):
    try:
        followed(asked, location, profile=profile)
    except FaultFound as found:
        return found.fault.step
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
def test_a_redirect_brings_no_user_and_password(mode, url, is_cors, location, fetch, chromium):
    for profile, expected in ((FETCH, fetch), (CHROMIUM, chromium)):
        asked = request(url=f"{url}/", mode=mode)
        asked.tainting = "cors" if is_cors else "basic"
        assert fault_of(asked, location, profile) == (USERINFO_STEP if expected else None)


def test_user_and_password_that_may_pass_stay_out_of_the_log():
    asked = followed(request(url=f"{APP}/"), "https://u:p@app.example/x")
    assert "@" not in str(asked.url)
    assert "@" in asked.url.href
