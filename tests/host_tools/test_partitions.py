import hashlib

import pytest

from host_tools.images.partitions import (
    TABLE_LENGTH,
    Partition,
    PartitionError,
    build_table,
    micropython_table,
    parse_table,
    vfs_partition,
)

FLASH_SIZE = 8 << 20
STOCK = micropython_table(FLASH_SIZE)


def test_stock_table_round_trip():
    data = build_table(STOCK)
    assert len(data) == TABLE_LENGTH
    assert parse_table(data, FLASH_SIZE) == STOCK
    assert STOCK[-1] == Partition("vfs", "data", "fat", 0x200000, 0x600000)


def test_bytes_are_as_in_esp_idf():
    data = build_table(STOCK)
    assert data[:32].hex() == "aa50010200900000006000006e76730000000000000000000000000000000000"
    assert data[64:96].hex() == "aa50000000000100 00001f00 666163746f7279000000000000000000 00000000".replace(
        " ", ""
    )
    assert data[128:160] == b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(data[:128]).digest()
    assert set(data[160:]) == {0xFF}


def test_a_changed_row_breaks_the_md5():
    data = bytearray(build_table(STOCK))
    data[40] ^= 0x10
    with pytest.raises(PartitionError, match="MD5") as caught:
        parse_table(data, FLASH_SIZE)
    assert caught.value.console == "flash_parts: Incorrect MD5 checksum"


def test_bad_magic_and_missing_end():
    data = bytearray(build_table(STOCK))
    data[33] = 0
    with pytest.raises(PartitionError, match="row 1 of the partition table begins with 0x00aa"):
        parse_table(data, FLASH_SIZE)
    with pytest.raises(PartitionError, match="no end"):
        parse_table(build_table(STOCK)[:128], FLASH_SIZE)


def test_a_table_for_a_larger_flash_is_refused():
    with pytest.raises(PartitionError, match='"vfs" ends at 0x800000, the flash at 0x400000'):
        parse_table(build_table(STOCK), 4 << 20)


def test_a_blank_table_has_no_rows():
    assert parse_table(b"\xff" * TABLE_LENGTH, FLASH_SIZE) == []


def test_a_table_without_md5_is_accepted_as_the_bootloader_does():
    rows = build_table(STOCK)[:128]
    assert parse_table(rows.ljust(TABLE_LENGTH, b"\xff"), FLASH_SIZE) == STOCK


def test_unknown_types_keep_their_numbers():
    row = bytearray(build_table(STOCK)[:32])
    row[2:4] = b"\x40\x07"
    (found,) = parse_table(bytes(row).ljust(TABLE_LENGTH, b"\xff"), FLASH_SIZE)
    assert (found.type, found.subtype) == ("0x40", "0x07")


def test_the_file_system_of_a_table_without_a_row_for_it():
    assert vfs_partition(STOCK, FLASH_SIZE) == STOCK[-1]
    assert vfs_partition(STOCK[:-1], FLASH_SIZE) == STOCK[-1]
    with pytest.raises(PartitionError, match="no room"):
        vfs_partition(STOCK[:-1], 0x200000)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (Partition("app", "app", "factory", 0x11000, 0x1000), "misaligned"),
        (Partition("data", "data", "nvs", 0x9000, 0x123), "misaligned"),
        (Partition("data", "data", "nvs", 0x9000, 0), "empty"),
        (Partition("data", "data", "nvs", 0x8000, 0x1000), "overlaps"),
        (Partition("seventeen_letters", "data", "nvs", 0x9000, 0x1000), "longer than 16"),
    ],
)
def test_layouts_that_cannot_work(row, problem):
    with pytest.raises(PartitionError, match=problem):
        build_table([row])
