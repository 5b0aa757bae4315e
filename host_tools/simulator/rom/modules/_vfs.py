"""`vfs` as on an ESP32, for what the simulator can mount; `sys.modules` has it under that name."""

import uos as _uos
from vfs import VfsPosix as _VfsPosix
from vfs import mount as _mount
from vfs import umount as _umount

__name__ = "vfs"

_ROM = ".frozen/"


class VfsLfs2:
    """Of the node's own LittleFS only, which the VM knows as a POSIX file system that the host serves."""

    def __init__(self, device, readsize=32, progsize=32, lookahead=32, mtime=True):
        _no_block_device()

    @staticmethod
    def mkfs(device, readsize=32, progsize=32, lookahead=32):
        _no_block_device()

    def __repr__(self):
        return "<VfsLfs2>"


_root = object.__new__(VfsLfs2)


def _no_block_device():
    raise NotImplementedError("simulated: LittleFS on no other block device than partition vfs, on /")


class _Mounted:
    """A file system written in Python, in which the import of a module in ROM does not end."""

    def __init__(self, fs):
        self.fs = fs

    def __getattr__(self, name):
        return getattr(self.fs, name)

    def stat(self, path):
        return _uos.stat("/" + path) if path.startswith(_ROM) else self.fs.stat(path)

    def open(self, path, mode):
        return open("/" + path, mode) if path.startswith(_ROM) else self.fs.open(path, mode)


def mount(*arguments, **options):
    """Mount a file system; without arguments, the list of (file system, path) of those that are."""
    if not arguments:
        return [(_root if isinstance(fs, _VfsPosix) else fs.fs, path) for fs, path in _mount()]
    fs, *path = arguments
    if not hasattr(fs, "mount"):
        _no_block_device()
    _mount(_Mounted(fs), *path, **options)


def umount(mounted):
    """mounted: the file system, or where it is mounted."""
    for fs, _ in _mount():
        if isinstance(fs, _Mounted) and fs.fs is mounted:
            mounted = fs
    _umount(mounted)
