"""`esp32.NVS` and `esp32.Partition` in the VM."""

import textwrap

import pytest

from host_tools.images.partitions import Partition
from host_tools.simulator.chip.nvs import COMMIT, FRAME, GET_I32, SET_BLOB, SET_I32, Nvs
from host_tools.simulator.flash import NorFlash
from tests.host_tools.board_bench import BoardBench, printed, run_main

PREAMBLE = "import machine\nfrom esp32 import NVS, Partition\n"
ATTEMPT = "try:\n    {}\nexcept OSError as error:\n    print(error)\n"


def main(source):
    return PREAMBLE + textwrap.dedent(source)


def test_what_is_committed_survives_a_reset_power_off_and_a_new_file_system():
    bench = BoardBench(
        {
            "main.py": main("""
                nvs = NVS("node")
                nvs.set_i32("boots", -2_000_000_000)
                nvs.set_blob("key", b"abc")
                nvs.commit()
                NVS("other").set_i32("boots", 7)
                machine.reset() if machine.reset_cause() == machine.PWRON_RESET else None
            """)
        }
    )
    bench.run()
    reads = main("""
        nvs, buffer = NVS("node"), bytearray(8)
        print(nvs.get_i32("boots"), nvs.get_blob("key", buffer), buffer)
        nvs.erase_key("boots")
        nvs.commit()
    """)
    bench.load({"main.py": reads + ATTEMPT.format("NVS('other').get_i32('boots')")})
    output = printed(bench.run())
    assert output[0] == "-2000000000 3 bytearray(b'abc\\x00\\x00\\x00\\x00\\x00')"
    assert output[1] == "(-4354, 'ESP_ERR_NVS_NOT_FOUND')"
    assert "ESP_ERR_NVS_NOT_FOUND" in printed(bench.run())[-1]


def test_uncommitted_values_are_seen_by_all_and_lost_at_a_reset():
    source = """
    nvs = NVS("a")
    if machine.reset_cause() == machine.PWRON_RESET:
        nvs.set_i32("x", 1)
        print(NVS("a").get_i32("x"))
        machine.reset()
    nvs.get_i32("x")
    """
    bench = BoardBench({"main.py": main(source)})
    first, second = bench.run().split("ESP-ROM:")[1:]
    assert printed(first) == ["1"]
    assert "ESP_ERR_NVS_NOT_FOUND" in printed(second)[-1]


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("NVS('a').get_blob('x', bytearray(1))", "NOT_FOUND"),
        ("NVS('a').erase_key('x')", "NOT_FOUND"),
        ("NVS('a').set_i32('sixteen_letters_', 1)", "KEY_TOO_LONG"),
        ("NVS('sixteen_letters_')", "KEY_TOO_LONG"),
        ("n = NVS('a'); n.set_i32('x', 1); n.get_blob('x', bytearray(9))", "TYPE_MISMATCH"),
        ("n = NVS('a'); n.set_blob('x', b'abc'); n.get_blob('x', bytearray(2))", "INVALID_LENGTH"),
        ("n = NVS('a'); n.set_blob('x', bytes(13000)); n.commit()", "NOT_ENOUGH_SPACE"),
    ],
)
def test_nvs_errors(statement, name):
    (line,) = run_main(PREAMBLE + ATTEMPT.format(statement))
    assert line.endswith(f"ESP_ERR_NVS_{name}')") and line.startswith("(-4")


def test_a_key_of_fifteen_characters_is_allowed():
    source = "n = NVS('a')\nn.set_i32('fifteen_letters', 3)\nprint(n.get_i32('fifteen_letters'))"
    assert run_main(PREAMBLE + source) == ["3"]


def test_a_broken_half_leaves_the_commit_before():
    flash, partition = NorFlash(0x10000), Partition("nvs", "data", "nvs", 0x9000, 0x6000)

    def do(nvs, operation, number=0, data=b""):
        return FRAME.unpack_from(nvs.call(FRAME.pack(operation, number, b"space", b"key") + data))[:2]

    nvs = Nvs(flash, partition)
    for value in (1, 2):
        do(nvs, SET_I32, value)
        do(nvs, COMMIT)
    newest = max((0x9000, 0xC000), key=lambda offset: flash.read(offset + 4, 4))
    assert do(Nvs(flash, partition), GET_I32) == (0, 2)
    flash.program(newest + 17, bytes(8))
    assert do(Nvs(flash, partition), GET_I32) == (0, 1)


def test_an_unchanged_commit_does_not_wear_the_flash():
    flash, partition = NorFlash(0x10000), Partition("nvs", "data", "nvs", 0x9000, 0x6000)
    nvs = Nvs(flash, partition)
    for _ in range(3):
        nvs.call(FRAME.pack(SET_BLOB, 0, b"space", b"key") + b"same")
        nvs.call(FRAME.pack(COMMIT, 0, b"", b""))
    assert sum(flash.wear) == 3  # one half


# --- partitions


def test_partitions_are_those_of_the_table():
    source = """
    print(Partition(Partition.RUNNING).info())
    print([p.info()[4] for p in Partition.find(Partition.TYPE_DATA)])
    print([p.info()[2] for p in Partition.find(Partition.TYPE_DATA, label="vfs")])
    print(Partition.find(Partition.TYPE_DATA, 0x83))
    vfs = Partition("vfs")
    print(vfs.ioctl(4, 0), vfs.ioctl(5, 0))
    """
    assert run_main(main(source)) == [
        "(0, 0, 65536, 2031616, 'factory', False)",
        "['nvs', 'phy_init', 'vfs']",
        "[2097152]",
        "[]",
        "512 4096",
    ]


def test_blocks():
    source = """
    p = Partition("phy_init")
    p.writeblocks(0, bytes(range(256)) * 16)
    buffer = bytearray(4)
    p.readblocks(0, buffer, 8)
    print(buffer)
    p.writeblocks(0, b"\\xff\\x00\\x0f", 8)
    p.readblocks(0, buffer, 8)
    print(buffer)
    p.ioctl(6, 0)
    p.readblocks(0, buffer)
    print(buffer)
    """
    lines = run_main(main(source) + ATTEMPT.format("p.readblocks(1, buffer)"))
    assert lines[0] == "bytearray(b'\\x08\\t\\n\\x0b')"
    assert lines[1] == "bytearray(b'\\x08\\x00\\n\\x0b')"
    assert lines[2] == "bytearray(b'\\xff\\xff\\xff\\xff')"
    assert "ESP_ERR_INVALID_SIZE" in lines[3]
    assert "2" in run_main(PREAMBLE + ATTEMPT.format("Partition('none')"))[0]
