"""Every server refuses odd requests or hands them over; the app then decides as it always does."""

import pytest

from tests.servers.asking import TARGETS
from tests.servers.corpus import corpus
from tests.servers.judging import judge
from tests.servers.running import serving
from tests.servers.serve import SERVERS

APPLICATION = "tests.servers.application:application"

SOME = [target for target in TARGETS if target.path in {"/one", "/echo", "/items/1"}]
"""Targets for every day; ``make servers`` takes all."""


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    return request.param


@pytest.fixture(scope="module")
def port(server):
    with serving(server, APPLICATION) as port:
        yield port


@pytest.mark.parametrize("target", SOME, ids=str)
def test_an_odd_request_gets_what_one_of_its_readings_would_get(port, target):
    outcomes = {case.name: judge(port, case) for case in corpus(target)}
    assert {name: each.faults for name, each in outcomes.items() if each.faults} == {}
    # And the plain ones among them are served, not refused.
    assert outcomes["preflight: an admitted origin"].word == "204 admitted"
    assert outcomes["preflight: a stranger"].word == "403"
    assert outcomes["HEAD"].word == outcomes["GET: an admitted origin"].word
    assert outcomes["GET: an admitted origin"].word.endswith("admitted")
    assert not outcomes["GET: a stranger"].word.endswith("admitted")


def test_a_preflight_whose_path_is_left_undecoded_opens_no_other_endpoint(server, port):
    target = next(target for target in TARGETS if target.path == "/public/keys")
    word = {case.name: judge(port, case).word for case in corpus(target)}
    # The request itself reaches /public/keys, which has no policy, with every server. Cheroot hands
    # over the preflight's path as it came, and below /public that would have one.
    assert word["GET: an encoded letter"] == "200"
    assert word["preflight: an encoded letter"] == "200"


def test_an_app_that_looks_for_an_origin_in_the_header_is_found_out():
    with serving("wsgiref", "tests.servers.faulty:application") as port:
        faults = {case.name: judge(port, case).faults for case in corpus(SOME[0])}
    assert not faults["GET: an admitted origin"]
    assert faults["GET: two origins in one line"]
    assert faults["GET: a slash after the origin"]
    assert faults["GET: NUL inside the value"]
