"""How much time CORS takes: ``make bench`` measures, compares, and writes it into the docs."""
