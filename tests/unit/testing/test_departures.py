"""Each departure from the standard, shown by an example, in each profile."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.unit.testing.servers import ANYBODY, API, APP, CREDENTIALS, OPAQUE, THE_APP, Server
from wsgicors.testing import Browser, NetworkError
from wsgicors.testing.profiles import DEPARTURES, PROFILES

FILES = "https://files.example"
SUBDOMAIN = "https://sub.app.example"
METHODS = "Access-Control-Allow-Methods: PUT, DELETE"
ANY_METHOD = "Access-Control-Allow-Methods: *"
ANY_NAME = "Access-Control-Allow-Headers: *"
NAMES = "Access-Control-Allow-Headers: Authorization, Content-Type, If-None-Match, X-A"
TOKEN = {"Authorization": "Bearer 1"}
INCLUDE = {"credentials": "include"}


class Play:
    """A page, and servers that answer with these header lines, if any."""

    def __init__(self, profile, app=(), api=(), files=(), page=APP):
        self.servers = {APP: Server(*app), API: Server(*api), FILES: Server(*files)}
        self.servers[SUBDOMAIN] = Server()  # of the page's site
        self.page = Browser(self.servers, profile=profile).page(page)

    def redirect(self, origin, path, target, *lines, status="307 Temporary Redirect"):
        self.servers[origin].at(path, status, f"Location: {target}", *lines)
        return self

    def fetch(self, url=f"{API}/", **options):
        return self._outcome(lambda: self.page.fetch(url, **options))

    def xhr(self, url=f"{API}/", **options):
        return self._outcome(lambda: self.page.xhr(url, **options))

    def _outcome(self, ask):
        try:
            return ask().type
        except NetworkError as error:
            return type(error).__name__

    def methods(self, origin=API):
        return self.servers[origin].methods

    def received(self, name, origin=API):
        return self.servers[origin].received(name)


class Case(NamedTuple):
    """What comes of an example.

    :param play: plays it under a profile, and returns what comes of it.
    :param standard: what the standard says.
    :param departing: what the departure says.
    """

    play: Callable[[str], object]
    standard: object
    departing: object


def hint(profile):
    play = Play(profile, api=[ANYBODY, ANY_NAME])
    play.fetch(headers={"DPR": "2"})
    return play.methods()


def user_agent(profile):
    play = Play(profile, api=[ANYBODY, ANY_NAME])
    play.fetch(headers={"User-Agent": "Mine/1"})
    return play.methods()


def long_range(profile):
    play = Play(profile, api=[ANYBODY, ANY_NAME])
    play.fetch(headers={"Range": "bytes=0-9223372036854775807"})
    return play.methods()


def listener_without_body(profile):
    play = Play(profile, api=[ANYBODY, "Access-Control-Allow-Methods: POST"])
    play.xhr(method="POST", upload_listener=True)
    return play.methods()


def listener_without_list(profile):
    play = Play(profile, api=[ANYBODY])
    return play.xhr(method="PUT", body="x", upload_listener=True)


def wildcard(profile):
    return Play(profile, api=[ANYBODY, ANY_NAME]).fetch(headers=TOKEN)


def cached_wildcard(profile):
    play = Play(profile, api=[ANYBODY, ANY_NAME])
    play.fetch(headers={"X-A": "1"})
    play.fetch(headers=TOKEN)
    return play.methods().count("OPTIONS")


def userinfo(profile):
    play = Play(profile).redirect(APP, "/0", "https://u:p@app.example/")
    return play.fetch("/0")


def without_location(profile):
    play = Play(profile, api=[ANYBODY])
    play.servers[API].at("/0", "301 Moved Permanently", ANYBODY)
    return play.fetch(f"{API}/0", redirect="error")


def redirected_redirect(profile):
    play = Play(profile, api=[ANYBODY], files=[ANYBODY])
    play.redirect(APP, "/0", f"{API}/1").redirect(API, "/1", FILES, ANYBODY)
    return play.fetch("/0")


def put_that_becomes_get(profile):
    play = Play(profile, api=[ANYBODY, METHODS], files=[ANYBODY])
    play.redirect(API, "/", FILES, ANYBODY, status="303 See Other")
    play.fetch(method="PUT")
    return play.methods(FILES)


def names_after_redirect(profile):
    lines = [ANYBODY, METHODS, NAMES]
    play = Play(profile, api=lines, files=lines)
    play.redirect(API, "/", f"{FILES}/1", ANYBODY).redirect(FILES, "/1", f"{FILES}/2", ANYBODY)
    play.fetch(method="PUT", headers=TOKEN)
    return play.received("Access-Control-Request-Headers", FILES)[2]


def authorization_after_redirects(profile):
    lines = [ANYBODY, METHODS, NAMES]
    play = Play(profile, api=lines, files=lines)
    play.redirect(API, "/", f"{FILES}/1", ANYBODY).redirect(FILES, "/1", f"{FILES}/2", ANYBODY)
    play.fetch(method="PUT", headers=TOKEN)
    return play.received("Authorization", FILES)[-1]


def origin_of_preflight(profile):
    play = Play(profile, api=[ANYBODY, METHODS], files=[ANYBODY, METHODS])
    play.redirect(API, "/", FILES, ANYBODY)
    play.fetch(method="PUT")
    return play.received("Origin", FILES)


def put_redirected_back(profile):
    play = Play(profile, api=[ANYBODY, METHODS], app=[OPAQUE])
    play.servers[APP].preflight = ("204 No Content", (METHODS,), b"")
    play.redirect(API, "/", APP, ANYBODY)
    return play.fetch(method="PUT")


def no_cors_origin(profile):
    play = Play(profile).redirect(APP, "/0", API)
    play.fetch("/0", mode="no-cors", method="POST")
    return play.received("Origin")


def no_cors_cookies(profile):
    play = Play(profile, app=["Set-Cookie: a=1"])
    play.fetch("/")
    play.redirect(APP, "/0", f"{SUBDOMAIN}/1").redirect(SUBDOMAIN, "/1", f"{APP}/2")
    play.fetch("/0", mode="no-cors")
    return play.received("Cookie", APP)[-1]


def lax_after_another_site(profile):
    play = Play(profile, app=[OPAQUE, CREDENTIALS, "Set-Cookie: a=1; SameSite=Lax"])
    play.fetch("/")
    play.redirect(API, "/", f"{APP}/2", THE_APP, CREDENTIALS)
    play.fetch(**INCLUDE)
    return play.received("Cookie", APP)[-1]


def stored_after_another_site(profile):
    play = Play(profile, app=[OPAQUE, CREDENTIALS, "Set-Cookie: a=1; SameSite=Lax"])
    play.redirect(API, "/", f"{APP}/2", THE_APP, CREDENTIALS)
    play.fetch(**INCLUDE)
    play.fetch("/")
    return play.received("Cookie", APP)[-1]


def cookie_without_same_site(profile):
    play = Play(profile, api=[THE_APP, CREDENTIALS, "Set-Cookie: a=1"])
    play.fetch(**INCLUDE)
    play.fetch(**INCLUDE)
    return play.received("Cookie")[-1]


def third_party_cookie(profile):
    cookie = "Set-Cookie: a=1; SameSite=None; Secure"
    play = Play(profile, api=[THE_APP, CREDENTIALS, cookie])
    play.fetch(**INCLUDE)
    play.fetch(**INCLUDE)
    return play.received("Cookie")[-1]


def own_cookie(cookie, origin=APP):
    """Return a play in which a server sets a cookie, and that reports which cookie it gets."""

    def play(profile):
        server = Server(f"Set-Cookie: {cookie}")
        page = Browser({origin: server}, profile=profile).page(origin)
        page.fetch("/")
        page.fetch("/")
        return server.received("Cookie")[-1]

    return play


def top_level_cookie_in_a_frame(profile):
    server = Server(THE_APP, CREDENTIALS, "Set-Cookie: a=1; SameSite=None; Secure")
    browser = Browser({API: server}, profile=profile)
    browser.page(API).fetch("/")
    browser.page(APP, top_level=API).fetch(f"{API}/", **INCLUDE)
    return server.received("Cookie")[-1]


def preflights(*calls, lines=(ANYBODY, METHODS, NAMES), **options):
    """Return a play that counts the preflights of some calls; a PUT each, unless they say more."""

    def play(profile):
        played = Play(profile, api=lines, **options)
        for call in calls:
            played.fetch(**{"url": f"{API}/", "method": "PUT", **call})
        return played.methods().count("OPTIONS")

    return play


def conditional_xhr(profile):
    play = Play(profile, api=[ANYBODY, NAMES])
    for _ in range(2):
        play.xhr(headers={"If-None-Match": "x"})
    return play.methods().count("OPTIONS")


def refused_preflight(profile):
    play = Play(profile, api=[ANYBODY, METHODS, NAMES])
    play.fetch(method="PATCH", headers={"X-A": "1"})
    play.fetch(method="POST", headers={"X-A": "1"})
    return play.methods()


def redirected_preflights(profile):
    play = Play(profile, api=[ANYBODY, METHODS], files=[ANYBODY, METHODS])
    play.redirect(API, "/", FILES, ANYBODY)
    for _ in range(2):
        play.fetch(method="PUT")
    return play.methods(FILES).count("OPTIONS")


def two_preflights_of_one_url(profile):
    play = Play(profile, api=[ANYBODY])
    for method in ("PUT", "DELETE", "PUT"):
        lines = (ANYBODY, f"Access-Control-Allow-Methods: {method}")
        play.servers[API].preflight = ("204 No Content", lines, b"")
        play.fetch(method=method)
    return play.methods().count("OPTIONS")


CASES = {
    "client-hints-safelisted": Case(hint, ["OPTIONS", "GET"], ["GET"]),
    "user-agent-dropped": Case(user_agent, ["OPTIONS", "GET"], ["GET"]),
    "long-range-unsafe": Case(long_range, ["GET"], ["OPTIONS", "GET"]),
    "upload-listener-needs-body": Case(listener_without_body, ["OPTIONS", "POST"], ["POST"]),
    "upload-listener-implies-nothing": Case(listener_without_list, "cors", "CORSBlocked"),
    "wildcard-covers-authorization": Case(wildcard, "CORSBlocked", "cors"),
    "cached-wildcards-cover-all": Case(cached_wildcard, 2, 1),
    "redirect-userinfo-forbidden": Case(userinfo, "basic", "CORSBlocked"),
    "redirect-needs-location": Case(without_location, "NetworkError", "cors"),
    "redirects-checked-with-first-credentials": Case(redirected_redirect, "cors", "CORSBlocked"),
    "preflighted-once-always": Case(put_that_becomes_get, ["GET"], ["OPTIONS", "GET"]),
    "preflight-names-decided-once": Case(names_after_redirect, None, "authorization"),
    "headers-dropped-once": Case(authorization_after_redirects, None, "Bearer 1"),
    "preflight-keeps-origin": Case(origin_of_preflight, ["null", "null"], [APP, "null"]),
    "no-cors-redirect-hides-origin": Case(no_cors_origin, [APP], ["null"]),
    "no-cors-credentials-decided-once": Case(no_cors_cookies, None, "a=1"),
    "redirects-send-same-site": Case(lax_after_another_site, None, "a=1"),
    "redirects-store-same-site": Case(stored_after_another_site, None, "a=1"),
    "no-lax-by-default": Case(cookie_without_same_site, None, "a=1"),
    "same-site-none-needs-no-secure": Case(own_cookie("a=1; SameSite=None"), None, "a=1"),
    "secure-needs-https": Case(own_cookie("a=1; Secure", "http://localhost:1"), "a=1", None),
    "cookie-prefixes-ignored": Case(own_cookie("__Secure-a=1"), None, "__Secure-a=1"),
    "cookie-contents-unchecked": Case(own_cookie("a=1; X=\x01"), None, "a=1"),
    "third-party-cookies-partitioned": Case(top_level_cookie_in_a_frame, "a=1", None),
    "third-party-cookies-blocked": Case(third_party_cookie, "a=1", None),
    "negative-max-age-is-zero": Case(
        preflights({}, {}, lines=[ANYBODY, METHODS, "Access-Control-Max-Age: -1"]), 1, 2
    ),
    "one-preflight-remembered": Case(two_preflights_of_one_url, 2, 3),
    "literal-preflight-cache": Case(preflights({}, {}, lines=[ANYBODY, ANY_METHOD]), 1, 2),
    "refused-preflights-cached": Case(
        refused_preflight, ["OPTIONS", "OPTIONS", "POST"], ["OPTIONS", "POST"]
    ),
    "fragments-preflight-apart": Case(preflights({"url": f"{API}/#a"}, {"url": f"{API}/#b"}), 1, 2),
    "conditional-fetch-always-preflights": Case(
        preflights(*[{"headers": {"If-None-Match": "x"}}] * 2), 1, 2
    ),
    "conditional-xhr-always-preflights": Case(conditional_xhr, 1, 2),
    "redirected-preflights-not-cached": Case(redirected_preflights, 1, 2),
    "opaque-preflights-not-cached": Case(preflights({}, {}, page="null"), 1, 2),
}


def test_every_departure_has_an_example():
    assert CASES.keys() == {one.name for one in DEPARTURES}


@pytest.mark.parametrize(("profile", "outcome"), [("fetch", "CORSBlocked"), ("firefox", "cors")])
def test_in_firefox_a_preflight_to_the_pages_own_server_needs_no_cors_headers(profile, outcome):
    assert put_redirected_back(profile) == outcome


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", CASES)
def test_a_departure_shows_in_the_engines_that_have_it(name, profile):
    case = CASES[name]
    expected = case.departing if name in PROFILES[profile] else case.standard
    assert case.play(profile) == expected


def test_no_profile_knows_a_departure_that_is_not_listed():
    with pytest.raises(KeyError, match="upload-listener-needs-bodies"):
        assert "upload-listener-needs-bodies" in PROFILES["chromium"]
