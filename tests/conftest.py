"""Settings for all tests."""

from hypothesis import settings

# No test may depend on the machine's speed; and every run tests the same examples.
settings.register_profile("citynode", deadline=None, derandomize=True)
settings.load_profile("citynode")
