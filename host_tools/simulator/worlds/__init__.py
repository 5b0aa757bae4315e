"""The processes that make up a simulated world: seeded, and the same however often they are looked at."""
