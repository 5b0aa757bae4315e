import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.simulator.flash import SECTOR, FlashAddressError, NorFlash


def test_new_flash_is_erased():
    flash = NorFlash(2 * SECTOR)
    assert flash.read(0, 2 * SECTOR) == b"\xff" * 2 * SECTOR
    assert flash.wear == [0, 0]


@given(st.binary(min_size=1, max_size=64), st.binary(min_size=1, max_size=64))
def test_programming_only_clears_bits(first, second):
    flash = NorFlash(SECTOR)
    flash.program(10, first)
    flash.program(10, second)
    length = max(len(first), len(second))
    expected = bytes(
        a & b for a, b in zip(first.ljust(length, b"\xff"), second.ljust(length, b"\xff"), strict=True)
    )
    assert flash.read(10, length) == expected
    assert flash.read(0, 10) == b"\xff" * 10


def test_erasing_sets_whole_sectors_and_counts_wear():
    flash = NorFlash(4 * SECTOR)
    flash.program(0, bytes(4 * SECTOR))
    flash.erase(SECTOR, 2 * SECTOR)
    flash.erase(2 * SECTOR, SECTOR)
    assert flash.read(0, 4 * SECTOR) == bytes(SECTOR) + b"\xff" * 2 * SECTOR + bytes(SECTOR)
    assert flash.wear == [0, 1, 2, 0]


@pytest.mark.parametrize(("address", "length"), [(-1, 1), (SECTOR, 1), (0, SECTOR + 1), (4000, 97)])
def test_outside_the_flash(address, length):
    flash = NorFlash(SECTOR)
    with pytest.raises(FlashAddressError, match="outside"):
        flash.read(address, length)
    with pytest.raises(FlashAddressError, match="outside"):
        flash.program(address, bytes(length))
    assert flash.read(0, SECTOR) == b"\xff" * SECTOR


@pytest.mark.parametrize(("address", "length"), [(1, SECTOR), (0, 100)])
def test_erase_wants_sector_boundaries(address, length):
    with pytest.raises(FlashAddressError, match="sector boundaries"):
        NorFlash(2 * SECTOR).erase(address, length)


@pytest.mark.parametrize("size", [0, 100, -SECTOR])
def test_sizes_that_are_no_flash(size):
    with pytest.raises(ValueError, match="not a multiple"):
        NorFlash(size)
