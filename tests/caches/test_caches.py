"""What comes through nginx's cache is what the app has for that very visitor."""

import pytest

from tests.caches.application import ADMIN, APP, LOCAL, PATHS, POLICIES, STRANGER
from tests.caches.journeys import EVERYBODY, Journey, Visitor, crowds, pairs, travel
from tests.caches.nginx import caching
from tests.servers.running import serving

SERVER = "gunicorn-gthread"

ALLOWED, OTHER, REFUSED, NOBODY, LOCALLY = map(Visitor, (APP, ADMIN, STRANGER, None, LOCAL))
PRIMES = [NOBODY, REFUSED, OTHER, ALLOWED, Visitor(APP, "HEAD"), Visitor(STRANGER, fails=True)]
ASKERS = [ALLOWED, OTHER, REFUSED, NOBODY, LOCALLY]
SOME = [path for path in PATHS if path in POLICIES or path.split("/")[1] in {"several", "flask"}]
"""Paths for every day; ``make caches`` takes all."""


@pytest.fixture(scope="module")
def port():
    with serving(SERVER, "tests.caches.application:application") as port:
        yield port


@pytest.fixture(scope="module")
def proxy(port):
    with caching(port) as connection:
        yield connection


@pytest.fixture(scope="module")
def faulty():
    with serving("wsgiref", "tests.caches.faulty:application") as port:
        yield port


def test_whoever_has_primed_the_cache_nobody_gets_their_answer(port, proxy):
    tally = travel(port, proxy, pairs(SOME, PRIMES, ASKERS))
    assert tally.findings == []
    assert tally.statuses["HIT"] > len(SOME)


def test_in_a_crowd_everybody_gets_their_own_answer(port, proxy):
    tally = travel(port, proxy, crowds(["/several", "/port", "/public/varies", "/flask/one"], 1))
    assert tally.findings == []
    assert tally.statuses["HIT"] > tally.statuses["MISS"]


@pytest.mark.parametrize("path", [path for path in POLICIES if POLICIES[path] is not None])
def test_the_same_visitor_gets_a_hit(port, proxy, path):
    assert travel(port, proxy, [Journey(path, (ALLOWED, ALLOWED))]).statuses["HIT"] == 1


def test_an_answer_for_everybody_is_a_hit_for_every_origin(port, proxy):
    tally = travel(port, proxy, [Journey("/public", tuple(EVERYBODY))])
    assert tally.statuses == {"MISS": 1, "HIT": len(EVERYBODY) - 1}


@pytest.mark.parametrize("path", ["/forgets", "/sometimes"])
def test_an_app_that_forgets_vary_is_found_out(faulty, path):
    with caching(faulty) as connection:
        tally = travel(faulty, connection, pairs([path], PRIMES, ASKERS))
    assert tally.findings


def test_a_cache_that_ignores_vary_is_found_out(port):
    with caching(port, "proxy_ignore_headers Vary;") as connection:
        tally = travel(port, connection, pairs(["/several"], PRIMES, ASKERS))
    assert tally.findings


def test_a_cache_that_ignores_vary_is_right_with_the_origin_in_its_key(port):
    key = 'proxy_cache_key "$scheme$proxy_host$request_uri $http_origin";'
    with caching(port, f"proxy_ignore_headers Vary; {key}") as connection:
        tally = travel(port, connection, pairs(["/several"], PRIMES, ASKERS))
    assert tally.findings == []
    assert tally.statuses["HIT"] > 0
