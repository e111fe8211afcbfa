"""Patterns of paths over blueprints, and error handlers that answer in JSON."""

from flask import Blueprint, Flask, abort, jsonify
from flask_cors import CORS

APP = "https://app.notes.example"
DESK = "https://desk.notes.example"

api = Blueprint("api", __name__, url_prefix="/api")
feeds = Blueprint("feeds", __name__, url_prefix="/feeds")


@api.get("/notes")
def list_notes():
    return ["milk", "bread"], {"X-Total-Count": "2"}


@api.post("/notes")
def add_note():
    return {"id": 3}, 201


@api.get("/notes/<int:note_id>")
def read_note(note_id):
    if note_id > 2:
        abort(404)
    return {"id": note_id}, {"ETag": '"7"'}


@api.route("/notes/<int:note_id>", methods=["PUT", "PATCH"])
def replace_note(note_id):
    return {"id": note_id}


@api.delete("/notes/<int:note_id>")
def delete_note(note_id):
    return "", 204


@api.get("/statistics")
def count_notes():
    return {"average": 0 // 0}


@feeds.get("/archive/")
def archive():
    return ["2025", "2026"]


def show_keys():
    return ["not for pages of other origins"]


def not_found(error):
    return jsonify(error="there is no such thing"), 404


def failed(error):
    return jsonify(error="that went wrong"), 500


def make_app():
    app = Flask(__name__)
    CORS(
        app,
        resources={
            r"/api/*": {"origins": [APP, DESK], "expose_headers": "X-Total-Count"},
            r"/feeds/*": {"origins": "*"},
        },
        max_age=600,
    )
    app.register_blueprint(api)
    app.register_blueprint(feeds)
    app.add_url_rule("/api-keys", view_func=show_keys)
    app.register_error_handler(404, not_found)
    app.register_error_handler(500, failed)
    return app
