"""What a browser gets over the wire, whatever framework the app is written in.

Every request goes through `webtest.lint` and `wsgiref.validate`, so each fact also shows that PEP
3333 is kept. `Contract` holds what is true everywhere. The other groups need something that a
framework may not have; a test class that leaves one out says why in `NOT_APPLICABLE`.
"""

from types import MappingProxyType
from urllib.parse import urlsplit
from wsgiref.validate import validator

import pytest
from webtest import TestApp
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from .policies import ADMIN, APP, STRANGER, api, members, public

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials"
ALLOW_METHODS = "Access-Control-Allow-Methods"
ALLOW_HEADERS = "Access-Control-Allow-Headers"
EXPOSE_HEADERS = "Access-Control-Expose-Headers"
MAX_AGE = "Access-Control-Max-Age"

GRANTED_BY_API = {ALLOW_ORIGIN: APP, EXPOSE_HEADERS: "X-Total-Count"}


def serve(app):
    return TestApp(validator(app), lint=True)


def fetch(app, path, origin=APP, method="GET", headers=()):
    """Send an actual request; with `origin=None`, one that is not made by another site's script."""
    sent = {**({"Origin": origin} if origin else {}), **dict(headers)}
    return app.request(path, method=method, headers=sent, expect_errors=True)


def preflight(app, path, method="GET", headers=None, origin=APP):
    """Ask as a browser would before a request with `method` and with the named `headers`."""
    asked = {"Access-Control-Request-Method": method}
    if headers is not None:
        asked["Access-Control-Request-Headers"] = headers
    return fetch(app, path, origin, "OPTIONS", asked)


def granted(response):
    """Return the CORS headers of the response, having seen that none was sent twice."""
    sent = [(name, value) for name, value in response.headerlist if is_cors(name)]
    assert len({name.lower() for name, _ in sent}) == len(sent)
    return dict(sent)


def is_cors(name):
    return name.lower().startswith("access-control-")


def members_of(response, name):
    """Return the members of a header that holds a list, in lower case, having seen none doubled."""
    lines = [value for sent, value in response.headerlist if sent.lower() == name.lower()]
    found = [member.strip().lower() for line in lines for member in line.split(",")]
    assert len(set(found)) == len(found)
    return set(found)


def vary(response):
    return members_of(response, "Vary")


def methods(response):
    """Return the methods that a preflight answer lists, in the case in which they were sent."""
    found = response.headers[ALLOW_METHODS].split(", ")
    assert len(set(found)) == len(found)
    return set(found)


def assert_passed_on(response, calls):
    """The app answered this preflight by itself, and its answer grants nothing."""
    assert granted(response) == {}
    assert calls[:1] == ["authenticate"]


def assert_refused(response):
    """A refusal says so in one line of text, and has no header that could grant anything."""
    assert response.status_int == 403
    # WebTest adds a Content-Length to any response whose body it has read.
    assert set(response.headers) - {"Content-Length"} == {"Content-Type", "Vary"}
    assert response.content_type == "text/plain"
    assert response.text.strip()
    assert len(response.text.splitlines()) == 1


class Base:
    not_applicable = MappingProxyType({})
    """Why a group of facts is left out, by its name."""

    @pytest.fixture
    def calls(self):
        """What ran inside the app, in order: "authenticate", "view", "closed"."""
        return []

    @pytest.fixture
    def app(self, calls):
        """The app, where only the marked views have a policy."""
        return serve(self.build(calls))

    @pytest.fixture
    def public_app(self, calls):
        """The same app with a default policy that is laxer than that of any marked view."""
        return serve(self.build(calls, default=public))


class Contract(Base):
    """What is true in every framework."""

    def test_a_group_of_facts_is_left_out_only_for_a_stated_reason(self):
        left_out = {group.__name__ for group in GROUPS if not isinstance(self, group)}
        assert left_out == set(self.not_applicable)
        assert all(self.not_applicable.values())

    # Actual requests

    def test_a_response_carries_the_policy_of_its_view(self, app):
        response = fetch(app, "/items")
        assert response.status_int == 200
        assert response.text == "/items"
        assert granted(response) == GRANTED_BY_API
        assert vary(response) == {"origin"}

    def test_a_refused_origin_is_served_but_granted_nothing(self, app):
        response = fetch(app, "/items", STRANGER)
        assert response.status_int == 200
        assert response.text == "/items"
        assert granted(response) == {}
        assert vary(response) == {"origin"}

    def test_without_an_origin_nothing_is_granted_and_caches_are_still_told(self, app):
        response = fetch(app, "/items", origin=None)
        assert response.status_int == 200
        assert granted(response) == {}
        assert vary(response) == {"origin"}

    @pytest.mark.parametrize(
        "origin",
        [
            pytest.param("null", id="null"),
            pytest.param("http://app.example", id="other-scheme"),
            pytest.param("https://app.example:8443", id="other-port"),
            pytest.param("https://www.app.example", id="subdomain"),
            pytest.param("https://app.example.evil.test", id="suffix"),
            pytest.param("https://evilapp.example", id="prefix"),
            pytest.param("https://APP.example", id="upper-case"),
            pytest.param("https://app.example/", id="trailing-slash"),
            pytest.param("https://app.example.", id="trailing-dot"),
            pytest.param("https://app.example, https://app.example", id="list"),
            pytest.param("*", id="star"),
        ],
    )
    def test_an_origin_is_allowed_only_if_it_is_exactly_one_of_those_listed(self, app, origin):
        assert granted(fetch(app, "/items", origin)) == {}
        assert_refused(preflight(app, "/items", origin=origin))

    def test_credentials_are_allowed_only_where_the_policy_says_so(self, app):
        assert ALLOW_CREDENTIALS not in granted(fetch(app, "/items"))
        assert granted(fetch(app, "/account")) == {ALLOW_ORIGIN: APP, ALLOW_CREDENTIALS: "true"}
        assert granted(fetch(app, "/account", STRANGER)) == {}

    @pytest.mark.parametrize("origin", [APP, STRANGER, "null", None])
    def test_a_policy_for_everybody_is_sent_always_and_needs_no_vary(self, app, origin):
        response = fetch(app, "/public", origin)
        assert granted(response) == {ALLOW_ORIGIN: "*"}
        assert "Vary" not in response.headers

    def test_a_head_request_gets_the_headers_of_get_and_no_body(self, app):
        response = fetch(app, "/items", method="HEAD")
        assert response.status_int == 200
        assert response.body == b""
        assert granted(response) == GRANTED_BY_API
        assert vary(response) == {"origin"}

    def test_a_streamed_response_carries_its_policy_and_is_closed(self, app, calls):
        response = fetch(app, "/stream")
        assert response.text == "one\ntwo\n"
        assert granted(response) == GRANTED_BY_API
        assert calls == ["authenticate", "view", "closed"]

    def test_an_unmarked_view_has_the_default_policy_or_none(self, app, public_app):
        response = fetch(app, "/plain")
        assert granted(response) == {}
        assert "Vary" not in response.headers
        assert granted(fetch(public_app, "/plain")) == {ALLOW_ORIGIN: "*"}

    def test_a_mark_wins_whole_over_the_default(self, public_app):
        assert granted(fetch(public_app, "/items")) == GRANTED_BY_API
        assert granted(fetch(public_app, "/items", STRANGER)) == {}

    # Errors, which script must be able to read, and nobody else

    @pytest.mark.parametrize(
        ("path", "status", "method"),
        [
            pytest.param("/missing", 404, "GET", id="view-aborts"),
            pytest.param("/teapot", 418, "GET", id="error-handler"),
            pytest.param("/broken", 500, "GET", id="unhandled-exception"),
            pytest.param("/private", 401, "GET", id="authentication"),
            pytest.param("/items", 405, "DELETE", id="method-not-allowed"),
        ],
    )
    def test_an_error_carries_the_policy_of_the_view_and_is_never_laxer(
        self, app, public_app, path, status, method
    ):
        for either in app, public_app:
            response = fetch(either, path, method=method)
            assert response.status_int == status
            assert granted(response) == GRANTED_BY_API
            assert vary(response) == {"origin"}

            refused = fetch(either, path, STRANGER, method=method)
            assert refused.status_int == status
            assert granted(refused) == {}
            assert vary(refused) == {"origin"}

    def test_an_unknown_url_has_no_policy_without_a_default(self, app, calls):
        response = fetch(app, "/nowhere")
        assert response.status_int == 404
        assert granted(response) == {}
        calls.clear()
        assert_passed_on(preflight(app, "/nowhere", "PUT"), calls)

    def test_an_unknown_url_has_the_default_policy_so_that_script_reads_the_404(self, calls):
        app = serve(self.build(calls, default=api))
        response = fetch(app, "/nowhere")
        assert response.status_int == 404
        assert granted(response) == GRANTED_BY_API
        assert vary(response) == {"origin"}
        assert granted(fetch(app, "/nowhere", STRANGER)) == {}

    def test_a_preflight_for_an_unknown_url_lists_the_method_that_was_asked_for(self, calls):
        app = serve(self.build(calls, default=api))
        answer = preflight(app, "/nowhere", "PUT")
        assert answer.status_int == 204
        assert granted(answer)[ALLOW_ORIGIN] == APP
        assert methods(answer) == {"PUT"}
        assert_refused(preflight(app, "/nowhere", "PUT", origin=STRANGER))
        assert calls == []

    # Headers that the app sets by itself

    def test_the_policy_owns_allow_origin_and_allow_credentials(self, app):
        response = fetch(app, "/own-headers")
        assert granted(response)[ALLOW_ORIGIN] == APP
        assert ALLOW_CREDENTIALS not in granted(response)

        response = fetch(app, "/own-headers-with-credentials")
        assert granted(response)[ALLOW_ORIGIN] == APP
        assert granted(response)[ALLOW_CREDENTIALS] == "true"

        response = fetch(app, "/own-headers-public")
        assert granted(response)[ALLOW_ORIGIN] == "*"
        assert ALLOW_CREDENTIALS not in granted(response)

    @pytest.mark.parametrize("path", ["/own-headers", "/own-headers-with-credentials"])
    def test_an_app_cannot_allow_by_its_own_header_an_origin_that_its_policy_refuses(
        self, app, path
    ):
        for origin in STRANGER, None:
            response = fetch(app, path, origin)
            assert ALLOW_ORIGIN not in granted(response)
            assert ALLOW_CREDENTIALS not in granted(response)

    def test_vary_is_merged_and_never_doubled(self, app):
        for origin in APP, STRANGER, None:
            assert vary(fetch(app, "/own-headers", origin)) == {"accept-encoding", "origin"}

    def test_vary_star_stays_as_it_is(self, app):
        assert vary(fetch(app, "/varies-on-everything")) == {"*"}

    def test_headers_that_a_view_exposes_are_merged_without_those_that_are_no_names(self, app):
        response = fetch(app, "/own-headers")
        assert members_of(response, EXPOSE_HEADERS) == {"x-total-count", "x-request-id", "*"}

    def test_a_view_cannot_expose_everything_where_credentials_are_allowed(self, app):
        response = fetch(app, "/own-headers-with-credentials")
        assert members_of(response, EXPOSE_HEADERS) == {"x-total-count", "x-request-id"}

    def test_where_cors_is_switched_off_the_views_own_headers_pass_untouched(
        self, public_app, calls
    ):
        response = fetch(public_app, "/no-cors")
        assert granted(response) == {
            ALLOW_ORIGIN: "https://partner.example",
            ALLOW_CREDENTIALS: "true",
        }
        assert response.headers["Vary"] == "Accept-Encoding"
        calls.clear()
        assert_passed_on(preflight(public_app, "/no-cors"), calls)

    # Preflights

    def test_a_preflight_answer_is_exact(self, app):
        answer = preflight(app, "/items", "PATCH", "content-type")
        assert answer.status_int == 204
        assert methods(answer) == {"GET", "HEAD", "POST", "PATCH"}
        assert vary(answer) == {"origin", "access-control-request-method"}
        headers = dict(answer.headers)
        del headers["Vary"], headers[ALLOW_METHODS]
        assert headers == {ALLOW_ORIGIN: APP, ALLOW_HEADERS: "Content-Type", MAX_AGE: "600"}
        assert answer.body == b""

    def test_a_preflight_answer_allows_credentials_where_the_policy_does(self, app):
        answer = preflight(app, "/account", "POST", "content-type")
        assert answer.status_int == 204
        assert granted(answer)[ALLOW_ORIGIN] == APP
        assert granted(answer)[ALLOW_CREDENTIALS] == "true"

    def test_a_refused_preflight_says_so_and_nothing_else(self, app):
        answer = preflight(app, "/items", "PATCH", "content-type", origin=STRANGER)
        assert_refused(answer)
        assert vary(answer) >= {"origin", "access-control-request-method"}

    def test_a_preflight_under_a_policy_for_everybody_does_not_vary_by_origin(self, app):
        answer = preflight(app, "/public", "PUT", "content-type", origin=STRANGER)
        assert answer.status_int == 204
        assert granted(answer)[ALLOW_ORIGIN] == "*"
        assert vary(answer) == {"access-control-request-method"}

    @pytest.mark.parametrize("path", ["/items", "/private", "/broken", "/stream"])
    def test_a_preflight_runs_neither_authentication_nor_the_view(self, app, calls, path):
        assert preflight(app, path, "GET", "content-type").status_int == 204
        assert_refused(preflight(app, path, "GET", "content-type", origin=STRANGER))
        assert calls == []

    def test_max_age_is_sent_only_where_it_is_set_and_so_is_zero(self, app):
        assert granted(preflight(app, "/items"))[MAX_AGE] == "600"
        assert granted(preflight(app, "/uncached"))[MAX_AGE] == "0"
        assert MAX_AGE not in granted(preflight(app, "/account"))

    @pytest.mark.parametrize("path", ["/items", "/any-header", "/any-header-with-credentials"])
    def test_a_preflight_without_requested_headers_succeeds(self, app, path):
        answer = preflight(app, path, "POST")
        assert answer.status_int == 204
        assert granted(answer)[ALLOW_ORIGIN] == APP

    def test_a_method_is_matched_in_the_case_in_which_it_was_sent(self, app):
        """Browsers send `patch` as it is written, so a server that allowed it would be wrong."""
        answer = preflight(app, "/items", "patch")
        assert answer.status_int == 204
        assert methods(answer) == {"GET", "HEAD", "POST", "PATCH"}

    def test_a_preflight_for_a_method_that_the_url_does_not_serve_names_those_it_does(
        self, app, calls
    ):
        answer = preflight(app, "/items", "DELETE")
        assert answer.status_int == 204
        assert methods(answer) == {"GET", "HEAD", "POST", "PATCH"}
        assert calls == []

    @pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
    def test_a_policy_narrows_the_methods_that_the_route_serves(self, app, method):
        """It cannot leave out GET, HEAD and POST (Fetch admits them anyway), nor add a method."""
        answer = preflight(app, "/narrowed", method)
        assert answer.status_int == 204
        assert methods(answer) == {"GET", "HEAD", "PATCH"}

    def test_options_is_listed_only_where_the_view_declares_it(self, app):
        assert "OPTIONS" not in methods(preflight(app, "/items"))
        assert methods(preflight(app, "/declares-options")) == {"GET", "HEAD", "OPTIONS"}

    @pytest.mark.parametrize(
        ("origin", "asked"),
        [
            pytest.param(APP, {}, id="without-requested-method"),
            pytest.param(None, {"Access-Control-Request-Method": "GET"}, id="without-origin"),
            pytest.param(None, {}, id="without-either"),
        ],
    )
    def test_an_options_request_that_is_no_preflight_belongs_to_the_view(self, app, origin, asked):
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
        ],
    )
    def test_a_requested_method_that_is_no_token_is_never_echoed(self, calls, method):
        app = serve(self.build(calls, default=api))
        for path in "/items", "/nowhere", "/any-header-with-credentials":
            answer = preflight(app, path, method)
            assert "evil" not in str(answer.headers).lower()

    # Requested headers

    @pytest.mark.parametrize(
        "requested", ["", "content-type", "x-unlisted", "authorization", "not a name", "*"]
    )
    def test_a_list_of_headers_is_the_same_for_every_asker(self, app, requested):
        asked = preflight(app, "/items", "PATCH", requested)
        assert asked.status_int == 204
        assert asked.headerlist == preflight(app, "/items", "PATCH").headerlist

    def test_any_header_is_sent_as_a_star_where_credentials_are_not_allowed(self, app):
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
    def test_a_star_does_not_cover_authorization(self, app, path, requested):
        """Chromium would let it, so the answer has no Allow-Headers at all."""
        answer = preflight(app, path, "PUT", requested)
        assert answer.status_int == 204
        assert granted(answer)[ALLOW_ORIGIN] == APP
        assert ALLOW_HEADERS not in granted(answer)

    def test_authorization_is_allowed_beside_a_star_when_it_is_listed(self, app):
        answer = preflight(app, "/any-header-and-authorization", "PUT", "authorization,x-a")
        assert answer.status_int == 204
        assert granted(answer)[ALLOW_HEADERS] == "*, Authorization"

    def test_with_credentials_any_header_means_those_requested_but_authorization(self, app):
        answer = preflight(app, "/any-header-with-credentials", "PUT", "authorization,x-a,x-b")
        assert answer.status_int == 204
        assert granted(answer)[ALLOW_CREDENTIALS] == "true"
        assert members_of(answer, ALLOW_HEADERS) == {"x-a", "x-b"}
        assert "access-control-request-headers" in vary(answer)

    @pytest.mark.parametrize(
        "requested",
        [
            pytest.param("x-b,x-a", id="any-order"),
            pytest.param("  x-a ,\tx-b\t", id="spaces-and-tabs"),
            pytest.param(",x-a,,x-b, ,", id="empty-elements"),
            pytest.param("X-A, X-b", id="any-case"),
        ],
    )
    def test_requested_headers_may_be_spelled_oddly(self, app, requested):
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
    def test_a_requested_header_that_is_no_name_is_never_echoed(self, app, requested):
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
    def test_too_many_requested_headers_are_refused_only_where_the_answer_depends_on_them(
        self, app, requested
    ):
        for path in "/any-header", "/any-header-with-credentials":
            answer = preflight(app, path, "PUT", requested)
            assert_refused(answer)
            assert "access-control-request-headers" in vary(answer)
        assert preflight(app, "/items", "PATCH", requested).status_int == 204

    def test_a_hundred_requested_headers_are_not_too_many(self, app):
        requested = ",".join(f"x-{n}" for n in range(100))
        answer = preflight(app, "/any-header-with-credentials", "PUT", requested)
        assert answer.status_int == 204
        assert members_of(answer, ALLOW_HEADERS) == set(requested.split(","))

    # Several apps in one process

    def test_a_mounted_app_keeps_its_own_policies(self, calls):
        outer, inner = self.build(calls, default=members), self.build(calls, default=public)
        app = serve(DispatcherMiddleware(outer, {"/second": inner}))
        for path in "/plain", "/nowhere":
            assert granted(fetch(app, path)) == {ALLOW_ORIGIN: APP, ALLOW_CREDENTIALS: "true"}
            assert granted(fetch(app, "/second" + path, STRANGER)) == {ALLOW_ORIGIN: "*"}
            assert_refused(preflight(app, path, origin=STRANGER))
            assert preflight(app, "/second" + path, origin=STRANGER).status_int == 204
        assert granted(fetch(app, "/second/items")) == GRANTED_BY_API
        assert methods(preflight(app, "/second/items")) == {"GET", "HEAD", "POST", "PATCH"}


class TwoViewsOnOneUrl(Base):
    """For frameworks where the views of one URL may each serve a method of their own.

    `/documents` registers GET first, `/drafts` PUT. Each has GET for `APP` and PUT for `ADMIN`.
    """

    both = pytest.mark.parametrize("path", ["/documents", "/drafts"])

    @both
    def test_each_response_carries_the_policy_of_the_view_that_made_it(self, app, path):
        assert granted(fetch(app, path)) == GRANTED_BY_API
        assert granted(fetch(app, path, method="PUT")) == {}
        assert granted(fetch(app, path, ADMIN)) == {}
        assert granted(fetch(app, path, ADMIN, "PUT")) == {ALLOW_ORIGIN: ADMIN}

    @both
    def test_a_preflight_is_decided_by_the_view_of_the_requested_method(self, app, calls, path):
        assert_refused(preflight(app, path, "PUT", origin=APP))
        assert_refused(preflight(app, path, "GET", origin=ADMIN))
        assert preflight(app, path, "GET", origin=APP).status_int == 204
        answer = preflight(app, path, "PUT", "x-reason", origin=ADMIN)
        assert answer.status_int == 204
        assert granted(answer)[ALLOW_HEADERS] == "Content-Type, X-Reason"
        assert calls == []

    @both
    def test_views_with_different_policies_do_not_vouch_for_each_others_methods(self, app, path):
        """The browser caches what is listed, and would not ask again for the other method."""
        assert methods(preflight(app, path, "GET", origin=APP)) == {"GET", "HEAD"}
        assert methods(preflight(app, path, "PUT", origin=ADMIN)) == {"PUT"}

    @both
    def test_a_method_that_no_view_serves_has_no_policy_if_theirs_differ(
        self, app, public_app, calls, path
    ):
        for either in app, public_app:
            response = fetch(either, path, method="DELETE")
            assert response.status_int == 405
            assert granted(response) == {}
            calls.clear()
            assert_passed_on(preflight(either, path, "DELETE"), calls)

    @both
    @pytest.mark.parametrize("method", ["get", "put"])
    def test_a_method_in_another_case_is_never_granted(self, app, path, method):
        """A lenient router may find the view; the list still spells the method as it is."""
        for origin in APP, ADMIN:
            answer = preflight(app, path, method, origin=origin)
            assert method not in granted(answer).get(ALLOW_METHODS, "").split(", ")

    def test_a_marked_view_does_not_vouch_for_an_unmarked_one_beside_it(self, app, calls):
        assert methods(preflight(app, "/half-marked", "GET")) == {"GET", "HEAD"}
        assert granted(fetch(app, "/half-marked")) == GRANTED_BY_API
        assert granted(fetch(app, "/half-marked", method="PUT")) == {}
        calls.clear()
        assert_passed_on(preflight(app, "/half-marked", "PUT"), calls)

    def test_the_unmarked_view_beside_a_marked_one_has_the_default_policy(self, public_app):
        assert granted(fetch(public_app, "/half-marked", STRANGER, "PUT")) == {ALLOW_ORIGIN: "*"}
        assert methods(preflight(public_app, "/half-marked", "PUT", origin=STRANGER)) == {"PUT"}
        assert methods(preflight(public_app, "/half-marked", "GET")) == {"GET", "HEAD"}


class StrictSlashes(Base):
    """For frameworks that redirect `/slashed` to `/slashed/`."""

    def test_a_redirect_carries_the_policy_of_its_target(self, app, public_app):
        for either in app, public_app:
            response = fetch(either, "/slashed")
            assert urlsplit(response.location).path == "/slashed/"
            assert granted(response) == GRANTED_BY_API
            assert vary(response) == {"origin"}
            assert granted(fetch(either, "/slashed", STRANGER)) == {}

    def test_a_preflight_to_a_url_that_redirects_is_answered_and_not_redirected(self, app, calls):
        """A browser follows no redirect of a preflight, but it does follow that of the request."""
        answer = preflight(app, "/slashed", "PUT", "content-type")
        assert answer.status_int == 204
        assert methods(answer) == {"GET", "HEAD", "PUT"}
        assert_refused(preflight(app, "/slashed", "PUT", origin=STRANGER))
        assert calls == []

    def test_a_redirect_within_a_mounted_app_carries_the_policy_of_its_target(self, calls):
        outer, inner = self.build(calls), self.build(calls, default=public)
        app = serve(DispatcherMiddleware(outer, {"/second": inner}))
        response = fetch(app, "/second/slashed")
        assert urlsplit(response.location).path == "/second/slashed/"
        assert granted(response) == GRANTED_BY_API
        assert preflight(app, "/second/slashed", "PUT").status_int == 204


class RouterRedirects(Base):
    """For routers that merge slashes and know redirections.

    `/old-items` redirects to `/items`, and `/moved` to `https://elsewhere.example/`.
    """

    @pytest.mark.parametrize("path", ["/nested//page", "/old-items"])
    def test_a_redirect_that_the_router_makes_carries_the_policy_of_its_target(
        self, app, public_app, path
    ):
        for either in app, public_app:
            response = fetch(either, path)
            assert response.status_int == 308
            assert granted(response) == GRANTED_BY_API
            assert granted(fetch(either, path, STRANGER)) == {}
            assert preflight(either, path).status_int == 204
            assert_refused(preflight(either, path, origin=STRANGER))

    def test_a_redirect_to_another_site_has_no_policy_not_even_the_default(
        self, app, public_app, calls
    ):
        for either in app, public_app:
            response = fetch(either, "/moved")
            assert response.location == "https://elsewhere.example/"
            assert granted(response) == {}
            calls.clear()
            assert_passed_on(preflight(either, "/moved"), calls)


class MethodViews(Base):
    """For frameworks with classes whose methods serve the HTTP methods of one URL.

    `/photos` is a class marked with `api`; its GET and POST have no mark, its PUT has `admin`.
    """

    def test_a_method_without_a_mark_has_that_of_its_class(self, app):
        assert granted(fetch(app, "/photos")) == GRANTED_BY_API
        assert granted(fetch(app, "/photos", method="POST")) == GRANTED_BY_API
        assert granted(fetch(app, "/photos", ADMIN)) == {}

    def test_the_mark_of_a_method_comes_before_that_of_its_class(self, app):
        assert granted(fetch(app, "/photos", ADMIN, "PUT")) == {ALLOW_ORIGIN: ADMIN}
        assert granted(fetch(app, "/photos", method="PUT")) == {}

    def test_a_preflight_is_decided_by_the_method_of_the_class_that_it_asks_for(self, app, calls):
        assert methods(preflight(app, "/photos", "POST")) == {"GET", "HEAD", "POST"}
        assert methods(preflight(app, "/photos", "PUT", origin=ADMIN)) == {"PUT"}
        assert_refused(preflight(app, "/photos", "PUT"))
        assert_refused(preflight(app, "/photos", "GET", origin=ADMIN))
        assert calls == []

    def test_a_method_that_the_class_does_not_serve_has_no_policy_if_its_marks_differ(
        self, app, calls
    ):
        response = fetch(app, "/photos", method="DELETE")
        assert response.status_int == 405
        assert granted(response) == {}
        calls.clear()
        assert_passed_on(preflight(app, "/photos", "DELETE"), calls)


GROUPS = [TwoViewsOnOneUrl, StrictSlashes, RouterRedirects, MethodViews]
