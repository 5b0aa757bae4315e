"""The charge that a board's modem and chip take in a run, by state, and how long a battery would last.

Nothing is polled: modem, cell and chip tell when their state changes, and the current of a state is
constant.  Parts that are switched say what they take; what the others take at rest is one sum, on a board
with a cell.  Such a board discharges the world's cell; where that gives way, the chip's detector resets it
and the modem is without supply for a moment.  A board whose cell the sun charges is without supply from when
it is empty until there is enough in it for a start.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from host_tools.simulator.board import SimulatedBoard
from host_tools.simulator.buses import Part
from host_tools.simulator.chip.sleep import BOOT, DEEP, LIGHT
from host_tools.simulator.energy.currents import (
    CellData,
    Currents,
    cell_data,
    chip_currents,
    modem_currents,
    modem_least_mv,
    rest_current,
)
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.modems.dialect import Depth
from host_tools.simulator.radio.activity import Activity
from host_tools.simulator.worlds.battery import BUFFER_OHM, Battery
from host_tools.simulator.worlds.pack import CUT_OFF_MV, RESTART_MV, STEP_US, Pack

US_PER_HOUR = 3_600_000_000
US_PER_DAY = 24 * US_PER_HOUR
DAYS_PER_YEAR = 365.25
REST = "board at rest"
BROWN_OUT_MV = 2500  # where ESP-IDF's detector resets the chip, about
SETTLES_US = 100_000  # until the modem has its supply again; assumed
RADIO_AT_REST = (Activity.OFF, Activity.IDLE, Activity.EDRX, Activity.PSM)
CHIP_STATES = {0: "active", LIGHT: "light_sleep", DEEP: "deep_sleep", BOOT: "boot"}


class Meter:
    """Time in each state, and the charge that it took."""

    def __init__(self, queue: EventQueue, currents: Currents):
        self._queue = queue
        self._currents = currents
        self._charge: Counter[str] = Counter()
        self._lasted_us: Counter[str] = Counter()
        self._state: str | None = None  # without supply
        self.ma = 0.0  # at present
        self._since_us = queue.now_us

    def enter(self, state: str | None, tx_power_dbm: int = 0) -> None:
        """From now on; None: without supply."""
        self._count()
        self._state = state
        self.ma = 0.0 if state is None else self._currents[state].ma(tx_power_dbm)

    def _count(self) -> None:
        if self._state is not None:
            lasted_us = self._queue.now_us - self._since_us
            self._lasted_us[self._state] += lasted_us
            self._charge[self._state] += self.ma * lasted_us
        self._since_us = self._queue.now_us

    def seconds(self) -> dict[str, float]:
        """By state, until now."""
        self._count()
        return {state: us / 1e6 for state, us in self._lasted_us.items()}

    def mah(self) -> dict[str, float]:
        """By state, until now, the largest first."""
        self._count()
        return {state: charge / US_PER_HOUR for state, charge in self._charge.most_common() if charge}

    def estimates(self) -> list[str]:
        """States that counted, and whose current is not from a datasheet."""
        return sorted(
            f"{state}: {self._currents[state].source}"
            for state in self.mah()
            if self._currents[state].estimated
        )


class PartLoad:
    """What one part takes, as it says."""

    def __init__(self, queue: EventQueue, part: Part, changed: Callable[[], None]):
        self.ma = 0.0
        self._queue = queue
        self._changed = changed
        self._charge = 0.0
        self._since_us = queue.now_us
        part.on_load = self._take

    def mah(self) -> float:
        """Until now."""
        self._charge += self.ma * (self._queue.now_us - self._since_us)
        self._since_us = self._queue.now_us
        return self._charge / US_PER_HOUR

    def _take(self, ma: float) -> None:
        self.mah()
        self.ma = ma
        self._changed()


@dataclass(frozen=True)
class Energy:
    """What one board took; mAh a day, by state."""

    modem: dict[str, float]
    chip: dict[str, float]
    parts: dict[str, float]  # by part
    battery: CellData
    assumptions: list[str]

    @property
    def mah_per_day(self) -> float:
        return sum(sum(of.values()) for of in (self.modem, self.chip, self.parts))

    @property
    def average_ma(self) -> float:
        return self.mah_per_day / 24

    @property
    def battery_days(self) -> float:
        """Until the usable capacity is gone, by the board and by self-discharge."""
        cell = self.battery
        leak = cell.capacity_mah * cell.self_discharge / DAYS_PER_YEAR
        return cell.capacity_mah * cell.usable / (self.mah_per_day + leak)


class EnergyAccount:
    """Of one board; to be made before it runs."""

    def __init__(self, simulated: SimulatedBoard):
        self._simulated = simulated
        self._queue = simulated.queue
        self._begun_us = self._queue.now_us
        self.modem = Meter(self._queue, modem_currents(simulated.board.modem.part))
        self._chip = Meter(self._queue, chip_currents(simulated.board.chip))
        self._parts: dict[str, PartLoad] = {
            name: PartLoad(self._queue, part, self._discharge) for name, part in simulated.parts.items()
        }
        self._rest_current = rest_current(simulated.board)
        self._rest = Meter(self._queue, {REST: self._rest_current})
        self._cell: Battery | Pack | None = None
        self._modem_least_mv = modem_least_mv(simulated.board.modem.part)
        self._modem_has_supply = True
        if used := simulated.board.battery:
            self._cell = simulated.world.battery
            self._least_mv = CUT_OFF_MV if simulated.board.solar else BROWN_OUT_MV
            self._rest.enter(REST)
            if isinstance(self._cell, Battery) and used.pulse_capacitor:
                self._cell.buffer_ohm = BUFFER_OHM
        simulated.cell.observers.append(lambda _activity: self._look_at_modem())
        simulated.modem.observers.append(self._look_at_modem)
        simulated.chip.sleep_observers.append(lambda kind: self._enter(CHIP_STATES[kind]))
        simulated.chip.bluetooth.observers.append(lambda: self._enter(self._chip_state))
        self._board_power = simulated.chip.on_power
        simulated.chip.on_power = self._power
        self._enter("active")
        self._look_at_modem()

    def drawn_mah(self) -> dict[str, float]:
        """Until now: what each of modem, chip and parts took, by state or name."""
        drawn = {f"modem {state}": mah for state, mah in self.modem.mah().items()}
        drawn |= {f"chip {state}": mah for state, mah in self._chip.mah().items()}
        return drawn | self._parts_mah()

    def _parts_mah(self) -> dict[str, float]:
        return self._rest.mah() | {name: part.mah() for name, part in self._parts.items() if part.mah()}

    def energy(self) -> Energy:
        days = (self._queue.now_us - self._begun_us) / US_PER_DAY
        cell = cell_data(self._simulated.board)
        return Energy(
            {state: mah / days for state, mah in self.modem.mah().items()},
            {state: mah / days for state, mah in self._chip.mah().items()},
            {name: mah / days for name, mah in self._parts_mah().items()},
            cell,
            [
                f"{cell.title}, {cell.capacity_mah:g} mAh, {cell.usable:.0%} of it usable,"
                f" {cell.self_discharge:.0%} self-discharge a year",
                "modem, chip and parts that are switched are counted, without losses of regulators",
                *([f"{REST}: {self._rest_current.source}"] if self._cell else []),
                *("modem " + text for text in self.modem.estimates()),
                *("chip " + text for text in self._chip.estimates()),
            ],
        )

    def _power(self, on: bool) -> None:
        self._rest.enter(REST if on and self._cell else None)
        self._enter("active" if on else None)
        self._board_power(on)
        self._look_at_modem()

    def _look_at_modem(self) -> None:
        modem, cell = self._simulated.modem, self._simulated.cell
        if not self._chip.ma:
            self.modem.enter(None)
        elif not modem.is_on:
            self.modem.enter("off")
        elif modem.sleep.depth == Depth.AWAKE and cell.activity in RADIO_AT_REST:
            self.modem.enter("awake")
        else:
            self.modem.enter(cell.activity, cell.tx_power_dbm)
        self._discharge()

    def _enter(self, state: str | None) -> None:
        """Of the chip: while it is awake, its Bluetooth may be on."""
        self._chip_state = state
        is_radio_on = state == "active" and self._simulated.chip.bluetooth.is_on
        self._chip.enter("bluetooth" if is_radio_on else state)
        self._discharge()

    def _discharge(self) -> None:
        """The cell feels the present load."""
        if self._cell:
            parts_ma = sum(part.ma for part in self._parts.values())
            self._cell.take(self.modem.ma + self._chip.ma + self._rest.ma + parts_ma)
            if self._chip.ma and self._cell.voltage_mv < self._least_mv:
                self._queue.after(0, self._give_way)
            if self._modem_has_supply != self._modem_is_fed():
                self._modem_has_supply = not self._modem_has_supply
                self._queue.after(SETTLES_US if self._modem_has_supply else 0, self._supply_modem)

    def _give_way(self) -> None:
        if self._cell.voltage_mv >= self._least_mv:
            return  # what broke it down is over
        if isinstance(self._cell, Battery):
            self._simulated.chip.brown_out()
        self._queue.after(STEP_US, self._look_for_sun)
        self._simulated.chip.cut_power(None)

    def _look_for_sun(self) -> None:
        self._discharge()
        if self._cell.rest_mv >= RESTART_MV:
            self._simulated.chip.supply.come_back()
        else:
            self._queue.after(STEP_US, self._look_for_sun)

    def _modem_is_fed(self) -> bool:
        return self._cell.voltage_mv >= self._modem_least_mv

    def _supply_modem(self) -> None:
        """As it is by now, unless the whole board is without."""
        self._simulated.modem.power(bool(self._chip.ma) and self._modem_is_fed())
