"""django-ninja: ``@cors`` on an operation, of an API or of a router."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

from examples.guests import OFFICE

settings.configure(
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["wsgicors.django"],
    MIDDLEWARE=["wsgicors.django.CORSMiddleware", "django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only an example",
    CORS_POLICIES={"default": {"allow_origins": "*"}, "office": OFFICE},
)
django.setup()

from ninja import NinjaAPI, Router, Schema

from wsgicors.django import cors

api = NinjaAPI(docs_url="/docs")
router = Router()


class Salary(Schema):
    amount: int


@api.get("/public")
def public(request):
    return ["tea"]


@api.get("/closed")
@cors(None)
def closed(request):
    return ["plans"]


@api.get("/office/operation", response=Salary)
@cors("office")
def read(request):
    return {"amount": 2}


@api.put("/office/operation")
@cors("office")
def change(request):
    return ["changed"]


@cors("office")
@api.api_operation(["GET", "PUT"], "/office/above")
def above(request):
    return ["salaries"]


@router.api_operation(["GET", "PUT"], "/router/{int:number}")
@cors("office")
def in_router(request, number: int):
    return [number]


api.add_router("/office", router)
urlpatterns = [path("", api.urls)]
app = get_wsgi_application()
