"""The DL/T 645 driver against the meter's model."""

import pytest

from drivers.dlt645_master import Dlt645Master
from drivers.dlt645_meter import Dlt645Meter as Driver
from host_tools.simulator.devices.dlt645_meter import Dlt645Meter
from protocols import dlt645
from protocols.errors import BusError
from tests.host_tools.device_bench import Bench, SerialPort, assert_between

NUMBER = "202501234567"


class MeterBench(Bench):
    def __init__(self, seed: int, number: str = dlt645.ANY_METER):
        super().__init__(seed)
        self.device = self.make(Dlt645Meter)
        self.cabinet = self.world.cabinet
        self.port = SerialPort(self, self.device, 2400)
        self.driver = Driver(Dlt645Master(self.port), number)

    def read(self) -> dict[str, int]:
        return self.run(self.driver.read())

    def truth(self) -> dict[str, float]:
        truth = {"power_mw": self.cabinet.total_mw, "power_factor_permil": 950}
        for phase, name in enumerate("abc"):
            truth[f"voltage_{name}_mv"] = self.cabinet.voltage_v(phase) * 1000
            truth[f"current_{name}_ma"] = self.cabinet.current_a(phase) * 1000
            truth[f"power_{name}_mw"] = self.cabinet.power_mw(phase)
        return truth


def resolution(field: str) -> float:
    return 100 if field.startswith(("voltage", "power")) else 10


@pytest.mark.parametrize("number", [NUMBER, dlt645.ANY_METER])
@pytest.mark.parametrize("seed", range(6))
def test_reads_the_truth(seed, number):
    bench = MeterBench(seed, number)
    start_10wh = bench.device.energy_10wh_at_start
    for _ in range(10):
        bench.pass_seconds(bench.rng.uniform(0.1, 3 * 3600))
        bench.cabinet.lit = bench.rng.random() < 0.5
        before, reading, after = bench.truth(), bench.read(), bench.truth()
        for name in before:
            assert_between(reading[name], before[name], after[name], resolution(name))
        taken_wh = reading["energy_wh"] - 10 * start_10wh
        assert 0 <= bench.cabinet.energy_nj / 3.6e12 - taken_wh < 20
    assert taken_wh > 0


def test_another_number_does_not_answer():
    bench = MeterBench(1, "202501234568")
    with pytest.raises(BusError, match="no answer"):
        bench.read()


def test_an_answer_from_another_meter_is_not_taken():
    bench = MeterBench(2, NUMBER)
    bench.device.answers_as = "202501234568"
    with pytest.raises(BusError, match="another meter"):
        bench.read()


def test_silence_and_wrong_bits():
    bench = MeterBench(3, NUMBER)
    bench.device.faults.silent = True
    with pytest.raises(BusError):
        bench.read()
    bench.device.faults.silent = False
    bench.device.faults.corrupt_next = 1
    bench.read()
    bench.device.faults.corrupt_next = 2
    with pytest.raises(BusError):
        bench.read()


@pytest.mark.parametrize("noise", [b"\x00", b"\x68", b"\x68" * 9, b"\xfe\x68\xfe\x16"])
def test_noise_before_the_answer(noise):
    bench = MeterBench(4, NUMBER)
    bench.device.faults.alter_next = lambda frame: noise + frame
    bench.read()
    assert bench.device.faults.alter_next is None


def test_another_baud_rate_is_not_understood():
    bench = MeterBench(5, NUMBER)
    bench.port.line.board_baudrate = 9600
    with pytest.raises(BusError):
        bench.read()


@pytest.mark.parametrize("size", [1, 2, 5])
def test_answers_in_more_than_one_frame(size):
    bench = MeterBench(6, NUMBER)
    bench.device.frame_data = size
    if size == 1:  # twelve frames of powers: more than the driver takes
        with pytest.raises(BusError, match="bytes of 0203ff00"):
            bench.read()
    else:
        assert bench.read()["power_mw"] == 3_000


def test_single_values_the_number_and_refusals():
    bench = MeterBench(7, NUMBER)
    master = Dlt645Master(bench.port)
    voltage = bench.run(master.read_data(NUMBER, 0x02010200))
    assert dlt645.bcd(voltage) == round(bench.cabinet.voltage_v(1) * 10)
    with pytest.raises(dlt645.Dlt645Error, match="no such data"):
        bench.run(master.read_data(NUMBER, 0x02010000))
    asked = dlt645.frame(dlt645.address_bytes(dlt645.ANY_METER), 0x13, b"")
    answer = dlt645.trim(bench.exchange(bench.port, asked, timeout_ms=500))
    assert dlt645.check_frame(answer) == (
        dlt645.address_bytes(NUMBER),
        0x93,
        dlt645.address_bytes(NUMBER),
    )


def test_half_a_request_is_forgotten():
    bench = MeterBench(8, NUMBER)
    assert bench.exchange(bench.port, dlt645.read_request(NUMBER, 0x02010100)[:9], timeout_ms=600) == b""
    bench.read()
