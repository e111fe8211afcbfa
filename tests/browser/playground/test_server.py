"""The servers of the playground, and the source that they write."""

import re
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from examples.demo.playground.source import source
from examples.demo.playground.targets import Targets
from examples.demo.serve import Origins
from tests.browser.playground.driving import wait_until_done
from tests.helpers import Response, environ
from wsgicors import Policy


def test_the_playground_redirects_to_its_usual_host(chromium: Browser, origins: Origins) -> None:
    with closing(chromium.new_page()) as page:
        page.goto(f"{origins.page.replace('localhost', '127.0.0.1')}/playground/#scenario=redirect")
        wait_until_done(page)
        assert page.url == f"{origins.page}/playground/#scenario=redirect"


@pytest.mark.parametrize("of", ["page", "play"])
def test_only_the_playground_may_contain_the_frames(page: Page, origins: Origins, of: str) -> None:
    response = page.request.get(f"{getattr(origins, of)}/playground/ask.html")
    assert response.headers["content-security-policy"] == f"frame-ancestors {origins.page}"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"request": {"page": "https://elsewhere.example"}}, 400, id="origin"),
        pytest.param({"path": "/wire"}, 400, id="path"),
        pytest.param({"policy": []}, 400, id="no-policy"),
        pytest.param({"request": {"port": 1}}, 400, id="no-request"),
        pytest.param({"request": {"headers": [["X-A"]]}}, 400, id="half-a-header"),
        pytest.param({"request": {"headers": None}}, 400, id="no-headers"),
        pytest.param({"texts": {"method": 1}}, 400, id="text"),
        pytest.param({"path": "/" * 70_000}, 413, id="size"),
    ],
)
def test_only_requests_that_the_form_offers_are_accepted(
    page: Page, origins: Origins, change: dict[str, Any], status: int
) -> None:
    usual = {"page": "null", "method": "GET", "headers": [], "credentials": "omit"}
    usual |= {"mode": "cors", "redirect": "follow"}
    form: dict[str, Any] = {"path": "/items/", "policy": {"allow_origins": "*"}, "profile": "fetch"}
    form |= {"request": usual, "texts": {}}
    changed = form | change
    changed["request"] = usual | change.get("request", {})
    address = f"{origins.page}/playground/runs"
    assert page.request.post(address, data=form).status == 200
    assert page.request.post(address, data=changed).status == status


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("runs", "expected a form of at most 64 KiB; use shorter values"),
        ("texts", "expected at most 20,000 characters; copy one request"),
    ],
)
def test_an_answer_to_what_is_too_long_names_the_limit(
    page: Page, origins: Origins, path: str, problem: str
) -> None:
    answer = page.request.post(f"{origins.page}/playground/{path}", data={"text": "a" * 70_000})
    assert answer.json() == {"problem": problem}


def test_the_oldest_target_is_dropped_for_a_new_one() -> None:
    targets = Targets("http://localhost:8000", keep=2)
    paths = [targets.add(Policy("*")) for _ in range(3)]
    statuses = [Response(targets, environ(path=f"{path}/items/")).status for path in paths]
    assert statuses == ["404 NOT FOUND", "200 OK", "200 OK"]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"allow_origins": "*"}, id="everybody"),
        pytest.param({"allow_origins": ["https://a.example"], "allow_methods": "*"}, id="methods"),
        pytest.param({"allow_origins": "*", "allow_methods": ["GET"]}, id="some methods"),
        pytest.param({"allow_origins": "*", "allow_headers": ()}, id="no headers"),
        pytest.param({"allow_origins": ["null"], "accept_risks": ["opaque-origin"]}, id="risks"),
        pytest.param(
            {
                "allow_origins": [f"https://number-{number}.example" for number in range(9)],
                "expose_headers": ["ETag", "X-Total-Count"],
                "allow_credentials": True,
                "max_age": 0,
            },
            id="long",
        ),
    ],
)
def test_the_source_creates_the_same_policy(settings: dict[str, Any]) -> None:
    policy = Policy(**settings)
    text = source(policy)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(text, namespace)
    assert namespace["policy"] == policy
    assert re.findall(r"^    (\w+)=", text, re.MULTILINE) == list(settings)
    assert max(map(len, text.splitlines())) <= 88

    answer = namespace["app"].test_client().put("/items/", headers={"Origin": "https://a.example"})
    assert answer.json == {"items": ["tea", "bread"]}
