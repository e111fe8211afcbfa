"""The same apps, migrated by docs/coming-from/flask-cors.md."""
