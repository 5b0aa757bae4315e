"""What must hold for a board on a battery, with the sun or without, beyond the file's shape."""

from collections.abc import Iterator

from host_tools.boards.model import Board

MOST_W = 6  # of panel for an LFP32700: 0.2 C, what makers allow up to 15 degrees C


def supply_faults(board: Board) -> Iterator[str]:
    """A line for each fault, beginning with the field."""
    battery = board.battery
    if board.solar and not (battery and battery.rechargeable):
        has = f"{battery.cell} cannot be charged" if battery else "the board has no battery"
        yield f"solar: {has}"
    if not battery:
        return
    if not battery.rechargeable:
        if battery.parallel > 1:
            yield f"battery.parallel: one {battery.cell} would charge the other"
        return
    if not board.solar:
        yield f"battery.cell: nothing charges the {battery.cell}; add [solar], or take a lithium cell"
    elif board.solar.panel_w > MOST_W * battery.parallel:
        yield f"solar.panel_w: more than {MOST_W} W for each cell would charge it too fast when it is cold"
    if battery.pulse_capacitor:
        yield f"battery.pulse_capacitor: an {battery.cell} gives a radio's pulses itself"
    if not any(use.part == "battery" for use in board.parts.values()):
        yield f"battery.cell: only its voltage tells when an {battery.cell} is low; add a part 'battery'"
