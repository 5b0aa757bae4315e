"""Scenario files: what happens to a simulated board, when, and what is expected of it."""
