"""How each framework finds its views: a resolver for each, that asks the framework's own router."""
