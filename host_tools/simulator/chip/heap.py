"""How much of the heap the program needs, and the end of one that needs more than the board has.

The VM's own heap has no end that matters, so the board's is compared with what is alive after a garbage
collection.  That is exact, as the VM's words and objects have an ESP32's size, but for the modules that a
chip has in ROM: here they are loaded into the heap, and taken off again at `LOADED` times their files' size.
"""

import struct
from collections.abc import Callable

from host_tools.simulator.vm.files import BytesFile, CallFile, MemoryFiles

LOADED = 1.7  # heap bytes of a loaded module per byte of its .mpy file, measured
FRAME = struct.Struct("<II")  # what the VM has allocated, gc.collect() or not; back: bytes used, bytes free


class RomFiles(MemoryFiles):
    """Files in ROM; `loaded` counts the bytes of those that were opened, which is to load a module.

    `loading` is called when one is opened: on a chip that costs nothing.
    """

    def __init__(self, files: dict[str, bytes], loading: Callable[[], None] = lambda: None):
        super().__init__(files)
        self.loaded = 0
        self._loading = loading

    def open(self, path: str, *, write: bool, **others: bool) -> BytesFile:
        file = super().open(path, write=write, **others)
        self.loaded += file.size()
        self._loading()
        return file


class Heap(CallFile):
    """`/dev/heap`, which `rom/modules/_gc.py` reads.

    A program's gc.collect() frees nothing yet (docs/adr/0002), but what it would free is no longer counted.
    """

    def __init__(self, size: int, measure: Callable[[], None]):
        """size: bytes that the board has for Python objects.

        measure: have this called with what a collection would leave, as `MicroPython.measure`.
        """
        self.size = size
        self.high_water = 0  # most bytes alive after a collection, over all lives
        self.rom = RomFiles({})  # the one of the VM that runs
        self._measure = measure
        self._measuring = False
        self._allocated = 0  # by the VM, when it last said so
        self._garbage = 0  # of that, what gc.collect() would have freed
        self._used = 0

    def call(self, frame: bytes) -> bytes:
        allocated, collects = FRAME.unpack(frame)
        if allocated < self._allocated:  # there was a collection, or it is another VM
            self._garbage = 0
        self._allocated = allocated
        if collects and not self._measuring:
            self.measured()
            self._garbage = allocated - self._allocated
            self._allocated = allocated
        self._used = max(0, allocated - self._garbage - round(self.rom.loaded * LOADED))
        return FRAME.pack(self._used, max(0, self.size - self._used))

    def measured(self) -> int:
        """Bytes that a collection would leave now, while a program runs."""
        self._measuring = True
        self._measure()
        self._measuring = False
        self.collected()
        return self._used

    def collected(self) -> bool:
        """After a collection and a read: whether what is alive fits."""
        self.high_water = max(self.high_water, self._used)
        return self._used <= self.size
