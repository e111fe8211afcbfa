"""Preflights belong to requests, and requests to redirects, by URL, method and time."""

import pytest

from tests.unit.explaining.recorded.archives import (
    ALLOWING,
    API,
    ITEMS,
    PAGE,
    archive,
    empty,
    entry,
    load,
    preflight,
)
from wsgicors.explaining.recorded.pairing import chain


def pair(*entries, **log):
    """Return the indexes of each chain: of each hop the entry, and its preflight."""
    return [
        [(hop.entry.index, hop.preflight and hop.preflight.index) for hop in one.hops]
        for one in chain(load(archive(*entries, **log)))
    ]


def test_a_preflight_belongs_to_the_request_for_which_it_asks():
    assert pair(empty(), preflight()) == [[(0, 1)]]
    assert pair(preflight(), empty()) == [[(1, 0)]]
    put = entry(method="PUT", sent={"X-A": "1"})
    assert pair(put, entry(), preflight(), entry(method="POST")) == [
        [(0, 2)],
        [(1, None)],
        [(3, None)],
    ]


def test_only_a_preflight_for_this_url_and_method_belongs_to_a_request():
    assert pair(empty(), preflight(f"{ITEMS}/1")) == [[(0, None)], [(1, 1)]]
    assert pair(empty(), preflight(method="PATCH")) == [[(0, None)], [(1, 1)]]
    assert pair(empty(url=f"{ITEMS}#a"), preflight(f"{ITEMS}#b")) == [[(0, 1)]]


def test_an_options_request_that_asks_for_nothing_is_not_a_preflight():
    assert pair(entry(method="OPTIONS"), entry(method="PUT")) == [[(0, None)], [(1, None)]]


def test_each_request_gets_the_preflight_that_is_nearest_in_time():
    entries = [empty(start=0), empty(start=60), preflight(start=60.01), preflight(start=0.01)]
    assert pair(*entries) == [[(0, 3)], [(1, 2)]]
    assert pair(*reversed(entries)) == [[(2, 1)], [(3, 0)]]


def test_a_request_that_a_cached_preflight_allows_has_none():
    later = entry(method="PUT", sent={"X-A": "1"}, start=3)
    assert pair(empty(start=0), preflight(start=0.01), later) == [[(0, 1)], [(2, None)]]
    assert pair(preflight(start=0), later) == [[(0, 0)], [(1, None)]]


def test_a_preflight_takes_time_before_its_request_begins():
    assert pair(preflight(start=0, time=9_000), empty(start=9.2)) == [[(1, 0)]]


def test_a_request_that_was_over_before_a_preflight_began_does_not_get_it():
    entries = [entry(method="PUT", sent={"X-A": "1"}, start=0, time=30), preflight(start=0.1)]
    assert pair(*entries) == [[(0, None)], [(1, 1)]]


def test_the_time_of_a_request_in_firefox_leaves_out_how_long_it_waits_for_its_preflight():
    first, second = (
        [
            entry(method="PUT", sent={"X-A": "1"}, start=start, time=30),
            preflight(start=start + 0.1, time=40),
        ]
        for start in (0, 0.3)
    )
    by_firefox = {"creator": {"name": "Firefox"}}
    assert pair(*first, **by_firefox) == [[(0, 1)]]
    assert pair(*first, *second, **by_firefox) == [[(0, 1)], [(2, 3)]]


def test_a_request_with_the_headers_that_are_asked_for_comes_first():
    plain = entry(method="PUT", start=0.001)
    with_header = entry(method="PUT", sent={"X-A": "1"}, start=0.2)
    assert pair(plain, with_header, preflight(start=0)) == [[(0, None)], [(1, 2)]]


def test_a_file_may_lack_a_token_for_which_a_preflight_asks():
    put = entry(method="PUT", start=0.2)
    assert pair(preflight(names="authorization", start=0), put) == [[(1, 0)]]


def test_pages_of_two_origins_have_preflights_of_their_own():
    other = entry(method="PUT", sent={"X-A": "1"}, origin="https://other.example", start=0)
    assert pair(preflight(start=0), other, empty(start=0.1)) == [[(1, None)], [(2, 0)]]
    assert pair(preflight(origin="null"), entry(method="PUT", origin=PAGE)) == [[(1, 0)]]


def test_without_times_the_order_of_the_file_counts():
    entries = [empty(start=None), preflight(start=None), empty(start=1), preflight(start=1.5)]
    assert pair(*entries) == [[(0, 1)], [(2, 3)]]


def test_many_requests_of_one_url_are_paired():
    entries = [
        one for number in range(40) for one in (empty(start=number), preflight(start=number + 0.01))
    ]
    assert pair(*entries) == [[(number, number + 1)] for number in range(0, 80, 2)]


def redirect(to, status=302, **more):
    return entry(status=status, received={**ALLOWING, "Location": to}, **more)


def test_redirects_are_followed():
    entries = [redirect("/b"), redirect(f"{API}/c", url=f"{API}/b"), entry(f"{API}/c")]
    assert pair(*entries) == [[(0, None), (1, None), (2, None)]]
    assert pair(entry(), *entries) == [[(0, None)], [(1, None), (2, None), (3, None)]]


def test_a_redirect_may_change_the_method():
    posted = redirect("/b", status=303, method="POST")
    assert pair(posted, entry(f"{API}/b")) == [[(0, None), (1, None)]]
    put = redirect("/b", status=307, method="PUT")
    assert pair(put, entry(f"{API}/b")) == [[(0, None)], [(1, None)]]


def test_each_hop_has_its_own_preflight():
    url = f"{API}/b"
    entries = [
        redirect("/b", status=307, method="PUT", start=0),
        preflight(start=0.01),
        empty(url=url, start=0.02),
        preflight(url, start=0.03),
    ]
    assert pair(*entries) == [[(0, 1), (2, 3)]]


@pytest.mark.parametrize(
    "first",
    [
        redirect("/b", error="net::ERR_FAILED"),
        redirect("https://[", start=0),
        entry(status=302),
        entry(status=0),
        entry(received={"Location": "/b"}),
        redirect("/other"),
    ],
)
def test_what_no_browser_follows_leads_nowhere(first):
    assert pair(first, entry(f"{API}/b")) == [[(0, None)], [(1, None)]]


def test_a_later_request_to_the_target_is_not_part_of_a_redirect():
    target = f"{API}/b"
    assert pair(redirect("/b"), entry(target, start=5)) == [[(0, None)], [(1, None)]]
    assert pair(entry(target, start=0), redirect("/b", start=0.1)) == [[(0, None)], [(1, None)]]
    twice = [redirect("/b"), entry(target, start=0.1), entry(target, start=0.2)]
    assert pair(*twice) == [[(0, None), (1, None)], [(2, None)]]


def test_a_loop_ends_where_the_file_does():
    loop = [redirect("/items", start=number / 100) for number in range(5)]
    assert pair(*loop) == [[(number, None) for number in range(5)]]


def test_a_preflight_that_begins_after_an_answer_belongs_to_another_request():
    put = entry(method="PUT", sent={"X-A": "1"}, received=ALLOWING, start=0, time=20)
    assert pair(put, preflight(status=403, start=0.5)) == [[(0, None)], [(1, 1)]]
    assert pair(put, preflight(start=0.025)) == [[(0, 1)]]


def test_a_request_whose_time_is_not_known_may_be_answered_after_a_preflight():
    put = entry(method="PUT", sent={"X-A": "1"}, received=ALLOWING, start=0, time=0)
    assert pair(put, preflight(start=0.025)) == [[(0, 1)]]


def test_many_requests_at_once_get_a_preflight_each():
    requests = [empty(start=number / 1000) for number in range(12)]
    preflights = [preflight(status=403, start=0.05 + number / 1000) for number in range(12)]
    paired = pair(*requests, *preflights)
    assert [[index for index, _ in one] for one in paired] == [[number] for number in range(12)]
    assert sorted(found for ((_, found),) in paired) == [*range(12, 24)]


MOVED = f"{API}/moved"


@pytest.mark.parametrize(
    "other",
    [
        entry(MOVED, origin=None, start=0.1),
        entry(MOVED, sent={"Sec-Fetch-Mode": "navigate"}, start=0.1),
        entry(MOVED, origin="https://other.example", start=0.1),
        entry(MOVED, start=0.1, _resourceType="image"),
    ],
)
def test_a_request_for_something_else_does_not_follow_a_redirect(other):
    first = entry(status=302, received={**ALLOWING, "Location": MOVED}, _resourceType="fetch")
    last = entry(MOVED, origin="null", start=0.2, _resourceType="fetch")
    assert pair(first, other, last) == [[(0, None), (2, None)], [(1, None)]]
    assert pair(first, other) == [[(0, None)], [(1, None)]]
