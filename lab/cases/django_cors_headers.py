"""The cases of django-cors-headers."""

import re

from corsheaders.checks import check_settings
from corsheaders.signals import check_request_enabled
from django.http import HttpResponse
from django.urls import path
from django.views import View

from lab.cases.facts import (
    APP,
    DEBUG,
    DEEP,
    JSON,
    SHOP,
    STRANGER,
    SUBDOMAIN,
    Case,
    Library,
    made,
    may,
    may_not,
)
from tests.adapters.django_projects import Project
from wsgicors import Policy


class Items(View):
    """A view for four methods."""

    def get(self, request):
        """Answer each method alike."""
        return HttpResponse("items", headers={"X-Total-Count": "1", "ETag": '"1"'})

    post = put = delete = get


def _refuse(request):
    return HttpResponse("log in", status=401)


URLS = [
    path("items", Items.as_view(), name="items"),
    path("feed", Items.as_view(), name="feed"),
    path("private", _refuse, name="private"),
]
OURS, THEIRS = "wsgicors.django.CORSMiddleware", "corsheaders.middleware.CorsMiddleware"


def closed(get_response):
    """Make a middleware that answers every request itself."""
    return lambda request: HttpResponse("closed")


CLOSED = f"{__name__}.closed"


def _before(case):
    given = dict(case.theirs)
    handler, outer = given.pop("check_request_enabled", None), given.pop("outer", [])
    project = Project(URLS, MIDDLEWARE=[*outer, THEIRS], **given)
    with project.active():
        if errors := check_settings():
            raise ValueError(errors)

    def app(environ, start_response):
        if handler is None:
            return project(environ, start_response)
        check_request_enabled.connect(handler)
        try:
            return project(environ, start_response)
        finally:
            check_request_enabled.disconnect(handler)

    return app


def _after(case):
    given = made(case.ours)
    endpoints, outer = given.pop("endpoints", {}), given.pop("outer", [])
    policies = {"default": Policy(**given)} if given else {}
    names = {"CORS_POLICIES": policies, "CORS_ENDPOINTS": endpoints}
    return Project(URLS, MIDDLEWARE=[*outer, OURS], **names)


def yes(sender=None, **kwargs):
    """Return yes to every request."""
    return True


def no(sender=None, **kwargs):
    """Return no to every request."""
    return False


def is_feed(sender, request, **kwargs):
    """Return whether the feed is asked for."""
    return request.path.startswith("/feed")


def is_subdomain(origin):
    """Allow subdomains of one label."""
    return re.fullmatch(r"https://\w+\.app\.example", str(origin)) is not None


ONLY_GET = {"CORS_ALLOW_HEADERS": ["content-type"], "CORS_ALLOW_METHODS": ["GET", "OPTIONS"]}
TWO_SITES = [r"^https://\w+\.shop\.example$", r"^https://\w+\.app\.example$"]

CASES = [
    Case(
        {"CORS_ALLOWED_ORIGINS": [APP, SHOP]},
        {"allow_origins": [APP, SHOP]},
        [
            may("A listed page reads"),
            may("The other listed page reads", SHOP),
            may_not("An unlisted page reads"),
            may_not("A listed host without TLS reads", "http://app.example"),
            may("It sends JSON", APP, "PUT /items", headers=JSON),
            may("The view answers 401", APP, "GET /private"),
            may(
                "It answers 401 without a login, and a preflight has none",
                APP,
                "GET /private",
                headers=JSON,
            ),
            may("It reads a header that is not exposed", reads="X-Total-Count"),
            may("The response to a listed page", is_cached=True),
            may_not("The response to an unlisted page", is_cached=True),
            may("The response to the app's own page", "", is_cached=True),
        ],
    ),
    Case({}, {}, [may_not("Any page reads")]),
    Case(
        {"CORS_ALLOWED_ORIGINS": ["https://localhost:9000"]},
        {"allow_origins": ["https://localhost:9000"]},
        [
            may("The page on the listed port deletes", "https://localhost:9000", "DELETE /items"),
            may_not("The page on another port deletes", "https://localhost:9001", "DELETE /items"),
        ],
    ),
    Case(
        {"CORS_ALLOWED_ORIGINS": [APP, "null"]},
        {"allow_origins": [APP, "null"], "accept_risks": ["opaque-origin"]},
        [may("An opaque page reads", "null")],
    ),
    Case(
        {"CORS_ALLOWED_ORIGINS": [APP, "file://"]},
        {"allow_origins": [APP, "file://"], "accept_risks": ["opaque-origin"]},
    ),
    Case(
        {"CORS_ALLOW_ALL_ORIGINS": True},
        {"allow_origins": "*"},
        [
            may("Any page reads", STRANGER),
            may_not("It reads with cookies", credentials=True),
            may("It reads a header that is not exposed", STRANGER, reads="X-Total-Count"),
        ],
    ),
    Case(
        {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_EXPOSE_HEADERS": ["X-Total-Count", "ETag"]},
        {"allow_origins": "*", "expose_headers": ["X-Total-Count", "ETag"]},
        [
            may("Any page reads an exposed header", STRANGER, reads="X-Total-Count"),
            may("It reads the other one", STRANGER, reads="ETag"),
        ],
    ),
    Case(
        {"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": True},
        {"allow_origins": "*", "allow_credentials": True},
        [may_not("Any page reads with cookies", why="all-with-cookies", credentials=True)],
    ),
    Case(
        {"CORS_ALLOW_ALL_ORIGINS": True, **ONLY_GET, "CORS_PREFLIGHT_MAX_AGE": 1002},
        {"allow_origins": "*", "allow_methods": ["GET"], "max_age": 1002},
        [
            may("A page reads, and names a type", headers=JSON),
            may_not("It sends an unlisted header", APP, headers=DEBUG),
            may_not("It sends an unlisted method", APP, "PUT /items", headers=JSON),
            may_not("It sends JSON by `POST`", APP, "POST /items", "simple-method", headers=JSON),
            may("It reads again after 1000 seconds", headers=JSON, again_after=1000),
            may("It reads again after 1100 seconds", headers=JSON, again_after=1100),
        ],
    ),
    Case(
        {"CORS_ALLOW_ALL_ORIGINS": True, **ONLY_GET, "CORS_PREFLIGHT_MAX_AGE": 0},
        {"allow_origins": "*", "allow_methods": ["GET"]},
        [
            may("A page reads again after 4 seconds", headers=JSON, again_after=4),
            may("It reads again after 6 seconds", headers=JSON, again_after=6),
        ],
    ),
    Case(
        {"CORS_ALLOWED_ORIGIN_REGEXES": TWO_SITES},
        {"allow_origins": is_subdomain},
        [
            may("A subdomain deletes", SUBDOMAIN, "DELETE /items"),
            may_not("The domain itself deletes", APP, "DELETE /items"),
            may_not("A deeper subdomain deletes", DEEP, "DELETE /items"),
            may_not("An unlisted page deletes", STRANGER, "DELETE /items"),
        ],
    ),
    Case(
        {"check_request_enabled": yes},
        {"allow_origins": yes},
        [may("Any page deletes", STRANGER, "DELETE /items")],
    ),
    Case(
        {"check_request_enabled": no},
        {"allow_origins": no},
        [may_not("Any page deletes", STRANGER, "DELETE /items")],
    ),
    Case(
        {"CORS_ALLOWED_ORIGINS": [APP], "check_request_enabled": is_feed},
        {"allow_origins": [APP], "endpoints": {"feed": {"allow_origins": "*"}}},
        [
            may_not("An unlisted page deletes", STRANGER, "DELETE /items"),
            may("An unlisted page deletes in the feed", STRANGER, "DELETE /feed"),
        ],
    ),
    Case(
        {"CORS_ALLOWED_ORIGINS": [APP], "CORS_URLS_REGEX": r"^/feed$"},
        {"endpoints": {"feed": {"allow_origins": [APP]}}},
        [
            may("The listed page reads the feed", APP, "GET /feed"),
            may_not("It reads another view", APP),
        ],
    ),
    Case(
        {"CORS_ALLOWED_ORIGINS": [APP], "outer": [CLOSED]},
        {"allow_origins": [APP], "outer": [CLOSED]},
        [may("The listed page reads what a middleware in front answers")],
        there='`CORS_ALLOWED_ORIGINS=["https://app.example"]`',
        here='`allow_origins=["https://app.example"]`',
    ),
    Case({"CORS_ALLOWED_ORIGINS": ["app.example"]}, {"allow_origins": ["app.example"]}),
    Case({"CORS_ALLOWED_ORIGINS": [f"{APP}/items"]}, {"allow_origins": [f"{APP}/items"]}),
    Case({"CORS_ALLOWED_ORIGINS": True}, {"allow_origins": True}),
    Case({"CORS_ALLOWED_ORIGIN_REGEXES": 10}, {"allow_origins": 10}),
    Case({"CORS_ALLOW_HEADERS": True}, {"allow_origins": APP, "allow_headers": True}),
    Case({"CORS_ALLOW_METHODS": 1}, {"allow_origins": APP, "allow_methods": 1}),
    Case({"CORS_ALLOW_CREDENTIALS": ()}, {"allow_origins": APP, "allow_credentials": ()}),
    Case({"CORS_EXPOSE_HEADERS": True}, {"allow_origins": APP, "expose_headers": True}),
    Case({"CORS_PREFLIGHT_MAX_AGE": "10"}, {"allow_origins": APP, "max_age": "10"}),
    Case({"CORS_PREFLIGHT_MAX_AGE": -1}, {"allow_origins": APP, "max_age": -1}),
]

LIBRARY = Library("django-cors-headers", _before, _after, CASES)
