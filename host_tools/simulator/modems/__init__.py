"""Modems at the level of their AT commands."""
