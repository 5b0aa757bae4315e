"""Stand-in images: a bootloader and a MicroPython for simulated chips, where no official image is needed.

They are images in the real format, so that esptool and the bootloader's checks treat them as such,
but they hold no program.  The simulator brings its own MicroPython; a real chip would not start.
"""

from host_tools.chips import Chip
from host_tools.images.esp_image import HEADER, SEGMENT, Segment, app_description, build_image

PROJECT = "micropython-standin"
BOOTLOADER_NOTE = b"citynode stand-in bootloader, for simulated chips only"
APP_NOTE = b"citynode stand-in for MicroPython, for simulated chips only"


def standin_bootloader(chip: Chip, flash_size: int) -> bytes:
    """A bootloader image for `chip`; `flash_size` (bytes) limits what the partition table may use."""
    segments = [Segment(chip.dram.start, BOOTLOADER_NOTE), Segment(chip.iram.start, bytes(16))]
    return build_image(chip, segments, chip.iram.start, flash_size)


def standin_app(chip: Chip, version: str, flash_size: int) -> bytes:
    """An application image for `chip` that calls itself `PROJECT`, of MicroPython `version`."""
    # A mapped segment's address and its place in flash agree in the low 16 bits (64 KiB MMU pages).
    mapped_at = chip.drom.start + HEADER.size + SEGMENT.size
    segments = [
        Segment(mapped_at, app_description(PROJECT, version) + APP_NOTE),
        Segment(chip.iram.start, bytes(16)),
    ]
    return build_image(chip, segments, chip.iram.start, flash_size)
