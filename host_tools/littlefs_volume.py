"""The node's file system: LittleFS2 with the geometry that MicroPython's ESP32 port gives it.

The build makes an image with it, the simulator mounts it on the flash model.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from littlefs import LittleFS, UserContext

BLOCK_SIZE = 4096
IO_ERROR = -5  # LFS_ERR_IO: unlike LFS_ERR_CORRUPT, LittleFS does not try another block
# MicroPython's vfs.VfsLfs2 defaults: read and program 32 bytes, cache four of these, lookahead 32.
GEOMETRY = {
    "block_size": BLOCK_SIZE,
    "read_size": 32,
    "prog_size": 32,
    "cache_size": 128,
    "lookahead_size": 32,
    "block_cycles": 100,
}


class Flash(Protocol):
    def read(self, address: int, length: int) -> bytes: ...
    def program(self, address: int, data: bytes) -> None: ...
    def erase(self, address: int, length: int) -> None: ...


class FlashPartition(UserContext):
    """LittleFS's block device: one partition of a flash.

    What the flash raises cannot unwind LittleFS's C code: it is kept, LittleFS sees an I/O error and gives
    up, and whoever called LittleFS calls `raise_failure` afterwards.
    """

    def __init__(self, flash: Flash, offset: int):
        self._flash = flash
        self._offset = offset
        self._failure: BaseException | None = None

    def raise_failure(self) -> None:
        """Raise what the flash raised since the last call, if anything."""
        failure, self._failure = self._failure, None
        if failure:
            raise failure

    def read(self, cfg, block: int, off: int, size: int) -> bytearray:
        # The hot path: LittleFS reads some thousand times before it allocates its first block.
        try:
            return self._flash.read(self._offset + block * BLOCK_SIZE + off, size)
        except BaseException as failure:
            self._failure = failure
            return bytearray(b"\xff") * size

    def prog(self, cfg, block: int, off: int, data: bytes) -> int:
        with self._keeping_failure():
            self._flash.program(self._offset + block * BLOCK_SIZE + off, bytes(data))
        return IO_ERROR if self._failure else 0

    def erase(self, cfg, block: int) -> int:
        with self._keeping_failure():
            self._flash.erase(self._offset + block * BLOCK_SIZE, BLOCK_SIZE)
        return IO_ERROR if self._failure else 0

    def sync(self, cfg) -> int:
        return 0

    @contextmanager
    def _keeping_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException as failure:
            self._failure = failure


def open_volume(flash: Flash, offset: int, size: int) -> LittleFS:
    """The unmounted volume in `flash`; the caller mounts or formats it (both raise LittleFSError)."""
    context = FlashPartition(flash, offset)
    return LittleFS(context, mount=False, block_count=size // BLOCK_SIZE, **GEOMETRY)


def make_image(files: dict[str, bytes], size: int) -> bytes:
    """An image of `size` bytes that holds `files` (absolute path -> content); same files, same bytes."""
    context = UserContext(buffer=bytearray(b"\xff") * size)
    volume = LittleFS(context, mount=False, block_count=size // BLOCK_SIZE, **GEOMETRY)
    volume.format()
    volume.mount()
    for path in sorted(files):
        folder = path.rpartition("/")[0]
        if folder:
            volume.makedirs(folder, exist_ok=True)
        with volume.open(path, "wb") as file:
            file.write(files[path])
    volume.unmount()
    return bytes(context.buffer)
