"""The system calls of the VM, as Emscripten defines them, served from a tree of files.

MicroPython raises `OSError(n)` with whatever number a call returns (negated), so the numbers here are
MicroPython's own (as on an ESP32), not Emscripten's.  The exception is EINTR, which C code in the VM
compares with: it then raises the KeyboardInterrupt that is waiting.
"""

import contextlib
import errno
import posixpath
import struct
from collections.abc import Iterator
from functools import lru_cache

from host_tools.simulator.vm.files import CallFile, File, Mounts, Stat, errno_of
from host_tools.simulator.vm.identity import RAW_STDOUT

O_ACCESS, O_CREAT, O_TRUNC, O_APPEND, O_DIRECTORY = 0o3, 0o100, 0o1000, 0o2000, 0o200000
S_IFDIR, S_IFREG = 0o040000, 0o100000
AT_REMOVEDIR = 0x200
DT_DIR, DT_REG = 4, 8
DIRENT_SIZE = 280  # Emscripten's struct dirent, name field and padding included
FIRST_FD = RAW_STDOUT + 1
POLL_IN, POLL_OUT = 1, 4
EINTR = 27  # Emscripten's
WORD, VECTOR = struct.Struct("<I"), struct.Struct("<II")
ROM_PATH = ".frozen/"  # where a chip's interpreter looks for modules in ROM, whatever folder it is in
NAME_MAX = 255  # bytes of a file's name, on LittleFS


class OpenDir:
    """A directory that is being listed."""

    def __init__(self, entries: list[tuple[str, bool]]):
        self.entries = entries
        self.at = 0


class Syscalls:
    """Imported functions of the VM, by name; `read`, `write_memory` and `path` come from the VM."""

    def __init__(self, vm, mounts: Mounts, console):
        """console: has `stdout(data)`, `stdout_raw(data)`, `stdin_ready() -> bool` and
        `stdin(length) -> bytes`, which may raise InterruptedError.
        """
        self._vm = vm
        self._mounts = mounts
        self._console = console
        self._open: dict[int, File | OpenDir] = {}
        self._cwd = "/"
        self._closes = True

    @contextlib.contextmanager
    def nothing_closed(self) -> Iterator[None]:
        """Files stay open that finalisers close, of a collection that is undone."""
        self._closes = False
        try:
            yield
        finally:
            self._closes = True

    def close_all(self) -> None:
        """What the finalisers do at a soft reset.  (At a hard reset open files are just forgotten.)"""
        for fd in list(self._open):
            with contextlib.suppress(OSError):  # no room for the rest of a file: nobody is left to be told
                self.fd_close(fd)

    # --- names

    def __syscall_getcwd(self, buffer: int, _size: int) -> int:
        name = self._cwd.encode() + b"\0"
        self._vm.poke(buffer, name)
        return len(name)

    def __syscall_chdir(self, path: int) -> int:
        name, (files, rest) = self._find(path)
        if rest and not files.stat(rest).is_dir:
            return -errno.ENOENT
        self._cwd = name
        return 0

    def _find(self, path: int):
        text = self._vm.text(path)
        name = _absolute("/" if text.startswith(ROM_PATH) else self._cwd, text)
        return name, self._mounts.find(name)

    # --- files

    def __syscall_openat(self, _dir: int, path: int, flags: int, _mode: int) -> int:
        _, (files, rest) = self._find(path)
        if flags & O_DIRECTORY:
            opened = OpenDir(files.listdir(rest))
        else:
            opened = files.open(
                rest,
                write=bool(flags & O_ACCESS),
                create=bool(flags & O_CREAT),
                truncate=bool(flags & O_TRUNC),
                append=bool(flags & O_APPEND),
            )
        fd = next(n for n in range(FIRST_FD, 1 << 16) if n not in self._open)
        self._open[fd] = opened
        return fd

    def fd_read(self, fd: int, vectors: int, _count: int, out: int) -> int:
        """The hot path: with a CallFile, each call of a program to the chip comes through here."""
        memory = self._vm.bytes
        address, length = VECTOR.unpack_from(memory, vectors)  # MicroPython has but one
        if fd == 0:
            data = self._console.stdin(length)
        else:
            file = self._open[fd]
            if isinstance(file, CallFile):
                data = file.call(memory[address : address + length].tobytes())
            else:
                data = file.read(length)
        memory[address : address + len(data)] = data
        WORD.pack_into(memory, out, len(data))
        return 0

    def fd_write(self, fd: int, vectors: int, count: int, out: int) -> int:
        pieces = struct.iter_unpack(VECTOR.format, self._vm.peek(vectors, VECTOR.size * count))
        data = b"".join([self._vm.peek(address, length) for address, length in pieces])
        if fd == RAW_STDOUT:
            self._console.stdout_raw(data)
            written = len(data)
        elif fd < FIRST_FD:
            self._console.stdout(data)
            written = len(data)
        else:
            written = self._open[fd].write(data)
        self._vm.poke(out, WORD.pack(written))
        return 0

    def fd_seek(self, fd: int, offset: int, whence: int, out: int) -> int:
        file = self._open[fd]
        if isinstance(file, OpenDir):
            file.at = position = offset
        else:
            position = file.seek(offset, whence)
        self._vm.poke(out, struct.pack("<q", position))
        return 0

    def fd_sync(self, fd: int) -> int:
        self._open[fd].sync()
        return 0

    def fd_close(self, fd: int) -> int:
        if not self._closes:
            return 0
        file = self._open.pop(fd)
        if isinstance(file, File):
            file.close()
        return 0

    def __syscall_poll(self, entries: int, count: int, _timeout_ms: int) -> int:
        """MicroPython asks for one file at a time and never waits in here; only stdin is not always ready."""
        ready = 0
        for address in range(entries, entries + 8 * count, 8):
            fd, wanted = struct.unpack("<ih", self._vm.peek(address, 6))
            found = wanted & POLL_OUT | (wanted & POLL_IN if fd or self._console.stdin_ready() else 0)
            self._vm.poke(address + 6, struct.pack("<h", found))
            ready += bool(found)
        return ready

    # --- directories and status

    def __syscall_stat64(self, path: int, buffer: int) -> int:
        _, (files, rest) = self._find(path)
        stat = files.stat(rest)
        return self._put_stat(buffer, stat)

    __syscall_lstat64 = __syscall_stat64

    def __syscall_newfstatat(self, _dir: int, path: int, buffer: int, _flags: int) -> int:
        return self.__syscall_stat64(path, buffer)

    def __syscall_fstat64(self, fd: int, buffer: int) -> int:
        file = self._open[fd]
        return self._put_stat(buffer, Stat(True) if isinstance(file, OpenDir) else Stat(False, file.size()))

    def _put_stat(self, buffer: int, stat: Stat) -> int:
        fields = bytearray(96)
        struct.pack_into("<III", fields, 0, 1, S_IFDIR if stat.is_dir else S_IFREG, 1)
        struct.pack_into("<q", fields, 24, stat.size)
        for at in (40, 56, 72):  # st_atim, st_mtim, st_ctim: VfsLfs2 knows one time only
            struct.pack_into("<q", fields, at, stat.mtime_s)
        self._vm.poke(buffer, bytes(fields))
        return 0

    def __syscall_getdents64(self, fd: int, buffer: int, size: int) -> int:
        listing = self._open[fd]
        room = size // DIRENT_SIZE
        entries = listing.entries[listing.at : listing.at + room]
        listing.at += len(entries)
        for i, (name, is_dir) in enumerate(entries):
            kind = DT_DIR if is_dir else DT_REG
            entry = struct.pack("<QQHB256s", 1, listing.at, DIRENT_SIZE, kind, name.encode())
            self._vm.poke(buffer + i * DIRENT_SIZE, entry.ljust(DIRENT_SIZE, b"\0"))
        return len(entries) * DIRENT_SIZE

    def __syscall_statfs64(self, path: int, _size: int, buffer: int) -> int:
        _, (files, _) = self._find(path)
        block, blocks, free = files.space()
        # f_type, f_bsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree, f_fsid, f_namelen, f_frsize, f_flags
        fields = (0, block, blocks, free, free, 0, 0, 0, NAME_MAX, block, 0)
        self._vm.poke(buffer, struct.pack("<2I6Q3I", *fields))
        return 0

    def __syscall_mkdirat(self, _dir: int, path: int, _mode: int) -> int:
        _, (files, rest) = self._find(path)
        files.mkdir(rest)
        return 0

    def __syscall_unlinkat(self, _dir: int, path: int, flags: int) -> int:
        _, (files, rest) = self._find(path)
        (files.rmdir if flags & AT_REMOVEDIR else files.remove)(rest)
        return 0

    def __syscall_rmdir(self, path: int) -> int:
        _, (files, rest) = self._find(path)
        files.rmdir(rest)
        return 0

    def __syscall_renameat(self, _old_dir: int, old: int, _new_dir: int, new: int) -> int:
        _, (old_files, old_rest) = self._find(old)
        _, (new_files, new_rest) = self._find(new)
        if old_files is not new_files:
            return -errno.EPERM
        old_files.rename(old_rest, new_rest)
        return 0

    def function(self, name: str):
        """The import called `name`, with `OSError` turned into the number that the VM expects."""
        wasi = name.startswith("fd_")
        method = getattr(self, name if wasi else f"_{type(self).__name__}{name}", None)
        if method is None:
            return None
        sign = 1 if wasi else -1

        def call(*args: int) -> int:
            try:
                return method(*args)
            except InterruptedError:
                return sign * EINTR
            except OSError as error:
                return sign * errno_of(error)

        return call


@lru_cache(4096)
def _absolute(folder: str, path: str) -> str:
    name = posixpath.normpath(posixpath.join(folder, path))
    return "/" + name.lstrip("/")
