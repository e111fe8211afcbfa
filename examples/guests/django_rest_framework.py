"""Django REST framework: ``@cors`` on functions, classes, view sets, methods and actions."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

from examples.guests import OFFICE

settings.configure(
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["wsgicors.django", "rest_framework"],
    MIDDLEWARE=["wsgicors.django.CORSMiddleware", "django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only an example",
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    CORS_POLICIES={"default": {"allow_origins": "*"}, "office": OFFICE},
)
django.setup()

from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from wsgicors.django import cors


@api_view()
def public(request):
    return Response(["tea"])


@cors(None)
@api_view()
def closed(request):
    return Response(["plans"])


@cors("office")
@api_view(["GET", "PUT"])
def function(request):
    return Response(["salaries"])


@api_view(["GET", "PUT"])
@cors("office")
def below(request):
    return Response(["salaries"])


@cors("office")
class OnClass(APIView):
    def get(self, request):
        return Response(["salaries"])

    def put(self, request):
        return Response(["changed"])


class OnMethod(APIView):
    @cors("office")
    def get(self, request):
        return Response(["salaries"])

    @cors("office")
    def put(self, request):
        return Response(["changed"])


@cors("office")
class Salaries(ViewSet):
    def list(self, request):
        return Response(["salaries"])

    def update(self, request, pk):
        return Response(["changed"])


class Actions(ViewSet):
    @cors("office")
    def list(self, request):
        return Response(["salaries"])

    @action(detail=False, methods=["get", "put"])
    @cors("office")
    def raise_all(self, request):
        return Response(["raised"])

    @cors("office")
    @action(detail=True, methods=["get", "put"])
    def raise_one(self, request, pk):
        return Response(["raised"])


router = DefaultRouter(trailing_slash=False)
router.register("office/set", Salaries, basename="set")
router.register("office/actions", Actions, basename="actions")
urlpatterns = [
    path("public", public),
    path("closed", closed),
    path("office/function", function),
    path("office/below", below),
    path("office/class", OnClass.as_view()),
    path("office/method", OnMethod.as_view()),
    path("", include(router.urls)),
]
app = get_wsgi_application()
