import random
import socket

import pytest

from host_tools.chips import chips
from host_tools.flashing import FlashError, flash_bundle, read_mac
from host_tools.images.partitions import build_table, micropython_table
from host_tools.images.standin import standin_app, standin_bootloader
from host_tools.simulator.flash import NorFlash
from tests.host_tools.bench_chip import MAC, on_bench

FLASH_SIZE = 4 << 20
REAL_MAC = bytes.fromhex("7cdfa1000001")


def bundle(chip):
    return [
        (chip.bootloader_offset, standin_bootloader(chip, FLASH_SIZE), "bootloader"),
        (0x8000, build_table(micropython_table(FLASH_SIZE)), "partition table"),
        (0x10000, standin_app(chip, "1.27.0", FLASH_SIZE), "MicroPython"),
        (0x200000, random.Random(2).randbytes(20000), "file system"),
    ]


@pytest.mark.parametrize("name", chips())
def test_a_bundle_is_written_verified_and_started(name, capfd, tmp_path):
    parts = bundle(chips()[name])
    file = tmp_path / "vfs.img"
    file.write_bytes(parts[3][1])
    calls = []
    with on_bench(name, FLASH_SIZE) as bench:
        result = flash_bundle(
            bench.port.url,
            bench.chip,
            [*parts[:3], (parts[3][0], file, parts[3][2])],
            lambda part, fraction: calls.append((part, fraction)),
            simulated_only=True,
        )
        assert bench.wait_for_boot().ok
        flash = bench.flash.read(0, FLASH_SIZE)
    assert (result.chip, result.mac) == (chips()[name].title, MAC)
    assert result.bytes_written == sum(len(content) for _offset, content, _name in parts)
    expected = bytearray(b"\xff" * FLASH_SIZE)
    for offset, content, _name in parts:
        expected[offset : offset + len(content)] = content
    assert flash == expected
    assert capfd.readouterr() == ("", "")
    names = ["connect", *(name for _offset, _content, name in parts)]
    assert list(dict.fromkeys(part for part, _fraction in calls)) == names
    for part in {part for part, _fraction in calls}:
        fractions = [fraction for name_, fraction in calls if name_ == part]
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1.0


def test_read_mac_and_start_again():
    with on_bench("esp32s3") as bench:
        assert read_mac(bench.port.url) == MAC
        assert bench.wait_for_boot().failure.startswith("flash is blank")


def test_another_chip_and_a_real_chip_are_refused():
    c3 = chips()["esp32c3"]
    with on_bench("esp32s3", FLASH_SIZE, REAL_MAC) as bench:
        with pytest.raises(
            FlashError, match="the chip is an ESP32-S3, the bundle is for an ESP32-C3"
        ) as caught:
            flash_bundle(bench.port.url, c3, bundle(c3))
        assert "Choose the port" in caught.value.hint
        with pytest.raises(FlashError, match="7c:df:a1:00:00:01 is a real one") as caught:
            flash_bundle(bench.port.url, bench.chip, bundle(bench.chip), simulated_only=True)
        assert "citynode micropython add" in caught.value.hint
        assert bench.flash.read(0, FLASH_SIZE) == b"\xff" * FLASH_SIZE


@pytest.mark.parametrize("port", ["no-such-port", "rfc2217://127.0.0.1:{free}", "rfc2217://", "nonsense://x"])
def test_no_port(port):
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    with pytest.raises(FlashError, match=r"cannot open .*: it does not exist") as caught:
        read_mac(port.format(free=free))
    assert "cable" in caught.value.hint


def test_nobody_answers():
    with on_bench("esp32s3") as bench:
        bench.rom.receive = lambda data: None
        with pytest.raises(FlashError, match="no chip answers on rfc2217://") as caught:
            read_mac(bench.port.url, connect_attempts=1)
        assert "Hold BOOT" in caught.value.hint


class WornFlash(NorFlash):
    """One cell cannot be programmed any more."""

    def program(self, address, data):
        if address <= 0x200010 < address + len(data):
            data = bytearray(data)
            data[0x200010 - address] = 0xFF
        super().program(address, data)


def test_verify_finds_a_worn_cell():
    with on_bench("esp32s3", FLASH_SIZE, flash=WornFlash(FLASH_SIZE)) as bench:
        with pytest.raises(FlashError, match="what is in the flash is not what was written") as caught:
            flash_bundle(bench.port.url, bench.chip, bundle(bench.chip))
        assert "faulty" in caught.value.hint


def test_a_port_that_vanishes():
    with on_bench("esp32s3", FLASH_SIZE) as bench:

        def vanish(part, fraction):
            if part == "file system":
                bench.port.close()

        with pytest.raises(FlashError, match="went away while it was in use") as caught:
            flash_bundle(bench.port.url, bench.chip, bundle(bench.chip), vanish)
        assert "Check the cable" in caught.value.hint
