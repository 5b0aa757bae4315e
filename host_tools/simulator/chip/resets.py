"""Why a chip starts, and the exceptions that end what runs on it.

A reset is raised from an event while the VM is parked in a call to the host, and unwinds the VM with
everything on its stack.  None of these is an Exception: nothing on the way may catch it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ResetCause:
    """machine.reset_cause()'s number, the name that the ROM's texts go by, and what people call it."""

    number: int
    rom_name: str
    name: str


POWER_ON = ResetCause(1, "power-on", "power-on")
BROWN_OUT = ResetCause(1, "software", "brown-out")  # ESP-IDF restarts; MicroPython calls it power-on
SOFTWARE = ResetCause(2, "software", "software")
TO_BOOTLOADER = ResetCause(2, "software", "bootloader")  # machine.bootloader()'s
OUT_OF_MEMORY = ResetCause(2, "software", "MemoryError")
WATCHDOG = ResetCause(3, "watchdog", "watchdog")
DEEP_SLEEP = ResetCause(4, "deep-sleep", "deep-sleep")
SOFT_REBOOT = ResetCause(5, "none", "soft")  # of MicroPython only; the ROM does not see it


# From the end of a deep sleep to the first line of main.py: ROM and bootloader, which does not validate the
# image again, MicroPython's start, and the file system's mount.  An estimate, from an ESP32's measurement in
# github.com/glenn20/upy-esp32-experiments: 70 ms to _boot.py, 350 ms more to a program on flash.
WAKE_BOOT_US = 420_000


class PowerOff(BaseException):
    """The simulation ends here."""


class ChipReset(BaseException):
    def __init__(self, cause: ResetCause):
        super().__init__(cause.name)
        self.cause = cause


class DeepSleep(ChipReset):
    """The program ends, and the chip boots again after `duration_ms` (negative: only when a pin wakes it)."""

    def __init__(self, duration_ms: int):
        super().__init__(DEEP_SLEEP)
        self.duration_ms = duration_ms
