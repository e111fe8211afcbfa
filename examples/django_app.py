"""A Django project in one file: items that our pages may change, and a status for all pages.

::

    python -m examples.django_app check
    python -m examples.django_app runserver

``test_django_app.py`` beside it shows how its CORS policies are tested.
"""

import json
import sys

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import Http404, JsonResponse
from django.urls import path
from django.views import View

from wsgicors import Policy
from wsgicors.django import cors

ITEMS = {1: "tea", 2: "milk", 3: "honey"}

settings.configure(
    ALLOWED_HOSTS=["api.example", "localhost"],
    INSTALLED_APPS=["wsgicors.django"],  # for the checks
    MIDDLEWARE=["wsgicors.django.CORSMiddleware", "django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only an example",
    CORS_POLICIES={
        "ours": Policy(allow_origins=["https://app.example"], allow_credentials=True),
        "public": {"allow_origins": "*", "allow_methods": ["GET"]},
    },
    CORS_ENDPOINTS={"status": "public"},
)


@cors("public", expose_headers=["X-Total-Count"])
def items(request):
    return JsonResponse(ITEMS, headers={"X-Total-Count": str(len(ITEMS))})


@cors("ours")
class Item(View):
    """One item, which every page may read and ours may replace."""

    @cors("public")
    def get(self, request, item_id):
        return JsonResponse({"item": ITEMS.get(item_id)})

    def put(self, request, item_id):
        if item_id not in ITEMS:
            raise Http404
        return JsonResponse({"replaced": item_id, "by": json.loads(request.body)})


urlpatterns = [
    path("items/", items),
    path("items/<int:item_id>/", Item.as_view()),
    path("status/", lambda request: JsonResponse({"up": True}), name="status"),
]

app = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
