"""Mixed content: a page at ``https:`` that requests an ``http:`` URL, which browsers never send."""

from .._core.origins import Origin
from ..testing.urls import URL


class MixedContent(Exception):
    """A request that browsers block before they send it."""


def is_mixed(origin: str, url: URL) -> bool:
    """Return whether a URL is mixed content (Mixed Content, section 4.4), apart from loopback.

    :param origin: the origin of the page.
    """
    is_loopback = Origin(url.scheme, url.host, None).is_loopback
    return origin.startswith("https:") and url.scheme == "http" and not is_loopback


def describe_mixed(url: URL) -> str:
    """Say what browsers do with mixed content."""
    return (
        f"browsers block {url} before they send anything, because the page is at https: "
        "(mixed content)"
    )


def check_mixed(origin: str, url: URL) -> None:
    """Check that browsers follow a redirect of a page's request to a URL.

    :raises MixedContent: if not.
    """
    if is_mixed(origin, url):
        raise MixedContent(describe_mixed(url))
