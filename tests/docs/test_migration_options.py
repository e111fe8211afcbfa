"""Each migration guide has a row for every option of the other library."""

import inspect
import re
from pathlib import Path

import corsheaders.conf
import corsheaders.signals
import pytest
from django.dispatch import Signal
from flask_cors.core import CONFIG_OPTIONS, DEFAULT_OPTIONS

GUIDES = Path(__file__).parents[2] / "docs" / "coming-from"

FLASK_CORS = {name.removeprefix("CORS_").lower() for name in CONFIG_OPTIONS} | {*DEFAULT_OPTIONS}

# The settings are properties, whose code also names the older settings.
DJANGO_CORS_HEADERS = set(re.findall(r'"(CORS_\w+)"', inspect.getsource(corsheaders.conf)))
DJANGO_CORS_HEADERS |= {
    name for name, value in vars(corsheaders.signals).items() if isinstance(value, Signal)
}

# Read from its last release, 0.7.0 of 2017: it cannot be installed beside a package of its name.
OLDER_WSGICORS = {
    "origin",
    "methods",
    "headers",
    "expose_headers",
    "credentials",
    "maxage",
    "policy",
    "matchstrategy",
}


@pytest.mark.parametrize(
    ("guide", "options"),
    [
        pytest.param("flask-cors.md", FLASK_CORS, id="Flask-CORS"),
        pytest.param("django-cors-headers.md", DJANGO_CORS_HEADERS, id="django-cors-headers"),
        pytest.param("older-wsgicors.md", OLDER_WSGICORS, id="the older wsgicors"),
    ],
)
def test_the_table_has_a_row_for_every_option_and_no_others(guide, options):
    page = (GUIDES / guide).read_text("utf-8")
    table = re.search(r"^## Every option\n.*?(^\|.*?)\n\n", page, re.MULTILINE | re.DOTALL)[1]
    header, _, *rows = table.splitlines()
    assert header.startswith("| Option |")
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(named) == sorted(options)
