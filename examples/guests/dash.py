"""Dash: the table ``endpoints``, because the views are Dash's own."""

from dash import Dash, Input, Output, dcc, html

from examples.guests import OFFICE
from wsgicors import Policy
from wsgicors.flask import CORS

ENDPOINTS = {
    "/_dash-layout": OFFICE,
    "/_dash-update-component": OFFICE,
    "/_dash-dependencies": None,
}

dashboard = Dash(__name__)
app = dashboard.server
CORS(app, Policy("*"), endpoints=ENDPOINTS)
dashboard.layout = html.Div([dcc.Input(id="name"), html.Div(id="greeting")])


@dashboard.callback(Output("greeting", "children"), Input("name", "value"))
def greet(name):
    return f"hello {name}"
