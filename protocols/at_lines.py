"""What a modem sends, cut into lines and raw payloads (ITU-T V.250 5.7.1); sans-IO.

The receiver says after each piece how the next is meant: a datagram that was announced with its length
may hold any bytes, line ends too.
"""

CR, LF = 13, 10
LINE_ENDS = b"\r\n"  # a tuple of CR and LF would be made anew for every byte


class LineAssembler:
    """Bytes in any split to lines of text.  A line ends at CR or LF; empty lines are framing and vanish.

    A line longer than `limit` bytes is dropped whole (its head alone could mean something else) and
    counted in `overlong`; one that is not printable ASCII is dropped and counted in `garbled`.  The one
    thing that a line costs the heap is its text, and the few words of a slice.
    """

    def __init__(self, limit):
        self.overlong = 0
        self.garbled = 0
        self.text = None  # the line, or payload, that the last `take` has completed
        self._buffer = memoryview(bytearray(limit))
        self._length = 0  # limit + 1: the line has overflowed
        self._clean = True
        self._last = 0
        self._raw = 0  # bytes of payload to come

    def expect_raw(self, count):
        """The next `count` bytes after the line end that is being read are a payload."""
        if not 0 < count <= len(self._buffer):
            raise ValueError("a payload that no buffer holds")
        self._raw = count

    def prompted(self):
        """Whether `>`, or that and a space, is all since the last line; if so it is forgotten."""
        if self._buffer[0] == 62 and (self._length == 1 or (self._length == 2 and self._buffer[1] == 32)):
            self._length = 0
            return True
        return False

    def take(self, data, start):
        """Take bytes of `data` from index `start` up to the end of one piece; the index behind it."""
        self.text = None
        for i in range(start, len(data)):
            byte = data[i]
            if self._raw and not (byte == LF and self._last == CR):
                self._last = 0
                if self._store(byte) == self._raw:
                    self.text = bytes(self._buffer[: self._raw])
                    self._raw = self._length = 0
                    return i + 1
            elif byte in LINE_ENDS:
                self._last = byte
                if self._length:
                    self._end()
                    return i + 1
            else:
                self._clean = self._clean and 32 <= byte < 127
                self._store(byte)
        return len(data)

    def _store(self, byte):
        if self._length < len(self._buffer):
            self._buffer[self._length] = byte
            self._length += 1
        else:
            self._length = len(self._buffer) + 1
        return self._length

    def _end(self):
        if self._length > len(self._buffer):
            self.overlong += 1
        elif self._clean:
            self.text = str(self._buffer[: self._length], "ascii").strip()
        else:
            self.garbled += 1
        self._length = 0
        self._clean = True
