"""What the steps of a scenario do to a board, its network and its collector."""

from host_tools.boards.model import part_kinds
from host_tools.collector.configuration import set_settings
from host_tools.configuration_form import ConfigurationError, to_settings
from host_tools.provisioning.identity import ProvisionError
from host_tools.scenario.errors import ScenarioError
from host_tools.scenario.model import CoverMove, Reselection, Step
from host_tools.scenario.places import place_of
from host_tools.simulator.devices.mains_monitor import MainsMonitor
from host_tools.simulator.simulation import Stage

COMMAND_DEADLINE_S = 3600
# Of steps' fields, those that a place is for.
PLACES = {
    "cover": "cover",
    "water_mm": "water",
    "rain": "rain",
    "gas": "gas",
    "sun": "sun",
    "door": "cabinet",
    "vehicle": "vehicles",
}


class Actions:
    """One method for each field of a `Step`, by its name."""

    def __init__(self, stage: Stage):
        self._stage = stage
        self._board = stage.simulated
        self._world = stage.simulated.world

    def perform(self, step: Step) -> None:
        for field in type(step).model_fields:
            value = getattr(step, field)
            if field != "at" and value is not None:
                getattr(self, field)(value)

    def check(self, step: Step) -> None:
        """Raise ScenarioError for what this board has not."""
        for field, place in PLACES.items():
            # The world makes a place when a part of the board asks for it.
            if getattr(step, field) is not None and place not in vars(self._world):
                raise ScenarioError(f"{field}: no part of the board notices it")
        monitored = any(isinstance(part, MainsMonitor) for part in self._board.parts.values())
        if step.mains is not None and not monitored:
            raise ScenarioError("mains: the board does not monitor its mains")
        if (step.crew_comes or step.crew_goes) and not self.hears_crews:
            raise ScenarioError("crew_comes, crew_goes: no part of the board notices it")
        if step.configuration is not None:
            try:
                to_settings(step.configuration, self._board.board)
            except (ConfigurationError, ProvisionError) as error:
                raise ScenarioError(f"configuration: {error}") from None
        self._check_world(step)
        if step.part:
            part, on_i2c = self._board.parts.get(step.part.name), step.part.absent is not None
            if not hasattr(part, "absent" if on_i2c else "faults"):
                raise ScenarioError(f"part: the board has no part {step.part.name!r} that can fail like that")

    def _check_world(self, step: Step) -> None:
        for name, value in (step.world or {}).items():
            place, attribute = place_of(self._world, name)
            if not isinstance(getattr(place, attribute, None), int | float):
                raise ScenarioError(f"world: there is no {name!r} to set")
            try:
                setattr(place, attribute, type(getattr(place, attribute))(value))
            except AttributeError:
                raise ScenarioError(f"world: {name!r} cannot be set") from None

    def cell(self, changes: dict) -> None:
        self._board.cell.set(**changes)

    def coverage(self, present: bool) -> None:
        self._board.cell.coverage = present

    def network(self, what: str) -> None:
        cell = self._board.cell
        if what == "new address":
            cell.change_address()
        else:
            cell.operator_detach(reattach=what != "detach")

    def reselect(self, cell: Reselection) -> None:
        self._board.cell.reselect(cell.cell_id, cell.tracking_area)

    def world(self, values: dict) -> None:
        for name, value in values.items():
            setattr(*place_of(self._world, name), value)

    def mains(self, outage_s: int) -> None:
        self._world.fail_mains(outage_s * 1_000_000)

    def cover(self, move: CoverMove) -> None:
        if move.tilt is not None:
            self._world.cover.tilt(move.tilt)
        if move.knock is not None:
            self._world.cover.knock(move.knock)
        if move.carry is not None:
            self._world.cover.carry(move.carry)
        if move.traffic is not None:
            self._world.cover.traffic(move.traffic)

    def water_mm(self, level_mm: float) -> None:
        self._world.water.force(level_mm)

    def rain(self, shower) -> None:
        self._world.rain.begin(shower.lasts, shower.mm)

    def gas(self, concentrations: dict[str, float]) -> None:
        self._world.gas.force(**concentrations)

    def sun(self, share: float) -> None:
        self._world.sun.force(share)

    def door(self, state: str) -> None:
        self._world.cabinet.force_door(state == "open")

    def vehicle(self, epc: str) -> None:
        self._world.vehicles.call(bytes.fromhex(epc), self._stage.queue.now_us)

    def crew_comes(self, number: int) -> None:
        self._world.fobs.arrive(self._board.fob(number))

    def crew_goes(self, number: int) -> None:
        self._world.fobs.leave(self._board.fob(number))

    def modem(self, fault) -> None:
        getattr(self._board.modem.faults, fault.fault)(**fault.arguments)

    def part(self, fault) -> None:
        part = self._board.parts[fault.name]
        if fault.silent is not None:
            part.faults.silent = fault.silent
        if fault.corrupt is not None:
            part.faults.corrupt_next = fault.corrupt
        if fault.absent is not None:
            part.absent = fault.absent
        for name, value in fault.set.items():
            if name not in vars(part):
                raise ScenarioError(f"part: {fault.name} has no {name!r} to set")
            setattr(part, name, value)

    def command(self, command) -> None:
        self._stage.command(command.name, command.arguments, COMMAND_DEADLINE_S)

    def configuration(self, form: dict) -> None:
        settings = to_settings(form, self._board.board)
        set_settings(self._stage.store, self._stage.node, settings, may_move=True)

    def collector(self, state: str) -> None:
        self._stage.online = state == "online"

    @property
    def hears_crews(self) -> bool:
        return any(part_kinds()[use.part].bus == "bluetooth" for use in self._board.board.parts.values())

    def brown_out(self, _yes: bool) -> None:
        if self._board.chip.supply.is_there:
            self._board.chip.brown_out()

    def power_cut(self, seconds: int) -> None:
        if self._board.chip.supply.is_there:  # nobody can cut what an empty cell does not give
            self._board.chip.cut_power(seconds * 1_000_000)
