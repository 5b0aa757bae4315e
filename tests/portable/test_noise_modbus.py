"""The noise sensor's register maps."""

from drivers.modbus_master import ModbusMaster
from drivers.noise_modbus import NoiseModbus
from protocols import modbus_rtu
from protocols.errors import BusError
from tests.portable.check import raises, run
from tests.portable.fake_bus import FakeSerial

ANSWER_52_4_DBA = modbus_rtu.frame(1, 3, b"\x02\x02\x0c")


def test_louvre_box():
    bus = FakeSerial(ANSWER_52_4_DBA)
    assert run(NoiseModbus(ModbusMaster(bus)).read()) == {"noise_mdba": 52_400}
    assert bus.written == [modbus_rtu.read_request(1, 502, 1)]


def test_weather_station_at_another_address():
    bus = FakeSerial(modbus_rtu.frame(9, 3, b"\x02\x04\xb0"))
    assert run(NoiseModbus(ModbusMaster(bus), 9, "weather_station").read()) == {"noise_mdba": 120_000}
    assert bus.written == [modbus_rtu.read_request(9, 506, 1)]


def test_silence():
    sensor = NoiseModbus(ModbusMaster(FakeSerial(b"", b"", ANSWER_52_4_DBA)))
    raises(BusError, run, sensor.read())


def test_unknown_model():
    assert "louvre_box" in str(raises(ValueError, NoiseModbus, None, 1, "louvre"))
