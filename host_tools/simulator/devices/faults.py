"""What tests make go wrong with the replies of a serial part."""

from collections.abc import Callable


class ReplyFaults:
    """Set the attributes at any time; each reply of the part passes through `apply`."""

    def __init__(self) -> None:
        self.silent = False  # no reply at all, as with a cut wire
        self.corrupt_next = 0  # so many replies leave with one bit wrong
        self.alter_next: Callable[[bytes], bytes] | None = None  # the next reply goes through this function

    def apply(self, reply: bytes) -> bytes:
        """The bytes to send instead of `reply`; empty for none."""
        if self.silent:
            return b""
        if self.alter_next:
            alter, self.alter_next = self.alter_next, None
            reply = alter(reply)
        if self.corrupt_next:
            self.corrupt_next -= 1
            reply = reply[:-1] + bytes((reply[-1] ^ 0x01,))
        return reply
