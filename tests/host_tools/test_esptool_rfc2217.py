"""Unmodified esptool over RFC 2217, where it resets the chip itself.

pyserial waits 50 ms for each setting, so a command takes 10 to 20 seconds, nearly all of them asleep: the
first test starts what all tests need, side by side.
"""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from host_tools.chips import chips
from host_tools.images.partitions import Partition, build_table
from host_tools.images.standin import standin_app, standin_bootloader
from host_tools.simulator.flash_faults import FlashFaults
from tests.host_tools.bench_chip import on_bench
from tests.host_tools.cable_faults import pull_cable
from tests.host_tools.esptools import VERSIONS, esptool

pytestmark = pytest.mark.parametrize("version", VERSIONS)

FLASH_SIZE = 1 << 20
BLANK = b"\xff" * FLASH_SIZE
START = 0x20000
NEW = random.Random(3).randbytes(60_000)
BLOCK = 0x4000  # what esptool sends to the stub at a time

# 4.8 does not catch what pyserial lets through when the connection breaks while it sends a setting
LOST = {
    "4.8": ["A serial exception error occurred", "BrokenPipeError", "ConnectionResetError"],
    "5.6": ["A serial exception error occurred"],
}


@pytest.fixture(scope="module")
def flows(tmp_path_factory):
    """Futures by version, function, and its last argument."""
    folder = tmp_path_factory.mktemp("esptool")
    (folder / "new").write_bytes(NEW)
    work = [(flow, chip_name) for flow in (flash_and_boot, verify) for chip_name in chips()]
    work += [(cable_comes_off, own_power) for own_power in (True, False)]
    with ThreadPoolExecutor(2 * len(work)) as pool:
        yield {
            (version, flow, argument): pool.submit(flow, version, folder, argument)
            for version in ("4.8", "5.6")
            for flow, argument in work
        }


@pytest.mark.parametrize("chip_name", chips())
def test_flash_and_boot(flows, version, chip_name):
    flows[version, flash_and_boot, chip_name].result()


@pytest.mark.parametrize("chip_name", chips())
def test_verify(flows, version, chip_name):
    flows[version, verify, chip_name].result()


@pytest.mark.parametrize("own_power", [True, False], ids=["power of its own", "power from the cable"])
def test_the_cable_comes_off(flows, version, own_power):
    flows[version, cable_comes_off, own_power].result()


def flash_and_boot(version, folder, chip_name):
    """No hand on the board: DTR and RTS bring it into the bootloader and, at the end, out of it."""
    chip = chips()[chip_name]
    parts = {
        chip.bootloader_offset: standin_bootloader(chip, FLASH_SIZE),
        0x8000: build_table([Partition("factory", "app", "factory", 0x10000, 0x10000)]),
        0x10000: standin_app(chip, "1.27.0", FLASH_SIZE),
    }
    regions, expected = [], bytearray(BLANK)
    for offset, content in parts.items():
        file = folder / f"{version}-{chip_name}-{offset:x}.bin"
        file.write_bytes(content)
        regions += [hex(offset), file]
        expected[offset : offset + len(content)] = content
    with on_bench(chip_name, FLASH_SIZE) as bench:
        shown = esptool(version, bench.url, "--baud", "921600", "write-flash", *regions)
        assert chip.title in shown
        assert "MAC: 02:ca:fe:00:00:01" in shown
        assert shown.count("Hash of data verified.") == 3
        assert bench.wait_for_boot().ok
        assert bench.baudrates == [9600, 115200, 921600]  # the first is how pyserial opens a port
        assert bench.flash.content() == expected


def verify(version, folder, chip_name):
    """With the loader in ROM; the chip starts again afterwards."""
    with on_bench(chip_name, FLASH_SIZE) as bench:
        bench.flash.program(START, NEW)
        shown = esptool(version, bench.url, "--no-stub", "verify-flash", hex(START), folder / "new")
        assert "digest matched" in shown
        assert bench.wait_for_boot().failure.startswith("flash is blank")


def cable_comes_off(version, folder, own_power):
    """When two blocks are written, and part of the third has come in; then it is plugged in again.

    A board with power of its own still runs the stub, in the midst of a frame, until esptool resets it.
    """
    write = ["write-flash", "--no-compress", hex(START), folder / "new"]
    with on_bench("esp32s3" if own_power else "esp32c3", FLASH_SIZE) as bench:
        bench.flash.program(0, bytes(FLASH_SIZE))
        if own_power:
            pull_cable(bench, programs=2, more=1000)
        else:
            FlashFaults(bench.flash, random.Random(4)).cut_after(5, fraction=0.0)  # before the third erase
        shown = esptool(version, bench.url, *write, fails=True)
        assert any(words in shown for words in LOST[version]), shown
        assert bench.flash.content() == after_write(2 * BLOCK)
        bench.plug_in()
        assert "Hash of data verified." in esptool(version, bench.url, *write)
        assert bench.flash.content() == after_write(len(NEW))


def after_write(length):
    """Flash that held zeros, when so much of the new content is in it."""
    sectors = -(-length // 0x1000) * 0x1000
    flash = bytearray(FLASH_SIZE)
    flash[START : START + sectors] = NEW[:length].ljust(sectors, b"\xff")
    return flash
