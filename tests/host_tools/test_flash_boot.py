import pytest

from host_tools.chips import chips
from host_tools.images.partitions import build_table, micropython_table
from host_tools.images.standin import PROJECT, standin_app, standin_bootloader
from host_tools.simulator.boot import boot, download_console
from host_tools.simulator.flash import NorFlash

FLASH_SIZE = 4 << 20
S3 = chips()["esp32s3"]


def flashed(chip, flash_size=FLASH_SIZE):
    flash = NorFlash(flash_size)
    flash.program(chip.bootloader_offset, standin_bootloader(chip, flash_size))
    flash.program(0x8000, build_table(micropython_table(flash_size)))
    flash.program(0x10000, standin_app(chip, "1.27.0", flash_size))
    return flash


@pytest.mark.parametrize("name", chips())
def test_a_good_flash_boots(name):
    result = boot(flashed(chips()[name]), chips()[name])
    assert result.ok and result.failure == ""
    assert (result.app.project, result.app.version) == (PROJECT, "1.27.0")
    assert result.partitions == micropython_table(FLASH_SIZE)
    assert b" E (" not in result.console


def test_console_of_a_good_boot():
    lines = boot(flashed(S3), S3, "software").console.decode().split("\r\n")
    assert lines[:4] == [
        "ESP-ROM:esp32s3-20210327",
        "Build:Mar 27 2021",
        "rst:0xc (RTC_SW_CPU_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)",
        "SPIWP:0xee",
    ]
    assert lines[-2].startswith("entry 0x403")
    assert lines[-1] == ""


@pytest.mark.parametrize("name", chips())
def test_blank_flash(name):
    chip = chips()[name]
    result = boot(NorFlash(FLASH_SIZE), chip)
    assert not result.ok
    assert result.failure == f"flash is blank: no bootloader at 0x{chip.bootloader_offset:x}"
    assert result.console.count(b"invalid header: 0xffffffff\r\n") == 8


def damage(flash, address):
    """Clear the lowest set bit of the word there."""
    word = int.from_bytes(flash.read(address, 4), "little")
    flash.program(address, (word & (word - 1)).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("address", "failure", "console"),
    [
        (0x0, "no bootloader at 0x0", "invalid header: 0x"),
        (0x20, "bootloader at 0x0: the image is damaged", "Checksum failure. Calculated 0x"),
        (0x8000, "row 0 of the partition table", "flash_parts: partition 0 invalid magic number 0x"),
        (
            0x8008,
            "MD5 does not match",
            "E (50) flash_parts: Incorrect MD5 checksum\r\nE (55) boot: Failed to verify",
        ),
        (0x10000, "application at 0x10000: not an ESP image", "invalid magic byte"),
        (
            0x10020,
            "application at 0x10000: the image is damaged",
            "esp_image: Checksum failed. Calculated 0x",
        ),
    ],
)
def test_damage(address, failure, console):
    flash = flashed(S3)
    damage(flash, address)
    result = boot(flash, S3)
    assert not result.ok
    assert failure in result.failure
    assert console in result.console.decode()


def test_a_bad_application_ends_in_no_bootable_partition():
    flash = flashed(S3)
    damage(flash, 0x10020)
    assert boot(flash, S3).console.decode().splitlines()[-2:] == [
        "E (55) boot: Factory app partition is not bootable",
        "E (60) boot: No bootable app partitions in the partition table",
    ]


def test_an_application_for_another_chip():
    flash = flashed(S3)
    flash.erase(0x10000, 0x1000)
    flash.program(0x10000, standin_app(chips()["esp32c3"], "1.27.0", FLASH_SIZE))
    result = boot(flash, S3)
    assert result.failure == "application at 0x10000: the image is for an ESP32-C3, the chip is an ESP32-S3"
    assert b"boot_comm: mismatch chip ID, expected 9, found 5" in result.console


def test_no_partition_table():
    flash = flashed(S3)
    flash.erase(0x8000, 0x1000)
    result = boot(flash, S3)
    assert result.failure == "no application in the partition table at 0x8000"


def test_the_bootloader_header_limits_the_partitions():
    flash = flashed(S3, 8 << 20)
    flash.erase(0, 0x1000)
    flash.program(0, standin_bootloader(S3, 4 << 20))
    result = boot(flash, S3)
    assert result.failure == 'partition "vfs" ends at 0x800000, the flash at 0x400000'
    assert (
        b"partition 3 invalid - offset 0x200000 size 0x600000 exceeds flash chip size 0x400000"
        in result.console
    )


def test_download_mode_says_so():
    assert download_console(S3).endswith(b"boot:0x0 (DOWNLOAD(USB/UART0))\r\nwaiting for download\r\n")
