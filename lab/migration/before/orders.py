"""Decorated views under a login: cookies, JSON, two views on one URL, and a class-based view."""

from flask import Flask, abort, request, session
from flask.views import MethodView
from flask_cors import cross_origin

SHOP = "https://www.shop.example"
OFFICE = "https://office.shop.example"

PUBLIC = {"login", "read_price"}


def require_login():
    if request.method == "OPTIONS":  # preflights carry no cookies
        return None
    if request.endpoint in PUBLIC or "user" in session:
        return None
    return {"error": "log in first"}, 401


@cross_origin(origins=SHOP, supports_credentials=True)
def login():
    session["user"] = request.get_json()["user"]
    return {"user": session["user"]}


@cross_origin(supports_credentials=True)
def who_am_i():
    return {"user": session["user"]}


@cross_origin(origins=[SHOP, OFFICE], supports_credentials=True, expose_headers=["ETag"])
def read_order(order_id):
    if order_id > 2:
        abort(404)
    return {"order": order_id}, {"ETag": '"7"'}


@cross_origin(origins=OFFICE, supports_credentials=True)
def replace_order(order_id):
    return {"order": order_id}


@cross_origin()
def read_price(item_id):
    return {"price": 100 // item_id}


@cross_origin(origins=OFFICE, supports_credentials=True)
def replace_price(item_id):
    return {"price": 120}


class Basket(MethodView):
    decorators = (cross_origin(origins=SHOP, supports_credentials=True),)

    def get(self):
        return ["shoes"]

    def delete(self):
        return "", 204


def make_app():
    app = Flask(__name__)
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
