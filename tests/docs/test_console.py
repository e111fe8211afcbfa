"""The manual has every message that the package knows, and no other of Firefox and WebKit."""

import pytest

from tests.browser.consoles.manual import (
    BLOCKS,
    NAMES,
    PAGES,
    PATTERNS,
    kinds,
    shorten,
    shown,
)
from wsgicors import wrap
from wsgicors.testing import Browser, CORSBlocked
from wsgicors.testing.profiles import CHROMIUM

APP = "https://app.example"
ITEMS = "https://api.example/items"
LINES = [line for text in PAGES.values() for line in shown(text)]

each_engine = pytest.mark.parametrize("engine", NAMES.values())


@each_engine
def test_the_manual_shows_every_message(engine):
    documented = {kind for line in LINES if line.engine == engine for kind in kinds(line)}
    assert documented == PATTERNS[engine].keys()


def test_the_manual_shows_no_other_messages_of_firefox_and_webkit():
    assert [line for line in LINES if line.engine != CHROMIUM and not kinds(line)] == []


def blocked(app, **options):
    with pytest.raises(CORSBlocked) as caught:
        Browser(app).page(APP).fetch(ITEMS, **options)
    return caught.value.console


def test_the_index_shows_whole_messages():
    refusing = wrap(allow_origins=["https://elsewhere.example"])(redirecting)
    console = blocked(refusing, method="PUT")
    assert BLOCKS[:3] == [*console.values()]
    assert BLOCKS[4] == blocked(redirecting)["webkit"]


def redirecting(environ, start_response):
    start_response("308 Permanent Redirect", [("Location", "/items/")])
    return []


@each_engine
def test_what_the_pages_leave_out_is_what_most_messages_share(engine):
    refusing = wrap(allow_origins="*")(redirecting)
    console = blocked(refusing, headers={"X-Request-Id": "1"})
    [line] = shorten(engine, console[engine])
    assert line in LINES
