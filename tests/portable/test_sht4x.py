"""SHT4x on an I²C bus with scripted answers; its measuring time passes on the test's own clock."""

from drivers import sht4x
from drivers.sht4x import SHT4x, crc8
from protocols.errors import BusError
from tests.portable.check import load, raises, run

VECTORS = load("sht4x.json")
ANSWER = bytes.fromhex(VECTORS["answers"][0]["answer"])
MEASURING_MS = 8.3


class FakeI2c:
    """Acknowledges a read only after the measuring time."""

    def __init__(self, answer):
        self.answer = answer
        self.now_ms = 0
        self.ready_ms = None

    def writeto(self, address, data):
        assert data == b"\xfd"
        if address != 0x44:
            raise OSError(19)
        self.ready_ms = self.now_ms + MEASURING_MS

    def readfrom(self, address, count):
        if self.answer is None or self.now_ms < self.ready_ms:
            raise OSError(19)
        assert (address, count) == (0x44, 6)
        return self.answer

    async def sleep_ms(self, delay_ms):
        self.now_ms += delay_ms


def read(i2c, address=0x44):
    real_sleep_ms, sht4x.sleep_ms = sht4x.sleep_ms, i2c.sleep_ms
    try:
        return run(SHT4x(i2c, address).read())
    finally:
        sht4x.sleep_ms = real_sleep_ms


def test_crc8():
    for vector in VECTORS["crc"]:
        assert crc8(bytes.fromhex(vector["data"])) == vector["crc"]


def test_read():
    for vector in VECTORS["answers"]:
        assert read(FakeI2c(bytes.fromhex(vector["answer"]))) == {
            "temperature_mdegc": vector["temperature_mdegc"],
            "humidity_mpct": vector["humidity_mpct"],
        }


def test_every_flipped_bit_is_noticed():
    for position in range(6):
        for bit in range(8):
            spoilt = bytearray(ANSWER)
            spoilt[position] ^= 1 << bit
            raises(BusError, read, FakeI2c(bytes(spoilt)))


def test_nobody_acknowledges():
    assert "0x45" in str(raises(BusError, read, FakeI2c(ANSWER), 0x45))
    raises(BusError, read, FakeI2c(None))
