"""What CORS costs, beside code written by hand and beside Flask-CORS: ``make bench``."""
