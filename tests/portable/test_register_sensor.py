"""Sensors whose drivers are tables: numbers of all types and orders, and drivers with scripted answers."""

from drivers import switched
from drivers.flow_tuf2000m import FlowMeter
from drivers.modbus_master import ModbusMaster
from drivers.register_sensor import (
    F32,
    LOW_BYTE_FIRST,
    LOW_WORD_FIRST,
    S16,
    S32,
    U16,
    U32,
    RegisterSensor,
    scaled,
)
from drivers.sonde_y4000 import Sonde
from drivers.turbidity_sen0710 import Turbidity
from drivers.velocity_rss2300w import VelocityRadar
from protocols import modbus_rtu
from protocols.errors import BusError
from tests.portable.check import raises, run
from tests.portable.fake_bus import FakePin, FakeSerial

ONE, MINUS_PI = (0x3F80, 0x0000), (0xC049, 0x0FDB)


def swapped(words):
    return tuple([(word & 0xFF) << 8 | word >> 8 for word in words])


def test_integers():
    assert scaled((0xFFFF,), U16, 1, 1) == 65535
    assert scaled((0xFF9B,), S16, 1, 1) == -101
    assert scaled((0xFF9B, 7), S16, 100, 1) == -10_100
    assert scaled((0x0001, 0x86A0), U32, 1, 1) == 100_000
    assert scaled((0xFFFE, 0x7960), S32, 1, 1) == -100_000
    assert scaled((0x7960, 0xFFFE), S32 | LOW_WORD_FIRST, 1, 1) == -100_000
    assert scaled((0x6079, 0xFEFF), S32 | LOW_WORD_FIRST | LOW_BYTE_FIRST, 1, 1) == -100_000
    assert scaled((0x3FFF, 0xFFFF), U32, 1, 1) == (1 << 30) - 1
    for beyond in (0x4000, 0x8000, 0xFFFF):
        assert scaled((beyond, 0), U32, 1, 1) is None
        assert scaled((beyond, 0), U32, 1, 4) is not None


def test_rounding():
    assert [scaled((n,), S16, 1, 10) for n in (4, 5, 14, 15, 0xFFFC, 0xFFFB, 0xFFFA)] == [
        0,
        1,
        1,
        2,
        0,
        0,
        -1,
    ]


def test_floats():
    assert scaled(ONE, F32, 1000, 1) == 1000
    assert scaled(MINUS_PI, F32, 1_000_000, 1) == -3_141_593
    assert scaled((0x42C8, 0x0000), F32, 2500, 9) == 27_778  # 100
    assert scaled((0x4B7F, 0xFFFF), F32, 1, 1) == 16_777_215  # all of its 24 bits
    assert scaled((0x4B7F, 0xFFFF), F32, 63, 1) == 1_056_964_545
    assert scaled((0x4B7F, 0xFFFF), F32, 64, 1) == 1_073_741_760
    assert scaled((0x4B80, 0x0000), F32, 64, 1) is None
    assert scaled((0x0000, 0x0000), F32, 1000, 1) == scaled((0x8000, 0x0000), F32, 1000, 1) == 0
    assert scaled((0x007F, 0xFFFF), F32, 1 << 30, 1) == 0  # too small for a number with a first bit
    assert scaled((0x3F00, 0x0000), F32, 1, 1) == 1  # a half is rounded up
    assert scaled((0x3EFF, 0xFFFF), F32, 1, 1) == 0


def test_what_is_no_number():
    for words in ((0x7FC0, 0), (0xFFC0, 0), (0x7F80, 0), (0xFF80, 0), (0x7F7F, 0xFFFF), (0x7FFF, 0xFFFF)):
        assert scaled(words, F32, 1, 1) is None, words


def test_orders_of_bytes():
    high, low = MINUS_PI
    assert scaled((low, high), F32 | LOW_WORD_FIRST, 1000, 1) == -3142
    assert scaled(swapped((high, low)), F32 | LOW_BYTE_FIRST, 1000, 1) == -3142
    assert scaled(swapped((low, high)), F32 | LOW_WORD_FIRST | LOW_BYTE_FIRST, 1000, 1) == -3142


def answer(*words):
    return modbus_rtu.frame(1, 3, bytes((2 * len(words),)) + modbus_rtu.words(words))


def reading(sensor, start, *words):
    """What the driver makes of an answer with these registers from `start` on."""
    bus = FakeSerial(answer(*words))
    fields = run(sensor(ModbusMaster(bus)).read())
    assert bus.written == [modbus_rtu.read_request(1, start, len(words))]
    return fields


def test_velocity():
    assert reading(VelocityRadar, 4, 1234) == {"velocity_mmps": 1234}


def test_turbidity():
    """The wiki's example has 337.4 NTU in 0D2EH."""
    assert reading(Turbidity, 0, 0x0D2E) == {"turbidity_mntu": 337_400}


def test_flow_meter():
    """-36 m3/h and 70,000 m3, with the low words first."""
    assert reading(FlowMeter, 0, 0, 0xC210, *[9] * 22, 0x1170, 1) == {
        "flow_mlps": -10_000,
        "volume_m3": 70_000,
    }


def test_sonde():
    oxygen, conductivity = (0x3333, 0x0341), (0x0000, 0x003F)
    acidity, temperature = (0xCDCC, 0xEC40), (0x0000, 0xA441)
    turbidity = (0x0000, 0x4841)
    words = oxygen + turbidity + conductivity + acidity + temperature + (0,) * 6
    assert reading(Sonde, 0x2601, *words) == {
        "oxygen_ppb": 8200,
        "turbidity_mntu": 12_500,
        "conductivity_uspcm": 500,
        "acidity_centiph": 740,
        "temperature_mdegc": 20_500,
    }
    broken = words[:6] + (0x0000, 0xC07F) + words[8:]
    assert "acidity_centiph" in str(raises(BusError, reading, Sonde, 0x2601, *broken))


class TwoBlocks(RegisterSensor):
    BLOCKS = (10, 1), (200, 2)
    FIELDS = ("low_count", 0, U16, 1, 1), ("high_count", 1, U32, 1, 1)


def supplied(bus, sensor=TwoBlocks):
    """(power's levels, milliseconds of the waits, result or error) of a reading with a switched supply."""
    power, waits = FakePin(0), []

    async def sleep_ms(delay_ms):
        waits.append(delay_ms)
        assert power.written == [0, 1]

    real, switched.sleep_ms = switched.sleep_ms, sleep_ms
    try:
        result = run(sensor(ModbusMaster(bus), 1, power).read())
    except BusError as error:
        result = error
    finally:
        switched.sleep_ms = real
    return power.written, waits, result


def test_blocks_are_read_in_one_time_of_power():
    bus = FakeSerial(answer(7), answer(1, 2))
    assert supplied(bus) == ([0, 1, 0], [1000], {"low_count": 7, "high_count": 65538})
    assert bus.written == [modbus_rtu.read_request(1, 10, 1), modbus_rtu.read_request(1, 200, 2)]


def test_warm_up_is_the_sensors():
    assert supplied(FakeSerial(answer(5)), VelocityRadar)[1] == [5000]


def test_power_goes_off_whatever_happens():
    for bus in (FakeSerial(), FakeSerial(answer(7)), FakeSerial(answer(7), answer(0x7FFF, 0))):
        levels, _, error = supplied(bus)
        assert levels == [0, 1, 0] and isinstance(error, BusError)
