"""Quectel BC26: the commands about the module, the SIM and the network (BC26 AT Commands Manual V1.1).

A handler takes the modem and the request and returns the lines of its response, or a number: the
milliseconds after which OK follows.  RefusedError makes it an error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from host_tools.simulator.cell import NOT_SEARCHING, SEARCHING, Signal
from host_tools.simulator.modems.v250 import RefusedError, Request

if TYPE_CHECKING:
    from host_tools.simulator.modems.bc26 import Bc26

Handler = Callable[["Bc26", Request], list[str] | int]

NOT_SUPPORTED, NO_SIM, BAD_PARAMETERS, NO_SERVICE, STILL_SEARCHING = 4, 10, 50, 840, 841
CME_TEXTS = {
    3: "operation not allowed",
    4: "operation not supported",
    10: "SIM not inserted",
    50: "incorrect parameters",
    840: "no service",
    841: "searching",
}

# Numeric settings: default after boot, and the values that each field may have.
SETTINGS: dict[str, tuple[int, Sequence[int]]] = {
    "+CMEE": (0, (0, 1, 2)),
    "+CEREG": (0, range(6)),
    "+CSCON": (0, (0, 1)),
    "+CTZR": (0, (0, 1)),
    "+QSCLK": (1, (0, 1, 2)),
    "+QNBIOTRAI": (0, (0, 1, 2)),
    "+CFUN": (1, (0, 1, 4)),
}
# Kept over reboots, and read back as they were written; the values are those of a new module, assumed.
STORED = {
    "+CPSMS": "0",
    "+CEDRXS": '0,5,"0010"',
    "+QBAND": "0",
    "+QNBIOTEVENT": "0,1",
    "+QCGDEFCONT": '"IP"',
}
SLOW_CFUN_MS = (60_000, 80_000)  # CFUN=0 while the module has not yet registered
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def default_settings() -> dict[str, list[int]]:
    return {name: [default] for name, (default, _) in SETTINGS.items()}


def error_text(cmee: int, code: int | None) -> str:
    """The final result of a refused command under AT+CMEE."""
    if cmee == 0 or code is None:
        return "ERROR"
    return f"+CME ERROR: {code if cmee == 1 else CME_TEXTS.get(code, code)}"


# -- settings in general


def write_setting(modem: Bc26, request: Request) -> list[str]:
    value = request.number(0)
    if value not in SETTINGS[request.name][1]:
        raise RefusedError(BAD_PARAMETERS)
    modem.settings[request.name] = [value]
    return []


def read_setting(modem: Bc26, request: Request) -> list[str]:
    return [f"{request.name}: {modem.settings[request.name][0]}"]


def test_setting(_modem: Bc26, request: Request) -> list[str]:
    return [f"{request.name}: ({','.join(map(str, SETTINGS[request.name][1]))})"]


def store(modem: Bc26, request: Request) -> list[str]:
    modem.nvram[request.name] = request.text
    return []


def read_stored(modem: Bc26, request: Request) -> list[str]:
    return [f"{request.name}: {modem.nvram[request.name]}"]


def read_edrx(modem: Bc26, request: Request) -> list[str]:
    """As written, but for the mode in front."""
    return [f"{request.name}: {modem.nvram[request.name].partition(',')[2]}"]


# -- module and SIM


def set_echo(modem: Bc26, request: Request) -> list[str]:
    modem.echo = request.number(0, default=0) == 1
    return []


def identify(modem: Bc26, _request: Request) -> list[str]:
    return ["Quectel_Ltd", "Quectel_BC26", f"Revision: {modem.options.firmware}"]


def manufacturer(_modem: Bc26, _request: Request) -> list[str]:
    return ["Quectel_Ltd", "Quectel_BC26", "Revision: MTK_2625"]


def revision(modem: Bc26, _request: Request) -> list[str]:
    return [f"Revision: {modem.options.firmware}"]


def serial_number(modem: Bc26, request: Request) -> list[str]:
    """AT+CGSN=1 is the IMEI; the others are not known to this module."""
    if request.number(0) != 1:
        raise RefusedError(NOT_SUPPORTED)
    return [f"+CGSN: {modem.options.imei}"]


def need_sim(modem: Bc26) -> None:
    if not modem.options.sim:
        raise RefusedError(NO_SIM)


def imsi(modem: Bc26, _request: Request) -> list[str]:
    need_sim(modem)
    return [modem.options.imsi]


def iccid(modem: Bc26, _request: Request) -> list[str]:
    need_sim(modem)
    return [f"+QCCID: {modem.options.iccid}"]


def pin_state(modem: Bc26, _request: Request) -> list[str]:
    need_sim(modem)
    return ["+CPIN: READY"]


def reboot(modem: Bc26, request: Request) -> list[str]:
    """At once: the boot text comes instead of OK."""
    if request.number(0) != 1:
        raise RefusedError(BAD_PARAMETERS)
    modem.later(0, modem.boot)
    return []


def power_down(modem: Bc26, _request: Request) -> list[str]:
    modem.power_down()
    return []


def read_clock(modem: Bc26, _request: Request) -> list[str]:
    utc = modem.cell.utc() if modem.knows_time else None
    if utc is None:
        return ['+CCLK: "70/01/01,00:00:00+00"']
    quarters = modem.cell.options.zone_quarters
    shown = EPOCH + timedelta(seconds=utc)
    if modem.options.clock_is_local:
        shown += timedelta(minutes=15 * quarters)
    if modem.options.gmt_clock:
        return [f"+CCLK: {shown:%Y/%m/%d,%H:%M:%S}GMT{quarters // 4:+d}"]
    return [f'+CCLK: "{shown:%y/%m/%d,%H:%M:%S}{quarters:+03d}"']


# -- network


def set_functionality(modem: Bc26, request: Request) -> list[str] | int:
    if request.number(1, default=0) != 0 or (request.number(0) == 1 and not modem.options.sim):
        raise RefusedError(NOT_SUPPORTED)
    before = modem.settings["+CFUN"]
    write_setting(modem, request)
    if modem.settings["+CFUN"] == before:
        return []
    if request.number(0) == 1:
        modem.cell.attach()
        return []
    slow = modem.cell.stat == SEARCHING
    modem.sockets.close_all()
    modem.cell.detach()
    return modem.rng.randint(*SLOW_CFUN_MS) if slow else []


def read_registration(modem: Bc26, _request: Request) -> list[str]:
    return [f"+CEREG: {modem.settings['+CEREG'][0]},{modem.registration()}"]


def read_connection(modem: Bc26, _request: Request) -> list[str]:
    return [f"+CSCON: {modem.settings['+CSCON'][0]},{int(modem.cell.connected)}"]


def attach(modem: Bc26, request: Request) -> list[str]:
    if request.number(0) == 1:
        need_sim(modem)
        modem.cell.attach()
    else:
        modem.sockets.close_all()
        modem.cell.detach()
    return []


def read_attach(modem: Bc26, _request: Request) -> list[str]:
    return [f"+CGATT: {int(modem.cell.registered)}"]


def read_operator(modem: Bc26, _request: Request) -> list[str]:
    return [f'+COPS: 0,2,"{modem.options.imsi[:5]}",9' if modem.cell.registered else "+COPS: 0"]


def address(modem: Bc26, _request: Request) -> list[str]:
    return [f"+CGPADDR: 1,{modem.cell.options.address}" if modem.cell.registered else "+CGPADDR: 1"]


def measured(modem: Bc26) -> Signal:
    signal = modem.cell.signal()
    if signal is None:
        raise RefusedError(NO_SERVICE if modem.cell.stat == NOT_SEARCHING else STILL_SEARCHING)
    return signal


def signal_quality(modem: Bc26, _request: Request) -> list[str]:
    """RSSI in steps of 2 dB from -113 dBm (3GPP TS 27.007 8.5)."""
    signal = modem.cell.signal()
    return [f"+CSQ: {max(0, min(31, (signal.rssi_dbm + 113) // 2))},99" if signal else "+CSQ: 99,99"]


def extended_quality(modem: Bc26, _request: Request) -> list[str]:
    """RSRQ in steps of 0.5 dB from -20 dB, RSRP in dB from -141 dBm (3GPP TS 27.007 8.69)."""
    signal = modem.cell.signal()
    if not signal:
        return ["+CESQ: 99,99,255,255,255,255"]
    rsrq, rsrp = 2 * signal.rsrq_db + 40, signal.rsrp_dbm + 141
    return [f"+CESQ: 99,99,255,255,{max(0, min(34, rsrq))},{max(0, min(97, rsrp))}"]


def engineering_mode(modem: Bc26, request: Request) -> list[str]:
    """AT+QENG=0, the serving cell; the counters of modes 1 and 2 are not kept."""
    if request.number(0) != 0:
        raise RefusedError(NOT_SUPPORTED)
    signal, cell = measured(modem), modem.cell.options
    where = f'{cell.earfcn},2,{cell.physical_cell},"{cell.cell_id:X}"'
    levels = f"{signal.rsrp_dbm},{signal.rsrq_db},{signal.rssi_dbm},{signal.snr_db}"
    rest = f'{cell.band},"{cell.tracking_area:X}",{signal.ecl},{10 * cell.tx_power_dbm}'
    return [f"+QENG: 0,{where},{levels},{rest}"]


TABLE: dict[str, Handler] = {
    **{name + "=": write_setting for name in SETTINGS},
    **{name + "?": read_setting for name in SETTINGS},
    **{name + "=?": test_setting for name in SETTINGS},
    **{name + "=": store for name in STORED},
    **{name + "?": read_stored for name in STORED},
    "+CEDRXS?": read_edrx,
    "E": set_echo,
    "I": identify,
    "+CGMI": manufacturer,
    "+CGMR": revision,
    "+CGSN=": serial_number,
    "+CIMI": imsi,
    "+QCCID": iccid,
    "+CPIN?": pin_state,
    "+CFUN=": set_functionality,
    "+QRST=": reboot,
    "+QPOWD=": power_down,
    "+CCLK?": read_clock,
    "+CEREG?": read_registration,
    "+CSCON?": read_connection,
    "+CGATT=": attach,
    "+CGATT?": read_attach,
    "+COPS?": read_operator,
    "+CGPADDR": address,
    "+CGPADDR=": address,
    "+CSQ": signal_quality,
    "+CESQ": extended_quality,
    "+QENG=": engineering_mode,
}
