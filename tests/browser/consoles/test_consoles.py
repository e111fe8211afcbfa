"""The package gives, word for word, what each engine prints for a request that fails."""

import re

import pytest

from tests.browser.consoles.cases import PLAYS
from tests.browser.consoles.manual import EXCEPTIONS, shown
from tests.browser.consoles.provoking import provoke, served
from tests.browser.engines import ENGINES
from wsgicors.explaining.pasted import Unreadable
from wsgicors.explaining.pasted.console import read_console
from wsgicors.testing import Browser, NetworkError

NAMES_A_URL = re.compile("Access to|disallows reading|cannot load|may not load|attempt to load")


@pytest.fixture(scope="module")
def scene():
    with served() as scene:
        yield scene


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture(scope="module")
def printed(engine, scene):
    return dict(zip(map(str, PLAYS), provoke(engine, scene), strict=True))


def simulate(scene, number, profile):
    """Return what the package gives for a play, ``None`` if the request passes."""
    play, places = PLAYS[number], scene.places[number]
    request = places.request(play)
    origin = "null" if request.pop("opaque", False) else scene.page
    page = Browser(scene.apps, profile=profile, live=True).page(origin)
    try:
        if play.is_xhr:
            credentials = request.pop("credentials", "")
            page.xhr(request.pop("url"), **request, with_credentials=credentials == "include")
        else:
            page.fetch(request.pop("url"), **request)
    except NetworkError as error:
        return error.console
    return None


@pytest.mark.parametrize("number", range(len(PLAYS)), ids=map(str, PLAYS))
def test_the_package_gives_what_the_engine_prints(printed, engine, scene, number):
    expected = printed[str(PLAYS[number])].console
    console = simulate(scene, number, engine)
    assert (console and console[engine]) == expected
    replayed = simulate(scene, number, "fetch")
    assert replayed is None or replayed[engine] == expected


@pytest.mark.parametrize("number", range(len(PLAYS)), ids=map(str, PLAYS))
def test_explain_reads_the_request_in_what_the_engine_prints(printed, engine, scene, number):
    play = PLAYS[number]
    sent = scene.places[number].request(play)
    text = "\n".join(printed[str(play)].lines)
    if NAMES_A_URL.search(text) is None:
        with pytest.raises(Unreadable):
            read_console(text)
        return
    (request,) = read_console(text)
    assert request.profile == engine
    assert request.method in {sent["method"], None}
    assert request.origin in {scene.page, "null", None}
    assert {name.lower() for name, _ in request.headers} <= {
        name.lower() for name in sent["headers"]
    }
    assert request.credentials in {sent.get("credentials"), None}
    assert request.mode in {sent.get("mode"), "cors"}


def test_the_manual_shows_what_fetch_throws_whatever_the_cause(printed, engine):
    thrown = {one.exception for one in printed.values()} - {None}
    assert thrown == {line.text for line in shown(EXCEPTIONS) if line.engine == engine}
