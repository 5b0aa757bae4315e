"""ESP application images: what the ROM and the second-stage bootloader load from flash.

Format: esptool documentation "Firmware Image Format", ESP-IDF documentation "App Image Format".
"""

import hashlib
import struct
from dataclasses import dataclass

import numpy

from host_tools.chips import Chip, chips

MAGIC = 0xE9
CHECKSUM_SEED = 0xEF
MAX_SEGMENTS = 16
DIGEST_LENGTH = 32
FLASH_MODE_DIO = 2
ANY_REVISION = 0xFFFF

# magic, segments, flash mode, flash size and frequency, entry point; then the extended header:
# WP pin (0xEE: not used), 3 bytes of pin drive, chip id, old minimum revision, minimum and
# maximum revision (major * 100 + minor), 4 reserved bytes, "a SHA-256 follows"
HEADER = struct.Struct("<BBBBI B3xHBHH4xB")
SEGMENT = struct.Struct("<II")  # load address, length

# magic, secure version, 8 reserved, version, project, time, date, ESP-IDF version, ELF's SHA-256;
# the structure goes on to 256 bytes with fields that are not needed here
APP_DESCRIPTION = struct.Struct("<II8x32s32s16s16s32s32s")
APP_DESCRIPTION_MAGIC = 0xABCD5432
APP_DESCRIPTION_LENGTH = 256


class ImageError(ValueError):
    """Bytes that should be an image for a chip are not; the message names what is wrong.

    `console` is what ESP-IDF's bootloader prints about such an application.
    """

    def __init__(self, message: str, console: str = ""):
        super().__init__(message)
        self.console = console


class ChecksumError(ImageError):
    def __init__(self, calculated: int, stored: int):
        self.calculated, self.stored = calculated, stored
        super().__init__(
            f"the image is damaged: checksum 0x{calculated:02x}, stored 0x{stored:02x}",
            f"esp_image: Checksum failed. Calculated 0x{calculated:x} read 0x{stored:x}",
        )


class DigestError(ImageError):
    def __init__(self) -> None:
        super().__init__(
            "the image is damaged: its SHA-256 does not match",
            "esp_image: Image hash failed - image is corrupt",
        )


@dataclass(frozen=True)
class Segment:
    load_address: int
    data: bytes


@dataclass(frozen=True)
class ImageInfo:
    """A checked image."""

    length: int  # of the image, with checksum and digest; what follows it in flash is not counted
    segments: tuple[Segment, ...]
    entry: int
    flash_size: int  # what the header tells the bootloader that the chip has
    project: str = ""  # from the application descriptor; empty in bootloaders
    version: str = ""


def xor_checksum(data: bytes) -> int:
    """The one-byte checksum of images and of the serial protocol's data."""
    return CHECKSUM_SEED ^ int(numpy.bitwise_xor.reduce(numpy.frombuffer(data, numpy.uint8)))


def build_image(chip: Chip, segments: list[Segment], entry: int, flash_size: int) -> bytes:
    """An image with checksum and digest; segment data is padded to whole words."""
    size_code = (flash_size >> 20).bit_length() - 1  # 1 MiB is 0, every doubling one more
    image = bytearray(
        HEADER.pack(
            *(MAGIC, len(segments), FLASH_MODE_DIO, size_code << 4, entry),
            *(0xEE, chip.image_chip_id, 0, 0, ANY_REVISION, 1),
        )
    )
    content = b""
    for segment in segments:
        data = segment.data + bytes(-len(segment.data) % 4)
        content += data
        image += SEGMENT.pack(segment.load_address, len(data)) + data
    image += bytes(15 - len(image) % 16)  # so that the checksum ends a 16-byte line
    image.append(xor_checksum(content))
    return bytes(image + hashlib.sha256(image).digest())


def app_description(project: str, version: str) -> bytes:
    """An `esp_app_desc_t`; it begins the first segment of every application."""
    packed = APP_DESCRIPTION.pack(
        *(APP_DESCRIPTION_MAGIC, 0, version.encode(), project.encode(), b"", b"", b"", bytes(32))
    )
    return packed.ljust(APP_DESCRIPTION_LENGTH, b"\0")


def check_image(data: bytes, chip: Chip) -> ImageInfo:
    """Check all of an image: header, chip, segments, checksum, digest.  Bytes after it are ignored."""
    magic, count, _mode, size_and_frequency, entry, _wp, chip_id, _rev, _min, _max, has_digest = _header(data)
    if magic != MAGIC:
        raise ImageError(
            f"not an ESP image: it begins with 0x{magic:02x}, not 0x{MAGIC:02x}",
            "esp_image: image has invalid magic byte (nothing flashed here?)",
        )
    if chip_id != chip.image_chip_id:
        raise ImageError(
            f"the image is for {_title(chip_id)}, the chip is an {chip.title}",
            f"boot_comm: mismatch chip ID, expected {chip.image_chip_id}, found {chip_id}",
        )
    if not 0 < count <= MAX_SEGMENTS:
        raise _damaged(f"has {count} segments, 1 to {MAX_SEGMENTS} are allowed")
    segments, position = _segments(data, count)
    end = position + 16 - position % 16
    length = end + DIGEST_LENGTH * has_digest
    if len(data) < length:
        raise _damaged(f"is cut off: {len(data)} of {length} bytes")
    calculated = xor_checksum(b"".join(segment.data for segment in segments))
    if calculated != data[end - 1]:
        raise ChecksumError(calculated, data[end - 1])
    if has_digest and hashlib.sha256(data[:end]).digest() != data[end:length]:
        raise DigestError
    project, version = _description(segments[0].data)
    return ImageInfo(length, segments, entry, 0x100000 << (size_and_frequency >> 4), project, version)


def chip_of(data: bytes) -> Chip | None:
    """The chip that an image's header names, or None if this is no image for a chip we know."""
    if len(data) < HEADER.size or data[0] != MAGIC:
        return None
    chip_id = HEADER.unpack_from(data)[6]
    return next((chip for chip in chips().values() if chip.image_chip_id == chip_id), None)


def _header(data: bytes) -> tuple:
    if len(data) < HEADER.size:
        raise _damaged(f"is cut off: {len(data)} bytes are too few for a header")
    return HEADER.unpack_from(data)


def _segments(data: bytes, count: int) -> tuple[tuple[Segment, ...], int]:
    """The segments, and where they end."""
    segments = []
    position = HEADER.size
    for number in range(count):
        if position + SEGMENT.size > len(data):
            raise _damaged(f"is cut off: segment {number} of {count} is missing")
        address, length = SEGMENT.unpack_from(data, position)
        position += SEGMENT.size
        if position + length > len(data):
            raise _damaged(f"is cut off: segment {number} needs {length} bytes")
        segments.append(Segment(address, bytes(data[position : position + length])))
        position += length
    return tuple(segments), position


def _description(data: bytes) -> tuple[str, str]:
    """(project, version) of an application's first segment; empty strings if it has none."""
    if len(data) < APP_DESCRIPTION_LENGTH:
        return "", ""
    magic, _secure, version, project, *_rest = APP_DESCRIPTION.unpack_from(data)
    return (_text(project), _text(version)) if magic == APP_DESCRIPTION_MAGIC else ("", "")


def _damaged(what: str) -> ImageError:
    return ImageError(f"the image {what}", "esp_image: invalid segment length")


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode(errors="replace")


def _title(chip_id: int) -> str:
    names = [chip.title for chip in chips().values() if chip.image_chip_id == chip_id]
    return f"an {names[0]}" if names else f"an unknown chip (id {chip_id})"
