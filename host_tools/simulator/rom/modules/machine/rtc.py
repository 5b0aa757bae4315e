"""`machine.RTC`: the clock, and the 2048 bytes that only a loss of power clears."""

import time

from _chip import call
from _operations import RTC_MEMORY_CLEAR, RTC_MEMORY_LENGTH, SET_CLOCK


class RTC:
    def datetime(self, fields=None):
        """(year, month, day, weekday, hours, minutes, seconds, microseconds).

        It is set in whole seconds, and the weekday follows from the date.
        """
        if fields is None:
            ns = time.time_ns()
            now = time.gmtime(ns // 1_000_000_000)
            return (now[0], now[1], now[2], now[6], now[3], now[4], now[5], ns // 1000 % 1_000_000)
        if len(fields) != 8:
            raise ValueError("requested length 8 but object has length %d" % len(fields))
        unix = time.mktime(tuple(fields[:3]) + tuple(fields[4:7]) + (0, 0)) + 946684800
        call(SET_CLOCK, unix >> 30, unix & 0x3FFFFFFF)

    init = datetime

    def memory(self, data=None):
        """The bytes that were stored last, or store `data`; ValueError when they are more than 2048."""
        file = open("/dev/rtcmemory", "r+b")
        if data is None:
            return file.read(call(RTC_MEMORY_LENGTH))
        if len(data) > 2048:
            raise ValueError("buffer too long")
        call(RTC_MEMORY_CLEAR)  # a write of no bytes does not reach the chip
        file.write(data)
