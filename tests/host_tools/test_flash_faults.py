"""Flash that fails as NOR flash does, and what LittleFS and the node make of it."""

import random

import pytest

from host_tools.littlefs_volume import open_volume
from host_tools.simulator.flash import SECTOR, FlashFileError, NorFlash
from host_tools.simulator.flash_faults import FlashFaults, PowerCut
from host_tools.simulator.volume import LittleFsFiles
from tests.host_tools.board_bench import BoardBench, printed

SEEDS = range(60)
SIZE = 24 * SECTOR


def used_flash(seed, size=SIZE):
    """(flash full of random bits, its faults, a generator for the test)"""
    rng = random.Random(seed)
    flash = NorFlash(size)
    flash.program(0, rng.randbytes(size))
    return flash, FlashFaults(flash, random.Random(seed + 1000)), rng


def cut(operation, *args):
    with pytest.raises(PowerCut):
        operation(*args)


# --- a cut inside one operation


@pytest.mark.parametrize("seed", SEEDS)
def test_a_program_that_is_broken_off_only_clears_bits_it_was_to_clear(seed):
    flash, faults, rng = used_flash(seed)
    address, length = rng.randrange(SIZE - 300), rng.randrange(1, 300)
    data, fraction = rng.randbytes(length), rng.random()
    before = flash.content()
    faults.cut_after(1, fraction)
    cut(flash.program, address, data)
    after = flash.content()
    complete = bytes(old & new for old, new in zip(before[address:], data, strict=False))
    whole = int(fraction * length)
    assert after[:address] == before[:address]
    assert after[address : address + whole] == complete[:whole]
    assert after[address + whole + 1 :] == before[address + whole + 1 :]
    old, new = before[address + whole], after[address + whole]
    assert new & ~old == 0  # nothing from 0 to 1
    assert old & ~new & data[whole] == 0  # nothing cleared that was not to be cleared


def test_the_byte_in_which_power_goes_is_neither_old_nor_new():
    values = set()
    for seed in SEEDS:
        flash = NorFlash(SECTOR)
        FlashFaults(flash, random.Random(seed)).cut_after(1, 0.5)
        cut(flash.program, 0, bytes(3))
        assert flash.content()[0] == 0 and flash.content()[2] == 0xFF
        values.add(flash.content()[1])
    assert len(values) > 20


@pytest.mark.parametrize("seed", SEEDS)
def test_an_erase_that_is_broken_off_changes_one_sector_in_part(seed):
    flash, faults, rng = used_flash(seed)
    first, count, fraction = rng.randrange(12), rng.randrange(1, 12), 0.01 + 0.98 * rng.random()
    before = flash.content()
    faults.cut_after(1, fraction)
    cut(flash.erase, first * SECTOR, count * SECTOR)
    after = flash.content()
    mixed = first + int(fraction * count)
    start, end = mixed * SECTOR, (mixed + 1) * SECTOR
    assert after[: first * SECTOR] == before[: first * SECTOR]
    assert after[first * SECTOR : start] == b"\xff" * (start - first * SECTOR)
    assert after[start:end] not in (before[start:end], b"\xff" * SECTOR, bytes(SECTOR))
    assert after[end:] == before[end:]
    assert flash.wear == [int(first <= sector <= mixed) for sector in range(SIZE // SECTOR)]


@pytest.mark.parametrize("fraction", [0, 1])
def test_a_cut_between_two_operations(fraction):
    flash, faults, _ = used_flash(1)
    before = flash.content()
    faults.cut_after(3, fraction)
    flash.erase(0, SECTOR)
    flash.read(0, 10)  # does not count
    flash.program(0, b"second")
    cut(flash.erase, SECTOR, SECTOR)
    assert flash.content()[: SECTOR + 6] == b"second".ljust(SECTOR, b"\xff") + (
        b"\xff" * 6 if fraction else before[SECTOR : SECTOR + 6]
    )
    after = flash.content()
    for operation in ((flash.read, 0, 1), (flash.program, 0, b"\0"), (flash.erase, 0, SECTOR)):
        cut(*operation)
    assert flash.content() == after
    flash.power_on()
    flash.erase(0, SIZE)
    assert flash.read(0, SIZE) == b"\xff" * SIZE


def test_the_same_seed_breaks_off_in_the_same_way():
    contents = []
    for seed in (1, 1, 2):
        flash, faults, _ = used_flash(7)
        faults = FlashFaults(flash, random.Random(seed))
        faults.cut_after(1, 0.5)
        cut(flash.erase, 0, SECTOR)
        contents.append(flash.content())
    assert contents[0] == contents[1] != contents[2]


@pytest.mark.parametrize(("operations", "fraction"), [(0, 0.5), (-1, 0.5), (1, -0.1), (1, 1.1)])
def test_cuts_that_make_no_sense(operations, fraction):
    with pytest.raises(ValueError, match="no power cut"):
        FlashFaults(NorFlash(SECTOR), random.Random(1)).cut_after(operations, fraction)


# --- worn sectors, bit rot, counters


def test_a_worn_out_sector_keeps_what_it_has():
    flash, faults, _ = used_flash(1)
    before = flash.content()
    faults.wear_out(1)
    flash.erase(0, 3 * SECTOR)
    flash.program(SECTOR - 2, bytes(SECTOR + 4))
    assert flash.content()[: 3 * SECTOR] == (
        b"\xff" * (SECTOR - 2) + bytes(2) + before[SECTOR : 2 * SECTOR] + bytes(2) + b"\xff" * (SECTOR - 2)
    )


@pytest.mark.parametrize("seed", range(5))
def test_rot_flips_just_so_many_bits_and_only_in_the_range(seed):
    flash, faults, _ = used_flash(seed)
    before = int.from_bytes(flash.content(), "little")
    faults.rot(1000, 50, 17)
    flipped = before ^ int.from_bytes(flash.content(), "little")
    assert flipped.bit_count() == 17
    assert flipped >> 8 * 1050 == 0 and flipped % (1 << 8 * 1000) == 0


def test_operations_are_counted():
    flash = NorFlash(4 * SECTOR)
    flash.erase(0, 3 * SECTOR)
    flash.program(10, bytes(20))
    flash.program(30, bytes(5))
    flash.read(0, 100)
    counted = flash.operations
    assert (counted.reads, counted.programs, counted.erases) == (1, 2, 1)
    assert (counted.bytes_read, counted.bytes_programmed, sum(flash.wear)) == (100, 25, 3)


# --- in a file


def test_saved_and_loaded(tmp_path):
    flash, _, _ = used_flash(1)
    other = NorFlash(SIZE)
    flash.save(tmp_path / "flash")
    other.load(tmp_path / "flash")
    assert other.content() == flash.content()
    other.erase(0, SIZE)
    other.save(tmp_path / "flash")  # over the first
    assert (tmp_path / "flash").read_bytes() == b"\xff" * SIZE
    assert [file.name for file in tmp_path.iterdir()] == ["flash"]


@pytest.mark.parametrize("size", [0, SIZE - 1, SIZE + 1])
def test_a_file_of_another_size_changes_nothing(tmp_path, size):
    (tmp_path / "flash").write_bytes(bytes(size))
    flash, _, _ = used_flash(1)
    before = flash.content()
    with pytest.raises(FlashFileError, match=f"flash has {size} bytes, the flash has {SIZE}"):
        flash.load(tmp_path / "flash")
    assert flash.content() == before


def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "flash").write_bytes(b"old")

    def no_space(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("host_tools.simulator.flash.os.replace", no_space)
    with pytest.raises(OSError, match="No space"):
        NorFlash(SECTOR).save(tmp_path / "flash")
    assert [file.name for file in tmp_path.iterdir()] == ["flash"]
    assert (tmp_path / "flash").read_bytes() == b"old"


# --- LittleFS, power cut at every operation of a busy run


class BusyRun:
    """Writes, appends and renames files; `may_be` is what each name may hold at this moment."""

    def __init__(self, files):
        self._files = files
        self.may_be = {f"file{n}": {None} for n in range(4)}
        self.may_be["new"] = {None}

    def write(self, name, content, append=False):
        (before,) = self.may_be[name]
        after = (before or b"") + content if append else content
        # opening alone makes an empty file of one that is new; else only the close takes effect
        self.may_be[name] = {before, after} | ({b""} if before is None else set())
        file = self._files.open(name, write=True, create=True, truncate=not append, append=append)
        for at in range(0, len(content), 700):
            file.write(content[at : at + 700])
        file.close()
        self.may_be[name] = {after}

    def replace(self, name, content):
        """As careful programs do: a new file, renamed over the old one."""
        self.write("new", content)
        (before,) = self.may_be[name]
        self.may_be["new"], self.may_be[name] = {content, None}, {before, content}
        self._files.rename("new", name)
        self.may_be["new"], self.may_be[name] = {None}, {content}

    def run(self):
        rng = random.Random(5)
        for turn in range(9):
            name = f"file{turn % 3}"
            self.write("file3", rng.randbytes(rng.randrange(200)), append=True)
            if turn % 2:
                self.replace(name, rng.randbytes(rng.randrange(9000)))
            else:
                self.write(name, rng.randbytes(rng.randrange(3000)))


def mounted(flash, offset=0, size=SIZE):
    volume = open_volume(flash, offset, size)
    volume.mount()
    return LittleFsFiles(volume, lambda: 0)


def content_of(files, name):
    try:
        size = files.stat(name).size
    except OSError:
        return None
    file = files.open(name, write=False, create=False, truncate=False, append=False)
    content = file.read(size)
    file.close()
    return content


@pytest.fixture(scope="module")
def formatted():
    flash = NorFlash(SIZE)
    open_volume(flash, 0, SIZE).format()
    return flash.content()


def flash_with(content):
    flash = NorFlash(len(content))
    flash.clear_bits(0, content)
    return flash


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.9, 1.0])
def test_littlefs_survives_a_power_cut_at_every_operation(formatted, fraction):
    survived = 0
    for operation in range(1, 1000):
        flash = flash_with(formatted)
        faults = FlashFaults(flash, random.Random(operation))
        busy = BusyRun(mounted(flash))
        faults.cut_after(operation, fraction)
        try:
            busy.run()
            break
        except PowerCut:
            survived += 1
        flash.power_on()
        files = mounted(flash)
        for name, may_be in busy.may_be.items():
            assert content_of(files, name) in may_be, (operation, name)
        BusyRun(files).write("new", b"and it goes on")
        assert content_of(mounted(flash), "new") == b"and it goes on"
    assert survived == operation - 1 > 100


def test_littlefs_goes_around_a_sector_that_wears_out(formatted):
    flash = flash_with(formatted)
    faults = FlashFaults(flash, random.Random(1))
    for sector in (3, 4, 9, 15):
        faults.wear_out(sector)
    busy = BusyRun(mounted(flash))
    busy.run()
    files = mounted(flash)
    assert all(may_be == {content_of(files, name)} for name, may_be in busy.may_be.items())


# --- the node

WRITER = """
import machine, os, time
print("cause", machine.reset_cause(), time.time(), sorted(os.listdir()))
for name in os.listdir():
    if name.startswith("log"):
        content = open(name, "rb").read()
        print(name, len(content), content == content[:1] * len(content))
n = len(os.listdir())
while True:
    with open("temporary", "wb") as file:
        file.write(bytes([n]) * 5000)
    os.rename("temporary", "log%d" % n)
    n += 1
    time.sleep_ms(50)
    if n > 12:
        break
print("done")
"""


@pytest.mark.parametrize("operation", [1, 30, 61, 100, 161])
def test_a_node_that_loses_power_while_it_writes_starts_again(operation):
    bench = BoardBench({"main.py": WRITER})
    FlashFaults(bench.flash, random.Random(operation)).cut_after(operation, 0.5)
    first, second = bench.run(4).split("ESP-ROM:")[1:]
    assert "POWERON" in second
    assert printed(first)[:2] == ["cause 1 0 ['main.py']"] and "done" not in first
    begins, *logs, done = printed(second)
    assert begins.startswith("cause 1 0 [") and done == "done"  # the clock has forgotten
    assert all(line.endswith(" 5000 True") for line in logs)
    assert bench.reports == ["MicroPython starts", "power is cut for 1 s", "MicroPython starts"]


def test_power_that_fails_while_a_blank_partition_is_formatted():
    bench = BoardBench()
    FlashFaults(bench.flash, random.Random(1)).cut_after(1, 0.0)
    shown = bench.run(2)
    assert shown.count("Performing initial setup") == 2
    assert "MicroPython v" in shown


def test_an_outage_lasts_a_second_and_hears_nothing():
    def cut_power():
        raise PowerCut

    bench = BoardBench({})
    bench.queue.at(500_000, cut_power)
    bench.type_at(1, b"print('lost')\r")
    bench.type_at(2, b"print('heard')\r")
    shown = bench.run(3)
    assert shown.count("ESP-ROM:") == 2
    assert "lost" not in shown and "\r\nheard\r\n" in shown


def test_rot_in_both_superblocks_looks_corrupt_to_the_node():
    bench = BoardBench({"main.py": "print('hello')"})
    FlashFaults(bench.flash, random.Random(1)).rot(bench.vfs.offset, 64, 40)
    assert printed(bench.run()) == ["hello"]  # there are two of them
    bench.flash.faults.rot(bench.vfs.offset + SECTOR, 64, 40)
    shown = bench.run(4)
    assert shown.count("The filesystem appears to be corrupted") == 2 and "hello" not in shown
    assert bench.reports[-1] == "the file system in partition vfs is corrupt"


def test_rot_in_the_application_is_found_at_boot():
    bench = BoardBench({"main.py": "print('hello')"})
    FlashFaults(bench.flash, random.Random(1)).rot(0x10040, 64, 1)
    bench.run(1)
    assert bench.reports[0].startswith("does not boot: application at 0x10000: ")
