"""Why OSCORE does not take a message (RFC 8613 sections 7.4, 8.2 and 8.4)."""

from protocols.coap.numbers import BAD_OPTION, BAD_REQUEST, UNAUTHORIZED


class OscoreError(ValueError):
    """A message that must go no further.

    `code` and `diagnostic` (bytes) make the response that the RFC lets a server send unprotected;
    where `code` is None the message gets no response at all.  The error's own text is for logs.
    """

    code = None
    diagnostic = b""


class CoseError(OscoreError):
    """The option or the payload breaks the format."""

    code = BAD_OPTION
    diagnostic = b"Failed to decode COSE"


class ContextError(OscoreError):
    """There is no key for this sender."""

    code = UNAUTHORIZED
    diagnostic = b"Security context not found"


class ReplayError(OscoreError):
    """The request came before, or is too old to know."""

    code = UNAUTHORIZED
    diagnostic = b"Replay detected"


class TamperedError(OscoreError):
    """Not what the sender wrote, or written under another key."""

    code = BAD_REQUEST
    diagnostic = b"Decryption failed"


class UnprotectedError(OscoreError):
    """A plain message where a protected one is due."""
