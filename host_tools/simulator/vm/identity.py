"""Makes the WebAssembly build present itself as the build for a chip: what `sys` says and what imports."""

import struct
from collections.abc import Iterable
from typing import TYPE_CHECKING

from host_tools.simulator.vm import build

if TYPE_CHECKING:
    from host_tools.simulator.vm.machine import MicroPython

RAW_STDOUT = 3  # the file descriptor of sys.stdout.buffer: bytes go out as they are
NO_HASH = 0  # MicroPython computes it when it needs it


def present_as(vm: "MicroPython", platform: str, machine: str, board: str, modules: Iterable[str]) -> None:
    """platform, machine, board: sys.platform, sys.implementation._machine and _build.

    modules: files of the modules in ROM, which `help('modules')` lists.  The build's own frozen modules
    leave that list, and can no more be imported: `.frozen` on `sys.path` is a folder like others.
    """
    for place, text in ((build.PLATFORM, platform), (build.MACHINE, machine), (build.BUILD_NAME, board)):
        data = text.encode()
        vm.poke(place + 4, struct.pack("<III", NO_HASH, len(data), vm.store(data + b"\0")))
    for entry in build.BROWSER_MODULES:
        vm.poke(entry, bytes(8))
    vm.poke(build.FROZEN_PREFIX, b"\1")  # no path begins so
    vm.poke(build.STDOUT_BUFFER_FD, struct.pack("<I", RAW_STDOUT))
    names = b"".join(name.encode() + b"\0" for name in modules)
    if len(names) >= build.FROZEN_NAMES_SIZE:
        raise ValueError("the names of the modules in ROM do not fit into the VM's list")
    vm.poke(build.FROZEN_NAMES, names.ljust(build.FROZEN_NAMES_SIZE, b"\0"))
