"""The manual lists the messages of the consoles, with their causes."""

import re
import socket
from collections import defaultdict
from typing import NamedTuple, get_args

import pytest

from tests.browser.asking import explained, play, serving_hosts, site_of
from tests.browser.chromium import launched
from tests.browser.consoles.manual import (
    BLOCKS,
    EXCEPTIONS,
    PAGES,
    READING,
    Line,
    kinds,
    shorten,
    shown,
)
from tests.browser.redirect_ways import WAYS as REDIRECT_WAYS
from tests.browser.ways import ABSENT, ORIGIN, WAYS, Way, by_default, in_flask
from wsgicors._core.protocol import Reason
from wsgicors.testing.profiles import CHROMIUM

FAILED = "TypeError: Failed to fetch"
FOLLOWS = "Failed to load resource: net::ERR_FAILED"
BEFORE = re.compile(
    "Access to (.+?) at .+ has been blocked by CORS policy: "
    "(?:Response to preflight request doesn't pass access control check: )?"
)
"""The text before a message; the group is the kind of the request."""
ASKED = re.compile(r"(?:at '|cannot load )http://[ab](\d+)\.localhost")
"""The number of the way that a message is about."""

WAYS_HERE = [
    *WAYS,
    *(way for way in REDIRECT_WAYS if way.id == "preflight-slash-with-headers"),
    Way(
        "too-many-headers",
        ABSENT,
        in_flask(by_default, allow_origins="*", allow_headers="*"),
        {"headers": {f"X-{number}": "1" for number in range(101)}},
        "",
    ),
]

PATIENCE = 30_000
"""Time limit for everything in the page, in milliseconds."""

SEND = f"""([url, withCredentials, header]) => new Promise((done) => {{
  const request = new XMLHttpRequest();
  request.open("GET", url);
  Object.assign(request, {{ withCredentials, timeout: {PATIENCE} }});
  request.onloadend = () => done(header && request.getResponseHeader(header));
  request.send();
}})"""

LOAD = """([src, patience]) => {
  const fails = (name, attributes) => new Promise((done) => {
    const element = document.createElement(name);
    Object.assign(element, { crossOrigin: "", ...attributes }).onerror = done;
    document.head.append(element);
  });
  const subscribe = (done) => {
    const source = new EventSource(src);
    source.onerror = () => done(source.close());
  };
  const all = Promise.all([
    fails("img", { src }),
    fails("video", { src }),
    fails("script", { src }),
    fails("link", { rel: "stylesheet", href: src }),
    new FontFace("letters", `url(${src})`).load().catch(String),
    new Promise(subscribe),
  ]);
  return Promise.race([all, new Promise((_, fail) => setTimeout(fail, patience))]);
}"""
"""Makes every kind of CORS request except those of fetch() and XMLHttpRequest."""

FETCH = "(url) => fetch(url).then(({ status }) => String(status), String)"

INSECURE = "plain.example"
ARGUMENT = f"--host-resolver-rules=MAP {INSECURE} 127.0.0.1"
"""Gives this machine a name that Chromium considers neither local nor secure."""

INTERNET = [
    ("internet.localhost", []),
    ("internet.localhost", ["local-network-access"]),
    (INSECURE, ["local-network-access"]),
]
"""Hosts of pages that are treated as public, and the permissions that the visitor grants."""


class Printed(NamedTuple):
    """Lines of the console, with the origins of the manual."""

    by_way: dict[str, str]
    lines: list[str]
    outcomes: list[str]
    """The result of a request to this machine, for each public page."""


def named(line):
    """Replace the served origins by those of the manual."""
    for host, origin in [(r"page", "app"), (r"a\d*", "api"), (r"b\d*", "files")]:
        line = re.sub(rf"http://{host}\.localhost:\d+", f"https://{origin}.example", line)
    return re.sub("(?<=protocol schemes: ).+", "…", line)


def answering(*lines):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/html"), *lines])
        return []

    return app


@pytest.fixture(scope="module")
def printed():
    lines, outcomes = [], []

    def open_page(origin, **options):
        page = browser.new_context(**options).new_page()
        page.on("console", lambda message: lines.append(message.text))
        page.goto(f"{origin}/page")
        return page

    with serving_hosts() as (apps, port), launched(ARGUMENT) as browser:
        page = open_page(f"http://page.localhost:{port}")
        ask_each_way(page, apps, port)
        ask_otherwise(page, apps, port)
        for host, permissions in INTERNET:
            origin = f"http://{host}:{port}"
            apps[origin] = answering(("Content-Security-Policy", "treat-as-public-address"))
            internet = open_page(origin, permissions=permissions)
            outcomes.append(internet.evaluate(FETCH, f"http://a.localhost:{port}/"))
            internet.evaluate("1")
    numbered = {int(found[1]): named(line) for line in lines if (found := ASKED.search(line))}
    by_way = {way.id: numbered[number] for number, way in enumerate(WAYS_HERE)}
    return Printed(by_way, [named(line) for line in lines], outcomes)


def ask_each_way(page, apps, port):
    asked = []
    for number, way in enumerate(WAYS_HERE):
        _, servers, request = explained(site_of(number, port), way)
        apps |= servers
        asked.append(request)
    assert set(play(page, asked)) == {"rejected"}


def ask_otherwise(page, apps, port):
    anybody, nobody, somebody = (f"http://a{n}.localhost:{port}" for n in ("", 1000, 1001))
    apps[anybody] = answering((ORIGIN, "*"))
    apps[nobody] = answering()
    apps[somebody] = answering((ORIGIN, f"http://page.localhost:{port}"))
    for url in anybody, somebody:
        page.evaluate(SEND, [url, True, ""])
    page.evaluate(SEND, [anybody, False, "etag"])
    page.evaluate(SEND, ["localhost:5001/items", False, ""])
    page.evaluate(FETCH, "localhost:5001/items")
    page.evaluate(LOAD, [nobody, PATIENCE])
    with socket.socket() as bound:  # without listening
        bound.bind(("127.0.0.1", 0))
        page.evaluate(FETCH, f"http://127.0.0.1:{bound.getsockname()[1]}/")
    page.evaluate("1")  # by now every message has arrived


CHROMIUMS = {
    line.text: name
    for name, text in PAGES.items()
    for line in shown(text)
    if line.engine == CHROMIUM
}
"""The pages by Chromium's messages."""


def test_the_manual_lists_every_message_that_chromium_prints(printed):
    lines = {BEFORE.sub("", line) for line in printed.lines} - {FOLLOWS}
    assert lines <= CHROMIUMS.keys()
    assert f"`{FOLLOWS}`" in READING
    # The tests of the consoles provoke what the package knows.
    assert {line for line in CHROMIUMS.keys() - lines if not kinds(Line(CHROMIUM, line))} == set()


def test_whole_messages_are_as_chromium_prints_them(printed):
    whole = [block for block in BLOCKS if block.startswith("Access to")]
    assert len(whole) == 2
    assert set(whole) <= set(printed.lines)


def test_the_manual_lists_every_kind_of_request(printed):
    words = set(re.findall(r"^\| `(.+?)` \|", READING, re.MULTILINE))
    assert words == {found[1] for line in printed.lines if (found := BEFORE.match(line))}


def test_a_permission_opens_the_local_network_to_secure_pages(printed):
    assert 'grant_permissions(["local-network-access"])' in PAGES["local-network"]
    assert printed.outcomes == [FAILED, "200", FAILED]


def test_the_manual_shows_the_exception_of_chromium():
    assert Line(CHROMIUM, FAILED) in shown(EXCEPTIONS)


def find_page(printed, way):
    """Return the page that shows the whole message, or else the one that shows its reason."""
    line = printed.by_way[way.id]
    return CHROMIUMS.get(line) or CHROMIUMS[BEFORE.sub("", line)]


def test_a_page_has_what_firefox_and_webkit_print_where_chromium_prints_its_message(printed):
    for way in WAYS_HERE:
        explanation, _, _ = explained(site_of(0), way)
        documented = shown(PAGES[find_page(printed, way)])
        for engine, message in explanation.console.items():
            known = [kinds(line) for line in documented if line.engine == engine]
            for line in shorten(engine, message or ""):
                assert any(kinds(line) & each for each in known), (way.id, line)


def test_a_page_names_the_steps_at_which_explain_stops(printed):
    stops = defaultdict(set)
    for way in WAYS_HERE:
        stops[find_page(printed, way)].add(way.step)
    steps = set.union(*stops.values())
    for name, text in PAGES.items():
        flowing = " ".join(text.split())
        named_here = {
            step
            for step in steps
            if f"*{step}*" in flowing or f". Blocked by the {step}." in flowing
        }
        assert named_here == stops[name], name


def test_a_page_names_the_reasons_of_the_log(printed, caplog):
    caplog.set_level("DEBUG", "wsgicors")
    reasons = defaultdict(set)
    for way in WAYS_HERE:
        caplog.clear()
        explained(site_of(0), way)
        logged = {vars(record).get("cors_reason") for record in caplog.records}
        reasons[find_page(printed, way)] |= logged - {None}
    for name, text in PAGES.items():
        named_here = {reason for reason in get_args(Reason) if f"`{reason}`" in text}
        assert named_here == reasons[name], name
