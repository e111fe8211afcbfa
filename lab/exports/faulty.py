"""Usual mistakes in configurations for Apache, made in an exported policy. Each has to be found."""

from lab.exports.policies import APP, OTHER, PATTERN
from wsgicors import Policy
from wsgicors._exporting import export

POLICY = Policy(
    [APP, OTHER, PATTERN], allow_methods=["GET", "PUT"], expose_headers=["ETag"], max_age=60
)

FAULTS = {
    "an expression without an end": (")$#", ")#"),
    "an expression without a start": ("m#^(https", "m#(https"),
    "a dot that is not escaped": (r"\.app", ".app"),
    "an expression that ignores case": (")$#", ")$#i"),
    "origins of any length": ("!~ m#.{513}#", "!~ m#.{9999}#"),
    "another port": (f"'{OTHER}'", f"'{OTHER}:8443'"),
    "errors without headers": ("Header always set", "Header set"),
    "no Vary": ('Header always merge Vary "Origin"', ""),
    "a Vary that replaces that of the app": (
        'Header always merge Vary "Origin"',
        'Header unset Vary\nHeader always set Vary "Origin"',
    ),
    "headers that come twice": ("Header        unset Access-Control-Allow-Origin", ""),
    "headers of the app for refused origins": ("Access-Control-Allow-Credentials", "X-A"),
    "every OPTIONS is a preflight": (" && -n req_novary('Access-Control-Request-Method')", ""),
    "a preflight reaches the app": ("RedirectMatch 204 ^", ""),
    "another status": ("RedirectMatch 204 ^", "RedirectMatch 200 ^"),
    "preflights for GET from a list without HEAD": ("'HEAD'", "'TRACE'"),
    "every origin": ("expr=%{req_novary:Origin}", "*"),
    "no headers are exposed": ("Access-Control-Expose-Headers", "X-A"),
    "no Max-Age": ('Max-Age "60"', 'Max-Age "0"'),
}
"""What is wrong, and the text that is replaced, wherever it occurs."""


def exports() -> dict[str, str]:
    """Return an export with each mistake, by the names ``fault-0``, ``fault-1`` and so on."""
    right = export(POLICY, "apache", name="faulty", heading="Wrong on purpose.")
    made: dict[str, str] = {}
    for number, (old, new) in enumerate(FAULTS.values()):
        if old not in right:
            raise LookupError(f"{old!r} is not in the export")
        made[f"fault-{number}"] = right.replace(old, new)
    return made
