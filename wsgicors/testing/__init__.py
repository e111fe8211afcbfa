"""A browser for tests: what a page at some origin may do, and why it may not.

::

    page = Browser(app, at="https://api.example").page("https://app.example")
    response = page.fetch("https://api.example/items", method="PUT", credentials="include")

It follows the Fetch standard, from the preflight to what script may read of the response, and
raises :class:`CORSBlocked` where a browser would block, with the step, the reason and the remedy.
"""

from .blocked import CORSBlocked, NetworkError
from .browser import Browser, Page
from .log import Exchange, Log
from .responses import Response

__all__ = ["Browser", "CORSBlocked", "Exchange", "Log", "NetworkError", "Page", "Response"]
