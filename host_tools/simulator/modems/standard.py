"""Commands that every make has, mostly as 3GPP TS 27.007 gives them, and pieces for those that differ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from host_tools.simulator.cell import NOT_SEARCHING, SEARCHING, Signal
from host_tools.simulator.modems import power_saving
from host_tools.simulator.modems.v250 import RefusedError, Request

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

NOT_ALLOWED, NOT_SUPPORTED, NO_SIM, SIM_BUSY, BAD_PARAMETERS = 3, 4, 10, 14, 50
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
SETTINGS = {"+CMEE": (0, (0, 1, 2)), "+CEREG": (0, range(6)), "+CSCON": (0, (0, 1)), "+CFUN": (1, (0, 1, 4))}
SLOW_CFUN_MS = (60_000, 80_000)  # CFUN=0 while the module has not yet registered (BC26 AT manual)


# -- settings in general


def write_setting(modem: Module, request: Request) -> list[str]:
    value = request.number(0)
    if value not in modem.dialect.settings[request.name][1]:
        raise RefusedError(BAD_PARAMETERS)
    modem.settings[request.name] = value
    return []


def read_setting(modem: Module, request: Request) -> list[str]:
    return [modem.info(request.name, modem.settings[request.name])]


def test_setting(modem: Module, request: Request) -> list[str]:
    values = ",".join(map(str, modem.dialect.settings[request.name][1]))
    return [modem.info(request.name, f"({values})")]


def store(modem: Module, request: Request) -> list[str]:
    modem.nvram[request.name] = request.text
    return []


def read_stored(modem: Module, request: Request) -> list[str]:
    return [modem.info(request.name, modem.nvram[request.name])]


def accept(_modem: Module, _request: Request) -> list[str]:
    """A command whose effect is not modelled, because nothing that can be seen depends on it."""
    return []


def table_of_settings(settings: dict, stored: tuple[str, ...]) -> dict:
    """Handlers to write, read and test the numeric settings, and to write and read the stored ones."""
    return {
        **{name + "=": write_setting for name in settings},
        **{name + "?": read_setting for name in settings},
        **{name + "=?": test_setting for name in settings},
        **{name + "=": store for name in stored},
        **{name + "?": read_stored for name in stored},
    }


# -- module and SIM


def set_echo(modem: Module, request: Request) -> list[str]:
    modem.echo = request.number(0, default=0) == 1
    return []


def need_sim(modem: Module) -> None:
    if not modem.sim:
        raise RefusedError(NO_SIM)
    if modem.queue.now_us < modem.sim_ready_us:
        raise RefusedError(SIM_BUSY)


def imsi(modem: Module, _request: Request) -> list[str]:
    need_sim(modem)
    return [modem.options.imsi]


def imei(modem: Module, _request: Request) -> list[str]:
    """The bare digits, as AT+CGSN without a parameter."""
    return [modem.options.imei]


def serial_number(modem: Module, request: Request) -> list[str]:
    """AT+CGSN=1 is the IMEI; serial number and software version are not kept."""
    if request.number(0) != 1:
        raise RefusedError(NOT_SUPPORTED)
    return [modem.info("+CGSN", modem.options.imei)]


def pin_state(modem: Module, request: Request) -> list[str]:
    need_sim(modem)
    return [modem.info(request.name, "READY")]


def clock(modem: Module, is_local: bool = True) -> datetime | None:
    """What the module's clock shows; None before the network has told the time."""
    utc = modem.cell.utc() if modem.knows_time else None
    if utc is None:
        return None
    zone = timedelta(minutes=15 * modem.cell.options.zone_quarters) if is_local else timedelta()
    return EPOCH + timedelta(seconds=utc) + zone


# -- network


def set_functionality(modem: Module, request: Request) -> list[str] | int:
    """AT+CFUN: switching the radio off is slow while it still looks for its network."""
    if request.number(1, default=0) != 0 or (request.number(0) == 1 and not modem.sim):
        raise RefusedError(NOT_SUPPORTED)
    write_setting(modem, request)
    if request.number(0) == 1:
        if modem.cell.stat == NOT_SEARCHING:  # one that was denied stays so until the radio was off
            modem.cell.attach()
        return []
    slow = modem.cell.stat == SEARCHING
    modem.sockets.lose_all()
    modem.cell.detach()
    return modem.rng.randint(*SLOW_CFUN_MS) if slow else []


def attach(modem: Module, request: Request) -> list[str]:
    if request.number(0) == 1:
        need_sim(modem)
        modem.cell.attach()
    else:
        modem.sockets.lose_all()
        modem.cell.detach()
    return []


def read_attach(modem: Module, request: Request) -> list[str]:
    return [modem.info(request.name, int(modem.cell.registered))]


def read_registration(modem: Module, request: Request) -> list[str]:
    return [modem.info(request.name, f"{modem.settings['+CEREG']},{modem.dialect.registration(modem)}")]


def read_connection(modem: Module, request: Request) -> list[str]:
    return [modem.info(request.name, f"{modem.settings['+CSCON']},{int(modem.cell.connected)}")]


def measured(modem: Module, off: int, searching: int) -> Signal:
    """The signal; RefusedError with code `off` or `searching` while there is none."""
    signal = modem.cell.signal()
    if signal is None:
        raise RefusedError(off if modem.cell.stat == NOT_SEARCHING else searching)
    return signal


def signal_quality(modem: Module, request: Request) -> list[str]:
    """RSSI in steps of 2 dB from -113 dBm (TS 27.007 8.5)."""
    signal = modem.cell.signal()
    value = f"{max(0, min(31, (signal.rssi_dbm + 113) // 2))},99" if signal else "99,99"
    return [modem.info(request.name, value)]


def extended_quality(modem: Module, request: Request) -> list[str]:
    """RSRQ in steps of 0.5 dB from -20 dB, RSRP in dB from -141 dBm (TS 27.007 8.69)."""
    signal = modem.cell.signal()
    if not signal:
        return [modem.info(request.name, "99,99,255,255,255,255")]
    rsrq, rsrp = 2 * signal.rsrq_db + 40, signal.rsrp_dbm + 141
    return [modem.info(request.name, f"99,99,255,255,{max(0, min(34, rsrq))},{max(0, min(97, rsrp))}")]


TABLE = {
    **power_saving.TABLE,
    "E": set_echo,
    "+CGSN": imei,
    "+CGSN=": serial_number,
    "+CIMI": imsi,
    "+CPIN?": pin_state,
    "+CFUN=": set_functionality,
    "+CGATT=": attach,
    "+CGATT?": read_attach,
    "+CEREG?": read_registration,
    "+CSCON?": read_connection,
    "+CSQ": signal_quality,
    "+CESQ": extended_quality,
}
