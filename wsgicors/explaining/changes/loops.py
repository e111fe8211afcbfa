"""Redirects that never end."""

from collections.abc import Sequence

from ..._advice import Fix
from ...testing import fetch
from ...testing.urls import URL
from .hops import starts_login

TRUST_PROXY = (
    "If a proxy ends TLS, have it send X-Forwarded-Proto: https and have the app trust that header "
    "(ProxyFix, in Django SECURE_PROXY_SSL_HEADER)."
)

NO_END = "Have the login answer without a redirect: the redirects never end."


def end_loop(urls: Sequence[URL]) -> Fix:
    """Return the change for a loop of redirects.

    :param urls: where the redirects have led so far.
    """
    texts = [str(url) for url in urls]
    end = next((number for number, text in enumerate(texts) if text in texts[:number]), None)
    if end is None:
        return Fix(
            f"Redirect at most {fetch.MAX_REDIRECTS} times: {texts[0]} led to {texts[-1]} after "
            f"{len(texts) - 1} redirects."
        )
    loop = texts[texts.index(texts[end]) : end + 1]
    about_login = f" {NO_END}" if any(map(starts_login, urls)) else ""
    if loop[2:]:
        return Fix(f"End the loop of redirects: {' to '.join(loop)}.{about_login}")
    about_proxy = f" {TRUST_PROXY}" if loop[0].startswith("https:") else ""
    about = about_login or about_proxy
    return Fix(f"End the loop of redirects: {loop[0]} redirects to itself.{about}")
