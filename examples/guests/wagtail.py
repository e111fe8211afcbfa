"""Wagtail: ``@cors`` above a view set of its API; ``CORS_ENDPOINTS`` for its own views."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

from examples.guests import OFFICE

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=[
        "wsgicors.django",
        "wagtail.users",
        "wagtail.images",
        "wagtail.documents",
        "wagtail.snippets",
        "wagtail.search",
        "wagtail.admin",
        "wagtail.api.v2",
        "wagtail.sites",
        "wagtail",
        "taggit",
        "modelcluster",
        "rest_framework",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "django.contrib.staticfiles",
        "django_tasks",
    ],
    MIDDLEWARE=[
        "wsgicors.django.CORSMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    STATIC_URL="/static/",
    WAGTAIL_SITE_NAME="office",
    WAGTAILADMIN_BASE_URL="https://api.example",
    ROOT_URLCONF=__name__,
    SECRET_KEY="only an example",
    CORS_POLICIES={"default": {"allow_origins": "*"}, "office": OFFICE},
    CORS_ENDPOINTS={
        "wagtail_serve": OFFICE,
        "wagtailadmin_login": OFFICE,
        "wagtailadmin_home": None,
    },
)
django.setup()

from django.core.management import call_command
from wagtail.admin.urls import urlpatterns as admin_urls
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet
from wagtail.images.api.v2.views import ImagesAPIViewSet
from wagtail.urls import urlpatterns as page_urls

from wsgicors.django import cors

call_command("migrate", verbosity=0)
api = WagtailAPIRouter("api")


@cors("office")
class Pages(PagesAPIViewSet):
    pass


class Images(ImagesAPIViewSet):
    @cors("office")
    def listing_view(self, request):
        return super().listing_view(request)


class Public(ImagesAPIViewSet):
    pass


api.register_endpoint("pages", Pages)
api.register_endpoint("images", Images)
api.register_endpoint("public", Public)
urlpatterns = [
    path("api/", api.urls),
    path("admin/", include(admin_urls)),
    path("", include(page_urls)),
]
app = get_wsgi_application()
