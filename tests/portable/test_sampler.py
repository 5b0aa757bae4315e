"""Sampler: scaling, quality, and parts that fail in every way."""

import asyncio

from drivers.dlt645_master import Dlt645Master
from drivers.modbus_master import ModbusMaster
from firmware.sampler import Sampler
from protocols import dlt645, modbus_rtu
from protocols.errors import BusError
from protocols.report.encoder import INVALID
from tests.portable.check import raises, run
from tests.portable.fake_bus import FakeSerial

METER = "202501234567"


class Part:
    """Gives its answers one after the other, the last one for ever; it raises those that are exceptions."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.asked = 0

    async def read(self):
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Endless:
    """A driver that never comes back by itself."""

    is_over = False

    async def read(self):
        try:
            await asyncio.Event().wait()
        finally:
            self.is_over = True


def point(part, field="x", divisor=1, least=None, most=None, jump=None):
    return part + "_" + field, part, field, divisor, least, most, jump, None


def ignore(_text):
    pass


def samples(points, count, **parts):
    """So many samples, one after the other."""
    sampler = Sampler(parts, points, ignore)
    return [run(sampler.sample()) for _ in range(count)]


def followed(values, **quality):
    """The values of one point, after one sample for each of `values`; None there is a part that fails."""
    part = Part(*[BusError("silent") if value is None else {"x": value} for value in values])
    return [row[0] for row in samples([point("part", **quality)], len(values), part=part)]


def test_values_are_in_the_tables_order_and_each_part_is_asked_once():
    meter, lamp, idle = Part({"mv": 230_049, "ma": 1500}), Part({"level": 50}), Part({})
    points = [
        point("meter", "mv", 100),
        point("lamp", "level"),
        point("meter", "ma", 10),
        point("lamp", "no"),
    ]
    assert samples(points, 1, meter=meter, lamp=lamp, idle=idle) == [[2300, 50, 150, None]]
    assert (meter.asked, lamp.asked, idle.asked) == (1, 1, 0)


def test_rounds_half_away_from_zero():
    assert followed([14, 15, 25, -14, -15, -25], divisor=10) == [1, 2, 3, -1, -2, -3]
    assert followed([1, 2, -1, -2], divisor=3) == [0, 1, 0, -1]


def test_out_of_range():
    values = [-1, 0, 299, 300, 301, 5]
    assert followed(values, least=0, most=300) == [INVALID, 0, 299, 300, INVALID, 5]


def test_one_wild_sample_is_no_value():
    assert followed([230, 500, 231], jump=40) == [230, INVALID, 231]
    assert followed([230, 270, 190, 229], jump=40) == [230, 270, INVALID, 229]


def test_a_second_sample_confirms_a_step():
    assert followed([0, 100, 140, 150], jump=40) == [0, INVALID, 140, 150]


def test_two_jumps_that_do_not_agree_confirm_nothing():
    assert followed([0, 100, 141, 100, 101], jump=40) == [0, INVALID, INVALID, INVALID, 101]
    assert followed([0, 100, -100, 0], jump=40) == [0, INVALID, INVALID, 0]


def test_what_confirms_is_the_very_next_sample():
    assert followed([0, 100, None, 100, 100], jump=40) == [0, INVALID, None, INVALID, 100]
    assert followed([0, 100, 999, 100, 100], jump=40, least=0, most=900) == [
        0,
        INVALID,
        INVALID,
        INVALID,
        100,
    ]
    assert followed([0, 100, 0, 100], jump=40) == [0, INVALID, 0, INVALID]


def test_what_is_out_of_range_is_not_the_last_good_value():
    assert followed([0, 999, 30], jump=40, least=0, most=900) == [0, INVALID, 30]


def test_each_part_fails_for_itself():
    points = [point("bad"), point("good")]
    for failure in (BusError("silent"), ValueError("a driver's bug"), IndexError()):
        assert samples(points, 2, bad=Part(failure, {"x": 1}), good=Part({"x": 2})) == [[None, 2], [1, 2]]


def test_logs_what_changes():
    lines = []
    part = Part(
        {}, BusError("one"), BusError("one"), BusError("two"), ValueError("x"), {}, {}, BusError("one")
    )
    sampler = Sampler({"part": part}, [point("part")], lines.append)
    counts = []
    for _ in range(8):
        run(sampler.sample())
        counts.append(len(lines))
    assert counts == [0, 1, 1, 2, 3, 4, 4, 5]
    for text, line in zip(("one", "two", "ValueError", "works", "one"), lines):  # noqa: B905
        assert line.startswith("sampler: part: ") and text in line


def test_no_memory_is_not_the_parts_fault():
    raises(MemoryError, samples, [point("part")], 1, part=Part(MemoryError()))


def test_parts_are_asked_at_the_same_time():
    async def main():
        turn = asyncio.Event()

        class First:
            async def read(self):
                await turn.wait()
                return {"x": 1}

        class Second:
            async def read(self):
                turn.set()
                return {"x": 2}

        # Both orders: whichever is asked first, it needs the other.
        for names in (("a", "b"), ("b", "a")):
            turn.clear()
            parts = {"a": First(), "b": Second()}
            assert sorted(await Sampler(parts, [point(name) for name in names], ignore).sample()) == [1, 2]

    run(main())


def test_a_driver_that_never_ends():
    lines = []
    stuck = Endless()
    sampler = Sampler(
        {"stuck": stuck, "good": Part({"x": 2})}, [point("stuck"), point("good")], lines.append, 1
    )
    assert run(sampler.sample()) == [None, 2]
    assert stuck.is_over
    assert len(lines) == 1 and "Timeout" in lines[0]


def test_may_be_cancelled():
    stuck = Endless()

    async def main():
        task = asyncio.create_task(Sampler({"stuck": stuck}, [point("stuck")], ignore).sample())
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            for _ in range(5):
                await asyncio.sleep(0)
            return stuck.is_over
        return False

    assert run(main())


class HangingSerial(FakeSerial):
    """While `hangs`, no answer ends."""

    hangs = True

    async def read(self, count, timeout_ms):
        if self.hangs and self.written:
            await asyncio.Event().wait()
        return await super().read(count, timeout_ms)


class RegisterPart:
    def __init__(self, master, address):
        self._master = master
        self._address = address

    async def read(self):
        return {"x": (await self._master.read_registers(self._address, 0, 1))[0]}


class MeterPart:
    def __init__(self, master):
        self._master = master

    async def read(self):
        return {"x": (await self._master.read_data(METER, 0x02010100))[0]}


def test_a_line_is_free_after_time_outs():
    """One part is cancelled in mid-answer, the others while they wait for the line, in the same moment."""
    registers = [modbus_rtu.frame(i, 3, bytes((2, 0, i))) for i in (1, 2, 3)]

    async def main():
        bus = HangingSerial()
        master = ModbusMaster(bus)
        parts = {str(i): RegisterPart(master, i) for i in (1, 2, 3)}
        sampler = Sampler(parts, [point(name) for name in parts], ignore, 1)
        assert await sampler.sample() == [None, None, None]
        bus.hangs = False
        for i in (1, 2, 3):
            # What answers the request that was broken off comes late, and is dropped.
            bus._unread = registers[0]
            bus._answers = [registers[i - 1]]
            assert await parts[str(i)].read() == {"x": i}

    run(main())


def test_a_meters_line_is_free_after_a_time_out():
    async def main():
        bus = HangingSerial()
        part = MeterPart(Dlt645Master(bus, attempts=1))
        assert await Sampler({"meter": part}, [point("meter")], ignore, 1).sample() == [None]
        bus.hangs = False
        try:
            await part.read()
        except BusError:  # nobody answers, but the meter was asked again
            return bus.written
        return None

    assert run(main()) == [dlt645.read_request(METER, 0x02010100)] * 2
