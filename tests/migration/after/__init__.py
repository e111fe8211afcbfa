"""The same apps, moved by following docs/coming-from/flask-cors.md."""
