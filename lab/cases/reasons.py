"""Why some facts differ."""

from lab.migration.reasons import REASONS as MIGRATION
from lab.migration.reasons import Reason

REASONS = {key: MIGRATION[key] for key in ("any-origin", "beginning", "vary")}
REASONS |= {
    "dot": Reason(
        "stricter",
        "The dot of the regular expression matches any character. In a pattern, it is a dot",
    ),
    "scheme": Reason("stricter", "The regular expression has no scheme. A pattern has one"),
    "case": Reason(
        "stricter",
        "Browsers send origins in lower case, so a capital letter is an error. Before, case was "
        "ignored",
    ),
    "header-pattern": Reason(
        "stricter", "Request headers are listed by name. Regular expressions are not supported"
    ),
    "unknown-view": Reason(
        "stricter", "A view that does not exist is an error. Before, the pattern matched nothing"
    ),
    "simple-method": Reason(
        "stricter",
        "`allow_methods` applies to `POST` too. Before, only the browser compared the list, and "
        "browsers allow `GET`, `HEAD` and `POST` whatever it says",
    ),
    "own-headers": Reason(
        "stricter",
        "The resource has `@cors(None)`, because it sets its headers by itself, so it answers "
        "preflights by itself too. Before, the middleware allowed them",
    ),
    "all-with-cookies": Reason(
        "stricter",
        "`CORS_ALLOW_CREDENTIALS` for all origins let every page read with the visitor's cookies. "
        "No policy does",
    ),
    "everyone": Reason(
        "stricter",
        '`allow_credentials="*"` without `allow_origins` let every page read with the visitor\'s '
        "cookies. No policy does",
    ),
    "public-suffix": Reason(
        "warned",
        "Without credentials, strangers' pages read no more than under `*`. With credentials, both "
        "reject it",
    ),
}
