"""HAR files that browsers have written prove of each request what they can, and nothing else."""

import io
import json
import re

import pytest

from tests.browser.recorded.recording import RECORDERS, record
from tests.browser.recorded.scenarios import SCENARIOS
from wsgicors.explaining.recorded.judging import Judge
from wsgicors.explaining.recorded.reading import read_har

KINDS = [
    ("chromium", "sanitized"),
    ("chromium", "with sensitive data"),
    ("firefox", "all"),
    ("playwright", "all"),
]
"""What writes files, and the kinds of its files."""

LOADED = {
    "/": "navigation",
    "/frame": "navigation",
    "/style.css": "no-cors",
    "/image.png": "no-cors",
    "/image.png?crossorigin": "",
    "/script.js": "no-cors",
    "/module.js": "",
    "/favicon.ico": "no-cors",
}
"""What the page loads, and why CORS has no part in it. A browser may have the icon already."""


@pytest.fixture(scope="module")
def recorded():
    return {name: record(name) for name in RECORDERS}


@pytest.fixture(scope="module", params=KINDS, ids=map(", ".join, KINDS))
def written(request, recorded):
    name, kind = request.param
    return name, recorded[name], recorded[name].files[kind]


@pytest.fixture(scope="module")
def judged(written):
    return [*Judge().judge_all(read_har(io.BytesIO(written[2])))]


def of_scenario(judged, number):
    """Return what was found of the requests of a scenario: a list for each time it was made."""
    return [one for one in judged if f"?scenario={number}&" in one.chain.hops[0].entry.text]


def test_the_files_are_those_of_the_programs(written):
    name, _, content = written
    log = json.loads(content)["log"]
    creators = {"chromium": "WebInspector", "firefox": "Firefox", "playwright": "Playwright"}
    assert log["creator"]["name"] == creators[name]
    engine = "firefox" if name == "firefox" else "chromium"
    assert read_har(io.BytesIO(content)).profile == engine


@pytest.mark.parametrize(
    "number", range(len(SCENARIOS)), ids=[scenario.name for scenario in SCENARIOS]
)
def test_the_verdict_is_what_the_file_can_prove(written, judged, number):
    name, recorded, _ = written
    scenario = SCENARIOS[number]
    found = of_scenario(judged, number)
    assert len(found) == scenario.times
    expected = scenario.by_engine.get(name, scenario.verdict)
    if name == "playwright" and expected == "blocked":
        expected = "unknown"  # its files have no response that the page did not get
    for one in found:
        row = one.summarise(show_secrets=False)
        assert ("aside" if row.aside else row.verdict) == expected, row
        assert (row.method, row.origin) == (scenario.method, recorded.page)
        assert "s3cret" not in row.url


def test_no_verdict_contradicts_the_browser(written, judged):
    _, recorded, _ = written
    for number, passed in enumerate(recorded.passed):
        for one in of_scenario(judged, number):
            contradicting = {"blocked", "failed"} if passed else {"allowed"}
            assert one.aside or one.verdict not in contradicting, SCENARIOS[number]


def test_the_browsers_did_as_the_scenarios_expect(written):
    _, recorded, _ = written
    passed = [scenario.verdict in ("allowed", "aside") for scenario in SCENARIOS]
    assert recorded.passed == passed


def test_each_entry_belongs_to_one_request(written, judged):
    entries = json.loads(written[2])["log"]["entries"]
    indexes = [index for one in judged for index in one.chain.indexes]
    assert sorted(indexes) == [*range(len(entries))]
    for one in judged:
        numbers = [
            re.findall(r"scenario=(\d+)", entries[i]["request"]["url"]) for i in one.chain.indexes
        ]
        assert len({*map(tuple, numbers)}) == 1


def test_preflights_belong_to_their_requests(written, judged):
    name, *_ = written
    alone = [one for one in judged if one.chain.hops[0].request is None]
    assert alone == []
    preflights = [hop.preflight for one in judged for hop in one.chain.hops if hop.preflight]
    assert bool(preflights) == (name != "playwright")


def test_what_the_page_loads_without_cors_is_left_out(judged):
    loaded = {}
    for one in judged:
        url = one.chain.hops[0].entry.url
        if url.is_http and "scenario=" not in url.target:
            loaded[url.target] = one.aside
    assert loaded.items() <= LOADED.items()
    assert loaded.keys() >= LOADED.keys() - {"/favicon.ico"}


def test_a_request_that_a_cached_preflight_allows_says_so(written, judged):
    name, *_ = written
    number = next(n for n, one in enumerate(SCENARIOS) if one.name == "a cached preflight")
    first, second = (
        " ".join(one.explained.explanations.popitem()[1].notes)
        for one in of_scenario(judged, number)
    )
    assert "It counts as granted" in second
    assert ("It counts as granted" in first) == (name == "playwright")


def test_a_file_with_cookies_proves_credentials(request, written, judged):
    kind = request.node.callspec.params["written"]
    number = next(n for n, one in enumerate(SCENARIOS) if one.name == "with cookies")
    (one,) = of_scenario(judged, number)
    has_cookies = b"s3cret-value" in written[2]
    assert (one.request.credentials == "include") == has_cookies
    assert has_cookies == (kind != ("chromium", "sanitized"))
