"""Apps that use Flask-CORS, each in one of the ways in which it is commonly used."""
