"""What the VM's file system calls reach: one tree of mounted file systems.

`/` is the node's LittleFS, `/.frozen` the simulator's own modules (what a chip keeps in ROM), `/dev`
the chip's peripherals.  Failures are `OSError(errno)` with the numbers that MicroPython prints.
"""

import errno
from typing import NamedTuple


def errno_of(error: OSError) -> int:
    """The number of an `OSError(number)` or of one that the system raised."""
    return error.errno or (error.args[0] if error.args else errno.EIO)


class Stat(NamedTuple):
    is_dir: bool
    size: int = 0
    mtime_s: int = 0  # since 2000, as an ESP32 counts


class File:
    """An open file.  A device overrides what makes sense for it."""

    def read(self, length: int) -> bytes:
        raise OSError(errno.EINVAL)

    def write(self, data: bytes) -> int:
        raise OSError(errno.EINVAL)

    def seek(self, offset: int, whence: int) -> int:
        raise OSError(errno.EINVAL)

    def sync(self) -> None:
        pass

    def close(self) -> None:
        pass

    def size(self) -> int:
        return 0


class CallFile(File):
    """A device that answers in place: a read hands it the buffer's content and takes back as many bytes.

    One read is then one round trip between firmware and chip, arguments and result included.
    """

    def call(self, frame: bytes) -> bytes:
        raise NotImplementedError


class FileSystem:
    """One mounted file system; paths are relative to it, without a leading slash ("" is its root)."""

    def open(self, path: str, *, write: bool, create: bool, truncate: bool, append: bool) -> File:
        raise OSError(errno.ENOENT)

    def stat(self, path: str) -> Stat:
        raise OSError(errno.ENOENT)

    def listdir(self, path: str) -> list[tuple[str, bool]]:
        """(name, is a directory) of each entry."""
        raise OSError(errno.ENOENT)

    def space(self) -> tuple[int, int, int]:
        """Block size in bytes, blocks, free blocks."""
        return 4096, 0, 0

    def mkdir(self, path: str) -> None:
        raise OSError(errno.EROFS)

    def remove(self, path: str) -> None:
        raise OSError(errno.EROFS)

    def rmdir(self, path: str) -> None:
        raise OSError(errno.EROFS)

    def rename(self, old: str, new: str) -> None:
        raise OSError(errno.EROFS)


class BytesFile(File):
    """A read-only file in memory."""

    def __init__(self, data: bytes):
        self._data = data
        self._at = 0

    def read(self, length: int) -> bytes:
        piece = self._data[self._at : self._at + length]
        self._at += len(piece)
        return piece

    def seek(self, offset: int, whence: int) -> int:
        self._at = offset + (0, self._at, len(self._data))[whence]
        return self._at

    def size(self) -> int:
        return len(self._data)


class MemoryFiles(FileSystem):
    """A read-only tree in memory: path -> content."""

    def __init__(self, files: dict[str, bytes]):
        self._files = files
        self._dirs = {""} | {path[:i] for path in files for i, c in enumerate(path) if c == "/"}

    def open(self, path: str, *, write: bool, **_: bool) -> File:
        if write:
            raise OSError(errno.EROFS)
        if path not in self._files:
            raise OSError(errno.EISDIR if path in self._dirs else errno.ENOENT)
        return BytesFile(self._files[path])

    def stat(self, path: str) -> Stat:
        if path in self._files:
            return Stat(False, len(self._files[path]))
        if path in self._dirs:
            return Stat(True)
        raise OSError(errno.ENOENT)


class Devices(FileSystem):
    """Device files: name -> the one `File` behind it."""

    def __init__(self, devices: dict[str, File]):
        self._devices = devices

    def open(self, path: str, **_: bool) -> File:
        if path not in self._devices:
            raise OSError(errno.ENODEV)
        return self._devices[path]

    def stat(self, path: str) -> Stat:
        return Stat(self.open(path) is None)


class Mounts:
    """The tree.  Longest mount point first; the root stands last and takes the rest."""

    def __init__(self, root: FileSystem, **others: FileSystem):
        """`others`: name of a folder in `/` -> what is mounted there; they do not show in its listing."""
        self._root = root
        self._others = others

    def find(self, path: str) -> tuple[FileSystem, str]:
        """The file system that holds the absolute, normalised `path`, and the path in it."""
        head, _, rest = path[1:].partition("/")
        if head in self._others:
            return self._others[head], rest
        return self._root, path[1:]
