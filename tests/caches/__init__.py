"""A real caching proxy in front of the app: nobody ever gets another's answer."""
