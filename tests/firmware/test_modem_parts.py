"""A smart pole with each modem that the firmware knows: half an hour of reports, over a crash."""

import pytest

from host_tools.boards import health_table, load_board
from host_tools.boards.check import check
from host_tools.boards.model import part_kinds
from host_tools.simulator.cell import CellOptions
from protocols.message_numbers import MODEM
from tests.firmware.pole_bench import PERIOD_S, START, PoleBench

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
    check(board, health_table(), part)
    return board


@pytest.mark.parametrize("part", MODEMS)
@pytest.mark.parametrize(
    ("granted", "told"), [("asked", False), ([20, 7200], True), ("denied", True)], ids=["so", "else", "not"]
)
def test_power_saving_is_asked_for_and_what_is_granted_is_told(part, granted, told, tmp_path):
    """The node reports every ten minutes, and in between its modem sleeps if the network lets it."""
    pole = pole_with(part)
    modem = pole.modem.model_copy(update={"psm_s": [16, 86_400]})
    cell = CellOptions(utc_at_start=START, psm_grant=granted)
    bench = PoleBench(
        tmp_path, cell, product=pole.model_copy(update={"modem": modem, "listens": False}), report_s=600
    )
    slept = []
    bench.at(300, lambda: slept.append(bench.board.cell.power_save))
    bench.run(3600)
    assert ("modem: granted" in bench.console) == told
    events = [event.data[0] for event in bench.store.events(bench.node) if event.code == MODEM]
    assert events[:1] == ["granted"] * told
    assert slept == [granted != "denied"]
    reports = bench.by_period(600)
    assert len(reports) >= 5 and sorted(reports) == list(range(min(reports), max(reports) + 1))


@pytest.mark.parametrize("part", MODEMS)
def test_reports_arrive(part, tmp_path):
    bench = PoleBench(tmp_path, product=pole_with(part))
    bench.at(900, lambda: bench.board.modem.faults.reboot())
    bench.run(DURATION_S)
    reports = bench.by_period()
    assert len(reports) >= DURATION_S // PERIOD_S - 1, bench.console
    assert sorted(reports) == list(range(min(reports), max(reports) + 1))
