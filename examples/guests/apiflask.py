"""APIFlask: ``@cors`` below the route, above a function, a class or a method of it."""

from apiflask import APIBlueprint, APIFlask
from apiflask.fields import Integer
from flask.views import MethodView

from examples.guests import OFFICE
from wsgicors import Policy
from wsgicors.flask import CORS, cors

app = APIFlask(__name__)
CORS(app, Policy("*"), blueprints={"office": OFFICE})
office = APIBlueprint("office", __name__)


@app.get("/public")
def public():
    return ["tea"]


@app.get("/closed")
@app.output({"amount": Integer()})
@cors(None)
def closed():
    return {"amount": 9}


@app.route("/office/function", methods=["GET", "PUT"])
@cors(OFFICE)
@app.output({"amount": Integer()})
def function():
    return {"amount": 2}


@app.route("/office/below", methods=["GET", "PUT"])
@app.output({"amount": Integer()})
@cors(OFFICE)
def below():
    return {"amount": 2}


@cors(OFFICE)
class OnClass(MethodView):
    def get(self):
        return ["salaries"]

    def put(self):
        return ["changed"]


class OnMethod(MethodView):
    @cors(OFFICE)
    @app.output({"amount": Integer()})
    def get(self):
        return {"amount": 2}

    @app.output({"amount": Integer()})
    @cors(OFFICE)
    def put(self):
        return {"amount": 3}


@office.route("/office/blueprint", methods=["GET", "PUT"])
def in_blueprint():
    return ["salaries"]


app.add_url_rule("/office/class", view_func=OnClass.as_view("class"))
app.add_url_rule("/office/method", view_func=OnMethod.as_view("method"))
app.register_blueprint(office)
