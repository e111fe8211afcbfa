"""A simulated browser for tests: what a page at some origin may do, and why not.

::

    page = Browser(app, at="https://api.example").page("https://app.example")
    response = page.fetch("https://api.example/items", method="PUT", credentials="include")

It follows the Fetch standard, from the preflight to what JavaScript may read of the response. If a
browser would block the page, it raises :class:`CORSBlocked`, which says why and what to change.
"""

from .browser import Browser, Page
from .exceptions import CORSBlocked, NetworkError
from .log import Exchange, Log
from .responses import Response

__all__ = ["Browser", "CORSBlocked", "Exchange", "Log", "NetworkError", "Page", "Response"]

# So that a traceback says wsgicors.testing.CORSBlocked, which can be imported.
for _name in __all__:
    globals()[_name].__module__ = __name__
