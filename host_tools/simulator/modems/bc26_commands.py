"""Quectel BC26 and BC66: the commands about the module, the network and sleep (BC26 AT Commands Manual V1.1).

AT+QENG knows the serving cell only; throughput and time counters, neighbours and DNS are not modelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from host_tools.simulator.modems import mt2625, power_saving, standard
from host_tools.simulator.modems.dialect import Handler, ModuleOptions
from host_tools.simulator.modems.standard import BAD_PARAMETERS, NOT_SUPPORTED
from host_tools.simulator.modems.v250 import RefusedError, Request

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

SETTINGS = standard.SETTINGS | {
    "+CTZR": (0, (0, 1)),
    "+QSCLK": (1, (0, 1, 2)),
    "+QNBIOTRAI": (0, (0, 1, 2)),
    "+QATWAKEUP": (0, (0, 1)),
}
STORED = ("+QBAND", "+QNBIOTEVENT", "+QCGDEFCONT")
QENG_OFFSET = 2  # -0.5 in steps of the 100 kHz raster
SWITCHES = ("dsevent",)  # of AT+QCFG; the others change nothing that can be seen


def stored(options: ModuleOptions) -> dict[str, str]:
    return mt2625.nvram(options) | {
        "+QBAND": "0",
        "+QNBIOTEVENT": "0,1",
        "+QCGDEFCONT": f'"IP","{options.apn}"',
        "dsevent": "0",
    }


def tell_deep_sleep(modem: Module, way: str) -> None:
    """AT+QCFG="dsevent",1 of the BC66."""
    if modem.nvram["dsevent"] == "1":
        modem.urc(f'+QNBIOTEVENT: "{way} DEEPSLEEP"')


def identify(modem: Module, _request: Request) -> list[str]:
    firmware = modem.options.firmware
    return ["Quectel_Ltd", f"Quectel_{firmware[:4]}", f"Revision: {firmware}"]


def manufacturer(modem: Module, _request: Request) -> list[str]:
    return ["Quectel_Ltd", f"Quectel_{modem.options.firmware[:4]}", "Revision: MTK_2625"]


def revision(modem: Module, _request: Request) -> list[str]:
    return [f"Revision: {modem.options.firmware}"]


def iccid(modem: Module, _request: Request) -> list[str]:
    standard.need_sim(modem)
    return [f"+QCCID: {modem.options.iccid}"]


def reboot(modem: Module, request: Request) -> list[str]:
    if request.number(0) != 1:
        raise RefusedError(BAD_PARAMETERS)
    return mt2625.reboot_at_once(modem, request)


def power_down(modem: Module, _request: Request) -> list[str]:
    modem.power_down()
    return []


def release_lock(modem: Module, _request: Request) -> list[str]:
    """AT+QRELLOCK: sleep as soon as the answer is out."""
    modem.sleep.release()
    return []


def engineering_mode(modem: Module, request: Request) -> list[str]:
    """AT+QENG=0, the serving cell."""
    if request.number(0) != 0:
        raise RefusedError(NOT_SUPPORTED)
    return [f"+QENG: 0,{mt2625.serving_cell(modem, QENG_OFFSET)}"]


def configure(modem: Module, request: Request) -> list[str]:
    """AT+QCFG="<key>"[,<value>] of the BC66."""
    key = request.arguments[0] if request.arguments else ""
    if key not in SWITCHES:
        raise RefusedError(BAD_PARAMETERS)
    if len(request.arguments) == 1:
        return [f'+QCFG: "{key}",{modem.nvram[key]}']
    if request.number(1) > 1:
        raise RefusedError(BAD_PARAMETERS)
    modem.nvram[key] = request.arguments[1]
    return []


TABLE: dict[str, Handler] = {
    **standard.table_of_settings(SETTINGS, STORED),
    **mt2625.TABLE,
    "I": identify,
    "+CGMI": manufacturer,
    "+CGMR": revision,
    "+QCCID": iccid,
    "+QRST=": reboot,
    "+QPOWD=": power_down,
    "+QRELLOCK": release_lock,
    "+QENG=": engineering_mode,
}
BC66_TABLE: dict[str, Handler] = {
    "+QGMR": revision,
    "+QCFG=": configure,
    "+QEDRXCFG=": power_saving.set_edrx_and_window,
}
