"""What a report costs on the radio, by modem, coverage level and release assistance."""

from host_tools.bench.figures import Figure
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.pole_variants import MODEMS, pole_with
from host_tools.simulator.radio.activity import Activity
from host_tools.simulator.radio.options import CellOptions
from host_tools.simulator.simulation import START_UNIX, Stage, stage

RSRP_DBM = (-84, -118, -128)  # in CE0, CE1 and CE2
HINTS = {"rai": 1.0, "no_rai": 0.0}  # how often the network takes the hint
SETTLED_S, END_S = 600, 600 + 1800
RADIO_ON = (Activity.RECEIVING, Activity.TRANSMITTING)


def figures() -> list[Figure]:
    return [
        figure
        for part in MODEMS
        for level in range(len(RSRP_DBM))
        for hint in HINTS
        for figure in report_figures(part, level, hint)
    ]


def report_figures(part: str, level: int, hint: str) -> list[Figure]:
    """Of a pole that reports each minute, once it has settled."""
    network = CellOptions(
        utc_at_start=START_UNIX - EPOCH_UNIX_S, rsrp_dbm=RSRP_DBM[level], rai_honoured=HINTS[hint]
    )
    console = bytearray()
    seen = {}
    with stage(pole_with(part), BoardOptions(1, start_unix=START_UNIX, cell=network)) as made:

        def listen(data: bytes) -> None:
            console.extend(data)
            if b"acknowledged" in console:
                seen.setdefault("first_s", made.queue.now_us / 1e6)

        made.simulated.chip.console.listeners.append(listen)
        made.queue.at(SETTLED_S * 1_000_000, lambda: seen.update(settled=_taken(made)))
        made.play(END_S)
        radio_s, mah, size, reports = (
            end - start for end, start in zip(_taken(made), seen["settled"], strict=True)
        )
    name, where = f"{part}_ce{level}_{hint}", f"{part} in CE{level}, {hint.replace('_', ' ')}"
    return [
        Figure(f"{name}_radio", radio_s / reports, "s", f"radio on for a report, {where}"),
        Figure(f"{name}_charge", 1000 * mah / reports, "uAh", f"of the radio for a report, {where}"),
        Figure(f"{name}_bytes", size / reports, "B", f"UDP payload both ways for a report, {where}"),
        Figure(f"{name}_first", seen["first_s"], "s", f"power-on to first acknowledged report, {where}"),
    ]


def _taken(made: Stage) -> tuple[float, float, int, int]:
    """Seconds and mAh of the radio, bytes, and reports, so far."""
    seconds, mah = made.account.modem.seconds(), made.account.modem.mah()
    return (
        sum(seconds.get(state, 0.0) for state in RADIO_ON),
        sum(mah.get(state, 0.0) for state in RADIO_ON),
        made.bytes_up + made.bytes_down,
        len(made.reports),
    )
