"""Whose browser: the standard's own, or one with the departures that were seen in it."""

from collections.abc import Mapping
from dataclasses import dataclass

DEPARTURES: Mapping[str, str] = {
    "wildcard-covers-authorization": (
        "Access-Control-Allow-Headers: * covers Authorization where there are no credentials; "
        "among remembered preflights it does not (Chromium 156)"
    ),
    "client-hints-safelisted": (
        "the older client hints (DPR, Width, ECT and others) need no preflight where their value "
        "is well-formed; all but Save-Data are dropped by redirects away from the page's origin "
        "(Chromium 156)"
    ),
    "user-agent-dropped": "User-Agent set by script is dropped (Chromium 156)",
    "long-range-unsafe": (
        "a Range with a number of 2**63 - 1 or more is not safelisted (Chromium 156)"
    ),
    "redirect-userinfo-forbidden": (
        "to fetch(), a redirect with user and password is a network error even within one origin, "
        "and in every mode (Chromium 156)"
    ),
    "redirect-needs-location": (
        "a redirect status without a Location is an ordinary response also where the request asks "
        "for an error (Chromium 156)"
    ),
    "no-cors-redirect-hides-origin": (
        "in mode no-cors a redirect to another origin makes the Origin header null even where the "
        "page's own server redirects (Chromium 156)"
    ),
    "no-cors-credentials-decided-once": (
        "in mode no-cors whether cookies go along is decided at the first URL, and stays so over "
        "redirects (Chromium 156)"
    ),
    "negative-max-age-is-zero": (
        "a negative Access-Control-Max-Age keeps nothing, in place of the default 5 seconds "
        "(Chromium 156)"
    ),
    "upload-listener-needs-body": (
        "listening to an upload makes no preflight where there is no body to upload (Chromium 156)"
    ),
    "upload-listener-implies-nothing": (
        "a preflight made for an upload listener has to list the method like any other; in the "
        "standard an answer without Access-Control-Allow-Methods allows it (Chromium 156)"
    ),
    "one-preflight-remembered": (
        "of a URL, fragment included, only the last preflight is remembered, as a whole: a request "
        "that it does not cover forgets it, a network error does not; conditional requests always "
        "ask, and opaque origins, also after redirects, are not remembered (Chromium 156)"
    ),
}
"""Where a profile departs from the text of the standard, and the version that was seen to."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One browser's reading of the standard.

    :param departures: keys of :data:`DEPARTURES`.
    :param max_age_cap: seconds; the standard lets a browser keep a preflight no longer than this.
    """

    name: str
    departures: frozenset[str]
    max_age_cap: int

    def __contains__(self, departure: str) -> bool:
        return departure in self.departures


PROFILES = {
    "fetch": Profile("fetch", frozenset(), 86_400),
    "chromium": Profile("chromium", frozenset(DEPARTURES), 7_200),
}
"""Every profile, by name."""
