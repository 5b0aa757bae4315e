"""A02YYUW, ADS1115 with a level probe, and the battery's divider, with scripted answers."""

from drivers import a02yyuw, ads1115, hydrostatic
from drivers.a02yyuw import A02YYUW
from drivers.ads1115 import ADS1115
from drivers.battery import Battery
from drivers.hydrostatic import Hydrostatic
from protocols.errors import BusError
from tests.portable.check import raises, run
from tests.portable.fake_bus import FakePin, FakeSerial


async def no_sleep(_delay_ms):
    pass


def without_sleeping(function):
    real = a02yyuw.sleep_ms
    a02yyuw.sleep_ms = ads1115.sleep_ms = hydrostatic.sleep_ms = no_sleep
    try:
        return function()
    finally:
        a02yyuw.sleep_ms = ads1115.sleep_ms = hydrostatic.sleep_ms = real


def frame(distance_mm):
    high, low = distance_mm >> 8, distance_mm & 0xFF
    return bytes((0xFF, high, low, 0xFF + high + low & 0xFF))


class Streaming(FakeSerial):
    """What comes after the buffer was emptied; the sensor itself is never asked anything."""

    def __init__(self, *frames):
        super().__init__()
        self._stream = b"".join(frames)

    def discard(self):
        self._unread = self._stream


def distance(*frames, **settings):
    power = FakePin(0)
    part = A02YYUW(Streaming(*frames), power, **settings)
    try:
        return without_sleeping(lambda: run(part.read()))
    finally:
        assert power.written == [0, 1, 0]  # off again, whatever happened


def test_published_frames():
    """DFRobot SEN0311, and one more."""
    assert frame(1953) == bytes.fromhex("ff07a1a7")
    assert frame(3210) == bytes.fromhex("ff0c8a95")


def test_the_middle_three_of_seven():
    frames = [frame(mm) for mm in (1500, 1502, 2900, 400, 1499, 1501, 2100)]
    assert distance(*frames) == {"distance_mm": 1501, "level_mm": 499}
    assert distance(*frames, height_mm=1000)["level_mm"] == -501


def test_smooth_water_takes_three_echoes():
    assert distance(*[frame(mm) for mm in (1500, 1512, 1506)])["distance_mm"] == 1506
    frames = [frame(mm) for mm in (1500, 1513, 1506, 1500, 1500, 1500, 1500)]
    assert distance(*frames)["distance_mm"] == 1500


def test_waves():
    frames = [frame(1500 + mm) for mm in (-90, 80, -40, 9, 60, -12, 3)]
    assert distance(*frames)["distance_mm"] == 1500


def test_noise_and_broken_frames_are_skipped():
    good = [frame(1500)] * 7
    for noise in (b"\x00", b"\xff", b"\xff" * 30, frame(1234)[:3], frame(1234)[:-1] + b"\x00"):
        assert distance(noise, *good)["distance_mm"] == 1500
    assert distance(*[frame(0x01FF)] * 7)["distance_mm"] == 0x01FF  # a byte like the head


def test_echoes_that_are_none():
    assert distance(frame(0), frame(30), *[frame(31)] * 7)["distance_mm"] == 31
    assert "no echo" in str(raises(BusError, distance, *[frame(0)] * 20))


def test_silence_and_noise():
    for frames in ((), (frame(1500)[:3],), (frame(1500), frame(1530)) * 3):
        assert "silent" in str(raises(BusError, distance, *frames))
    assert "noise" in str(raises(BusError, distance, b"\x00" * 100))


class FakeConverter:
    """An ADS1115 that needs `busy` looks until it has converted to `count`."""

    def __init__(self, count, busy=0):
        self.count = count
        self.busy = busy
        self.config = None

    def writeto_mem(self, address, register, data):
        if address != 0x48:
            raise OSError(19)
        assert register == 1
        self.config = data[0] << 8 | data[1]

    def readfrom_mem(self, address, register, length):
        assert (address, length) == (0x48, 2)
        if register == 1:
            self.busy -= 1
            return bytes((0x43 if self.busy >= 0 else 0xC3, 0x83))
        return bytes((self.count >> 8 & 0xFF, self.count & 0xFF))


def microvolts(converter, channel=0, **settings):
    return without_sleeping(lambda: run(ADS1115(converter, **settings).microvolts(channel)))


def test_conversions():
    converter = FakeConverter(4800)
    assert microvolts(converter) == 600_000
    assert converter.config == 0xC383
    microvolts(converter, 3)
    assert converter.config == 0xF383
    assert microvolts(FakeConverter(-1)) == -125
    assert microvolts(FakeConverter(1, busy=4)) == 125


def test_a_converter_that_does_not_convert_and_none():
    assert "conversion" in str(raises(BusError, microvolts, FakeConverter(1, busy=5)))
    assert "0x49" in str(raises(BusError, microvolts, FakeConverter(1), address=0x49))


def level(count, **settings):
    power = FakePin(0)
    try:
        return without_sleeping(lambda: run(Hydrostatic(FakeConverter(count), power, **settings).read()))
    finally:
        assert power.written == [0, 1, 0]  # off again, whatever happened


def test_level_from_the_loop():
    """4, 12 and 20 mA through 150 Ω are 0.6, 1.8 and 3.0 V."""
    for count, loop_ua, level_mm in ((4800, 4000, 0), (14400, 12000, 2500), (24000, 20000, 5000)):
        assert level(count) == {"loop_ua": loop_ua, "level_mm": level_mm}
    assert level(4560)["level_mm"] == -63
    assert level(14400, range_mm=2000)["level_mm"] == 1000
    assert level(14400, zero_mm=-300)["level_mm"] == 2200
    assert level(9600, shunt_ohm=100)["loop_ua"] == 12000


def test_loop_faults():
    assert "cut" in str(raises(BusError, level, 4319))
    assert level(4320)["loop_ua"] == 3600
    assert level(25200)["loop_ua"] == 21000
    assert "short" in str(raises(BusError, level, 25210))


class FakeAdc:
    def __init__(self, *microvolts):
        self._microvolts = list(microvolts)

    def read_uv(self):
        return self._microvolts.pop(0)


def test_battery():
    assert run(Battery(FakeAdc(*[1_800_000] * 16)).read()) == {"voltage_mv": 3600}
    assert run(Battery(FakeAdc(*[1_799_000, 1_801_000] * 8)).read()) == {"voltage_mv": 3600}
    assert run(Battery(FakeAdc(*[1_000_000] * 16), divider=5).read()) == {"voltage_mv": 5000}
