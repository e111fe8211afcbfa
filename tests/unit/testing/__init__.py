"""Tests of ``wsgicors.testing``: a file per module, and ``test_faults.py``."""
