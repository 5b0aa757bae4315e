"""LittleFS on the simulated flash, as a file system that the VM's system calls can use."""

from collections.abc import Callable

from littlefs import LFSFileFlag, LFSStat, LittleFS, LittleFSError, lfs

from host_tools.simulator.vm.files import File, FileSystem, Stat

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
    def __init__(self, volume: LittleFS, path: str, flags: LFSFileFlag):
        self._volume = volume
        self._handle = _call(volume, lfs.file_open, path, flags)

    def _do(self, operation, *args):
        return _call(self._volume, operation, self._handle, *args)

    def read(self, length: int) -> bytes:
        return self._do(lfs.file_read, length)

    def write(self, data: bytes) -> int:
        return self._do(lfs.file_write, data)

    def seek(self, offset: int, whence: int) -> int:
        return self._do(lfs.file_seek, offset, whence)

    def sync(self) -> None:
        self._do(lfs.file_sync)

    def close(self) -> None:
        self._do(lfs.file_close)

    def size(self) -> int:
        return self._do(lfs.file_size)


class LittleFsFiles(FileSystem):
    """A mounted volume."""

    def __init__(self, volume: LittleFS):
        self._volume = volume

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
        return LittleFsFile(self._volume, path, flags)

    def stat(self, path: str) -> Stat:
        stat = self._do(lfs.stat, path or "/")
        is_dir = stat.type == LFSStat.TYPE_DIR
        return Stat(is_dir, 0 if is_dir else stat.size)  # LittleFS leaves a directory's size undefined

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
    volume: LittleFS, report: Callable[[str], None], write_console: Callable[[bytes], None]
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
    return LittleFsFiles(volume)


def _format(volume: LittleFS) -> None:
    volume.format()
    volume.mount()
    with volume.open("boot.py", "wb") as file:
        file.write(BOOT_PY)


def _is_blank(volume: LittleFS) -> bool:
    first_block = volume.context.read(volume.cfg, 0, 0, volume.cfg.block_size)
    return all(byte == 0xFF for byte in first_block)
