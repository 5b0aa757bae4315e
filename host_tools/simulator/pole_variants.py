"""Smart poles with other modems than their own: for the swarm, and to compare modems."""

from host_tools.boards import Board, load_board

# Baud rate, and the pins that a pole would drive.
MODEMS = {
    "bc26": (115_200, {"pwrkey": 6, "reset": 7, "psm_eint": 10, "power": 11}),
    "bc66": (115_200, {"pwrkey": 6, "reset": 7, "psm_eint": 10, "power": 11}),
    "bc95g": (9600, {"reset": 7, "power": 11}),
    "bc28": (9600, {"reset": 7, "power": 11}),
    "sim7020": (115_200, {"pwrkey": 6, "reset": 7, "rtc_eint": 10, "power": 11}),
    "m5311": (115_200, {"pwrkey": 6, "reset": 7, "wakeup_in": 10, "power": 11}),
}


def pole_with(part: str) -> Board:
    """A smart pole with that modem."""
    pole = load_board("smart_pole")
    baudrate, pins = MODEMS[part]
    uart = pole.uart["modem"].model_copy(update={"baudrate": baudrate})
    modem = pole.modem.model_copy(update={"part": part, "pins": pins})
    return pole.model_copy(update={"uart": {**pole.uart, "modem": uart}, "modem": modem})
