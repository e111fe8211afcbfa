"""What pages may do with the API in ``items.py``: a user's tests, in whole."""

from examples.items import app


def test_every_page_reads_the_total(cors_browser):
    page = cors_browser(app).page("https://anyone.example")
    assert page.fetch("https://api.example/items").headers["X-Total-Count"] == "3"


def test_our_page_replaces_an_item(cors_browser):
    page = cors_browser(app).page("https://app.example")
    send = {"method": "PUT", "headers": {"Content-Type": "application/json"}, "body": '"tea"'}
    response = page.fetch("https://api.example/items/1", credentials="include", **send)
    assert response.headers["ETag"] == '"1"'
