"""Workers that share nothing answer alike, and pages send as many preflights as the docs say."""

import pytest

from lab.scaling import costs, load
from lab.scaling.__main__ import main
from lab.scaling.application import APP, PARTNER
from lab.scaling.asking import GET, PREFLIGHT, QUESTIONS, WIDENED, ask_all
from lab.scaling.costs import ACTUAL, ANSWERED, CASES, IN_NGINX, PLAIN
from lab.scaling.load import Load, put_under_load
from lab.scaling.preflights import Sent, simulate, visiting
from lab.scaling.sameness import compare_workers, deployed, roll_out
from lab.scaling.storing import count_reached
from lab.scaling.tables import cost_rows

WORKERS = 4
ALLOW_ORIGIN = "Access-Control-Allow-Origin"


@pytest.fixture
def deployment():
    with deployed(WORKERS) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def visit():
    with visiting() as visit:
        yield visit


def test_all_workers_send_the_same_cors_headers_until_one_has_another_policy(deployment):
    same = compare_workers(deployment, 1_000)
    assert same.requests >= 1_000
    assert (same.workers, same.answers) == (WORKERS, len(QUESTIONS))
    granted = {
        (each.question, dict(each.answer.lines).get(ALLOW_ORIGIN))
        for each in deployment.ask(*QUESTIONS)
    }
    assert {origin for question, origin in granted if question in (GET, PREFLIGHT)} == {APP}
    assert {origin for question, origin in granted if question.origin != APP} == {None}

    deployment.add_worker([APP, PARTNER])
    same = compare_workers(deployment, 1_000)
    assert (same.workers, same.answers) == (WORKERS + 1, len(QUESTIONS) + 2)


def test_a_deployment_mixes_answers_only_until_the_last_old_worker_has_ended(deployment):
    rollout = roll_out(deployment, 50)
    assert rollout.undecided == 0
    assert {each.answer.status for each in rollout.before} == {403}
    assert {each.answer.status for each in rollout.during} <= {403, 204}
    assert {each.answer.status for each in rollout.after} == {204}
    assert {each.question for each in rollout.after} == {WIDENED}


def test_a_cache_keeps_one_response_for_all_origins_or_one_for_each_and_no_preflight():
    reached = {kind: tuple(each) for kind, each in count_reached(5, 2).items()}
    assert reached == {"public": (10, 1), "listed": (10, 5), "preflights": (10, 10)}


def test_chromium_remembers_a_preflight_for_each_url_unless_max_age_is_zero(visit):
    paths = [f"{max_age}/{number}" for max_age in (600, 0) for number in (1, 2, 3)] * 2
    sent = {"600": Sent(preflights=3, requests=6), "0": Sent(preflights=6, requests=6)}
    assert visit.put(paths) == sent
    assert visit.put(paths) == sent  # another private window has a cache of its own


@pytest.mark.parametrize(
    ("profile", "expected"),
    [("chromium", [120, 12, 2]), ("firefox", [120, 12, 2]), ("webkit", [120, 12, 12])],
)
def test_a_longer_max_age_saves_preflights_up_to_the_limit_of_the_browser(profile, expected):
    sent = [simulate(profile, max_age, urls=2, every=60, hours=1) for max_age in (None, 600, 7_200)]
    assert [each.preflights for each in sent] == expected
    assert {each.requests for each in sent} == {120}


def test_what_is_timed_grants_the_same_with_cors_and_nothing_without():
    with costs.serving([1]) as bench:
        answers = {}
        for case in CASES:
            [given] = ask_all(bench.proxy.port, case.site(1), [case.question])
            answers[case] = given.answer
    assert answers[IN_NGINX].status == answers[ANSWERED].status
    assert set(answers[IN_NGINX].lines) == set(answers[ANSWERED].lines)
    assert answers[ANSWERED].status == 204
    assert dict(answers[ANSWERED].lines)[ALLOW_ORIGIN] == APP
    assert answers[ACTUAL] == (200, ((ALLOW_ORIGIN, APP), ("Vary", "Origin")))
    assert answers[PLAIN] == (200, ())


@pytest.fixture
def wrk(monkeypatch, tmp_path):
    """Return a function that makes a wrk with a result."""

    def make(requests, failed):
        file = tmp_path / "wrk"
        result = (
            f'{{"requests": {requests}, "microseconds": 500000, "failed": {failed}, "median": 7}}'
        )
        file.write_text(f"#!/bin/sh\necho Running\necho '{result}'\n", "utf-8")
        file.chmod(0o700)
        monkeypatch.setattr(load, "find_wrk", lambda: str(file))

    return make


def put(servers):
    return put_under_load("http://127.0.0.1/", "GET", {}, servers, connections=1, seconds=1)


def test_rates_are_by_the_second_and_cpu_time_by_the_request(wrk):
    class Server:
        seconds = 1.0

        def cpu_times(self):
            Server.seconds += 0.25
            return Server.seconds, 0.25, 9.0, 9.0

    wrk(1_000, failed=0)
    assert put({"nginx": lambda: [Server()]}) == Load(1_000, 2_000.0, 7, {"nginx": 250.0})


def test_no_figure_is_measured_without_wrk(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="`make scaling` needs wrk; use: sudo apt-get"):
        main()


@pytest.mark.parametrize(("requests", "failed"), [(1_000, 1), (0, 0)])
def test_a_load_with_failed_requests_or_without_any_is_no_figure(wrk, requests, failed):
    wrk(requests, failed)
    with pytest.raises(RuntimeError, match=f"{failed} of {requests} requests"):
        put({})


def test_costs_are_compared_within_a_round():
    def loads(*rates):
        return [Load(1, rate, 7, {"workers": 300.0, "nginx": 90.0}) for rate in rates]

    slow, fast = loads(1_000, 2_000, 1_500), loads(10_000, 20_000, 15_000)
    busy = {(case, 2): fast if case == IN_NGINX else slow for case in CASES}
    busy[ACTUAL, 2] = loads(1_000, 1_000, 3_000)
    *_, actual, in_app, in_nginx = cost_rows(busy, busy)
    assert "| 1,000/s | 1.00 (0.50 to 2.00) |" in actual
    assert in_app == "| Preflight, answered in the app | 1,500/s | 1.00 | 300 µs | 90 µs | 7 µs |"
    assert "| 15,000/s | 10 | 300 µs |" in in_nginx
