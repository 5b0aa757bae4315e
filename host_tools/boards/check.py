"""What must hold between a board, its chip and its parts, beyond the file's shape."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files

from drivers.modem.power_contract import PowerContract
from host_tools.boards.check_kept import kept_faults
from host_tools.boards.check_points import health_faults, point_faults
from host_tools.boards.check_settings import setting_faults
from host_tools.boards.check_sleep import sleep_faults
from host_tools.boards.check_supply import supply_faults
from host_tools.boards.check_uses import cycle_faults, use_faults
from host_tools.boards.model import HEALTH, Board, BoardError, HealthTable, PartKind, PartUse, part_kinds
from host_tools.chips import Chip, chips
from host_tools.simulator.chip.adc import ADC_PINS
from protocols.dlt645 import ANY_METER
from protocols.errors import EncodeError

MOST_OUTPUTS = 6  # whose overrides fit the slot of the RTC's memory (firmware/kept.py)
MODBUS_ADDRESSES = range(1, 248)  # "MODBUS over Serial Line" V1.02, section 2.2
PROTOCOLS = {"rs485": "Modbus RTU", "dlt645": "DL/T 645"}
ADDRESSES = {"rs485": "1 to 247", "dlt645": "twelve digits or 'AAAAAAAAAAAA', as text"}
METER_ADDRESS = re.compile(rf"\d{{12}}|{ANY_METER}")  # DL/T 645-2007, the address field


def check(board: Board, health: HealthTable, file: str) -> None:
    """Raises BoardError with every fault found, one a line."""
    _raise(_faults(board, health), file)


def check_health(health: HealthTable, file: str) -> None:
    """As `check`, of the health table."""
    _raise(health_faults(health), file)


def _raise(faults: Iterator[str], file: str) -> None:
    if text := "\n".join(f"{file}: {fault}" for fault in faults):
        raise BoardError(text)


def _faults(board: Board, health: HealthTable) -> Iterator[str]:
    if board.name == HEALTH:
        yield f"name: {HEALTH!r} is the table of boards/health.toml"
    if board.application and board.application not in applications():
        yield f"application: there is no firmware/{board.application}.py with a class Application"
    yield from _time_faults(board)
    chip = chips().get(board.chip)
    if chip is None:
        yield f"chip: there is no chip {board.chip!r}; known are {', '.join(chips())}"
        return
    yield from _bus_faults(board, chip)
    yield from _pin_faults(board, chip)
    for field, use in _uses(board):
        yield from _part_faults(board, field, use)
    yield from _modem_faults(board)
    yield from _sharing_faults(board)
    yield from _protocol_faults(board)
    yield from _output_faults(board)
    yield from cycle_faults(board)
    yield from sleep_faults(board, chip)
    yield from supply_faults(board)
    yield from point_faults(board, health)
    yield from kept_faults(board)


@cache
def applications() -> list[str]:
    """The firmware's modules with a class `Application`."""
    modules = (entry for entry in files("firmware").iterdir() if entry.name.endswith(".py"))
    return sorted(m.name[:-3] for m in modules if "\nclass Application:" in m.read_text(encoding="utf-8"))


def _time_faults(board: Board) -> Iterator[str]:
    if board.sample_s and board.sample_s > board.report_s:
        yield f"sample_s: {board.sample_s} s is longer than report_s, {board.report_s} s"
    for field, given in (("sleeps", board.sleeps), ("modem.psm_s", board.modem.psm_s)):
        if board.listens and given:
            yield f"listens: a node with {field} cannot be reached at any time"


def _uses(board: Board) -> Iterator[tuple[str, PartUse]]:
    yield "modem", board.modem
    for name, use in board.parts.items():
        yield f"parts.{name}", use


def _bus_faults(board: Board, chip: Chip) -> Iterator[str]:
    console = "uart0" in chip.repl
    free = chip.uarts - console
    if len(board.uart) > free:
        taken = ", one of them for the console" if console else ""
        yield f"uart: the board uses {len(board.uart)} UARTs, the {chip.title} has {chip.uarts}{taken}"
    names: dict[str, str] = {}
    units = {"uart": range(chip.uarts), "i2c": range(chip.i2c), "spi": chip.spi}
    for kind, buses in _buses(board):
        owners: dict[int, str] = {}
        for name, bus in buses.items():
            if name in names:
                yield f"{kind}.{name}: there is a {names[name]}.{name} too; a bus has a name of its own"
            names.setdefault(name, kind)
            field = f"{kind}.{name}.id"
            if bus.id not in units[kind]:
                has = f"only {units[kind][0]} to {units[kind][-1]}"
                yield f"{field}: the {chip.title} has no {kind.upper()}{bus.id}, {has}"
            elif kind == "uart" and console and bus.id == 0:
                yield f"{field}: UART0 is the console of the {chip.title}"
            if bus.id in owners:
                yield f"{field}: {kind.upper()}{bus.id} is already {kind}.{owners[bus.id]}"
            owners.setdefault(bus.id, name)


def _buses(board: Board) -> tuple[tuple[str, Mapping], ...]:
    return ("uart", board.uart), ("i2c", board.i2c), ("spi", board.spi)


def _pins(board: Board) -> Iterator[tuple[str, int, bool]]:
    """(field, GPIO, whether the board drives it)."""
    for name, bus in board.uart.items():
        yield f"uart.{name}.tx", bus.tx, True
        yield f"uart.{name}.rx", bus.rx, False
        if bus.de is not None:
            yield f"uart.{name}.de", bus.de, True
    for name, bus in board.i2c.items():
        yield f"i2c.{name}.sda", bus.sda, True
        yield f"i2c.{name}.scl", bus.scl, True
    for name, bus in board.spi.items():
        yield f"spi.{name}.sck", bus.sck, True
        yield f"spi.{name}.mosi", bus.mosi, True
        yield f"spi.{name}.miso", bus.miso, False
    for field, use in _uses(board):
        kind = part_kinds().get(use.part)
        for pin, gpio in use.pins.items():
            yield f"{field}.pins.{pin}", gpio, bool(kind and pin in kind.outputs)


def _pin_faults(board: Board, chip: Chip) -> Iterator[str]:
    owners: dict[int, str] = {}
    for field, gpio, driven in _pins(board):
        if gpio not in chip.gpios:
            yield f"{field}: the {chip.title} has no GPIO{gpio}"
        elif gpio in chip.reserved:
            yield f"{field}: GPIO{gpio} of the {chip.title} is taken by {chip.reserved[gpio]}"
        elif driven and gpio in chip.input_only:
            yield f"{field}: GPIO{gpio} of the {chip.title} is input only, and this pin is driven"
        elif field.endswith(".adc") and not any(gpio in unit for unit in ADC_PINS[chip.name]):
            yield f"{field}: GPIO{gpio} of the {chip.title} has no ADC"
        if gpio in owners:
            yield f"{field}: GPIO{gpio} is already used by {owners[gpio]}"
        owners.setdefault(gpio, field)


def _modem_faults(board: Board) -> Iterator[str]:
    use, kind = board.modem, part_kinds().get(board.modem.part)
    bus = board.uart.get(use.uart or "")
    if kind and kind.baudrate and bus and bus.baudrate != kind.baudrate:
        yield f"uart.{use.uart}.baudrate: {use.part} starts with {kind.baudrate}, not {bus.baudrate}"
    try:
        PowerContract(use.psm_s, use.edrx_s)
    except EncodeError as error:
        yield f"modem: {error}"


def _part_faults(board: Board, field: str, use: PartUse) -> Iterator[str]:
    kind = part_kinds().get(use.part)
    if kind is None:
        yield f"{field}.part: there is no part {use.part!r}; known are {', '.join(part_kinds())}"
        return
    if (field == "modem") != (kind.bus == "modem"):
        yield f"{field}.part: {use.part} is {'a' if kind.bus == 'modem' else 'no'} modem"
    yield from _wiring_faults(board, field, use, kind)
    yield from _address_faults(field, use, kind)
    yield from use_faults(board, field, use, kind)
    yield from setting_faults(field, use, kind)
    unneeded = set(kind.optional)
    if field == "modem" and board.sleeps:  # it is never switched off
        unneeded.add("power")
    for missing in sorted(set(kind.pins) - set(use.pins) - unneeded):
        yield f"{field}.pins: {use.part} needs pin {missing!r}"
    for unknown in sorted(set(use.pins) - set(kind.pins)):
        has = f"it has {', '.join(kind.pins)}" if kind.pins else "it has none"
        yield f"{field}.pins.{unknown}: {use.part} has no such pin; {has}"


def _wiring_faults(board: Board, field: str, use: PartUse, kind: PartKind) -> Iterator[str]:
    for bus, buses in _buses(board):
        name = getattr(use, bus)
        if bus != kind.wires:
            if name is not None:
                yield f"{field}.{bus}: {use.part} is not on {bus.upper()}"
        elif name is None:
            yield f"{field}.{bus}: must be given, {use.part} is on {bus.upper()}"
        elif name not in buses:
            yield f"{field}.{bus}: the board has no {bus}.{name}; it has {', '.join(buses) or 'none'}"
        elif bus == "uart" and (kind.master is not None) != (buses[name].de is not None):
            has, needs = ("no", "needs one") if kind.master else ("a", "is not on RS-485")
            yield f"{field}.uart: uart.{name} has {has} direction pin `de`, and {use.part} {needs}"
        elif bus == "uart" and kind.baudrates and buses[name].baudrate not in kind.baudrates:
            rates = ", ".join(map(str, sorted(kind.baudrates)))
            yield f"uart.{name}.baudrate: {use.part} can be set to {rates}, not {buses[name].baudrate}"


def _address_faults(field: str, use: PartUse, kind: PartKind) -> Iterator[str]:
    choices = ADDRESSES.get(kind.bus) or ", ".join(map(hex, kind.addresses))
    if use.address is None:
        if choices:
            yield f"{field}.address: must be given for {use.part}: {choices}"
    elif not choices:
        yield f"{field}.address: {use.part} has no address"
    elif not _can_be_at(kind, use.address):
        yield f"{field}.address: {use.part} can be at {choices}, not at {_shown(use.address)}"


def _can_be_at(kind: PartKind, address: int | str) -> bool:
    if kind.bus == "dlt645":
        return bool(isinstance(address, str) and METER_ADDRESS.fullmatch(address))
    return address in (MODBUS_ADDRESSES if kind.bus == "rs485" else kind.addresses)


def _shown(address: int | str) -> str:
    return f"{address:#x}" if isinstance(address, int) else repr(address)


def _output_faults(board: Board) -> Iterator[str]:
    if len(board.outputs) > MOST_OUTPUTS:
        yield f"outputs: {len(board.outputs)}, more than {MOST_OUTPUTS}"
    owners: dict[str, str] = {}
    for name, output in board.outputs.items():
        use = board.parts.get(output.part)
        kind = part_kinds().get(use.part) if use else None
        if use is None:
            yield f"outputs.{name}.part: the board has no part {output.part!r}"
        elif kind and not hasattr(_class(kind.driver), "set"):
            yield f"outputs.{name}.part: {use.part} cannot be set"
        if output.part in owners:
            yield f"outputs.{name}.part: {output.part} is already the output {owners[output.part]}"
        owners.setdefault(output.part, name)


def _class(driver: str) -> type:
    module, _, name = driver.partition(":")
    return getattr(import_module(module), name)


def _sharing_faults(board: Board) -> Iterator[str]:
    """A plain UART or SPI has one part on it; on the other buses each part has an address of its own."""
    owners: dict[tuple, str] = {}
    for field, use in _uses(board):
        for bus, name in (("uart", use.uart), ("i2c", use.i2c), ("spi", use.spi)):
            if name is None:
                continue
            place = (bus, name, use.address)
            if place in owners:
                at = "" if use.address is None else f" at address {_shown(use.address)}"
                yield f"{field}.{bus}: {bus}.{name} already has {owners[place]}{at}"
            owners.setdefault(place, field)


def _protocol_faults(board: Board) -> Iterator[str]:
    """An RS-485 line speaks one protocol."""
    spoken: dict[str, tuple[str, str]] = {}
    for field, use in _uses(board):
        kind = part_kinds().get(use.part)
        protocol = PROTOCOLS.get(kind.bus) if kind else None
        if protocol and use.uart:
            if protocol == "DL/T 645" and use.uart in board.uart and board.uart[use.uart].parity != "even":
                yield f"uart.{use.uart}.parity: must be 'even' for the DL/T 645 of {field}"
            owner, other = spoken.setdefault(use.uart, (field, protocol))
            if other != protocol:
                yield f"{field}.uart: uart.{use.uart} carries the {other} of {owner}, not {protocol}"
