"""What can go wrong, and whose fault it was.  Single inheritance: MicroPython knows no other."""


class EncodeError(ValueError):
    """We were asked to send something that the format cannot carry."""


class DecodeError(ValueError):
    """The peer, or the line, gave us bytes that break the format."""


class BusError(OSError):
    """A part on a bus did not answer, or answered nonsense."""


class LinkTimeout(OSError):
    """The network took longer than the protocol allows."""


class ModemError(OSError):
    """The modem refused; `code` is its +CME ERROR number, or None for a bare ERROR."""

    def __init__(self, message, code=None):
        super().__init__(message)
        self.code = code
