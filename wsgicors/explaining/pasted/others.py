"""What a text of a browser's console is about if it is not a message about CORS."""

import re

NETWORK = "the network, not CORS: the server cannot be reached or does not answer"

KINDS = (
    (r"Content[- ]Security[- ]Policy", "the page's Content-Security-Policy, not CORS"),
    (
        r"Mixed Content|mixed active content|requested insecure content",
        "mixed content, not CORS: a page at https requests a URL at http",
    ),
    (r"ERR_BLOCKED_BY_CLIENT", "an extension of the browser that blocks the request, not CORS"),
    (
        r"ERR_BLOCKED_BY_RESPONSE|Cross-Origin-Resource-Policy|Cross-Origin Read Blocking|\bORB\b",
        "a response that no other site may embed (Cross-Origin-Resource-Policy), not CORS",
    ),
    (r"ERR_CERT_|ERR_SSL_", "the certificate or the TLS of the server, not CORS"),
    (
        r"ERR_(?:CONNECTION|NAME|ADDRESS|EMPTY|INTERNET|NETWORK|TIMED|SOCKET|PROXY|TUNNEL)"
        r"|Could not connect to",
        NETWORK,
    ),
    (
        r"\bERR_\w*REDIRECTS?\b|ERR_UNKNOWN_URL_SCHEME",
        "a redirect that no browser follows: it leads in a circle, or its Location is not a URL "
        "of http or https",
    ),
    (r"FTP is not supported", "a URL of ftp, which no browser requests"),
    (
        r"Refused to get unsafe header",
        "a response header that JavaScript cannot read; list it in expose_headers",
    ),
    (r"status of \d{3}|\b[A-Z]{3,7} https?://\S+ \d{3} ", "the status of a response, not CORS"),
)
"""Other messages, and what they are about."""

NO_URL = re.compile(
    r"Failed to fetch|NetworkError when attempting|Load failed|Failed to load resource"
    r"|Access-Control-Allow-|Preflight response is not"
)
"""Parts of messages about CORS that do not name the URL."""


def what_else(text: str) -> str:
    """Return what a text without a request is about, empty if that is not certain."""
    for pattern, about in KINDS:
        if re.search(pattern, text):
            return f"this text is about {about}"
    if NO_URL.search(text):
        return "this text does not name the URL; copy the messages before and after it too"
    return ""
