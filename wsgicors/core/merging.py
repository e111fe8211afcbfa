"""Putting a decision's header lines among those that the response has already."""

from collections.abc import Iterable

from .headers import Header, is_token, merge_names, merge_vary, split_list

OWNED = frozenset({"access-control-allow-origin", "access-control-allow-credentials"})
"""Lines that are the policy's alone: doubled, they fail Fetch's "CORS check"."""

EXPOSE = "Access-Control-Expose-Headers"


def merge(own: Iterable[Header], added: Iterable[Header], credentials: bool) -> list[Header]:
    """Return a response's own lines with those that a decision adds.

    What the view varies by is kept beside what the policy varies by, and so is what it exposes
    where the policy lets the origin read at all. The list given stays as it is, for it may be one
    that the app uses again.

    :param credentials: whether the policy allows them: ``*`` would then expose nothing but a
        header of that name, so it goes.
    """
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
    granted = False
    for name, value in added:
        if name == "Vary":
            names.extend(split_list(value))
        elif name == EXPOSE:
            exposed.insert(0, value)
        else:
            granted = True
            merged.append((name, value))
    if vary := merge_vary(varied, names):
        merged.append(("Vary", vary))
    if granted and exposed:
        listed = [name for value in exposed for name in split_list(value)]
        usable = [n for n in listed if is_token(n) and not (credentials and n == "*")]
        if usable:
            merged.append((EXPOSE, merge_names((), usable)))
    return merged
