"""The policies that are exported: each rule of an export in each of its forms."""

from tests.adapters.contract import policies as contract
from wsgicors import Policy

APP = "https://app.example"
OTHER = "https://other.example"
PATTERN = "https://*.app.example"
RISKS = ["plain-http-origin", "opaque-origin", "subdomains-with-credentials"]

ODD_HOSTS = ["app://{x}$1%2e", "app://a\"b'c`d", "app://(.)+;=!&~", "app://", "app://A.b-_C"]
"""Hosts with most characters that a configuration file could take for its own syntax."""

POLICIES = {
    "public": Policy("*"),
    "public-all": Policy(
        "*", allow_methods="*", allow_headers="*", expose_headers=["ETag", "X-A"], max_age=0
    ),
    "public-authorization": Policy("*", allow_methods=[], allow_headers=["*", "Authorization"]),
    "public-exposing-all": Policy("*", expose_headers="*", allow_headers=[], max_age=600),
    "one": Policy(APP, allow_headers=[], max_age=600),
    "several": Policy(
        [APP, OTHER, f"{APP}:8443", f"{APP}.", "https://192.0.2.1", "https://[2001:db8::1]"],
        allow_headers=["Content-Type", "X-A", "Authorization"],
        expose_headers=["ETag", "X-Total-Count"],
    ),
    "null": Policy([APP, "null"], accept_risks=RISKS),
    "pattern": Policy([PATTERN, OTHER], allow_methods=["GET", "PUT"], max_age=0),
    "ports": Policy(
        [f"{PATTERN}:*", "http://localhost:*", "http://[::1]:*", "https://*.b.example:8443"],
        allow_headers="*",
        accept_risks=RISKS,
    ),
    "apps": Policy(
        [*ODD_HOSTS, "app://*.shop.example", "capacitor://localhost:*", "chrome-extension://abc"],
        allow_methods="*",
    ),
    "methods": Policy([APP], allow_methods=["PUT", "DELETE", "M-SEARCH", "egg"]),
    "no-methods": Policy([APP], allow_methods=[]),
    "any-header": Policy([APP, PATTERN], allow_headers="*", max_age=600),
    "any-header-authorization": Policy(APP, allow_headers=["*", "Authorization"]),
    "members": Policy(
        [APP, OTHER, PATTERN],
        allow_credentials=True,
        allow_methods="*",
        expose_headers=["X-Total-Count"],
        accept_risks=RISKS,
    ),
    "members-list": Policy(
        APP, allow_credentials=True, allow_methods=["GET", "PUT"], allow_headers=["Authorization"]
    ),
    "tiers": Policy(
        "*",
        allow_credentials=[APP, PATTERN],
        allow_methods="*",
        expose_headers=["ETag"],
        accept_risks=RISKS,
    ),
    "tiers-listed": Policy(
        [OTHER, PATTERN, APP, "http://localhost:*"],
        allow_credentials=[APP, "https://a.app.example"],
        allow_methods=["POST", "PUT"],
        allow_headers=["X-A"],
        max_age=60,
        accept_risks=RISKS,
    ),
}

# Those of the contract's facts, with the methods that a router would know.
POLICIES |= {
    "items": contract.api.derive(allow_methods=["GET", "HEAD", "POST", "PATCH"]),
    "account": contract.members,
    "open": contract.some_with_credentials.derive(allow_methods="*", allow_headers=["X-A"]),
    "uncached": contract.uncached,
    "read-only": contract.reading,
    "put-any-header": contract.any_header.derive(allow_methods=["GET", "PUT"]),
    "put-any-header-authorization": contract.any_header_and_authorization.derive(
        allow_methods=["GET", "PUT"]
    ),
}
