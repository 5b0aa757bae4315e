"""What unmodified esptool says, and what is in the flash, when something goes wrong."""

import random
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from host_tools.simulator.flash import SECTOR
from host_tools.simulator.flash_faults import FlashFaults
from tests.host_tools.bench_chip import on_bench
from tests.host_tools.cable_faults import disturb_blocks, pull_cable
from tests.host_tools.esptools import VERSIONS, esptool

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals"),
    pytest.mark.parametrize("version", VERSIONS),
]
each_mode = pytest.mark.parametrize("mode", [[], ["--no-stub"]], ids=["stub", "rom"])

FLASH_SIZE = 1 << 20
START = 0x10000
NEW = random.Random(2).randbytes(100_000)
BEFORE = bytes(range(256)) * (FLASH_SIZE // 256)
BLOCK = {"stub": 0x4000, "rom": 0x400}  # what esptool sends at a time


@pytest.fixture
def bench():
    with on_bench("esp32s3", FLASH_SIZE) as bench:
        bench.open_pty()
        bench.press_boot_and_reset()
        bench.flash.program(0, BEFORE)
        yield bench


@pytest.fixture
def new(tmp_path):
    file = tmp_path / "new"
    file.write_bytes(NEW)
    return file


def sectors(length: int) -> int:
    """The length of the sectors that so many bytes from `START` touch."""
    return -(-length // SECTOR) * SECTOR


def after_write(programmed: int, erased: int | None = None) -> bytes:
    """Flash when so much was programmed and erased from `START` on; what is not given ends with a sector."""
    erased = sectors(programmed) if erased is None else erased
    flash = bytearray(BEFORE)
    flash[START : START + erased] = NEW[:programmed].ljust(erased, b"\xff")
    return bytes(flash)


@each_mode
def test_a_write_beyond_the_end(bench, version, mode, new):
    """Esptool itself says no, and the flash stays as it is."""
    write = ["write-flash", hex(FLASH_SIZE - SECTOR), new]
    shown = esptool(version, bench.pty.path, *mode, *write, fails=True)
    assert "will not fit in 1048576 bytes of flash" in shown
    assert bench.flash.content() == BEFORE


@each_mode
def test_reading_beyond_the_end(bench, version, mode, new, tmp_path):
    """The chip says no; 5.6 does not even ask it to read."""
    error = "(result was 0109" if mode else "(result was C400: Failed SPI operation)"
    path, end = bench.pty.path, hex(FLASH_SIZE)
    shown = esptool(version, path, *mode, "verify-flash", end, new, fails=True)
    assert f"Failed to calculate md5sum {error}" in shown
    shown = esptool(version, path, *mode, "read-flash", end, "64", tmp_path / "back", fails=True)
    assert (error if version == "4.8" else "from address 0x00100000 goes past 1MB by 0x40 bytes") in shown


def test_erasing_beyond_the_end(bench, version):
    region = [hex(FLASH_SIZE - SECTOR), hex(2 * SECTOR)]
    shown = esptool(version, bench.pty.path, "erase-region", *region, fails=True)
    if version == "4.8":
        assert "Failed to erase region (result was C400: Failed SPI operation)" in shown
    else:
        assert "from address 0x000ff000 goes past 1MB by 0x1000 bytes" in shown
    assert bench.flash.content() == BEFORE


@each_mode
def test_a_block_that_arrives_wrong_is_sent_again(bench, version, mode, new):
    disturb_blocks(bench, 2)
    shown = esptool(version, bench.pty.path, *mode, "write-flash", hex(START), new)
    assert "Hash of data verified." in shown
    assert bench.flash.content() == after_write(len(NEW))


@each_mode
def test_a_block_that_always_arrives_wrong(bench, version, mode, new):
    disturb_blocks(bench, 1000)
    shown = esptool(version, bench.pty.path, *mode, "write-flash", hex(START), new, fails=True)
    assert f"after seq 0 (result was {'0107' if mode else 'C100: Bad data checksum'}" in shown
    assert bench.flash.content() == after_write(0, sectors(len(NEW)) if mode else 0)


@each_mode
def test_a_worn_sector_shows_in_the_md5(bench, version, mode, new):
    FlashFaults(bench.flash, random.Random(1)).wear_out((START + 5 * SECTOR) // SECTOR)
    shown = esptool(version, bench.pty.path, *mode, "write-flash", hex(START), new, fails=True)
    assert "MD5 of file does not match data in flash!" in shown


def test_the_cable_comes_off(version, new):
    """At once for all seeds: esptool looks for the port for 7 seconds each time."""
    cases = [(mode, power, seed) for mode in ("stub", "rom") for power in (True, False) for seed in range(2)]
    with ThreadPoolExecutor(len(cases)) as pool:
        futures = {case: pool.submit(cable_comes_off, version, new, *case) for case in cases}
    failed = {case: future.exception() for case, future in futures.items() if future.exception()}
    assert failed == {}


def cable_comes_off(version, new, mode, own_power, seed):
    """Then it is plugged in again, and a second, complete write succeeds."""
    rng = random.Random(seed)
    options = ["--no-stub"] if mode == "rom" else []
    with on_bench("esp32s3", FLASH_SIZE) as bench:
        bench.open_pty()
        bench.press_boot_and_reset()
        bench.flash.program(0, BEFORE)
        blocks = rng.randint(1, len(NEW) // BLOCK[mode])
        programmed = blocks * BLOCK[mode]
        erased = sectors(len(NEW) if mode == "rom" else programmed)
        if own_power:
            pull_cable(bench, blocks, more=rng.randrange(BLOCK[mode]))
        else:
            operations = blocks + 1 if mode == "rom" else 2 * blocks  # each of the stub's erases first
            FlashFaults(bench.flash, rng).cut_after(operations, rng.random())
        write = ["write-flash", "--no-compress", hex(START), new]
        shown = esptool(version, bench.pty.path, *options, *write, fails=True)
        assert "Lost connection, retrying... Waiting for the chip to reconnect" in shown
        assert "A serial exception error occurred" in shown
        if own_power:
            assert bench.flash.content() == after_write(programmed, erased)
        else:
            check_interrupted(bench.flash.content(), programmed - BLOCK[mode], programmed, erased)

        bench.plug_in()
        if not own_power:
            bench.wait_for_boot()  # of what was in the flash before; BOOT is pressed after that
            bench.press_boot_and_reset()
        shown = esptool(version, bench.pty.path, "write-flash", hex(START), new)
        assert "Hash of data verified." in shown
        assert bench.flash.content() == after_write(len(NEW))


def check_interrupted(flash, whole, programmed, erased):
    """Power went while the bytes from `whole` to `programmed` were programmed.

    In front of some byte all are; behind it all are still erased; of this byte some bits are.
    """
    place = slice(START + whole, START + programmed)
    block, wanted = flash[place], NEW[whole:programmed]
    assert (
        flash == after_write(whole, erased)[: place.start] + block + after_write(whole, erased)[place.stop :]
    )
    done = next(n for n in range(len(block) + 1) if n == len(block) or block[n] != wanted[n])
    assert block[done : done + 1] == b"" or block[done] & wanted[done] == wanted[done]
    assert block[done + 1 :].count(0xFF) == len(block[done + 1 :])
