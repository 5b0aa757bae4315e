"""The serial bootloader of a simulated chip: what unmodified esptool talks to."""

from host_tools.simulator.bootloader.device import RomBootloader

__all__ = ["RomBootloader"]
