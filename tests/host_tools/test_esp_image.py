import subprocess
import sys

import pytest
from esptool.bin_image import LoadFirmwareImage

from host_tools.chips import chips
from host_tools.images.esp_image import (
    HEADER,
    ChecksumError,
    DigestError,
    ImageError,
    Segment,
    build_image,
    check_image,
    chip_of,
    xor_checksum,
)
from host_tools.images.standin import PROJECT, standin_app, standin_bootloader

S3 = chips()["esp32s3"]
FLASH_SIZE = 8 << 20


def small_image() -> bytes:
    return build_image(
        S3, [Segment(S3.dram.start, b"abc"), Segment(S3.iram.start, b"12345678")], 0x40370000, FLASH_SIZE
    )


@pytest.mark.parametrize("name", chips())
def test_what_is_built_is_read_back(name):
    chip = chips()[name]
    info = check_image(standin_app(chip, "1.27.0", FLASH_SIZE), chip)
    assert (info.project, info.version, info.flash_size) == (PROJECT, "1.27.0", FLASH_SIZE)
    assert [segment.load_address for segment in info.segments] == [chip.drom.start + 0x20, chip.iram.start]
    assert check_image(standin_bootloader(chip, FLASH_SIZE), chip).project == ""


@pytest.mark.parametrize("name", chips())
def test_esptool_reads_the_same(name):
    chip = chips()[name]
    for image in (standin_app(chip, "1.27.0", FLASH_SIZE), standin_bootloader(chip, FLASH_SIZE)):
        theirs = LoadFirmwareImage(name, image)
        assert theirs.chip_id == chip.image_chip_id
        assert theirs.checksum == theirs.calculate_checksum()
        assert theirs.stored_digest == theirs.calc_digest
        assert [s.data for s in theirs.segments] == [s.data for s in check_image(image, chip).segments]


def test_esptool_names_the_standin(tmp_path):
    file = tmp_path / "app.bin"
    file.write_bytes(standin_app(S3, "1.27.0", FLASH_SIZE))
    shown = subprocess.run(
        [sys.executable, "-m", "esptool", "image-info", file], capture_output=True, text=True, check=True
    ).stdout
    for line in ("Detected image type: ESP32-S3", "Flash size: 8MB", "(valid)", f"Project name: {PROJECT}"):
        assert line in shown


def test_segments_are_padded_to_words_and_what_follows_is_ignored():
    info = check_image(small_image() + b"\xff" * 100, S3)
    assert [segment.data for segment in info.segments] == [b"abc\0", b"12345678"]
    assert info.length == len(small_image())


def test_every_changed_byte_is_noticed():
    image = small_image()
    says_that_a_digest_follows = HEADER.size - 1  # cleared, it makes an image without one: valid, too
    for position in set(range(len(image))) - {says_that_a_digest_follows}:
        damaged = bytearray(image)
        damaged[position] ^= 0x01
        with pytest.raises(ImageError):
            check_image(damaged, S3)


def test_every_cut_is_noticed():
    image = small_image()
    for length in range(len(image)):
        with pytest.raises(ImageError, match="cut off"):
            check_image(image[:length], S3)


def test_checksum_and_digest_are_told_apart():
    image = bytearray(small_image())
    data_at = HEADER.size + 8
    image[data_at] ^= 0x10
    with pytest.raises(ChecksumError, match="checksum"):
        check_image(image, S3)
    image[data_at + 1] ^= 0x10  # the XOR is right again
    with pytest.raises(DigestError, match="SHA-256"):
        check_image(image, S3)


def test_another_chip_is_named():
    with pytest.raises(ImageError, match="for an ESP32-S3, the chip is an ESP32-C3"):
        check_image(small_image(), chips()["esp32c3"])
    unknown = bytearray(small_image())
    unknown[12] = 77
    with pytest.raises(ImageError, match=r"unknown chip \(id 77\)"):
        check_image(unknown, S3)


def test_chip_of():
    assert chip_of(small_image()) is S3
    assert chip_of(b"\x7fELF" + bytes(100)) is None
    assert chip_of(b"\xe9") is None


def test_xor_checksum():
    assert xor_checksum(b"") == 0xEF
    assert xor_checksum(b"\x01\x02\x04") == 0xEF ^ 0x07
