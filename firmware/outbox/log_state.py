"""What the log knows besides its records: counters, what of a file is done with, and when boots began.

One small file, written whole: LittleFS keeps the old content until the new is synced, so all of it
changes at once.  Up to 128 bytes, the usual, LittleFS keeps it in the folder itself and needs no block.
"""

import struct
from binascii import crc32

from protocols.cbor_decoder import loads
from protocols.cbor_encoder import dumps

# Counters: records of each class that there was no room for, and that grew too old; then of all classes.
DROPPED, EXPIRED, REFUSED, CORRUPT = 0, 3, 6, 7
COUNTERS = 8
MAX_BOOTS = 4  # that the log still has undated records of


class LogState:
    """`counts` by the numbers above, `done`: file name -> spans, `boots`: [boot, time when it began, …]."""

    def __init__(self, path, open):
        self.counts = [0] * COUNTERS
        self.done = {}
        self.boots = []
        self._path = path
        self._open = open
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError:  # a new log
            data = b""
        if data and struct.pack("<I", crc32(data[:-4])) == data[-4:]:
            self.counts, self.boots, done = loads(data[:-4])
            for name, *ends in done:
                self.done[name] = [(ends[i], ends[i + 1]) for i in range(0, len(ends), 2)]
        elif data:  # power that goes between creating the file and writing it leaves it empty
            self.counts[CORRUPT] = 1

    def save(self):
        """Returns when it is on the flash."""
        done = [[name] + [end for span in spans for end in span] for name, spans in self.done.items()]
        data = dumps([self.counts, self.boots, done])
        with self._open(self._path, "wb") as file:
            file.write(data + struct.pack("<I", crc32(data)))
