"""Quectel BC95-G and BC28: the commands about the network (BC35-G&BC28&BC95 R2.0 AT Commands Manual V1.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host_tools.simulator.cell import DENIED, NOT_SEARCHING, Signal
from host_tools.simulator.modems import bc95_commands, power_saving, standard
from host_tools.simulator.modems.dialect import Handler
from host_tools.simulator.modems.standard import NOT_SUPPORTED
from host_tools.simulator.modems.v250 import RefusedError, Request

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

RADIO_OFF, DISABLED = 524, 51  # +CME ERROR
UNKNOWN = -32768  # a level in AT+NUESTATS before there is one; assumed
OPERATOR_MODE = 4  # stand-alone


def registration(modem: Module) -> str:
    """What follows `+CEREG:`: nothing quoted, every field there even if empty, zeros for no cell."""
    detail, cell = modem.settings["+CEREG"], modem.cell
    text = str(cell.stat)
    if detail < 2:
        return text
    known = cell.registered or cell.stat == DENIED
    area, number = (cell.options.tracking_area, cell.options.cell_id) if known else (0, 0)
    text += f",{area:04X},{number:08X},9"
    if detail == 2:
        return text
    cause = f"0,{cell.reject_cause}" if cell.stat == DENIED and detail in (3, 5) else ","
    if detail == 3:
        return f"{text},{cause}"
    negotiated = cell.registered and power_saving.asks_psm(modem)
    active, periodic = power_saving.granted_timers(modem) if negotiated else ("", "")
    return f"{text},{cause},{active},{periodic}"


def tell_address(modem: Module) -> None:
    if modem.settings["+NIPINFO"]:
        modem.urc(f"+NIPINFO:0,IP,{modem.cell.address}")


def set_functionality(modem: Module, request: Request) -> list[str] | int:
    """AT+CFUN: starting the radio takes its time, and does not attach unless AUTOCONNECT says so."""
    before = modem.settings["+CFUN"]
    standard.write_setting(modem, request)
    if modem.settings["+CFUN"] == before:
        return []
    if not before:
        if bc95_commands.connects_by_itself(modem):
            modem.cell.attach()
        return modem.rng.randint(*modem.options.functionality_ms)
    modem.sockets.lose_all()
    modem.cell.detach()
    return []


def attach(modem: Module, request: Request) -> list[str]:
    """AT+CGATT: OK at once, the attach goes on behind it."""
    if request.number(0) == 1 and not modem.settings["+CFUN"]:
        raise RefusedError(RADIO_OFF)
    if modem.options.refuses_attach and bc95_commands.connects_by_itself(modem):
        raise RefusedError(DISABLED)
    return standard.attach(modem, request)


def set_psm(modem: Module, request: Request) -> list[str]:
    """AT+CPSMS, whose octets this make shows without quotes."""
    power_saving.set_psm(modem, request)
    modem.nvram[power_saving.PSM] = modem.nvram[power_saving.PSM].replace('"', "")
    return []


def read_mode(modem: Module, request: Request) -> list[str]:
    """AT+NPSMR?: the mode only while its URC is on."""
    told = f"1,{int(modem.cell.power_save)}" if modem.settings["+NPSMR"] else 0
    return [modem.info(request.name, told)]


def read_operator(modem: Module, request: Request) -> list[str]:
    return [modem.info(request.name, f'0,2,"{modem.options.imsi[:5]}"' if modem.cell.registered else 0)]


def address(modem: Module, _request: Request) -> list[str]:
    return [modem.info("+CGPADDR", f"0,{modem.cell.address}" if modem.cell.registered else 0)]


# -- statistics


def count_air_time(modem: Module) -> None:
    """Add up how long the radio transmits and receives, for AT+NUESTATS."""
    activity, since_us = modem.cell.activity, modem.queue.now_us

    def changed(now: str) -> None:
        nonlocal activity, since_us
        if activity in ("transmitting", "receiving"):
            modem.ram[activity] = modem.ram.get(activity, 0) + modem.queue.now_us - since_us
        activity, since_us = now, modem.queue.now_us

    modem.cell.observers.append(changed)


def statistics(modem: Module, request: Request) -> list[str]:
    """AT+NUESTATS or AT+NUESTATS=RADIO or =CELL; levels in tenths, air time in ms since boot."""
    kind = request.text.upper()
    if kind not in ("", "RADIO", "CELL"):
        raise RefusedError(NOT_SUPPORTED)
    signal, here = modem.cell.signal(), modem.cell.options
    if kind == "CELL":
        if signal is None:
            return []
        levels = ",".join(
            str(10 * level) for level in (signal.rsrp_dbm, signal.rsrq_db, signal.rssi_dbm, signal.snr_db)
        )
        return [f"NUESTATS:CELL,{here.earfcn},{here.physical_cell},1,{levels}"]
    prefix = "NUESTATS:RADIO," if kind else ""
    return [f"{prefix}{name}:{value}" for name, value in radio_values(modem, signal)]


def radio_values(modem: Module, signal: Signal | None) -> list[tuple[str, int]]:
    here, found = modem.cell.options, modem.cell.stat != NOT_SEARCHING and signal is not None
    levels = [UNKNOWN] * 5
    if found:
        levels = [signal.rsrp_dbm, signal.rssi_dbm, signal.tx_power_dbm, signal.snr_db, signal.rsrq_db]
        levels = [10 * level for level in levels]
    rsrp, rssi, tx_power, snr, rsrq = levels
    return [
        ("Signal power", rsrp),
        ("Total power", rssi),
        ("TX power", tx_power),
        ("TX time", modem.ram.get("transmitting", 0) // 1000),
        ("RX time", modem.ram.get("receiving", 0) // 1000),
        ("Cell ID", here.cell_id if found else 0),
        ("ECL", signal.ecl if found else 255),
        ("SNR", snr),
        ("EARFCN", here.earfcn if found else 0),
        ("PCI", here.physical_cell if found else 0),
        ("RSRQ", rsrq),
        ("OPERATOR MODE", OPERATOR_MODE if found else 0),
        ("CURRENT BAND", here.band if found else 0),
    ]


TABLE: dict[str, Handler] = {
    "+CFUN=": set_functionality,
    "+CGATT=": attach,
    "+CPSMS=": set_psm,
    "+NPTWEDRXS=": power_saving.set_edrx_and_window,
    "+NPSMR?": read_mode,
    "+COPS?": read_operator,
    "+CGPADDR": address,
    "+CGPADDR=": address,
    "+NUESTATS": statistics,
    "+NUESTATS=": statistics,
    "+NEARFCN=": standard.accept,
    "+NCSEARFCN": standard.accept,
}
