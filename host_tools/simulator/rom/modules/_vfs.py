"""`vfs` as on an ESP32, as far as listing and mounting go; `sys.modules` has it under that name."""

from vfs import VfsPosix as _VfsPosix
from vfs import mount as _mount
from vfs import umount

__name__ = "vfs"


class _Root:
    """The node's LittleFS, which the VM knows as a POSIX file system that the host serves."""

    def __repr__(self):
        return "<VfsLfs2>"


_root = _Root()


def mount(*arguments, **options):
    """Mount a file system; without arguments, the list of (file system, path) of those that are."""
    if arguments:
        return _mount(*arguments, **options)
    return [(_root if isinstance(fs, _VfsPosix) else fs, path) for fs, path in _mount()]
