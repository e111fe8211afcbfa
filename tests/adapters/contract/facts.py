"""The facts that are true of an app in every framework.

Most facts are about pages: `open_page(app, origin)` is a document in a `wsgicors.testing.Browser`,
and its `fetch` returns what JavaScript may read, or raises `CORSBlocked`. The other facts are about
the bytes on the wire, which matter to caches, proxies and logs.

Every request goes through `webtest.lint` and `wsgiref.validate`, so each fact also tests PEP 3333.
`Contract` has the facts for all frameworks. The other groups need a feature that a framework may
not have; a test class that leaves a group out gives the reason in `NOT_APPLICABLE`.
"""

import re
from types import MappingProxyType
from urllib.parse import urlsplit
from wsgiref.validate import validator

import pytest
from webtest import TestApp, lint
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tests.adapters.contract.policies import ADMIN, APP, STRANGER, admin, api, members, public
from wsgicors._core.headers import SAFELISTED_RESPONSE_HEADERS
from wsgicors.testing import Browser, CORSBlocked

API = "https://api.example"
"""The origin of the app."""

OWN = "http://localhost"
"""The origin of the app for requests that no page sends."""

PARTNER = "https://partner.example"
"""An origin that some views allow by their own headers, and no policy allows."""

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials"
ALLOW_METHODS = "Access-Control-Allow-Methods"
ALLOW_HEADERS = "Access-Control-Allow-Headers"
EXPOSE_HEADERS = "Access-Control-Expose-Headers"
MAX_AGE = "Access-Control-Max-Age"

GRANTED_BY_API = {ALLOW_ORIGIN: APP, EXPOSE_HEADERS: "X-Total-Count"}

JSON = {"Content-Type": "application/json"}
"""A header for which browsers send a preflight with every method."""


def serve(app):
    return TestApp(validator(app), lint=True)


# Pages


def browse(app, profile="fetch"):
    """Start a browser; every response gets three headers that CORS does not safelist."""
    linted = lint.middleware(app.app)
    more = [("X-Total-Count", "3"), ("X-Request-Id", "7"), ("X-Secret", "42")]

    def front(environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, headers + more, exc_info)

        return linted(environ, start)

    return Browser(front, at=API, profile=profile)


def open_page(app, origin=APP):
    return browse(app).page(origin)


def exposed(response):
    """Return the names of the headers that JavaScript may read because they are exposed."""
    return set(response.headers) - SAFELISTED_RESPONSE_HEADERS


def blocked(page, path, **request):
    """Check that CORS blocks a fetch, and return the exception."""
    with pytest.raises(CORSBlocked) as caught:
        page.fetch(API + path, **request)
    return caught.value


def setting_that_blocks(page, path, **request):
    """Check that CORS blocks a fetch, and return the setting to change."""
    return blocked(page, path, **request).setting


def sent(page):
    """Return the kinds of the requests that were sent, "preflight" or "request", in order."""
    return [exchange.kind for exchange in page.log]


# The wire


def fetch(app, path, origin=APP, method="GET", headers=()):
    """Send an actual request; with `origin=None` a request that is not cross-origin."""
    sent = {**({"Origin": origin} if origin else {}), **dict(headers)}
    return app.request(path, method=method, headers=sent, expect_errors=True)


def preflight(app, path, method="GET", headers=None, origin=APP):
    """Send the preflight of a request with a method and with the names of headers."""
    asked = {"Access-Control-Request-Method": method}
    if headers is not None:
        asked["Access-Control-Request-Headers"] = headers
    return fetch(app, path, origin, "OPTIONS", asked)


def granted(response):
    """Return the CORS headers of a response, and check that no header was sent twice."""
    sent = [(name, value) for name, value in response.headerlist if is_cors(name)]
    assert len({name.lower() for name, _ in sent}) == len(sent)
    return dict(sent)


def is_cors(name):
    return name.lower().startswith("access-control-")


def members_of(response, name):
    """Return the members of a list header in lower case, and check that there are no duplicates."""
    lines = [value for sent, value in response.headerlist if sent.lower() == name.lower()]
    found = [member.strip().lower() for line in lines for member in line.split(",")]
    assert len(set(found)) == len(found)
    return set(found)


def vary(response):
    return members_of(response, "Vary")


def methods(response):
    """Return the methods that a preflight response lists, in their case."""
    found = response.headers[ALLOW_METHODS].split(", ")
    assert len(set(found)) == len(found)
    return set(found)


def assert_passed_on(response, calls):
    """Check that the app itself answered a preflight, without CORS headers."""
    assert granted(response) == {}
    assert calls[:1] == ["authenticate"]


def assert_refused(response):
    """Check that a refusal has one line of text and no CORS headers."""
    assert response.status_int == 403
    # WebTest adds a Content-Length to any response whose body it has read.
    assert set(response.headers) - {"Content-Length"} == {"Content-Type", "Vary"}
    assert response.content_type == "text/plain"
    assert response.text.strip()
    assert len(response.text.splitlines()) == 1


def read_event(event):
    """Return what is the same in every framework."""
    return event.outcome, event.reason, event.origin, event.method, event.preflight


class Base:
    not_applicable = MappingProxyType({})
    """The reason for leaving out a group of facts, by the name of the group."""

    @pytest.fixture
    def calls(self):
        """The parts of the app that ran, in order: "authenticate", "view", "closed"."""
        return []

    @pytest.fixture
    def app(self, calls):
        """The app, in which only the decorated views have a policy."""
        return serve(self.build(calls))

    @pytest.fixture
    def app_with_default(self, calls):
        """The same app with a default policy that allows more than the policy of any view."""
        return serve(self.build(calls, default=public))


class Contract(Base):
    """Facts for every framework."""

    def test_a_group_of_facts_is_left_out_only_for_a_stated_reason(self):
        left_out = {group.__name__ for group in GROUPS if not isinstance(self, group)}
        assert left_out == set(self.not_applicable)
        assert all(self.not_applicable.values())

    # Pages: reading

    def test_an_allowed_page_reads_the_response_and_the_exposed_headers(self, app):
        response = open_page(app).fetch(API + "/items")
        assert response.ok
        assert response.text == "/items"
        assert response.headers["X-Total-Count"] == "3"
        assert exposed(response) == {"x-total-count"}

    def test_a_refused_page_reaches_the_view_but_cannot_read_the_response(self, app, calls):
        assert setting_that_blocks(open_page(app, STRANGER), "/items") == "allow_origins"
        assert calls == ["authenticate", "view"]

    def test_a_page_of_the_app_itself_needs_no_policy(self, app):
        page = open_page(app, API)
        for path in "/items", "/plain", "/account":
            assert exposed(page.fetch(API + path)) >= {"x-total-count", "x-secret"}
        assert page.fetch(API + "/items", method="PATCH", headers=JSON).ok
        assert set(sent(page)) == {"request"}

    @pytest.mark.parametrize(
        "origin",
        [
            pytest.param("null", id="null"),
            pytest.param("http://app.example", id="other-scheme"),
            pytest.param("https://app.example:8443", id="other-port"),
            pytest.param("https://www.app.example", id="subdomain"),
            pytest.param("https://app.example.evil.test", id="suffix"),
            pytest.param("https://evilapp.example", id="prefix"),
            pytest.param("https://app.example.", id="trailing-dot"),
        ],
    )
    def test_a_page_is_allowed_only_if_its_exact_origin_is_listed(self, app, origin):
        page = open_page(app, origin)
        nothing = f"without {ALLOW_ORIGIN}"
        assert blocked(page, "/items").received == f"200 {nothing}"
        assert blocked(page, "/items", method="PATCH").received == f"403 {nothing}"

    @pytest.mark.parametrize("origin", [APP, STRANGER, "null"])
    def test_every_page_may_use_a_view_whose_policy_allows_every_origin(self, app, origin):
        page = open_page(app, origin)
        assert page.fetch(API + "/public").text == "/public"
        assert page.fetch(API + "/public", method="PUT", headers=JSON).ok

    def test_credentials_are_allowed_only_where_the_policy_says_so(self, app):
        page = open_page(app)
        assert page.fetch(API + "/account", credentials="include").ok
        assert page.fetch(API + "/account", method="POST", headers=JSON, credentials="include").ok
        assert setting_that_blocks(page, "/items", credentials="include") == "allow_credentials"
        assert setting_that_blocks(page, "/public", credentials="include") == "allow_credentials"
        stranger = open_page(app, STRANGER)
        assert setting_that_blocks(stranger, "/account", credentials="include") == "allow_origins"
        assert granted(fetch(app, "/account")) == {ALLOW_ORIGIN: APP, ALLOW_CREDENTIALS: "true"}

    def test_everybody_may_read_while_only_some_may_send_cookies(self, app):
        include, put = {"credentials": "include"}, {"method": "PUT", "headers": {"X-A": "1"}}
        page, stranger = open_page(app), open_page(app, STRANGER)
        for request in {}, include, put, {**put, **include}:
            response = page.fetch(API + "/open", **request)
            assert exposed(response) == {"x-total-count"}
        for request in {}, put:
            assert exposed(stranger.fetch(API + "/open", **request)) == {"x-total-count"}
            refused = setting_that_blocks(stranger, "/open", **request, **include)
            assert refused == "allow_credentials"

    def test_a_head_request_reads_the_headers_of_get_without_a_body(self, app):
        response = open_page(app).fetch(API + "/items", method="HEAD")
        assert response.ok
        assert response.body == b""
        assert exposed(response) == {"x-total-count"}

    def test_a_streamed_response_is_read_completely_and_closed(self, app, calls):
        response = open_page(app).fetch(API + "/stream")
        assert response.text == "one\ntwo\n"
        assert exposed(response) == {"x-total-count"}
        assert calls == ["authenticate", "view", "closed"]

    def test_an_undecorated_view_has_the_default_policy_if_there_is_a_default(
        self, app, app_with_default
    ):
        assert "if the endpoint has no policy" in blocked(open_page(app), "/plain").hint
        assert open_page(app_with_default, STRANGER).fetch(API + "/plain").text == "/plain"

    def test_the_policy_of_a_view_is_not_merged_with_the_default(self, app_with_default):
        assert exposed(open_page(app_with_default).fetch(API + "/items")) == {"x-total-count"}
        assert (
            setting_that_blocks(open_page(app_with_default, STRANGER), "/items") == "allow_origins"
        )

    # The observer

    def test_an_observer_sees_each_request_of_another_origin_once(self, calls):
        events = []
        app = serve(self.build(calls, observer=events.append))
        fetch(app, "/items")
        fetch(app, "/items", STRANGER, "POST")
        fetch(app, "/items", None)
        fetch(app, "/items", OWN)
        fetch(app, "/private")
        fetch(app, "/broken")
        fetch(app, "/plain")
        fetch(app, "/nowhere")
        fetch(app, "/no-cors", PARTNER)
        assert [read_event(event) for event in events] == [
            ("granted", None, APP, "GET", False),
            ("refused", "origin-not-allowed", STRANGER, "POST", False),
            ("granted", None, APP, "GET", False),
            ("granted", None, APP, "GET", False),
            ("refused", "no-policy", APP, "GET", False),
            ("refused", "no-policy", APP, "GET", False),
            ("granted", None, PARTNER, "GET", False),
        ]

    def test_an_observer_sees_each_preflight_once_as_a_browser_judges_it(self, calls):
        events = []
        app = serve(self.build(calls, observer=events.append))
        preflight(app, "/items", "PATCH")
        preflight(app, "/items", origin=STRANGER)
        preflight(app, "/items", "DELETE")
        preflight(app, "/items", headers="x-reason")
        preflight(app, "/items", origin=OWN)
        preflight(app, "/plain", "PUT")
        assert [read_event(event) for event in events] == [
            ("granted", None, APP, "PATCH", True),
            ("refused", "origin-not-allowed", STRANGER, "GET", True),
            ("refused", "method-not-allowed", APP, "DELETE", True),
            ("refused", "header-not-allowed", APP, "GET", True),
            ("refused", "no-policy", APP, "PUT", True),
        ]

    def test_an_observer_that_raises_changes_no_response(self, app, calls, caplog):
        def fail(event):
            raise LookupError("oh")

        observed = serve(self.build(calls, observer=fail))
        for send in fetch, preflight:
            seen, plain = send(observed, "/items"), send(app, "/items")
            assert (seen.status, granted(seen)) == (plain.status, granted(plain))
        messages = [record.getMessage() for record in caplog.records]
        assert [m.endswith("raised an exception") for m in messages if "observer" in m] == [True]

    # Trials

    def test_a_trial_changes_no_response_and_reports_what_it_would_take(self, calls, caplog):
        events = []
        plain = serve(self.build(calls, default=api))
        tried = serve(self.build(calls, default=api.with_trial(admin), observer=events.append))
        for send, path, origin in [
            (fetch, "/plain", APP),
            (preflight, "/plain", APP),
            (fetch, "/plain", STRANGER),
            (fetch, "/plain", None),
            (fetch, "/nowhere", APP),
        ]:
            seen, expected = send(tried, path, origin=origin), send(plain, path, origin=origin)
            assert seen.status == expected.status
            assert sorted(seen.headerlist) == sorted(expected.headerlist)
            assert seen.body == expected.body
        assert [read_event(event) for event in events if event.outcome == "trial"] == [
            ("trial", "origin-not-allowed", APP, "GET", False),
            ("trial", "origin-not-allowed", APP, "GET", True),
            ("trial", "origin-not-allowed", APP, "GET", False),
        ]
        logged = [one.getMessage() for one in caplog.records if hasattr(one, "cors_trial")]
        assert len(logged) in {1, 2}  # a router knows that these are two endpoints
        assert all(" would block this request: origin " in one for one in logged)

    def test_a_decorated_view_has_its_trial(self, calls):
        events = []
        app = serve(self.build(calls, observer=events.append))
        assert granted(fetch(app, "/tried")) == GRANTED_BY_API
        assert preflight(app, "/tried", headers="content-type").status_int == 204
        fetch(app, "/items")
        assert [read_event(event) for event in events if event.outcome == "trial"] == [
            ("trial", "header-not-exposed", APP, "GET", False),
            ("trial", "method-not-allowed", APP, "GET", True),
        ]

    # Pages: errors

    @pytest.mark.parametrize(
        ("path", "status", "method"),
        [
            pytest.param("/missing", 404, "GET", id="view-aborts"),
            pytest.param("/teapot", 418, "GET", id="error-handler"),
            pytest.param("/broken", 500, "GET", id="unhandled-exception"),
            pytest.param("/private", 401, "GET", id="authentication"),
            pytest.param("/nested/page", 405, "POST", id="method-not-allowed"),
        ],
    )
    def test_only_the_pages_that_the_view_allows_can_read_an_error(
        self, app, app_with_default, path, status, method
    ):
        for either in app, app_with_default:
            response = open_page(either).fetch(API + path, method=method)
            assert response.status == status
            assert exposed(response) == {"x-total-count"}
            refused = blocked(open_page(either, STRANGER), path, method=method)
            assert refused.received == f"{status} without {ALLOW_ORIGIN}"

    def test_an_unknown_url_has_no_policy_without_a_default(self, app, calls):
        refused = blocked(open_page(app), "/nowhere")
        assert refused.received == f"404 without {ALLOW_ORIGIN}"
        assert "if the endpoint has no policy" in refused.hint
        calls.clear()
        assert_passed_on(preflight(app, "/nowhere", "PUT"), calls)

    @pytest.mark.parametrize("method", ["GET", "PUT"])
    def test_an_unknown_url_has_the_default_policy_so_that_pages_can_read_the_404(
        self, calls, method
    ):
        app = serve(self.build(calls, default=api))
        response = open_page(app).fetch(API + "/nowhere", method=method)
        assert response.status == 404
        assert exposed(response) == {"x-total-count"}
        assert vary(fetch(app, "/nowhere", method=method)) == {"origin"}
        stranger = open_page(app, STRANGER)
        assert setting_that_blocks(stranger, "/nowhere", method=method) == "allow_origins"

    # Pages: headers that the app sets itself

    def test_the_policy_replaces_allow_origin_and_allow_credentials_of_the_app(self, app):
        """A browser would also block a page if the response had either header twice."""
        page = open_page(app)
        include = {"credentials": "include"}
        assert page.fetch(API + "/own-headers").ok
        assert setting_that_blocks(page, "/own-headers", **include) == "allow_credentials"
        assert page.fetch(API + "/own-headers-with-credentials", **include).ok
        assert page.fetch(API + "/own-headers-public").ok
        assert ALLOW_CREDENTIALS not in granted(fetch(app, "/own-headers-public"))

    @pytest.mark.parametrize("path", ["/own-headers", "/own-headers-with-credentials"])
    @pytest.mark.parametrize("origin", [STRANGER, PARTNER])
    def test_headers_of_the_app_cannot_allow_a_page_that_the_policy_refuses(
        self, app, path, origin
    ):
        assert setting_that_blocks(open_page(app, origin), path) == "allow_origins"
        for sender in origin, None:
            headers = granted(fetch(app, path, sender))
            assert not {ALLOW_ORIGIN, ALLOW_CREDENTIALS} & set(headers)

    def test_headers_of_the_app_cannot_allow_cookies_to_everybody(self, app):
        stranger = open_page(app, STRANGER)
        refused = setting_that_blocks(stranger, "/own-headers-open", credentials="include")
        assert refused == "allow_credentials"
        for sender, exposes in (STRANGER, {"*"}), (None, {"*"}), (APP, set()):
            response = fetch(app, "/own-headers-open", sender)
            names = {"x-total-count", "x-request-id"} | exposes
            assert members_of(response, EXPOSE_HEADERS) == names
            assert (ALLOW_CREDENTIALS in granted(response)) is (sender == APP)
            assert vary(response) == {"accept-encoding", "origin"}

    def test_a_view_may_expose_more_headers_or_all_headers(self, app):
        response = open_page(app).fetch(API + "/own-headers")
        assert exposed(response) >= {"x-total-count", "x-request-id", "x-secret"}

    def test_a_view_cannot_expose_all_headers_if_credentials_are_allowed(self, app):
        page = open_page(app)
        for credentials in "include", "omit":
            response = page.fetch(API + "/own-headers-with-credentials", credentials=credentials)
            assert exposed(response) == {"x-total-count", "x-request-id"}

    def test_a_view_without_cors_allows_pages_by_its_own_headers(self, app_with_default):
        partner = open_page(app_with_default, PARTNER)
        assert partner.fetch(API + "/no-cors", credentials="include").text == "/no-cors"
        assert setting_that_blocks(open_page(app_with_default), "/no-cors") == "allow_origins"
        assert "if the endpoint has no policy" in blocked(partner, "/no-cors", headers=JSON).hint

    # Pages: sending

    def test_a_refused_page_cannot_send_a_request_that_needs_a_preflight(self, app, calls):
        stranger = open_page(app, STRANGER)
        refused = blocked(stranger, "/items", method="PATCH", headers=JSON)
        assert refused.received == f"403 without {ALLOW_ORIGIN}"
        assert sent(stranger) == ["preflight"]
        assert calls == []

    @pytest.mark.parametrize(
        ("path", "seconds"),
        [
            pytest.param("/items", 600, id="as-long-as-the-policy-says"),
            pytest.param("/uncached", 0, id="zero"),
            pytest.param("/account", 5, id="default-of-the-standard"),
        ],
    )
    def test_the_browser_caches_a_preflight_response(self, app, path, seconds):
        browser = browse(app)
        page = browser.page(APP)
        page.fetch(API + path, headers=JSON)
        if seconds:
            browser.advance(seconds - 1)
            page.fetch(API + path, headers=JSON)
            assert sent(page) == ["preflight", "request", "request"]
            browser.advance(1)
        page.log.clear()
        page.fetch(API + path, headers=JSON)
        assert sent(page) == ["preflight", "request"]

    @pytest.mark.parametrize("path", ["/items", "/any-header", "/any-header-with-credentials"])
    def test_an_upload_with_a_progress_listener_passes_its_preflight(self, app, path):
        """Its method is safelisted, and its preflight requests no headers."""
        page = open_page(app)
        assert page.xhr(API + path, method="POST", body="text", upload_listener=True).type == "cors"
        assert sent(page) == ["preflight", "request"]

    def test_a_method_is_compared_with_its_case(self, app, calls):
        """Browsers send `patch` in lower case, and servers have no such method."""
        page = open_page(app)
        refused = blocked(page, "/items", method="patch")
        assert "allow_methods" in refused.hint
        assert "case-sensitive" in refused.hint
        assert calls == []
        assert page.fetch(API + "/items", method="PATCH").ok

    def test_a_page_cannot_send_a_method_that_the_url_does_not_serve(self, app, calls):
        refused = blocked(open_page(app), "/items", method="DELETE")
        assert set(re.findall(r"\b[A-Z]+\b", refused.received)) == {"GET", "HEAD", "POST", "PATCH"}
        assert calls == []

    def test_a_policy_may_allow_fewer_methods_than_the_route_serves(self, app):
        """The list is exactly the policy's, without the methods that are not served."""
        page = open_page(app)
        assert page.fetch(API + "/narrowed", headers=JSON).ok
        assert page.fetch(API + "/narrowed", method="PATCH").ok
        for method in "DELETE", "PUT":
            assert setting_that_blocks(page, "/narrowed", method=method) == "allow_methods"
        for method in "GET", "PATCH", "DELETE":
            assert methods(preflight(app, "/narrowed", method)) == {"GET", "PATCH"}

    @pytest.mark.parametrize(
        ("path", "credentials"), [("/read-only", "omit"), ("/read-only-account", "include")]
    )
    def test_a_policy_may_refuse_preflights_for_get_head_and_post(
        self, app, calls, path, credentials
    ):
        """Browsers allow these methods whatever a list says, unless the status is not ok."""
        page = open_page(app)
        for method in "POST", "HEAD":
            refused = blocked(page, path, method=method, headers=JSON, credentials=credentials)
            assert (refused.received, refused.setting) == ("403 Forbidden", "allow_methods")
            response = preflight(app, path, method, "content-type")
            allowed = {ALLOW_ORIGIN: APP}
            if credentials == "include":
                allowed[ALLOW_CREDENTIALS] = "true"
            assert granted(response) == allowed
            assert vary(response) == {"origin", "access-control-request-method"}
            assert response.content_type == "text/plain"
            assert len(response.text.splitlines()) == 1
        assert calls == []
        assert page.fetch(API + path, headers=JSON, credentials=credentials).ok

    def test_a_simple_request_is_sent_whatever_methods_a_policy_allows(self, app):
        """It needs no preflight, so there is nothing to refuse."""
        page = open_page(app)
        assert page.fetch(API + "/read-only", method="POST").ok
        assert sent(page) == ["request"]

    def test_a_page_may_send_options_only_if_the_view_declares_it(self, app):
        page = open_page(app)
        response = page.fetch(API + "/declares-options", method="OPTIONS")
        assert response.text == "/declares-options"
        assert exposed(response) == {"x-total-count"}
        assert methods(preflight(app, "/declares-options")) == {"GET", "HEAD", "OPTIONS"}
        assert setting_that_blocks(page, "/items", method="OPTIONS") == "allow_methods"

    def test_a_page_may_send_only_the_listed_headers(self, app, calls):
        page = open_page(app)
        assert page.fetch(API + "/items", method="PATCH", headers=JSON).ok
        calls.clear()
        for name in "X-Unlisted", "Authorization":
            refused = setting_that_blocks(page, "/items", method="PATCH", headers={name: "1"})
            assert refused == "allow_headers"
        assert calls == []

    @pytest.mark.parametrize("profile", ["fetch", "chromium"])
    @pytest.mark.parametrize("path", ["/any-header", "/any-header-and-one-more"])
    def test_a_star_covers_every_header_except_authorization(self, app, path, profile):
        """Chromium would accept a star for it, so the response has no star."""
        page = browse(app, profile).page(APP)
        both = {"X-A": "1", "X-B": "2"}
        assert page.fetch(API + path, method="PUT", headers=both).ok
        both["Authorization"] = "Bearer 1"
        assert setting_that_blocks(page, path, method="PUT", headers=both) == "allow_headers"

    def test_authorization_is_allowed_if_it_is_listed_beside_a_star(self, app):
        headers = {"Authorization": "Bearer 1", "X-A": "1"}
        page = open_page(app)
        assert page.fetch(API + "/any-header-and-authorization", method="PUT", headers=headers).ok
        answer = preflight(app, "/any-header-and-authorization", "PUT", "authorization,x-a")
        assert granted(answer)[ALLOW_HEADERS] == "*, Authorization"

    def test_with_credentials_a_star_allows_the_requested_headers_except_authorization(self, app):
        page = open_page(app)
        request = {"method": "PUT", "credentials": "include"}
        headers = {"X-A": "1", "X-B": "2"}
        assert page.fetch(API + "/any-header-with-credentials", headers=headers, **request).ok
        headers["Authorization"] = "Bearer 1"
        refused = blocked(page, "/any-header-with-credentials", headers=headers, **request)
        assert refused.received == f"{ALLOW_HEADERS}: x-a, x-b"
        assert refused.needed == f"{ALLOW_HEADERS}: Authorization"

    @pytest.mark.parametrize(
        ("path", "credentials"),
        [
            pytest.param("/any-header", "omit", id="star"),
            pytest.param("/any-header-with-credentials", "include", id="credentials"),
        ],
    )
    def test_under_a_star_a_page_may_send_at_most_a_hundred_headers(self, app, path, credentials):
        headers = {f"X-{n}": "1" for n in range(100)}
        request = {"method": "PUT", "credentials": credentials}
        assert open_page(app).fetch(API + path, headers=headers, **request).ok
        headers["X-100"] = "1"
        refused = blocked(open_page(app), path, headers=headers, **request)
        assert refused.received == f"403 without {ALLOW_ORIGIN}"

    # Several apps in one process

    def test_a_mounted_app_keeps_its_own_policies(self, calls):
        outer, inner = self.build(calls, default=members), self.build(calls, default=public)
        app = serve(DispatcherMiddleware(outer, {"/second": inner}))
        page, stranger = open_page(app), open_page(app, STRANGER)
        for path, status in ("/plain", 200), ("/nowhere", 404):
            for request in {}, {"headers": JSON}:
                response = page.fetch(API + path, credentials="include", **request)
                assert response.status == status
                assert setting_that_blocks(stranger, path, **request) == "allow_origins"
                assert stranger.fetch(API + "/second" + path, **request).status == status
        assert exposed(page.fetch(API + "/second/items")) == {"x-total-count"}
        assert page.fetch(API + "/second/items", method="PATCH").ok
        assert setting_that_blocks(page, "/second/items", method="PUT") == "allow_methods"

    # On the wire: responses

    @pytest.mark.parametrize(
        ("path", "status", "method"),
        [
            pytest.param("/items", 200, "GET", id="view"),
            pytest.param("/items", 200, "HEAD", id="head"),
            pytest.param("/stream", 200, "GET", id="stream"),
            pytest.param("/missing", 404, "GET", id="view-aborts"),
            pytest.param("/teapot", 418, "GET", id="error-handler"),
            pytest.param("/broken", 500, "GET", id="unhandled-exception"),
            pytest.param("/private", 401, "GET", id="authentication"),
            pytest.param("/items", 405, "DELETE", id="method-not-allowed"),
        ],
    )
    def test_a_response_has_exactly_the_headers_of_its_policy_and_always_varies(
        self, app, app_with_default, path, status, method
    ):
        for either in app, app_with_default:
            for origin, headers in (APP, GRANTED_BY_API), (STRANGER, {}), (None, {}):
                response = fetch(either, path, origin, method)
                assert response.status_int == status
                assert granted(response) == headers
                assert vary(response) == {"origin"}

    @pytest.mark.parametrize(
        "origin",
        [
            pytest.param("https://APP.example", id="upper-case"),
            pytest.param("https://app.example/", id="trailing-slash"),
            pytest.param("https://app.example, https://app.example", id="list"),
            pytest.param("*", id="star"),
        ],
    )
    def test_an_origin_that_no_page_can_have_is_refused(self, app, origin):
        """Browsers do not send these origins, but other clients may."""
        assert granted(fetch(app, "/items", origin)) == {}
        assert_refused(preflight(app, "/items", origin=origin))

    @pytest.mark.parametrize("origin", [APP, STRANGER, "null", None])
    def test_a_policy_that_allows_every_origin_is_always_sent_without_vary(self, app, origin):
        response = fetch(app, "/public", origin)
        assert granted(response) == {ALLOW_ORIGIN: "*"}
        assert "Vary" not in response.headers

    def test_a_response_without_a_policy_is_unchanged(self, app, app_with_default):
        response = fetch(app, "/plain")
        assert granted(response) == {}
        assert "Vary" not in response.headers
        assert granted(fetch(app_with_default, "/plain")) == {ALLOW_ORIGIN: "*"}

    def test_vary_is_merged_without_duplicates(self, app):
        for origin in APP, STRANGER, None:
            assert vary(fetch(app, "/own-headers", origin)) == {"accept-encoding", "origin"}

    def test_vary_star_is_unchanged(self, app):
        assert vary(fetch(app, "/varies-on-everything")) == {"*"}

    def test_headers_that_a_view_exposes_are_merged_without_invalid_names(self, app):
        response = fetch(app, "/own-headers")
        assert members_of(response, EXPOSE_HEADERS) == {"x-total-count", "x-request-id", "*"}
        response = fetch(app, "/own-headers-with-credentials")
        assert members_of(response, EXPOSE_HEADERS) == {"x-total-count", "x-request-id"}

    def test_a_view_without_cors_keeps_its_own_headers(self, app_with_default, calls):
        response = fetch(app_with_default, "/no-cors")
        assert granted(response) == {ALLOW_ORIGIN: PARTNER, ALLOW_CREDENTIALS: "true"}
        assert response.headers["Vary"] == "Accept-Encoding"
        calls.clear()
        assert_passed_on(preflight(app_with_default, "/no-cors"), calls)

    # On the wire: preflights

    def test_a_preflight_response_has_exactly_the_headers_of_its_policy(self, app):
        answer = preflight(app, "/items", "PATCH", "content-type")
        assert answer.status_int == 204
        assert methods(answer) == {"GET", "HEAD", "POST", "PATCH"}
        assert vary(answer) == {"origin", "access-control-request-method"}
        headers = dict(answer.headers)
        del headers["Vary"], headers[ALLOW_METHODS]
        assert headers == {ALLOW_ORIGIN: APP, ALLOW_HEADERS: "Content-Type", MAX_AGE: "600"}
        assert answer.body == b""

    def test_a_refused_preflight_gets_only_a_line_of_text(self, app):
        answer = preflight(app, "/items", "PATCH", "content-type", origin=STRANGER)
        assert_refused(answer)
        assert vary(answer) >= {"origin", "access-control-request-method"}

    def test_a_preflight_response_does_not_vary_by_origin_if_every_origin_is_allowed(self, app):
        answer = preflight(app, "/public", "PUT", "content-type", origin=STRANGER)
        assert answer.status_int == 204
        assert granted(answer)[ALLOW_ORIGIN] == "*"
        assert vary(answer) == {"access-control-request-method"}

    def test_responses_vary_by_origin_if_only_some_origins_may_send_cookies(self, app):
        everybody = {ALLOW_ORIGIN: "*", EXPOSE_HEADERS: "X-Total-Count"}
        for sender in STRANGER, "null", None:
            assert granted(fetch(app, "/open", sender)) == everybody
        some = {**everybody, ALLOW_ORIGIN: APP, ALLOW_CREDENTIALS: "true"}
        assert granted(fetch(app, "/open")) == some
        for sender in APP, STRANGER, None:
            assert vary(fetch(app, "/open", sender)) == {"origin"}
        asked = {"origin", "access-control-request-method", "access-control-request-headers"}
        for sender in APP, STRANGER:
            assert vary(preflight(app, "/open", "PUT", "x-a", sender)) == asked

    def test_a_star_is_sent_only_to_those_who_send_no_cookies(self, app):
        answer = granted(preflight(app, "/open", "PUT", "x-a,x-b", STRANGER))
        assert (answer[ALLOW_ORIGIN], answer[ALLOW_HEADERS]) == ("*", "*")
        assert ALLOW_CREDENTIALS not in answer
        answer = granted(preflight(app, "/open", "PUT", "x-a,x-b,authorization"))
        assert (answer[ALLOW_ORIGIN], answer[ALLOW_HEADERS]) == (APP, "x-a, x-b")
        assert answer[ALLOW_CREDENTIALS] == "true"
        assert ALLOW_HEADERS not in granted(
            preflight(app, "/open", "PUT", "x-a,authorization", STRANGER)
        )

    @pytest.mark.parametrize("path", ["/items", "/private", "/broken", "/stream"])
    def test_a_preflight_runs_neither_authentication_nor_the_view(self, app, calls, path):
        assert preflight(app, path, "GET", "content-type").status_int == 204
        assert_refused(preflight(app, path, "GET", "content-type", origin=STRANGER))
        assert calls == []

    def test_max_age_is_sent_only_if_it_is_set_even_if_it_is_zero(self, app):
        assert granted(preflight(app, "/items"))[MAX_AGE] == "600"
        assert granted(preflight(app, "/uncached"))[MAX_AGE] == "0"
        assert MAX_AGE not in granted(preflight(app, "/account"))

    @pytest.mark.parametrize("allow_methods", [None, ["PUT", "DELETE", "GET"], "*"])
    def test_a_preflight_for_an_unknown_url_lists_the_requested_method(self, calls, allow_methods):
        app = serve(self.build(calls, default=api.derive(allow_methods=allow_methods)))
        answer = preflight(app, "/nowhere", "PUT")
        assert answer.status_int == 204
        assert granted(answer)[ALLOW_ORIGIN] == APP
        assert methods(answer) == {"PUT"}
        assert_refused(preflight(app, "/nowhere", "PUT", origin=STRANGER))
        assert calls == []

    @pytest.mark.parametrize(
        ("origin", "asked"),
        [
            pytest.param(APP, {}, id="without-requested-method"),
            pytest.param(None, {"Access-Control-Request-Method": "GET"}, id="without-origin"),
            pytest.param(None, {}, id="without-either"),
        ],
    )
    def test_an_options_request_that_is_not_a_preflight_reaches_the_view(self, app, origin, asked):
        response = fetch(app, "/declares-options", origin, "OPTIONS", asked)
        assert response.text == "/declares-options"
        assert granted(response) == (GRANTED_BY_API if origin else {})
        assert vary(response) >= {"origin"}

    def test_an_options_request_that_no_view_serves_still_varies_by_origin(self, app, calls):
        response = fetch(app, "/items", None, "OPTIONS", {"Access-Control-Request-Method": "GET"})
        assert calls == ["authenticate"]
        assert granted(response) == {}
        assert vary(response) >= {"origin"}

    @pytest.mark.parametrize(
        "method",
        [
            pytest.param("PUT\r\nX-Evil: 1", id="line-break"),
            pytest.param("PUT, evil", id="list"),
            pytest.param("evil\x00", id="nul"),
            pytest.param("evil\xe9", id="non-ascii"),
            pytest.param("evil one", id="space"),
            pytest.param("\x1b[31mevil", id="escape"),
            pytest.param("evil" * 2_000, id="long"),
        ],
    )
    def test_an_invalid_requested_method_is_never_echoed(self, calls, method):
        app = serve(self.build(calls, default=api))
        for path in "/items", "/nowhere", "/any-header-with-credentials":
            answer = preflight(app, path, method)
            assert "evil" not in str(answer.headers).lower()

    @pytest.mark.parametrize(
        "requested", ["", "content-type", "x-unlisted", "authorization", "not a name", "*"]
    )
    def test_a_list_of_headers_does_not_depend_on_the_requested_headers(self, app, requested):
        asked = preflight(app, "/items", "PATCH", requested)
        assert asked.status_int == 204
        assert asked.headerlist == preflight(app, "/items", "PATCH").headerlist

    def test_a_star_is_sent_as_a_star_if_credentials_are_not_allowed(self, app):
        answer = preflight(app, "/any-header", "PUT", "x-a,x-b")
        assert answer.status_int == 204
        assert granted(answer)[ALLOW_HEADERS] == "*"
        assert vary(answer) == {
            "origin",
            "access-control-request-method",
            "access-control-request-headers",
        }

    @pytest.mark.parametrize("path", ["/any-header", "/any-header-and-one-more"])
    @pytest.mark.parametrize("requested", ["authorization", "x-a , AUTHORIZATION,,x-b"])
    def test_a_star_is_not_sent_if_authorization_is_requested(self, app, path, requested):
        """Chromium would accept a star for it, so the response has no Allow-Headers."""
        answer = preflight(app, path, "PUT", requested)
        assert answer.status_int == 204
        assert granted(answer)[ALLOW_ORIGIN] == APP
        assert ALLOW_HEADERS not in granted(answer)

    @pytest.mark.parametrize(
        "requested",
        [
            pytest.param("x-b,x-a", id="any-order"),
            pytest.param("  x-a ,\tx-b\t", id="spaces-and-tabs"),
            pytest.param(",x-a,,x-b, ,", id="empty-elements"),
            pytest.param("X-A, X-b", id="any-case"),
        ],
    )
    def test_requested_headers_may_have_unusual_spelling(self, app, requested):
        answer = preflight(app, "/any-header-with-credentials", "PUT", requested)
        assert members_of(answer, ALLOW_HEADERS) == {"x-a", "x-b"}

    @pytest.mark.parametrize(
        "requested",
        [
            pytest.param("x-a,evil: 1", id="colon"),
            pytest.param("x-a,evil\r\nX-Evil: 1", id="line-break"),
            pytest.param("x-a,evil name", id="space"),
            pytest.param("x-a,evil\x00", id="nul"),
            pytest.param("x-a,evil\xe9", id="non-ascii"),
            pytest.param("x-a,*", id="star"),
        ],
    )
    def test_an_invalid_requested_header_is_never_echoed(self, app, requested):
        answer = preflight(app, "/any-header-with-credentials", "PUT", requested)
        assert "evil" not in str(answer.headers).lower()
        assert "*" not in answer.headers.get(ALLOW_HEADERS, "")

    @pytest.mark.parametrize(
        "requested",
        [
            pytest.param(",".join(f"x-{n}" for n in range(101)), id="101-names"),
            pytest.param(",".join(f"x-{n:0>95}" for n in range(90)), id="over-8-KiB"),
            pytest.param("," * 8193, id="over-8-KiB-of-nothing"),
        ],
    )
    def test_too_many_requested_headers_are_refused_only_under_a_star(self, app, requested):
        for path in "/any-header", "/any-header-with-credentials":
            answer = preflight(app, path, "PUT", requested)
            assert_refused(answer)
            assert "access-control-request-headers" in vary(answer)
        assert preflight(app, "/items", "PATCH", requested).status_int == 204

    @pytest.mark.parametrize("path", ["/items", ""], ids=["below", "at-the-mount"])
    def test_the_log_names_the_url_that_was_asked_below_a_mount(self, app, caplog, path):
        """As gunicorn, a dispatcher or a server behind a proxy mounts an app."""
        caplog.set_level("DEBUG", logger="wsgicors")
        mounted = serve(DispatcherMiddleware(lambda *_: [], {"/shop": app.app}))
        preflight(mounted, f"/shop{path}", "GET", origin=STRANGER)
        fetch(mounted, f"/shop{path}", origin=STRANGER)
        refusals = [found.getMessage() for found in caplog.records if hasattr(found, "cors_reason")]
        asked = [message.partition(" from ")[0].strip("'").split() for message in refusals]
        assert [method for method, _ in asked] == ["OPTIONS", "GET"]
        # Django takes the mount itself for the path "/" below it.
        assert {url for _, url in asked} <= {f"/shop{path}", f"/shop{path or '/'}"}


class TwoViewsOnOneUrl(Base):
    """Facts for frameworks in which several views of one URL may serve different methods.

    `/documents` registers GET first, `/drafts` PUT. Each has GET for `APP` and PUT for `ADMIN`.
    """

    both = pytest.mark.parametrize("path", ["/documents", "/drafts"])

    @both
    def test_each_view_allows_the_pages_of_its_own_policy(self, app, path):
        page, admin = open_page(app), open_page(app, ADMIN)
        assert exposed(page.fetch(API + path)) == {"x-total-count"}
        assert setting_that_blocks(admin, path) == "allow_origins"
        assert exposed(admin.fetch(API + path, method="PUT")) == set()
        assert granted(fetch(app, path, APP, "PUT")) == {}  # not even without a preflight

    @both
    def test_a_preflight_is_decided_by_the_view_of_the_requested_method(self, app, calls, path):
        page, admin = open_page(app), open_page(app, ADMIN)
        both_headers = {**JSON, "X-Reason": "1"}
        refused = f"403 without {ALLOW_ORIGIN}"
        assert blocked(page, path, method="PUT", headers=JSON).received == refused
        assert blocked(admin, path, headers=JSON).received == refused
        assert setting_that_blocks(page, path, headers=both_headers) == "allow_headers"
        assert calls == []
        assert page.fetch(API + path, headers=JSON).ok
        assert admin.fetch(API + path, method="PUT", headers=both_headers).ok

    @both
    def test_a_cached_preflight_response_of_one_view_does_not_allow_requests_to_the_other(
        self, app, path
    ):
        page = open_page(app)
        page.fetch(API + path, headers=JSON)
        refused = blocked(page, path, method="PUT", headers=JSON)
        assert refused.received == f"403 without {ALLOW_ORIGIN}"
        assert sent(page) == ["preflight", "request", "preflight"]

    @both
    def test_a_preflight_lists_only_the_methods_that_have_the_same_policy(self, app, path):
        """The browser caches the list, and would send no preflight for the other method."""
        assert methods(preflight(app, path, "GET", origin=APP)) == {"GET", "HEAD"}
        assert methods(preflight(app, path, "PUT", origin=ADMIN)) == {"PUT"}

    @both
    def test_a_method_that_no_view_serves_has_no_policy_if_the_views_have_different_policies(
        self, app, app_with_default, calls, path
    ):
        for either in app, app_with_default:
            for origin in APP, ADMIN:
                page = open_page(either, origin)
                refused = blocked(page, path, method="POST")
                assert refused.received == f"405 without {ALLOW_ORIGIN}"
            response = fetch(either, path, method="DELETE")
            assert response.status_int == 405
            assert granted(response) == {}
            calls.clear()
            assert_passed_on(preflight(either, path, "DELETE"), calls)

    @both
    @pytest.mark.parametrize("method", ["get", "put"])
    def test_a_method_in_another_case_is_never_allowed(self, app, path, method):
        """A lenient router may find the view, but the list has the method in upper case."""
        for origin in APP, ADMIN:
            answer = preflight(app, path, method, origin=origin)
            assert method not in granted(answer).get(ALLOW_METHODS, "").split(", ")

    def test_a_decorated_view_does_not_allow_the_methods_of_an_undecorated_view(self, app, calls):
        page = open_page(app)
        assert exposed(page.fetch(API + "/half-decorated", headers=JSON)) == {"x-total-count"}
        assert (
            "if the endpoint has no policy" in blocked(page, "/half-decorated", method="PUT").hint
        )
        assert methods(preflight(app, "/half-decorated", "GET")) == {"GET", "HEAD"}
        assert granted(fetch(app, "/half-decorated", method="PUT")) == {}
        calls.clear()
        assert_passed_on(preflight(app, "/half-decorated", "PUT"), calls)

    def test_an_undecorated_view_beside_a_decorated_view_has_the_default_policy(
        self, app_with_default
    ):
        stranger = open_page(app_with_default, STRANGER)
        assert stranger.fetch(API + "/half-decorated", method="PUT").ok
        assert setting_that_blocks(stranger, "/half-decorated") == "allow_origins"
        assert methods(preflight(app_with_default, "/half-decorated", "PUT", origin=STRANGER)) == {
            "PUT"
        }
        assert methods(preflight(app_with_default, "/half-decorated", "GET")) == {"GET", "HEAD"}


class StrictSlashes(Base):
    """Facts for frameworks that redirect `/slashed` to `/slashed/`."""

    @pytest.mark.parametrize("method", ["GET", "PUT"])
    def test_a_page_is_redirected_if_the_target_allows_it(self, app, app_with_default, method):
        """Browsers follow a redirect of the request, but not a redirect of its preflight."""
        for either in app, app_with_default:
            page = open_page(either)
            response = page.fetch(API + "/slashed", method=method, headers=JSON)
            assert response.url == API + "/slashed/"
            assert exposed(response) == {"x-total-count"}
            assert sent(page) == ["preflight", "request", "preflight", "request"]
            assert methods(preflight(either, "/slashed", method)) == {"GET", "HEAD", "PUT"}

    def test_a_page_that_the_target_refuses_is_not_redirected(self, app, app_with_default, calls):
        for either in app, app_with_default:
            stranger = open_page(either, STRANGER)
            refused = blocked(stranger, "/slashed", method="PUT")
            assert refused.received == f"403 without {ALLOW_ORIGIN}"
            assert calls == []
        for either in app, app_with_default:
            refused = blocked(open_page(either, STRANGER), "/slashed")
            assert refused.received == f"308 without {ALLOW_ORIGIN}"

    def test_a_redirect_has_exactly_the_headers_of_the_policy_of_its_target(
        self, app, app_with_default
    ):
        for either in app, app_with_default:
            response = fetch(either, "/slashed")
            assert urlsplit(response.location).path == "/slashed/"
            assert granted(response) == GRANTED_BY_API
            assert vary(response) == {"origin"}
            assert granted(fetch(either, "/slashed", STRANGER)) == {}

    @pytest.mark.parametrize("method", ["GET", "PUT"])
    def test_a_redirect_within_a_mounted_app_stays_in_that_app(self, calls, method):
        outer, inner = self.build(calls), self.build(calls, default=public)
        page = open_page(serve(DispatcherMiddleware(outer, {"/second": inner})))
        response = page.fetch(API + "/second/slashed", method=method)
        assert response.url == API + "/second/slashed/"
        assert exposed(response) == {"x-total-count"}


class RouterRedirects(Base):
    """Facts for routers that merge slashes and redirect.

    `/old-items` redirects to `/items`, and `/moved` to `https://elsewhere.example/`.
    """

    @pytest.mark.parametrize(
        ("path", "target"), [("/nested//page", "/nested/page"), ("/old-items", "/items")]
    )
    def test_a_redirect_of_the_router_has_the_policy_of_its_target(
        self, app, app_with_default, path, target
    ):
        for either in app, app_with_default:
            page = open_page(either)
            response = page.fetch(API + path, headers=JSON)
            assert response.url == API + target
            assert exposed(response) == {"x-total-count"}
            assert sent(page) == ["preflight", "request", "preflight", "request"]
            assert granted(fetch(either, path)) == GRANTED_BY_API

            stranger = open_page(either, STRANGER)
            assert blocked(stranger, path).received == f"308 without {ALLOW_ORIGIN}"
            refused = blocked(stranger, path, headers=JSON)
            assert refused.received == f"403 without {ALLOW_ORIGIN}"

    def test_a_redirect_to_another_site_has_no_policy_not_even_the_default(
        self, app, app_with_default, calls
    ):
        for either in app, app_with_default:
            refused = blocked(open_page(either), "/moved")
            assert refused.received == f"308 without {ALLOW_ORIGIN}"
            response = fetch(either, "/moved")
            assert response.location == "https://elsewhere.example/"
            assert granted(response) == {}
            calls.clear()
            assert_passed_on(preflight(either, "/moved"), calls)


class MethodViews(Base):
    """Facts for frameworks with classes whose methods serve the HTTP methods of one URL.

    `/photos` is a class with the policy `api`. GET and POST are not decorated, PUT has `admin`.
    """

    def test_an_undecorated_method_has_the_policy_of_its_class(self, app):
        page, admin = open_page(app), open_page(app, ADMIN)
        for method in "GET", "POST":
            response = page.fetch(API + "/photos", method=method, headers=JSON)
            assert exposed(response) == {"x-total-count"}
            assert setting_that_blocks(admin, "/photos", method=method) == "allow_origins"
        assert methods(preflight(app, "/photos", "POST")) == {"GET", "HEAD", "POST"}

    def test_the_decorator_of_a_method_takes_precedence_over_the_decorator_of_its_class(self, app):
        admin = open_page(app, ADMIN)
        response = admin.fetch(API + "/photos", method="PUT", headers={"X-Reason": "1"})
        assert response.text == "replaced"
        assert exposed(response) == set()
        assert methods(preflight(app, "/photos", "PUT", origin=ADMIN)) == {"PUT"}
        assert granted(fetch(app, "/photos", method="PUT")) == {}

    def test_a_preflight_is_decided_by_the_requested_method_of_the_class(self, app, calls):
        refused = f"403 without {ALLOW_ORIGIN}"
        assert blocked(open_page(app), "/photos", method="PUT").received == refused
        assert blocked(open_page(app, ADMIN), "/photos", headers=JSON).received == refused
        assert calls == []

    def test_a_method_that_the_class_lacks_has_no_policy_if_its_methods_have_different_policies(
        self, app, calls
    ):
        refused = blocked(open_page(app), "/photos", method="DELETE")
        assert "if the endpoint has no policy" in refused.hint
        response = fetch(app, "/photos", method="DELETE")
        assert response.status_int == 405
        assert granted(response) == {}
        calls.clear()
        assert_passed_on(preflight(app, "/photos", "DELETE"), calls)


class NamedEndpoints(Base):
    """Facts for apps with a router that wsgicors asks."""

    def labels(self, calls, path, method="GET", default=public):
        """Return the names that an observer sees: those of a request, and of its preflight."""
        events = []
        app = serve(self.build(calls, default=default, observer=events.append))
        fetch(app, path, method=method)
        preflight(app, path, method)
        return [(event.endpoint, event.policy) for event in events]

    def test_an_observer_gets_the_name_of_the_endpoint(self, calls):
        [(items, _)] = {*self.labels(calls, "/items")}
        [(plain, _)] = {*self.labels(calls, "/plain")}
        assert None not in {items, plain}
        assert items != plain

    def test_an_observer_gets_the_name_of_a_policy_if_it_has_one(self, calls):
        assert {policy for _, policy in self.labels(calls, "/plain")} == {"default"}
        assert {policy for _, policy in self.labels(calls, "/public")} == {"default"}  # is equal
        assert {policy for _, policy in self.labels(calls, "/items")} == {None}

    def test_the_log_of_a_trial_names_the_policy(self, calls, caplog):
        fetch(serve(self.build(calls, default=api.with_trial(admin))), "/plain")
        logged = [one.getMessage() for one in caplog.records if hasattr(one, "cors_trial")]
        assert ["the trial of the policy 'default' would" in one for one in logged] == [True]

    def test_a_preflight_lists_the_methods_whose_policies_differ_in_the_trial_only(self, app):
        assert methods(preflight(app, "/tried")) >= {"GET", "PUT"}
        assert methods(preflight(app, "/tried", "PUT")) >= {"GET", "PUT"}

    def test_an_observer_gets_the_name_of_an_endpoint_without_a_policy(self, calls):
        [(plain, policy)] = {*self.labels(calls, "/plain", default=None)}
        assert plain
        assert policy is None

    def test_an_unknown_url_has_no_name(self, calls):
        assert {*self.labels(calls, "/nowhere")} == {(None, "default")}
        assert {*self.labels(calls, "/nowhere", default=None)} == {(None, None)}

    def test_a_method_that_no_view_serves_has_the_name_of_the_view_at_the_url(self, calls):
        [(get, _)] = {*self.labels(calls, "/nested/page")}
        [(post, policy)] = {*self.labels(calls, "/nested/page", "POST")}
        assert post == get
        assert policy is None

    def test_the_names_are_those_of_the_app_if_requests_differ(self, calls):
        events = []
        app = serve(self.build(calls, observer=events.append))
        for number in range(30):
            fetch(app, f"/nowhere/{number}?{number}", f"https://a{number}.example")
            preflight(app, f"/nowhere/{number}", f"METHOD{number}")
            preflight(app, "/items", f"METHOD{number}")
        labels = {(event.endpoint, event.policy) for event in events}
        assert len(events) == 90
        assert len(labels) == 2


GROUPS = [TwoViewsOnOneUrl, StrictSlashes, RouterRedirects, MethodViews, NamedEndpoints]
