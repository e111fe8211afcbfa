"""An app with many tenants: several workers load the tenants' domains from one database."""

EVERY, BRIEFLY = 0.25, 1.0
"""Seconds after which the domains are loaded again, and for which they are allowed without."""

APP = "https://app.example"
"""An origin that the policies list themselves."""
