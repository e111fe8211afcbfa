"""A warning about a policy points at the line of the app that defines it, whoever reads it."""

import copy
import gc
import inspect
import pickle
import re
import subprocess
import sys
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent
from threading import Thread

import pytest
from flask import Flask

from tests.helpers import APP, hello
from wsgicors import CORSMiddleware, Policy, wrap
from wsgicors._core import places
from wsgicors._core.places import Place, calling_place
from wsgicors.flask import CORS, cors

RISKY = "https://*.github.io"

WARNING = re.compile(r"^(\S+):(\d+): UserWarning: ", re.MULTILINE)


def lines_of(action):
    """Return the file and the line of each warning, relative to this test's own line."""
    with pytest.warns(UserWarning, match="public-suffix-wildcard") as caught:
        action()
    return [(warning.filename, warning.lineno) for warning in caught]


def here():
    return inspect.currentframe().f_back.f_lineno


@pytest.mark.parametrize(
    ("action", "line"),
    [
        pytest.param(lambda: Policy(RISKY), here(), id="Policy"),
        pytest.param(lambda: Policy(APP).derive(allow_origins=RISKY), here(), id="derive"),
        pytest.param(lambda: CORSMiddleware(hello, allow_origins=RISKY), here(), id="middleware"),
        pytest.param(lambda: wrap(allow_origins=RISKY)(hello), here(), id="wrap"),
        pytest.param(lambda: cors(allow_origins=RISKY), here(), id="cors"),
        pytest.param(lambda: cors(Policy(APP), allow_origins=RISKY), here(), id="refined"),
        pytest.param(lambda: CORS(Flask("app"), allow_origins=RISKY), here(), id="CORS"),
    ],
)
def test_a_warning_points_at_the_line_that_defines_the_policy(action, line):
    assert lines_of(action) == [(__file__, line)]


def test_a_warning_about_a_table_points_at_the_line_that_has_the_table():
    app = Flask("app")
    extension, line = CORS(policies={"own": {"allow_origins": RISKY}}), here()
    extension.init_app(app)
    assert lines_of(lambda: CORS.check(app)) == [(__file__, line)]


def test_a_thread_of_a_server_that_reads_a_table_warns_of_the_same_line():
    app = Flask("app")
    line = here() + 1
    CORS(app, policies={"own": {"allow_origins": RISKY}})
    with ThreadPoolExecutor() as threads:
        served = lines_of(lambda: threads.submit(app.test_client().get, "/").result())
    assert served == [(__file__, line)]


def test_a_warning_about_a_policy_that_a_decorator_refines_points_at_the_decorator():
    app = Flask("app")
    CORS(app, policies={"own": {"allow_origins": APP}})
    mark, line = cors("own", allow_origins=RISKY), here()
    app.add_url_rule("/", view_func=mark(lambda: ""))
    assert lines_of(lambda: CORS.check(app)) == [(__file__, line)]


FLASK = """
    from flask import Flask
    from wsgicors.flask import CORS, cors

    def create_app():
        app = Flask(__name__)
        app.config["CORS_POLICIES"] = {"configured": {"allow_origins": "https://*.github.io"}}
        CORS(app, policies={"given": {"allow_origins": "https://*.github.io"}})

        @app.get("/")
        @cors("given", allow_methods=["patch"])
        def index(): return ""

        @app.get("/own")
        @cors(allow_origins="https://*.github.io")
        def own(): return ""

        return app
"""
WSGI = """
    from wsgicors import CORSMiddleware, Policy
    from wsgicors.bottle import CORS
    from bottle import Bottle

    policy = Policy("https://*.github.io")
    app = CORSMiddleware(Bottle().wsgi, allow_origins="https://*.github.io")
    bottle = Bottle()
    bottle.install(CORS(policies={"given": {"allow_origins": "https://*.github.io"}}))
"""
SETTINGS = """
    import os
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from base import *
    ROOT_URLCONF = "settings"
    urlpatterns = []
    MIDDLEWARE = ["wsgicors.django.CORSMiddleware"]
    INSTALLED_APPS = ["wsgicors.django"]
"""
BASE = """
    SECRET_KEY = "x"
    CORS_POLICIES: dict = {
        "default": {"allow_origins": "https://*.github.io"},
    }
"""
PROJECT = """
    import settings
    from django.core.wsgi import get_wsgi_application
    application = get_wsgi_application()
"""


EXPLAIN = ("wsgicors", "explain", "https://api.example/", "--origin", APP, "--app")
"""A command that does not report the warnings of policies by itself, as the audit does."""


@pytest.mark.parametrize(
    ("command", "points"),
    [
        pytest.param(
            ["flask", "--app", "shop", "routes"],
            ["shop.py:15"],
            id="flask-routes",
        ),
        pytest.param(["flask", "--app", "shop", "cors"], [], id="flask-cors"),
        pytest.param(["wsgicors", "audit", "--app", "shop:create_app"], [], id="wsgicors-audit"),
        pytest.param(
            [*EXPLAIN, "shop:create_app"],
            ["shop.py:8", "shop.py:8", "shop.py:11", "shop.py:15"],
            id="flask",
        ),
        pytest.param([*EXPLAIN, "raw:app"], ["raw.py:6", "raw.py:7"], id="CORSMiddleware"),
        pytest.param([*EXPLAIN, "raw:bottle"], ["raw.py:6", "raw.py:7", "raw.py:9"], id="bottle"),
        pytest.param([*EXPLAIN, "project:application"], ["base.py:3"], id="django"),
        pytest.param(["django", "check", "--settings", "settings"], ["base.py:3"], id="check"),
    ],
)
def test_a_warning_points_into_the_app_from_every_command(command, points, tmp_path):
    files = {"shop": FLASK, "raw": WSGI}
    for name, text in {**files, "settings": SETTINGS, "base": BASE, "project": PROJECT}.items():
        (tmp_path / f"{name}.py").write_text(dedent(text), "utf-8")
    program = "import sys; sys.path.insert(0, ''); "
    program += {
        "flask": "from flask.cli import main",
        "wsgicors": "from wsgicors.cli.main import main",
        "django": "from django.core.management import execute_from_command_line as main",
    }[command[0]]
    run = subprocess.run(
        [sys.executable, "-c", f"{program}; main()", *command[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == (1 if "explain" in command else 0)  # the page is blocked
    found = [f"{file.rpartition('/')[2]}:{line}" for file, line in WARNING.findall(run.stderr)]
    assert sorted(found) == sorted(points)
    assert run.stderr.count("UserWarning") == len(points)


def test_a_warning_is_shown_once_for_a_line():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            Place(__file__, 1, __name__).warn("once")
    assert len(caught) == 1


def test_a_warning_needs_no_module_with_names(monkeypatch):
    monkeypatch.setitem(sys.modules, "odd", object())
    with pytest.warns(UserWarning, match="shown"):
        Place("odd.py", 1, "odd").warn("shown")
    with pytest.warns(UserWarning, match="shown"):
        Place("missing.py", 1, "not.imported").warn("shown")


def test_a_policy_knows_its_line_which_is_not_part_of_its_value():
    one, line = Policy(APP), here()
    other = Policy(APP)
    assert (one.place.file, one.place.line, one.place.module) == (__file__, line, __name__)
    assert one.place != other.place
    assert one == other
    assert hash(one) == hash(other)
    assert repr(one) == repr(other)
    assert __file__.encode() not in pickle.dumps(one)
    for again in copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one)):
        assert again == one
        assert again.place is None


INSTALLED = "/srv/lib/site-packages"


def installed(module, source, **names):
    """Return code of an installed module, and the names that it sees."""
    code = compile(source, f"{INSTALLED}/{module.replace('.', '/')}.py", "exec")
    return code, {"__name__": module, "calling_place": calling_place, **names}


def test_an_installed_app_has_lines_too():
    code, names = installed("shop.policies", "\nplace = calling_place()")
    exec(code, names)
    place = names["place"]
    assert (place.file, place.line) == (f"{INSTALLED}/shop/policies.py", 2)


def test_a_framework_has_no_lines_but_the_app_that_calls_it_has():
    code, names = installed("pyramid.config", "place = calling_place()")
    line = here() + 1
    exec(code, names)
    place = names["place"]
    assert (place.file, place.line) == (__file__, line)


def test_a_framework_in_the_thread_of_a_server_has_no_line():
    code, names = installed("flask.app", "places.append(calling_place())", places=[])
    server, names_of_server = installed("gunicorn.workers", "exec(*app)", app=(code, names))
    thread = Thread(target=exec, args=(server, names_of_server))
    thread.start()
    thread.join()
    assert names["places"] == [None]


def test_few_files_are_remembered(monkeypatch):
    monkeypatch.setattr(places, "_MAX_FILES", 3)
    files = places._Owners()
    for number in range(10):
        assert files[f"/srv/app/{number}.py"] == "app"
    assert len(files) <= 3


def test_a_place_does_not_keep_the_frames_of_its_callers():
    class Kept: ...

    def make():
        kept = Kept()
        return weakref.ref(kept), Policy(APP)

    gc.disable()
    try:
        reference, _policy = make()
        assert reference() is None
    finally:
        gc.enable()
