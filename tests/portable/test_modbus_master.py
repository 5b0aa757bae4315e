"""ModbusMaster on a bus with scripted answers."""

import asyncio

from drivers.modbus_master import ModbusMaster
from protocols import modbus_rtu
from protocols.errors import BusError
from tests.portable.check import raises, run
from tests.portable.fake_bus import FakeSerial

REQUEST = modbus_rtu.read_request(1, 500, 2)
ANSWER = modbus_rtu.frame(1, 3, b"\x04\x02\x92\xff\x9b")
EXCEPTION = modbus_rtu.frame(1, 0x83, b"\x02")


def read(bus, **options):
    return run(ModbusMaster(bus, **options).read_registers(1, 500, 2))


def test_read():
    bus = FakeSerial(ANSWER)
    assert read(bus) == (658, 0xFF9B)
    assert bus.written == [REQUEST]


def test_read_input_registers():
    bus = FakeSerial(modbus_rtu.frame(7, 4, b"\x02\0\x05"))
    assert run(ModbusMaster(bus).read_registers(7, 1, 1, modbus_rtu.READ_INPUT_REGISTERS)) == (5,)
    assert bus.written == [modbus_rtu.read_request(7, 1, 1, 4)]


def test_stale_bytes_are_dropped_first():
    assert read(FakeSerial(ANSWER, unread=b"\xff\0\x01\x03")) == (658, 0xFF9B)


def test_a_broken_answer_is_asked_for_again():
    for broken in (
        b"",
        ANSWER[:4],
        ANSWER[:-1],
        b"\xff" + ANSWER,
        ANSWER[:-1] + b"\0",
        EXCEPTION[:-1] + b"\0",
    ):
        bus = FakeSerial(broken, ANSWER)
        assert read(bus) == (658, 0xFF9B)
        assert bus.written == [REQUEST, REQUEST]


def test_gives_up_after_its_attempts():
    bus = FakeSerial()
    error = raises(BusError, read, bus, attempts=3)
    assert "server 1: no answer" in str(error)
    assert bus.written == [REQUEST] * 3
    assert "CRC" in str(raises(BusError, read, FakeSerial(ANSWER[:-1] + b"\0"), attempts=1))


def test_a_refusal_is_not_repeated():
    bus = FakeSerial(EXCEPTION, ANSWER)
    assert raises(modbus_rtu.ModbusException, read, bus).code == 2
    assert bus.written == [REQUEST]


class Babble(FakeSerial):
    """A line on which something sends without end."""

    async def read(self, count, timeout_ms):
        return b"\x55" * count


def test_a_babbling_line_is_left():
    bus = Babble()
    assert "silent" in str(raises(BusError, read, bus))
    assert bus.written == []


def test_one_transaction_at_a_time():
    """Two tasks share the line; the second request waits for the first answer."""
    second = modbus_rtu.read_request(2, 500, 2)
    bus = FakeSerial(ANSWER, modbus_rtu.frame(2, 3, b"\x04\0\x07\0\x08"))

    async def main():
        master = ModbusMaster(bus)
        return await asyncio.gather(master.read_registers(1, 500, 2), master.read_registers(2, 500, 2))

    assert [tuple(values) for values in run(main())] == [(658, 0xFF9B), (7, 8)]
    assert bus.written == [REQUEST, second]
