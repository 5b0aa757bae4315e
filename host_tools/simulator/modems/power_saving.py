"""PSM and eDRX as AT commands ask for them and tell of them (3GPP TS 27.007 7.38, 7.40, 7.41, 10.1.22)."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from host_tools.simulator.modems import timers
from host_tools.simulator.modems.v250 import RefusedError, Request

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

BAD_PARAMETERS = 50
NB_S1 = "5"  # <AcT-type> of NB-IoT in AT+CEDRXS
OFF, ON, ON_WITH_URC = "0", "1", "2"
PSM, EDRX, PAGING_WINDOW = "+CPSMS", "+CEDRXS", "paging window"  # keys of NVRAM


def ask_power_saving(modem: Module) -> None:
    """Tell the cell what the stored settings ask of the network."""
    modem.cell.ask_psm(*_asked_psm(modem))
    mode, _, code = _fields(modem.nvram[EDRX], 3)
    window = modem.nvram.get(PAGING_WINDOW)
    if mode in (ON, ON_WITH_URC) and code:
        modem.cell.ask_edrx(timers.decode_edrx(code), window and timers.decode_paging_window(window))
    else:
        modem.cell.ask_edrx(None, None)


def _asked_psm(modem: Module) -> tuple[int | None, int | None]:
    """T3324 and T3412 in seconds."""
    mode, _, _, periodic, active = _fields(modem.nvram[PSM], 5)
    if mode != ON:
        return None, None
    default_active_s, default_periodic_s = modem.options.default_psm_s
    return (
        timers.decode_active(active) if active else default_active_s,
        timers.decode_periodic(periodic) if periodic else default_periodic_s,
    )


def _fields(text: str, count: int) -> list[str]:
    fields = next(csv.reader([text]))
    return (fields + [""] * count)[:count]


def set_psm(modem: Module, request: Request) -> list[str]:
    """AT+CPSMS=<mode>[,,,<T3412>[,<T3324>]]; mode 2 is off, and forgets the times."""
    mode = request.number(0)
    if mode > 2:
        raise RefusedError(BAD_PARAMETERS)
    _store(modem, PSM, request.text if mode < 2 else OFF)
    return []


def set_edrx(modem: Module, request: Request) -> list[str]:
    """AT+CEDRXS=<mode>[,5[,<cycle>]]; mode 2 tells by URC what is granted, 3 is off and forgets."""
    mode = request.number(0)
    if mode > 3 or (len(request.arguments) > 1 and request.arguments[1] != NB_S1):
        raise RefusedError(BAD_PARAMETERS)
    kept = _fields(modem.nvram[EDRX], 3)[2]
    given = request.arguments[2] if len(request.arguments) > 2 else kept
    _store(modem, EDRX, f'{mode},5,"{given}"' if mode < 3 else OFF)
    return []


def set_edrx_and_window(modem: Module, request: Request) -> list[str]:
    """As AT+CEDRXS with the paging window behind: <mode>,5,<cycle>,<window>; that order is assumed."""
    if len(request.arguments) > 3:
        window = request.arguments[3]
        if len(window) != 4 or set(window) - {"0", "1"}:
            raise RefusedError(BAD_PARAMETERS)
        modem.nvram[PAGING_WINDOW] = window
    return set_edrx(modem, request)


def _store(modem: Module, key: str, text: str) -> None:
    before = modem.nvram[key]
    modem.nvram[key] = text
    try:
        ask_power_saving(modem)
    except ValueError:
        modem.nvram[key] = before
        raise RefusedError(BAD_PARAMETERS) from None


def read_psm(modem: Module, request: Request) -> list[str]:
    return [modem.info(request.name, modem.nvram[PSM])]


def read_edrx(modem: Module, request: Request) -> list[str]:
    """As written, but for the mode in front."""
    return [modem.info(request.name, modem.nvram[EDRX].partition(",")[2])]


def read_granted_edrx(modem: Module, request: Request) -> list[str]:
    """AT+CEDRXRDP: what was asked, what the network gave, the paging window."""
    granted = modem.cell.granted
    if granted.edrx_ms is None:
        return [modem.info(request.name, 0)]
    return [modem.info(request.name, edrx_values(modem))]


def tell_edrx(modem: Module) -> None:
    """The URC of AT+CEDRXS=2, when what the network grants has changed."""
    cycle_ms = modem.cell.granted.edrx_ms
    if (
        modem.nvram[EDRX].startswith(ON_WITH_URC)
        and modem.cell.registered
        and cycle_ms != modem.ram.get(EDRX)
    ):
        modem.ram[EDRX] = cycle_ms
        modem.urc(modem.info("+CEDRXP", edrx_values(modem)))


def edrx_values(modem: Module) -> str:
    granted = modem.cell.granted
    asked = _fields(modem.nvram[EDRX], 3)[2]
    given = timers.encode_edrx(granted.edrx_ms)
    window = timers.encode_paging_window(granted.paging_window_ms or 0)
    return f'5,"{asked}","{given}","{window}"'


def granted_timers(modem: Module) -> tuple[str, str]:
    """T3324 and T3412 as octets, as the network gave them."""
    granted = modem.cell.granted
    return timers.encode_active(granted.active_s), timers.encode_periodic(granted.periodic_s)


def asks_psm(modem: Module) -> bool:
    return modem.nvram[PSM].startswith(ON)


TABLE = {
    "+CPSMS=": set_psm,
    "+CPSMS?": read_psm,
    "+CEDRXS=": set_edrx,
    "+CEDRXS?": read_edrx,
    "+CEDRXRDP": read_granted_edrx,
}
