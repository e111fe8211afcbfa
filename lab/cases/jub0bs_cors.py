"""The cases of jub0bs/cors, a library for Go, which is not run here."""

from lab.cases.facts import APP, BEARER, DEBUG, JSON, SUBDOMAIN, Case, Library, may, may_not
from wsgicors import CORSMiddleware

LOCAL, OTHER = "http://localhost:9090", "http://localhost:6060"
READ = {"documented": "reads 200"}
UNSENT = {"documented": "not sent"}
UNREAD = {"documented": "sent, not readable"}
COOKIES = {"credentials": True}


def _answer(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Total-Count", "1")])
    return [b""]


def _after(case):
    if not case.ours:
        return CORSMiddleware(_answer, resolve=lambda environ, method: None)
    return CORSMiddleware(_answer, **case.ours)


def _rejected(theirs, why="", **ours):
    """Make a case of settings that the library rejects."""
    return Case(theirs, {"allow_origins": [APP]} | ours, why=why)


CASES = [
    Case(
        {},
        {},
        [
            may_not("Any page reads", **UNREAD),
            may_not("It sends `PUT`", request="PUT /items", **UNSENT),
        ],
        there="a zero `Middleware`",
        here="a resolver that returns `None`",
    ),
    Case(
        {
            "Origins": [LOCAL],
            "Credentialed": True,
            "Methods": ["GET", "POST", "PURGE"],
            "RequestHeaders": ["Authorization"],
            "ResponseHeaders": ["X-Total-Count"],
            "MaxAgeInSeconds": 30,
        },
        {
            "allow_origins": [LOCAL],
            "allow_credentials": True,
            "allow_methods": ["GET", "POST", "PURGE"],
            "allow_headers": ["Authorization"],
            "expose_headers": ["X-Total-Count"],
            "max_age": 30,
        },
        [
            may(
                "The listed page reads with cookies",
                LOCAL,
                reads="X-Total-Count",
                documented="reads 200 and `X-Total-Count`",
                **COOKIES,
            ),
            may_not("A page on another port reads", OTHER, **COOKIES, **UNREAD),
            may("The listed page sends a listed method", LOCAL, "PURGE /items", **COOKIES, **READ),
            may(
                "It adds a listed header", LOCAL, "PURGE /items", headers=BEARER, **COOKIES, **READ
            ),
            may_not("It adds an unlisted header", LOCAL, "PURGE /items", headers=JSON, **UNSENT),
            may_not("It reads, with an unlisted header", LOCAL, headers=DEBUG, **UNSENT),
            may_not("It sends an unlisted method", LOCAL, "PUT /items", **COOKIES, **UNSENT),
            may_not(
                "A page on another port sends an unlisted method", OTHER, "PUT /items", **UNSENT
            ),
            may_not("It reads, with an unlisted header", OTHER, headers=DEBUG, **UNSENT),
        ],
    ),
    Case(
        {"Origins": [LOCAL], "Credentialed": True, "RequestHeaders": ["*"]},
        {
            "allow_origins": [LOCAL],
            "allow_credentials": True,
            "allow_headers": ["*", "Authorization"],
        },
        [
            may("The listed page sends any header", LOCAL, headers=DEBUG, **COOKIES, **READ),
            may("It sends `Authorization`", LOCAL, headers=BEARER, **COOKIES, **READ),
        ],
    ),
    Case(
        {"Origins": [LOCAL], "Credentialed": True},
        {"allow_origins": [LOCAL], "allow_credentials": True, "allow_headers": []},
        [may_not("The listed page sends a header", LOCAL, headers=DEBUG, **COOKIES, **UNSENT)],
    ),
    Case(
        {"Origins": ["*"], "Methods": ["*"], "RequestHeaders": ["*"], "ResponseHeaders": ["*"]},
        {
            "allow_origins": ["*"],
            "allow_methods": ["*"],
            "allow_headers": ["*"],
            "expose_headers": ["*"],
        },
        [
            may("Any page sends any method and header", APP, "PURGE /items", headers=JSON, **READ),
            may(
                "It reads any header",
                reads="X-Total-Count",
                documented="reads 200 and `X-Total-Count`",
            ),
            may_not("It sends `Authorization`", APP, headers=BEARER, **UNSENT),
            may_not("It reads with cookies", APP, **COOKIES, **UNREAD),
        ],
    ),
    Case(
        {"Origins": ["*"], "Methods": ["*"], "RequestHeaders": ["Authorization", "*"]},
        {
            "allow_origins": ["*"],
            "allow_methods": ["*"],
            "allow_headers": ["Authorization", "*"],
        },
        [
            may("Any page sends `PUT`", APP, "PUT /items", **READ),
            may("It sends `Authorization` and more", headers=BEARER | DEBUG, **READ),
        ],
    ),
    Case(
        {"Origins": [f"{APP}:8080", "https://*.app.example"], "Credentialed": True},
        {
            "allow_origins": [f"{APP}:8080", "https://*.app.example"],
            "allow_credentials": True,
            "accept_risks": ["subdomains-with-credentials"],
        },
        [
            may("The page on the listed port reads", f"{APP}:8080", **COOKIES, **READ),
            may_not("A page on another port reads", f"{APP}:6060", **COOKIES, **UNREAD),
            may("A subdomain reads", SUBDOMAIN, **COOKIES, **READ),
            may_not("It reads on that port", f"{SUBDOMAIN}:8080", **COOKIES, **UNREAD),
        ],
    ),
    Case(
        {"Origins": ["https://foo.example", "https://bar.example"]},
        {"allow_origins": ["https://foo.example", "https://bar.example"]},
        [
            may_not("A host that joins both names reads", "https://barfoo.example", **UNREAD),
            may_not("It joins them the other way", "https://foobar.example", **UNREAD),
            may_not("It sends `PUT`", "https://barfoo.example", "PUT /items", **UNSENT),
            may_not("It sends a header", "https://foobar.example", headers=DEBUG, **UNSENT),
        ],
    ),
    Case(
        {
            "Origins": ["connector://example.com"],
            "Credentialed": True,
            "DangerouslyTolerateInsecureOrigins": True,
        },
        {
            "allow_origins": ["connector://example.com"],
            "allow_credentials": True,
            "allow_headers": [],
        },
        [
            may("The app reads", "connector://example.com", **COOKIES, **READ),
            may_not(
                "It reads on another port", "connector://example.com:6060", **COOKIES, **UNREAD
            ),
            may_not("It sends a header", "connector://example.com", headers=DEBUG, **UNSENT),
        ],
    ),
    Case(
        {"Origins": [APP, "*"], "ResponseHeaders": ["X-Foo", "*"]},
        {"allow_origins": [APP, "*"], "expose_headers": ["X-Foo", "*"]},
        [
            may(
                "Any page reads any header",
                OTHER,
                reads="X-Total-Count",
                documented="reads 200 and `X-Total-Count`",
            )
        ],
    ),
    _rejected({"Origins": []}, allow_origins=[]),
    _rejected({"Origins": ["null"]}, allow_origins=["null"]),
    _rejected({"Origins": [f"{APP}/path"]}, allow_origins=[f"{APP}/path"]),
    *(_rejected({"Methods": [name]}, allow_methods=[name]) for name in ("", "résumé", "CONNECT")),
    *(
        _rejected({"RequestHeaders": [name]}, allow_headers=[name])
        for name in (
            "",
            "résumé",
            "Connection",
            "Sec-Foo",
            "Proxy-Foo",
            "Access-Control-Allow-Origin",
        )
    ),
    *(_rejected({"MaxAgeInSeconds": age}, max_age=age) for age in (-2, 86401)),
    *(
        _rejected({"ResponseHeaders": [name]}, expose_headers=[name])
        for name in ("", "résumé", "Set-Cookie", "Access-Control-Request-Method")
    ),
    *(
        _rejected(
            {"Origins": [origin], "Credentialed": True},
            allow_origins=[origin],
            allow_credentials=True,
        )
        for origin in ("*", "http://app.example:6060", "http://*.app.example:6060", "https://*.com")
    ),
    _rejected({"Origins": ["https://*.com"]}, "public-suffix", allow_origins=["https://*.com"]),
    _rejected(
        {"Credentialed": True, "ResponseHeaders": ["*"]},
        allow_credentials=True,
        expose_headers=["*"],
    ),
    _rejected(
        {"Origins": [f"{APP}/"], "Methods": ["CONNECT"], "MaxAgeInSeconds": 86401},
        allow_origins=[f"{APP}/"],
        allow_methods=["CONNECT"],
        max_age=86401,
    ),
]

LIBRARY = Library("jub0bs/cors", None, _after, CASES)
