"""A smart pole with each modem that the firmware knows: half an hour of reports, over a crash."""

import pytest

from host_tools.boards import load_board
from host_tools.boards.check import check
from host_tools.boards.model import part_kinds
from tests.firmware.pole_bench import PERIOD_S, PoleBench

MODEMS = [name for name, kind in part_kinds().items() if kind.bus == "modem"]
WAKE_GPIO = 10  # the board has one pin to wake its modem, whatever the modem calls it
GPIO = {"pwrkey": 6, "reset": 7, "power": 11}
BAUDRATES = {"bc95g": 9600, "bc28": 9600}
DURATION_S = 1800


def pole_with(part):
    """The smart pole as it would be laid out for that modem."""
    pole = load_board("smart_pole")
    pins = {pin: GPIO.get(pin, WAKE_GPIO) for pin in part_kinds()[part].outputs}
    baudrate = BAUDRATES.get(part, pole.uart["modem"].baudrate)
    board = pole.model_copy(
        update={
            "modem": pole.modem.model_copy(update={"part": part, "pins": pins}),
            "uart": pole.uart | {"modem": pole.uart["modem"].model_copy(update={"baudrate": baudrate})},
        }
    )
    check(board, part)
    return board


@pytest.mark.parametrize("part", MODEMS)
def test_reports_arrive(part, tmp_path):
    bench = PoleBench(tmp_path, product=pole_with(part))
    bench.at(900, lambda: bench.board.modem.faults.reboot())
    bench.run(DURATION_S)
    reports = bench.by_seq()
    assert len(reports) >= DURATION_S // PERIOD_S - 1, bench.console
    assert sorted(reports) == list(range(min(reports), max(reports) + 1))
