"""A factory that reads its settings from ``app.config``, and one view with origins of its own."""

from flask import Flask, abort
from flask_cors import CORS, cross_origin

PARTNER = "https://partner.example"

cors = CORS()

SETTINGS = {
    "CORS_ORIGINS": [r"https://.*\.shop\.example", "http://localhost:3000"],
    "CORS_METHODS": ["GET", "POST", "PUT"],
    "CORS_ALLOW_HEADERS": ["Content-Type", "X-Csrf-Token"],
    "CORS_EXPOSE_HEADERS": ["X-Total-Count"],
    "CORS_SUPPORTS_CREDENTIALS": True,
    "CORS_MAX_AGE": 600,
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


@cross_origin(origins=PARTNER)
def read_wholesale(item_id):
    if item_id > 2:
        abort(404, "sold out")
    return {"item": item_id}


def make_app():
    app = Flask(__name__)
    app.config.from_mapping(SETTINGS)
    cors.init_app(app)
    app.get("/items/")(list_items)
    app.get("/items/<int:item_id>")(read_item)
    app.put("/items/<int:item_id>")(replace_item)
    app.delete("/items/<int:item_id>")(delete_item)
    app.get("/wholesale/<int:item_id>")(read_wholesale)
    return app
