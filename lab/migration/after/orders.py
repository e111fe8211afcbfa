"""Decorated views under a login: cookies, JSON, two views on one URL, and a class-based view."""

from flask import Flask, abort, request, session
from flask.views import MethodView

from wsgicors import Policy
from wsgicors.flask import CORS, cors

SHOP = "https://www.shop.example"
OFFICE = "https://office.shop.example"

to_shop = Policy(SHOP, allow_credentials=True)
to_office = Policy(OFFICE, allow_credentials=True)
to_both = Policy([SHOP, OFFICE], allow_credentials=True)

PUBLIC = {"login", "read_price"}


def require_login():
    if request.endpoint in PUBLIC or "user" in session:
        return None
    return {"error": "log in first"}, 401


@cors(to_shop)
def login():
    session["user"] = request.get_json()["user"]
    return {"user": session["user"]}


@cors(to_both)
def who_am_i():
    return {"user": session["user"]}


@cors(to_both, expose_headers=["ETag"])
def read_order(order_id):
    if order_id > 2:
        abort(404)
    return {"order": order_id}, {"ETag": '"7"'}


@cors(to_office)
def replace_order(order_id):
    return {"order": order_id}


@cors(allow_origins="*")
def read_price(item_id):
    return {"price": 100 // item_id}


@cors(to_office)
def replace_price(item_id):
    return {"price": 120}


class Basket(MethodView):
    decorators = (cors(to_shop),)

    def get(self):
        return ["shoes"]

    def delete(self):
        return "", 204


def make_app():
    app = Flask(__name__)
    CORS(app)
    app.secret_key = "for this test only"
    app.before_request(require_login)
    app.post("/login")(login)
    app.get("/me")(who_am_i)
    app.get("/orders/<int:order_id>")(read_order)
    app.put("/orders/<int:order_id>")(replace_order)
    app.get("/prices/<int:item_id>")(read_price)
    app.put("/prices/<int:item_id>")(replace_price)
    app.add_url_rule("/basket", view_func=Basket.as_view("basket"))
    return app
