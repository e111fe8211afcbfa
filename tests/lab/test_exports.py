"""Real web servers with exported policies answer as `CORSMiddleware` does."""

import pytest

from lab.exports.generator import generate
from lab.exports.judging import compare
from lab.exports.policies import POLICIES
from lab.exports.running import serving as serving_exports
from lab.exports.servers import APPLICATION, SERVERS, UPSTREAM, export_all
from lab.servers.running import serving
from wsgicors._exporting import SERVERS as WRITERS

REQUESTS = 1_000

REJECTED = {}
"""The policies that a server cannot apply, so that none is left out unseen."""


@pytest.fixture(scope="module")
def upstream():
    with serving(UPSTREAM, APPLICATION) as port:
        yield port


@pytest.fixture(scope="module", params=WRITERS)
def server(request):
    return request.param


@pytest.fixture(scope="module")
def exports(server):
    exports, rejected = export_all(server, POLICIES)
    assert rejected == REJECTED.get(server, [])
    return exports


@pytest.fixture(scope="module")
def connection(server, upstream, exports):
    with serving_exports(SERVERS[server], upstream, exports) as connection:
        yield connection


def test_a_server_answers_random_requests_as_wsgicors_does(server, exports, connection):
    policies = {name: POLICIES[name] for name in exports}
    asked = generate(policies, SERVERS[server].paths, 1, REQUESTS)
    tally = compare(connection, policies, asked)
    assert "\n".join(map(str, tally.differences[:5])) == ""
    assert tally.requests == REQUESTS
    assert tally.allowed > REQUESTS / 5
    assert tally.unreadable < REQUESTS / 10
