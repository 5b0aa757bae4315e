"""LIS2DW12 on a bus that is a plain register map."""

from drivers import lis2dw12
from drivers.lis2dw12 import LIS2DW12, angle_mrad
from protocols.errors import BusError
from tests.portable.check import raises, run
from tests.portable.fake_bus import FakePin

SHAKEN = (600, 0, 1300)
FLAT = (0, 0, 1000)


class FakeI2c:
    """`samples` are read one after the other, the last one for ever."""

    def __init__(self, *samples, moved=False, identity=0x44):
        self.samples = list(samples) or [FLAT]
        self.registers = {0x0F: identity, 0x38: 0x08 if moved else 0}
        self.written = []
        self.slept_ms = 0

    def readfrom_mem(self, address, register, count):
        if address != 0x18:
            raise OSError(19)
        if register == 0x28:
            sample = self.samples.pop(0) if len(self.samples) > 1 else self.samples[0]
            words = [int(mg / 0.976) << 4 & 0xFFFF for mg in sample]
            return b"".join([bytes((word & 0xFF, word >> 8)) for word in words])
        if register == 0x0D:
            return b"\x40\xff"  # twelve sixteenths of a degree below 25
        assert count == 1
        value = self.registers.get(register, 0)
        if register == 0x38:
            self.registers[0x38] = 0
        return bytes((value,))

    def writeto_mem(self, address, register, data):
        self.written.append(register)
        self.registers[register] = data[0]

    async def sleep_ms(self, delay_ms):
        self.slept_ms += delay_ms


def on_its_clock(i2c, function):
    real_sleep_ms, lis2dw12.sleep_ms = lis2dw12.sleep_ms, i2c.sleep_ms
    try:
        return function()
    finally:
        lis2dw12.sleep_ms = real_sleep_ms


def read(i2c, **settings):
    part = LIS2DW12(i2c, FakePin(0), **settings)
    return on_its_clock(i2c, lambda: run(part.read()))


def test_lying_flat():
    i2c = FakeI2c()
    reading = read(i2c)
    assert reading["is_moved"] == 0 and reading["tilt_mrad"] <= 1
    assert reading["temperature_mdegc"] == 24_250
    assert i2c.slept_ms == 0  # in its place one sample will do


def test_settings():
    i2c = FakeI2c()
    read(i2c, motion_mg=63, motion_samples=2)
    expected = {0x20: 0x10, 0x21: 0x0C, 0x22: 0x10, 0x23: 0x20, 0x25: 0, 0x34: 2, 0x35: 0x40, 0x3F: 0x20}
    assert {register: i2c.registers.get(register, 0) for register in expected} == expected
    i2c.written = []
    read(i2c, motion_mg=63, motion_samples=2)
    assert i2c.written == []  # after a deep sleep nothing is disturbed
    for settings in ({"motion_mg": 5}, {"motion_mg": 2100}, {"motion_samples": 4}):
        raises(ValueError, LIS2DW12, i2c, FakePin(0), **settings)


def test_motion_is_told_once():
    i2c = FakeI2c(moved=True)
    assert read(i2c)["is_moved"] == 1
    assert read(i2c)["is_moved"] == 0


def test_tilt():
    for vector, mrad in (
        ((259, 0, 966), 262),
        ((0, 500, 866), 524),
        ((1000, 0, 0), 1571),
        ((0, 0, -1000), 3142),
    ):
        assert abs(read(FakeI2c(vector))["tilt_mrad"] - mrad) <= 2
    assert read(FakeI2c((0, 500, 866)), reference_mg=(0, 500, 866))["tilt_mrad"] <= 2


def test_it_waits_for_rest():
    i2c = FakeI2c(SHAKEN, FLAT, FLAT, SHAKEN, SHAKEN, FLAT)
    assert read(i2c)["tilt_mrad"] <= 1
    assert i2c.slept_ms == 20 * 80
    assert i2c.registers[0x20] == 0x10  # it watches slowly again
    i2c = FakeI2c(SHAKEN)
    assert "tilt_mrad" not in read(i2c)
    assert i2c.slept_ms == 75 * 80


def test_upside_down_it_does_not_wait():
    i2c = FakeI2c((0, 0, -1000))
    assert read(i2c)["tilt_mrad"] == 3142
    assert i2c.slept_ms == 0


def test_angles():
    assert angle_mrad(FLAT, FLAT) == 0
    assert angle_mrad((0, 10, 1000), FLAT) == 10
    assert angle_mrad((0, 0, -1), FLAT) == 3142
    assert angle_mrad((0, 0, 0), FLAT) == 0


def test_another_part_and_none():
    raises(BusError, read, FakeI2c(identity=0x33))
    assert "0x19" in str(raises(BusError, read, FakeI2c(), address=0x19))
