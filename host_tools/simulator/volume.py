"""LittleFS on the simulated flash, as a file system that the VM's system calls can use."""

import contextlib
import struct
from collections.abc import Callable, Sequence

from littlefs import LFSFileFlag, LFSStat, LittleFS, LittleFSError, lfs

from host_tools.simulator.flash import NorFlash
from host_tools.simulator.vm.files import BytesFile, File, FileSystem, Stat

MTIME = 1  # the attribute in which VfsLfs2 keeps a file's time: 64 bits, nanoseconds since 1970
Written = Callable[[str, bytes], None]  # path, and what was written
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

    def __init__(
        self,
        volume: LittleFS,
        path: str,
        flags: LFSFileFlag,
        unix_ms: Callable[[], float],
        observers: Sequence[Written] = (),
    ):
        self._volume = volume
        self._path = path
        self._unix_ms = unix_ms
        self._handle = _call(volume, lfs.file_open, path, flags)
        self._written_ms = unix_ms() if flags & LFSFileFlag.creat else None
        self._observers = observers
        self._written = bytearray()

    def _do(self, operation, *args):
        return _call(self._volume, operation, self._handle, *args)

    def read(self, length: int) -> bytes:
        return self._do(lfs.file_read, length)

    def write(self, data: bytes) -> int:
        self._written_ms = self._unix_ms()
        self._written += data
        return self._do(lfs.file_write, data)

    def seek(self, offset: int, whence: int) -> int:
        return self._do(lfs.file_seek, offset, whence)

    def sync(self) -> None:
        self._do(lfs.file_sync)

    def close(self) -> None:
        self._do(lfs.file_close)
        for tell in self._observers if self._written else ():
            tell(self._path, bytes(self._written))
        if self._written_ms is not None:
            mtime = struct.pack("<Q", int(self._written_ms * 1_000_000))
            with contextlib.suppress(OSError):  # it has been removed or renamed meanwhile
                _call(self._volume, lfs.setattr, self._path, MTIME, mtime)

    def size(self) -> int:
        return self._do(lfs.file_size)


class Remembered:
    """A flash for LittleFS, and what was found in its file system, until something else changes the flash.

    A node that sleeps looks for the same modules at every wake, some thousand times a year.  A folder in
    which the program itself has ever written is not remembered.
    """

    def __init__(self, flash: NorFlash):
        self.read = flash.read
        self._flash = flash
        self._changes = flash.changes
        self._written: set[str] = set()  # folders, and files, of the root
        self._stats: dict[str, Stat | OSError] = {}
        self._modules: dict[str, bytes] = {}

    def program(self, address: int, data: bytes) -> None:
        self._check()
        self._flash.program(address, data)
        self._changes = self._flash.changes

    def erase(self, address: int, length: int) -> None:
        self._check()
        self._flash.erase(address, length)
        self._changes = self._flash.changes

    def stats(self, path: str) -> dict[str, Stat | OSError]:
        """Where what is known of `path` is, and what becomes known can be put."""
        return {} if self._is_written(path) else self._stats

    def modules(self, path: str) -> dict[str, bytes]:
        """The same, of a compiled module's content."""
        return {} if self._is_written(path) else self._modules

    def write(self, path: str) -> None:
        """The program is about to change what is there."""
        self._written.add(path.partition("/")[0])

    def _is_written(self, path: str) -> bool:
        self._check()
        return path.partition("/")[0] in self._written

    def _check(self) -> None:
        if self._changes != self._flash.changes:
            self._changes = self._flash.changes
            self._stats.clear()
            self._modules.clear()


class LittleFsFiles(FileSystem):
    """A mounted volume.  Each of `observers` is told of every file that was written to, once it is closed."""

    def __init__(self, volume: LittleFS, unix_ms: Callable[[], float], remembered: Remembered | None = None):
        """remembered: the volume's flash, from one mount to the next."""
        self._volume = volume
        self._unix_ms = unix_ms
        self._remembered = remembered
        self.observers: Sequence[Written] = ()

    def _do(self, operation, *args):
        return _call(self._volume, operation, *args)

    def open(self, path: str, *, write: bool, create: bool, truncate: bool, append: bool) -> File:
        if self._remembered and path.endswith(".mpy") and not write:
            return BytesFile(self._module(path, self._remembered.modules(path)))
        if write:
            self._changing(path)
        flags = LFSFileFlag.rdwr if write else LFSFileFlag.rdonly
        for wanted, flag in (
            (create, LFSFileFlag.creat),
            (truncate, LFSFileFlag.trunc),
            (append, LFSFileFlag.append),
        ):
            if wanted:
                flags |= flag
        return LittleFsFile(self._volume, path, flags, self._unix_ms, self.observers)

    def _module(self, path: str, known: dict[str, bytes]) -> bytes:
        if path not in known:
            file = LittleFsFile(self._volume, path, LFSFileFlag.rdonly, self._unix_ms)
            try:
                known[path] = file.read(file.size())
            finally:
                file.close()
        return known[path]

    def stat(self, path: str) -> Stat:
        if not self._remembered:
            return self._stat(path)
        known = self._remembered.stats(path)
        if path not in known:
            try:
                known[path] = self._stat(path)
            except OSError as error:
                known[path] = error
        found = known[path]
        if isinstance(found, OSError):
            raise OSError(*found.args)
        return found

    def _stat(self, path: str) -> Stat:
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
        self._changing(path)
        self._do(lfs.mkdir, path)

    def remove(self, path: str) -> None:
        self._changing(path)
        self._do(lfs.remove, path)

    rmdir = remove  # MicroPython's VfsLfs2 takes either for files and for empty directories

    def rename(self, old: str, new: str) -> None:
        self._changing(old)
        self._changing(new)
        self._do(lfs.rename, old, new)

    def _changing(self, path: str) -> None:
        if self._remembered:
            self._remembered.write(path)


def mount_or_format(
    volume: LittleFS,
    unix_ms: Callable[[], float],
    report: Callable[[str], None],
    write_console: Callable[[bytes], None],
    remembered: Remembered | None = None,
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
    return LittleFsFiles(volume, unix_ms, remembered)


def _format(volume: LittleFS) -> None:
    volume.format()
    volume.mount()
    with volume.open("boot.py", "wb") as file:
        file.write(BOOT_PY)


def _is_blank(volume: LittleFS) -> bool:
    first_block = volume.context.read(volume.cfg, 0, 0, volume.cfg.block_size)
    return all(byte == 0xFF for byte in first_block)
