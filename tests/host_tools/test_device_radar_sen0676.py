"""The radar's driver against its model, on a Modbus line."""

import pytest

from drivers.modbus_master import ModbusMaster
from drivers.radar_sen0676 import RadarLevel
from host_tools.simulator.devices.radar_sen0676 import RadarSen0676
from tests.host_tools.device_bench import Bench, SerialPort


class RadarBench(Bench):
    def __init__(self, seed: int, **settings):
        super().__init__(seed)
        self.device = self.make(RadarSen0676)
        self.port = SerialPort(self, self.device, 115_200)
        self.driver = RadarLevel(ModbusMaster(self.port, 115_200), **settings)


@pytest.mark.parametrize("seed", range(4))
def test_it_reads_the_truth(seed):
    bench = RadarBench(seed)
    for _ in range(20):
        bench.world.water.force(bench.rng.uniform(0, 4_900))
        reading = bench.run(bench.driver.read())
        assert abs(reading["level_mm"] - bench.world.water.level_mm) <= 4
        assert reading["level_mm"] == 5000 - reading["distance_mm"]


def test_where_it_hangs_is_the_drivers():
    bench = RadarBench(5, height_mm=4000)
    bench.world.water.force(1000)
    bench.device.installed_cm = 0
    assert abs(bench.run(bench.driver.read())["level_mm"]) <= 4


def test_published_requests():
    """DFRobot's wiki: empty height, and level."""
    bench = RadarBench(6)
    bench.world.water.force(1500)
    for request, most in (("01030001 0001 d5ca", 3504), ("01030003 0001 740a", 1504)):
        answer = bench.exchange(bench.port, bytes.fromhex(request))
        assert answer[:3] == b"\x01\x03\x02"
        assert 0 <= most - int.from_bytes(answer[3:5], "big") <= 8
