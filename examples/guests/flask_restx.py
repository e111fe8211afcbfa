"""Flask-RESTX: ``@cors`` above a resource, or above a method of it."""

from flask import Flask
from flask_restx import Api, Resource, fields

from examples.guests import OFFICE
from wsgicors import Policy
from wsgicors.flask import CORS, cors

app = Flask(__name__)
CORS(app, Policy("*"))
api = Api(app, doc="/doc")
office = api.namespace("office", path="/office")
namespace = api.namespace("ours", path="/office/namespace", decorators=[cors(OFFICE)])
model = api.model("Salary", {"amount": fields.Integer})


@api.route("/public")
class Public(Resource):
    def get(self):
        return ["tea"]


@api.route("/closed")
@cors(None)
class Closed(Resource):
    def get(self):
        return ["plans"]


@office.route("/class")
@cors(OFFICE)
class OnClass(Resource):
    def get(self):
        return ["salaries"]

    def put(self):
        return ["changed"]


@cors(OFFICE)
@office.route("/above")
class AboveRoute(Resource):
    def get(self):
        return ["salaries"]

    def put(self):
        return ["changed"]


@office.route("/method/<int:number>")
class OnMethod(Resource):
    @cors(OFFICE)
    @office.marshal_with(model)
    def get(self, number):
        return {"amount": number}

    @office.expect(model)
    @cors(OFFICE)
    def put(self, number):
        return ["changed"]


@namespace.route("/any")
class InNamespace(Resource):
    def get(self):
        return ["salaries"]

    def put(self):
        return ["changed"]
