"""The BL0942 driver against the BL0942 model on their UARTs, and the model's registers on their own."""

import pytest

from drivers.bl0942_uart import BL0942Uart
from host_tools.simulator.devices.bl0942_uart import Bl0942Uart
from protocols.errors import BusError
from tests.host_tools.device_bench import Bench, SerialPort, assert_between

PULSE_WH = 0.18689381
READ_MODE = b"\x58\x19"
UNLOCK = bytes.fromhex("a81d550000e5")


class MeterBench(Bench):
    def __init__(self, seed: int, board_baudrate: int = 4800, **options):
        super().__init__(seed)
        self.device = self.make(Bl0942Uart, **options)
        self.port = SerialPort(self, self.device, board_baudrate)
        self.driver = BL0942Uart(self.port, self.device.address)

    def read(self) -> dict[str, int]:
        return self.run(self.driver.read())

    def truth(self) -> dict[str, float]:
        return {
            "voltage_mv": self.world.mains_v * 1000,
            "current_ma": self.world.current_a * 1000,
            "power_mw": self.world.lamp_power_mw,
            "frequency_mhz": self.world.mains_hz * 1000,
        }


def write(register: int, value: int, address: int = 0) -> bytes:
    body = bytes((0xA8 | address, register)) + value.to_bytes(3, "little")
    return body + bytes((~sum(body) & 0xFF,))


RESOLUTION = {"voltage_mv": 0.6, "current_ma": 0.6, "power_mw": 1.5, "frequency_mhz": 2.5}


@pytest.mark.parametrize("seed", range(12))
def test_reads_the_truth(seed):
    bench = MeterBench(seed, address=seed % 4)
    for _ in range(25):
        bench.pass_seconds(bench.rng.uniform(0.1, 3 * 3600))
        bench.world.lamp_level = bench.rng.choice((0.0, bench.rng.random(), 1.0))
        before, reading, after = bench.truth(), bench.read(), bench.truth()
        for name, resolution in RESOLUTION.items():
            assert_between(reading[name], before[name], after[name], resolution)
        true_wh = bench.world.energy_nj / 3.6e12
        assert true_wh - PULSE_WH - 1 < reading["energy_wh"] <= true_wh


def test_energy_over_the_counter_wrap():
    bench = MeterBench(1, cf_cnt=0xFFFFFF - 3)
    start_wh = bench.read()["energy_wh"]
    bench.world.lamp_level = 1.0
    for _ in range(240):
        bench.pass_seconds(3600)
        reading = bench.read()
    true_wh = bench.world.energy_nj / 3.6e12
    assert abs(reading["energy_wh"] - start_wh - true_wh) < 1 + PULSE_WH


def test_energy_over_a_power_cut_of_the_meter():
    bench = MeterBench(2)
    bench.world.lamp_level = 1.0
    bench.pass_seconds(36_000)
    before_wh = bench.read()["energy_wh"]
    bench.device.power_cycle()
    bench.pass_seconds(3600)
    assert 118 <= bench.read()["energy_wh"] - before_wh <= 120


def test_silence():
    bench = MeterBench(3)
    bench.device.faults.silent = True
    with pytest.raises(BusError):
        bench.read()
    bench.device.faults.silent = False
    assert bench.read()["power_mw"] == 500


def test_one_bad_checksum_is_repeated_and_two_are_reported():
    bench = MeterBench(4)
    bench.device.faults.corrupt_next = 1
    bench.read()
    bench.device.faults.corrupt_next = 2
    with pytest.raises(BusError):
        bench.read()
    bench.read()


@pytest.mark.parametrize("noise", [b"\x00", b"\x55", b"\xaa\x55\x58", b"\x55" * 22])
def test_noise_before_the_packet(noise):
    bench = MeterBench(5)
    bench.device.faults.alter_next = lambda packet: noise + packet
    assert bench.read()["power_mw"] == 500
    assert bench.device.faults.alter_next is None


def test_a_packet_that_breaks_off():
    bench = MeterBench(6)
    bench.device.faults.alter_next = lambda packet: packet[:20]
    assert bench.read()["power_mw"] == 500


def test_another_address_does_not_answer():
    bench = MeterBench(7, address=2)
    assert bench.exchange(bench.port, b"\x58\xaa") == b""
    assert len(bench.exchange(bench.port, b"\x5a\xaa")) == 23


def test_another_baud_rate_is_not_understood():
    bench = MeterBench(8, board_baudrate=9600)
    with pytest.raises(BusError):
        bench.read()
    bench.port.line.board_baudrate = 4800
    bench.read()


def test_reply_comes_within_10_ms():
    bench = MeterBench(9)
    for _ in range(50):
        bench.port.write(b"\x58\xaa")
        start_us = bench.queue.now_us
        bench.run(bench.port.read(23, 300))
        assert bench.queue.now_us - start_us <= 25 * 2084 + 10_000
        bench.pass_seconds(0.1)


def test_a_register():
    bench = MeterBench(10)
    answer = bench.exchange(bench.port, READ_MODE)
    assert answer == bytes((0x87, 0, 0, ~(0x58 + 0x19 + 0x87) & 0xFF))


def test_writes_need_the_lock_open_and_a_checksum():
    bench = MeterBench(11)
    other_mode = write(0x19, 0x8F)

    def mode() -> int:
        return bench.exchange(bench.port, READ_MODE)[0]

    assert bench.exchange(bench.port, other_mode) == b""
    assert mode() == 0x87
    assert bench.exchange(bench.port, UNLOCK) == b""
    bench.exchange(bench.port, other_mode[:-1] + b"\0")
    assert mode() == 0x87
    bench.exchange(bench.port, other_mode)
    assert mode() == 0x8F
    bench.exchange(bench.port, write(0x1C, 0x5A5A5A))
    assert mode() == 0x87
    bench.exchange(bench.port, other_mode)
    assert mode() == 0x87  # the reset has closed the lock


def test_pulses_cleared_by_reading():
    bench = MeterBench(12)
    bench.world.lamp_level = 1.0
    bench.exchange(bench.port, UNLOCK + write(0x19, 0x87 | 0x40))
    read_cf_cnt = b"\x58\x07"
    for _ in range(3):
        bench.exchange(bench.port, read_cf_cnt)
        bench.pass_seconds(600)
        pulses = int.from_bytes(bench.exchange(bench.port, read_cf_cnt)[:3], "little")
        assert pulses == int(120 * 600.3 / 3600 / PULSE_WH)


def test_mode_sets_the_baud_rate():
    bench = MeterBench(13)
    bench.exchange(bench.port, UNLOCK + write(0x19, 0x387))
    with pytest.raises(BusError):
        bench.read()
    bench.port.line.board_baudrate = 38400
    bench.read()


def test_half_a_command_is_forgotten():
    bench = MeterBench(14)
    assert bench.exchange(bench.port, b"\x58", timeout_ms=30) == b""
    assert bench.exchange(bench.port, READ_MODE)[:1] == b"\x87"
    assert bench.exchange(bench.port, b"\x11\xff" + READ_MODE)[:1] == b"\x87"  # noise begins no command
