"""A factory that reads its settings from ``app.config``, and one view with origins of its own."""

from flask import Flask, abort

from wsgicors.flask import CORS, cors

PARTNER = "https://partner.example"

extension = CORS()

SETTINGS = {
    "CORS_POLICIES": {
        "default": {
            "allow_origins": ["https://*.shop.example", "http://localhost:3000"],
            "allow_methods": ["GET", "POST", "PUT"],
            "allow_headers": ["Content-Type", "X-Csrf-Token"],
            "expose_headers": ["X-Total-Count"],
            "allow_credentials": True,
            "max_age": 600,
            "accept_risks": ["subdomains-with-credentials"],
        }
    }
}


def list_items():
    return ["shoes"], {"X-Total-Count": "1"}


def read_item(item_id):
    if item_id == 7:
        abort(401)
    return {"item": 100 // item_id}


def replace_item(item_id):
    return {"item": item_id}


def delete_item(item_id):
    return "", 204


@cors("default", allow_origins=[PARTNER])
def read_wholesale(item_id):
    if item_id > 2:
        abort(404, "sold out")
    return {"item": item_id}


def make_app():
    app = Flask(__name__)
    app.config.from_mapping(SETTINGS)
    extension.init_app(app)
    app.get("/items/")(list_items)
    app.get("/items/<int:item_id>")(read_item)
    app.put("/items/<int:item_id>")(replace_item)
    app.delete("/items/<int:item_id>")(delete_item)
    app.get("/wholesale/<int:item_id>")(read_wholesale)
    return app
