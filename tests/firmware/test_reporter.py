"""A round of readings, with the power cut before and after each thing that it writes down."""

import asyncio
import importlib
import struct
import sys
from types import SimpleNamespace

import pytest

from host_tools.boards.check_kept import MOST_BYTES, kept_bytes
from protocols.message_numbers import ALARM, FAULT, OUT_OF_RANGE, SILENT, WORKS

SCHEMA_ID = 0xC17E01
WRONG = 500  # out of the range
POINTS = (("a", "m", "x", 1, -100, 100, None, None), ("b", "n", "x", 1, -100, 100, None, None))
RULES = {0: (0, None, 0, 5, None, 0), 1: (1, None, 0, 5, None, 0)}
BOARD = {"SCHEMA_ID": SCHEMA_ID, "POINTS": POINTS, "RULES": RULES}
# What the parts say, each for as long as a fault takes to be told after a start, and some more.
HISTORY = (1, 1), (9, 1), (1, 9), (None, 9), (9, WRONG), (WRONG, None), (1, 1), (9, 9), (None, WRONG), (1, 1)
SAMPLES = 6
RUNNER = asyncio.Runner()
RESET, SHORT, LONG = "a reset", "a short cut", "a long cut"
MOST = 200  # moments of the history, at least


class Cut(BaseException):
    pass


class Flash:
    """NVS, the RTC's memory and the events of one node; `left`: moments until the cut, two an operation."""

    def __init__(self, left=None):
        self.nvs = {}
        self.rtc = b""
        self.events = []
        self.is_full = False  # no event can be stored
        self.writes = 0  # of NVS
        self.left = left
        self.boards = SimpleNamespace(**BOARD)

    def NVS(self, _namespace):
        return SimpleNamespace(get_blob=self._get, set_blob=self._set, commit=lambda: None)

    def RTC(self):
        return SimpleNamespace(memory=self._memory)

    def event(self, _cls, code, data):
        if not self.is_full:
            self._do(lambda: self.events.append((code, *data[:2])))
        return not self.is_full

    def report(self, *_report):
        self._do(lambda: None)

    def _get(self, key, buffer):
        if key not in self.nvs:
            raise OSError
        buffer[: len(self.nvs[key])] = self.nvs[key]
        return len(self.nvs[key])

    def _set(self, key, data):
        self.writes += 1
        self._do(lambda: self.nvs.update({key: bytes(data)}))

    def _memory(self, *data):
        if data:
            self.rtc = bytes(data[0])
        return self.rtc

    def _do(self, operation):
        self._pass()
        operation()
        self._pass()

    def _pass(self):
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                raise Cut


@pytest.fixture
def start():
    """A function: the Reporter of a node that starts with this Flash, whose parts say `says[name]`."""
    with pytest.MonkeyPatch.context() as patch:

        def started(flash, says):
            patch.setitem(sys.modules, "board", flash.boards)
            patch.setitem(sys.modules, "esp32", flash)
            patch.setitem(sys.modules, "machine", flash)
            for name in ("firmware.kept", "firmware.reporter"):
                patch.delitem(sys.modules, name, raising=False)
            module = importlib.import_module("firmware.reporter")
            parts = {name: SimpleNamespace(read=lambda name=name: _read(says[name])) for name in "mn"}
            return module.Reporter(parts, flash, lambda text: None)

        yield started
        for name in ("firmware.kept", "firmware.reporter"):
            sys.modules.pop(name, None)


async def _read(value):
    if value is None:
        raise OSError
    return {"x": value}


def live(start, flash, history=HISTORY, cut=SHORT):
    """Yields each line of the history that has lasted.  A cut costs the sample in progress, or the line."""
    says = {}
    reporter = start(flash, says)
    for at, values in enumerate(history):
        says.update(zip("mn", values, strict=True))
        for sample in range(SAMPLES):
            try:
                RUNNER.run(reporter.round(60 * (SAMPLES * at + sample), is_due=False))
            except Cut:
                flash.rtc = flash.rtc if cut == RESET else b""
                reporter = start(flash, says)
                if cut == LONG:
                    break
        else:
            yield values


def known(flash):
    """(what the server has been told last of each name, those of which it was told what it knew)."""
    last, again = {}, []
    for code, name, state in flash.events:
        if last.get((code, name), 0) == state:
            again.append((code, name))
        last[code, name] = state
    return last, again


def assert_are_known(flash, values, is_cut):
    """What the values mean the server has been told, and once; of the round that was cut, perhaps twice."""
    last, again = known(flash)
    for value, point, part in zip(values, "ab", "mn", strict=True):
        if value not in (None, WRONG):
            assert last.get((ALARM, point), 0) == (value > 5)
        assert last.get((FAULT, part), WORKS) == (SILENT if value is None else WORKS)
        if value is not None:
            assert last.get((FAULT, point), WORKS) == (OUT_OF_RANGE if value == WRONG else WORKS)
    assert len(set(again)) == len(again) and (is_cut or not again)


@pytest.mark.parametrize("cut", [RESET, SHORT, LONG])
def test_a_cut_before_and_after_each_operation(start, cut):
    for moment in range(1, MOST):
        flash = Flash(moment)
        for values in live(start, flash, cut=cut):
            assert_are_known(flash, values, is_cut=flash.left <= 0)
        if flash.left > 0:
            break
    assert MOST / 4 < moment < MOST - 1  # the last had no cut


def test_nvs_is_written_when_something_begins_or_ends_only(start):
    flash = Flash()
    for _ in live(start, flash, ((1, 1), (1, 1))):
        assert flash.writes == 0
    for _ in live(start, flash, ((9, 1), (9, 1), (8, 1))):
        assert flash.writes == 2  # that it begins, and that this is told
    for _ in live(start, flash, ((1, 1), (2, 1))):
        assert flash.writes == 4


def test_what_could_not_be_stored_is_told_after_a_start(start):
    flash = Flash()
    flash.is_full = True
    list(live(start, flash, ((9, None),)))
    flash.is_full = False
    for _ in range(3):  # power goes again before a fault has lasted long enough to be one
        flash.rtc = b""
        RUNNER.run(start(flash, {"m": None, "n": None}).round(0, is_due=False))
    assert flash.events == []
    list(live(start, flash, ((9, None),)))
    assert sorted(flash.events) == [(ALARM, "a", 1), (FAULT, "n", SILENT)]


@pytest.mark.parametrize("memory", ["nvs", "rtc"])
def test_what_was_kept_of_other_points_is_dropped(start, memory):
    """Those of another firmware: its rows are others, even if there are as many."""
    flash = Flash()
    list(live(start, flash, ((9, 1),)))
    if memory == "nvs":
        flash.rtc = b""
    reporter = start(flash, {})
    assert (len(reporter.rules.told), reporter.rules.kept != b"") == (1, True)
    same = reporter.rules.kept
    flash.boards.SCHEMA_ID += 1
    reporter = start(flash, {})
    assert reporter.rules.told == set()
    assert memory == "nvs" or reporter.rules.kept != same


def test_a_blob_that_is_no_blob_of_ours(start):
    for blob in (b"", b"\1", struct.pack("<i", SCHEMA_ID)):
        flash = Flash()
        flash.nvs["told"] = blob
        assert start(flash, {}).rules.told == set()


@pytest.mark.parametrize(("points", "is_kept"), [(26, True), (27, False)])
def test_points_of_which_as_much_is_kept_as_fits(start, points, is_kept):
    """kept_bytes, by which board files are refused, says how long the slot gets."""
    flash = Flash()
    flash.boards.POINTS = [(f"p{i}", "mn"[i % 2], "x", 1, -100, 100, None, None) for i in range(points)]
    flash.boards.RULES = dict.fromkeys(range(points), RULES[0])
    reporter = start(flash, {"m": 1, "n": 2})
    RUNNER.run(reporter.round(60, is_due=True))
    declared = {
        name: SimpleNamespace(source=f"{part}.x", stuck=None) for name, part, *_ in flash.boards.POINTS
    }
    size = kept_bytes(SimpleNamespace(points=declared))
    assert (size <= MOST_BYTES) == is_kept
    assert flash.rtc[384] == (size if is_kept else 0)
    assert (start(flash, {}).rules.kept == reporter.rules.kept) == is_kept
