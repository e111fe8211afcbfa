"""Several Django projects in one process: the settings of a project apply while it is called."""

from types import ModuleType

from django.apps import apps
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

if not settings.configured:
    settings.configure(SECRET_KEY="secret")  # each project overrides the rest
apps.populate(settings.INSTALLED_APPS)

CORS = "wsgicors.django.CORSMiddleware"


class Project:
    """A Django project as a WSGI app."""

    def __init__(self, urlpatterns, **given):
        self.settings = {
            "ALLOWED_HOSTS": ["*"],
            "MIDDLEWARE": [CORS],
            "ROOT_URLCONF": urlconf(*urlpatterns),
            **given,
        }
        with self.active():
            self.handler = WSGIHandler()

    def active(self):
        """Apply the settings of this project, in a `with` block."""
        return applying(**self.settings)

    def __call__(self, environ, start_response):
        with self.active():
            return self.handler(environ, start_response)


def applying(**given):
    """Apply settings of Django, in a `with` block."""
    return override_settings(**given)


def urlconf(*urlpatterns):
    module = ModuleType("urls")
    module.urlpatterns = urlpatterns
    return module
