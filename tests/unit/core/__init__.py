"""Tests of the core, which needs no server and no framework."""
