"""What must hold for a board that goes into deep sleep, beyond the file's shape."""

from collections.abc import Iterator

from host_tools.boards.model import Board, part_kinds
from host_tools.chips import Chip
from host_tools.simulator.chip.pins import RTC_PINS


def wake_gpios(board: Board) -> list[int]:
    """The inputs that end its deep sleep."""
    return [board.parts[part].pins[pin] for part, _, pin in (name.partition(".") for name in board.wake)]


def sleep_faults(board: Board, chip: Chip) -> Iterator[str]:
    """A line for each fault, beginning with the field."""
    if board.sleeps and "power" in board.modem.pins:
        yield "modem.pins.power: deep sleep lets go of it, and the modem would be off; leave its supply on"
    if board.sleeps and board.outputs:
        yield "outputs: deep sleep lets go of them; a board has either `sleeps` or outputs"
    if board.sleeps and board.application:
        yield "application: one runs for ever, and this board sleeps; a part made of others has its logic"
    if board.wake and not board.sleeps:
        yield "wake: the board never sleeps, `sleeps` is false"
    for name in board.wake:
        part, _, pin = name.partition(".")
        use = board.parts.get(part)
        kind = part_kinds().get(use.part) if use else None
        if use is None:
            yield f"wake: {name}: the board has no part {part!r}"
        elif kind and pin not in kind.inputs:
            yield f"wake: {name}: {use.part} drives no pin {pin!r} of the chip"
        elif pin in use.pins and use.pins[pin] not in RTC_PINS[chip.name]:
            yield f"wake: {name}: GPIO{use.pins[pin]} of the {chip.title} cannot end a deep sleep"
