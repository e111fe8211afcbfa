"""Flask-SocketIO: ``@cors`` on the app's views. For its own URL it writes CORS headers itself."""

from flask import Flask
from flask_socketio import SocketIO

from examples.guests import OFFICE
from wsgicors import Policy
from wsgicors.flask import CORS, cors

app = Flask(__name__)
CORS(app, Policy("*"))
socket = SocketIO(app, async_mode="threading", cors_allowed_origins=[*OFFICE.allow_origins])


@app.get("/public")
def public():
    return ["tea"]


@app.get("/closed")
@cors(None)
def closed():
    return ["plans"]


@app.route("/office/function", methods=["GET", "PUT"])
@cors(OFFICE)
def function():
    return ["salaries"]
