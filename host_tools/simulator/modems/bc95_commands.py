"""Quectel BC95-G and BC28: the commands about the module (BC35-G&BC28&BC95 R2.0 AT Commands Manual V1.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host_tools.simulator.modems import power_saving, standard
from host_tools.simulator.modems.dialect import Cause, Handler, ModuleOptions
from host_tools.simulator.modems.standard import BAD_PARAMETERS, NOT_ALLOWED, NOT_SUPPORTED
from host_tools.simulator.modems.v250 import RefusedError, Request

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

RATES = (2400, 4800, 9600, 57600, 115200, 230400, 460800, 921600)
FASTEST_ASLEEP = 57600  # above, AT+NATSPEED says that deep sleep is off; where the limit lies is assumed
RATE_CHANGE_MS = 50  # so that OK still goes out at the old rate; assumed
BANDS = (1, 3, 5, 8, 20, 28)
SETTINGS = {
    "+CMEE": (0, (0, 1)),
    "+CEREG": (0, range(6)),
    "+CSCON": (0, (0, 1)),
    "+CFUN": (1, (0, 1)),
    "+NPSMR": (0, (0, 1)),
    "+NIPINFO": (0, (0, 1)),
    "+NSONMI": (1, range(4)),  # the default is assumed
    "+NITZ": (1, range(3)),
}
SWITCHES = {  # of AT+NCONFIG; of these only AUTOCONNECT and RAI change what can be seen
    "AUTOCONNECT": "TRUE",
    "CR_0354_0338_SCRAMBLING": "TRUE",
    "CR_0859_SI_AVOID": "TRUE",
    "COMBINE_ATTACH": "FALSE",
    "CELL_RESELECTION": "TRUE",
    "ENABLE_BIP": "FALSE",
    "MULTITONE": "TRUE",
    "NAS_SIM_POWER_SAVING_ENABLE": "TRUE",
    "RAI": "TRUE",
    "HPPLMN_SEARCH_ENABLE": "TRUE",
}


def stored(options: ModuleOptions) -> dict[str, str]:
    """The values are those of a new module; where the manual has none, assumed."""
    switches = SWITCHES | {"AUTOCONNECT": str(options.autoconnect).upper()}
    return {
        power_saving.PSM: "0",
        power_saving.EDRX: '0,5,"0010"',
        "+CGDCONT": f'0,"IP","{options.apn}"',
        "+NBAND": ",".join(map(str, BANDS)),
        "+QREGSWT": "1",
        "rate": str(options.baudrate),
        **{f"+NCONFIG {key}": value for key, value in switches.items()},
    }


def load_configuration(modem: Module) -> None:
    """At boot; what AT+NCONFIG changes later holds from the next one on."""
    modem.ram["configuration"] = {key: modem.nvram[f"+NCONFIG {key}"] for key in SWITCHES}


def switched_on(modem: Module, key: str) -> bool:
    return modem.ram["configuration"][key] == "TRUE"


def connects_by_itself(modem: Module) -> bool:
    return switched_on(modem, "AUTOCONNECT")


def stored_rate(modem: Module) -> int:
    return int(modem.nvram["rate"])


# -- identity


def identify(modem: Module, _request: Request) -> list[str]:
    return ["Quectel", model(modem), f"Revision:{modem.options.firmware}"]


def model(modem: Module) -> str:
    return "BC28" if modem.options.firmware.startswith("V150") else "BC95-G"


def revision(modem: Module, _request: Request) -> list[str]:
    return [f"{part},{modem.options.firmware}" for part in ("SECURITY", "PROTOCOL", "APPLICATION")]


def iccid(modem: Module, request: Request) -> list[str]:
    standard.need_sim(modem)
    return [modem.info(request.name, modem.options.iccid)]


def read_clock(modem: Module, request: Request) -> list[str]:
    """Empty until the network has told the time."""
    shown = standard.clock(modem, modem.options.clock_is_local)
    quarters = modem.cell.options.zone_quarters
    return [modem.info(request.name, f"{shown:%y/%m/%d,%H:%M:%S}{quarters:+03d}" if shown else "")]


# -- settings


def configure(modem: Module, request: Request) -> list[str]:
    """AT+NCONFIG=<key>,<TRUE or FALSE>: stored, and in force from the next boot on."""
    key, value = (*request.arguments, "", "")[:2]
    if key not in SWITCHES or value not in ("TRUE", "FALSE"):
        raise RefusedError(BAD_PARAMETERS)
    modem.nvram[f"+NCONFIG {key}"] = value
    return []


def read_configuration(modem: Module, request: Request) -> list[str]:
    return [modem.info(request.name, f"{key},{modem.nvram[f'+NCONFIG {key}']}") for key in SWITCHES]


def set_bands(modem: Module, request: Request) -> list[str]:
    if modem.settings["+CFUN"]:
        raise RefusedError(NOT_ALLOWED)
    if not request.arguments or {request.number(i) for i in range(len(request.arguments))} - set(BANDS):
        raise RefusedError(BAD_PARAMETERS)
    return standard.store(modem, request)


def known_bands(modem: Module, request: Request) -> list[str]:
    return [modem.info(request.name, f"({','.join(map(str, BANDS))})")]


def set_platform(modem: Module, request: Request) -> list[str]:
    """AT+QREGSWT: 0 by hand, 1 by itself, 2 never; from the next boot on."""
    if request.number(0) > 2:
        raise RefusedError(BAD_PARAMETERS)
    return standard.store(modem, request)


def set_context(modem: Module, request: Request) -> list[str]:
    """AT+CGDCONT=<cid>,"IP","<apn>": context 0 is the default bearer, the only one modelled."""
    if request.number(0) != 0:
        raise RefusedError(NOT_SUPPORTED)
    return standard.store(modem, request)


def reboot(modem: Module, _request: Request) -> list[str]:
    """REBOOTING comes instead of OK."""
    modem.urc("REBOOTING")
    modem.later(0, lambda: modem.boot(Cause.COMMAND))
    return []


def set_rate(modem: Module, request: Request) -> list[str]:
    """AT+NATSPEED=<rate>,<timeout s>,<store>...: the old one returns unless a command comes at the new."""
    rate, timeout_s, keep = request.number(0), request.number(1, default=3), request.number(2, default=0)
    if rate not in RATES or timeout_s > 30:
        raise RefusedError(BAD_PARAMETERS)
    before = modem.baudrate

    def change() -> None:
        modem.baudrate = rate
        heard = modem.lines_heard
        modem.later(timeout_s * 1000, lambda: go_back(heard))

    def go_back(heard: int) -> None:
        if modem.lines_heard == heard:
            modem.baudrate = before

    modem.later(RATE_CHANGE_MS, change)
    if keep:
        modem.nvram["rate"] = str(rate)
    return [modem.info(request.name, "DISABLE_DEEP_SLEEP")] if rate > FASTEST_ASLEEP else []


TABLE: dict[str, Handler] = {
    **standard.table_of_settings(SETTINGS, ()),
    **standard.TABLE,
    "I": identify,
    "+CGMI": lambda _modem, _request: ["Quectel"],
    "+CGMM": lambda modem, _request: [model(modem)],
    "+CGMR": revision,
    "+NCCID?": iccid,
    "+CCLK?": read_clock,
    "+NCONFIG=": configure,
    "+NCONFIG?": read_configuration,
    "+NBAND=": set_bands,
    "+NBAND?": standard.read_stored,
    "+NBAND=?": known_bands,
    "+QREGSWT=": set_platform,
    "+QREGSWT?": standard.read_stored,
    "+CGDCONT=": set_context,
    "+CGDCONT?": standard.read_stored,
    "+NRB": reboot,
    "+NATSPEED=": set_rate,
}
