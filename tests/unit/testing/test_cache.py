"""The preflight cache."""

import pytest

from tests.unit.testing.servers import API, OTHER
from tests.unit.testing.test_requests import request
from wsgicors.testing.cache import (
    LastPreflightCache,
    LiteralPreflightCache,
    PreflightCache,
    kept_seconds,
    make_cache,
)
from wsgicors.testing.profiles import PROFILES

FETCH = PROFILES["fetch"]
CHROMIUM = PROFILES["chromium"]
FIREFOX = PROFILES["firefox"]
WEBKIT = PROFILES["webkit"]
PAGE = object()


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cache(clock):
    return PreflightCache(clock)


def put(**options):
    return request(method="PUT", **options)


def test_an_empty_cache_allows_nothing(cache):
    assert not cache.allows_method(PAGE, put())
    assert not cache.allows_header(PAGE, put(), "x-a")


def test_the_cache_stores_what_the_server_lists_and_not_what_was_requested(cache):
    cache.store(PAGE, put(), ["DELETE", "PATCH"], ["X-A"], 5)
    assert not cache.allows_method(PAGE, put())
    assert cache.allows_method(PAGE, request(method="DELETE"))
    assert cache.allows_method(PAGE, request(method="PATCH"))


def test_methods_match_only_in_their_case(cache):
    cache.store(PAGE, put(), ["patch"], [], 5)
    assert cache.allows_method(PAGE, request(method="patch"))
    assert not cache.allows_method(PAGE, request(method="PATCH"))


def test_header_names_match_in_any_case(cache):
    cache.store(PAGE, put(), [], ["X-Custom"], 5)
    assert cache.allows_header(PAGE, put(), "x-custom")
    assert not cache.allows_header(PAGE, put(), "x-customs")


def test_a_method_is_not_a_header(cache):
    cache.store(PAGE, put(), ["PUT"], [], 5)
    assert not cache.allows_header(PAGE, put(), "put")
    cache.store(PAGE, put(url=f"{API}/b"), [], ["PUT"], 5)
    assert not cache.allows_method(PAGE, put(url=f"{API}/b"))


def test_a_wildcard_covers_every_method(cache):
    cache.store(PAGE, put(), ["*"], [], 5)
    assert cache.allows_method(PAGE, request(method="DELETE"))


def test_a_wildcard_covers_every_header_but_authorization(cache):
    cache.store(PAGE, put(), [], ["*"], 5)
    assert cache.allows_header(PAGE, put(), "x-a")
    assert not cache.allows_header(PAGE, put(), "authorization")


def test_authorization_is_covered_by_its_name(cache):
    cache.store(PAGE, put(), [], ["*", "Authorization"], 5)
    assert cache.allows_header(PAGE, put(), "authorization")


@pytest.mark.parametrize(
    ("partition", "other"),
    [
        pytest.param(object(), {}, id="partition"),
        pytest.param(PAGE, {"origin": OTHER}, id="origin"),
        pytest.param(PAGE, {"origin": "null"}, id="opaque-origin"),
        pytest.param(PAGE, {"url": f"{API}/other"}, id="path"),
        pytest.param(PAGE, {"url": f"{API}/?query"}, id="query"),
        pytest.param(PAGE, {"url": "http://api.example/"}, id="scheme"),
    ],
)
def test_an_entry_is_for_a_single_partition_origin_and_url(cache, partition, other):
    cache.store(PAGE, put(), ["PUT"], ["X-A"], 5)
    assert not cache.allows_method(partition, put(**other))
    assert not cache.allows_header(partition, put(**other), "x-a")
    cache.fail(partition, put(**other))
    assert cache.allows_method(PAGE, put())


def test_a_fragment_is_not_part_of_the_url(cache):
    cache.store(PAGE, put(url=f"{API}/a#b"), ["PUT"], [], 5)
    assert cache.allows_method(PAGE, put(url=f"{API}/a#c"))


@pytest.mark.parametrize(
    ("stored", "asked", "serves"),
    [
        pytest.param("omit", "omit", True, id="neither"),
        pytest.param("include", "include", True, id="both"),
        pytest.param("include", "omit", True, id="stored-with-credentials"),
        pytest.param("omit", "include", False, id="asked-with-credentials"),
        pytest.param("same-origin", "include", False, id="same-origin-is-without"),
    ],
)
def test_an_entry_with_credentials_covers_requests_without_but_not_the_reverse(
    cache, stored, asked, serves
):
    cache.store(PAGE, put(credentials=stored), ["PUT"], ["X-A"], 5)
    assert cache.allows_method(PAGE, put(credentials=asked)) is serves
    assert cache.allows_header(PAGE, put(credentials=asked), "x-a") is serves


@pytest.mark.parametrize(
    ("seconds", "remembered"),
    [pytest.param(4.9, True, id="before"), pytest.param(5, False, id="at"), pytest.param(6, False)],
)
def test_entries_expire(cache, clock, seconds, remembered):
    cache.store(PAGE, put(), ["PUT"], ["X-A"], 5)
    clock.now += seconds
    assert cache.allows_method(PAGE, put()) is remembered
    assert cache.allows_header(PAGE, put(), "x-a") is remembered


def test_a_max_age_of_zero_stores_nothing(cache):
    cache.store(PAGE, put(), ["PUT"], ["X-A"], 0)
    assert not cache.allows_method(PAGE, put())
    assert not cache.allows_header(PAGE, put(), "x-a")


def test_a_new_preflight_renews_only_the_entries_that_it_lists(cache, clock):
    cache.store(PAGE, put(), ["PUT", "DELETE"], ["X-A", "X-B"], 5)
    clock.now = 4
    cache.store(PAGE, put(), ["PUT"], ["x-a"], 5)
    clock.now = 6
    assert cache.allows_method(PAGE, put())
    assert cache.allows_header(PAGE, put(), "x-a")
    assert not cache.allows_method(PAGE, request(method="DELETE"))
    assert not cache.allows_header(PAGE, put(), "x-b")


def test_a_new_preflight_can_shorten_the_entries_that_it_lists(cache, clock):
    cache.store(PAGE, put(), ["PUT"], [], 600)
    cache.store(PAGE, put(), ["PUT"], [], 5)
    clock.now = 6
    assert not cache.allows_method(PAGE, put())


def test_a_preflight_without_credentials_renews_an_entry_of_credentials(cache, clock):
    cache.store(PAGE, put(credentials="include"), ["PUT"], [], 5)
    cache.store(PAGE, put(credentials="omit"), ["PUT"], [], 600)
    clock.now = 6
    assert cache.allows_method(PAGE, put(credentials="include"))


def test_a_preflight_with_credentials_adds_to_an_entry_without(cache):
    cache.store(PAGE, put(credentials="omit"), ["PUT"], [], 5)
    cache.store(PAGE, put(credentials="include"), ["PUT"], [], 5)
    assert cache.allows_method(PAGE, put(credentials="include"))


def test_a_network_error_drops_all_entries_of_a_url_with_any_credentials(cache):
    cache.store(PAGE, put(credentials="include"), ["PUT"], ["X-A"], 5)
    cache.store(PAGE, put(url=f"{API}/other"), ["PUT"], [], 5)
    cache.fail(PAGE, put(credentials="omit"))
    assert not cache.allows_method(PAGE, put())
    assert not cache.allows_header(PAGE, put(), "x-a")
    assert cache.allows_method(PAGE, put(url=f"{API}/other"))


@pytest.mark.parametrize(
    ("method", "upload", "unsafe", "covered"),
    [
        pytest.param("PUT", False, [], True, id="method"),
        pytest.param("PUT", False, ["x-a"], True, id="method-and-header"),
        pytest.param("DELETE", False, ["x-a"], False, id="other-method"),
        pytest.param("PUT", False, ["x-a", "x-b"], False, id="other-header"),
        pytest.param("GET", False, ["x-a"], True, id="safelisted-method"),
        pytest.param("GET", True, [], False, id="safelisted-method-of-a-forced-preflight"),
        pytest.param("PUT", True, [], True, id="known-method-of-a-forced-preflight"),
    ],
)
def test_a_request_is_covered_by_a_method_and_every_header(cache, method, upload, unsafe, covered):
    cache.store(PAGE, put(), ["PUT"], ["X-A"], 5)
    asked = request(method=method)
    asked.use_preflight = upload
    assert cache.covers(PAGE, asked, unsafe) is covered


def test_each_profile_has_its_own_kind_of_cache(clock):
    assert isinstance(make_cache(clock, FETCH), PreflightCache)
    assert isinstance(make_cache(clock, CHROMIUM), LastPreflightCache)
    assert isinstance(make_cache(clock, FIREFOX), LiteralPreflightCache)
    assert isinstance(make_cache(clock, WEBKIT), LastPreflightCache)


@pytest.fixture
def last(clock):
    return LastPreflightCache(clock)


@pytest.mark.parametrize(
    ("options", "unsafe", "covered"),
    [
        pytest.param({}, [], True, id="method"),
        pytest.param({"method": "DELETE"}, ["x-a"], True, id="other-listed-method"),
        pytest.param({"method": "POST"}, ["x-a"], True, id="safelisted-method"),
        pytest.param({"method": "PATCH"}, [], False, id="other-method"),
        pytest.param({}, ["x-a", "x-b"], False, id="other-header"),
        pytest.param({"credentials": "include"}, [], False, id="credentials"),
        pytest.param({"url": f"{API}/?x"}, [], False, id="query"),
        pytest.param({"url": f"{API}/#x"}, [], False, id="fragment"),
        pytest.param({"origin": OTHER}, [], False, id="origin"),
    ],
)
def test_the_last_preflight_covers_what_it_lists(last, options, unsafe, covered):
    last.store(PAGE, put(profile="chromium"), ["PUT", "DELETE"], ["X-A"], 5)
    asked = request(**{"method": "PUT", "profile": "chromium", **options})
    assert last.covers(PAGE, asked, unsafe) is covered


def test_the_last_preflight_replaces_the_one_before(last):
    last.store(PAGE, put(), ["PUT"], [], 5)
    last.store(PAGE, put(), ["DELETE"], [], 5)
    assert not last.covers(PAGE, put(), [])


def test_a_request_that_the_last_preflight_does_not_cover_drops_it(last):
    last.store(PAGE, put(), ["PUT"], [], 5)
    assert not last.covers(PAGE, put(), ["x-a"])
    assert not last.covers(PAGE, put(), [])


def test_the_last_preflight_expires(last, clock):
    last.store(PAGE, put(), ["PUT"], [], 5)
    clock.now = 4.9
    assert last.covers(PAGE, put(), [])
    clock.now = 5
    assert not last.covers(PAGE, put(), [])


def test_a_network_error_does_not_drop_the_last_preflight(last):
    last.store(PAGE, put(), ["PUT"], [], 5)
    last.fail(PAGE, put())
    assert last.covers(PAGE, put(), [])


@pytest.mark.parametrize(
    ("stored", "asked", "method", "unsafe", "covered"),
    [
        pytest.param("omit", "omit", "PUT", ["x-a"], True, id="without"),
        pytest.param("omit", "omit", "PUT", ["authorization"], False, id="never-authorization"),
        pytest.param("include", "include", "PUT", [], False, id="no-method-with"),
        pytest.param("include", "include", "GET", ["x-a"], False, id="no-header-with"),
        pytest.param("include", "omit", "GET", [], True, id="then-without"),
    ],
)
def test_wildcards_of_the_last_preflight_do_not_count_with_credentials(
    last, stored, asked, method, unsafe, covered
):
    last.store(PAGE, put(credentials=stored), ["*"], ["*"], 5)
    assert last.covers(PAGE, request(method=method, credentials=asked), unsafe) is covered


@pytest.mark.parametrize(
    ("profile", "covered"), [pytest.param("chromium", False), pytest.param("webkit", True)]
)
def test_in_webkit_a_wildcard_stored_with_credentials_counts_without(last, profile, covered):
    last.store(PAGE, put(credentials="include", profile=profile), ["*"], ["*"], 5)
    assert last.covers(PAGE, put(profile=profile), ["x-a"]) is covered
    assert not last.covers(PAGE, put(credentials="include", profile=profile), ["x-a"])


@pytest.mark.parametrize("tainted", [False, True])
def test_the_last_preflight_of_an_opaque_origin_is_not_stored(last, tainted):
    asked = put(origin=API if tainted else "null", profile="chromium")
    asked.is_tainted = tainted
    last.store(PAGE, asked, ["PUT"], [], 5)
    assert not last.covers(PAGE, asked, [])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param(None, 5, id="absent"),
        pytest.param("0", 0, id="zero"),
        pytest.param("600", 600, id="ten-minutes"),
        pytest.param("007", 7, id="leading-zeros"),
        pytest.param(f"{'0' * 30}9", 9, id="thirty-leading-zeros"),
        *[
            pytest.param(value, 5, id=f"unparsable-{value!r}")
            for value in (
                "",
                "abc",
                "1.5",
                "5 s",
                "5s",
                "+5",
                "0x10",
                "1, 2",
                "5, 5",
                "\xb2",
                "--5",
            )
        ],
        *[pytest.param(value, 5, id=f"negative-{value}") for value in ("-1", "-600")],
    ],
)
def test_the_standard_caches_a_preflight_for_max_age_or_five_seconds(value, seconds):
    assert kept_seconds(value, FETCH) == seconds


@pytest.mark.parametrize(
    ("profile", "cap"),
    [
        pytest.param(FETCH, 86_400, id="fetch"),
        pytest.param(CHROMIUM, 7_200, id="chromium"),
        pytest.param(FIREFOX, 86_400, id="firefox"),
        pytest.param(WEBKIT, 600, id="webkit"),
    ],
)
def test_each_profile_has_a_limit(profile, cap):
    assert kept_seconds(str(cap - 1), profile) == cap - 1
    assert kept_seconds(str(cap), profile) == cap
    assert kept_seconds(str(cap + 1), profile) == cap
    assert kept_seconds("9" * 5000, profile) == cap


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("-1", 0, id="negative"),
        pytest.param("-600", 0, id="more-negative"),
        pytest.param("-", 5, id="hyphen"),
        pytest.param("-x", 5, id="hyphen-and-letter"),
        pytest.param("-\xb2", 5, id="hyphen-and-superscript"),
        pytest.param("-1.5", 5, id="negative-fraction"),
        pytest.param("abc", 5, id="letters"),
        pytest.param(None, 5, id="absent"),
        pytest.param("60", 60, id="positive"),
    ],
)
@pytest.mark.parametrize("profile", [CHROMIUM, FIREFOX, WEBKIT], ids=lambda one: one.name)
def test_engines_cache_nothing_for_a_negative_max_age(value, seconds, profile):
    assert kept_seconds(value, profile) == seconds
