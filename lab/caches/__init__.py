"""nginx as a shared cache in front of an app: each visitor gets their own response."""
