"""What tests can do with any engine."""

import json
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

WIDTH, HEIGHT = 1280, 900
"""Size of a window in CSS pixels, unless a test asks for another."""

PATIENCE = 300
"""Seconds until a function that runs in a page counts as stuck: some play hundreds of requests."""


CALL = """(text) => {
  const late = new Promise((_, fail) =>
    setTimeout(() => fail("not done within %s seconds"), %s * 1000));
  const call = async () => await (%s)(...JSON.parse(text));
  return Promise.race([call(), late]).then(
    (result) => JSON.stringify([true, result]),
    (error) => JSON.stringify([false, String(error)]));
}"""
"""A function with its arguments and its result or error as text, and with a time limit."""


class Window(ABC):
    """A window with a page in it. Cookies and caches are its own."""

    @property
    @abstractmethod
    def console(self) -> list[str] | None:
        """What the console has printed so far, or None if the engine does not say."""

    @abstractmethod
    def open(self, url: str) -> None:
        """Load a page and wait until its ``load`` event is over."""

    def call(self, function: str, *arguments: Any, opaque: bool = False) -> Any:
        """Call a JavaScript function in the page, and return what it or its promise returns.

        :param arguments: like the result, what JSON can express.
        :param opaque: call it in the page's first frame, which the tests sandbox.
        """
        source = CALL % (PATIENCE, PATIENCE, function)
        is_well, result = json.loads(self._evaluate(source, json.dumps(arguments), opaque))
        if not is_well:
            pytest.fail(f"in the page: {result}")
        return result

    @abstractmethod
    def _evaluate(self, function: str, argument: str, opaque: bool) -> str:
        """Call a function that takes a text and returns a promise of one."""

    @abstractmethod
    def screenshot(self, path: Path) -> None:
        """Save the whole page as a PNG."""


class Engine(ABC):
    """A running browser."""

    name: str
    version: str

    @abstractmethod
    def window(self, width: int = WIDTH, height: int = HEIGHT) -> AbstractContextManager[Window]:
        """Open a window until the block ends."""
