"""The policies and the routes of every app of the contract suite."""

from dataclasses import dataclass, field

from wsgicors import Policy

APP = "https://app.example"
ADMIN = "https://admin.example"
STRANGER = "https://stranger.example"

api = Policy(allow_origins=[APP], expose_headers=["X-Total-Count"], max_age=600)
admin = Policy(allow_origins=[ADMIN], allow_headers=["Content-Type", "X-Reason"])
members = Policy(allow_origins=[APP], allow_credentials=True)
public = Policy(allow_origins="*")
tried = api.with_trial(Policy(allow_origins=[APP], allow_methods=["PUT"]))
"""Is equal to ``api``; its trial exposes nothing."""
uncached = api.derive(max_age=0)
narrowed = api.derive(allow_methods=["GET", "PATCH", "PUT"])
reading = api.derive(allow_methods=["GET"])
reading_members = members.derive(allow_methods=["GET"])
any_header = Policy(allow_origins=[APP], allow_headers="*")
any_header_and_one_more = any_header.derive(allow_headers=["*", "X-A"])
any_header_and_authorization = any_header.derive(allow_headers=["*", "Authorization"])
any_header_with_credentials = any_header.derive(allow_credentials=True)
some_with_credentials = Policy(
    allow_origins="*",
    allow_headers="*",
    expose_headers=["X-Total-Count"],
    allow_credentials=[APP],
)

UNDECORATED = object()


class Teapot(Exception):
    """The exception for which the error handler of an app answers 418."""


@dataclass(frozen=True)
class Route:
    """A view: the methods that it serves, its policy, and what it does."""

    path: str
    methods: list
    policy: object = UNDECORATED
    does: str = "answer"
    headers: list = field(default_factory=list)

    def run(self, calls):
        """Return the chunks of the body; `abort` is left to the framework."""
        calls.append("view")
        if self.does == "raise a Teapot":
            raise Teapot
        if self.does == "fail":
            raise ZeroDivisionError
        return lines(calls) if self.does == "stream" else [self.path.encode()]


def lines(calls):
    try:
        yield b"one\n"
        yield b"two\n"
    finally:
        calls.append("closed")


OWN_HEADERS = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Origin", "https://partner.example"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Expose-Headers", "X-Request-Id, x-total-count, not a name, *"),
    ("Vary", "Accept-Encoding, origin"),
]

PARTNER_HEADERS = [
    ("Access-Control-Allow-Origin", "https://partner.example"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Vary", "Accept-Encoding"),
]

ROUTES = [
    Route("/plain", ["GET"]),
    Route("/items", ["GET", "POST", "PATCH"], api),
    Route("/account", ["GET", "POST"], members),
    Route("/public", ["GET", "PUT"], public),
    Route("/open", ["GET", "PUT"], some_with_credentials),
    Route("/uncached", ["GET"], uncached),
    Route("/private", ["GET"], api),
    Route("/slashed/", ["GET", "PUT"], api),
    Route("/nested/page", ["GET"], api),
    # The methods that a preflight lists
    Route("/narrowed", ["GET", "PATCH", "DELETE"], narrowed),
    Route("/read-only", ["GET", "POST"], reading),
    Route("/read-only-account", ["GET", "POST"], reading_members),
    Route("/declares-options", ["GET", "OPTIONS"], api),
    Route("/documents", ["GET"], api),
    Route("/documents", ["PUT"], admin),
    Route("/drafts", ["PUT"], admin),
    Route("/drafts", ["GET"], api),
    Route("/half-decorated", ["GET"], api),
    Route("/tried", ["GET"], tried, headers=[("X-Total-Count", "2")]),
    Route("/tried", ["PUT"], api),
    Route("/half-decorated", ["PUT"]),
    # The headers that a preflight lists
    Route("/any-header", ["PUT"], any_header),
    Route("/any-header-and-one-more", ["PUT"], any_header_and_one_more),
    Route("/any-header-and-authorization", ["PUT"], any_header_and_authorization),
    Route("/any-header-with-credentials", ["PUT"], any_header_with_credentials),
    # Views that do not answer 200, or stream
    Route("/missing", ["GET"], api, does="abort"),
    Route("/teapot", ["GET"], api, does="raise a Teapot"),
    Route("/broken", ["GET"], api, does="fail"),
    Route("/stream", ["GET"], api, does="stream"),
    # Views that set CORS headers themselves
    Route("/own-headers", ["GET"], api, headers=OWN_HEADERS),
    Route("/own-headers-with-credentials", ["GET"], members, headers=OWN_HEADERS),
    Route("/own-headers-public", ["GET"], public, headers=OWN_HEADERS),
    Route("/own-headers-open", ["GET"], some_with_credentials, headers=OWN_HEADERS),
    Route("/varies-on-everything", ["GET"], api, headers=[("Vary", "*")]),
    Route("/no-cors", ["GET"], None, headers=PARTNER_HEADERS),
]
