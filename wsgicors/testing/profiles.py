"""Profiles: the Fetch standard, and browser engines with their departures from it."""

from dataclasses import dataclass

CHROMIUM, FIREFOX, WEBKIT = "chromium", "firefox", "webkit"

ENGINES = {
    CHROMIUM: "Chromium 156",
    FIREFOX: "Firefox 153",
    WEBKIT: "WebKitGTK 2.50",
}
"""The engines, with the versions that were tested."""


@dataclass(frozen=True, slots=True)
class Departure:
    """Where engines differ from the standard."""

    name: str
    does: str
    """What the engines do."""
    section: str
    """The section of the standard that says otherwise."""
    example: str
    engines: tuple[str, ...]


DEPARTURES = (
    # Request headers, and which of them need a preflight
    Departure(
        "client-hints-safelisted",
        "the older client hints (DPR, Width, ECT and others) need no preflight if their value is "
        "well-formed; redirects away from the page's origin drop all of them but Save-Data",
        'Fetch, "CORS-safelisted request-header"',
        "`headers: {DPR: '2'}` alone makes no preflight",
        (CHROMIUM,),
    ),
    Departure(
        "user-agent-dropped",
        "a User-Agent set by JavaScript is dropped",
        'Fetch, "forbidden request-header"',
        "`headers: {'User-Agent': 'Mine/1'}` alone makes no preflight",
        (CHROMIUM,),
    ),
    Departure(
        "long-range-unsafe",
        "a Range with a number of `2**63 - 1` or more is not safelisted",
        'Fetch, "CORS-safelisted request-header"',
        "`headers: {Range: 'bytes=0-9223372036854775807'}` makes a preflight",
        (CHROMIUM,),
    ),
    Departure(
        "upload-listener-needs-body",
        "an upload listener needs no preflight if the request has no body",
        'XMLHttpRequest, "send()"',
        "`xhr.upload.onprogress = show; xhr.open('POST', url); xhr.send()` makes no preflight",
        (CHROMIUM,),
    ),
    # Checks of responses
    Departure(
        "wildcard-covers-authorization",
        "`Access-Control-Allow-Headers: *` covers Authorization in requests without credentials, "
        "but not once the preflight is cached",
        'Fetch, "CORS-preflight fetch"',
        "`headers: {Authorization: 'Bearer 1'}` passes such a preflight",
        (CHROMIUM, FIREFOX, WEBKIT),
    ),
    Departure(
        "upload-listener-implies-nothing",
        "the response to an upload listener's preflight has to list the method like any other; in "
        "the standard, without Access-Control-Allow-Methods the method is allowed",
        'Fetch, "CORS-preflight fetch"',
        "`xhr.upload.onprogress = show; xhr.open('PUT', url); xhr.send(file)`",
        (CHROMIUM, FIREFOX, WEBKIT),
    ),
    # Redirects
    Departure(
        "redirect-userinfo-forbidden",
        "for fetch(), a redirect to a URL with a user name or password is a network error in every "
        "mode, even within one origin",
        'Fetch, "HTTP-redirect fetch"',
        "`Location: https://user:password@app.example/`",
        (CHROMIUM,),
    ),
    Departure(
        "redirect-needs-location",
        "a redirect status without a Location is an ordinary response, even with "
        "`redirect: 'error'`",
        'Fetch, "HTTP fetch"',
        "`fetch(url, {redirect: 'error'})` reads a 301 without a Location",
        (CHROMIUM, WEBKIT),
    ),
    Departure(
        "redirects-checked-with-first-credentials",
        "with `credentials: 'same-origin'`, if the page's own server redirects to another origin "
        "and that one redirects again, its redirect has to allow credentials",
        'Fetch, "CORS check"',
        "/download redirects to api.example, which redirects to files.example with "
        "`Access-Control-Allow-Origin: *`",
        (WEBKIT,),
    ),
    Departure(
        "preflighted-once-always",
        "once a URL needed a preflight, every URL that redirects lead to needs one",
        'Fetch, "main fetch"',
        "a PUT that a 303 turns into a GET of another origin makes a preflight for that GET",
        (FIREFOX, WEBKIT),
    ),
    Departure(
        "preflight-names-decided-once",
        "preflights after redirects ask for the headers of the first request, also for those that "
        "redirects drop",
        'Fetch, "HTTP-redirect fetch"',
        "a request with Authorization that is redirected to another origin: the preflight asks for "
        "authorization there, too",
        (FIREFOX, WEBKIT),
    ),
    Departure(
        "headers-dropped-once",
        "a header that a redirect drops comes back with the next redirect: only the preflight "
        "after the redirect itself leaves it out, and Authorization is sent again",
        'Fetch, "HTTP-redirect fetch"',
        "api.example redirects to files.example, which redirects within itself: the second URL of "
        "files.example gets the Authorization header",
        (FIREFOX,),
    ),
    Departure(
        "preflight-keeps-origin",
        "preflights after redirects name the page's origin where the request itself sends null; "
        "those to the page's own origin need no CORS headers of their own",
        'Fetch, "serializing a request origin"',
        "a PUT that api.example redirects to files.example: its preflight has the page's Origin",
        (FIREFOX,),
    ),
    Departure(
        "no-cors-redirect-hides-origin",
        "in mode no-cors a redirect to another origin makes the Origin header null even if the "
        "page's own server redirects",
        'Fetch, "serializing a request origin"',
        "`fetch('/to-the-api', {mode: 'no-cors', method: 'POST'})`",
        (CHROMIUM,),
    ),
    # Cookies
    Departure(
        "no-cors-credentials-decided-once",
        "in mode no-cors the first URL decides whether cookies are sent, also after redirects",
        'Fetch, "HTTP-network-or-cache fetch"',
        "`fetch('/to-the-api', {mode: 'no-cors'})` sends the API's cookies",
        (CHROMIUM, WEBKIT),
    ),
    Departure(
        "redirects-send-same-site",
        "only the last URL decides whether a redirected request is of the page's site, and sends "
        "cookies with SameSite=Lax or Strict; in the standard, one URL of another site on the way "
        "withholds them",
        "RFC 6265bis, section 5.2",
        "a request that another site redirects back to the page's site sends its Lax cookies",
        (CHROMIUM,),
    ),
    Departure(
        "redirects-store-same-site",
        "only the last URL decides whether cookies with SameSite=Lax or Strict are stored",
        "RFC 6265bis, section 5.2",
        "a response of the page's site sets a Lax cookie, after a redirect by another site",
        (CHROMIUM, FIREFOX),
    ),
    Departure(
        "no-lax-by-default",
        "a cookie without SameSite counts as None, and needs no Secure",
        'RFC 6265bis, "storage model"',
        "`Set-Cookie: session=1` in a response of another site is stored, and sent from there on",
        (FIREFOX,),
    ),
    Departure(
        "same-site-none-needs-no-secure",
        "a cookie with SameSite=None is stored without Secure, too",
        'RFC 6265bis, "storage model"',
        "`Set-Cookie: session=1; SameSite=None` in a response of the page's own site is stored",
        (WEBKIT,),
    ),
    Departure(
        "secure-needs-https",
        "a cookie with Secure is neither stored nor sent over http, not even on localhost",
        'RFC 6265bis, "storage model"',
        "http://localhost:8000 sets a cookie with Secure, and never gets it",
        (WEBKIT,),
    ),
    Departure(
        "cookie-prefixes-ignored",
        "a name that begins with `__Host-` or `__Secure-` demands nothing",
        'RFC 6265bis, "cookie name prefixes"',
        "`Set-Cookie: __Secure-session=1` is stored without Secure",
        (WEBKIT,),
    ),
    Departure(
        "cookie-contents-unchecked",
        "a cookie may contain control characters, and its name, value and attributes may have any "
        "length",
        'RFC 6265bis, "storage model"',
        "a `Set-Cookie` with a value of 5,000 bytes is stored",
        (WEBKIT,),
    ),
    Departure(
        "third-party-cookies-partitioned",
        "other sites than that of the top-level page have cookies of their own on each top-level "
        "site; so has a frame of another site, even for requests to the top-level site",
        'RFC 6265bis, "third-party cookies"',
        "a page of app.example does not send the cookies that api.other.example set as a "
        "top-level page, but those that it set on pages of app.example",
        (FIREFOX,),
    ),
    Departure(
        "third-party-cookies-blocked",
        "only the site of the top-level page has cookies, in all of its frames, and not after a "
        "redirect by another site",
        'RFC 6265bis, "third-party cookies"',
        "a page of app.example neither gets nor sends cookies of api.other.example",
        (WEBKIT,),
    ),
    # The preflight cache
    Departure(
        "negative-max-age-is-zero",
        "with a negative Access-Control-Max-Age a preflight response is not cached; in the "
        "standard it is cached for the default 5 seconds",
        'Fetch, "CORS-preflight fetch"',
        "`Access-Control-Max-Age: -1`",
        (CHROMIUM, FIREFOX, WEBKIT),
    ),
    Departure(
        "one-preflight-remembered",
        "only the last preflight of a URL is cached, as a whole; a request that it does not cover "
        "drops it, a network error does not",
        'Fetch, "CORS-preflight cache"',
        "a PUT, a DELETE and a PUT of one URL make three preflights if each lists one method",
        (CHROMIUM, WEBKIT),
    ),
    Departure(
        "literal-preflight-cache",
        "a cached `*` covers nothing, HEAD has to be listed, requests with and without credentials "
        "have preflights of their own, and every failure drops the preflights of its URL",
        'Fetch, "CORS-preflight cache"',
        "under `Access-Control-Allow-Methods: *` every PUT makes a preflight",
        (FIREFOX,),
    ),
    Departure(
        "refused-preflights-cached",
        "a preflight response that does not allow the method or a header is cached, too, for later "
        "requests that it does allow",
        'Fetch, "CORS-preflight fetch"',
        "after a PATCH that is not allowed, a POST with the same headers makes no preflight",
        (WEBKIT,),
    ),
    Departure(
        "fragments-preflight-apart",
        "URLs with different fragments have preflights of their own",
        'Fetch, "CORS-preflight cache"',
        "a PUT of `/items#a` and a PUT of `/items#b` make two preflights",
        (CHROMIUM, FIREFOX, WEBKIT),
    ),
    Departure(
        "cached-wildcards-cover-all",
        "a cached `*` covers Authorization, too, and it counts for requests without credentials "
        "even if the preflight was for one with credentials",
        'Fetch, "CORS-preflight cache"',
        "a second request with Authorization makes no preflight",
        (WEBKIT,),
    ),
    Departure(
        "conditional-fetch-always-preflights",
        "a fetch() with If-None-Match or another condition always makes a preflight",
        'Fetch, "CORS-preflight cache"',
        "`fetch(url, {headers: {'If-None-Match': etag}})` makes a preflight each time",
        (CHROMIUM, FIREFOX),
    ),
    Departure(
        "conditional-xhr-always-preflights",
        "an XMLHttpRequest with If-None-Match or another condition always makes a preflight",
        'Fetch, "CORS-preflight cache"',
        "`xhr.setRequestHeader('If-None-Match', etag)` makes a preflight each time",
        (CHROMIUM,),
    ),
    Departure(
        "redirected-preflights-not-cached",
        "preflights after redirects that hide the page's origin are not cached",
        'Fetch, "CORS-preflight cache"',
        "a PUT that api.example redirects to files.example makes a preflight there each time",
        (CHROMIUM, WEBKIT),
    ),
    Departure(
        "opaque-preflights-not-cached",
        "preflights of pages with an opaque origin are not cached",
        'Fetch, "CORS-preflight cache"',
        "every PUT of a sandboxed frame makes a preflight",
        (CHROMIUM,),
    ),
)
"""Where engines differ from the standard, as far as it changes what a page can do."""

NAMES = frozenset(one.name for one in DEPARTURES)


@dataclass(frozen=True, slots=True)
class Profile:
    """The standard as one browser implements it.

    :param departures: names of :data:`DEPARTURES`.
    :param max_age_cap: how long a preflight response is cached at most, in seconds.
    """

    name: str
    departures: frozenset[str]
    max_age_cap: int

    def __contains__(self, departure: str) -> bool:
        """Return whether the engine departs so.

        :raises KeyError: if there is no departure of that name.
        """
        if departure not in NAMES:
            raise KeyError(departure)
        return departure in self.departures


def _of(engine: str, max_age_cap: int) -> Profile:
    departures = frozenset(one.name for one in DEPARTURES if engine in one.engines)
    return Profile(engine, departures, max_age_cap)


PROFILES = {
    "fetch": Profile("fetch", frozenset(), 86_400),
    CHROMIUM: _of(CHROMIUM, 7_200),
    FIREFOX: _of(FIREFOX, 86_400),
    WEBKIT: _of(WEBKIT, 600),
}
"""Every profile, by name."""
