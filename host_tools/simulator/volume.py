"""LittleFS on the simulated flash, as a file system that the VM's system calls can use."""

import contextlib
import struct
from collections.abc import Callable

from littlefs import LFSFileFlag, LFSStat, LittleFS, LittleFSError, lfs

from host_tools.simulator.vm.files import File, FileSystem, Stat

MTIME = 1  # the attribute in which VfsLfs2 keeps a file's time: 64 bits, nanoseconds since 1970
EPOCH_S = 946_684_800  # 2000-01-01, from which an ESP32's MicroPython counts

# What MicroPython's port writes into a file system that it has just formatted.
BOOT_PY = b"# This file is executed on every boot.\n"


def _call(volume: LittleFS, operation: Callable, *args):
    """One call into LittleFS.  Errors: OSError, and whatever the flash raises (PowerCut)."""
    try:
        return operation(volume.fs, *args)
    except LittleFSError as error:
        raise OSError(-error.code) from error  # LittleFS's error codes are errno numbers, negated
    finally:
        volume.context.raise_failure()


class LittleFsFile(File):
    """An open file.  Its time is written when it is closed (by VfsLfs2: in the same commit as its data)."""

    def __init__(self, volume: LittleFS, path: str, flags: LFSFileFlag, unix_ms: Callable[[], float]):
        self._volume = volume
        self._path = path
        self._unix_ms = unix_ms
        self._handle = _call(volume, lfs.file_open, path, flags)
        self._written_ms = unix_ms() if flags & LFSFileFlag.creat else None

    def _do(self, operation, *args):
        return _call(self._volume, operation, self._handle, *args)

    def read(self, length: int) -> bytes:
        return self._do(lfs.file_read, length)

    def write(self, data: bytes) -> int:
        self._written_ms = self._unix_ms()
        return self._do(lfs.file_write, data)

    def seek(self, offset: int, whence: int) -> int:
        return self._do(lfs.file_seek, offset, whence)

    def sync(self) -> None:
        self._do(lfs.file_sync)

    def close(self) -> None:
        self._do(lfs.file_close)
        if self._written_ms is not None:
            mtime = struct.pack("<Q", int(self._written_ms * 1_000_000))
            with contextlib.suppress(OSError):  # it has been removed or renamed meanwhile
                _call(self._volume, lfs.setattr, self._path, MTIME, mtime)

    def size(self) -> int:
        return self._do(lfs.file_size)


class LittleFsFiles(FileSystem):
    """A mounted volume."""

    def __init__(self, volume: LittleFS, unix_ms: Callable[[], float]):
        self._volume = volume
        self._unix_ms = unix_ms

    def _do(self, operation, *args):
        return _call(self._volume, operation, *args)

    def open(self, path: str, *, write: bool, create: bool, truncate: bool, append: bool) -> File:
        flags = LFSFileFlag.rdwr if write else LFSFileFlag.rdonly
        for wanted, flag in (
            (create, LFSFileFlag.creat),
            (truncate, LFSFileFlag.trunc),
            (append, LFSFileFlag.append),
        ):
            if wanted:
                flags |= flag
        return LittleFsFile(self._volume, path, flags, self._unix_ms)

    def stat(self, path: str) -> Stat:
        stat = self._do(lfs.stat, path or "/")
        is_dir = stat.type == LFSStat.TYPE_DIR
        if is_dir:
            return Stat(True)  # LittleFS leaves a directory's size undefined
        return Stat(False, stat.size, self._mtime_s(path))

    def _mtime_s(self, path: str) -> int:
        try:
            (ns,) = struct.unpack("<Q", self._do(lfs.getattr, path, MTIME))
        except OSError:  # it was written by a tool that keeps no times
            return 0
        return ns // 1_000_000_000 - EPOCH_S

    def listdir(self, path: str) -> list[tuple[str, bool]]:
        handle = self._do(lfs.dir_open, path or "/")
        entries = []
        try:
            while entry := self._do(lfs.dir_read, handle):
                if entry.name not in (".", ".."):
                    entries.append((entry.name, entry.type == LFSStat.TYPE_DIR))
        finally:
            self._do(lfs.dir_close, handle)  # LittleFS keeps a list of open handles: none may be dropped
        return entries

    def space(self) -> tuple[int, int, int]:
        blocks = self._volume.block_count
        return self._volume.cfg.block_size, blocks, blocks - self._do(lfs.fs_size)

    def mkdir(self, path: str) -> None:
        self._do(lfs.mkdir, path)

    def remove(self, path: str) -> None:
        self._do(lfs.remove, path)

    rmdir = remove  # MicroPython's VfsLfs2 takes either for files and for empty directories

    def rename(self, old: str, new: str) -> None:
        self._do(lfs.rename, old, new)


def mount_or_format(
    volume: LittleFS,
    unix_ms: Callable[[], float],
    report: Callable[[str], None],
    write_console: Callable[[bytes], None],
) -> LittleFsFiles | None:
    """What MicroPython's port does at boot: mount; format a blank partition; None if it is corrupt."""
    try:
        volume.mount()
    except LittleFSError:
        if not _is_blank(volume):
            report("the file system in partition vfs is corrupt")
            return None
        report("partition vfs is blank: MicroPython formats it; there is no firmware on it")
        write_console(b"Performing initial setup\n")
        try:
            _format(volume)
        finally:
            volume.context.raise_failure()
    return LittleFsFiles(volume, unix_ms)


def _format(volume: LittleFS) -> None:
    volume.format()
    volume.mount()
    with volume.open("boot.py", "wb") as file:
        file.write(BOOT_PY)


def _is_blank(volume: LittleFS) -> bool:
    first_block = volume.context.read(volume.cfg, 0, 0, volume.cfg.block_size)
    return all(byte == 0xFF for byte in first_block)
