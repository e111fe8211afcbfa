"""What ``manage.py check`` says of a project's CORS."""

import difflib
from collections.abc import Iterator

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from .core.problems import PolicyError
from .routers.django import DjangoResolver, kinds_of_middleware

SETTINGS = ("CORS_ENDPOINTS", "CORS_POLICIES")
"""All settings of ours."""


def check_place(middleware: type) -> Iterator[CheckMessage]:
    """Check that the middleware is first."""
    places = kinds_of_middleware(middleware)
    if not any(places):
        hint = f'write MIDDLEWARE = ["{middleware.__module__}.CORSMiddleware", ...]'
        yield Error("no CORS: CORSMiddleware is not in MIDDLEWARE", hint, id="wsgicors.missing")
    elif not places[0]:
        message = "CORSMiddleware is not first in MIDDLEWARE, so what comes before it answers alone"
        hint = "move it up, behind nothing but what chooses the URLconf or changes the path"
        yield Warning(message, hint, id="wsgicors.not-first")


def check_settings() -> Iterator[CheckMessage]:
    """Check that no setting is meant for another library, or misspelt."""
    for name in dir(settings):
        if name.startswith("CORS_") and name not in SETTINGS:
            near = difflib.get_close_matches(name, SETTINGS, n=1)
            hint = f"write {near[0]}" if near else "write CORS_POLICIES, and leave it out"
            yield Warning(f"nothing reads the setting {name}", hint, id="wsgicors.unknown-setting")


def check_policies() -> Iterator[CheckMessage]:
    """Check the policies and every name in marks and settings, and that all marks are reached."""
    try:
        strays = DjangoResolver().survey().strays
    except PolicyError as error:
        for problem in error.problems:
            code = f"wsgicors.{problem.code}"
            yield Error(problem.message, obj=problem.setting, id=code)
        return
    message, hint = "no route reaches what @cors marks here", "give it one, or leave out @cors"
    for stray in strays:
        where = f"{stray.name} ({stray.place})"
        yield Warning(message, hint, obj=where, id="wsgicors.unreached-mark")
