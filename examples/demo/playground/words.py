"""The result of a request, explained in sentences."""

from __future__ import annotations

from collections.abc import Iterable

from wsgicors.testing import CORSBlocked, Log, Response

SAFELISTED_METHODS = {"GET", "HEAD", "POST"}


def explain_preflight(log: Log) -> list[str]:
    """Say why the browser sent a preflight, if it did."""
    for exchange in log:
        if exchange.kind == "preflight":
            method = exchange.request_header("Access-Control-Request-Method") or ""
            reasons = [] if method in SAFELISTED_METHODS else [f"the method is {method}"]
            names = exchange.request_header("Access-Control-Request-Headers")
            if names:
                reasons.append(f"the page sets {listed(names.split(','))}")
            return [f"The browser first sends a preflight because {listed(reasons)}."]
    if log and log[0].request_header("Origin") and log[0].page != log[0].url.origin:
        return ["The request is simple, so it needs no preflight."]
    return []


def explain_response(response: Response, log: Log, with_credentials: bool) -> list[str]:
    """Say what a page may do with a response."""
    exchange = log[-1]
    sent = exchange.response
    if response.type == "basic":
        return ["The page and the API have the same origin, so CORS does not apply."]
    if response.type == "opaque":
        return ["In mode no-cors the response is opaque: JavaScript cannot see it."]
    if response.type == "opaqueredirect":
        return ["The browser does not follow it: JavaScript sees only that there is a redirect."]
    allowed = sent.get("Access-Control-Allow-Origin")
    origins = "every origin" if allowed == "*" else f"the page's origin, {allowed}"
    sentences = [f"The response allows {origins}, so JavaScript can read it."]
    if with_credentials:
        sentences.append(explain_cookie(exchange.request_header("Cookie")))
    return sentences + explain_withheld(response, (name for name, _ in sent.headers))


def explain_cookie(cookie: str | None) -> str:
    """Say whether a cookie was sent."""
    if cookie:
        return f"The browser sent the cookie {cookie}, and the response allows credentials."
    return (
        "The response allows credentials, but there was no cookie to send: the API's cookie "
        "is SameSite=Lax, and this page is on another site."
    )


def explain_withheld(response: Response, sent: Iterable[str]) -> list[str]:
    """Name the API's own headers that JavaScript cannot read."""
    names = [name for name in sent if name.startswith("X-") and name not in response.headers]
    if not names:
        return []
    return [f"JavaScript cannot read {listed(names)}: not listed in expose_headers."]


def explain_failure(error: Exception, log: Log) -> list[str]:
    """Say why a request failed for a reason other than CORS."""
    when = "" if log else "Nothing was sent: "
    return [f"{when}{error}."]


def blocked_because(error: CORSBlocked) -> list[tuple[str, str]]:
    """Return the step that failed, and what would have passed it."""
    return [
        ("Step", error.step),
        ("Received", error.received),
        ("Needed", error.needed),
        ("Change", error.hint),
    ]


def listed(words: list[str]) -> str:
    """Join words as a sentence does."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
