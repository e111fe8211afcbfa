r"""Servers whose responses browsers block, though the app itself has a policy of wsgicors.

Something around the app, or an app without wsgicors, is at fault. ``wsgicors explain`` says what::

    wsgicors explain PUT https://api.example/items --origin https://app.example \
        --app examples.blocked:behind_a_login
"""

from wsgicors import CORSMiddleware

ORIGIN = "Access-Control-Allow-Origin"


def items(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'["tea"]']


api = CORSMiddleware(items, allow_origins=["https://app.example"], allow_methods=["GET", "PUT"])


def behind_a_login(environ, start_response):
    """Require a token, which preflights never have."""
    if "HTTP_AUTHORIZATION" in environ:
        return api(environ, start_response)
    start_response("401 Unauthorized", [(ORIGIN, "https://app.example")])
    return [b""]


def behind_a_redirect(environ, start_response):
    """Redirect every request that is not for the new host, preflights too."""
    if environ["HTTP_HOST"] == "api.example":
        return api(environ, start_response)
    location = f"https://api.example{environ['PATH_INFO']}"
    start_response("308 Permanent Redirect", [("Location", location)])
    return [b""]


def behind_a_second_layer(environ, start_response):
    """Add the header a second time, as an ``add_header`` of nginx does."""

    def start(status, headers, exc_info=None):
        return start_response(status, [*headers, (ORIGIN, "*")])

    return api(environ, start)


BY_HAND = {
    "/slash": ("200 OK", [(ORIGIN, "https://app.example/")]),
    "/list": ("200 OK", [(ORIGIN, "*"), ("Access-Control-Allow-Methods", "GET PUT")]),
    "/loop": ("302 Found", [(ORIGIN, "*"), ("Location", "/loop")]),
}


def by_hand(environ, start_response):
    """Send headers that the app writes itself."""
    status, headers = BY_HAND[environ["PATH_INFO"]]
    start_response(status, headers)
    return [b""]
