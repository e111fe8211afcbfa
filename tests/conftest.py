"""How hard properties are tried, and what keeps the memory of a test run small."""

import gc
import sys
from collections.abc import Iterator
from weakref import WeakValueDictionary

import pytest
from hypothesis import HealthCheck, settings

from wsgicors import _decorator
from wsgicors.routing._listing import ListingResolver

# A busy machine makes tests slow, so time limits would fail at random.
_untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)

settings.register_profile("quick", _untimed, derandomize=True, max_examples=40)
settings.register_profile("fuzz", _untimed, max_examples=250)  # in each round of `make fuzz`
settings.load_profile("quick")


def pytest_collection_finish() -> None:
    """Exempt the tests themselves from garbage collection, which each audit of an app runs."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def no_apps_left_over() -> Iterator[None]:
    """Clear the caches of frameworks after each module.

    They keep views alive, and each check or audit would look at the decorated views of all tests.
    The log of an app does not name them. What is left is exempt from garbage collection.
    """
    ListingResolver.has_looked_for_strays = True
    yield
    if "django.urls" in sys.modules:
        from django.conf.urls.i18n import is_language_prefix_patterns_used
        from django.urls import clear_url_caches

        clear_url_caches()
        is_language_prefix_patterns_used.cache_clear()
    if "http_router" in sys.modules:
        from http_router import Router

        Router.match.cache_clear()
    gc.collect()
    gc.freeze()


@pytest.fixture
def no_other_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the decorated views of other tests: each check and audit of an app looks at all."""
    monkeypatch.setattr(_decorator, "_marked", WeakValueDictionary())
    monkeypatch.setattr(_decorator, "_kept", {})
