"""QDY30A on a bus with scripted answers."""

from drivers.modbus_master import ModbusMaster
from drivers.qdy30a import Qdy30a
from protocols import modbus_rtu
from protocols.errors import BusError
from tests.portable.check import raises, run
from tests.portable.fake_bus import FakeSerial


def read(unit, decimals, value):
    bus = FakeSerial(modbus_rtu.frame(1, 3, b"\x06" + modbus_rtu.words((unit, decimals, value))))
    reading = run(Qdy30a(ModbusMaster(bus)).read())
    assert bus.written == [modbus_rtu.read_request(1, 2, 3)]
    return reading["level_mm"]


def test_units_and_decimals():
    assert read(0x11, 1, 1200) == 1200
    assert read(0x11, 0, 120) == 1200
    assert read(0x11, 2, 12345) == 1235
    assert read(0x12, 3, 1200) == 1200
    assert read(0x12, 2, 120) == 1200
    assert read(0x11, 1, -5) == -5


def test_what_is_no_level():
    for unit, decimals in ((0x13, 1), (0x09, 1), (0x11, 5)):
        assert "unit" in str(raises(BusError, read, unit, decimals, 1))
