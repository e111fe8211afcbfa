"""What pages may do with the API in ``django_app.py``: a user's tests, in whole."""

from examples.django_app import app

API = "https://api.example"


def test_every_page_reads_the_items_and_their_total_even_without_the_slash(cors_browser):
    page = cors_browser(app).page("https://anyone.example")
    assert page.fetch(API + "/items").headers["X-Total-Count"] == "3"
    assert page.fetch(API + "/items/1/").json() == {"item": "tea"}
    assert page.fetch(API + "/status/").json() == {"up": True}


def test_our_page_replaces_an_item_and_reads_the_404_of_one_that_there_is_not(cors_browser):
    page = cors_browser(app).page("https://app.example")
    send = {"method": "PUT", "headers": {"Content-Type": "application/json"}, "body": '"rice"'}
    response = page.fetch(API + "/items/1/", credentials="include", **send)
    assert response.json() == {"replaced": 1, "by": "rice"}
    assert page.fetch(API + "/items/9/", credentials="include", **send).status == 404
