"""Origins that a function loads again and again: when it loads, and what is allowed meanwhile."""

import copy
import json
import logging
import os
import pickle
import subprocess
import sys
import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from unittest.mock import Mock

import pytest
from flask import Flask

from tests.helpers import Response, environ, hello, preflight
from wsgicors import CORSMiddleware, Origin, Policy, PolicyError, origins
from wsgicors._core import sources
from wsgicors._core.policy import settle
from wsgicors.auditing import audit, document, survey
from wsgicors.explaining import explain
from wsgicors.flask import CORS, cors
from wsgicors.origins import RefreshedOrigins

SHOP, NEW, EVIL = "https://shop.example", "https://new.example", "https://evil.example"
GENEROUS = 10  # seconds until a test gives up


@pytest.fixture
def clock(monkeypatch):
    """The clock, which only the test moves."""

    class Clock:
        now = 1000.0

        def __call__(self):
            return self.now

        def pass_(self, seconds):
            self.now += seconds

    clock = Clock()
    monkeypatch.setattr(sources, "monotonic", clock)
    return clock


class Database:
    """A function that loads origins: it can fail, or wait for the test."""

    def __init__(self, *rows):
        self.rows = [*rows]
        self.loads = 0
        self.error = None
        self.go_on = threading.Event()
        self.go_on.set()

    def wait_for(self, loads):
        end = time.monotonic() + GENEROUS
        while self.loads < loads:
            assert time.monotonic() < end
            time.sleep(0.001)

    def __call__(self):
        rows, error = [*self.rows], self.error
        self.loads += 1
        assert self.go_on.wait(GENEROUS)
        if error:
            raise error
        return rows

    @property
    def hangs(self):
        return not self.go_on.is_set()

    @hangs.setter
    def hangs(self, value):
        (self.go_on.clear if value else self.go_on.set)()


@pytest.fixture
def database():
    return Database(SHOP)


@pytest.fixture
def tenants(database, clock):
    tenants = RefreshedOrigins(database, every=30, stale_for=300)
    yield tenants
    database.hangs = False
    finish(tenants)


@pytest.fixture
def policy(tenants):
    return Policy(allow_origins=["https://app.example", tenants])


@pytest.fixture
def patience(monkeypatch):
    """Return a function that sets for how many seconds requests wait: at first for almost none."""

    def patience(seconds):
        monkeypatch.setattr(origins, "PATIENCE", seconds)

    patience(0.01)
    return patience


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "wsgicors")
    return caplog


def finish(tenants):
    """Wait for the load that runs."""
    load = tenants._process().load
    assert load is None or load.done.wait(GENEROUS)


def messages(log):
    """Take the messages out of the log, without the name of the source."""
    taken = [record.getMessage().partition(": ")[2] for record in log.records]
    log.clear()
    return taken


class TestLoading:
    def test_the_first_request_waits_for_the_first_load(self, policy, database):
        assert database.loads == 0
        assert policy.allows(SHOP)
        assert not policy.allows(EVIL)
        assert database.loads == 1

    def test_a_written_origin_needs_no_load(self, policy, database):
        assert policy.allows("https://app.example")
        assert database.loads == 0

    @pytest.mark.parametrize("origin", ["null", "file://", "garbage", "HTTPS://SHOP.EXAMPLE", ""])
    def test_what_no_load_can_allow_needs_no_load(self, policy, tenants, database, origin):
        assert not policy.allows(origin)
        assert origin not in tenants
        assert database.loads == 0

    def test_young_origins_are_not_loaded_again(self, policy, database, clock):
        policy.allows(SHOP)
        clock.pass_(29.9)
        assert policy.allows(SHOP)
        assert database.loads == 1

    def test_older_ones_are_answered_from_memory_while_a_load_runs(
        self, policy, tenants, database, clock
    ):
        policy.allows(SHOP)
        clock.pass_(30)
        database.rows, database.hangs = [NEW], True
        assert policy.allows(SHOP)
        assert not policy.allows(NEW)
        assert database.loads == 2
        database.hangs = False
        finish(tenants)
        assert policy.allows(NEW)
        assert not policy.allows(SHOP)
        assert database.loads == 2

    def test_after_a_quiet_night_the_first_request_waits_for_the_load(
        self, policy, database, clock, log
    ):
        policy.allows(SHOP)
        database.rows = [NEW]
        for night in 60, 400:  # also one that is longer than stale_for
            clock.pass_(night)
            assert policy.allows(NEW)
            assert not policy.allows(SHOP)
        assert messages(log) == []

    def test_many_requests_share_one_load(self, policy, database):
        database.hangs = True
        found = []
        asking = [
            threading.Thread(target=lambda: found.append(policy.allows(SHOP))) for _ in range(8)
        ]
        for thread in asking:
            thread.start()
        database.hangs = False
        for thread in asking:
            thread.join(GENEROUS)
        assert found == [True] * 8
        assert database.loads == 1

    def test_a_load_sees_no_context_of_the_request(self, clock):
        user = ContextVar("user", default="nobody")
        user.set("somebody")
        tenants = RefreshedOrigins(lambda: [f"https://{user.get()}.example"])
        assert "https://nobody.example" in tenants

    def test_no_thread_is_left_after_a_load(self, policy, tenants):
        policy.allows(SHOP)
        threads = [thread for thread in threading.enumerate() if thread.name == repr(tenants)]
        for thread in threads:
            thread.join(GENEROUS)
        assert not any(thread.is_alive() for thread in threads)

    def test_the_iterable_is_read_in_the_thread_that_loads(self, clock):
        seen = []

        def load():
            seen.append(threading.get_ident())
            yield SHOP
            seen.append(threading.get_ident())

        assert SHOP in RefreshedOrigins(load)
        assert seen[0] == seen[1] != threading.get_ident()

    def test_two_sources_and_a_callable_stand_beside_what_is_written(self, clock):
        one, two = Database(SHOP), Database("https://*.new.example")
        policy = Policy(
            allow_origins=[
                "https://*.app.example",
                RefreshedOrigins(one),
                RefreshedOrigins(two, every=10),
                lambda origin: origin.host == "asked.example",
            ]
        )
        for allowed in SHOP, "https://a.new.example", "https://a.app.example":
            assert policy.allows(allowed)
        assert policy.allows("https://asked.example")
        assert not policy.allows(EVIL)
        clock.pass_(20)
        two.rows = [NEW]
        assert policy.allows(NEW)
        assert not policy.allows("https://a.new.example")
        assert (one.loads, two.loads) == (1, 2)

    def test_decisions_are_those_of_the_latest_load(self, policy, database, clock):
        app = CORSMiddleware(hello, policy)
        for rows in [SHOP], [NEW]:
            database.rows = rows
            clock.pass_(60)
            for asking in SHOP, NEW:
                expected = asking if [asking] == rows else None
                for request in environ(origin=asking), preflight(origin=asking):
                    response = Response(app, request)
                    assert response["Access-Control-Allow-Origin"] == expected
                    assert "Origin" in response["Vary"]


class TestRefresh:
    def test_it_loads_at_once(self, policy, tenants, database):
        policy.allows(SHOP)
        database.rows = [NEW]
        assert tenants.refresh()
        assert policy.allows(NEW)
        assert not policy.allows(SHOP)

    def test_it_loads_again_after_a_load_that_began_before(self, policy, tenants, database, clock):
        policy.allows(SHOP)
        clock.pass_(30)
        database.hangs = True
        policy.allows(SHOP)
        database.wait_for(2)
        database.rows = [NEW]
        threading.Timer(0.05, database.go_on.set).start()
        assert tenants.refresh()
        assert policy.allows(NEW)
        assert database.loads == 3

    def test_it_gives_up_if_a_load_does_not_return(self, tenants, database, patience, log):
        database.hangs = True
        assert not tenants.refresh()  # its own load
        expected = "a load has not returned for 0.01 seconds; no origin is allowed until a load"
        assert messages(log) == [f"{expected} succeeds"]
        assert not tenants.refresh()  # waits for the same
        assert database.loads == 1
        assert messages(log) == []
        database.hangs = False
        finish(tenants)
        assert tenants.refresh()
        assert messages(log) == ["a load has succeeded again"]

    def test_it_gives_up_if_the_load_after_another_one_does_not_return(
        self, tenants, database, patience, log
    ):
        database.hangs = True
        assert SHOP not in tenants
        first, database.go_on = database.go_on, threading.Event()
        patience(0.3)
        threading.Timer(0.05, first.set).start()
        assert not tenants.refresh()
        assert database.loads == 2
        assert [message.partition("; ")[0] for message in messages(log)] == [
            "a load has not returned for 0.01 seconds",
            "a load has succeeded again",
            "a load has not returned for 0.3 seconds",
        ]

    def test_a_failure_is_logged_not_raised(self, tenants, database, log):
        database.error = ValueError("no such table")
        assert not tenants.refresh()
        assert len(log.records) == 1
        database.error = None
        assert tenants.refresh()  # before the next load is due
        assert SHOP in tenants


class TestFailures:
    def test_without_any_success_no_loaded_origin_is_allowed(self, policy, database, clock, log):
        database.error = ValueError("down")
        for _ in range(3):
            assert not policy.allows(SHOP)
            clock.pass_(9)
        assert policy.allows("https://app.example")
        assert database.loads == 1  # the next attempt is after 30 seconds
        [record] = log.records
        assert (record.levelname, record.exc_info[1]) == ("ERROR", database.error)
        assert messages(log) == ["a load has failed; no origin is allowed until a load succeeds"]
        clock.pass_(3)
        database.error = None
        assert policy.allows(SHOP)
        assert [record.levelname for record in log.records] == ["WARNING"]
        assert messages(log) == ["a load has succeeded again"]

    def test_the_last_origins_stay_until_they_are_too_old(self, policy, database, clock, log):
        policy.allows(SHOP)
        database.error = ValueError("down")
        for _ in range(9):
            clock.pass_(60)
            policy.allows(SHOP)
            if clock.now - 1000 < 300:
                assert policy.allows(SHOP)
            else:
                assert not policy.allows(SHOP)
        assert messages(log) == [
            "a load has failed; the origins of the last load are allowed for 240 more seconds",
            "no load has succeeded for 300 seconds; no origin is allowed until one does",
        ]
        database.error = None
        clock.pass_(60)
        assert policy.allows(SHOP)
        assert messages(log) == ["a load has succeeded again"]

    def test_between_two_attempts_requests_neither_load_nor_wait(
        self, policy, database, clock, monkeypatch
    ):
        policy.allows(SHOP)
        database.error = ValueError("down")
        clock.pass_(70)
        assert policy.allows(SHOP)
        assert database.loads == 2
        monkeypatch.setattr(threading.Event, "wait", None)
        clock.pass_(29)
        assert policy.allows(SHOP)
        assert database.loads == 2

    def test_another_kind_of_failure_is_logged_too(self, policy, database, clock, log):
        for error in ValueError("1"), ValueError("2"), KeyError("3"), SystemExit(1):
            database.error = error
            policy.allows(SHOP)
            clock.pass_(30)
        assert [type(record.exc_info[1]) for record in log.records] == [
            ValueError,
            KeyError,
            SystemExit,
        ]

    def test_failures_that_take_turns_are_logged_once_each(self, policy, database, clock, log):
        for turn in range(6):
            database.error = [ValueError("1"), KeyError("2")][turn % 2]
            policy.allows(SHOP)
            clock.pass_(30)
        assert [type(record.exc_info[1]) for record in log.records] == [ValueError, KeyError]
        log.clear()
        database.error = None
        policy.allows(SHOP)
        assert messages(log) == ["a load has succeeded again"]
        database.error = KeyError("3")
        clock.pass_(60)
        policy.allows(SHOP)
        assert [type(record.exc_info[1]) for record in log.records] == [KeyError]

    @pytest.mark.parametrize("result", [None, SHOP, 7, [(SHOP,)]])
    def test_an_unusable_result_is_a_failure(self, result, clock, log):
        tenants = RefreshedOrigins(lambda: result)
        assert SHOP not in tenants
        assert "returned" in str(log.records[0].exc_info[1])
        assert tenants.why_unusable().startswith("returned ")

    def test_a_thread_that_cannot_start_is_a_failure(self, policy, tenants, monkeypatch, log):
        def cannot(self):
            raise RuntimeError("can't start new thread")

        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", cannot)
            assert not policy.allows(SHOP)
        assert len(messages(log)) == 1
        assert tenants.why_unusable() == "raised RuntimeError: can't start new thread"

    def test_anything_that_goes_wrong_at_the_start_is_a_failure(
        self, policy, tenants, database, clock, monkeypatch, log
    ):
        with monkeypatch.context() as patched:
            patched.setattr(threading, "Thread", Mock(side_effect=TypeError("another Thread")))
            assert not policy.allows(SHOP)
        assert tenants.why_unusable() == "raised TypeError: another Thread"
        clock.pass_(30)
        assert policy.allows(SHOP)


@pytest.mark.usefixtures("patience")
class TestHangs:
    def test_requests_stop_waiting_once_a_load_has_run_for_some_seconds(
        self, policy, tenants, database, clock, log, patience
    ):
        database.hangs = True
        assert not policy.allows(SHOP)
        clock.pass_(7)
        patience(5)  # of which none is left
        assert not policy.allows(SHOP)
        assert database.loads == 1
        assert tenants.why_unusable() == "has not returned for 7 seconds"
        assert [message.partition("; ")[0] for message in messages(log)] == [
            "a load has not returned for 0.01 seconds"
        ]
        database.hangs = False
        finish(tenants)
        assert policy.allows(SHOP)
        assert messages(log) == ["a load has succeeded again"]

    def test_the_last_origins_are_allowed_meanwhile(self, policy, database, clock):
        policy.allows(SHOP)
        database.hangs = True
        clock.pass_(200)
        assert policy.allows(SHOP)
        clock.pass_(100)
        assert not policy.allows(SHOP)
        assert database.loads == 2

    def test_a_request_waits_no_longer_for_several_sources_than_for_one(
        self, database, clock, patience, monkeypatch
    ):
        waits, wait = [], threading.Event.wait

        def recorded(event, timeout=None):
            if timeout is not None and threading.current_thread() is threading.main_thread():
                waits.append((timeout, database.loads))
            return wait(event, timeout)

        patience(0.5)
        monkeypatch.setattr(threading.Event, "wait", recorded)
        policy = Policy(allow_origins=[RefreshedOrigins(partial(database)) for _ in range(5)])
        database.hangs = True
        assert not policy.allows(SHOP)
        database.hangs = False
        assert waits == [(0.5, 5)]  # all loads run by then

    def test_an_origin_of_a_source_does_not_wait_for_another_source(
        self, database, clock, patience
    ):
        patience(GENEROUS)
        database.hangs = True
        hanging, quick = RefreshedOrigins(database), RefreshedOrigins(load_new)
        for tenants in [hanging, quick], [quick, hanging]:
            assert Policy(allow_origins=tenants).allows(NEW)
        assert not hanging._process().load.done.is_set()
        database.hangs = False

    def test_a_load_that_hangs_for_long_is_abandoned(
        self, policy, tenants, database, clock, log, patience
    ):
        database.hangs = True
        policy.allows(SHOP)
        patience(GENEROUS)
        abandoned = tenants._process().load
        clock.pass_(300)
        released, database.go_on = database.go_on, threading.Event()
        database.rows, database.hangs = [NEW], False
        assert policy.allows(NEW)
        released.set()
        assert abandoned.done.wait(GENEROUS)
        assert policy.allows(NEW)
        assert not policy.allows(SHOP)
        assert messages(log)[1:] == [
            "a load has not returned for 300 seconds, so its result will be ignored; another load "
            "starts",
            "a load has succeeded again",
        ]

    def test_loads_that_hang_and_then_fail_are_logged_once(
        self, policy, tenants, database, clock, log
    ):
        database.error = ValueError("time out")
        for number in range(1, 4):
            database.hangs = True
            policy.allows(SHOP)
            database.wait_for(number)
            database.hangs = False
            finish(tenants)
            clock.pass_(30)
        assert [message.partition("; ")[0] for message in messages(log)] == [
            "a load has not returned for 0.01 seconds",
            "a load has failed",
        ]

    def test_abandoned_loads_are_logged_once(self, policy, database, clock, log):
        database.hangs = True
        for _ in range(3):
            policy.allows(SHOP)
            clock.pass_(300)
        assert database.loads == 3
        assert len(messages(log)) == 2

    def test_a_late_failure_of_an_abandoned_load_is_ignored(
        self, policy, tenants, database, clock, log, patience
    ):
        database.hangs, database.error = True, ValueError("late")
        policy.allows(SHOP)
        patience(GENEROUS)
        abandoned = tenants._process().load
        clock.pass_(300)
        released, database.go_on = database.go_on, threading.Event()
        database.hangs, database.error = False, None
        assert policy.allows(SHOP)
        log.clear()
        released.set()
        assert abandoned.done.wait(GENEROUS)
        assert policy.allows(SHOP)
        assert not tenants.why_unusable()
        assert messages(log) == []


class TestPolicies:
    def test_each_policy_judges_the_rows_by_its_own_settings(self, clock, database, log):
        database.rows = ["http://shop.example", SHOP, "*", None]
        tenants = RefreshedOrigins(database)
        risks = ["callable-with-credentials"]
        public = Policy(allow_origins=[tenants])
        private = Policy(allow_origins=[tenants], allow_credentials=True, accept_risks=risks)
        lax = private.derive(accept_risks=[*risks, "plain-http-origin"])
        allowed = [policy.allows("http://shop.example") for policy in (public, private, lax)]
        assert allowed == [True, False, True]
        for policy in public, private, lax:
            assert policy.allows(SHOP)
            assert not policy.allows(EVIL)
        assert database.loads == 1
        left_out = messages(log)
        assert len(left_out) == 3
        assert left_out[0].startswith(
            "policies without credentials leave out 2 of 4 loaded entries: None is not a string; "
            "'*' allows every origin"
        )
        assert left_out[1].startswith("policies with credentials leave out 3 of 4 loaded entries")
        assert 'accept_risks=["plain-http-origin"]' in left_out[1]

    def test_a_row_of_which_a_policy_would_warn_counts_and_is_logged(self, clock, database, log):
        database.rows = ["https://*.com", SHOP]
        tenants = RefreshedOrigins(database)
        public = Policy(allow_origins=[tenants])
        for _ in range(3):
            assert public.allows("https://evil.com")
        assert len(tenants) == 2
        [message] = messages(log)
        assert message.startswith(
            "policies without credentials allow 1 of 2 loaded entries at a risk: 'https://*.com' "
            "allows sites of strangers"
        )
        assert message.endswith('accept it with accept_risks=["public-suffix-wildcard"]')
        lax = public.derive(accept_risks=["public-suffix-wildcard"])
        assert lax.allows("https://evil.com")
        assert messages(log) == []

    def test_left_out_entries_are_logged_when_they_change(self, policy, tenants, database, log):
        for number in range(10):
            database.rows = [SHOP, *(f"shop{each}.example" for each in range(7))]
            tenants.refresh()
            policy.allows(SHOP)
            if number == 0:
                [message] = messages(log)
        assert "leave out 7 of 8" in message
        assert message.endswith("; and 4 more")
        assert messages(log) == []
        database.rows = [SHOP]
        tenants.refresh()
        assert messages(log) == []
        database.rows = ["shop0.example"]
        tenants.refresh()
        assert len(messages(log)) == 1

    def test_a_row_cannot_flood_or_forge_the_log(self, policy, database, log):
        database.rows = ["x" * 10_000 + "\n" for _ in range(5)]
        policy.allows(SHOP)
        [message] = messages(log)
        assert len(message) < 2_000
        assert "\n" not in message

    def test_a_load_that_returns_the_same_is_not_judged_again(
        self, policy, tenants, database, clock, monkeypatch
    ):
        policy.allows(SHOP)
        monkeypatch.setattr(origins, "judge", None)
        clock.pass_(60)
        assert policy.allows(SHOP)
        assert database.loads == 2

    def test_the_loading_thread_judges_for_the_policies_that_are_known(
        self, policy, tenants, database, monkeypatch
    ):
        policy.allows(SHOP)
        judging = []
        judge = origins.judge
        monkeypatch.setattr(
            origins, "judge", lambda *of: judging.append(threading.get_ident()) or judge(*of)
        )
        database.rows = [NEW]
        tenants.refresh()
        assert policy.allows(NEW)
        assert len(judging) == 1
        assert judging[0] != threading.get_ident()

    def test_credentials_are_a_risk_to_accept(self, tenants):
        with pytest.raises(PolicyError) as caught:
            Policy(allow_origins=[tenants], allow_credentials=True)
        assert [one.code for one in caught.value.problems] == ["callable-with-credentials"]

    def test_a_list_of_origins_with_credentials_grants_none_to_loaded_ones(self, tenants, database):
        database.rows = [SHOP, "http://shop.example", "https://app.example"]
        app = "https://app.example"
        policy = Policy(allow_origins=[app, tenants], allow_credentials=[app])
        assert policy.allows("http://shop.example")
        allowed = [policy.allows_credentials(origin) for origin in (app, SHOP, EVIL)]
        assert allowed == [True, False, False]

    def test_the_setting_keeps_the_source(self, tenants, policy):
        assert policy.allow_origins == ("https://app.example", tenants)
        assert policy.derive(max_age=60).allow_origins[1] is tenants
        assert Policy(tenants).allow_origins == (tenants,)

    def test_a_policy_is_pickled_without_what_was_loaded(self):
        policy = Policy(allow_origins=[SHOP, RefreshedOrigins(load_new, every=7)])
        assert policy.allows(NEW)
        data = pickle.dumps(policy)
        assert NEW.encode() not in data
        copied = pickle.loads(data)
        assert copied.allows(NEW)
        assert copied.allows(SHOP)
        assert (
            repr(copied.allow_origins[1]) == "RefreshedOrigins(load_new, every=7, stale_for=3600)"
        )

    def test_a_policy_is_equal_to_its_pickled_copy(self):
        policy = Policy(allow_origins=[SHOP, RefreshedOrigins(load_new, every=7)])
        copied = pickle.loads(pickle.dumps(policy))
        assert copied == policy
        assert hash(copied) == hash(policy)

    def test_a_callable_that_has_any_attribute_is_not_a_source(self):
        policy = Policy(allow_origins=[Mock(side_effect=lambda origin: str(origin) == SHOP)])
        assert policy.allows(SHOP)
        assert not policy.allows(EVIL)

    def test_copies_share_the_source(self, tenants):
        assert copy.copy(tenants) is tenants
        assert copy.deepcopy({"origins": [tenants]})["origins"][0] is tenants


SECRET = "postgresql://user:password@db"


def load_new():
    return [NEW]


def pair(one, other):
    return [one, other]


class TestTheSource:
    def test_it_answers_as_a_policy_without_credentials(self, tenants, database):
        database.rows = ["http://shop.example", "https://*.shop.example", "*"]
        assert "http://shop.example" in tenants
        assert "https://a.shop.example" in tenants
        assert EVIL not in tenants
        assert None not in tenants
        assert tenants(Origin.parse("http://shop.example"))
        assert not tenants(Origin.parse(EVIL))

    def test_it_knows_how_many_origins_are_loaded_and_when(self, tenants, database):
        assert (len(tenants), tenants.loaded_at, bool(tenants)) == (0, None, True)
        database.rows = [SHOP, "https://*.shop.example", "nonsense", None]
        before = datetime.now(UTC)
        tenants.refresh()
        assert len(tenants) == 2
        assert before <= tenants.loaded_at <= datetime.now(UTC)
        assert SHOP in tenants
        assert len(tenants) == 2

    def test_it_is_equal_to_one_of_the_same_function_and_numbers(self, database):
        one = RefreshedOrigins(load_new, every=7, stale_for=60)
        same = RefreshedOrigins(load_new, every=timedelta(seconds=7), stale_for=60)
        assert one == same
        assert len({one, same}) == 1
        for other in (
            RefreshedOrigins(database, every=7, stale_for=60),
            RefreshedOrigins(load_new, every=8, stale_for=60),
            RefreshedOrigins(load_new, every=7, stale_for=61),
            type("Own", (RefreshedOrigins,), {})(load_new, every=7, stale_for=60),
            load_new,
        ):
            assert one != other

    def test_a_function_that_has_no_hash_can_load(self):
        class Loader(list):
            def __call__(self):
                return self

        assert hash(RefreshedOrigins(Loader())) == hash(RefreshedOrigins(Loader()))

    def test_its_name_is_that_of_the_function(self, database):
        numbers = "every=0.5, stale_for=60"
        made = partial(RefreshedOrigins, every=0.5, stale_for=timedelta(minutes=1))
        assert repr(made(load_new)) == f"RefreshedOrigins(load_new, {numbers})"
        assert repr(made(database)) == f"RefreshedOrigins(Database, {numbers})"

    def test_its_name_has_no_value_of_the_function(self):
        @dataclass
        class Loader:
            url: str

            def __call__(self):
                return []

        def load(url=None):
            return []

        for made in Loader(SECRET), partial(load, SECRET), partial(partial(load), url=SECRET):
            name = repr(RefreshedOrigins(made))
            assert SECRET not in name
            assert name.startswith(("RefreshedOrigins(Loader, ", "RefreshedOrigins(load, "))

    def test_an_error_has_no_value_of_the_function(self):
        with pytest.raises(TypeError, match="pair") as caught:
            RefreshedOrigins(partial(pair, SECRET))
        assert SECRET not in str(caught.value)

    def test_a_function_without_a_representation_is_loaded_as_any_other(self, clock):
        class Loader:
            def __repr__(self):
                raise RuntimeError("no repr")

            def __call__(self):
                return [SHOP]

        for _ in range(2):
            assert Policy(allow_origins=[RefreshedOrigins(Loader())]).allows(SHOP)

    @pytest.mark.parametrize(
        ("load", "message"),
        [
            ([SHOP], "pass it without parentheses"),
            (None, "is not a function"),
            (lambda session: [], "missing a required argument: 'session'"),
        ],
    )
    def test_what_cannot_be_called_is_an_error(self, load, message):
        with pytest.raises(TypeError, match=message):
            RefreshedOrigins(load)

    def test_what_is_asynchronous_is_an_error(self):
        async def load():
            return []

        async def generate():
            yield SHOP

        class Loader:
            async def __call__(self):
                return []

        for one in load, generate, Loader():
            with pytest.raises(TypeError, match="asynchronous"):
                RefreshedOrigins(one)

    def test_a_function_whose_signature_is_unknown_is_accepted(self):
        assert "dict" in repr(RefreshedOrigins(dict))

    @pytest.mark.parametrize("name", ["every", "stale_for"])
    @pytest.mark.parametrize(
        ("value", "error"),
        [
            ("30", TypeError),
            (None, TypeError),
            (True, TypeError),
            (0, ValueError),
            (-1, ValueError),
            (timedelta(0), ValueError),
            (float("inf"), ValueError),
            (float("nan"), ValueError),
        ],
    )
    def test_what_is_not_a_time_is_an_error_that_names_a_time(self, name, value, error):
        with pytest.raises(error, match=f"{name}=.*; use {name}=60"):
            RefreshedOrigins(load_new, **{name: value})

    def test_origins_that_expire_before_the_next_load_are_an_error(self):
        with pytest.raises(ValueError, match="use a longer stale_for"):
            RefreshedOrigins(load_new, every=60, stale_for=timedelta(seconds=59))


class TestReports:
    """What people see of a source: the log of refusals, ``explain`` and the audit."""

    def fails(self):
        raise ConnectionError("no\nserver")

    def explain(self, tenants):
        app = CORSMiddleware(hello, Policy(allow_origins=[tenants]))
        return explain("GET", "https://api.example/", origin=SHOP, servers=app)

    def test_a_refusal_names_the_function_that_failed(self, clock, log):
        explanation = self.explain(RefreshedOrigins(self.fails))
        sentence = explanation.change.sentence
        assert sentence.startswith("Correct the callable 'TestReports.fails' (")
        assert sentence.endswith("which raised ConnectionError: no\\nserver.")

    def test_a_refusal_names_the_function_that_hangs(self, tenants, database, patience):
        database.hangs = True
        sentence = self.explain(tenants).change.sentence
        assert "which has not returned for 0 seconds" in sentence

    def test_a_refusal_says_that_no_load_has_been_tried(self, tenants):
        settled = settle(Policy(allow_origins=[tenants]), SHOP, is_allowed=False)
        assert settled.origins.fault.what == "has not been called yet"

    def test_what_no_load_can_allow_is_an_ordinary_refusal(self, tenants):
        settled = settle(Policy(allow_origins=[tenants]), "null")
        assert settled.origins.fault is None

    def test_an_origin_that_is_not_loaded_is_an_ordinary_refusal(self, tenants, database):
        database.rows = []
        change = self.explain(tenants).change
        assert change.settings == {"allow_origins": [tenants, SHOP]}
        assert "(the origin callable 'Database.__call__', " in change.sentence

    def test_an_allowed_origin_has_no_fault(self, tenants, policy):
        assert settle(policy, SHOP).allows(SHOP)
        assert settle(policy, SHOP).origins.fault is None

    def test_the_fault_of_another_callable_comes_first(self, tenants, clock, log):
        policy = Policy(allow_origins=[RefreshedOrigins(self.fails), lambda origin: 1 / 0])
        assert "ZeroDivisionError" in settle(policy, SHOP).origins.fault.what

    def test_an_audit_loads_nothing(self, tenants, database):
        app = Flask("shop")
        CORS(app)
        views = [
            cors(allow_origins=[tenants])(lambda: "read"),
            cors(allow_origins=[SHOP], allow_headers=["X-A"])(lambda: "write"),
        ]
        for method, view in zip(["GET", "PUT"], views, strict=True):
            app.add_url_rule("/items", method, view, methods=[method])
        found = survey(app)
        assert "headers-differ" in [finding.code for finding in audit(found)]
        assert "wsgicors.origins.RefreshedOrigins of " in json.dumps(document(found))
        assert database.loads == 0


FORK = """
import os, threading, time
from wsgicors import Policy
from wsgicors.origins import RefreshedOrigins

parent = os.getpid()
has_begun = threading.Event()

def load():
    has_begun.set()
    if os.getpid() == parent:
        time.sleep(60)
    return ["https://shop.example"]

tenants = RefreshedOrigins(load)
policy = Policy(allow_origins=[tenants])
threading.Thread(target=policy.allows, args=["https://shop.example"], daemon=True).start()
has_begun.wait()
tenants._process().lock.acquire()
pid = os.fork()
if pid == 0:
    os._exit(0 if policy.allows("https://shop.example") else 1)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
os._exit(0)
"""


def run(program):
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_a_forked_process_waits_for_no_load_and_no_lock_of_its_parent():
    assert run(FORK) == "0\n"


def test_each_process_has_its_own_loads(tenants, monkeypatch):
    mine = tenants._process()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    its = tenants._process()
    assert its is not mine
    assert tenants._process() is its
    assert [*tenants._processes] == [-1]


GEVENT = """
from gevent import monkey
monkey.patch_all()
import time
import gevent
from wsgicors import Policy
from wsgicors.origins import RefreshedOrigins

loads = []

def load():
    loads.append(1)
    time.sleep(0.05)
    return ["https://shop.example"]

policy = Policy(allow_origins=[RefreshedOrigins(load)])
asking = [gevent.spawn(policy.allows, "https://shop.example") for _ in range(20)]
gevent.joinall(asking, timeout=10)
print([one.value for one in asking] == [True] * 20, len(loads))
"""


def test_greenlets_share_a_load():
    assert run(GEVENT) == "True 1\n"
