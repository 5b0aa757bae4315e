"""Files, as Python code on the node sees them: LittleFS on the simulated flash."""

import pytest

from host_tools.littlefs_volume import BLOCK_SIZE, make_image, open_volume
from host_tools.simulator.volume import LittleFsFile, mount_or_format
from tests.host_tools.board_bench import BoardBench, printed, run_main

# Errno numbers as the ESP32's MicroPython shows them (LittleFS's own, lfs.h).
ENOENT, EEXIST, EISDIR, ENOTDIR, ENOSPC, ENAMETOOLONG, ENOTEMPTY = 2, 17, 21, 20, 28, 36, 39


def error_of(statement, **options):
    lines = run_main(
        f"import os\nos.mkdir('folder')\nopen('folder/file', 'w').close()\n"
        f"try:\n    {statement}\nexcept OSError as error:\n    print(error.errno)\n",
        **options,
    )
    return int(lines[0]) if lines else None


def mounted(bench):
    """The volume as the next boot would find it."""
    volume = open_volume(bench.flash, bench.vfs.offset, bench.vfs.size)
    volume.mount()
    return volume


def test_write_read_append_seek():
    assert run_main("""
with open("data", "wb") as file:
    print(file.write(b"0123456789"), file.tell())
with open("data", "ab") as file:
    file.write(b"abc")
with open("data", "r+b") as file:
    print(file.seek(2), file.read(3), file.seek(-2, 2), file.read(), file.seek(0, 1))
    file.seek(4)
    file.write(b"XY")
with open("data") as file:
    print(file.read(), repr(file.read()))
print([line for line in open("main.py")][:2])
""") == [
        "10 10",
        "2 b'234' 11 b'bc' 13",
        "0123XY6789abc ''",
        "['\\n', 'with open(\"data\", \"wb\") as file:\\n']",
    ]


def test_folders():
    assert run_main("""
import os
os.mkdir("a")
os.mkdir("/a/b")
with open("a/b/file", "w") as file:
    file.write("text")
print(sorted(os.listdir()), os.listdir("a"), sorted(os.ilistdir("/a")))
os.chdir("a/b")
print(os.getcwd(), os.listdir(), open("../b/file").read())
os.chdir("/")
os.rename("a/b/file", "moved")
os.rmdir("a/b")
print(sorted(os.listdir("/")), os.listdir("a"))
os.remove("moved")
os.remove("a")  # VfsLfs2 removes an empty folder by either name
print(os.listdir())
""") == [
        "['a', 'main.py'] ['b'] [('b', 16384, 0, 0)]",
        "/a/b ['file'] text",
        "['a', 'main.py', 'moved'] []",
        "['main.py']",
    ]


def test_stat_and_statvfs():
    lines = run_main("""
import os
os.mkdir("a")
with open("f", "w") as file:
    file.write("12345")
print(os.stat("f")[0], os.stat("f")[6], os.stat("a")[0], os.stat("a")[6], os.stat("/")[0])
before = os.statvfs("/")
print(before[:3], before[3] == before[4], before[9])
with open("big", "wb") as file:
    file.write(bytes(10 * before[0]))
print(before[3] - os.statvfs("/")[3])
""")
    assert lines[0] == "32768 5 16384 0 16384"
    assert lines[1] == f"({BLOCK_SIZE}, {BLOCK_SIZE}, {BoardBench().vfs.size // BLOCK_SIZE}) True 255"
    assert lines[2] in ("10", "11")  # the skip list takes a little of each block


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("open('nothing')", ENOENT),
        ("open('nowhere/file', 'w')", ENOENT),
        ("os.stat('nothing')", ENOENT),
        ("os.remove('nothing')", ENOENT),
        ("os.rename('nothing', 'something')", ENOENT),
        ("os.listdir('nothing')", ENOENT),
        ("os.chdir('nothing')", ENOENT),
        ("os.mkdir('nowhere/folder')", ENOENT),
        ("os.mkdir('folder')", EEXIST),
        ("open('folder')", EISDIR),
        ("open('folder', 'w')", EISDIR),
        ("os.rename('main.py', 'folder')", EISDIR),
        ("os.listdir('main.py')", ENOTDIR),
        ("os.rename('folder', 'main.py')", ENOTDIR),
        ("open('main.py/file', 'w')", ENOTDIR),
        ("os.rmdir('folder')", ENOTEMPTY),
        ("os.remove('folder')", ENOTEMPTY),
        ("open('n' * 256, 'w')", ENAMETOOLONG),
        ("open('n' * 255, 'w').close()", None),
        ("open('main.py', 'x')", EEXIST),
        ("open('nowhere/file', 'x')", ENOENT),
        ("open('new', 'x').close()", None),
    ],
)
def test_error_numbers(statement, number):
    assert error_of(statement) == number


def test_modes():
    assert run_main("""
for mode in ("xb", "r+", "a+", "w+", "rb", "wt"):
    with open("file", mode) as file:
        file.seek(0)
        print(mode, mode[0] in "xw" or file.read(), "+" in mode or mode[0] != "r" and file.write(mode))
for mode in ("rw", "wx", "ax"):
    try:
        open("file", mode)
    except ValueError:
        print("ValueError")
""") == [
        "xb True 2",
        "r+ xb True",
        "a+ xb True",
        "w+ True True",
        "rb b'' False",
        "wt True 2",
        *["ValueError"] * 3,
    ]


def test_times_are_of_the_last_write():
    assert run_main(
        """
import machine, os, time
def times():
    print([time.gmtime(os.stat(name)[8])[:6] for name in ("main.py", "file")])
machine.RTC().datetime((2026, 2, 28, 0, 23, 59, 58, 0))
file = open("file", "w")
time.sleep(1)
file.write("text")
time.sleep(1)
file.close()
times()
for mode in ("r", "r+", "a"):
    open("file", mode).close()
    times()
print(os.stat("file")[7:], os.stat("/")[7:])
""",
        seconds=5,
    ) == [
        "[(2000, 1, 1, 0, 0, 0), (2026, 2, 28, 23, 59, 59)]",
        "[(2000, 1, 1, 0, 0, 0), (2026, 2, 28, 23, 59, 59)]",
        "[(2000, 1, 1, 0, 0, 0), (2026, 2, 28, 23, 59, 59)]",
        "[(2000, 1, 1, 0, 0, 0), (2026, 3, 1, 0, 0, 0)]",
        "(825638400, 825638400, 825638400) (0, 0, 0)",
    ]


def test_a_file_that_is_renamed_or_removed_while_open():
    assert run_main("""
import os
for name in ("moved", "removed"):
    file = open(name, "w")
    os.rename(name, "new") if name == "moved" else os.remove(name)
    file.write("text")
    file.close()
print(sorted(os.listdir()))
""") == ["['main.py', 'new']"]


def test_names_and_texts_beyond_ascii():
    bench = BoardBench(
        {"größe.txt": "42 µm", "main.py": "import os\nprint(os.listdir(), open('größe.txt').read())"}
    )
    assert printed(bench.run()) == [
        "['größe.txt', 'main.py'] 42 µm".replace("ö", "\\xf6").replace("ß", "\\xdf")
    ]


def test_a_file_larger_than_a_block():
    lines = run_main(f"""
import os
pattern = bytes(range(251))
with open("big", "wb") as file:
    for _ in range(100):
        file.write(pattern)
print(os.stat("big")[6] > 5 * {BLOCK_SIZE}, open("big", "rb").read() == pattern * 100)
with open("big", "rb") as file:
    file.seek(50 * 251 + 7)
    print(file.read(3))
""")
    assert lines == ["True True", "b'\\x07\\x08\\t'"]


RESETS = """
import machine
if machine.reset_cause() == machine.PWRON_RESET:
    closed, synced, unsynced = open("closed", "w"), open("synced", "w"), open("unsynced", "w")
    for file in (closed, synced, unsynced):
        file.write("kept")
    closed.close()
    synced.flush()
    machine.%s()
for name in ("closed", "synced", "unsynced"):
    print(name, open(name).read())
"""


def test_over_a_hard_reset_only_what_was_closed_or_flushed_is_kept():
    shown = BoardBench({"main.py": RESETS % "reset"}).run()
    assert "closed kept\r\nsynced kept\r\nunsynced \r\n" in shown


def test_a_soft_reset_closes_what_is_open():
    shown = BoardBench({"main.py": RESETS % "soft_reset"}).run()
    assert "closed kept\r\nsynced kept\r\nunsynced kept\r\n" in shown


def test_files_left_open_over_many_soft_resets_do_no_harm():
    """LittleFS keeps a list of open handles in memory: handles that vanish would break it."""
    bench = BoardBench(
        {
            "main.py": "import machine, os\nprint(len(os.listdir()))\n"
            "file = open('f%d' % len(os.listdir()), 'w')\nfile.write('x' * 500)\n"
            "if len(os.listdir()) < 30:\n    machine.soft_reset()\n"
        }
    )
    assert "\r\n29\r\n" in bench.run(5)
    volume = mounted(bench)
    assert {len(volume.open(f"f{n}", "rb").read()) for n in range(1, 29)} == {500}


def test_power_off_loses_what_was_not_flushed():
    bench = BoardBench(
        {
            "main.py": "file = open('f', 'w')\nfile.write('lost')\nwhile True:\n    pass\n".replace(
                "pass", "__import__('time').sleep(1)"
            )
        }
    )
    bench.run()
    assert mounted(bench).open("f").read() == ""


def test_a_full_file_system():
    lines = run_main("""
import os
free = os.statvfs("/")[3]
try:
    with open("big", "wb") as file:
        for written in range(1000):
            file.write(bytes(4096))
            file.flush()
except OSError as error:
    print(error.errno, written in (free - 1, free - 2, free - 3), os.statvfs("/")[3] < 3)
os.remove("big")
with open("small", "w") as file:
    file.write("fits again")
print(open("small").read(), os.statvfs("/")[3] in (free, free - 1))
""")
    assert lines == [f"{ENOSPC} True True", "fits again True"]


def test_a_soft_reset_goes_on_when_an_open_file_cannot_be_written_back(monkeypatch):
    close = LittleFsFile.close

    def close_without_room(file):
        close(file)
        raise OSError(ENOSPC)

    monkeypatch.setattr(LittleFsFile, "close", close_without_room)
    assert "MPY: soft reboot\r\nclosed kept\r\n" in BoardBench({"main.py": RESETS % "soft_reset"}).run()


def test_a_blank_partition_is_formatted():
    bench = BoardBench()
    bench.type_at(0.5, b"import os; print(os.listdir())\r")
    shown = bench.run()
    assert "Performing initial setup\r\n" in shown
    assert "\r\n['boot.py']\r\n" in shown
    assert bench.reports == [
        "partition vfs is blank: MicroPython formats it; there is no firmware on it",
        "MicroPython starts",
    ]
    assert "initial setup" not in bench.run()


def test_a_corrupt_partition_is_left_alone():
    bench = BoardBench({"main.py": "print('hello')"})
    bench.flash.program(bench.vfs.offset, bytes(2 * BLOCK_SIZE))
    before = bench.flash.read(bench.vfs.offset, bench.vfs.size)
    shown = bench.run(7)
    assert shown.count("The filesystem appears to be corrupted") == 3  # every three seconds
    assert "hello" not in shown
    assert bench.reports == ["the file system in partition vfs is corrupt"]
    assert bench.flash.read(bench.vfs.offset, bench.vfs.size) == before


def test_one_corrupt_copy_of_the_superblock_is_no_loss():
    bench = BoardBench({"main.py": "print('hello')"})
    bench.flash.program(bench.vfs.offset, bytes(BLOCK_SIZE))
    assert printed(bench.run()) == ["hello"]


def test_images_are_repeatable_and_hold_their_files():
    files = {"main.py": b"x" * 5000, "lib/a/b.py": b"", "lib/c.py": b"c"}
    image = make_image(files, 64 * BLOCK_SIZE)
    assert make_image(dict(reversed(files.items())), 64 * BLOCK_SIZE) == image
    bench = BoardBench()
    bench.flash.program(bench.vfs.offset, image)
    volume = open_volume(bench.flash, bench.vfs.offset, 64 * BLOCK_SIZE)
    found = mount_or_format(volume, pytest.fail, pytest.fail, pytest.fail)
    assert found.listdir("lib") == [("a", True), ("c.py", False)]
    assert {name: volume.open(name, "rb").read() for name in files} == files
