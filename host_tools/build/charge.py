"""What a node counts as taken from its cell: the simulator's currents, as integers for firmware/budget.py."""

from host_tools.boards import Board
from host_tools.simulator.chip.resets import WAKE_BOOT_US
from host_tools.simulator.energy.currents import chip_currents, modem_currents, rest_current

CELL_MAH = {
    # At 0.2 mA (Linden, Handbook of Batteries): at less it is self-discharge that ends it.
    "ER34615": 17_000,
    "LFP32700": 0,  # what was taken says nothing of what is left
}


def charge(board: Board) -> tuple[int, int, int, int, int]:
    """(uAs of a start, mA awake, uA asleep with the modem in PSM, mA of a modem in use, mAh of the cell).

    mAh of the cell: 0 if the sun charges it, or there is none.
    """
    chip_ma = {state: current.ma(0) for state, current in chip_currents(board.chip).items()}
    modem_ma = {state: current.ma(0) for state, current in modem_currents(board.modem.part).items()}
    return (
        round(chip_ma["boot"] * WAKE_BOOT_US / 1000),
        round(chip_ma["active"]),
        round(1000 * (chip_ma["deep_sleep"] + modem_ma["psm"] + rest_current(board).ma(0))),
        round(modem_ma["receiving"]),
        CELL_MAH[board.battery.cell] if board.battery else 0,
    )
