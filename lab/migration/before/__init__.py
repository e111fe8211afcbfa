"""Apps that use Flask-CORS in its three usual ways."""
