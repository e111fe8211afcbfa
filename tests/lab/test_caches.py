"""Through nginx's cache each visitor gets the response that the app has for them."""

import pytest

from lab.caches.application import ADMIN, APP, LOCAL, PATHS, POLICIES, STRANGER
from lab.caches.journeys import VISITORS, Journey, Visitor, crowds, pairs, travel
from lab.caches.nginx import caching
from lab.servers.running import serving

SERVER = "gunicorn-gthread"

ALLOWED, OTHER, REFUSED, WITHOUT, LOCALLY = map(Visitor, (APP, ADMIN, STRANGER, None, LOCAL))
PRIMES = [WITHOUT, REFUSED, OTHER, ALLOWED, Visitor(APP, "HEAD"), Visitor(STRANGER, fails=True)]
ASKERS = [ALLOWED, OTHER, REFUSED, WITHOUT, LOCALLY]
SOME = [path for path in PATHS if path in POLICIES or path.split("/")[1] in {"several", "flask"}]
"""Some of the paths; ``make caches`` takes all."""


@pytest.fixture(scope="module")
def port():
    with serving(SERVER, "lab.caches.application:application") as port:
        yield port


@pytest.fixture(scope="module")
def proxy(port):
    with caching(port) as connection:
        yield connection


@pytest.fixture(scope="module")
def faulty():
    with serving("wsgiref", "lab.caches.faulty:application") as port:
        yield port


def test_the_response_of_the_visitor_who_primed_the_cache_is_not_sent_to_other_visitors(
    port, proxy
):
    tally = travel(port, proxy, pairs(SOME, PRIMES, ASKERS))
    assert tally.findings == []
    assert tally.statuses["HIT"] > len(SOME)


def test_each_visitor_of_a_crowd_gets_their_own_response(port, proxy):
    tally = travel(port, proxy, crowds(["/several", "/port", "/public/varies", "/flask/one"], 1))
    assert tally.findings == []
    assert tally.statuses["HIT"] > tally.statuses["MISS"]


@pytest.mark.parametrize("path", [path for path in POLICIES if POLICIES[path] is not None])
def test_the_same_visitor_gets_a_hit(port, proxy, path):
    assert travel(port, proxy, [Journey(path, (ALLOWED, ALLOWED))]).statuses["HIT"] == 1


def test_a_response_with_a_wildcard_is_a_hit_for_every_origin(port, proxy):
    tally = travel(port, proxy, [Journey("/public", tuple(VISITORS))])
    assert tally.statuses == {"MISS": 1, "HIT": len(VISITORS) - 1}


@pytest.mark.parametrize("path", ["/forgets", "/sometimes"])
def test_an_app_that_forgets_vary_is_found(faulty, path):
    with caching(faulty) as connection:
        tally = travel(faulty, connection, pairs([path], PRIMES, ASKERS))
    assert tally.findings


def test_a_cache_that_ignores_vary_is_found(port):
    with caching(port, "proxy_ignore_headers Vary;") as connection:
        tally = travel(port, connection, pairs(["/several"], PRIMES, ASKERS))
    assert tally.findings


def test_a_cache_that_ignores_vary_is_right_with_the_origin_in_its_key(port):
    key = 'proxy_cache_key "$scheme$proxy_host$request_uri $http_origin";'
    with caching(port, f"proxy_ignore_headers Vary; {key}") as connection:
        tally = travel(port, connection, pairs(["/several"], PRIMES, ASKERS))
    assert tally.findings == []
    assert tally.statuses["HIT"] > 0
