"""Flow and water quality on Modbus: each driver against its model, in a stream."""

import math

import pytest

from drivers import flow_tuf2000m, sonde_y4000, turbidity_sen0710, velocity_rss2300w
from drivers.modbus_master import ModbusMaster
from host_tools.simulator.devices.flow_tuf2000m import FlowMeter
from host_tools.simulator.devices.sonde_y4000 import Sonde
from host_tools.simulator.devices.turbidity_sen0710 import TurbiditySensor
from host_tools.simulator.devices.velocity_rss2300w import VelocityRadar
from protocols.errors import BusError
from protocols.modbus_rtu import ModbusException
from tests.host_tools.device_bench import Bench, PinPort, SerialPort

# Part: its model, its driver, and its line's baud rate.
SENSORS = {
    "velocity": (VelocityRadar, velocity_rss2300w.VelocityRadar, 9600),
    "flow": (FlowMeter, flow_tuf2000m.FlowMeter, 9600),
    "turbidity": (TurbiditySensor, turbidity_sen0710.Turbidity, 4800),
    "sonde": (Sonde, sonde_y4000.Sonde, 9600),
}
SWITCHED = "velocity", "turbidity"  # by their drivers


class SensorBench(Bench):
    def __init__(self, name: str, seed: int = 1, switched: bool = True, baudrate: int | None = None):
        super().__init__(seed)
        model, driver, factory_baudrate = SENSORS[name]
        self.device = self.make(model)
        self.rate = baudrate or factory_baudrate
        self.port = SerialPort(self, self.device, self.rate)
        self.loads: list[float] = []
        self.device.on_load = self.loads.append
        power = PinPort(self.device, "power") if switched and name in SWITCHED else None
        self.master = ModbusMaster(self.port, self.rate)
        self.driver = driver(self.master, 1, power)
        self.pass_seconds(100)

    def read(self) -> dict[str, int]:
        return self.run(self.driver.read())


def truth(bench) -> dict[str, tuple[float, float]]:
    """Of each field: the world's value in the field's unit, and how far a reading may be off."""
    stream = bench.world.stream
    return {
        "velocity_mmps": (stream.velocity_mmps, 0.011 * stream.velocity_mmps + 1),
        "flow_mlps": (1000 * stream.pipe_lps, 20),
        "volume_m3": (stream.pipe_m3, 1),
        "turbidity_mntu": (1000 * stream.turbidity_ntu, 400 + 5 * stream.turbidity_ntu),
        "oxygen_ppb": (1000 * stream.oxygen_mgpl, 90),
        "conductivity_uspcm": (stream.conductivity_uspcm, 4),
        "acidity_centiph": (100 * stream.acidity_ph, 6),
        "temperature_mdegc": (1000 * stream.temperature_c, 5),
    }


@pytest.mark.parametrize("name", SENSORS)
@pytest.mark.parametrize("seed", range(3))
def test_it_reads_the_truth(name, seed):
    bench = SensorBench(name, seed)
    for _ in range(8):
        bench.world.water.force(bench.rng.uniform(100, 2500))
        bench.pass_seconds(bench.rng.uniform(60, 7200))
        reading = bench.read()
        true = truth(bench)
        for field, value in reading.items():
            assert abs(value - true[field][0]) <= true[field][1], (field, value, true[field])


@pytest.mark.parametrize("name", SENSORS)
def test_faults_of_the_line(name):
    bench = SensorBench(name)
    good = bench.read()
    bench.device.faults.corrupt_next = 1
    assert bench.read().keys() == good.keys()  # asked again
    bench.device.faults.corrupt_next = 2
    with pytest.raises(BusError, match="CRC"):
        bench.read()
    bench.device.faults.silent = True
    with pytest.raises(BusError, match="no answer"):
        bench.read()
    bench.device.faults.silent = False
    bench.device.answers_as = 9
    with pytest.raises(BusError, match="answer from 9"):
        bench.read()
    assert bench.loads[-1:] == ([0] if name in SWITCHED else [])  # off again, whatever happened


@pytest.mark.parametrize("name", SENSORS)
def test_another_baud_rate_is_silence(name):
    with pytest.raises(BusError, match="no answer"):
        SensorBench(name, baudrate=19_200).read()


@pytest.mark.parametrize("name", [*SWITCHED, "sonde"])
def test_without_supply_nothing_answers_and_nothing_breaks(name):
    bench = SensorBench(name, switched=False)
    bench.read()
    bench.device.pin("power", 0)
    with pytest.raises(BusError, match="no answer"):
        bench.read()
    bench.device.pin("power", 1)
    bench.pass_seconds(100)
    bench.port.write(bytes.fromhex("010300000001840a"))
    bench.pass_seconds(0.012)  # heard, and not yet answered
    bench.device.pin("power", 0)
    bench.pass_seconds(1)


def test_velocity_has_a_range():
    bench = SensorBench("velocity")
    for pace, most in ((0, 0), (0.001, 0), (100, 15_000)):
        bench.world.stream.pace = pace
        assert bench.read() == {"velocity_mmps": most}


def test_a_velocity_that_no_water_has():
    bench = SensorBench("velocity")
    bench.device.register = lambda number: 0xFFFF
    with pytest.raises(BusError, match="no velocity"):
        bench.read()


def test_velocity_before_it_has_averaged(monkeypatch):
    monkeypatch.setattr(velocity_rss2300w.VelocityRadar, "warm_up_ms", 2100)
    bench = SensorBench("velocity")
    assert bench.read()["velocity_mmps"] < 0.5 * bench.world.stream.velocity_mmps


def test_published_frames_of_the_turbidity_sensor():
    """DFRobot's wiki: 337.4 NTU and 21.9 degrees."""
    bench = SensorBench("turbidity", switched=False)
    asked = bytes.fromhex("010300000002c40b")
    answer = bench.exchange(bench.port, asked)
    assert len(answer) == len(bytes.fromhex("0103040d2e00dbd8cd")) and answer[:3] == b"\x01\x03\x04"
    bench.device.register = {0: 3374, 1: 219}.get
    assert bench.exchange(bench.port, asked) == bytes.fromhex("0103040d2e00dbd8cd")


def test_the_sonde_answers_its_request_alone():
    bench = SensorBench("sonde", switched=False)
    for start, count in ((0x2601, 10), (0x2600, 16), (0x0800, 1)):
        with pytest.raises(BusError, match="no answer"):
            bench.run(bench.master.read_registers(1, start, count))
    assert len(bench.run(bench.master.read_registers(1, 0x2601, 16))) == 16


def test_the_sonde_needs_its_minute():
    bench = SensorBench("sonde")
    bench.device.pin("power", 1)
    for seconds, least, most in ((5, 0, 0.6), (55, 0.99, 1.01)):
        bench.pass_seconds(seconds)
        share = bench.read()["conductivity_uspcm"] / bench.world.stream.conductivity_uspcm
        assert least < share < most


def test_a_broken_probe_of_the_sonde_is_an_error():
    bench = SensorBench("sonde")
    bench.device.broken = {5}  # the electrode's, which is not asked for
    bench.read()
    bench.device.broken = {3}
    with pytest.raises(BusError, match="acidity_centiph: no number"):
        bench.read()


def test_a_flow_that_is_no_number_and_one_backwards():
    bench = SensorBench("flow")
    for shown in (math.nan, math.inf, -math.inf, 1e38):
        bench.device.shows_m3ph = shown
        with pytest.raises(BusError, match="flow_mlps: no number"):
            bench.read()
    bench.device.shows_m3ph = -7.2
    assert bench.read()["flow_mlps"] == -2000


def test_a_flow_meter_has_other_registers():
    bench = SensorBench("flow", switched=False)
    with pytest.raises(ModbusException, match="modbus exception 2"):
        bench.run(bench.master.read_registers(1, 199, 2))
