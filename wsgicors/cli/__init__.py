"""The command line. Flask imports this for each command of its own, so nothing is loaded here."""
