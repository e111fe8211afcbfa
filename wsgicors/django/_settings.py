"""The settings of a Django project: its middleware, where a table is written, and checks."""

import difflib
import linecache
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest
from django.utils.module_loading import import_string

from .._core.places import Place
from .._core.policy import Policy
from .._reporting.observers import check_observer

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from .._reporting.events import Observer


SETTINGS = ("CORS_ENDPOINTS", "CORS_OBSERVER", "CORS_POLICIES")
"""The settings of wsgicors."""

THEIR_SETTINGS = {
    "CORS_ALLOWED_ORIGINS": "CORS_POLICIES with allow_origins",
    "CORS_ALLOWED_ORIGIN_REGEXES": "CORS_POLICIES with allow_origins",
    "CORS_ALLOW_ALL_ORIGINS": "CORS_POLICIES with allow_origins",
    "CORS_ALLOW_CREDENTIALS": "CORS_POLICIES with allow_credentials",
    "CORS_ALLOW_HEADERS": "CORS_POLICIES with allow_headers",
    "CORS_ALLOW_METHODS": "CORS_POLICIES with allow_methods",
    "CORS_ALLOW_PRIVATE_NETWORK": "nothing instead",
    "CORS_EXPOSE_HEADERS": "CORS_POLICIES with expose_headers",
    "CORS_ORIGIN_ALLOW_ALL": "CORS_POLICIES with allow_origins",
    "CORS_ORIGIN_REGEX_WHITELIST": "CORS_POLICIES with allow_origins",
    "CORS_ORIGIN_WHITELIST": "CORS_POLICIES with allow_origins",
    "CORS_PREFLIGHT_MAX_AGE": "CORS_POLICIES with max_age",
    "CORS_URLS_REGEX": "@cors on the views, or CORS_ENDPOINTS",
}
"""The settings of django-cors-headers, and what to use instead."""


def locate(path: str) -> str:
    """Return where a path leads from the folder of the project; else from the current folder."""
    return os.path.join(str(getattr(settings, "BASE_DIR", None) or ""), path)


def place_of_setting(name: str) -> Place | None:
    """Return the line of a settings module that assigns a setting, if there is just one.

    Settings modules import from each other, so the one with the assignment is looked for.
    """
    assignment = re.compile(rf"\s*{name}\s*(?::[^=]*)?=(?!=)")
    value = getattr(settings, name, None)
    for module_name, module in [*sys.modules.items()] if value is not None else ():
        if getattr(module, "__dict__", {}).get(name) is value:
            file = getattr(module, "__file__", None) or ""
            lines = enumerate(linecache.getlines(file), 1)
            found = [number for number, line in lines if assignment.match(line)]
            if len(found) == 1:
                return Place(file, found[0], module_name)
    return None


def read_middleware() -> Mapping[str, object]:
    """Return the entries of ``MIDDLEWARE``, with the class or function that each one names."""
    return {path: import_string(path) for path in settings.MIDDLEWARE}


def read_other_layers() -> list[str]:
    """Return the entries of ``MIDDLEWARE`` that belong to another CORS library."""
    return [
        path
        for path, middleware in read_middleware().items()
        for base in getattr(middleware, "__mro__", (middleware,))
        if getattr(base, "__module__", "") == "corsheaders.middleware"
    ]


def read_observer() -> "Observer | None":
    """Return the function that the setting ``CORS_OBSERVER`` names, if it is set.

    :raises ImportError: if it cannot be imported.
    :raises TypeError: if it cannot be called with an event.
    """
    name = getattr(settings, "CORS_OBSERVER", None)
    if name is None:
        return None
    use = 'CORS_OBSERVER = "module.seen"'
    if not isinstance(name, str):
        raise TypeError(f"CORS_OBSERVER is {name!r:.80}, not the name of a function; use {use}")
    try:
        found = import_string(name)
    except ImportError as error:
        message = f"CORS_OBSERVER names {name!r}, which cannot be imported: {error}"
        raise ImportError(message) from error
    if found is None:
        raise TypeError(f"CORS_OBSERVER names {name!r}: None is not an observer; use {use}")
    check_observer(found, use)
    return cast("Observer", found)


def copy_setting(given: object) -> object:
    """Return a copy of a setting, with the tables and lists in it, to compare it later."""
    if isinstance(given, Policy):  # which is equal if only its trial differs
        return given, given.trial
    if isinstance(given, Mapping):
        items = cast("Mapping[object, object]", given).items()
        return {key: copy_setting(value) for key, value in items}
    return [*cast("list[object]", given)] if isinstance(given, list) else given


def check_settings() -> Iterator[CheckMessage]:
    """Check that no setting is misspelt, or one of another library that is not in use."""
    read = {*SETTINGS, *(THEIR_SETTINGS if read_other_layers() else ())}
    for name in dir(settings):
        if name.startswith("CORS_") and name not in read:
            yield Warning(*_about_unread(name), id="wsgicors.unknown-setting")


def _about_unread(name: str) -> tuple[str, str]:
    """Return the message and the hint about a setting that wsgicors does not read."""
    if use := THEIR_SETTINGS.get(name):
        return (
            f"wsgicors does not read {name}, which is a setting of django-cors-headers",
            f"use {use}; see 'Coming from django-cors-headers' in the documentation",
        )
    own = {known.removeprefix("CORS_"): known for known in SETTINGS}
    near = difflib.get_close_matches(name.removeprefix("CORS_"), own, n=1)
    hint = f"use {own[near[0]]}" if near else "use CORS_POLICIES, and remove it"
    return f"wsgicors does not read the setting {name}", hint


def check_the_observer() -> Iterator[CheckMessage]:
    """Check that the observer can be called."""
    try:
        read_observer()
    except (ImportError, TypeError) as error:
        yield Error(str(error), obj="CORS_OBSERVER", id="wsgicors.wrong-observer")


def accepts_host(environ: "WSGIEnvironment") -> bool:
    """Return whether the project accepts the host of a request, by ``ALLOWED_HOSTS``."""
    request = HttpRequest()
    request.META = environ
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True
