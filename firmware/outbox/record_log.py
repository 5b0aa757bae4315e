"""A log of records on LittleFS: three classes, bounded size, nothing lost that `append` took.

Each class is a row of files of up to `log_segment.SIZE` bytes, named after the class and their first record.
Records are appended to the newest; a file goes when all that is in it is done with.  A record never makes
room for itself at the cost of a more important class: where only such are left, it is dropped itself.

Where power is cut, a file is as it was before the operation or after it: LittleFS sees to that.
"""

import os

from firmware.outbox import log_segment
from firmware.outbox.log_state import CORRUPT, DROPPED, LogState

ALARM, EVENT, TELEMETRY = 0, 1, 2  # the most important first
CLASSES = ALARM, EVENT, TELEMETRY
LETTERS = "aet"  # of their files
STATE = "state"
PER_FILE = 60  # records, about: of a pole's reports
ENOSPC = 28  # LittleFS's own number (lfs.h); MicroPython's errno module has no name for it


class RecordLog:
    """`folder` is an absolute path, `capacity` how many files the log may have, each a block of flash.

    What of the file system is used: os.ilistdir, mkdir, remove, stat, and open.
    """

    def __init__(self, folder, capacity, os=os, open=open):
        self._folder = folder + "/"
        self._capacity = capacity
        self._os = os
        self._open = open
        self._files = ([], [], [])  # of each class: the first record's number, oldest first
        self._buffer = memoryview(bytearray(log_segment.SIZE))
        try:
            os.mkdir(folder)
        except OSError:  # it is there
            pass
        names = self._find_files()
        self.state = LogState(self._folder + STATE, open)
        for name in list(self.state.done):
            if name not in names:
                del self.state.done[name]
        self.last = -1  # the greatest sequence number in the log
        self.waiting = 0  # records; of files that were full at the start, PER_FILE each
        self._room = [self._room_in_newest(cls) for cls in CLASSES]

    def empty(self):
        return not any(self._files)

    def has_before(self, number):
        """Whether there may be records with sequence numbers below `number`."""
        return any(files and files[0] < number for files in self._files)

    def append(self, cls, number, body):
        """Store a record; True when it is on the flash.  False: it is dropped and counted.  OSError."""
        data = log_segment.frame(number, body)
        while True:
            new = self._room[cls] < len(data)
            full = new and sum([len(files) for files in self._files]) >= self._capacity
            try:
                if not full:
                    return self._write(cls, number if new else self._files[cls][-1], data)
            except OSError as error:
                if error.args[0] != ENOSPC:
                    raise
                if new:
                    self._remove_empty(cls, number)
            if not self._drop_oldest(cls):
                self._count(DROPPED + cls, 1)
                return False

    def records(self, cls):
        """Yield (place, sequence number, body) of all that is left of a class, oldest first.

        The body is good until the next one is asked for.  On the way unreadable stretches are counted, and
        files go in which nothing is left.
        """
        for first in list(self._files[cls]):
            size = self._read(cls, first)
            rest = self._rest(cls, first, size)
            holes = []
            for at, end in rest:
                for start, after, number in log_segment.scan(self._buffer, at, end):
                    if start > at:
                        holes.append((cls, first, at, start))
                    yield (cls, first, start, after), number, self._buffer[start + log_segment.HEAD : after]
                    at = after
                if at < end:
                    holes.append((cls, first, at, end))
            if holes:
                self.discard(holes, CORRUPT)
            elif not rest:
                self._remove_if_done(cls, first)

    def remove(self, places):
        """Records that are no longer needed.  Returns when they will not come back."""
        self.waiting -= self._mark(places)
        left = [not self._remove_if_done(cls, first) for cls, first in _files_of(places)]
        if any(left):
            self.state.save()

    def discard(self, places, counter):
        """The same for records that are given up, which are counted once, wherever power is cut."""
        number = self._mark(places)
        if counter != CORRUPT:
            self.waiting -= number
        self._count(counter, number)
        for cls, first in _files_of(places):
            self._remove_if_done(cls, first)

    # --- files

    def _find_files(self):
        names = set()
        for entry in self._os.ilistdir(self._folder[:-1]):
            name = entry[0]
            if name != STATE:
                names.add(name)
                self._files[LETTERS.index(name[0])].append(int(name[1:], 16))
        for files in self._files:
            files.sort()
        return names

    def _room_in_newest(self, cls):
        """Bytes that may be appended; behind an end that cannot be read, none."""
        if not self._files[cls]:
            return 0
        first = self._files[cls][-1]
        size = self._read(cls, first)
        self.waiting += self._left(cls, first, size) + PER_FILE * (len(self._files[cls]) - 1)
        end = 0
        for _, after, number in log_segment.scan(self._buffer, 0, size):
            end = after
            self.last = max(self.last, number)
        return log_segment.SIZE - size if end == size else 0

    def _read(self, cls, first):
        """Fill the buffer with a file's content; returns its size."""
        with self._open(self._path(cls, first), "rb") as file:
            return file.readinto(self._buffer)

    def _write(self, cls, first, data):
        with self._open(self._path(cls, first), "ab") as file:
            file.write(data)
        if first not in self._files[cls]:
            self._files[cls].append(first)
            self._room[cls] = log_segment.SIZE
        self._room[cls] -= len(data)
        self.waiting += 1
        return True

    def _remove_empty(self, cls, first):
        """The file that an append began, if it came so far."""
        try:
            self._os.remove(self._path(cls, first))
        except OSError:
            pass

    def _path(self, cls, first):
        return self._folder + _name(cls, first)

    # --- what is done with

    def _drop_oldest(self, cls):
        """Give up the oldest file of the least important class that has any, but none above `cls`."""
        for lowest in range(TELEMETRY, cls - 1, -1):
            if self._files[lowest]:
                first = self._files[lowest][0]
                size = self._read(lowest, first)
                lost = self._left(lowest, first, size)
                self.waiting -= lost
                self.state.done[_name(lowest, first)] = [(0, size)]
                self._count(DROPPED + lowest, lost)
                self._remove_if_done(lowest, first)
                return True
        return False

    def _rest(self, cls, first, size):
        """What is left of a file of that size, as spans."""
        return log_segment.without_spans(self.state.done.get(_name(cls, first), ()), size)

    def _left(self, cls, first, size):
        """How many records are left of the file that is in the buffer."""
        rest = self._rest(cls, first, size)
        return sum([len(list(log_segment.scan(self._buffer, *span))) for span in rest])

    def _mark(self, places):
        """Returns how many were there: files may have been dropped meanwhile."""
        done = self.state.done
        there = [place for place in places if place[1] in self._files[place[0]]]
        for cls, first, start, end in there:
            name = _name(cls, first)
            done[name] = log_segment.with_span(done.get(name, ()), start, end)
        return len(there)

    def _count(self, counter, number):
        self.state.counts[counter] += number
        self.state.save()

    def _remove_if_done(self, cls, first):
        """Whether the file is gone."""
        files = self._files[cls]
        if first in files:
            path = self._path(cls, first)
            if self._rest(cls, first, self._os.stat(path)[6]):
                return False
            self._os.remove(path)
            self.state.done.pop(_name(cls, first), None)
            if first == files[-1]:
                self._room[cls] = 0
            files.remove(first)
        return True


def _name(cls, first):
    return "%s%08x" % (LETTERS[cls], first)


def _files_of(places):
    return {place[:2] for place in places}
