"""Where the host finds a callback that it can schedule, so that a busy program calls the host."""

from struct import pack

_file = open("/dev/nudge", "r+b")
_read = _file.readinto
_frame = bytearray(8)
_frame[:] = pack("<II", id(_read), id(_frame))
_read(_frame)
