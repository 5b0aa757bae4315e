"""A bundle: the four images that a board's flash must hold, and the manifest that describes them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, NonNegativeInt, ValidationError

from host_tools.boards import Board, schemas_with, table_of
from host_tools.build.firmware_files import firmware_files
from host_tools.chips import Chip, chips
from host_tools.images import micropython, partitions, standin
from host_tools.images.esp_image import DIGEST_LENGTH
from host_tools.littlefs_volume import make_image
from host_tools.simulator.vm import fetch

MANIFEST = "manifest.json"
STAND_IN = "stand-in"
# In an image's header (esptool documentation "Firmware Image Format"): the size's code is the byte's
# upper half, 1 MiB is 0 and every doubling one more; the flag says that a SHA-256 ends the image.
FLASH_SIZE_AT, DIGEST_FLAG_AT = 3, 23


class BundleError(ValueError):
    """A bundle cannot be used; the text says which file and why, `hint` what to do."""

    def __init__(self, message: str, hint: str):
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Part:
    name: str
    offset: int  # in flash
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Bundle:
    board: str
    chip: str
    flash_size: str
    schema_id: int
    micropython: str  # version of the official image, or "stand-in"
    parts: tuple[Part, ...]

    @property
    def simulated_only(self) -> bool:
        """A stand-in runs on no real chip."""
        return self.micropython == STAND_IN

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for part in self.parts:
            (folder / f"{part.name}.bin").write_bytes(part.data)
        (folder / MANIFEST).write_text(json.dumps(self.manifest(), indent=2) + "\n", encoding="utf-8")

    def manifest(self) -> dict:
        return {
            "board": self.board,
            "chip": self.chip,
            "flash_size": self.flash_size,
            "schema_id": self.schema_id,
            "micropython": self.micropython,
            "parts": [
                {"name": p.name, "offset": p.offset, "size": len(p.data), "sha256": p.sha256}
                for p in self.parts
            ],
        }


class Entry(BaseModel):
    """What a manifest says of one part."""

    name: Literal["bootloader", "partition-table", "micropython", "vfs"]
    offset: NonNegativeInt
    size: NonNegativeInt
    sha256: str


class Manifest(BaseModel):
    board: str
    chip: str
    flash_size: str
    schema_id: int
    micropython: str
    parts: list[Entry]


def load(folder: Path) -> Bundle:
    """The bundle saved in `folder`, every image checked against the manifest.  Raises BundleError."""
    again = "Build it again with `citynode build`."
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
        images = [(folder / f"{entry.name}.bin").read_bytes() for entry in manifest.parts]
    except OSError as error:
        raise BundleError(f"{error.filename}: {error.strerror}", again) from error
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise BundleError(
            f"{folder / MANIFEST}: not a bundle's manifest: {where}: {fault['msg']}", again
        ) from error
    parts = []
    for entry, data in zip(manifest.parts, images, strict=True):
        part = Part(entry.name, entry.offset, data)
        if part.sha256 != entry.sha256:
            raise BundleError(
                f"{folder / entry.name}.bin is corrupt: its SHA-256 is not the manifest's", again
            )
        parts.append(part)
    return Bundle(**manifest.model_dump(exclude={"parts"}), parts=tuple(parts))


def build(board: Board, use_stand_in: bool = False, extra_files: Mapping[str, bytes] = {}) -> Bundle:
    """Build the board's bundle, with the official MicroPython image if one was added for its chip.

    extra_files: path on the node -> content, beside the firmware.  PointError: the board's schema id is
    that of another table, released or of another board.
    """
    schemas_with(board)  # refuses such an id
    chip = chips()[board.chip]
    table = partitions.micropython_table(board.flash_bytes)
    vfs = partitions.vfs_partition(table, board.flash_bytes)
    version, bootloader, application = _micropython(chip, board.flash_bytes, use_stand_in)
    factory = next(row for row in table if row.type == "app")
    if len(application) > factory.size:
        raise BundleError(
            f"MicroPython {version} has {len(application)} bytes, its partition {factory.size}",
            "Add another image: citynode micropython add FILE",
        )
    return Bundle(
        board=board.name,
        chip=chip.name,
        flash_size=board.flash_size,
        schema_id=table_of(board).schema_id,
        micropython=version,
        parts=(
            Part("bootloader", chip.bootloader_offset, bootloader),
            Part("partition-table", partitions.TABLE_OFFSET, partitions.build_table(table)),
            Part("micropython", factory.offset, application),
            Part("vfs", vfs.offset, make_image({**firmware_files(board), **extra_files}, vfs.size)),
        ),
    )


def _micropython(chip: Chip, flash_size: int, use_stand_in: bool) -> tuple[str, bytes, bytes]:
    """Version, bootloader image, application image."""
    record = None if use_stand_in else micropython.find(chip.name)
    if record:
        (_, bootloader, _), _, (_, application, _) = record.parts()
        return record.version, _with_flash_size(bootloader, flash_size), application
    bootloader = standin.standin_bootloader(chip, flash_size)
    return STAND_IN, bootloader, standin.standin_app(chip, fetch.VERSION, flash_size)


def _with_flash_size(bootloader: bytes, flash_size: int) -> bytes:
    """The bootloader with another flash size in its header, as `esptool --flash-size` writes it.

    The bootloader refuses partitions beyond that size; official images are made for the smallest flash.
    """
    image = bytearray(bootloader)
    size_code = (flash_size >> 20).bit_length() - 1
    image[FLASH_SIZE_AT] = size_code << 4 | image[FLASH_SIZE_AT] & 0x0F
    if image[DIGEST_FLAG_AT]:
        image[-DIGEST_LENGTH:] = hashlib.sha256(image[:-DIGEST_LENGTH]).digest()
    return bytes(image)
