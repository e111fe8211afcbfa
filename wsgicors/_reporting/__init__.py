"""What wsgicors says about requests: to the log, and to an observer of the app."""
