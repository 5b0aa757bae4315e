"""The PCF8583 as a counter of tips, with its registers in place of it."""

from drivers.rain_counter import RainCounter
from protocols.errors import BusError
from tests.portable.check import raises, run
from tests.portable.fake_bus import FakePin


class Registers:
    """A memory of 16 bytes at address 0x50."""

    def __init__(self, *values):
        self.values = bytearray(16)
        self.values[: len(values)] = bytes(values)

    def readfrom_mem(self, address, register, count):
        self._check(address)
        return bytes(self.values[register : register + count])

    def writeto_mem(self, address, register, data):
        self._check(address)
        self.values[register : register + len(data)] = data

    def _check(self, address):
        if address != 0x50:
            raise OSError(19)


def counter(registers, **options):
    return RainCounter(registers, FakePin(0), **options)


def test_tips_are_six_decimal_digits():
    for digits, tips in (((0, 0, 0), 0), ((0x45, 0x23, 0x01), 12345), ((0x99, 0x99, 0x99), 999_999)):
        registers = Registers(0x24, *digits)
        assert run(counter(registers).read()) == {"tips_count": tips}
        assert registers.values[0] == 0x24  # nothing was written


def test_a_clock_becomes_a_counter():
    registers = Registers(0x00, 0x59, 0x12, 0x07)
    assert run(counter(registers).read()) == {"tips_count": 0}
    assert bytes(registers.values[:4]) == b"\x24\0\0\0" and registers.values[8] == 0


def test_the_alarm():
    registers = Registers(0x26, 0x98, 0x99, 0x01)  # its flag is set
    part = counter(registers)
    run(part.read())
    part.wake_after(5)
    assert registers.values[0] == 0x24
    assert bytes(registers.values[8:12]) == b"\x90\x03\x00\x02"
    part.wake_after(None)
    assert registers.values[8] == 0 and registers.values[0] == 0x24


def test_the_alarm_beyond_the_last_number():
    registers = Registers(0x24, 0x97, 0x99, 0x99)
    part = counter(registers)
    run(part.read())
    part.wake_after(5)
    assert bytes(registers.values[9:12]) == b"\x02\0\0"


def test_no_answer():
    part = counter(Registers(), address=0x51)
    assert "0x51" in str(raises(BusError, run, part.read()))
    present = counter(Registers())
    run(present.read())
    present._i2c = Silent()
    assert "rain counter" in str(raises(BusError, present.wake_after, 5))


class Silent:
    def writeto_mem(self, address, register, data):
        raise OSError(19)


def test_settings():
    assert counter(Registers()).tip_um == 200
    assert counter(Registers(), tip_um=279).tip_um == 279
