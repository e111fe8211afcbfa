"""Putting a decision's header lines among those that the response has already."""

from collections.abc import Iterable, Sequence

from .headers import (
    EXPOSE_HEADERS,
    Header,
    is_token,
    merge_names,
    merge_vary,
    split_list,
)

OWNED = frozenset({"access-control-allow-origin", "access-control-allow-credentials"})
"""Lines that are the policy's alone: doubled, they fail Fetch's "CORS check"."""

MERGED = OWNED | {"access-control-expose-headers", "vary"}
"""Lines of a response, in lower case, beside which a decision's own cannot simply be put."""

UNRELATED = frozenset(
    {
        "Allow",
        "Cache-Control",
        "Content-Disposition",
        "Content-Encoding",
        "Content-Length",
        "Content-Type",
        "Date",
        "ETag",
        "Last-Modified",
        "Link",
        "Location",
        "Server",
        "Set-Cookie",
        "WWW-Authenticate",
    }
)
"""Names that are certainly not among those, spelt as most apps do: looking is all they cost."""


def merge(own: Sequence[Header], added: Sequence[Header]) -> list[Header]:
    """Return a response's own lines with those that a decision adds.

    What the view varies by is kept beside what the policy varies by, and so is what it exposes
    where the policy lets the origin read at all. The list given stays as it is, for it may be one
    that the app uses again.
    """
    for name, _ in own:
        if name not in UNRELATED and name.lower() in MERGED:
            return _merge(own, added)
    return [*own, *added]


def _merge(own: Iterable[Header], added: Iterable[Header]) -> list[Header]:
    merged: list[Header] = []
    varied: list[str] = []
    exposed: list[str] = []
    for line in own:
        name = line[0].lower()
        if name == "vary":
            varied.append(line[1])
        elif name == "access-control-expose-headers":
            exposed.append(line[1])
        elif name not in OWNED:
            merged.append(line)
    names: list[str] = []
    granted = credentials = False
    for name, value in added:
        if name == "Vary":
            names.extend(split_list(value))
        elif name == EXPOSE_HEADERS:
            exposed.insert(0, value)
        else:
            granted = True
            credentials |= name == "Access-Control-Allow-Credentials"
            merged.append((name, value))
    if vary := merge_vary(varied, names):
        merged.append(("Vary", vary))
    if granted and exposed:
        listed = [name for value in exposed for name in split_list(value)]
        # With credentials "*" would expose nothing but a header of that very name.
        usable = [n for n in listed if is_token(n) and not (credentials and n == "*")]
        if usable:
            merged.append((EXPOSE_HEADERS, merge_names((), usable)))
    return merged
