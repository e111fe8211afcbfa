"""What an engine prints is read, and explained as the request that made it print this."""

import re
from dataclasses import replace

import pytest

from tests.browser.consoles.cases import PLAYS, Places, apps
from wsgicors.explaining import explain
from wsgicors.explaining.pasted.completing import MAYBE_PREFLIGHT, complete, with_preflight
from wsgicors.explaining.pasted.console import read_console
from wsgicors.explaining.pasted.received import find_difference
from wsgicors.testing import Browser, NetworkError
from wsgicors.testing.profiles import ENGINES

FAR = ("http://dead.example", "http://mute.example", "http://resets.example", "https://tls.example")
"""Servers that nothing serves here."""


class Scene:
    """A request that fails, with its servers."""

    def __init__(self, number, engine):
        self.engine, self.play = engine, PLAYS[number]
        places = Places(number, 8080, *FAR)
        self.servers = apps(places, self.play.case)
        self.page = places.names["page"]
        self.servers[self.page] = self.servers.pop("first")
        self.request = places.request(self.play)
        self.origin = "null" if self.request.pop("opaque", False) else self.page
        self.api = places.names["api"]

    def fail(self):
        """Return why the request fails, ``None`` if it passes."""
        page = Browser(self.servers, self.api, profile=self.engine).page(self.origin)
        url, options = self.request["url"], {**self.request}
        del options["url"]
        try:
            if self.play.is_xhr:
                options["with_credentials"] = options.pop("credentials", "") == "include"
                page.xhr(url, **options)
            else:
                page.fetch(url, **options)
        except NetworkError as error:
            return error
        return None

    def explain(self, request):
        """Explain a request that was read."""
        return explain(
            request.method,
            request.url,
            origin=request.origin or self.origin,
            servers=self.servers,
            headers=request.headers,
            credentials=request.credentials or "same-origin",
            mode=request.mode,
            redirect=request.redirect,
            xhr=request.xhr,
            profile=request.profile,
        )


def failing():
    """Yield the scenes that fail with a message that has the URL of the request."""
    for engine in ENGINES:
        for number, play in enumerate(PLAYS):
            scene = Scene(number, engine)
            error = scene.fail()
            scene.text = (error and error.console[engine]) or ""
            if "://" in scene.text:
                yield pytest.param(scene, error, id=f"{engine}-{play}")


FAILING = [*failing()]
BLOCKED = [
    case
    for case in FAILING
    if hasattr(case.values[1], "needed") and "//user@" not in case.values[0].text
]

REDIRECTED = {"redirected-page", "redirected-page, XHR", "redirected-no-credentials"}
"""Firefox and WebKit name only the last URL, which is asked without the redirect to it."""

STATUS = re.compile(r"Status code: \d+")


def read_again(scene):
    (request,) = read_console(scene.text)
    return request


@pytest.mark.parametrize(("scene", "error"), FAILING)
def test_the_request_is_read(scene, error):
    request, sent = read_again(scene), scene.request
    assert request.profile == scene.engine
    is_named = f"Method {sent['method']} is not" in scene.text
    assert request.method == (sent["method"] if is_named else None)
    assert request.xhr is ("XMLHttpRequest" in scene.text)
    is_origin_named = f"rigin {scene.page}" in scene.text.replace("'", "")
    assert request.origin in ({scene.page} if is_origin_named else {scene.page, "null", None})
    own = {name.lower(): name for name in sent["headers"]}
    named = {own[name.lower()].lower() for name, _ in request.headers}
    assert all(name in scene.text.lower() for name in named)
    assert request.credentials in {sent.get("credentials"), None}
    assert request.mode in {sent.get("mode"), "cors"}
    assert request.redirect in {sent.get("redirect"), "follow"}


@pytest.mark.parametrize(("scene", "error"), BLOCKED)
def test_what_the_browser_received_is_what_the_server_sends(scene, error):
    request = complete(read_again(scene))
    others = [with_preflight(request, MAYBE_PREFLIGHT), replace(request, credentials="include")]
    found = [find_difference(one, scene.explain(one)) for one in (request, *others)]
    assert "" in found or request.url not in scene.request["url"]


@pytest.mark.parametrize(("scene", "error"), BLOCKED)
def test_it_is_blocked_again_for_the_same_reason(scene, error):
    request = complete(read_again(scene))
    others = [with_preflight(request, MAYBE_PREFLIGHT), replace(request, credentials="include")]
    asked = [scene.explain(one) for one in (request, *others)]
    again = next((one for one in asked if one.verdict == "blocked"), asked[0])
    if str(scene.play) in REDIRECTED and scene.engine != "chromium":
        assert request.url not in scene.request["url"]
    else:
        assert again.verdict == "blocked"
        shown = STATUS.sub("", again.console[scene.engine])
        assert again.step == error.step or shown == STATUS.sub("", scene.text)
