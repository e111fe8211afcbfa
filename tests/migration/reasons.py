"""Why some of what pages do ends differently after the move."""

from typing import NamedTuple


class Reason(NamedTuple):
    """Why a scenario ends differently."""

    kind: str
    """``"stricter"``: the page can do less. ``"mended"``: it can do what it was meant to do."""
    text: str


REASONS = {
    "pattern": Reason(
        "stricter",
        "The pattern `/api/*` is a regular expression, and matches `/api-keys` too. A blueprint "
        "speaks for its own views",
    ),
    "unknown-url": Reason(
        "stricter",
        "A URL that is nobody's belongs to no blueprint. It has the default policy, and this app "
        "has none",
    ),
    "served": Reason(
        "stricter",
        "A preflight lists the methods that the URL serves. Before, it listed seven, served or not",
    ),
    "headers": Reason("stricter", "Request headers are named. Before, the default was all"),
    "errors": Reason(
        "mended",
        "An error has the policy of its view. Before, it missed the decorator",
    ),
    "first-view-lax": Reason(
        "stricter",
        "The view that serves `PUT` answers for it. Before, the first view of the URL did, and "
        "admitted more",
    ),
    "first-view-strict": Reason(
        "mended",
        "The view that serves `PUT` answers for it. Before, the first view of the URL did, and "
        "had no credentials to give",
    ),
    "class-based": Reason(
        "mended",
        "Preflights are not the view's business. Before, the class-based view undid what the "
        "decorator had set to answer them",
    ),
    "everybody": Reason(
        "stricter",
        "`supports_credentials` without `origins` let every page read as the visitor. No policy "
        "does",
    ),
    "beginning": Reason(
        "stricter",
        "The regular expression has no `$`, and matches whatever begins like a subdomain. "
        "A pattern matches whole origins",
    ),
    "fallback": Reason(
        "stricter",
        "An error has the policy of its view. Before, it had the extension's, which admits pages "
        "that the decorator refuses",
    ),
    "vary": Reason("stricter", "Every answer that depends on the origin says so in `Vary`"),
}
