"""Quectel BC26 and BC66: power, boot, sleep and URCs.  What the commands do is in the files beside this.

Sources: Quectel BC26 Hardware Design V1.0, BC26 AT Commands Manual V1.1, BC26 TCP/IP AT Commands Manual
V1.0, BC26-OpenCPU Low Power note V1.1.  What one source alone reports, or none, is an option.
"""

import random
from dataclasses import dataclass, replace

from host_tools.simulator.cell import Cell
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.modems import bc26_commands, bc26_sockets, mt2625
from host_tools.simulator.modems.dialect import Depth, Dialect
from host_tools.simulator.modems.module import Module

BROM_TEXT = (
    "F1: 0000 0000",
    "V0: 0000 0000 [0001]",
    "00: 0006 000C",
    "01: 0000 0000",
    "U0: 0000 0001 [0000]",
    "T0: 0000 00B4",
    "Leaving the BROM",
)
SLEEP_OFF, LIGHT_ONLY = 0, 2  # AT+QSCLK; 1 is light and deep, with a deaf UART
EXIT_MS = 100  # from the radio's waking to its URC, which comes after SEND OK; assumed


@dataclass(frozen=True)
class Bc26Options(mt2625.Mt2625Options):
    firmware: str = "BC26NBR01A01"
    quoted_data: bool = True  # newer firmware quotes the data of +QIURC: "recv"
    sockets_survive_sleep: bool = True  # as the BC66 manual has it
    prompts: bool = False  # newer firmware asks for the data of AT+QISEND by prompt


@dataclass(frozen=True)
class Bc66Options(Bc26Options):
    firmware: str = "BC66NBR01A10"
    prompts: bool = True


def depth(modem: Module) -> Depth:
    """AT+QSCLK limits what the radio would allow."""
    mode = modem.settings["+QSCLK"]
    if mode == SLEEP_OFF:
        return Depth.AWAKE
    return min(mt2625.deepest(modem), Depth.LIGHT if mode == LIGHT_ONLY else Depth.DEEP)


def uart_wakes(modem: Module) -> bool:
    """The characters that wake it are lost."""
    return modem.sleep.depth == Depth.LIGHT and modem.settings["+QSCLK"] == LIGHT_ONLY


def on_sleep(modem: Module) -> None:
    bc26_commands.tell_deep_sleep(modem, "ENTER")
    modem.settings["+QNBIOTRAI"] = 0
    if not modem.options.sockets_survive_sleep:
        modem.sockets.forget_all()


def on_wake(modem: Module) -> None:
    mt2625.woken(modem)
    bc26_commands.tell_deep_sleep(modem, "EXIT")
    if modem.settings["+QATWAKEUP"]:
        modem.urc("+QATWAKEUP")


def on_power_save(modem: Module) -> None:
    """PSM of the radio; that the module falls into deep sleep is another matter, and comes later."""
    if modem.nvram["+QNBIOTEVENT"] != "1,1":
        return
    if modem.cell.power_save:
        modem.urc('+QNBIOTEVENT: "ENTER PSM"')
    else:
        modem.later(EXIT_MS, lambda: modem.urc('+QNBIOTEVENT: "EXIT PSM"'))


BC26 = Dialect(
    commands=bc26_commands.TABLE | bc26_sockets.TABLE,
    settings=bc26_commands.SETTINGS,
    stored=bc26_commands.stored,
    registration=mt2625.registration,
    ready=mt2625.ready_lines((300, "+CFUN: 1"), (500, "+CPIN: READY")),
    on_power_save=on_power_save,
    depth=depth,
    on_sleep=on_sleep,
    on_wake=on_wake,
    uart_wakes=uart_wakes,
    deliver=bc26_sockets.deliver,
    lost=bc26_sockets.lost,
    power_key_ms=500,
    reset_ms=50,
    wake_pins=("psm_eint",),
    power_off_ms=1020,
    boot_ms=2000,
    boot_text=BROM_TEXT,
    autobaud_rates=mt2625.AUTOBAUD_RATES,
    stored_rate=mt2625.stored_rate,
    on_address=mt2625.tell_address,
    socket_settings={"dataformat": [0, 0], "viewmode": [0]},
    sockets=bc26_sockets.SOCKETS,
    inline_data=bc26_sockets.INLINE_DATA,
    cme_texts=mt2625.CME_TEXTS,
)
# Newer firmware for the same chip: says RDY, asks for the data of AT+QISEND by prompt, and has more commands.
BC66 = replace(
    BC26,
    commands=BC26.commands | bc26_commands.BC66_TABLE,
    ready=mt2625.ready_lines((100, "RDY"), (300, "+CFUN: 1"), (500, "+CPIN: READY")),
)


class Bc26(Module):
    """Pins: `power`, `pwrkey`, `reset`, `psm_eint`."""

    def __init__(self, queue: EventQueue, _world: object, rng: random.Random, cell: Cell, **options):
        super().__init__(queue, rng, cell, BC26, Bc26Options(**options))


class Bc66(Module):
    """Pins: `power`, `pwrkey`, `reset`, `psm_eint`."""

    def __init__(self, queue: EventQueue, _world: object, rng: random.Random, cell: Cell, **options):
        super().__init__(queue, rng, cell, BC66, Bc66Options(**options))
