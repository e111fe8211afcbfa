"""flask-smorest: ``@cors`` below the route, above a function, a class or a method of it."""

from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields

from examples.guests import OFFICE
from wsgicors import Policy
from wsgicors.flask import CORS, cors

app = Flask(__name__)
app.config.update(API_TITLE="office", API_VERSION="1", OPENAPI_VERSION="3.0.2")
CORS(app, Policy("*"))
api = Api(app)
blueprint = Blueprint("views", __name__)


class Salary(Schema):
    amount = fields.Integer()


@blueprint.route("/public")
@blueprint.response(200, Salary)
def public():
    return {"amount": 1}


@blueprint.route("/closed")
@blueprint.response(200, Salary)
@cors(None)
def closed():
    return {"amount": 9}


@blueprint.route("/office/function", methods=["GET", "PUT"])
@cors(OFFICE)
@blueprint.response(200, Salary)
def function():
    return {"amount": 2}


@blueprint.route("/office/below", methods=["GET", "PUT"])
@blueprint.response(200, Salary)
@blueprint.paginate()
@cors(OFFICE)
def below(pagination_parameters):
    return {"amount": 2}


@blueprint.route("/office/class")
@cors(OFFICE)
class OnClass(MethodView):
    @blueprint.response(200, Salary)
    def get(self):
        return {"amount": 2}

    def put(self):
        return ["changed"]


@blueprint.route("/office/method")
class OnMethod(MethodView):
    @cors(OFFICE)
    @blueprint.response(200, Salary)
    def get(self):
        return {"amount": 2}

    @blueprint.response(200)
    @cors(OFFICE)
    def put(self):
        return ["changed"]


api.register_blueprint(blueprint)
