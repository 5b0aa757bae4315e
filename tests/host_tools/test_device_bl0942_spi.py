"""The BL0942 driver against the BL0942 model on SPI."""

import pytest

from drivers.bl0942_spi import BL0942Spi
from host_tools.simulator.devices.bl0942_spi import Bl0942Spi
from protocols.errors import BusError
from tests.host_tools.device_bench import Bench, assert_between

UNLOCK = bytes.fromhex("a81d000055e5")
READ_MODE = bytes.fromhex("581900000000")


class SpiBench(Bench):
    def __init__(self, seed: int, **options):
        super().__init__(seed)
        self.device = self.make(Bl0942Spi, **options)
        self.driver = BL0942Spi(self.device)

    def read(self) -> dict[str, int]:
        return self.run(self.driver.read())

    def mode(self) -> bytes:
        return self.device.transfer(READ_MODE)[2:]


def write(register: int, value: int) -> bytes:
    body = bytes((0xA8, register)) + value.to_bytes(3, "big")
    return body + bytes((~sum(body) & 0xFF,))


@pytest.mark.parametrize("seed", range(6))
def test_reads_the_truth(seed):
    bench = SpiBench(seed)
    for _ in range(25):
        bench.pass_seconds(bench.rng.uniform(0.1, 3 * 3600))
        bench.world.lamp_level = bench.rng.choice((0.0, bench.rng.random(), 1.0))
        world, reading = bench.world, bench.read()
        for name, truth, resolution in (
            ("voltage_mv", world.mains_v * 1000, 0.6),
            ("current_ma", world.current_a * 1000, 0.6),
            ("power_mw", world.lamp_power_mw, 1.5),
            ("frequency_mhz", world.mains_hz * 1000, 2.5),
        ):
            assert_between(reading[name], truth, truth, resolution)
        assert world.energy_nj / 3.6e12 - 1.2 < reading["energy_wh"] <= world.energy_nj / 3.6e12


def test_one_bad_checksum_is_repeated_and_two_are_reported():
    bench = SpiBench(1)
    bench.device.faults.corrupt_next = 1
    bench.read()
    bench.device.faults.corrupt_next = 2
    with pytest.raises(BusError):
        bench.read()
    bench.read()


def test_silence():
    bench = SpiBench(2)
    bench.device.faults.silent = True
    with pytest.raises(BusError):
        bench.read()


@pytest.mark.parametrize("length", range(1, 6))
@pytest.mark.parametrize("command", [b"\x58\x03\0\0\0\0", b"\xa8\x19\0\0\x8f\x17"])
def test_a_frame_that_breaks_off_costs_no_reading(length, command):
    """As when the node is reset in the middle of one: the next frame is not understood, the one after is."""
    bench = SpiBench(3)
    bench.device.transfer(command[:length])
    assert bench.read()["power_mw"] == 500


def test_writes_need_the_lock_open_and_a_checksum():
    bench = SpiBench(4)
    assert bench.mode() == bytes((0, 0, 0x87, ~(0x58 + 0x19 + 0x87) & 0xFF))
    bench.device.transfer(write(0x19, 0x8F))
    assert bench.mode()[2] == 0x87
    bench.device.transfer(UNLOCK)
    bench.device.transfer(write(0x19, 0x8F)[:-1] + b"\0")
    assert bench.mode()[2] == 0x87
    bench.device.transfer(write(0x19, 0x8F))
    assert bench.mode()[2] == 0x8F
    bench.device.power(True)
    assert bench.mode()[2] == 0x87


def test_bytes_that_begin_no_frame_are_ignored():
    bench = SpiBench(5)
    bench.device.transfer(b"\0\x11\xaa")
    assert bench.mode()[2] == 0x87
