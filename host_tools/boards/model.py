"""The shape of a board file, and the catalogue of parts it may name."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class BoardError(ValueError):
    """A board file is wrong; the text names file, field and reason, a line for each fault."""

    hint = "Compare with boards/smart_pole/board.toml; boards/chips.toml and parts.toml say what there is."


class UnknownBoardError(BoardError):
    """There is no board of that name."""

    hint = "Give one of these names, or the path of a board file of your own."


MASTERS = {
    "rs485": "drivers.modbus_master:ModbusMaster",
    "dlt645": "drivers.dlt645_master:Dlt645Master",
}
MAX_REPORT_S = 86_400  # the node's clock arithmetic wants to be asked more often than its ticks wrap
HEALTH = "health"  # the name of the health table, and of the part that all its points are of
MAX_STUCK = 10_000  # samples: a week of minutes
Number = Annotated[float, Field(allow_inf_nan=False)]


class Strict(BaseModel):
    """Unknown keys are typing mistakes, so they are errors; so are numbers in quotes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class UartBus(Strict):
    id: int
    tx: int
    rx: int
    de: int | None = None  # direction of an RS-485 transceiver: high sends
    parity: Literal["none", "even", "odd"] = "none"
    baudrate: int = Field(gt=0)


class I2cBus(Strict):
    id: int
    sda: int
    scl: int
    frequency_hz: int = Field(default=100_000, gt=0)


class SpiBus(Strict):
    id: int
    sck: int
    mosi: int
    miso: int
    frequency_hz: int = Field(gt=0)


# A number, or the rows of a table.
Setting = int | list[list[int]]
# What it may be: least and most, of a table of each column.
SettingRange = list[int] | list[list[int]]


class PartUse(Strict):
    """A part on the board: what it is, and the bus or pins that it hangs on, or the parts it is made of."""

    part: str
    uart: str | None = None
    i2c: str | None = None
    spi: str | None = None
    address: int | str | None = None  # text: the twelve digits of a DL/T 645 meter
    pins: dict[str, int] = {}
    uses: dict[str, str] = {}  # role -> part that has it
    settings: dict[str, Setting] = {}  # those that are other than the driver's own


class ModemUse(PartUse):
    apn: str = ""  # empty: whatever the network gives
    bands: str = Field(default="", pattern=r"^(\d+(,\d+)*)?$")  # "5,8"; empty: what the module has
    # What the node asks of the network to save power; without either it can always be reached.
    psm_s: list[int] | None = Field(default=None, min_length=2, max_length=2)  # T3324, T3412
    edrx_s: float | None = None


class BatteryUse(Strict):
    """What a board lives on."""

    cell: Literal["ER34615", "LFP32700"]
    pulse_capacitor: bool = False  # a hybrid layer capacitor at the cell, which gives the radio's pulses
    parallel: int = Field(default=1, ge=1, le=8)  # so many cells

    @property
    def rechargeable(self) -> bool:
        return self.cell == "LFP32700"


class SolarUse(Strict):
    """The panel that charges the battery."""

    panel_w: Number = Field(gt=0)  # rated, at 1000 W/m2
    tilt_deg: Number = Field(ge=0, le=90)  # from lying flat
    azimuth_deg: Number = Field(default=180.0, ge=0, lt=360)  # where it faces: north 0, east 90


class OutputUse(Strict):
    """An output that schedules and commands set; the command has the output's name."""

    part: str
    safe: int = Field(ge=0, le=100)  # percent: at boot, without a clock or a plan, and in safe mode


class PointDeclaration(Strict):
    """A point; what is a value of it is in its `unit`."""

    source: str  # "part.field"
    path: str = Field(pattern=r"^\d+/\d+/\d+$")
    unit: str
    scale: Number = Field(gt=0)
    kind: Literal["telemetry", "signal", "control"] = "telemetry"
    priority: Literal["telemetry", "event", "alarm"] = "telemetry"  # of what its rules raise
    # What cannot be right.
    range: list[Number] | None = Field(default=None, min_length=2, max_length=2)  # both still good
    jump: Number | None = Field(default=None, gt=0)  # a larger one must be seen twice
    stuck: int | None = Field(default=None, ge=2, le=MAX_STUCK)  # so many equal samples are a fault
    # What is worth a report out of turn.
    step: Number | None = Field(default=None, gt=0)
    min_s: int | None = Field(default=None, ge=0, le=MAX_REPORT_S)  # until the next
    above: Number | None = None
    below: Number | None = None
    hysteresis: Number | None = Field(default=None, ge=0)


Period = Annotated[int, Field(gt=0, le=MAX_REPORT_S)]


class Board(Strict):
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")  # the product
    title: str
    chip: str
    flash_size: Literal["4MB", "8MB", "16MB"]
    report_s: Period  # a report is kept at least so often
    sample_s: Period | None = None  # the parts are read so often; None: for each report
    send_s: int = Field(default=0, ge=0, le=MAX_REPORT_S)  # a report waits so long for company
    health_s: Period = 3600  # a health report is kept so often
    listens: bool = False  # the node can be reached at any time
    sleeps: bool = False  # deep sleep between rounds
    wake: list[str] = []  # "part.pin": inputs that end the deep sleep when they are high
    application: str | None = None  # `firmware/APPLICATION.py`, for what the runtime alone cannot do
    heap_kib: int | None = Field(default=None, gt=0)  # for Python objects; None: what the chip has
    uart: dict[str, UartBus] = {}
    i2c: dict[str, I2cBus] = {}
    spi: dict[str, SpiBus] = {}
    battery: BatteryUse | None = None  # None: the mains
    solar: SolarUse | None = None
    modem: ModemUse
    parts: dict[str, PartUse]
    outputs: dict[str, OutputUse] = {}
    points: dict[str, PointDeclaration]

    @property
    def flash_bytes(self) -> int:
        return int(self.flash_size.removesuffix("MB")) << 20


class HealthTable(Strict):
    """boards/health.toml: what all products report of themselves, besides their own points."""

    points: dict[str, PointDeclaration]

    @property
    def name(self) -> str:
        """In place of a product's."""
        return HEALTH


class PartKind(Strict):
    """An entry of boards/parts.toml."""

    title: str
    # rs485: Modbus RTU on an RS-485 line; dlt645: DL/T 645 on one; parts: none, it is made of other parts;
    # bluetooth: none, the chip has it
    bus: Literal["uart", "rs485", "dlt645", "i2c", "spi", "pins", "parts", "bluetooth", "modem"]
    addresses: list[int] = []
    outputs: list[str] = []  # board pins that drive the part's inputs
    inputs: list[str] = []  # board pins that the part drives
    uses: dict[str, list[str]] = {}  # roles of other parts, whose drivers it is given: what fits each
    optional: list[str] = []  # of the pins and roles: those that a board may leave out
    driver: str  # "module:Class"
    model: str = ""  # "module:Class" of the simulated part; a part made of others has none
    fields: list[str]
    settings: dict[str, SettingRange] = {}  # of the driver's `configure`, and what they may be
    baudrate: int | None = None  # of a modem that does not find out the board's
    baudrates: list[int] = []  # what a part on a shared line can be set to, the factory's first

    @property
    def wires(self) -> str:
        """The key of a board file that says which bus the part is on; "" for a part on pins alone."""
        if self.bus in ("pins", "parts", "bluetooth"):
            return ""
        return {"rs485": "uart", "dlt645": "uart", "modem": "uart"}.get(self.bus, self.bus)

    @property
    def master(self) -> str | None:
        """ "module:Class" of what shares the line among its parts, if they do."""
        return MASTERS.get(self.bus)

    @property
    def pins(self) -> list[str]:
        return self.outputs + self.inputs

    @property
    def driver_module(self) -> str:
        return self.driver.partition(":")[0]


@cache
def part_kinds() -> dict[str, PartKind]:
    data = tomllib.loads(files("boards").joinpath("parts.toml").read_text(encoding="utf-8"))
    return {name: PartKind(**entry) for name, entry in data.items()}
