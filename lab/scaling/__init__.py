"""nginx and several gunicorn workers: what CORS needs there, and what it costs."""
