"""The outbox's log on LittleFS on simulated flash, run by CPython: many power cuts in little time."""

import errno
import os
import random
import stat

from firmware.outbox import log_segment
from firmware.outbox.outbox import EXPIRY_S, Outbox
from firmware.outbox.record_log import RecordLog
from firmware.outbox.records import PRODUCT_TABLE, encode
from firmware.outbox.sequence_numbers import SequenceNumbers
from host_tools.littlefs_volume import BLOCK_SIZE, open_volume
from host_tools.simulator.flash import NorFlash
from host_tools.simulator.flash_faults import FlashFaults
from host_tools.simulator.volume import LittleFsFiles

FOLDER = "/outbox"


class BenchFile:
    """As MicroPython's: closing it syncs, and it is closed whatever happens."""

    def __init__(self, file):
        self._file = file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def read(self):
        return self._file.read(self._file.size())

    def readinto(self, buffer):
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data):
        return self._file.write(bytes(data))


class BenchOs:
    """The part of MicroPython's `os`, and `open`, that the log is given."""

    def __init__(self, volume):
        self._files = LittleFsFiles(volume, lambda: 0.0)

    def open(self, path, mode):
        write = mode != "rb"
        return BenchFile(
            self._files.open(path, write=write, create=write, truncate=mode == "wb", append=mode == "ab")
        )

    def ilistdir(self, path):
        return ((name, stat.S_IFREG, 0) for name, _ in self._files.listdir(path))

    def stat(self, path):
        return (stat.S_IFREG, 0, 0, 0, 0, 0, self._files.stat(path).size)

    def mkdir(self, path):
        self._files.mkdir(path)

    def remove(self, path):
        self._files.remove(path)


class BenchNvs:
    """esp32.NVS; a commit either happens or, where power is cut, does not.

    A commit counts as one operation of the flash that the cuts are counted on.
    """

    def __init__(self, flash):
        self._flash = flash
        self._sector = flash.size - BLOCK_SIZE
        self._committed = {}
        self.commits = 0
        self.reset()

    def reset(self):
        """What was not committed is lost."""
        self._values = dict(self._committed)

    def erase(self):
        self._values = {}
        self._committed = {}

    def get_i32(self, key):
        if key not in self._values:
            raise OSError(errno.ENOENT)
        return self._values[key]

    def set_i32(self, key, value):
        self._values[key] = value

    def commit(self):
        self._flash.program(self._sector, b"\xff")
        self._committed = dict(self._values)
        self.commits += 1


class LogBench:
    """One board's flash, of which `blocks` are the file system's; `start` is a boot."""

    def __init__(self, blocks=64, capacity=16, seed=1, expiry_s=EXPIRY_S):
        self.flash = NorFlash((blocks + 1) * BLOCK_SIZE)
        self.faults = FlashFaults(self.flash, random.Random(seed))
        self.nvs = BenchNvs(self.flash)
        self._size = blocks * BLOCK_SIZE
        self.capacity = capacity
        self._expiry_s = expiry_s
        volume = open_volume(self.flash, 0, self._size)
        volume.format()
        self.start()

    def start(self):
        """Reset, mount, open the log."""
        self.flash.power_on()
        self.nvs.reset()
        self._volume = open_volume(self.flash, 0, self._size)
        self._volume.mount()
        self.os = BenchOs(self._volume)
        self.log = RecordLog(FOLDER, self.capacity, os=self.os, open=self.os.open)
        self.numbers = SequenceNumbers(self.nvs, self.log.last + 1)
        self.outbox = Outbox(self.log, self.numbers, self._expiry_s)

    def format(self):
        """A new file system; NVS stays."""
        self._volume.format()
        self.start()

    def changes(self):
        """Programs and erases of the flash so far: the operations at which power can be cut."""
        return self.flash.operations.programs + self.flash.operations.erases

    def names(self):
        """The log's files."""
        return sorted(os.fsdecode(entry[0]) for entry in self.os.ilistdir(FOLDER))

    def content(self, name):
        with self.os.open(f"{FOLDER}/{name}", "rb") as file:
            return file.read()

    def replace(self, name, content):
        with self.os.open(f"{FOLDER}/{name}", "wb") as file:
            file.write(content)


def lamp(rng, number):
    """Values such as a pole reports."""
    noise = rng.randrange(40)
    return [100, 2300 + noise, 437, 1005 + noise, 120_000 + number // 60, 2150 - noise, 655, 521 + noise]


def full_files(count):
    """File name -> content of so many files of telemetry, full of reports such as a pole's."""
    files, number, rng = {}, 0, random.Random(1)
    for _ in range(count):
        first, content = number, b""
        while len(content) + 40 <= log_segment.SIZE:  # a report takes less
            body = encode(PRODUCT_TABLE, 190_000_000 + 60 * number, 0, 0, lamp(rng, number))
            content += log_segment.frame(number, bytes(body))
            number += 1
        files[f"t{first:08x}"] = content
    return files
