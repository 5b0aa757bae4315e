"""The charge account: by state, exact over changes, and the battery that follows from it."""

import random
import textwrap

import pytest

from host_tools.boards import load_board
from host_tools.boards.model import BatteryUse, part_kinds
from host_tools.chips import chips
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.buses import SerialLine
from host_tools.simulator.cell import Cell, CellOptions
from host_tools.simulator.chip.resets import WAKE_BOOT_US
from host_tools.simulator.chip.sleep import BOOT, DEEP, LIGHT
from host_tools.simulator.energy.account import Energy, Meter
from host_tools.simulator.energy.currents import (
    CellData,
    Current,
    cell_data,
    chip_currents,
    modem_currents,
    modem_least_mv,
    rest_current,
)
from host_tools.simulator.internet import VirtualInternet
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.modems.bc26 import Bc26
from host_tools.simulator.modems.dialect import Depth
from host_tools.simulator.radio.activity import Activity
from host_tools.simulator.simulation import (
    START_UNIX,
    SimulationOptions,
    load_flash,
    run_board,
    stage,
)
from protocols.message_numbers import ALARM
from tests.host_tools.board_bench import BoardBench

HOUR_US = 3_600_000_000


def steady(ma, source="datasheet"):
    return Current(((0, ma),), source)


def test_charge_is_current_by_time():
    queue = EventQueue()
    meter = Meter(queue, {"on": steady(10.0), "off": steady(0.01), "never": steady(99.0)})
    meter.enter("on")
    queue.run_until(HOUR_US)
    meter.enter("off")
    queue.run_until(11 * HOUR_US)
    assert meter.mah() == {"on": pytest.approx(10.0), "off": pytest.approx(0.1)}
    meter.enter(None)
    queue.run_until(100 * HOUR_US)
    assert meter.mah() == {"on": pytest.approx(10.0), "off": pytest.approx(0.1)}


def test_transmitter_current_by_power():
    current = Current(((0, 28.0), (10, 39.0), (23, 107.0)), "datasheet")
    assert [current.ma(dbm) for dbm in (-20, 0, 5, 10, 23, 30)] == [28.0, 28.0, 33.5, 39.0, 107.0, 107.0]


def test_only_estimates_that_counted_are_named():
    queue = EventQueue()
    meter = Meter(
        queue, {"on": steady(1.0, "estimate: a guess"), "off": steady(1.0, "estimate: never in it")}
    )
    meter.enter("on")
    queue.run_until(HOUR_US)
    assert meter.estimates() == ["on: estimate: a guess"]


def test_battery_life_with_its_derating():
    cell = CellData("a cell", 1000.0, usable=0.5, self_discharge=0.0)
    assert Energy({"psm": 1.0}, {"deep_sleep": 4.0}, {}, cell, []).battery_days == pytest.approx(100)
    leaking = CellData("a cell", 36525.0, usable=1.0, self_discharge=0.01)
    assert Energy({}, {}, {}, leaking, []).battery_days == pytest.approx(36525)  # of itself in 100 years
    assert Energy({"psm": 1.0}, {}, {}, leaking, []).battery_days == pytest.approx(36525 / 2)


def test_every_modem_and_chip_has_all_its_currents_with_a_source():
    states = {str(activity) for activity in Activity} | {"awake"}
    modems = {name for name, kind in part_kinds().items() if kind.bus == "modem"}
    assert all(2000 <= modem_least_mv(name) <= 3300 for name in modems)
    for currents in (modem_currents(name) for name in modems):
        assert set(currents) == states
        assert all(current.source for current in currents.values())
        psm, idle, receiving, transmitting = (
            currents[state].ma(23) for state in ("psm", "idle", "receiving", "transmitting")
        )
        assert psm < idle < receiving < transmitting
    for currents in (chip_currents(name) for name in chips()):
        assert set(currents) == {"active", "bluetooth", "boot", "light_sleep", "deep_sleep"}
    assert cell_data(load_board("smart_pole")).usable < 1


def test_a_pole_takes_what_its_states_say():
    energy = run_board(load_board("smart_pole"), SimulationOptions(1200), 0).energy
    assert set(energy.chip) == {"active"}
    assert energy.chip["active"] == pytest.approx(24 * chip_currents("esp32s3")["active"].ma(0))
    assert 0 < energy.modem["transmitting"] < energy.modem["receiving"]
    assert energy.average_ma == pytest.approx(energy.mah_per_day / 24)
    assert any(text.startswith("modem receiving: estimate") for text in energy.assumptions)


def test_the_chip_tells_when_it_sleeps():
    program = """
        import machine
        machine.lightsleep(1000)
        machine.deepsleep(2000)
    """
    bench = BoardBench({"main.py": textwrap.dedent(program)})
    told = []
    bench.chip.sleep_observers.append(lambda kind: told.append((kind, bench.queue.now_us / 1e6)))
    bench.run(4)
    (light, light_s), (awake, woken_s), (deep, deep_s), (boot, boots_s), (again, starts_s), *_ = told
    assert (light, awake, deep, boot, again) == (LIGHT, 0, DEEP, BOOT, 0)
    assert starts_s - boots_s == pytest.approx(WAKE_BOOT_US / 1e6, abs=0.01)
    assert woken_s - light_s == pytest.approx(1, abs=0.01)
    assert boots_s - deep_s == pytest.approx(2, abs=0.01)


def test_a_board_takes_what_its_program_lets_it_sleep():
    with stage(load_board("smart_pole"), BoardOptions(start_unix=START_UNIX)) as made:
        program = "import machine\nmachine.deepsleep(60000)\n"
        load_flash(made.simulated, None, {"main.py": program.encode()})
        energy = made.play(3600).energy
    assert energy.chip["deep_sleep"] == pytest.approx(24 * 0.008, rel=0.05)
    assert 0 < energy.chip["active"] < 24 * 32 * 0.02


def test_an_outage_takes_nothing():
    with stage(load_board("smart_pole"), BoardOptions(start_unix=START_UNIX)) as made:
        made.queue.at(60_000_000, lambda: made.simulated.chip.cut_power(540_000_000))
        energy = made.play(1200).energy
    assert energy.chip["active"] == pytest.approx(24 * 32 * 660 / 1200, rel=0.01)


def test_a_modem_tells_when_it_sleeps_and_when_it_is_off():
    queue = EventQueue()
    cell = Cell(queue, random.Random(1), VirtualInternet(queue))
    modem = Bc26(queue, None, random.Random(2), cell)
    SerialLine(queue, modem, lambda _: None)
    told = []
    modem.observers.append(lambda: told.append((modem.is_on, modem.sleep.depth)))
    modem.pin("pwrkey", 1)
    queue.run_until(1_000_000)
    modem.pin("pwrkey", 0)
    queue.run_until(600_000_000)
    assert (True, Depth.AWAKE) in told and told[-1] == (True, Depth.LIGHT)
    modem.power(False)
    assert told[-1] == (False, Depth.AWAKE)


def manhole_cover_with_bc95g():
    board = load_board("manhole_cover")
    uart = {"modem": board.uart["modem"].model_copy(update={"baudrate": 9600})}
    modem = board.modem.model_copy(update={"part": "bc95g", "pins": {"reset": 1}})
    return board.model_copy(update={"uart": uart, "modem": modem})


def test_a_cell_that_gives_way_takes_the_modem_down_before_the_chip():
    """A BC95-G needs 3.1 V: a film too thin to reset the chip takes them, until the load has broken it."""
    cell = CellOptions(utc_at_start=START_UNIX - EPOCH_UNIX_S, rsrp_dbm=-119)
    with stage(manhole_cover_with_bc95g(), BoardOptions(start_unix=START_UNIX, cell=cell)) as made:
        battery, modem = made.simulated.world.battery, made.simulated.modem
        lost_s = []
        modem.observers.append(lambda: modem.is_on or lost_s.append(made.queue.now_us / 1e6))

        def passivate():
            battery.film, battery.buffer_ohm = 0.3, None

        made.queue.at(HOUR_US, passivate)
        made.queue.at(HOUR_US + 1_000_000, lambda: made.simulated.world.cover.tilt(40))
        made.play(2 * 3600)
        codes = [event.code for event in made.store.events(made.node)]
        print(lost_s, codes, battery.film, made.simulated.chip.resets)
        assert [time for time in lost_s if time > 3600]
        assert "brown-out" not in made.simulated.chip.resets
        assert codes.count(ALARM) == 2


def test_what_a_board_takes_at_rest():
    plain, gas, gauge = (
        rest_current(load_board(name)) for name in ("manhole_cover", "manhole_cover_gas", "water_level")
    )
    assert gas.ma(0) - plain.ma(0) == pytest.approx(0.0029)  # PCF8574 and ADS1115, less the MS5837
    assert "leakage 8 (assumed)" in plain.source and "gas 2.5," in gas.source and "rain 10" in gauge.source
    bare = load_board("manhole_cover").model_copy(update={"battery": BatteryUse(cell="ER34615")})
    assert plain.ma(0) - rest_current(bare).ma(0) == pytest.approx(0.006)  # the pulse capacitor's
