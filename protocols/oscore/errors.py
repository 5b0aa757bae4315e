"""Why OSCORE does not take a message (RFC 8613 sections 7.4, 8.2 and 8.4)."""


class OscoreError(ValueError):
    """A message that must go no further.  What a server answers is in `server`; the text is for logs."""


class CoseError(OscoreError):
    """The option or the payload breaks the format."""


class ContextError(OscoreError):
    """There is no key for this sender."""


class ReplayError(OscoreError):
    """The request came before, or is too old to know."""


class TamperedError(OscoreError):
    """Not what the sender wrote, or written under another key."""


class UnprotectedError(OscoreError):
    """A plain message where a protected one is due."""
