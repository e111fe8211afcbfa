"""Every way to be blocked is recognised, and the suggested change works."""

import json
from pathlib import Path

import pytest

from tests.browser.asking import explained, play, serving_hosts, site_of
from tests.browser.chromium import launched
from tests.browser.layer_ways import WAYS as LAYER_WAYS
from tests.browser.redirect_ways import WAYS as REDIRECT_WAYS
from tests.browser.ways import WAYS as OTHER_WAYS
from wsgicors.cli.explain import to_json

WAYS = [*OTHER_WAYS, *REDIRECT_WAYS, *LAYER_WAYS]

ROOT = Path(__file__).parents[2]


def test_there_are_as_many_ways_as_the_manual_says():
    manual = (ROOT / "docs" / "explain" / "tests.md").read_text("utf-8")
    assert "in more than a hundred ways" in manual
    assert len({way.id for way in WAYS}) > 100


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.id)
def test_the_step_is_named_and_the_suggested_change_allows_the_request(way, monkeypatch):
    monkeypatch.chdir(ROOT)
    explanation, _, _ = explained(site_of(0), way)
    assert (explanation.verdict, explanation.step) == ("blocked", way.step)
    assert explanation.steps[-1] == f"Blocked by the {way.step}."
    assert explanation.reason.endswith(".")
    change = explanation.change
    document = json.loads(json.dumps(to_json(explanation), default=repr))["change"]
    assert document["side"] in {"server", "page", "layer"}
    assert isinstance(document["settings"], dict)
    assert all(len(line) == 2 for line in document["headers"])
    assert way.says in change.sentence
    assert change.side == way.side
    if way.side == "layer":
        assert change.settings == {}
    if change.file:
        line = (ROOT / change.file).read_text("utf-8").splitlines()[change.line - 1]
        assert line.strip().startswith(("@", "def ", "app.add_url_rule", "made = Policy("))
    assert explained(site_of(0), way, change)[0].verdict == "allowed"


def test_chromium_blocks_and_allows_the_same_requests():
    asked = []
    with serving_hosts() as (apps, port), launched() as browser:
        for number, way in enumerate(WAYS):
            site = site_of(f"{number}-blocked", port)
            _, servers, request = explained(site, way)
            apps |= servers
            asked.append(request)
            site = site_of(f"{number}-changed", port)
            change = explained(site, way)[0].change
            _, servers, request = explained(site, way, change)
            apps |= servers
            asked.append(request)
        page = browser.new_page()
        page.goto(f"http://page.localhost:{port}/page")
        seen = play(page, asked)
    outcomes = {way.id: (seen[2 * n], seen[2 * n + 1]) for n, way in enumerate(WAYS)}
    assert outcomes == {way.id: ("rejected", "cors") for way in WAYS}
