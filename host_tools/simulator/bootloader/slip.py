"""SLIP framing as the bootloader uses it: END on both sides of a packet (RFC 1055)."""

END = 0xC0
ESCAPE = 0xDB
ESCAPED_END = b"\xdb\xdc"
ESCAPED_ESCAPE = b"\xdb\xdd"


def encode(packet: bytes) -> bytes:
    escaped = packet.replace(b"\xdb", ESCAPED_ESCAPE).replace(b"\xc0", ESCAPED_END)
    return b"\xc0" + escaped + b"\xc0"


class Decoder:
    """Packets out of a byte stream; what stands outside a frame, and broken frames, are dropped."""

    def __init__(self) -> None:
        self._frame: bytearray | None = None  # None: outside a frame

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes in; return the packets that they complete."""
        packets = []
        *complete, rest = data.split(b"\xc0")
        for piece in complete:
            if self._frame is None:
                self._frame = bytearray()
                continue
            packet = _unescape(self._frame + piece)
            self._frame = None if packet else bytearray()  # END END: the second one begins a frame
            if packet:
                packets.append(packet)
        if self._frame is not None:
            self._frame += rest
        return packets


def _unescape(frame: bytes) -> bytes:
    """The packet in a frame; empty if the frame is empty or has an escape that SLIP does not know."""
    head, *tail = bytes(frame).split(b"\xdb")
    unescaped = bytearray(head)
    for piece in tail:
        if piece[:1] not in (b"\xdc", b"\xdd"):
            return b""
        unescaped.append(END if piece[0] == 0xDC else ESCAPE)
        unescaped += piece[1:]
    return bytes(unescaped)
