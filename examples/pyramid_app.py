r"""An API for a shop, in Pyramid: policies by name, a class of views, and static files.

::

    wsgicors audit --app 'examples.pyramid_app:main()'
    wsgicors explain PUT https://api.example/items/1 --origin https://shop.example \
        --app 'examples.pyramid_app:main()'
"""

from pathlib import Path

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.view import view_config, view_defaults

from wsgicors import Policy
from wsgicors.pyramid import CORS, cors

ITEMS = {"1": "tea", "2": "milk"}

public = Policy(allow_origins="*", max_age=3600)
office = Policy(allow_origins=["https://office.example"], allow_credentials=True)


@view_config(route_name="items", request_method="GET", renderer="json")
@cors("public", expose_headers=["X-Total-Count"])
def items(request):
    request.response.headers["X-Total-Count"] = str(len(ITEMS))
    return list(ITEMS.values())


@view_defaults(route_name="item", renderer="json")
@cors("public")
class Item:
    """One item, which everybody may read and the office may replace."""

    def __init__(self, request):
        self.request = request
        self.key = request.matchdict["key"]

    @view_config(request_method="GET")
    def get(self):
        if self.key not in ITEMS:
            raise HTTPNotFound
        return {"name": ITEMS[self.key]}

    @view_config(request_method="PUT")
    @cors("office")
    def put(self):
        return {"name": self.request.json_body["name"]}


def main(global_config=None, **settings):
    """Make the app, as PasteDeploy calls it."""
    config = Configurator(settings=settings)
    CORS(
        config,
        policies={"public": public, "office": office},
        endpoints={"__assets/": "public"},
    )
    config.add_route("items", "/items")
    config.add_route("item", "/items/{key}")
    config.add_static_view("assets", str(Path(__file__).parent / "demo" / "assets"))
    config.scan(__name__)
    return config.make_wsgi_app()
