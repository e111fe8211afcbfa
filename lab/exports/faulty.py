"""Usual mistakes in configurations, made in an exported policy. Each has to be found."""

from collections.abc import Mapping

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

CADDY_FAULTS = {
    "an expression without an end": ("example$", "example"),
    "an expression without a start": ('"~^https', '"~https'),
    "a dot that is not escaped": (r"\.app", ".app"),
    "an expression that ignores case": ('"~^https', '"~(?i)^https'),
    "origins of any length": ("~.{513} refused", ""),
    "another port": (f"{OTHER} ", f"{OTHER}:8443 "),
    "no headers for errors of Caddy": (
        "header @cors_allowed {\n\t\tAccess-Control-Allow-Origin {http.request.header.Origin}\n"
        "\t\tAccess-Control-Expose-Headers ETag\n\t}\n",
        "",
    ),
    "headers that come twice": ("\t\tdefer\n", ""),
    "headers of the app for refused origins": ("-Access-Control-Allow-Origin", "-X-A"),
    "no Vary": ("header +Vary Origin", ""),
    "a Vary that replaces that of the app": ("header +Vary Origin", "header >Vary Origin"),
    "every OPTIONS is a preflight": ("header Access-Control-Request-Method *", ""),
    "a preflight reaches the app": ("\t\trespond 204\n", ""),
    "another status": ("respond 204", "respond 200"),
    "preflights for GET from a list without HEAD": (" HEAD POST", " POST"),
    "every origin": ("Allow-Origin {http.request.header.Origin}", "Allow-Origin *"),
    "no headers are exposed": ("Access-Control-Expose-Headers ETag", ""),
    "no Max-Age": ("Max-Age 60", "Max-Age 0"),
}

HAPROXY_FAULTS = {
    "an expression without an end": ("example$'", "example'"),
    "an expression without a start": ("'^https", "'https"),
    "a dot that is not escaped": (r"\.app", ".app"),
    "an expression that ignores case": ("-m reg", "-m reg -i"),
    "origins that ignore case": ("-m str http", "-m str -i http"),
    "the start of an origin": ("-m str http", "-m beg http"),
    "origins of any length": ("le 512", "le 9999"),
    "another port": (f"str {OTHER}", f"str {OTHER}:8443"),
    "no headers for errors": (
        "http-after-response set-header Access",
        "http-response set-header Access",
    ),
    "headers of the app for refused origins": (
        "del-header Access-Control-Allow-Origin",
        "del-header X-A",
    ),
    "no Vary": (
        "http-after-response add-header Vary Origin",
        "http-after-response add-header X-A 1",
    ),
    "a Vary that replaces that of the app": ("add-header Vary", "set-header Vary"),
    "every OPTIONS is a preflight": (
        " { req.fhdr(Access-Control-Request-Method) -m found }\n",
        "\n",
    ),
    "a preflight reaches the app": ("http-request return status 204 if cors_preflight", ""),
    "another status": ("return status 204", "return status 200"),
    "preflights for GET from a list without HEAD": ("-m str HEAD POST", "-m str POST"),
    "every origin": ("var(txn.cors_api_origin) if", "str(*) if"),
    "no headers are exposed": ("set-header Access-Control-Expose-Headers", "set-header X-A"),
    "exposed headers in answers to preflights": ("cors_may_read !cors_preflight", "cors_may_read"),
    "no Max-Age": ("Max-Age 60", "Max-Age 0"),
}


def exports(
    server: str = "apache", faults: Mapping[str, tuple[str, str]] = FAULTS
) -> dict[str, str]:
    """Return an export with each mistake, by the names ``fault-0``, ``fault-1`` and so on."""
    made: dict[str, str] = {}
    for number, (old, new) in enumerate(faults.values()):
        right = export(POLICY, server, name=f"fault_{number}", heading="Wrong on purpose.")
        old, new = (text.replace("cors_api", f"cors_fault_{number}") for text in (old, new))
        if old not in right:
            raise LookupError(f"{old!r} is not in the export")
        made[f"fault-{number}"] = right.replace(old, new)
    return made
