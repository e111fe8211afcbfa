"""django-allauth: the table ``CORS_ENDPOINTS``, because the views are allauth's own."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

from examples.guests import OFFICE

AUTH = OFFICE.derive(allow_headers=["Content-Type", "X-Session-Token"])

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "wsgicors.django",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "allauth",
        "allauth.account",
        "allauth.headless",
    ],
    MIDDLEWARE=[
        "wsgicors.django.CORSMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only an example",
    HEADLESS_CLIENTS=["app"],
    CORS_POLICIES={"default": {"allow_origins": "*"}},
    CORS_ENDPOINTS={
        "headless:app:account:current_session": AUTH,
        "headless:app:account:login": AUTH,
        "headless:app:account:signup": None,
    },
)
django.setup()

from django.core.management import call_command

call_command("migrate", verbosity=0)
urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
]
app = get_wsgi_application()
