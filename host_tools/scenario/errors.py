"""How scenarios fail."""


class ScenarioError(ValueError):
    """A scenario file is wrong; the text names file, step and field, a line for each fault."""

    hint = "docs/scenarios.md describes scenario files."


class BrokenExpectationError(AssertionError):
    """The first expectation that did not hold; the text has virtual time and seed."""

    hint = "The same seed shows it again; without --seed it is the scenario's own."
