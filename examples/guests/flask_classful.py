"""Flask-Classful: ``@cors`` above a view class, or above a method of it."""

from flask import Flask
from flask_classful import FlaskView, route

from examples.guests import OFFICE
from wsgicors import Policy
from wsgicors.flask import CORS, cors

app = Flask(__name__)
CORS(app, Policy("*"))


class Public(FlaskView):
    route_base = "/public"

    def index(self):
        return ["tea"]


@cors(None)
class Closed(FlaskView):
    route_base = "/closed"

    def index(self):
        return ["plans"]


@cors(OFFICE)
class OnClass(FlaskView):
    route_base = "/office/class"

    def index(self):
        return ["salaries"]

    def put(self, id):
        return ["changed"]


class OnMethod(FlaskView):
    route_base = "/office/method"

    @cors(OFFICE)
    def index(self):
        return ["salaries"]

    @cors(OFFICE)
    def put(self, id):
        return ["changed"]

    @route("/more", methods=["GET", "PUT"])
    @cors(OFFICE)
    def more(self):
        return ["more"]


for view in Public, Closed, OnClass, OnMethod:
    view.register(app, trailing_slash=False)
