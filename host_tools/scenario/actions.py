"""What the steps of a scenario do to a board, its network and its collector."""

from host_tools.scenario.errors import ScenarioError
from host_tools.scenario.model import Reselection, Step
from host_tools.simulator.simulation import Stage

COMMAND_DEADLINE_S = 3600


class Actions:
    """One method for each field of a `Step`, by its name."""

    def __init__(self, stage: Stage):
        self._stage = stage
        self._board = stage.simulated

    def perform(self, step: Step) -> None:
        for field in type(step).model_fields:
            value = getattr(step, field)
            if field != "at" and value is not None:
                getattr(self, field)(value)

    def check(self, step: Step) -> None:
        """Raise ScenarioError for what this board has not."""
        for name, value in (step.world or {}).items():
            place, attribute = self._place(name)
            if not isinstance(getattr(place, attribute, None), int | float):
                raise ScenarioError(f"world: there is no {name!r} to set")
            try:
                setattr(place, attribute, type(getattr(place, attribute))(value))
            except AttributeError:
                raise ScenarioError(f"world: {name!r} cannot be set") from None
        if step.part and not hasattr(self._board.parts.get(step.part.name), "faults"):
            raise ScenarioError(f"part: the board has no part {step.part.name!r} that can fail")

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
            setattr(*self._place(name), value)

    def modem(self, fault) -> None:
        getattr(self._board.modem.faults, fault.fault)(**fault.arguments)

    def part(self, fault) -> None:
        faults = self._board.parts[fault.name].faults
        if fault.silent is not None:
            faults.silent = fault.silent
        if fault.corrupt is not None:
            faults.corrupt_next = fault.corrupt

    def command(self, command) -> None:
        self._stage.command(command.name, command.arguments, COMMAND_DEADLINE_S)

    def collector(self, state: str) -> None:
        self._stage.online = state == "online"

    def brown_out(self, _yes: bool) -> None:
        self._board.chip.brown_out()

    def power_cut(self, seconds: int) -> None:
        self._board.chip.cut_power(seconds * 1_000_000)

    def _place(self, name: str) -> tuple[object, str]:
        """ "cover.open" -> the cover, "open"."""
        place: object = self._board.world
        *path, attribute = name.split(".")
        for part in path:
            place = getattr(place, part, None)
        return place, attribute
