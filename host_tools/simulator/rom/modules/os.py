"""`os` as on an ESP32 with a LittleFS."""

import sys
from collections import namedtuple

import uos
from _chip import call
from _operations import RANDOM
from uos import chdir, getcwd, listdir, mkdir, remove, rename, rmdir, statvfs, unlink
from vfs import mount, umount

_Uname = namedtuple("uname", ("sysname", "nodename", "release", "version", "machine"))


def uname():
    version = sys.version.rpartition("MicroPython ")[2]
    release = version.partition(" ")[0].lstrip("v")
    return _Uname(sys.platform, sys.platform, release, version, sys.implementation._machine)


def stat(path):
    """(mode, 0, 0, 0, 0, 0, size, and the file's time, three times over)."""
    fields = uos.stat(path)
    return (fields[0], 0, 0, 0, 0, 0, fields[6], fields[7], fields[8], fields[9])


def ilistdir(path=""):
    """Entries (name, mode, 0, size)."""
    folder = path and path.rstrip("/") + "/"
    return ((e[0], e[1], 0, 0 if e[1] == 0x4000 else uos.stat(folder + e[0])[6]) for e in uos.ilistdir(path))


def urandom(count):
    return bytes([call(RANDOM) & 0xFF for _ in range(count)])


def sync():
    pass
