"""The origins that one machine can serve, and which of them stands for an origin of a text."""

from __future__ import annotations

from typing import NamedTuple

from wsgicors import Origin
from wsgicors.explaining.pasted import Unreadable
from wsgicors.testing.urls import URL


class Places(NamedTuple):
    """Origins of this machine."""

    page: str
    """Another port of the API's host."""
    other: str
    """Another name of this machine, which is another site to browsers."""
    api: str

    @property
    def choices(self) -> list[dict[str, str]]:
        """The origins that can make requests, and the frame of each."""
        frames = {
            self.page: (self.page, "another port"),
            self.other: (self.other, "another site"),
            self.api: (self.api, "the API itself"),
            "null": (self.page, "a sandboxed frame"),
        }
        return [
            {"origin": origin, "frame": f"{served}/playground/ask.html", "says": says}
            for origin, (served, says) in frames.items()
        ]

    def nearest(self, origin: str | None, url: URL | None) -> tuple[str, str]:
        """Return the origin that stands for the one of a text, and a sentence about that.

        :param origin: the page's; ``None`` if the text does not name it.
        :param url: what the page requests; ``None`` if it is on the page's own origin.
        :raises Unreadable: if the origin of the text is not one.
        """
        if url is None:
            return self.api, f"The URL is one of the page's own origin, which becomes {self.api}."
        if origin is None:
            return self.page, f"The text does not name the page's origin; {self.page} is a guess."
        if origin == "null":
            return origin, "null stays null: the page is in a sandboxed frame."
        if Origin.parse(origin) is None:
            raise Unreadable(f"{origin!r} is not an origin; use the form 'https://app.example'")
        page = URL.parse(origin)
        if page.is_http and page.origin == url.origin:
            return self.api, f"{origin} becomes {self.api}, the API's own origin."
        if page.is_http and page.site == url.site:
            return self.page, f"{origin} becomes {self.page}, another origin of the API's site."
        return self.other, f"{origin} becomes {self.other}, an origin of another site."
