"""Which suites are run, and how."""

from typing import NamedTuple


class Suite(NamedTuple):
    """The suite in the source distribution of a project."""

    project: str
    """Its name on PyPI."""
    version: str
    """Pinned, because each release brings other tests."""
    apps: str
    """How CORS is switched on: a key of ``SWITCHES`` in the plugin."""
    needs: tuple[str, ...] = ("pytest",)
    """What pip installs besides the project; in a path ``{source}`` is the unpacked archive."""
    arguments: tuple[str, ...] = ("tests",)
    """What pytest runs, with its options."""
    note: str = ""
    """What is left out or different, for the table."""


PYTEST_8 = "pytest<9"
"""Some suites use what pytest 9 has removed, or replace functions that it calls."""

SUITES = [
    Suite(
        "flask",
        "3.1.3",
        "flask",
        (PYTEST_8, "asgiref", "greenlet", "python-dotenv"),
    ),
    Suite("bottle", "0.13.4", "bottle", arguments=("test",)),
    Suite(
        "falcon",
        "4.4.0",
        "falcon",
        (PYTEST_8, "--requirement={source}/requirements/tests", "testtools"),
        ("tests", "--ignore=tests/asgi", "-k=not asgi"),
        "Without the tests that are for ASGI alone. Apps with Falcon's own CORS keep it",
    ),
    Suite(
        "djangorestframework",
        "3.18.3",
        "django",
        ("--group={source}/pyproject.toml:test", "--group={source}/pyproject.toml:optional"),
    ),
    Suite(
        "django-ninja",
        "1.6.2",
        "django",
        ("pytest", "pytest-django", "pytest-asyncio", "psycopg2-binary"),
        note="The newest release that comes with tests",
    ),
    Suite("httpbin", "0.10.4", "flask"),
    Suite(
        "werkzeug",
        "3.1.9",
        "werkzeug",
        ("--group={source}/pyproject.toml:tests",),
        ("tests", "-m=not dev_server"),
        "Every app that `Client` or `run_wsgi_app` calls. Without the tests that start a server. "
        "The examples have no tests",
    ),
    Suite(
        "wsgidav",
        "4.4.0",
        "wsgidav",
        ("pytest", "webtest", "requests"),
        ("tests/test_cors.py", "tests/test_path_normalization.py", "tests/test_wsgidav_app.py"),
        "The modules that call the app. The archive lacks a module that they import; the lab has "
        "the one function that they use",
    ),
    Suite(
        "apiflask",
        "3.1.2",
        "flask",
        ("--requirement={source}/requirements/tests.txt",),
        note="In place of Radicale, which comes without tests",
    ),
    Suite(
        "flask-smorest",
        "0.47.0",
        "flask",
        ("{source}[tests]",),
        note="In place of Radicale, too",
    ),
]
