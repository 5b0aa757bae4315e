"""MS5837 on an I²C bus with scripted answers; its conversions take their time on the test's own clock."""

import struct

from drivers import ms5837
from drivers.ms5837 import MS5837, compensated, crc4
from protocols.errors import BusError
from tests.portable.check import load, raises, run

VECTORS = load("ms5837.json")
PROMS = [bytes.fromhex(text) for text in VECTORS["proms"]]
PROM = PROMS[1]  # of the data sheet's coefficients
FIRST = VECTORS["measurements"][0]
RELOAD_MS, CONVERSION_MS = 2.8, 2.28


class FakeI2c:
    def __init__(self, prom=PROM, d1=FIRST["d1"], d2=FIRST["d2"]):
        self.prom, self.counts = prom, {0x44: d1, 0x54: d2}
        self.now_ms = self.ready_ms = 0
        self.result = None

    def writeto(self, address, data):
        if address != 0x76 or self.prom is None:
            raise OSError(19)
        assert self.now_ms >= self.ready_ms and len(data) == 1
        if data == b"\x1e":
            self.ready_ms = self.now_ms + RELOAD_MS
        else:
            self.result = self.counts[data[0]]
            self.ready_ms = self.now_ms + CONVERSION_MS

    def readfrom_mem(self, address, command, count):
        assert self.now_ms >= self.ready_ms
        if command == 0:
            result, self.result = self.result, 0
            return result.to_bytes(count, "big")
        assert count == 2
        return self.prom[command - 0xA0 : command - 0xA0 + 2]

    async def sleep_ms(self, delay_ms):
        self.now_ms += delay_ms - 1  # a millisecond clock may cut one off


def read(i2c, address=0x76):
    real_sleep_ms, ms5837.sleep_ms = ms5837.sleep_ms, i2c.sleep_ms
    try:
        return run(MS5837(i2c, address).read())
    finally:
        ms5837.sleep_ms = real_sleep_ms


def test_the_data_sheets_example():
    assert read(FakeI2c()) == {"pressure_pa": 110002, "temperature_mdegc": 20000}


def test_both_orders_of_the_compensation():
    """Rounded down at each step: a few pascals from what fractions give."""
    prom = [0] + VECTORS["coefficients"]
    for vector in VECTORS["measurements"]:
        pressure, temperature = compensated(prom, vector["d1"], vector["d2"])
        assert abs(pressure - vector["pressure_pa"]) <= 3
        assert abs(temperature - vector["temperature_mdegc"]) <= 10


def test_every_flipped_bit_of_the_calibration_is_noticed():
    """A CRC of four bits lets one in sixteen of larger errors pass; of single bits none."""
    for prom in PROMS:
        assert crc4(prom) == 0
        for bit in range(112):
            spoilt = bytearray(prom)
            spoilt[bit >> 3] ^= 1 << (bit & 7)
            assert crc4(bytes(spoilt)) != 0
            if prom == PROM:
                raises(BusError, read, FakeI2c(bytes(spoilt)))


def test_a_calibration_that_was_not_loaded():
    """Its CRC is right."""
    assert crc4(bytes(14)) == 0
    raises(BusError, read, FakeI2c(bytes(14)))
    raises(BusError, read, FakeI2c(b"\xff" * 14))


def test_no_measurement():
    raises(BusError, read, FakeI2c(d1=0))
    raises(BusError, read, FakeI2c(d2=0))
    raises(BusError, read, FakeI2c(d1=0xFFFFFF))  # beyond two bar


def test_another_product_of_the_series_is_not_taken_for_it():
    """The example of the MS5837-30BA's data sheet: 4 bar, which would be a twentieth."""
    words = (0x0340, 34982, 36352, 20328, 22354, 26646, 26146)
    prom = struct.pack(">7H", *words)
    prom = bytes((prom[0] | crc4(prom) << 4,)) + prom[1:]
    raises(BusError, read, FakeI2c(prom, 4958179, 6815414))


def test_nobody_acknowledges():
    raises(BusError, read, FakeI2c(), 0x77)
    raises(BusError, read, FakeI2c(None))
