"""Why a request ended as it did, in sentences."""

from __future__ import annotations

from collections.abc import Iterable

from wsgicors.testing import CORSBlocked, Log, Response

SAFELISTED_METHODS = {"GET", "HEAD", "POST"}


def explain_preflight(log: Log) -> list[str]:
    """Say why the browser asked first, if it did."""
    for exchange in log:
        if exchange.kind == "preflight":
            method = exchange.request_header("Access-Control-Request-Method") or ""
            reasons = [] if method in SAFELISTED_METHODS else [f"the method {method}"]
            names = exchange.request_header("Access-Control-Request-Headers")
            if names:
                reasons.append(f"the request headers {names.replace(',', ', ')}")
            return [f"The browser asks first, with a preflight, because of {listed(reasons)}."]
    if log and log[0].request_header("Origin") and log[0].page != log[0].url.origin:
        return ["The request is simple, so it goes out at once, without a preflight."]
    return []


def explain_answer(response: Response, log: Log, with_credentials: bool) -> list[str]:
    """Say what a page may do with an answer."""
    exchange = log[-1]
    sent = exchange.response
    if response.type == "basic":
        return ["Page and API have one origin, so CORS has no part in this: script reads it all."]
    if response.type == "opaque":
        return ["In mode no-cors the answer is opaque: it is there, and script sees nothing of it."]
    if response.type == "opaqueredirect":
        return ["Asked not to follow, the browser shows script that there is a redirect, no more."]
    admitted = sent.get("Access-Control-Allow-Origin")
    whom = "every origin" if admitted == "*" else f"the page's origin, {admitted}"
    sentences = [f"The answer admits {whom}, so script reads it."]
    if with_credentials:
        sentences.append(explain_cookie(exchange.request_header("Cookie")))
    return sentences + explain_withheld(response, (name for name, _ in sent.headers))


def explain_cookie(cookie: str | None) -> str:
    """Say what credentials meant for this request."""
    if cookie:
        return f"The browser sent the cookie {cookie}, and the answer allows credentials."
    return (
        "The answer allows credentials, but there was no cookie to send: the API's cookie "
        "is SameSite=Lax, and this page is of another site."
    )


def explain_withheld(response: Response, sent: Iterable[str]) -> list[str]:
    """Name the headers of the API's own that script cannot read."""
    names = [name for name in sent if name.startswith("X-") and name not in response.headers]
    if not names:
        return []
    return [f"Script cannot read {listed(names)}, which expose_headers leaves out."]


def explain_failure(error: Exception, log: Log) -> list[str]:
    """Say why a request failed that CORS has not blocked."""
    when = "" if log else "Nothing is sent: "
    return [f"{when}{error}."]


def blocked_because(error: CORSBlocked) -> list[tuple[str, str]]:
    """Return the step that failed, and what would have passed."""
    return [
        ("Step", error.step),
        ("Received", error.received),
        ("Needed", error.needed),
        ("Change", error.hint),
    ]


def listed(words: list[str]) -> str:
    """Join words as a sentence does."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
