"""The noise sensor's driver and Modbus master against the louvre-box model."""

import asyncio

import pytest

from drivers.modbus_master import ModbusMaster
from drivers.noise_modbus import NoiseModbus
from host_tools.simulator.devices.modbus_server import frame_gap_us
from host_tools.simulator.devices.noise_modbus import NoiseSensor
from protocols import modbus_rtu, modbus_write
from protocols.errors import BusError
from tests.host_tools.device_bench import Bench, SerialPort, assert_between


class NoiseBench(Bench):
    def __init__(self, seed: int, address: int = 1):
        super().__init__(seed)
        self.device = self.make(NoiseSensor, address=address)
        self.port = SerialPort(self, self.device)
        self.master = ModbusMaster(self.port, 4800)
        self.driver = NoiseModbus(self.master, address)

    def read(self) -> int:
        return self.run(self.driver.read())["noise_mdba"]

    def read_registers(self, start: int, count: int, function: int = 3) -> tuple[int, ...]:
        return self.run(self.master.read_registers(self.device.address, start, count, function))


@pytest.mark.parametrize("seed", range(12))
def test_reads_the_truth(seed):
    bench = NoiseBench(seed, address=1 + seed * 20)
    for _ in range(30):
        bench.pass_seconds(bench.rng.uniform(0, 3 * 3600))
        before, reading, after = bench.world.noise_dba, bench.read(), bench.world.noise_dba
        assert_between(reading, before * 1000, after * 1000, 51)


@pytest.mark.parametrize("function", [3, 4])
def test_registers_of_the_box(function):
    bench = NoiseBench(1)
    values = bench.read_registers(500, 10, function)
    assert values[0] == round(bench.world.humidity_percent * 10)
    assert values[1] == round(bench.world.temperature_c * 10)
    assert abs(values[2] - bench.world.noise_dba * 10) < 5
    assert values[3:] == (0,) * 7


def test_frost_is_a_negative_register(monkeypatch):
    bench = NoiseBench(1)
    monkeypatch.setattr(type(bench.world), "temperature_c", -10.1)
    assert modbus_rtu.signed(bench.read_registers(501, 1)[0]) == -101


def test_the_microphone_has_a_range(monkeypatch):
    bench = NoiseBench(1)
    for true_dba, reading_mdba in ((12.0, 30_000), (130.0, 120_000)):
        monkeypatch.setattr(type(bench.world), "noise_dba", true_dba)
        assert bench.read() == reading_mdba


def test_exceptions():
    bench = NoiseBench(2)
    for start, count in ((499, 1), (510, 1), (505, 6)):
        with pytest.raises(modbus_rtu.ModbusException) as caught:
            bench.read_registers(start, count)
        assert caught.value.code == 2
    written = modbus_write.write_request(1, 502, [1])
    assert bench.exchange(bench.port, written) == modbus_rtu.frame(1, 0x86, b"\x01")
    for count in (0, 126):
        request = modbus_rtu.frame(1, 3, modbus_rtu.words((500, count)))
        assert bench.exchange(bench.port, request) == modbus_rtu.frame(1, 0x83, b"\x03")
    assert bench.exchange(bench.port, modbus_rtu.frame(1, 3, b"\x01")) == modbus_rtu.frame(1, 0x83, b"\x03")


def test_no_answer_to_broken_frames_other_addresses_and_broadcasts():
    bench = NoiseBench(3)
    request = modbus_rtu.read_request(1, 502, 1)
    data = modbus_rtu.words((502, 1))
    for unanswered in (
        request[:-1] + b"\0",
        request[:-1],
        b"\xff" + request,
        modbus_rtu.frame(2, 3, data),
        modbus_rtu.frame(0, 3, data),
    ):
        assert bench.exchange(bench.port, unanswered) == b""
        assert len(bench.exchange(bench.port, request)) == 7


def test_silence_ends_a_frame():
    """Halves of a request that are 3.5 characters apart are two broken frames; closer, they are one."""
    bench = NoiseBench(4)
    request = modbus_rtu.read_request(1, 502, 1)
    for pause_us, answer_length in ((5_000, 7), (8_100, 0)):
        sent_us = bench.port.line.from_board(request[:4])
        bench.queue.run_until(sent_us + pause_us)
        assert len(bench.exchange(bench.port, request[4:])) == answer_length


def test_a_frame_that_arrives_in_pieces():
    """Longer than a SerialLine's chunk, so that the part hears it in two events."""
    bench = NoiseBench(5)
    assert bench.exchange(bench.port, modbus_write.write_request(1, 500, [0] * 30)) == modbus_rtu.frame(
        1, 0x90, b"\x01"
    )


def test_reply_delay():
    """10 to 50 ms after the silence that ends the request, also if its last byte was late."""
    bench = NoiseBench(6)
    request = modbus_rtu.read_request(1, 502, 1)
    delays_us = []
    for _ in range(50):
        bench.queue.run_until(bench.port.line.from_board(request[:-1]) + 5_000)
        sent_us = bench.port.line.from_board(request[-1:])
        bench.run(bench.port.read(7, 300))
        delays_us.append(bench.queue.now_us - 7 * 2083 - sent_us - frame_gap_us(4800))
        bench.pass_seconds(0.1)
    assert 10_000 <= min(delays_us) < 20_000
    assert 40_000 < max(delays_us) <= 50_000


def test_silence():
    bench = NoiseBench(7)
    bench.device.faults.silent = True
    with pytest.raises(BusError, match="no answer"):
        bench.read()
    bench.device.faults.silent = False
    bench.read()


def test_an_answer_from_another_address():
    bench = NoiseBench(8)
    bench.device.answers_as = 9
    with pytest.raises(BusError, match="from 9"):
        bench.read()
    bench.device.answers_as = None
    bench.read()


def test_one_bad_crc_is_repeated_and_two_are_reported():
    bench = NoiseBench(9)
    bench.device.faults.corrupt_next = 1
    bench.read()
    bench.device.faults.corrupt_next = 2
    with pytest.raises(BusError, match="CRC"):
        bench.read()
    bench.read()


@pytest.mark.parametrize("noise", [b"\x00", b"\xff\x01\x03", b"\x81" * 8])
def test_noise_before_the_answer(noise):
    """The master lets what is left of it go by and asks again."""
    bench = NoiseBench(10)
    bench.device.faults.alter_next = lambda frame: noise + frame
    assert_between(bench.read(), bench.world.noise_dba * 1000, bench.world.noise_dba * 1000, 2000)
    assert bench.device.faults.alter_next is None


def test_tasks_share_the_line():
    bench = NoiseBench(11)

    async def main():
        return await asyncio.gather(*[bench.driver.read() for _ in range(5)])

    assert len(bench.run(main())) == 5


def test_frame_gap():
    """3.5 characters of 11 bits, never less; fixed above 19200 baud."""
    assert [frame_gap_us(baudrate) for baudrate in (4800, 9600, 19200)] == [8021, 4011, 2006]
    assert frame_gap_us(38400) == frame_gap_us(115200) == 1750
