"""The level probe's driver against its model; what all Modbus parts do is tested with the noise sensor."""

import pytest

from drivers.modbus_master import ModbusMaster
from drivers.qdy30a import Qdy30a as Driver
from host_tools.simulator.devices.qdy30a import Qdy30a
from protocols.errors import BusError
from protocols.modbus_rtu import ModbusException
from tests.host_tools.device_bench import Bench, SerialPort


class ProbeBench(Bench):
    def __init__(self, seed: int):
        super().__init__(seed)
        self.device = self.make(Qdy30a)
        self.master = ModbusMaster(SerialPort(self, self.device, 9600))
        self.driver = Driver(self.master)

    def read(self) -> int:
        return self.run(self.driver.read())["level_mm"]


@pytest.mark.parametrize(
    ("unit", "decimals", "step_mm"), [(0x11, 1, 1), (0x11, 0, 10), (0x12, 3, 1), (0x12, 2, 10)]
)
def test_reads_the_truth(unit, decimals, step_mm):
    bench = ProbeBench(decimals)
    bench.device.unit, bench.device.decimals = unit, decimals
    for _ in range(30):
        bench.world.water.force(bench.rng.uniform(0, 3000))
        assert abs(bench.read() - bench.world.water.level_mm) <= step_mm / 2 + 0.5


def test_drift_range_and_a_unit_of_pressure():
    bench = ProbeBench(1)
    bench.world.water.force(10)
    bench.device.drift_mm = -15.0
    assert bench.read() == -5
    bench.world.water.force(6000)
    assert bench.read() == 5000
    bench.device.unit = 0x13
    with pytest.raises(BusError, match="unit 0x13"):
        bench.read()


def test_a_register_that_is_not_there():
    bench = ProbeBench(2)
    with pytest.raises(ModbusException, match="modbus exception 2"):
        bench.run(bench.master.read_registers(1, 7, 1))
