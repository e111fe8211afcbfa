"""What is logged and reported of a policy with a trial, and that its responses stay as they are."""

import logging
import threading
from contextlib import contextmanager

import pytest

from tests.helpers import APP, OTHER, Response, environ, hello, preflight
from wsgicors import CORSMiddleware, Endpoint, Event, Policy
from wsgicors._core.protocol import actual
from wsgicors._introspection import Label
from wsgicors._reporting import trials
from wsgicors._reporting.throttle import Throttle
from wsgicors._reporting.trials import NOT_OF_PAGES
from wsgicors._resolver import Resolver
from wsgicors.origins import RefreshedOrigins

API = Policy(
    [APP, OTHER],
    allow_methods=["GET", "PUT"],
    allow_headers=["X-Token"],
    expose_headers=["ETag"],
    allow_credentials=True,
)
TRIAL = Policy([APP], allow_methods=["GET"])
TRIED = API.with_trial(TRIAL)
LOST_ORIGIN = f"origin {OTHER!r} is not among allow_origins: {APP} [origin-not-allowed]"


def serve(environ, start_response):
    start_response("200 OK", [("ETag", '"1"')])
    return [b"hello"]


@pytest.fixture
def events():
    return []


@pytest.fixture
def app(events):
    return CORSMiddleware(serve, TRIED, observer=events.append)


def of_trials(events):
    return [(one.reason, one.preflight) for one in events if one.outcome == "trial"]


REQUESTS = [
    (environ(origin=OTHER), "origin-not-allowed"),
    (environ(origin=APP, cookie="a=1"), "credentials-not-allowed"),
    (environ(origin=APP, authorization="Basic YQ=="), "credentials-not-allowed"),
    (environ(origin=APP), "header-not-exposed"),
    (preflight(origin=OTHER), "origin-not-allowed"),
    (preflight(method="PUT"), "method-not-allowed"),
    (preflight(access_control_request_headers="x-token"), "header-not-allowed"),
    (preflight(), None),
    (preflight(method="DELETE"), None),
    (environ(origin="https://evil.example"), None),
    (environ(), None),
]


@pytest.mark.parametrize(("request_", "reason"), REQUESTS)
def test_a_trial_is_reported_and_changes_no_response(app, events, caplog, request_, reason):
    response = Response(app, request_.copy())
    expected = Response(CORSMiddleware(serve, API), request_.copy())
    assert (response.started, response.body) == (expected.started, expected.body)
    is_preflight = request_["REQUEST_METHOD"] == "OPTIONS"
    assert of_trials(events) == ([] if reason is None else [(reason, is_preflight)])
    assert [record.cors_trial for record in caplog.records] == ([] if reason is None else [reason])


def test_the_event_of_a_trial_comes_after_that_of_the_request_and_names_the_same(app, events):
    Response(app, environ("PUT", origin=OTHER))
    assert events == [
        Event("granted", None, OTHER, "PUT", False),
        Event("trial", "origin-not-allowed", OTHER, "PUT", False),
    ]


def test_the_log_says_what_would_be_refused_for_whom_and_where(app, caplog):
    Response(app, environ("PUT", "/items", origin=OTHER))
    (record,) = caplog.records
    assert record.getMessage() == (
        f"'PUT /items' from {OTHER!r}: the trial would block this request: {LOST_ORIGIN}"
    )
    assert record.levelno == logging.WARNING
    assert (record.cors_trial, record.cors_origin) == ("origin-not-allowed", OTHER)
    assert not hasattr(record, "cors_reason")  # which counts refusals


def test_headers_that_would_be_hidden_are_named(app, caplog):
    Response(app, environ(origin=APP))
    assert caplog.messages == [
        f"'GET /' from {APP!r}: the trial would hide headers: "
        "response header 'ETag' is not among expose_headers: none [header-not-exposed]"
    ]


def test_credentials_that_would_be_refused_are_logged_without_them(app, caplog):
    Response(app, environ(origin=APP, cookie="session=secret"))
    assert caplog.messages == [
        f"'GET /' from {APP!r}: the trial would block this request: origin {APP!r} sends "
        "credentials, which allow_credentials forbids [credentials-not-allowed]"
    ]


def test_authorization_may_be_a_credential_or_set_by_the_page(app, caplog):
    Response(app, environ(origin=APP, authorization="Basic c2VjcmV0"))
    assert caplog.messages == [
        f"'GET /' from {APP!r}: the trial would block this request: origin {APP!r} sends "
        "Authorization, perhaps as a credential, which allow_credentials forbids "
        "[credentials-not-allowed]"
    ]


class TestOncePerMinute:
    @pytest.fixture
    def now(self, app):
        now = [0.0]
        app.wsgicors_log.trials._throttle = Throttle(clock=lambda: now[0])
        return now

    def test_a_kind_is_logged_once_per_minute_with_a_count_and_reported_each_time(
        self, app, events, caplog, now
    ):
        for _ in range(3):
            Response(app, environ(origin=OTHER))
        assert len(caplog.records) == 1
        now[0] = 60.0
        Response(app, environ(origin=OTHER))
        assert caplog.messages[1].endswith("; 2 more since the last message [origin-not-allowed]")
        assert len(of_trials(events)) == 4

    @pytest.mark.usefixtures("now")
    def test_other_reasons_and_other_lost_origins_are_other_kinds(self, app, caplog):
        third = "https://third.example"
        app.policy = Policy([APP, OTHER, third], expose_headers=["ETag"]).with_trial(TRIAL)
        for origin in (OTHER, third, APP, OTHER):
            Response(app, environ(origin=origin))
        assert [record.cors_origin for record in caplog.records] == [OTHER, third, APP]

    @pytest.mark.usefixtures("now")
    def test_a_preflight_and_its_request_are_one_kind(self, app, caplog):
        Response(app, preflight(origin=OTHER))
        Response(app, environ(origin=OTHER))
        assert len(caplog.records) == 1

    @pytest.mark.usefixtures("now")
    def test_endpoints_are_kinds_and_the_policy_is_named(self, caplog):
        app = CORSMiddleware(serve, resolve=Named(TRIED))
        for path in ("/a", "/b", "/a"):
            Response(app, environ(path=path, origin=OTHER))
        assert [message.partition(" from ")[0] for message in caplog.messages] == [
            "'GET /a'",
            "'GET /b'",
        ]
        assert "the trial of the policy 'api' would block" in caplog.text

    def test_a_callable_of_a_trial_is_one_kind_and_is_not_shown(self, caplog):
        class Tenants:
            asked = 0

            def __call__(self, origin):
                return False

            def __repr__(self):
                self.asked += 1
                return f"asked {self.asked} times"

        app = CORSMiddleware(hello, Policy("*").with_trial(Policy(Tenants())))
        for _ in range(3):
            Response(app, environ(origin=OTHER))
        (message,) = caplog.messages
        assert message.endswith("is not among allow_origins: Tenants() [origin-not-allowed]")

    def test_many_origins_cannot_flood_the_log(self, caplog):
        app = CORSMiddleware(hello, Policy("*").with_trial(TRIAL))
        now = [0.0]
        app.wsgicors_log.trials._throttle = Throttle(clock=lambda: now[0])
        for number in range(150):
            Response(app, environ(origin=f"https://{number}.example"))
        assert len(caplog.records) == 100
        now[0] = 60.0
        Response(app, environ(origin=OTHER))
        end = "; 50 of other kinds were left out [origin-not-allowed]"
        assert caplog.messages[-1].endswith(end)


class Named(Resolver):
    """Names the endpoint by the path, or cannot."""

    def __init__(self, policy, fails=False):
        self.policy = policy
        self.fails = fails
        self.contexts = 0

    def __call__(self, environ, method):
        return Endpoint(self.policy)

    @contextmanager
    def app_context(self):
        self.contexts += 1
        yield
        self.contexts -= 1

    def enter(self, environ):
        return environ["PATH_INFO"]

    def decide(self, environ, entered, origin):
        return CORSMiddleware(serve, self.policy).resolver.enter(environ)[origin]

    def label_answering(self, environ, entered):
        if self.fails:
            raise LookupError("no names")
        return Label(entered, "api")


class TestWhatMakesNoReport:
    @pytest.mark.parametrize("make", [environ, preflight])
    def test_requests_of_the_apps_own_origin(self, app, events, caplog, make):
        Response(app, make(origin=OTHER, host="other.example") | {"wsgi.url_scheme": "https"})
        assert of_trials(events) == []
        assert caplog.messages == []

    @pytest.mark.parametrize("mode", sorted(NOT_OF_PAGES))
    def test_requests_whose_responses_no_page_reads(self, app, events, mode):
        Response(app, environ("POST", origin=OTHER, sec_fetch_mode=mode))
        assert of_trials(events) == []
        Response(app, environ("POST", origin=OTHER, sec_fetch_mode="cors"))
        assert of_trials(events) == [("origin-not-allowed", False)]

    def test_empty_headers_are_no_credentials(self, app, events):
        Response(app, environ(origin=APP, cookie="", authorization=""))
        assert of_trials(events) == [("header-not-exposed", False)]

    def test_a_second_start_of_a_response(self, events):
        def replaced(environ, start_response):
            start_response("200 OK", [])
            start_response("500 Oh", [], (None, None, None))
            return [b""]

        Response(CORSMiddleware(replaced, TRIED, observer=events.append), environ(origin=OTHER))
        assert of_trials(events) == [("origin-not-allowed", False)]

    def test_a_wrapper_inside_one_that_decides(self, events):
        inner = CORSMiddleware(serve, TRIED, observer=events.append)
        outer = CORSMiddleware(lambda *request: inner(*request), API)
        Response(outer, environ(origin=OTHER))
        assert events == []


def test_the_own_headers_of_the_app_are_compared_before_the_policy_adds_others(events):
    def exposing(environ, start_response):
        start_response("200 OK", [("ETag", "1"), ("access-control-expose-headers", "ETag")])
        return [b""]

    app = CORSMiddleware(exposing, TRIED, observer=events.append)
    assert Response(app, environ(origin=APP))["Access-Control-Expose-Headers"] == "ETag"
    assert of_trials(events) == []


def test_nothing_is_logged_if_the_logger_takes_no_warnings(app, events, caplog):
    caplog.set_level(logging.ERROR, "wsgicors")
    Response(app, environ(origin=OTHER))
    assert caplog.messages == []
    assert of_trials(events) == [("origin-not-allowed", False)]


def test_a_name_that_cannot_be_found_is_logged_and_changes_nothing(caplog):
    app = CORSMiddleware(serve, resolve=Named(TRIED, fails=True))
    for _ in range(3):
        assert Response(app, environ(origin=OTHER)).status == "200 OK"
    assert caplog.messages == [
        "'GET /': naming the endpoint raised an exception",
        f"'GET /' from {OTHER!r}: the trial would block this request: {LOST_ORIGIN}",
    ]


@pytest.mark.parametrize("make", [environ, preflight])
def test_the_names_of_a_request_are_looked_up_once_for_the_log_and_all_events(events, caplog, make):
    class Counting(Named):
        names = 0

        def decide(self, environ, entered, origin):
            return actual(self.policy, origin)

        def label_answering(self, environ, entered):
            self.names += 1
            return Label("items", "api")

        def label_of(self, environ, method):
            return self.label_answering(environ, None)

    resolver = Counting(TRIED)
    Response(CORSMiddleware(serve, resolve=resolver, observer=events.append), make(origin=OTHER))
    assert [(one.outcome, one.endpoint) for one in events] == [
        ("granted", "items"),
        ("trial", "items"),
    ]
    assert len(caplog.messages) == 1
    assert resolver.names == 1


@pytest.mark.parametrize("make", [environ, preflight])
def test_a_callable_that_cannot_be_shown_changes_no_response(events, make):
    class Tenant:
        def __repr__(self):
            raise LookupError("not bound to a session")

        def allows(self, origin):
            return False

    policy = Policy("*").with_trial(Policy(Tenant().allows))
    app = CORSMiddleware(hello, policy, observer=events.append)
    assert Response(app, make(origin=OTHER)).status in {"200 OK", "204 No Content"}
    assert [event.outcome for event in events] == ["granted", "trial"]


def test_callables_of_a_trial_run_in_the_context_of_the_app_for_preflights():
    resolver = Named(API)
    seen = []

    def ask(origin):
        seen.append(resolver.contexts)
        return False

    resolver.policy = API.with_trial(Policy(ask))
    Response(CORSMiddleware(serve, resolve=resolver), preflight(origin=OTHER))
    assert seen == [1]


def test_what_a_request_holds_is_quoted_and_cut(caplog):
    app = CORSMiddleware(hello, Policy("*").with_trial(TRIAL))
    Response(app, environ(path="/\n", origin="https://x\n" + "x" * 2000))
    (message,) = caplog.messages
    assert message.isprintable()
    assert len(message) < 1400


def test_loaded_origins_can_be_tried(app, events):
    tenants = RefreshedOrigins(lambda: [APP])
    tenants.refresh()
    app.policy = API.with_trial(API.derive(allow_origins=tenants, allow_credentials=False))
    for make in (environ, preflight):
        for origin in (APP, OTHER):
            Response(app, make(origin=origin))
    assert of_trials(events) == [("origin-not-allowed", False), ("origin-not-allowed", True)]


class TestLoadedOriginsOnTrial:
    """A trial waits for no load, and reports nothing while origins are missing."""

    @pytest.fixture
    def go_on(self):
        go_on = threading.Event()
        yield go_on
        go_on.set()

    @pytest.fixture
    def tenants(self, go_on):
        def load():
            assert go_on.wait(10)
            return [APP]

        return RefreshedOrigins(load)

    @pytest.fixture
    def tried(self, tenants, events):
        policy = Policy("*").with_trial(Policy(["https://written.example", tenants]))
        return CORSMiddleware(hello, policy, observer=events.append)

    def send(self, app):
        for make in (environ, preflight):
            for origin in (APP, OTHER, "https://written.example"):
                Response(app, make(origin=origin))

    def test_no_request_waits_for_the_first_load(self, tried, tenants, events, go_on, monkeypatch):
        waited = []

        with monkeypatch.context() as patch:
            patch.setattr(threading.Event, "wait", lambda event, *of: waited.append(event))
            patch.setattr(threading.Thread, "start", lambda thread: None)
            self.send(tried)
        assert waited == []
        assert of_trials(events) == []
        tenants._process().load = None
        go_on.set()
        assert tenants.refresh()
        self.send(tried)
        assert of_trials(events) == [("origin-not-allowed", False), ("origin-not-allowed", True)]

    def test_a_callable_beside_them_may_allow_the_origin(self, tenants, events):
        trial = Policy([tenants, lambda origin: origin.host == "other.example"])
        tried = Policy("*", expose_headers="*").with_trial(trial)
        self.send(CORSMiddleware(serve, tried, observer=events.append))
        assert of_trials(events) == [("header-not-exposed", False)]

    def test_a_callable_decides_while_origins_are_missing(self, tenants, events):
        policy = Policy("*").with_trial(Policy([tenants, lambda origin: str(origin) == APP]))
        self.send(CORSMiddleware(hello, policy, observer=events.append))
        assert of_trials(events) == []
        assert policy.trial.origins.allows_at_once(APP) is True
        assert policy.trial.origins.allows_at_once(OTHER) is None

    def test_nothing_is_reported_while_loads_fail(self, events, caplog):
        def load():
            raise LookupError("no database")

        tenants = RefreshedOrigins(load)
        policy = Policy("*").with_trial(Policy(tenants))
        tenants.refresh()
        self.send(CORSMiddleware(hello, policy, observer=events.append))
        assert of_trials(events) == []
        assert "a load has failed" in caplog.text
        assert "the trial" not in caplog.text

    def test_a_load_that_hangs_is_logged(self, tried, tenants, caplog):
        self.send(tried)
        assert "has not returned" not in caplog.text
        load = tenants._process().load
        load.wait_until = load.started
        self.send(tried)
        assert [one for one in caplog.messages if "has not returned for 0 seconds" in one] == [
            f"{tenants!r}: a load has not returned for 0 seconds; no origin is allowed until a "
            "load succeeds"
        ]


@pytest.mark.parametrize("make", [environ, preflight])
def test_callables_are_not_asked_about_the_apps_own_pages(make):
    def ask(origin):
        raise AssertionError(origin)

    app = CORSMiddleware(hello, Policy("*").with_trial(Policy(ask)))
    Response(app, make(origin="http://localhost"))
    Response(app, make(origin=OTHER) | {"HTTP_SEC_FETCH_SITE": "same-origin"})


def test_pages_behind_a_proxy_are_those_of_the_app_if_the_browser_says_so(app, events):
    Response(app, environ(origin=OTHER, sec_fetch_site="same-site"))
    assert of_trials(events) == [("origin-not-allowed", False)]
    events.clear()
    Response(app, environ(origin=OTHER, sec_fetch_site="same-origin"))
    Response(app, preflight(origin=OTHER, sec_fetch_site="same-origin"))
    assert of_trials(events) == []


def test_a_response_that_cannot_be_compared_is_left_as_it_is(events, caplog):
    def odd(environ, start_response):
        start_response(200, [("ETag", "1")])
        return [b"hello"]

    app = CORSMiddleware(odd, TRIED, observer=events.append)
    for _ in range(3):
        assert Response(app, environ(origin=APP)).body == b"hello"
    (message,) = caplog.messages
    assert message == "'/': looking for what the trial would refuse raised an exception"
    assert of_trials(events) == []


def test_a_preflight_that_cannot_be_compared_is_answered(app, events, caplog, monkeypatch):
    def fail(*_):
        raise LookupError

    monkeypatch.setattr(trials, "lost_preflight", fail)
    assert Response(app, preflight(origin=OTHER)).status == "204 No Content"
    assert caplog.messages == ["'/': looking for what the trial would refuse raised an exception"]
    assert of_trials(events) == []
