"""connexion 2: ``@cors`` above the function that an operation names, or above a class of them."""

from connexion import FlaskApp
from connexion.resolver import MethodViewResolver

from examples.guests import OFFICE
from wsgicors import Policy
from wsgicors.flask import CORS, cors


def public():
    return ["tea"]


@cors(None)
def closed():
    return ["plans"]


@cors(OFFICE)
def salaries():
    return ["salaries"]


@cors(OFFICE)
def change(body):
    return ["changed"]


@cors(OFFICE)
class OffersView:
    def search(self):
        return ["offers"]

    def put(self):
        return ["changed"]


def operation(name):
    return {**unnamed, "operationId": f"examples.guests.connexion.{name}"}


unnamed = {"responses": {"200": {"description": "an answer"}}}


body = {"content": {"application/json": {"schema": {"type": "object"}}}}
head = {"openapi": "3.0.0", "info": {"title": "office", "version": "1"}}
functions = {
    **head,
    "paths": {
        "/public": {"get": operation("public")},
        "/closed": {"get": operation("closed")},
        "/office/salaries": {
            "get": operation("salaries"),
            "put": {**operation("change"), "requestBody": body},
        },
    },
}

connexion_app = FlaskApp(__name__)
app = connexion_app.app
CORS(app, Policy("*"))
connexion_app.add_api(functions)
connexion_app.add_api(
    {**head, "paths": {"/offers": {"get": unnamed, "put": unnamed}}},
    base_path="/office",
    resolver=MethodViewResolver("examples.guests.connexion"),
)
