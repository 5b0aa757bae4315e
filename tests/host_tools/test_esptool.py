"""Unmodified esptool, as its command line, against the simulated bootloader; flash compared byte by byte."""

import random
import subprocess
import sys

import pytest

from host_tools.chips import chips
from host_tools.images.partitions import Partition, build_table
from host_tools.images.standin import standin_app, standin_bootloader
from host_tools.simulator.boot import boot
from tests.host_tools.bench_chip import on_bench

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal to be fast")

FLASH_SIZE = 1 << 20
NOISE = random.Random(1).randbytes(9000)  # does not compress
TEXT = b"compresses well " * 1000


def esptool(port, *arguments, fails=False):
    """Its output; on a pseudo-terminal the chip cannot be reset, so the test holds it in the bootloader."""
    reset = [] if port.startswith("rfc2217") else ["--before", "no-reset", "--after", "no-reset"]
    command = [sys.executable, "-m", "esptool", "--port", port, *reset, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(params=list(chips()))
def bench(request):
    with on_bench(request.param, FLASH_SIZE) as bench:
        bench.open_pty()
        bench.press_boot_and_reset()
        yield bench


def test_auto_reset_over_rfc2217_chip_type_and_mac():
    with on_bench("esp32c3", FLASH_SIZE) as bench:
        shown = esptool(bench.port.url, "--no-stub", "read-mac")
        assert "ESP32-C3 (QFN32) (revision v0.4)" in shown
        assert "02:ca:fe:00:00:01" in shown
        assert bench.wait_for_boot().failure.startswith("flash is blank")


def test_wrong_chip(bench):
    other = "esp32" if bench.chip.name == "esp32c3" else "esp32c3"
    shown = esptool(bench.pty.path, "--chip", other, "read-mac", fails=True)
    assert f"This chip is {bench.chip.title}, not {chips()[other].title}" in shown


def test_flash_id(bench):
    shown = esptool(bench.pty.path, "flash-id")
    assert "Manufacturer: c8" in shown
    assert "Detected flash size: 1MB" in shown
    assert "Stub flasher running" in shown


@pytest.mark.parametrize("mode", [[], ["--no-stub"]], ids=["stub", "rom"])
def test_write_verify_read(bench, mode, tmp_path):
    bench.flash.program(0, bytes(FLASH_SIZE))
    noise, text, back = tmp_path / "noise", tmp_path / "text", tmp_path / "back"
    noise.write_bytes(NOISE)
    text.write_bytes(TEXT)
    shown = esptool(bench.pty.path, *mode, "write-flash", "0x10000", noise, "0x20000", text)
    assert shown.count("Hash of data verified.") == 2
    expected = bytearray(FLASH_SIZE)
    for offset, content in ((0x10000, NOISE), (0x20000, TEXT)):
        sectors = -(-len(content) // 0x1000) * 0x1000
        expected[offset : offset + sectors] = content.ljust(sectors, b"\xff")
    assert bench.flash.read(0, FLASH_SIZE) == expected

    esptool(bench.pty.path, *mode, "read-flash", "0xF000", "0x4000", back)
    assert back.read_bytes() == expected[0xF000:0x13000]


def test_verify_and_erase(bench, tmp_path):
    file = tmp_path / "noise"
    file.write_bytes(NOISE)
    bench.flash.program(0x3000, NOISE)
    bench.flash.program(0x80000, b"stays" * 10)
    assert "digest matched" in esptool(bench.pty.path, "verify-flash", "0x3000", file)
    assert "digest mismatch" in esptool(bench.pty.path, "verify-flash", "0x4000", file, fails=True)
    esptool(bench.pty.path, "erase-region", "0x3000", "0x3000")
    assert bench.flash.read(0, 0x80000) == b"\xff" * 0x80000
    assert bench.flash.read(0x80000, 50) == b"stays" * 10
    esptool(bench.pty.path, "erase-flash")
    assert bench.flash.read(0, FLASH_SIZE) == b"\xff" * FLASH_SIZE


def test_rom_cannot_erase_the_chip(bench):
    shown = esptool(bench.pty.path, "--no-stub", "erase-flash", fails=True)
    assert "ROM does not support function erase_flash" in shown


def test_what_esptool_flashes_boots(bench, tmp_path):
    chip = bench.chip
    files = {
        chip.bootloader_offset: standin_bootloader(chip, FLASH_SIZE),
        0x8000: build_table([Partition("factory", "app", "factory", 0x10000, 0x10000)]),
        0x10000: standin_app(chip, "1.27.0", FLASH_SIZE),
    }
    arguments = []
    for offset, content in files.items():
        file = tmp_path / f"{offset:x}.bin"
        file.write_bytes(content)
        arguments += [hex(offset), file]
    esptool(bench.pty.path, "write-flash", *arguments)
    for offset, content in files.items():
        assert bench.flash.read(offset, len(content)) == content
    assert boot(bench.flash, chip).ok


def test_erase_all_and_several_regions(tmp_path):
    with on_bench("esp32s3", FLASH_SIZE) as bench:
        bench.open_pty()
        bench.press_boot_and_reset()
        bench.flash.program(0, bytes(FLASH_SIZE))
        file = tmp_path / "noise"
        file.write_bytes(NOISE)
        esptool(bench.pty.path, "write-flash", "--erase-all", "0x10000", file, "0x20000", file)
        expected = bytearray(b"\xff" * FLASH_SIZE)
        for offset in (0x10000, 0x20000):
            expected[offset : offset + len(NOISE)] = NOISE
        assert bench.flash.read(0, FLASH_SIZE) == expected


def test_an_address_beyond_the_flash(tmp_path):
    with on_bench("esp32s3", FLASH_SIZE) as bench:
        bench.open_pty()
        bench.press_boot_and_reset()
        file = tmp_path / "noise"
        file.write_bytes(NOISE)
        shown = esptool(bench.pty.path, "write-flash", hex(FLASH_SIZE - 0x1000), file, fails=True)
        assert "will not fit in 1048576 bytes of flash" in " ".join(shown.split())
        assert bench.flash.read(0, FLASH_SIZE) == b"\xff" * FLASH_SIZE
