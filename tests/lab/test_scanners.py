"""Scanners find nothing in our examples, and what they look for in careless code."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from lab.scanners.__main__ import findings, is_open_to_all, scan
from lab.scanners.targets import MISTAKES, SHOP, guarded
from tests.helpers import Response, environ

FOUND_BY = {
    "/reflects": {"reflect_origin", "fake_origin"},
    "/trusts-null": {"trust_null"},
    "/compares-the-beginning": {"prefix_match", "post-domain"},
    "/compares-the-end": {"suffix_match", "pre-domain"},
    "/compares-a-part": {"include_match"},
    "/escapes-no-dots": {"not_escape_dot"},
    "/stops-at-odd-characters": {"special_characters_bypass"},
    "/trusts-all-subdomains": {"trust_any_subdomain", "sub-domain"},
    "/trusts-a-playground": {"custom_third_parties"},
}
"""The names that the two scanners give to each mistake; corsair-scan knows four of them."""

OPEN_TO_ALL = {"/items", "/news", "/orders", "/greeting", "/report", "/ledger"}
"""The paths of the examples' views under ``Policy("*")``."""


@pytest.fixture(scope="module")
def scans() -> list[dict[str, Any]]:
    return scan()


def test_no_attempt_failed(scans: list[dict[str, Any]]) -> None:
    for one in scans:
        statuses = [attempt["status"] for attempt in one["attempts"]]
        assert statuses
        assert None not in statuses, one["url"]


@pytest.mark.parametrize("path", MISTAKES)
def test_a_mistake_is_found(scans: list[dict[str, Any]], path: str) -> None:
    found = [one for one in findings(scans, "careless") if one["url"] == SHOP + path]
    assert {one["found"] for one in found} >= FOUND_BY[path]


def test_the_scanners_find_nothing_in_the_worst_mistake_behind_a_policy(
    scans: list[dict[str, Any]],
) -> None:
    scanned = [one["scanner"] for one in scans if one["group"] == "guarded"]
    assert sorted(scanned) == ["CORScanner", "corsair-scan"]
    assert findings(scans, "guarded") == []
    response = Response(guarded, environ(path="/reflects", origin=SHOP))
    assert response["Access-Control-Allow-Origin"] == SHOP


def test_the_scanners_find_in_the_examples_only_views_that_are_open_to_all(
    scans: list[dict[str, Any]],
) -> None:
    found = findings(scans, "examples")
    assert [one for one in found if not is_open_to_all(one)] == []
    assert {urlsplit(one["url"]).path for one in found} == OPEN_TO_ALL
