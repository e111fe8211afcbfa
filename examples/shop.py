"""A shop's API: fifty routes, in blueprints and class-based views, to look at with an audit.

``wsgicors audit --app shop:app``, in the directory of this file, prints who may read what.
"""

from flask import Blueprint, Flask
from flask.views import MethodView

from wsgicors import Policy
from wsgicors.flask import CORS, cors

public = Policy("*", expose_headers=["X-Total-Count"], max_age=3600)
shop = Policy(["https://shop.example", "https://m.shop.example"], allow_credentials=True)
office = Policy("https://office.shop.example", allow_credentials=True, max_age=86400)
partners = Policy(["https://*.partners.example", "http://localhost:*"], expose_headers=["Link"])


@cors("public")
class Listing(MethodView):
    """Lists that any page may read, and the office may add to."""

    def get(self):
        return [], {"X-Total-Count": "0"}

    @cors("office")
    def post(self):
        return {}, 201


@cors("public")
class Entry(MethodView):
    """One of these."""

    def get(self, key):
        return {"id": key}

    @cors("office", allow_headers=["Content-Type", "If-Match"])
    def put(self, key):
        return {"id": key}

    @cors("office")
    def delete(self, key):
        return {}, 204


class Records(MethodView):
    """Private records: each blueprint has its own policy."""

    def get(self):
        return []

    def post(self):
        return {}, 201


class Record(MethodView):
    """One of these."""

    def get(self, key):
        return {"id": key}

    def patch(self, key):
        return {"id": key}


def serve(blueprint, names, many, one):
    """Give each kind of thing a URL for all of them, and one for each."""
    for name in names:
        blueprint.add_url_rule(f"/{name}", view_func=many.as_view(name))
        blueprint.add_url_rule(f"/{name}/<int:key>", view_func=one.as_view(f"{name}_entry"))


catalogue = Blueprint("catalogue", __name__, url_prefix="/catalogue")
serve(catalogue, ["brands", "bundles", "offers", "products", "reviews", "tags"], Listing, Entry)

account = Blueprint("account", __name__, url_prefix="/account")
serve(account, ["addresses", "cards", "orders", "returns", "wishlists"], Records, Record)

backoffice = Blueprint("office", __name__, url_prefix="/office")
serve(
    backoffice,
    [
        "coupons",
        "customers",
        "invoices",
        "orders",
        "refunds",
        "staff",
        "stock",
        "suppliers",
        "taxes",
    ],
    Records,
    Record,
)

feeds = Blueprint("feeds", __name__, url_prefix="/feeds")


@feeds.get("/prices")
@feeds.get("/stock")
@cors("partners")
def feed():
    return []


@feeds.get("/orders")
@cors("partners", allow_origins=["https://depot.partners.example"], allow_credentials=True)
def order_feed():
    return []


app = Flask(__name__, static_folder=None)
CORS(
    app,
    policies={"public": public, "shop": shop, "office": office, "partners": partners},
    blueprints={"account": "shop", "office": "office"},
)


@app.route("/cart", methods=["GET", "PUT", "DELETE"])
@cors("shop")
def cart():
    return {}


@app.get("/search")
@cors("public")
def search():
    return []


@app.get("/currencies")
@app.get("/countries")
@app.get("/languages")
@cors("public")
def choices():
    return []


@app.get("/health")
def health():
    return {"up": True}


@cors("public")
def recommendations():
    return []


app.add_url_rule("/old-shop", "old_shop", redirect_to="https://classic.shop.example/")
for blueprint in catalogue, account, backoffice, feeds:
    app.register_blueprint(blueprint)
