"""What a modem asks of the network to save power, and what the network gives."""

from dataclasses import dataclass

from host_tools.simulator.radio.options import ASKED, DENIED, Choice


@dataclass(frozen=True)
class PowerSaving:
    """Timers of PSM and eDRX; None is "not asked for", or "not granted"."""

    active_s: int | None = None  # T3324: from idle to PSM
    periodic_s: int | None = None  # T3412: from idle to the next tracking area update
    edrx_ms: int | None = None
    paging_window_ms: int | None = None


def grant(asked: PowerSaving, psm: Choice, edrx: Choice) -> PowerSaving:
    """The network's answer to attach or tracking area update."""
    active_s, periodic_s = _answer(asked.active_s, asked.periodic_s, psm)
    edrx_ms, window_ms = _answer(asked.edrx_ms, asked.paging_window_ms, edrx)
    if edrx_ms is not None and window_ms is None:
        window_ms = edrx_ms // 2  # the network chooses; half is assumed
    return PowerSaving(active_s, periodic_s, edrx_ms, window_ms)


def _answer(first: int | None, second: int | None, choice: Choice) -> tuple[int | None, int | None]:
    if first is None or choice == DENIED:
        return None, None
    return (first, second) if choice == ASKED else choice
