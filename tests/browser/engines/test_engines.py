"""Each engine starts, does what a test asks, and ends, also after a failure."""

import base64
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from tests.browser import processes
from tests.browser.asking import serving_hosts
from tests.browser.engines import ENGINES, Engine, Window, interface, launched

PAGE = "http://page.localhost"
API = "http://api.localhost"

TALL = b"<!doctype html><body style='margin: 0; height: 2345px; background: red'>"

TURN_TEAL = "() => { document.body.style.background = 'teal'; }"

READ_PIXELS = """async (base64, ...places) => {
  const image = new Image();
  image.src = `data:image/png;base64,${base64}`;
  await image.decode();
  const { width, height } = image;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return [[width, height], ...places.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data])];
}"""
"""Returns the size of a PNG, and pixels of it."""

Failed = pytest.fail.Exception

REMEMBERED = """async (url) => {
  const cookie = document.cookie;
  document.cookie = "visits=1";
  for (let turn = 0; turn < 2; turn++) await fetch(url, {method: "PUT"});
  return [cookie, document.cookie];
}"""


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[dict[str, Callable[..., list[bytes]]], int]]:
    with serving_hosts() as served:
        yield served


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with launched(request.param) as engine:
        yield engine


@pytest.fixture(scope="module")
def window(engine: Engine, served) -> Iterator[Window]:
    _, port = served
    with engine.window() as window:
        window.open(f"{PAGE}:{port}/page")
        yield window


def test_an_engine_knows_its_version(engine: Engine) -> None:
    major, *_ = engine.version.split(".")
    assert int(major) > 1


def test_a_function_gets_arguments_and_returns_what_json_can_express(window: Window) -> None:
    given = [1, "caf\xe9 \u2028 ${x} `", None, True, {"a": [0.5]}]
    assert window.call("(...given) => given", *given) == given
    assert window.call("() => undefined") is None


def test_a_promise_is_awaited(window: Window) -> None:
    assert window.call("() => new Promise((done) => setTimeout(() => done('late'), 50))") == "late"


def test_a_function_runs_in_the_page_or_in_its_sandboxed_frame(window: Window, served) -> None:
    _, port = served
    assert window.call("() => origin") == f"{PAGE}:{port}"
    assert window.call("() => origin", opaque=True) == "null"
    assert window.call("() => origin") == f"{PAGE}:{port}"


def test_what_a_function_throws_fails_the_test(window: Window) -> None:
    for function in ("() => { throw Error('no luck') }", "() => Promise.reject('no luck')"):
        with pytest.raises(Failed, match=r"in the page: .*no luck"):
            window.call(function)


def test_a_function_that_never_ends_fails_the_test(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interface, "PATIENCE", 0.1)
    with pytest.raises(Failed, match=r"in the page: not done within 0\.1 seconds"):
        window.call("() => new Promise(() => {})")


def test_a_window_has_the_size_that_is_asked_for(engine: Engine, served) -> None:
    _, port = served
    with engine.window(480, 700) as window:
        window.open(f"{PAGE}:{port}/page")
        assert window.call("() => [innerWidth, innerHeight]") == [480, 700]


def test_cookies_and_preflights_of_a_window_are_unknown_to_the_next(engine: Engine, served) -> None:
    apps, port = served
    methods, cookies = [], []

    def api(environ, start_response):
        methods.append(environ["REQUEST_METHOD"])
        lines = {"Allow-Origin": "*", "Allow-Methods": "PUT", "Max-Age": "600"}
        start_response("200 OK", [(f"Access-Control-{name}", lines[name]) for name in lines])
        return []

    apps[f"{API}:{port}"] = api
    for _ in range(2):
        with engine.window() as window:
            window.open(f"{PAGE}:{port}/page")
            cookies.append(window.call(REMEMBERED, f"{API}:{port}/"))
    assert cookies == [["", "visits=1"]] * 2
    assert methods == ["OPTIONS", "PUT", "PUT"] * 2


@pytest.mark.parametrize("name", ENGINES)
def test_a_proxy_leads_hosts_without_an_address_to_the_tests_server(name: str, served) -> None:
    _, port = served
    at = "http://page.test"
    with launched(name, proxy=f"127.0.0.1:{port}") as engine, engine.window() as window:
        window.open(f"{at}/page")
        assert window.call("() => [origin, document.title]") == [at, "Scenarios"]


def test_the_console_shows_the_messages_of_one_window(engine: Engine, served) -> None:
    _, port = served
    consoles = []
    for number in range(2):
        with engine.window() as window:
            window.open(f"{PAGE}:{port}/page")
            window.call("(number) => console.log(`message ${number}`)", number)
            consoles.append(window.console and [*window.console])
    said = [["message 0"], ["message 1"]]
    assert consoles == ([None, None] if engine.name == "webkit" else said)


def test_a_screenshot_shows_the_whole_page_as_it_is_now(
    engine: Engine, served, tmp_path: Path
) -> None:
    apps, port = served

    def tall(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/html")])
        return [TALL]

    apps[f"http://tall.localhost:{port}"] = tall
    with engine.window(500, 400) as window:
        window.open(f"http://tall.localhost:{port}")
        window.call(TURN_TEAL)
        window.screenshot(tmp_path / "tall.png")
        picture = base64.b64encode((tmp_path / "tall.png").read_bytes()).decode()
        size, *pixels = window.call(READ_PIXELS, picture, (1, 1), (250, 1200), (499, 2344))
    assert size == [500, 2345]
    assert pixels == [[0, 128, 128, 255]] * 3


def test_chromium_can_be_launched_twice_and_ended_in_any_order() -> None:
    first, second = ExitStack(), ExitStack()
    first.enter_context(launched("chromium"))
    with second, first:
        other = second.enter_context(launched("chromium"))
        first.close()
        with other.window() as window:
            assert window.call("() => 1 + 1") == 2


def is_alive(process: psutil.Process) -> bool:
    """Return whether a process still runs; in a container the ended ones may stay as zombies."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


@pytest.mark.parametrize("name", ENGINES)
def test_no_process_is_left_after_a_failure(name: str) -> None:
    before, during = children(), set()

    def fail() -> None:
        during.update(children() - before)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), launched(name) as engine, engine.window():
        fail()
    assert len(during) > 1
    end = monotonic() + processes.PATIENCE
    while any(is_alive(process) for process in during) and monotonic() < end:
        sleep(0.01)
    assert [process for process in during if is_alive(process)] == []


STARTING = """
import os, signal, time
import psutil
from tests.browser.processes import running

with running(["sleep", "600"], dict(os.environ)) as process:
    while psutil.Process(process.pid).name() != "sleep":  # until then it does not know its parent
        time.sleep(0.01)
    print(process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_program_ends_with_the_tests_that_started_it() -> None:
    ended = subprocess.run([sys.executable, "-c", STARTING], stdout=subprocess.PIPE, check=False)
    assert ended.returncode == -signal.SIGKILL
    end = monotonic() + processes.PATIENCE
    while psutil.pid_exists(int(ended.stdout)) and monotonic() < end:
        sleep(0.02)
    assert not psutil.pid_exists(int(ended.stdout))


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("chromium", "chromium"),
        ("firefox", "firefox-esr"),
        ("webkit", "webkit2gtk-driver"),
    ],
)
def test_a_missing_browser_fails_the_test_and_names_the_command(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    command = f"sudo apt-get install --no-install-recommends {package}$"
    with pytest.raises(Failed, match=command), launched(name):
        pass


@pytest.mark.parametrize("name", ["firefox", "webkit"])
def test_a_missing_x_server_fails_the_test_and_names_the_command(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for program in ("firefox-esr", "WebKitWebDriver"):
        pretend(tmp_path / program, "")
    monkeypatch.setenv("PATH", str(tmp_path))
    says = r"needs Xvfb.*install --no-install-recommends xvfb$"
    with pytest.raises(Failed, match=says), launched(name):
        pass


PROGRAMS = [("firefox", "firefox-esr", "Firefox"), ("webkit", "WebKitWebDriver", "WebKitWebDriver")]


@pytest.mark.parametrize(("name", "program", "called"), PROGRAMS)
def test_a_browser_that_exits_at_once_is_reported(
    name: str, program: str, called: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pretend(tmp_path / program, "exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(Failed, match=f"{called} has exited with status 3"), launched(name):
        pass


@pytest.mark.parametrize(("name", "program", "called"), PROGRAMS)
def test_a_browser_that_does_not_start_is_reported_and_ended(
    name: str, program: str, called: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = children()
    pretend(tmp_path / program, "trap '' TERM; sleep 600 & wait")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(processes, "PATIENCE", 1)
    monkeypatch.setattr(processes, "GRACE", 0.1)
    with pytest.raises(Failed, match=f"{called} has not started within 1 seconds"), launched(name):
        pass
    assert {process for process in children() if is_alive(process)} <= before


def pretend(path: Path, script: str) -> None:
    """Write a program that does what a script says."""
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
