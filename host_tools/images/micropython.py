"""The store of official MicroPython images behind `citynode micropython add FILE`.

One image a chip.  An official image is the `.bin` that micropython.org offers for a board: bootloader,
partition table and application in one file, which begins at the chip's bootloader offset.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from platformdirs import user_data_path

from host_tools.chips import Chip, chips
from host_tools.images import standin
from host_tools.images.esp_image import ImageError, check_image, chip_of
from host_tools.images.partitions import (
    TABLE_LENGTH,
    TABLE_OFFSET,
    Partition,
    PartitionError,
    parse_table,
)

WANTED = "wanted is the .bin that micropython.org/download offers for the board, not an .app-bin or .uf2"
OLDEST = (1, 23)  # the first with .mpy format 6.3, which mpy-cross makes
BANNER = re.compile(rb"MicroPython v(\d[^\0 ]*) on \d{4}-")

Part = tuple[int, bytes, str]  # flash offset, content, name


@dataclass(frozen=True)
class Record:
    """One stored image; `path` is the store's copy."""

    chip: str
    version: str
    file_name: str
    sha256: str
    path: Path

    def parts(self) -> list[Part]:
        """What to write to flash, in the order of its place there."""
        return split(self.path.read_bytes(), chips()[self.chip])


def add(file: Path, store_dir: Path | None = None) -> Record:
    """Check an official image and keep a copy, in place of an older one for the same chip."""
    data = file.read_bytes()
    chip = chip_of(data)
    if chip is None:
        raise ImageError(f"{file.name} is not an ESP image for a chip that citynode knows; {WANTED}")
    try:
        app = split(data, chip)[-1][1]
        version = _version(app, chip)
        _refuse_old(version)
    except (ImageError, PartitionError) as error:
        raise ImageError(f"{file.name}: {error}") from error
    folder = store_dir or default_store()
    folder.mkdir(parents=True, exist_ok=True)
    record = Record(
        chip.name, version, file.name, hashlib.sha256(data).hexdigest(), folder / f"{chip.name}.bin"
    )
    record.path.write_bytes(data)
    facts = {name: value for name, value in asdict(record).items() if name != "path"}
    record.path.with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return record


def find(chip: str, store_dir: Path | None = None) -> Record | None:
    """The stored image for a chip, or None; an image that changed since it was added is an ImageError."""
    path = (store_dir or default_store()) / f"{chip}.bin"
    facts_path = path.with_suffix(".json")
    if not path.exists() or not facts_path.exists():
        return None
    try:
        record = Record(**json.loads(facts_path.read_text(encoding="utf-8")), path=path)
    except (ValueError, TypeError) as error:
        raise ImageError(f"{facts_path} is damaged ({error}); add the image again") from error
    if hashlib.sha256(path.read_bytes()).hexdigest() != record.sha256:
        raise ImageError(f"{path} has changed since it was added; add {record.file_name} again")
    return record


def split(data: bytes, chip: Chip) -> list[Part]:
    """Bootloader, partition table and application of a combined image, each checked."""
    first = check_image(data, chip)
    _refuse_standin(first.project)
    if first.project:
        raise ImageError(f"this is an application without bootloader and partition table; {WANTED}")
    table_at = TABLE_OFFSET - chip.bootloader_offset
    table = data[table_at : table_at + TABLE_LENGTH]
    if len(table) < TABLE_LENGTH:
        raise ImageError(f"the file ends before the partition table at flash 0x{TABLE_OFFSET:x}; {WANTED}")
    factory = _app_partition(parse_table(table, first.flash_size))
    app = data[factory.offset - chip.bootloader_offset :]
    if len(app) > factory.size:
        raise ImageError(f"the application is larger than its partition of 0x{factory.size:x} bytes")
    _refuse_standin(check_image(app, chip).project)
    return [
        (chip.bootloader_offset, data[: first.length], "bootloader"),
        (TABLE_OFFSET, table, "partition table"),
        (factory.offset, app, "MicroPython"),
    ]


def default_store() -> Path:
    return user_data_path("citynode") / "micropython"


def _app_partition(table: list[Partition]) -> Partition:
    apps = [row for row in table if row.type == "app"]
    if not apps:
        raise ImageError(f"the partition table has no application; {WANTED}")
    return apps[0]


def _refuse_standin(project: str) -> None:
    if project == standin.PROJECT:
        raise ImageError(f"this is citynode's stand-in for simulated chips, not MicroPython; {WANTED}")


def _refuse_old(version: str) -> None:
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if not numbers or (int(numbers[1]), int(numbers[2])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ImageError(f"MicroPython {version} cannot load our .mpy files; {oldest} and later can")


def _version(app: bytes, chip: Chip) -> str:
    banner = BANNER.search(app)
    if banner:
        return banner[1].decode(errors="replace")
    info = check_image(app, chip)
    if info.project != "micropython":
        raise ImageError(f'the application is "{info.project}", not MicroPython; {WANTED}')
    return info.version.removeprefix("v")
