"""Profiles: the Fetch standard, and browsers with their known departures from it."""

from collections.abc import Mapping
from dataclasses import dataclass

DEPARTURES: Mapping[str, str] = {
    "wildcard-covers-authorization": (
        "Access-Control-Allow-Headers: * covers Authorization in requests without credentials, "
        "but not once the preflight is cached (Chromium 156)"
    ),
    "client-hints-safelisted": (
        "the older client hints (DPR, Width, ECT and others) need no preflight if their value is "
        "well-formed; redirects away from the page's origin drop all of them but Save-Data "
        "(Chromium 156)"
    ),
    "user-agent-dropped": "a User-Agent set by JavaScript is dropped (Chromium 156)",
    "long-range-unsafe": (
        "a Range with a number of 2**63 - 1 or more is not safelisted (Chromium 156)"
    ),
    "redirect-userinfo-forbidden": (
        "for fetch(), a redirect to a URL with a user name or password is a network error in every "
        "mode, even within one origin (Chromium 156)"
    ),
    "redirect-needs-location": (
        "a redirect status without a Location is an ordinary response even with redirect: 'error' "
        "(Chromium 156)"
    ),
    "no-cors-redirect-hides-origin": (
        "in mode no-cors a redirect to another origin makes the Origin header null even if the "
        "page's own server redirects (Chromium 156)"
    ),
    "no-cors-credentials-decided-once": (
        "in mode no-cors the first URL decides whether cookies are sent, also after redirects "
        "(Chromium 156)"
    ),
    "redirects-stay-same-site": (
        "only the last URL decides whether a redirected request is of the page's site; in the "
        "standard, one URL of another site on the way withholds cookies with SameSite=Lax or "
        "Strict, and stores none (Chromium 156)"
    ),
    "negative-max-age-is-zero": (
        "with a negative Access-Control-Max-Age a preflight response is not cached; in the "
        "standard it is cached for the default 5 seconds (Chromium 156)"
    ),
    "upload-listener-needs-body": (
        "an upload listener needs no preflight if the request has no body (Chromium 156)"
    ),
    "upload-listener-implies-nothing": (
        "the response to an upload listener's preflight has to list the method like any other; in "
        "the standard, without Access-Control-Allow-Methods the method is allowed (Chromium 156)"
    ),
    "one-preflight-remembered": (
        "only the last preflight of a URL, fragment included, is cached, as a whole; a request "
        "that it does not cover drops it, a network error does not; conditional requests always "
        "need a preflight; preflights of opaque origins, also after redirects, are not cached "
        "(Chromium 156)"
    ),
}
"""Where a browser departs from the text of the standard, with the version that was tested."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The standard as one browser implements it.

    :param departures: keys of :data:`DEPARTURES`.
    :param max_age_cap: how long a preflight response is cached at most, in seconds.
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
