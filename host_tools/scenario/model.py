"""The shape of a scenario file; docs/scenarios.md describes it for who writes one."""

import inspect
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    model_validator,
)

from host_tools.durations import parse_duration
from host_tools.events import FACTS
from host_tools.simulator.modems.faults import ModemFaults
from host_tools.simulator.radio.options import CellOptions

EPC_BYTES = 12


def _seconds(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError("a time is a text like 90s, 30m or 1h30m")
    return parse_duration(value)


def _cell_options(changes: dict[str, Any]) -> dict[str, Any]:
    """`changes` in the types that CellOptions has; unknown names and wrong values are errors."""
    known = asdict(CellOptions())
    unknown = [name for name in changes if name not in known]
    if unknown:
        raise ValueError(f"the cell has no option {unknown[0]!r}")
    checked = TypeAdapter(CellOptions).validate_python({**known, **changes})
    return {name: getattr(checked, name) for name in changes}


def _tag(epc: str) -> str:
    """A tag's EPC in hexadecimal digits."""
    if len(bytes.fromhex(epc)) != EPC_BYTES:
        raise ValueError(f"a tag has {EPC_BYTES} bytes")
    return epc


Duration = Annotated[int, BeforeValidator(_seconds)]  # seconds; in the file "90s", "1h30m"
CellChanges = Annotated[dict[str, Any], AfterValidator(_cell_options)]


class Strict(BaseModel):
    """Unknown keys are typing mistakes, so they are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ModemFault(BaseModel):
    """A method of `ModemFaults` by name; what else the table has are its arguments."""

    model_config = ConfigDict(extra="allow", frozen=True)

    fault: str

    @property
    def arguments(self) -> dict[str, Any]:
        return self.model_extra or {}

    @model_validator(mode="after")
    def _exists(self) -> "ModemFault":
        method = getattr(ModemFaults, self.fault, None)
        if self.fault.startswith("_") or not inspect.isfunction(method):
            raise ValueError(f"modems have no fault {self.fault!r}")
        try:
            inspect.signature(method).bind(None, **self.arguments)
        except TypeError as error:
            raise ValueError(f"{self.fault}: {error}") from None
        return self


class PartFault(Strict):
    name: str  # as in the board file
    silent: bool | None = None
    corrupt: int | None = Field(default=None, ge=1)  # so many of its next replies
    absent: bool | None = None  # of the I²C bus
    set: dict[str, bool | int | float] = {}  # attributes of its model, which says what they do


class Reselection(Strict):
    cell_id: int
    tracking_area: int | None = None


class CoverMove(Strict):
    tilt: float | None = None  # degrees from the horizontal; 0 puts it back
    knock: float | None = Field(default=None, ge=0, le=1)
    carry: Duration | None = None  # it is taken away, which takes so long
    traffic: Duration | None = None  # a vehicle drives over it so often, on average


class Shower(Strict):
    mm: float = Field(gt=0, allow_inf_nan=False)
    lasts: Annotated[Duration, Field(gt=0)]


class CommandToNode(Strict):
    name: str
    arguments: list[int | str] = []


class Timed(Strict):
    at: Duration

    @model_validator(mode="after")
    def _says_something(self) -> "Timed":
        if self.model_fields_set <= {"at"}:
            raise ValueError("says only when, not what")
        return self


class Step(Timed):
    """What happens at a moment: everything that is given, in the order of these fields."""

    cell: CellChanges | None = None
    coverage: bool | None = None
    network: Literal["detach", "detach and reattach", "new address"] | None = None
    reselect: Reselection | None = None
    world: dict[str, bool | int | float] | None = None  # attributes of the World, with dots
    mains: Duration | None = None  # for how long it fails
    cover: CoverMove | None = None
    water_mm: float | None = None
    rain: Shower | None = None
    gas: dict[Literal["ch4", "h2s", "co", "o2"], float] | None = None  # ppm, of oxygen percent
    sun: float | None = Field(default=None, ge=0, le=1)  # share of a clear sky's light
    door: Literal["open", "closed"] | None = None
    vehicle: Annotated[str, AfterValidator(_tag)] | None = None
    crew_comes: Annotated[int, Field(ge=1)] | None = None  # with its fob
    crew_goes: Annotated[int, Field(ge=1)] | None = None
    modem: ModemFault | None = None
    part: PartFault | None = None
    command: CommandToNode | None = None
    configuration: dict[str, Any] | None = None  # as a file of `citynode config set --file` has it
    collector: Literal["online", "offline"] | None = None
    brown_out: Literal[True] | None = None
    power_cut: Duration | None = None  # for how long


class Count(Strict):
    at_least: int = 0
    at_most: int | None = None


class PointExpectation(Strict):
    """Of the newest report, of the product's points or of health."""

    name: str
    least: float | None = None
    most: float | None = None


class WorldExpectation(PointExpectation):
    """Of the surroundings: an attribute of the World, with dots."""


class EventExpectation(Count):
    """Events with this name and these facts, both as `citynode events --json` shows them."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    name: str
    since: Duration = 0  # those that the node took before do not count
    at_least: int = 1

    @property
    def facts(self) -> dict[str, Any]:
        return self.model_extra or {}

    @model_validator(mode="after")
    def _exists(self) -> "EventExpectation":
        known = FACTS.get(self.name)
        if known is None:
            raise ValueError(f"there are no events {self.name!r}")
        unknown = [fact for fact in self.facts if fact not in known]
        if unknown:
            raise ValueError(f"events {self.name!r} have no {unknown[0]!r}")
        return self


class ConsoleExpectation(Count):
    text: str
    at_least: int = 1


class ResetExpectation(Count):
    cause: str  # as `citynode simulate` names them


class ResultExpectation(Strict):
    command: int  # the first command is 1
    status: Literal["done", "unknown_command", "bad_argument", "expired", "failed"]


class Expectation(Timed):
    """What has to be true at a moment; all that is given."""

    reports: Count | None = None
    all_delivered_once: Literal[True] | None = None
    point: PointExpectation | None = None
    health: PointExpectation | None = None
    event: EventExpectation | None = None
    world: WorldExpectation | None = None
    configuration: Literal["none", "in force", "pending", "refused"] | None = None
    console: ConsoleExpectation | None = None
    resets: ResetExpectation | None = None
    result: ResultExpectation | None = None


class Scenario(Strict):
    title: str
    duration: Duration
    seed: int = 0
    report_s: int | None = Field(default=None, ge=1)  # None: the board's period
    cell: CellChanges = {}
    crews: int = Field(default=0, ge=0, le=4)  # that the node knows from the beginning
    step: list[Step] = []
    expect: list[Expectation] = []

    @model_validator(mode="after")
    def _in_time(self) -> "Scenario":
        for kind, entries in (("step", self.step), ("expect", self.expect)):
            for number, entry in enumerate(entries, 1):
                if entry.at > self.duration:
                    raise ValueError(f"{kind} {number} is after the end")
        return self
