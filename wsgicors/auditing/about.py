"""Which app was audited, how it is configured, and with which versions."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from .._introspection import About
from ..routing._listing import ListingResolver

DISTRIBUTION = "wsgicors-toolkit"
"""The name under which wsgicors is installed."""

VARIABLES = (
    "APP_ENV",
    "APP_SETTINGS",
    "DJANGO_CONFIGURATION",
    "DJANGO_SETTINGS_MODULE",
    "ENVIRONMENT",
    "FLASK_CONFIG",
    "FLASK_DEBUG",
    "FLASK_ENV",
)
"""Variables of the environment that usually choose a configuration."""


def about(resolver: ListingResolver) -> About:
    """Return what identifies an app, so far as the framework shows it."""
    framework = f"{resolver.framework} {version_of(resolver.framework)}".strip()
    return About(resolver.name(), framework, {**environment(), **resolver.configuration()})


def environment() -> dict[str, str]:
    """Return the variables of the environment that usually choose a configuration."""
    return {name: os.environ[name] for name in VARIABLES if os.environ.get(name)}


def version_of(distribution: str) -> str:
    """Return the version of an installed package, or nothing if it is not installed as one."""
    try:
        return version(distribution) if distribution else ""
    except PackageNotFoundError:  # a single file that was copied, for example
        return ""


def versions() -> dict[str, str]:
    """Return the versions of wsgicors and of Python."""
    return {"wsgicors": version_of(DISTRIBUTION), "Python": platform.python_version()}
