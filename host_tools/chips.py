"""The chips that citynode knows, from `boards/chips.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True)
class Chip:
    """Facts about one chip; addresses are the chip's own, ranges are Python's."""

    name: str  # as `esptool --chip` takes it
    title: str  # as esptool prints it, and as people write it
    image_chip_id: int
    bootloader_offset: int
    gpios: frozenset[int]
    input_only: frozenset[int]
    reserved: Mapping[int, str]  # GPIO -> what it is for
    uarts: int
    i2c: int
    spi: list[int]  # numbers of the controllers
    pwm_channels: int
    heap_kib: int
    repl: list[str]  # "usb", "uart0", or both
    dram: range
    iram: range
    drom: range

    @property
    def heap_bytes(self) -> int:
        return self.heap_kib * 1024


@cache
def chips() -> Mapping[str, Chip]:
    """All chips by name, in the file's order."""
    data = tomllib.loads(files("boards").joinpath("chips.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: _chip(name, facts) for name, facts in data.items()})


def _chip(name: str, facts: dict) -> Chip:
    reserved = {pin: use for use, pins in facts.pop("reserved").items() for pin in _pins(pins)}
    return Chip(
        name=name,
        gpios=_pins(facts.pop("gpios")),
        input_only=_pins(facts.pop("input_only")),
        reserved=MappingProxyType(reserved),
        **{memory: range(*facts.pop(memory)) for memory in ("dram", "iram", "drom")},
        **facts,
    )


def _pins(entries: list[int | str]) -> frozenset[int]:
    """[1, "6-8"] -> {1, 6, 7, 8}."""
    pins: set[int] = set()
    for entry in entries:
        first, _, last = str(entry).partition("-")
        pins.update(range(int(first), int(last or first) + 1))
    return frozenset(pins)
