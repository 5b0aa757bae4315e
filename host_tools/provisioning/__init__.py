"""Giving a node its identity, its server and its secrets."""
