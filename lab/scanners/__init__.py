"""CORScanner and corsair-scan against our examples."""
