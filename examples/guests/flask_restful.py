"""Flask-RESTful: ``@cors`` above a resource or a method of it, or in ``decorators``."""

from flask import Flask
from flask_restful import Api, Resource

from examples.guests import OFFICE
from wsgicors import Policy
from wsgicors.flask import CORS, cors

app = Flask(__name__)
CORS(app, Policy("*"))
api = Api(app)


class Public(Resource):
    def get(self):
        return ["tea"]


@cors(None)
class Closed(Resource):
    def get(self):
        return ["plans"]


@cors(OFFICE)
class OnClass(Resource):
    def get(self):
        return ["salaries"]

    def put(self):
        return ["changed"]


class OnMethod(Resource):
    @cors(OFFICE)
    def get(self):
        return ["salaries"]

    @cors(OFFICE)
    def put(self):
        return ["changed"]


class InDecorators(Resource):
    decorators = (cors(OFFICE),)

    def get(self):
        return ["salaries"]

    def put(self):
        return ["changed"]


class Inherited(OnClass):
    pass


api.add_resource(Public, "/public")
api.add_resource(Closed, "/closed")
api.add_resource(OnClass, "/office/class")
api.add_resource(OnMethod, "/office/method")
api.add_resource(InDecorators, "/office/decorators")
api.add_resource(Inherited, "/office/inherited")
