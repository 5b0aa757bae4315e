"""The charge that a board's modem and chip take in a run, by state, and how long a battery would last.

Nothing is polled: modem, cell and chip tell when their state changes, and the current of a state is
constant.  What the other parts of a board take is not counted.
"""

from collections import Counter
from dataclasses import dataclass

from host_tools.simulator.board import SimulatedBoard
from host_tools.simulator.chip.sleep import DEEP, LIGHT
from host_tools.simulator.energy.currents import Battery, Currents, battery, chip_currents, modem_currents
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.modems.dialect import Depth
from host_tools.simulator.radio.activity import Activity

US_PER_HOUR = 3_600_000_000
US_PER_DAY = 24 * US_PER_HOUR
DAYS_PER_YEAR = 365.25
RADIO_AT_REST = (Activity.OFF, Activity.IDLE, Activity.EDRX, Activity.PSM)
CHIP_STATES = {0: "active", LIGHT: "light_sleep", DEEP: "deep_sleep"}


class Meter:
    """Time in each state, and the charge that it took."""

    def __init__(self, queue: EventQueue, currents: Currents):
        self._queue = queue
        self._currents = currents
        self._charge: Counter[str] = Counter()
        self._lasted_us: Counter[str] = Counter()
        self._state: str | None = None  # without supply
        self._ma = 0.0
        self._since_us = queue.now_us

    def enter(self, state: str | None, tx_power_dbm: int = 0) -> None:
        """From now on; None: without supply."""
        if self._state is not None:
            lasted_us = self._queue.now_us - self._since_us
            self._lasted_us[self._state] += lasted_us
            self._charge[self._state] += self._ma * lasted_us
        self._state = state
        self._ma = 0.0 if state is None else self._currents[state].ma(tx_power_dbm)
        self._since_us = self._queue.now_us

    def seconds(self) -> dict[str, float]:
        """By state, until now."""
        self.enter(self._state)
        return {state: us / 1e6 for state, us in self._lasted_us.items()}

    def mah(self) -> dict[str, float]:
        """By state, until now, the largest first."""
        self.enter(self._state)
        return {state: charge / US_PER_HOUR for state, charge in self._charge.most_common() if charge}

    def estimates(self) -> list[str]:
        """States that counted, and whose current is not from a datasheet."""
        return sorted(
            f"{state}: {self._currents[state].source}"
            for state in self.mah()
            if self._currents[state].estimated
        )


@dataclass(frozen=True)
class Energy:
    """What one board took; mAh a day, by state."""

    modem: dict[str, float]
    chip: dict[str, float]
    battery: Battery
    assumptions: list[str]

    @property
    def mah_per_day(self) -> float:
        return sum(self.modem.values()) + sum(self.chip.values())

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
        simulated.cell.observers.append(lambda _activity: self._look_at_modem())
        simulated.modem.observers.append(self._look_at_modem)
        simulated.chip.sleep_observers.append(lambda kind: self._chip.enter(CHIP_STATES[kind]))
        self._board_power = simulated.chip.on_power
        simulated.chip.on_power = self._power
        self._look_at_modem()
        self._chip.enter("active")

    def energy(self) -> Energy:
        days = (self._queue.now_us - self._begun_us) / US_PER_DAY
        cell = battery()
        return Energy(
            {state: mah / days for state, mah in self.modem.mah().items()},
            {state: mah / days for state, mah in self._chip.mah().items()},
            cell,
            [
                f"{cell.title}, {cell.capacity_mah:g} mAh, {cell.usable:.0%} of it usable,"
                f" {cell.self_discharge:.0%} self-discharge a year",
                "only modem and chip are counted, without losses of regulators",
                *("modem " + text for text in self.modem.estimates()),
                *("chip " + text for text in self._chip.estimates()),
            ],
        )

    def _power(self, on: bool) -> None:
        self._chip.enter("active" if on else None)
        self._board_power(on)

    def _look_at_modem(self) -> None:
        modem, cell = self._simulated.modem, self._simulated.cell
        if not modem.is_on:
            self.modem.enter("off")
        elif modem.sleep.depth == Depth.AWAKE and cell.activity in RADIO_AT_REST:
            self.modem.enter("awake")
        else:
            self.modem.enter(cell.activity, cell.tx_power_dbm)
