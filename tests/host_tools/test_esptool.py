"""Unmodified esptool against the simulated bootloader, on a pseudo-terminal; flash compared byte by byte."""

import random
import sys

import pytest

from host_tools.chips import chips
from host_tools.images.partitions import Partition, build_table
from host_tools.images.standin import standin_app, standin_bootloader
from host_tools.simulator.boot import boot
from tests.host_tools.bench_chip import on_bench
from tests.host_tools.esptools import VERSIONS, esptool

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals"),
    pytest.mark.parametrize("version", VERSIONS),
]
each_mode = pytest.mark.parametrize("mode", [[], ["--no-stub"]], ids=["stub", "rom"])

FLASH_SIZE = 1 << 20
SECTOR = 0x1000
BLANK = b"\xff" * FLASH_SIZE
NOISE = random.Random(1).randbytes(9000)  # does not compress
ENDS = b"\xc0\xdb" * 20000  # compresses well; uncompressed, every byte is escaped on the line


@pytest.fixture(params=list(chips()))
def bench(request):
    with on_bench(request.param, FLASH_SIZE) as bench:
        bench.open_pty()
        bench.press_boot_and_reset()
        yield bench


@pytest.fixture
def files(tmp_path):
    """(noise, ends, a file that is not there yet)"""
    noise, ends = tmp_path / "noise", tmp_path / "ends"
    noise.write_bytes(NOISE)
    ends.write_bytes(ENDS)
    return noise, ends, tmp_path / "back"


def written(before: bytes, *regions: tuple[int, bytes]) -> bytes:
    """Flash after a write: the sectors that a region touches are erased first."""
    flash = bytearray(before)
    for offset, content in regions:
        sectors = -(-len(content) // SECTOR) * SECTOR
        flash[offset : offset + sectors] = content.ljust(sectors, b"\xff")
    return bytes(flash)


@each_mode
def test_who_is_there(bench, version, mode):
    path = bench.pty.path
    for command in ("chip-id", "read-mac"):
        shown = esptool(version, path, *mode, command)
        assert bench.chip.title in shown
        assert "MAC: 02:ca:fe:00:00:01" in shown
    shown = esptool(version, path, *mode, "flash-id")
    assert "Manufacturer: c8 Device: 4014 Detected flash size: 1MB" in shown
    assert ("Stub" in shown) == (mode == [])


def test_wrong_chip(bench, version):
    other = "esp32" if bench.chip.name == "esp32c3" else "esp32c3"
    shown = esptool(version, bench.pty.path, "--chip", other, "read-mac", fails=True)
    assert f"This chip is {bench.chip.title} not {chips()[other].title}" in shown.replace(",", "")


@each_mode
@pytest.mark.parametrize("packing", ["--compress", "--no-compress"])
def test_write_several_regions(bench, version, mode, packing, files):
    noise, ends, _back = files
    before = bytes(FLASH_SIZE)
    bench.flash.program(0, before)
    write = ["write-flash", packing, "0x10000", noise, "0x20000", ends]
    shown = esptool(version, bench.pty.path, "--baud", "460800", *mode, *write)
    assert shown.count("Hash of data verified.") == 2
    assert "Changing baud rate to 460800" in shown
    assert bench.flash.content() == written(before, (0x10000, NOISE), (0x20000, ENDS))


@each_mode
def test_verify_and_read(bench, version, mode, files):
    noise, _ends, back = files
    path = bench.pty.path
    bench.flash.program(0x3000, NOISE)
    bench.flash.program(0x6000, ENDS)
    before = bench.flash.content()
    assert "digest matched" in esptool(version, path, *mode, "verify-flash", "0x3000", noise)
    assert "igest mismatch" in esptool(version, path, *mode, "verify-flash", "0x4000", noise, fails=True)
    esptool(version, path, *mode, "read-flash", "0x4F01", "0x27FF", back)
    assert back.read_bytes() == before[0x4F01:0x7700]
    assert bench.flash.content() == before


def test_erase(bench, version):
    path = bench.pty.path
    bench.flash.program(0x3000, NOISE)
    bench.flash.program(0x80000, b"stays" * 10)
    esptool(version, path, "erase-region", "0x3000", "0x3000")
    assert bench.flash.content() == written(BLANK, (0x80000, b"stays" * 10))
    esptool(version, path, "erase-flash")
    assert bench.flash.content() == BLANK


def test_erase_without_stub(bench, version):
    path = bench.pty.path
    bench.flash.program(0x3000, NOISE)
    shown = esptool(version, path, "--no-stub", "erase-flash", fails=True)
    assert "ROM does not support function erase_flash" in shown
    # 5.6 has the ROM begin a write that never comes, 4.8 does not
    old = version == "4.8"
    shown = esptool(version, path, "--no-stub", "erase-region", "0x4000", "0x2000", fails=old)
    assert ("ROM does not support function erase_region" in shown) == old
    kept = NOISE if old else NOISE[:SECTOR]
    assert bench.flash.content() == written(BLANK, (0x3000, kept))


def test_erase_all_and_write(bench, version, files):
    noise, ends, _back = files
    bench.flash.program(0, bytes(FLASH_SIZE))
    esptool(version, bench.pty.path, "write-flash", "--erase-all", "0x10000", noise, "0x20000", ends)
    assert bench.flash.content() == written(BLANK, (0x10000, NOISE), (0x20000, ENDS))


def test_what_esptool_flashes_boots(bench, version, tmp_path):
    chip = bench.chip
    parts = {
        chip.bootloader_offset: standin_bootloader(chip, FLASH_SIZE),
        0x8000: build_table([Partition("factory", "app", "factory", 0x10000, 0x10000)]),
        0x10000: standin_app(chip, "1.27.0", FLASH_SIZE),
    }
    arguments = []
    for offset, content in parts.items():
        file = tmp_path / f"{offset:x}.bin"
        file.write_bytes(content)
        arguments += [hex(offset), file]
    esptool(version, bench.pty.path, "write-flash", *arguments)
    for offset, content in parts.items():
        assert bench.flash.read(offset, len(content)) == content
    assert boot(bench.flash, chip).ok
