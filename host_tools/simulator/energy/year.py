"""What a year does to a product on a cell: where it stands, who opens its cover, when it storms.

Nearly all of it is assumed, and `assumptions` says so.
"""

from host_tools.boards import Board
from host_tools.collector.configuration import set_settings
from host_tools.configuration_form import to_settings
from host_tools.simulator.devices.gas_modules import ELECTROCHEMICAL_MA, METHANE_MA, SUPPLY_MA
from host_tools.simulator.energy.currents import rest_current
from host_tools.simulator.simulation import Stage
from host_tools.simulator.worlds.pack import CELL_MAH, CHARGER_LEAVES, PANEL_LEAVES, SELF_DISCHARGE

DAY_S, HOUR_US = 86_400, 3_600_000_000
COVERAGE = ((0.7, -84, "CE0"), (0.2, -119, "CE1"), (0.1, -129, "CE2"))  # share, RSRP in dBm
CLIMATES = {"22.5 N": (24.0, 6.5), "cold": (2.0, 18.0)}  # yearly mean and swing in degrees C
OPENINGS_A_MONTH = 10
OPEN_US = 600_000_000
STORM_DAYS = 20  # a year
STORM_MM, STORM_SAMPLE_S = 60.0, 300  # of rain in 24 hours: a rainstorm, GB/T 28592-2012
LATITUDES = {"22.5 N": 22.5431, "cold": 45.0}
OF_THE_CELL = (
    "one ER34615, 17 to 19 Ah by mean current (Linden), in the cold down to 45 % of it (assumed)",
    "self-discharge 1 % a year at 20 degrees C, twice that for each 10 degrees more",
)
GAS_PERIODS_S = (600, 1800, 3600, 7200, 21_600, 86_400)


def periods_s(board: Board) -> tuple[int, ...]:
    """The sampling periods that are of interest; of a board with gas modules those of their measurements."""
    if gas_panel(board):
        return GAS_PERIODS_S
    return (board.sample_s or board.report_s,)


def period_settings(board: Board, period_s: int) -> dict:
    """That make it the period that is of interest.  Raises ConfigurationError."""
    panel = gas_panel(board)
    return to_settings({"parts": {panel: {"every_s": period_s}}} if panel else {"sample_s": period_s}, board)


def prepare(made: Stage, days: int, period_s: int | None, storm: bool) -> None:
    """What happens in a run of so many days, which all are storm days or none is.

    period_s: None: the board's own.
    """
    board, settings = made.simulated.board, {}
    if period_s:
        settings = period_settings(board, period_s)
    if storm:
        settings = to_settings({"sample_s": STORM_SAMPLE_S, "report_s": STORM_SAMPLE_S}, board)
    if settings:
        set_settings(made.store, made.node, settings)
    if has_gauge(board):
        _rain(made, days if storm else 0)
    if _has_cover(board):
        _open_now_and_then(made, days)


def assumptions(board: Board) -> list[str]:
    """In words, for whoever reads the figures."""
    mix = ", ".join(f"{share:.0%} at {rsrp} dBm ({name})" for share, rsrp, name in COVERAGE)
    places = ", ".join(f"{name}: {mean:g} +- {swing:g} C" for name, (mean, swing) in CLIMATES.items())
    told = [
        *(_of_the_sun(board) if board.solar else OF_THE_CELL),
        f"nodes by coverage: {mix}; half of them in each climate ({places})",
        f"the board at rest takes {rest_current(board).source}",
    ]
    if _has_cover(board):
        told.append(f"{OPENINGS_A_MONTH} openings a month, of 10 minutes each: two alarms each")
    if has_gauge(board):
        told.append(
            f"{STORM_DAYS} storm days a year with {STORM_MM:g} mm of rain each and a sample every"
            f" {STORM_SAMPLE_S // 60} minutes; no rain on the others"
        )
    if gas_panel(board):
        told.append(
            f"{SUPPLY_MA:.0f} mA of the cell while the gas modules are on: by a converter to 5 V,"
            f" {METHANE_MA} mA for methane (MH-440D), {ELECTROCHEMICAL_MA} mA for each of the three others"
        )
    return told


def _of_the_sun(board: Board) -> list[str]:
    panel, cells = board.solar, board.battery.parallel
    places = ", ".join(f"{latitude:g} N ({climate})" for climate, latitude in LATITUDES.items())
    return [
        f"{cells} LFP32700 of {CELL_MAH:.0f} mAh, which loses {SELF_DISCHARGE:.0%} a month at 20 degrees C,"
        " twice that for each 10 degrees more, and is not charged below 0",
        f"{panel.panel_w:g} W of panel, {panel.tilt_deg:g} degrees from flat towards {panel.azimuth_deg:g}"
        f" (north 0, east 90); {PANEL_LEAVES:.0%} of it come out (PVWatts' losses), of that"
        f" {CHARGER_LEAVES:.0%} out of its charger (assumed)",
        f"sun at {places}, clear sky by Haurwitz, Hong Kong's clouds by month in both places, no shadows",
    ]


def gas_panel(board: Board) -> str | None:
    """The name of the part that switches gas modules."""
    return next((name for name, use in board.parts.items() if use.part == "gas_panel"), None)


def has_gauge(board: Board) -> bool:
    return any(use.part == "water_gauge" for use in board.parts.values())


def _has_cover(board: Board) -> bool:
    return any(use.part == "manhole_guard" for use in board.parts.values())


def _rain(made: Stage, days: int) -> None:
    """A shower all day, so many days, and no other rain."""
    made.simulated.world.rain.force(*((day * DAY_S, DAY_S, STORM_MM) for day in range(days + 1) if days))


def _open_now_and_then(made: Stage, days: int) -> None:
    cover, gap_us = made.simulated.world.cover, round(30 / OPENINGS_A_MONTH * 24 * HOUR_US)
    for begins_us in range(gap_us // 2, days * 24 * HOUR_US, gap_us):
        made.queue.at(begins_us, lambda: cover.tilt(40))
        made.queue.at(begins_us + OPEN_US, lambda: cover.tilt(0))
