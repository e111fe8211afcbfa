"""A server refuses an odd request or passes it on, and the app decides as for a plain request."""

import pytest

from lab.servers.application import APPLICATION
from lab.servers.asking import TARGETS
from lab.servers.corpus import corpus
from lab.servers.judging import judge
from lab.servers.running import serving
from lab.servers.serve import SERVERS

SOME = [target for target in TARGETS if target.path in {"/one", "/echo", "/items/1"}]
"""Some of the targets; ``make servers`` takes all."""


@pytest.fixture(scope="module", params=SERVERS)
def server(request):
    return request.param


@pytest.fixture(scope="module")
def port(server):
    with serving(server, APPLICATION) as port:
        yield port


@pytest.mark.parametrize("target", SOME, ids=str)
def test_an_odd_request_gets_the_response_of_one_of_its_readings(port, target):
    outcomes = {case.name: judge(port, case) for case in corpus(target)}
    assert {name: each.faults for name, each in outcomes.items() if each.faults} == {}
    # The plain requests among them are served.
    assert outcomes["preflight: an allowed origin"].word == "204 allowed"
    assert outcomes["preflight: a refused origin"].word == "403"
    assert outcomes["HEAD"].word == outcomes["GET: an allowed origin"].word
    assert outcomes["GET: an allowed origin"].word.endswith("allowed")
    assert not outcomes["GET: a refused origin"].word.endswith("allowed")


def test_a_preflight_whose_path_is_left_undecoded_opens_no_other_endpoint(server, port):
    target = next(target for target in TARGETS if target.path == "/public/keys")
    word = {case.name: judge(port, case).word for case in corpus(target)}
    # With every server the request itself reaches /public/keys, which has no policy. Cheroot does
    # not decode the path of a preflight, and other paths below /public have a policy.
    assert word["GET: an encoded letter"] == "200"
    assert word["preflight: an encoded letter"] == "200"


def test_an_app_that_searches_the_header_for_an_origin_is_found():
    with serving("wsgiref", "lab.servers.faulty:application") as port:
        faults = {case.name: judge(port, case).faults for case in corpus(SOME[0])}
    assert not faults["GET: an allowed origin"]
    assert faults["GET: two origins in one line"]
    assert faults["GET: a slash after the origin"]
    assert faults["GET: NUL inside the value"]
