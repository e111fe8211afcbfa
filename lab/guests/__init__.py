"""The programs in ``examples/guests/``: what pages can do with them, and what the audit says."""
