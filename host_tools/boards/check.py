"""What must hold between a board, its chip and its parts, beyond the file's shape."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from host_tools.boards.model import Board, BoardError, PartKind, PartUse, part_kinds
from host_tools.chips import Chip, chips
from host_tools.points import PointError, make_point

MODBUS_ADDRESSES = range(1, 248)  # "MODBUS over Serial Line" V1.02, section 2.2


def check(board: Board, file: str) -> None:
    """Raises BoardError with every fault found, one a line."""
    faults = list(_faults(board))
    if faults:
        raise BoardError("\n".join(f"{file}: {fault}" for fault in faults))


def _faults(board: Board) -> Iterator[str]:
    if board.name not in applications():
        yield f"name: there is no firmware/{board.name}.py; there is {', '.join(applications())}"
    chip = chips().get(board.chip)
    if chip is None:
        yield f"chip: there is no chip {board.chip!r}; known are {', '.join(chips())}"
        return
    yield from _bus_faults(board, chip)
    yield from _pin_faults(board, chip)
    for field, use in _uses(board):
        yield from _part_faults(board, field, use)
    yield from _sharing_faults(board)
    yield from _point_faults(board)


@cache
def applications() -> list[str]:
    """The products that the firmware has an application for: its modules with a class `Application`."""
    modules = (entry for entry in files("firmware").iterdir() if entry.name.endswith(".py"))
    return sorted(m.name[:-3] for m in modules if "\nclass Application:" in m.read_text(encoding="utf-8"))


def _uses(board: Board) -> Iterator[tuple[str, PartUse]]:
    yield "modem", board.modem
    for name, use in board.parts.items():
        yield f"parts.{name}", use


def _bus_faults(board: Board, chip: Chip) -> Iterator[str]:
    console = 1 if chip.console == "uart0" else 0
    free = chip.uarts - console
    if len(board.uart) > free:
        taken = ", one of them for the console" if console else ""
        yield f"uart: the board uses {len(board.uart)} UARTs, the {chip.title} has {chip.uarts}{taken}"
    for name in board.uart.keys() & board.i2c.keys():
        yield f"i2c.{name}: there is a uart.{name} too; a bus has a name of its own"
    for kind, buses, count in (("uart", board.uart, chip.uarts), ("i2c", board.i2c, chip.i2c)):
        owners: dict[int, str] = {}
        for name, bus in buses.items():
            field = f"{kind}.{name}.id"
            if not 0 <= bus.id < count:
                yield f"{field}: the {chip.title} has no {kind.upper()}{bus.id}, only 0 to {count - 1}"
            elif kind == "uart" and console and bus.id == 0:
                yield f"{field}: UART0 is the console of the {chip.title}"
            if bus.id in owners:
                yield f"{field}: {kind.upper()}{bus.id} is already {kind}.{owners[bus.id]}"
            owners.setdefault(bus.id, name)


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
        if gpio in owners:
            yield f"{field}: GPIO{gpio} is already used by {owners[gpio]}"
        owners.setdefault(gpio, field)


def _part_faults(board: Board, field: str, use: PartUse) -> Iterator[str]:
    kind = part_kinds().get(use.part)
    if kind is None:
        yield f"{field}.part: there is no part {use.part!r}; known are {', '.join(part_kinds())}"
        return
    if (field == "modem") != (kind.bus == "modem"):
        yield f"{field}.part: {use.part} is {'a' if kind.bus == 'modem' else 'no'} modem"
    yield from _wiring_faults(board, field, use, kind)
    yield from _address_faults(field, use, kind)
    for missing in sorted(set(kind.outputs) - set(use.pins)):
        yield f"{field}.pins: {use.part} needs pin {missing!r}"
    for unknown in sorted(set(use.pins) - set(kind.outputs)):
        has = f"it has {', '.join(kind.outputs)}" if kind.outputs else "it has none"
        yield f"{field}.pins.{unknown}: {use.part} has no such pin; {has}"


def _wiring_faults(board: Board, field: str, use: PartUse, kind: PartKind) -> Iterator[str]:
    for bus, buses in (("uart", board.uart), ("i2c", board.i2c)):
        name = getattr(use, bus)
        if bus != kind.wires:
            if name is not None:
                yield f"{field}.{bus}: {use.part} is not on {bus.upper()}"
        elif name is None:
            yield f"{field}.{bus}: must be given, {use.part} is on {bus.upper()}"
        elif name not in buses:
            yield f"{field}.{bus}: the board has no {bus}.{name}; it has {', '.join(buses) or 'none'}"
        elif bus == "uart" and (kind.bus == "rs485") != (buses[name].de is not None):
            has, needs = ("no", "needs one") if kind.bus == "rs485" else ("a", "is not on RS-485")
            yield f"{field}.uart: uart.{name} has {has} direction pin `de`, and {use.part} {needs}"


def _address_faults(field: str, use: PartUse, kind: PartKind) -> Iterator[str]:
    choices = "1 to 247" if kind.bus == "rs485" else ", ".join(map(hex, kind.addresses))
    if use.address is None:
        if choices:
            yield f"{field}.address: must be given for {use.part}: {choices}"
    elif not choices:
        yield f"{field}.address: {use.part} has no address"
    elif use.address not in (MODBUS_ADDRESSES if kind.bus == "rs485" else kind.addresses):
        yield f"{field}.address: {use.part} can be at {choices}, not at {use.address:#x}"


def _sharing_faults(board: Board) -> Iterator[str]:
    """A plain UART has one part on it; on the other buses each part has an address of its own."""
    owners: dict[tuple, str] = {}
    for field, use in _uses(board):
        for bus, name in (("uart", use.uart), ("i2c", use.i2c)):
            if name is None:
                continue
            place = (bus, name, use.address)
            if place in owners:
                at = "" if use.address is None else f" at address {use.address:#x}"
                yield f"{field}.{bus}: {bus}.{name} already has {owners[place]}{at}"
            owners.setdefault(place, field)


def _point_faults(board: Board) -> Iterator[str]:
    paths: dict[str, str] = {}
    for name, point in board.points.items():
        part, _, measured = point.source.partition(".")
        use = board.parts.get(part)
        kind = part_kinds().get(use.part) if use else None
        if use is None:
            yield f"points.{name}.source: the board has no part {part!r}"
        elif kind and measured not in kind.fields:
            yield f"points.{name}.source: {use.part} measures {', '.join(kind.fields)}, not {measured!r}"
        else:
            try:
                make_point(name, point)
            except PointError as error:
                yield f"points.{name}.{error}"
        if point.path in paths:
            yield f"points.{name}.path: {point.path} is already the path of {paths[point.path]}"
        paths.setdefault(point.path, name)
