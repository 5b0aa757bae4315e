"""`time` as on an ESP32: epoch 2000, integer seconds, and sleeps that cost no host time."""

import utime
from _chip import call
from _operations import SLEEP_ON, SLEEP_US, TICKS_US
from utime import ticks_add, ticks_diff, ticks_ms

_EPOCH_S = 946684800  # 2000-01-01, in the seconds since 1970 that the VM counts


def time():
    return int(utime.time()) - _EPOCH_S


def time_ns():
    return utime.time_ns() - _EPOCH_S * 1_000_000_000


def gmtime(seconds=None):
    return utime.gmtime((time() if seconds is None else int(seconds)) + _EPOCH_S)


localtime = gmtime


def mktime(fields):
    return int(utime.mktime(fields)) - _EPOCH_S


def sleep_us(us):
    if us > 0:
        unfinished = call(SLEEP_US, us >> 30, us & 0x3FFFFFFF)
        while unfinished:  # interrupts have been handled; sleep for the rest
            unfinished = call(SLEEP_ON, unfinished)


def sleep_ms(ms):
    sleep_us(ms * 1000)


def sleep(seconds):
    sleep_us(int(seconds * 1_000_000))


def ticks_us():
    return call(TICKS_US)


ticks_cpu = ticks_us
