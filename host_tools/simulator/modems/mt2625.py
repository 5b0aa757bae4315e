"""What modules with the MediaTek MT2625 share: Quectel BC26 and BC66, SIMCom SIM7020, China Mobile M5311."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host_tools.simulator.cell import DENIED, NOT_SEARCHING, SEARCHING
from host_tools.simulator.modems import power_saving, standard
from host_tools.simulator.modems.dialect import Cause, Depth, ModuleOptions, Spread
from host_tools.simulator.modems.v250 import RefusedError, Request

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

AUTOBAUD_RATES = (4800, 9600, 115200)
FIXED_RATES = (0, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)  # 0: autobaud
RATE_CHANGE_MS = 50  # so that OK still goes out at the old rate; assumed
DEEP_EDRX_MS = 81_920  # a longer cycle lets the module sleep deeply between its paging windows
NO_SERVICE, STILL_SEARCHING, IN_PSM = 840, 841, 846
CME_TEXTS = {
    3: "operation not allowed",
    4: "operation not supported",
    10: "SIM not inserted",
    50: "incorrect parameters",
    NO_SERVICE: "no service",
    STILL_SEARCHING: "searching",
    IN_PSM: "in PSM",
}


@dataclass(frozen=True)
class Mt2625Options(ModuleOptions):
    clock_is_local: bool = True  # some firmware prints UTC with the zone behind it
    gmt_clock: bool = False  # some firmware prints 2026/01/01,08:00:00GMT+8
    # After deep sleep AT+CEREG? says "searching" for so long before it knows better; 0 is possible too.
    recalls_network_ms: Spread = (0, 2000)
    stuck_after_reject: bool = False  # BC66 firmware: "searching" for ever after a reject, until AT+CFUN=0
    crash_after_wakes: int | None = None  # BC66 firmware R01A04 was seen to crash after about ten


def nvram(options: ModuleOptions) -> dict[str, str]:
    """The values are those of a new module, assumed."""
    return {power_saving.PSM: "0", power_saving.EDRX: '0,5,"0010"', "+IPR": str(options.baudrate or 0)}


def stored_rate(modem: Module) -> int | None:
    return int(modem.nvram["+IPR"]) or None


def set_rate(modem: Module, request: Request) -> list[str]:
    """AT+IPR: OK comes at the old rate; 0, autobaud, holds from the next boot on."""
    rate = request.number(0)
    if rate not in FIXED_RATES:
        raise RefusedError(standard.BAD_PARAMETERS)
    modem.nvram["+IPR"] = str(rate)

    def change() -> None:
        modem.baudrate = rate

    if rate:
        modem.later(RATE_CHANGE_MS, change)
    return []


def registration(modem: Module, routing_area: str = "", timers_always: bool = False) -> str:
    """What follows `+CEREG: `, as detailed as the setting wants it.

    `routing_area` goes behind AcT; `timers_always`: also while no PSM was asked for.
    """
    detail, cell, stat = modem.settings["+CEREG"], modem.cell, shown_stat(modem)
    registered = cell.registered and stat == cell.stat
    text = str(stat)
    if detail >= 2 and (registered or stat == DENIED):
        text += f',"{cell.options.tracking_area:04X}","{cell.options.cell_id:08X}",9{routing_area}'
    if detail in (3, 5) and stat == DENIED:
        text += f",0,{cell.reject_cause}"
    if detail >= 4 and registered and (timers_always or power_saving.asks_psm(modem)):
        active, periodic = power_saving.granted_timers(modem)
        text += f',,,"{active}","{periodic}"'
    return text


def shown_stat(modem: Module) -> int:
    stat = modem.cell.stat
    return SEARCHING if stat == DENIED and modem.options.stuck_after_reject else stat


def read_registration(modem: Module, request: Request) -> list[str]:
    """For a moment after deep sleep the module does not recall its network."""
    if modem.cell.registered and modem.queue.now_us < modem.ram.get("recalls network us", 0):
        return [modem.info(request.name, f"{modem.settings['+CEREG']},{SEARCHING}")]
    return standard.read_registration(modem, request)


def woken(modem: Module) -> None:
    """What is true of every deep sleep: release assistance is forgotten, the network is recalled late."""
    options = modem.options
    recalls_ms = modem.rng.randint(*options.recalls_network_ms)
    modem.ram["recalls network us"] = modem.queue.now_us + 1000 * recalls_ms
    if options.crash_after_wakes is not None and modem.sleep.woken % options.crash_after_wakes == 0:
        modem.later(0, modem.faults.reboot)


def deepest(modem: Module) -> Depth:
    """How deep the radio, the SIM and the power key let the module sleep."""
    cell = modem.cell
    if cell.connected or (cell.stat == SEARCHING and cell.coverage):
        return Depth.AWAKE
    if not modem.sim or modem.pressed("pwrkey"):
        return Depth.LIGHT
    long_edrx = cell.granted.edrx_ms is not None and cell.granted.edrx_ms > DEEP_EDRX_MS
    no_radio = cell.stat == NOT_SEARCHING or not cell.coverage
    return Depth.DEEP if cell.power_save or long_edrx or no_radio else Depth.LIGHT


def read_clock(modem: Module, _request: Request) -> list[str]:
    shown = standard.clock(modem, modem.options.clock_is_local)
    if shown is None:
        return ['+CCLK: "70/01/01,00:00:00+00"']
    quarters = modem.cell.options.zone_quarters
    if modem.options.gmt_clock:
        return [f"+CCLK: {shown:%Y/%m/%d,%H:%M:%S}GMT{quarters // 4:+d}"]
    return [f'+CCLK: "{shown:%y/%m/%d,%H:%M:%S}{quarters:+03d}"']


def read_operator(modem: Module, _request: Request) -> list[str]:
    return [f'+COPS: 0,2,"{modem.options.imsi[:5]}",9' if modem.cell.registered else "+COPS: 0"]


def address(modem: Module, _request: Request) -> list[str]:
    return [f"+CGPADDR: 1,{modem.cell.address}" if modem.cell.registered else "+CGPADDR: 1"]


def tell_address(modem: Module) -> None:
    """The URC `+IP`, a little after the registration."""
    modem.later(200, lambda: modem.urc("+IP: " + modem.cell.address))


def serving_cell(modem: Module, offset: int, cell_digits: int = 1, factor: int = 1) -> str:
    """The values that engineering mode prints; `factor` is 10 where levels are in tenths.

    The module measures in RRC idle; while it is connected it says what it measured last.
    """
    cell = modem.cell
    if cell.power_save:
        raise RefusedError(IN_PSM)
    signal = standard.measured(modem, NO_SERVICE, STILL_SEARCHING)
    if cell.connected:
        signal = modem.ram.get("signal", signal)
    modem.ram["signal"] = signal
    here = cell.options
    levels = (signal.rsrp_dbm, signal.rsrq_db, signal.rssi_dbm, signal.snr_db)
    where = f'{here.earfcn},{offset},{here.physical_cell},"{here.cell_id:0{cell_digits}X}"'
    shown = ",".join(str(level * factor) for level in levels)
    return f'{where},{shown},{here.band},"{here.tracking_area:X}",{signal.ecl},{10 * signal.tx_power_dbm}'


def reboot_at_once(modem: Module, _request: Request) -> list[str]:
    """The boot text comes instead of OK."""
    modem.later(0, lambda: modem.boot(Cause.COMMAND))
    return []


def ready_lines(*lines: tuple[int, str]) -> Callable:
    """The URCs of a start, each with its delay in ms; those about the SIM only with one."""
    return lambda modem, _cause: [line for line in lines if modem.sim or "CPIN" not in line[1]]


TABLE = {
    **standard.TABLE,
    "+CEREG?": read_registration,
    "+IPR=": set_rate,
    "+IPR?": standard.read_stored,
    "+CCLK?": read_clock,
    "+COPS?": read_operator,
    "+CGPADDR": address,
    "+CGPADDR=": address,
}
