"""The command line; this package imports nothing, because Flask imports it for each command."""
