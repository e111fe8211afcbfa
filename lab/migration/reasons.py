"""Why some scenarios end differently after the migration."""

from typing import NamedTuple


class Reason(NamedTuple):
    """Why a scenario ends differently."""

    kind: str
    """``"stricter"``: the page can do less. ``"fixed"``: it can do what it was meant to do.

    ``"warned"``: settings that were rejected are accepted, with a warning.
    """
    text: str


REASONS = {
    "pattern": Reason(
        "stricter",
        "The pattern `/api/*` is a regular expression, and matches `/api-keys` too. A blueprint's "
        "policy applies only to its own views",
    ),
    "unknown-url": Reason(
        "stricter",
        "An unknown URL belongs to no blueprint. It has the default policy, and this app has no "
        "default",
    ),
    "served": Reason(
        "stricter",
        "A preflight lists the methods that the URL serves. Before, it listed seven, served or not",
    ),
    "headers": Reason(
        "stricter", "Request headers have to be listed. Before, all were allowed by default"
    ),
    "errors": Reason(
        "fixed",
        "An error has the policy of its view. Before, it missed the decorator",
    ),
    "first-view-lax": Reason(
        "stricter",
        "The policy of the view that serves `PUT` decides. Before, the policy of the URL's first "
        "view did, and allowed more",
    ),
    "first-view-strict": Reason(
        "fixed",
        "The policy of the view that serves `PUT` decides. Before, the policy of the URL's first "
        "view did, and did not allow credentials",
    ),
    "class-based": Reason(
        "fixed",
        "Preflights do not reach the view. Before, the class-based view undid the decorator's "
        "setting for them",
    ),
    "any-origin": Reason(
        "stricter",
        "`supports_credentials` without `origins` let every page read with the visitor's cookies. "
        "No policy does",
    ),
    "beginning": Reason(
        "stricter",
        "The regular expression has no `$`, so it matches every host that starts like a "
        "subdomain. A pattern matches whole origins",
    ),
    "fallback": Reason(
        "stricter",
        "An error has the policy of its view. Before, it had the policy of the extension, which "
        "allows origins that the decorator refuses",
    ),
    "vary": Reason("stricter", "Every response that depends on the origin has `Vary: Origin`"),
}
