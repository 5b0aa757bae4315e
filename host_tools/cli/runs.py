"""What simulations in virtual time print when they are over."""

from collections.abc import Iterable, Sequence
from statistics import median

from host_tools.boards import Board, schemas_with
from host_tools.cli.energy import energy_as_dict, energy_as_line
from host_tools.cli.events import event_as_dict, event_as_line
from host_tools.cli.output import emit, people
from host_tools.cli.reports import as_dict, as_line
from host_tools.collector.core import DecodedEvent
from host_tools.simulator.simulation import BoardRun


def show_runs(runs: Iterable[BoardRun], board: Board, json: bool) -> None:
    """All reports and events in order of time, then how each board fared."""
    runs = list(runs)
    schemas = schemas_with(board)
    told = [item for run in runs for item in (*run.reports, *run.health, *run.events)]
    for item in sorted(told, key=lambda item: (item.time, item.node, item.seq)):
        if isinstance(item, DecodedEvent):
            as_json, line = event_as_dict(item, schemas), event_as_line(item, schemas)
        else:
            as_json, line = as_dict(item), as_line(item)
        if json:
            emit(as_json)
        else:
            people.print(line)
    for run in runs:
        _show_run(run, board, json)


def _show_run(run: BoardRun, board: Board, json: bool) -> None:
    """How a board's chip fared, what it took, and how soon its alarms were with the collector."""
    delays = run.alarm_delays_s
    if json:
        heap = {"bytes": run.heap_bytes, "high_water": run.heap_high_water}
        fared = {"heap": heap, "resets": run.resets, "alarms": _delays_as_dict(delays)}
        emit({"node": run.node, **fared, "energy": energy_as_dict(run.energy)})
        return
    resets = ", ".join(f"{count} x {cause}" for cause, count in run.resets.items()) or "none"
    people.print(
        f"{run.node}: live heap at most {run.heap_high_water / 1024:.0f} of {run.heap_bytes / 1024:.0f} KiB,"
        f" resets: {resets}"
    )
    if delays:
        people.print(
            f"{run.node}: {len(delays)} x alarm, with the collector {median(delays):.1f} s (median)"
            f" after the time that the node gave it, {max(delays):.1f} s at most"
        )
    people.print(f"{run.node}: {energy_as_line(run.energy, board.sleeps)}")


def _delays_as_dict(delays_s: Sequence[float]) -> dict:
    return {
        "raised": len(delays_s),
        "median_s": round(median(delays_s), 1) if delays_s else None,
        "most_s": round(max(delays_s), 1) if delays_s else None,
    }
