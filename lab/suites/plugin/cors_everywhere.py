"""A pytest plugin: switch CORS on in every app that a suite makes, and record its tests.

It runs in the environment of a suite, so it imports nothing of the lab. Environment variables set
it up: ``SUITES_APPS`` names a key of `SWITCHES`, or is empty for a run without CORS, and
``SUITES_RECORD`` is the file for the record.
"""

import functools
import gc
import inspect
import json
import os
import resource
from pathlib import Path

from wsgicors import Policy

POLICY = Policy(allow_origins=["https://app.example"], allow_credentials=True)
"""The policy of every app. It names an origin, so that every response has ``Vary: Origin``."""


def _after_init(kind, switch_on):
    """Switch CORS on in each instance of a class as soon as it is made."""
    init = kind.__init__

    @functools.wraps(init)
    def made(self, *args, **kwargs):
        init(self, *args, **kwargs)
        switch_on(self)

    kind.__init__ = made


def _wrap_instances(kind):
    """Put a wrapper around each instance of a class whose instances are WSGI apps."""
    from wsgicors import CORSMiddleware

    call = kind.__call__

    @functools.wraps(call)
    def through(self, environ, start_response):
        wrapper = vars(self).get("_suites_wrapper")
        if wrapper is None:
            inner = functools.partial(call, self)
            wrapper = vars(self)["_suites_wrapper"] = CORSMiddleware(inner, POLICY)
        return wrapper(environ, start_response)

    kind.__call__ = through


def bottle():
    import bottle

    from wsgicors.bottle import CORS

    def install(app):
        app.install(CORS(POLICY))

    _after_init(bottle.Bottle, install)


def django():
    from django.conf import global_settings, settings
    from django.core.handlers.base import BaseHandler

    global_settings.CORS_POLICIES = {"default": POLICY}
    load = BaseHandler.load_middleware

    @functools.wraps(load)
    def load_with_cors(self, is_async=False):
        given = settings.MIDDLEWARE
        if not is_async:
            settings.MIDDLEWARE = ["wsgicors.django.CORSMiddleware", *given]
        try:
            load(self, is_async)
        finally:
            settings.MIDDLEWARE = given

    BaseHandler.load_middleware = load_with_cors


def falcon():
    import falcon

    from wsgicors.falcon import CORS

    call = falcon.App.__call__

    @functools.wraps(call)
    def through(self, environ, start_response):
        for middleware in self._unprepared_middleware:
            if hasattr(middleware, "suites_wrapper"):
                return middleware.suites_wrapper(environ, start_response)
        return call(self, environ, start_response)

    def switch_on(app):
        if inspect.iscoroutinefunction(type(app).__call__):
            return  # wsgicors is for WSGI
        falcon.App.__call__ = call  # what the wrapper is to call
        try:
            wrapper = CORS(app, POLICY)
        except TypeError as error:
            if "has Falcon's own CORS" not in str(error):
                raise
        else:
            # Apps have slots and take no weak reference. A table of them would keep all apps of
            # the suite, so that each run of the garbage collector would take longer.
            wrapper.resolver.suites_wrapper = wrapper
        finally:
            falcon.App.__call__ = through

    falcon.App.__call__ = through
    _after_init(falcon.App, switch_on)


def flask():
    from flask import Flask

    from wsgicors.flask import CORS

    _after_init(Flask, lambda app: CORS(app, POLICY))


def werkzeug():
    import werkzeug.test

    from wsgicors import CORSMiddleware

    run = werkzeug.test.run_wsgi_app

    @functools.wraps(run)
    def run_with_cors(app, *args, **kwargs):
        return run(CORSMiddleware(app, POLICY), *args, **kwargs)

    werkzeug.test.run_wsgi_app = run_with_cors


def wsgidav():
    from wsgidav.wsgidav_app import WsgiDAVApp

    _wrap_instances(WsgiDAVApp)


SWITCHES = {
    switch.__name__: switch for switch in (bottle, django, falcon, flask, werkzeug, wsgidav)
}
"""How to switch CORS on, by framework."""

if os.environ["SUITES_APPS"]:
    SWITCHES[os.environ["SUITES_APPS"]]()

tests: dict[str, dict] = {}
"""The outcome, seconds and message of each test."""

_started = 0.0


def _seconds():
    """Return the processor time that this process and its children have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def pytest_collection_finish():
    """Let the garbage collector look only at what tests make, not at pytest and all modules too.

    Otherwise one full collection takes some percent of a short suite, and whether there is one more
    or one less is chance.
    """
    gc.collect()
    gc.freeze()


def pytest_runtest_logstart(nodeid):
    global _started
    tests[nodeid] = {"outcome": "passed", "seconds": 0.0, "message": ""}
    _started = _seconds()


def pytest_runtest_logfinish(nodeid):
    tests[nodeid]["seconds"] = _seconds() - _started


def pytest_runtest_logreport(report):
    """Keep the outcome of a test, and why it failed; also of its setup and teardown."""
    if report.failed or report.skipped:
        outcome = "xfailed" if hasattr(report, "wasxfail") else report.outcome
        crash = getattr(report.longrepr, "reprcrash", None)
        message = str(report.longrepr) if crash is None else crash.message
        tests[report.nodeid].update(outcome=outcome, message=message)


def pytest_sessionfinish():
    Path(os.environ["SUITES_RECORD"]).write_text(json.dumps(tests), "utf-8")
