"""Which preflight belongs to which request, and which requests follow a redirect.

A file has no numbers for that: URL, method and time have to do.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from ..._core.headers import split_list
from ..._core.protocol import method_after_redirect
from ...testing.profiles import FIREFOX
from ...testing.responses import REDIRECT_STATUSES
from ...testing.urls import URL
from . import REQUESTED_HEADERS, Chain, Entry, Hop, Recording

GAP = 1.0
"""Seconds that may be between the end of an entry and the start of one that belongs to it."""

NEAREST = 32
"""How many requests are considered for a preflight: as many before it, and after it."""

SLACK = 0.05
"""Seconds by which times may be wrong, on a busy machine."""

FETCH_METADATA = ("sec-fetch-mode", "sec-fetch-dest")
"""Headers that stay the same if a request is redirected."""

STRIPPED = "authorization"
"""A header that browsers may leave out of a file, although it was sent."""


def chain(recording: Recording) -> list[Chain]:
    """Return the requests of pages, in the order of the file."""
    ordered = _in_order(recording.entries)
    requests = [one for one in ordered if one.requested_method is None]
    preflights = [one for one in ordered if one.requested_method is not None]
    paired = _pair(ordered, preflights, is_by_firefox=recording.profile == FIREFOX)
    used = {id(one) for one in paired.values()}
    chains = [Chain(tuple(Hop(one, paired.get(one)) for one in hops)) for hops in _join(requests)]
    chains += [Chain((Hop(one, one),)) for one in preflights if id(one) not in used]
    return sorted(chains, key=lambda chain: chain.index)


def _in_order(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Sort entries by their times, if all have one."""
    if any(one.started is None for one in entries):
        return entries
    return sorted(entries, key=lambda one: (one.started or 0, one.index))


def _pair(
    ordered: Sequence[Entry], preflights: Iterable[Entry], is_by_firefox: bool
) -> dict[Entry, Entry]:
    """Return the preflights by their requests.

    :param is_by_firefox: whether the times of requests leave out how long they wait for their
        preflights, so that they do not show when a request was over.
    """
    place_of = {one: place for place, one in enumerate(ordered)}
    places: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
    for one, place in place_of.items():
        if one.requested_method is None:
            places[one.address, one.method].append(place)
    candidates = [
        (rank, request, preflight)
        for preflight in preflights
        for place in _near(
            places[preflight.address, preflight.requested_method], place_of[preflight]
        )
        if (is_by_firefox or not _is_over(ordered[place], preflight))
        and (rank := _rank(request := ordered[place], preflight)) is not None
    ]
    paired: dict[Entry, Entry] = {}
    used: set[int] = set()
    for _, request, preflight in sorted(candidates, key=lambda candidate: candidate[0]):
        if request not in paired and id(preflight) not in used:
            paired[request] = preflight
            used.add(id(preflight))
    return paired


def _near(places: Sequence[int], place: int) -> Sequence[int]:
    """Return the places nearest to another one."""
    begin = bisect_left(places, place)
    return places[max(begin - NEAREST, 0) : begin + NEAREST]


def _rank(request: Entry, preflight: Entry) -> tuple[bool, float, int] | None:
    """Return how badly a preflight suits a request, for sorting; ``None`` if it cannot be its."""
    origins = {one.header("origin") for one in (request, preflight)} - {None, "null"}
    if len(origins) > 1 or _gap(request, preflight) > GAP:
        return None
    names = {name.lower() for name, _ in request.lines}
    asked = {name.lower() for name in split_list(preflight.header(REQUESTED_HEADERS) or "")}
    lacks = bool(names) and not names.issuperset(asked - {STRIPPED})
    distance = abs((request.started or 0) - (preflight.started or 0))
    return lacks, distance, abs(request.index - preflight.index)


def _is_over(request: Entry, preflight: Entry) -> bool:
    """Return whether a request was answered before a preflight began, which then is another's.

    A time of 0 does not say how long a request took.
    """
    if request.response is None or request.started is None or preflight.started is None:
        return False
    if not request.seconds:
        return False
    return request.started + request.seconds + SLACK < preflight.started


def _gap(one: Entry, other: Entry) -> float:
    """Return the seconds between two entries; 0 if they overlap, or a time is missing."""
    if one.started is None or other.started is None:
        return 0
    first, second = sorted(((one.started, one.seconds), (other.started, other.seconds)))
    return max(second[0] - first[0] - first[1], 0)


def _join(requests: Sequence[Entry]) -> list[list[Entry]]:
    """Join each request with those that follow its redirects."""
    places: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, one in enumerate(requests):
        places[one.address, one.method].append(place)
    next_of: dict[int, int] = {}
    claimed: set[int] = set()
    for place, one in enumerate(requests):
        target = _find_target(one)
        known = places[target] if target else []
        begin = bisect_left(known, place + 1)
        for later in known[begin : begin + NEAREST]:
            follows = _can_follow(one, requests[later])
            if follows and later not in claimed and _gap(one, requests[later]) <= GAP:
                next_of[place] = later
                claimed.add(later)
                break
    chains: list[list[Entry]] = []
    for place in range(len(requests)):
        if place not in claimed:
            hops = [place]
            while hops[-1] in next_of:
                hops.append(next_of[hops[-1]])
            chains.append([requests[hop] for hop in hops])
    return chains


def _can_follow(one: Entry, later: Entry) -> bool:
    """Return whether a request can be that of a redirect, so far as its purpose shows."""
    for name in FETCH_METADATA:
        values = {entry.header(name) for entry in (one, later)} - {None}
        if len(values) > 1:
            return False
    origins = {entry.header("origin") for entry in (one, later)} - {None, "null"}
    needs_origin = one.header("origin") is not None and later.response is not None
    is_for_cors = later.header("origin") is not None or not needs_origin
    return len(origins) <= 1 and is_for_cors and len({one.kind, later.kind} - {""}) <= 1


def _find_target(entry: Entry) -> tuple[str, str] | None:
    """Return the URL and the method with which a browser follows a redirect."""
    response = entry.response
    location = response.get("Location") if response else None
    if response is None or location is None or entry.error:
        return None
    if response.status not in REDIRECT_STATUSES:
        return None
    try:
        target = URL.parse(location, base=entry.url)
    except ValueError:
        return None
    return str(target), method_after_redirect(response.status, entry.method)
