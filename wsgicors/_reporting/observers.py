"""Checks an observer, when it is given to a wrapper."""

import inspect
from typing import TYPE_CHECKING

from .._core.validation import is_asynchronous

if TYPE_CHECKING:
    from collections.abc import Callable


def check_observer(given: object, use: str = "observer=seen") -> None:
    """Reject what cannot be called with an event; ``None`` means that there is no observer.

    :param use: how to pass an observer, for the messages.
    :raises TypeError: if it cannot.
    """
    if given is None:
        return
    advice = f"use {use}, with a function: def seen(event): ..."
    name = getattr(given, "__name__", "")
    if isinstance(given, type):
        advice = f"use {use}, with a function or an instance such as {name}()"
        raise TypeError(f"{given!r:.80} is a class, which cannot observe; {advice}")
    if not callable(given):
        raise TypeError(f"{given!r:.80} is not an observer, because it is not callable; {advice}")
    if _makes_observers(given):
        raise TypeError(f"{name} is not an observer, but makes one; use seen = {name}(), and {use}")
    if is_asynchronous(given):
        raise TypeError(f"{given!r:.80} is asynchronous, which wsgicors cannot await; {advice}")
    if any(map(inspect.isgeneratorfunction, (given, type(given).__call__))):
        raise TypeError(
            f"{given!r:.80} is a generator function, which a call does not run; {advice}"
        )
    try:
        inspect.signature(given).bind(None)
    except ValueError:
        pass  # some built-in and compiled callables have no signature
    except TypeError:
        raise TypeError(f"{given!r:.80} does not take one argument, the event; {advice}") from None


def _makes_observers(given: "Callable[..., object]") -> bool:
    """Return whether it is a function of :mod:`wsgicors.metrics`, which has to be called first.

    The observers that these functions make are defined inside them.
    """
    name = getattr(given, "__qualname__", "")
    return getattr(given, "__module__", "") == "wsgicors.metrics" and "<locals>" not in name
