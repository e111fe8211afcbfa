"""The apps of a site's description, one module for each framework."""
